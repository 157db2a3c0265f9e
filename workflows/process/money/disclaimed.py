"""Money of a payment that turns out to be another order's: it leaves this one's books, and goes to nobody (R36)."""

from workflows.frozen import replace
from workflows.messages.values import MoneyState
from workflows.process.clock import deadlines
from workflows.process.money import releases
from workflows.process.money.captures import CAPTURE
from workflows.process.money.ledger import Column, move_money, with_transfer
from workflows.process.money.withdrawals import take_from_payment
from workflows.process.state.order import Order
from workflows.process.state.payments import Payment, Taken


def disclaim_payment(order: Order, payment: Payment, amount: int) -> Order:
    """`order` with so much of a payment not its own: taken from where a lost chargeback would take it."""
    source: Column = "captured" if payment.captured_at else "authorized"
    order, taken = take_from_payment(order, payment, amount)
    kept = replace(payment, amount=payment.amount - amount, not_ours=payment.not_ours + amount)
    order = replace(order, payments=tuple(kept if old is payment else old for old in order.payments))
    for part in taken:
        order = _never_asked_for(order, part)
    if payment.role != "foreign":
        # Nobody has got it: what left the other columns as refunded leaves the books where it came in.
        order = move_money(order, "refunded", source, amount)
    # While the money still counts as held, a failed release seems to have something to retry, and stays failed.
    return releases.give_up_releases(_cut_capture(order, kept))


def _never_asked_for(order: Order, part: Taken) -> Order:
    """`order` with a refund that was cut asking for that much less, and nobody having paid it instead."""
    refund = next((one for one in order.refunds if one.refund_id == part.record_id), None)
    if refund is None:
        return order
    cut = replace(refund, amount=refund.amount - part.amount, charged_back=refund.charged_back - part.amount)
    return with_transfer(order, cut)


def _cut_capture(order: Order, payment: Payment) -> Order:
    """`order` without a capture, sent or not, of a promise that is another order's; only a success still counts."""
    capture = order.capture
    if capture is None or payment.captured_at or payment.amount or capture.payment_id != payment.payment_id:
        return order
    order = deadlines.end_deadlines(order, *CAPTURE.watches, subject=capture.capture_id)
    return replace(order, capture=replace(capture, state=MoneyState.CANCELLED, alerted=False))
