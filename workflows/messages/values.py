"""The small values every message is made of: roles, stages, kinds, amounts, instants, texts.

Who does not live here: durations (`durations.py`), the messages themselves (`commands.py`, `start.py`), and any rule of
the process.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

MAX_AMOUNT: Final = 10**12
"""Minor units. Fits a JavaScript number and a Postgres bigint with room for sums of hundreds of payments."""
MAX_TEXT: Final = 4_000
"""Characters of any text a person writes (R26)."""
MAX_ID: Final = 64
"""Bytes in UTF-8 of an id that we or our callers choose: the order keeps hundreds of them in its state."""
MAX_REFERENCE: Final = 128
"""Bytes in UTF-8 of an id that a provider or carrier chooses; theirs are longer than ours."""


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
    def closed(self) -> bool:
        return self in (Stage.CANCELLED, Stage.REFUNDED, Stage.PARTIALLY_REFUNDED, Stage.COMPLETED)


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


class FieldsError(ValueError):
    """Fields that are each fine alone and wrong together; the message stands behind their names."""

    def __init__(self, fields: tuple[str, ...], message: str) -> None:
        super().__init__(fields, message)
        self.fields = fields

    def __str__(self) -> str:
        fields, message = self.args
        return f"{', '.join(fields)}: {message}"


def plain(text: str) -> str:
    """`text`, or a complaint: control characters break logs, terminals and Postgres (NUL), and no person types them."""
    for character in text:
        if unicodedata.category(character) == "Cc" and character not in "\t\n\r":
            raise ValueError(f"must not contain control characters, found U+{ord(character):04X}")
    return text


def one_line(text: str) -> str:
    """`text`, or a complaint: what stands in one line of a list, a log or a mail must not begin another."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Zl", "Zp"):
            raise ValueError(f"must not contain control characters or line breaks, found U+{ord(character):04X}")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def _at_most(limit: int) -> Callable[[str], str]:
    """`text`, or a complaint that it has too many bytes: characters may have four each."""

    def checked(text: str) -> str:
        if (size := len(text.encode())) > limit:
            raise ValueError(f"must have at most {limit} bytes in UTF-8, has {size}")
        return text

    return checked


def _not_only_dots(order_id: str) -> str:
    """In an address `..` is the folder above: such an order could not be looked at."""
    if not order_id.strip("."):
        raise ValueError("must not consist of dots only")
    return order_id


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*")


def _rfc_3339(instant: object) -> object:
    """A string of digits is a number of seconds to pydantic, and a mistake to us."""
    if not isinstance(instant, datetime) and not (isinstance(instant, str) and _RFC_3339.fullmatch(instant)):
        raise ValueError('must be an RFC 3339 instant such as "2026-01-31T10:00:00Z"')
    return instant


def _utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie between the years 1 and 9999 in UTC") from None


Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_rfc_3339), AfterValidator(_utc)]
"""An instant in UTC; RFC 3339 on the wire."""
Amount = Annotated[int, Field(ge=0, le=MAX_AMOUNT)]
"""Minor units of the order's currency."""
PositiveAmount = Annotated[int, Field(ge=1, le=MAX_AMOUNT)]
OrderId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$"), AfterValidator(_not_only_dots)]
ShortText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_ID),
    AfterValidator(plain),
    AfterValidator(_not_blank),
    AfterValidator(_at_most(MAX_ID)),
]
Id = Annotated[ShortText, StringConstraints(pattern=r"^\S+$")]
RequestId = ShortText
Reference = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_REFERENCE),
    AfterValidator(one_line),
    AfterValidator(_not_blank),
    AfterValidator(_at_most(MAX_REFERENCE)),
]
"""What people copy from labels, lists and logs: a payment's id, a carrier, a tracking. One line, for the next line of
a list would be somebody else's."""
Text = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_TEXT), AfterValidator(plain), AfterValidator(_not_blank)
]


class Party(Wire):
    """Who acts: a role, and which of that role."""

    role: Role
    id: Id
