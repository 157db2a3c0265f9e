"""The bank may change its mind: of several words about one chargeback the later one counts, and what a loss took goes
back to where it was (R34)."""

from datetime import datetime
from typing import Any

import pytest

from tests.process.later_orders import decide, decided, disputed, reviewed
from tests.process.orders import (
    CONFIRM,
    PLATFORM,
    PROVIDER,
    REFUND_1,
    RELEASE_1,
    TOTAL,
    after,
    calls,
    cancel,
    captured,
    checked,
    clock,
    days,
    delivered,
    due,
    hours,
    inquiries,
    notices,
    paid,
    paid_by_hand,
    recorded,
    refund,
    refund_news,
    refunding,
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
from workflows.messages.inquiries import Inquiry, WithdrawalState
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Party, Role, Stage
from workflows.messages.vocabulary import Resolution
from workflows.process.money.attention import needs_attention
from workflows.process.money.transfers import MAX_RETRIES
from workflows.process.money.withdrawals import MAX_WITHDRAWALS
from workflows.process.outside.bank_words import MAX_OPENINGS
from workflows.process.state.changes import AttemptAnswered, InquiryAnswered, Record
from workflows.process.state.order import Order
from workflows.process.state.payments import BankWord
from workflows.process.step import effects_of_resuming
from workflows.process.telling.view import plain_view
from workflows.start_input import order_from, state_of

FAILED, SUCCEEDED, PENDING = MoneyState.FAILED, MoneyState.SUCCEEDED, MoneyState.PENDING
WON, LOST = ChargebackOutcome.WON, ChargebackOutcome.LOST
T = days(4)


def opened(amount: int = TOTAL, **fields: Any) -> ChargebackOpened:
    return ChargebackOpened(amount=amount, **(_named() | fields))


def closed(outcome: ChargebackOutcome, amount: int = TOTAL, **fields: Any) -> ChargebackClosed:
    return ChargebackClosed(outcome=outcome, amount=amount, **(_named() | fields))


def by_platform() -> dict[str, Any]:
    return {"by": PLATFORM, "note": "the bank said so"}


def _named(by: Party = PROVIDER) -> dict[str, Any]:
    return {"by": by, "payment_id": "p-1", "chargeback_id": "c-1"}


def said(state: WithdrawalState | None, number: int = 1, reference: str = "c-1") -> InquiryAnswered:
    asked = Inquiry(about="chargeback", order_id="A-1001", payment_id="p-1", reference=reference, number=number)
    return InquiryAnswered(asked, state)


def columns(order: Order) -> tuple[int, int, int, int, int]:
    ledger = order.ledger
    return ledger.refunded, ledger.refunding, ledger.released, ledger.held, ledger.shortfall


def kinds(order: Order) -> list[str]:
    return [attention.kind for attention in needs_attention(order)]


def lost_then_won(before: Order, amount: int = TOTAL, at: datetime = T) -> Order:
    """Lost, won a day later by the bank's own time, so that nobody has to be asked."""
    return after(
        before,
        closed(LOST, amount, occurred_at=at),
        closed(WON, amount, occurred_at=days(5)),
        at=max(at, days(5)),
    )


# Which word counts.


def test_R34_lost_then_won_the_seller_is_paid_once_the_provider_has_confirmed_it() -> None:
    order = after(delivered(), closed(LOST), at=T)
    asked = taken(order, closed(WON), T)
    assert [(one.about, one.reference, one.number) for one in inquiries(asked)] == [("chargeback", "c-1", 1)]
    assert "asked which is true" in recorded(order, closed(WON), T)
    order = after(asked.order, said("won"), at=T)
    assert columns(order) == (0, 0, 0, TOTAL, 0)
    done = taken(order, CONFIRM, T)
    assert [call.amount for call in calls(done)] == [TOTAL]


def test_R34_where_the_provider_cannot_be_asked_the_last_to_arrive_counts() -> None:
    order = after(delivered(), closed(LOST), closed(WON), said(None), CONFIRM, at=T)
    assert columns(order) == (0, 0, TOTAL, 0, 0)


def test_R34_what_the_provider_says_stands_although_it_came_first() -> None:
    order = after(delivered(), closed(LOST), closed(WON), said("lost"), at=T)
    assert (columns(order), order.chargebacks[0].doubted) == ((TOTAL, 0, 0, 0, 0), None)
    reopened = after(delivered(), closed(LOST), closed(WON), said("open"), at=T)
    assert (reopened.chargebacks[0].outcome, columns(reopened)) == ("open", (TOTAL, 0, 0, 0, 0))


def test_R34_while_the_provider_is_asked_nothing_of_that_payment_is_sent() -> None:
    order = after(delivered(), closed(LOST, 300), closed(WON, 300), at=T)
    waiting = taken(order, CONFIRM, T)
    assert (calls(waiting), waiting.order.settled) == ((), False)
    assert columns(waiting.order) == (300, 0, TOTAL - 300, 0, 0)
    answered = taken(waiting.order, said("won"), T)
    assert sorted(call.amount for call in calls(answered)) == [300, TOTAL - 300]


def test_R34_by_its_own_time_the_later_word_counts_whenever_it_comes() -> None:
    first, second = closed(LOST, occurred_at=days(2)), closed(WON, occurred_at=days(3))
    for order in (after(delivered(), first, second, at=T), after(delivered(), second, first, at=T)):
        assert (order.chargebacks[0].outcome, columns(order)) == ("won", (0, 0, 0, TOTAL, 0))
    assert "later word counts" in recorded(after(delivered(), second, at=T), first, T)


def test_R34_the_same_instant_says_nothing_and_the_provider_is_asked() -> None:
    order = after(delivered(), closed(LOST, occurred_at=days(2)), at=T)
    assert len(inquiries(taken(order, closed(WON, occurred_at=days(2)), T))) == 1


def test_R34_the_same_outcome_as_stands_is_a_duplicate_and_lost_won_lost_is_three_words() -> None:
    order = after(delivered(), closed(LOST), at=T)
    assert "duplicate" in recorded(order, closed(LOST, 5), T)
    order = after(order, closed(WON), said("won"), closed(LOST), said("lost", 2), at=T)
    assert columns(order) == (TOTAL, 0, 0, 0, 0)


def test_R34_a_word_that_comes_while_the_provider_is_asked_is_asked_about_too() -> None:
    order = after(delivered(), closed(LOST), closed(WON), at=T)
    assert "duplicate" in recorded(order, closed(WON), T)
    more = taken(order, closed(LOST), T)
    assert [one.number for one in inquiries(more)] == [2]
    assert "nobody asks that" in recorded(more.order, said("won"), T)
    assert columns(after(more.order, said(None, 2), at=T)) == (TOTAL, 0, 0, 0, 0)


def test_R34_an_answer_to_a_question_that_nobody_asked_changes_nothing() -> None:
    assert "nobody asks that" in recorded(delivered(), said("lost"), T)
    assert "nobody asks that" in recorded(after(delivered(), closed(LOST), at=T), said("won"), T)


def test_R34_a_question_that_was_never_answered_is_asked_again_by_whoever_takes_the_order_over() -> None:
    order = after(delivered(), closed(LOST), closed(WON), at=T)
    assert [effect.call.reference for effect in effects_of_resuming(order_from(state_of(order)))] == ["c-1"]  # type: ignore[union-attr]
    assert effects_of_resuming(after(order, said("won"), at=T)) == ()


# Opened again.


def test_R34_an_opened_after_a_close_that_came_without_one_is_a_duplicate_once() -> None:
    order = after(delivered(), closed(LOST), at=T)
    assert "duplicate" in recorded(order, opened(), T)
    order = after(order, opened(), at=T)
    assert len(inquiries(taken(order, opened(), T))) == 1


def test_R34_an_opened_that_was_heard_is_a_duplicate_by_its_own_time() -> None:
    order = after(delivered(), opened(occurred_at=days(2)), opened(occurred_at=days(3)), closed(WON), at=T)
    for known in (days(2), days(3)):
        assert "duplicate" in recorded(order, opened(occurred_at=known), T)
    assert len(inquiries(taken(order, opened(), T))) == 1


def test_R34_only_so_many_openings_are_remembered() -> None:
    order = after(delivered(), *(opened(occurred_at=hours(n)) for n in range(MAX_OPENINGS + 1)), at=T)
    assert order.chargebacks[0].openings == tuple(hours(n) for n in range(1, MAX_OPENINGS + 1))
    order = after(delivered(), *(opened(occurred_at=hours(n)) for n in range(MAX_OPENINGS)), at=T)
    assert len(order.chargebacks[0].openings) == MAX_OPENINGS


def test_R34_reopened_the_columns_stay_until_the_next_closing_word() -> None:
    order = after(delivered(), closed(LOST, 300, occurred_at=days(2)), opened(occurred_at=days(2)), at=T)
    order = after(order, opened(500, occurred_at=days(3)), at=T)
    assert (order.chargebacks[0].outcome, order.chargebacks[0].amount) == ("open", 500)
    assert columns(order) == (300, 0, 0, TOTAL - 300, 0)
    assert due(order, DeadlineKind.CHARGEBACK_ALERT_AT)
    assert columns(after(order, closed(LOST, 500), at=T)) == (500, 0, 0, TOTAL - 500, 0)
    assert columns(after(order, closed(LOST, 100), at=T)) == (100, 0, 0, TOTAL - 100, 0)
    assert columns(after(order, closed(WON, 500), at=T)) == (0, 0, 0, TOTAL, 0)


def test_R34_reopened_a_settled_order_waits_for_the_bank_again() -> None:
    order = after(releasing(), release_news(SUCCEEDED), closed(WON, occurred_at=days(2)), at=T)
    assert order.settled
    again = after(order, opened(occurred_at=days(2)), opened(occurred_at=days(3)), at=T)
    assert (again.settled, again.stage) == (False, Stage.COMPLETED)


# Won after lost: what the loss took goes back to where it was taken from, last taken first.


def test_R34_what_was_held_is_held_again() -> None:
    assert columns(lost_then_won(delivered())) == (0, 0, 0, TOTAL, 0)
    assert columns(lost_then_won(delivered(), 300)) == (0, 0, 0, TOTAL, 0)


def test_R34_a_refund_that_waited_is_owed_again_and_sent() -> None:
    waiting = after(paid(), opened(), cancel(), closed(LOST, occurred_at=T), at=T)
    assert refund(waiting).state is MoneyState.CANCELLED
    won = taken(waiting, closed(WON, occurred_at=days(5)), days(5))
    assert ([call.amount for call in calls(won)], columns(won.order)) == ([TOTAL], (0, TOTAL, 0, 0, 0))
    assert len(won.order.refunds) == 1


def test_R34_a_refund_that_had_failed_is_owed_again_and_sent_as_a_new_attempt() -> None:
    failed = after(refunding(), refund_news(FAILED), closed(LOST, occurred_at=T), at=T)
    won = taken(failed, closed(WON, occurred_at=days(5)), days(5))
    assert [(call.amount, call.key) for call in calls(won)] == [(TOTAL, "A-1001-refund-1-2")]
    assert after(won.order, refund_news(SUCCEEDED, 2), at=days(5)).settled


def test_R34_a_refund_in_trouble_that_was_cut_in_part_owes_all_again_and_waits_for_the_platform() -> None:
    order = lost_then_won(after(refunding(), refund_news(FAILED), at=T), 300)
    assert (refund(order).owed, refund(order).state, refund(order).charged_back) == (TOTAL, FAILED, 0)


def test_R34_beside_the_rest_that_is_under_way_a_refund_of_its_own_goes_out() -> None:
    cut = after(paid(), opened(300), cancel(), closed(LOST, 300, occurred_at=T), at=T)
    won = taken(cut, closed(WON, 300, occurred_at=days(5)), days(5))
    assert [call.amount for call in calls(won)] == [300]
    assert columns(won.order) == (0, TOTAL, 0, 0, 0)
    done = after(won.order, refund_news(SUCCEEDED), refund_news(SUCCEEDED, 1, "A-1001-refund-2"), at=days(5))
    assert (columns(done), done.settled) == ((TOTAL, 0, 0, 0, 0), True)


def test_R34_a_release_that_waited_goes_out_after_all() -> None:
    waiting = after(delivered(), opened(), CONFIRM, closed(LOST, occurred_at=T), at=T)
    assert release(waiting).state is MoneyState.CANCELLED
    won = taken(waiting, closed(WON, occurred_at=days(5)), days(5))
    assert ([call.amount for call in calls(won)], columns(won.order)) == ([TOTAL], (0, 0, TOTAL, 0, 0))
    assert len(won.order.releases) == 1


def test_R34_what_a_release_lost_that_is_out_already_is_released_by_itself() -> None:
    waiting = after(delivered(), opened(300), CONFIRM, closed(LOST, 300, occurred_at=T), at=T)
    won = taken(waiting, closed(WON, 300, occurred_at=days(5)), days(5))
    assert [call.amount for call in calls(won)] == [300]
    assert columns(won.order) == (0, 0, TOTAL, 0, 0)


def test_R34_of_two_releases_that_failed_the_one_that_is_retried_takes_all_that_is_held() -> None:
    second = f"{RELEASE_1[:-1]}2"
    waiting = after(delivered(), opened(300), CONFIRM, closed(LOST, 300, occurred_at=T), at=T)
    both = after(waiting, closed(WON, 300, occurred_at=days(5)), release_news(FAILED), at=days(5))
    both = after(both, release_news(FAILED, release_id=second), at=days(5))
    for settled, other in ((retry_release(), second), (paid_by_hand(), second)):
        order = after(both, settled, at=days(6))
        states = {each.release_id: each.state for each in order.releases}
        assert (order.ledger.held, order.ledger.released, states[other]) == (0, TOTAL, MoneyState.CANCELLED)


def test_R34_what_comes_back_beyond_a_loss_that_was_filled_meanwhile_is_the_sellers() -> None:
    """Part of it was charged back, the rest paid out twice: by hand, and after all. The bank gives its part back, which
    fills the loss; then the second payout comes back."""
    twice = after(shipped(), closed(LOST, 514, occurred_at=hours(1)), CONFIRM, at=T)
    twice = after(twice, release_news(FAILED), paid_by_hand(), at=T)
    twice = after(twice, release_news(SUCCEEDED), closed(WON, 514, occurred_at=T), at=days(5))
    assert columns(twice) == (0, 0, 2 * (TOTAL - 514), 0, TOTAL - 2 * 514)
    outcome = taken(twice, checked(FAILED, record_id=RELEASE_1), days(6))
    assert columns(outcome.order) == (0, 0, TOTAL, 0, 0)
    assert [call.amount for call in calls(outcome)] == [514]


def test_R34_the_platforms_loss_ends() -> None:
    order = lost_then_won(after(releasing(), release_news(SUCCEEDED), at=days(3)))
    assert (columns(order), kinds(order), order.settled) == ((0, 0, TOTAL, 0, 0), [], True)


def test_R34_what_comes_back_ends_the_loss_of_its_payment_before_anybody_is_paid() -> None:
    """The bank takes it twice, and gives one of the two back: nobody is out of pocket, and nothing is left to pay."""
    twice = after(delivered(), closed(LOST, occurred_at=days(2)), closed(LOST, 500, chargeback_id="c-2"), at=days(2))
    assert columns(twice) == (TOTAL + 500, 0, 0, 0, 500)
    won = after(twice, closed(WON, occurred_at=days(3)), at=T)
    assert (columns(won), kinds(won)) == ((500, 0, 0, TOTAL - 500, 0), [])


def test_R34_a_refund_that_waited_is_not_owed_again_for_what_another_chargeback_took_of_it() -> None:
    waiting = after(paid(), opened(), cancel(), closed(LOST, occurred_at=T), at=T)
    twice = after(waiting, closed(LOST, 500, chargeback_id="c-2"), at=T)
    won = taken(twice, closed(WON, occurred_at=days(5)), days(5))
    assert [call.amount for call in calls(won)] == [TOTAL - 500]
    assert columns(won.order) == (500, TOTAL - 500, 0, 0, 0)


def test_R34_money_of_a_surplus_ends_no_loss_but_its_own() -> None:
    names = {"payment_id": "p-2", "chargeback_id": "c-2"}
    order = after(releasing(), release_news(SUCCEEDED), closed(LOST), captured(500, "p-2"), at=days(3))
    order = after(order, refund_news(FAILED), closed(LOST, 500, occurred_at=days(3), **names), at=days(3))
    assert columns(order) == (TOTAL + 500, 0, TOTAL, 0, TOTAL)
    won = after(order, closed(WON, 500, occurred_at=days(4), **names), at=T)
    assert columns(won) == (TOTAL, 500, TOTAL, 0, TOTAL)


def test_R34_what_of_the_loss_was_filled_since_is_held_and_goes_to_the_seller() -> None:
    order = after(releasing(), release_news(PENDING), closed(LOST, occurred_at=T), release_news(FAILED), at=T)
    assert columns(order) == (TOTAL, 0, 0, 0, 0)
    won = taken(order, closed(WON, occurred_at=days(5)), days(5))
    assert ([call.amount for call in calls(won)], columns(won.order)) == ([TOTAL], (0, 0, TOTAL, 0, 0))


def test_R34_a_refund_that_failed_while_its_payment_had_nothing_left_is_owed_again() -> None:
    partial = after(reviewed(), decide(Resolution.PARTIAL_REFUND, 500), at=days(3))
    order = after(partial, refund_news(PENDING), closed(LOST, occurred_at=T), refund_news(FAILED), at=T)
    assert columns(order)[:2] == (TOTAL, 0)
    won = taken(order, closed(WON, occurred_at=days(5)), days(5))
    assert sorted((call.kind, call.amount) for call in calls(won)) == [("refund", 500), ("release", TOTAL - 500)]
    assert columns(won.order) == (0, 500, TOTAL - 500, 0, 0)


def test_R34_last_taken_goes_back_first() -> None:
    """Lost over a waiting refund and what is held; then over less, and of what is held most is back."""
    partial = after(reviewed(), opened(), decide(Resolution.PARTIAL_REFUND, 500), at=days(3))
    order = after(partial, closed(LOST, occurred_at=T), at=T)
    assert columns(order) == (TOTAL, 0, 0, 0, 0)
    assert [part.source for part in order.chargebacks[0].taken or ()] == ["refund", "held"]
    again = after(order, opened(occurred_at=days(5)), closed(LOST, 600, occurred_at=days(6)), at=days(6))
    assert [(part.source, part.amount) for part in again.chargebacks[0].taken or ()] == [("refund", 500), ("held", 100)]
    assert columns(again) == (600, 0, TOTAL - 600, 0, 0), "the chargeback has ended the order: the rest is the seller's"
    won = taken(again, closed(WON, occurred_at=days(7)), days(7))
    assert sorted((call.kind, call.amount) for call in calls(won)) == [("refund", 500), ("release", 100)]


def test_R34_a_surplus_goes_back_to_the_refund_that_gave_it_back() -> None:
    names = {"payment_id": "p-2"}
    order = after(paid(), captured(500, "p-2"), refund_news(FAILED), at=hours(2))
    order = after(order, closed(LOST, 500, occurred_at=hours(2), **names), at=hours(2))
    won = taken(order, closed(WON, 500, occurred_at=hours(3), **names), hours(3))
    assert ([call.amount for call in calls(won)], columns(won.order)) == ([500], (0, 500, 0, TOTAL, 0))


def test_R34_a_surplus_paid_twice_ends_the_loss_and_leaves_the_orders_money_alone() -> None:
    names = {"payment_id": "p-2"}
    order = after(paid(), captured(500, "p-2"), refund_news(SUCCEEDED), at=hours(2))
    order = after(order, closed(LOST, 500, occurred_at=hours(2), **names), at=hours(2))
    assert columns(order) == (1000, 0, 0, TOTAL, 500)
    won = after(order, closed(WON, 500, occurred_at=hours(3), **names), at=hours(3))
    assert columns(won) == (500, 0, 0, TOTAL, 0)
    reversed_ = after(order, refund_news(MoneyState.REVERSED), at=hours(2))
    won = after(reversed_, closed(WON, 500, occurred_at=hours(3), **names), at=hours(3))
    assert columns(won) == (0, 500, 0, TOTAL, 0)


def test_R34_foreign_money_goes_back_outside_the_ledger() -> None:
    names = {"payment_id": "p-2"}
    order = after(paid(), captured(500, "p-2", currency="EUR"), refund_news(FAILED), at=hours(2))
    order = after(order, closed(LOST, 500, occurred_at=hours(2), **names), at=hours(2))
    assert refund(order).owed == 0
    won = taken(order, closed(WON, 500, occurred_at=hours(3), **names), hours(3))
    assert ([call.amount for call in calls(won)], refund(won.order).owed) == ([500], 500)
    assert columns(won.order) == (0, 0, 0, TOTAL, 0)


def test_R34_a_loss_that_an_older_version_recorded_goes_back_to_what_is_held() -> None:
    order = after(delivered(), closed(LOST, occurred_at=T), at=T)
    older = replace(order, chargebacks=(replace(order.chargebacks[0], taken=None),))
    won = after(older, closed(WON, occurred_at=days(5)), at=days(5))
    assert columns(won) == (0, 0, 0, TOTAL, 0)
    again = after(older, opened(occurred_at=days(4)), opened(occurred_at=days(5)), at=days(5))
    assert columns(after(again, closed(WON, occurred_at=days(6)), at=days(6))) == (0, 0, 0, TOTAL, 0)


# In a closed order.


def test_R34_a_cancelled_order_gives_the_buyer_what_came_back() -> None:
    cancelled = after(paid(), closed(LOST, occurred_at=T), at=T)
    assert (cancelled.stage, cancelled.reason) == (Stage.CANCELLED, CancellationReason.CHARGEBACK)
    won = taken(cancelled, closed(WON, occurred_at=days(5)), days(5))
    assert ([call.kind for call in calls(won)], columns(won.order)) == (["refund"], (0, TOTAL, 0, 0, 0))
    assert Role.BUYER in {notice.role for notice in notices(won)}


@pytest.mark.parametrize("outcome", [Resolution.FULL_REFUND])
def test_R34_a_refund_of_all_that_was_held_gives_the_buyer_what_came_back(outcome: Resolution) -> None:
    part = after(reviewed(), closed(LOST, 300, occurred_at=T), at=T)
    done = after(part, decide(outcome), refund_news(SUCCEEDED), at=T)
    assert done.stage is Stage.REFUNDED
    won = taken(done, closed(WON, 300, occurred_at=days(5)), days(5))
    assert [(call.kind, call.amount) for call in calls(won)] == [("refund", 300)]


def test_R34_also_where_nobody_has_decided_that_all_of_it_goes_back() -> None:
    undelivered = shipped(on_no_delivery="full_refund", deliver_within="P1D", protect_for="P1D")
    done = clock(after(undelivered, closed(LOST, 300, occurred_at=days(1)), at=days(1)), days(8))
    assert (done.stage, done.reason) == (Stage.REFUNDED, "not_delivered")
    won = taken(done, closed(WON, 300, occurred_at=days(9)), days(9))
    assert [(call.kind, call.amount) for call in calls(won)] == [("refund", 300)]


def test_R34_every_other_end_gives_the_seller_what_came_back() -> None:
    done = after(delivered(), closed(LOST, occurred_at=T), CONFIRM, at=T)
    assert (done.stage, done.settled) == (Stage.REFUNDED, True)
    won = taken(done, closed(WON, occurred_at=days(5)), days(5))
    assert [call.kind for call in calls(won)] == ["release"]
    assert won.order.stage is Stage.REFUNDED, "computed once: late facts never change it"


def test_R34_closed_by_the_chargeback_itself_after_shipment_the_seller_gets_it() -> None:
    done = after(disputed(), closed(LOST, occurred_at=T), at=T)
    assert done.reason == "chargeback"
    won = taken(done, closed(WON, occurred_at=days(5)), days(5))
    assert [(call.kind, call.amount) for call in calls(won)] == [("release", TOTAL)]


def test_R34_of_an_order_that_closed_before_that_was_kept_stage_and_reason_say_whose_it_is() -> None:
    def goes_to(order: Order) -> list[str]:
        older = replace(order, closed_for=None)
        return [call.kind for call in calls(taken(older, closed(WON, 300, occurred_at=days(9)), days(9)))]

    lost = closed(LOST, 300, occurred_at=days(2))
    assert goes_to(after(paid(), lost, at=T)) == ["refund"]
    assert goes_to(after(delivered(), lost, CONFIRM, at=T)) == ["release"]
    assert goes_to(after(reviewed(), lost, decide(Resolution.FULL_REFUND), at=T)) == ["refund"]


def test_R34_in_phase_decided_what_came_back_stays_held_until_it_ends() -> None:
    order = lost_then_won(decided(Resolution.PARTIAL_REFUND, 500), 300, at=days(4))
    assert columns(order) == (0, 500, 0, TOTAL - 500, 0)
    assert columns(clock(order, days(9))) == (0, 500, TOTAL - 500, 0, 0)


# What cannot be right.


def test_R34_another_currency_is_a_conflict_and_nothing_of_the_payment_moves_until_the_platform_says() -> None:
    """7000 reported in dollars of a payment in another currency was booked as if it were that one's."""
    conflict = taken(paid(), opened(1000, currency="JPY"), hours(2))
    assert "conflict" in recorded(paid(), opened(1000, currency="JPY"), hours(2))
    assert ([n.role for n in notices(conflict)], kinds(conflict.order)) == ([Role.PLATFORM], ["chargeback_conflict"])
    waiting = taken(conflict.order, cancel(), hours(3))
    assert (calls(waiting), columns(waiting.order)) == ((), (0, TOTAL, 0, 0, 0))
    right = after(waiting.order, opened(700, currency="USD", **by_platform()), at=hours(4))
    assert (kinds(right), right.chargebacks[0].amount, right.chargebacks[0].outcome) == ([], 700, "open")
    assert [call.amount for call in calls(taken(right, closed(LOST, 700), hours(5)))] == [TOTAL - 700]


def test_R34_more_than_the_payment_brought_is_a_conflict_and_what_it_brought_is_not() -> None:
    assert columns(after(delivered(), closed(LOST, TOTAL), at=T)) == (TOTAL, 0, 0, 0, 0)
    order = after(delivered(), closed(LOST, TOTAL + 1), at=T)
    assert (columns(order), kinds(order)) == ((0, 0, 0, TOTAL, 0), ["chargeback_conflict"])
    assert "conflict" in recorded(order, closed(LOST), T), "the provider cannot end it"
    right = after(order, opened(TOTAL, **by_platform()), at=T)
    assert columns(right) == (TOTAL, 0, 0, 0, 0), "that it is lost was said before"
    wrong = after(order, closed(LOST, TOTAL + 1, **by_platform()), at=T)
    assert kinds(wrong) == ["chargeback_conflict"]


def test_R34_what_is_won_is_never_too_much() -> None:
    order = after(delivered(), closed(LOST, TOTAL + 1), closed(WON, TOTAL + 1), at=T)
    assert (columns(order), kinds(order)) == ((0, 0, 0, TOTAL, 0), [])


def test_R34_a_second_chargeback_is_taken_as_the_first_was() -> None:
    order = after(delivered(), closed(LOST, 300), closed(LOST, 400, chargeback_id="c-2"), at=T)
    assert columns(order) == (700, 0, 0, TOTAL - 700, 0)
    assert columns(after(order, closed(LOST, 400, chargeback_id="c-3"), at=T)) == (1100, 0, 0, TOTAL - 1100, 0)


def test_R34_a_second_open_one_over_the_same_amount_needs_attention_before_it_takes_anything() -> None:
    order = after(delivered(), opened(300, **by_platform()), closed(LOST, 300, chargeback_id="dp_2"), at=T)
    assert (columns(order), kinds(order)) == ((0, 0, 0, TOTAL, 0), ["chargeback_conflict"])
    same = after(order, closed(WON, 300, **by_platform()), at=T)
    both = after(same, opened(300, chargeback_id="dp_2", **by_platform()), at=T)
    assert (columns(both), kinds(both)) == ((300, 0, 0, TOTAL - 300, 0), [])


# Over nothing: what the engine says where a share is no longer this order's (R36).


def test_R36_lost_over_nothing_frees_as_won_does() -> None:
    opened_ = after(paid(), opened(300), at=hours(2))
    freed = after(opened_, closed(LOST, 0), at=hours(2))
    assert (freed.stage, columns(freed)) == (Stage.AWAITING_SHIPMENT, (0, 0, 0, TOTAL, 0))
    lost = after(delivered(), closed(LOST, 300, occurred_at=days(2)), at=T)
    assert columns(after(lost, closed(LOST, 0, occurred_at=days(3)), at=T)) == (0, 0, 0, TOTAL, 0)
    at_once = taken(after(delivered(), closed(LOST, 300), at=T), closed(LOST, 0), T)
    assert (inquiries(at_once), columns(at_once.order)) == ((), (0, 0, 0, TOTAL, 0))
    assert columns(after(at_once.order, closed(LOST, 200), at=T)) == (200, 0, 0, TOTAL - 200, 0)
    asked = after(delivered(), closed(LOST, 300), closed(WON), closed(LOST, 0), at=T)
    assert columns(after(asked, said("lost", 2), at=T)) == (0, 0, 0, TOTAL, 0)


# Limits.


def test_R41_an_order_keeps_so_many_chargebacks_and_hands_the_next_one_on() -> None:
    many = [closed(LOST, 1, chargeback_id=f"c-{number}") for number in range(MAX_WITHDRAWALS)]
    order = after(delivered(), *many[:-1], at=T)
    assert taken(order, many[-1], T).answer.applied
    full = after(order, many[-1], at=T)
    one_more = taken(full, opened(1, chargeback_id="c-99"), T)
    assert "one more" in recorded(full, opened(1, chargeback_id="c-99"), T)
    unplaced = [fact for effect in one_more.effects if isinstance(effect, Record) for fact in effect.unplaced]
    assert ([fact.name for fact in unplaced], len(notices(one_more))) == (["chargeback_opened"], 1)
    assert taken(full, closed(WON, 1, chargeback_id="c-0", occurred_at=T), T).order.entry == full.entry + 1


def test_R41_a_refund_that_failed_as_often_as_may_be_is_owed_again_and_not_sent() -> None:
    order = after(refunding(), refund_news(FAILED), at=T)
    for number in range(2, MAX_RETRIES + 2):
        order = after(order, retry(), refund_news(FAILED, number), at=T)
    won = taken(after(order, closed(LOST, occurred_at=T), at=T), closed(WON, occurred_at=days(5)), days(5))
    assert (calls(won), refund(won.order).state, refund(won.order).owed) == ((), FAILED, TOTAL)


def test_R37_a_refund_that_was_never_sent_is_owed_again_and_waits_for_the_platform() -> None:
    never = AttemptAnswered(REFUND_1, 1, FAILED, unsent="key_reused")
    order = after(refunding(), never, closed(LOST, occurred_at=T), at=T)
    won = taken(order, closed(WON, occurred_at=days(5)), days(5))
    assert (calls(won), refund(won.order).state, refund(won.order).owed) == ((), FAILED, TOTAL)


# What is told.


def test_R34_the_view_shows_every_chargeback() -> None:
    order = after(
        delivered(), opened(300), closed(LOST, 400, chargeback_id="c-2"), closed(WON, 400, chargeback_id="c-2"), at=T
    )
    first, second = plain_view(order)["chargebacks"]
    assert (first["chargeback_id"], first["outcome"], first["currency"]) == ("c-1", "open", "USD")
    assert (second["outcome"], second["doubted"]["outcome"]) == ("lost", "won")
    conflict = plain_view(after(delivered(), opened(1, currency="JPY"), at=T))["chargebacks"][0]
    assert (conflict["conflict"]["why"], conflict["conflict"]["currency"]) == ("currency", "JPY")


def test_R34_a_platform_that_saw_a_chargeback_whose_webhooks_never_came_reports_it() -> None:
    order = after(shipped(), opened(**by_platform()), at=T)
    assert after(order, closed(LOST, **by_platform()), at=T).ledger.refunded == TOTAL


def test_R34_a_chargeback_may_be_doubted_and_told_again() -> None:
    order = after(delivered(), closed(LOST), closed(WON), at=T)
    assert order.chargebacks[0].doubted == BankWord("won", TOTAL)
