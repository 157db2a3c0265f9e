"""Shipped: the parcel is handed over, by whichever way the seller came to say so."""

from datetime import datetime

from workflows.frozen import replace
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import Ship
from workflows.messages.sentences import say
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.process import refusals
from workflows.process.clock import deadlines
from workflows.process.clock.windows import window_end
from workflows.process.money import captures
from workflows.process.state.changes import Change, Word
from workflows.process.state.order import Order
from workflows.process.state.parcel import Parcel


def parcel_handed_over(order: Order, event: Ship, now: datetime) -> Change:
    """Shipped: promised by `deliver_by`, and no way to cancel any more."""
    latest, counted = window_end(now, order.terms.deliver_within, order.terms.calendar)
    if event.deliver_by is not None and not now < event.deliver_by <= latest:
        raise refusals.invalid_field(
            "deliver_by",
            say(
                "must lie after now and at most {span} ahead, on {latest} at the latest",
                span=order.terms.deliver_within,
                latest=order.when(latest),
            ),
        )
    deliver_by, counted = (event.deliver_by, None) if event.deliver_by else (latest, counted)
    order = name_tracking(order, event.tracking)
    parcel = Parcel(event.carrier, event.tracking, now, number=order.parcel.number + 1 if order.parcel else 1)
    order = replace(deadlines.stage_left(order), stage=Stage.SHIPPED, parcel=parcel)
    order = deadlines.set_deadline(order, DeadlineKind.DELIVER_BY, deliver_by, now, counted=counted)
    order = captures.request_capture(order, now)
    text = say(
        "Order {order_id} is on its way with {carrier}, {tracking}.",
        order_id=order.order_id,
        carrier=event.carrier,
        tracking=event.tracking,
    )
    word = Word(Role.BUYER, NoticeKind.ORDER_SHIPPED, text, until=DeadlineKind.DELIVER_BY)
    summary = say("Shipped with {carrier}, {tracking}", carrier=event.carrier, tracking=event.tracking)
    return Change(order, summary, (word,))


def name_tracking(order: Order, tracking: str) -> Order:
    """`order` with one more tracking named; each names one parcel of the order."""
    if tracking in order.trackings:
        right = say(
            "must be a new one: {tracking} was named before for another parcel of this order", tracking=tracking
        )
        raise refusals.invalid_field("tracking", right)
    return replace(order, trackings=(*order.trackings, tracking))
