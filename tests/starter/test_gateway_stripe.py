"""The gateway with Stripe's webhooks: what it believes, what it passes on, what it keeps."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from activities.providers.stripe_webhooks import StripeWebhooks
from tests.activities.contract import StripeSigns, ago
from tests.activities.sandboxes import listening
from tests.activities.stripes import OLD_SECRET, SECRET
from tests.starter.webhooks import Notebook, a_problem, served_by, the_unplaced
from workflows.messages.commands import PaymentCaptured, RefundUpdated
from workflows.messages.values import Party, Role

SIGNS = StripeSigns()
CAPTURED = {"id": "pi_1", "amount": 2_299, "currency": "usd", "status": "succeeded", "amount_received": 2_299}


def event(kind: str, about: dict[str, Any], event_id: str = "evt_1") -> bytes:
    return json.dumps({"id": event_id, "type": kind, "created": 1_772_450_000, "data": {"object": about}}).encode()


@pytest_asyncio.fixture
async def served() -> AsyncIterator[tuple[Notebook, httpx.AsyncClient]]:
    notebook = Notebook()
    app = served_by(notebook, StripeWebhooks([SECRET, OLD_SECRET]), "stripe")
    async with listening(app) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        yield notebook, http


async def told(
    http: httpx.AsyncClient, body: bytes, headers: list[tuple[str, str]] | None = None, at: datetime | None = None
) -> httpx.Response:
    signed = SIGNS.sign(body, SECRET, at or datetime.now(UTC)) if headers is None else headers
    return await http.post("/webhooks/payments", content=body, headers=signed)


async def test_news_of_a_refund_reaches_its_order(served: tuple[Notebook, httpx.AsyncClient]) -> None:
    """With the event's id as request id, so that a repetition is known as one; with the old secret as well."""
    notebook, http = served
    assert (await told(http, SIGNS.body)).status_code == 200
    assert (await told(http, SIGNS.body, SIGNS.sign(SIGNS.body, OLD_SECRET, ago(1)))).status_code == 200
    (order_id, first), (_, second) = notebook.reported
    assert isinstance(first, RefundUpdated)
    assert (order_id, first.attempt, first.by) == ("A-1", 2, Party(role=Role.PAYMENT_PROVIDER, id="stripe"))
    assert (first.request_id, first) == ("evt_1", second)


async def test_what_is_not_signed_is_neither_believed_nor_kept(served: tuple[Notebook, httpx.AsyncClient]) -> None:
    """Wrong, old, missing, twice; and a body that was sent twice in one."""
    notebook, http = served
    right = SIGNS.sign(SIGNS.body, SECRET, datetime.now(UTC))
    wrong = [
        await told(http, SIGNS.body, SIGNS.sign(SIGNS.body, "whsec_somebody_elses_secret", datetime.now(UTC))),
        await told(http, SIGNS.body, at=ago(3_600)),
        await told(http, SIGNS.body, []),
        await told(http, SIGNS.body, right + right),
        await told(http, SIGNS.body * 2, right),
        await told(http, b"\xff\xfe", right),
    ]
    for answer in wrong:
        a_problem(answer, 401, "unauthorized")
    assert (notebook.reported, notebook.kept) == ([], [])


async def test_a_payment_of_no_order_is_kept(served: tuple[Notebook, httpx.AsyncClient]) -> None:
    notebook, http = served
    one = the_unplaced(await told(http, event("payment_intent.succeeded", CAPTURED)), notebook)
    assert (one.provider, one.webhook_id, one.name) == ("stripe", "evt_1", "payment_captured")


async def test_a_payment_names_the_order_of_what_comes_after_it(served: tuple[Notebook, httpx.AsyncClient]) -> None:
    notebook, http = served
    paid = CAPTURED | {"metadata": {"order_id": "A-1"}}
    assert (await told(http, event("payment_intent.succeeded", paid))).status_code == 200
    [(order_id, fact)] = notebook.reported
    assert isinstance(fact, PaymentCaptured)
    assert (order_id, notebook.payments) == ("A-1", {"pi_1": "A-1"})


async def test_a_chargeback_of_a_payment_that_nobody_knows_is_kept(
    served: tuple[Notebook, httpx.AsyncClient],
) -> None:
    notebook, http = served
    dispute = {"id": "dp_1", "amount": 2_299, "currency": "usd", "payment_intent": "pi_9", "status": "needs_response"}
    dispute |= {"created": 1_772_450_000}
    one = the_unplaced(await told(http, event("charge.dispute.created", dispute)), notebook)
    assert (one.name, one.order_id) == ("chargeback_opened", None)


async def test_R35_a_refund_of_others_is_the_order_s_of_its_payment(served: tuple[Notebook, httpx.AsyncClient]) -> None:
    notebook, http = served
    await told(http, event("payment_intent.succeeded", CAPTURED | {"metadata": {"order_id": "A-1"}}))
    refund = {"id": "re_1", "object": "refund", "amount": 500, "currency": "usd", "created": 1_772_450_000}
    refund |= {"payment_intent": "pi_1", "status": "succeeded"}
    assert (await told(http, event("refund.created", refund))).status_code == 200
    order_id, fact = notebook.reported[-1]
    assert (order_id, fact.name) == ("A-1", "refund_reported")


async def test_R36_a_shared_payment_is_reported_to_each_of_its_orders(
    served: tuple[Notebook, httpx.AsyncClient],
) -> None:
    """What one of them cannot take is kept, and the other hears of its share all the same."""
    notebook, http = served
    shares = {"no order": 1_000, "A-2": 1_299}
    paid = CAPTURED | {"metadata": {"order_shares": json.dumps(shares)}}
    assert (await told(http, event("payment_intent.succeeded", paid))).status_code == 202
    [(order_id, fact)] = notebook.reported
    assert isinstance(fact, PaymentCaptured)
    assert (order_id, fact.amount, fact.of) == ("A-2", 1_299, 2_299)
    assert [(one.webhook_id, one.order_id) for one in notebook.kept] == [("evt_1 no order", "no order")]


@pytest.mark.parametrize("kind", ["charge.refunded", "customer.created", "charge.succeeded"])
async def test_what_means_nothing_to_an_order_is_taken_and_forgotten(
    served: tuple[Notebook, httpx.AsyncClient], kind: str
) -> None:
    notebook, http = served
    assert (await told(http, event(kind, {"id": "x_1"}))).status_code == 200
    assert (notebook.reported, notebook.kept) == ([], [])
