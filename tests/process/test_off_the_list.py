"""Whatever needs attention of an order that has ended can be taken off the list: by a look, or by what ends it (R3)."""

from datetime import datetime
from typing import Any, Final

import pytest

from tests.process.orders import (
    CARRIER,
    PLATFORM,
    PROVIDER,
    REFUND_1,
    RELEASE_1,
    TOTAL,
    acknowledge,
    after,
    answered,
    by_hand,
    captured,
    checked,
    claimed_too,
    clock,
    days,
    given_elsewhere,
    paid_by_hand,
    refund_news,
    refunding,
    release_news,
    releasing,
    retry,
    retry_release,
    settle_conflict,
)
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, ChargebackOutcome
from workflows.messages.parcels import ParcelDelivered
from workflows.messages.values import MoneyState
from workflows.process.early import MAX_KEPT_OF_CARRIERS
from workflows.process.money.attention import KINDS, needs_attention
from workflows.process.resets import order_reset
from workflows.process.state.order import Order
from workflows.process.step import Event

SUCCEEDED, FAILED, REVERSED, UNKNOWN = MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED, MoneyState.UNKNOWN
T: Final = days(9)
LATE: Final = days(400)
"""After every alert."""
REFUNDED: Final = after(refunding(), answered(SUCCEEDED), at=days(3))
"""Cancelled, paid back, settled."""
PAID_OUT: Final = after(releasing(), answered(SUCCEEDED, 1, RELEASE_1), at=days(3))
"""Confirmed, paid out, settled."""
REFUND_2: Final = "A-1001-refund-2"
RESET: Final = "A-1001-reset-1"
EURO: Final[dict[str, Any]] = {"payment_id": "p-2", "currency": "EUR"}


def lost(amount: int, payment_id: str = "p-1", **fields: Any) -> ChargebackClosed:
    names: dict[str, Any] = {"by": PROVIDER, "payment_id": payment_id, "chargeback_id": "c-1"}
    return ChargebackClosed(amount=amount, outcome=ChargebackOutcome.LOST, **(names | fields))


def opened() -> ChargebackOpened:
    return ChargebackOpened(by=PROVIDER, payment_id="p-1", chargeback_id="c-1", amount=TOTAL)


def paid_back_too_late(state: MoneyState) -> Order:
    """A second payment came after the end, and went back."""
    return after(PAID_OUT, captured(payment_id="p-2"), answered(state), at=T)


FOREIGN: Final = after(PAID_OUT, captured(500, **EURO), refund_news(SUCCEEDED), at=T)
"""A payment in another currency came after the end, and went back."""
TOO_EARLY: Final = [ParcelDelivered(by=CARRIER, tracking=f"X-{n}") for n in range(MAX_KEPT_OF_CARRIERS + 1)]
SAID_TWICE: Final = (answered(FAILED, 1, RELEASE_1), retry_release(), answered(SUCCEEDED, 2, RELEASE_1))

OFF: Final[dict[str, tuple[Order, tuple[Event, ...]]]] = {
    "refund_failed": (after(REFUNDED, refund_news(FAILED), at=T), (by_hand(provider_reference="wire 1"),)),
    "refund_failed, of a late payment": (paid_back_too_late(FAILED), (retry(), answered(SUCCEEDED, 2))),
    "refund_reversed": (after(REFUNDED, refund_news(REVERSED), at=T), (retry(), answered(SUCCEEDED, 2))),
    "refund_overdue": (
        clock(paid_back_too_late(UNKNOWN), LATE),
        (refund_news(SUCCEEDED, by=PLATFORM),),
    ),
    "refund_overpaid": (
        after(
            refunding(),
            answered(FAILED),
            retry(),
            answered(SUCCEEDED, 2),
            refund_news(SUCCEEDED),
            checked(SUCCEEDED),
            at=T,
        ),
        (acknowledge(REFUND_1), acknowledge("A-1001")),
    ),
    "release_failed": (after(PAID_OUT, release_news(FAILED), at=T), (paid_by_hand(),)),
    "release_failed, retried": (
        after(PAID_OUT, release_news(FAILED), at=T),
        (retry_release(), answered(SUCCEEDED, 2, RELEASE_1)),
    ),
    "release_reversed": (
        after(PAID_OUT, release_news(REVERSED), at=T),
        (retry_release(), answered(SUCCEEDED, 2, RELEASE_1)),
    ),
    "release_overdue": (
        clock(after(releasing(), answered(UNKNOWN, 1, RELEASE_1), at=T), LATE),
        (release_news(SUCCEEDED, by=PLATFORM),),
    ),
    "release_overpaid": (
        after(releasing(), *SAID_TWICE, release_news(SUCCEEDED), checked(SUCCEEDED, 1, RELEASE_1), at=T),
        (acknowledge(RELEASE_1), acknowledge("A-1001")),
    ),
    "chargeback_overdue": (clock(after(PAID_OUT, opened(), at=T), LATE), (lost(TOTAL), acknowledge("A-1001"))),
    "chargeback_uncovered": (after(FOREIGN, lost(500, "p-2"), at=T), (acknowledge("c-1"),)),
    "chargeback_conflict": (
        after(PAID_OUT, lost(9_999), at=T),
        (lost(TOTAL, by=PLATFORM, note="asked the bank"), acknowledge("A-1001")),
    ),
    "refund_elsewhere_uncovered": (after(FOREIGN, given_elsewhere(500, **EURO), at=T), (acknowledge("re_1"),)),
    "payment_conflict": (after(PAID_OUT, claimed_too(), at=T), (settle_conflict(TOTAL),)),
    "payment_conflict, lost": (after(PAID_OUT, claimed_too(), at=T), (settle_conflict(0), acknowledge("A-1001"))),
    "payment_conflict, of what went back": (
        after(REFUNDED, claimed_too(), at=T),
        (settle_conflict(0), acknowledge("A-1001")),
    ),
    "payment_contradicted": (after(PAID_OUT, captured(1), at=T), (acknowledge("p-1"),)),
    "unattributed_news": (
        after(REFUNDED, refund_news(FAILED), retry(), refund_news(SUCCEEDED, None), at=T),
        (acknowledge(REFUND_1), answered(SUCCEEDED, 2)),
    ),
    "shortfall": (after(PAID_OUT, lost(TOTAL), at=T), (acknowledge("A-1001"),)),
    "shortfall, by a refund made elsewhere": (after(PAID_OUT, given_elsewhere(), at=T), (acknowledge("A-1001"),)),
    "fact_not_kept": (after(PAID_OUT, *TOO_EARLY, at=T), (acknowledge("A-1001"),)),
    "reset": (order_reset(PAID_OUT, T).order, (acknowledge(RESET),)),
}
"""An order that had ended when something came, and what the platform does about it."""
NOT_AFTER_THE_END: Final = {
    "capture_failed",
    "capture_reversed",
    "capture_overdue",
    "capture_overpaid",
    "dispute_escalated",
    "payments_unplaced",
}
"""What comes before an order ends, or leaves money under way; `test_attention.py` has them."""


def test_every_kind_is_tried_here_that_may_come_after_the_end() -> None:
    assert {name.partition(",")[0] for name in OFF} == set(KINDS) - NOT_AFTER_THE_END


@pytest.mark.parametrize("name", OFF)
def test_R3_what_needs_attention_after_the_end_goes_off_the_list_and_the_order_is_settled_again(name: str) -> None:
    order, acts = OFF[name]
    at: datetime = LATE if "overdue" in name else T
    assert order.stage.closed
    assert name.partition(",")[0] in [found.kind for found in needs_attention(order)]
    order = after(order, *acts, at=at)
    assert (needs_attention(order), order.settled) == ((), True)
