"""Chapter 2, shipment: the order is paid, and the seller has the processing time to ship it."""

from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.cancellation import CancelOrder, RequestCancellation
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import CorrectTracking, Ship
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import say, several
from workflows.messages.values import DeadlineKind, Role
from workflows.process import refusals
from workflows.process.arrivals import shipped
from workflows.process.state.changes import Change, DeadlinePassed, StoryEvent, Word
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order
from workflows.process.story import cancellation

MAX_TRACKINGS: Final = 10
"""Of one order, its return and its replacement included: a seller who mistypes often, and not one who plays."""


def while_awaiting_shipment(order: Order, event: StoryEvent, now: datetime) -> Change:
    """Paid, not shipped: the seller ships before `ship_by`, and the buyer may still ask to cancel."""
    match event:
        case Ship():
            return shipped.parcel_handed_over(order, event, now)
        case RequestCancellation():
            return cancellation.cancellation_requested(order, event, now)
        case CancelOrder():
            return cancellation.cancelled_by_seller_or_platform(order, event, now)
        case DeadlinePassed(Deadline(kind=DeadlineKind.SHIP_NO_LATER_THAN)):
            return cancellation.cancelled_for_missed_shipment(order, now)
        case DeadlinePassed(Deadline(kind=DeadlineKind.SHIP_BY)):
            return cancellation.processing_time_missed(order, now)
        case _:
            raise refusals.not_now(order, event)


def tracking_corrected(order: Order, event: CorrectTracking) -> Change:
    """The seller had named the wrong parcel, and the carrier has said nothing of it yet."""
    parcel = order.parcel
    assert parcel, f"{order.order_id} is {order.stage} without a parcel"
    if parcel.facts:
        said = say(
            "The carrier has already reported on {tracking}: {facts}.",
            tracking=parcel.tracking,
            facts=several(refusals.action(fact) for fact in parcel.facts),
        )
        raise Refused(Code.NOT_ALLOWED_NOW, said)
    # Named after the limit is looked at, an order could name one tracking more than MAX_TRACKINGS.
    order = shipped.name_tracking(order, event.tracking)
    if len(order.trackings) > MAX_TRACKINGS:
        text = say("An order names at most {limit} tracking numbers, and these are used up.", limit=MAX_TRACKINGS)
        raise refusals.limit_reached(text)
    order = replace(order, parcel=replace(parcel, carrier=event.carrier, tracking=event.tracking))
    told = say(
        "Tracking corrected from {before} to {tracking}, {carrier}",
        before=parcel.tracking,
        tracking=event.tracking,
        carrier=event.carrier,
    )
    text = say(
        "The parcel of order {order_id} is {tracking} with {carrier}, and not {before}.",
        order_id=order.order_id,
        tracking=event.tracking,
        carrier=event.carrier,
        before=parcel.tracking,
    )
    return Change(order, told, (Word(Role.BUYER, NoticeKind.TRACKING_CORRECTED, text),))
