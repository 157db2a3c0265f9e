"""Chapter 2: the seller ships in the processing time, or loses the order (R2, R10, R24)."""

from datetime import timedelta

from tests.process.orders import (
    APPROVE,
    CONFIRM,
    SECOND,
    SHIP,
    TOTAL,
    WITHDRAW,
    after,
    asked,
    clock,
    days,
    delivered,
    due,
    hours,
    minutes,
    move,
    new_order,
    notices,
    paid,
    refunding,
    refused,
    releasing,
    request,
    shipped,
    taken,
)
from workflows.messages.parcels import Ship
from workflows.messages.refusal import Code
from workflows.messages.values import CancellationReason, DeadlineKind, Role, Stage
from workflows.process.state.counting import Counted

MARCH_11 = days(9) + timedelta(minutes=1)
"""Seven business days after the payment, a minute after noon on Monday the second."""


def test_the_processing_time_is_counted_in_business_days_and_says_so() -> None:
    deadline = paid().deadlines[0]
    assert (deadline.at, deadline.party) == (MARCH_11, Role.SELLER)
    assert deadline.counted == Counted(7, weekdays=(5, 6))


def test_shipping_promises_delivery_and_ends_the_processing_time() -> None:
    outcome = taken(paid(deliver_within="P60D"), SHIP, hours(2))
    order = outcome.order
    assert (order.stage, due(order, DeadlineKind.DELIVER_BY)) == (Stage.SHIPPED, hours(2) + timedelta(days=60))
    assert len(order.deadlines) == 1
    assert [n.role for n in notices(outcome)] == [Role.BUYER]


def test_the_seller_may_promise_an_earlier_delivery_and_no_later_one() -> None:
    def promise(at: object) -> Ship:
        return SHIP.model_copy(update={"deliver_by": at})

    order, last = paid(deliver_within="P10D"), hours(2) + timedelta(days=10)
    assert due(after(order, promise(last), at=hours(2)), DeadlineKind.DELIVER_BY) == last
    assert due(after(order, promise(hours(2) + SECOND), at=hours(2)), DeadlineKind.DELIVER_BY) == hours(2) + SECOND
    for wrong in (hours(2), hours(1), last + SECOND):
        refusal = refused(order, promise(wrong), hours(2))
        assert (refusal.code, refusal.fields) == (Code.INVALID, ("deliver_by",))


def test_R2_a_shipment_at_ship_by_finds_the_order_cancelled() -> None:
    assert after(paid(), SHIP, at=MARCH_11 - SECOND).stage is Stage.SHIPPED
    refusal = refused(paid(), SHIP, MARCH_11)
    assert refusal.code is Code.DEADLINE_PASSED
    assert "the time to ship ended on Wed 11 Mar 2026, 12:01 UTC" in refusal.message


def test_a_seller_who_misses_ship_by_loses_the_order_and_the_buyer_gets_everything_back() -> None:
    order = clock(paid(), MARCH_11)
    assert (order.stage, order.reason, order.fault) == (
        Stage.CANCELLED,
        CancellationReason.PROCESSING_TIME_MISSED,
        Role.SELLER,
    )
    assert order.ledger.refunding == TOTAL
    assert order.refunds[0].requested_at == MARCH_11


def test_R2_a_refused_update_at_a_passed_deadline_leaves_even_the_deadline_to_the_clock() -> None:
    order = paid()
    refused(order, SHIP, MARCH_11)
    assert order == paid()
    assert due(order, DeadlineKind.SHIP_BY) == MARCH_11


def test_a_second_shipment_is_refused() -> None:
    for order in (shipped(), delivered()):
        assert refused(order, SHIP, days(1)).code is Code.NOT_ALLOWED_NOW


def test_nobody_ships_a_closed_order() -> None:
    assert refused(refunding(), SHIP, hours(4)).code is Code.ORDER_CLOSED
    assert refused(releasing(), SHIP, days(3)).code is Code.ORDER_CLOSED


def test_the_buyer_cannot_ship() -> None:
    assert refused(paid(), SHIP.model_copy(update={"by": request().by}), hours(1)).code is Code.WRONG_ROLE


def test_there_is_nothing_to_answer_or_withdraw_or_confirm_before_shipment() -> None:
    assert refused(paid(), APPROVE, hours(1)).code is Code.NOTHING_OPEN
    assert refused(paid(), WITHDRAW, hours(1)).code is Code.NOTHING_OPEN
    assert refused(paid(), CONFIRM, hours(1)).code is Code.NOT_ALLOWED_NOW
    assert refused(asked(), CONFIRM, hours(2)).code is Code.NOT_ALLOWED_NOW


def test_a_moved_ship_by_counts() -> None:
    order = after(paid(), move(DeadlineKind.SHIP_BY, days(20)), at=hours(1))
    assert clock(order, days(19)).stage is Stage.AWAITING_SHIPMENT
    assert clock(order, days(20)).stage is Stage.CANCELLED


def test_R2_one_late_wake_settles_a_chain_of_deadlines_each_at_its_own_instant() -> None:
    order = paid(ship_within="PT2H", on_missed_shipment="remind", ship_no_later_than="PT3H")
    late = clock(order, days(300))
    assert late.refunds[0].requested_at == minutes(1) + timedelta(hours=5)
    assert [(p.kind, p.at) for p in late.passed] == [(DeadlineKind.SHIP_NO_LATER_THAN, minutes(301))]


def test_an_order_never_paid_is_never_shipped() -> None:
    assert refused(clock(new_order(), hours(1)), SHIP, hours(1)).code is Code.ORDER_CLOSED
