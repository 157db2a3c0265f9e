"""What news of a refund leads to, and what becomes of a promise that was to be let go of (R21, R32, R40).

How it is booked lives in `refunds.py`.
"""

from datetime import datetime

from workflows.frozen import replace
from workflows.messages.commands import RefundUpdated
from workflows.messages.sentences import say
from workflows.messages.values import MoneyState
from workflows.process.money import attempts, captures, going_back, transfers
from workflows.process.money.attempts import News
from workflows.process.money.ledger import is_final, move_money, payment_of, taken_elsewhere, with_transfer
from workflows.process.money.refunds import REFUND, book_news, request_refund
from workflows.process.state.changes import AttemptAnswered, Change, Word
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE, Attempt, Payment, Refund


def hear_refund(order: Order, news: RefundUpdated | AttemptAnswered, now: datetime) -> Change:
    """What news of a refund leads to. Who may report it, its roles and `transfers.check_platform_may_report` say."""
    payment = _payment_voided(order, news)
    if payment is None or payment.captured_at is None:
        return transfers.hear_news(REFUND, book_news, order, news, now)
    if payment.voided and news.state is not MoneyState.SUCCEEDED:
        return transfers.hear_news(REFUND, _book_moot_void, order, news, now)
    change = transfers.hear_news(REFUND, book_news, order, news, now)
    if payment.voided or news.state is not MoneyState.SUCCEEDED or change.why:
        return change
    return _charged_and_voided(change, payment, now)


def _payment_voided(order: Order, news: News) -> Payment | None:
    """The payment that an attempt was to let go of, where the news is of such a one."""
    refund = transfers.find_transfer(REFUND, order, attempts.record_meant(news))
    if refund is None:
        return None
    attempt = attempts.attempt_meant(refund.attempts, news)
    return payment_of(order, refund) if isinstance(attempt, Attempt) and attempt.void else None


def _charged_and_voided(change: Change, payment: Payment, now: datetime) -> Change:
    """The payment was charged, and is now said to be voided: it was charged late, and goes back whole (R32), as when
    the two are heard the other way round; but for what of it has gone back as a charge, or is to."""
    back = payment.amount - _gone_of_the_charge(change.order, payment)
    if back <= 0:
        return change
    late = replace(payment, voided=back)
    order = replace(
        change.order,
        payments=tuple(late if p.payment_id == late.payment_id else p for p in change.order.payments),
    )
    if late.role != "foreign":
        order = move_money(order, "authorized", "held", back)
    order = request_refund(order, late, back, "surplus", now)
    word = going_back.payment_goes_back(order, late, captures.charged_undue(late, back), now)
    summary = say("{news}, and it was charged: that goes back", news=change.summary)
    return replace(change, order=order, summary=summary, words=(word,))


def _gone_of_the_charge(order: Order, payment: Payment) -> int:
    """What of a charge has gone back or is to, by refunds or without us. A void is about what was only promised."""
    gone = taken_elsewhere(order, payment.payment_id)
    for refund in order.refunds:
        if refund.payment_id != payment.payment_id:
            continue
        real = [attempt for attempt in refund.attempts if not attempt.void]
        paid = sum(attempt.amount for attempt in real if attempt.state is MoneyState.SUCCEEDED)
        under_way = sum(attempt.amount for attempt in real if not is_final(attempt.state))
        owed = refund.owed if len(real) == len(refund.attempts) else 0
        gone += refund.settled_by_hand + paid + max(under_way, owed)
    return gone


def _book_moot_void(order: Order, refund: Refund, attempt: Attempt, news: News) -> Order:
    """`order` with the news only remembered: what the void would have let go of was charged since, and another refund
    gives it back. Owed once more, it would go back twice."""
    seen = tuple(dict.fromkeys((*attempt.seen, news.state)))
    known = tuple(replace(a, seen=seen) if a.number == attempt.number else a for a in refund.attempts)
    return with_transfer(order, replace(refund, attempts=known))


def end_voids(order: Order, payment: Payment, now: datetime) -> Change | None:
    """What follows when the bank has let go of a promise whose void had failed: it is done (R40). None: none had."""
    summary = say("The bank has let go of payment {payment}: its void is done", payment=payment.payment_id)
    before, words = order, tuple[Word, ...]()
    for refund in order.refunds:
        if (
            refund.payment_id == payment.payment_id
            and refund.state in IN_TROUBLE
            and refund.attempts
            and refund.attempts[-1].void
        ):
            done = AttemptAnswered(refund.refund_id, len(refund.attempts), MoneyState.SUCCEEDED, asked=True)
            change = hear_refund(order, done, now)
            order, words = change.order, (*words, *change.words)
    return Change(order, summary, words) if order is not before else None
