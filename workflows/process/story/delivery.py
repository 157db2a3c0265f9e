"""Chapters 4 and 6, delivery: the parcel is on its way, then with the buyer, who is protected for a while."""

from datetime import datetime, timedelta

from workflows.frozen import replace
from workflows.messages.disputes import OpenDispute
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import (
    AnswerInterception,
    ConfirmReceipt,
    CorrectTracking,
    ExtendDelivery,
    RequestInterception,
)
from workflows.messages.sentences import say, say_many
from workflows.messages.values import ClosingReason, DeadlineKind, Role
from workflows.process import refusals
from workflows.process.arrivals import endings, whereabouts
from workflows.process.clock import deadlines
from workflows.process.clock.windows import window_end
from workflows.process.dispute import disputes
from workflows.process.state.changes import Change, DeadlinePassed, StoryEvent, Word
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order, parcel_of
from workflows.process.story import interception, shipment


def while_shipped(order: Order, event: StoryEvent, now: datetime) -> Change:
    """On its way until `deliver_by`; after that the buyer is protected until `protected_until`."""
    match event:
        case CorrectTracking():
            return shipment.tracking_corrected(order, event)
        case ExtendDelivery():
            return delivery_extended(order, event)
        case RequestInterception():
            return interception.interception_requested(order, now)
        case AnswerInterception():
            return interception.interception_answered(order, event)
        case ConfirmReceipt():
            return endings.receipt_confirmed(order, now)
        case OpenDispute():
            return disputes.dispute_opened(order, event, now)
        case DeadlinePassed(Deadline(kind=DeadlineKind.DELIVER_BY)):
            return whereabouts.not_delivered_in_time(order, now)
        case DeadlinePassed(Deadline(kind=DeadlineKind.PROTECTED_UNTIL)):
            return never_delivered(order, now)
        case _:
            raise refusals.not_now(order, event)


def while_delivered(order: Order, event: StoryEvent, now: datetime) -> Change:
    """With the buyer, who confirms, disputes, or stays silent until `protected_until`."""
    match event:
        case ConfirmReceipt():
            return endings.receipt_confirmed(order, now)
        case OpenDispute():
            return disputes.dispute_opened(order, event, now)
        case DeadlinePassed(Deadline(kind=DeadlineKind.PROTECTED_UNTIL)):
            return not_contested(order, now)
        case _:
            raise refusals.not_now(order, event)


def delivery_extended(order: Order, event: ExtendDelivery) -> Change:
    """The seller gives a slow parcel more time, all extensions together at most what the terms allow."""
    deliver_by, parcel = deadlines.running_deadline(order, DeadlineKind.DELIVER_BY), parcel_of(order)
    if deliver_by is None:
        raise refusals.not_now(order, event)
    first_promise = deliver_by.at - timedelta(days=parcel.extended_days)
    latest, _ = window_end(first_promise, order.terms.delivery_extensions, order.terms.calendar)
    at = deliver_by.at + timedelta(days=event.days)
    if at > latest:
        text = say(
            "All extensions together are limited to {span}, that is {latest}; this one would go on until {at}.",
            span=order.terms.delivery_extensions,
            latest=order.when(latest),
            at=order.when(at),
        )
        raise refusals.limit_reached(text)
    order = deadlines.set_deadline(order, DeadlineKind.DELIVER_BY, at, at)
    order = replace(order, parcel=replace(parcel, extended_days=parcel.extended_days + event.days))
    text = say(
        "Order {order_id} needs more time: it is now promised by {at}.", order_id=order.order_id, at=order.when(at)
    )
    summary = say_many("Delivery extended by one day", "Delivery extended by {count} days", count=event.days)
    return Change(order, summary, (Word(Role.BUYER, NoticeKind.DELIVERY_EXTENDED, text, at),))


def never_delivered(order: Order, at: datetime) -> Change:
    """Protection ended and the carrier never said it was delivered: the terms say who gets the money."""
    reason = ClosingReason.NOT_DELIVERED
    if order.terms.on_no_delivery == "full_refund":
        return endings.order_refunded(order, at, reason, say("Never reported as delivered: the buyer is refunded"))
    summary = say("Never reported as delivered, and nobody complained: completed")
    return endings.order_completed(order, at, reason, summary)


def not_contested(order: Order, at: datetime) -> Change:
    """Protection ended and the buyer stayed silent."""
    summary = say("Buyer protection ended without a complaint")
    return endings.order_completed(order, at, ClosingReason.NOT_CONTESTED, summary)
