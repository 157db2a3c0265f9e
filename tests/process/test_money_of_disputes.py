"""The money in negotiations and disputes: several refunds of one order, the stage at closing (R6, R14, R20)."""

from datetime import timedelta
from typing import Final

import pytest

from tests.process.later_orders import (
    AGREE,
    CONTEST,
    INTERCEPT,
    RETURN_ARRIVED,
    RETURNED,
    SHIP_REPLACEMENT,
    SHIP_RETURN,
    accept,
    appeal,
    decide,
    dispute_of,
    money_of,
    offer,
    open_dispute,
    receive,
    returning,
    reviewed,
)
from tests.process.orders import (
    APPROVE,
    CARRIER,
    CONFIRM,
    DELIVERED,
    REFUND_1,
    REFUND_2,
    TOTAL,
    after,
    answered,
    calls,
    cancel,
    clock,
    days,
    delivered,
    hours,
    paid,
    release,
    request,
    shipped,
    taken,
)
from workflows.messages.parcels import ParcelDelivered
from workflows.messages.values import MoneyState, Role, Stage
from workflows.messages.vocabulary import Inspection, Resolution
from workflows.process.state.order import Order
from workflows.process.step import Event
from workflows.process.telling.view import order_label

FULL, PARTIAL, EXCHANGE = Resolution.FULL_REFUND, Resolution.PARTIAL_REFUND, Resolution.EXCHANGE
PART: Final = 1_000
PAID_BACK: Final = (offer(PARTIAL, PART), accept())


@pytest.mark.parametrize(
    ("story", "stage", "shown"),
    [
        ((after(paid(), *PAID_BACK, at=hours(1)), cancel()), Stage.CANCELLED, "Cancellation Approved"),
        ((after(paid(), *PAID_BACK, request(), at=hours(1)), APPROVE), Stage.CANCELLED, "Cancellation Approved"),
        (
            (after(shipped(), *PAID_BACK, INTERCEPT, RETURNED, at=days(1)), receive()),
            Stage.CANCELLED,
            "Cancellation Approved",
        ),
        ((after(delivered(), *PAID_BACK, at=days(2)), CONFIRM), Stage.PARTIALLY_REFUNDED, "Refund Processing"),
        ((delivered(), CONFIRM), Stage.COMPLETED, "Completed"),
        ((after(delivered(), *PAID_BACK, open_dispute(), at=days(2)), AGREE), Stage.REFUNDED, "Refund Processing"),
        ((after(returning(), SHIP_RETURN, RETURN_ARRIVED, at=days(5)), receive()), Stage.REFUNDED, "Refund Processing"),
    ],
)
def test_the_stage_at_closing_is_what_became_of_the_money(story: tuple[Order, Event], stage: Stage, shown: str) -> None:
    order, last = story
    closed = after(order, last, at=days(6) if order.stage is Stage.RETURNING_GOODS else days(2))
    assert (closed.stage, order_label(closed)) == (stage, shown)
    assert closed.ledger.held == 0


def test_what_goes_out_in_one_step_is_sent_to_the_buyer_first() -> None:
    """Histories hold the calls of a step in this order."""
    order = after(delivered(), open_dispute(), offer(PARTIAL, PART), at=days(2))
    sent = calls(taken(order, accept(), days(2)))
    assert [(call.kind, call.amount) for call in sent] == [("refund", PART), ("release", TOTAL - PART)]


def test_the_stage_at_closing_stays_whatever_becomes_of_the_money_later() -> None:
    order = after(reviewed(appeal_within="PT0S"), decide(PARTIAL, PART), at=days(4))
    order = after(order, answered(MoneyState.FAILED), at=days(5))
    assert (order.stage, order_label(order)) == (Stage.PARTIALLY_REFUNDED, "Refund Delayed")
    again = after(order, answered(MoneyState.SUCCEEDED), at=days(6))
    assert (again.stage, order_label(again)) == (Stage.PARTIALLY_REFUNDED, "Partially Refunded")


def test_R6_the_ledger_balances_after_every_step_of_a_long_dispute() -> None:
    order, at = shipped(), days(1)
    story: tuple[Event, ...] = (
        *PAID_BACK,
        DELIVERED,
        answered(MoneyState.FAILED),
        open_dispute(requested=EXCHANGE),
        AGREE,
        SHIP_REPLACEMENT,
        ParcelDelivered(by=CARRIER, tracking="T-2"),
        open_dispute(),
        CONTEST,
        decide(PARTIAL, 500),
        answered(MoneyState.SUCCEEDED, record_id=REFUND_2),
        appeal(),
        decide(PARTIAL, 300),
    )
    for event in story:
        at += timedelta(hours=1)
        order = after(order, event, at=at)
        ledger, columns = order.ledger, money_of(order)
        assert min(*columns, ledger.shortfall) >= 0
        assert ledger.captured + ledger.shortfall == sum(columns)
    assert money_of(order) == (PART + 300, 500, TOTAL - PART - 800, 0)
    assert [refund.amount for refund in order.refunds] == [PART, 500, 300]
    assert {refund.payment_id for refund in order.refunds} == {"p-1"}, "R20: to the payment that paid the order"
    assert not order.settled, "the first refund has failed and waits for the platform"


def test_R20_the_order_settles_when_the_last_of_its_refunds_and_its_release_are_done() -> None:
    order = after(delivered(), *PAID_BACK, open_dispute(requested=PARTIAL, amount=500), AGREE, at=days(2))
    paid_out = release(order).release_id
    assert money_of(order) == (PART + 500, 0, TOTAL - PART - 500, 0)
    for record in (REFUND_1, paid_out, REFUND_2):
        assert not order.settled
        order = after(order, answered(MoneyState.SUCCEEDED, record_id=record), at=days(3))
    assert (order.settled, order_label(order)) == (True, "Partially Refunded")
    assert money_of(order) == (0, PART + 500, TOTAL - PART - 500, 0)


def test_R14_a_failed_return_is_decided_in_money_and_pays_as_decided() -> None:
    order = after(returning(), SHIP_RETURN, receive(Inspection.DAMAGED), decide(PARTIAL, PART), at=days(5))
    closed = clock(order, days(9))
    assert (closed.stage, money_of(closed)) == (Stage.PARTIALLY_REFUNDED, (PART, 0, TOTAL - PART, 0))
    assert dispute_of(closed).opened_by is Role.SYSTEM
