"""A buyer who pays before the order is started, end to end: provider, gateway, Postgres, engine, order (R33)."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import asyncpg
from temporalio.client import Client

from activities.order_signals import Facts
from activities.rounds import beside
from activities.unplaced import Placing
from starter.client.orders import OrderClient
from tests.activities.sandboxes import eventually, sandbox_process
from tests.starter.orders import an_order
from tests.starter.test_gateway_process import gateway_process
from workflows.messages.ids import workflow_id
from workflows.messages.values import Stage
from workflows.messages.waking import WORKFLOW_TYPE

WITHIN: Final = 5.0
"""Seconds from the order's first record, says the rule."""


async def test_R33_a_payment_made_before_the_order_was_started_pays_it_whoever_starts_it(
    temporal: Client,
    client: OrderClient,
    pool: asyncpg.Pool,
    database_url: str,
    task_queue: str,
    order_id: str,
    tmp_path: Path,
) -> None:
    """It lay there unseen, and the order was cancelled as unpaid with the buyer charged. It is started here by a client
    that knows nothing of us, and the payment is taken once, although the provider tells of it twice."""
    environment = {"DATABASE_URL": database_url, "COUNTERMAND_TASK_QUEUE": task_queue}

    async def kept() -> bool:
        return order_id in [one.waits_for for one in await client.desk.unplaced()]

    async def recorded() -> bool:
        return bool(await pool.fetchval("SELECT EXISTS (SELECT FROM orders WHERE order_id = $1)", order_id))

    async def paid() -> bool:
        return (await client.order(order_id)).stage is Stage.AWAITING_SHIPMENT

    async with AsyncExitStack() as stack:
        _, url = await stack.enter_async_context(gateway_process(temporal, **environment))
        sandbox = await stack.enter_async_context(sandbox_process(tmp_path, f"{url}/webhooks/payments"))
        await stack.enter_async_context(beside(Placing(pool, Facts(temporal, task_queue)).run()))
        (await sandbox.pay(order_id)).raise_for_status()
        await eventually(kept)

        start = an_order(order_id).model_dump(mode="json")
        await temporal.start_workflow(WORKFLOW_TYPE, start, id=workflow_id(order_id), task_queue=task_queue)
        await eventually(recorded)
        async with asyncio.timeout(WITHIN):
            await eventually(paid)

        (await sandbox.pay(order_id)).raise_for_status()
        await eventually(lambda: _none_waits(client, order_id))
        view = await client.order(order_id)
        assert (view.captured, view.refunding, len(view.payments)) == (view.total, 0, 1)


async def _none_waits(client: OrderClient, order_id: str) -> bool:
    return order_id not in [one.order_id for one in await client.desk.unplaced()]
