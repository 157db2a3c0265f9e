"""Chapter 7, exchange: the seller sends a replacement, and the story goes on as for the first parcel (R19)."""

from datetime import datetime

from workflows.messages.parcels import Ship
from workflows.messages.values import ClosingReason, DeadlineKind, Role, Stage
from workflows.process import closing, deadlines, refusals, shipment
from workflows.process.effects import Change, DeadlinePassed, Word
from workflows.process.state import Order, replace


def exchanging(order: Order, event: object, now: datetime) -> Change:
    """The seller ships the replacement until `ship_by`."""
    match event:
        case Ship():
            return shipment.handed_over(order, event, now)
        case DeadlinePassed():
            why = "The replacement was not shipped in time: refunded"
            return closing.refunded(order, now, ClosingReason.REPLACEMENT_NOT_SHIPPED, why)
        case _:
            raise refusals.not_now(order, event)


def asked_for(order: Order, now: datetime, told: str) -> Change:
    """A replacement is due; the buyer keeps the first goods."""
    order = replace(deadlines.stage_left(order), stage=Stage.EXCHANGING, return_agreed=False)
    order = deadlines.started(order, DeadlineKind.SHIP_BY, order.terms.ship_within, now)
    ship_by = deadlines.running(order, DeadlineKind.SHIP_BY)
    at = ship_by.at if ship_by else None
    seller = f"Please ship a replacement for order {order.order_id}."
    buyer = f"You get a replacement for order {order.order_id}; keep what you have."
    return Change(order, told, (Word(Role.SELLER, "replacement_due", seller, at), Word(Role.BUYER, "exchange", buyer)))


def was_made(order: Order) -> bool:
    """Whether the order's parcel is a replacement already: there is no second exchange."""
    return order.parcel is not None and order.parcel.number > 1
