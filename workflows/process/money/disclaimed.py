"""Money of a payment that turns out to be another order's: it leaves this one's books, and goes to nobody (R36)."""

from workflows.frozen import replace
from workflows.messages.values import MoneyState
from workflows.process.clock import deadlines
from workflows.process.money import releases
from workflows.process.money.captures import CAPTURE
from workflows.process.money.ledger import Column, is_waiting, move_money, paid_by, with_transfer
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE, Payment, Refund


def disclaim_payment(order: Order, payment: Payment, amount: int) -> Order:
    """`order` with so much of a payment not its own: out of its refunds that wait or have failed, then of the waiting
    releases and of what is held where it pays the order, then of the platform's pocket."""
    source: Column = "captured" if payment.captured_at else "authorized"
    kept = replace(payment, amount=payment.amount - amount, not_ours=payment.not_ours + amount)
    order = replace(order, payments=tuple(kept if old is payment else old for old in order.payments))
    order, refunding = _cut_refunds(order, payment, amount)
    if payment.role == "foreign":
        return order
    order = move_money(order, "refunding", source, refunding)
    left, released, held = amount - refunding, 0, 0
    if payment.role == "order":
        # Taken out of held first, it leaves a waiting release whole, and the seller is paid another order's money.
        order, released = _cut_releases(order, left)
        held = min(left - released, order.ledger.held)
    order = move_money(order, "released", source, released)
    order = move_money(order, "held", source, held)
    order = move_money(order, "shortfall", source, left - released - held)
    # While the money still counts as held, a failed release seems to have something to retry, and stays failed.
    return releases.give_up_releases(_cut_capture(order, kept))


def _cut_refunds(order: Order, payment: Payment, amount: int) -> tuple[Order, int]:
    """`order` with its refunds of the payment asking for that much less, and how much that is."""
    left = amount
    for refund in order.refunds:
        if refund.payment_id == payment.payment_id and (is_waiting(refund) or refund.state in IN_TROUBLE):
            cut = min(left, refund.owed)
            order, left = with_transfer(order, _smaller_refund(refund, cut)), left - cut
    return order, amount - left


def _smaller_refund(refund: Refund, cut: int) -> Refund:
    new = replace(refund, amount=refund.amount - cut, owed=refund.owed - cut)
    if not cut or new.owed:
        return new
    ended = MoneyState.SUCCEEDED if paid_by(new) else MoneyState.CANCELLED
    return replace(new, state=MoneyState.SETTLED_MANUALLY if new.settled_by_hand else ended, alerted=False)


def _cut_releases(order: Order, amount: int) -> tuple[Order, int]:
    """`order` with that much less of its waiting releases, and how much that is."""
    left = amount
    for release in filter(is_waiting, order.releases):
        cut = min(left, release.amount)
        state = release.state if release.amount > cut else MoneyState.CANCELLED
        order = with_transfer(order, replace(release, amount=release.amount - cut, state=state))
        left -= cut
    return order, amount - left


def _cut_capture(order: Order, payment: Payment) -> Order:
    """`order` without a capture, sent or not, of a promise that is another order's; only a success still counts."""
    capture = order.capture
    if capture is None or payment.captured_at or payment.amount or capture.payment_id != payment.payment_id:
        return order
    order = deadlines.end_deadlines(order, *CAPTURE.watches, subject=capture.capture_id)
    return replace(order, capture=replace(capture, state=MoneyState.CANCELLED, alerted=False))
