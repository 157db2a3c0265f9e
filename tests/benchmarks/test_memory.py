"""The memory of a cached order is compared fairly: both wait at the same point of the same story, each still cached."""

from collections import Counter
from contextlib import AsyncExitStack

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from benchmarks.load import new_orders, started
from benchmarks.memory import CACHED, Keeper, kinds, per_order
from benchmarks.rig import rig


async def kept(handle: WorkflowHandle[object, object]) -> Counter[str]:
    """What an open order's history holds."""
    described = await handle.describe()
    assert described.status is WorkflowExecutionStatus.RUNNING
    events = (await handle.fetch_history()).events
    return Counter(EventType.Name(event.event_type) for event in events)


async def test_an_open_bare_order_waits_where_the_engines_does() -> None:
    histories = []
    async with rig() as measured, AsyncExitStack() as running:
        for variant, settings in kinds("false"):
            worker = await running.enter_async_context(measured.worker(variant.name, variant.module, **settings))
            [handle] = await started(measured, variant, new_orders(variant, 1), 1)
            histories.append(await kept(handle))
            keeper = Keeper(measured, variant, worker, open=1)
            await keeper.grow(3, in_flight=2)
            assert keeper.open == 3
            assert keeper.resident[3] > 1 << 20, "bytes, not pages"
    engine, bare = histories
    assert engine == bare
    assert engine["EVENT_TYPE_TIMER_STARTED"] == 1, "both wait for the payment"


def test_an_order_counts_what_a_worker_grew_by_and_not_what_it_began_with() -> None:
    assert per_order({100: 90_000_000, 200: 100_000_000, 300: 130_000_000}) == 200_000


def test_orders_that_do_not_fit_into_the_cache_do_not_count() -> None:
    assert per_order({100: 1_000, CACHED: 91_000, 10 * CACHED: 91_001}) == pytest.approx(100)
