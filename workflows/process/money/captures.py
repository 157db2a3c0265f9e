"""Captures: taking at shipment what the buyer's bank has promised at payment. Until then nothing of it moves (R32)."""

from datetime import datetime

from workflows.messages.authorizations import RetryCapture, SettleCaptureManually
from workflows.messages.currency import money
from workflows.messages.values import DeadlineKind, MoneyState, Role
from workflows.messages.work import CaptureCall
from workflows.process import refusals
from workflows.process.clock import deadlines
from workflows.process.money import attempts, refunds
from workflows.process.money.conflicts import conflict
from workflows.process.money.ledger import goes_back_whole, in_flight, is_open, is_waiting, move_money, paying
from workflows.process.state.changes import AttemptAnswered, Change, Effect, LookUp, Send, Word
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order, replace
from workflows.process.state.payments import IN_TROUBLE, Attempt, Capture, Payment


def requested(order: Order, at: datetime) -> Order:
    """`order` with the capture requested of what it was only promised. The first parcel asks, no later one."""
    payment = paying(order)
    if payment is None or payment.captured_at or order.capture:
        return order
    return replace(order, capture=Capture(f"{order.order_id}-capture-1", payment.payment_id, payment.amount, at))


def sent(order: Order) -> tuple[Order, tuple[Effect, ...]]:
    """`order` with the first attempt begun, if its capture waits for one, and the call to make."""
    capture = order.capture
    if capture is None or not is_waiting(capture):
        return order, ()
    order, call = _attempting(order, capture)
    return order, (call,)


def _attempting(order: Order, capture: Capture) -> tuple[Order, Send]:
    begun = attempts.begun(capture.capture_id, capture.attempts, capture.amount)
    capture = replace(capture, attempts=begun, state=MoneyState.REQUESTED, alerted=False)
    return replace(order, capture=capture), Send(_call(order, capture, begun[-1]))


def _call(order: Order, capture: Capture, attempt: Attempt) -> CaptureCall:
    return CaptureCall(
        order_id=order.order_id,
        capture_id=capture.capture_id,
        attempt=attempt.number,
        key=attempt.key,
        payment_id=capture.payment_id,
        amount=attempt.amount,
        currency=order.currency,
    )


def unanswered(order: Order) -> tuple[Effect, ...]:
    """A look-up for every attempt that was sent, or was to be, and never answered."""
    capture = order.capture
    if capture is None:
        return ()
    waiting = (MoneyState.REQUESTED, MoneyState.UNKNOWN)
    return tuple(LookUp(_call(order, capture, attempt)) for attempt in capture.attempts if attempt.state in waiting)


def find(order: Order, capture_id: str) -> Capture | None:
    return order.capture if order.capture and order.capture.capture_id == capture_id else None


def updated(order: Order, news: AttemptAnswered, now: datetime) -> Change:
    """What the answer to our own call leads to. An old or double one is only recorded."""
    capture = order.capture
    assert capture, f"{order.order_id} has no capture"
    attempt = capture.attempts[news.attempt - 1]
    summary = attempts.told("Capture", capture, attempt, order.currency, news)
    if why := attempts.unheard(attempt, news) or _moot(capture, news):
        return Change(order, summary, why=why)
    new = replace(capture, attempts=attempts.heard(capture.attempts, attempt, news))
    if news.state is MoneyState.SUCCEEDED:
        return taken(replace(order, capture=new), _payment(order, capture), summary, now)
    after = replace(order, capture=replace(new, state=_state(new, news.state)))
    change = _watched(order, after, summary, now)
    return replace(change, asks=attempts.questions(_call(order, capture, attempt), attempt, news))


def _moot(capture: Capture, news: AttemptAnswered) -> str | None:
    """Why only a success would still count: the capture is over."""
    if news.state is MoneyState.SUCCEEDED or is_open(capture):
        return None
    return f"the capture is {capture.state}"


def _state(capture: Capture, news: MoneyState) -> MoneyState:
    """The capture's own state, read off its attempts."""
    underway = in_flight(capture)
    return underway.state if underway else news


def taken(order: Order, payment: Payment, summary: str, now: datetime) -> Change:
    """The provider says that the buyer is charged, whoever asked for it."""
    if payment.captured_at is None:
        if _voided(order, payment):
            return conflict(order, payment.payment_id, "it was voided, and is now reported as captured")
        return _charged(order, payment, summary, now, _told(payment))
    capture = find_of(order, payment)
    if capture and capture.state is MoneyState.SETTLED_MANUALLY:
        return conflict(order, payment.payment_id, "it was settled by hand, and is now reported as captured")
    return Change(order, summary, why="duplicate: this payment was already taken")


def _voided(order: Order, payment: Payment) -> bool:
    of_it = (refund for refund in order.refunds if refund.payment_id == payment.payment_id)
    return any(a.void and a.state is MoneyState.SUCCEEDED for refund in of_it for a in refund.attempts)


def taken_with_more(order: Order, payment: Payment, amount: int, summary: str, now: datetime) -> Change:
    """Somebody else has captured more of it than the order costs: what is too much goes back (R5)."""
    more, surplus = replace(payment, amount=amount), amount - payment.amount
    if _voided(order, payment):
        return taken(order, payment, summary, now)
    order = replace(order, payments=tuple(more if p is payment else p for p in order.payments))
    if more.role != "foreign":
        order = move_money(order, "authorized", "held", surplus)
    change = _charged(order, more, summary, now, _told(more))
    charged = next(p for p in change.order.payments if p.payment_id == payment.payment_id)
    back = f"; {money(surplus, payment.currency)} too much go back"
    order = refunds.refunding(change.order, charged, surplus, "surplus", now)
    return replace(change, order=order, summary=summary + back)


def _told(payment: Payment) -> str:
    return f"{money(payment.amount, payment.currency)} of your payment {payment.payment_id} were charged."


def _charged(order: Order, payment: Payment, summary: str, now: datetime, text: str) -> Change:
    """It is money now: what waited for it starts."""
    order = replace(order, payments=tuple(replace(p, captured_at=now) if p is payment else p for p in order.payments))
    if payment.role != "foreign":
        order = move_money(order, "captured", "authorized", payment.amount)
    if capture := find_of(order, payment):
        order = deadlines.ended(order, DeadlineKind.REFUND_ALERT_AT, subject=capture.capture_id)
        order = replace(order, capture=_done(capture))
    return Change(order, summary, (Word(Role.BUYER, "payment_charged", text),))


def _done(capture: Capture) -> Capture:
    """The capture whose money is here. Told by the payment alone, it was the attempt under way that took it."""
    done = replace(capture, state=MoneyState.SUCCEEDED, alerted=False)
    attempt = in_flight(capture)
    if attempt is None or any(other.state is MoneyState.SUCCEEDED for other in capture.attempts):
        return done
    news = AttemptAnswered(capture.capture_id, attempt.number, MoneyState.SUCCEEDED)
    return replace(done, attempts=attempts.heard(capture.attempts, attempt, news))


def find_of(order: Order, payment: Payment) -> Capture | None:
    """The capture of a payment, whatever became of it."""
    return order.capture if order.capture and order.capture.payment_id == payment.payment_id else None


def lost(order: Order, capture: Capture, attempt: Attempt, summary: str, now: datetime) -> Change:
    """The bank has let go of the authorisation while its capture was under way."""
    failed = AttemptAnswered(capture.capture_id, attempt.number, MoneyState.FAILED)
    capture = replace(capture, attempts=attempts.heard(capture.attempts, attempt, failed), state=MoneyState.FAILED)
    return _watched(order, replace(order, capture=capture), summary, now)


def _watched(before: Order, order: Order, summary: str, now: datetime) -> Change:
    """Who waits for what after the news: the provider while it is under way, the platform when it failed."""
    capture, was = order.capture, before.capture
    assert capture and was, f"{order.order_id}: the capture is gone"
    kind, subject = DeadlineKind.REFUND_ALERT_AT, capture.capture_id
    if not in_flight(capture):
        order = deadlines.ended(order, kind, subject=subject)
    elif attempts.newly_sent(was.attempts, capture.attempts):
        order = deadlines.started(order, kind, order.terms.refund_alert_after, now, subject)
    if capture.state not in IN_TROUBLE or goes_back_whole(order, _payment(order, capture)):
        return Change(order, summary)  # of what is voided by itself nobody has to do anything
    text = f"{summary}. The goods are out: retry it, or settle it by hand."
    return Change(order, summary, (Word(Role.PLATFORM, "capture_needs_attention", text),))


def overdue(order: Order, deadline: Deadline) -> Change:
    """The provider has not taken the money in time: the platform is told."""
    capture = order.capture
    assert capture, f"{order.order_id}: {deadline} watches no capture"
    amount = money(capture.amount, order.currency)
    text = f"Capture {capture.capture_id} of {amount} is overdue: ask the provider."
    order = replace(order, capture=replace(capture, alerted=True))
    return Change(order, f"Capture {capture.capture_id} is overdue", (Word(Role.PLATFORM, "capture_overdue", text),))


def given_up(order: Order) -> Order:
    """`order` without a failed capture of what goes back whole: there is nothing left to take, and it is voided."""
    capture = order.capture
    if capture is None or capture.state not in IN_TROUBLE or not goes_back_whole(order, _payment(order, capture)):
        return order
    return replace(order, capture=replace(capture, state=MoneyState.CANCELLED, alerted=False))


def retried(order: Order, event: RetryCapture) -> Change:
    """A failed capture is tried again."""
    capture = _in_trouble(order, event.capture_id, event.name)
    order, call = _attempting(order, capture)
    again = f"Capture {capture.capture_id} is tried again: {money(capture.amount, order.currency)}"
    return Change(order, again + attempts.referring(event.provider_reference), asks=(call,))


def settled_manually(order: Order, event: SettleCaptureManually, now: datetime) -> Change:
    """The platform has got the money by another way: it counts as captured, and what waited for it starts. So it may of
    a capture that is overdue: nobody may ever say what became of it."""
    capture = find(order, event.capture_id)
    if capture is None or not (capture.alerted and is_open(capture)):
        capture = _in_trouble(order, event.capture_id, event.name)
    reference = event.provider_reference
    summary = f"Capture {capture.capture_id} was settled by hand: {money(capture.amount, order.currency)}"
    text = f"{money(capture.amount, order.currency)} of your order {order.order_id} were paid another way."
    change = _charged(order, _payment(order, capture), summary + attempts.referring(reference), now, text)
    settled = replace(capture, state=MoneyState.SETTLED_MANUALLY, settled_reference=reference, alerted=False)
    return replace(change, order=replace(change.order, capture=settled))


def _in_trouble(order: Order, capture_id: str, name: str) -> Capture:
    capture = find(order, capture_id)
    if capture is None:
        known = order.capture.capture_id if order.capture else "none"
        raise refusals.invalid("capture_id", f"{capture_id!r} is no capture of this order, which has: {known}")
    if capture.state not in IN_TROUBLE:
        raise refusals.money_not_in_trouble(name, capture_id, capture.state)
    return capture


def _payment(order: Order, capture: Capture) -> Payment:
    return next(payment for payment in order.payments if payment.payment_id == capture.payment_id)
