"""What a command would do now, without doing it: the step itself, on the state as it is, and nothing is kept of it."""

from datetime import datetime

from workflows.messages.answers import Preview, Told
from workflows.messages.base import Message
from workflows.messages.refusal import Refused
from workflows.process.allowed import refusal_with_alternatives
from workflows.process.four_eyes import money_at_stake, moves_money
from workflows.process.state.changes import Record
from workflows.process.state.order import Order
from workflows.process.step import step
from workflows.process.telling.shown import deadline_view
from workflows.process.telling.timeline import movements


def preview_of(order: Order, event: Message, now: datetime) -> Preview:
    """The answer, the money that it would move, the deadlines that would run, and who would be told what.

    Raises `Refused`, with what is possible instead.
    """
    try:
        taken = step(order, event, now)
    except Refused as refused:
        raise refusal_with_alternatives(refused, order, event.by.role, event.name, now) from None
    records = (effect for effect in taken.effects if isinstance(effect, Record))
    return Preview(
        answer=taken.answer,
        money=movements(order.ledger, taken.order.ledger),
        at_stake=dict(money_at_stake(order, taken.order, event)) if moves_money(event) else None,
        deadlines=tuple(map(deadline_view, taken.order.deadlines)),
        told=tuple(
            Told(to=notice.role, text=notice.text, said=notice.said) for record in records for notice in record.notices
        ),
    )
