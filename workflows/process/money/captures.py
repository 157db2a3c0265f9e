"""Captures: taking at shipment what the buyer's bank has promised at payment. Until then nothing of it moves (R32).

Their lifecycle is that of every transfer (`transfers.py`: sent, overdue, retried …); here is what only captures do.
"""

from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.authorizations import RetryCapture, SettleCaptureManually
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Money, Sentence, in_a_row, say
from workflows.messages.values import DeadlineKind, MoneyState, Role
from workflows.messages.work import CaptureCall
from workflows.process.clock import deadlines
from workflows.process.money import attempts, going_back, refunds, transfers
from workflows.process.money.contradictions import payment_contradicted
from workflows.process.money.ledger import (
    goes_back_whole,
    hold_on_payment,
    in_flight,
    is_open,
    move_money,
    payment_of,
    payment_of_order,
)
from workflows.process.money.transfers import TransferKind
from workflows.process.state.changes import AttemptAnswered, Change, Word
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE, Attempt, Capture, Payment


def request_capture(order: Order, at: datetime) -> Order:
    """`order` with the capture requested of what it was only promised. The first parcel asks, no later one."""
    payment = payment_of_order(order)
    if payment is None or payment.captured_at or order.capture:
        return order
    return replace(order, capture=Capture(f"{order.order_id}-capture-1", payment.payment_id, payment.amount, at))


def capture_of(order: Order, payment: Payment) -> Capture | None:
    """The capture of a payment, whatever became of it."""
    return order.capture if order.capture and order.capture.payment_id == payment.payment_id else None


def hear_capture(order: Order, news: AttemptAnswered, now: datetime) -> Change:
    """What the answer to our own call leads to. A success is its payment's: the order may know of it already."""
    capture = transfers.known_transfer(CAPTURE, order, news.record_id)
    attempt = capture.attempts[news.attempt - 1]
    summary = attempts.news_sentence(capture, attempt, order.currency, news)
    if why := attempts.why_unheard(attempt, news) or _why_moot(capture, news):
        return Change(order, summary, why=why)
    new = replace(capture, attempts=attempts.take_news(capture.attempts, attempt, news))
    if news.state is MoneyState.SUCCEEDED:
        return hear_charge(replace(order, capture=new), payment_of(order, capture), summary, now)
    underway = in_flight(new)
    after = replace(order, capture=replace(new, state=underway.state if underway else news.state))
    change = transfers.watch_provider(CAPTURE, order, after, capture.capture_id, summary, now)
    return replace(change, asks=attempts.look_ups_after(_capture_call(order, capture, attempt), news))


def _why_moot(capture: Capture, news: AttemptAnswered) -> Sentence | None:
    """Why only a success would still count: the capture is over."""
    if news.state is MoneyState.SUCCEEDED or is_open(capture):
        return None
    return say("the capture counts as {state}", state=capture.state)


def hear_charge(order: Order, payment: Payment, summary: Sentence, now: datetime) -> Change:
    """The provider says that the buyer is charged, whoever asked for it."""
    if payment.captured_at is None:
        if was_voided(order, payment):
            return hear_late_charge(order, payment, payment.amount, summary, now)
        return _charge(order, payment, summary, now, _charge_sentence(payment))
    capture = capture_of(order, payment)
    if capture and capture.state is MoneyState.SETTLED_MANUALLY:
        return payment_contradicted(
            order, payment.payment_id, say("it was settled by hand, and is now reported as captured")
        )
    return Change(order, summary, why=say("duplicate: this payment was already taken"))


def hear_larger_charge(order: Order, payment: Payment, amount: int, summary: Sentence, now: datetime) -> Change:
    """Somebody else has captured more of it than the order costs: what is too much goes back (R5)."""
    more, surplus = replace(payment, amount=amount), amount - payment.amount
    order = replace(order, payments=tuple(more if p is payment else p for p in order.payments))
    if more.role != "foreign":
        order = move_money(order, "authorized", "held", surplus)
    back, when = Money(surplus, payment.currency), going_back.when_back(order, replace(more, captured_at=now), now)
    text = in_a_row(_charge_sentence(more), say("{amount} too much go back{when}.", amount=back, when=when))
    change = _charge(order, more, summary, now, text)
    charged = next(p for p in change.order.payments if p.payment_id == payment.payment_id)
    order = refunds.request_refund(change.order, charged, surplus, "surplus", now)
    return replace(change, order=order, summary=say("{news}; {amount} too much go back", news=summary, amount=back))


def hear_late_charge(order: Order, payment: Payment, amount: int, summary: Sentence, now: datetime) -> Change:
    """Whoever captured it, it was voided before: a late payment, which goes back whole (R28, R32)."""
    late = replace(payment, amount=amount, captured_at=now, voided=payment.amount)
    order = replace(order, payments=tuple(late if p is payment else p for p in order.payments))
    if late.role != "foreign":
        order = move_money(order, "captured", "held", amount)
    if capture := capture_of(order, late):
        order = replace(order, capture=_succeeded(capture))
    order = refunds.request_refund(order, late, amount, "surplus", now)
    word = going_back.payment_goes_back(order, late, charged_undue(late, amount), now)
    return Change(order, say("{news} after it was voided: it goes back", news=summary), (word,))


def charged_undue(payment: Payment, amount: int) -> Sentence:
    """What the buyer is told was done, before that it goes back."""
    return say(
        "{amount} of your payment {payment} were charged when none were due",
        amount=Money(amount, payment.currency),
        payment=payment.payment_id,
    )


def was_voided(order: Order, payment: Payment) -> bool:
    """Whether nothing of a payment is promised any more: it was given back before anybody was charged."""
    of_it = (refund for refund in order.refunds if refund.payment_id == payment.payment_id)
    return any(a.void and a.state is MoneyState.SUCCEEDED for refund in of_it for a in refund.attempts)


def _charge_sentence(payment: Payment) -> Sentence:
    amount = Money(payment.amount, payment.currency)
    return say("{amount} of your payment {payment} were charged.", amount=amount, payment=payment.payment_id)


def _charge(order: Order, payment: Payment, summary: Sentence, now: datetime, text: Sentence) -> Change:
    """It is money now: what waited for it starts."""
    order = replace(order, payments=tuple(replace(p, captured_at=now) if p is payment else p for p in order.payments))
    if payment.role != "foreign":
        order = move_money(order, "captured", "authorized", payment.amount)
    if capture := capture_of(order, payment):
        order = deadlines.end_deadlines(order, *CAPTURE.watches, subject=capture.capture_id)
        order = replace(order, capture=_succeeded(capture))
    return Change(order, summary, (Word(Role.BUYER, NoticeKind.PAYMENT_CHARGED, text),))


def _succeeded(capture: Capture) -> Capture:
    """The capture whose money is here. Told by the payment alone, it was the attempt under way that took it."""
    done = replace(capture, state=MoneyState.SUCCEEDED, alerted=False)
    attempt = in_flight(capture)
    if attempt is None or any(other.state is MoneyState.SUCCEEDED for other in capture.attempts):
        return done
    news = AttemptAnswered(capture.capture_id, attempt.number, MoneyState.SUCCEEDED)
    return replace(done, attempts=attempts.take_news(capture.attempts, attempt, news))


def lose_capture(order: Order, capture: Capture, attempt: Attempt, summary: Sentence, now: datetime) -> Change:
    """The bank has let go of the authorisation while its capture was under way."""
    failed = AttemptAnswered(capture.capture_id, attempt.number, MoneyState.FAILED)
    heard = attempts.take_news(capture.attempts, attempt, failed)
    after = replace(order, capture=replace(capture, attempts=heard, state=MoneyState.FAILED, let_go=True))
    return transfers.watch_provider(CAPTURE, order, after, capture.capture_id, summary, now)


def give_up_capture(order: Order) -> Order:
    """`order` without a failed capture of what goes back whole: there is nothing left to take, and it is voided."""
    capture = order.capture
    if capture is None or capture.state not in IN_TROUBLE or not goes_back_whole(order, payment_of(order, capture)):
        return order
    return replace(order, capture=replace(capture, state=MoneyState.CANCELLED, alerted=False))


def retry_capture(order: Order, event: RetryCapture) -> Change:
    """A failed capture is tried again."""
    capture = transfers.retriable_transfer(CAPTURE, order, event.capture_id, event.name)
    return transfers.try_again(CAPTURE, order, capture, capture.amount, event.provider_reference)


def settle_capture(order: Order, event: SettleCaptureManually, now: datetime) -> Change:
    """The platform has got the money by another way: it counts as captured, and what waited for it starts. So it may of
    a capture that is overdue: nobody may ever say what became of it."""
    capture = transfers.find_transfer(CAPTURE, order, event.capture_id)
    if capture is None or not (capture.alerted and is_open(capture)):
        capture = transfers.troubled_transfer(CAPTURE, order, event.capture_id, event.name)
    reference = event.provider_reference
    summary = transfers.settled_sentence(order, capture, capture.amount, reference)
    paid = order.money(capture.amount)
    text = say("{amount} of your order {order_id} were paid another way.", amount=paid, order_id=order.order_id)
    change = _charge(order, payment_of(order, capture), summary, now, text)
    # Settled before the charge, it would be marked as what the provider has taken, and a second charge as a duplicate.
    settled = replace(capture, state=MoneyState.SETTLED_MANUALLY, settled_reference=reference, alerted=False)
    return replace(change, order=replace(change.order, capture=settled))


def _capture_call(order: Order, capture: Capture, attempt: Attempt) -> CaptureCall:
    return CaptureCall(
        order_id=order.order_id,
        capture_id=capture.capture_id,
        attempt=attempt.number,
        key=attempt.key,
        payment_id=capture.payment_id,
        amount=attempt.amount,
        currency=order.currency,
    )


def _words_after(before: Order, order: Order, capture: Capture, summary: Sentence) -> tuple[Word, ...]:
    """The platform mends what is in trouble; of what is voided by itself nobody has to do anything."""
    del before
    if capture.state not in IN_TROUBLE or goes_back_whole(order, payment_of(order, capture)):
        return ()
    text = say("{news}. The goods are out: retry it, or settle it by hand.", news=summary)
    return (Word(Role.PLATFORM, NoticeKind.CAPTURE_NEEDS_ATTENTION, text),)


CAPTURE: Final[TransferKind[Capture]] = TransferKind(
    noun="capture",
    must_be=say("must be the capture of this order"),
    records=lambda order: (order.capture,) if order.capture else (),
    call=_capture_call,
    first_amount=lambda _, capture: capture.amount,
    may_go=lambda order, capture: not hold_on_payment(order, capture.payment_id),
    held_up_by=lambda order, capture: hold_on_payment(order, capture.payment_id),
    watches=(DeadlineKind.REFUND_ALERT_AT,),
    words=_words_after,
    overdue_notice=NoticeKind.CAPTURE_OVERDUE,
)
"""What captures have of their own in the lifecycle of a transfer."""
