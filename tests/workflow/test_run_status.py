"""How a run stands, as a real server tells it: asked of a workflow that does what the test says."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio import workflow
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.run_status import BUSY, GIVEN_UP, LAST_EVENTS, RunStatus, run_status
from tests.pausing import pause, unpause
from tests.workflow.theatre import PATIENCE

TRY: Final = timedelta(seconds=1)
"""Of a workflow task: the server waits no longer for the next one."""
MENDED: Final = asyncio.Event()
"""The bug of the test at hand is gone."""


@workflow.defn(name="Told", sandboxed=False)
class Told:
    """Ends as it is told to, or fails its task until the bug is mended."""

    def __init__(self) -> None:
        self._end: str | None = None

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: self._end is not None)
        if self._end != "well":
            raise ApplicationError(str(self._end))

    @workflow.signal
    def end(self, how: str) -> None:
        self._end = how

    @workflow.signal
    def stumble(self) -> None:
        if not MENDED.is_set():
            raise RuntimeError("a bug that was planted")


class Run:
    """One run of it, and how it stands."""

    def __init__(self, client: Client, handle: WorkflowHandle[Any, Any]) -> None:
        self.client, self.handle = client, handle

    async def seen(self) -> RunStatus:
        status = await run_status(self.client, self.handle.id)
        assert status
        return status

    async def when(self, **expected: Any) -> RunStatus:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while True:
                status = await self.seen()
                if all(getattr(status, name) == value for name, value in expected.items()):
                    return status
                await asyncio.sleep(0.02)


async def started(client: Client, task_queue: str) -> Run:
    return Run(client, await client.start_workflow("Told", id=uuid4().hex, task_queue=task_queue, task_timeout=TRY))


@pytest_asyncio.fixture
async def run(environment: WorkflowEnvironment) -> AsyncIterator[Run]:
    MENDED.clear()
    task_queue = uuid4().hex
    async with Worker(
        environment.client, task_queue=task_queue, workflows=[Told], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        run = await started(environment.client, task_queue)
        yield run
        MENDED.set()
        if (await run.seen()).closed_at is None:
            await run.handle.terminate()


async def test_a_run_that_waits_is_running_and_nothing_is_pending(run: Run) -> None:
    status = await run.when(attempt=0)
    assert status == RunStatus(run.handle.first_execution_run_id or "", "running", 0, None, None)
    assert not status.failing


async def test_a_paused_run_is_told_with_the_reason_and_goes_on_afterwards(
    environment: WorkflowEnvironment, run: Run
) -> None:
    await run.when(attempt=0)
    await pause(environment.client, run.handle.id, "the carrier is on strike")
    status = await run.seen()
    assert (status.status, status.why, status.closed_at) == ("paused", "the carrier is on strike", None)
    assert not status.failing
    await unpause(environment.client, run.handle.id)
    assert (await run.seen()).status == "running"


async def test_a_run_that_was_paused_without_a_reason_has_none(environment: WorkflowEnvironment, run: Run) -> None:
    await pause(environment.client, run.handle.id)
    assert (await run.seen()).why is None


async def test_a_task_that_fails_by_a_bug_is_told_with_the_bug_until_it_is_mended(
    run: Run,
) -> None:
    await run.handle.signal("stumble")
    status = await run.when(failing=True)
    assert (status.status, status.attempt > 1, status.why) == ("running", True, "a bug that was planted")
    MENDED.set()
    assert (await run.when(attempt=0)).why is None


async def test_a_task_that_no_worker_takes_fails_nowhere(environment: WorkflowEnvironment) -> None:
    alone = await started(environment.client, task_queue=uuid4().hex)
    status = await alone.seen()
    assert (status.status, status.attempt, status.why, status.failing) == ("running", 1, None, False)
    await alone.handle.terminate()
    assert (await alone.seen()).attempt == 0


@pytest.mark.parametrize("why", [None, f"{BUSY} Potential deadlock detected"], ids=["nothing is known", "busy"])
def test_a_task_that_is_nobodys_fault_fails_from_the_third_attempt_on(why: str | None) -> None:
    """The second is what a restart of a worker costs, or a busy one."""
    attempts = (1, GIVEN_UP - 1, GIVEN_UP)
    failing = [RunStatus("run", "running", attempt, why, None).failing for attempt in attempts]
    assert failing == [False, False, True]


# The SDK drops the signals behind the one that fails its task, to be handled by the next try.
@pytest.mark.filterwarnings("ignore:coroutine .*run_signal:RuntimeWarning")
async def test_a_failure_is_found_behind_the_messages_that_came_after_it(run: Run) -> None:
    await run.handle.signal("stumble")
    await run.when(failing=True)
    for _ in range(2 * LAST_EVENTS):
        await run.handle.signal("end", "well")
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while (status := await run.seen()).attempt < GIVEN_UP:
            await asyncio.sleep(0.05)
    assert (status.failing, status.why) == (True, "a bug that was planted")


async def test_a_terminated_run_is_told_with_reason_and_instant(run: Run) -> None:
    await run.handle.terminate(reason="by mistake")
    status = await run.seen()
    assert (status.status, status.why, status.attempt, status.failing) == ("terminated", "by mistake", 0, False)
    assert status.closed_at
    assert abs(datetime.now(UTC) - status.closed_at) < timedelta(hours=1)


async def test_a_run_that_failed_says_what_it_failed_with(run: Run) -> None:
    await run.handle.signal("end", "invalid")
    with pytest.raises(WorkflowFailureError):
        await run.handle.result()
    status = await run.seen()
    assert (status.status, status.why) == ("failed", "invalid")


async def test_a_run_that_ended_well_is_completed(run: Run) -> None:
    await run.handle.signal("end", "well")
    await run.handle.result()
    status = await run.seen()
    assert (status.status, status.attempt, status.why, status.closed_at is None) == ("completed", 0, None, False)


async def test_an_earlier_run_is_found_by_its_id(environment: WorkflowEnvironment, run: Run) -> None:
    await run.handle.terminate(reason="by mistake")
    again = await environment.client.start_workflow("Told", id=run.handle.id, task_queue=uuid4().hex)
    assert run.handle.first_execution_run_id
    earlier = await run_status(environment.client, run.handle.id, run.handle.first_execution_run_id)
    assert earlier
    assert (earlier.status, (await run.seen()).status) == ("terminated", "running")
    await again.terminate()


async def test_a_run_that_temporal_does_not_keep_is_none(environment: WorkflowEnvironment) -> None:
    assert await run_status(environment.client, "order:never-started") is None
