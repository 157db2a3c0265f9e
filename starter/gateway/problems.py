"""How the gateway says no: `application/problem+json` (RFC 9457), with our code and what is possible instead.

Which error becomes which problem lives in `trouble.py`.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from starlette.responses import JSONResponse

from activities.languages import retold
from workflows.messages.refusal import Code, Refusal

PAGE: Final = "/docs/errors"
"""Where every code is explained; a problem's type is its place there."""


class Trouble(StrEnum):
    """What the gateway itself says no with, beside the codes of an order's refusals."""

    UNAUTHORIZED = "unauthorized"
    """The credentials are missing, expired or not ours. Sign in again, or use another key."""
    NOT_FOUND = "not_found"
    """There is no such thing, or it is not yours: both are answered alike. Check the id, and who is signed in."""
    METHOD_NOT_ALLOWED = "method_not_allowed"
    """The path is right and the method is not; the header Allow says which are."""
    TOO_SLOW = "too_slow"
    """The body did not come in time. Send it at once."""
    TOO_LARGE = "too_large"
    """The body has more bytes than this path takes; the sentence says how many those are."""
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    """The body is not of a type that this path takes: not JSON by its header, or no file that is kept by its bytes. The
    sentence says what to send."""
    UNKNOWN_VERSION = "unknown_version"
    """This gateway does not speak the version that Countermand-Version names. The sentence says which it does."""
    PRECONDITION_FAILED = "precondition_failed"
    """The order has moved on since the version in If-Match; `view` is what it is now. Decide anew."""
    ORDER_EXISTS = "order_exists"
    """There is an order of this id with other content. Look at it, or start this one under another id."""
    POLICY_CHANGED = "policy_changed"
    """Somebody has changed the policy since it was read; `version` is its newest. Look at it, and decide anew."""
    PAYMENT_CONFLICT = "payment_conflict"
    """The payment is another order's. It was kept for the platform to see to, and told to nobody."""
    TOO_MANY_REQUESTS = "too_many_requests"
    """More than one caller may send. Wait as long as Retry-After says."""
    UNAVAILABLE = "unavailable"
    """A part of the engine does not answer, and nothing was done. Send it again after Retry-After."""
    OUTCOME_UNKNOWN = "outcome_unknown"
    """Nobody could say whether the command was taken. Send it again with the same Idempotency-Key: it is never carried
    out twice."""
    INTERNAL_ERROR = "internal_error"
    """The gateway failed; its log says why. Send it again later: nothing is carried out twice."""


STATUS: Final[Mapping[Code, int]] = MappingProxyType(
    {
        Code.INVALID: 422,
        Code.EVIDENCE_MISSING: 422,
        Code.AMOUNT_TOO_HIGH: 422,
        Code.REASON_NOT_ALLOWED: 422,
        Code.WRONG_ROLE: 403,
        Code.NOT_YOUR_ORDER: 404,
    }
)
"""The HTTP status of each code; 409 for every other refusal."""


class Problem(JSONResponse):
    media_type = "application/problem+json"


def problem(
    status: int,
    code: str,
    detail: str,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Problem:
    """A problem that is not a refusal of the process."""
    content = {"type": f"{PAGE}#{code}", "title": _title(code), "status": status, "detail": detail, "code": code}
    return Problem({**content, "instead": [], **more}, status_code=status, headers=headers)


def refused(refusal: Refusal, language: str, errors: Sequence[Mapping[str, str]] | None = None, **more: Any) -> Problem:
    """A refusal of the process, as the contract maps it, told in `language`. `errors`: what is wrong with each field,
    where that is known better than by the refusal's own list."""
    status = STATUS.get(refusal.code, HTTPStatus.CONFLICT)
    if refusal.code is Code.NOT_YOUR_ORDER:
        return problem(status, Trouble.NOT_FOUND, NOT_THERE, **more)
    told = refusal.model_dump(mode="json", exclude_none=True, exclude={"message", "said", "fields", "code", "instead"})
    detail = retold(refusal.message, refusal.said, language)
    if refusal.code is Code.INVALID:
        told["errors"] = errors or [{"pointer": pointer(field), "message": detail} for field in refusal.fields]
    instead = [one.model_dump(mode="json", exclude_none=True) for one in refusal.instead]
    return problem(status, refusal.code, detail, **{**told, "instead": instead, **more})


NOT_THERE: Final = "There is no such order, or it is not yours."
"""In the same words for both, or one could find out which orders there are."""


def pointer(field: str) -> str:
    """A field as a JSON pointer: `/lines/0/quantity` for `lines.0.quantity`."""
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in field.split(".")) if field else ""


def _title(code: str) -> str:
    return code.replace("_", " ").capitalize()
