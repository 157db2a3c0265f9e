"""How an order is shown: its label, whose turn it is, the answer, the row of the read model, the whole view."""

from typing import Any, Final

from workflows.messages.answers import Answer, NextDeadline, Result
from workflows.messages.labels import Label
from workflows.messages.parcels import DeliveryFailed, DeliveryRefused
from workflows.messages.values import NOBODY, DeadlineKind, MoneyState, Role, Stage
from workflows.messages.vocabulary import Phase
from workflows.messages.work import OrderRow
from workflows.process.clock import deadlines
from workflows.process.money.attention import needs_attention
from workflows.process.money.ledger import all_transfers, is_open
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order, parcel_of
from workflows.process.state.payments import IN_TROUBLE
from workflows.process.telling.shown import (
    chargeback_view,
    deadline_view,
    payment_view,
    plain_of,
    refund_elsewhere_view,
)

_LABELS: Final = {
    Stage.PENDING_PAYMENT: Label.PENDING_PAYMENT,
    Stage.AWAITING_SHIPMENT: Label.AWAITING_SHIPMENT,
    Stage.CANCELLATION_PENDING: Label.CANCELLATION_PENDING,
    Stage.SHIPPED: Label.SHIPPED,
    Stage.RETURNING_TO_SELLER: Label.DELIVERY_REFUSED,
    Stage.RETURNED_TO_SELLER: Label.RETURNED_TO_SELLER,
    Stage.LOST_IN_RETURN: Label.LOST_IN_RETURN,
    Stage.DELIVERED: Label.DELIVERED,
    Stage.RETURNING_GOODS: Label.RETURN_REQUESTED,
    Stage.EXCHANGING: Label.EXCHANGE_IN_PROGRESS,
    Stage.CANCELLED: Label.CANCELLED,
    Stage.REFUNDED: Label.REFUNDED,
    Stage.PARTIALLY_REFUNDED: Label.PARTIALLY_REFUNDED,
    Stage.COMPLETED: Label.COMPLETED,
}
_PHASE_LABELS: Final = {
    Phase.OPEN: Label.DISPUTE_OPEN,
    Phase.UNDER_REVIEW: Label.UNDER_REVIEW,
    Phase.INFORMATION_REQUESTED: Label.INFORMATION_REQUESTED,
    Phase.DECIDED: Label.DECIDED,
}
_TURN: Final = {
    Stage.PENDING_PAYMENT: Role.BUYER,
    Stage.AWAITING_SHIPMENT: Role.SELLER,
    Stage.CANCELLATION_PENDING: Role.SELLER,
    Stage.SHIPPED: Role.CARRIER,
    Stage.RETURNING_TO_SELLER: Role.CARRIER,
    Stage.RETURNED_TO_SELLER: Role.SELLER,
    Stage.LOST_IN_RETURN: Role.BUYER,
    Stage.DELIVERED: Role.BUYER,
    Stage.RETURNING_GOODS: Role.BUYER,
    Stage.EXCHANGING: Role.SELLER,
}
_PHASE_TURN: Final = {Phase.OPEN: Role.SELLER, Phase.UNDER_REVIEW: Role.PLATFORM, Phase.DECIDED: NOBODY}
_TURN_BY_DEADLINE: Final = (
    (Stage.CANCELLATION_PENDING, DeadlineKind.DECIDE_BY, Role.PLATFORM),
    (Stage.SHIPPED, DeadlineKind.PROTECTED_UNTIL, Role.BUYER),
    (Stage.RETURNED_TO_SELLER, DeadlineKind.PROTECTED_UNTIL, Role.BUYER),
    (Stage.RETURNING_GOODS, DeadlineKind.RETURN_BY, Role.CARRIER),
    (Stage.RETURNING_GOODS, DeadlineKind.INSPECT_BY, Role.SELLER),
)
"""Stages that somebody else is awaited in once a deadline of this kind runs."""


def order_label(order: Order) -> Label:
    """The stage's words for a person; while the money is on its way back they say so."""
    if order.stage is Stage.CANCELLED and any(r.cause == "order" and is_open(r) for r in order.refunds):
        return Label.REFUND_DELAYED if _is_refund_delayed(order) else Label.CANCELLATION_APPROVED
    if order.phase:
        return _PHASE_LABELS[order.phase]
    if order.stage in (Stage.REFUNDED, Stage.PARTIALLY_REFUNDED) and order.ledger.refunding:
        return Label.REFUND_DELAYED if _is_refund_delayed(order) else Label.REFUND_PROCESSING
    if order.stage is Stage.RETURNING_TO_SELLER and _has_carrier_given_up(order):
        return Label.DELIVERY_FAILED
    return _LABELS[order.stage]


def _has_carrier_given_up(order: Order) -> bool:
    """Whether the parcel goes back since it could not be delivered, and not since the buyer refused it."""
    # By either of them alone, a carrier who says both later would change what the buyer was told before.
    sent_back = (DeliveryRefused.name, DeliveryFailed.name)
    first = next((fact for fact in parcel_of(order).facts if fact in sent_back), None)
    return first == DeliveryFailed.name


def _is_refund_delayed(order: Order) -> bool:
    """Whether one of its refunds needs attention: nothing goes on there until somebody of the platform has acted."""
    return any(refund.state in IN_TROUBLE or (refund.alerted and is_open(refund)) for refund in order.refunds)


def order_status(order: Order) -> str:
    """The label's slug: `cancellation_approved`."""
    return order_label(order).slug


def waiting_on(order: Order) -> str:
    """Whose turn it is."""
    if order.stage.closed:
        return NOBODY if order.settled else _awaited_for_money(order)
    if order.dispute and order.phase:
        return order.dispute.asked or _PHASE_TURN[order.phase]
    for stage, kind, role in _TURN_BY_DEADLINE:
        if order.stage is stage and deadlines.running_deadline(order, kind):
            return role
    return _TURN[order.stage]


def _awaited_for_money(order: Order) -> Role:
    """Who moves on what is left of an order that has ended: the provider, or the platform where that is stuck."""
    # By anything finer it would change when no other search attribute does: an event that older runs do not have.
    return Role.PLATFORM if refund_state(order) == "needs_attention" else Role.PAYMENT_PROVIDER


def next_deadline(order: Order) -> Deadline | None:
    """The next one that the awaited party must meet, else the next."""
    return _deadline_awaited(order, waiting_on(order))


def _deadline_awaited(order: Order, awaited: str) -> Deadline | None:
    theirs = (deadline for deadline in order.deadlines if deadline.party == awaited)
    return next(theirs, None) or next(iter(order.deadlines), None)


def refund_state(order: Order) -> str:
    """The worst of all refunds, releases and captures: `needs_attention`, `unknown`, `in_flight`, `final`, `none`."""
    records = all_transfers(order)
    # In another order, what somebody must look at is shown as unknown, and what is unknown as under way.
    if any(record.state in IN_TROUBLE or (record.alerted and is_open(record)) for record in records):
        return "needs_attention"
    if any(record.state is MoneyState.UNKNOWN for record in records):
        return "unknown"
    if any(is_open(record) for record in records):
        return "in_flight"
    return "final" if records else "none"


def answer_of_update(before: Order, order: Order, why: str | None = None) -> Answer:
    """The answer of an update: where the order is now, and what the command has made of it."""
    return answer_of_now(
        order,
        why=why,
        refund_id=order.refunds[-1].refund_id if len(order.refunds) > len(before.refunds) else None,
        offer_id=order.offers[-1].offer_id if len(order.offers) > len(before.offers) else None,
        dispute_id=order.dispute.dispute_id if order.dispute and order.disputes > before.disputes else None,
    )


def answer_of_now(order: Order, **made: str | None) -> Answer:
    """Where the order is now."""
    awaited = waiting_on(order)
    deadline = _deadline_awaited(order, awaited)
    return Answer(
        order_id=order.order_id,
        version=order.version,
        stage=order.stage,
        status=order_status(order),
        waiting_on=awaited,
        deadline=NextDeadline(kind=deadline.kind, at=deadline.at) if deadline else None,
        applied=made.get("why") is None,
        **made,
    )


def final_result(order: Order) -> Result:
    """What the workflow ends with."""
    assert order.closed_at and order.reason, f"{order.order_id} is not settled"
    ledger = order.ledger
    return Result(
        order_id=order.order_id,
        stage=order.stage,
        status=order_status(order),
        currency=order.currency,
        total=order.total,
        authorized=ledger.authorized,
        captured=ledger.captured,
        refunded=ledger.refunded,
        released=ledger.released,
        shortfall=ledger.shortfall,
        closed_at=order.closed_at,
        reason=order.reason,
    )


def order_row(order: Order) -> OrderRow:
    """The order as lists show it."""
    deadline = next_deadline(order)
    return OrderRow(
        order_id=order.order_id,
        buyer_id=order.buyer_id,
        seller_id=order.seller_id,
        stage=order.stage,
        status=order_status(order),
        waiting_on=waiting_on(order),
        currency=order.currency,
        total=order.total,
        **plain_of(order.ledger),
        refund_state=refund_state(order),
        needs_attention=bool(needs_attention(order)),
        deadline_kind=deadline.kind if deadline else None,
        deadline_at=deadline.at if deadline else None,
        next_deadline_at=order.deadlines[0].at if order.deadlines else None,
        version=order.version,
        entry=order.entry,
        created_at=order.created_at,
        closed_at=order.closed_at,
        reason=order.reason,
    )


def plain_view(order: Order) -> dict[str, Any]:
    """The order view without what is allowed: the fields of `OrderView` that are read off the state alone."""
    return {
        **answer_of_now(order).model_dump(),
        "buyer_id": order.buyer_id,
        "seller_id": order.seller_id,
        "label": order_label(order),
        "currency": order.currency,
        "lines": [line.model_dump() for line in order.lines],
        "shipping_fee": order.shipping_fee,
        "tax": order.tax,
        "discount": order.discount,
        "total": order.total,
        **plain_of(order.ledger),
        "terms": order.terms.model_dump(mode="json"),
        "policies": tuple(policy.model_dump() for policy in order.policies),
        "deadlines": tuple(map(deadline_view, order.deadlines)),
        "cancellation": plain_of(order.cancellation) if order.cancellation else None,
        "shipment": plain_of(order.parcel) if order.parcel else None,
        "return": plain_of(order.goods) if order.goods else None,
        "interception": plain_of(order.interception) if order.interception else None,
        "dispute": plain_of(order.dispute) if order.dispute else None,
        "offers": tuple(plain_of(offer) for offer in order.offers),
        "payments": tuple(payment_view(order, payment) for payment in order.payments),
        "capture": plain_of(order.capture) if order.capture else None,
        "refunds": (*map(plain_of, order.refunds), *map(refund_elsewhere_view, order.elsewhere)),
        "chargebacks": tuple(chargeback_view(order, chargeback) for chargeback in order.chargebacks),
        "releases": tuple(plain_of(release) for release in order.releases),
        "kept": tuple({"name": kept.name, "subject": kept.subject, "since": kept.since} for kept in order.kept),
        "needs_attention": needs_attention(order),
        "created_at": order.created_at,
        "closed_at": order.closed_at,
        "reason": order.reason,
        "fault": order.fault,
    }
