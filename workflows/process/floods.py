"""Refused signals of one sender beyond a hundred are counted, not written one by one (R41): whoever floods an order
fills neither its timeline nor Postgres, and hides nothing of what others sent."""

from typing import Final

from workflows.frozen import replace
from workflows.messages.base import Message
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, say
from workflows.messages.values import Role
from workflows.process.refusals import action
from workflows.process.state.order import Order, RefusedSignals

MAX_WRITTEN: Final = 100
"""Refused signals of one sender that have a row of the timeline each."""


def count_refused_signal(order: Order, event: Message | None, refused: Refused) -> tuple[Order, RefusedSignals]:
    """`order` with one more refused signal of its sender, and how many that are."""
    # A stranger who calls himself the buyer must not use up the buyer's rows.
    known = event is not None and refused.code is not Code.NOT_YOUR_ORDER
    by = event.by.role if event and known else Role.SYSTEM
    before = next((one.count for one in order.refused if one.by is by), 0)
    now = RefusedSignals(by, before + 1)
    return replace(order, refused=(*(one for one in order.refused if one.by is not by), now)), now


def is_written(signals: RefusedSignals) -> bool:
    """Whether the last of them has a row: each of the first hundred, and the thousandth, the ten thousandth …"""
    return signals.count <= MAX_WRITTEN or str(signals.count).strip("0") == "1"


def refused_summary(name: str, signals: RefusedSignals) -> Sentence:
    """What the row says: the signal's name, and from the last one that has a row of its own, how many there were."""
    if signals.count < MAX_WRITTEN:
        return say('"{action}" was refused', action=action(name))
    sender = say("unknown senders") if signals.by is Role.SYSTEM else say("the {role}", role=signals.by)
    return say(
        '"{action}" was refused, signal number {number} of {sender}; what follows is counted, and not written',
        action=action(name),
        number=signals.count,
        sender=sender,
    )
