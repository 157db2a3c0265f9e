"""The largest state that an order can have: it is written with every record, so it must stay small (R41)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.process.later_orders import (
    CONTEST,
    INFORM,
    WITHDRAW_DISPUTE,
    add,
    ask,
    decline,
    item,
    offer,
    open_dispute,
    reviewed,
)
from tests.process.orders import (
    BUYER,
    PLATFORM,
    PROVIDER,
    SELLER,
    after,
    answered,
    captured,
    days,
    delivered,
    refund_news,
    retry,
)
from workflows.messages.base import Message
from workflows.messages.chargebacks import ChargebackOpened
from workflows.messages.commands import AddNote, SendMessage
from workflows.messages.evidence import MAX_EVIDENCE
from workflows.messages.fields import MAX_ID, MAX_REFERENCE, MAX_TEXT
from workflows.messages.parcels import ParcelDelivered
from workflows.messages.start import MAX_START_BYTES
from workflows.messages.values import MoneyState, Party, Role
from workflows.messages.vocabulary import Resolution
from workflows.process.early import MAX_KEPT_ABOUT_MONEY, MAX_KEPT_OF_CARRIERS
from workflows.process.money.overflow import MAX_KNOWN, MAX_PAYMENTS
from workflows.process.money.transfers import MAX_RETRIES
from workflows.process.money.withdrawals import MAX_WITHDRAWALS
from workflows.process.outside.bank_words import MAX_OPENINGS
from workflows.process.repeats import KEPT
from workflows.process.state.order import Order
from workflows.process.story.offers import MAX_OFFERS
from workflows.start_input import order_from, state_of

MAX_STATE: Final = 256 * 1024
"""Bytes: what Temporal warns about."""
DAY: Final = days(3)
ORDER_ID: Final = "A-1001"


def everything(with_money: Callable[[Order], Order]) -> Order:
    """Every limit reached, by every party, and every id as long as it may be."""
    order = delivered(protect_for="P300D")
    for _ in range(2):
        order = after(order, open_dispute(), WITHDRAW_DISPUTE, at=days(2))
    order = after(order, open_dispute(evidence=(item(),)), CONTEST, at=DAY)
    for by, other in ((SELLER, BUYER), (BUYER, SELLER)):
        for _ in range(MAX_OFFERS):
            order = after(order, offer(Resolution.PARTIAL_REFUND, 1_000, by=by), at=DAY)
            order = after(order, decline(len(order.offers), by=other), at=DAY)
    order = after(order, add(*(item(number=n) for n in range(2, MAX_EVIDENCE + 1))), at=DAY)
    order = after(order, add(*(item(number=n) for n in range(MAX_EVIDENCE)), by=SELLER), at=DAY)
    order = after(with_money(after(order, ask(), INFORM, at=DAY)), *remembered(), at=DAY)
    openings = [chargeback_reported(n, hour) for n in range(MAX_WITHDRAWALS) for hour in range(MAX_OPENINGS)]
    return after(order, *openings, *early(), *contradictions(), at=DAY)


def early() -> list[Message]:
    """As many facts that come early as are kept."""
    stranger, told = "x" * MAX_ID, list[Message]()
    for number in range(MAX_KEPT_OF_CARRIERS):
        by = Party(role=Role.CARRIER, id=stranger)
        own: dict[str, Any] = {"note": "x" * 4_000, "request_id": f"{number:0{MAX_ID}}"}
        told.append(ParcelDelivered(by=by, tracking=long(1_000 + number), occurred_at=DAY, **own))
    for number in range(MAX_KEPT_ABOUT_MONEY):
        names: dict[str, Any] = {"payment_id": long(1_000 + number), "chargeback_id": long(1_000 + number)}
        names |= {"currency": "USD", "occurred_at": DAY, "note": "x" * 4_000}
        told.append(ChargebackOpened(by=Party(role=Role.PAYMENT_PROVIDER, id=stranger), amount=1, **names))
    return told


def contradictions() -> list[Message]:
    """Every payment that goes back was reported with two amounts."""
    return [captured(2, payment_id=long(number)) for number in range(2, MAX_PAYMENTS + 1)]


def with_all_money(order: Order) -> Order:
    """Payments that go back, all of them under way but for one that fails for ever, and those that stay outside."""
    for number in range(2, MAX_PAYMENTS + MAX_KNOWN + 1):
        order = after(order, captured(payment_id=long(number), method=long(0)), at=DAY)
    for number in range(MAX_RETRIES):
        order = after(order, answered(MoneyState.FAILED, number + 1), retry(), at=DAY)
    for refund in order.refunds[1:]:
        under_way: dict[str, Any] = {"refund_id": refund.refund_id, "provider_reference": long(0)}
        order = after(order, refund_news(MoneyState.PENDING, **under_way), at=DAY)
    return order


def with_all_money_in_trouble(order: Order) -> Order:
    """The same, and all that was under way has failed, for the longest of reasons."""
    order = with_all_money(order)
    for refund in order.refunds:
        failed: dict[str, Any] = {"refund_id": refund.refund_id, "provider_reference": long(0)}
        failed |= {"attempt": len(refund.attempts), "failure_reason": "x" * MAX_TEXT}
        order = after(order, refund_news(MoneyState.FAILED, **failed), at=DAY)
    assert {refund.state for refund in order.refunds} == {MoneyState.FAILED}
    return order


def remembered() -> list[Message]:
    """As many messages with ids of their own as are remembered of each party; the provider's are chargebacks."""
    told: list[Message] = []
    for number in range(KEPT):
        own: dict[str, Any] = {"request_id": f"{number:0{MAX_ID}}"}
        told += [
            SendMessage(by=BUYER, to=Role.SELLER, text="x" * 4_000, **own),
            SendMessage(by=SELLER, to=Role.BUYER, text="x", **own),
            AddNote(by=PLATFORM, text="x", **own),
            chargeback_reported(number, 0, **own),
        ]
    return told


def chargeback_reported(number: int, hour: int, **own: Any) -> ChargebackOpened:
    """One of each payment; and as often as its openings are remembered."""
    named = {"payment_id": long(number + 2), "chargeback_id": long(number)}
    return ChargebackOpened(by=PROVIDER, amount=1, occurred_at=DAY + timedelta(hours=hour), **named, **own)


def long(number: int) -> str:
    return f"{number:0{MAX_REFERENCE}}"


@pytest.mark.parametrize("with_money", [with_all_money, with_all_money_in_trouble])
def test_R41_the_state_of_an_order_with_everything_stays_under_256_kib(with_money: Callable[[Order], Order]) -> None:
    order = everything(with_money)
    assert (len(order.offers), len(order.remembered), len(order.payments)) == (2 * MAX_OFFERS, 4 * KEPT, MAX_PAYMENTS)
    assert len(order.overflow) == MAX_KNOWN
    assert len(order.kept) == MAX_KEPT_OF_CARRIERS + MAX_KEPT_ABOUT_MONEY
    assert len(order.chargebacks) == MAX_WITHDRAWALS
    assert {len(chargeback.openings) for chargeback in order.chargebacks} == {MAX_OPENINGS}
    assert order.dispute
    assert len(order.dispute.evidence) == 2 * MAX_EVIDENCE
    written = state_of(order)
    assert order_from(written) == order
    longest = written.replace(ORDER_ID, "A" * MAX_ID)
    assert len(longest.encode()) + MAX_START_BYTES < MAX_STATE, len(longest.encode())
    assert len(state_of(reviewed()).encode()) < MAX_STATE / 32, "and an ordinary one is small"
