"""The terms an order is sold under, with their defaults. Frozen into the order when it starts (R24).

One definition for the wire and the core, like every message: the start input names what differs, the view shows all.
Who does not live here: the arithmetic of business days (`process/clock/windows.py`).
"""

from datetime import date
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from workflows.messages.durations import Duration, DurationOrZero, parse_span
from workflows.messages.values import Amount, CancellationReason, Wire

MAX_COUNT: Final = 32
"""The most a counted term may allow; keeps the order's state small."""
MAX_HOLIDAYS: Final = 400
"""One for each day of the longest window."""
MAX_AUTO_APPROVALS: Final = 16

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError('must be an IANA time zone such as "Europe/Berlin"') from None
    return name


class Calendar(Wire):
    """Which days are business days: those of `time_zone` that are neither in the weekend nor a holiday."""

    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_time_zone)] = "UTC"
    weekend: Annotated[tuple[Weekday, ...], Field(max_length=6)] = ("sat", "sun")
    holidays: Annotated[tuple[date, ...], Field(max_length=MAX_HOLIDAYS)] = ()

    @model_validator(mode="after")
    def _leaves_a_business_day(self) -> Self:
        if len(set(self.weekend)) != len(self.weekend):
            raise ValueError("weekend must not name a day twice")
        return self


class AutoApproval(Wire):
    """A cancellation request is approved at once when every condition that is given holds."""

    within: Duration | None = None
    """From the payment."""
    reasons: Annotated[tuple[CancellationReason, ...], Field(min_length=1, max_length=MAX_COUNT)] | None = None
    up_to: Amount | None = None
    """The order's total, in minor units."""


class Terms(Wire):
    """How long each side has, and what silence means. Names and defaults: section 6 of the process."""

    pay_within: Duration = parse_span("PT30M")
    capture: Literal["at_payment", "at_shipment"] = "at_payment"
    """When the buyer is charged: an authorisation pays only `at_shipment` (R32)."""
    ship_within: Duration = parse_span("7 business days")
    on_missed_shipment: Literal["cancel_and_refund", "remind"] = "cancel_and_refund"
    ship_no_later_than: Duration = parse_span("P30D")
    """After `ship_by`; with `remind` only."""
    respond_within: Duration = parse_span("PT72H")
    on_seller_silence: Literal["continue", "approve", "ask_platform"] = "continue"
    auto_approve: Annotated[tuple[AutoApproval, ...], Field(max_length=MAX_AUTO_APPROVALS)] = ()
    cancellation_requests: Count = 3
    deliver_within: Duration = parse_span("P60D")
    delivery_extensions: DurationOrZero = parse_span("P30D")
    """All extensions of one parcel together."""
    on_no_delivery: Literal["complete", "full_refund"] = "complete"
    protect_for: Duration = parse_span("P15D")
    disputes: Count = 3
    answer_within: Duration = parse_span("3 business days")
    decide_within: Duration = parse_span("PT48H")
    decide_no_later_than: Duration = parse_span("P60D")
    on_undecided: Literal["as_requested", "no_refund"] = "as_requested"
    inform_within: Duration = parse_span("PT72H")
    appeal_within: DurationOrZero = parse_span("P3D")
    return_ship_within: Duration = parse_span("P10D")
    return_within: Duration = parse_span("P30D")
    inspect_within: Duration = parse_span("2 business days")
    on_lost_return: Literal["no_refund", "full_refund"] = "no_refund"
    refund_expected_within: Duration = parse_span("5 business days")
    refund_alert_after: Duration = parse_span("10 business days")
    chargeback_alert_after: Duration = parse_span("P120D")
    calendar: Calendar = Calendar()
