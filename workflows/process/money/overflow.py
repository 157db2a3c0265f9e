"""Payments beyond those that an order keeps apart: they stay outside its ledger, are handed on as unplaced, and given
back by hand (R41). So no number of payments makes an order slow, or its state too large."""

import hashlib
from typing import Final

from workflows.frozen import replace
from workflows.messages.authorizations import PaymentAuthorized
from workflows.messages.commands import PaymentCaptured
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Money, say, to_wire
from workflows.messages.values import Role
from workflows.messages.work import UnplacedFact
from workflows.process.state.changes import Change, Word
from workflows.process.state.order import Order

MAX_PAYMENTS: Final = 50
"""Kept apart in one order: far more than anybody pays by, and a step over them takes a fraction of a millisecond."""
MAX_KNOWN: Final = 50
"""Payments outside that the order knows again; each of the others is told of once more when it is reported again."""
DIGEST_CHARACTERS: Final = 16
"""64 bits of SHA-256 tell those few apart."""


def is_room_for_payment(order: Order) -> bool:
    """Whether one more payment is kept apart."""
    return len(order.payments) < MAX_PAYMENTS


def payment_stays_outside(order: Order, event: PaymentCaptured | PaymentAuthorized) -> Change:
    """Recorded, and handed on: it pays nothing, and the order gives nothing of it back."""
    given, digest = Money(event.amount, event.currency), _digest_of_payment(event)
    summary = say("Payment {payment} of {amount} stays outside the order", payment=event.payment_id, amount=given)
    if digest in order.overflow:
        return Change(order, summary, why=say("duplicate: it was handed on as unplaced before"))
    why = say("the order keeps {limit} payments apart, and this is one more: give it back by hand", limit=MAX_PAYMENTS)
    # Told by name, captures and authorisations of one payment are two; by anything of ours, a repetition would be new.
    key = f"{order.order_id}:{event.name}:{event.payment_id}"
    body = event.model_dump_json(exclude_none=True)
    handed_on = UnplacedFact(
        provider=event.by.id, webhook_id=key, name=event.name, body=body, why=str(why), said=to_wire(why)
    )
    to_buyer = say("Your payment of {amount} was one too many, and goes back.", amount=given)
    to_platform = say(
        "Payment {payment} of {amount} stays outside the order, which keeps {limit} payments apart. Give it back by "
        "hand, then mark it as done among the unplaced payments.",
        payment=event.payment_id,
        amount=given,
        limit=MAX_PAYMENTS,
    )
    words = (
        Word(Role.BUYER, NoticeKind.PAYMENT_GOES_BACK, to_buyer),
        Word(Role.PLATFORM, NoticeKind.PAYMENT_UNPLACED, to_platform),
    )
    order = replace(order, overflow=(*order.overflow, digest)[:MAX_KNOWN])
    return Change(order, summary, words, why, unplaced=(handed_on,))


def _digest_of_payment(event: PaymentCaptured | PaymentAuthorized) -> str:
    return hashlib.sha256(f"{event.name} {event.payment_id}".encode()).hexdigest()[:DIGEST_CHARACTERS]
