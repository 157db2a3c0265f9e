"""What becomes of a call: sent, waited for, sent again, and answered. Nothing is sent here, and nobody waits.

Both clients carry out the steps that `exchange` gives, so that they cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from countermand_client.errors import OutcomeUnknown, Unavailable, problem_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from countermand_client.calls import Call

Outcome = httpx.Response | httpx.RequestError
"""What came of sending it; an answer that cannot be unpacked is as lost as one that never came."""
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Trouble before anything of it was sent: also what may not be repeated can be sent again."""
_FIRST_PAUSE = 0.2
"""Seconds, where nobody says how long to wait; twice as long each time."""


@dataclass(frozen=True)
class Retries:
    """How patient a client is."""

    attempts: int = 6
    """How often one call is sent at most; 1: never again."""
    longest_wait: float = 30.0
    """Seconds between two attempts at most. Who is told to wait for longer hears of it instead."""


def exchange(call: Call, retries: Retries) -> Generator[float | None, Outcome | None, httpx.Response]:
    """The steps of a call: None to send it, whose outcome is to be handed in; a number to wait for so many seconds.

    Returns the answer. Raises a `Problem`: `OutcomeUnknown` where any of the attempts may have done it, though the last
    one was turned away.
    """
    attempt, lost = 1, False
    while True:
        outcome = yield None
        assert outcome is not None, "what came of it is handed in"
        lost = lost or _is_lost(outcome)
        pause = _pause_after(outcome, call, attempt)
        if pause is None or attempt >= retries.attempts or pause > retries.longest_wait:
            return _answered(outcome, call, lost=lost and call.changes)
        yield pause
        attempt += 1


def content_of(answer: httpx.Response) -> Any:
    """What a good answer brings: JSON, or bytes; None where nothing has changed, or there is nothing to tell."""
    if answer.status_code in (httpx.codes.NOT_MODIFIED, httpx.codes.NO_CONTENT):
        return None
    return answer.json() if answer.headers.get("Content-Type", "").startswith("application/json") else answer.content


def retry_after(answer: httpx.Response, otherwise: float) -> float:
    """Seconds that its sender asks to wait. A date, as a proxy may send it, is not looked at."""
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.isascii() and told.isdecimal() else otherwise


def told_of(answer: httpx.Response) -> dict[str, Any]:
    """The problem that it tells; empty where it is nobody's of ours, such as a proxy's page."""
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _pause_after(outcome: Outcome, call: Call, attempt: int) -> float | None:
    """Seconds until it is sent again; None: it is not."""
    usual = _FIRST_PAUSE * 2.0 ** (attempt - 1)
    if isinstance(outcome, httpx.RequestError):
        return usual if call.repeatable or isinstance(outcome, _NEVER_SENT) else None
    if outcome.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return retry_after(outcome, usual)
    if outcome.status_code == httpx.codes.SERVICE_UNAVAILABLE and told_of(outcome).get("code") == "unavailable":
        return retry_after(outcome, usual)
    if outcome.status_code in (502, 503, 504):
        return retry_after(outcome, usual) if call.repeatable else None
    return None


def _is_lost(outcome: Outcome) -> bool:
    """Whether that attempt may have been carried out, and nobody said so. Only `unavailable` says that nothing was."""
    if isinstance(outcome, httpx.RequestError):
        return not isinstance(outcome, _NEVER_SENT)
    return outcome.status_code >= httpx.codes.INTERNAL_SERVER_ERROR and told_of(outcome).get("code") != "unavailable"


def _answered(outcome: Outcome, call: Call, *, lost: bool) -> httpx.Response:
    if isinstance(outcome, httpx.RequestError):
        kind, code = (OutcomeUnknown, "outcome_unknown") if lost else (Unavailable, "unavailable")
        raise kind(0, {"code": code, "detail": f"No answer: {outcome}"}, call.key) from outcome
    if outcome.is_success or outcome.status_code == httpx.codes.NOT_MODIFIED:
        return outcome
    told = told_of(outcome)
    busy = outcome.status_code == httpx.codes.TOO_MANY_REQUESTS
    if lost and (busy or outcome.status_code >= httpx.codes.INTERNAL_SERVER_ERROR):
        # What it says is true of the last attempt alone: an earlier one may have been carried out.
        told["code"] = "outcome_unknown"
    raise problem_of(outcome.status_code, told, call.key)
