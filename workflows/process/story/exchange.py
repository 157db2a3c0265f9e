"""Chapter 7, exchange: the seller sends a replacement, and the story goes on as for the first parcel (R19)."""

from datetime import datetime

from workflows.messages.parcels import Ship
from workflows.messages.sentences import say
from workflows.messages.values import ClosingReason, DeadlineKind
from workflows.process import refusals
from workflows.process.arrivals import endings, shipped
from workflows.process.state.changes import Change, DeadlinePassed, StoryEvent
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order


def while_exchanging(order: Order, event: StoryEvent, now: datetime) -> Change:
    """The seller ships the replacement until `ship_by`."""
    match event:
        case Ship():
            return shipped.parcel_handed_over(order, event, now)
        case DeadlinePassed(Deadline(kind=DeadlineKind.SHIP_BY)):
            why = say("The replacement was not shipped in time: refunded")
            return endings.order_refunded(order, now, ClosingReason.REPLACEMENT_NOT_SHIPPED, why)
        case _:
            raise refusals.not_now(order, event)
