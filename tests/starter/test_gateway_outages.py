"""What the gateway answers while Temporal or Postgres is away: the real client behind it, and real connections."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import asyncpg
import httpx
import pytest
from temporalio.client import Client

from activities.providers.sandbox_webhooks import SandboxWebhooks
from starter.client.orders import OrderClient
from starter.client.start_content import StartedOrder
from starter.gateway.app import create_app
from tests.activities.sandboxes import PATIENCE, SECRET, listening
from tests.process.orders import captured
from tests.starter.doorbell import BUYER, OPS, api_over
from tests.starter.orders import an_order
from tests.starter.test_lists import a_row, written
from tests.starter.webhooks import a_problem, signed, told, webhook
from workflows.messages.answers import Answer
from workflows.messages.base import Message
from workflows.messages.ids import workflow_id
from workflows.messages.start import StartOrder

NOWHERE: Final = "127.0.0.1:9"


@asynccontextmanager
async def gateway_over(client: OrderClient) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        listening(create_app(client, client.desk, SandboxWebhooks([SECRET]), "sandbox")) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE) as gateway,
    ):
        yield gateway


async def closed_pool(database_url: str) -> asyncpg.Pool:
    """Connections that are all gone."""
    pool = await asyncpg.create_pool(database_url, min_size=1, max_size=1)
    pool.terminate()
    return pool


async def test_without_temporal_the_provider_is_asked_to_come_back(
    pool: asyncpg.Pool, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can say whether there is such an order, so it is no 404."""
    monkeypatch.setattr("starter.client.temporal.RPC_WITHIN", timedelta(seconds=0.5))
    away = await Client.connect(NOWHERE, lazy=True)
    async with gateway_over(OrderClient(away, pool, "orders")) as gateway:
        answer = await told(gateway, webhook(order_id=order_id))
        a_problem(answer, 503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert (await gateway.get("/healthz")).status_code == 200
        a_problem(await gateway.get("/readyz"), 503, "unavailable")


async def test_without_postgres_an_order_that_temporal_does_not_know_may_still_be_one(
    temporal: Client, database_url: str, task_queue: str, order_id: str
) -> None:
    """It may be settled and long forgotten by Temporal: to say 404 would lose the fact."""
    client = OrderClient(temporal, await closed_pool(database_url), task_queue)
    async with gateway_over(client) as gateway:
        answer = await told(gateway, webhook(order_id=order_id))
        a_problem(answer, 503, "unavailable")
        assert "retry-after" in answer.headers


async def test_without_postgres_an_order_that_runs_is_told_all_the_same(
    temporal: Client, pool: asyncpg.Pool, database_url: str, task_queue: str, order_id: str
) -> None:
    """A fact needs nobody but Temporal: it stands in the order's history before the provider hears that it is taken."""
    await OrderClient(temporal, pool, task_queue).start(an_order(order_id))
    client = OrderClient(temporal, await closed_pool(database_url), task_queue)
    async with gateway_over(client) as gateway:
        assert (await told(gateway, webhook(order_id=order_id))).status_code == 200
    history = await temporal.get_workflow_handle(workflow_id(order_id)).fetch_history()
    signals = [event.workflow_execution_signaled_event_attributes.signal_name for event in history.events]
    assert "payment_captured" in signals


async def test_what_is_told_of_an_order_that_nobody_started_lies_in_postgres_once(
    temporal: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    """However often the provider repeats it; with all that an operator needs to place it by hand."""
    client = OrderClient(temporal, pool, task_queue)
    body = json.dumps(webhook(order_id=order_id, note="\x00")).encode()
    async with gateway_over(client) as gateway:
        for _ in range(2):
            answer = await told(gateway, body, signed(body, webhook_id=f"msg_{order_id}"))
            assert answer.status_code == 202
    [one] = [one for one in await client.desk.unplaced() if one.webhook_id == f"msg_{order_id}"]
    assert json.loads(one.body)["data"]["order_id"] == order_id
    assert await client.desk.unplaced(before=one.id, limit=1) != (one,)


async def test_a_refund_is_known_by_what_we_asked_for(
    temporal: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    """Of this very order, and as a refund."""
    desk = OrderClient(temporal, pool, task_queue).desk
    refund = f"{order_id}-refund-1"
    assert not await desk.was_asked_for(order_id, "refund", refund)
    await pool.execute(
        "INSERT INTO payment_calls (key, order_id, kind, record_id, attempt, amount, currency, payment_id, state)"
        " VALUES ($1, $2, 'refund', $3, 1, 500, 'USD', 'p', 'calling')",
        *(f"{refund}-1", order_id, refund),
    )
    assert await desk.was_asked_for(order_id, "refund", refund)
    assert not await desk.was_asked_for(order_id, "release", refund)
    assert not await desk.was_asked_for(f"{order_id}.other", "refund", refund)


async def test_R36_the_orders_of_a_payment_are_those_that_have_a_share_of_it(
    temporal: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    desk = OrderClient(temporal, pool, task_queue).desk
    payment_id = f"pay-{order_id}"
    assert await desk.orders_of_payment(payment_id) == []
    orders = [f"{order_id}-1", f"{order_id}-2"]
    for each in orders:
        assert await desk.claim(each, captured(1000, payment_id, of=2000)) is None
    assert await desk.claim(f"{order_id}-3", captured(1000, payment_id, of=2000)) is not None
    assert await desk.orders_of_payment(payment_id) == orders


class Hanging(OrderClient):
    """A client to whose messages nobody answers."""

    async def send(self, order_id: str, message: Message) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError("nobody answers")

    async def start(self, order: StartOrder) -> StartedOrder:
        await asyncio.Event().wait()
        raise AssertionError("nobody answers")


async def test_who_still_waits_when_a_gateway_stops_is_sent_to_the_next_one(
    temporal: Client, pool: asyncpg.Pool, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left to itself the server would say 500, which nobody tries again. Only what has a key is said to be safe."""
    monkeypatch.setattr("starter.serving.GRACE_SECONDS", 0.1)
    await written(pool, a_row(order_id))
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        async with listening(api_over(Hanging(temporal, pool, "orders"))) as url:
            words = {"to": "seller", "text": "Where is it?"}
            asking = asyncio.create_task(http.post(f"{url}/orders/{order_id}/send_message", headers=BUYER, json=words))
            reading = asyncio.create_task(http.get(f"{url}/orders/{order_id}?min_version=9", headers=BUYER))
            order = an_order(f"{order_id}-2").model_dump(mode="json")
            starting = asyncio.create_task(http.post(f"{url}/orders", headers=OPS, json=order))
            await asyncio.wait((asking, reading, starting), timeout=0.5)
        unknown, away, unseen = await asking, await reading, await starting
    a_problem(unknown, 503, "outcome_unknown")
    a_problem(away, 503, "unavailable")
    a_problem(unseen, 503, "outcome_unknown")
    assert "the same Idempotency-Key" in unknown.json()["detail"]
    assert "Look whether it was before you send it again" in unseen.json()["detail"]
    assert unknown.headers["retry-after"] == away.headers["retry-after"] == "1"
