"""What the order asks of the payment provider, and what comes back: of refunds, releases and the capture together.

What an answer means lives with each of them; here is only whose it is.
"""

from datetime import datetime
from typing import assert_never

from workflows.messages.values import DeadlineKind
from workflows.process.money import captures, questions, refund_news, refunds, releases, transfers
from workflows.process.money.captures import CAPTURE
from workflows.process.money.ledger import Transfer, all_transfers, id_of, is_waiting
from workflows.process.money.refunds import REFUND
from workflows.process.money.releases import RELEASE
from workflows.process.state.changes import AttemptAnswered, Change, Effect
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order
from workflows.process.state.payments import Capture, Refund, Release


def send_waiting(order: Order) -> tuple[Order, tuple[Effect, ...]]:
    """`order` with everything begun that waits and may go, and the calls to make."""
    # Given up after the refunds, a capture would hold up the void of its promise until something else happens.
    order = captures.give_up_capture(order)
    if not any(map(is_waiting, all_transfers(order))):
        return order, ()
    order, taking = transfers.send_first(CAPTURE, order)
    if questions.arrival_in_question(order):
        return order, taking
    # Failed after what can be sent was sent, what cannot would be sent as nothing, and the provider refuse it.
    order, back = transfers.send_first(REFUND, refunds.fail_unsendable(refunds.cut_waiting(order)))
    order, out = transfers.send_first(RELEASE, order)
    # The calls of one step stand in histories in this order: in another one, running orders no longer replay.
    return order, (*taking, *back, *out)


def unanswered_calls(order: Order) -> tuple[Effect, ...]:
    """What a run has to find out first that takes over an order whose last run did not end: calls never answered, and
    which of two words is true."""
    return (
        *transfers.ask_unanswered(CAPTURE, order),
        *transfers.ask_unanswered(REFUND, order),
        *transfers.ask_unanswered(RELEASE, order),
    )


def newest_attempt(order: Order, record_id: str) -> int:
    """How many attempts the order knows of a refund, release or capture: of an older one nothing is ever sent."""
    record = _record(order, record_id)
    return len(record.attempts) if record else 0


def hear_answer(order: Order, news: AttemptAnswered, now: datetime) -> Change:
    """What the provider's answer to a call leads to. Of a record that nobody knows refunds say so."""
    match record := _record(order, news.record_id):
        case Capture():
            return captures.hear_capture(order, news, now)
        case Release():
            return releases.hear_release(order, news, now)
        case Refund() | None:
            return refund_news.hear_refund(order, news, now)
        case _:
            assert_never(record)


def hear_silence(order: Order, deadline: Deadline) -> Change:
    """The provider has been silent about one of them for too long: first the buyer is told, then the platform."""
    match deadline.kind:
        case DeadlineKind.REFUND_EXPECTED_BY:
            return refunds.refund_late(order, deadline.subject)
        case DeadlineKind.REFUND_ALERT_AT:
            return _alert_platform(order, deadline)
        case other:
            raise AssertionError(f"{order.order_id}: {other} watches no money")


def _alert_platform(order: Order, deadline: Deadline) -> Change:
    match record := _record(order, deadline.subject):
        case Capture():
            return transfers.alert_platform(CAPTURE, order, record)
        case Release():
            return transfers.alert_platform(RELEASE, order, record)
        case Refund():
            return transfers.alert_platform(REFUND, order, record)
        case None:
            raise AssertionError(f"{order.order_id}: {deadline} watches nothing of this order")
        case _:
            assert_never(record)


def _record(order: Order, record_id: str) -> Transfer | None:
    return next((record for record in all_transfers(order) if id_of(record) == record_id), None)
