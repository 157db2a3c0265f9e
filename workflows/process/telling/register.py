"""What the register of payments is told of an order: which payments it has, and what of them went back (R36, R37)."""

from workflows.messages.values import MoneyState
from workflows.messages.work import PaymentShare
from workflows.process.money.ledger import charged_back
from workflows.process.state.order import Order
from workflows.process.state.payments import Payment


def shares_of_order(order: Order) -> tuple[PaymentShare, ...]:
    """The order's share of every payment that it has. One only promised is the order's too, and has brought nothing."""
    return tuple(_share_of(order, payment) for payment in order.payments)


def _share_of(order: Order, payment: Payment) -> PaymentShare:
    brought = payment.amount if payment.captured_at else 0
    return PaymentShare(
        payment_id=payment.payment_id,
        amount=brought,
        brought=brought,
        currency=payment.currency,
        returned=_returned_by_provider(order, payment) + charged_back(order, payment.payment_id),
    )


def _returned_by_provider(order: Order, payment: Payment) -> int:
    """What refunds gave back of it. What was paid by hand came from elsewhere, and what is voided was never charged."""
    return sum(
        attempt.amount
        for refund in order.refunds
        if refund.payment_id == payment.payment_id
        for attempt in refund.attempts
        if attempt.state is MoneyState.SUCCEEDED and not attempt.void
    )
