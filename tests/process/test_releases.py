"""Chapter 8 again, for the seller's side: a release mirrors a refund, with held where that has refunding (R21)."""

from tests.process.orders import (
    PLATFORM,
    RELEASE_1,
    TOTAL,
    after,
    answered,
    calls,
    captured,
    checked,
    clock,
    days,
    due,
    look_ups,
    notices,
    recorded,
    refused,
    release,
    release_news,
    releasing,
    retry_release,
    taken,
)
from workflows.messages.refusal import Code
from workflows.messages.values import DeadlineKind, MoneyState, Role, Stage
from workflows.process.money.attention import needs_attention
from workflows.process.state.changes import AttemptAnswered
from workflows.process.state.order import Order
from workflows.process.step import effects_of_resuming

SUBMITTED, PENDING, UNKNOWN = MoneyState.SUBMITTED, MoneyState.PENDING, MoneyState.UNKNOWN
SUCCEEDED, FAILED, REVERSED = MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED
T = days(3)


def said(state: MoneyState, attempt: int = 1) -> AttemptAnswered:
    return answered(state, attempt, RELEASE_1)


def money(order: Order) -> tuple[int, int, int]:
    return order.ledger.released, order.ledger.held, order.ledger.shortfall


def test_R21_a_release_counts_as_released_from_requested_and_settles_the_order_when_it_succeeded() -> None:
    order = releasing()
    for state in (UNKNOWN, SUBMITTED, PENDING):
        order = after(order, said(state), at=T)
        assert (money(order), order.settled) == ((TOTAL, 0, 0), False)
    outcome = taken(order, release_news(SUCCEEDED), T)
    assert (money(outcome.order), outcome.order.closed_at) == ((TOTAL, 0, 0), T)
    assert [n.role for n in notices(outcome)] == [Role.SELLER]


def test_R21_a_failed_release_goes_back_to_held_and_waits_for_the_platform() -> None:
    for state in (FAILED, REVERSED):
        for before in ((), (release_news(SUCCEEDED),)):
            outcome = taken(after(releasing(), *before, at=T), release_news(state), T)
            order = outcome.order
            assert (money(order), order.stage, order.settled) == ((0, TOTAL, 0), Stage.COMPLETED, False)
            assert [a.kind for a in needs_attention(order)] == [f"release_{state}"]
            assert [n.role for n in notices(outcome)] == [Role.PLATFORM]


def test_R21_a_retry_releases_what_is_then_held() -> None:
    outcome = taken(after(releasing(), said(FAILED), at=T), retry_release(), T)
    (call,) = calls(outcome)
    assert (call.amount, call.key, call.attempt) == (TOTAL, f"{RELEASE_1}-2", 2)
    assert money(outcome.order) == (TOTAL, 0, 0)
    done = after(outcome.order, said(SUCCEEDED, 2), at=T)
    assert (done.settled, needs_attention(done)) == (True, ())


def test_R21_only_a_failed_or_reversed_release_is_retried() -> None:
    assert refused(releasing(), retry_release(), T).code is Code.NOT_ALLOWED_NOW
    unknown = refused(releasing(), retry_release().model_copy(update={"release_id": "A-1001-release-9"}), T)
    assert (unknown.code, unknown.fields) == (Code.INVALID, ("release_id",))
    settled = after(releasing(), said(SUCCEEDED), at=T)
    assert refused(settled, retry_release(), T).code is Code.ORDER_CLOSED


def test_R21_a_superseded_release_that_pays_after_all_takes_what_is_held_first() -> None:
    order = after(releasing(), said(FAILED), release_news(SUCCEEDED), at=T)
    assert (money(order), order.settled) == ((TOTAL, 0, 0), True)


def test_R21_a_superseded_release_that_pays_beside_its_retry_is_a_shortfall_until_one_is_lost() -> None:
    order = after(releasing(), said(FAILED), retry_release(), release_news(SUCCEEDED, 1), at=T)
    assert (money(order), order.settled) == ((2 * TOTAL, 0, TOTAL), False)
    assert "shortfall" in [a.kind for a in needs_attention(order)]
    lost = after(order, said(FAILED, 2), at=T)
    assert (money(lost), lost.settled) == ((TOTAL, 0, 0), True)
    paid_twice = after(order, said(SUCCEEDED, 2), at=T)
    assert (money(paid_twice), paid_twice.settled) == ((2 * TOTAL, 0, TOTAL), True)


def test_R21_both_attempts_of_a_release_reversed_is_held_once() -> None:
    order = after(releasing(), said(FAILED), retry_release(), release_news(SUCCEEDED, 1), said(SUCCEEDED, 2), at=T)
    order = after(order, release_news(REVERSED, 1), release_news(REVERSED, 2), at=T)
    order = after(order, checked(REVERSED, 1, RELEASE_1), at=T)
    assert money(order) == (0, TOTAL, 0)
    assert release(order).state is REVERSED
    assert after(order, retry_release(), at=T).ledger.released == TOTAL


def test_R7_R21_news_of_a_release_is_ranked_and_known_like_a_refunds() -> None:
    order = after(releasing(), release_news(PENDING), at=T)
    assert recorded(order, said(SUBMITTED), T) == "attempt 1 already counts as pending"
    assert "duplicate" in recorded(order, release_news(PENDING), T)
    assert "no attempt 2" in recorded(order, release_news(SUCCEEDED, 2), T)
    unknown = release_news(SUCCEEDED, release_id="A-1001-release-9")
    assert recorded(order, unknown, T) == "nothing of this order has that name"


def test_R21_a_release_is_watched_by_the_alert_alone_and_the_platform_may_then_report() -> None:
    order = after(releasing(refund_alert_after="P2D"), said(SUBMITTED), at=T)
    assert [d.kind for d in order.deadlines] == [DeadlineKind.REFUND_ALERT_AT]
    assert due(order, DeadlineKind.REFUND_ALERT_AT) == days(5)
    report = release_news(SUCCEEDED, by=PLATFORM)
    assert refused(order, report, T).code is Code.WRONG_ROLE
    alerted = clock(order, days(5))
    assert [a.kind for a in needs_attention(alerted)] == ["release_overdue"]
    assert after(alerted, report, at=days(5)).settled


def test_R7_the_platforms_report_of_a_release_is_a_duplicate_when_it_comes_again() -> None:
    order = after(releasing(refund_alert_after="P2D"), said(SUBMITTED), at=T)
    failed = release_news(FAILED, by=PLATFORM)
    order = after(order, failed, retry_release(), at=days(5))
    assert "duplicate" in recorded(order, failed, days(5))
    assert refused(order, release_news(SUCCEEDED, by=PLATFORM), days(5)).code is Code.WRONG_ROLE


def test_news_of_a_release_without_its_attempt_waits_for_the_platform_once_there_are_two() -> None:
    order = after(releasing(), said(FAILED), retry_release(), at=T)
    recorded(order, release_news(SUCCEEDED, None), T)
    order = after(order, release_news(SUCCEEDED, None), at=T)
    assert [a.kind for a in needs_attention(order)] == ["unattributed_news"]


def test_a_lost_answer_about_a_release_is_looked_up() -> None:
    outcome = taken(releasing(), said(UNKNOWN), T)
    assert [call.key for call in look_ups(outcome)] == [f"{RELEASE_1}-1"]
    assert len(effects_of_resuming(outcome.order)) == 1


def test_R28_a_payment_after_the_seller_was_paid_goes_back_and_the_order_stays_completed() -> None:
    settled = after(releasing(), said(SUCCEEDED), at=T)
    order = after(settled, captured(payment_id="p-2"), at=days(9))
    assert (order.stage, order.settled, order.ledger.refunding) == (Stage.COMPLETED, False, TOTAL)
    assert after(order, answered(SUCCEEDED), at=days(10)).closed_at == days(10)
