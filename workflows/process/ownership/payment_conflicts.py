"""One payment that several orders claim: nothing of it moves until the platform says how much is this order's (R36).

Who finds out that they do lives elsewhere: the register of payments, in Postgres.
"""

from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Money, Sentence, in_a_row, say, several
from workflows.messages.shared_payments import PaymentConflict, SettlePaymentConflict
from workflows.messages.values import CancellationReason, Role
from workflows.process import refusals
from workflows.process.arrivals import endings
from workflows.process.money.captures import was_voided
from workflows.process.money.disclaimed import disclaim_payment
from workflows.process.money.ledger import payment_of_order
from workflows.process.state.changes import Change, Table, Word
from workflows.process.state.order import Order
from workflows.process.state.payments import Payment
from workflows.process.story import cancellation, payment
from workflows.process.story.authorizations import NOT_SHIPPED


def payment_conflict(order: Order, event: PaymentConflict, now: datetime) -> Change:
    """The register has found other orders with the same payment: what is requested of it waits, what was sent runs on;
    stages and deadlines go on."""
    del now
    summary = say("Payment {payment} is claimed by more orders than it can pay", payment=event.payment_id)
    known = payment.find_payment(order, event.payment_id)
    if known is None:
        return Change(order, summary, why=say("the order has no payment {payment}", payment=event.payment_id))
    others = tuple(dict.fromkeys(other for other in event.orders if other != order.order_id))
    if not others:
        return Change(order, summary, why=say("it names no other order"))
    if set(others) <= set(known.claimed_by):
        return Change(order, summary, why=say("duplicate: this conflict is open"))
    order = _with_payment(
        order, known, replace(known, claimed_by=tuple(dict.fromkeys((*known.claimed_by, *others))), settled=False)
    )
    told = say("{news}: also by {orders}", news=summary, orders=several(others))
    return Change(order, told, _words_of_opening(order, known, others))


def _words_of_opening(order: Order, known: Payment, others: tuple[str, ...]) -> tuple[Word, ...]:
    """The seller is not told whose the other orders are: they may be of anybody."""
    text = say(
        "Payment {payment} of order {order_id} is claimed by another order too. Nothing of it is refunded or paid out "
        "until that is settled.",
        payment=known.payment_id,
        order_id=order.order_id,
    )
    if order.stage in NOT_SHIPPED:
        text = in_a_row(text, say("Please do not ship before that."))
    asked = say(
        "Payment {payment}, {amount} of it in order {order_id}, is claimed by {orders} too, for more than it brought. "
        "Nothing of it moves until you have said for each how much is its.",
        payment=known.payment_id,
        amount=Money(known.amount, known.currency),
        order_id=order.order_id,
        orders=several(others),
    )
    return (
        Word(Role.SELLER, NoticeKind.PAYMENT_CONFLICT_OPENED, text),
        Word(Role.PLATFORM, NoticeKind.PAYMENT_CONFLICT_OPENED, asked),
    )


def payment_conflict_settled(order: Order, event: SettlePaymentConflict, now: datetime) -> Change:
    """The platform says how much of the payment is this order's. What is not leaves its books, and counts as refunded
    nowhere. Refuses a payment in no conflict, and more than was taken."""
    known = _payment_to_settle(order, event)
    settled = replace(known, claimed_by=(), settled=True)
    order = _with_payment(order, known, settled)
    kept, all_of_it = Money(event.amount, known.currency), Money(known.amount, known.currency)
    summary = say(
        "Payment {payment} is settled: {kept} of {all} are this order's",
        payment=event.payment_id,
        kept=kept,
        all=all_of_it,
    )
    # Of what was voided nothing is left to be anybody's: taken out of the books, it would be the platform's loss.
    lost = 0 if was_voided(order, known) else known.amount - event.amount
    if lost:
        order = disclaim_payment(order, settled, lost)
    text = say(
        "It is settled whose payment {payment} is: {kept} of {all} are for order {order_id}.",
        payment=event.payment_id,
        kept=kept,
        all=all_of_it,
        order_id=order.order_id,
    )
    words = (
        Word(Role.SELLER, NoticeKind.PAYMENT_CONFLICT_SETTLED, text),
        Word(Role.PLATFORM, NoticeKind.PAYMENT_CONFLICT_SETTLED, text),
    )
    if not lost or _is_still_paid(order) or order.stage not in NOT_SHIPPED:
        return Change(order, summary, words)
    order = cancellation.overtake_cancellation(order, now)
    reason = CancellationReason.PAYMENT_CONFLICT
    cancelled = say("{news}: the order is cancelled", news=summary)
    return endings.order_cancelled(order, now, reason, Role.PLATFORM, cancelled, words)


def _payment_to_settle(order: Order, event: SettlePaymentConflict) -> Payment:
    known = payment.find_payment(order, event.payment_id)
    if known is None:
        raise refusals.invalid_field("payment_id", _must_be_one_of(order))
    if not known.claimed_by:
        raise refusals.nothing_open(say("No other order claims payment {payment}.", payment=event.payment_id))
    if known.captured_at is None and 0 < event.amount < known.amount:
        raise refusals.invalid_field("amount", say("must be 0 or all of it: an authorisation belongs to one order"))
    if event.amount > known.amount:
        raise refusals.more_than_taken(event.payment_id, Money(known.amount, known.currency))
    return known


def _must_be_one_of(order: Order) -> Sentence:
    if not order.payments:
        return say("must be a payment of this order, and it has none")
    ours = several((one.payment_id for one in order.payments), "or")
    return say("must be a payment of this order: {payments}", payments=ours)


def _is_still_paid(order: Order) -> bool:
    paying = payment_of_order(order)
    return paying is not None and paying.amount >= order.total


def _with_payment(order: Order, old: Payment, new: Payment) -> Order:
    return replace(order, payments=tuple(new if one is old else one for one in order.payments))


BESIDE: Final[Table] = {
    PaymentConflict: payment_conflict,
    SettlePaymentConflict: payment_conflict_settled,
}
