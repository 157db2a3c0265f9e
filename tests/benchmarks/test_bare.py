"""The bare order is a fair one: it leaves the engine's history, and keeps as many records of the same size."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio
from rich.console import Console
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from benchmarks.load import BARE, ENGINE, UNRECORDED, VARIANTS, Turn, Variant, turn
from benchmarks.rig import Rig, rig
from benchmarks.stories import STORIES, Story
from benchmarks.versus import MEASURES, found, of

SAME_SIZE = 0.25
"""How far the size of the bare order's records may be from the engine's: it is about the work, not about the bytes."""


@dataclass(frozen=True)
class Measured:
    """One order of every variant and story, and what they left."""

    rig: Rig
    turns: Sequence[Turn]

    async def history(self, story: Story, variant: Variant) -> list[HistoryEvent]:
        [taken] = of(self.turns, story, variant)
        return list((await self.rig.client.get_workflow_handle(taken.last).fetch_history()).events)


@pytest_asyncio.fixture(scope="module")
async def measured() -> AsyncIterator[Measured]:
    async with rig() as made, AsyncExitStack() as running:
        workers = {each: await running.enter_async_context(made.worker(each.name, each.module)) for each in VARIANTS}
        turns = [
            await turn(made, variant, [worker], story, orders=1, in_flight=1)
            for story in STORIES
            for variant, worker in workers.items()
        ]
        yield Measured(made, turns)


def kinds(events: Sequence[HistoryEvent]) -> Counter[str]:
    return Counter(EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in events)


def upserted(events: Sequence[HistoryEvent]) -> list[list[str]]:
    """The names of the search attributes that each upsert changes."""
    upserts = (event.upsert_workflow_search_attributes_event_attributes for event in events)
    return [sorted(each.search_attributes.indexed_fields) for each in upserts if each.ByteSize()]


def named(events: Sequence[HistoryEvent], kind: str) -> int:
    """How many events of a kind have a summary for people."""
    return sum(event.HasField("user_metadata") and EventType.Name(event.event_type).endswith(kind) for event in events)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
async def test_the_bare_order_leaves_the_engines_history(measured: Measured, story: Story) -> None:
    engine, bare = await measured.history(story, ENGINE), await measured.history(story, BARE)
    assert kinds(bare) == kinds(engine)
    assert upserted(bare) == upserted(engine)
    for kind in ("TIMER_STARTED", "MARKER_RECORDED", "ACTIVITY_TASK_SCHEDULED"):
        assert named(bare, kind) == named(engine, kind) > 0


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
async def test_without_records_it_leaves_the_same_but_for_them(measured: Measured, story: Story) -> None:
    """A marker for each local one; the last one is a remote activity, and the task that hears of it."""
    bare, unrecorded = await measured.history(story, BARE), await measured.history(story, UNRECORDED)
    records = kinds(bare) - kinds(unrecorded)
    assert records.pop("MARKER_RECORDED") > 1
    last = ("ACTIVITY_TASK", "WORKFLOW_TASK")
    assert records == {f"{each}_{event}": 1 for each in last for event in ("SCHEDULED", "STARTED", "COMPLETED")}
    assert not kinds(unrecorded) - kinds(bare)


async def test_each_order_made_one_call_to_the_provider(measured: Measured) -> None:
    calls = await measured.rig.pool.fetch("SELECT order_id, state FROM payment_calls")
    assert sorted(call["order_id"] for call in calls) == sorted(
        taken.last.removeprefix("order-") for taken in measured.turns
    )
    assert {call["state"] for call in calls} == {"succeeded"}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
async def test_the_bare_records_are_as_many_and_as_large(measured: Measured, story: Story) -> None:
    [engine], [bare] = of(measured.turns, story, ENGINE), of(measured.turns, story, BARE)
    written = await measured.rig.pool.fetchrow(
        """
        SELECT count(*) AS records, count(*) * max(length(orders.state::text) + length(to_json(orders)::text)
            - length(to_json(orders.state)::text)) + sum(length(to_json(timeline)::text)) AS size
        FROM orders INNER JOIN timeline USING (order_id) WHERE order_id = $1
        """,
        engine.last.removeprefix("order-"),
    )
    kept = await measured.rig.pool.fetchrow(
        "SELECT count(*) AS records, sum(length(document::text)) AS size FROM bare_records WHERE order_id = $1",
        bare.last.removeprefix("order-"),
    )
    assert written is not None
    assert kept is not None
    assert kept["records"] == written["records"]
    assert abs(kept["size"] / written["size"] - 1) < SAME_SIZE, (kept["size"], written["size"])


def test_the_tables_print_every_measure(measured: Measured) -> None:
    console = Console(width=200, record=True, quiet=False)
    drawn = found(measured.turns)
    with console.capture() as captured:
        console.print(*drawn.tables)
    for name, _, _ in MEASURES:
        assert captured.get().count(name) == len(STORIES), name
    assert {row["story"] for row in drawn.figures} == {story.name for story in STORIES}
