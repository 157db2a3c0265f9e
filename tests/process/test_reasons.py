"""Why money did not move, in the provider's words: where it needs attention, once, and short (R3, R21, R26)."""

from typing import Final

import pytest

from tests.process.orders import (
    CAPTURE_1,
    PLATFORM,
    REFUND_1,
    RELEASE_1,
    SHIP,
    after,
    checked,
    clock,
    days,
    hours,
    promised,
    refund,
    refund_news,
    refunding,
    release_news,
    releasing,
    retry,
    rows,
    taken,
)
from workflows.messages.values import MoneyState
from workflows.process.money.attempts import MAX_REASON
from workflows.process.money.attention import needs_attention
from workflows.process.state.changes import AttemptAnswered
from workflows.process.state.order import Order
from workflows.process.state.payments import Unsent
from workflows.start_input import order_from, state_of

SUCCEEDED, FAILED, REVERSED = MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED
T: Final = days(4)
BANK: Final = "declined by the bank"
ON_CREDIT: Final = after(promised(), SHIP, at=hours(2))
"""Shipped, and its capture not answered."""


def said(reason: str | None = BANK, attempt: int = 1, record_id: str = REFUND_1) -> AttemptAnswered:
    """The provider answers our own call: it has failed."""
    return AttemptAnswered(record_id, attempt, FAILED, failure_reason=reason)


def unsent(why: Unsent, fits: int = 0) -> AttemptAnswered:
    """It never came to the provider."""
    return AttemptAnswered(REFUND_1, 1, FAILED, failure_reason=why, unsent=why, fits=fits)


def message(order: Order) -> str:
    (found,) = needs_attention(order)
    return found.message


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (after(refunding(), said(), at=T), "The refund has failed"),
        (after(refunding(), refund_news(FAILED, failure_reason=BANK), at=T), "The refund has failed"),
        (after(refunding(), refund_news(REVERSED, failure_reason=BANK), at=T), "The refund came back"),
        (after(releasing(), said(record_id=RELEASE_1), at=T), "The payout has failed"),
        (after(releasing(), release_news(REVERSED, failure_reason=BANK), at=T), "The payout came back"),
        (after(ON_CREDIT, said(record_id=CAPTURE_1), at=T), "The buyer could not be charged"),
    ],
    ids=["refund answered", "refund reported", "refund reversed", "release", "release reversed", "capture"],
)
def test_R3_what_needs_attention_says_why_in_the_providers_words_and_in_quotes(order: Order, told: str) -> None:
    assert message(order) == f'{told}: "{BANK}". Retry it, or settle it.'


def test_R3_where_the_provider_gave_no_reason_none_is_made_up() -> None:
    assert message(after(refunding(), said(None), at=T)) == "The refund has failed. Retry it, or settle it."
    assert message(after(refunding(), said(" \n "), at=T)) == "The refund has failed. Retry it, or settle it."


def test_R21_of_several_attempts_the_newest_says_why() -> None:
    again = after(refunding(), said(), retry(), at=T)
    assert BANK not in repr(again), "what it was before stands in the timeline"
    assert message(after(again, said(None, 2), at=T)) == "The refund has failed. Retry it, or settle it."
    closed = after(again, said("account closed", 2), at=T)
    assert '"account closed"' in message(closed)
    late = after(closed, refund_news(REVERSED, 1, failure_reason="an old story"), at=T)
    assert '"account closed"' in message(late)


def test_R21_a_refund_that_arrived_after_all_has_failed_for_no_reason() -> None:
    order = after(refunding(), said(), refund_news(SUCCEEDED), checked(SUCCEEDED), at=T)
    assert (refund(order).state, refund(order).attempts[-1].failure_reason) == (SUCCEEDED, None)


def test_R40_while_the_provider_is_asked_its_reason_stands_before_the_question() -> None:
    order = after(refunding(), refund_news(SUCCEEDED), said(), refund_news(SUCCEEDED), at=T)
    assert message(order).startswith(f'The refund has failed: "{BANK}". The payment provider is asked whether')


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (unsent("guard", 2000), "with what was sent before it would be more than was paid. Retry it, or settle it."),
        (unsent("guard"), "with what was sent before it would be more than was paid. Settle it."),
        (unsent("key_reused"), "its key stands for something else. Settle it."),
    ],
    ids=["what fits may be retried", "nothing fits", "the key is another's"],
)
def test_R37_what_was_not_sent_says_so_in_our_words_and_offers_only_what_is_possible(
    answer: AttemptAnswered, told: str
) -> None:
    assert message(after(refunding(), answer, at=T)) == f"The refund has failed: it was not sent, since {told}"


def test_R26_what_a_person_of_the_platform_writes_stands_in_the_timeline_alone() -> None:
    silent = clock(refunding(), days(200))
    asked = AttemptAnswered(REFUND_1, 1, MoneyState.UNKNOWN)
    silent = clock(after(silent, asked, at=days(200)), days(400))
    outcome = taken(silent, refund_news(FAILED, by=PLATFORM, failure_reason="she told me so"), days(400))
    assert message(outcome.order) == "The refund has failed. Retry it, or settle it."
    assert "she told me so" not in repr(outcome.order)
    assert rows(outcome)[-1].text == "she told me so"


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("x" * MAX_REASON, "x" * MAX_REASON),
        ("x" * (MAX_REASON + 1), f"{'x' * (MAX_REASON - 3)}…"),
        ("ü" * MAX_REASON, f"{'ü' * (MAX_REASON // 2 - 2)}…"),
        ("two\nlines,\ta bell\x07 and\u202e more", "two lines, a bell and more"),
        ('he said "no\\never"', "he said 'no/never'"),
    ],
    ids=["as long as may be", "longer", "of wide letters", "not printable", "quotes"],
)
def test_R41_the_providers_words_are_short_on_one_line_and_end_no_quotation(reason: str, kept: str) -> None:
    order = after(refunding(), said(reason), at=T)
    assert message(order) == f'The refund has failed: "{kept}". Retry it, or settle it.'
    assert len(kept.encode()) <= MAX_REASON
    assert f'"failure_reason":"{kept}"' in state_of(order), "it takes no more place there"
    assert order_from(state_of(order)) == order
