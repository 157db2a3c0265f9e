"""Payments that several orders share, and those that are another order's, as the gateway takes them (R36)."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from starter.errors import EngineUnavailable, OrderNotFound
from tests.activities.sandboxes import listening
from tests.process.orders import PROVIDER
from tests.starter.webhooks import Notebook, a_problem, served_by, the_unplaced, told, webhook
from workflows.messages.chargebacks import ChargebackOpened
from workflows.messages.commands import PaymentCaptured

SHARED = webhook(order_id=None, amount=3000, shares={"A-1": 1000, "A-2": 2000})

OPENED = {
    "type": "chargeback_opened",
    "data": {"order_id": "A-1", "payment_id": "p-1", "chargeback_id": "c-1", "amount": 1500},
}


def opened(amount: int) -> ChargebackOpened:
    return ChargebackOpened(by=PROVIDER, payment_id="p-1", chargeback_id="c-1", amount=amount)


@pytest_asyncio.fixture
async def served() -> AsyncIterator[tuple[Notebook, httpx.AsyncClient]]:
    notebook = Notebook()
    async with listening(served_by(notebook)) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        yield notebook, http


async def test_E6_a_payment_of_another_order_is_kept_with_the_reason_and_told_to_nobody(
    served: tuple[Notebook, httpx.AsyncClient],
) -> None:
    notebook, http = served
    notebook.payments["p-1"] = "A-9"
    one = the_unplaced(await told(http, webhook()), notebook)
    assert (one.name, one.order_id, one.why) == ("payment_captured", "A-1", "it belongs to A-9")


async def test_R36_each_order_hears_of_its_share(served: tuple[Notebook, httpx.AsyncClient]) -> None:
    notebook, http = served
    notebook.claims_shares = True
    assert (await told(http, SHARED)).status_code == 200
    facts = {order_id: fact for order_id, fact in notebook.reported if isinstance(fact, PaymentCaptured)}
    assert {order_id: (fact.amount, fact.of) for order_id, fact in facts.items()} == {
        "A-1": (1000, 3000),
        "A-2": (2000, 3000),
    }


async def test_R36_a_share_that_contradicts_the_register_is_kept_and_the_others_are_told(
    served: tuple[Notebook, httpx.AsyncClient],
) -> None:
    """The register here knows one owner of a payment: the second share is another order's."""
    notebook, http = served
    answer = await told(http, SHARED)
    assert (answer.status_code, answer.json()) == (202, {"kept": "it belongs to A-1"})
    assert [order_id for order_id, _ in notebook.reported] == ["A-1"]
    assert [one.order_id for one in notebook.kept] == ["A-2"]


async def test_R36_a_word_about_a_shared_payment_goes_to_each_with_its_part(
    served: tuple[Notebook, httpx.AsyncClient],
) -> None:
    notebook, http = served
    notebook.parts = [("A-1", opened(1000)), ("A-2", opened(500))]
    assert (await told(http, OPENED)).status_code == 200
    assert notebook.reported == notebook.parts


async def test_R36_what_an_order_cannot_take_of_a_word_is_kept_by_itself(
    served: tuple[Notebook, httpx.AsyncClient],
) -> None:
    notebook, http = served
    notebook.parts = [("A-1", opened(1000)), ("A-2", opened(500))]
    notebook.trouble = OrderNotFound("A-1")
    assert (await told(http, OPENED)).status_code == 202
    assert [one.order_id for one in notebook.kept] == ["A-1", "A-2"]
    assert len({one.webhook_id for one in notebook.kept}) == 2


async def test_R36_a_word_that_cannot_be_allotted_is_told_to_nobody(
    served: tuple[Notebook, httpx.AsyncClient],
) -> None:
    """Without Postgres: the provider sends it again."""
    notebook, http = served
    notebook.desk_trouble = EngineUnavailable("Postgres does not answer.")
    a_problem(await told(http, OPENED), 503, "unavailable")
    assert notebook.reported == []


async def test_R36_without_postgres_a_payment_is_reported_and_its_record_claims_it(
    served: tuple[Notebook, httpx.AsyncClient],
) -> None:
    notebook, http = served
    notebook.desk_trouble = EngineUnavailable("Postgres does not answer.")
    assert (await told(http, webhook())).status_code == 200
    assert len(notebook.reported) == 1
