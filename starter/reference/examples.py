"""One example of every message, as somebody would send it, and what has come before it. The reference shows them, and a
test sends each to an order.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from workflows.messages.commands import MESSAGES
from workflows.messages.values import Role

BEGIN: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""When the order of every example is started; each message comes ten minutes after the one before."""
STEP: Final = timedelta(minutes=10)
ORDER_ID: Final = "A-1001"
START: Final[dict[str, Any]] = {
    "order_id": ORDER_ID,
    "buyer_id": "b-7",
    "seller_id": "s-3",
    "currency": "USD",
    "lines": [{"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 1, "unit_price": 1999}],
    "shipping_fee": 300,
}
IDS: Final = {
    Role.BUYER: "b-7",
    Role.SELLER: "s-3",
    Role.PLATFORM: "ops-1",
    Role.PAYMENT_PROVIDER: "payments",
    Role.CARRIER: "post",
    Role.SYSTEM: "register",
}
PHOTO: Final = {
    "kind": "photo",
    "uri": "https://files.example/a-1001/cracked.jpg",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "media_type": "image/jpeg",
    "size": 482113,
    "caption": "The shade, from the left",
}
ANOTHER_PHOTO: Final = PHOTO | {"sha256": "2" * 64, "caption": "Switched on"}
WORDS: Final = {"kind": "text", "text": "It was whole when we packed it; the box was dented when it came back."}


@dataclass(frozen=True)
class Example:
    """A message, and the examples that come before it; of one that comes with other fields, those."""

    fields: dict[str, Any]
    after: tuple[str | tuple[str, dict[str, Any]], ...] = ()
    by: Role | None = None
    """The first role that may send it, without."""
    terms: tuple[tuple[str, Any], ...] = ()


def body(name: str, fields: dict[str, Any], by: Role | None = None) -> dict[str, Any]:
    """The JSON of a message."""
    example = EXAMPLES.get(name)
    role = by or (example and example.by) or MESSAGES[name].roles[0]
    return {"by": {"role": role.value, "id": IDS[role]}, **fields}


def written(fields: dict[str, Any]) -> str:
    """The JSON, a line for each field."""
    lines = (f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def _decided(outcome: str) -> tuple[str, dict[str, Any]]:
    return "decide_dispute", {"outcome": outcome, "amount": None}


_PAID: Final = ("payment_captured",)
_PROMISED: Final = ("payment_authorized",)
_SHIPPED: Final = (*_PAID, "ship")
_DELIVERED: Final = (*_SHIPPED, "parcel_delivered")
_BACK: Final = (*_SHIPPED, "delivery_refused", "parcel_returned")
_DISPUTED: Final = (*_DELIVERED, "open_dispute")
_REVIEWED: Final = (*_DISPUTED, "respond_to_dispute")
_REFUNDING: Final = (*_PAID, "cancel_order")
_REFUND_FAILED: Final = (*_REFUNDING, ("refund_updated", {"state": "failed", "failure_reason": "card closed"}))
_RELEASE_FAILED: Final = (
    *(*_DELIVERED, "confirm_receipt"),
    ("release_updated", {"state": "failed", "failure_reason": "account closed"}),
)
_AT_SHIPMENT: Final = (("capture", "at_shipment"),)
_CAPTURE_FAILED: Final = (*_PROMISED, "ship", "payment_voided")

EXAMPLES: Final[dict[str, Example]] = {
    "payment_authorized": Example(
        {"payment_id": "p-1", "amount": 2299, "currency": "USD", "method": "card"}, terms=_AT_SHIPMENT
    ),
    "payment_voided": Example({"payment_id": "p-1", "reason": "expired"}, _PROMISED, terms=_AT_SHIPMENT),
    "payment_captured": Example(
        {
            "payment_id": "p-1",
            "amount": 2299,
            "currency": "USD",
            "method": "card",
            "occurred_at": "2026-03-02T12:04:11Z",
        }
    ),
    "payment_failed": Example({"payment_id": "p-1", "reason": "insufficient_funds"}),
    "request_cancellation": Example({"reason": "changed_mind", "note": "I have found one in the attic."}, _PAID),
    "withdraw_cancellation": Example({}, (*_PAID, "request_cancellation")),
    "decide_cancellation": Example({"approve": True}, (*_PAID, "request_cancellation")),
    "cancel_order": Example({"reason": "out_of_stock", "note": "The last one broke."}, _PAID),
    "ship": Example({"carrier": "post", "tracking": "T-1", "deliver_by": "2026-03-09T18:00:00Z"}, _PAID),
    "correct_tracking": Example({"carrier": "post", "tracking": "T-2"}, _SHIPPED),
    "extend_delivery": Example({"days": 3, "note": "Snow on the pass."}, _SHIPPED),
    "request_interception": Example({"note": "Please stop it, I am away."}, _SHIPPED),
    "answer_interception": Example({"answer": "trying"}, (*_SHIPPED, "request_interception")),
    "parcel_delivered": Example({"tracking": "T-1", "occurred_at": "2026-03-02T14:30:00Z"}, _SHIPPED),
    "delivery_refused": Example({"tracking": "T-1", "note": "Box is wet."}, _SHIPPED),
    "delivery_failed": Example({"tracking": "T-1", "note": "Nobody at home three times."}, _SHIPPED),
    "parcel_returned": Example({"tracking": "T-1"}, (*_SHIPPED, "delivery_refused")),
    "parcel_lost": Example({"tracking": "T-1"}, (*_SHIPPED, "delivery_refused")),
    "receive_return": Example({"inspection": "as_agreed"}, _BACK),
    "confirm_receipt": Example({}, _DELIVERED),
    "make_offer": Example(
        {"resolution": "partial_refund", "amount": 500, "note": "Keep it, and take 5 back."}, _DELIVERED, Role.SELLER
    ),
    "accept_offer": Example({"offer_id": "A-1001-offer-1"}, (*_DELIVERED, "make_offer")),
    "decline_offer": Example({"offer_id": "A-1001-offer-1", "note": "It is broken."}, (*_DELIVERED, "make_offer")),
    "open_dispute": Example(
        {
            "reason": "damaged",
            "description": "The shade is cracked.",
            "requested_resolution": "partial_refund",
            "amount": 800,
            "evidence": [PHOTO],
        },
        _DELIVERED,
    ),
    "add_evidence": Example({"evidence": [WORDS]}, _DISPUTED, Role.SELLER),
    "respond_to_dispute": Example({"accept": False, "statement": "It left us whole.", "evidence": [WORDS]}, _DISPUTED),
    "request_information": Example({"party": "buyer", "question": "Is the bulb broken as well?"}, _REVIEWED),
    "provide_information": Example({"answer": "No, only the shade."}, (*_REVIEWED, "request_information")),
    "decide_dispute": Example(
        {
            "outcome": "partial_refund",
            "amount": 800,
            "reason_code": "item_not_as_described",
            "fault": "seller",
            "note": "The photo shows it.",
        },
        _REVIEWED,
    ),
    "withdraw_dispute": Example({"note": "We have found a way."}, _DISPUTED),
    "appeal": Example(
        {
            "statement": "It does not light either.",
            "evidence": [PHOTO | {"sha256": "0" * 64, "caption": "Switched on"}],
        },
        (
            *_REVIEWED,
            ("decide_dispute", {"outcome": "no_refund", "amount": None, "reason_code": "insufficient_evidence"}),
        ),
    ),
    "ship_return": Example(
        {"carrier": "post", "tracking": "R-1"},
        (
            *_REVIEWED,
            (
                "decide_dispute",
                {"outcome": "return_and_refund", "amount": None, "reason_code": "item_not_as_described"},
            ),
        ),
    ),
    "refund_updated": Example(
        {"refund_id": "A-1001-refund-1", "attempt": 1, "state": "succeeded", "provider_reference": "re_1"}, _REFUNDING
    ),
    "release_updated": Example(
        {"release_id": "A-1001-release-1", "attempt": 1, "state": "succeeded", "provider_reference": "tr_1"},
        (*_DELIVERED, "confirm_receipt"),
    ),
    "chargeback_opened": Example({"payment_id": "p-1", "chargeback_id": "dp_1", "amount": 2299}, _PAID),
    "chargeback_closed": Example(
        {"payment_id": "p-1", "chargeback_id": "dp_1", "amount": 2299, "outcome": "lost"},
        (*_PAID, "chargeback_opened"),
    ),
    "refund_reported": Example(
        {"payment_id": "p-1", "reference": "re_7", "amount": 500, "currency": "USD", "state": "succeeded"}, _PAID
    ),
    "settle_payment_conflict": Example(
        {"payment_id": "p-1", "amount": 2299, "note": "The other order was paid in cash."},
        (*_PAID, ("payment_conflict", {"payment_id": "p-1", "orders": ["A-1001", "A-1002"]})),
    ),
    "send_message": Example({"to": "seller", "text": "Is the bulb included?"}, _PAID),
    "move_deadline": Example(
        {"deadline": "ship_by", "to": "2026-03-20T18:00:00Z", "note": "The seller is in hospital."}, _PAID
    ),
    "retry_refund": Example({"refund_id": "A-1001-refund-1", "note": "The card works again."}, _REFUND_FAILED),
    "settle_refund_manually": Example(
        {"refund_id": "A-1001-refund-1", "provider_reference": "wire 4711", "note": "Paid by bank transfer."},
        _REFUND_FAILED,
    ),
    "retry_release": Example({"release_id": "A-1001-release-1", "note": "New account."}, _RELEASE_FAILED),
    "settle_release_manually": Example(
        {"release_id": "A-1001-release-1", "provider_reference": "wire 4713", "note": "Paid by bank transfer."},
        _RELEASE_FAILED,
    ),
    "retry_capture": Example({"capture_id": "A-1001-capture-1"}, _CAPTURE_FAILED, terms=_AT_SHIPMENT),
    "settle_capture_manually": Example(
        {"capture_id": "A-1001-capture-1", "provider_reference": "wire 4712", "note": "Paid by bank transfer."},
        _CAPTURE_FAILED,
        terms=_AT_SHIPMENT,
    ),
    "acknowledge": Example(
        {"subject": "p-1", "note": "The provider's log had it twice."},
        (*_PAID, ("payment_captured", {"amount": 2300})),
    ),
    "add_note": Example({"text": "The buyer called; she is patient."}, _PAID),
}
