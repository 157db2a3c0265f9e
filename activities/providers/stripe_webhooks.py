"""Stripe's webhooks: whether they are Stripe's, and what they say in our words. Nobody is called here.

Which events to switch on at Stripe stands in docs/stripe.md.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any, Final

import stripe
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from activities.providers import Headers, NotGenuine, Report, check_signed_lately
from activities.providers.stripe_disputes import DECIDED, INQUIRY, StripeDispute
from activities.providers.stripe_money import from_stripe
from activities.providers.stripe_objects import OUR_KEY, REFUND_STATES, StripeRefund, StripeTransfer

SIGNATURE: Final = "stripe-signature"
TOLERANCE: Final = timedelta(minutes=5)
"""How old, or how far ahead, a signature may be: what Stripe's own libraries take."""
OF_MONEY: Final = ("payment_intent.", "charge.", "refund.", "transfer.", "application_fee.refund")
"""How the types begin that may concern an order's money: one of them that we do not know is kept for an operator."""
MEANS_NOTHING: Final = frozenset(
    {
        *(f"payment_intent.{news}" for news in ("created", "processing", "requires_action", "partially_funded")),
        *(f"charge.{news}" for news in ("succeeded", "captured", "failed", "pending", "updated", "expired")),
        # The refund's own events say which one it was; a charge tells only the sum.
        *("charge.refunded", "transfer.created", "transfer.updated"),
    }
)
OURS: Final = frozenset({OUR_KEY, "refund_id"})
"""What the metadata of a refund has some of that this engine made, or one like it."""
SHARES: Final = "order_shares"
"""The entry of a payment intent's metadata that names the orders of one payment for several: a JSON object of amounts,
in the minor units that orders count in."""

Words = tuple[str, str | None, dict[str, object]]
"""The name of a fact, its order, and its fields."""


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    id: Annotated[str, Field(min_length=1)]
    type: str
    created: Annotated[int, Field(ge=0)]
    data: dict[str, Any]


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    id: Annotated[str, Field(min_length=1)]
    metadata: dict[str, str] = Field(default_factory=dict)


class _Intent(_Said):
    amount: int
    amount_received: int | None = None
    amount_capturable: int | None = None
    currency: str
    status: str
    capture_method: str = "automatic"
    cancellation_reason: str | None = None
    payment_method_types: list[str] = Field(default_factory=list)
    last_payment_error: dict[str, Any] | None = None


class StripeWebhooks:
    """A `WebhookReader`. Several secrets: while one is being replaced, a signature by either is right."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = tuple(secrets)

    def read(self, headers: Headers, body: bytes, now: datetime) -> Report:
        self._verify(headers, body, now)
        try:
            event = _Event.model_validate(json.loads(body))
        except RecursionError:
            raise ValueError("it is nested too deep to be read") from None
        except ValidationError as error:
            raise ValueError(f"it is no event of Stripe's: {_faults(error)}") from None
        tell = _TOLD.get(event.type)
        if tell is None:
            if event.type.startswith(OF_MONEY) and event.type not in MEANS_NOTHING:
                raise ValueError(f"what {event.type} means for an order is not known here")
            return _nothing(event)
        try:
            words = tell(event)
        except ValidationError as error:
            raise ValueError(f"{event.type} {event.id}: {_faults(error)}") from None
        return _nothing(event) if words is None else Report(event.id, *words, _shares(event))

    def _verify(self, headers: Headers, body: bytes, now: datetime) -> None:
        values = [value for name, value in headers if name == SIGNATURE]
        if len(values) != 1:
            raise NotGenuine(f"the header {SIGNATURE} is {'there twice' if values else 'missing'}")
        check_signed_lately(_signed_at(values[0]), now, TOLERANCE)
        if not any(_matches(body, values[0], secret) for secret in self._secrets):
            raise NotGenuine("it is signed with another secret, or is not the body that was signed")


def _signed_at(signature: str) -> int:
    """The instant within the signature. Exactly one: of two, the one that is signed need not be the one we look at."""
    stamps = [part.removeprefix("t=") for part in signature.split(",") if part.strip().startswith("t=")]
    if len(stamps) != 1 or not re.fullmatch(r"[0-9]{1,12}", stamps[0]):
        raise NotGenuine(f"the header {SIGNATURE} has no single time")
    return int(stamps[0])


def _matches(body: bytes, signature: str, secret: str) -> bool:
    try:
        # Without its tolerance: it looks at the machine's clock, and lets any time ahead of it pass.
        stripe.WebhookSignature.verify_header(body, signature, secret, tolerance=None)
    except (stripe.SignatureVerificationError, ValueError):
        return False  # ValueError: the body is not text
    return True


def _captured(event: _Event) -> Words:
    intent = _Intent.model_validate(event.data.get("object"))
    if intent.status != "succeeded":
        raise ValueError(f"{event.type} {event.id} speaks of {intent.id}, which is {intent.status}")
    # What was received is told beside what was asked for wherever the two can differ.
    received = intent.amount if intent.amount_received is None else intent.amount_received
    return _paid(event, intent, "payment_captured", received)


def _authorized(event: _Event) -> Words | None:
    intent = _Intent.model_validate(event.data.get("object"))
    if intent.status != "requires_capture":
        return None  # what is capturable has changed because it was captured, or canceled: that is told by itself
    return _paid(event, intent, "payment_authorized", intent.amount_capturable or intent.amount)


def _paid(event: _Event, intent: _Intent, name: str, amount: int) -> Words:
    currency = intent.currency.upper()
    method = intent.payment_method_types[0] if len(intent.payment_method_types) == 1 else "stripe"
    return (
        name,
        intent.metadata.get("order_id"),
        {
            "payment_id": intent.id,
            "amount": from_stripe(amount, currency),
            "currency": currency,
            "method": method,
            "occurred_at": _at(event),
        },
    )


def _let_go(event: _Event) -> Words | None:
    """An authorisation that is gone. An intent that was never to be captured by hand is only one that nobody paid."""
    intent = _Intent.model_validate(event.data.get("object"))
    if intent.capture_method != "manual":
        return None
    reason = f"canceled at Stripe ({intent.cancellation_reason or 'no reason given'})"
    return "payment_voided", intent.metadata.get("order_id"), {"payment_id": intent.id, "reason": reason}


def _payment_failed(event: _Event) -> Words:
    intent = _Intent.model_validate(event.data.get("object"))
    error = intent.last_payment_error or {}
    reason = next((str(error[name]) for name in ("message", "code") if error.get(name)), "the payment did not work")
    return "payment_failed", intent.metadata.get("order_id"), {"payment_id": intent.id, "reason": reason}


def _refund_news(event: _Event) -> Words | None:
    refund = StripeRefund.model_validate(event.data.get("object"))
    if not refund.metadata.keys() & OURS:
        return _refund_of_others(refund) if refund.moved_money else None
    answer = refund.answer()
    return _news("refund", refund.id, refund.metadata, answer.model_dump(mode="json", exclude_none=True))


def _refund_of_others(refund: StripeRefund) -> Words:
    """Somebody gave money back in Stripe's dashboard, or by another program. Whose order it is, the payment says."""
    if refund.payment_id is None:
        raise ValueError(f"refund {refund.id} names no payment")
    currency = refund.our_currency
    told: dict[str, object] = {
        "payment_id": refund.payment_id,
        "reference": refund.id,
        "amount": from_stripe(refund.amount, currency),
        "currency": currency,
        "state": REFUND_STATES[refund.status],
    }
    return "refund_reported", None, told | ({"reason": refund.failure} if refund.failure else {})


def _transfer_reversed(event: _Event) -> Words:
    transfer = StripeTransfer.model_validate(event.data.get("object"))
    if not transfer.reversed:
        raise ValueError(
            f"transfer {transfer.id} was reversed in part ({transfer.amount_reversed} of {transfer.amount}): "
            "no order knows such a thing; settle it with the seller"
        )
    return _news(
        "release", transfer.id, transfer.metadata, transfer.answer().model_dump(mode="json", exclude_none=True)
    )


def _news(what: str, at_stripe: str, metadata: Mapping[str, str], answer: dict[str, object]) -> Words:
    """News of a refund or release of ours, by what we wrote into its metadata when we made it."""
    record_id, attempt = metadata.get(f"{what}_id"), metadata.get("attempt", "")
    if not record_id or not attempt.isdecimal():
        raise ValueError(
            f"{at_stripe} was not made by this engine: its metadata does not name a {what} and its attempt"
        )
    return f"{what}_updated", metadata.get("order_id"), {f"{what}_id": record_id, "attempt": int(attempt), **answer}


def _dispute_word(event: _Event) -> Words | None:
    """What the bank says of a payment, whichever event told it: money may be taken, or come back, after the close too.

    Stripe names no order here: whoever reports it finds it by the payment.
    """
    dispute = StripeDispute.model_validate(event.data.get("object"))
    if dispute.status.startswith(INQUIRY):
        return None
    if dispute.status not in DECIDED and event.type == "charge.dispute.closed":
        raise ValueError(f"dispute {dispute.id} is closed as {dispute.status}, and not as won or lost")
    told: dict[str, object] = {
        "payment_id": dispute.payment_id,
        "chargeback_id": dispute.id,
        "amount": dispute.our_amount,
        "currency": dispute.our_currency,
        "occurred_at": _at(event),
    }
    order_id = dispute.metadata.get("order_id")
    if dispute.outcome is None:
        return "chargeback_opened", order_id, told
    return "chargeback_closed", order_id, told | {"outcome": dispute.outcome}


def _dispute_changed(event: _Event) -> Words | None:
    """Mostly new evidence, which means nothing; but the bank may have decided, or decided anew, without a close."""
    was = event.data.get("previous_attributes")
    decided = StripeDispute.model_validate(event.data.get("object")).status in DECIDED
    return _dispute_word(event) if decided and isinstance(was, dict) and "status" in was else None


def _shares(event: _Event) -> dict[str, int] | None:
    """Whose a payment is that names several orders; None for any other. Raises `ValueError`."""
    if not event.type.startswith("payment_intent."):
        return None
    metadata = _Intent.model_validate(event.data.get("object")).metadata
    if SHARES not in metadata:
        return None
    try:
        shares = json.loads(metadata[SHARES])
    except (ValueError, RecursionError):
        shares = None
    if not isinstance(shares, dict) or not shares or not all(type(amount) is int for amount in shares.values()):
        raise ValueError(f"{event.type} {event.id}: {SHARES} in the metadata is no JSON object of amounts by order")
    return shares


def _nothing(event: _Event) -> Report:
    return Report(event.id, None, None, {})


def _at(event: _Event) -> str:
    return datetime.fromtimestamp(event.created, UTC).isoformat()


def _faults(error: ValidationError) -> str:
    """The fields at fault, without what stood in them."""
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'object'}: {fault['msg']}" for fault in error.errors())


_TOLD: Final[Mapping[str, Callable[[_Event], Words | None]]] = MappingProxyType(
    {
        "payment_intent.succeeded": _captured,
        "payment_intent.amount_capturable_updated": _authorized,
        "payment_intent.canceled": _let_go,
        "payment_intent.payment_failed": _payment_failed,
        "refund.created": _refund_news,
        "refund.updated": _refund_news,
        "refund.failed": _refund_news,
        "charge.refund.updated": _refund_news,
        "transfer.reversed": _transfer_reversed,
        "charge.dispute.created": _dispute_word,
        # An inquiry that became a chargeback has no other event that says so.
        "charge.dispute.funds_withdrawn": _dispute_word,
        "charge.dispute.funds_reinstated": _dispute_word,
        "charge.dispute.updated": _dispute_changed,
        "charge.dispute.closed": _dispute_word,
    }
)
