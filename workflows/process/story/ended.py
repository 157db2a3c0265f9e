"""After the end: a closed stage asks nothing more of anybody."""

from datetime import datetime

from workflows.process import refusals
from workflows.process.refusals import CANCELLING
from workflows.process.state.changes import Change, DeadlinePassed, StoryEvent
from workflows.process.state.order import Order


def while_closed(order: Order, event: StoryEvent, now: datetime) -> Change:
    """A closed stage asks nothing more of anybody, and says so."""
    del now
    assert not isinstance(event, DeadlinePassed), f"{order.order_id}: {event} is not for {order.stage}"
    # What was shipped may have ended as well: told that first, nobody hears that it is too late to cancel (R11).
    if order.parcel and isinstance(event, CANCELLING):
        raise refusals.already_shipped(order, event.by.role)
    raise refusals.order_closed(order)
