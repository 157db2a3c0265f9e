"""Refunds: money on its way back to the payment that it came from, with states of their own (R20, R21)."""

from datetime import datetime
from typing import Final, Literal

from workflows.messages.commands import RefundUpdated, RetryRefund, SettleRefundManually
from workflows.messages.currency import money
from workflows.messages.values import DeadlineKind, MoneyState, Role
from workflows.messages.work import RefundCall, VoidCall
from workflows.process import refusals
from workflows.process.clock import deadlines
from workflows.process.money import attempts
from workflows.process.money.attempts import News
from workflows.process.money.ledger import (
    Column,
    charged_back,
    disputed_by_bank,
    in_flight,
    is_waiting,
    may_go_back,
    move_money,
    paid_by,
    paying,
)
from workflows.process.state.changes import AttemptAnswered, Change, Effect, LookUp, Send, Word
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order, replace
from workflows.process.state.payments import IN_TROUBLE, Attempt, Payment, Refund

WATCHES: Final = (DeadlineKind.REFUND_EXPECTED_BY, DeadlineKind.REFUND_ALERT_AT)


def refunding_held(order: Order, at: datetime) -> Order:
    """A full refund: all that is held at this moment goes back to the payment that paid the order."""
    return refunding_part(order, order.ledger.held, at) if order.ledger.held else order


def refunding_part(order: Order, amount: int, at: datetime) -> Order:
    """Part of what is held goes back to the payment that paid the order (R20)."""
    payment = paying(order)
    assert payment, f"{order.order_id} was never paid"
    return refunding(order, payment, amount, "order", at)


def refunding(order: Order, payment: Payment, amount: int, cause: Literal["order", "surplus"], at: datetime) -> Order:
    """`order` with a refund of `amount` to `payment` requested. Foreign money stays outside the ledger."""
    refund = Refund(
        refund_id=f"{order.order_id}-refund-{len(order.refunds) + 1}",
        payment_id=payment.payment_id,
        currency=payment.currency,
        amount=amount,
        cause=cause,
        requested_at=at,
        owed=amount,
    )
    order = replace(order, refunds=(*order.refunds, refund))
    return order if payment.role == "foreign" else move_money(order, "held", "refunding", amount)


def sent(order: Order) -> tuple[Order, tuple[Effect, ...]]:
    """`order` with the first attempt begun of every refund that waits for one, and the calls to make."""
    effects: list[Effect] = []
    for refund in order.refunds:
        if is_waiting(refund) and may_go_back(order, _payment(order, refund)):
            order, call = _attempting(order, refund)
            effects.append(call)
    return order, tuple(effects)


def _attempting(order: Order, refund: Refund) -> tuple[Order, Send]:
    void = _payment(order, refund).captured_at is None
    begun = attempts.begun(refund.refund_id, refund.attempts, refund.owed, void=void)
    refund = replace(refund, attempts=begun, state=MoneyState.REQUESTED, alerted=False)
    return _with(order, refund), Send(_call(order, refund, begun[-1]))


def _payment(order: Order, refund: Refund) -> Payment:
    return next(payment for payment in order.payments if payment.payment_id == refund.payment_id)


def _call(order: Order, refund: Refund, attempt: Attempt) -> RefundCall:
    return (VoidCall if attempt.void else RefundCall)(
        order_id=order.order_id,
        refund_id=refund.refund_id,
        attempt=attempt.number,
        key=attempt.key,
        payment_id=refund.payment_id,
        amount=attempt.amount,
        currency=refund.currency,
    )


def unanswered(order: Order) -> tuple[Effect, ...]:
    """A look-up for every attempt that was sent, or was to be, and never answered."""
    return tuple(
        LookUp(_call(order, refund, attempt))
        for refund in order.refunds
        for attempt in refund.attempts
        if attempt.state in (MoneyState.REQUESTED, MoneyState.UNKNOWN)
    )


def find(order: Order, refund_id: str) -> Refund | None:
    return next((refund for refund in order.refunds if refund.refund_id == refund_id), None)


def updated(order: Order, news: RefundUpdated | AttemptAnswered, now: datetime) -> Change:
    """What news of a refund leads to. News that is old, double or of nothing we know is only recorded."""
    refund_id = news.record_id if isinstance(news, AttemptAnswered) else news.refund_id
    refund = find(order, refund_id)
    if refund is None:
        return Change(order, f"News of a refund {refund_id}", why="the order has no such refund")
    attempt = attempts.meant(refund.attempts, news)
    if isinstance(attempt, str):
        return Change(_unattributed(order, refund, news), f"News of refund {refund_id}", why=attempt)
    call = _call(order, refund, attempt)
    if why := attempts.unheard(attempt, news):
        doubts = attempts.doubts(call, attempt, attempt.state, news)
        return Change(order, f"News of refund {refund_id}: {news.state}", why=why, asks=doubts)
    summary = attempts.told("Void" if attempt.void else "Refund", refund, attempt, refund.currency, news)
    after = _heard(order, refund, attempt, news)
    change = _watched(order, after, refund_id, summary, now)
    return replace(change, asks=attempts.questions(call, attempt, news))


def _unattributed(order: Order, refund: Refund, news: RefundUpdated | AttemptAnswered) -> Order:
    """News without its attempt cannot be used, and must not be lost either: the platform looks at it."""
    if news.attempt is not None or refund.refund_id in order.unattributed:
        return order
    return replace(order, unattributed=(*order.unattributed, refund.refund_id))


def _heard(order: Order, refund: Refund, attempt: Attempt, news: News) -> Order:
    """`order` with the news taken and the ledger moved by what it means.

    What was paid leaves refunding, what came back is refunding again. Where more or less than that is owed now, the
    difference is the platform's loss, or its end.
    """
    new = replace(refund, attempts=attempts.heard(refund.attempts, attempt, news))
    new = replace(new, owed=_owed(order, new, attempt, news.state))
    new = replace(new, state=_state(new, news.state))
    if refund.currency == order.currency:
        paid, owed = paid_by(new) - paid_by(refund), new.owed - refund.owed
        order = _moved_or_back(order, "refunding", "refunded", paid)
        order = _moved_or_back(order, "shortfall", "refunding", paid + owed)
    return _owed_again(_with(order, new), refund.payment_id)


def _moved_or_back(order: Order, source: Column, destination: Column, amount: int) -> Order:
    """The movement, or below 0 the one that takes it back."""
    if amount < 0:
        return move_money(order, destination, source, -amount)
    return move_money(order, source, destination, amount)


def _owed_again(order: Order, payment_id: str) -> Order:
    """`order` with what refunds of this payment were cut short by owed again, as far as the cause of it came back.

    A refund that fails is cut to what its payment has left. When what had taken the rest comes back after all, there is
    more money than the shortfall explains: it belongs to the refunds that were cut, and the platform must retry them.
    """
    for refund in order.refunds:
        again = min(_not_paid(refund) - refund.owed, -order.ledger.shortfall)
        if refund.payment_id != payment_id or refund.currency != order.currency or again <= 0:
            continue
        new = replace(refund, owed=refund.owed + again)
        order = _with(order, replace(new, state=_state(new, refund.state)))
        order = move_money(order, "shortfall", "refunding", again)
    return order


def _owed(order: Order, refund: Refund, attempt: Attempt, state: MoneyState) -> int:
    """What still is refunding. After a failure: the amount less what was paid, at most what is left of its payment."""
    if state is MoneyState.SUCCEEDED:
        return max(0, refund.owed - attempt.amount)
    if state not in IN_TROUBLE:
        return refund.owed
    payment = _payment(order, refund)
    others = (o for o in order.refunds if o.payment_id == payment.payment_id and o.refund_id != refund.refund_id)
    gone = paid_by(refund) + sum(map(paid_by, others)) + charged_back(order, payment.payment_id)
    return max(0, min(_not_paid(refund), payment.amount - gone))


def _not_paid(refund: Refund) -> int:
    """What of it neither its attempts nor the bank have paid."""
    return refund.amount - paid_by(refund) - refund.charged_back


def _state(refund: Refund, news: MoneyState) -> MoneyState:
    """The refund's own state, read off its attempts."""
    if not refund.owed:
        if refund.settled_by_hand:
            return MoneyState.SETTLED_MANUALLY
        return MoneyState.SUCCEEDED if paid_by(refund) else MoneyState.CANCELLED
    if underway := in_flight(refund):
        return underway.state
    return news if news in IN_TROUBLE else MoneyState.FAILED


def _watched(before: Order, order: Order, refund_id: str, summary: str, now: datetime) -> Change:
    """Who waits for what after the news: the provider while it is under way, the platform when it failed."""
    refund = find(order, refund_id)
    was = find(before, refund_id)
    assert refund and was, f"{order.order_id}: the refund {refund_id} is gone"
    if not in_flight(refund):
        order = deadlines.ended(order, *WATCHES, subject=refund_id)
    elif attempts.newly_sent(was.attempts, refund.attempts):
        order = deadlines.started(order, WATCHES[0], order.terms.refund_expected_within, now, refund_id)
        order = deadlines.started(order, WATCHES[1], order.terms.refund_alert_after, now, refund_id)
    was_fine = {old.refund_id for old in before.refunds if old.state not in IN_TROUBLE}
    troubled = [new for new in order.refunds if new.state in IN_TROUBLE]
    if refund in troubled or any(new.refund_id in was_fine for new in troubled):
        text = f"{summary}. Retry or settle by hand: {', '.join(new.refund_id for new in troubled)}."
        return Change(order, summary, (Word(Role.PLATFORM, "refund_needs_attention", text),))
    if was.owed and not refund.owed:
        return Change(order, summary, (Word(Role.BUYER, "refund_arrived", _arrived(refund)),))
    return Change(order, summary)


def _arrived(refund: Refund) -> str:
    amount = money(refund.amount, refund.currency)
    if refund.attempts[-1].void:
        return f"{amount} of your payment {refund.payment_id} were never charged, and are free again."
    return f"{amount} are back at your payment {refund.payment_id}."


def overdue(order: Order, deadline: Deadline) -> Change:
    """The provider has not settled a refund in time: first the buyer is told, then the platform."""
    refund = find(order, deadline.subject)
    assert refund, f"{order.order_id}: {deadline} watches no refund"
    amount = money(refund.amount, refund.currency)
    if deadline.kind is DeadlineKind.REFUND_EXPECTED_BY:
        text = f"Your refund of {amount} takes longer than expected at the payment provider. We keep watching it."
        return Change(order, f"Refund {refund.refund_id} was expected by now", (Word(Role.BUYER, "refund_late", text),))
    word = Word(Role.PLATFORM, "refund_overdue", f"Refund {refund.refund_id} of {amount} is overdue: ask the provider.")
    return Change(_with(order, replace(refund, alerted=True)), f"Refund {refund.refund_id} is overdue", (word,))


def retried(order: Order, event: RetryRefund) -> Change:
    """A failed or reversed refund is tried again, as a new attempt over what it still owes."""
    refund = _in_trouble(order, event.refund_id, event.name)
    order, call = _attempting(order, refund)
    again = f"Refund {refund.refund_id} is tried again: {money(refund.owed, refund.currency)}"
    return Change(order, again + attempts.referring(event.provider_reference), asks=(call,))


def settled_manually(order: Order, event: SettleRefundManually) -> Change:
    """The platform has paid by another way what a failed or reversed refund still owed."""
    refund = _in_trouble(order, event.refund_id, event.name)
    owed = refund.owed
    new = replace(
        refund,
        owed=0,
        settled_by_hand=refund.settled_by_hand + owed,
        settled_reference=event.provider_reference,
        state=MoneyState.SETTLED_MANUALLY,
        alerted=False,
    )
    if refund.currency == order.currency:
        order = move_money(order, "refunding", "refunded", owed)
    paid = f"{money(owed, refund.currency)} of your refund were paid another way."
    by_hand = f"Refund {refund.refund_id} was settled by hand: {money(owed, refund.currency)}"
    summary = by_hand + attempts.referring(event.provider_reference)
    return Change(_with(order, new), summary, (Word(Role.BUYER, "refund_arrived", paid),))


def _in_trouble(order: Order, refund_id: str, name: str) -> Refund:
    refund = find(order, refund_id)
    if refund is None:
        known = ", ".join(refund.refund_id for refund in order.refunds) or "none"
        raise refusals.invalid("refund_id", f"{refund_id!r} is no refund of this order, which has: {known}")
    if refund.state not in IN_TROUBLE:
        raise refusals.money_not_in_trouble(name, refund_id, refund.state)
    if disputed_by_bank(order, refund.payment_id):
        raise refusals.chargeback_open(name, refund_id)
    return refund


def _with(order: Order, new: Refund) -> Order:
    return replace(order, refunds=tuple(new if old.refund_id == new.refund_id else old for old in order.refunds))
