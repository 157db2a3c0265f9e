"""One payment that several orders claim: nothing of it moves until the platform says how much is this order's (R36).

Who finds out that they do lives elsewhere: the register of payments, in Postgres.
"""

from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.currency import money
from workflows.messages.notices import NoticeKind
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
    summary = f"Payment {event.payment_id} is claimed by more orders than it can pay"
    known = payment.find_payment(order, event.payment_id)
    if known is None:
        return Change(order, summary, why=f"the order has no payment {event.payment_id}")
    others = tuple(dict.fromkeys(other for other in event.orders if other != order.order_id))
    if not others:
        return Change(order, summary, why="it names no other order")
    if set(others) <= set(known.claimed_by):
        return Change(order, summary, why="duplicate: this conflict is open")
    order = _with_payment(
        order, known, replace(known, claimed_by=tuple(dict.fromkeys((*known.claimed_by, *others))), settled=False)
    )
    return Change(order, f"{summary}: also by {', '.join(others)}", _words_of_opening(order, known, others))


def _words_of_opening(order: Order, known: Payment, others: tuple[str, ...]) -> tuple[Word, ...]:
    """The seller is not told whose the other orders are: they may be of anybody."""
    stands = "Nothing of it is refunded or paid out until that is settled."
    ship = " Please do not ship before that." if order.stage in NOT_SHIPPED else ""
    text = f"Payment {known.payment_id} of order {order.order_id} is claimed by another order too. {stands}{ship}"
    asked = f"{money(known.amount, known.currency)} of payment {known.payment_id} stand in order {order.order_id}, and "
    asked += (
        f"more than it brought is claimed together with {', '.join(others)}. {stands} Say for each how much is its."
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
    kept = f"{money(event.amount, known.currency)} of {money(known.amount, known.currency)}"
    summary = f"Payment {event.payment_id} is settled: {kept} are this order's"
    # Of what was voided nothing is left to be anybody's: taken out of the books, it would be the platform's loss.
    lost = 0 if was_voided(order, known) else known.amount - event.amount
    if lost:
        order = disclaim_payment(order, settled, lost)
    text = f"It is settled whose payment {event.payment_id} is: {kept} are order {order.order_id}'s."
    words = (
        Word(Role.SELLER, NoticeKind.PAYMENT_CONFLICT_SETTLED, text),
        Word(Role.PLATFORM, NoticeKind.PAYMENT_CONFLICT_SETTLED, text),
    )
    if not lost or _is_still_paid(order) or order.stage not in NOT_SHIPPED:
        return Change(order, summary, words)
    order = cancellation.overtake_cancellation(order, now)
    reason = CancellationReason.PAYMENT_CONFLICT
    return endings.order_cancelled(order, now, reason, Role.PLATFORM, f"{summary}: cancelled", words)


def _payment_to_settle(order: Order, event: SettlePaymentConflict) -> Payment:
    known = payment.find_payment(order, event.payment_id)
    if known is None:
        ours = ", ".join(one.payment_id for one in order.payments) or "none"
        raise refusals.invalid_field(
            "payment_id", f"{event.payment_id!r} is no payment of this order, which has: {ours}"
        )
    if not known.claimed_by:
        raise refusals.nothing_open(f"No other order claims payment {event.payment_id}")
    if known.captured_at is None and 0 < event.amount < known.amount:
        raise refusals.invalid_field("amount", "must be 0 or all of it: an authorisation belongs to one order")
    if event.amount > known.amount:
        raise refusals.more_than_taken(event.payment_id, money(known.amount, known.currency))
    return known


def _is_still_paid(order: Order) -> bool:
    paying = payment_of_order(order)
    return paying is not None and paying.amount >= order.total


def _with_payment(order: Order, old: Payment, new: Payment) -> Order:
    return replace(order, payments=tuple(new if one is old else one for one in order.payments))


BESIDE: Final[Table] = {
    PaymentConflict: payment_conflict,
    SettlePaymentConflict: payment_conflict_settled,
}
