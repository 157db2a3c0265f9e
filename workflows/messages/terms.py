"""The terms an order is sold under, with their defaults. Frozen into the order when it starts (R24).

One definition for the wire and the core, like every message: the start input names what differs, the view shows all.
Who does not live here: the arithmetic of business days (`process/clock/windows.py`).
"""

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from workflows.messages.complaints import Complaint, FieldsError
from workflows.messages.durations import parse_span
from workflows.messages.fields import Amount
from workflows.messages.sentences import say
from workflows.messages.values import CancellationReason, Wire
from workflows.messages.windows import Duration, DurationOrZero
from workflows.messages.zones import time_zone

MAX_COUNT: Final = 32
"""The most a counted term may allow; keeps the order's state small."""
MAX_HOLIDAYS: Final = 400
"""One for each day of the longest window."""
MAX_AUTO_APPROVALS: Final = 16
MAX_SMALLEST_AMOUNT: Final = 1_000
"""Minor units: a whole one of every currency, and one more digit than any provider asks for."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]


def _time_zone(name: str) -> str:
    try:
        time_zone(name)
    except (KeyError, ValueError, OSError):
        raise Complaint(say('must be an IANA time zone such as "Europe/Berlin"')) from None
    return name


class Calendar(Wire):
    """Which days are business days: those of `time_zone` that are neither in the weekend nor a holiday."""

    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_time_zone)] = "UTC"
    weekend: Annotated[tuple[Weekday, ...], Field(max_length=6)] = ("sat", "sun")
    holidays: Annotated[tuple[date, ...], Field(max_length=MAX_HOLIDAYS)] = ()

    @model_validator(mode="after")
    def _leaves_a_business_day(self) -> Self:
        if len(set(self.weekend)) != len(self.weekend):
            raise FieldsError(("weekend",), say("no day may stand twice"))
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
    """How long an order waits for its payment."""
    smallest_amount: Annotated[int, Field(ge=1, le=MAX_SMALLEST_AMOUNT)] = 1
    """Of what every amount is a multiple, in minor units: 10 where a provider moves no less, as Stripe of KWD."""
    capture: Literal["at_payment", "at_shipment"] = "at_payment"
    """When the buyer is charged: an authorisation pays only `at_shipment` (R32)."""
    ship_within: Duration = parse_span("7 business days")
    """How long the seller has to ship a paid order: the processing time."""
    on_missed_shipment: Literal["cancel_and_refund", "remind"] = "cancel_and_refund"
    """What happens when the seller has not shipped by then: the buyer gets the money back, or the order goes on, the
    seller is reminded, and the buyer may cancel at once."""
    ship_no_later_than: Duration = parse_span("P30D")
    """How long a late seller still has after that, where the order goes on; then it is cancelled."""
    respond_within: Duration = parse_span("PT72H")
    """How long the seller has to answer a request to cancel."""
    on_seller_silence: Literal["continue", "approve", "ask_platform"] = "continue"
    """What the seller's silence means then: nothing, yes, or that the platform is asked."""
    auto_approve: Annotated[tuple[AutoApproval, ...], Field(max_length=MAX_AUTO_APPROVALS)] = ()
    """Requests to cancel that are approved without asking the seller: those that meet all conditions of one entry."""
    cancellation_requests: Count = 3
    """How often a buyer may ask to cancel one order."""
    deliver_within: Duration = parse_span("P60D")
    """How long a parcel may be on its way before the buyer may say that it did not come."""
    delivery_extensions: DurationOrZero = parse_span("P30D")
    """By how much the seller may prolong that, all extensions of one parcel together."""
    on_no_delivery: Literal["complete", "full_refund"] = "complete"
    """Who gets the money of a parcel that nobody reports delivered, once the buyer's protection is over: the seller, or
    the buyer."""
    protect_for: Duration = parse_span("P15D")
    """How long the buyer is protected after the delivery: by then a dispute is opened, or the seller is paid."""
    disputes: Count = 3
    """How many disputes a buyer may open over one order."""
    answer_within: Duration = parse_span("3 business days")
    """How long the seller has to answer a dispute, before the platform looks at it."""
    decide_within: Duration = parse_span("PT48H")
    """How long the platform means to take for its decision. Nothing happens when it is over, but that it is seen."""
    decide_no_later_than: Duration = parse_span("P60D")
    """How long a dispute may stay undecided."""
    on_undecided: Literal["as_requested", "no_refund"] = "as_requested"
    """How it ends then: as the buyer has requested, or without a refund."""
    inform_within: Duration = parse_span("PT72H")
    """How long a side has to answer a question of the platform."""
    appeal_within: DurationOrZero = parse_span("P3D")
    """How long the buyer may appeal against a decision; `PT0S`: not at all."""
    return_ship_within: Duration = parse_span("P10D")
    """How long the buyer has to send the goods back, where a decision or an agreement asks for it."""
    return_within: Duration = parse_span("P30D")
    """How long a parcel may be on its way back, before it counts as lost."""
    inspect_within: Duration = parse_span("2 business days")
    """How long the seller has to look at what came back, before it counts as agreed."""
    on_lost_return: Literal["no_refund", "full_refund"] = "no_refund"
    """Who gets the money of a refused parcel that is lost on its way back, once the buyer's protection is over."""
    refund_expected_within: Duration = parse_span("5 business days")
    """When a refund should be with the buyer; after it the buyer is told that it takes longer."""
    refund_alert_after: Duration = parse_span("10 business days")
    """When a refund or a payout of which the provider says nothing is the platform's to look after."""
    chargeback_alert_after: Duration = parse_span("P120D")
    """When a chargeback that the bank has not decided is the platform's to look after."""
    calendar: Calendar = Calendar()
    """Which days are business days, and where."""
