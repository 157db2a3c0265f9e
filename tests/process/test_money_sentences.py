"""What is said of money, word by word: in the timeline, to whom it is told, and in refusals."""

from datetime import datetime
from typing import Any

import pytest

from tests.process.orders import (
    PLATFORM,
    PROVIDER,
    REFUND_1,
    after,
    answered,
    authorized,
    by_hand,
    cancel,
    captured,
    checked,
    claimed_too,
    days,
    delivered,
    given_elsewhere,
    hours,
    minutes,
    new_order,
    notices,
    paid,
    paid_by_hand,
    promised,
    recorded,
    refund_news,
    refunding,
    refused,
    release_news,
    releasing,
    retry,
    rows,
    settle_conflict,
    taken,
    told_by_clock,
)
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, ChargebackOutcome
from workflows.messages.inquiries import Inquiry
from workflows.messages.values import MoneyState, Role
from workflows.process.state.changes import InquiryAnswered
from workflows.process.state.order import Order
from workflows.process.step import Event

FAILED, SUCCEEDED, PENDING, REVERSED = MoneyState.FAILED, MoneyState.SUCCEEDED, MoneyState.PENDING, MoneyState.REVERSED
T = hours(4)


def opened(amount: int = 500, number: int = 1) -> ChargebackOpened:
    return ChargebackOpened(by=PROVIDER, payment_id="p-1", chargeback_id=f"c-{number}", amount=amount)


def closed(outcome: ChargebackOutcome, **fields: Any) -> ChargebackClosed:
    return ChargebackClosed(by=PROVIDER, payment_id="p-1", chargeback_id="c-1", amount=500, outcome=outcome, **fields)


WON, LOST = closed(ChargebackOutcome.WON), closed(ChargebackOutcome.LOST)
ASKED = Inquiry(about="chargeback", order_id="A-1001", payment_id="p-1", reference="c-1", number=1)
IN_DOUBT = after(delivered(), opened(), LOST, WON, at=days(2))


@pytest.mark.parametrize(
    ("order", "event", "summary"),
    [
        (refunding(), refund_news(SUCCEEDED), "Refund A-1001-refund-1 (22.99 USD) succeeded"),
        (
            refunding(),
            refund_news(FAILED, failure_reason="The card is closed."),
            "Refund A-1001-refund-1 (22.99 USD) failed: The card is closed.",
        ),
        (
            after(refunding(), answered(FAILED), retry(), at=T),
            refund_news(PENDING, 2),
            "Refund A-1001-refund-1 (22.99 USD, attempt 2) is on its way",
        ),
        (refunding(), refund_news(SUCCEEDED, None, refund_id="A-1001-refund-9"), "News of A-1001-refund-9"),
        (releasing(), release_news(REVERSED), "Payout A-1001-release-1 (22.99 USD) was reversed"),
        (after(refunding(), refund_news(FAILED), at=T), retry(), "Refund A-1001-refund-1 is tried again: 22.99 USD"),
        (
            after(refunding(), refund_news(FAILED), at=T),
            by_hand(provider_reference="re_7"),
            "Refund A-1001-refund-1 was settled by hand: 22.99 USD (re_7), at the payment provider",
        ),
        (
            after(refunding(), refund_news(FAILED), at=T),
            by_hand(),
            "Refund A-1001-refund-1 was settled by hand: 22.99 USD, another way",
        ),
        (
            after(releasing(), release_news(FAILED), at=T),
            paid_by_hand(),
            "Payout A-1001-release-1 was settled by hand: 22.99 USD",
        ),
        (delivered(), opened(), "The buyer's bank disputes 5.00 USD of payment p-1 (chargeback c-1)"),
        (after(delivered(), opened(), at=T), WON, "Chargeback c-1 of 5.00 USD was won"),
        (after(delivered(), opened(), at=T), LOST, "Chargeback c-1 of 5.00 USD was lost"),
        (after(delivered(), opened(), LOST, at=T), WON, "Chargeback c-1 is reported as won"),
        (
            IN_DOUBT,
            InquiryAnswered(ASKED, "lost"),
            "Asked about chargeback c-1, the provider says that it is lost: so it stays",
        ),
        (
            delivered(),
            opened(2300),
            "Chargeback c-1 is reported over 23.00 USD: that is more than its payment brought",
        ),
        (delivered(), given_elsewhere(500, PENDING), "Refund re_1 of 5.00 USD, made elsewhere, is on its way"),
        (
            paid(),
            given_elsewhere(),
            "Refund re_1 of 22.99 USD, made elsewhere, succeeded: the order is cancelled",
        ),
        (paid(), claimed_too(), "Payment p-1 is claimed by more orders than it can pay: also by A-1002"),
        (
            after(paid(), claimed_too(), at=T),
            settle_conflict(0),
            "Payment p-1 is settled: 0.00 USD of 22.99 USD are this order's: the order is cancelled",
        ),
    ],
)
def test_the_timeline_says_in_words_what_became_of_money(order: Order, event: Event, summary: str) -> None:
    assert rows(taken(order, event, days(2)))[-1].summary == summary


def told(order: Order, event: Event, at: datetime, role: Role) -> list[str]:
    return [notice.text for notice in notices(taken(order, event, at)) if notice.role is role]


def test_the_buyer_is_told_where_the_money_is() -> None:
    assert told(refunding(), refund_news(SUCCEEDED), T, Role.BUYER) == ["22.99 USD are back at your payment p-1."]
    calm = "We see to it, and tell you when it is done; you need not do anything."
    failed = f"22.99 USD of your refund to your payment p-1 did not go through. {calm}"
    assert told(refunding(), refund_news(FAILED), T, Role.BUYER) == [failed]
    voiding = after(promised(), cancel(), at=T)
    free = "22.99 USD of your payment p-1 were never charged, and are free again."
    assert told(voiding, refund_news(SUCCEEDED), T, Role.BUYER) == [free]
    twice = told(paid(refund_expected_within="P5D"), captured(500, "p-2"), T, Role.BUYER)
    assert twice[0].endswith("it goes back, and should be there by Sat 7 Mar 2026, 16:00 UTC.")


def test_the_seller_is_told_what_is_paid_out_and_what_keeps_it() -> None:
    assert told(releasing(), release_news(SUCCEEDED), T, Role.SELLER) == ["22.99 USD were paid out to you."]
    disputed = "The buyer's bank disputes 5.00 USD of payment p-1 (chargeback c-1)."
    stands = f"{disputed} Nothing of this payment is refunded or paid out until that is decided."
    assert told(delivered(), opened(), days(2), Role.SELLER) == [stands]
    claimed = "Payment p-1 of order A-1001 is claimed by another order too."
    waits = f"{claimed} Nothing of it is refunded or paid out until that is settled. Please do not ship before that."
    assert told(paid(), claimed_too(), T, Role.SELLER) == [waits]


def test_the_platform_is_told_what_it_can_do() -> None:
    retried = "Refund A-1001-refund-1 (22.99 USD) failed. Retry or settle by hand: A-1001-refund-1."
    assert told(refunding(), refund_news(FAILED), T, Role.PLATFORM) == [retried]
    asked = "Payment p-1, 22.99 USD of it in order A-1001, is claimed by A-1002 too, for more than it brought."
    each = f"{asked} Nothing of it moves until you have said for each how much is its."
    assert told(paid(), claimed_too(), T, Role.PLATFORM) == [each]
    overdue = {notice.text for notice in told_by_clock(after(refunding(), answered(PENDING), at=T), days(90))}
    assert "Refund A-1001-refund-1 of 22.99 USD is overdue: ask the payment provider." in overdue
    assert (
        "Your refund of 22.99 USD takes longer than expected at the payment provider. We keep watching it." in overdue
    )


@pytest.mark.parametrize(
    ("order", "event", "why"),
    [
        (refunding(), refund_news(SUCCEEDED, 2), "there is no attempt 2"),
        (
            after(refunding(), answered(FAILED), retry(), at=T),
            refund_news(SUCCEEDED, None),
            "there are 2 attempts, and the news does not say of which it is",
        ),
        (
            after(refunding(), refund_news(FAILED), at=T),
            refund_news(FAILED),
            "duplicate: attempt 1 was already reported as failed",
        ),
        (after(delivered(), opened(), at=T), opened(), "duplicate: it was already opened"),
        (after(delivered(), opened(), LOST, at=T), LOST, "duplicate: it was already closed as lost"),
        (after(delivered(), opened(), LOST, at=T), WON, "it stands as lost: the provider is asked which is true"),
        (paid(), given_elsewhere(500, FAILED), "the buyer has got nothing by it"),
        (after(paid(), claimed_too(), at=T), claimed_too(), "duplicate: this conflict is open"),
        (
            delivered(),
            given_elsewhere(currency="EUR"),
            "conflict: refund re_1 is reported in EUR, and its payment was in USD",
        ),
    ],
)
def test_it_is_said_in_words_why_news_was_only_recorded(order: Order, event: Event, why: str) -> None:
    assert recorded(order, event, days(2)) == why


HELD = after(refunding(), refund_news(FAILED), at=T)
SILENT = '"refund updated" is for the payment provider; the platform may report it once the provider has been silent'
SILENT += " for too long."


@pytest.mark.parametrize(
    ("order", "event", "sentence"),
    [
        (refunding(), retry("A-1001-refund-9"), "refund_id must be a refund of this order: A-1001-refund-1."),
        (paid(), retry(), "refund_id must be a refund of this order, and it has none."),
        (
            after(HELD, opened(), at=T),
            retry(),
            f'"Retry Refund" is not possible for {REFUND_1} yet: the buyer\'s bank disputes the payment.',
        ),
        (
            after(HELD, claimed_too(), at=T),
            by_hand(),
            f'"Settle Refund Manually" is not possible for {REFUND_1} yet: other orders claim the payment too.',
        ),
        (
            after(HELD, checked(PENDING), at=T),
            retry(),
            f'"Retry Refund" is for what has failed or came back, and {REFUND_1} counts as pending.',
        ),
        (
            refunding(),
            refund_news(SUCCEEDED, by=PLATFORM),
            SILENT,
        ),
        (paid(), settle_conflict(0), "No other order claims payment p-1."),
        (paid(), settle_conflict(0, "p-9"), "payment_id must be a payment of this order: p-1."),
        (
            after(paid(), claimed_too(), at=T),
            settle_conflict(2300),
            "The amount is above the 22.99 USD that this order has taken of payment p-1.",
        ),
        (
            after(new_order(capture="at_shipment"), authorized(), claimed_too(), at=minutes(1)),
            settle_conflict(1),
            "amount must be 0 or all of it: an authorisation belongs to one order.",
        ),
    ],
)
def test_a_refusal_says_in_words_why_money_does_not_move(order: Order, event: Event, sentence: str) -> None:
    assert refused(order, event, T).message == sentence


def test_amounts_instants_and_states_go_out_as_values_for_every_language() -> None:
    outcome = taken(refunding(), refund_news(SUCCEEDED), T)
    [word] = notices(outcome)
    amount = {"money": 2299, "currency": "USD"}
    text = "{amount} are back at your payment {payment}."
    assert word.said == {"say": text, "with": {"amount": amount, "payment": "p-1"}}
    [row] = rows(outcome)
    assert row.said is not None
    named = {"say": "Refund {refund}", "with": {"refund": REFUND_1}}
    what = {"say": "{what} ({amount})", "with": {"what": named, "amount": amount}}
    assert row.said == {"summary": {"say": "{what} succeeded", "with": {"what": what}}}
