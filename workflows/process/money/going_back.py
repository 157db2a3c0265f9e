"""What is said of money that goes back: by when it should be there, or what it waits for. Nothing moves here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Money, Sentence, in_a_row, say
from workflows.messages.values import MoneyState, Role
from workflows.process.clock.windows import window_end
from workflows.process.money.ledger import Hold, hold_on_payment, payment_of_order
from workflows.process.state.changes import Word
from workflows.process.state.order import Order
from workflows.process.state.payments import Payment, Refund, RefundElsewhere

ONCE_FREE: Final[Mapping[Hold, Sentence]] = {
    "chargeback": say(" once the buyer's bank has decided"),
    "question to the provider": say(" once the provider has said what is true"),
    "payment conflict": say(" once it is known whose payment it is"),
}
"""When money moves that is held up: how a sentence goes on."""


def expected_back(order: Order, payment: Payment, now: datetime) -> datetime | None:
    """By when money of a payment should be there that is sent back now. None: nobody can say, for it cannot be sent
    yet, or nobody was ever charged."""
    # Promised while the bank still thinks, the buyer would wait for money that may never go that way (R22).
    if payment.captured_at is None or hold_on_payment(order, payment.payment_id):
        return None
    return window_end(now, order.terms.refund_expected_within, order.terms.calendar)[0]


def when_back(order: Order, payment: Payment, now: datetime) -> Sentence | None:
    """How a sentence goes on that says that money of a payment goes back; None where nobody can say when."""
    if hold := hold_on_payment(order, payment.payment_id):
        return ONCE_FREE[hold]
    by = expected_back(order, payment, now)
    return say(", and should be there by {at}", at=order.when(by)) if by else None


def payment_goes_back(order: Order, payment: Payment, what: Sentence, now: datetime) -> Word:
    """What the buyer is told of a payment that paid nothing, or was too much."""
    text = say("{what}: it goes back{when}.", what=what, when=when_back(order, payment, now))
    return Word(Role.BUYER, NoticeKind.PAYMENT_GOES_BACK, text, expected_back(order, payment, now))


def goes_back_to_buyer(order: Order, amount: int, now: datetime, reader: Role) -> Sentence | None:
    """So much of the payment that paid the order as a sentence of its own, to one of the two; None when it is 0."""
    payment = payment_of_order(order)
    if not payment or not amount:
        return None
    when = when_back(order, payment, now)
    if reader is Role.BUYER:
        return say("{amount} go back to you{when}.", amount=order.money(amount), when=when)
    return say("{amount} go back to the buyer{when}.", amount=order.money(amount), when=when)


def word_of_failure(refund: Refund) -> Word:
    """What the buyer is told who waits for it, or had it: nothing that they would have to do."""
    owed, payment = Money(refund.owed, refund.currency), refund.payment_id
    if refund.attempts and refund.attempts[-1].void:
        what = say(
            "{amount} of your payment {payment} are still reserved, though they will not be charged.",
            amount=owed,
            payment=payment,
        )
    elif refund.state is MoneyState.REVERSED:
        what = say(
            "{amount} of your refund to your payment {payment} were sent back to us.", amount=owed, payment=payment
        )
    else:
        what = say(
            "{amount} of your refund to your payment {payment} did not go through.", amount=owed, payment=payment
        )
    calm = say("We see to it, and tell you when it is done; you need not do anything.")
    return Word(Role.BUYER, NoticeKind.REFUND_FAILED, in_a_row(what, calm))


def arrival_sentence(refund: Refund) -> Sentence:
    """What the buyer is told of one that owes nothing any more."""
    amount, payment = Money(refund.amount, refund.currency), refund.payment_id
    if refund.attempts[-1].void:
        return say(
            "{amount} of your payment {payment} were never charged, and are free again.", amount=amount, payment=payment
        )
    return say("{amount} are back at your payment {payment}.", amount=amount, payment=payment)


def other_money(refund: Refund, known: RefundElsewhere, *, failed: bool) -> Sentence:
    """Why a reference does not say that this refund was paid: it stands for `known`."""
    right = say(
        "must name a refund of {owed} of payment {payment}; {reference} is one of {amount} of payment {other}",
        owed=Money(refund.owed, refund.currency),
        payment=refund.payment_id,
        reference=known.reference,
        amount=Money(known.amount, known.currency),
        other=known.payment_id,
    )
    return say("{right}, and failed", right=right) if failed else right
