"""Chargebacks: money that the buyer's bank takes back. While one is open nothing of its payment moves; lost, its amount
comes out of what has not left the payment yet, and the rest is the platform's loss (R22)."""

from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, ChargebackOutcome
from workflows.messages.currency import money
from workflows.messages.notices import NoticeKind
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Role, Stage
from workflows.messages.vocabulary import ReasonCode, Resolution
from workflows.process.arrivals import endings
from workflows.process.clock import deadlines
from workflows.process.money import releases
from workflows.process.money.ledger import is_waiting, move_money, paid_by
from workflows.process.state.changes import Change, Table, Word
from workflows.process.state.deadline import Deadline
from workflows.process.state.dispute import Decision
from workflows.process.state.order import Order, dispute_of, with_dispute
from workflows.process.state.payments import IN_TROUBLE, Chargeback, Payment, Refund, Release
from workflows.process.story import cancellation

NOT_SHIPPED: Final = (Stage.AWAITING_SHIPMENT, Stage.CANCELLATION_PENDING)
"""Where an order whose payment was charged back is cancelled: nobody ships what is not paid any more."""
NOTHING_LEFT_TO_DECIDE: Final = (Stage.DISPUTED, Stage.RETURNING_GOODS, Stage.EXCHANGING)
"""Where an order closes whose money the bank took whole: the buyer has it, and no decision can give more."""


def find_chargeback(order: Order, chargeback_id: str) -> Chargeback | None:
    return next((known for known in order.chargebacks if known.chargeback_id == chargeback_id), None)


def chargeback_reported(order: Order, event: ChargebackOpened | ChargebackClosed, now: datetime) -> Change:
    """What news of a chargeback leads to. News that is double, or of a payment that is not ours, is only recorded."""
    summary = f"News of chargeback {event.chargeback_id}"
    payment = next(payment for payment in order.payments if payment.payment_id == event.payment_id)
    known = find_chargeback(order, event.chargeback_id)
    # Asked after the duplicate, a chargeback that is suddenly of another payment would pass for one.
    if known and known.payment_id != event.payment_id:
        return Change(order, summary, why=f"it was opened on payment {known.payment_id}")
    if isinstance(event, ChargebackOpened):
        return (
            Change(order, summary, why="duplicate: it was already opened")
            if known
            else chargeback_opened(order, event, now)
        )
    if known and known.outcome != "open":
        return Change(order, summary, why=f"duplicate: it was already closed as {known.outcome}")
    return chargeback_closed(order, event, payment, now)


def chargeback_opened(order: Order, event: ChargebackOpened, now: datetime) -> Change:
    """Opened: what is requested of its payment waits, what was sent runs on."""
    chargeback = Chargeback(event.chargeback_id, event.payment_id, event.amount, now)
    order = replace(order, chargebacks=(*order.chargebacks, chargeback))
    window = order.terms.chargeback_alert_after
    order = deadlines.start_deadline(order, DeadlineKind.CHARGEBACK_ALERT_AT, window, now, event.chargeback_id)
    amount = _amount_text(order, chargeback, event.amount)
    text = f"The buyer's bank disputes {amount} of payment {event.payment_id} (chargeback {event.chargeback_id})."
    stands = f"{text} Nothing of this payment is refunded or paid out until that is decided."
    words = (
        Word(Role.SELLER, NoticeKind.CHARGEBACK_OPENED, stands),
        Word(Role.PLATFORM, NoticeKind.CHARGEBACK_OPENED, stands),
    )
    return Change(order, text, words)


def chargeback_closed(order: Order, event: ChargebackClosed, payment: Payment, now: datetime) -> Change:
    """Closed, perhaps without having been reported as opened: then it counts as both."""
    known = find_chargeback(order, event.chargeback_id)
    chargeback = known or Chargeback(event.chargeback_id, event.payment_id, event.amount, now)
    chargeback = replace(chargeback, outcome=event.outcome.value, closed_at=now, alerted=False)
    order = deadlines.end_deadlines(order, DeadlineKind.CHARGEBACK_ALERT_AT, subject=event.chargeback_id)
    amount = _amount_text(order, chargeback, event.amount)
    summary = f"Chargeback {event.chargeback_id} of {amount} was {event.outcome}"
    if event.outcome is ChargebackOutcome.WON:
        words = _words_to_seller_and_platform(NoticeKind.CHARGEBACK_CLOSED, f"{summary}. What waited for it goes on.")
        return Change(_with_chargeback(order, chargeback), summary, words)
    order = cover_lost_chargeback(order, replace(chargeback, amount=event.amount), payment)
    words = _words_to_seller_and_platform(
        NoticeKind.CHARGEBACK_CLOSED, f"{summary}: the bank has given it back to the buyer."
    )
    return _chargeback_lost(order, payment, summary, words, now)


def cover_lost_chargeback(order: Order, chargeback: Chargeback, payment: Payment) -> Order:
    """`order` with the amount refunded by the bank: out of this payment's refunds that wait or have failed, then its
    waiting releases, then what is held of it, then the platform's pocket."""
    left, refunding, released, held = chargeback.amount, 0, 0, 0
    order = _with_chargeback(order, chargeback)
    # Cut after the seller's money, or after the return for foreign ones, refunds give what the bank has given already.
    for refund in order.refunds:
        if refund.payment_id == payment.payment_id and (is_waiting(refund) or refund.state in IN_TROUBLE):
            taken = min(left, refund.owed)
            order, left, refunding = _cut_refund(order, refund, taken), left - taken, refunding + taken
    if payment.role == "foreign":
        return _with_chargeback(order, replace(chargeback, short=left))
    if payment.role == "order":
        # Taken out of held first, the loss leaves a waiting release whole, which goes out instead of covering it (R22).
        for release in filter(is_waiting, order.releases):
            taken = min(left, release.amount)
            order, left, released = _cut_release(order, release, taken), left - taken, released + taken
        held = min(left, order.ledger.held)
    short = left - held
    order = _with_chargeback(order, replace(chargeback, short=short))
    order = move_money(order, "refunding", "refunded", refunding)
    order = move_money(order, "released", "refunded", released)
    order = move_money(order, "held", "refunded", held)
    order = move_money(order, "shortfall", "refunded", short)
    # While the lost money still counts as held, a failed release seems to have something to retry, and stays failed.
    return releases.give_up_releases(order)


def _cut_refund(order: Order, refund: Refund, taken: int) -> Order:
    """`order` with that much of a refund paid by the bank instead. One that is left with nothing is cancelled."""
    new = replace(refund, owed=refund.owed - taken, charged_back=refund.charged_back + taken)
    if taken and not new.owed:
        ended = MoneyState.SUCCEEDED if paid_by(new) else MoneyState.CANCELLED
        new = replace(new, state=MoneyState.SETTLED_MANUALLY if new.settled_by_hand else ended, alerted=False)
    return replace(order, refunds=tuple(new if old is refund else old for old in order.refunds))


def _cut_release(order: Order, release: Release, taken: int) -> Order:
    new = replace(release, amount=release.amount - taken)
    if not new.amount:
        new = replace(new, state=MoneyState.CANCELLED)
    return replace(order, releases=tuple(new if old is release else old for old in order.releases))


def _chargeback_lost(order: Order, payment: Payment, summary: str, words: tuple[Word, ...], now: datetime) -> Change:
    """Where the story goes without that money: on, unless nothing is left to ship for, or to decide about."""
    if payment.role != "order":
        return Change(order, summary, words)
    if order.stage in NOT_SHIPPED:
        order = cancellation.overtake_cancellation(order, now)
        reason = CancellationReason.CHARGEBACK
        return endings.order_cancelled(order, now, reason, Role.PAYMENT_PROVIDER, f"{summary}: cancelled", words)
    if order.stage in NOTHING_LEFT_TO_DECIDE and not order.ledger.held:
        # Decided after it has ended, no dispute is open any more, and this one stays without a decision.
        return endings.order_taken_by_bank(_dispute_decided_by_bank(order, now), f"{summary}: the order ends", words)
    return Change(order, summary, words)


def _dispute_decided_by_bank(order: Order, now: datetime) -> Order:
    """The bank has decided for the buyer, whole: so is the dispute that is open, if it has no decision yet."""
    if order.stage is not Stage.DISPUTED or dispute_of(order).decision:
        return order
    return with_dispute(order, decision=Decision(Resolution.FULL_REFUND, "default", now, ReasonCode.CHARGEBACK))


def chargeback_overdue(order: Order, deadline: Deadline) -> Change:
    """The bank has not decided in time: the platform is told, and may report the outcome itself."""
    chargeback = find_chargeback(order, deadline.subject)
    assert chargeback, f"{order.order_id}: {deadline} watches no chargeback"
    summary = f"Chargeback {chargeback.chargeback_id} is undecided for long"
    text = f"{summary}, {_amount_text(order, chargeback, chargeback.amount)}: ask the provider."
    word = Word(Role.PLATFORM, NoticeKind.CHARGEBACK_OVERDUE, text)
    return Change(_with_chargeback(order, replace(chargeback, alerted=True)), summary, (word,))


def _words_to_seller_and_platform(kind: NoticeKind, text: str) -> tuple[Word, ...]:
    return (Word(Role.SELLER, kind, text), Word(Role.PLATFORM, kind, text))


def _amount_text(order: Order, chargeback: Chargeback, amount: int) -> str:
    payment = next(payment for payment in order.payments if payment.payment_id == chargeback.payment_id)
    return money(amount, payment.currency)


def _with_chargeback(order: Order, new: Chargeback) -> Order:
    """`order` with that chargeback, new or changed."""
    others = tuple(new if old.chargeback_id == new.chargeback_id else old for old in order.chargebacks)
    return replace(order, chargebacks=others if find_chargeback(order, new.chargeback_id) else (*others, new))


BESIDE: Final[Table] = {
    ChargebackOpened: chargeback_reported,
    ChargebackClosed: chargeback_reported,
}
