"""Crash points: one before and one after each side effect, where a process can be told to die or to freeze.

For proofs only, and off unless the settings name one. What must survive a crash says whoever tells it to happen.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final, Literal, NamedTuple, Self


class Deed(StrEnum):
    """Every side effect of a process of ours, by the name under which it can be made to crash."""

    RECORD = "record"
    """The read model's statement: order row, timeline, inbox."""
    DUE = "due"
    """The signal that tells a run that its record is still to be written."""
    LOAD = "load"
    """The row's new rank, from which on a record of an earlier run comes too late."""
    INTEND = "intend"
    """The row that says that a provider is about to be called."""
    REFUND = "refund"
    """The provider's refund."""
    VOID = "void"
    """The provider's giving back of an authorisation."""
    CAPTURE = "capture"
    """The provider's taking of what was authorised."""
    RELEASE = "release"
    """The provider's payout to the seller."""
    ANSWER = "answer"
    """The row that says what the provider answered."""
    CLAIM = "claim"
    """The row by which a payment is an order's before the order hears of it."""
    REPORT = "report"
    """A provider's webhook, passed on to its order as a fact."""
    KEEP = "keep"
    """The row that keeps a webhook that no order can take yet."""
    PLACE = "place"
    """A fact that was kept so, given to its order."""
    MIGRATE = "migrate"
    """One numbered change of the schema."""


SIGNALS: Final = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


class CrashPoint(NamedTuple):
    """Where, and how: `kill:after:refund` dies between the provider's deed and its answer, `stop:…` freezes there."""

    how: Literal["kill", "stop"]
    when: Literal["before", "after"]
    deed: Deed

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `ValueError` that says what would be right."""
        match text.split(":"):
            case [("kill" | "stop") as how, ("before" | "after") as when, deed] if deed in tuple(Deed):
                return cls(how, when, Deed(deed))
        raise ValueError(f"must be kill or stop, before or after, one of {', '.join(Deed)}, such as kill:after:refund")


class Crashes:
    """Strikes once, at its point; without one, never."""

    def __init__(self, point: CrashPoint | None = None) -> None:
        self._point = point

    @contextmanager
    def around(self, deed: Deed) -> Iterator[None]:
        """Around a side effect. One that fails has no after."""
        self._pass("before", deed)
        yield
        self._pass("after", deed)

    def _pass(self, when: Literal["before", "after"], deed: Deed) -> None:
        if self._point is not None and (self._point.when, self._point.deed) == (when, deed):
            point, self._point = self._point, None
            os.kill(os.getpid(), SIGNALS[point.how])


NEVER: Final = Crashes()
"""What production runs with."""
