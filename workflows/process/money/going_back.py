"""What is said of money that goes back: by when it should be there, or what it waits for. Nothing moves here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from workflows.messages.currency import money
from workflows.messages.notices import NoticeKind
from workflows.messages.values import Role
from workflows.process.clock.windows import window_end
from workflows.process.money.ledger import Hold, hold_on_payment, payment_of_order
from workflows.process.refusals import instant_text
from workflows.process.state.changes import Word
from workflows.process.state.order import Order
from workflows.process.state.payments import Payment

ONCE_FREE: Final[Mapping[Hold, str]] = {
    "chargeback": " once the buyer's bank has decided",
    "question to the provider": " once the provider has said what is true",
    "payment conflict": " once it is known whose payment it is",
}
"""When money moves that is held up."""


def expected_back(order: Order, payment: Payment, now: datetime) -> datetime | None:
    """By when money of a payment should be there that is sent back now. None: nobody can say, for it cannot be sent
    yet, or nobody was ever charged."""
    # Promised while the bank still thinks, the buyer would wait for money that may never go that way (R22).
    if payment.captured_at is None or hold_on_payment(order, payment.payment_id):
        return None
    return window_end(now, order.terms.refund_expected_within, order.terms.calendar)[0]


def when_back(order: Order, payment: Payment, now: datetime) -> str:
    """How a sentence goes on that says that money of a payment goes back."""
    if hold := hold_on_payment(order, payment.payment_id):
        return ONCE_FREE[hold]
    by = expected_back(order, payment, now)
    return f", and should be there by {instant_text(by)}" if by else ""


def payment_goes_back(order: Order, payment: Payment, what: str, now: datetime) -> Word:
    """What the buyer is told of a payment that paid nothing, or was too much."""
    text = f"{what}: it goes back{when_back(order, payment, now)}."
    return Word(Role.BUYER, NoticeKind.PAYMENT_GOES_BACK, text, expected_back(order, payment, now))


def goes_back_to_buyer(order: Order, amount: int, now: datetime) -> str:
    """So much of the payment that paid the order as a sentence of its own; nothing, when it is 0."""
    payment = payment_of_order(order)
    if not payment or not amount:
        return ""
    return f" {money(amount, order.currency)} go back to the buyer{when_back(order, payment, now)}."
