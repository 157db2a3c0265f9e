"""What an order should hear of money that moved without our asking, by what both sides say (R34, R35)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from activities.providers import BookChargeback, BookEntry
from activities.reconciliation.unheard import Known, Unheard, chargeback_missed, refund_missed
from workflows.messages.chargebacks import ChargebackOutcome
from workflows.messages.reconciling import Disagreement, Kind
from workflows.messages.values import MoneyState

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
REFUND = BookEntry(
    kind="refund", key="re_1", order_id=None, amount=500, currency="USD", state=MoneyState.SUCCEEDED, reference="re_1",
    created_at=AT, payment_id="p-1", is_ours=False,
)  # fmt: skip
CHARGEBACK = BookChargeback("c-1", "p-1", None, 2_000, "USD", None, AT)
UNHEARD = Known(("A-1",), None, None, told=False)


def words(missed: Unheard | Disagreement | None) -> tuple[str, str, dict[str, object]]:
    """Order, fact and fields of what is to be told."""
    assert isinstance(missed, Unheard)
    name, fields = missed.words
    return (
        missed.named or ", ".join(missed.owners),
        name,
        {field: value for field, value in fields.items() if field != "request_id"},
    )


def kind(missed: Unheard | Disagreement | None) -> tuple[Kind, str | None]:
    assert isinstance(missed, Disagreement)
    return missed.kind, missed.order_id


def test_R35_a_refund_that_nobody_heard_of_is_told_whole() -> None:
    told = {"payment_id": "p-1", "reference": "re_1", "amount": 500, "currency": "USD"}
    assert words(refund_missed(REFUND, UNHEARD)) == (
        "A-1",
        "refund_reported",
        told | {"state": MoneyState.SUCCEEDED, "reason": None},
    )


@pytest.mark.parametrize("standing", ["succeeded", "settled_manually", "cancelled"])
def test_R35_what_the_order_knows_is_not_told_again(standing: str) -> None:
    """Also as what it settled by hand."""
    assert refund_missed(REFUND, Known(("A-1",), standing, 500, told=False)) is None


@pytest.mark.parametrize(
    ("before", "now"), [("pending", "succeeded"), ("succeeded", "reversed"), ("failed", "succeeded")]
)
def test_R35_what_became_of_it_since_is_told(before: str, now: str) -> None:
    refund = replace(REFUND, state=MoneyState(now))
    _, _, fields = words(refund_missed(refund, Known(("A-1",), before, 500, told=False)))
    assert fields["state"] == now


@pytest.mark.parametrize("state", ["failed", "reversed"])
def test_R35_what_came_back_before_anybody_heard_of_it_is_no_news(state: str) -> None:
    assert refund_missed(replace(REFUND, state=MoneyState(state)), UNHEARD) is None


def test_R35_a_refund_over_another_amount_is_for_a_person() -> None:
    assert kind(refund_missed(REFUND, Known(("A-1",), "succeeded", 501, told=False))) == (Kind.AMOUNT, "A-1")


def test_R34_a_chargeback_that_nobody_heard_of_is_told_as_it_stands() -> None:
    """One that is decided already counts as opened and closed."""
    told = {"payment_id": "p-1", "chargeback_id": "c-1", "amount": 2_000, "currency": "USD", "occurred_at": AT}
    assert words(chargeback_missed(CHARGEBACK, UNHEARD)) == ("A-1", "chargeback_opened", told)
    lost = replace(CHARGEBACK, outcome=ChargebackOutcome.LOST)
    assert words(chargeback_missed(lost, UNHEARD)) == ("A-1", "chargeback_closed", told | {"outcome": "lost"})


@pytest.mark.parametrize(
    ("ours", "theirs", "name"),
    [
        ("open", "won", "chargeback_closed"),
        ("open", "lost", "chargeback_closed"),
        ("lost", "won", "chargeback_closed"),
        ("won", "lost", "chargeback_closed"),
        ("won", None, "chargeback_opened"),
    ],
)
def test_R34_the_bank_s_last_word_is_told(ours: str, theirs: str | None, name: str) -> None:
    one = replace(CHARGEBACK, outcome=ChargebackOutcome(theirs) if theirs else None)
    assert words(chargeback_missed(one, Known(("A-1",), ours, 2_000, told=False)))[1] == name


@pytest.mark.parametrize("outcome", [None, "won", "lost"])
def test_R34_a_chargeback_that_stands_as_it_is_known_is_no_news(outcome: str | None) -> None:
    one = replace(CHARGEBACK, outcome=ChargebackOutcome(outcome) if outcome else None)
    assert chargeback_missed(one, Known(("A-1",), outcome or "open", 2_000, told=False)) is None
    assert kind(chargeback_missed(one, Known(("A-1",), outcome or "open", 1, told=False))) == (Kind.AMOUNT, "A-1")


def test_what_was_told_and_is_not_counted_is_for_a_person() -> None:
    """Told every night, it would stand in the timeline every night."""
    told = Known(("A-1",), None, None, told=True)
    assert kind(refund_missed(REFUND, told)) == kind(chargeback_missed(CHARGEBACK, told)) == (Kind.STATE, "A-1")


def test_a_payment_of_no_order_is_for_a_person() -> None:
    """By the name that the provider has for it, if it has one."""
    nobody = Known((), None, None, told=False)
    assert kind(refund_missed(REFUND, nobody)) == (Kind.ONLY_AT_PROVIDER, None)
    assert kind(chargeback_missed(replace(CHARGEBACK, order_id="B-7"), nobody)) == (Kind.UNKNOWN_ORDER, "B-7")


def test_R36_of_a_shared_payment_all_its_orders_hear_or_the_one_that_the_provider_names() -> None:
    """One that is none of them is the provider's mistake, and hears nothing."""
    shared = Known(("A-1", "A-2"), None, None, told=False)
    assert words(refund_missed(replace(REFUND, order_id="A-2"), shared))[0] == "A-2"
    assert words(refund_missed(REFUND, shared))[0] == "A-1, A-2"
    assert words(refund_missed(replace(REFUND, order_id="B-7"), shared))[0] == "A-1, A-2"
    assert words(refund_missed(replace(REFUND, order_id="B-7"), UNHEARD))[0] == "A-1"


def test_the_same_word_has_the_same_request_id_and_another_word_another() -> None:
    """So that an order is told once, however often books are compared."""

    def request_id(missed: Unheard | Disagreement | None) -> object:
        assert isinstance(missed, Unheard)
        return missed.words[1]["request_id"]

    later = replace(CHARGEBACK, occurred_at=datetime(2026, 3, 3, tzinfo=UTC))
    lost = replace(CHARGEBACK, outcome=ChargebackOutcome.LOST)
    assert request_id(chargeback_missed(CHARGEBACK, UNHEARD)) == request_id(chargeback_missed(CHARGEBACK, UNHEARD))
    ids = {request_id(chargeback_missed(one, UNHEARD)) for one in (CHARGEBACK, later, lost)}
    ids |= {request_id(refund_missed(one, UNHEARD)) for one in (REFUND, replace(REFUND, state=MoneyState.PENDING))}
    assert len(ids) == 5
