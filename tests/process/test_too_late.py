"""What comes after a deadline is told of it, also where that deadline has closed the order (R2, R4)."""

from typing import Final

import pytest

from tests.process.later_orders import accept, decline, offer
from tests.process.orders import (
    BUYER,
    CONFIRM,
    PLATFORM,
    REFUND_1,
    SELLER,
    SHIP,
    acknowledge,
    after,
    answered,
    by_hand,
    cancel,
    captured,
    captured_by_hand,
    clock,
    days,
    delivered,
    hours,
    minutes,
    new_order,
    paid,
    paid_by_hand,
    refunding,
    refused,
    releasing,
    request,
)
from workflows.messages.base import Command
from workflows.messages.refusal import Code
from workflows.messages.shared_payments import SettlePaymentConflict
from workflows.messages.values import CancellationReason, MoneyState, Stage
from workflows.messages.vocabulary import Resolution
from workflows.process.resets import order_reset
from workflows.process.state.order import Order

LATE: Final = hours(3)


def offered() -> Order:
    """Paid, to be shipped within two hours, and both sides have made an offer."""
    both = (offer(Resolution.PARTIAL_REFUND, 500), offer(Resolution.PARTIAL_REFUND, 600, by=BUYER))
    return after(paid(ship_within="PT2H"), *both, at=hours(1))


@pytest.mark.parametrize("order", [offered(), clock(offered(), LATE)], ids=["found expired", "settled by the timer"])
@pytest.mark.parametrize("event", [accept(), decline(), accept(2, by=SELLER), SHIP, request(), cancel()])
def test_R2_what_ship_by_has_closed_is_told_of_ship_by(event: Command, order: Order) -> None:
    refusal = refused(order, event, LATE)
    assert refusal.code is Code.DEADLINE_PASSED
    assert "the time to ship ended on Mon 2 Mar 2026, 14:01 UTC" in refusal.message


def test_R38_a_reset_takes_nobody_what_they_are_told_of_a_deadline() -> None:
    closed = clock(offered(), LATE)
    assert refused(order_reset(closed, LATE).order, SHIP, LATE).code is Code.DEADLINE_PASSED


def test_R2_an_offer_after_ship_by_comes_too_late_as_well() -> None:
    assert refused(offered(), offer(Resolution.FULL_REFUND), LATE).code is Code.DEADLINE_PASSED


def test_R2_an_offer_that_was_answered_before_is_not_blamed_on_the_deadline() -> None:
    order = after(offered(), decline(), at=hours(1))
    assert refused(order, accept(), LATE).code is Code.ORDER_CLOSED


@pytest.mark.parametrize("event", [request(), cancel(), cancel(PLATFORM, CancellationReason.POLICY)])
def test_R2_a_deadline_that_has_closed_and_settled_the_order_is_named_too(event: Command) -> None:
    expired = clock(new_order(), hours(1))
    assert expired.settled
    refusal = refused(expired, event, hours(1))
    assert refusal.code is Code.DEADLINE_PASSED
    assert "the time to pay ended on Mon 2 Mar 2026, 12:30 UTC" in refusal.message


def test_R2_what_the_deadline_has_not_made_impossible_hears_that_the_order_has_ended() -> None:
    expired = clock(new_order(), hours(1))
    for event in (SHIP, CONFIRM, request().model_copy(update={"by": SELLER})):
        assert refused(expired, event, hours(1)).code is Code.ORDER_CLOSED


def test_R2_once_anything_else_was_accepted_the_settled_order_has_just_ended() -> None:
    late = after(clock(new_order(), hours(1)), captured(), at=hours(2))
    assert refused(late, request(), hours(2)).code is Code.DEADLINE_PASSED, "not settled: the window stays named"
    settled = after(late, answered(MoneyState.SUCCEEDED), at=hours(2))
    assert (settled.settled, settled.closed_by) == (True, None)
    assert refused(settled, request(), hours(2)).code is Code.ORDER_CLOSED


def test_an_order_that_a_party_has_ended_names_no_deadline() -> None:
    cancelled = after(new_order(), request(), at=minutes(1))
    assert refused(cancelled, request(), hours(1)).code is Code.ORDER_CLOSED


def test_a_settled_order_still_judges_what_the_platform_says_of_its_money() -> None:
    paid_out = after(releasing(), answered(MoneyState.SUCCEEDED, record_id="A-1001-release-1"), at=days(3))
    paid_back = after(refunding(), answered(MoneyState.SUCCEEDED), at=days(3))
    assert (paid_out.settled, paid_back.settled) == (True, True)
    assert refused(paid_back, by_hand(), days(3)).code is Code.NOT_ALLOWED_NOW
    assert refused(paid_out, by_hand(), days(3)).code is Code.INVALID
    assert refused(paid_out, captured_by_hand(), days(3)).code is Code.INVALID
    assert refused(paid_out, paid_by_hand(), days(3)).code is Code.NOT_ALLOWED_NOW
    conflict = SettlePaymentConflict(by=PLATFORM, payment_id="p-1", amount=1, note="ours")
    assert refused(paid_back, conflict, days(3)).code is not Code.ORDER_CLOSED
    for event in (by_hand(), captured_by_hand(), conflict):
        theirs = event.model_copy(update={"by": SELLER})
        assert refused(paid_back, theirs, days(3)).code is Code.ORDER_CLOSED


def test_a_settled_order_takes_an_acknowledgement_only_while_something_needs_attention() -> None:
    paid_back = after(refunding(), answered(MoneyState.SUCCEEDED), at=days(3))
    assert refused(paid_back, acknowledge(REFUND_1), days(3)).code is Code.ORDER_CLOSED
    contradicted = after(paid_back, captured(1), at=days(3))
    assert contradicted.settled
    assert after(contradicted, acknowledge("p-1"), at=days(3)).settled


def test_protection_that_has_ended_is_named_while_the_seller_is_being_paid() -> None:
    completed = clock(delivered(), days(30))
    assert completed.stage is Stage.COMPLETED
    assert refused(completed, CONFIRM, days(30)).code is Code.DEADLINE_PASSED
