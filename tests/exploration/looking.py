"""The invariants of what needs attention: what is listed, what `acknowledge` takes off it, and what a reset leaves."""

from datetime import datetime
from typing import Final

from tests.exploration.abstract import NOON
from tests.exploration.rules import require
from tests.process.orders import acknowledge
from workflows.frozen import replace
from workflows.messages.answers import AllowedAction
from workflows.messages.commands import Acknowledge
from workflows.messages.values import Role
from workflows.process.allowed import allowed_actions
from workflows.process.money.attention import KINDS, needs_attention
from workflows.process.money.ledger import all_transfers, id_of, is_open, paid_by
from workflows.process.resets import order_reset
from workflows.process.state.changes import Record
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE
from workflows.process.step import Event, step

LOOKED_AT: Final = ("version", "entry", "acknowledged", "conflicts", "unattributed", "closed_by")
"""What an acknowledgement may change."""


def of_state(order: Order) -> None:
    """What holds in every state."""
    listed = {(found.kind, found.subject) for found in needs_attention(order)}
    require(all(kind in KINDS for kind, _ in listed), "every kind says what ends it")
    for record in all_transfers(order):
        if record.state in IN_TROUBLE:
            trouble = (f"{type(record).__name__.lower()}_{record.state}", id_of(record))
            require(trouble in listed, "R3: what failed is listed until somebody moves or settles it")
        if record.alerted and is_open(record):
            require(any(subject == id_of(record) for _, subject in listed), "R3: what is overdue is listed")
    seen = {(old.kind, old.subject): old.amount for old in order.acknowledged}
    require(all(not KINDS[kind].ended_by for kind, _ in seen), "what an action ends is acknowledged by nobody")
    loss = order.ledger.shortfall
    require(seen.get(("shortfall", order.order_id), 0) <= loss, "R6: no more of a loss is acknowledged than there is")
    all_seen = seen.get(("shortfall", order.order_id), 0) == loss
    require((("shortfall", order.order_id) in listed) != all_seen, "R6: a loss is listed until all of it was seen")
    for record in all_transfers(order):
        beyond = paid_by(record) - record.amount
        kind = f"{type(record).__name__.lower()}_overpaid"
        shown = (kind, id_of(record)) in listed or seen.get((kind, id_of(record)), 0) == beyond
        require(beyond <= 0 or shown, "R21: what was paid twice is listed until it was seen")
    if order.settled:
        by_an_action = {kind for kind, _ in listed if KINDS[kind].ended_by}
        require(by_an_action <= {"payment_conflict"}, "R28, R36: a settled order can be rid of all that is listed")


def of_step(before: Order, event: Event | None, after: Order) -> None:
    """What holds between a state and the next one."""
    if not isinstance(event, Acknowledge):
        return
    same = {field: getattr(before, field) for field in LOOKED_AT}
    require(
        replace(after, **same, remembered=before.remembered) == before, "who looks changes what is listed, and no more"
    )
    was, left = needs_attention(before), needs_attention(after)
    gone = [found for found in was if found not in left]
    require(gone, "what is accepted takes something off the list")
    require(all(found in was for found in left), "and puts nothing on it")
    require(all(found.subject == event.subject and not KINDS[found.kind].ended_by for found in gone), "R3: no more")


def a_reset_changes_nothing(order: Order, possible: tuple[AllowedAction, ...], now: datetime = NOON) -> None:
    """R38: in every state a reset is told, listed, and taken off again by an acknowledgement; nothing else happens."""
    outcome = order_reset(order, now)
    told = outcome.order
    as_it_was = replace(
        told,
        version=order.version,
        entry=order.entry,
        resets=order.resets,
        acknowledged=order.acknowledged,
        closed_by=order.closed_by,
    )
    require(as_it_was == order, "R38: a reset touches neither stage nor deadlines nor money")
    kept = tuple(old for old in order.acknowledged if old.kind != "reset")
    require(told.acknowledged == kept, "R38: what was acknowledged stays so, but for an earlier reset")
    records = [effect for effect in outcome.effects if isinstance(effect, Record)]
    require(len(records) == len(outcome.effects) == 1, "R38: a reset sends nothing, and asks for nothing")
    listed = [found for found in needs_attention(told) if found.kind == "reset"]
    require(len(listed) == 1, "R38: a reset is listed")
    still = [action for action in allowed_actions(told, Role.PLATFORM, now) if action.action != "acknowledge"]
    require(
        still == [action for action in possible if action.action != "acknowledge"], "R38: what was possible still is"
    )
    # It would be refused, and raise, if the platform could not acknowledge it.
    seen = step(told, acknowledge(listed[0].subject), now).order
    require(not any(found.kind == "reset" for found in needs_attention(seen)), "R38: acknowledged, it is off the list")
