"""Chapter 7, dispute: opening, evidence, the answer, review, information, escalation, withdrawal (R14 to R16, R30)."""

from datetime import datetime, timedelta

import pytest

from tests.process.later_orders import (
    AGREE,
    CONTEST,
    INFORM,
    REFUSED,
    RETURNED,
    SHIP_REPLACEMENT,
    WITHDRAW_DISPUTE,
    accept,
    add,
    appeal,
    ask,
    back,
    decide,
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
    hours,
    move,
    notices,
    paid,
    refused,
    releasing,
    rows,
    shipped,
    taken,
    told_by_clock,
)
from workflows.frozen import replace
from workflows.messages.disputes import OpenDispute, ProvideInformation
from workflows.messages.evidence import MAX_EVIDENCE, EvidenceKind
from workflows.messages.parcels import ParcelDelivered, ParcelLost
from workflows.messages.refusal import Code
from workflows.messages.values import ClosingReason, DeadlineKind, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Inspection, Phase, ReasonCode, Resolution
from workflows.process.allowed import allowed_actions, refused_actions
from workflows.process.money.attention import needs_attention
from workflows.process.state.order import Order, with_dispute
from workflows.process.telling.view import order_label, waiting_on

FULL, PARTIAL = Resolution.FULL_REFUND, Resolution.PARTIAL_REFUND
NOT_RECEIVED = open_dispute(DisputeReason.NOT_RECEIVED, evidence=())
PHOTO, VIDEO, SCREENSHOT = EvidenceKind.PHOTO, EvidenceKind.VIDEO, EvidenceKind.SCREENSHOT


def undelivered(**terms: object) -> Order:
    """Shipped, and not there when it was promised: ten days after its start."""
    return clock(shipped(deliver_within="P9D", protect_for="P15D", **terms), days(10))


@pytest.mark.parametrize(
    ("reason", "enough", "too_little"),
    [
        (DisputeReason.DAMAGED, (PHOTO,), (SCREENSHOT,)),
        (DisputeReason.DAMAGED, (VIDEO,), ()),
        (DisputeReason.DEFECTIVE, (VIDEO,), (EvidenceKind.DOCUMENT,)),
        (DisputeReason.NOT_AS_DESCRIBED, (PHOTO, SCREENSHOT), (PHOTO,)),
        (DisputeReason.WRONG_ITEM, (PHOTO,), (VIDEO,)),
        (DisputeReason.MISSING_PARTS, (PHOTO,), (VIDEO,)),
        (DisputeReason.COUNTERFEIT, (PHOTO,), ()),
    ],
)
def test_R14_a_reason_demands_its_evidence_and_the_refusal_says_what_is_missing(
    reason: DisputeReason, enough: tuple[EvidenceKind, ...], too_little: tuple[EvidenceKind, ...]
) -> None:
    given = tuple(item(kind, number) for number, kind in enumerate(enough))
    order = after(delivered(), open_dispute(reason, evidence=given), at=days(2))
    assert (order.stage, dispute_of(order).phase) == (Stage.DISPUTED, Phase.OPEN)
    lacking = tuple(item(kind, number) for number, kind in enumerate(too_little))
    refusal = refused(delivered(), open_dispute(reason, evidence=lacking), days(2))
    assert refusal.code == Code.EVIDENCE_MISSING
    assert "photo" in refusal.message or "screenshot" in refusal.message


@pytest.mark.parametrize("reason", [DisputeReason.NOT_SATISFIED, DisputeReason.OTHER, DisputeReason.NOT_RECEIVED])
def test_R14_some_reasons_demand_nothing_but_words(reason: DisputeReason) -> None:
    assert after(delivered(), open_dispute(reason, evidence=()), at=days(2)).stage is Stage.DISPUTED


@pytest.mark.parametrize(
    ("order", "fits", "does_not"),
    [
        (undelivered(), DisputeReason.NOT_RECEIVED, DisputeReason.DAMAGED),
        (delivered(), DisputeReason.DAMAGED, DisputeReason.RETURNED_NOT_REFUNDED),
        (back(), DisputeReason.RETURNED_NOT_REFUNDED, DisputeReason.DAMAGED),
        (back(), DisputeReason.OTHER, DisputeReason.NOT_RECEIVED),
        (clock(going_back(return_within="P1D"), days(2)), DisputeReason.RETURNED_NOT_REFUNDED, DisputeReason.DEFECTIVE),
    ],
)
def test_R14_a_reason_may_be_given_where_it_makes_sense(
    order: Order, fits: DisputeReason, does_not: DisputeReason
) -> None:
    at = days(10) + SECOND if order.stage is Stage.SHIPPED else days(2) + SECOND
    assert after(order, open_dispute(fits), at=at).stage is Stage.DISPUTED
    assert refused(order, open_dispute(does_not), at).code == Code.REASON_NOT_ALLOWED


def test_R15_not_received_is_for_a_parcel_whose_promise_has_passed() -> None:
    assert refused(shipped(), NOT_RECEIVED, days(3)).code == Code.NOT_ALLOWED_NOW
    order = after(undelivered(), NOT_RECEIVED, at=days(11))
    assert (order_label(order), waiting_on(order)) == ("Dispute Open", Role.SELLER)


def test_R15_a_confirmation_closes_it_and_completes_the_order() -> None:
    order = after(undelivered(), NOT_RECEIVED, CONFIRM, at=days(11))
    assert (order.stage, order.reason, dispute_of(order).phase) == (
        Stage.COMPLETED,
        ClosingReason.CONFIRMED,
        Phase.ENDED,
    )
    assert refused(disputed(), CONFIRM, days(2)).code == Code.NOT_ALLOWED_NOW


def test_R14_the_limit_of_disputes_from_both_sides() -> None:
    order = delivered(disputes=1, protect_for="P30D")
    assert refused(delivered(disputes=0), open_dispute(), days(2)).code == Code.LIMIT_REACHED
    order = after(order, open_dispute(), WITHDRAW_DISPUTE, at=days(2))
    assert refused(order, open_dispute(), days(3)).code == Code.LIMIT_REACHED
    by_platform = open_dispute(by=PLATFORM, evidence=())
    assert after(order, by_platform, at=days(3)).stage is Stage.DISPUTED, "the platform's are never counted"


def test_R14_after_an_agreement_nobody_disputes_the_same_parcel_again_but_a_replacement() -> None:
    voucher = (NOT_RECEIVED, offer(Resolution.VOUCHER, 500), accept())
    order = after(undelivered(), *voucher, at=days(11))
    assert order.stage is Stage.SHIPPED
    assert refused(order, NOT_RECEIVED, days(12)).code == Code.LIMIT_REACHED
    replaced = after(exchanging(), SHIP_REPLACEMENT, ParcelDelivered(by=CARRIER, tracking="T-2"), at=days(4))
    assert after(replaced, open_dispute(), at=days(5)).stage is Stage.DISPUTED


def test_R14_the_platforms_dispute_needs_no_evidence_and_goes_straight_to_review() -> None:
    outcome = taken(shipped(), open_dispute(by=PLATFORM, evidence=()), days(2))
    assert (order_label(outcome.order), waiting_on(outcome.order)) == ("Under Review", Role.PLATFORM)
    assert due(outcome.order, DeadlineKind.ANSWER_BY) is None
    assert refused(outcome.order, WITHDRAW_DISPUTE, days(3)).code == Code.NOT_ALLOWED_NOW


def test_R14_after_closing_nobody_opens_one() -> None:
    assert refused(releasing(), open_dispute(), days(3)).code == Code.ORDER_CLOSED
    assert refused(releasing(), open_dispute(by=PLATFORM), days(3)).code == Code.ORDER_CLOSED


def test_R14_the_systems_dispute_ends_in_money_only() -> None:
    order = after(returning(), receive(Inspection.EMPTY), at=days(5))
    assert dispute_of(order).opened_by is Role.SYSTEM
    for outcome in (Resolution.EXCHANGE, Resolution.RETURN_AND_REFUND):
        assert refused(order, decide(outcome), days(6)).code == Code.INVALID
    assert after(order, decide(FULL), at=days(6)).stage is Stage.REFUNDED


def test_a_second_dispute_while_one_is_open_is_refused() -> None:
    assert refused(disputed(), open_dispute(), days(3)).code == Code.ALREADY_OPEN


def test_opening_tells_the_seller_until_when_and_remembers_the_id() -> None:
    outcome = taken(delivered(answer_within="PT72H"), open_dispute(), days(2))
    assert outcome.answer.dispute_id == "A-1001-dispute-1"
    [notice] = notices(outcome)
    assert (notice.role, notice.due_at) == (Role.SELLER, days(5))
    assert rows(outcome)[-1].text == "broken"
    assert len(rows(outcome)[-1].evidence) == 2


def test_R26_the_state_keeps_hashes_of_evidence_and_no_words() -> None:
    order = reviewed()
    assert {len(kept.sha256) for kept in dispute_of(order).evidence} == {64}
    assert "broken" not in repr(order)
    assert "It left us whole" not in repr(order)


def test_evidence_is_limited_for_each_side_and_locked_by_the_decision() -> None:
    one_less = tuple(item(number=number) for number in range(10, 10 + MAX_EVIDENCE - 2))
    order = after(disputed(), add(*one_less), at=days(2))
    assert refused(order, add(item(number=90)), days(2)).code == Code.LIMIT_REACHED
    assert len(dispute_of(after(order, add(*one_less, by=SELLER), at=days(2))).evidence) == 2 * MAX_EVIDENCE - 2
    locked = after(reviewed(), decide(Resolution.NO_REFUND), at=days(4))
    assert refused(locked, add(item(number=91)), days(4)).code == Code.NOT_ALLOWED_NOW


def test_the_seller_agrees_and_that_is_the_decision() -> None:
    order = after(disputed(), AGREE, at=days(3))
    decision = dispute_of(order).decision
    assert decision
    assert (decision.by, decision.reason_code) == ("agreement", ReasonCode.AGREEMENT)
    assert (order.stage, order.reason, money_of(order)) == (
        Stage.REFUNDED,
        ClosingReason.AGREEMENT,
        (TOTAL, 0, 0, 0),
    )


def test_the_seller_contests_and_the_review_begins() -> None:
    order = reviewed(decide_within="PT48H")
    assert (order_label(order), due(order, DeadlineKind.DECIDE_BY)) == ("Under Review", days(5))
    assert due(order, DeadlineKind.ANSWER_BY) is None
    assert refused(order, CONTEST, days(4)).code == Code.NOT_ALLOWED_NOW


def test_R16_a_silent_seller_brings_the_review_and_answers_too_late() -> None:
    order = disputed(answer_within="PT72H")
    silent = clock(order, days(5))
    assert (dispute_of(silent).phase, dispute_of(silent).silent) == (Phase.UNDER_REVIEW, Role.SELLER)
    late = refused(order, AGREE, days(5))
    assert (late.code, "the time to answer the dispute ended on" in late.message) == (Code.DEADLINE_PASSED, True)
    assert dispute_of(after(order, AGREE, at=days(5) - SECOND)).decision


def test_R16_the_review_clock_stands_still_while_information_is_asked_for() -> None:
    order = after(reviewed(decide_within="PT48H", inform_within="PT72H"), ask(), at=days(4))
    assert (order_label(order), waiting_on(order)) == ("Information Requested", Role.BUYER)
    assert due(order, DeadlineKind.DECIDE_BY) is None
    assert due(order, DeadlineKind.INFORM_BY) == days(7)
    told = after(order, INFORM, at=days(6))
    assert due(told, DeadlineKind.DECIDE_BY) == days(7), "one day was left of it"
    assert dispute_of(told).paused == timedelta(days=2)


def test_R16_a_silent_asked_party_lets_the_review_go_on_with_the_rest() -> None:
    order = after(reviewed(decide_within="PT48H", inform_within="PT72H"), ask(Role.SELLER), at=days(4))
    silent = clock(order, days(7))
    assert (due(silent, DeadlineKind.DECIDE_BY), dispute_of(silent).silent) == (days(8), Role.SELLER)
    late = refused(order, ProvideInformation(by=SELLER, answer="!"), days(7))
    assert (late.code, "the time to answer the platform ended on" in late.message) == (Code.DEADLINE_PASSED, True)


def test_R16_only_the_asked_party_answers_and_only_what_was_asked() -> None:
    order = after(reviewed(), ask(), at=days(4))
    assert refused(order, ProvideInformation(by=SELLER, answer="!"), days(4)).code == Code.WRONG_ROLE
    assert refused(order, ask(Role.SELLER), days(4)).code == Code.ALREADY_OPEN
    assert refused(reviewed(), INFORM, days(4)).code == Code.NOTHING_OPEN
    assert refused(order, decide(FULL), days(4)).code == Code.ALREADY_OPEN


def test_R16_a_decide_by_that_has_passed_does_not_start_again() -> None:
    late = clock(reviewed(decide_within="PT48H"), days(5))
    assert dispute_of(late).escalated
    told = after(late, ask(), INFORM, at=days(6))
    assert due(told, DeadlineKind.DECIDE_BY) is None
    assert due(told, DeadlineKind.DECIDE_NO_LATER_THAN), "R3: something runs"


def test_R16_a_silent_platform_is_told_again_and_flagged() -> None:
    order = reviewed(decide_within="PT48H")
    assert [(n.role, n.kind) for n in told_by_clock(order, days(5))][-1] == (Role.PLATFORM, "dispute_escalated")
    assert [found.kind for found in needs_attention(clock(order, days(5)))] == ["dispute_escalated"]


@pytest.mark.parametrize(
    ("requested", "amount", "term", "stage", "money"),
    [
        (FULL, None, "as_requested", Stage.REFUNDED, (TOTAL, 0, 0, 0)),
        (Resolution.EXCHANGE, None, "as_requested", Stage.REFUNDED, (TOTAL, 0, 0, 0)),
        (Resolution.RETURN_AND_REFUND, None, "as_requested", Stage.REFUNDED, (TOTAL, 0, 0, 0)),
        (Resolution.PARTIAL_REFUND, 1_000, "as_requested", Stage.PARTIALLY_REFUNDED, (1_000, 0, TOTAL - 1_000, 0)),
        (FULL, None, "no_refund", Stage.COMPLETED, (0, 0, TOTAL, 0)),
    ],
)
def test_R16_a_dispute_nobody_decides_ends_as_the_terms_say(
    requested: Resolution, amount: int | None, term: str, stage: Stage, money: tuple[int, ...]
) -> None:
    opened = open_dispute(requested=requested, amount=amount)
    order = after(delivered(on_undecided=term, decide_no_later_than="P60D"), opened, CONTEST, at=days(2))
    assert clock(order, days(62) - SECOND).stage is Stage.DISPUTED
    ended = clock(order, days(62))
    assert (ended.stage, ended.reason, money_of(ended)) == (stage, ClosingReason.UNDECIDED, money)
    decision = dispute_of(ended).decision
    assert decision
    assert (decision.by, decision.reason_code) == ("default", ReasonCode.UNDECIDED)


def test_R16_decide_no_later_than_never_pauses() -> None:
    order = after(reviewed(inform_within="P100D", decide_no_later_than="P60D"), ask(), at=days(4))
    assert clock(order, days(62)).reason is ClosingReason.UNDECIDED


def test_R30_withdrawn_what_stood_still_has_its_rest() -> None:
    order = disputed(protect_for="P15D")
    assert due(order, DeadlineKind.PROTECTED_UNTIL) is None
    withdrawn = after(order, WITHDRAW_DISPUTE, at=days(3))
    assert (withdrawn.stage, due(withdrawn, DeadlineKind.PROTECTED_UNTIL)) == (Stage.DELIVERED, days(17))


def test_R30_what_stood_still_has_at_least_72_hours() -> None:
    order = after(delivered(protect_for="P2D"), open_dispute(), at=days(2))
    withdrawn = after(order, WITHDRAW_DISPUTE, at=days(3))
    assert due(withdrawn, DeadlineKind.PROTECTED_UNTIL) == days(6)


def test_R30_the_order_goes_to_where_the_parcel_has_led_it_meanwhile() -> None:
    order = after(undelivered(), NOT_RECEIVED, at=days(11))
    for facts, stage, kind in (
        ((), Stage.SHIPPED, DeadlineKind.PROTECTED_UNTIL),
        ((DELIVERED,), Stage.DELIVERED, DeadlineKind.PROTECTED_UNTIL),
        ((REFUSED,), Stage.RETURNING_TO_SELLER, DeadlineKind.RETURN_BY),
        ((REFUSED, RETURNED), Stage.RETURNED_TO_SELLER, DeadlineKind.INSPECT_BY),
        ((REFUSED, ParcelLost(by=CARRIER, tracking="T-1")), Stage.LOST_IN_RETURN, DeadlineKind.PROTECTED_UNTIL),
    ):
        withdrawn = after(order, *facts, WITHDRAW_DISPUTE, at=days(12))
        assert (withdrawn.stage, [d.kind for d in withdrawn.deadlines]) == (stage, [kind])


def test_R30_a_stage_that_is_entered_anew_after_a_dispute_starts_its_own_windows_anew() -> None:
    """Protected in shipped with little left; withdrawn, the delivered parcel has the full protection."""
    late = undelivered()
    until = due(late, DeadlineKind.PROTECTED_UNTIL)
    assert until
    order = after(late, NOT_RECEIVED, at=until - SECOND)
    withdrawn = after(order, DELIVERED, WITHDRAW_DISPUTE, at=until)
    assert due(withdrawn, DeadlineKind.PROTECTED_UNTIL) == until + timedelta(days=15)
    still = after(order, WITHDRAW_DISPUTE, at=until)
    assert due(still, DeadlineKind.PROTECTED_UNTIL) == until + timedelta(hours=72), "in the same stage it has its rest"


def test_R30_what_stood_still_in_a_dispute_of_before_counts_by_its_kind() -> None:
    order = after(undelivered(), NOT_RECEIVED, at=days(11))
    still = dispute_of(order).stood_still
    before = with_dispute(order, stood_still=tuple(replace(each, stage=None) for each in still))
    withdrawn = after(before, DELIVERED, WITHDRAW_DISPUTE, at=days(12))
    assert due(withdrawn, DeadlineKind.PROTECTED_UNTIL) == days(12) + still[0].rest


def test_R30_no_refund_for_what_was_not_received_awaits_the_parcel_again() -> None:
    order = after(undelivered(), NOT_RECEIVED, CONTEST, at=days(11))
    told = after(order, decide(Resolution.NO_REFUND), at=days(12))
    assert (told.stage, money_of(told)) == (Stage.SHIPPED, (0, 0, 0, TOTAL))
    there = after(order, DELIVERED, decide(Resolution.NO_REFUND), at=days(12))
    assert (there.stage, dispute_of(there).phase) == (Stage.DISPUTED, Phase.DECIDED)


def test_R24_the_platform_moves_a_deadline_that_runs_and_not_one_that_stands_still() -> None:
    order = after(reviewed(), ask(), at=days(4))
    moved = after(order, move(DeadlineKind.INFORM_BY, days(20)), at=days(4))
    assert (due(moved, DeadlineKind.INFORM_BY), waiting_on(moved)) == (days(20), Role.BUYER)
    assert [d.party for d in moved.deadlines if d.kind is DeadlineKind.INFORM_BY] == [Role.BUYER]
    for kind in (DeadlineKind.DECIDE_BY, DeadlineKind.PROTECTED_UNTIL):
        assert refused(order, move(kind, days(20)), days(4)).code == Code.NOTHING_OPEN


def test_R3_every_stage_and_phase_that_is_not_closed_has_a_running_deadline() -> None:
    for order in (
        going_back(),
        back(),
        disputed(),
        reviewed(),
        after(reviewed(), ask(), at=days(4)),
        after(reviewed(), decide(Resolution.NO_REFUND), at=days(4)),
        returning(),
        exchanging(),
        undelivered(),
    ):
        assert order.deadlines, order_label(order)


@pytest.mark.parametrize(
    ("order", "kind", "at"),
    [
        (disputed(answer_within="PT72H"), DeadlineKind.ANSWER_BY, days(4)),
        (reviewed(decide_within="PT72H"), DeadlineKind.DECIDE_BY, days(5)),
        (after(reviewed(inform_within="PT72H"), ask(), at=days(4)), DeadlineKind.INFORM_BY, days(6)),
        (returning(return_ship_within="PT72H"), DeadlineKind.RETURN_SHIP_BY, days(6)),
        (back(inspect_within="PT72H"), DeadlineKind.INSPECT_BY, days(4)),
    ],
)
def test_R23_the_new_deadlines_are_reminded_of_once(order: Order, kind: DeadlineKind, at: datetime) -> None:
    [deadline] = [deadline for deadline in order.deadlines if deadline.kind is kind]
    assert deadline.remind_at == at
    assert "reminder" in {notice.kind for notice in told_by_clock(order, at)}


def test_R4_what_can_be_done_in_a_dispute_is_shown_with_its_deadline() -> None:
    seller = {
        option.action: option.until for option in allowed_actions(disputed(answer_within="PT72H"), Role.SELLER, days(2))
    }
    assert seller["respond_to_dispute"] == days(5)
    assert {"make_offer", "add_evidence"} <= set(seller)
    buyer = {refusal.action: refusal.code for refusal in refused_actions(shipped(), Role.BUYER, hours(3))}
    assert buyer["open_dispute"] == Code.NOT_ALLOWED_NOW
    appealing = after(reviewed(appeal_within="P3D"), decide(Resolution.NO_REFUND), at=days(4))
    assert {o.action: o.until for o in allowed_actions(appealing, Role.BUYER, days(4))}["appeal"] == days(7)


def test_commands_of_a_dispute_where_there_is_none() -> None:
    for order in (paid(), delivered()):
        for event in (CONTEST, add(item()), ask(), INFORM, decide(FULL), WITHDRAW_DISPUTE, appeal()):
            assert refused(order, event, days(2)).code == Code.NOTHING_OPEN


def test_R14_both_sides_hear_of_a_dispute_that_the_platform_opens() -> None:
    told = notices(taken(delivered(), open_dispute(by=PLATFORM), days(2)))
    assert {notice.role for notice in told} == {Role.BUYER, Role.SELLER, Role.PLATFORM}


def test_R16_the_buyer_hears_that_the_review_has_begun_when_the_seller_stays_silent() -> None:
    assert Role.BUYER in {notice.role for notice in told_by_clock(disputed(), days(7))}


@pytest.mark.parametrize(
    ("order", "event", "code", "field"),
    [
        (going_back(), open_dispute(evidence=()), Code.NOT_ALLOWED_NOW, None),
        (delivered(), open_dispute(requested=PARTIAL, amount=TOTAL, evidence=()), Code.EVIDENCE_MISSING, None),
        (back(), open_dispute(requested=PARTIAL, amount=TOTAL), Code.AMOUNT_TOO_HIGH, "amount"),
        (back(), open_dispute(requested=Resolution.EXCHANGE), Code.REASON_NOT_ALLOWED, "reason"),
    ],
    ids=["too early", "no evidence", "too much", "wrong reason"],
)
def test_R14_of_all_that_is_wrong_with_a_dispute_the_first_of_the_contract_is_said(
    order: Order, event: OpenDispute, code: Code, field: str | None
) -> None:
    refusal = refused(order, event, days(2))
    assert refusal.code is code
    assert list(refusal.fields or ()) == ([field] if field else [])


def test_R14_who_has_agreed_about_a_parcel_is_not_told_to_wait_for_it() -> None:
    """What never becomes possible is said before what is not possible yet."""
    opened = after(shipped(), open_dispute(DisputeReason.NOT_RECEIVED, evidence=(), by=PLATFORM), at=days(1))
    agreed = after(opened, offer(Resolution.VOUCHER, 1), accept(), at=days(1))
    assert (agreed.stage, bool(due(agreed, DeadlineKind.DELIVER_BY))) == (Stage.SHIPPED, True)
    assert refused(agreed, NOT_RECEIVED, days(2)).code is Code.LIMIT_REACHED
