"""Goods that go back after a decision or an agreement: the corners of R18. The way it should go: `test_decisions`."""

from typing import Final

import pytest

from tests.process.later_orders import (
    RETURN_ARRIVED,
    SHIP_RETURN,
    accept,
    decide,
    dispute_of,
    money_of,
    offer,
    open_dispute,
    receive,
    returning,
)
from tests.process.orders import (
    BUYER,
    CARRIER,
    CONFIRM,
    DELIVERED,
    PLATFORM,
    SECOND,
    SELLER,
    TOTAL,
    after,
    clock,
    days,
    delivered,
    due,
    move,
    recorded,
    refused,
    request,
    rows,
    shipped,
    taken,
)
from workflows.messages.parcels import (
    CarrierFact,
    DeliveryFailed,
    DeliveryRefused,
    ParcelLost,
    ParcelReturned,
    ShipReturn,
)
from workflows.messages.refusal import Code
from workflows.messages.values import ClosingReason, DeadlineKind, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Inspection, Phase, Resolution
from workflows.process.state.order import Order
from workflows.process.telling.view import waiting_on

RETURN_BACK: Final = ParcelReturned(by=CARRIER, tracking="R-1")
RETURN_LOST: Final = ParcelLost(by=CARRIER, tracking="R-1")
TERMS: Final = {"return_ship_within": "P10D", "return_within": "P30D", "inspect_within": "PT48H"}


def sent() -> Order:
    """Asked back four days after the start, and sent back a day later."""
    return after(returning(**TERMS), SHIP_RETURN, at=days(5))


def test_R18_sent_back_a_second_before_return_ship_by_and_not_at_it() -> None:
    order = returning(**TERMS)
    assert after(order, SHIP_RETURN, at=days(14) - SECOND).stage is Stage.RETURNING_GOODS
    refusal = refused(order, SHIP_RETURN, days(14))
    assert refusal.code is Code.DEADLINE_PASSED
    assert "the time to send the goods back ended on Mon 16 Mar 2026, 12:00 UTC" in refusal.message


def test_R18_the_goods_travel_with_one_clock_at_a_time() -> None:
    order = returning(**TERMS)
    assert [d.kind for d in order.deadlines] == [DeadlineKind.RETURN_SHIP_BY]
    order = after(order, SHIP_RETURN, at=days(5))
    assert [(d.kind, d.at) for d in order.deadlines] == [(DeadlineKind.RETURN_BY, days(35))]
    order = after(order, RETURN_ARRIVED, at=days(6))
    assert [(d.kind, d.at) for d in order.deadlines] == [(DeadlineKind.INSPECT_BY, days(8))]
    assert [d.kind for d in after(order, receive(), at=days(7)).deadlines] == []


@pytest.mark.parametrize("arrival", [RETURN_ARRIVED, RETURN_BACK], ids=lambda fact: fact.name)
def test_R18_with_the_returns_tracking_both_mean_that_it_is_back(arrival: CarrierFact) -> None:
    order = after(sent(), arrival, at=days(6))
    assert (order.stage, waiting_on(order)) == (Stage.RETURNING_GOODS, Role.SELLER)
    assert due(order, DeadlineKind.INSPECT_BY) == days(8)


def test_R18_the_second_word_of_an_arrival_does_not_start_the_inspection_again() -> None:
    order = after(sent(), RETURN_ARRIVED, at=days(6))
    again = after(order, RETURN_BACK, at=days(6.5))
    assert due(again, DeadlineKind.INSPECT_BY) == days(8)
    assert again.goods
    assert again.goods.arrived_at == days(6)


@pytest.mark.parametrize("kind", [DeliveryRefused, DeliveryFailed])
def test_R18_the_rest_is_recorded(kind: type[CarrierFact]) -> None:
    fact = kind(by=CARRIER, tracking="R-1")
    assert "arrival and loss" in recorded(sent(), fact, days(6))


def test_R18_what_the_carrier_says_of_the_first_parcel_is_no_arrival() -> None:
    outcome = taken(sent(), ParcelReturned(by=CARRIER, tracking="T-1"), days(6))
    assert [d.kind for d in outcome.order.deadlines] == [DeadlineKind.RETURN_BY]
    assert outcome.order.goods == sent().goods


def test_R33_an_arrival_before_the_buyer_named_the_tracking_is_taken_when_it_is_named() -> None:
    early = after(returning(**TERMS), RETURN_ARRIVED, at=days(3))
    assert early.goods and not early.goods.arrived_at
    assert due(after(early, SHIP_RETURN, at=days(5)), DeadlineKind.INSPECT_BY) == days(7)


def test_R18_the_seller_may_receive_before_anybody_has_said_a_word() -> None:
    for order in (returning(**TERMS), sent()):
        closed = after(order, receive(), at=days(6))
        assert (closed.stage, closed.reason, money_of(closed)) == (
            Stage.REFUNDED,
            ClosingReason.RETURN_RECEIVED,
            (TOTAL, 0, 0, 0),
        )


def test_R18_inspected_once_and_silence_at_inspect_by_is_as_agreed() -> None:
    arrived = after(sent(), RETURN_ARRIVED, at=days(6))
    assert clock(arrived, days(8) - SECOND).stage is Stage.RETURNING_GOODS
    silent = clock(arrived, days(8))
    assert (silent.stage, silent.reason) == (Stage.REFUNDED, ClosingReason.RETURN_RECEIVED)
    late = refused(silent, receive(Inspection.EMPTY), days(9))
    assert late.code is Code.DEADLINE_PASSED
    assert "the time to inspect what came back ended on Tue 10 Mar 2026, 12:00 UTC" in late.message
    assert refused(after(arrived, receive(), at=days(7)), receive(), days(7)).code is Code.ORDER_CLOSED


@pytest.mark.parametrize("found", [found for found in Inspection if found is not Inspection.AS_AGREED])
def test_R18_R14_any_other_result_is_the_platforms_and_moves_no_money(found: Inspection) -> None:
    order = after(sent(), RETURN_ARRIVED, receive(found), at=days(6))
    dispute = dispute_of(order)
    assert (dispute.phase, dispute.opened_by, dispute.reason, dispute.requested) == (
        Phase.UNDER_REVIEW,
        Role.SYSTEM,
        DisputeReason.RETURNED_NOT_REFUNDED,
        Resolution.FULL_REFUND,
    )
    assert order.goods
    assert order.goods.inspection is found
    assert money_of(order) == (0, 0, 0, TOTAL)


def test_R18_lost_or_late_at_return_by_and_not_a_second_before() -> None:
    assert clock(sent(), days(35) - SECOND).stage is Stage.RETURNING_GOODS
    for order in (clock(sent(), days(35)), after(sent(), RETURN_LOST, at=days(6))):
        assert (order.stage, dispute_of(order).opened_by) == (Stage.DISPUTED, Role.SYSTEM)
        assert due(order, DeadlineKind.RETURN_BY) is None


def test_R18_after_the_loss_the_carriers_word_for_the_goods_ends_nothing() -> None:
    order = after(sent(), RETURN_LOST, at=days(6))
    found = after(order, RETURN_ARRIVED, at=days(6.5))
    assert (found.stage, found.ledger, found.deadlines) == (order.stage, order.ledger, order.deadlines)
    ended = after(order, decide(Resolution.NO_REFUND), at=days(7))
    assert "no longer on their way" in recorded(ended, RETURN_ARRIVED, days(8))


def test_R2_the_seller_who_receives_at_return_by_is_told_of_it() -> None:
    refusal = refused(sent(), receive(), days(35))
    assert refusal.code is Code.DEADLINE_PASSED
    assert "the time for the parcel to come back ended on Mon 6 Apr 2026, 12:00 UTC" in refusal.message


def test_R14_a_failed_return_uses_up_no_dispute_of_the_buyer_and_has_no_limit() -> None:
    order = after(returning(disputes=1), SHIP_RETURN, RETURN_LOST, at=days(5))
    assert (order.stage, order.disputes_of_buyer) == (Stage.DISPUTED, 1)


def test_R16_a_failed_return_nobody_decides_ends_as_requested_in_a_full_refund() -> None:
    order = after(returning(decide_no_later_than="P60D"), SHIP_RETURN, RETURN_LOST, at=days(5))
    assert clock(order, days(65) - SECOND).stage is Stage.DISPUTED
    ended = clock(order, days(65))
    assert (ended.stage, ended.reason) == (Stage.REFUNDED, ClosingReason.UNDECIDED)


def test_R29_the_decision_on_a_failed_return_may_be_appealed_as_the_first_of_its_dispute() -> None:
    order = after(sent(), RETURN_LOST, decide(Resolution.NO_REFUND), at=days(6))
    assert dispute_of(order).phase is Phase.DECIDED


def test_R18_agreed_outside_a_dispute_it_goes_the_same_way() -> None:
    order = after(delivered(**TERMS), offer(Resolution.RETURN_AND_REFUND), accept(), at=days(2))
    assert due(order, DeadlineKind.RETURN_SHIP_BY) == days(12)
    closed = after(order, SHIP_RETURN, RETURN_ARRIVED, receive(), at=days(3))
    assert (closed.stage, closed.reason) == (Stage.REFUNDED, ClosingReason.RETURN_RECEIVED)


def test_R18_asked_back_before_delivery_the_buyer_has_the_whole_time_from_the_delivery() -> None:
    order = after(shipped(**TERMS), offer(Resolution.RETURN_AND_REFUND), accept(), at=days(1))
    arrived = after(order, DELIVERED, at=days(3))
    assert (arrived.stage, due(arrived, DeadlineKind.RETURN_SHIP_BY)) == (Stage.RETURNING_GOODS, days(13))


def test_R18_what_went_back_before_is_not_refunded_twice() -> None:
    part = after(delivered(**TERMS), offer(Resolution.PARTIAL_REFUND, 500), accept(), at=days(1))
    order = after(part, offer(Resolution.RETURN_AND_REFUND), accept(2), at=days(2))
    closed = after(order, receive(), at=days(3))
    assert [refund.amount for refund in closed.refunds] == [500, TOTAL - 500]
    assert closed.stage is Stage.REFUNDED


def test_R24_the_platform_gives_the_buyer_more_time_to_send_it_back() -> None:
    order = after(returning(**TERMS), move(DeadlineKind.RETURN_SHIP_BY, days(20)), at=days(5))
    assert clock(order, days(14)).stage is Stage.RETURNING_GOODS
    assert clock(order, days(20)).stage is Stage.COMPLETED


def test_only_the_buyer_sends_back_and_only_the_seller_receives() -> None:
    for party in (SELLER, PLATFORM):
        wrong = SHIP_RETURN.model_copy(update={"by": party})
        assert refused(returning(), wrong, days(5)).code is Code.WRONG_ROLE
    for party in (BUYER, PLATFORM):
        assert refused(sent(), receive().model_copy(update={"by": party}), days(6)).code is Code.WRONG_ROLE


def test_goods_on_their_way_back_are_not_confirmed_disputed_cancelled_or_bargained_about() -> None:
    for order in (returning(), sent()):
        for event in (CONFIRM, open_dispute(), offer(Resolution.VOUCHER, 1)):
            assert refused(order, event, days(6)).code is Code.NOT_ALLOWED_NOW
        assert refused(order, request(), days(6)).code is Code.ALREADY_SHIPPED


def test_sent_back_is_told_to_the_seller_and_stands_in_the_timeline() -> None:
    outcome = taken(returning(), SHIP_RETURN, days(5))
    assert "R-1" in rows(outcome)[-1].summary
    second = ShipReturn(by=BUYER, carrier="post", tracking="R-2")
    refusal = refused(outcome.order, second, days(6))
    assert refusal.code is Code.ALREADY_OPEN
    assert "R-1" in refusal.message


def test_R18_goods_that_have_arrived_cannot_get_lost_any_more() -> None:
    arrived = after(sent(), RETURN_ARRIVED, at=days(6))
    order = after(arrived, RETURN_LOST, at=days(6))
    assert (order.stage, order.deadlines) == (Stage.RETURNING_GOODS, arrived.deadlines)
