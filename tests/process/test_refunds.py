"""Chapter 8: refunds and what the provider says of them, in every order in which it can say it (R6, R20, R21)."""

import pytest

from tests.process.orders import (
    APPROVE,
    PLATFORM,
    REFUND_1,
    REFUND_2,
    SECOND,
    TOTAL,
    after,
    answered,
    asked,
    by_hand,
    calls,
    cancel,
    captured,
    checked,
    clock,
    days,
    due,
    hours,
    look_ups,
    minutes,
    new_order,
    notices,
    paid,
    recorded,
    refund,
    refund_news,
    refunding,
    refused,
    retry,
    rows,
    taken,
    told_by_clock,
)
from workflows.messages.refusal import Code
from workflows.messages.values import DeadlineKind, MoneyState, Role, Stage
from workflows.messages.work import MoneyCall, RefundCall
from workflows.process.money.attention import needs_attention
from workflows.process.money.transfers import MAX_RETRIES
from workflows.process.state.changes import Check, Step
from workflows.process.state.counting import Counted
from workflows.process.state.order import Order
from workflows.process.step import Event, effects_of_resuming
from workflows.process.telling.view import order_label, refund_state

SUBMITTED, PENDING, UNKNOWN = MoneyState.SUBMITTED, MoneyState.PENDING, MoneyState.UNKNOWN
SUCCEEDED, FAILED, REVERSED = MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED
T = hours(4)
UNKNOWN_NAME = "nothing of this order has that name"


def kinds(order: Order) -> list[str]:
    return [attention.kind for attention in needs_attention(order)]


def test_R20_a_cancelled_order_refunds_all_that_is_held_to_the_payment_that_paid_it() -> None:
    order = after(new_order(), captured(5, "p-1"), captured(TOTAL, "p-2"), captured(9, "p-3"), at=minutes(1))
    outcome = taken(order, cancel(), hours(1))
    (call,) = calls(outcome)
    assert isinstance(call, RefundCall)
    assert (call.payment_id, call.amount) == ("p-2", TOTAL)


def test_R21_an_attempt_has_its_number_and_a_key_of_its_own() -> None:
    outcome = taken(paid(), cancel(), hours(1))
    (first,) = calls(outcome)
    assert (first.attempt, first.key) == (1, f"{REFUND_1}-1")
    failed = after(outcome.order, answered(FAILED), at=T)
    (second,) = calls(taken(failed, retry(), T))
    assert (second.attempt, second.key) == (2, f"{REFUND_1}-2")


def test_R21_a_refund_counts_as_refunding_from_requested_until_it_succeeded() -> None:
    order = refunding()
    for state in (UNKNOWN, SUBMITTED, PENDING):
        order = after(order, answered(state), at=T)
        assert (refund(order).state, order.ledger.refunding, order.settled) == (state, TOTAL, False)
    order = after(order, refund_news(SUCCEEDED), at=T)
    assert (order.ledger.refunding, order.ledger.refunded, order.closed_at) == (0, TOTAL, T)
    assert refund_state(order) == "final"


@pytest.mark.parametrize("state", [FAILED, REVERSED])
def test_R21_a_refund_in_trouble_still_refunds_and_waits_for_the_platform(state: MoneyState) -> None:
    outcome = taken(refunding(), refund_news(state), T)
    order = outcome.order
    assert (refund(order).state, order.ledger.refunding, order.settled) == (state, TOTAL, False)
    assert kinds(order) == [f"refund_{state}"]
    assert [n.role for n in notices(outcome)] == [Role.PLATFORM, Role.BUYER]
    assert refund_state(order) == "needs_attention"


def test_R21_a_refund_that_is_reversed_after_it_succeeded_reopens_the_settled_order() -> None:
    settled = after(refunding(), refund_news(SUCCEEDED), at=T)
    assert settled.settled
    for state in (REVERSED, FAILED):
        outcome = taken(settled, refund_news(state), days(9))
        assert (outcome.order.stage, outcome.order.settled) == (Stage.CANCELLED, False)
        assert (outcome.order.ledger.refunded, outcome.order.ledger.refunding) == (0, TOTAL)
        assert [n.role for n in notices(outcome)] == [Role.PLATFORM, Role.BUYER]


def test_R21_lower_news_is_only_recorded_and_judged_anew_every_time() -> None:
    pending = after(refunding(), refund_news(PENDING), at=T)
    why = recorded(pending, answered(SUBMITTED), T)
    assert why == "attempt 1 already counts as pending"
    assert recorded(after(pending, answered(SUBMITTED), at=T), answered(SUBMITTED), T) == why
    done = after(pending, refund_news(SUCCEEDED), at=T)
    assert recorded(done, answered(PENDING), T)


def test_R21_of_several_final_states_the_last_to_arrive_counts() -> None:
    for first in (SUCCEEDED, FAILED, REVERSED):
        for last in (SUCCEEDED, FAILED, REVERSED):
            if first is last:
                continue
            order = after(refunding(), refund_news(first), refund_news(last), at=T)
            assert refund(order).state is last
            assert order.ledger.refunded == (TOTAL if last is SUCCEEDED else 0)
            assert order.ledger.shortfall == 0


def test_R7_the_same_news_of_the_same_attempt_is_a_duplicate_for_ever() -> None:
    order = after(refunding(), refund_news(SUCCEEDED), at=T)
    assert "duplicate" in recorded(order, refund_news(SUCCEEDED), T)
    order = after(order, refund_news(REVERSED), at=T)
    assert "duplicate" in recorded(order, refund_news(SUCCEEDED), T)
    assert "duplicate" in recorded(order, answered(SUCCEEDED), T)


def test_R21_a_retry_is_a_new_attempt_over_what_is_still_owed() -> None:
    failed = after(refunding(), answered(FAILED), at=T)
    outcome = taken(failed, retry(), T)
    assert [call.amount for call in calls(outcome)] == [TOTAL]
    assert refund(outcome.order).state is MoneyState.REQUESTED
    assert kinds(outcome.order) == []
    done = after(outcome.order, answered(SUCCEEDED, 2), at=T)
    assert (done.ledger.refunded, done.ledger.shortfall, done.settled) == (TOTAL, 0, True)


def test_R21_a_superseded_attempt_that_pays_before_the_retry_does_leaves_the_retry_to_be_lost() -> None:
    order = after(refunding(), answered(FAILED), retry(), refund_news(SUCCEEDED, 1), at=T)
    assert (order.ledger.refunded, order.ledger.refunding, order.ledger.shortfall) == (TOTAL, 0, 0)
    assert not order.settled, "attempt 2 is still under way and may pay as well"
    lost = after(order, answered(FAILED, 2), at=T)
    assert (lost.settled, lost.ledger.shortfall, kinds(lost)) == (True, 0, [])
    twice = after(order, answered(SUCCEEDED, 2), at=T)
    assert (twice.settled, twice.ledger.refunded, twice.ledger.shortfall) == (True, 2 * TOTAL, TOTAL)
    assert "shortfall" in kinds(twice)


def test_R21_a_superseded_attempt_that_pays_after_the_retry_did_is_a_shortfall() -> None:
    order = after(refunding(), answered(FAILED), retry(), answered(SUCCEEDED, 2), refund_news(SUCCEEDED, 1), at=T)
    assert (order.ledger.refunded, order.ledger.shortfall) == (2 * TOTAL, TOTAL)
    back = after(order, refund_news(REVERSED, 2), at=T)
    assert (back.ledger.refunded, back.ledger.refunding, back.ledger.shortfall) == (TOTAL, 0, 0)
    assert (refund(back).state, back.settled) == (SUCCEEDED, True)


def test_R21_both_attempts_reversed_leaves_the_refund_owed_once() -> None:
    order = after(refunding(), answered(FAILED), retry(), answered(SUCCEEDED, 2), refund_news(SUCCEEDED, 1), at=T)
    order = after(order, refund_news(REVERSED, 2), refund_news(REVERSED, 1), at=T)
    assert (order.ledger.refunded, order.ledger.refunding, order.ledger.shortfall) == (0, TOTAL, 0)
    assert kinds(order) == ["refund_reversed"]


def test_R21_settling_by_hand_ends_what_is_owed() -> None:
    outcome = taken(after(refunding(), answered(FAILED), at=T), by_hand(), T)
    order = outcome.order
    assert (refund(order).state, order.settled) == (MoneyState.SETTLED_MANUALLY, True)
    assert (order.ledger.refunded, order.ledger.refunding) == (TOTAL, 0)
    assert [n.role for n in notices(outcome)] == [Role.BUYER]


def test_R21_an_attempt_that_pays_after_it_was_settled_by_hand_is_a_shortfall() -> None:
    order = after(refunding(), answered(FAILED), by_hand(), refund_news(SUCCEEDED), at=T)
    assert (order.ledger.refunded, order.ledger.shortfall) == (2 * TOTAL, TOTAL)
    assert refund(order).state is MoneyState.SETTLED_MANUALLY
    assert "shortfall" in kinds(order)
    undone = after(order, refund_news(REVERSED), at=T)
    assert (undone.ledger.shortfall, undone.settled) == (0, True)


def test_R21_only_a_failed_or_reversed_refund_is_retried_or_settled_by_hand() -> None:
    for state in (SUBMITTED, PENDING, UNKNOWN):
        order = after(refunding(), answered(state), at=T)
        assert refused(order, retry(), T).code is Code.NOT_ALLOWED_NOW
        assert refused(order, by_hand(), T).code is Code.NOT_ALLOWED_NOW
    retried = after(refunding(), answered(FAILED), retry(), at=T)
    assert refused(retried, retry(), T).code is Code.NOT_ALLOWED_NOW
    unknown = refused(retried, retry("A-1001-refund-9"), T)
    assert (unknown.code, unknown.fields) == (Code.INVALID, ("refund_id",))
    assert unknown.message == f"refund_id must be a refund of this order: {REFUND_1}."


def test_R21_a_lost_answer_is_looked_up_before_anything_else() -> None:
    outcome = taken(refunding(), answered(UNKNOWN), T)
    assert [call.key for call in look_ups(outcome)] == [f"{REFUND_1}-1"]
    assert rows(outcome)[0].role is Role.SYSTEM
    assert refund_state(outcome.order) == "unknown"


def test_R21_a_lost_answer_says_less_than_a_report() -> None:
    order = after(refunding(), refund_news(PENDING), at=T)
    outcome = taken(order, answered(UNKNOWN), T)
    assert (refund(outcome.order).state, look_ups(outcome)) == (PENDING, ())


def test_a_run_that_takes_over_looks_up_every_call_that_was_never_answered() -> None:
    order = after(refunding(), captured(9, "p-2"), at=T)
    assert len(effects_of_resuming(order)) == 2
    assert len(effects_of_resuming(after(order, answered(SUBMITTED), at=T))) == 1
    assert len(effects_of_resuming(after(order, answered(UNKNOWN), at=T))) == 2


def test_R21_news_of_an_unknown_refund_or_attempt_is_only_recorded() -> None:
    assert recorded(refunding(), refund_news(SUCCEEDED, refund_id="A-1001-refund-9"), T) == UNKNOWN_NAME
    assert "no attempt 2" in recorded(refunding(), refund_news(SUCCEEDED, 2), T)
    assert recorded(paid(), refund_news(SUCCEEDED), T) == UNKNOWN_NAME
    assert recorded(new_order(), refund_news(SUCCEEDED), minutes(1)) == UNKNOWN_NAME


def test_news_may_leave_out_the_attempt_while_there_is_one() -> None:
    assert after(refunding(), refund_news(SUCCEEDED, None), at=T).settled


def test_news_without_its_attempt_is_recorded_for_the_platform_once_there_are_two() -> None:
    order = after(refunding(), answered(FAILED), retry(), at=T)
    assert "2 attempts" in recorded(order, refund_news(SUCCEEDED, None), T)
    order = after(order, refund_news(SUCCEEDED, None), at=T)
    assert kinds(order) == ["unattributed_news"]


def test_R21_the_buyer_is_told_when_a_submitted_refund_is_late_and_the_platform_at_the_alert() -> None:
    order = refunding(refund_expected_within="PT24H", refund_alert_after="PT48H")
    assert order.deadlines == ()
    order = after(order, answered(SUBMITTED), at=T)
    assert due(order, DeadlineKind.REFUND_EXPECTED_BY) == hours(28)
    assert due(order, DeadlineKind.REFUND_ALERT_AT) == hours(52)
    assert [n.role for n in told_by_clock(order, hours(28))] == [Role.BUYER]
    assert [n.role for n in told_by_clock(order, hours(52))] == [Role.BUYER, Role.PLATFORM]
    alerted = clock(order, hours(52))
    assert kinds(alerted) == ["refund_overdue"]
    assert kinds(clock(order, hours(52) - SECOND)) == []
    done = after(alerted, refund_news(SUCCEEDED), at=hours(53))
    assert (kinds(done), done.deadlines) == ([], ())


def test_R21_news_ends_the_watch_over_a_refund_that_is_final() -> None:
    for state in (SUCCEEDED, FAILED, REVERSED):
        order = after(refunding(), answered(SUBMITTED), refund_news(state), at=T)
        assert order.deadlines == ()


def test_R21_a_retry_is_watched_anew() -> None:
    order = after(refunding(refund_expected_within="PT24H"), answered(SUBMITTED), refund_news(FAILED), retry(), at=T)
    assert due(order, DeadlineKind.REFUND_EXPECTED_BY) is None
    order = after(order, answered(SUBMITTED, 2), at=hours(9))
    assert due(order, DeadlineKind.REFUND_EXPECTED_BY) == hours(33)


def test_R21_a_webhook_that_overtakes_the_answer_starts_the_watch() -> None:
    order = after(refunding(refund_alert_after="PT48H"), refund_news(PENDING), at=T)
    assert due(order, DeadlineKind.REFUND_ALERT_AT) == hours(52)
    later = after(order, answered(SUBMITTED), at=hours(5))
    assert due(later, DeadlineKind.REFUND_ALERT_AT) == hours(52)


def test_the_platform_reports_for_its_provider_only_after_the_alert() -> None:
    news = refund_news(SUCCEEDED, by=PLATFORM)
    order = after(refunding(refund_alert_after="PT48H"), answered(SUBMITTED), at=T)
    assert refused(order, news, T).code is Code.WRONG_ROLE
    assert refused(order, news, hours(52) - SECOND).code is Code.WRONG_ROLE
    assert after(order, news, at=hours(52)).settled


@pytest.mark.parametrize("then", [(), (retry(),), (by_hand(),)], ids=["failed", "tried again", "settled by hand"])
def test_R7_the_platforms_report_is_a_duplicate_when_it_comes_again(then: tuple[Event, ...]) -> None:
    """Without a request id it is known by its own key, also where the platform might not say it for the first time."""
    order = after(refunding(refund_alert_after="PT48H"), answered(SUBMITTED), at=T)
    failed = refund_news(FAILED, by=PLATFORM)
    order = after(order, failed, *then, at=hours(52))
    assert "duplicate" in recorded(order, failed, hours(53))
    if then == (retry(),):
        assert refused(order, refund_news(FAILED, attempt=2, by=PLATFORM), hours(53)).code is Code.WRONG_ROLE


def test_R41_the_money_of_an_order_is_tried_again_so_often_and_not_once_more() -> None:
    order = after(refunding(), answered(FAILED), at=T)
    for number in range(MAX_RETRIES):
        order = after(order, retry(), answered(FAILED, number + 2), at=T)
    refusal = refused(order, retry(), T)
    assert (refusal.code, "by hand" in refusal.message) == (Code.LIMIT_REACHED, True)
    assert after(order, by_hand(), at=T).settled


def test_the_platform_may_go_on_reporting_of_a_refund_once_alerted() -> None:
    order = after(refunding(refund_alert_after="PT48H"), answered(SUBMITTED), at=T)
    order = after(order, refund_news(SUCCEEDED, by=PLATFORM), at=hours(52))
    assert after(order, refund_news(REVERSED, by=PLATFORM), at=hours(53)).ledger.refunding == TOTAL


def test_a_refund_is_reported_by_nobody_else() -> None:
    for role in (Role.BUYER, Role.SELLER):
        party = {Role.BUYER: "b-7", Role.SELLER: "s-3"}[role]
        news = refund_news(SUCCEEDED, by=PLATFORM.model_copy(update={"role": role, "id": party}))
        assert refused(refunding(), news, T).code is Code.WRONG_ROLE


def test_R6_surplus_and_order_refund_of_one_payment_do_not_mix() -> None:
    order = after(new_order(), captured(TOTAL + 701), cancel(), at=minutes(1))
    assert [(r.cause, r.owed) for r in order.refunds] == [("surplus", 701), ("order", TOTAL)]
    order = after(order, answered(FAILED), answered(SUCCEEDED, record_id=REFUND_2), at=T)
    assert (refund(order, 1).owed, refund(order, 2).owed) == (701, 0)
    assert (order.ledger.refunding, order.ledger.refunded, order.settled) == (701, TOTAL, False)


def test_R21_what_a_surplus_paid_twice_took_is_owed_again_when_it_comes_back() -> None:
    """A failed refund owes at most what its payment has left, and as much again as soon as that has more left."""
    order = after(new_order(), captured(TOTAL + 701), cancel(), at=minutes(1))
    order = after(order, answered(FAILED), retry(), answered(SUCCEEDED, 2), refund_news(SUCCEEDED, 1), at=T)
    assert (order.ledger.refunded, order.ledger.refunding, order.ledger.shortfall) == (1402, TOTAL, 701)
    order = after(order, answered(FAILED, record_id=REFUND_2), at=T)
    assert (order.ledger.refunding, order.ledger.shortfall) == (TOTAL - 701, 0)
    order = after(order, refund_news(REVERSED, 2), at=T)
    assert (order.ledger.refunded, order.ledger.refunding, order.ledger.shortfall) == (701, TOTAL, 0)
    assert refund(order, 2).owed == TOTAL


def test_R21_money_that_comes_back_from_one_refund_while_another_was_cut_short_is_not_lost() -> None:
    order = after(new_order(), captured(TOTAL + 701), cancel(), at=minutes(1))
    order = after(order, answered(FAILED), retry(), answered(SUCCEEDED, 2), refund_news(SUCCEEDED, 1), at=T)
    order = after(order, answered(FAILED, record_id=REFUND_2), retry(REFUND_2), at=T)
    for second in (SUBMITTED, SUCCEEDED):
        now = after(order, answered(second, 2, REFUND_2), refund_news(REVERSED, 2), at=T)
        money = now.ledger
        assert money.captured == TOTAL + 701
        assert (money.refunded + money.refunding + money.held, money.shortfall) == (TOTAL + 701, 0)
        assert not now.settled, "701 are still the buyer's, and on no way to anybody"


def test_label_says_that_an_approved_cancellation_is_being_refunded() -> None:
    order = after(asked(), APPROVE, at=hours(2))
    assert order_label(order) == "Cancellation Approved"
    assert order_label(after(order, answered(SUCCEEDED), at=T)) == "Cancelled"
    unpaid = after(new_order(), captured(5), cancel(), at=minutes(1))
    assert order_label(unpaid) == "Cancelled", "the payment on its way back is not the one that paid the order"


def test_R23_a_refund_is_watched_by_calendar_days_of_the_terms() -> None:
    order = after(refunding(), answered(SUBMITTED), at=T)
    assert due(order, DeadlineKind.REFUND_EXPECTED_BY) == days(7) + (T - days(0))
    assert [d.counted for d in order.deadlines] == [Counted(5, weekdays=(5, 6)), Counted(10, weekdays=(5, 6))]


OVERTAKEN = (refund_news(MoneyState.REVERSED), refund_news(MoneyState.SUCCEEDED))
"""The webhooks of a refund that had succeeded and then came back, in the order in which they happened to arrive."""


def checks(outcome: Step) -> list[MoneyCall]:
    return [effect.call for effect in outcome.effects if isinstance(effect, Check)]


def test_R21_a_success_that_comes_after_a_failure_counts_and_the_provider_is_asked_which_is_true() -> None:
    order = after(refunding(), OVERTAKEN[0], at=hours(4))
    outcome = taken(order, OVERTAKEN[1], hours(5))
    assert refund(outcome.order).state is MoneyState.SUCCEEDED
    assert [call.key for call in checks(outcome)] == [f"{REFUND_1}-1"]
    assert (calls(outcome), look_ups(outcome)) == ((), ()), "nothing may be sent"


def test_R21_the_provider_that_was_asked_has_the_last_word_also_when_it_was_heard_before() -> None:
    order = after(refunding(), *OVERTAKEN, at=hours(4))
    outcome = taken(order, checked(MoneyState.REVERSED), hours(5))
    assert (outcome.order.ledger.refunding, outcome.order.ledger.refunded) == (TOTAL, 0)
    assert [item.kind for item in needs_attention(outcome.order)] == ["refund_reversed"]
    assert checks(outcome) == [], "once is enough"
    confirmed = taken(order, checked(MoneyState.SUCCEEDED), hours(5))
    assert confirmed.order.ledger == order.ledger
    assert (confirmed.answer.applied, checks(confirmed)) == (False, [])


def test_R21_a_failure_that_is_told_again_of_a_success_makes_the_provider_be_asked_again() -> None:
    """So reconciliation heals what the webhooks got wrong, although the fact itself is known by its key (R7)."""
    order = after(refunding(), *OVERTAKEN, at=hours(4))
    outcome = taken(order, OVERTAKEN[0], hours(5))
    assert "duplicate" in (outcome.answer.why or "")
    assert [call.key for call in checks(outcome)] == [f"{REFUND_1}-1"]


def test_R21_a_failure_after_a_success_is_believed_at_once() -> None:
    order = after(refunding(), refund_news(MoneyState.SUCCEEDED), at=hours(4))
    outcome = taken(order, refund_news(MoneyState.FAILED), hours(5))
    assert refund(outcome.order).state is MoneyState.FAILED
    assert checks(outcome) == []
    assert calls(taken(outcome.order, retry(), hours(6)))
