"""Money that was given back elsewhere: the buyer has it, so it comes out of what has not left its payment (R35)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.process.later_orders import decide, dispute_of, disputed, exchanging, returning, reviewed
from tests.process.orders import (
    CONFIRM,
    DELIVERED,
    PLATFORM,
    REFUND_1,
    SHIP,
    TOTAL,
    after,
    answered,
    asked,
    by_hand,
    calls,
    cancel,
    captured,
    days,
    delivered,
    given_elsewhere,
    hours,
    inquiries,
    notices,
    paid,
    promised,
    recorded,
    refund,
    refund_news,
    refunding,
    refused,
    release_news,
    releasing,
    retry,
    shipped,
    taken,
)
from workflows.messages.chargebacks import ChargebackOpened, RefundReported
from workflows.messages.inquiries import Inquiry, WithdrawalState
from workflows.messages.refusal import Code
from workflows.messages.values import CancellationReason, MoneyState, Role, Stage
from workflows.messages.vocabulary import ReasonCode, Resolution
from workflows.process.money.attention import needs_attention
from workflows.process.money.withdrawals import MAX_WITHDRAWALS
from workflows.process.state.changes import AttemptAnswered, InquiryAnswered, Record
from workflows.process.state.order import Order
from workflows.process.step import effects_of_resuming
from workflows.process.telling.view import plain_view

PENDING, SUCCEEDED, FAILED, REVERSED = (
    MoneyState.PENDING,
    MoneyState.SUCCEEDED,
    MoneyState.FAILED,
    MoneyState.REVERSED,
)
T = days(4)
PART = 500


def said(state: WithdrawalState | None, number: int = 1) -> InquiryAnswered:
    asked_ = Inquiry(about="refund", order_id="A-1001", payment_id="p-1", reference="re_1", number=number)
    return InquiryAnswered(asked_, state)


def known_as(reference: str, state: MoneyState = SUCCEEDED, attempt: int = 1) -> AttemptAnswered:
    return AttemptAnswered(REFUND_1, attempt, state, provider_reference=reference)


def columns(order: Order) -> tuple[int, int, int, int, int]:
    ledger = order.ledger
    return ledger.refunded, ledger.refunding, ledger.released, ledger.held, ledger.shortfall


def kinds(order: Order) -> list[str]:
    return [attention.kind for attention in needs_attention(order)]


# What it takes.


def test_R35_part_of_the_payment_went_back_in_the_console_and_cancelling_asks_only_for_the_rest() -> None:
    order = after(paid(), given_elsewhere(PART), at=hours(1))
    assert (order.stage, columns(order)) == (Stage.AWAITING_SHIPMENT, (PART, 0, 0, TOTAL - PART, 0))
    cancelled = taken(order, cancel(), hours(2))
    assert [call.amount for call in calls(cancelled)] == [TOTAL - PART]
    assert after(cancelled.order, refund_news(SUCCEEDED), at=hours(3)).settled


def test_R35_it_takes_from_pending_on_and_once() -> None:
    order = after(delivered(), given_elsewhere(PART, PENDING), at=T)
    assert columns(order) == (PART, 0, 0, TOTAL - PART, 0)
    assert columns(after(order, given_elsewhere(PART, SUCCEEDED), at=T)) == columns(order)
    assert "duplicate" in recorded(order, given_elsewhere(PART, PENDING), T)
    arrived = after(order, given_elsewhere(PART), at=T)
    assert recorded(arrived, given_elsewhere(PART, PENDING), T) == "it already counts as succeeded"


def test_R35_it_takes_a_failed_refund_before_what_is_held() -> None:
    partial = after(reviewed(), decide(Resolution.PARTIAL_REFUND, PART), at=days(3))
    order = after(partial, refund_news(FAILED), given_elsewhere(300), at=T)
    assert columns(order) == (300, 200, 0, TOTAL - PART, 0)
    assert [call.amount for call in calls(taken(order, retry(), T))] == [200]


def test_R35_a_refund_of_ours_that_waits_asks_only_for_the_rest() -> None:
    bank = ChargebackOpened(by=PLATFORM, payment_id="p-1", chargeback_id="c-1", amount=1, note="note")
    waiting = after(paid(), bank, cancel(), given_elsewhere(PART), at=hours(1))
    assert (refund(waiting).owed, columns(waiting)) == (TOTAL - PART, (PART, TOTAL - PART, 0, 0, 0))


def test_R35_of_what_is_out_already_it_is_the_platforms_loss() -> None:
    order = after(releasing(), release_news(SUCCEEDED), given_elsewhere(PART), at=T)
    assert (columns(order), kinds(order), order.settled) == ((PART, 0, TOTAL, 0, PART), ["shortfall"], True)


def test_R35_it_takes_from_its_own_payment_only() -> None:
    order = after(paid(), captured(700, "p-2"), refund_news(FAILED), at=hours(1))
    order = after(order, given_elsewhere(700, payment_id="p-2"), at=hours(1))
    assert (columns(order), order.stage) == ((700, 0, 0, TOTAL, 0), Stage.AWAITING_SHIPMENT)


def test_R35_of_a_payment_that_is_only_promised_nothing_is_taken() -> None:
    assert "not captured yet" in recorded(promised(), given_elsewhere(), hours(1))


def test_R35_buyer_seller_and_platform_are_told() -> None:
    outcome = taken(delivered(), given_elsewhere(PART), T)
    assert {notice.role for notice in notices(outcome)} == {Role.BUYER, Role.SELLER, Role.PLATFORM}
    told = {notice.role: notice.text for notice in notices(outcome)}
    assert told[Role.BUYER] == "5.00 USD are back at your payment p-1."
    assert told[Role.SELLER] == "Refund re_1 of 5.00 USD, made elsewhere, succeeded (order A-1001)."


def test_R35_the_view_shows_it_among_the_refunds() -> None:
    order = after(delivered(), given_elsewhere(PART), at=T)
    shown = plain_view(order)["refunds"][-1]
    assert (shown["refund_id"], shown["cause"], shown["state"], shown["amount"]) == (
        "re_1",
        "elsewhere",
        SUCCEEDED,
        PART,
    )
    assert plain_view(order)["payments"][0]["refunded"] == PART


def test_R35_the_platform_reports_it_with_a_note() -> None:
    own = RefundReported(
        by=PLATFORM, payment_id="p-1", reference="re_1", amount=PART, currency="USD", state=SUCCEEDED, note="console"
    )
    assert columns(after(delivered(), own, at=T)) == (PART, 0, 0, TOTAL - PART, 0)


# When it takes the last of what is held.


@pytest.mark.parametrize("before", [paid, asked])
def test_R35_a_full_refund_in_the_console_before_shipment_cancels_the_order(before: Callable[[], Order]) -> None:
    outcome = taken(before(), given_elsewhere(), hours(2))
    order = outcome.order
    assert (order.stage, order.reason, order.fault) == (Stage.CANCELLED, CancellationReason.REFUNDED_ELSEWHERE, None)
    assert (columns(order), calls(outcome), order.settled) == ((TOTAL, 0, 0, 0, 0), (), True)
    assert refused(order, SHIP, hours(2)).code is Code.ORDER_CLOSED
    if order.cancellation:
        assert order.cancellation.outcome == "overtaken"


def test_R35_in_parts_the_last_one_cancels_it() -> None:
    order = after(paid(), given_elsewhere(TOTAL - 1), at=hours(1))
    assert order.stage is Stage.AWAITING_SHIPMENT
    assert after(order, given_elsewhere(1, reference="re_2"), at=hours(1)).stage is Stage.CANCELLED


@pytest.mark.parametrize("before", [disputed, reviewed, returning, exchanging])
def test_R35_a_full_refund_closes_what_nothing_is_left_to_decide_about(before: Callable[[], Order]) -> None:
    order = after(before(), given_elsewhere(), at=T)
    assert (order.stage, order.reason, order.settled) == (Stage.REFUNDED, "refunded_elsewhere", True)
    part = before()
    assert after(part, given_elsewhere(PART), at=T).stage is part.stage


def test_R35_an_open_dispute_is_decided_by_it() -> None:
    decision = dispute_of(after(disputed(), given_elsewhere(), at=T)).decision
    assert decision
    assert (decision.outcome, decision.reason_code) == (Resolution.FULL_REFUND, ReasonCode.REFUNDED_ELSEWHERE)


@pytest.mark.parametrize("before", [shipped, delivered])
def test_R35_elsewhere_the_order_goes_on(before: Callable[[], Order]) -> None:
    order = after(before(), given_elsewhere(), at=days(2))
    assert order.stage is before().stage
    done = after(order, DELIVERED, CONFIRM, at=days(2))
    assert (done.stage, columns(done)) == (Stage.REFUNDED, (TOTAL, 0, 0, 0, 0))


def test_R35_where_nothing_was_held_before_nothing_ends() -> None:
    order = after(reviewed(), decide(Resolution.RETURN_AND_REFUND), at=days(3))
    assert after(order, captured(700, "p-2"), given_elsewhere(700, payment_id="p-2"), at=T).stage is order.stage


# Failed or reversed afterwards.


@pytest.mark.parametrize("state", [FAILED, REVERSED])
def test_R35_failed_afterwards_what_it_took_goes_back(state: MoneyState) -> None:
    order = after(delivered(), given_elsewhere(PART, PENDING), given_elsewhere(PART, state), at=T)
    assert columns(order) == (0, 0, 0, TOTAL, 0)


def test_R35_a_cancelled_order_gives_the_buyer_what_failed_elsewhere() -> None:
    cancelled = after(paid(), given_elsewhere(TOTAL, PENDING), at=hours(1))
    outcome = taken(cancelled, given_elsewhere(TOTAL, FAILED), hours(2))
    assert [(call.kind, call.amount) for call in calls(outcome)] == [("refund", TOTAL)]


def test_R35_closed_by_it_after_shipment_the_seller_gets_what_failed_elsewhere() -> None:
    closed = after(disputed(), given_elsewhere(TOTAL, PENDING), at=T)
    outcome = taken(closed, given_elsewhere(TOTAL, REVERSED), days(5))
    assert [(call.kind, call.amount) for call in calls(outcome)] == [("release", TOTAL)]


@pytest.mark.parametrize("state", [FAILED, REVERSED])
def test_R35_a_first_word_that_it_failed_is_only_recorded(state: MoneyState) -> None:
    assert "nothing by it" in recorded(paid(), given_elsewhere(PART, state), hours(1))
    order = after(paid(), given_elsewhere(PART, state), at=hours(1))
    assert "already" in recorded(order, given_elsewhere(PART, PENDING), hours(1))


# Two words in any order.


def test_R40_that_it_succeeded_after_all_is_asked_about_and_nothing_is_sent_meanwhile() -> None:
    order = after(delivered(), given_elsewhere(PART, PENDING), given_elsewhere(PART, FAILED), at=T)
    doubt = taken(order, given_elsewhere(PART, SUCCEEDED), T)
    assert [(one.about, one.reference) for one in inquiries(doubt)] == [("refund", "re_1")]
    assert (doubt.answer.applied, columns(doubt.order)) == (False, (0, 0, 0, TOTAL, 0))
    waiting = taken(doubt.order, CONFIRM, T)
    assert calls(waiting) == ()
    assert [call.amount for call in calls(taken(waiting.order, said("succeeded"), T))] == [TOTAL - PART]
    assert [call.amount for call in calls(taken(waiting.order, said("failed"), T))] == [TOTAL]
    assert [call.amount for call in calls(taken(waiting.order, said(None), T))] == [TOTAL - PART]
    assert [effect.call.reference for effect in effects_of_resuming(doubt.order)] == ["re_1"]  # type: ignore[union-attr]


def test_R40_a_word_that_was_said_before_is_asked_about_too() -> None:
    order = after(delivered(), given_elsewhere(PART, FAILED), given_elsewhere(PART), said("succeeded"), at=T)
    assert columns(order) == (PART, 0, 0, TOTAL - PART, 0)
    again = taken(order, given_elsewhere(PART, FAILED), T)
    assert len(inquiries(again)) == 1
    assert "already" in recorded(again.order, given_elsewhere(PART, FAILED), T)
    assert columns(after(again.order, said("failed", 2), at=T)) == (0, 0, 0, TOTAL, 0)
    assert columns(after(again.order, said("succeeded", 2), at=T)) == (PART, 0, 0, TOTAL - PART, 0)
    assert "nobody asks" in recorded(again.order, said("failed", 1), T)


def test_R40_on_its_way_after_all_it_may_fail_again_and_failed_in_two_ways_is_no_contradiction() -> None:
    order = after(delivered(), given_elsewhere(PART, FAILED), given_elsewhere(PART), said("pending"), at=T)
    assert columns(order) == (PART, 0, 0, TOTAL - PART, 0)
    again = taken(order, given_elsewhere(PART, FAILED), T)
    assert (inquiries(again), columns(again.order)) == ((), (0, 0, 0, TOTAL, 0))
    both = after(again.order, given_elsewhere(PART, REVERSED), at=T)
    assert (inquiries(taken(both, given_elsewhere(PART, FAILED), T)), both.elsewhere[0].state) == ((), REVERSED)


def test_R40_in_whichever_order_they_come_the_books_are_the_same() -> None:
    words = [given_elsewhere(PART, state) for state in (PENDING, SUCCEEDED, REVERSED)]
    in_order = after(delivered(), *words, at=T)
    backwards = after(delivered(), *reversed(words), at=T)
    told = after(backwards, said("reversed"), at=T) if backwards.elsewhere[0].doubted else backwards
    assert columns(in_order) == columns(told) == (0, 0, 0, TOTAL, 0)


def test_R35_another_amount_currency_or_payment_under_a_known_reference_is_a_conflict() -> None:
    order = after(delivered(), captured(PART, "p-2"), given_elsewhere(PART, PENDING), at=T)
    wrong: list[dict[str, Any]] = [{"amount": 501}, {"currency": "EUR"}, {"payment_id": "p-2"}]
    for change in wrong:
        event = given_elsewhere(**({"amount": PART} | change))
        assert "conflict" in recorded(order, event, T)
        assert kinds(after(order, event, at=T)) == ["payment_contradicted"]


# One of ours after all.


def test_R35_a_reported_refund_of_another_amount_settles_none_of_ours() -> None:
    """Its id is one slip of the hand away from the right one, and the buyer would never get the rest."""
    order = after(paid(), given_elsewhere(PART), cancel(), refund_news(FAILED), at=hours(4))
    assert refund(order).owed == TOTAL - PART
    refusal = refused(order, by_hand(provider_reference="re_1"), hours(4))
    assert (refusal.code, refusal.fields) == (Code.INVALID, ("provider_reference",))
    told = "must name a refund of 17.99 USD of payment p-1; re_1 is one of 5.00 USD of payment p-1."
    assert refusal.message == f"provider_reference {told}"
    for reference in ("re_2", None):
        assert after(order, by_hand(provider_reference=reference), at=hours(4)).settled


def test_R35_a_reported_refund_that_failed_settles_none_of_ours() -> None:
    order = after(paid(), given_elsewhere(state=FAILED), cancel(), refund_news(FAILED), at=hours(4))
    refusal = refused(order, by_hand(provider_reference="re_1"), hours(4))
    assert refusal.message.endswith(f"; re_1 is one of {TOTAL / 100} USD of payment p-1, and failed.")


def test_R35_a_reference_that_an_attempt_or_a_settlement_by_hand_has_is_that_refund() -> None:
    done = after(refunding(), known_as("re_1"), at=hours(4))
    assert "duplicate: it is A-1001-refund-1" in recorded(done, given_elsewhere(), hours(4))
    with_trace = after(refunding(), known_as("re_1 (bank reference 77)"), at=hours(4))
    assert "duplicate" in recorded(with_trace, given_elsewhere(), hours(4))
    settled = after(refunding(), refund_news(FAILED), by_hand(provider_reference="re_1"), at=hours(4))
    assert "duplicate" in recorded(settled, given_elsewhere(), hours(4))
    assert columns(after(settled, given_elsewhere(reference="re_2"), at=hours(4)))[4] == TOTAL


def test_R35_an_attempt_that_learns_its_reference_afterwards_gives_back_what_the_report_took() -> None:
    unknown = after(refunding(), answered(MoneyState.UNKNOWN), given_elsewhere(), at=hours(4))
    assert columns(unknown) == (TOTAL, TOTAL, 0, 0, TOTAL)
    learnt = after(unknown, known_as("re_1"), at=hours(5))
    assert (columns(learnt), kinds(learnt), learnt.elsewhere) == ((TOTAL, 0, 0, 0, 0), [], ())
    assert "duplicate" in recorded(learnt, given_elsewhere(), hours(5))


def test_R35_a_failed_refund_that_the_report_has_paid_is_not_paid_again_when_it_turns_out_to_be_its_own() -> None:
    paid_elsewhere = after(refunding(), refund_news(FAILED), given_elsewhere(), at=hours(4))
    assert (columns(paid_elsewhere), paid_elsewhere.settled) == ((TOTAL, 0, 0, 0, 0), True)
    learnt = taken(paid_elsewhere, refund_news(SUCCEEDED, provider_reference="re_1"), hours(5))
    assert (columns(learnt.order), calls(learnt), kinds(learnt.order)) == ((TOTAL, 0, 0, 0, 0), (), [])


def test_R35_a_refund_settled_by_hand_says_whether_the_money_went_through_the_provider() -> None:
    failed = after(refunding(), refund_news(FAILED), at=hours(4))
    through = next(iter(notices(taken(failed, by_hand(provider_reference="re_9"), hours(5)))))
    another = next(iter(notices(taken(failed, by_hand(), hours(5)))))
    assert "at the payment provider" in through.text
    assert "another way" in another.text


def test_R41_an_order_keeps_so_many_of_them_and_hands_the_next_one_on() -> None:
    many = [given_elsewhere(1, reference=f"re_{number}") for number in range(MAX_WITHDRAWALS)]
    order = after(delivered(), *many, at=T)
    assert columns(order)[0] == MAX_WITHDRAWALS
    one_more = taken(order, given_elsewhere(1, reference="re_99"), T)
    assert "one more" in recorded(order, given_elsewhere(1, reference="re_99"), T)
    unplaced = [fact for effect in one_more.effects if isinstance(effect, Record) for fact in effect.unplaced]
    assert [fact.name for fact in unplaced] == ["refund_reported"]


# Over nothing: what the engine says where a share is no longer this order's (R36).


def test_R36_over_nothing_what_it_took_goes_back_and_more_may_come() -> None:
    order = after(delivered(), given_elsewhere(PART, PENDING), given_elsewhere(0), at=T)
    assert columns(order) == (0, 0, 0, TOTAL, 0)
    assert "nothing by it" in recorded(delivered(), given_elsewhere(0), T)
    assert columns(after(order, given_elsewhere(300), at=T)) == (300, 0, 0, TOTAL - 300, 0)
