"""Chapter 1: one payment pays an order, the first of at least the total, and everything else goes back (R5, R7)."""

from datetime import timedelta

from tests.process.orders import (
    APPROVE,
    BUYER,
    CONFIRM,
    DELIVERED,
    PROVIDER,
    SECOND,
    SELLER,
    SHIP,
    TOTAL,
    WITHDRAW,
    after,
    answered,
    asked,
    calls,
    cancel,
    captured,
    clock,
    delivered,
    due,
    hours,
    minutes,
    new_order,
    notices,
    paid,
    recorded,
    refund,
    refused,
    request,
    rows,
    shipped,
    taken,
)
from workflows.messages.commands import PaymentFailed
from workflows.messages.refusal import Code
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Role, Stage
from workflows.messages.work import RefundCall
from workflows.process.money.attention import needs_attention
from workflows.process.story.payment import CLOCK_SKEW

FAILED = PaymentFailed(by=PROVIDER, payment_id="p-1", reason="declined")


def test_a_new_order_waits_for_its_payment_until_pay_by() -> None:
    order = new_order(pay_within="PT30M")
    assert (order.stage, order.version, order.entry) == (Stage.PENDING_PAYMENT, 1, 1)
    assert due(order, DeadlineKind.PAY_BY) == minutes(30)
    assert len(order.deadlines) == 1


def test_R5_the_first_payment_of_the_total_pays_the_order() -> None:
    outcome = taken(new_order(), captured(), minutes(1))
    order = outcome.order
    assert order.stage is Stage.AWAITING_SHIPMENT
    assert (order.ledger.captured, order.ledger.held) == (TOTAL, TOTAL)
    assert order.payments[0].role == "order"
    assert order.paid_at == minutes(1)
    assert [d.kind for d in order.deadlines] == [DeadlineKind.SHIP_BY]
    assert calls(outcome) == ()
    assert [n.role for n in notices(outcome)] == [Role.SELLER, Role.BUYER]


def test_R5_the_surplus_of_the_payment_that_pays_goes_back_to_it_at_once() -> None:
    outcome = taken(new_order(), captured(TOTAL + 701), minutes(1))
    order = outcome.order
    assert order.stage is Stage.AWAITING_SHIPMENT
    assert (order.ledger.captured, order.ledger.held, order.ledger.refunding) == (TOTAL + 701, TOTAL, 701)
    (call,) = calls(outcome)
    assert isinstance(call, RefundCall)
    assert (call.payment_id, call.amount, call.key) == ("p-1", 701, "A-1001-refund-1-1")
    assert outcome.answer.refund_id == "A-1001-refund-1"


def test_R5_a_payment_one_short_of_the_total_goes_back_and_the_buyer_is_told_and_may_pay_again() -> None:
    outcome = taken(new_order(), captured(TOTAL - 1), minutes(1))
    order = outcome.order
    assert order.stage is Stage.PENDING_PAYMENT
    assert (order.ledger.captured, order.ledger.held, order.ledger.refunding) == (TOTAL - 1, 0, TOTAL - 1)
    assert [call.amount for call in calls(outcome)] == [TOTAL - 1]
    (word,) = notices(outcome)
    assert (word.role, word.due_at) == (Role.BUYER, minutes(30))
    again = after(order, captured(payment_id="p-2"), at=minutes(2))
    assert again.stage is Stage.AWAITING_SHIPMENT
    assert again.ledger.held == TOTAL


def test_R5_two_small_payments_do_not_add_up_to_one() -> None:
    order = after(new_order(), captured(1300), captured(1300, "p-2"), at=minutes(1))
    assert order.stage is Stage.PENDING_PAYMENT
    assert order.ledger.refunding == 2600


def test_R5_a_second_payment_goes_back_whole_to_the_payment_it_came_with() -> None:
    order = after(paid(), captured(payment_id="p-2"), at=minutes(5))
    assert order.stage is Stage.AWAITING_SHIPMENT
    assert (refund(order).payment_id, refund(order).amount, refund(order).cause) == ("p-2", TOTAL, "surplus")
    assert (order.ledger.held, order.ledger.refunding) == (TOTAL, TOTAL)


def test_R5_a_payment_in_another_currency_has_a_refund_of_its_own_outside_the_ledger() -> None:
    outcome = taken(new_order(), captured(10**6, currency="EUR"), minutes(1))
    order = outcome.order
    assert order.stage is Stage.PENDING_PAYMENT
    assert order.ledger.captured == 0
    assert order.payments[0].role == "foreign"
    assert (refund(order).currency, refund(order).owed) == ("EUR", 10**6)
    (call,) = calls(outcome)
    assert (call.currency, call.amount) == ("EUR", 10**6)
    done = after(order, answered(MoneyState.SUCCEEDED), at=minutes(2))
    assert (refund(done).state, done.ledger.refunded) == (MoneyState.SUCCEEDED, 0)


def test_R5_a_foreign_payment_after_pending_payment_goes_back_as_foreign() -> None:
    order = after(paid(), captured(500, "p-2", currency="EUR"), at=hours(1))
    assert order.payments[1].role == "foreign"
    assert order.ledger.captured == TOTAL


def test_R5_a_failed_foreign_refund_keeps_the_order_from_being_settled() -> None:
    order = after(new_order(), captured(500, currency="EUR"), request(), at=minutes(1))
    assert (order.stage, order.settled) == (Stage.CANCELLED, False)
    order = after(order, answered(MoneyState.FAILED), at=minutes(2))
    assert not order.settled
    assert [a.kind for a in needs_attention(order)] == ["refund_failed"]
    order = after(order, answered(MoneyState.SUCCEEDED), at=minutes(3))
    assert order.settled


def test_R5_a_payment_in_every_later_stage_goes_back_whole_and_moves_nothing_else() -> None:
    for order in (paid(), asked(), shipped(), delivered()):
        late = after(order, captured(5000, "p-2"), at=hours(25))
        assert late.stage is order.stage
        assert late.ledger.held == order.ledger.held
        assert refund(late).amount == 5000


def test_R2_pay_by_passes_at_its_instant_and_the_order_is_cancelled_by_itself() -> None:
    order = new_order()
    assert clock(order, minutes(30) - SECOND).stage is Stage.PENDING_PAYMENT
    late = clock(order, minutes(30))
    assert (late.stage, late.reason, late.fault) == (
        Stage.CANCELLED,
        CancellationReason.PAYMENT_EXPIRED,
        Role.BUYER,
    )
    assert late.closed_at == minutes(30)


def test_R2_the_clock_that_wakes_hours_late_settles_at_the_deadlines_own_instant() -> None:
    assert clock(new_order(), hours(9)).closed_at == minutes(30)


def test_R5_a_capture_at_pay_by_finds_it_expired_and_goes_back() -> None:
    outcome = taken(new_order(), captured(), minutes(30))
    assert outcome.order.stage is Stage.CANCELLED
    assert outcome.order.ledger.refunding == TOTAL
    assert [row.outcome for row in rows(outcome)] == ["deadline", "accepted"]
    assert after(new_order(), captured(), at=minutes(30) - SECOND).stage is Stage.AWAITING_SHIPMENT


def test_R5_a_capture_that_occurred_before_pay_by_counts_as_in_time_while_pay_by_is_not_settled() -> None:
    before = captured(occurred_at=minutes(30) - timedelta(microseconds=1))
    order = after(new_order(ship_within="PT48H"), before, at=minutes(31))
    assert order.stage is Stage.AWAITING_SHIPMENT
    assert due(order, DeadlineKind.SHIP_BY) == minutes(31) + timedelta(hours=48), "windows start when it is accepted"
    assert due(order, DeadlineKind.PAY_BY) is None


def test_R5_a_capture_that_occurred_at_pay_by_is_late() -> None:
    assert after(new_order(), captured(occurred_at=minutes(30)), at=minutes(31)).stage is Stage.CANCELLED


def test_R5_a_capture_that_occurred_in_time_is_late_once_pay_by_is_settled() -> None:
    settled = clock(new_order(), minutes(30))
    order = after(settled, captured(occurred_at=minutes(10)), at=minutes(31))
    assert (order.stage, order.ledger.refunding) == (Stage.CANCELLED, TOTAL)


def test_R5_a_capture_too_small_in_time_does_not_hold_pay_by_up() -> None:
    order = after(new_order(), captured(5, occurred_at=minutes(10)), at=minutes(31))
    assert order.stage is Stage.CANCELLED


def test_R2_R7_a_payment_known_before_does_not_hold_pay_by_up_either() -> None:
    small = after(new_order(), captured(5), at=minutes(1))
    conflict = taken(small, captured(TOTAL, occurred_at=minutes(10)), minutes(31))
    assert conflict.order.stage is Stage.CANCELLED, "an expired deadline is settled before the event"
    assert conflict.order.conflicts == ("p-1",)


def test_R5_while_a_capture_in_time_spares_pay_by_other_deadlines_are_settled_first() -> None:
    small = after(new_order(refund_expected_within="PT5M"), captured(5), answered(MoneyState.SUBMITTED), at=minutes(1))
    outcome = taken(small, captured(payment_id="p-2", occurred_at=minutes(29)), minutes(31))
    assert [row.name for row in rows(outcome)] == ["refund_expected_by", "payment_captured"]
    assert outcome.order.stage is Stage.AWAITING_SHIPMENT


def test_R2_occurred_at_starts_no_window() -> None:
    order = after(new_order(ship_within="PT48H"), captured(occurred_at=minutes(1)), at=minutes(20))
    assert due(order, DeadlineKind.SHIP_BY) == minutes(20) + timedelta(hours=48)


def test_R2_occurred_at_far_ahead_is_noted_and_ignored_and_the_fact_counts() -> None:
    ahead = taken(new_order(), captured(occurred_at=minutes(1) + CLOCK_SKEW + SECOND), minutes(1))
    assert ahead.order.stage is Stage.AWAITING_SHIPMENT
    assert "was ignored" in rows(ahead)[0].summary
    within = taken(new_order(), captured(occurred_at=minutes(1) + CLOCK_SKEW), minutes(1))
    assert "was ignored" not in rows(within)[0].summary


def test_R28_a_payment_after_the_order_was_settled_wakes_it_and_never_changes_its_stage() -> None:
    settled = clock(new_order(), minutes(30))
    outcome = taken(settled, captured(), hours(1))
    assert (outcome.order.stage, outcome.order.settled) == (Stage.CANCELLED, False)
    assert [call.amount for call in calls(outcome)] == [TOTAL]
    done = after(outcome.order, answered(MoneyState.SUCCEEDED), at=hours(2))
    assert done.closed_at == hours(2)
    assert done.reason is CancellationReason.PAYMENT_EXPIRED


def test_R7_the_same_payment_again_is_a_duplicate_for_ever() -> None:
    for order in (paid(), asked(), shipped(), delivered()):
        assert "duplicate" in recorded(order, captured(), hours(25))
    small = after(new_order(), captured(5), at=minutes(1))
    assert "duplicate" in recorded(small, captured(5), minutes(2))


def test_R7_the_same_payment_id_with_another_amount_or_currency_is_a_conflict_for_the_platform() -> None:
    for other in (captured(TOTAL + 1), captured(currency="EUR")):
        outcome = taken(paid(), other, minutes(5))
        assert outcome.answer.applied is False
        assert outcome.order.ledger == paid().ledger
        assert [a.kind for a in needs_attention(outcome.order)] == ["payment_contradicted"]
        assert [n.role for n in notices(outcome)] == [Role.PLATFORM]
        again = taken(outcome.order, other, minutes(6))
        assert notices(again) == ()
        assert len(again.order.conflicts) == 1


def test_a_failed_payment_is_recorded_and_the_buyer_may_try_again() -> None:
    outcome = taken(new_order(), FAILED, minutes(1))
    assert outcome.order.stage is Stage.PENDING_PAYMENT
    assert [n.role for n in notices(outcome)] == [Role.BUYER]
    assert rows(outcome)[0].text == "declined"
    assert after(outcome.order, captured(), at=minutes(2)).stage is Stage.AWAITING_SHIPMENT


def test_a_failed_payment_after_pending_payment_is_only_recorded() -> None:
    for order in (paid(), asked(), shipped(), delivered(), clock(new_order(), hours(1))):
        assert recorded(order, FAILED, hours(25))


def test_the_buyer_cancels_an_unpaid_order_at_once_without_a_reason() -> None:
    order = after(new_order(), request(None), at=minutes(1))
    assert (order.stage, order.reason, order.fault) == (Stage.CANCELLED, CancellationReason.OTHER, None)
    assert order.closed_at == minutes(1)
    assert order.cancellation_requests == 0


def test_an_unpaid_order_cancelled_with_a_reason_keeps_it() -> None:
    order = after(new_order(), request(CancellationReason.WRONG_ADDRESS), at=minutes(1))
    assert (order.reason, order.fault) == (CancellationReason.WRONG_ADDRESS, Role.BUYER)


def test_the_buyer_of_an_unpaid_order_cannot_give_a_sellers_reason() -> None:
    assert refused(new_order(), request(CancellationReason.OUT_OF_STOCK), minutes(1)).code is Code.REASON_NOT_ALLOWED


def test_an_unpaid_order_whose_small_payment_goes_back_is_settled_only_when_that_has_arrived() -> None:
    order = after(new_order(), captured(5), request(), at=minutes(1))
    assert (order.stage, order.settled) == (Stage.CANCELLED, False)
    assert after(order, answered(MoneyState.SUCCEEDED), at=minutes(2)).settled


def test_an_unpaid_buyer_whose_small_payment_goes_back_is_not_told_that_nothing_was_charged() -> None:
    small = after(new_order(), captured(5), at=minutes(1))
    told = [n.text for n in notices(taken(small, request(), minutes(2))) if n.role is Role.BUYER]
    assert told
    assert not any("Nothing was charged" in text for text in told)


def test_seller_and_platform_may_cancel_an_unpaid_order() -> None:
    order = after(new_order(), cancel(SELLER), at=minutes(1))
    assert (order.stage, order.settled, order.fault) == (Stage.CANCELLED, True, Role.SELLER)


def test_nobody_ships_delivers_or_confirms_an_unpaid_order() -> None:
    assert refused(new_order(), SHIP, minutes(1)).code is Code.NOT_ALLOWED_NOW
    assert refused(new_order(), CONFIRM, minutes(1)).code is Code.NOT_ALLOWED_NOW
    assert refused(new_order(), APPROVE, minutes(1)).code is Code.NOTHING_OPEN
    assert refused(new_order(), WITHDRAW, minutes(1)).code is Code.NOTHING_OPEN
    assert recorded(new_order(), DELIVERED, minutes(1))


def test_R24_terms_are_frozen_into_the_order() -> None:
    order = new_order(respond_within="PT5H")
    assert order.terms.respond_within.written == "PT5H"
    assert after(order, captured(), at=minutes(1)).terms is order.terms


def test_a_party_of_another_order_is_refused_before_anything_else() -> None:
    stranger = request().model_copy(update={"by": BUYER.model_copy(update={"id": "b-8"})})
    assert refused(new_order(), stranger, minutes(1)).code is Code.NOT_YOUR_ORDER
