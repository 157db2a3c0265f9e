"""How the gateway says no: `application/problem+json` (RFC 9457), with our code and what is possible instead.

Which error becomes which problem lives in `trouble.py`.
"""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from activities.languages import DEFAULT, code_of, sentence_in
from starter.gateway.spoken import language_of_caller, spoken
from workflows.messages.refusal import Code, Refusal
from workflows.messages.sentences import Sentence, say

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
    SECOND_PERSON_NEEDED = "second_person_needed"
    """What moves so much is approved by somebody else than who asked for it; the sentence says why that is not you."""
    APPROVAL_ENDED = "approval_ended"
    """It was declined, has expired, or would move more by now; `approval` is how it stands. Look at the order, and ask
    anew."""
    LEASE_HELD = "lease_held"
    """Somebody else of the platform works on this order; `lease` says who, and until when. Ask them, or force it."""
    TOO_MANY_REQUESTS = "too_many_requests"
    """More than one caller may send. Wait as long as Retry-After says."""
    UNAVAILABLE = "unavailable"
    """A part of the engine does not answer, and nothing was done. Send it again after Retry-After."""
    OUTCOME_UNKNOWN = "outcome_unknown"
    """Nobody could say whether it was taken. Send a command again with the same Idempotency-Key: it is never carried
    out twice. What has no such key: look first whether it was done."""
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


class Problem(Response):
    """A problem, told only when it is sent: by then it is known under which id, and in which language."""

    media_type = "application/problem+json"

    def __init__(self, status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(None, status, headers)
        self._content = content

    @property
    def code(self) -> str:
        """For programs."""
        return str(self._content["code"])

    def told(self, language: str, request_id: str) -> dict[str, Any]:
        """All of it as the caller reads it."""
        as_read = {**self._content, "request_id": request_id}
        told: dict[str, Any] = json.loads(json.dumps(as_read, default=lambda sentence: spoken(sentence, language)))
        return told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})
        state["code"] = self.code
        language = state.get("language") or language_of_caller(Headers(scope=scope)) or DEFAULT
        if not isinstance(self._content["detail"], Sentence):
            language = DEFAULT  # words of somebody who speaks English only
        told = self.told(language, state.get("request_id", ""))
        self.body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        headers = MutableHeaders(raw=self.raw_headers)
        headers["Content-Length"], headers["Content-Language"] = str(len(self.body)), code_of(language)
        await super().__call__(scope, receive, send)


def problem(
    status: int,
    code: str,
    detail: Sentence | str,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Problem:
    """A problem that is not a refusal of the process. `more` may hold sentences, wherever a text is for people."""
    content = {"type": f"{PAGE}#{code}", "title": _title(code), "status": status, "detail": detail, "code": code}
    return Problem(status, {**content, "instead": [], **more}, headers)


def refused(refusal: Refusal, errors: Sequence[Mapping[str, Any]] | None = None, **more: Any) -> Problem:
    """A refusal of the process, as the contract maps it. `errors`: what is wrong with each field, where that is known
    better than by the refusal's own list."""
    status = STATUS.get(refusal.code, HTTPStatus.CONFLICT)
    if refusal.code is Code.NOT_YOUR_ORDER:
        return problem(status, Trouble.NOT_FOUND, NOT_THERE, **more)
    told = refusal.model_dump(mode="json", exclude_none=True, exclude={"message", "said", "fields", "code", "instead"})
    detail = sentence_in(refusal.said) or refusal.message
    if refusal.code is Code.INVALID:
        told["errors"] = errors or [{"pointer": pointer(field), "message": detail} for field in refusal.fields]
    instead = [one.model_dump(mode="json", exclude_none=True) for one in refusal.instead]
    return problem(status, refusal.code, detail, **{**told, "instead": instead, **more})


def invalid(why: Sentence | str, errors: Sequence[tuple[str, Sentence | str]]) -> Problem:
    """What was sent is not valid: why in all, and a message for each place."""
    found = [{"pointer": place, "message": message} for place, message in errors]
    return problem(STATUS[Code.INVALID], Code.INVALID, why, errors=found)


NOT_THERE: Final = say("There is no such order, or it is not yours.")
"""In the same words for both, or one could find out which orders there are."""


def pointer(field: str) -> str:
    """A field as a JSON pointer: `/lines/0/quantity` for `lines.0.quantity`."""
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in field.split(".")) if field else ""


def _title(code: str) -> str:
    return code.replace("_", " ").capitalize()
