"""Chapter 3: cancellation, and the races between the buyer who asks, the seller, and the clock (R8 to R11)."""

import pytest

from tests.process.orders import (
    APPROVE,
    BUYER,
    DELIVERED,
    PLATFORM,
    REJECT,
    REJECT_AS_SHIPPED,
    SECOND,
    SELLER,
    SHIP,
    TOTAL,
    WITHDRAW,
    after,
    asked,
    calls,
    cancel,
    clock,
    days,
    delivered,
    due,
    hours,
    minutes,
    move,
    notices,
    paid,
    refused,
    request,
    rows,
    shipped,
    taken,
    told_by_clock,
)
from workflows.messages.cancellation import BUYER_REASONS, PLATFORM_REASONS, SELLER_REASONS, DecideCancellation
from workflows.messages.durations import parse_span
from workflows.messages.refusal import Code
from workflows.messages.terms import AutoApproval
from workflows.messages.values import CancellationReason, DeadlineKind, RejectionReason, Role, Stage
from workflows.process.allowed import allowed_actions
from workflows.process.state.order import Cancellation, Order
from workflows.process.telling.view import waiting_on

R = CancellationReason
FAULTS = {
    R.SHIPPING_TOO_SLOW: Role.SELLER,
    R.SELLER_ASKED: Role.SELLER,
    R.OTHER: None,
}
APPROVE_AS_PLATFORM = DecideCancellation(by=PLATFORM, approve=True)


def cancellation(order: Order) -> Cancellation:
    assert order.cancellation
    return order.cancellation


def test_the_buyer_of_a_paid_order_asks_and_the_seller_has_until_respond_by() -> None:
    outcome = taken(paid(respond_within="PT72H"), request(), hours(1))
    order = outcome.order
    assert order.stage is Stage.CANCELLATION_PENDING
    assert due(order, DeadlineKind.RESPOND_BY) == hours(73)
    assert due(order, DeadlineKind.SHIP_BY), "ship_by goes on running"
    assert (waiting_on(order), calls(outcome), order.ledger.held) == (Role.SELLER, (), TOTAL)
    (word,) = notices(outcome)
    assert (word.role, word.due_at) == (Role.SELLER, hours(73))


def test_a_request_for_a_paid_order_needs_a_reason() -> None:
    refusal = refused(paid(), request(None), hours(1))
    assert (refusal.code, refusal.fields) == (Code.INVALID, ("reason",))


@pytest.mark.parametrize("reason", BUYER_REASONS)
def test_a_buyer_may_give_each_of_their_reasons_and_the_fault_follows(reason: CancellationReason) -> None:
    order = after(paid(), request(reason, note="because"), APPROVE, at=hours(1))
    assert (order.stage, order.reason) == (Stage.CANCELLED, reason)
    assert order.fault == FAULTS.get(reason, Role.BUYER)


@pytest.mark.parametrize("reason", [r for r in R if r not in BUYER_REASONS])
def test_a_buyer_may_give_no_other_reason(reason: CancellationReason) -> None:
    assert refused(paid(), request(reason, note="x"), hours(1)).code is Code.REASON_NOT_ALLOWED


def test_the_reason_other_with_its_note_is_a_reason_like_any_other() -> None:
    assert after(paid(), request(R.OTHER, note="because"), at=hours(1)).stage is Stage.CANCELLATION_PENDING


def test_the_seller_approves_and_everything_held_goes_back() -> None:
    outcome = taken(asked(), APPROVE, hours(2))
    order = outcome.order
    assert (order.stage, order.reason, order.fault) == (Stage.CANCELLED, R.CHANGED_MIND, Role.BUYER)
    assert (order.ledger.refunding, order.ledger.held, order.settled) == (TOTAL, 0, False)
    assert (cancellation(order).outcome, cancellation(order).decided_by) == ("approved", Role.SELLER)
    assert [call.amount for call in calls(outcome)] == [TOTAL]
    assert order.deadlines == ()


def test_the_seller_rejects_and_ship_by_is_what_it_was() -> None:
    before = asked()
    order = after(before, REJECT, at=hours(2))
    assert order.stage is Stage.AWAITING_SHIPMENT
    assert due(order, DeadlineKind.SHIP_BY) == due(before, DeadlineKind.SHIP_BY)
    assert due(order, DeadlineKind.RESPOND_BY) is None
    assert (cancellation(order).outcome, cancellation(order).rejection) == (
        "rejected",
        RejectionReason.ALREADY_PREPARED,
    )


def test_the_buyer_withdraws_and_the_order_awaits_shipment_again() -> None:
    outcome = taken(asked(), WITHDRAW, hours(2))
    assert outcome.order.stage is Stage.AWAITING_SHIPMENT
    assert cancellation(outcome.order).outcome == "withdrawn"
    assert [n.role for n in notices(outcome)] == [Role.SELLER]


def test_silence_continues_by_default_and_the_buyer_is_told_that_the_request_lapsed() -> None:
    order = asked(respond_within="PT72H", ship_within="P10D")
    assert clock(order, hours(73) - SECOND).stage is Stage.CANCELLATION_PENDING
    lapsed = clock(order, hours(73))
    assert (lapsed.stage, cancellation(lapsed).outcome) == (Stage.AWAITING_SHIPMENT, "lapsed")
    assert due(lapsed, DeadlineKind.SHIP_BY) == due(order, DeadlineKind.SHIP_BY)
    assert Role.BUYER in [n.role for n in told_by_clock(order, hours(73))]


def test_silence_approves_where_the_terms_say_so() -> None:
    order = clock(asked(on_seller_silence="approve"), hours(80))
    assert (order.stage, order.ledger.refunding) == (Stage.CANCELLED, TOTAL)
    assert (cancellation(order).outcome, cancellation(order).decided_by) == ("approved", Role.SYSTEM)
    assert cancellation(order).decided_at == hours(73)


def test_silence_asks_the_platform_where_the_terms_say_so_and_from_then_on_both_may_decide() -> None:
    order = asked(on_seller_silence="ask_platform", ship_within="P20D")
    assert refused(order, APPROVE_AS_PLATFORM, hours(73) - SECOND).code is Code.WRONG_ROLE
    escalated = clock(order, hours(73))
    assert escalated.stage is Stage.CANCELLATION_PENDING
    assert (waiting_on(escalated), due(escalated, DeadlineKind.DECIDE_BY)) == (Role.PLATFORM, hours(73 + 48))
    for answer, by in ((APPROVE_AS_PLATFORM, Role.PLATFORM), (APPROVE, Role.SELLER)):
        decided = after(order, answer, at=hours(74))
        assert (decided.stage, cancellation(decided).decided_by) == (Stage.CANCELLED, by)


def test_a_platform_that_is_silent_too_lets_the_order_go_on() -> None:
    order = clock(asked(on_seller_silence="ask_platform", ship_within="P20D"), hours(121))
    assert (order.stage, cancellation(order).outcome) == (Stage.AWAITING_SHIPMENT, "lapsed")
    assert due(order, DeadlineKind.DECIDE_BY) is None


def test_R2_a_platform_that_decides_at_decide_by_comes_too_late_and_is_told_so() -> None:
    order = asked(on_seller_silence="ask_platform", ship_within="P20D")
    refusal = refused(order, APPROVE_AS_PLATFORM, hours(121))
    assert refusal.code is Code.DEADLINE_PASSED
    assert "comes too late: the time to decide ended on Sat 7 Mar 2026, 13:00 UTC." in refusal.message


def test_a_request_after_an_escalated_one_is_the_sellers_alone_again() -> None:
    order = clock(asked(on_seller_silence="ask_platform", ship_within="P20D"), hours(121))
    again = after(order, request(), at=hours(122))
    assert refused(again, APPROVE_AS_PLATFORM, hours(123)).code is Code.WRONG_ROLE


def test_R1_the_seller_who_approves_after_the_buyer_withdrew_is_refused() -> None:
    assert refused(after(asked(), WITHDRAW, at=hours(2)), APPROVE, hours(2)).code is Code.NOTHING_OPEN


def test_R1_the_buyer_who_withdraws_after_the_seller_approved_is_refused() -> None:
    assert refused(after(asked(), APPROVE, at=hours(2)), WITHDRAW, hours(2)).code is Code.ORDER_CLOSED


def test_R1_of_two_answers_to_one_request_the_first_wins() -> None:
    assert refused(after(asked(), APPROVE, at=hours(2)), REJECT, hours(2)).code is Code.ORDER_CLOSED
    assert refused(after(asked(), REJECT, at=hours(2)), APPROVE, hours(2)).code is Code.NOTHING_OPEN


def test_R1_ship_and_approve_in_one_instant_are_never_both_accepted() -> None:
    assert refused(after(asked(), SHIP, at=hours(2)), APPROVE, hours(2)).code is Code.ALREADY_SHIPPED
    assert refused(after(asked(), APPROVE, at=hours(2)), SHIP, hours(2)).code is Code.ORDER_CLOSED


def test_R2_an_answer_at_respond_by_comes_too_late_and_the_refusal_names_it() -> None:
    for order in (asked(ship_within="P20D"), asked(ship_within="P20D", on_seller_silence="approve")):
        refusal = refused(order, APPROVE, hours(73))
        assert refusal.code is Code.DEADLINE_PASSED
        assert refusal.message == (
            '"Answer Cancellation Request" comes too late: the time to answer the request ended on Thu 5 Mar 2026, '
            "13:00 UTC."
        )
        assert after(order, APPROVE, at=hours(73) - SECOND).stage is Stage.CANCELLED


def test_R2_a_withdrawal_at_respond_by_comes_too_late_too() -> None:
    assert refused(asked(ship_within="P20D"), WITHDRAW, hours(73)).code is Code.DEADLINE_PASSED


def test_R2_shipping_after_the_request_lapsed_is_a_plain_shipment() -> None:
    outcome = taken(asked(ship_within="P20D"), SHIP, hours(73))
    assert outcome.order.stage is Stage.SHIPPED
    assert cancellation(outcome.order).outcome == "lapsed"
    assert [row.outcome for row in rows(outcome)] == ["deadline", "accepted"]


def test_R8_a_second_request_while_one_is_open_is_refused() -> None:
    assert refused(asked(), request(), hours(2)).code is Code.ALREADY_OPEN


def test_R8_requests_are_limited_and_withdrawn_ones_count() -> None:
    order = paid(cancellation_requests=2)
    for number in (1, 2):
        order = after(order, request(), at=hours(1))
        assert cancellation(order).number == number
        order = after(order, WITHDRAW, at=hours(1))
    refusal = refused(order, request(), hours(2))
    assert refusal.code is Code.LIMIT_REACHED
    assert "2 cancellation requests" in refusal.message


def test_R8_terms_may_allow_no_request_at_all() -> None:
    assert refused(paid(cancellation_requests=0), request(), hours(1)).code is Code.LIMIT_REACHED
    assert after(paid(cancellation_requests=1), request(), at=hours(1)).stage is Stage.CANCELLATION_PENDING


def test_R9_shipping_while_a_cancellation_is_pending_is_the_answer() -> None:
    outcome = taken(asked(), SHIP, hours(2))
    order = outcome.order
    assert order.stage is Stage.SHIPPED
    assert order.parcel
    assert order.parcel.tracking == "T-1"
    assert cancellation(order) == Cancellation(
        1, R.CHANGED_MIND, hours(1), "rejected", RejectionReason.ALREADY_SHIPPED, Role.SELLER, hours(2)
    )
    assert {d.kind for d in order.deadlines} == {DeadlineKind.DELIVER_BY}
    assert [n.kind for n in notices(outcome)] == ["order_shipped", "cancellation_rejected"]
    assert len(rows(outcome)) == 1


def test_R9_rejecting_as_already_shipped_is_the_shipment() -> None:
    assert after(asked(), REJECT_AS_SHIPPED, at=hours(2)).parcel == after(asked(), SHIP, at=hours(2)).parcel
    assert after(asked(), REJECT_AS_SHIPPED, at=hours(2)).cancellation == cancellation(
        after(asked(), SHIP, at=hours(2))
    )


def test_R9_rejecting_as_already_shipped_keeps_the_promised_delivery() -> None:
    promise = REJECT_AS_SHIPPED.model_copy(update={"deliver_by": days(5)})
    assert due(after(asked(), promise, at=hours(2)), DeadlineKind.DELIVER_BY) == days(5)
    past = REJECT_AS_SHIPPED.model_copy(update={"deliver_by": hours(2)})
    refusal = refused(asked(), past, hours(2))
    assert (refusal.code, refusal.fields) == (Code.INVALID, ("deliver_by",))


def test_R10_ship_by_goes_on_while_a_cancellation_is_pending_and_cancels_the_order() -> None:
    order = asked(ship_within="PT2H")
    late = clock(order, minutes(121))
    assert (late.stage, late.reason, late.fault) == (Stage.CANCELLED, R.PROCESSING_TIME_MISSED, Role.SELLER)
    assert (cancellation(late).outcome, late.ledger.refunding) == ("overtaken", TOTAL)


def test_R10_with_remind_a_pending_request_is_granted_when_ship_by_passes_and_both_are_told() -> None:
    order = asked(ship_within="PT2H", on_missed_shipment="remind")
    late = clock(order, minutes(121))
    assert (late.stage, late.reason) == (Stage.CANCELLED, R.CHANGED_MIND)
    assert (cancellation(late).outcome, cancellation(late).decided_by) == ("approved", Role.SYSTEM)
    told = [(n.role, n.kind) for n in told_by_clock(order, minutes(121))]
    assert (Role.SELLER, "processing_time_missed") in told
    assert (Role.PLATFORM, "processing_time_missed") in told


def test_R10_with_remind_a_request_after_ship_by_cancels_at_once_also_beyond_the_limit() -> None:
    order = paid(ship_within="PT2H", on_missed_shipment="remind", cancellation_requests=0)
    assert refused(order, request(), minutes(121) - SECOND).code is Code.LIMIT_REACHED
    late = after(order, request(), at=minutes(121))
    assert (late.stage, late.reason, late.ledger.refunding) == (Stage.CANCELLED, R.CHANGED_MIND, TOTAL)
    assert refused(order, request(None), minutes(121)).code is Code.INVALID


def test_R10_with_remind_the_buyer_is_told_that_cancelling_is_immediate_and_the_button_says_so() -> None:
    order = paid(ship_within="PT2H", on_missed_shipment="remind", ship_no_later_than="P2D")
    late = clock(order, minutes(121))
    (told,) = [n for n in told_by_clock(order, minutes(121)) if n.role is Role.BUYER]
    assert (told.kind, told.due_at) == ("processing_time_missed", due(late, DeadlineKind.SHIP_NO_LATER_THAN))
    assert "cancel it now, at once" in told.text
    on_time, now = (
        next(a.label for a in allowed_actions(each, Role.BUYER, at) if a.action == "request_cancellation")
        for each, at in ((order, hours(1)), (late, minutes(121)))
    )
    assert (on_time, now) == ("Request Order Cancellation", "Cancel Order")


def test_R10_with_remind_the_order_goes_on_and_ends_at_ship_no_later_than() -> None:
    order = paid(ship_within="PT2H", on_missed_shipment="remind", ship_no_later_than="P2D")
    late = clock(order, minutes(121))
    assert late.stage is Stage.AWAITING_SHIPMENT
    assert due(late, DeadlineKind.SHIP_NO_LATER_THAN) == days(2) + (minutes(121) - days(0))
    assert after(order, SHIP, at=hours(40)).stage is Stage.SHIPPED
    ended = clock(order, days(3))
    assert (ended.stage, ended.reason, ended.ledger.refunding) == (Stage.CANCELLED, R.PROCESSING_TIME_MISSED, TOTAL)


def test_R10_without_remind_no_second_processing_time_runs() -> None:
    assert clock(paid(ship_within="PT2H"), minutes(121)).deadlines == ()


def test_R2_ship_by_and_respond_by_in_one_instant_are_settled_in_the_order_of_the_table() -> None:
    order = after(paid(ship_within="PT2H", respond_within="PT1H"), request(), at=minutes(61))
    assert {d.at for d in order.deadlines} == {minutes(121)}
    assert clock(order, minutes(121)).reason is R.PROCESSING_TIME_MISSED


@pytest.mark.parametrize("order", [shipped(), delivered()])
def test_R11_a_cancellation_after_shipment_is_refused_and_never_queued(order: Order) -> None:
    for event in (request(), cancel(), cancel(PLATFORM, R.FRAUD)):
        refusal = refused(order, event, days(1))
        assert refusal.code is Code.ALREADY_SHIPPED
        assert "cannot be cancelled" in refusal.message
        at_the_door = order.stage is Stage.SHIPPED and event.by.role is Role.BUYER
        assert ("You can still refuse the parcel at the door." in refusal.message) == at_the_door, "to whom it is left"


@pytest.mark.parametrize("reason", SELLER_REASONS)
def test_the_seller_cancels_for_each_of_their_reasons(reason: CancellationReason) -> None:
    order = after(paid(), cancel(SELLER, reason), at=hours(1))
    fault = Role.BUYER if reason in (R.BUYER_ASKED, R.SUSPECTED_FRAUD) else Role.SELLER
    assert (order.stage, order.reason, order.fault) == (Stage.CANCELLED, reason, fault)


@pytest.mark.parametrize("reason", PLATFORM_REASONS)
def test_the_platform_cancels_for_each_of_its_reasons(reason: CancellationReason) -> None:
    order = after(paid(), cancel(PLATFORM, reason), at=hours(1))
    fault = {R.FRAUD: Role.BUYER, R.POLICY: Role.SELLER, R.STAFF_ERROR: Role.PLATFORM}[reason]
    assert (order.reason, order.fault) == (reason, fault)


def test_seller_and_platform_may_not_give_each_others_reasons_nor_the_systems() -> None:
    for reason in set(R) - set(SELLER_REASONS):
        assert refused(paid(), cancel(SELLER, reason), hours(1)).code is Code.REASON_NOT_ALLOWED
    for reason in set(R) - set(PLATFORM_REASONS):
        assert refused(paid(), cancel(PLATFORM, reason), hours(1)).code is Code.REASON_NOT_ALLOWED


def test_a_seller_who_cancels_overtakes_the_pending_request() -> None:
    order = after(asked(), cancel(), at=hours(2))
    assert (order.stage, order.reason, cancellation(order).outcome) == (Stage.CANCELLED, R.OUT_OF_STOCK, "overtaken")


def test_the_buyer_cannot_cancel_directly() -> None:
    assert refused(paid(), cancel().model_copy(update={"by": BUYER}), hours(1)).code is Code.WRONG_ROLE


def test_auto_approve_grants_at_once_when_every_condition_holds() -> None:
    approvals = (AutoApproval(within=parse_span("PT1H"), reasons=(R.CHANGED_MIND,), up_to=TOTAL),)
    order = paid(auto_approve=approvals)
    outcome = taken(order, request(), minutes(61) - SECOND)
    assert (outcome.order.stage, outcome.order.reason) == (Stage.CANCELLED, R.CHANGED_MIND)
    assert cancellation(outcome.order).decided_by is Role.SYSTEM
    assert len(rows(outcome)) == 1
    assert after(order, request(), at=minutes(61)).stage is Stage.CANCELLATION_PENDING
    assert after(order, request(R.WRONG_ADDRESS), at=minutes(2)).stage is Stage.CANCELLATION_PENDING
    dear = paid(auto_approve=(AutoApproval(up_to=TOTAL - 1),))
    assert after(dear, request(), at=minutes(2)).stage is Stage.CANCELLATION_PENDING


def test_auto_approve_is_one_of_several_and_without_conditions_always() -> None:
    either = (AutoApproval(up_to=1), AutoApproval())
    assert after(paid(auto_approve=either), request(), at=hours(5)).stage is Stage.CANCELLED


def test_auto_approve_does_not_lift_the_limit_of_requests() -> None:
    order = paid(auto_approve=(AutoApproval(),), cancellation_requests=0)
    assert refused(order, request(), hours(1)).code is Code.LIMIT_REACHED


def test_a_moved_respond_by_counts_and_a_new_request_starts_it_anew() -> None:
    order = after(asked(ship_within="P20D"), move(DeadlineKind.RESPOND_BY, hours(100)), at=hours(2))
    assert clock(order, hours(99)).stage is Stage.CANCELLATION_PENDING
    again = after(order, REJECT, request(), at=hours(3))
    assert due(again, DeadlineKind.RESPOND_BY) == hours(75)


def test_a_delivery_report_while_a_cancellation_is_pending_changes_nothing() -> None:
    outcome = taken(asked(), DELIVERED, hours(2))
    assert (outcome.order.stage, outcome.answer.applied) == (Stage.CANCELLATION_PENDING, False)


def test_R10_a_late_seller_is_called_late_also_where_the_terms_approve_anyway() -> None:
    late = clock(paid(ship_within="PT2H", on_missed_shipment="remind", auto_approve=(AutoApproval(),)), minutes(121))
    assert "missed the processing time" in rows(taken(late, request(), hours(3)))[-1].summary
