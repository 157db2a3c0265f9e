"""What the order asks of the payment provider, and what comes back: of refunds, releases and the capture together.

What an answer means lives with each of them; here is only whose it is.
"""

from datetime import datetime

from workflows.process.money import captures, refunds, releases
from workflows.process.state.changes import AttemptAnswered, Change, Effect
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order


def sent(order: Order) -> tuple[Order, tuple[Effect, ...]]:
    """`order` with everything begun that waits and may go, and the calls to make."""
    order, taking = captures.sent(captures.given_up(order))
    order, back = refunds.sent(order)
    order, out = releases.sent(order)
    return order, (*taking, *back, *out)


def unanswered(order: Order) -> tuple[Effect, ...]:
    """What a run has to find out first that takes over an order whose last run did not end: calls never answered."""
    return (*captures.unanswered(order), *refunds.unanswered(order), *releases.unanswered(order))


def answered(order: Order, news: AttemptAnswered, now: datetime) -> Change:
    """What the provider's answer to a call leads to."""
    if captures.find(order, news.record_id):
        return captures.updated(order, news, now)
    if releases.find(order, news.record_id):
        return releases.updated(order, news, now)
    return refunds.updated(order, news, now)


def overdue(order: Order, deadline: Deadline) -> Change:
    """The provider has been silent about one of them for too long."""
    if captures.find(order, deadline.subject):
        return captures.overdue(order, deadline)
    if releases.find(order, deadline.subject):
        return releases.overdue(order, deadline)
    return refunds.overdue(order, deadline)
