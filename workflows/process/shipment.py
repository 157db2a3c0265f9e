"""Chapter 2, shipment: the order is paid, and the seller has the processing time to ship it."""

from datetime import datetime
from typing import Final

from workflows.messages.commands import CancelOrder, RequestCancellation
from workflows.messages.parcels import CorrectTracking, Ship
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import CancellationReason, DeadlineKind, Role, Stage
from workflows.process import cancellation, captures, closing, deadlines, refusals
from workflows.process.calendar import window_end
from workflows.process.effects import Change, DeadlinePassed, Word
from workflows.process.records import Parcel
from workflows.process.state import Order, replace

MAX_TRACKINGS: Final = 10
"""Of one order, its return and its replacement included: a seller who mistypes often, and not one who plays."""


def awaiting_shipment(order: Order, event: object, now: datetime) -> Change:
    """Paid, not shipped: the seller ships before `ship_by`, and the buyer may still ask to cancel."""
    match event:
        case Ship():
            return handed_over(order, event, now)
        case RequestCancellation():
            return cancellation.requested(order, event, now)
        case CancelOrder():
            return cancellation.cancelled_by_order(order, event, now)
        case DeadlinePassed(deadline) if deadline.kind is DeadlineKind.SHIP_NO_LATER_THAN:
            return cancelled_for_missed_shipment(order, now)
        case DeadlinePassed():
            return processing_time_missed(order, now)
        case _:
            raise refusals.not_now(order, event)


def handed_over(order: Order, event: Ship, now: datetime) -> Change:
    """Shipped: promised by `deliver_by`, and no way to cancel any more."""
    latest, rule = window_end(now, order.terms.deliver_within, order.terms.calendar)
    if event.deliver_by is not None and not now < event.deliver_by <= latest:
        raise refusals.invalid(
            "deliver_by",
            f"must lie after now and at most {order.terms.deliver_within} ahead ({refusals.instant(latest)})",
        )
    deliver_by, rule = (event.deliver_by, None) if event.deliver_by else (latest, rule)
    order = named(order, event.tracking)
    parcel = Parcel(event.carrier, event.tracking, now, number=order.parcel.number + 1 if order.parcel else 1)
    order = replace(deadlines.stage_left(order), stage=Stage.SHIPPED, parcel=parcel)
    order = deadlines.set_to(order, DeadlineKind.DELIVER_BY, deliver_by, now, rule=rule)
    order = captures.requested(order, now)
    text = f"Order {order.order_id} is on its way with {event.carrier}, {event.tracking}."
    word = Word(Role.BUYER, "order_shipped", text, deliver_by)
    return Change(order, f"Shipped with {event.carrier}, {event.tracking}", (word,))


def tracking_corrected(order: Order, event: CorrectTracking) -> Change:
    """The seller had named the wrong parcel, and the carrier has said nothing of it yet."""
    parcel = order.parcel
    assert parcel, f"{order.order_id} is {order.stage} without a parcel"
    if parcel.facts:
        said = f"The carrier has already reported {', '.join(parcel.facts)} for {parcel.tracking}."
        raise Refused(Code.NOT_ALLOWED_NOW, said)
    order = named(order, event.tracking)
    if len(order.trackings) > MAX_TRACKINGS:
        raise refusals.limit_reached(f"An order names at most {MAX_TRACKINGS} trackings before one is corrected again")
    order = replace(order, parcel=replace(parcel, carrier=event.carrier, tracking=event.tracking))
    told = f"Tracking corrected from {parcel.tracking} to {event.tracking}, {event.carrier}"
    return Change(order, told, (Word(Role.BUYER, "tracking_corrected", f"{told}."),))


def named(order: Order, tracking: str) -> Order:
    """`order` with one more tracking named; each names one parcel of the order."""
    if tracking in order.trackings:
        raise refusals.invalid("tracking", f"{tracking!r} was named before, for another parcel of this order")
    return replace(order, trackings=(*order.trackings, tracking))


def processing_time_is_over(order: Order) -> bool:
    """Whether the seller was only reminded: `ship_by` has passed, `ship_no_later_than` runs (R10)."""
    return deadlines.running(order, DeadlineKind.SHIP_NO_LATER_THAN) is not None


def processing_time_missed(order: Order, at: datetime) -> Change:
    """`ship_by` passed: the seller loses the order, or is reminded, as the terms say."""
    if order.terms.on_missed_shipment == "cancel_and_refund":
        return cancelled_for_missed_shipment(order, at)
    words = _reminders(order)
    if order.stage is Stage.CANCELLATION_PENDING:
        summary = "The processing time is over: the pending cancellation is granted"
        return cancellation.granted(order, at, Role.SYSTEM, summary, words)
    order = deadlines.started(order, DeadlineKind.SHIP_NO_LATER_THAN, order.terms.ship_no_later_than, at)
    return Change(order, "The processing time is over: seller and platform are reminded", words)


def _reminders(order: Order) -> tuple[Word, ...]:
    text = f"Order {order.order_id} was not shipped in its processing time."
    return tuple(Word(role, "processing_time_missed", text) for role in (Role.SELLER, Role.PLATFORM))


def cancelled_for_missed_shipment(order: Order, at: datetime) -> Change:
    """The seller did not ship in time: cancelled and refunded in full."""
    order = cancellation.overtaken(order, at)
    reason = CancellationReason.PROCESSING_TIME_MISSED
    return closing.cancelled(order, at, reason, Role.SYSTEM, "Cancelled: the seller did not ship in time")
