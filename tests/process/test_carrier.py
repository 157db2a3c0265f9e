"""The parcel's record: what the carrier says of it, wherever the order is (R7, R12). The way back: `test_way_back`."""

from datetime import timedelta
from typing import Final

import pytest

from tests.process.later_orders import (
    CONTEST,
    FAILED,
    LOST,
    REFUSED,
    RETURNED,
    WITHDRAW_DISPUTE,
    back,
    decide,
    dispute_of,
    disputed,
    exchanging,
    going_back,
    money_of,
    open_dispute,
    receive,
    returning,
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
    notices,
    recorded,
    refused,
    releasing,
    rows,
    shipped,
    taken,
)
from workflows.messages.parcels import CarrierFact, CorrectTracking, ExtendDelivery, Ship
from workflows.messages.refusal import Code
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Inspection, Resolution
from workflows.process.state.order import Order
from workflows.process.story.shipment import MAX_TRACKINGS
from workflows.process.telling.view import waiting_on

LOST_IN_RETURN: Final = after(going_back(), LOST, at=days(2))
STAGES: Final = {
    Stage.SHIPPED: shipped(),
    Stage.RETURNING_TO_SELLER: going_back(),
    Stage.RETURNED_TO_SELLER: after(going_back(), receive(), at=days(2)),
    Stage.LOST_IN_RETURN: LOST_IN_RETURN,
    Stage.DELIVERED: delivered(),
}
RULE: Final = {
    (Stage.SHIPPED, DELIVERED): (Stage.DELIVERED, DeadlineKind.PROTECTED_UNTIL),
    (Stage.SHIPPED, REFUSED): (Stage.RETURNING_TO_SELLER, DeadlineKind.RETURN_BY),
    (Stage.SHIPPED, FAILED): (Stage.RETURNING_TO_SELLER, DeadlineKind.RETURN_BY),
    (Stage.SHIPPED, RETURNED): (Stage.RETURNED_TO_SELLER, DeadlineKind.INSPECT_BY),
    (Stage.SHIPPED, LOST): (Stage.SHIPPED, DeadlineKind.PROTECTED_UNTIL),
    (Stage.RETURNING_TO_SELLER, RETURNED): (Stage.RETURNED_TO_SELLER, DeadlineKind.INSPECT_BY),
    (Stage.RETURNING_TO_SELLER, DELIVERED): (Stage.DELIVERED, DeadlineKind.PROTECTED_UNTIL),
    (Stage.RETURNING_TO_SELLER, LOST): (Stage.LOST_IN_RETURN, DeadlineKind.PROTECTED_UNTIL),
    (Stage.LOST_IN_RETURN, RETURNED): (Stage.RETURNED_TO_SELLER, DeadlineKind.INSPECT_BY),
}
"""R12, word by word: where the order is, what the carrier says → where it is then, and which one deadline runs."""
FACTS: Final = (DELIVERED, REFUSED, FAILED, RETURNED, LOST)


def where(order: Order) -> Stage:
    assert order.parcel
    return order.parcel.where


def correct(tracking: str) -> CorrectTracking:
    return CorrectTracking(by=SELLER, carrier="post", tracking=tracking)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
@pytest.mark.parametrize("stage", STAGES)
def test_R12_each_fact_in_each_stage_leads_where_the_rule_says_and_nowhere_else(
    stage: Stage, fact: CarrierFact
) -> None:
    order = STAGES[stage]
    assert order.parcel
    if fact.name in order.parcel.facts:
        assert "duplicate" in recorded(order, fact, days(3))
        return
    outcome = taken(order, fact, days(3))
    then, running = RULE.get((stage, fact), (stage, None))
    assert (outcome.order.stage, where(outcome.order)) == (then, then)
    assert money_of(outcome.order) == (0, 0, 0, TOTAL)
    if running:
        assert [d.kind for d in outcome.order.deadlines] == [running]
    else:
        assert outcome.order.deadlines == order.deadlines
        assert outcome.order.parcel
        assert outcome.order.parcel.facts[-1] == fact.name


def test_R12_a_parcel_lost_on_its_way_that_turns_up_is_delivered_and_protected_anew() -> None:
    order = after(shipped(protect_for="P15D"), LOST, at=days(1))
    found = after(order, DELIVERED, at=days(9))
    assert (found.stage, due(found, DeadlineKind.PROTECTED_UNTIL)) == (Stage.DELIVERED, days(24))


def test_R12_lost_after_deliver_by_does_not_start_protection_again() -> None:
    late = clock(shipped(deliver_within="P10D", protect_for="P15D"), days(11))
    protected = due(late, DeadlineKind.PROTECTED_UNTIL)
    assert protected == hours(2) + timedelta(days=25)
    assert due(after(late, LOST, at=days(12)), DeadlineKind.PROTECTED_UNTIL) == protected


def test_R12_lost_means_that_the_delivery_is_no_longer_extended_for_its_deadline_has_passed() -> None:
    order = after(shipped(), LOST, at=days(1))
    refusal = refused(order, ExtendDelivery(by=SELLER, days=1), days(2))
    assert refusal.code is Code.DEADLINE_PASSED
    assert "the time of delivery ended on Tue 3 Mar 2026, 12:00 UTC" in refusal.message


def test_R15_lost_on_its_way_the_buyer_need_not_wait_for_the_promise() -> None:
    never_came = open_dispute(DisputeReason.NOT_RECEIVED, evidence=())
    assert refused(shipped(), never_came, days(1)).code is Code.NOT_ALLOWED_NOW
    assert after(shipped(), LOST, never_came, at=days(1)).stage is Stage.DISPUTED
    told = notices(taken(shipped(), LOST, days(1)))
    assert all("is lost, says its carrier" in notice.text for notice in told), "on the first day nothing is late"


def test_R12_returned_without_a_word_before_is_inspected_too() -> None:
    order = after(shipped(inspect_within="PT48H"), RETURNED, at=days(1))
    assert (waiting_on(order), due(order, DeadlineKind.INSPECT_BY)) == (Role.SELLER, days(3))


def test_R12_lost_on_the_way_back_and_found_the_seller_inspects_it() -> None:
    found = after(going_back(inspect_within="PT48H"), LOST, RETURNED, at=days(2))
    assert (waiting_on(found), due(found, DeadlineKind.INSPECT_BY)) == (Role.SELLER, days(4))
    assert due(found, DeadlineKind.PROTECTED_UNTIL) is None


def test_R12_in_a_dispute_the_record_goes_on_and_no_deadline_moves() -> None:
    order = after(going_back(), open_dispute(DisputeReason.OTHER, by=PLATFORM, evidence=()), at=days(2))
    assert "duplicate" in recorded(order, REFUSED, days(2.5))
    outcome = taken(order, RETURNED, days(2.5))
    assert outcome.answer.applied
    assert (outcome.order.stage, where(outcome.order)) == (Stage.DISPUTED, Stage.RETURNED_TO_SELLER)
    assert outcome.order.deadlines == order.deadlines
    assert dispute_of(outcome.order) == dispute_of(order)


def test_R7_a_fact_taken_in_a_dispute_is_a_duplicate_afterwards() -> None:
    order = after(disputed(), REFUSED, WITHDRAW_DISPUTE, at=days(3))
    assert order.stage is Stage.DELIVERED
    for again in (DELIVERED, REFUSED):
        assert "duplicate" in recorded(order, again, days(4))


def test_R7_a_fact_is_known_for_ever_also_after_closing_and_a_new_one_is_only_recorded() -> None:
    assert "duplicate" in recorded(releasing(), DELIVERED, days(3))
    ended = releasing()
    assert "has ended" in recorded(ended, LOST, days(3))
    once = after(ended, LOST, at=days(3))
    assert "has ended" in recorded(once, LOST, days(4)), "recorded without effect is not remembered"


@pytest.mark.parametrize("order", [exchanging(), returning()], ids=["exchanging", "returning goods"])
def test_R12_of_the_first_parcel_every_fact_is_kept_and_none_moves_what_follows_a_decision(order: Order) -> None:
    assert "duplicate" in recorded(order, DELIVERED, days(5))
    for fact in (REFUSED, FAILED, RETURNED, LOST):
        outcome = taken(order, fact, days(5))
        assert outcome.answer.applied
        assert outcome.order.stage is order.stage
        assert outcome.order.deadlines == order.deadlines


def test_R2_an_instant_ahead_of_the_clock_is_noted_and_the_report_counts() -> None:
    ahead = REFUSED.model_copy(update={"occurred_at": days(1) + timedelta(minutes=5) + SECOND})
    within = REFUSED.model_copy(update={"occurred_at": days(1) + timedelta(minutes=5)})
    noted, plain = taken(shipped(), ahead, days(1)), taken(shipped(), within, days(1))
    assert noted.order.stage is plain.order.stage is Stage.RETURNING_TO_SELLER
    assert due(noted.order, DeadlineKind.RETURN_BY) == due(plain.order, DeadlineKind.RETURN_BY)
    assert "ahead" in rows(noted)[-1].summary
    assert "ahead" not in rows(plain)[-1].summary


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_only_the_carrier_reports_of_a_parcel(fact: CarrierFact) -> None:
    for party in (SELLER, PLATFORM):
        assert refused(shipped(), fact.model_copy(update={"by": party}), days(1)).code is Code.WRONG_ROLE


def test_a_fact_that_cannot_apply_is_never_refused() -> None:
    for order in (exchanging(), returning(), disputed(), releasing(), back()):
        for fact in FACTS:
            for tracking in ("T-1", "T-9"):
                report = fact.model_copy(update={"tracking": tracking})
                outcome = taken(order, report, days(5) if order.stage.closed else days(3.1))
                assert outcome.answer.applied or outcome.answer.why


def test_tracking_is_corrected_only_on_its_way_and_before_any_word_of_the_carrier() -> None:
    for order, at in ((delivered(), days(2)), (going_back(), days(2)), (disputed(), days(3)), (exchanging(), days(4))):
        assert refused(order, correct("T-2"), at).code is Code.NOT_ALLOWED_NOW
    assert refused(after(shipped(), LOST, at=days(1)), correct("T-2"), days(2)).code is Code.NOT_ALLOWED_NOW
    late = clock(shipped(deliver_within="P10D"), days(11))
    assert after(late, correct("T-2"), at=days(11)).trackings == ("T-1", "T-2")


def test_a_corrected_tracking_moves_no_deadline_and_tells_the_buyer() -> None:
    order = shipped()
    outcome = taken(order, correct("T-2"), hours(3))
    assert outcome.order.deadlines == order.deadlines
    assert outcome.order.parcel
    assert order.parcel
    assert outcome.order.parcel.number == order.parcel.number
    assert "T-2" in rows(outcome)[-1].summary


def test_a_tracking_named_before_is_not_named_again_by_anybody() -> None:
    corrected = after(shipped(), correct("T-2"), at=hours(3))
    there = DELIVERED.model_copy(update={"tracking": "T-2"})
    exchange = open_dispute(requested=Resolution.EXCHANGE)
    swapped = after(corrected, there, exchange, CONTEST, decide(Resolution.EXCHANGE), at=days(1))
    for named in ("T-1", "T-2"):
        refusal = refused(corrected, correct(named), hours(4))
        assert (refusal.code, refusal.fields) == (Code.INVALID, ("tracking",))
        assert refused(swapped, Ship(by=SELLER, carrier="post", tracking=named), days(2)).fields == ("tracking",)


def test_R30_a_dispute_before_the_inspection_stops_it_and_its_rest_is_at_least_72_hours() -> None:
    order = after(back(inspect_within="P10D"), open_dispute(DisputeReason.RETURNED_NOT_REFUNDED), at=days(4))
    assert due(order, DeadlineKind.INSPECT_BY) is None
    assert refused(order, receive(), days(5)).code in (Code.NOTHING_OPEN, Code.NOT_ALLOWED_NOW)
    withdrawn = after(order, WITHDRAW_DISPUTE, at=days(6))
    assert (withdrawn.stage, due(withdrawn, DeadlineKind.INSPECT_BY)) == (Stage.RETURNED_TO_SELLER, days(14))
    short = after(back(inspect_within="PT24H"), open_dispute(DisputeReason.RETURNED_NOT_REFUNDED), at=days(2.5))
    assert due(after(short, WITHDRAW_DISPUTE, at=days(6)), DeadlineKind.INSPECT_BY) == days(9)


def test_R2_who_comes_at_the_deadline_of_the_way_back_is_told_which_it_was() -> None:
    lost = clock(going_back(return_within="P30D"), days(31))
    refusal = refused(lost, receive(), days(31))
    assert refusal.code is Code.DEADLINE_PASSED
    assert "the time for the parcel to come back ended on Thu 2 Apr 2026, 12:00 UTC" in refusal.message
    dispute = open_dispute(DisputeReason.RETURNED_NOT_REFUNDED)
    at = due(LOST_IN_RETURN, DeadlineKind.PROTECTED_UNTIL)
    assert at
    assert after(LOST_IN_RETURN, dispute, at=at - SECOND).stage is Stage.DISPUTED
    too_late = refused(LOST_IN_RETURN, dispute, at)
    assert too_late.code is Code.DEADLINE_PASSED
    assert "the buyer protection ended on" in too_late.message


def test_confirming_is_for_who_has_it_or_awaits_it() -> None:
    for order in (going_back(), back(), LOST_IN_RETURN, after(back(), receive(Inspection.EMPTY), at=days(2))):
        assert refused(order, CONFIRM, days(3)).code is Code.NOT_ALLOWED_NOW


def test_the_carrier_of_another_name_reports_all_the_same() -> None:
    other = CARRIER.model_copy(update={"id": "another-post"})
    assert after(shipped(), REFUSED.model_copy(update={"by": other}), at=days(1)).stage is Stage.RETURNING_TO_SELLER


def test_a_tracking_is_corrected_so_often_and_no_more() -> None:
    order = shipped()
    for number in range(2, MAX_TRACKINGS + 1):
        order = after(order, CorrectTracking(by=SELLER, carrier="post", tracking=f"T-{number}"), at=hours(3))
    again = CorrectTracking(by=SELLER, carrier="post", tracking="T-99")
    assert len(order.trackings) == MAX_TRACKINGS
    assert refused(order, again, hours(3)).code is Code.LIMIT_REACHED


def test_R12_what_is_said_of_another_parcel_is_no_duplicate_of_what_was_said_of_this_one() -> None:
    corrected = after(shipped(), correct("T-2"), DELIVERED.model_copy(update={"tracking": "T-2"}), at=days(1))
    assert recorded(corrected, DELIVERED, days(2)) == "the parcel of this order is T-2"
