"""Currencies with a step: every amount is a multiple of the order's smallest one; the rest is given back by hand."""

from typing import Any, Final

import pytest

from tests.process.later_orders import decide, offer, open_dispute, reviewed
from tests.process.orders import (
    REFUND_1,
    SELLER,
    TOTAL,
    after,
    answered,
    authorized,
    by_hand,
    calls,
    cancel,
    captured,
    days,
    delivered,
    hours,
    minutes,
    paid,
    refused,
    retry,
    start,
    taken,
)
from tests.process.test_decoding import START, start_fault, started
from workflows.messages.refusal import Code
from workflows.messages.start import Line
from workflows.messages.terms import MAX_SMALLEST_AMOUNT, Terms
from workflows.messages.values import MoneyState
from workflows.messages.vocabulary import Resolution
from workflows.process.money.attention import needs_attention
from workflows.process.state.order import Ledger, Order
from workflows.process.step import open_order

STEP: Final = 10
PRICE: Final = 2_300
T: Final = hours(3)
"""Of an order in a currency of which the provider moves only tens."""


def in_tens(**terms: Any) -> Order:
    """An order over 2300 whose smallest amount is 10, not paid yet."""
    line = Line(line_id="1", sku="LAMP-1", title="Desk lamp", quantity=1, unit_price=PRICE)
    given = start(lines=(line,), shipping_fee=0, currency="USD", terms=Terms(smallest_amount=STEP, **terms))
    return open_order(given, minutes(0)).order


def test_a_total_is_a_multiple_of_the_smallest_amount() -> None:
    refusal = start_fault(terms={"smallest_amount": STEP})
    assert refusal.fields == ("total",)
    assert "must be a multiple of 10" in refusal.message
    assert started(terms={"smallest_amount": STEP}, shipping_fee=PRICE - START["lines"][0]["unit_price"]).total == PRICE
    assert started().terms.smallest_amount == 1


def test_a_smallest_amount_lies_between_1_and_1000() -> None:
    assert MAX_SMALLEST_AMOUNT == 1_000
    line = START["lines"][0] | {"unit_price": MAX_SMALLEST_AMOUNT}
    order = started(lines=[line], terms={"smallest_amount": MAX_SMALLEST_AMOUNT})
    assert order.terms.smallest_amount == MAX_SMALLEST_AMOUNT
    for wrong in (0, MAX_SMALLEST_AMOUNT + 1):
        assert start_fault(terms={"smallest_amount": wrong}).fields == ("terms.smallest_amount",)


@pytest.mark.parametrize("amount", [5, 505, 11])
def test_every_amount_that_anybody_decides_is_a_multiple_of_it(amount: int) -> None:
    order = after(in_tens(), captured(PRICE), at=minutes(1))
    partial = Resolution.PARTIAL_REFUND
    refusals = [
        refused(order, offer(partial, amount), T),
        refused(order, offer(Resolution.VOUCHER, amount), T),
        refused(after(order, offer(partial, 500), at=T), offer(partial, amount, by=SELLER), T),
    ]
    assert {(refusal.code, refusal.fields) for refusal in refusals} == {(Code.INVALID, ("amount",))}
    assert "must be a multiple of 0.10 USD" in refusals[0].message
    assert after(order, offer(partial, 500), at=T).offers


def test_so_are_those_of_a_dispute() -> None:
    asked = open_dispute(requested=Resolution.PARTIAL_REFUND, amount=505)
    assert TOTAL % 11 == 0
    assert refused(delivered(smallest_amount=11), asked, days(2)).fields == ("amount",)
    review = reviewed(smallest_amount=11)
    assert refused(review, decide(Resolution.PARTIAL_REFUND, 505), days(4)).fields == ("amount",)
    assert after(review, decide(Resolution.PARTIAL_REFUND, 506), at=days(4)).refunds[-1].amount == 506


def test_of_a_surplus_that_is_no_multiple_what_can_be_sent_goes_back_and_the_rest_is_settled_by_hand() -> None:
    outcome = taken(in_tens(), captured(PRICE + 13), minutes(1))
    assert [call.amount for call in calls(outcome)] == [10]
    assert outcome.order.ledger == Ledger(captured=PRICE + 13, held=PRICE, refunding=13)
    order = after(outcome.order, answered(MoneyState.SUCCEEDED), at=T)
    assert (order.ledger.refunded, order.ledger.refunding) == (10, 3)
    assert [(one.kind, one.subject) for one in needs_attention(order)] == [("refund_failed", REFUND_1)]
    refusal = refused(order, retry(), T)
    assert (refusal.code, "by hand" in refusal.message) == (Code.NOT_ALLOWED_NOW, True)
    settled = after(order, by_hand(), at=T)
    assert (settled.ledger.refunded, settled.ledger.refunding, needs_attention(settled)) == (13, 0, ())


def test_a_surplus_below_the_smallest_amount_is_never_sent() -> None:
    outcome = taken(in_tens(), captured(PRICE + 3), minutes(1))
    assert calls(outcome) == ()
    assert outcome.order.ledger.refunding == 3
    assert [one.kind for one in needs_attention(outcome.order)] == ["refund_failed"]
    assert after(outcome.order, by_hand(), at=T).ledger.refunded == 3


def test_a_retry_sends_what_can_be_sent_as_well() -> None:
    order = after(in_tens(), captured(PRICE + 13), answered(MoneyState.FAILED), at=minutes(1))
    assert [call.amount for call in calls(taken(order, retry(), T))] == [10]


def test_what_is_only_promised_and_what_is_foreign_goes_back_whole() -> None:
    promised = after(in_tens(capture="at_shipment"), authorized(PRICE + 3), at=minutes(1))
    assert [call.amount for call in calls(taken(promised, cancel(), T))] == [PRICE]
    small = taken(in_tens(capture="at_shipment"), authorized(7), minutes(1))
    assert [call.amount for call in calls(small)] == [7]
    foreign = taken(in_tens(), captured(7, currency="EUR"), minutes(1))
    assert [call.amount for call in calls(foreign)] == [7]


def test_an_order_without_a_step_sends_every_amount() -> None:
    assert [call.amount for call in calls(taken(paid(), captured(7, "p-2"), T))] == [7]
