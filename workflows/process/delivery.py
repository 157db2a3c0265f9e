"""Chapters 4 and 6, delivery: the parcel is on its way, then with the buyer, who is protected for a while."""

from datetime import datetime, timedelta

from workflows.messages.commands import ConfirmReceipt, ExtendDelivery, ParcelDelivered
from workflows.messages.values import ClosingReason, DeadlineKind, Role, Stage
from workflows.process import closing, deadlines, payment, refusals
from workflows.process.calendar import window_end
from workflows.process.effects import Change, DeadlinePassed, Word
from workflows.process.state import Order, Parcel, replace


def shipped(order: Order, event: object, now: datetime) -> Change:
    """On its way until `deliver_by`; after that the buyer is protected until `protected_until`."""
    match event:
        case ParcelDelivered():
            return carrier_delivered(order, event, now)
        case ExtendDelivery():
            return extended(order, event)
        case ConfirmReceipt():
            return confirmed(order, now)
        case DeadlinePassed(deadline) if deadline.kind is DeadlineKind.DELIVER_BY:
            return not_delivered_in_time(order, now)
        case DeadlinePassed():
            return never_delivered(order, now)
        case _:
            raise refusals.not_now(order, event)


def delivered(order: Order, event: object, now: datetime) -> Change:
    """With the buyer, who confirms, or stays silent until `protected_until`."""
    match event:
        case ConfirmReceipt():
            return confirmed(order, now)
        case DeadlinePassed():
            return not_contested(order, now)
        case _:
            raise refusals.not_now(order, event)


def carrier_delivered(order: Order, event: ParcelDelivered, now: datetime) -> Change:
    """Delivered: buyer protection starts."""
    parcel = replace(_parcel(order), facts=(*_parcel(order).facts, event.name), delivered_at=now)
    order = replace(deadlines.stage_left(order), stage=Stage.DELIVERED, parcel=parcel)
    order = deadlines.started(order, DeadlineKind.PROTECTED_UNTIL, order.terms.protect_for, now)
    protected = deadlines.running(order, DeadlineKind.PROTECTED_UNTIL)
    text = f"Order {order.order_id} was delivered. Confirm that you have it, or say so in time if something is wrong."
    word = Word(Role.BUYER, "order_delivered", text, protected.at if protected else None)
    return Change(order, f"Delivered, {event.tracking}{payment.clock_ahead(event.occurred_at, now)}", (word,))


def not_taken(order: Order, event: ParcelDelivered) -> str | None:
    """Why a carrier's fact can only be recorded; None when it is about the parcel that is on its way."""
    parcel = order.parcel
    if parcel is None:
        return "nothing was shipped yet"
    if event.tracking != parcel.tracking:
        return f"the order's parcel is {parcel.tracking}"
    if event.name in parcel.facts:
        return f"duplicate: {event.name} was already taken for {parcel.tracking}"
    if order.stage is not Stage.SHIPPED:
        return f"the order is already {order.stage}"
    return None


def extended(order: Order, event: ExtendDelivery) -> Change:
    """The seller gives a slow parcel more time, all extensions together at most what the terms allow."""
    deliver_by, parcel = deadlines.running(order, DeadlineKind.DELIVER_BY), _parcel(order)
    if deliver_by is None:
        raise refusals.not_now(order, event)
    first_promise = deliver_by.at - timedelta(days=parcel.extended_days)
    latest, _ = window_end(first_promise, order.terms.delivery_extensions, order.terms.calendar)
    at = deliver_by.at + timedelta(days=event.days)
    if at > latest:
        raise refusals.limit_reached(
            f"All extensions together are limited to {order.terms.delivery_extensions}, "
            f"that is {refusals.instant(latest)}; {event.days} more days would be {refusals.instant(at)}"
        )
    order = deadlines.set_to(order, DeadlineKind.DELIVER_BY, at, at)
    order = replace(order, parcel=replace(parcel, extended_days=parcel.extended_days + event.days))
    text = f"Order {order.order_id} needs more time: it is now promised by {refusals.instant(at)}."
    return Change(order, f"Delivery extended by {event.days} days", (Word(Role.BUYER, "delivery_extended", text, at),))


def confirmed(order: Order, now: datetime) -> Change:
    """The buyer has it and is content."""
    return closing.completed(order, now, ClosingReason.CONFIRMED, "The buyer confirmed receipt")


def not_delivered_in_time(order: Order, at: datetime) -> Change:
    """`deliver_by` passed: it is the buyer's turn now, and protection starts to run."""
    order = deadlines.started(order, DeadlineKind.PROTECTED_UNTIL, order.terms.protect_for, at)
    protected = deadlines.running(order, DeadlineKind.PROTECTED_UNTIL)
    text = f"Order {order.order_id} should have been delivered by now. If it is there, confirm it; if not, say so."
    word = Word(Role.BUYER, "not_delivered_in_time", text, protected.at if protected else None)
    return Change(order, "Not delivered in time: buyer protection runs", (word,))


def never_delivered(order: Order, at: datetime) -> Change:
    """Protection ended and the carrier never said it was delivered: the terms say who gets the money."""
    reason = ClosingReason.NOT_DELIVERED
    if order.terms.on_no_delivery == "full_refund":
        return closing.refunded(order, at, reason, "Never reported as delivered: the buyer is refunded")
    return closing.completed(order, at, reason, "Never reported as delivered, and nobody complained: completed")


def not_contested(order: Order, at: datetime) -> Change:
    """Protection ended and the buyer stayed silent."""
    return closing.completed(order, at, ClosingReason.NOT_CONTESTED, "Buyer protection ended without a complaint")


def _parcel(order: Order) -> Parcel:
    assert order.parcel, f"{order.order_id} is {order.stage} without a parcel"
    return order.parcel
