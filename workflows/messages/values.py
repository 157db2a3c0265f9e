"""The small values every message is made of: roles, stages, kinds, amounts, instants, durations.

Who does not live here: the messages themselves (`commands.py`, `start.py`), and any rule of the process.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
)

MAX_AMOUNT: Final = 10**12
"""Minor units. Fits a JavaScript number and a Postgres bigint with room for sums of hundreds of payments."""
MAX_TEXT: Final = 4_000
"""Characters of any text a person writes (R26)."""
MAX_ID: Final = 64
"""Characters of an id that we or our callers choose."""
MAX_REFERENCE: Final = 128
"""Characters of an id that a provider or carrier chooses; theirs are longer than ours."""
MAX_DURATION: Final = timedelta(days=400)
"""The longest window a term may ask for; longer than any marketplace's, short enough to catch a typo."""


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


class FieldsError(ValueError):
    """Fields that are each fine alone and wrong together; the message stands behind their names."""

    def __init__(self, fields: tuple[str, ...], message: str) -> None:
        super().__init__(f"{', '.join(fields)}: {message}")
        self.fields = fields


def plain(text: str) -> str:
    """`text`, or a complaint: control characters break logs, terminals and Postgres (NUL), and no person types them."""
    for character in text:
        if unicodedata.category(character) == "Cc" and character not in "\t\n\r":
            raise ValueError(f"must not contain control characters, found U+{ord(character):04X}")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


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
OrderId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID, pattern=r"^\S+$"), AfterValidator(plain)]
RequestId = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_ID), AfterValidator(plain), AfterValidator(_not_blank)
]
Reference = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_REFERENCE), AfterValidator(plain), AfterValidator(_not_blank)
]
Text = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_TEXT), AfterValidator(plain), AfterValidator(_not_blank)
]


class Party(Wire):
    """Who acts: a role, and which of that role."""

    role: Role
    id: Id


@dataclass(frozen=True, slots=True)
class Span:
    """How long a window is: a fixed length, or a number of business days of the order's calendar."""

    length: timedelta
    business_days: int
    written: str = field(compare=False)
    """As it stood on the wire: `PT72H` stays `PT72H`, and does not come back as `P3D`."""

    @property
    def empty(self) -> bool:
        return not self.length and not self.business_days

    def __str__(self) -> str:
        return self.written


_ISO = re.compile(r"P(?:(\d{1,8})W|(?:(\d{1,8})D)?(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,8})S)?)?)")
_BUSINESS_DAYS = re.compile(r"(\d{1,8}) business days?")


def parse_span(text: object) -> Span:
    """The duration that `text` names (`"PT72H"`, `"P15D"`, `"5 business days"`), at most `MAX_DURATION`.

    Years and months are refused: nobody can say how long one is before it starts.
    """
    if isinstance(text, Span):
        return text
    if not isinstance(text, str):
        raise ValueError('must be a string such as "PT72H" or "5 business days"')
    if counted := _BUSINESS_DAYS.fullmatch(text):
        span = Span(timedelta(), int(counted[1]), text)
    elif (iso := _ISO.fullmatch(text)) and text != "P":
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        span = Span(timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds), 0, text)
    else:
        raise ValueError('must be an ISO 8601 duration such as "PT72H" or "P15D", or "5 business days"')
    if span.length > MAX_DURATION or span.business_days > MAX_DURATION.days:
        raise ValueError("must be at most 400 days")
    return span


def _positive(span: Span) -> Span:
    if span.empty:
        raise ValueError("must be longer than zero")
    return span


Duration = Annotated[Span, PlainValidator(parse_span), AfterValidator(_positive), PlainSerializer(str, return_type=str)]
"""A window that lasts longer than zero."""
DurationOrZero = Annotated[Span, PlainValidator(parse_span), PlainSerializer(str, return_type=str)]
