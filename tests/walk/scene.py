"""Where a walk stands: the order, the instant, what was said so far, and the dice that choose what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import TypeVar

from workflows.messages.base import Message
from workflows.messages.work import MoneyCall
from workflows.process.state.order import Order

T = TypeVar("T")


@dataclass
class Scene:
    """What a walk knows while it goes."""

    dice: Random
    order: Order
    now: datetime
    moods: dict[str, float]
    """How likely each message is in this walk: other walks like other ones."""
    said: list[Message] = field(default_factory=list)
    """Every message so far, so that one can come again."""
    calls: list[MoneyCall] = field(default_factory=list)
    """What the provider was asked to move; each of them may be answered, also more than once."""
    doubted: list[MoneyCall] = field(default_factory=list)
    """What the provider was asked to say the last word of."""

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.dice.random() < share

    def one_of(self, first: Sequence[T], *others: Sequence[T]) -> T:
        """One of the first that are not empty."""
        return self.dice.choice(next(some for some in (first, *others) if some))
