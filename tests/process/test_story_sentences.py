"""What is said of the story, word by word: in the timeline, to both sides and the platform, and in refusals."""

from datetime import datetime

import pytest

from tests.process.later_orders import REFUSED, accept, decline, offer
from tests.process.orders import (
    APPROVE,
    BUYER,
    DELIVERED,
    PLATFORM,
    REJECT,
    SELLER,
    SHIP,
    after,
    asked,
    cancel,
    captured,
    days,
    delivered,
    hours,
    minutes,
    move,
    new_order,
    notices,
    paid,
    refused,
    request,
    rows,
    shipped,
    taken,
    told_by_clock,
)
from workflows.messages.base import Command
from workflows.messages.cancellation import DecideCancellation
from workflows.messages.parcels import CorrectTracking, ExtendDelivery, Ship
from workflows.messages.values import CancellationReason, DeadlineKind, RejectionReason, Role
from workflows.messages.vocabulary import Resolution
from workflows.process.state.order import Order
from workflows.process.step import Event

PART, BACK = Resolution.PARTIAL_REFUND, Resolution.RETURN_AND_REFUND
AHEAD = DELIVERED.model_copy(update={"occurred_at": days(3)})
PLATFORM_SAYS_NO = DecideCancellation(by=PLATFORM, approve=False, reason=RejectionReason.CUSTOM_MADE)


def correct(tracking: str) -> CorrectTracking:
    return CorrectTracking(by=SELLER, carrier="post", tracking=tracking)


def extend(days_more: int) -> ExtendDelivery:
    return ExtendDelivery(by=SELLER, days=days_more)


def told(order: Order, event: Event, at: datetime, role: Role) -> set[str]:
    return {notice.text for notice in notices(taken(order, event, at)) if notice.role is role}


def unanswered() -> Order:
    """Nobody answered the request, and the platform is asked."""
    return asked(on_seller_silence="ask_platform", ship_within="P20D")


@pytest.mark.parametrize(
    ("order", "event", "at", "summary"),
    [
        (new_order(), captured(2400), minutes(1), "Paid: 24.00 USD by card; 1.01 USD too much go back"),
        (paid(), request(), hours(2), "The buyer asks to cancel: changed mind"),
        (asked(), APPROVE, hours(2), "The seller approved the cancellation"),
        (asked(), REJECT, hours(2), "The seller rejected the cancellation: already prepared"),
        (unanswered(), PLATFORM_SAYS_NO, hours(80), "The platform rejected the cancellation: custom made"),
        (paid(), cancel(), hours(2), "Cancelled by the seller: out of stock"),
        (paid(), cancel(PLATFORM, CancellationReason.POLICY), hours(2), "Cancelled by the platform: policy"),
        (shipped(), extend(1), hours(3), "Delivery extended by one day"),
        (shipped(), extend(2), hours(3), "Delivery extended by 2 days"),
        (shipped(), correct("T-2"), hours(3), "Tracking corrected from T-1 to T-2, post"),
        (delivered(), REFUSED, days(2), "Refused at the door, T-1: kept with the parcel, it moves nothing now"),
        (
            shipped(),
            AHEAD,
            days(1),
            "Delivered, T-1 (its time, Thu 5 Mar 2026, 12:00 UTC, lies ahead and was ignored)",
        ),
    ],
)
def test_the_timeline_says_in_words_what_happened(order: Order, event: Event, at: datetime, summary: str) -> None:
    assert rows(taken(order, event, at))[-1].summary == summary


def test_a_clock_that_runs_ahead_is_nothing_for_who_waits_for_the_parcel() -> None:
    assert told(shipped(), AHEAD, days(1), Role.BUYER) == told(shipped(), DELIVERED, days(1), Role.BUYER)


def test_the_buyer_of_a_late_order_hears_until_when_it_is_waited() -> None:
    late = told_by_clock(paid(on_missed_shipment="remind", ship_within="PT2H", ship_no_later_than="P10D"), hours(3))
    (to_buyer,) = (notice.text for notice in late if notice.role is Role.BUYER)
    assert to_buyer == (
        "Order A-1001 was not shipped in time. You can cancel it now, at once. If it is not shipped by "
        "Thu 12 Mar 2026, 14:01 UTC, it is cancelled, and you are refunded."
    )


def test_instants_are_told_as_the_clocks_of_the_orders_calendar_show_them() -> None:
    berlin = paid(calendar={"time_zone": "Europe/Berlin"})
    (to_seller,) = told(berlin, move(DeadlineKind.SHIP_BY, days(3)), hours(1), Role.SELLER)
    assert to_seller == (
        "The platform has moved a deadline of order A-1001: the time to ship now ends on "
        "Thu 5 Mar 2026, 13:00 Berlin time."
    )


@pytest.mark.parametrize(
    ("order", "event", "at", "sentence"),
    [
        (paid(), request(None), hours(2), "reason is needed once paid: no longer needed, found better price, "),
        (asked(cancellation_requests=1), request(), hours(2), "This order allows one cancellation request, and it is "),
        (asked(), request(), hours(2), "A cancellation request is already waiting for the seller's answer."),
        (paid(), accept(7), hours(2), "offer_id must be an offer of this order: A-1001-offer-7 is none, and none is "),
        (
            after(paid(), offer(PART, 500), at=hours(1)),
            accept(7),
            hours(2),
            "offer_id must be an offer of this order: A-1001-offer-7 is none, open: A-1001-offer-1.",
        ),
        (
            after(paid(), offer(PART, 500), decline(), at=hours(1)),
            accept(),
            hours(2),
            "Offer A-1001-offer-1 is declined already.",
        ),
        (
            after(paid(), offer(PART, 500), accept(), at=hours(1)),
            accept(),
            hours(2),
            "Offer A-1001-offer-1 is accepted already.",
        ),
        (
            after(paid(), offer(PART, 500), offer(PART, 600), at=hours(1)),
            accept(),
            hours(2),
            "Offer A-1001-offer-1 was replaced by a newer one.",
        ),
        (
            after(paid(), offer(PART, 500), SHIP, at=hours(1)),
            accept(),
            hours(2),
            "Offer A-1001-offer-1 has lapsed.",
        ),
        (
            after(paid(), offer(PART, 500), at=hours(1)),
            accept(by=SELLER),
            hours(2),
            '"Accept Offer" is for the buyer, whom it was offered to, not for the seller.',
        ),
        (paid(), offer(BACK, by=BUYER), hours(2), "Only a parcel that was shipped, and is neither back at the seller "),
        (
            after(shipped(), DELIVERED, at=days(1)),
            correct("T-2"),
            days(2),
            '"Correct Tracking" is not possible while the order is delivered.',
        ),
        (
            after(shipped(), REFUSED, at=days(1)),
            correct("T-2"),
            days(2),
            '"Correct Tracking" is not possible while the order is on its way back to the seller.',
        ),
        (
            paid(deliver_within="P10D"),
            Ship(by=SELLER, carrier="post", tracking="T-1", deliver_by=days(30)),
            hours(2),
            "deliver_by must lie after now and at most 10 days ahead, on Thu 12 Mar 2026, 14:00 UTC at the latest.",
        ),
        (shipped(), correct("T-1"), hours(3), "tracking must be a new one: T-1 was named before for another parcel"),
    ],
)
def test_a_refusal_says_in_words_what_would_be_right(order: Order, event: Command, at: datetime, sentence: str) -> None:
    message = refused(order, event, at).message
    assert message.startswith(sentence)
    assert len(message.partition(" Possible instead")[0]) <= 200
