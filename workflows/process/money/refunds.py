"""Refunds: money on its way back to the payment that it came from, with states of their own (R20, R21).

Their lifecycle is that of every transfer (`transfers.py`: sent, reported, retried …); here is what only refunds do.
"""

from datetime import datetime
from operator import attrgetter
from typing import Final, Literal, assert_never

from workflows.frozen import replace
from workflows.messages.commands import RetryRefund, SettleRefundManually
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Money, Sentence, in_a_row, say, several
from workflows.messages.values import DeadlineKind, MoneyState, Role
from workflows.messages.work import RefundCall, VoidCall
from workflows.process import refusals
from workflows.process.money import attempts, going_back, transfers
from workflows.process.money.attempts import News
from workflows.process.money.ledger import (
    Column,
    amount_not_paid,
    find_refund_elsewhere,
    hold_on_payment,
    in_flight,
    is_waiting,
    may_go_back,
    move_money,
    paid_by,
    payment_of,
    payment_of_order,
    with_transfer,
)
from workflows.process.money.leftovers import amount_in_steps, left_beside, left_of_payment, spare_of_payment
from workflows.process.money.transfers import TransferKind
from workflows.process.state.changes import AttemptAnswered, Change, Word
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE, Attempt, Payment, Refund


def refund_held(order: Order, at: datetime) -> Order:
    """A full refund: all that is held at this moment goes back to the payment that paid the order."""
    return refund_part(order, order.ledger.held, at) if order.ledger.held else order


def refund_part(order: Order, amount: int, at: datetime) -> Order:
    """Part of what is held goes back to the payment that paid the order (R20)."""
    payment = payment_of_order(order)
    assert payment, f"{order.order_id} was never paid"
    return request_refund(order, payment, amount, "order", at)


def request_refund(
    order: Order, payment: Payment, amount: int, cause: Literal["order", "surplus"], at: datetime
) -> Order:
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


def refund_late(order: Order, refund_id: str) -> Change:
    """`refund_expected_by` has passed: the buyer is told that it takes longer."""
    refund = transfers.known_transfer(REFUND, order, refund_id)
    text = say(
        "Your refund of {amount} takes longer than expected at the payment provider. We keep watching it.",
        amount=Money(refund.amount, refund.currency),
    )
    summary = say("{what} was expected by now", what=attempts.name_of(refund))
    return Change(order, summary, (Word(Role.BUYER, NoticeKind.REFUND_LATE, text),))


def void_by_bank(order: Order, refund: Refund) -> Order:
    """`order` with the refund of an authorisation done by the bank itself, which has let go of it."""
    begun = attempts.begin_attempt(refund.refund_id, refund.attempts, refund.owed, void=True)
    refund, news = replace(refund, attempts=begun), AttemptAnswered(refund.refund_id, len(begun), MoneyState.SUCCEEDED)
    return book_news(with_transfer(order, refund), refund, begun[-1], news)


def retry_refund(order: Order, event: RetryRefund) -> Change:
    """A failed or reversed refund is tried again, as a new attempt over what it still owes."""
    refund = transfers.retriable_transfer(REFUND, order, event.refund_id, event.name)
    order = cut_to_what_is_left(order, refund)
    refund = transfers.known_transfer(REFUND, order, event.refund_id)
    if not refund.owed:
        nothing_left = say(
            "{what} is not tried again: its payment has nothing left to give back", what=attempts.name_of(refund)
        )
        return Change(order, nothing_left)
    again = amount_in_steps(order, refund, transfers.amount_that_fits(refund, refund.owed))
    if not again:
        smallest = order.money(order.terms.smallest_amount)
        raise refusals.less_than_smallest(event.name, refund.refund_id, smallest)
    return transfers.try_again(REFUND, order, refund, again, event.provider_reference)


def cut_waiting(order: Order) -> Order:
    """`order` with every refund that is sent now cut to what its payment has left."""
    for refund in order.refunds:
        if is_waiting(refund) and may_go_back(order, payment_of(order, refund)):
            order = cut_to_what_is_left(order, refund)
    return order


def cut_to_what_is_left(order: Order, refund: Refund) -> Order:
    """`order` with a refund that is about to be sent cut to what its payment has left (R37).

    What does not fit went back before: by an attempt that paid after all, or beside a refund that was paid twice. It is
    the platform's loss already, and is not owed once more.
    """
    payment = payment_of(order, refund)
    if payment.captured_at is None:
        return order
    cut = min(refund.owed, max(0, -left_of_payment(order, payment)))
    if not cut:
        return order
    new = replace(refund, owed=refund.owed - cut)
    # One that still waits has no attempt yet, and would count as failed.
    order = with_transfer(order, new if new.owed else replace(new, state=_state_of(new, refund.state)))
    return order if payment.role == "foreign" else move_money(order, "refunding", "shortfall", cut)


def amount_to_send(order: Order, refund: Refund) -> int:
    """What of it the provider can move."""
    return amount_in_steps(order, refund, refund.owed)


def fail_unsendable(order: Order) -> Order:
    """`order` with those in trouble of which the provider can move nothing: no turn of theirs will come."""
    if order.terms.smallest_amount == 1:
        return order
    for refund in filter(is_waiting, order.refunds):
        if not amount_to_send(order, refund):
            order = with_transfer(order, replace(refund, state=MoneyState.FAILED))
    return order


def settle_refund(order: Order, event: SettleRefundManually) -> Change:
    """The platform has paid by another way what a failed or reversed refund still owed."""
    refund = transfers.troubled_transfer(REFUND, order, event.refund_id, event.name)
    owed, reference = refund.owed, event.provider_reference
    _check_paid_it(order, refund, reference)
    new = replace(
        refund,
        owed=0,
        settled_by_hand=refund.settled_by_hand + owed,
        settled_reference=reference,
        state=MoneyState.SETTLED_MANUALLY,
        alerted=False,
    )
    if refund.currency == order.currency:
        order = move_money(order, "refunding", "refunded", owed)
    # Money that went through the provider without its id here is reported as a refund made elsewhere, and counts twice.
    settled, amount = transfers.settled_sentence(order, refund, owed, reference), Money(owed, refund.currency)
    if reference:
        paid = say("{amount} of your refund were paid at the payment provider.", amount=amount)
        summary = say("{settled}, at the payment provider", settled=settled)
    else:
        paid = say("{amount} of your refund were paid another way.", amount=amount)
        summary = say("{settled}, another way", settled=settled)
    return Change(with_transfer(order, new), summary, (Word(Role.BUYER, NoticeKind.REFUND_ARRIVED, paid),))


def _check_paid_it(order: Order, refund: Refund, reference: str | None) -> None:
    """Refuses a reference that is known to stand for other money (R35): what was owed would count as paid."""
    known = find_refund_elsewhere(order, reference)
    failed = known is not None and known.state in IN_TROUBLE
    if known is None or (not failed and (known.payment_id, known.amount) == (refund.payment_id, refund.owed)):
        return
    raise refusals.invalid_field("provider_reference", going_back.other_money(refund, known, failed=failed))


def _refund_call(order: Order, refund: Refund, attempt: Attempt) -> RefundCall:
    return (VoidCall if attempt.void else RefundCall)(
        order_id=order.order_id,
        refund_id=refund.refund_id,
        attempt=attempt.number,
        key=attempt.key,
        payment_id=refund.payment_id,
        amount=attempt.amount,
        currency=refund.currency,
    )


def book_news(order: Order, refund: Refund, attempt: Attempt, news: News) -> Order:
    """`order` with the news taken and the ledger moved by what it means.

    What was paid leaves refunding, what came back is refunding again. Where more or less than that is owed now, the
    difference is the platform's loss, or its end.
    """
    new = replace(refund, attempts=attempts.take_news(refund.attempts, attempt, news))
    new = replace(new, owed=_still_owed(order, new, attempt, news.state))
    # By what was owed before the news, a refund that has arrived would count as failed.
    new = replace(new, state=_state_of(new, news.state))
    if refund.currency == order.currency:
        paid, owed = paid_by(new) - paid_by(refund), new.owed - refund.owed
        order = _move_or_return(order, "refunding", "refunded", paid)
        order = _move_or_return(order, "shortfall", "refunding", paid + owed)
    return _owe_again(with_transfer(order, new), refund.payment_id)


def _move_or_return(order: Order, source: Column, destination: Column, amount: int) -> Order:
    """The movement, or below 0 the one that takes it back."""
    if amount < 0:
        return move_money(order, destination, source, -amount)
    return move_money(order, source, destination, amount)


def _owe_again(order: Order, payment_id: str) -> Order:
    """`order` with refunds of this payment owed again what they had been cut by, as far as the missing money came back.

    A refund is cut to what its payment has left. When what had taken the rest comes back after all, the payment has
    money that is on no way to anybody: it belongs to the refunds that were cut, and the platform must retry them.
    """
    for refund in order.refunds:
        if refund.payment_id != payment_id or refund.currency != order.currency:
            continue
        again = min(amount_not_paid(refund) - refund.owed, spare_of_payment(order, payment_of(order, refund)))
        if again <= 0:
            continue
        new = replace(refund, owed=refund.owed + again)
        order = with_transfer(order, replace(new, state=_state_of(new, refund.state)))
        order = move_money(order, "shortfall", "refunding", again)
    return order


def _still_owed(order: Order, refund: Refund, attempt: Attempt, state: MoneyState) -> int:
    """What is still owed: after a failure its amount less what was paid, at most what its payment has left."""
    match state:
        case MoneyState.SUCCEEDED:
            return max(0, refund.owed - attempt.amount)
        case MoneyState.UNKNOWN | MoneyState.SUBMITTED | MoneyState.PENDING if (
            attempt.state is not MoneyState.SUCCEEDED
        ):
            return refund.owed
        # On its way after all: that it had arrived was not true.
        case MoneyState.UNKNOWN | MoneyState.SUBMITTED | MoneyState.PENDING | MoneyState.FAILED | MoneyState.REVERSED:
            return max(0, min(amount_not_paid(refund), left_beside(order, refund)))
        case MoneyState.REQUESTED | MoneyState.SETTLED_MANUALLY | MoneyState.CANCELLED:
            raise AssertionError(f"{order.order_id}: {state} is no news of {refund.refund_id}")
        case _:
            assert_never(state)


def _state_of(refund: Refund, news: MoneyState) -> MoneyState:
    """The refund's own state, read off its attempts."""
    if not refund.owed:
        if refund.settled_by_hand:
            return MoneyState.SETTLED_MANUALLY
        return MoneyState.SUCCEEDED if paid_by(refund) else MoneyState.CANCELLED
    if underway := in_flight(refund):
        return underway.state
    return news if news in IN_TROUBLE else MoneyState.FAILED


def _words_after(before: Order, order: Order, refund: Refund, summary: Sentence) -> tuple[Word, ...]:
    """Any refund that the news put in trouble is the platform's to mend; one that owes nothing any more has arrived."""
    was_fine = {old.refund_id for old in before.refunds if old.state not in IN_TROUBLE}
    troubled = [new for new in order.refunds if new.state in IN_TROUBLE]
    newly = [new for new in troubled if new.refund_id in was_fine]
    if refund in troubled or newly:
        text = _trouble_sentence(refund, troubled, summary)
        return (Word(Role.PLATFORM, NoticeKind.REFUND_NEEDS_ATTENTION, text), *map(going_back.word_of_failure, newly))
    if transfers.known_transfer(REFUND, before, refund.refund_id).owed and not refund.owed:
        return (Word(Role.BUYER, NoticeKind.REFUND_ARRIVED, going_back.arrival_sentence(refund)),)
    return ()


def _trouble_sentence(refund: Refund, troubled: list[Refund], news: Sentence) -> Sentence:
    """`Refund R (5.00 USD, attempt 2) succeeded. So far 5.00 USD are paid; 3.00 USD are still missing.` The news alone
    may be good."""
    those = several(each.refund_id for each in troubled)
    parts = [say("{news}.", news=news)]
    if refund not in troubled:
        parts.append(say("Other refunds still owe money."))
    elif paid := paid_by(refund):
        parts.append(attempts.partly_paid(Money(paid, refund.currency), Money(refund.owed, refund.currency)))
    return in_a_row(*parts, say("Retry or settle by hand: {refunds}.", refunds=those))


REFUND: Final[TransferKind[Refund]] = TransferKind(
    noun="refund",
    must_be=say("must be a refund of this order"),
    records=attrgetter("refunds"),
    call=_refund_call,
    first_amount=amount_to_send,
    may_go=lambda order, refund: may_go_back(order, payment_of(order, refund)),
    held_up_by=lambda order, refund: hold_on_payment(order, refund.payment_id),
    watches=(DeadlineKind.REFUND_EXPECTED_BY, DeadlineKind.REFUND_ALERT_AT),
    words=_words_after,
    overdue_notice=NoticeKind.REFUND_OVERDUE,
)
"""What refunds have of their own in the lifecycle of a transfer."""
