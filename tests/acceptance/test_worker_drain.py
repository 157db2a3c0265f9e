"""Workers that die in the middle, and workers that are told to stop under load: no order is lost, no money twice."""

import asyncio
import signal
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio

from starter.client import OrderClient
from starter.embedded import EmbeddedStack
from tests.acceptance.orders import TOTAL, Bank, reaches, started
from tests.acceptance.programs import LOOK_EVERY, PATIENCE
from workflows.messages.values import CancellationReason, Party, Role, Stage

BUYER: Final = Party(role=Role.BUYER, id="b-7")
SELLER: Final = Party(role=Role.SELLER, id="s-3")
ORDERS: Final = 20
"""Under way at once: enough that some of them are in the middle of everything when a worker is told to stop."""
SLOW: Final = 3
"""How many of them the provider leaves without an answer: their calls are under way for as long as a call may be."""


@pytest_asyncio.fixture
async def served(stack: EmbeddedStack) -> AsyncIterator[EmbeddedStack]:
    """The stack, and in the end with a worker again, whatever became of it in the test."""
    yield stack
    if not any(child.name == "Worker" for child in stack.crew.children):
        await stack.start_worker()


async def paid(client: OrderClient, bank: Bank, order_id: str) -> None:
    await client.start(started(order_id))
    await bank.pay(order_id)
    await reaches(client, order_id, lambda row: row.stage is Stage.AWAITING_SHIPMENT)


async def assert_all_went_back_once(client: OrderClient, bank: Bank, order_id: str) -> None:
    """By the result, by the read model, and by the provider's own book."""
    result = (await client.result(order_id)).model_dump()
    assert (result["stage"], result["captured"], result["refunded"]) == (Stage.CANCELLED, TOTAL, TOTAL)
    await reaches(client, order_id, lambda row: row.closed_at is not None)
    row = (await client.row(order_id)).model_dump()
    assert {name: row[name] for name in result} == result
    book = await bank.book(order_id)
    assert [payment["state"] for payment in book["payments"]] == ["captured"]
    assert [(refund["amount"], refund["state"]) for refund in book["refunds"]] == [(TOTAL, "succeeded")]


@pytest.mark.parametrize("lost", ["time_out_before", "time_out_after"])
async def test_a_worker_killed_around_the_refund_is_one_refund(
    served: EmbeddedStack, client: OrderClient, bank: Bank, order_id: str, lost: str
) -> None:
    """The provider has the call, with or without the deed, and nobody lives to hear its answer: a new worker asks."""
    await paid(client, bank, order_id)
    await bank.misbehave(order_id, lost)
    await client.cancel_order(order_id, by=SELLER, reason=CancellationReason.OUT_OF_STOCK)
    async with asyncio.timeout(PATIENCE):
        while not await _calls(bank, order_id):
            await asyncio.sleep(LOOK_EVERY)
    for worker in [child for child in served.crew.children if child.name == "Worker"]:
        served.crew.dismiss(worker)
        worker.process.kill()
        assert await worker.ended(PATIENCE)
    assert len(await bank.refunds(order_id)) == (1 if lost == "time_out_after" else 0)

    await served.start_worker()
    await assert_all_went_back_once(client, bank, order_id)
    sent_again = ["taken"] if lost == "time_out_before" else []
    assert await _calls(bank, order_id) == [lost, *sent_again], "looked up first, and sent again only when not there"


async def _calls(bank: Bank, order_id: str) -> list[Any]:
    return [call["outcome"] for call in (await bank.book(order_id))["calls"]]


async def test_a_worker_told_to_stop_under_load_leaves_nothing_undone(
    served: EmbeddedStack, client: OrderClient, bank: Bank, order_id: str
) -> None:
    """One of two goes, with exit code 0, while orders are paid and cancelled; every order ends as if nothing was."""
    leaving = await served.start_worker()
    orders = [f"{order_id}-{number}" for number in range(ORDERS)]
    for slow in orders[:SLOW]:
        await bank.misbehave(slow, "time_out_after")
    half = asyncio.Event()
    under_way = 0

    async def carried(name: str) -> None:
        nonlocal under_way
        await paid(client, bank, name)
        under_way += 1
        if under_way == ORDERS // 2:
            half.set()
        await client.request_cancellation(name, by=BUYER, reason=CancellationReason.CHANGED_MIND)
        await client.decide_cancellation(name, by=SELLER, approve=True)
        await assert_all_went_back_once(client, bank, name)

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        for name in orders:
            group.create_task(carried(name))
        await half.wait()
        served.crew.dismiss(leaving)
        leaving.process.send_signal(signal.SIGTERM)
        assert await leaving.ended(PATIENCE)
        assert leaving.process.returncode == 0, leaving.last_words()
