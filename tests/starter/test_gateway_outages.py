"""What the gateway answers while Temporal or Postgres is away: the real client behind it, and real connections."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import asyncpg
import httpx
import pytest
from temporalio.client import Client

from starter import runs
from starter.client import OrderClient
from starter.gateway.app import create_app
from tests.activities.sandboxes import PATIENCE, SECRET, listening
from tests.starter.orders import an_order
from tests.starter.webhooks import a_problem, told, webhook
from workflows.messages.ids import workflow_id

NOWHERE: Final = "127.0.0.1:9"


@asynccontextmanager
async def gateway_over(client: OrderClient) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        listening(create_app(client, SECRET)) as url,
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
    monkeypatch.setattr(runs, "RPC_WITHIN", timedelta(seconds=0.5))
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


async def test_an_order_that_nobody_started_is_not_found(
    temporal: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    async with gateway_over(OrderClient(temporal, pool, task_queue)) as gateway:
        problem = a_problem(await told(gateway, webhook(order_id=order_id)), 404, "not_found")
    assert order_id in problem["detail"]
