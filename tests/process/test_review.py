"""Chapter 7, review: the standing clock, silence of each side, escalation, and the default of the undecided (R16, R23).

How a dispute comes to review lives in `test_disputes.py`, what a decision leads to in `test_outcomes.py`.
"""

from datetime import timedelta
from typing import Any, Final

import pytest

from tests.process.later_orders import (
    AGREE,
    CONTEST,
    INFORM,
    WITHDRAW_DISPUTE,
    accept,
    add,
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
    BUYER,
    PLATFORM,
    SECOND,
    SELLER,
    TOTAL,
    after,
    clock,
    days,
    delivered,
    due,
    hours,
    move,
    notices,
    refused,
    rows,
    shipped,
    taken,
    told_by_clock,
)
from workflows.messages.disputes import ProvideInformation, RespondToDispute
from workflows.messages.refusal import Code
from workflows.messages.values import ClosingReason, DeadlineKind, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Inspection, Phase, ReasonCode, Resolution
from workflows.process.allowed import allowed_actions
from workflows.process.money.attention import needs_attention
from workflows.process.state.order import Order
from workflows.process.telling.view import next_deadline, order_label, waiting_on

FULL, PARTIAL, NONE = Resolution.FULL_REFUND, Resolution.PARTIAL_REFUND, Resolution.NO_REFUND
PART: Final = 1_000
SELLER_INFORMS: Final = ProvideInformation(by=SELLER, answer="It was in the box.")


def questioned(role: Role = Role.BUYER, **terms: Any) -> Order:
    """Under review since day 3 until day 5; a question asked on day 4, with a day left, to be answered until day 7."""
    plain: dict[str, Any] = {"decide_within": "PT48H", "inform_within": "PT72H"}
    return after(reviewed(**(plain | terms)), ask(role), at=days(4))


@pytest.mark.parametrize("role", [Role.BUYER, Role.SELLER])
def test_R16_the_asked_side_is_told_until_when_and_it_is_its_turn(role: Role) -> None:
    outcome = taken(reviewed(inform_within="PT72H"), ask(role), days(4))
    told = notices(outcome)[-1]
    assert (told.role, told.kind, told.due_at) == (role, "information_requested", days(7))
    assert (order_label(outcome.order), waiting_on(outcome.order)) == ("Information Requested", role)
    deadline = next_deadline(outcome.order)
    assert deadline
    assert (deadline.kind, deadline.party, deadline.at) == (DeadlineKind.INFORM_BY, role, days(7))


def test_R16_every_question_pauses_the_clock_and_the_pauses_add_up() -> None:
    order = after(questioned(), INFORM, at=days(5))
    order = after(order, ask(Role.SELLER), at=days(5) + timedelta(hours=6))
    order = after(order, SELLER_INFORMS, at=days(7))
    assert dispute_of(order).paused == timedelta(days=2, hours=18)
    assert due(order, DeadlineKind.DECIDE_BY) == days(7) + timedelta(hours=18)


def test_R16_the_rest_of_the_clock_is_what_was_left_to_the_second() -> None:
    order = after(reviewed(decide_within="PT48H"), ask(), at=days(5) - SECOND)
    assert due(after(order, INFORM, at=days(6)), DeadlineKind.DECIDE_BY) == days(6) + SECOND


def test_R16_asked_at_the_instant_of_decide_by_the_clock_has_run_out_and_does_not_start_again() -> None:
    order = after(reviewed(decide_within="PT48H"), ask(), at=days(5))
    assert dispute_of(order).escalated
    for told in (after(order, INFORM, at=days(6)), clock(order, days(20))):
        assert (dispute_of(told).phase, due(told, DeadlineKind.DECIDE_BY)) == (Phase.UNDER_REVIEW, None)


def test_R16_the_platform_may_go_on_asking_after_it_was_late() -> None:
    late = clock(reviewed(decide_within="PT48H"), days(5))
    order = after(late, ask(), INFORM, ask(Role.SELLER), SELLER_INFORMS, decide(FULL), at=days(6))
    assert order.stage is Stage.REFUNDED


def test_R16_an_answer_in_the_last_second_counts_and_one_at_inform_by_does_not() -> None:
    informed = after(questioned(), INFORM, at=days(7) - SECOND)
    assert dispute_of(informed).silent is None
    late = refused(questioned(), INFORM, days(7))
    assert (late.code, "the time to answer the platform ended on" in late.message) == (Code.DEADLINE_PASSED, True)
    assert "Mon 9 Mar 2026, 12:00 UTC" in late.message


def test_R16_a_silent_asked_side_is_reported_to_the_platform_once() -> None:
    told = [(n.role, n.kind) for n in told_by_clock(questioned(), days(7))]
    assert told.count((Role.PLATFORM, "information_overdue")) == 1


def test_R16_information_is_no_answer_twice() -> None:
    order = after(questioned(), INFORM, at=days(5))
    assert refused(order, INFORM, days(5)).code == Code.NOTHING_OPEN


def test_R16_the_answer_may_bring_evidence_and_the_platform_is_told() -> None:
    brings = INFORM.model_copy(update={"evidence": (item(number=33),)})
    outcome = taken(questioned(), brings, days(5))
    assert dispute_of(outcome.order).evidence[-1].by is Role.BUYER
    assert [n.role for n in notices(outcome)] == [Role.PLATFORM]
    assert rows(outcome)[-1].text == INFORM.answer
    assert rows(outcome)[-1].evidence == brings.evidence


@pytest.mark.parametrize("event", [CONTEST, AGREE])
def test_R16_the_seller_who_answers_a_dispute_under_review_is_refused(event: RespondToDispute) -> None:
    for order in (reviewed(), questioned()):
        assert refused(order, event, days(4)).code == Code.NOT_ALLOWED_NOW


def test_R16_silence_of_the_seller_begins_the_review_at_answer_by_however_late_the_clock_is() -> None:
    order = clock(disputed(answer_within="PT72H", decide_within="PT48H"), days(6))
    assert due(order, DeadlineKind.DECIDE_BY) == days(7)
    assert clock(disputed(answer_within="PT72H"), days(5) - SECOND).phase is Phase.OPEN


def test_R16_silence_of_the_seller_moves_no_money_by_itself() -> None:
    order = clock(disputed(answer_within="PT72H"), days(5))
    assert (order.stage, money_of(order)) == (Stage.DISPUTED, (0, 0, 0, TOTAL))


def test_R16_an_escalated_dispute_is_no_longer_flagged_once_it_is_decided() -> None:
    late = clock(reviewed(decide_within="PT48H"), days(5))
    assert [found.kind for found in needs_attention(late)] == ["dispute_escalated"]
    for event in (decide(NONE), decide(FULL), WITHDRAW_DISPUTE):
        assert "dispute_escalated" not in {found.kind for found in needs_attention(after(late, event, at=days(6)))}


def test_R16_the_escalation_is_told_once_and_at_decide_by_not_before() -> None:
    order = reviewed(decide_within="PT48H")
    assert not dispute_of(clock(order, days(5) - SECOND)).escalated
    told = [notice.kind for notice in told_by_clock(order, days(40))]
    assert told.count("dispute_escalated") == 1


def test_R16_an_appeal_is_reviewed_with_a_clock_of_its_own_and_escalated_anew() -> None:
    late = clock(reviewed(decide_within="PT48H"), days(5))
    order = after(after(late, decide(NONE), at=days(6)), appeal(), at=days(7))
    assert not dispute_of(order).escalated
    assert due(order, DeadlineKind.DECIDE_BY) == days(9)
    assert dispute_of(clock(order, days(9))).escalated


@pytest.mark.parametrize(
    ("order", "stage", "money"),
    [
        (
            after(shipped(deliver_within="P30D"), open_dispute(by=PLATFORM, evidence=()), at=days(2)),
            Stage.REFUNDED,
            (TOTAL, 0, 0, 0),
        ),
        (after(returning(), receive(Inspection.EMPTY), at=days(5)), Stage.REFUNDED, (TOTAL, 0, 0, 0)),
        (
            after(returning(on_undecided="no_refund"), receive(Inspection.EMPTY), at=days(5)),
            Stage.COMPLETED,
            (0, 0, TOTAL, 0),
        ),
        (
            after(decided(PARTIAL, PART), appeal(), ask(), at=days(5)),
            Stage.PARTIALLY_REFUNDED,
            (PART, 0, TOTAL - PART, 0),
        ),
        (
            after(decided(NONE, on_undecided="as_requested"), appeal(), at=days(5)),
            Stage.COMPLETED,
            (0, 0, TOTAL, 0),
        ),
    ],
)
def test_R16_whoever_opened_it_what_nobody_decides_ends_by_default(
    order: Order, stage: Stage, money: tuple[int, ...]
) -> None:
    running = due(order, DeadlineKind.DECIDE_NO_LATER_THAN)
    assert running
    assert clock(order, running - SECOND).stage is Stage.DISPUTED
    ended = clock(order, running)
    assert (ended.stage, money_of(ended)) == (stage, money)
    last = dispute_of(ended).appeal_decision or dispute_of(ended).decision
    assert last
    assert last.by == "default"


def test_R16_the_requested_money_is_at_most_all_that_is_held() -> None:
    order = after(delivered(), offer(PARTIAL, PART), accept(), at=days(2))
    order = after(order, open_dispute(requested=PARTIAL, amount=TOTAL - PART - 1), CONTEST, at=days(3))
    ended = clock(order, days(63))
    assert (ended.stage, money_of(ended)) == (Stage.PARTIALLY_REFUNDED, (TOTAL - 1, 0, 1, 0))


@pytest.mark.parametrize("term", ["as_requested", "no_refund"])
def test_R16_undecided_on_a_parcel_not_received_awaits_it_again_only_where_nothing_is_refunded(term: str) -> None:
    late = clock(shipped(deliver_within="P9D", protect_for="P15D", on_undecided=term), days(10))
    order = after(late, open_dispute(DisputeReason.NOT_RECEIVED, evidence=()), CONTEST, at=days(11))
    ended = clock(order, days(71))
    if term == "as_requested":
        assert (ended.stage, ended.reason) == (Stage.REFUNDED, ClosingReason.UNDECIDED)
        return
    rest = days(71) + (days(9) + timedelta(hours=2) + timedelta(days=15) - days(11))
    assert (ended.stage, due(ended, DeadlineKind.PROTECTED_UNTIL)) == (Stage.SHIPPED, rest)
    assert money_of(ended) == (0, 0, 0, TOTAL)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (clock(disputed(answer_within="PT72H"), days(5)), ReasonCode.NO_RESPONSE_FROM_SELLER),
        (clock(questioned(), days(7)), ReasonCode.NO_RESPONSE_FROM_BUYER),
        (clock(questioned(Role.SELLER), days(7)), ReasonCode.NO_RESPONSE_FROM_SELLER),
        (reviewed(), ReasonCode.UNDECIDED),
    ],
)
def test_R16_the_default_names_who_stayed_silent(order: Order, code: ReasonCode) -> None:
    decision = dispute_of(clock(order, days(62))).decision
    assert decision
    assert decision.reason_code is code


def test_R16_a_decision_at_decide_no_later_than_comes_too_late_and_one_before_it_counts() -> None:
    order = reviewed(decide_no_later_than="P60D")
    assert after(order, decide(NONE), at=days(62) - SECOND).phase is Phase.DECIDED
    late = refused(order, decide(NONE), days(62))
    assert (late.code, "the last time to decide ended on" in late.message) == (Code.DEADLINE_PASSED, True)


def test_R24_a_moved_decide_by_counts_and_a_moved_default_does_too() -> None:
    order = after(reviewed(decide_within="PT48H"), move(DeadlineKind.DECIDE_BY, days(9)), at=days(4))
    assert not dispute_of(clock(order, days(9) - SECOND)).escalated
    assert dispute_of(clock(order, days(9))).escalated
    order = after(reviewed(), move(DeadlineKind.DECIDE_NO_LATER_THAN, days(8)), at=days(4))
    assert clock(order, days(8)).reason is ClosingReason.UNDECIDED


def test_R23_the_reminder_follows_the_clock_that_stood_still() -> None:
    order = after(questioned(decide_within="P5D"), INFORM, at=days(6))
    [decide_by] = [deadline for deadline in order.deadlines if deadline.kind is DeadlineKind.DECIDE_BY]
    assert (decide_by.at, decide_by.remind_at) == (days(10), days(9))
    told = [n for n in told_by_clock(order, days(10) - SECOND) if n.kind == "reminder"]
    assert [(n.role, n.due_at) for n in told] == [(Role.PLATFORM, days(10))]


@pytest.mark.parametrize(
    ("window", "at"),
    [("PT1H59M", None), ("PT2H", hours(97)), ("PT48H", days(5)), ("PT49H", days(4) + timedelta(hours=25))],
)
def test_R23_the_asked_side_is_reminded_by_the_length_of_its_window(window: str, at: object) -> None:
    order = questioned(Role.SELLER, inform_within=window)
    [inform_by] = [deadline for deadline in order.deadlines if deadline.kind is DeadlineKind.INFORM_BY]
    assert inform_by.remind_at == at
    told = [n.role for n in told_by_clock(order, inform_by.at - SECOND) if n.kind == "reminder"]
    assert told == ([Role.SELLER] if at else [])


def test_R4_the_platform_sees_until_when_it_can_decide_and_the_asked_side_until_when_to_answer() -> None:
    order = reviewed(decide_no_later_than="P60D")
    platform = {option.action: option.until for option in allowed_actions(order, Role.PLATFORM, days(4))}
    assert platform["decide_dispute"] == days(62)
    assert "request_information" in platform
    asked = questioned()
    assert {o.action: o.until for o in allowed_actions(asked, Role.BUYER, days(4))}["provide_information"] == days(7)
    assert "provide_information" not in {o.action for o in allowed_actions(asked, Role.SELLER, days(4))}
    assert "decide_dispute" not in {o.action for o in allowed_actions(asked, Role.PLATFORM, days(4))}


def test_evidence_may_still_be_added_while_the_platform_waits_for_an_answer() -> None:
    for by in (BUYER, SELLER):
        assert after(questioned(), add(item(number=40), by=by), at=days(5)).phase is Phase.INFORMATION_REQUESTED
