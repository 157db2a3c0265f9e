"""Chapter 9, chargebacks: a buyer's bank takes money back, and while it thinks nothing of that payment moves (R22)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.process.later_orders import (
    AGREE,
    CONTEST,
    decide,
    decided,
    dispute_of,
    disputed,
    exchanging,
    open_dispute,
    returning,
    reviewed,
)
from tests.process.orders import (
    CONFIRM,
    DELIVERED,
    PLATFORM,
    PROVIDER,
    RELEASE_1,
    SHIP,
    TOTAL,
    after,
    answered,
    asked,
    by_hand,
    calls,
    cancel,
    captured,
    clock,
    days,
    delivered,
    due,
    hours,
    new_order,
    notices,
    paid,
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
    shipped,
    taken,
)
from workflows.frozen import replace
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, ChargebackOutcome
from workflows.messages.refusal import Code
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Party, Role, Stage
from workflows.messages.vocabulary import ReasonCode, Resolution
from workflows.process.money.attention import needs_attention
from workflows.process.state.order import Order
from workflows.process.telling.view import order_label, plain_view, waiting_on

FAILED, SUCCEEDED, PENDING = MoneyState.FAILED, MoneyState.SUCCEEDED, MoneyState.PENDING
T = days(4)
ALERT = days(4 + 120)


def opened(amount: int = TOTAL, payment_id: str = "p-1", number: int = 1, by: Party = PROVIDER) -> ChargebackOpened:
    names: dict[str, Any] = {"payment_id": payment_id, "chargeback_id": f"c-{number}"}
    return ChargebackOpened(by=by, amount=amount, note=how_known(by), **names)


def closed(
    outcome: ChargebackOutcome, amount: int = TOTAL, payment_id: str = "p-1", number: int = 1, by: Party = PROVIDER
) -> ChargebackClosed:
    names: dict[str, Any] = {"payment_id": payment_id, "chargeback_id": f"c-{number}"}
    return ChargebackClosed(by=by, amount=amount, outcome=outcome, note=how_known(by), **names)


def how_known(by: Party) -> str | None:
    return "seen in the provider's console" if by == PLATFORM else None


WON = closed(ChargebackOutcome.WON)
LOST = closed(ChargebackOutcome.LOST)


def lost(amount: int, payment_id: str = "p-1", number: int = 1) -> ChargebackClosed:
    return closed(ChargebackOutcome.LOST, amount, payment_id, number)


def kinds(order: Order) -> list[str]:
    return [attention.kind for attention in needs_attention(order)]


def columns(order: Order) -> tuple[int, int, int, int, int]:
    ledger = order.ledger
    return ledger.refunded, ledger.refunding, ledger.released, ledger.held, ledger.shortfall


# While it is open.


def test_R22_while_a_chargeback_is_open_a_refund_waits_in_its_column_and_starts_when_it_is_won() -> None:
    outcome = taken(after(paid(), opened(), at=T), cancel(), T)
    order = outcome.order
    assert (order.stage, columns(order), calls(outcome)) == (Stage.CANCELLED, (0, TOTAL, 0, 0, 0), ())
    assert (refund(order).state, refund(order).attempts) == (MoneyState.REQUESTED, ())
    won = taken(order, WON, T)
    assert [call.amount for call in calls(won)] == [TOTAL]
    assert columns(won.order) == (0, TOTAL, 0, 0, 0)


def test_R22_while_a_chargeback_is_open_a_release_waits_and_starts_when_it_is_won() -> None:
    outcome = taken(after(delivered(), opened(), at=days(2)), CONFIRM, days(2))
    assert (outcome.order.stage, calls(outcome)) == (Stage.COMPLETED, ())
    assert columns(outcome.order) == (0, 0, TOTAL, 0, 0)
    assert [call.amount for call in calls(taken(outcome.order, WON, T))] == [TOTAL]


def test_R22_what_was_sent_runs_on() -> None:
    order = after(refunding(), opened(), refund_news(PENDING), refund_news(SUCCEEDED), at=T)
    assert columns(order) == (TOTAL, 0, 0, 0, 0)


def test_R22_stages_and_deadlines_go_on_and_settling_waits() -> None:
    order = after(shipped(), opened(), at=T)
    assert (order.stage, due(order, DeadlineKind.DELIVER_BY)) == (
        Stage.SHIPPED,
        due(shipped(), DeadlineKind.DELIVER_BY),
    )
    done = after(refunding(), opened(), refund_news(SUCCEEDED), at=T)
    assert (done.stage, done.settled, waiting_on(done)) == (Stage.CANCELLED, False, Role.PAYMENT_PROVIDER)
    assert after(done, WON, at=T).settled


def test_R22_a_chargeback_on_another_payment_holds_up_nothing_of_this_one() -> None:
    order = after(paid(), captured(500, "p-2"), opened(500, "p-2"), at=hours(2))
    outcome = taken(order, cancel(), hours(2))
    assert [call.amount for call in calls(outcome)] == [TOTAL]


def test_R22_a_surplus_that_failed_is_not_retried_while_its_payment_is_disputed() -> None:
    failed = after(refunding(), refund_news(FAILED), at=hours(4))
    order = after(failed, opened(), at=T)
    for command in (retry(), by_hand()):
        assert refused(order, command, T).code is Code.NOT_ALLOWED_NOW
        assert taken(failed, command, T).answer.applied
    release_failed = after(releasing(), release_news(FAILED), at=T)
    assert refused(after(release_failed, opened(), at=T), retry_release(), T).code is Code.NOT_ALLOWED_NOW
    assert taken(release_failed, retry_release(), T).answer.applied


def test_R22_seller_and_platform_are_told_and_the_buyer_is_not() -> None:
    for event in (opened(), LOST, WON):
        assert {notice.role for notice in notices(taken(shipped(), event, T))} == {Role.SELLER, Role.PLATFORM}


# Lost: where the money comes from.


def test_R22_lost_takes_what_is_held() -> None:
    order = after(delivered(), opened(), LOST, at=T)
    assert (order.stage, columns(order)) == (Stage.DELIVERED, (TOTAL, 0, 0, 0, 0))
    done = after(order, CONFIRM, at=T)
    assert (done.stage, done.settled, done.releases) == (Stage.REFUNDED, True, ())


def test_R22_lost_in_part_leaves_the_rest_with_the_order() -> None:
    order = after(delivered(), opened(300), lost(300), CONFIRM, at=T)
    assert (order.stage, columns(order)) == (Stage.PARTIALLY_REFUNDED, (300, 0, TOTAL - 300, 0, 0))


@pytest.mark.parametrize("amount", [300, 1_700])
def test_R22_what_is_taken_is_the_amount_that_was_closed_whatever_was_opened(amount: int) -> None:
    """Banks settle for less, or add a fee."""
    order = after(delivered(), opened(1_000), lost(amount), at=T)
    assert columns(order) == (amount, 0, 0, TOTAL - amount, 0)
    assert [chargeback.amount for chargeback in order.chargebacks] == [amount]


def test_R22_lost_takes_a_waiting_refund_first_and_leaves_it_cancelled() -> None:
    waiting = after(paid(), opened(), cancel(), at=T)
    outcome = taken(waiting, LOST, T)
    assert (columns(outcome.order), calls(outcome)) == ((TOTAL, 0, 0, 0, 0), ())
    assert (refund(outcome.order).state, refund(outcome.order).owed) == (MoneyState.CANCELLED, 0)
    assert (outcome.order.settled, order_label(outcome.order)) == (True, "Cancelled")


def test_R22_lost_takes_part_of_a_waiting_refund_and_the_rest_of_it_starts() -> None:
    outcome = taken(after(paid(), opened(300), cancel(), at=T), lost(300), T)
    assert columns(outcome.order) == (300, TOTAL - 300, 0, 0, 0)
    assert [call.amount for call in calls(outcome)] == [TOTAL - 300]
    done = after(outcome.order, refund_news(SUCCEEDED), at=T)
    assert (columns(done), done.settled) == ((TOTAL, 0, 0, 0, 0), True)


@pytest.mark.parametrize("state", [FAILED, MoneyState.REVERSED])
def test_R22_lost_takes_a_refund_in_trouble_and_nobody_needs_to_look_at_it_any_more(state: MoneyState) -> None:
    order = after(refunding(), refund_news(state), opened(), LOST, at=T)
    assert (columns(order), kinds(order), order.settled) == ((TOTAL, 0, 0, 0, 0), [], True)


def test_R22_what_the_bank_has_paid_of_a_refund_is_never_owed_again() -> None:
    partial = after(reviewed(), decide(Resolution.PARTIAL_REFUND, 500), at=days(3))
    order = after(partial, refund_news(FAILED), opened(200), lost(200), at=T)
    owed = refund(order).owed
    assert (refund(order).charged_back, owed) == (200, refund(order).amount - 200)
    later = after(order, refund_news(MoneyState.REVERSED), at=T)
    assert (refund(later).owed, later.ledger.shortfall) == (owed, 0)
    retried = taken(later, retry(), T)
    assert [call.amount for call in calls(retried)] == [owed]


def test_R22_lost_takes_a_waiting_release_and_leaves_it_cancelled() -> None:
    order = after(delivered(), opened(), CONFIRM, at=days(2))
    outcome = taken(order, LOST, T)
    assert (columns(outcome.order), calls(outcome)) == ((TOTAL, 0, 0, 0, 0), ())
    assert (release(outcome.order).state, outcome.order.settled) == (MoneyState.CANCELLED, True)
    assert outcome.order.stage is Stage.COMPLETED, "computed once: late facts never change it"


def test_R22_lost_takes_part_of_a_waiting_release_and_the_rest_of_it_starts() -> None:
    outcome = taken(after(delivered(), opened(300), CONFIRM, at=days(2)), lost(300), T)
    assert columns(outcome.order) == (300, 0, TOTAL - 300, 0, 0)
    assert [call.amount for call in calls(outcome)] == [TOTAL - 300]


def test_R22_lost_after_the_release_is_the_platforms_loss_until_that_release_comes_back() -> None:
    order = after(releasing(), answered(MoneyState.SUBMITTED, 1, RELEASE_1), opened(), LOST, at=T)
    assert (columns(order), kinds(order)) == ((TOTAL, 0, TOTAL, 0, TOTAL), ["shortfall"])
    failed = after(order, release_news(FAILED), at=T)
    assert columns(failed) == (TOTAL, 0, 0, 0, 0), "what comes back fills the hole before anybody is paid again"
    assert (release(failed).state, failed.settled) == (MoneyState.CANCELLED, True)


def test_R22_lost_in_part_after_the_release_leaves_the_rest_of_it_to_the_seller() -> None:
    order = after(releasing(), release_news(PENDING), opened(300), lost(300), release_news(FAILED), at=T)
    assert columns(order) == (300, 0, 0, TOTAL - 300, 0)
    assert [call.amount for call in calls(taken(order, retry_release(), T))] == [TOTAL - 300]


def test_R22_lost_after_the_release_has_failed_leaves_nothing_to_try_again() -> None:
    order = after(releasing(), release_news(FAILED), LOST, at=T)
    assert (columns(order), release(order).state) == ((TOTAL, 0, 0, 0, 0), MoneyState.CANCELLED)
    assert (order.settled, kinds(order)) == (True, [])


def test_R22_lost_on_top_of_a_refund_is_the_platforms_loss() -> None:
    order = after(refunding(), refund_news(SUCCEEDED), LOST, at=T)
    assert (columns(order), kinds(order), order.settled) == ((2 * TOTAL, 0, 0, 0, TOTAL), ["shortfall"], True)


def test_R22_a_refund_under_way_that_fails_after_the_loss_is_owed_no_more() -> None:
    order = after(refunding(), refund_news(PENDING), LOST, at=T)
    assert columns(order) == (TOTAL, TOTAL, 0, 0, TOTAL)
    failed = after(order, refund_news(FAILED), at=T)
    assert (columns(failed), kinds(failed), failed.settled) == ((TOTAL, 0, 0, 0, 0), [], True)


def test_R22_a_surplus_payment_pays_for_its_own_chargeback_only() -> None:
    order = after(paid(), captured(500, "p-2"), refund_news(FAILED), lost(500, "p-2"), at=hours(2))
    assert (columns(order), order.stage) == ((500, 0, 0, TOTAL, 0), Stage.AWAITING_SHIPMENT)
    assert refund(order).state is MoneyState.CANCELLED


def test_R22_a_foreign_payment_pays_outside_the_ledger() -> None:
    foreign = after(paid(), captured(500, "p-2", currency="EUR"), at=hours(2))
    order = after(foreign, refund_news(FAILED), lost(500, "p-2"), at=hours(2))
    assert (columns(order), refund(order).owed, kinds(order)) == ((0, 0, 0, TOTAL, 0), 0, [])
    order = after(foreign, refund_news(SUCCEEDED), lost(500, "p-2"), at=hours(2))
    assert (order.chargebacks[0].short, kinds(order)) == (500, ["chargeback_uncovered"])


# Lost: where the story goes.


@pytest.mark.parametrize("before", [paid, asked])
def test_R22_lost_before_shipment_cancels_the_order_and_refunds_the_rest(before: Callable[[], Order]) -> None:
    outcome = taken(before(), lost(300), hours(2))
    order = outcome.order
    assert (order.stage, order.reason, order.fault) == (Stage.CANCELLED, CancellationReason.CHARGEBACK, None)
    assert (columns(order), [call.amount for call in calls(outcome)]) == ((300, TOTAL - 300, 0, 0, 0), [TOTAL - 300])
    if order.cancellation:
        assert order.cancellation.outcome == "overtaken"
    assert refused(order, SHIP, hours(2)).code is Code.ORDER_CLOSED


def test_R22_lost_on_another_payment_leaves_the_story_alone() -> None:
    order = after(paid(), captured(500, "p-2"), lost(500, "p-2"), at=hours(2))
    assert order.stage is Stage.AWAITING_SHIPMENT


@pytest.mark.parametrize("before", [disputed, reviewed, returning, exchanging])
def test_R22_lost_whole_after_shipment_ends_what_nothing_is_left_to_decide_about(before: Callable[[], Order]) -> None:
    order = after(before(), opened(), LOST, at=T)
    assert (order.stage, order.reason, order.settled) == (Stage.REFUNDED, "chargeback", True)
    assert columns(order) == (TOTAL, 0, 0, 0, 0)


def test_R22_an_open_dispute_is_decided_by_the_bank() -> None:
    decision = dispute_of(after(disputed(), LOST, at=T)).decision
    assert decision
    assert (decision.outcome, decision.reason_code) == (Resolution.FULL_REFUND, ReasonCode.CHARGEBACK)
    before = decided(Resolution.NO_REFUND)
    order = after(before, LOST, at=T)
    assert (order.stage, dispute_of(order).decision) == (Stage.REFUNDED, dispute_of(before).decision)


@pytest.mark.parametrize("before", [disputed, reviewed, returning, exchanging])
def test_R22_lost_in_part_the_dispute_goes_on_about_the_rest(before: Callable[[], Order]) -> None:
    order = before()
    assert after(order, lost(300), at=T).stage is order.stage


def test_R22_the_platform_is_told_at_the_alert_and_may_report_the_outcome_itself() -> None:
    order = after(delivered(protect_for="P200D"), opened(), at=T)
    assert due(order, DeadlineKind.CHARGEBACK_ALERT_AT) == ALERT
    own = closed(ChargebackOutcome.LOST, by=PLATFORM)
    alerted = clock(order, ALERT)
    assert kinds(alerted) == ["chargeback_overdue"]
    assert kinds(after(alerted, own, at=ALERT)) == []
    assert columns(after(alerted, own, at=ALERT)) == (TOTAL, 0, 0, 0, 0)


def test_R22_no_alert_follows_a_chargeback_that_is_closed() -> None:
    order = after(delivered(protect_for="P200D"), opened(), WON, at=T)
    assert due(order, DeadlineKind.CHARGEBACK_ALERT_AT) is None
    assert kinds(clock(order, ALERT)) == []


def test_R34_the_platform_may_always_report_a_chargeback() -> None:
    order = after(delivered(), opened(by=PLATFORM), at=T)
    assert (order.chargebacks[0].outcome, columns(order)) == ("open", (0, 0, 0, TOTAL, 0))
    assert columns(after(order, closed(ChargebackOutcome.LOST, by=PLATFORM), at=T)) == (TOTAL, 0, 0, 0, 0)
    assert columns(after(delivered(), closed(ChargebackOutcome.LOST, by=PLATFORM), at=T)) == (TOTAL, 0, 0, 0, 0)


def test_R22_closed_without_opened_counts_as_both() -> None:
    order = after(delivered(), LOST, at=T)
    assert columns(order) == (TOTAL, 0, 0, 0, 0)
    assert "duplicate" in recorded(order, opened(), T)
    assert due(order, DeadlineKind.CHARGEBACK_ALERT_AT) is None


def test_R7_a_chargeback_is_known_for_ever_by_its_id() -> None:
    order = after(delivered(), opened(), at=T)
    assert "duplicate" in recorded(order, opened(amount=1), T)
    order = after(order, WON, at=T)
    assert "duplicate" in recorded(order, WON, T)


def test_a_chargeback_that_is_suddenly_of_another_payment_is_recorded() -> None:
    two = after(paid(), opened(), captured(500, "p-2"), at=hours(0))
    assert "payment p-1" in recorded(two, lost(500, "p-2"), hours(0))


def test_R28_a_chargeback_wakes_a_settled_order_and_the_stage_stays() -> None:
    settled = after(releasing(), release_news(SUCCEEDED), at=T)
    order = after(settled, opened(), at=T)
    assert (settled.settled, order.settled, order.stage) == (True, False, Stage.COMPLETED)
    assert (after(order, LOST, at=T).settled, after(order, LOST, at=T).stage) == (True, Stage.COMPLETED)


def test_two_chargebacks_of_one_payment_are_two() -> None:
    order = after(delivered(), opened(300), opened(400, number=2), lost(300), at=T)
    assert columns(order) == (300, 0, 0, TOTAL - 300, 0)
    waiting = taken(order, CONFIRM, T)
    assert calls(waiting) == (), "the second one is still open"
    assert columns(after(waiting.order, lost(400, number=2), at=T)) == (700, 0, TOTAL - 700, 0, 0)


def test_the_view_shows_a_payments_last_chargeback_and_what_it_took() -> None:
    payment = plain_view(after(delivered(), lost(300), at=T))["payments"][0]
    assert (payment["refunded"], payment["chargeback"]["outcome"]) == (300, "lost")
    assert "chargeback" not in plain_view(delivered())["payments"][0]


def test_R21_a_release_that_comes_back_fills_no_hole_that_a_refund_has_made() -> None:
    paid_twice = (refund_news(FAILED), retry(), refund_news(SUCCEEDED, 2), refund_news(SUCCEEDED, 1))
    order = after(decided(Resolution.PARTIAL_REFUND, 500), *paid_twice, at=days(4))
    assert columns(order) == (1000, 0, 0, TOTAL - 500, 500)
    closed_ = clock(order, days(8))
    assert columns(closed_) == (1000, 0, TOTAL - 500, 0, 500)
    assert columns(after(closed_, release_news(FAILED), at=days(8))) == (1000, 0, 0, TOTAL - 500, 500)


def test_R20_a_request_that_no_longer_fits_is_not_agreed_to() -> None:
    """A chargeback has taken what the buyer asks for: agreeing would have given back more than is held."""
    asked_for = open_dispute(requested=Resolution.PARTIAL_REFUND, amount=2000)
    order = after(delivered(), asked_for, at=days(2))
    assert taken(order, AGREE, days(3)).answer.applied
    less = after(order, lost(1000), at=days(3))
    assert refused(less, AGREE, days(3)).code is Code.AMOUNT_TOO_HIGH
    assert taken(less, CONTEST, days(3)).answer.applied


def test_a_surplus_that_the_bank_took_does_not_count_at_closing() -> None:
    order = after(new_order(), captured(TOTAL + 701), at=hours(0))
    order = after(order, answered(FAILED), SHIP, at=hours(2))
    order = after(order, DELIVERED, lost(701), CONFIRM, at=days(1))
    assert (order.stage, columns(order)[0]) == (Stage.COMPLETED, 701)


def test_a_seller_is_told_when_the_payout_waits_for_the_bank() -> None:
    waiting = taken(after(delivered(), opened(), at=days(2)), CONFIRM, days(2))
    assert any("once the buyer's bank has decided" in notice.text for notice in notices(waiting))
    assert not any("bank" in notice.text for notice in notices(taken(delivered(), CONFIRM, days(2))))


def test_R22_a_lost_chargeback_takes_waiting_releases_before_what_is_held() -> None:
    """No event leads to both today: whatever releases, releases all that is held."""
    waiting = after(delivered(), opened(500), CONFIRM, at=days(2))
    less = replace(release(waiting), amount=TOTAL - 1000)
    order = replace(waiting, ledger=replace(waiting.ledger, released=TOTAL - 1000, held=1000), releases=(less,))
    assert columns(after(order, lost(500), at=T)) == (500, 0, TOTAL - 1500, 1000, 0)


def test_R7_a_chargeback_that_is_reported_of_another_payment_is_no_duplicate_but_a_contradiction() -> None:
    order = after(delivered(), captured(500, "p-2"), opened(), at=T)
    assert "opened on payment p-1" in recorded(order, opened(500, "p-2"), T)
