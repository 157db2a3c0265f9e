"""What the provider says of a call of ours is told to its order as what it is; of another kind nothing is told."""

import pytest

from activities.order_signals import news
from workflows.messages.authorizations import PaymentVoided
from workflows.messages.base import Fact
from workflows.messages.commands import PaymentCaptured, RefundUpdated, ReleaseUpdated
from workflows.messages.values import MoneyState, Party, Role

BY = Party(role=Role.PAYMENT_PROVIDER, id="sandbox")


def told(kind: str, state: MoneyState = MoneyState.SUCCEEDED) -> Fact:
    row = {
        "kind": kind,
        "record_id": "A-1-record-1",
        "attempt": 2,
        "payment_id": "p-1",
        "amount": 2_299,
        "currency": "USD",
    }
    return news(BY, row, state, ("ref-1", None))


@pytest.mark.parametrize("kind", ["refund", "void"])
def test_a_void_is_told_as_the_refund_that_it_is(kind: str) -> None:
    fact = told(kind)
    assert isinstance(fact, RefundUpdated)
    assert (fact.refund_id, fact.attempt, fact.state) == ("A-1-record-1", 2, MoneyState.SUCCEEDED)


def test_a_release_is_told_by_its_own_id() -> None:
    fact = told("release", MoneyState.REVERSED)
    assert isinstance(fact, ReleaseUpdated)
    assert (fact.release_id, fact.attempt, fact.state) == ("A-1-record-1", 2, MoneyState.REVERSED)


def test_a_capture_is_told_as_its_payment() -> None:
    taken, gone = told("capture"), told("capture", MoneyState.FAILED)
    assert isinstance(taken, PaymentCaptured)
    assert isinstance(gone, PaymentVoided)
    assert (taken.payment_id, taken.amount, gone.payment_id) == ("p-1", 2_299, "p-1")


@pytest.mark.parametrize("kind", ["payment", "payout", ""])
def test_of_what_is_no_call_no_order_is_told_anything(kind: str) -> None:
    with pytest.raises(AssertionError, match="no kind of call"):
        told(kind)
