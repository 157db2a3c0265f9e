"""What the process promises beyond the exploration's worlds, in every state and after every step of a walk."""

from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from tests.exploration import looking, rules
from tests.exploration.rules import require
from workflows.messages.base import Command
from workflows.messages.values import Role
from workflows.messages.work import RefundCall, VoidCall
from workflows.process.allowed import allowed_actions
from workflows.process.money.ledger import paid_by, taken_elsewhere
from workflows.process.state.changes import Effect, Send
from workflows.process.state.order import Order

LARGEST_STATE: Final = 256 * 1024
"""Bytes of an order's state, whatever was sent to it (R41)."""
_STATE: Final = TypeAdapter(Order)


def of_state(order: Order, now: datetime) -> None:
    """What is costly to look at. `order` has no deadline that has passed by `now`."""
    written = _STATE.dump_json(order)
    require(_STATE.validate_json(written) == order, "an order survives its JSON")
    require(len(written) <= LARGEST_STATE, "R41: no number of messages makes the state too large")
    rules.the_clock_alone_ends_every_order(order)
    looking.a_reset_changes_nothing(order, allowed_actions(order, Role.PLATFORM, now), now)


def of_acceptance(order: Order, event: Command, now: datetime) -> None:
    """What an accepted command says of the state it met."""
    possible = {action.action for action in allowed_actions(order, event.by.role, now)}
    require(event.name in possible, f"R4: {event.name} was accepted, and not allowed")


def of_step(after: Order, effects: tuple[Effect, ...]) -> None:
    """What holds of what a step sends."""
    for effect in effects:
        if isinstance(effect, Send) and isinstance(effect.call, RefundCall) and not isinstance(effect.call, VoidCall):
            _fits_into_what_is_left(after, effect.call)


def _fits_into_what_is_left(order: Order, call: RefundCall) -> None:
    """R37: of a payment never more is sent than what it brought, less what went back of it, or is owed elsewhere."""
    payment = next(payment for payment in order.payments if payment.payment_id == call.payment_id)
    of_it = (refund for refund in order.refunds if refund.payment_id == call.payment_id)
    refunds = [refund for refund in of_it if not any(attempt.void for attempt in refund.attempts)]
    gone = sum(map(paid_by, refunds)) + taken_elsewhere(order, call.payment_id)
    gone += sum(refund.owed for refund in refunds if refund.refund_id != call.refund_id)
    require(gone + call.amount <= payment.amount, "R37: nothing is sent above what is left of a payment")
