"""What the register of payments is told of an order: which payments it has, and what of them went back (R36, R37)."""

from collections.abc import Sequence

from workflows.messages.commands import (
    RefundUpdated,
    ReleaseUpdated,
    SettleRefundManually,
    SettleReleaseManually,
)
from workflows.messages.values import MoneyState, Role
from workflows.messages.work import CallWord, PaymentShare
from workflows.process.money.attempts import record_meant
from workflows.process.money.ledger import refunds_by_payment, taken_elsewhere
from workflows.process.state.changes import AttemptAnswered
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


def word_on_calls(event: object) -> CallWord | None:
    """What an event that counts says to the guard of calls, and their activities did not hear (R37).

    The platform's word that one has failed frees nothing: only the provider knows.
    """
    if isinstance(event, SettleRefundManually):
        return CallWord(record_id=event.refund_id, attempt=None, state=MoneyState.SETTLED_MANUALLY)
    if isinstance(event, SettleReleaseManually):
        return CallWord(record_id=event.release_id, attempt=None, state=MoneyState.SETTLED_MANUALLY)
    if isinstance(event, AttemptAnswered) and not event.asked:
        return None
    if isinstance(event, RefundUpdated | ReleaseUpdated) and event.by.role is not Role.PAYMENT_PROVIDER:
        return None
    if not isinstance(event, RefundUpdated | ReleaseUpdated | AttemptAnswered):
        return None
    return CallWord(
        record_id=record_meant(event),
        # Left out only where there is one.
        attempt=event.attempt or 1,
        state=event.state,
        provider_reference=event.provider_reference,
    )
