"""What comes while there is no order to judge it: kept, and then taken in an order that is the same live and on replay.

What becomes of it lives in `order_run.py`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from temporalio.common import RawValue

from workflows.messages.answers import Answer
from workflows.messages.base import Message
from workflows.messages.decoding import decode
from workflows.payloads import body
from workflows.process.state.changes import Answered, Step
from workflows.process.state.order import Order
from workflows.run.files import check_files_of_signal


@dataclass(frozen=True)
class Arrival:
    """A command or fact as it came: by a signal, or by an update that waits for its answer."""

    name: str
    came: Message | Sequence[RawValue]
    """An update's message was read before it was accepted; a signal's is what anybody may have sent."""
    answer: asyncio.Future[Answer] | None = None
    again: bool = False
    """It came in the very activation of a reset: Temporal's re-applied messages do, and some that are new."""

    def message(self) -> Message:
        """What it says. Raises `Refused` (`invalid`) for a signal that cannot be read."""
        if isinstance(self.came, Message):
            return self.came
        event = decode(self.name, body(*self.came))
        check_files_of_signal(event)
        return event


@dataclass(frozen=True)
class Tried:
    """What a validator found a moment ago. The process is pure: the same message to the same order is the same step."""

    order: Order
    event: Message
    at: datetime
    taken: Step

    def is_of(self, order: Order, event: Message, at: datetime) -> bool:
        """Whether nothing has come between."""
        return self.order is order and self.event == event and self.at == at


class Arrivals:
    """Everything that waits for the order to be loaded."""

    def __init__(self) -> None:
        self._again: list[Arrival] = []
        self._rest: list[Arrival | Answered] = []

    def __bool__(self) -> bool:
        return bool(self._again or self._rest)

    def keep(self, arrival: Arrival | Answered) -> None:
        """Keep it until the order is there."""
        if isinstance(arrival, Arrival) and arrival.again:
            self._again.append(arrival)
        else:
            self._rest.append(arrival)

    def drain(self) -> Sequence[Arrival | Answered]:
        """All that came: what a reset brought first, its signals before its updates, then the rest as it came.

        Live Temporal hands out a reset's signals and updates as they once came, on replay all updates after all
        signals; so only this order is the same both times.
        """
        again, rest, self._again, self._rest = self._again, self._rest, [], []
        return (*sorted(again, key=lambda arrival: arrival.answer is not None), *rest)
