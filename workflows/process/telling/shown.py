"""How a deadline, a payment, a chargeback and a refund from elsewhere are shown: parts of the order view."""

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from workflows.messages.answers import DeadlineView
from workflows.messages.sentences import to_wire
from workflows.process.money.ledger import paid_by, taken_elsewhere
from workflows.process.state.counting import rule_of
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order
from workflows.process.state.payments import Chargeback, Payment, RefundElsewhere


def plain_of(value: Any) -> dict[str, Any]:
    """A part of the state as plain dictionaries and lists. Unlike `dataclasses.asdict` it copies no leaf, for a state
    is frozen; that was most of what a view cost."""
    return {name: _plain(getattr(value, name)) for name in _names_of(value.__class__)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(map(_plain, value))
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return plain_of(value) if is_dataclass(value) else value


@cache
def _names_of(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def deadline_view(deadline: Deadline) -> DeadlineView:
    """A deadline, with how it was counted."""
    rule = rule_of(deadline.counted) if deadline.counted else None
    return DeadlineView(
        kind=deadline.kind,
        at=deadline.at,
        party=deadline.party,
        rule=str(rule) if rule else deadline.rule,
        said=to_wire(rule) if rule else None,
        subject=deadline.subject or None,
    )


def payment_view(order: Order, payment: Payment) -> dict[str, Any]:
    """A payment with what of it went back, and is on its way back, and its last chargeback."""
    of_it = [refund for refund in order.refunds if refund.payment_id == payment.payment_id]
    refunded = sum(map(paid_by, of_it)) + taken_elsewhere(order, payment.payment_id)
    money = {"refunded": refunded, "refunding": sum(refund.owed for refund in of_it)}
    disputed = [known for known in order.chargebacks if known.payment_id == payment.payment_id]
    return plain_of(payment) | money | ({"chargeback": chargeback_view(order, disputed[-1])} if disputed else {})


def refund_elsewhere_view(refund: RefundElsewhere) -> dict[str, Any]:
    """A refund that nobody asked us for, in the shape of the others."""
    return {
        "refund_id": refund.reference,
        "payment_id": refund.payment_id,
        "currency": refund.currency,
        "amount": refund.amount,
        "cause": "elsewhere",
        "requested_at": refund.reported_at,
        "owed": 0,
        "state": refund.state,
        "doubted": refund.doubted,
        "short": refund.short,
    }


def chargeback_view(order: Order, chargeback: Chargeback) -> dict[str, Any]:
    """A chargeback as it stands, and what is said of it that cannot count yet."""
    currency = next(payment.currency for payment in order.payments if payment.payment_id == chargeback.payment_id)
    return {
        "chargeback_id": chargeback.chargeback_id,
        "payment_id": chargeback.payment_id,
        "amount": chargeback.amount,
        "currency": currency,
        "outcome": chargeback.outcome,
        "opened_at": chargeback.opened_at,
        "closed_at": chargeback.closed_at,
        "occurred_at": chargeback.said_at,
        "alerted": chargeback.alerted,
        "short": chargeback.short,
        "doubted": plain_of(chargeback.doubted) if chargeback.doubted else None,
        "conflict": plain_of(chargeback.conflict) if chargeback.conflict else None,
    }
