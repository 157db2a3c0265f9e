"""How a buyer paid is told by its name: the provider's word for it, as people say it where it is known (R25)."""

import pytest

from activities.languages import retold
from tests.process.orders import authorized, captured, minutes, new_order, rows, taken
from workflows.messages.payment_methods import PaymentMethod, method_label
from workflows.messages.sentences import label_of


@pytest.mark.parametrize(
    ("method", "told"),
    [
        (
            "card",
            {
                "en": "Paid: 22.99 USD by card",
                "de": "Bezahlt: 22,99 USD (Karte)",
                "es": "Pagado: 22,99 USD con tarjeta",
            },
        ),
        (
            "sepa_debit",
            {
                "en": "Paid: 22.99 USD by SEPA direct debit",
                "de": "Bezahlt: 22,99 USD (SEPA-Lastschrift)",
                "es": "Pagado: 22,99 USD con adeudo directo SEPA",
            },
        ),
        (
            "shop_wallet",
            {
                "en": "Paid: 22.99 USD by shop_wallet",
                "de": "Bezahlt: 22,99 USD (shop_wallet)",
                "es": "Pagado: 22,99 USD con shop_wallet",
            },
        ),
    ],
    ids=["known", "known by a slug", "unknown, and so as it was given"],
)
def test_a_way_to_pay_is_told_by_its_name_in_the_readers_language(method: str, told: dict[str, str]) -> None:
    event = captured().model_copy(update={"method": method})
    outcome = taken(new_order(), event, minutes(1))
    [row] = rows(outcome)
    for language, text in told.items():
        assert retold(row.summary, row.said["summary"], language).replace("\N{NO-BREAK SPACE}", " ") == text
    assert outcome.order.payments[0].method == method, "programs get the provider's word"


def test_what_is_only_promised_is_told_by_it_too() -> None:
    event = authorized().model_copy(update={"method": "klarna"})
    [row] = rows(taken(new_order(capture="at_shipment"), event, minutes(1)))
    assert row.summary == "Authorised: 22.99 USD by Klarna, to be charged when it is shipped"


@pytest.mark.parametrize("method", PaymentMethod)
def test_no_label_is_a_providers_slug(method: PaymentMethod) -> None:
    assert "_" not in method.label
    assert method_label(method.value) == label_of(method)
