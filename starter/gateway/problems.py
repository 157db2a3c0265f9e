"""How the gateway says no: `application/problem+json` (RFC 9457), with our code and what is possible instead."""

from starlette.responses import JSONResponse

from workflows.messages.refusal import Code, Refusal

STATUS = {
    Code.INVALID: 422,
    Code.REASON_NOT_ALLOWED: 422,
    Code.WRONG_ROLE: 403,
    Code.NOT_YOUR_ORDER: 404,
}
"""The HTTP status of each code; 409 for every other refusal."""


class Problem(JSONResponse):
    media_type = "application/problem+json"


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> Problem:
    """A problem that is not a refusal of the process."""
    content = {"type": f"urn:countermand:{code}", "title": code, "status": status, "detail": detail, "code": code}
    return Problem({**content, "instead": []}, status_code=status, headers=headers)


def refused(refusal: Refusal) -> Problem:
    """A refusal of the process, as the contract maps it."""
    status = STATUS.get(refusal.code, 409)
    content = {"type": f"urn:countermand:{refusal.code}", "title": refusal.code, "status": status}
    told = refusal.model_dump(mode="json", exclude_none=True, exclude={"message"})
    return Problem({**content, "detail": refusal.message, **told}, status_code=status)
