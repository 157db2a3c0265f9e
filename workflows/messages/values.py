"""Who takes part, where an order is, and the words for why: the vocabulary that every message shares.

Who does not live here: what fields hold (`fields.py`), the messages themselves (`commands.py`, `start.py`), and any
rule of the process.
"""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from workflows.messages.fields import Id


class Wire(BaseModel):
    """A message from outside: frozen, strict, and deaf to fields it does not know, so that a typo is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Role(StrEnum):
    """Who takes part."""

    BUYER = "buyer"
    SELLER = "seller"
    PLATFORM = "platform"
    PAYMENT_PROVIDER = "payment_provider"
    CARRIER = "carrier"
    SYSTEM = "system"


NOBODY: Final = "nobody"
"""What `waiting_on` says when nobody's turn it is."""


class Stage(StrEnum):
    """Where an order is in its story. The closed ones ask nothing more of buyer and seller."""

    PENDING_PAYMENT = "pending_payment"
    AWAITING_SHIPMENT = "awaiting_shipment"
    CANCELLATION_PENDING = "cancellation_pending"
    SHIPPED = "shipped"
    RETURNING_TO_SELLER = "returning_to_seller"
    RETURNED_TO_SELLER = "returned_to_seller"
    LOST_IN_RETURN = "lost_in_return"
    DELIVERED = "delivered"
    DISPUTED = "disputed"
    RETURNING_GOODS = "returning_goods"
    EXCHANGING = "exchanging"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"
    COMPLETED = "completed"

    @property
    def label(self) -> str:
        """How people say it, after "the order is"."""
        return _STAGES[self]

    @property
    def closed(self) -> bool:
        return self in _CLOSED


_CLOSED: Final = (Stage.CANCELLED, Stage.REFUNDED, Stage.PARTIALLY_REFUNDED, Stage.COMPLETED)
_STAGES: Final = {
    Stage.PENDING_PAYMENT: "waiting for payment",
    Stage.AWAITING_SHIPMENT: "waiting to be shipped",
    Stage.CANCELLATION_PENDING: "waiting for an answer to the cancellation request",
    Stage.SHIPPED: "on its way",
    Stage.RETURNING_TO_SELLER: "on its way back to the seller",
    Stage.RETURNED_TO_SELLER: "back at the seller",
    Stage.LOST_IN_RETURN: "lost on its way back",
    Stage.DISPUTED: "in dispute",
    Stage.RETURNING_GOODS: "waiting for the goods to come back",
    Stage.EXCHANGING: "waiting for the replacement",
    Stage.DELIVERED: "delivered",
    Stage.CANCELLED: "cancelled",
    Stage.REFUNDED: "refunded",
    Stage.PARTIALLY_REFUNDED: "partially refunded",
    Stage.COMPLETED: "completed",
}


class DeadlineKind(StrEnum):
    """Every kind of deadline; the order in which they stand here breaks ties (R2)."""

    PAY_BY = "pay_by"
    SHIP_BY = "ship_by"
    SHIP_NO_LATER_THAN = "ship_no_later_than"
    RESPOND_BY = "respond_by"
    DELIVER_BY = "deliver_by"
    RETURN_BY = "return_by"
    INSPECT_BY = "inspect_by"
    RETURN_SHIP_BY = "return_ship_by"
    PROTECTED_UNTIL = "protected_until"
    ANSWER_BY = "answer_by"
    INFORM_BY = "inform_by"
    DECIDE_BY = "decide_by"
    DECIDE_NO_LATER_THAN = "decide_no_later_than"
    APPEAL_BY = "appeal_by"
    REFUND_EXPECTED_BY = "refund_expected_by"
    REFUND_ALERT_AT = "refund_alert_at"
    CHARGEBACK_ALERT_AT = "chargeback_alert_at"

    @property
    def label(self) -> str:
        """How people say it, after "until the end of"."""
        return _DEADLINES[self]


_DEADLINES: Final = {
    DeadlineKind.PAY_BY: "the time to pay",
    DeadlineKind.SHIP_BY: "the time to ship",
    DeadlineKind.SHIP_NO_LATER_THAN: "the last time to ship",
    DeadlineKind.RESPOND_BY: "the time to answer the request",
    DeadlineKind.DELIVER_BY: "the time of delivery",
    DeadlineKind.RETURN_BY: "the time for the parcel to come back",
    DeadlineKind.INSPECT_BY: "the time to inspect what came back",
    DeadlineKind.RETURN_SHIP_BY: "the time to send the goods back",
    DeadlineKind.PROTECTED_UNTIL: "the buyer protection",
    DeadlineKind.ANSWER_BY: "the time to answer the dispute",
    DeadlineKind.INFORM_BY: "the time to answer the platform",
    DeadlineKind.DECIDE_BY: "the time to decide",
    DeadlineKind.DECIDE_NO_LATER_THAN: "the last time to decide",
    DeadlineKind.APPEAL_BY: "the time to appeal",
    DeadlineKind.REFUND_EXPECTED_BY: "the time in which the money is expected",
    DeadlineKind.REFUND_ALERT_AT: "the time after which missing money is an alert",
    DeadlineKind.CHARGEBACK_ALERT_AT: "the time after which an undecided chargeback is an alert",
}


class MoneyState(StrEnum):
    """Where a refund or a release is. `unknown`: the answer was lost, look it up before any retry."""

    REQUESTED = "requested"
    SUBMITTED = "submitted"
    PENDING = "pending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSED = "reversed"
    SETTLED_MANUALLY = "settled_manually"
    CANCELLED = "cancelled"


class CancellationReason(StrEnum):
    """Why an order was cancelled, or is asked to be."""

    NO_LONGER_NEEDED = "no_longer_needed"
    FOUND_BETTER_PRICE = "found_better_price"
    ORDERED_WRONG_ITEM = "ordered_wrong_item"
    SHIPPING_TOO_SLOW = "shipping_too_slow"
    CHANGED_MIND = "changed_mind"
    DUPLICATE_ORDER = "duplicate_order"
    WRONG_ADDRESS = "wrong_address"
    WRONG_PAYMENT_METHOD = "wrong_payment_method"
    SELLER_ASKED = "seller_asked"
    OTHER = "other"
    OUT_OF_STOCK = "out_of_stock"
    CANNOT_SHIP_TO_ADDRESS = "cannot_ship_to_address"
    PRICE_ERROR = "price_error"
    BUYER_ASKED = "buyer_asked"
    SUSPECTED_FRAUD = "suspected_fraud"
    FRAUD = "fraud"
    POLICY = "policy"
    STAFF_ERROR = "staff_error"
    PAYMENT_EXPIRED = "payment_expired"
    PROCESSING_TIME_MISSED = "processing_time_missed"
    INTERCEPTED = "intercepted"
    CHARGEBACK = "chargeback"
    REFUNDED_ELSEWHERE = "refunded_elsewhere"
    PAYMENT_CONFLICT = "payment_conflict"


class RejectionReason(StrEnum):
    """Why a seller does not agree to a cancellation."""

    ALREADY_SHIPPED = "already_shipped"
    ALREADY_PREPARED = "already_prepared"
    CUSTOM_MADE = "custom_made"
    POLICY = "policy"
    OTHER = "other"


class ClosingReason(StrEnum):
    """Why an order that was not cancelled ended."""

    CONFIRMED = "confirmed"
    NOT_CONTESTED = "not_contested"
    NOT_DELIVERED = "not_delivered"
    LOST_IN_RETURN = "lost_in_return"
    AGREEMENT = "agreement"
    DECISION = "decision"
    UNDECIDED = "undecided"
    RETURN_RECEIVED = "return_received"
    RETURN_NOT_SHIPPED = "return_not_shipped"
    REPLACEMENT_NOT_SHIPPED = "replacement_not_shipped"
    CHARGEBACK = "chargeback"
    REFUNDED_ELSEWHERE = "refunded_elsewhere"


class Party(Wire):
    """Who acts: a role, and which of that role."""

    role: Role
    id: Id
