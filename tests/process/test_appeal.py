"""Chapter 7, appeal: where phase decided exists, what is final, the one appeal and how it ends (R29)."""

from typing import Final

import pytest

from tests.process.later_orders import (
    AGREE,
    CONTEST,
    INFORM,
    WITHDRAW_DISPUTE,
    accept,
    appeal,
    ask,
    decide,
    decided,
    dispute_of,
    disputed,
    item,
    money_of,
    offer,
    open_dispute,
    receive,
    returning,
    reviewed,
)
from tests.process.orders import (
    CONFIRM,
    PLATFORM,
    REFUND_1,
    REFUND_2,
    SECOND,
    SELLER,
    TOTAL,
    after,
    answered,
    calls,
    clock,
    days,
    delivered,
    due,
    move,
    notices,
    refused,
    release,
    rows,
    shipped,
    taken,
)
from workflows.messages.base import Message
from workflows.messages.evidence import MAX_EVIDENCE
from workflows.messages.refusal import Code
from workflows.messages.values import ClosingReason, DeadlineKind, MoneyState, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Inspection, Phase, ReasonCode, Resolution
from workflows.process.allowed import allowed_actions, refused_actions
from workflows.process.dispute.evidence import digest_of_evidence
from workflows.process.state.order import Order
from workflows.process.telling.view import order_label, waiting_on

FULL, PARTIAL, NONE = Resolution.FULL_REFUND, Resolution.PARTIAL_REFUND, Resolution.NO_REFUND
PART: Final = 1_000
MISSING: Final = after(
    clock(shipped(deliver_within="P9D", protect_for="P15D"), days(10)),
    open_dispute(DisputeReason.NOT_RECEIVED, evidence=()),
    CONTEST,
    at=days(11),
)
"""Disputed as never received, and under review, eleven days after its start."""


def appealed(outcome: Resolution = NONE, amount: int | None = None, **terms: str) -> Order:
    """Decided on day 4, appealed on day 5."""
    return after(decided(outcome, amount, **terms), appeal(), at=days(5))


@pytest.mark.parametrize(
    ("order", "event", "phase"),
    [
        (reviewed(), decide(NONE), Phase.DECIDED),
        (reviewed(), decide(PARTIAL, PART), Phase.DECIDED),
        (reviewed(), decide(FULL), Phase.ENDED),
        (reviewed(), decide(Resolution.RETURN_AND_REFUND), Phase.ENDED),
        (reviewed(), decide(Resolution.EXCHANGE), Phase.ENDED),
        (reviewed(appeal_within="PT0S"), decide(NONE), Phase.ENDED),
        (reviewed(appeal_within="PT0S"), decide(PARTIAL, PART), Phase.ENDED),
        (disputed(answer_within="P20D"), AGREE, Phase.ENDED),
        (after(reviewed(), offer(PARTIAL, PART), at=days(4)), accept(), Phase.ENDED),
        (after(reviewed(), offer(Resolution.VOUCHER, 1), at=days(4)), accept(), Phase.ENDED),
        (appealed(), decide(NONE), Phase.ENDED),
        (appealed(), decide(PARTIAL, PART), Phase.ENDED),
        (MISSING, decide(NONE), Phase.ENDED),
        (MISSING, decide(PARTIAL, PART), Phase.DECIDED),
        (after(delivered(), open_dispute(by=PLATFORM, evidence=()), at=days(2)), decide(NONE), Phase.DECIDED),
        (after(returning(), receive(Inspection.EMPTY), at=days(5)), decide(PARTIAL, PART), Phase.DECIDED),
    ],
)
def test_R29_phase_decided_exists_only_after_a_first_partial_or_no_refund_of_the_platform(
    order: Order, event: Message, phase: Phase
) -> None:
    assert dispute_of(after(order, event, at=days(12))).phase is phase


def test_R29_what_the_decision_gives_starts_at_once() -> None:
    outcome = taken(reviewed(), decide(PARTIAL, PART), days(4))
    assert [call.amount for call in calls(outcome)] == [PART]
    assert outcome.answer.refund_id == REFUND_1
    assert not outcome.order.releases


def test_R29_both_are_told_of_the_decision_and_until_when_the_buyer_may_appeal() -> None:
    outcome = taken(reviewed(appeal_within="P3D"), decide(PARTIAL, PART), days(4))
    told = {n.role: n for n in notices(outcome) if n.kind == "dispute_decided"}
    assert (told[Role.BUYER].due_at, told[Role.SELLER].due_at) == (days(7), days(7))
    assert "10.00 USD" in told[Role.BUYER].text


def test_R29_while_it_may_be_appealed_nothing_else_is_possible_in_the_dispute() -> None:
    order = decided(NONE)
    assert (order_label(order), waiting_on(order)) == ("Decided", "nobody")
    for event in (WITHDRAW_DISPUTE, CONTEST, AGREE, CONFIRM, offer(FULL)):
        assert refused(order, event, days(5)).code == Code.NOT_ALLOWED_NOW
    for question in (ask(), INFORM, decide(FULL)):
        assert refused(order, question, days(5)).code == Code.NOTHING_OPEN
    assert refused(order, open_dispute(), days(5)).code == Code.ALREADY_OPEN
    assert refused(order, open_dispute(by=PLATFORM), days(5)).code == Code.ALREADY_OPEN


def test_R29_the_appeal_is_in_time_until_the_last_second_of_appeal_by() -> None:
    order = decided(NONE, appeal_within="P3D")
    assert after(order, appeal(), at=days(7) - SECOND).phase is Phase.UNDER_REVIEW
    assert refused(order, appeal(), days(7)).code == Code.DEADLINE_PASSED
    moved = after(order, move(DeadlineKind.APPEAL_BY, days(9)), at=days(5))
    assert after(moved, appeal(), at=days(8)).phase is Phase.UNDER_REVIEW


def test_R29_the_appeal_is_the_buyers_alone() -> None:
    for party in (SELLER, PLATFORM):
        theirs = appeal().model_copy(update={"by": party})
        assert refused(decided(NONE), theirs, days(5)).code == Code.WRONG_ROLE


@pytest.mark.parametrize("order", [decided(FULL), decided(PARTIAL, PART, appeal_within="PT0S")])
def test_R29_after_everything_was_paid_out_nobody_appeals(order: Order) -> None:
    assert refused(order, appeal(), days(5)).code == Code.ORDER_CLOSED
    settled = clock(decided(NONE), days(7))
    settled = after(settled, answered(MoneyState.SUCCEEDED, record_id=release(settled).release_id), at=days(8))
    assert settled.settled
    assert refused(settled, appeal(), days(8)).code == Code.ORDER_CLOSED


def test_R29_evidence_that_the_seller_brought_is_not_new_either() -> None:
    contested = CONTEST.model_copy(update={"evidence": (item(number=50),)})
    order = after(after(disputed(), contested, at=days(3)), decide(NONE), at=days(4))
    assert refused(order, appeal(item(number=50)), days(5)).code == Code.EVIDENCE_MISSING
    assert after(order, appeal(item(number=51)), at=days(5)).phase is Phase.UNDER_REVIEW


def test_R29_the_appeals_evidence_is_kept_and_counts() -> None:
    order = after(decided(NONE), appeal(item(number=60), item(number=61)), at=days(5))
    kept = dispute_of(order).evidence[-2:]
    assert [(shown.by, shown.sha256) for shown in kept] == [
        (Role.BUYER, digest_of_evidence(item(number=n))) for n in (60, 61)
    ]


def test_R41_an_appeal_is_a_round_with_twenty_items_of_its_own() -> None:
    used_up = tuple(item(number=number) for number in range(100, 100 + MAX_EVIDENCE))
    new = tuple(item(number=number) for number in range(200, 200 + MAX_EVIDENCE))
    full = after(after(delivered(), open_dispute(evidence=used_up), CONTEST, at=days(2)), decide(NONE), at=days(4))
    reviewed_again = after(full, appeal(*new[1:]), at=days(5))
    assert reviewed_again.phase is Phase.UNDER_REVIEW
    one, two = (INFORM.model_copy(update={"evidence": new[:count]}) for count in (1, 2))
    asked_again = after(reviewed_again, ask(Role.BUYER), at=days(6))
    assert refused(asked_again, two, days(6)).code == Code.LIMIT_REACHED
    assert len(dispute_of(after(asked_again, one, at=days(6))).evidence) == 2 * MAX_EVIDENCE


def test_R29_an_appeal_goes_straight_back_to_review_with_all_its_clocks_anew() -> None:
    outcome = taken(decided(NONE, decide_within="PT48H", decide_no_later_than="P60D"), appeal(), days(5))
    order = outcome.order
    assert {d.kind: d.at for d in order.deadlines} == {
        DeadlineKind.DECIDE_BY: days(7),
        DeadlineKind.DECIDE_NO_LATER_THAN: days(65),
    }
    assert {n.role for n in notices(outcome)} == {Role.PLATFORM, Role.SELLER}
    assert rows(outcome)[-1].text == "Look again."


def test_R29_an_appeal_is_reviewed_like_the_dispute_with_questions_in_between() -> None:
    order = after(appealed(decide_within="PT48H"), ask(Role.BUYER), at=days(6))
    assert order_label(order) == "Information Requested"
    order = after(order, INFORM, at=days(8))
    assert due(order, DeadlineKind.DECIDE_BY) == days(9)
    assert after(order, decide(FULL), at=days(8)).stage is Stage.REFUNDED


def test_R29_an_appeal_cannot_be_withdrawn_nor_answered_by_the_seller() -> None:
    for event in (WITHDRAW_DISPUTE, CONTEST, AGREE):
        assert refused(appealed(), event, days(6)).code == Code.NOT_ALLOWED_NOW


def test_R20_on_an_appeal_the_part_is_less_than_what_is_still_held() -> None:
    left = TOTAL - PART
    order = appealed(PARTIAL, PART)
    assert refused(order, decide(PARTIAL, left), days(6)).code == Code.AMOUNT_TOO_HIGH
    assert refused(order, offer(PARTIAL, left), days(6)).code == Code.AMOUNT_TOO_HIGH
    ended = after(order, decide(PARTIAL, left - 1), at=days(6))
    assert (ended.stage, money_of(ended)) == (Stage.PARTIALLY_REFUNDED, (TOTAL - 1, 0, 1, 0))


@pytest.mark.parametrize(
    ("offered", "amount", "stage", "money"),
    [
        (FULL, None, Stage.REFUNDED, (TOTAL, 0, 0, 0)),
        (PARTIAL, 299, Stage.PARTIALLY_REFUNDED, (PART + 299, 0, 1_000, 0)),
        (Resolution.VOUCHER, 500, Stage.PARTIALLY_REFUNDED, (PART, 0, TOTAL - PART, 0)),
    ],
)
def test_R29_an_agreement_on_an_appeal_ends_it_too(
    offered: Resolution, amount: int | None, stage: Stage, money: tuple[int, ...]
) -> None:
    ended = after(appealed(PARTIAL, PART), offer(offered, amount), accept(), at=days(6))
    assert (ended.stage, ended.reason, money_of(ended)) == (stage, ClosingReason.AGREEMENT, money)
    dispute = dispute_of(ended)
    assert dispute.decision
    assert dispute.appeal_decision
    assert (dispute.decision.outcome, dispute.decision.by) == (PARTIAL, "platform"), "the first one stays on record"
    assert dispute.appeal_decision.by == "agreement"


def test_R29_deciding_the_appeal_twice_is_refused() -> None:
    ended = after(appealed(), decide(FULL), at=days(6))
    assert refused(ended, decide(NONE), days(6)).code == Code.ORDER_CLOSED
    assert refused(ended, appeal(item(number=60)), days(6)).code == Code.ORDER_CLOSED


def test_R29_an_appeal_never_takes_back_what_the_first_decision_gave() -> None:
    order = after(appealed(PARTIAL, PART), answered(MoneyState.SUCCEEDED), at=days(5))
    ended = after(order, decide(NONE), at=days(6))
    assert money_of(ended) == (0, PART, TOTAL - PART, 0)
    assert len(ended.refunds) == 1


def test_R29_the_refund_of_the_appeal_is_a_refund_of_its_own() -> None:
    outcome = taken(appealed(PARTIAL, PART), decide(FULL), days(6))
    assert outcome.answer.refund_id == REFUND_2
    assert [(call.key, call.amount) for call in calls(outcome)] == [(f"{REFUND_2}-1", TOTAL - PART)]


def test_R29_the_fault_of_the_appeal_replaces_that_of_the_first_decision_only_where_it_names_one() -> None:
    buyers = decide(NONE).model_copy(update={"fault": Role.BUYER})
    sellers = decide(FULL).model_copy(update={"fault": Role.SELLER})
    order = after(after(reviewed(), buyers, at=days(4)), appeal(), at=days(5))
    assert after(order, sellers, at=days(6)).fault is Role.SELLER
    assert after(order, decide(NONE), at=days(6)).fault is Role.BUYER


def test_R29_the_decision_and_its_reason_stay_on_record() -> None:
    proof = decide(NONE).model_copy(update={"reason_code": ReasonCode.VALID_DELIVERY_PROOF, "fault": Role.BUYER})
    decision = dispute_of(after(reviewed(), proof, at=days(4))).decision
    assert decision
    assert (decision.by, decision.outcome, decision.reason_code, decision.fault, decision.at) == (
        "platform",
        NONE,
        ReasonCode.VALID_DELIVERY_PROOF,
        Role.BUYER,
        days(4),
    )


def test_R4_the_buyer_sees_the_appeal_until_appeal_by_and_why_nothing_else_is_possible() -> None:
    order = decided(NONE, appeal_within="P3D")
    assert {o.action: o.until for o in allowed_actions(order, Role.BUYER, days(5))}["appeal"] == days(7)
    refusals = {refusal.action: refusal for refusal in refused_actions(order, Role.BUYER, days(5))}
    assert refusals["open_dispute"].code == Code.ALREADY_OPEN
    assert ("appeal", days(7)) in [(option.action, option.until) for option in refusals["open_dispute"].instead]
    assert "appeal" not in {option.action for option in allowed_actions(appealed(), Role.BUYER, days(6))}


def test_R11_an_order_in_dispute_is_not_cancelled_any_more_and_says_so() -> None:
    refusals = {refusal.action: refusal.code for refusal in refused_actions(decided(NONE), Role.BUYER, days(5))}
    assert refusals["request_cancellation"] == Code.ALREADY_SHIPPED


def test_R29_an_appeal_before_the_decision_is_too_early_and_not_told_to_bring_new_evidence() -> None:
    known = open_dispute().evidence[0]
    assert refused(reviewed(), appeal(known), days(4)).code is Code.NOT_ALLOWED_NOW
    assert refused(decided(NONE), appeal(known), days(5)).code is Code.EVIDENCE_MISSING
