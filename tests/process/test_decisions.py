"""Chapter 7, decision: every outcome, appeal, return, exchange, and the money in them (R18 to R20, R29, R31)."""

import pytest

from tests.process.later_orders import (
    AGREE,
    CONTEST,
    RETURN_ARRIVED,
    SHIP_REPLACEMENT,
    SHIP_RETURN,
    accept,
    appeal,
    ask,
    back,
    decide,
    decided,
    dispute_of,
    disputed,
    exchanging,
    item,
    money_of,
    offer,
    open_dispute,
    receive,
    returning,
    reviewed,
)
from tests.process.orders import (
    BUYER,
    CARRIER,
    CONFIRM,
    DELIVERED,
    REFUND_1,
    REFUND_2,
    SECOND,
    SHIP,
    TOTAL,
    after,
    answered,
    calls,
    clock,
    days,
    delivered,
    due,
    notices,
    recorded,
    refused,
    release,
    taken,
)
from workflows.messages.parcels import ParcelDelivered, ParcelLost, ShipReturn
from workflows.messages.refusal import Code
from workflows.messages.values import ClosingReason, DeadlineKind, MoneyState, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Inspection, Phase, Resolution
from workflows.process.dispute.evidence import digest_of_evidence
from workflows.process.state.order import Order
from workflows.process.telling.view import order_label, waiting_on

FULL, PARTIAL, NONE = Resolution.FULL_REFUND, Resolution.PARTIAL_REFUND, Resolution.NO_REFUND
RETURN, EXCHANGE = Resolution.RETURN_AND_REFUND, Resolution.EXCHANGE
PART = 1_000


def test_R29_a_full_refund_takes_effect_at_once() -> None:
    outcome = taken(reviewed(), decide(FULL), days(4))
    assert (outcome.order.stage, outcome.order.reason) == (Stage.REFUNDED, ClosingReason.DECISION)
    assert (money_of(outcome.order), dispute_of(outcome.order).phase) == ((TOTAL, 0, 0, 0), Phase.ENDED)
    assert [call.amount for call in calls(outcome)] == [TOTAL]


@pytest.mark.parametrize(
    ("outcome", "amount", "money"), [(PARTIAL, PART, (PART, 0, 0, TOTAL - PART)), (NONE, None, (0, 0, 0, TOTAL))]
)
def test_R29_after_a_partial_or_no_refund_the_rest_stays_held_until_appeal_by(
    outcome: Resolution, amount: int | None, money: tuple[int, ...]
) -> None:
    order = decided(outcome, amount, appeal_within="P3D")
    assert (order_label(order), waiting_on(order), due(order, DeadlineKind.APPEAL_BY)) == ("Decided", "nobody", days(7))
    assert money_of(order) == money
    assert clock(order, days(7) - SECOND).stage is Stage.DISPUTED
    closed = clock(order, days(7))
    assert closed.reason is ClosingReason.DECISION
    assert closed.stage is (Stage.PARTIALLY_REFUNDED if amount else Stage.COMPLETED)
    assert release(closed).amount == TOTAL - (amount or 0)


def test_R29_without_appeals_a_decision_closes_at_once() -> None:
    order = decided(PARTIAL, PART, appeal_within="PT0S")
    assert (order.stage, money_of(order)) == (Stage.PARTIALLY_REFUNDED, (PART, 0, TOTAL - PART, 0))


def test_R29_an_agreement_and_a_default_cannot_be_appealed() -> None:
    order = after(disputed(), offer(PARTIAL, PART), accept(), at=days(3))
    assert (order.stage, order.reason) == (Stage.PARTIALLY_REFUNDED, ClosingReason.AGREEMENT)
    assert refused(order, appeal(), days(3)).code == Code.ORDER_CLOSED


@pytest.mark.parametrize(
    ("first", "amount", "second", "more", "stage", "money"),
    [
        (NONE, None, FULL, None, Stage.REFUNDED, (TOTAL, 0, 0, 0)),
        (NONE, None, PARTIAL, PART, Stage.PARTIALLY_REFUNDED, (PART, 0, TOTAL - PART, 0)),
        (NONE, None, NONE, None, Stage.COMPLETED, (0, 0, TOTAL, 0)),
        (PARTIAL, PART, FULL, None, Stage.REFUNDED, (TOTAL, 0, 0, 0)),
        (PARTIAL, PART, PARTIAL, 299, Stage.PARTIALLY_REFUNDED, (PART + 299, 0, 1_000, 0)),
        (PARTIAL, PART, NONE, None, Stage.PARTIALLY_REFUNDED, (PART, 0, TOTAL - PART, 0)),
    ],
)
def test_R29_an_appeal_ends_in_that_much_more_or_lets_the_first_decision_stand(
    first: Resolution,
    amount: int | None,
    second: Resolution,
    more: int | None,
    stage: Stage,
    money: tuple[int, ...],
) -> None:
    order = after(decided(first, amount), appeal(), at=days(5))
    assert (order_label(order), waiting_on(order)) == ("Under Review", Role.PLATFORM)
    assert due(order, DeadlineKind.DECIDE_NO_LATER_THAN)
    closed = after(order, decide(second, more), at=days(6))
    assert (closed.stage, closed.reason, money_of(closed)) == (stage, ClosingReason.DECISION, money)
    assert dispute_of(closed).appeal_decision


def test_R29_an_appeal_nobody_decides_lets_the_first_decision_stand() -> None:
    order = after(decided(PARTIAL, PART, decide_no_later_than="P60D"), appeal(), at=days(5))
    closed = clock(order, days(65))
    assert (closed.stage, closed.reason) == (Stage.PARTIALLY_REFUNDED, ClosingReason.DECISION)
    assert money_of(closed) == (PART, 0, TOTAL - PART, 0)


def test_R29_an_appeal_needs_new_evidence_and_is_made_once_and_in_time() -> None:
    order = decided(NONE, appeal_within="P3D")
    known = item()
    assert digest_of_evidence(known) in {kept.sha256 for kept in dispute_of(order).evidence}
    assert refused(order, appeal(known), days(5)).code == Code.EVIDENCE_MISSING
    assert after(order, appeal(known, item(number=8)), at=days(5)).stage is Stage.DISPUTED
    again = after(order, appeal(), at=days(5))
    assert refused(again, appeal(item(number=7)), days(5)).code == Code.NOT_ALLOWED_NOW
    late = refused(order, appeal(), days(7))
    assert (late.code, "the time to appeal ended on" in late.message) == (Code.DEADLINE_PASSED, True)
    assert refused(reviewed(), appeal(), days(4)).code == Code.NOT_ALLOWED_NOW


def test_R29_on_an_appeal_goods_are_not_moved_any_more() -> None:
    order = after(decided(NONE), appeal(), at=days(5))
    for outcome in (RETURN, EXCHANGE):
        assert refused(order, decide(outcome), days(6)).code == Code.INVALID
        assert refused(order, offer(outcome), days(6)).code == Code.REASON_NOT_ALLOWED
    settled = after(order, offer(PARTIAL, PART), accept(), at=days(6))
    assert (settled.stage, settled.reason) == (Stage.PARTIALLY_REFUNDED, ClosingReason.AGREEMENT)


def test_deciding_twice_is_refused() -> None:
    assert refused(decided(NONE), decide(FULL), days(5)).code == Code.NOTHING_OPEN
    assert refused(decided(FULL), decide(FULL), days(5)).code == Code.ORDER_CLOSED
    assert refused(disputed(), decide(FULL), days(3)).code == Code.NOT_ALLOWED_NOW


@pytest.mark.parametrize(("amount", "fits"), [(1, True), (TOTAL - 1, True), (TOTAL, False), (TOTAL + 1, False)])
def test_R20_a_part_is_at_least_one_and_less_than_what_is_held(amount: int, *, fits: bool) -> None:
    if fits:
        assert money_of(after(reviewed(), decide(PARTIAL, amount), at=days(4)))[0] == amount
        return
    assert refused(reviewed(), decide(PARTIAL, amount), days(4)).code == Code.AMOUNT_TOO_HIGH
    opened = open_dispute(requested=PARTIAL, amount=amount)
    assert refused(delivered(), opened, days(2)).code == Code.AMOUNT_TOO_HIGH
    assert refused(delivered(), offer(PARTIAL, amount), days(2)).code == Code.AMOUNT_TOO_HIGH


def test_R20_two_refunds_of_one_payment_balance_whatever_becomes_of_them() -> None:
    order = after(decided(PARTIAL, PART), appeal(), decide(FULL), at=days(5))
    assert [refund.amount for refund in order.refunds] == [PART, TOTAL - PART]
    order = after(
        order, answered(MoneyState.FAILED, 1, REFUND_1), answered(MoneyState.SUCCEEDED, 1, REFUND_2), at=days(6)
    )
    assert money_of(order) == (PART, TOTAL - PART, 0, 0)
    assert not order.settled


def test_R31_an_outcome_must_be_possible() -> None:
    returned = after(back(), receive(Inspection.DAMAGED), at=days(2))
    for resolution in (RETURN, EXCHANGE):
        asked_for = open_dispute(DisputeReason.OTHER, requested=resolution)
        assert refused(returned, asked_for, days(3)).code == Code.REASON_NOT_ALLOWED
    order = after(returned, open_dispute(DisputeReason.OTHER), CONTEST, at=days(3))
    for resolution in (RETURN, EXCHANGE):
        refusal = refused(order, decide(resolution), days(4))
        assert (refusal.code, refusal.fields) == (Code.INVALID, ("outcome",))


def test_R18_goods_go_back_and_are_refunded_when_they_are_as_agreed() -> None:
    order = returning(return_ship_within="P10D", return_within="P30D", inspect_within="PT48H")
    assert (order_label(order), waiting_on(order)) == ("Return Requested", Role.BUYER)
    assert due(order, DeadlineKind.RETURN_SHIP_BY) == days(14)
    order = after(order, SHIP_RETURN, at=days(5))
    assert (waiting_on(order), due(order, DeadlineKind.RETURN_BY)) == (Role.CARRIER, days(35))
    assert refused(order, SHIP_RETURN, days(5)).code == Code.ALREADY_OPEN
    order = after(order, RETURN_ARRIVED, at=days(6))
    assert (waiting_on(order), due(order, DeadlineKind.INSPECT_BY)) == (Role.SELLER, days(8))
    closed = after(order, receive(), at=days(7))
    assert (closed.stage, closed.reason) == (Stage.REFUNDED, ClosingReason.RETURN_RECEIVED)
    assert clock(order, days(8)).reason is ClosingReason.RETURN_RECEIVED, "silence counts as as_agreed"


def test_R18_goods_not_sent_back_in_time_complete_the_order() -> None:
    order = returning(return_ship_within="P10D")
    closed = clock(order, days(14))
    assert (closed.stage, closed.reason) == (Stage.COMPLETED, ClosingReason.RETURN_NOT_SHIPPED)
    late = refused(order, SHIP_RETURN, days(14))
    assert late.code == Code.DEADLINE_PASSED


def test_R18_a_return_that_fails_is_for_the_platform() -> None:
    sent = after(returning(return_within="P30D"), SHIP_RETURN, at=days(5))
    failed: tuple[Order, ...] = (
        clock(sent, days(35)),
        after(sent, ParcelLost(by=CARRIER, tracking="R-1"), at=days(6)),
        after(sent, receive(Inspection.DIFFERENT), at=days(6)),
    )
    for order in failed:
        dispute = dispute_of(order)
        assert (order.stage, dispute.opened_by, dispute.phase) == (Stage.DISPUTED, Role.SYSTEM, Phase.UNDER_REVIEW)
        assert dispute.number == 2
        assert money_of(order) == (0, 0, 0, TOTAL)


def test_R18_only_arrival_and_loss_count_for_goods_on_their_way_back() -> None:
    sent = after(returning(), SHIP_RETURN, at=days(5))
    assert after(sent, RETURN_ARRIVED, at=days(6)).goods != sent.goods
    assert "duplicate" in recorded(after(sent, RETURN_ARRIVED, at=days(6)), RETURN_ARRIVED, days(6))


def test_a_tracking_names_one_parcel_of_the_order() -> None:
    again = ShipReturn(by=BUYER, carrier="post", tracking="T-1")
    assert refused(returning(), again, days(5)).fields == ("tracking",)
    assert refused(exchanging(), SHIP, days(4)).fields == ("tracking",)


def test_a_return_that_was_never_asked_for_is_refused() -> None:
    assert refused(delivered(), SHIP_RETURN, days(2)).code == Code.NOTHING_OPEN


def test_R19_a_replacement_goes_the_way_of_the_first_parcel() -> None:
    order = exchanging(ship_within="P7D")
    assert (order_label(order), waiting_on(order)) == ("Exchange in Progress", Role.SELLER)
    assert due(order, DeadlineKind.SHIP_BY) == days(10)
    order = after(order, SHIP_REPLACEMENT, at=days(4))
    assert order.parcel
    assert (order.stage, order.parcel.number, order.parcel.facts) == (Stage.SHIPPED, 2, ())
    assert "T-2" in recorded(order, DELIVERED, days(5)), "the first parcel is no longer the order's"
    there = after(order, ParcelDelivered(by=CARRIER, tracking="T-2"), at=days(5))
    completed = after(there, CONFIRM, at=days(6))
    assert (completed.stage, money_of(completed)) == (Stage.COMPLETED, (0, 0, TOTAL, 0))


def test_R19_a_replacement_not_shipped_is_refunded() -> None:
    closed = clock(exchanging(ship_within="P7D"), days(10))
    assert (closed.stage, closed.reason) == (Stage.REFUNDED, ClosingReason.REPLACEMENT_NOT_SHIPPED)


def test_R19_there_is_no_second_exchange() -> None:
    order = after(exchanging(), SHIP_REPLACEMENT, ParcelDelivered(by=CARRIER, tracking="T-2"), at=days(4))
    assert refused(order, open_dispute(requested=EXCHANGE), days(5)).code == Code.REASON_NOT_ALLOWED
    assert refused(order, offer(EXCHANGE), days(5)).code == Code.REASON_NOT_ALLOWED


def test_the_decision_is_told_to_both_with_its_fault_and_reason() -> None:
    outcome = taken(reviewed(), decide(NONE), days(4))
    told = {notice.role: notice.text for notice in notices(outcome) if notice.kind == "dispute_decided"}
    assert set(told) == {Role.BUYER, Role.SELLER}
    assert "no refund" in told[Role.BUYER]


def test_an_offer_cannot_be_made_while_the_decision_may_be_appealed() -> None:
    assert refused(decided(NONE), offer(PARTIAL, PART), days(5)).code == Code.NOT_ALLOWED_NOW


def test_asking_before_the_review_is_refused() -> None:
    assert refused(disputed(), ask(), days(3)).code == Code.NOT_ALLOWED_NOW
    assert refused(disputed(), decide(FULL), days(3)).code == Code.NOT_ALLOWED_NOW


def test_the_seller_agrees_to_each_request() -> None:
    for requested, stage in (
        (FULL, Stage.REFUNDED),
        (RETURN, Stage.RETURNING_GOODS),
        (EXCHANGE, Stage.EXCHANGING),
    ):
        assert after(disputed(requested), AGREE, at=days(3)).stage is stage
