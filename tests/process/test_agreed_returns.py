"""A return that both sides agreed on before delivery: it binds, whatever way the parcel takes (R17)."""

from tests.process.later_orders import (
    LOST,
    REFUSED,
    RETURNED,
    SHIP_RETURN,
    accept,
    going_back,
    money_of,
    offer,
    receive,
)
from tests.process.orders import DELIVERED, TOTAL, after, clock, days, hours, shipped
from workflows.messages.values import ClosingReason, Stage
from workflows.messages.vocabulary import Inspection, Resolution
from workflows.process.state.order import Order

RETURN = Resolution.RETURN_AND_REFUND


def agreed_on_return() -> Order:
    """Shipped, and a return agreed on before it is delivered."""
    return after(shipped(), offer(RETURN), accept(), at=hours(3))


def test_R17_a_return_agreed_while_it_already_goes_back_is_refunded_when_it_is_there() -> None:
    order = after(going_back(), offer(RETURN), accept(), at=days(2))
    assert order.stage is Stage.RETURNING_TO_SELLER
    ended = after(order, receive(), at=days(3))
    assert (ended.stage, money_of(ended)) == (Stage.REFUNDED, (TOTAL, 0, 0, 0))


def test_R17_an_agreed_return_that_silence_finds_as_agreed_is_refunded() -> None:
    order = after(agreed_on_return(), REFUSED, RETURNED, at=days(1))
    assert clock(order, days(30)).reason is ClosingReason.RETURN_RECEIVED


def test_R17_an_agreed_return_that_is_lost_or_damaged_refunds_nothing_by_itself() -> None:
    lost = after(agreed_on_return(), REFUSED, LOST, at=days(1))
    assert (lost.stage, money_of(lost)) == (Stage.LOST_IN_RETURN, (0, 0, 0, TOTAL))
    damaged = after(agreed_on_return(), REFUSED, RETURNED, receive(Inspection.DAMAGED), at=days(1))
    assert clock(damaged, days(30)).reason is ClosingReason.NOT_CONTESTED


def test_R17_a_parcel_that_turns_round_and_is_delivered_goes_back_as_agreed() -> None:
    order = after(agreed_on_return(), REFUSED, DELIVERED, at=days(1))
    assert order.stage is Stage.RETURNING_GOODS
    sent = after(order, SHIP_RETURN, receive(), at=days(2))
    assert (sent.stage, sent.reason) == (Stage.REFUNDED, ClosingReason.RETURN_RECEIVED)
