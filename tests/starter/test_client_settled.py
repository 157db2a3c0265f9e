"""A settled order through the client: it is woken, and judges for itself (R28)."""

import asyncio

import asyncpg
import pytest
from temporalio.client import Client

from starter.client.orders import OrderClient
from starter.errors import CommandRefused, OrderNotFound
from tests.starter.orders import BUYER, PATIENCE, PROVIDER, a_worker, an_order, settled
from workflows.messages.refusal import Code
from workflows.messages.values import Stage


async def test_a_command_to_a_settled_order_is_refused_by_the_order(client: OrderClient, order_id: str) -> None:
    await settled(client, order_id)
    with pytest.raises(CommandRefused) as refused:
        await client.confirm_receipt(order_id, by=BUYER)
    assert refused.value.code is Code.ORDER_CLOSED


async def test_a_settled_order_gives_its_old_answer(client: OrderClient, order_id: str) -> None:
    await client.start(an_order(order_id))
    first = await client.request_cancellation(order_id, by=BUYER, request_id="r-1")
    await client.result(order_id)
    assert await client.request_cancellation(order_id, by=BUYER, request_id="r-1") == first


async def test_a_fact_wakes_a_settled_order(client: OrderClient, order_id: str) -> None:
    await settled(client, order_id)
    before = await client.timeline(order_id)
    await client.payment_failed(order_id, by=PROVIDER, payment_id="p-1", reason="Card declined")
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not (after := await client.timeline(order_id, before[-1].entry)):
            await asyncio.sleep(0.05)
    assert [(entry.name, entry.outcome) for entry in after] == [("payment_failed", "recorded")]


async def test_a_plain_signal_does_not_reach_a_settled_order(client: OrderClient, order_id: str) -> None:
    await settled(client, order_id)
    with pytest.raises(OrderNotFound):
        await client.signal(order_id, "confirm_receipt", {"by": {"role": "buyer", "id": BUYER.id}})


async def test_an_order_that_temporal_has_forgotten_can_still_be_used(
    client: OrderClient, forgetful: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    await settled(client, order_id)
    later = OrderClient(forgetful, pool, task_queue)
    assert (await later.result(order_id)).stage is Stage.CANCELLED
    assert (await later.start(an_order(order_id))).run_id is None
    async with a_worker(forgetful, pool, task_queue):
        view = await later.order(order_id)
        assert (view.order_id, view.stage) == (order_id, Stage.CANCELLED)
        with pytest.raises(CommandRefused) as refused:
            await later.confirm_receipt(order_id, by=BUYER)
    assert refused.value.code is Code.ORDER_CLOSED


async def test_a_command_wakes_an_order_that_temporal_has_forgotten(
    client: OrderClient, forgetful: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    await client.start(an_order(order_id))
    first = await client.request_cancellation(order_id, by=BUYER, request_id="r-1")
    await client.result(order_id)
    async with a_worker(forgetful, pool, task_queue):
        later = OrderClient(forgetful, pool, task_queue)
        assert await later.request_cancellation(order_id, by=BUYER, request_id="r-1") == first
