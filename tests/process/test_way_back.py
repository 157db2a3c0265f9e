"""Chapters 4 and 5: the parcel's record, interception, refused and failed deliveries, the way back (R12, R13)."""

import pytest

from tests.process.later_orders import (
    FAILED,
    INTERCEPT,
    LOST,
    REFUSED,
    RETURNED,
    accept,
    back,
    dispute_of,
    disputed,
    going_back,
    money_of,
    offer,
    open_dispute,
    receive,
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
    calls,
    clock,
    days,
    delivered,
    due,
    hours,
    notices,
    paid,
    recorded,
    refused,
    releasing,
    shipped,
    taken,
)
from workflows.messages.parcels import (
    AnswerInterception,
    CarrierFact,
    CorrectTracking,
    ParcelDelivered,
    ParcelReturned,
    Ship,
)
from workflows.messages.refusal import Code
from workflows.messages.values import CancellationReason, ClosingReason, DeadlineKind, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Inspection, Phase, Resolution
from workflows.process.state.order import Order
from workflows.process.story.interception import MAX_INTERCEPTIONS
from workflows.process.telling.view import order_label, waiting_on

TRYING = AnswerInterception(by=SELLER, answer="trying")
NO = AnswerInterception(by=SELLER, answer="refused")


@pytest.mark.parametrize(("fact", "label"), [(REFUSED, "Delivery Refused"), (FAILED, "Delivery Failed")])
def test_R12_a_refused_or_failed_delivery_goes_back_and_refunds_nothing(fact: CarrierFact, label: str) -> None:
    outcome = taken(shipped(return_within="P30D"), fact, days(1))
    order = outcome.order
    assert (order.stage, order_label(order), waiting_on(order)) == (
        Stage.RETURNING_TO_SELLER,
        label,
        Role.CARRIER,
    )
    assert due(order, DeadlineKind.RETURN_BY) == days(31)
    assert due(order, DeadlineKind.DELIVER_BY) is None
    assert money_of(order) == (0, 0, 0, TOTAL)
    assert calls(outcome) == ()


@pytest.mark.parametrize(
    ("order", "fact", "stage"),
    [
        (shipped(), RETURNED, Stage.RETURNED_TO_SELLER),
        (going_back(), RETURNED, Stage.RETURNED_TO_SELLER),
        (going_back(), DELIVERED, Stage.DELIVERED),
        (going_back(), LOST, Stage.LOST_IN_RETURN),
        (after(going_back(), LOST, at=days(2)), RETURNED, Stage.RETURNED_TO_SELLER),
    ],
)
def test_R12_a_carrier_fact_moves_the_order_where_the_parcel_goes(
    order: Order, fact: CarrierFact, stage: Stage
) -> None:
    moved = after(order, fact, at=days(3))
    assert moved.stage is stage
    assert moved.parcel
    assert moved.parcel.where is stage
    assert money_of(moved) == (0, 0, 0, TOTAL)


@pytest.mark.parametrize(
    ("order", "fact"),
    [(delivered(), REFUSED), (delivered(), LOST), (back(), DELIVERED), (back(), LOST), (going_back(), FAILED)],
)
def test_R12_every_other_fact_is_kept_with_the_parcel_and_moves_nothing(order: Order, fact: CarrierFact) -> None:
    outcome = taken(order, fact, days(3))
    assert outcome.answer.applied
    assert outcome.order.stage is order.stage
    assert [d.at for d in outcome.order.deadlines] == [d.at for d in order.deadlines]
    assert "duplicate" in recorded(outcome.order, fact, days(3))


def test_R12_lost_on_the_way_is_the_end_of_the_promise() -> None:
    order = after(shipped(protect_for="P15D"), LOST, at=days(1))
    assert (order.stage, waiting_on(order)) == (Stage.SHIPPED, Role.BUYER)
    assert due(order, DeadlineKind.DELIVER_BY) is None
    assert due(order, DeadlineKind.PROTECTED_UNTIL) == days(16)


def test_R12_after_the_end_a_fact_is_only_recorded() -> None:
    assert "has ended" in recorded(releasing(), RETURNED, days(3))


def test_R12_in_a_dispute_facts_are_shown_and_end_nothing() -> None:
    order = after(disputed(), ParcelReturned(by=CARRIER, tracking="T-1"), at=days(3))
    assert (order.stage, dispute_of(order).phase) == (Stage.DISPUTED, Phase.OPEN)
    assert order.parcel
    assert order.parcel.facts[-1] == "parcel_returned"


def test_R12_a_parcel_that_does_not_come_back_in_time_is_lost_on_the_way_back() -> None:
    order = clock(going_back(return_within="P30D", protect_for="P15D"), days(31))
    assert (order.stage, waiting_on(order)) == (Stage.LOST_IN_RETURN, Role.BUYER)
    assert due(order, DeadlineKind.PROTECTED_UNTIL) == days(46)
    assert order.parcel
    assert order.parcel.where is Stage.LOST_IN_RETURN


@pytest.mark.parametrize(
    ("term", "stage", "money"),
    [("no_refund", Stage.COMPLETED, (0, 0, TOTAL, 0)), ("full_refund", Stage.REFUNDED, (TOTAL, 0, 0, 0))],
)
def test_R12_lost_on_the_way_back_ends_as_the_terms_say_and_not_before(
    term: str, stage: Stage, money: tuple[int, ...]
) -> None:
    lost = after(going_back(protect_for="P15D", on_lost_return=term), LOST, at=days(2))
    assert clock(lost, days(17) - SECOND).stage is Stage.LOST_IN_RETURN
    ended = clock(lost, days(17))
    assert (ended.stage, ended.reason) == (stage, ClosingReason.LOST_IN_RETURN)
    assert money_of(ended) == money


def test_R12_back_at_the_seller_the_inspection_starts_protection_and_moves_no_money() -> None:
    order = back(inspect_within="PT48H", protect_for="P15D")
    assert (waiting_on(order), due(order, DeadlineKind.INSPECT_BY)) == (Role.SELLER, days(4))
    inspected = after(order, receive(Inspection.DAMAGED), at=days(3))
    assert (inspected.stage, waiting_on(inspected)) == (Stage.RETURNED_TO_SELLER, Role.BUYER)
    assert due(inspected, DeadlineKind.PROTECTED_UNTIL) == days(18)
    assert money_of(inspected) == (0, 0, 0, TOTAL)
    assert refused(inspected, receive(), days(4)).code == Code.NOTHING_OPEN
    ended = clock(inspected, days(18))
    assert (ended.stage, ended.reason) == (Stage.COMPLETED, ClosingReason.NOT_CONTESTED)


def test_R12_silence_at_inspect_by_counts_as_agreed_and_still_refunds_nothing() -> None:
    order = clock(back(inspect_within="PT48H", protect_for="P15D"), days(4))
    assert order.parcel
    assert order.parcel.inspection is Inspection.AS_AGREED
    assert due(order, DeadlineKind.PROTECTED_UNTIL) == days(19)
    late = refused(order, receive(), days(5))
    assert (late.code, "the time to inspect what came back ended on" in late.message) == (Code.DEADLINE_PASSED, True)


def test_R12_received_while_still_returning_is_arrival_and_inspection_in_one() -> None:
    order = after(going_back(), receive(), at=days(2))
    assert order.stage is Stage.RETURNED_TO_SELLER
    assert due(order, DeadlineKind.INSPECT_BY) is None
    assert due(order, DeadlineKind.PROTECTED_UNTIL)


def test_R12_nothing_to_receive_is_refused() -> None:
    for order in (paid(), shipped(), delivered()):
        assert refused(order, receive(), days(2)).code == Code.NOTHING_OPEN


def test_tracking_is_corrected_until_the_carrier_has_spoken_and_names_one_parcel() -> None:
    right = CorrectTracking(by=SELLER, carrier="post", tracking="T-2")
    order = after(shipped(), right, at=hours(3))
    assert order.parcel
    assert (order.parcel.tracking, order.trackings) == ("T-2", ("T-1", "T-2"))
    assert "T-2" in recorded(order, DELIVERED, days(1))
    back_again = refused(order, CorrectTracking(by=SELLER, carrier="post", tracking="T-1"), hours(4))
    assert (back_again.code, back_again.fields) == (Code.INVALID, ("tracking",))
    spoken = after(order, ParcelDelivered(by=CARRIER, tracking="T-2"), at=days(1))
    assert refused(spoken, CorrectTracking(by=SELLER, carrier="post", tracking="T-3"), days(2)).code == (
        Code.NOT_ALLOWED_NOW
    )


def test_R13_an_intercepted_parcel_that_is_back_as_agreed_is_cancelled_and_refunded() -> None:
    order = after(shipped(), INTERCEPT, TRYING, at=hours(3))
    assert order.interception
    assert order.interception.outcome == "trying"
    order = after(order, RETURNED, at=days(1))
    assert order.interception
    assert (order.stage, order.interception.outcome) == (Stage.RETURNED_TO_SELLER, "succeeded")
    outcome = taken(order, receive(), days(2))
    assert (outcome.order.stage, outcome.order.reason) == (Stage.CANCELLED, CancellationReason.INTERCEPTED)
    assert (outcome.order.fault, order_label(outcome.order)) == (Role.BUYER, "Cancellation Approved")
    assert [call.amount for call in calls(outcome)] == [TOTAL]


def test_R13_silence_after_an_interception_cancels_too() -> None:
    order = after(shipped(inspect_within="PT48H"), INTERCEPT, RETURNED, at=days(1))
    ended = clock(order, days(3))
    assert (ended.stage, money_of(ended)) == (Stage.CANCELLED, (TOTAL, 0, 0, 0))


def test_R13_anything_but_as_agreed_is_for_the_platform_without_anybody_asking() -> None:
    order = after(shipped(), INTERCEPT, RETURNED, at=days(1))
    outcome = taken(order, receive(Inspection.EMPTY), days(2))
    dispute = dispute_of(outcome.order)
    assert (outcome.order.stage, dispute.phase, dispute.opened_by) == (Stage.DISPUTED, Phase.UNDER_REVIEW, Role.SYSTEM)
    assert (dispute.reason, dispute.requested) == (DisputeReason.RETURNED_NOT_REFUNDED, Resolution.FULL_REFUND)
    assert {notice.role for notice in notices(outcome)} == {Role.BUYER, Role.SELLER, Role.PLATFORM}


@pytest.mark.parametrize("fact", [DELIVERED, REFUSED, FAILED, LOST])
def test_R13_any_other_fact_settles_an_interception_as_too_late(fact: CarrierFact) -> None:
    order = after(shipped(), INTERCEPT, fact, at=days(1))
    assert order.interception
    assert order.interception.outcome == "too_late"
    assert refused(order, TRYING, days(2)).code == Code.NOTHING_OPEN


def test_R13_any_other_way_out_of_shipped_ends_an_interception() -> None:
    order = after(shipped(), INTERCEPT, CONFIRM, at=days(1))
    assert order.interception
    assert order.interception.outcome == "ended"


def test_R13_one_interception_at_a_time_and_no_more_than_the_limit() -> None:
    order = shipped()
    for _ in range(MAX_INTERCEPTIONS):
        order = after(order, INTERCEPT, at=hours(3))
        assert refused(order, INTERCEPT, hours(3)).code == Code.ALREADY_OPEN
        order = after(order, NO, at=hours(3))
    assert refused(order, INTERCEPT, hours(3)).code == Code.LIMIT_REACHED


def test_R17_a_return_agreed_before_delivery_is_refunded_when_it_is_back_as_agreed() -> None:
    order = after(shipped(), offer(Resolution.RETURN_AND_REFUND), accept(), at=hours(3))
    assert (order.stage, order.return_agreed) == (Stage.SHIPPED, True)
    order = after(order, REFUSED, RETURNED, at=days(1))
    ended = after(order, receive(), at=days(2))
    assert (ended.stage, ended.reason) == (Stage.REFUNDED, ClosingReason.RETURN_RECEIVED)
    damaged = after(order, receive(Inspection.DAMAGED), at=days(2))
    assert (damaged.stage, money_of(damaged)) == (Stage.RETURNED_TO_SELLER, (0, 0, 0, TOTAL))


def test_R17_a_return_agreed_before_delivery_is_asked_for_when_it_is_delivered() -> None:
    order = after(shipped(), offer(Resolution.RETURN_AND_REFUND, by=BUYER), accept(by=SELLER), at=hours(3))
    arrived = after(order, DELIVERED, at=days(1))
    assert (arrived.stage, waiting_on(arrived)) == (Stage.RETURNING_GOODS, Role.BUYER)
    confirmed = after(order, CONFIRM, at=days(1))
    assert (confirmed.stage, confirmed.reason) == (Stage.COMPLETED, ClosingReason.CONFIRMED)


def test_the_platform_may_open_a_dispute_while_a_parcel_goes_back_and_the_buyer_may_not() -> None:
    other = open_dispute(DisputeReason.OTHER)
    assert refused(going_back(), other, days(2)).code == Code.NOT_ALLOWED_NOW
    order = after(going_back(), open_dispute(DisputeReason.OTHER, evidence=(), by=PLATFORM), at=days(2))
    assert dispute_of(order).phase is Phase.UNDER_REVIEW


def test_a_second_shipment_is_still_refused() -> None:
    assert refused(going_back(), Ship(by=SELLER, carrier="post", tracking="T-5"), days(2)).code == Code.NOT_ALLOWED_NOW


def test_R13_what_was_stopped_is_cancelled_although_its_return_was_agreed_on_too() -> None:
    agreed = after(shipped(), INTERCEPT, offer(Resolution.RETURN_AND_REFUND), accept(), at=hours(3))
    order = after(agreed, RETURNED, receive(), at=days(2))
    assert (order.stage, order.reason) == (Stage.CANCELLED, CancellationReason.INTERCEPTED)
