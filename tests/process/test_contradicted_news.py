"""Two words about one attempt, in any order: the provider is asked which is true, and its answer counts (R40)."""

from itertools import permutations

import pytest

from tests.process.orders import (
    PROVIDER,
    REFUND_1,
    REFUND_2,
    RELEASE_1,
    TOTAL,
    after,
    answered,
    by_hand,
    calls,
    cancel,
    captured,
    checked,
    let_go,
    minutes,
    new_order,
    paid,
    promised,
    recorded,
    refund,
    refund_news,
    refunding,
    refused,
    release,
    release_news,
    releasing,
    retry,
    retry_release,
    taken,
)
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOutcome
from workflows.messages.refusal import Code
from workflows.messages.values import DeadlineKind, MoneyState, Role
from workflows.messages.work import MoneyCall
from workflows.process.allowed import allowed_actions
from workflows.process.clock.deadlines import running_deadline
from workflows.process.money.attention import needs_attention
from workflows.process.state.changes import Check, Effect
from workflows.process.state.order import Order
from workflows.process.step import effects_of_resuming
from workflows.process.telling.view import refund_state

PENDING, UNKNOWN = MoneyState.PENDING, MoneyState.UNKNOWN
SUCCEEDED, FAILED, REVERSED = MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED
T = minutes(240)


def asked_of(effects: tuple[Effect, ...]) -> list[MoneyCall]:
    """The calls of which the provider is asked which word is true."""
    return [effect.call for effect in effects if isinstance(effect, Check)]


def told(order: Order, *states: MoneyState) -> Order:
    """`order` after the provider has said this of its first refund, by webhook."""
    return after(order, *map(refund_news, states), at=T)


@pytest.mark.parametrize("troubled", [FAILED, REVERSED])
def test_R40_a_refund_told_succeeded_failed_succeeded_is_asked_about_and_not_paid_twice(troubled: MoneyState) -> None:
    """The word was said before, so it is a duplicate; and it contradicts what stands, so it is not the last one."""
    order = told(refunding(), SUCCEEDED, troubled)
    outcome = taken(order, refund_news(SUCCEEDED), T)
    assert [call.key for call in asked_of(outcome.effects)] == [f"{REFUND_1}-1"]
    refusal = refused(outcome.order, retry(), T)
    assert refusal.code is Code.NOT_ALLOWED_NOW
    assert "is asked which of two words" in refusal.message
    heard = after(outcome.order, checked(SUCCEEDED), at=T)
    assert (heard.ledger.refunded, heard.ledger.refunding, heard.settled) == (TOTAL, 0, True)


def test_R40_while_it_is_asked_retry_is_not_offered_and_by_hand_is() -> None:
    def offered(order: Order) -> list[str]:
        return [one.action for one in allowed_actions(order, Role.PLATFORM, T)]

    order = told(refunding(), SUCCEEDED, FAILED)
    assert {"retry_refund", "settle_refund_manually"} <= set(offered(order))
    in_question = told(order, SUCCEEDED)
    assert "retry_refund" not in offered(in_question)
    assert "settle_refund_manually" in offered(in_question)
    (attention,) = needs_attention(in_question)
    assert "The payment provider is asked whether the money arrived" in attention.message
    assert "retry_refund" in offered(after(in_question, checked(FAILED), at=T))


@pytest.mark.parametrize("words", sorted(set(permutations([SUCCEEDED, FAILED, SUCCEEDED, FAILED, REVERSED], 4))))
@pytest.mark.parametrize("truth", [SUCCEEDED, FAILED, REVERSED])
def test_R40_whatever_was_said_in_whatever_order_the_answer_counts(
    words: tuple[MoneyState, ...], truth: MoneyState
) -> None:
    """As soon as one word contradicts another, the state ends as the provider says; the questions end with it."""
    order, questions = refunding(), 0
    for word in words:
        outcome = taken(order, refund_news(word), T)
        order, questions = outcome.order, questions + len(asked_of(outcome.effects))
    stands = refund(order).attempts[0].state
    for _ in range(questions):
        order = after(order, checked(truth), at=T)
    (attempt,) = refund(order).attempts
    assert (attempt.state, attempt.questions) == (truth if questions else stands, 0)
    assert order.ledger.refunded == (TOTAL if attempt.state is SUCCEEDED else 0)


def test_R40_money_that_comes_back_which_had_arrived_contradicts_nothing() -> None:
    """It is how a refund fails late: believed at once, and tried again."""
    for troubled in (FAILED, REVERSED):
        outcome = taken(told(refunding(), SUCCEEDED), refund_news(troubled), T)
        assert asked_of(outcome.effects) == []
        assert calls(taken(outcome.order, retry(), T))


def test_R40_of_several_questions_only_the_last_answer_counts() -> None:
    """An answer to the one before may be older than what was said since."""
    order = told(refunding(), SUCCEEDED, FAILED, SUCCEEDED)
    order = told(order, SUCCEEDED)
    assert refund(order).attempts[0].questions == 2
    assert "is asked again" in recorded(order, checked(SUCCEEDED), T)
    order = after(order, checked(SUCCEEDED), at=T)
    assert refund(order).state is FAILED
    assert refused(order, retry(), T).code is Code.NOT_ALLOWED_NOW
    assert after(order, checked(SUCCEEDED), at=T).settled


def test_R40_a_provider_that_cannot_say_leaves_what_was_said_last() -> None:
    order = told(refunding(), SUCCEEDED, FAILED, SUCCEEDED)
    assert "cannot say" in recorded(order, checked(UNKNOWN), T)
    (call,) = calls(taken(after(order, checked(UNKNOWN), at=T), retry(), T))
    assert (call.attempt, call.amount) == (2, TOTAL)


@pytest.mark.parametrize("before", [(FAILED, SUCCEEDED), (SUCCEEDED, FAILED, SUCCEEDED)])
def test_R40_it_may_be_on_its_way_after_all(before: tuple[MoneyState, ...]) -> None:
    """Then it is watched like any other, and counts as neither arrived nor failed."""
    order = after(told(refunding(), *before), checked(PENDING), at=T)
    assert (refund(order).state, order.ledger.refunding, order.ledger.refunded) == (PENDING, TOTAL, 0)
    assert running_deadline(order, DeadlineKind.REFUND_ALERT_AT)
    assert refund_state(order) == "in_flight"
    assert told(order, SUCCEEDED).settled


def test_R40_nothing_else_is_sent_while_an_attempt_that_counts_as_failed_may_have_arrived() -> None:
    """Another refund waits, and so does its retry; the answer lets them go."""
    order = after(new_order(), captured(TOTAL + 701), at=minutes(1))
    order = told(order, SUCCEEDED, FAILED, SUCCEEDED)
    cancelled = taken(order, cancel(), T)
    assert calls(cancelled) == ()
    outcome = taken(cancelled.order, checked(SUCCEEDED), T)
    assert [(call.record_id, call.amount) for call in calls(outcome)] == [(REFUND_2, TOTAL)]
    failed = after(after(order, checked(FAILED), cancel(), answered(FAILED, record_id=REFUND_2), at=T), at=T)
    in_question = told(failed, SUCCEEDED)
    in_question = told(in_question, FAILED)
    assert refund(in_question).attempts[0].questions
    assert refused(in_question, retry(), T).code is Code.NOT_ALLOWED_NOW


def test_R40_a_payout_is_asked_about_like_a_refund() -> None:
    order = after(releasing(), release_news(SUCCEEDED), release_news(REVERSED), at=T)
    outcome = taken(order, release_news(SUCCEEDED), T)
    assert [call.key for call in asked_of(outcome.effects)] == [f"{RELEASE_1}-1"]
    assert refused(outcome.order, retry_release(), T).code is Code.NOT_ALLOWED_NOW
    done = after(outcome.order, checked(SUCCEEDED, record_id=RELEASE_1), at=T)
    assert (done.ledger.released, done.ledger.held, release(done).state) == (TOTAL, 0, SUCCEEDED)


def test_R40_a_run_that_loads_an_order_asks_again() -> None:
    order = told(refunding(), SUCCEEDED, FAILED, SUCCEEDED)
    assert [call.key for call in asked_of(effects_of_resuming(order))] == [f"{REFUND_1}-1"]
    assert effects_of_resuming(after(order, checked(SUCCEEDED), at=T)) == ()


def test_R40_a_void_that_failed_ends_as_succeeded_once_the_promise_is_gone() -> None:
    """It failed because there was nothing left to let go of."""
    failed = after(promised(), cancel(), answered(FAILED), at=T)
    assert refund_state(failed) == "needs_attention"
    outcome = taken(failed, let_go(), T)
    assert (outcome.order.ledger.refunded, outcome.order.ledger.refunding) == (TOTAL, 0)
    assert (refund(outcome.order).state, outcome.order.settled) == (SUCCEEDED, True)
    assert taken(outcome.order, let_go(), T).answer.applied is False


def test_R40_R21_a_refund_that_arrived_beside_one_by_hand_and_came_back_leaves_the_books_balanced() -> None:
    """Refunds of two payments, one of them charged back in part: nothing of it freezes the order."""
    order = after(new_order(), captured(3000), answered(FAILED), by_hand(), refund_news(SUCCEEDED), at=minutes(1))
    order = after(order, captured(TOTAL, "p-2"), answered(SUCCEEDED, record_id=REFUND_2), at=minutes(2))
    taken_back = ChargebackClosed(
        by=PROVIDER, payment_id="p-2", chargeback_id="c-1", amount=701, outcome=ChargebackOutcome.LOST
    )
    order = after(order, taken_back, cancel(), answered(FAILED, record_id="A-1001-refund-3"), at=minutes(3))
    order = after(order, refund_news(REVERSED), at=minutes(4))
    ledger = order.ledger
    assert ledger.captured + ledger.shortfall == ledger.refunded + ledger.refunding + ledger.released + ledger.held
    order = after(order, checked(REVERSED), at=minutes(5))
    (call,) = calls(taken(order, retry("A-1001-refund-3"), minutes(6)))
    assert call.amount == TOTAL


@pytest.mark.parametrize("by_hand_first", [True, False], ids=["told at once", "told after the answer"])
@pytest.mark.parametrize("order_of_news", [(0, 1), (1, 0)])
def test_R37_R40_what_arrived_after_all_is_not_sent_once_more_whatever_came_first(
    order_of_news: tuple[int, int], *, by_hand_first: bool
) -> None:
    """3000 were paid: 701 went back by hand, 701 arrived after all, and so the rest is 1598 in both orders."""
    order = after(new_order(), captured(3000), answered(FAILED), by_hand(), cancel(), at=minutes(1))
    news = (refund_news(SUCCEEDED), answered(FAILED, record_id=REFUND_2))
    order = after(order, *(news[index] for index in order_of_news), at=minutes(2))
    if not by_hand_first:
        order = after(order, checked(SUCCEEDED), at=minutes(3))
    outcome = taken(order, retry(REFUND_2), minutes(4))
    assert [call.amount for call in calls(outcome)] == [1598]
    done = after(outcome.order, answered(SUCCEEDED, 2, REFUND_2), checked(SUCCEEDED), at=minutes(5))
    assert (done.ledger.captured, done.ledger.refunded, done.ledger.shortfall) == (3000, 3000, 0)


def test_R37_a_refund_beside_an_overpaid_one_is_cut_to_what_its_payment_has_left() -> None:
    """Also its first sending. What is cut off is no more owed: the buyer has had it."""
    order = after(new_order(), captured(3000), answered(FAILED), retry(), answered(SUCCEEDED, 2), at=minutes(1))
    order = after(order, refund_news(SUCCEEDED, 1), checked(SUCCEEDED, 1), at=minutes(2))
    assert (order.ledger.refunded, order.ledger.shortfall) == (1402, 701)
    outcome = taken(order, cancel(), minutes(3))
    assert [call.amount for call in calls(outcome)] == [1598]
    assert (outcome.order.ledger.refunding, outcome.order.ledger.shortfall) == (1598, 0)


def test_R37_what_of_a_payment_has_nothing_left_is_not_tried_again() -> None:
    """The retry ends it instead of sending what came back already."""
    order = after(new_order(), captured(TOTAL + 5), answered(SUCCEEDED), cancel(), at=minutes(1))
    order = after(order, answered(FAILED, record_id=REFUND_2), retry(REFUND_2), at=minutes(2))
    order = after(order, answered(SUCCEEDED, 2, REFUND_2), refund_news(SUCCEEDED, 1, REFUND_2), at=minutes(3))
    order = after(order, checked(SUCCEEDED, 1, REFUND_2), refund_news(REVERSED, refund_id=REFUND_1), at=minutes(4))
    outcome = taken(order, retry(), minutes(5)) if refund(order).owed else None
    assert outcome is None or calls(outcome) == ()
    assert order.ledger.refunding == 0


def test_R40_a_question_is_of_one_order_only_while_it_is_paid() -> None:
    """Nothing contradicts nothing: an order without news is asked about nothing."""
    assert asked_of(effects_of_resuming(paid())) == []
