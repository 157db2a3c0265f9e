"""Reconciliation as it is run: by a schedule, by a worker that dies in the middle, and from the command line."""

import asyncio
import json
import logging
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from temporalio.client import Client, ScheduleActionStartWorkflow, ScheduleOverlapPolicy
from temporalio.service import RPCError, RPCStatusCode

from starter.schedules import CATCH_UP, LOOK_EVERY, LOOK_FOR, LOOKING, NIGHTLY, RECURRING, Recurring, ensure_schedules
from tests.starter.test_cli_live import CommandLine
from tests.workflow.reconciling import Marketplace
from tests.workflow.theatre import PATIENCE
from workflows.messages.stuck import Kind

ROOT: Final = Path(__file__).parents[2]
TAKEN_OVER: Final = 3 * PATIENCE
"""A dead worker is noticed after 15 s."""


async def test_a_worker_that_is_killed_in_the_middle_leaves_the_rest_to_the_next(dark_marketplace: Marketplace) -> None:
    """What was read before is not read again: the cursor stood in a heartbeat."""
    marketplace = dark_marketplace
    marketplace.provider.page_size = 2
    for _ in range(9):
        marketplace.provider.write()
    dying = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.workflow.dying_upkeep", marketplace.client.service_client.config.target_host),
        *(marketplace.task_queue, marketplace.url, "4"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert dying.stdout
    handle = await marketplace.begin()
    async with asyncio.timeout(TAKEN_OVER.total_seconds()):
        read = [(await dying.stdout.readline()).decode().strip() for _ in range(3)]
        assert read == ["None", "2", "4"]
        while await _told(handle) != "4":
            await asyncio.sleep(0.05)
    dying.kill()
    await dying.wait()
    async with marketplace.worker(), asyncio.timeout(TAKEN_OVER.total_seconds()):
        await handle.result()
    assert marketplace.provider.cursors == ["4", "6", "8"]


async def _told(handle: Any) -> str | None:
    """The cursor of the last heartbeat that the server has of the running activity."""
    pending = (await handle.describe()).raw_description.pending_activities
    payloads = pending[0].heartbeat_details.payloads if pending else ()
    return json.loads(payloads[0].data)["cursor"] if payloads else None


async def test_each_schedule_is_created_once_however_many_workers_start(marketplace: Marketplace) -> None:
    client, queue = marketplace.client, marketplace.task_queue
    await asyncio.gather(*(ensure_schedules(client, queue) for _ in range(4)))
    await ensure_schedules(client, queue)
    ours = sorted(recurring.id_of(queue) for recurring in RECURRING)
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while len(found := [one.id async for one in await client.list_schedules() if one.id in ours]) < len(ours):
            await asyncio.sleep(0.05)
    assert sorted(found) == ours
    schedule = (await client.get_schedule_handle(NIGHTLY.id_of(queue)).describe()).schedule
    assert (schedule.policy.overlap, schedule.policy.catchup_window) == (ScheduleOverlapPolicy.SKIP, CATCH_UP)
    assert schedule.spec.calendars[0].hour[0].start == 2
    looking = (await client.get_schedule_handle(LOOKING.id_of(queue)).describe()).schedule
    assert (looking.policy.overlap, looking.spec.intervals[0].every) == (ScheduleOverlapPolicy.SKIP, LOOK_EVERY)
    assert isinstance(looking.action, ScheduleActionStartWorkflow)
    assert looking.action.execution_timeout == LOOK_FOR


@pytest.mark.parametrize("recurring", RECURRING, ids=lambda recurring: recurring.id)
async def test_a_schedule_that_somebody_paused_stays_paused(marketplace: Marketplace, recurring: Recurring) -> None:
    client, queue = marketplace.client, marketplace.task_queue
    await ensure_schedules(client, queue)
    handle = client.get_schedule_handle(recurring.id_of(queue))
    await handle.pause(note="the provider is being moved")
    await ensure_schedules(client, queue)
    state = (await handle.describe()).schedule.state
    assert (state.paused, state.note) == (True, "the provider is being moved")


async def test_the_schedule_compares_the_day_before_it_was_due(marketplace: Marketplace) -> None:
    client, queue = marketplace.client, marketplace.task_queue
    await ensure_schedules(client, queue)
    handle = client.get_schedule_handle(NIGHTLY.id_of(queue))
    await handle.trigger()
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not (started := (await handle.describe()).info.recent_actions):
            await asyncio.sleep(0.05)
        action = started[-1]
        run = client.get_workflow_handle(action.action.workflow_id)  # type: ignore[attr-defined]  # it starts a workflow
        result = await run.result()
    assert result["day"] == str(action.scheduled_at.date() - timedelta(days=1))


async def test_the_schedule_looks_for_stuck_orders(marketplace: Marketplace) -> None:
    """Its run says what stands in the list, and the look has ended."""
    client, queue = marketplace.client, marketplace.task_queue
    await ensure_schedules(client, queue)
    handle = client.get_schedule_handle(LOOKING.id_of(queue))
    await handle.trigger()
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not (started := (await handle.describe()).info.recent_actions):
            await asyncio.sleep(0.05)
        run = client.get_workflow_handle(started[-1].action.workflow_id)  # type: ignore[attr-defined]  # as above
        result = await run.result()
    assert result == {"stuck": dict.fromkeys(Kind, 0), "woken": 0}
    assert await marketplace.pool.fetchval("SELECT ended_at >= began_at FROM looks")


async def test_a_worker_that_may_not_write_schedules_says_so_in_one_line_each(
    marketplace: Marketplace, caplog: pytest.LogCaptureFixture
) -> None:
    class Forbidding(Client):
        async def create_schedule(self, *given: Any, **more: Any) -> Any:
            raise RPCError("no permission", RPCStatusCode.PERMISSION_DENIED, b"")

    with caplog.at_level(logging.WARNING, "countermand.schedules"):
        await ensure_schedules(Forbidding(marketplace.client.service_client), marketplace.task_queue)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * len(RECURRING)
    assert all("no permission" in record.getMessage() for record in caplog.records)


@pytest.fixture
def countermand(marketplace: Marketplace) -> CommandLine:
    return CommandLine(
        TEMPORAL_ADDRESS=marketplace.client.service_client.config.target_host,
        DATABASE_URL=marketplace.url,
        COUNTERMAND_TASK_QUEUE=marketplace.task_queue,
    )


async def test_the_command_line_finds_lists_and_resolves(marketplace: Marketplace, countermand: CommandLine) -> None:
    marketplace.provider.write(key="stray", order_id="A-unknown")
    day = str(marketplace.today)
    ran = await countermand("reconcile", "--day", day, "--json")
    assert (ran.code, ran.json) == (0, {"day": day, "counts": {"unknown_order": 1}}), ran.err
    (found,) = (await countermand("disagreements", "--json")).json["disagreements"]
    assert (found["kind"], found["key"], found["order_id"]) == ("unknown_order", "refund stray", "A-unknown")
    resolved = await countermand("resolve", str(found["id"]), "--note", "a test of theirs")
    assert resolved.code == 0
    assert "Nothing disagrees." in (await countermand("disagreements")).out
    shown = (await countermand("disagreements", "--all")).out
    assert "unknown_order" in shown
    unknown = await countermand("resolve", "999", "--note", "a test of theirs")
    assert (unknown.code, "no disagreement 999" in unknown.err) == (1, True)


async def test_a_day_that_is_none_is_wrong_usage(countermand: CommandLine) -> None:
    assert (await countermand("reconcile", "--day", "yesterday")).code == 2
