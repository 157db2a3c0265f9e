"""What the provider says of money that left without us: by its own id, among all that went back of a payment."""

from datetime import UTC, datetime

import pytest

from activities.inquiries import standing_of
from activities.providers import BookChargeback, BookEntry, WentBack
from workflows.messages.chargebacks import ChargebackOutcome
from workflows.messages.inquiries import Inquiry
from workflows.messages.values import MoneyState

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def asked(about: str, reference: str) -> Inquiry:
    named = {"order_id": "A-1", "payment_id": "p-1", "number": 1}
    return Inquiry.model_validate({"about": about, "reference": reference, **named})


def chargeback(chargeback_id: str, outcome: ChargebackOutcome | None) -> BookChargeback:
    return BookChargeback(chargeback_id, "p-1", "A-1", 500, "USD", outcome, NOW)


def entry(reference: str, state: MoneyState) -> BookEntry:
    return BookEntry("refund", "", None, 500, "USD", state, reference, NOW)


@pytest.mark.parametrize(
    ("outcome", "said"), [(None, "open"), (ChargebackOutcome.WON, "won"), (ChargebackOutcome.LOST, "lost")]
)
def test_R34_a_chargeback_stands_as_the_provider_has_it(outcome: ChargebackOutcome | None, said: str) -> None:
    known = WentBack((), (chargeback("c-0", ChargebackOutcome.LOST), chargeback("c-1", outcome)))
    answer = standing_of(asked("chargeback", "c-1"), known)
    assert answer
    assert answer.state == said
    assert standing_of(asked("chargeback", "c-2"), known) is None


@pytest.mark.parametrize("state", [MoneyState.PENDING, MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED])
def test_R35_a_refund_made_elsewhere_stands_as_the_provider_has_it(state: MoneyState) -> None:
    known = WentBack((entry("re_0", MoneyState.SUCCEEDED), entry("re_1", state)), ())
    answer = standing_of(asked("refund", "re_1"), known)
    assert answer
    assert answer.state == state
    assert standing_of(asked("refund", "re_2"), known) is None
