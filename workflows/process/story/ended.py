"""After the end: a closed stage asks nothing more of anybody."""

from datetime import datetime

from workflows.process import refusals
from workflows.process.refusals import CANCELLING
from workflows.process.state.changes import Change
from workflows.process.state.order import Order


def closed(order: Order, event: object, now: datetime) -> Change:
    """A closed stage asks nothing more of anybody, and says so."""
    del now
    if order.parcel and isinstance(event, CANCELLING):
        raise refusals.already_shipped(order)
    raise refusals.order_closed(order)
