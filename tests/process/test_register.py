"""What the register of payments is told of an order (R36, R37)."""

from typing import Any

import pytest

from tests.process.orders import (
    PROVIDER,
    REFUND_2,
    SHIP,
    TOTAL,
    after,
    answered,
    authorized,
    by_hand,
    cancel,
    captured,
    claimed_too,
    hours,
    minutes,
    new_order,
    paid,
    promised,
    settle_conflict,
)
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOutcome
from workflows.messages.values import MoneyState
from workflows.messages.work import PaymentShare
from workflows.process.state.order import Order
from workflows.process.telling.register import shares_of_order

SUCCEEDED, FAILED = MoneyState.SUCCEEDED, MoneyState.FAILED


def share(
    amount: int = TOTAL, returned: int = 0, payment_id: str = "p-1", currency: str = "USD", **other: Any
) -> PaymentShare:
    """All of a payment that was charged, unless told otherwise."""
    given = {"amount": amount, "claimed": amount, "brought": amount, "whole": amount, "returned": returned}
    return PaymentShare(payment_id=payment_id, currency=currency, **given | other)


def promise(payment_id: str = "p-1") -> PaymentShare:
    """It brings the total, and has brought nothing yet."""
    return share(payment_id=payment_id).model_copy(update={"amount": 0, "brought": 0})


def test_R36_every_payment_is_the_orders_whole_whatever_its_currency() -> None:
    order = after(paid(), captured(5, "p-2"), captured(700, "p-3", currency="EUR"), at=hours(1))
    assert shares_of_order(new_order()) == ()
    assert shares_of_order(order) == (share(), share(5, payment_id="p-2"), share(700, 0, "p-3", "EUR"))


def test_R36_what_is_only_promised_brought_nothing_and_its_void_gives_nothing_back() -> None:
    assert shares_of_order(promised()) == (promise(),)
    voided = after(promised(), cancel(), answered(SUCCEEDED), at=hours(1))
    assert shares_of_order(voided) == (promise(),)
    shipped = after(promised(), SHIP, answered(SUCCEEDED, record_id="A-1001-capture-1"), at=hours(1))
    assert shares_of_order(shipped) == (share(),)
    ample = after(new_order(capture="at_shipment"), authorized(9000), at=minutes(1))
    assert shares_of_order(ample) == (promise(),), "what is promised above the total is never taken"
    more = after(promised(), captured(TOTAL + 1), at=hours(1))
    assert shares_of_order(more) == (share(TOTAL + 1),)


@pytest.mark.parametrize(
    ("order", "returned"),
    [
        (after(paid(), captured(3000, "p-9"), at=minutes(2)), 0),
        (after(paid(), cancel(), at=minutes(2)), 0),
        (after(paid(), cancel(), answered(FAILED), by_hand(), at=minutes(2)), 0),
        (after(paid(), cancel(), answered(SUCCEEDED), at=minutes(2)), TOTAL),
        (
            after(
                after(new_order(), captured(3000), at=minutes(1)),
                *(answered(SUCCEEDED), cancel(), answered(SUCCEEDED, record_id=REFUND_2)),
                at=minutes(2),
            ),
            3000,
        ),
        (
            after(
                paid(),
                ChargebackClosed(
                    by=PROVIDER, payment_id="p-1", chargeback_id="c-1", amount=99, outcome=ChargebackOutcome.LOST
                ),
                at=minutes(2),
            ),
            99,
        ),
    ],
    ids=["nothing", "on its way", "by hand", "refunded", "surplus and the rest", "charged back"],
)
def test_R36_what_the_provider_gave_back_or_the_bank_took_has_returned(order: Order, returned: int) -> None:
    """Not what is on its way, nor what was paid from elsewhere."""
    assert shares_of_order(order)[0].returned == returned


def test_an_authorisation_too_many_is_the_orders_too() -> None:
    order = after(promised(), authorized(payment_id="p-2"), at=hours(1))
    assert shares_of_order(order) == (promise(), promise("p-2"))


def test_R36_a_share_says_what_is_this_orders_and_what_the_whole_payment_brought() -> None:
    order = after(new_order(), captured(TOTAL, of=9000), at=minutes(1))
    assert shares_of_order(order) == (share(brought=9000, whole=9000),)


def test_R36_the_register_knows_whether_it_is_asked_whose_a_payment_is_and_what_the_platform_said() -> None:
    """What the payment brought stays what was heard of it, also where less is this order's."""
    claimed = after(paid(), claimed_too(), at=hours(1))
    assert shares_of_order(claimed) == (share(question="open"),)
    settled = after(claimed, settle_conflict(1000), at=hours(1))
    assert shares_of_order(settled) == (share(1000, brought=TOTAL, whole=TOTAL, question="settled"),)
    again = after(settled, claimed_too(), at=hours(2))
    assert shares_of_order(again)[0].question == "open"
