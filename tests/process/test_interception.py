"""Interception: the corners of R13. How one succeeds, comes too late, and its limit: `test_way_back`."""

from datetime import timedelta
from typing import Final, Literal

import pytest

from tests.process.later_orders import (
    FAILED,
    INTERCEPT,
    LOST,
    REFUSED,
    RETURNED,
    WITHDRAW_DISPUTE,
    accept,
    decide,
    disputed,
    exchanging,
    money_of,
    offer,
    open_dispute,
    receive,
)
from tests.process.orders import (
    BUYER,
    CONFIRM,
    DELIVERED,
    PLATFORM,
    TOTAL,
    after,
    clock,
    days,
    delivered,
    due,
    hours,
    notices,
    paid,
    refused,
    releasing,
    shipped,
    taken,
)
from workflows.messages.base import Message
from workflows.messages.parcels import AnswerInterception, CarrierFact
from workflows.messages.refusal import Code
from workflows.messages.values import CancellationReason, ClosingReason, DeadlineKind, Party, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Inspection, Resolution
from workflows.process.state.order import Order

SELLER: Final = Party(role=Role.SELLER, id="s-3")
LATE: Final = hours(2) + timedelta(days=10)
"""When the promise of an order passes whose `deliver_within` is ten days."""


def answer(said: Literal["trying", "refused"]) -> AnswerInterception:
    return AnswerInterception(by=SELLER, answer=said)


def outcome_of(order: Order) -> str:
    assert order.interception
    return order.interception.outcome


def intercepted(**terms: object) -> Order:
    """Back at the seller a day after its start, stopped on its way."""
    return after(shipped(**terms), INTERCEPT, RETURNED, at=days(1))


def test_R13_the_seller_is_asked_and_the_buyer_is_answered_and_nothing_else_changes() -> None:
    order = shipped()
    asked = taken(order, INTERCEPT, hours(3))
    assert [notice.role for notice in notices(asked)] == [Role.SELLER]
    assert (asked.order.stage, asked.order.deadlines) == (order.stage, order.deadlines)
    for said in ("trying", "refused"):
        told = taken(asked.order, answer(said), hours(4))
        assert [notice.role for notice in notices(told)] == [Role.BUYER]
        assert (told.order.stage, told.order.deadlines) == (order.stage, order.deadlines)


def test_R13_whoever_tries_may_still_give_up_and_whoever_refused_is_not_asked_again_by_the_same_request() -> None:
    order = after(shipped(), INTERCEPT, answer("trying"), answer("refused"), at=hours(3))
    assert outcome_of(order) == "refused"
    assert refused(order, answer("trying"), hours(4)).code is Code.NOTHING_OPEN
    assert outcome_of(after(order, INTERCEPT, at=hours(4))) == "open"


def test_R13_what_the_seller_refused_does_not_succeed_when_the_parcel_comes_back_all_the_same() -> None:
    order = after(shipped(), INTERCEPT, answer("refused"), RETURNED, at=days(1))
    assert outcome_of(order) == "refused"
    inspected = after(order, receive(), at=days(2))
    assert (inspected.stage, money_of(inspected)) == (Stage.RETURNED_TO_SELLER, (0, 0, 0, TOTAL))


def test_R13_it_succeeds_also_when_the_seller_had_not_answered() -> None:
    assert outcome_of(intercepted()) == "succeeded"


@pytest.mark.parametrize("fact", [REFUSED, FAILED], ids=lambda fact: fact.name)
def test_R13_stopped_at_the_door_is_too_late_and_its_way_back_refunds_nothing_by_itself(fact: CarrierFact) -> None:
    order = after(shipped(), INTERCEPT, answer("trying"), fact, RETURNED, at=days(1))
    assert outcome_of(order) == "too_late"
    inspected = after(order, receive(), at=days(2))
    assert (inspected.stage, money_of(inspected)) == (Stage.RETURNED_TO_SELLER, (0, 0, 0, TOTAL))


def test_R13_deliver_by_is_no_way_out_of_shipped_and_the_request_stays_open() -> None:
    order = after(shipped(deliver_within="P10D"), INTERCEPT, at=days(1))
    late = clock(order, LATE)
    assert outcome_of(late) == "open"
    stopped = after(late, RETURNED, at=days(12))
    assert outcome_of(stopped) == "succeeded"
    assert after(stopped, receive(), at=days(12)).reason is CancellationReason.INTERCEPTED


def test_R13_a_parcel_that_is_late_may_still_be_stopped() -> None:
    late = clock(shipped(deliver_within="P10D"), LATE)
    assert outcome_of(after(late, INTERCEPT, at=LATE)) == "open"
    assert outcome_of(after(shipped(), LOST, INTERCEPT, at=days(1))) == "open"


@pytest.mark.parametrize(
    "events",
    [
        (CONFIRM,),
        (offer(Resolution.FULL_REFUND), accept()),
        (open_dispute(DisputeReason.OTHER, by=PLATFORM, evidence=()),),
    ],
    ids=["confirmed", "agreed", "disputed"],
)
def test_R13_every_other_way_out_of_shipped_ends_it(events: tuple[Message, ...]) -> None:
    order = after(shipped(), INTERCEPT, *events, at=days(1))
    assert order.stage is not Stage.SHIPPED
    assert outcome_of(order) == "ended"


def test_R13_the_end_of_protection_ends_it_too() -> None:
    order = after(shipped(deliver_within="P10D", protect_for="P1D"), INTERCEPT, at=days(1))
    ended = clock(order, LATE + timedelta(days=1))
    assert (ended.stage, outcome_of(ended)) == (Stage.COMPLETED, "ended")


def test_R13_an_ended_one_does_not_revive_when_the_parcel_comes_back_during_a_dispute() -> None:
    never_came = open_dispute(DisputeReason.NOT_RECEIVED, evidence=())
    order = after(clock(shipped(deliver_within="P10D"), LATE), INTERCEPT, never_came, RETURNED, at=days(11))
    assert outcome_of(order) == "ended"
    inspected = after(order, WITHDRAW_DISPUTE, receive(), at=days(12))
    assert (inspected.stage, money_of(inspected)) == (Stage.RETURNED_TO_SELLER, (0, 0, 0, TOTAL))


def test_R13_it_is_asked_for_on_the_way_only_by_the_buyer_and_answered_by_the_seller() -> None:
    for order, at in ((paid(), hours(1)), (delivered(), days(2)), (disputed(), days(3)), (exchanging(), days(4))):
        assert refused(order, INTERCEPT, at).code is Code.NOT_ALLOWED_NOW
    assert refused(releasing(), INTERCEPT, days(3)).code is Code.ORDER_CLOSED
    assert refused(shipped(), INTERCEPT.model_copy(update={"by": SELLER}), days(1)).code is Code.WRONG_ROLE
    asked = after(shipped(), INTERCEPT, at=hours(3))
    assert refused(asked, answer("trying").model_copy(update={"by": BUYER}), hours(4)).code is Code.WRONG_ROLE
    assert refused(shipped(), answer("trying"), hours(4)).code is Code.NOTHING_OPEN


def test_R13_an_intercepted_parcel_is_inspected_by_a_deadline_and_nothing_moves_before() -> None:
    order = intercepted(inspect_within="PT48H")
    assert due(order, DeadlineKind.INSPECT_BY) == days(3)
    assert money_of(clock(order, days(3) - timedelta(seconds=1))) == (0, 0, 0, TOTAL)


@pytest.mark.parametrize("found", [found for found in Inspection if found is not Inspection.AS_AGREED])
def test_R13_R14_each_other_result_is_a_dispute_that_ends_in_money(found: Inspection) -> None:
    order = after(intercepted(), receive(found), at=days(2))
    assert (order.stage, money_of(order)) == (Stage.DISPUTED, (0, 0, 0, TOTAL))
    for outcome in (Resolution.RETURN_AND_REFUND, Resolution.EXCHANGE):
        assert refused(order, decide(outcome), days(3)).code is Code.INVALID
    closed = after(order, decide(Resolution.FULL_REFUND), at=days(3))
    assert (closed.stage, closed.reason) == (Stage.REFUNDED, ClosingReason.DECISION)


def test_R13_a_dispute_before_the_inspection_that_is_withdrawn_leaves_the_interception_as_it_was() -> None:
    order = after(intercepted(), open_dispute(DisputeReason.RETURNED_NOT_REFUNDED), at=days(1))
    back = after(order, WITHDRAW_DISPUTE, at=days(2))
    assert (back.stage, outcome_of(back)) == (Stage.RETURNED_TO_SELLER, "succeeded")
    assert after(back, receive(), at=days(2)).reason is CancellationReason.INTERCEPTED


def test_R13_what_went_back_before_stays_back_and_the_rest_follows() -> None:
    part = after(shipped(), offer(Resolution.PARTIAL_REFUND, 500), accept(), INTERCEPT, at=hours(3))
    closed = after(part, RETURNED, receive(), at=days(1))
    assert (closed.stage, closed.reason) == (Stage.CANCELLED, CancellationReason.INTERCEPTED)
    assert money_of(closed) == (TOTAL, 0, 0, 0)
    assert [refund.amount for refund in closed.refunds] == [500, TOTAL - 500]


def test_R13_delivered_all_the_same_the_order_is_delivered_as_any_other() -> None:
    order = after(shipped(protect_for="P15D"), INTERCEPT, DELIVERED, at=days(1))
    assert (order.stage, due(order, DeadlineKind.PROTECTED_UNTIL)) == (Stage.DELIVERED, days(16))


def test_an_answer_that_was_given_is_not_given_again() -> None:
    seller = Party(role=Role.SELLER, id="s-3")
    trying = AnswerInterception(by=seller, answer="trying")
    order = after(shipped(), INTERCEPT, trying, at=hours(3))
    assert refused(order, trying, hours(3)).code is Code.ALREADY_OPEN
    assert taken(order, AnswerInterception(by=seller, answer="refused"), hours(3)).answer.applied
