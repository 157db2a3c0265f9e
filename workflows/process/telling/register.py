"""What the register of payments is told of an order: which payments it has, and what of them went back (R36, R37)."""

from collections.abc import Sequence

from workflows.messages.values import MoneyState
from workflows.messages.work import PaymentShare
from workflows.process.money.ledger import refunds_by_payment, taken_elsewhere
from workflows.process.state.order import Order
from workflows.process.state.payments import Payment, Refund


def shares_of_order(order: Order) -> tuple[PaymentShare, ...]:
    """The order's share of every payment that it has. One only promised is the order's too, and has brought nothing."""
    of_payments = refunds_by_payment(order)
    return tuple(_share_of(order, payment, of_payments[payment.payment_id]) for payment in order.payments)


def _share_of(order: Order, payment: Payment, refunds: Sequence[Refund]) -> PaymentShare:
    return PaymentShare(
        payment_id=payment.payment_id,
        amount=payment.amount if payment.captured_at else 0,
        claimed=payment.amount,
        brought=(payment.of or payment.taken) if payment.captured_at else 0,
        whole=payment.of or payment.taken,
        question="open" if payment.claimed_by else "settled" if payment.settled else "none",
        currency=payment.currency,
        returned=_returned_by_provider(refunds) + taken_elsewhere(order, payment.payment_id),
    )


def _returned_by_provider(refunds: Sequence[Refund]) -> int:
    """What these gave back of it. What was paid by hand came from elsewhere, and what is voided was never charged."""
    return sum(
        attempt.amount
        for refund in refunds
        for attempt in refund.attempts
        if attempt.state is MoneyState.SUCCEEDED and not attempt.void
    )
