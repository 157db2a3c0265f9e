"""How the engine says no, and what went wrong on the way to it. Match on the class and on `code`, never on the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from countermand_client import types


class CountermandError(Exception):
    """Anything that this client raises."""


class Problem(CountermandError):
    """An answer that is no success. `str()` of it is its sentence for people."""

    def __init__(self, status: int, told: Mapping[str, Any], key: str | None = None) -> None:
        self.status = status
        """Of HTTP; 0 where nothing was answered."""
        self.code = str(told.get("code", f"http_{status}"))
        """For programs, such as `already_shipped`."""
        self.message = str(told.get("detail", f"The answer was {status}."))
        """A sentence for people, in the language that was asked for."""
        self.instead = cast("Sequence[types.Instead]", told.get("instead", ()))
        """What is possible instead, and until when."""
        self.possible_from = cast("str | None", told.get("possible_from"))
        """From when it is possible, where a time is known."""
        self.errors = cast("Sequence[types.FieldError]", told.get("errors", ()))
        """What is wrong with each field of an `invalid` one."""
        self.request_id = cast("str | None", told.get("request_id"))
        """By which the gateway's log knows this one request."""
        self.idempotency_key = cast("str | None", told.get("idempotency_key", key))
        """Of a command: the key under which it was sent. The same again under it is answered alike."""
        self.told = told
        """All that was answered."""
        super().__init__(self.message)


class Refused(Problem):
    """It is not possible, or not for this caller, and nothing has changed."""


class NotFound(Refused):
    """There is no such thing, or it is not the caller's."""


class MovedOn(Problem):
    """The order, or policy, is not of the version any more on which the caller decided (`if_match`)."""

    @property
    def view(self) -> types.OrderView | None:
        """What the order is now, where the caller may read it."""
        return cast("types.OrderView | None", self.told.get("view"))


class NotLetIn(Problem):
    """The key or token is not known, or over."""


class TooManyRequests(Problem):
    """More than one caller may send, for longer than this client waits."""


class Unavailable(Problem):
    """A part of the engine is away for longer than this client waits. Nothing was done."""


class OutcomeUnknown(Unavailable):
    """Nobody knows whether it was done. A command: send it again with `idempotency_key=error.idempotency_key`. What has
    no key: look first."""


_BY_STATUS: Mapping[int, type[Problem]] = {
    401: NotLetIn,
    403: Refused,
    404: NotFound,
    409: Refused,
    412: MovedOn,
    422: Refused,
    429: TooManyRequests,
}


def problem_of(status: int, told: Mapping[str, Any], key: str | None = None) -> Problem:
    """The exception of an answer."""
    if told.get("code") == "outcome_unknown":
        return OutcomeUnknown(status, told, key)
    kind = _BY_STATUS.get(status, Unavailable if status >= 500 else Problem)
    return kind(status, told, key)
