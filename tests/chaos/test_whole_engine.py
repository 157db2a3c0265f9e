"""`countermand dev` killed in the middle of orders, alone or with all that it runs, and started again on its data."""

import asyncio
import json
from asyncio.subprocess import Process
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from starter.client.orders import OrderClient
from starter.connections import connect_temporal
from starter.settings.environment import load_settings
from tests.acceptance.orders import Bank
from tests.acceptance.programs import COUNTERMAND, PATIENCE, running
from tests.chaos.cast import Cast
from tests.histories import all_replay, of_queue

PAUSE = 3.0
"""Seconds over which people spread their steps."""


@pytest.mark.parametrize(
    "with_its_parts",
    [pytest.param(True, id="with all its parts"), pytest.param(False, id="alone", marks=pytest.mark.chaos)],
)
async def test_an_engine_that_is_killed_goes_on_where_it_was(data: Path, seed: int, *, with_its_parts: bool) -> None:
    command = (*COUNTERMAND, "dev", "--json", "--temporal-port", "0", "--ui-port", "0", "--gateway-port", "0")
    async with AsyncExitStack() as engines:
        first = await engines.enter_async_context(running({}, *command, "--data", data))
        told = await _told(first)
        settings = load_settings(told["environment"])
        async with (
            OrderClient.connect(settings) as client,
            asyncpg.create_pool(settings.database_url, min_size=0, max_size=2) as pool,
        ):
            cast = Cast(client, Bank(settings.payment_url), pool, seed)
            orders = cast.order_ids()
            async with asyncio.TaskGroup() as people:
                for story, order_id in orders.items():
                    people.create_task(cast.carry(order_id, story, PAUSE))
                await asyncio.sleep(cast.chance("the kill").random() * PAUSE)
                await _killed(first, with_its_parts=with_its_parts)
                second = await engines.enter_async_context(running({}, *command, "--data", data))
                assert (await _told(second))["environment"] == told["environment"], "what was told still holds"
            for story, order_id in orders.items():
                await cast.check(order_id, story)
            await all_replay(await connect_temporal(settings), of_queue(settings.task_queue), "this test")


async def _killed(engine: Process, *, with_its_parts: bool) -> None:
    parent = psutil.Process(engine.pid)
    for process in [parent, *(parent.children(recursive=True) if with_its_parts else [])]:
        process.kill()
    await engine.wait()


async def _told(engine: Process) -> dict[str, Any]:
    """The line in which it says that it is ready, and where."""
    assert engine.stdout is not None
    assert engine.stderr is not None
    line = await asyncio.wait_for(engine.stdout.readline(), PATIENCE)
    assert line, (await engine.stderr.read()).decode()
    told: dict[str, Any] = json.loads(line)
    return told
