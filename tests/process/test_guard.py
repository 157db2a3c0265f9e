"""What the guard before money leaves, and a key that stands for something else, mean for an order (R37)."""

import pytest

from tests.process.orders import (
    CAPTURE_1,
    PLATFORM,
    PROVIDER,
    REFUND_1,
    RELEASE_1,
    SELLER,
    SHIP,
    TOTAL,
    after,
    answered,
    by_hand,
    calls,
    captured_by_hand,
    checked,
    minutes,
    notices,
    paid_by_hand,
    promised,
    refund,
    refund_news,
    refunding,
    refused,
    release,
    release_news,
    releasing,
    retry,
    retry_capture,
    retry_release,
    rows,
    taken,
)
from workflows.messages.refusal import Code
from workflows.messages.values import MoneyState, Role, Stage
from workflows.messages.work import CallWord
from workflows.process.allowed import allowed_actions
from workflows.process.money.attention import needs_attention
from workflows.process.money.provider import newest_attempt
from workflows.process.state.changes import AttemptAnswered, Record, Step
from workflows.process.state.order import Order

SUCCEEDED, FAILED, REVERSED = MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED
T = minutes(5000)


def guarded(fits: int, attempt: int = 1, record_id: str = REFUND_1) -> AttemptAnswered:
    """The guard has not sent it: so much would have fitted."""
    return AttemptAnswered(record_id, attempt, FAILED, failure_reason="guard", unsent="guard", fits=fits)


def collided(record_id: str = REFUND_1) -> AttemptAnswered:
    """Its key stands for something else."""
    return AttemptAnswered(record_id, 1, FAILED, unsent="key_reused")


def offered(order: Order) -> list[str]:
    return [one.action for one in allowed_actions(order, Role.PLATFORM, T)]


def kinds(order: Order) -> list[str]:
    return [one.kind for one in needs_attention(order)]


def words(outcome: Step) -> list[CallWord | None]:
    return [effect.word for effect in outcome.effects if isinstance(effect, Record)]


def test_R37_what_the_guard_has_not_sent_is_failed_and_needs_attention() -> None:
    """It is owed as before, and the platform is told why, in words."""
    outcome = taken(refunding(), guarded(2000), T)
    assert (refund(outcome.order).state, refund(outcome.order).attempts[0].unsent) == (FAILED, "guard")
    assert (outcome.order.ledger.refunding, outcome.order.settled) == (TOTAL, False)
    assert kinds(outcome.order) == ["refund_failed"]
    told, to_buyer = notices(outcome)
    assert "was not sent: with what was sent before it would be more than was paid" in told.text
    assert (to_buyer.role, "did not go through" in to_buyer.text) == (Role.BUYER, True)
    assert "guard" not in rows(outcome)[0].summary


def test_R37_a_retry_is_offered_with_what_fits_and_the_rest_is_settled_by_hand() -> None:
    order = after(refunding(), guarded(2000), at=T)
    assert {"retry_refund", "settle_refund_manually"} <= set(offered(order))
    outcome = taken(order, retry(), T)
    assert [(call.amount, call.attempt) for call in calls(outcome)] == [(2000, 2)]
    order = after(outcome.order, answered(SUCCEEDED, 2), at=T)
    assert (order.ledger.refunded, order.ledger.refunding, refund(order).state) == (2000, TOTAL - 2000, FAILED)
    done = after(order, by_hand(), at=T)
    assert (done.ledger.refunded, done.settled) == (TOTAL, True)


def test_R37_where_nothing_fits_only_settling_by_hand_is_offered() -> None:
    order = after(refunding(), guarded(0), at=T)
    assert "retry_refund" not in offered(order)
    assert "settle_refund_manually" in offered(order)
    assert refused(order, retry(), T).code is Code.NOT_ALLOWED_NOW
    assert after(order, by_hand(), at=T).settled


def test_R37_a_key_that_stands_for_something_else_is_never_offered_a_retry() -> None:
    """The next one may stand for something else too: a backup, or another engine."""
    order = after(refunding(), collided(), at=T)
    refusal = refused(order, retry(), T)
    assert (refusal.code, "its key stands for something else" in refusal.message) == (Code.NOT_ALLOWED_NOW, True)
    assert "retry_refund" not in offered(order)
    assert after(order, by_hand(), at=T).settled
    paying = after(releasing(), collided(RELEASE_1), at=T)
    assert refused(paying, retry_release(), T).code is Code.NOT_ALLOWED_NOW
    assert "settle_release_manually" in offered(paying)
    charging = after(promised(), SHIP, collided(CAPTURE_1), at=minutes(9))
    assert refused(charging, retry_capture(), minutes(9)).code is Code.NOT_ALLOWED_NOW
    assert after(charging, captured_by_hand(), at=minutes(9)).ledger.captured == TOTAL


def test_R37_a_payout_that_fits_in_part_is_paid_in_part_and_the_rest_by_hand() -> None:
    order = after(releasing(), guarded(2000, record_id=RELEASE_1), at=T)
    assert (order.ledger.held, order.ledger.released) == (TOTAL, 0)
    outcome = taken(order, retry_release(), T)
    assert [call.amount for call in calls(outcome)] == [2000]
    order = after(outcome.order, answered(SUCCEEDED, 2, RELEASE_1), at=T)
    assert (order.ledger.released, order.ledger.held, release(order).state) == (2000, TOTAL - 2000, FAILED)
    done = after(order, paid_by_hand(), at=T)
    assert (done.ledger.released, done.ledger.held, done.settled) == (TOTAL, 0, True)


@pytest.mark.parametrize("troubled", [FAILED, REVERSED])
def test_R37_a_payout_is_settled_by_hand_and_counts_as_released(troubled: MoneyState) -> None:
    """What it owes was paid another way; the seller is told, and the platform's proof is kept."""
    order = after(releasing(), release_news(troubled), at=T)
    assert (kinds(order), "settle_release_manually" in offered(order)) == ([f"release_{troubled}"], True)
    outcome = taken(order, paid_by_hand(provider_reference="wire-7"), T)
    assert (outcome.order.ledger.released, outcome.order.ledger.held) == (TOTAL, 0)
    assert (release(outcome.order).state, release(outcome.order).settled_reference) == (
        MoneyState.SETTLED_MANUALLY,
        "wire-7",
    )
    assert (outcome.order.settled, outcome.order.stage, kinds(outcome.order)) == (True, Stage.COMPLETED, [])
    assert [(told.role, told.party_id) for told in notices(outcome)] == [(Role.SELLER, SELLER.id)]
    assert rows(outcome)[0].text == "wire"


def test_R37_a_payout_that_arrives_after_it_was_settled_by_hand_is_the_platforms_loss() -> None:
    order = after(releasing(), release_news(FAILED), paid_by_hand(), release_news(SUCCEEDED), at=T)
    assert (order.ledger.released, order.ledger.shortfall) == (2 * TOTAL, TOTAL)
    assert "release_overpaid" in kinds(order)
    back = after(order, checked(FAILED, record_id=RELEASE_1), at=T)
    assert (back.ledger.released, back.ledger.shortfall) == (TOTAL, 0)
    assert (release(back).state, back.settled) == (MoneyState.SETTLED_MANUALLY, True)


@pytest.mark.parametrize("state", [MoneyState.PENDING, SUCCEEDED])
def test_R37_a_payout_that_is_not_in_trouble_is_not_settled_by_hand(state: MoneyState) -> None:
    order = after(releasing(), release_news(state), at=T)
    assert refused(order, paid_by_hand(), T).code in (Code.NOT_ALLOWED_NOW, Code.ORDER_CLOSED)


def test_R37_only_the_providers_word_frees_what_the_guard_counts() -> None:
    """What a webhook or a check says, and the order takes, goes to the rows of the calls; the platform's does not."""
    assert words(taken(refunding(), refund_news(FAILED, provider_reference="re-1"), T)) == [
        CallWord(record_id=REFUND_1, attempt=1, state=FAILED, provider_reference="re-1")
    ]
    assert words(taken(releasing(), release_news(SUCCEEDED, attempt=None), T)) == [
        CallWord(record_id=RELEASE_1, attempt=1, state=SUCCEEDED)
    ]
    order = after(refunding(), refund_news(SUCCEEDED), refund_news(FAILED), refund_news(SUCCEEDED), at=T)
    assert words(taken(order, refund_news(SUCCEEDED), T)) == [None], "a repetition is no word"
    assert words(taken(order, checked(SUCCEEDED), T)) == [CallWord(record_id=REFUND_1, attempt=1, state=SUCCEEDED)]
    assert words(taken(refunding(), answered(FAILED), T)) == [None], "the activity wrote it down itself"
    overdue = after(refunding(refund_alert_after="PT1H"), answered(MoneyState.SUBMITTED), at=minutes(200))
    told = taken(overdue, refund_news(FAILED, by=PLATFORM), T)
    assert (refund(told.order).state, words(told)[-1]) == (FAILED, None)
    assert PROVIDER.role is Role.PAYMENT_PROVIDER


def test_R37_what_is_settled_by_hand_is_told_to_the_guard_for_every_attempt() -> None:
    settled = MoneyState.SETTLED_MANUALLY
    order = after(refunding(), answered(FAILED), at=T)
    assert words(taken(order, by_hand(), T)) == [CallWord(record_id=REFUND_1, attempt=None, state=settled)]
    paying = after(releasing(), release_news(FAILED), at=T)
    assert words(taken(paying, paid_by_hand(), T)) == [CallWord(record_id=RELEASE_1, attempt=None, state=settled)]


def test_R37_the_newest_attempt_is_known_of_each_record() -> None:
    order = after(refunding(), answered(FAILED), retry(), at=T)
    assert (newest_attempt(order, REFUND_1), newest_attempt(order, "A-1001-refund-9")) == (2, 0)
    assert newest_attempt(after(promised(), SHIP, at=minutes(9)), CAPTURE_1) == 1
