"""Chapter 7, opening: each reason in each stage, who opens what when, and the seller's answer (R14, R15).

What the reasons demand lives in `test_disputes.py`, what becomes of evidence in `test_evidence.py`.
"""

from typing import Final

import pytest

from tests.process.later_orders import (
    AGREE,
    CONTEST,
    LOST,
    REFUSED,
    WITHDRAW_DISPUTE,
    accept,
    back,
    decide,
    decided,
    dispute_of,
    disputed,
    exchanging,
    going_back,
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
    PLATFORM,
    PROVIDER,
    SECOND,
    SELLER,
    TOTAL,
    after,
    asked,
    clock,
    days,
    delivered,
    due,
    hours,
    new_order,
    notices,
    paid,
    refused,
    releasing,
    rows,
    shipped,
    taken,
)
from workflows.messages.disputes import OpenDispute
from workflows.messages.refusal import Code
from workflows.messages.sentences import label_of
from workflows.messages.values import ClosingReason, DeadlineKind, Party, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Inspection, Phase, ReasonCode, Resolution
from workflows.process.allowed import allowed_actions, refused_actions
from workflows.process.state.order import Order
from workflows.process.telling.view import order_label, waiting_on

GOODS: Final = (
    DisputeReason.DAMAGED,
    DisputeReason.DEFECTIVE,
    DisputeReason.NOT_AS_DESCRIBED,
    DisputeReason.WRONG_ITEM,
    DisputeReason.MISSING_PARTS,
    DisputeReason.COUNTERFEIT,
    DisputeReason.NOT_SATISFIED,
)
"""Reasons about goods that the buyer has."""
FITTING: Final[dict[Stage, tuple[DisputeReason, ...]]] = {
    Stage.SHIPPED: (DisputeReason.NOT_RECEIVED,),
    Stage.DELIVERED: (DisputeReason.NOT_RECEIVED, *GOODS, DisputeReason.OTHER),
    Stage.RETURNED_TO_SELLER: (DisputeReason.OTHER, DisputeReason.RETURNED_NOT_REFUNDED),
    Stage.LOST_IN_RETURN: (DisputeReason.OTHER, DisputeReason.RETURNED_NOT_REFUNDED),
}
LATE: Final = clock(shipped(deliver_within="P1D", protect_for="P15D"), days(2))
"""On its way, and its promise has passed."""
IN_STAGE: Final = {
    Stage.SHIPPED: LATE,
    Stage.DELIVERED: delivered(),
    Stage.RETURNED_TO_SELLER: back(),
    Stage.LOST_IN_RETURN: after(going_back(), LOST, at=days(2)),
}
OTHER: Final = open_dispute(DisputeReason.OTHER, evidence=())
BY_PLATFORM: Final = open_dispute(by=PLATFORM, evidence=())
NOT_RECEIVED: Final = open_dispute(DisputeReason.NOT_RECEIVED, evidence=())


@pytest.mark.parametrize("reason", list(DisputeReason))
@pytest.mark.parametrize("stage", list(IN_STAGE))
def test_R14_each_reason_may_be_given_exactly_where_section_8_says(stage: Stage, reason: DisputeReason) -> None:
    order, event = IN_STAGE[stage], open_dispute(reason)
    assert order.stage is stage
    if reason in FITTING[stage]:
        assert after(order, event, at=days(3)).phase is Phase.OPEN
        return
    refusal = refused(order, event, days(3))
    assert refusal.code == Code.REASON_NOT_ALLOWED
    assert all(label_of(fitting).text in refusal.message for fitting in FITTING[stage])


@pytest.mark.parametrize("reason", list(DisputeReason))
@pytest.mark.parametrize("order", [shipped(), going_back(), *IN_STAGE.values()], ids=order_label)
def test_R14_the_platform_opens_with_any_reason_and_goes_straight_to_review(
    order: Order, reason: DisputeReason
) -> None:
    outcome = taken(order, open_dispute(reason, evidence=(), by=PLATFORM), days(3))
    dispute = dispute_of(outcome.order)
    assert (dispute.phase, dispute.opened_by, waiting_on(outcome.order)) == (
        Phase.UNDER_REVIEW,
        Role.PLATFORM,
        Role.PLATFORM,
    )
    assert outcome.answer.dispute_id == dispute.dispute_id


@pytest.mark.parametrize("order", [paid(), asked(), returning(), exchanging()], ids=order_label)
def test_R14_where_there_is_nothing_to_dispute_neither_buyer_nor_platform_opens_one(order: Order) -> None:
    for event in (OTHER, BY_PLATFORM):
        assert refused(order, event, days(5) if order.parcel else hours(2)).code == Code.NOT_ALLOWED_NOW
    assert refused(new_order(), OTHER, hours(0.1)).code == Code.NOT_ALLOWED_NOW


def test_R14_a_dispute_is_for_the_buyer_and_the_platform() -> None:
    for party in (SELLER, CARRIER, PROVIDER):
        theirs = OpenDispute(
            by=party, reason=DisputeReason.OTHER, description="?", requested_resolution=Resolution.FULL_REFUND
        )
        assert refused(delivered(), theirs, days(2)).code == Code.WRONG_ROLE
    stranger = OTHER.model_copy(update={"by": Party(role=Role.BUYER, id="b-8")})
    assert refused(delivered(), stranger, days(2)).code == Code.NOT_YOUR_ORDER


@pytest.mark.parametrize("stage", list(IN_STAGE))
def test_R2_a_dispute_is_opened_until_the_last_second_of_protected_until(stage: Stage) -> None:
    order = after(back(), receive(), at=days(2)) if stage is Stage.RETURNED_TO_SELLER else IN_STAGE[stage]
    end = due(order, DeadlineKind.PROTECTED_UNTIL)
    assert end
    event = open_dispute(FITTING[stage][0])
    assert after(order, event, at=end - SECOND).stage is Stage.DISPUTED
    late = refused(order, event, end)
    assert (late.code, "the buyer protection ended on" in late.message) == (Code.DEADLINE_PASSED, True)


def test_R15_a_promise_that_has_just_passed_opens_the_way_and_the_second_before_it_does_not() -> None:
    order = shipped(deliver_within="P1D")
    deliver_by = due(order, DeadlineKind.DELIVER_BY)
    assert deliver_by
    assert refused(order, NOT_RECEIVED, deliver_by - SECOND).code == Code.NOT_ALLOWED_NOW
    assert after(order, NOT_RECEIVED, at=deliver_by).phase is Phase.OPEN
    assert after(shipped(), LOST, NOT_RECEIVED, at=days(1)).phase is Phase.OPEN, "lost: the promise is over now"


@pytest.mark.parametrize("asked_by", [NOT_RECEIVED, NOT_RECEIVED.model_copy(update={"by": PLATFORM})])
def test_R15_whoever_opened_it_the_buyer_who_has_it_after_all_confirms_and_that_ends_it(asked_by: OpenDispute) -> None:
    order = after(LATE, asked_by, at=days(3))
    ended = after(order, CONFIRM, at=days(4))
    assert (ended.stage, ended.reason, money_of(ended)) == (Stage.COMPLETED, ClosingReason.CONFIRMED, (0, 0, TOTAL, 0))
    assert refused(ended, NOT_RECEIVED, days(4)).code == Code.ORDER_CLOSED


def test_R15_after_a_decision_nothing_is_confirmed_any_more() -> None:
    part = decide(Resolution.PARTIAL_REFUND, 500)
    order = after(LATE, NOT_RECEIVED, CONTEST, part, at=days(3))
    assert order.phase is Phase.DECIDED
    assert refused(order, CONFIRM, days(3)).code == Code.NOT_ALLOWED_NOW


def test_R15_a_carrier_who_says_delivered_ends_no_dispute() -> None:
    order = after(LATE, NOT_RECEIVED, DELIVERED, at=days(3))
    assert (order.phase, order.parcel and order.parcel.where) == (Phase.OPEN, Stage.DELIVERED)
    assert after(after(LATE, NOT_RECEIVED, at=days(3)), REFUSED, at=days(3)).phase is Phase.OPEN


def test_R14_the_platforms_and_the_systems_disputes_are_never_counted() -> None:
    order = after(shipped(disputes=1, protect_for="P30D"), NOT_RECEIVED.model_copy(update={"by": PLATFORM}), at=days(1))
    order = after(order, decide(Resolution.NO_REFUND), DELIVERED, at=days(1))
    assert (order.stage, order.disputes) == (Stage.DELIVERED, 1)
    assert dispute_of(after(order, open_dispute(), at=days(2))).number == 2
    failed = after(returning(disputes=1), receive(Inspection.EMPTY), at=days(5))
    assert dispute_of(failed).dispute_id == "A-1001-dispute-2"


@pytest.mark.parametrize("limit", [1, 3])
def test_R14_as_many_disputes_as_the_terms_say_and_not_one_more(limit: int) -> None:
    order = delivered(disputes=limit)
    for number in range(1, limit + 1):
        order = after(order, open_dispute(), at=days(2))
        assert dispute_of(order).number == number
        order = after(order, WITHDRAW_DISPUTE, at=days(2))
    assert refused(order, open_dispute(), days(2)).code == Code.LIMIT_REACHED


def test_R14_after_an_agreement_about_one_parcel_the_platform_may_still_open_one() -> None:
    order = after(LATE, NOT_RECEIVED, offer(Resolution.VOUCHER, 1), accept(), at=days(3))
    assert refused(order, NOT_RECEIVED, days(4)).code == Code.LIMIT_REACHED
    assert after(order, BY_PLATFORM, at=days(4)).phase is Phase.UNDER_REVIEW


def test_R14_an_offer_accepted_outside_a_dispute_takes_nobodys_dispute() -> None:
    order = after(delivered(), offer(Resolution.VOUCHER, 1), accept(), at=days(2))
    assert after(order, open_dispute(), at=days(2)).phase is Phase.OPEN


def test_R14_a_dispute_withdrawn_or_decided_against_can_be_opened_again() -> None:
    withdrawn = after(disputed(), WITHDRAW_DISPUTE, at=days(3))
    assert dispute_of(after(withdrawn, open_dispute(), at=days(3))).decision is None
    told_no = after(LATE, NOT_RECEIVED, CONTEST, decide(Resolution.NO_REFUND), at=days(3))
    assert dispute_of(after(told_no, NOT_RECEIVED, at=days(4))).number == 2


@pytest.mark.parametrize("order", [after(delivered(), BY_PLATFORM, at=days(2)), decided(Resolution.NO_REFUND)])
def test_R14_only_a_dispute_of_the_buyers_own_and_undecided_is_withdrawn(order: Order) -> None:
    assert refused(order, WITHDRAW_DISPUTE, days(5)).code == Code.NOT_ALLOWED_NOW
    for mine in (disputed(), reviewed()):
        withdrawn = taken(mine, WITHDRAW_DISPUTE, days(4))
        assert (withdrawn.order.stage, dispute_of(withdrawn.order).phase) == (Stage.DELIVERED, Phase.ENDED)
        assert Role.SELLER in {n.role for n in notices(withdrawn)}


def test_R16_the_sellers_words_and_evidence_come_with_the_answer() -> None:
    contest = CONTEST.model_copy(update={"evidence": (item(number=20),)})
    outcome = taken(disputed(), contest, days(3))
    assert dispute_of(outcome.order).evidence[-1].by is Role.SELLER
    assert {n.role for n in notices(outcome)} == {Role.BUYER, Role.PLATFORM}
    assert (rows(outcome)[-1].text, rows(outcome)[-1].evidence) == (CONTEST.statement, contest.evidence)
    agreed = after(disputed(), AGREE.model_copy(update={"evidence": (item(number=20),)}), at=days(3))
    decision = dispute_of(agreed).decision
    assert decision
    assert (decision.reason_code, decision.fault, agreed.fault) == (ReasonCode.AGREEMENT, None, None)


def test_R20_a_dispute_asks_for_less_than_what_is_held_or_for_all_of_it() -> None:
    order = after(delivered(), offer(Resolution.PARTIAL_REFUND, 1_000), accept(), at=days(2))
    part = Resolution.PARTIAL_REFUND
    assert refused(order, open_dispute(requested=part, amount=TOTAL - 1_000), days(3)).code == Code.AMOUNT_TOO_HIGH
    assert after(order, open_dispute(requested=part, amount=TOTAL - 1_001), at=days(3)).phase is Phase.OPEN


def test_R4_a_buyer_who_has_used_up_the_disputes_is_not_shown_one_more() -> None:
    order = after(delivered(disputes=1), open_dispute(), WITHDRAW_DISPUTE, at=days(2))
    assert "open_dispute" not in {option.action for option in allowed_actions(order, Role.BUYER, days(2))}
    [why] = [refusal for refusal in refused_actions(order, Role.BUYER, days(2)) if refusal.action == "open_dispute"]
    assert why.code == Code.LIMIT_REACHED
    assert "open_dispute" in {option.action for option in allowed_actions(order, Role.PLATFORM, days(2))}


def test_R4_until_when_a_dispute_can_be_opened_is_shown() -> None:
    for order in IN_STAGE.values():
        shown = {option.action: option.until for option in allowed_actions(order, Role.BUYER, days(3))}
        assert shown["open_dispute"] == due(order, DeadlineKind.PROTECTED_UNTIL)
    assert "open_dispute" not in {option.action for option in allowed_actions(shipped(), Role.BUYER, days(1))}


def test_after_closing_the_dispute_is_over_for_everybody() -> None:
    for event in (CONTEST, WITHDRAW_DISPUTE, offer(Resolution.VOUCHER, 1, by=BUYER), decide(Resolution.NO_REFUND)):
        assert refused(releasing(), event, days(3)).code == Code.ORDER_CLOSED
