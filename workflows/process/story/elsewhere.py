"""Money that was given back elsewhere: in the provider's console, by another program (R35)."""

from datetime import datetime
from typing import Final

from workflows.messages.chargebacks import RefundReported
from workflows.process.state.changes import Change, Table
from workflows.process.state.order import Order


def refund_reported(order: Order, event: RefundReported, now: datetime) -> Change:
    """What a refund leads to that nobody asked us for."""
    del now
    return Change(order, f"Refund {event.reference} was made elsewhere: {event.state}", why="it is only recorded")


BESIDE: Final[Table] = {
    RefundReported: refund_reported,
}
