"""When reconciliation runs: every night by a schedule of Temporal's, and whenever somebody asks for it.

What it does lives in `workflows/upkeep.py`.
"""

import asyncio
import logging
from datetime import date, timedelta
from typing import Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
    WorkflowFailureError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError

from starter.outcomes import EngineUnavailable
from workflows.messages.reconciling import SCHEDULE_ID, WORKFLOW, Reconciled, Reconciliation

LOG: Final = logging.getLogger("countermand.schedules")
EVERY_NIGHT: Final = "30 2 * * *"
"""Half past two, UTC: the day before is over everywhere that matters, and its last webhooks have come."""
CATCH_UP: Final = timedelta(hours=20)
"""A night that Temporal was away for is made up until the evening; then the next one is near."""
RPC_WITHIN: Final = timedelta(seconds=10)
"""For the server to take a schedule, or the start of a workflow."""
DONE_WITHIN: Final = timedelta(hours=1)
"""As long as a person waits for a day to be compared; it goes on without them."""
USUAL_QUEUE: Final = "orders"
"""Who serves another task queue has a schedule of its own: it is another engine."""


def schedule_id(task_queue: str) -> str:
    """The schedule of the engine that serves `task_queue`."""
    return SCHEDULE_ID if task_queue == USUAL_QUEUE else f"{SCHEDULE_ID}-{task_queue}"


async def ensure_schedule(client: Client, task_queue: str) -> None:
    """Create the schedule, or bring it to this version. Safe to repeat, and from several workers at once.

    Without it orders run all the same, so what Temporal refuses is only a line in the log.
    """
    try:
        await client.create_schedule(schedule_id(task_queue), _schedule(task_queue), rpc_timeout=RPC_WITHIN)
    except ScheduleAlreadyRunningError:
        await _update(client, task_queue)
    except RPCError as error:
        _warn(task_queue, error)


async def run_reconciliation(
    client: Client, task_queue: str, day: date | None, *, every_order: bool = False
) -> Reconciled:
    """Compare `day`, or yesterday, now, and say what was found. Who asks for it meanwhile waits for the same run."""
    name = f"{schedule_id(task_queue)}-{day or 'yesterday'}{'-every-order' if every_order else ''}-by-hand"
    try:
        async with asyncio.timeout(DONE_WITHIN.total_seconds()):
            handle = await client.start_workflow(
                WORKFLOW,
                Reconciliation(day=day, every_order=every_order),
                id=name,
                task_queue=task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                result_type=Reconciled,
                rpc_timeout=RPC_WITHIN,
            )
            result: Reconciled = await handle.result()
    except TimeoutError:
        raise EngineUnavailable(
            f"The reconciliation goes on after {DONE_WITHIN}; look at workflow {name} in Temporal's UI."
        ) from None
    except WorkflowFailureError as error:
        raise EngineUnavailable(f"The reconciliation failed ({error.cause}); look at workflow {name}.") from error
    except TemporalError as error:
        raise EngineUnavailable(f"Temporal could not do it: {error}") from error
    return result


async def _update(client: Client, task_queue: str) -> None:
    def brought_up_to_date(found: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule = _schedule(task_queue)
        schedule.state = found.description.schedule.state  # somebody may have paused it, with a reason
        return ScheduleUpdate(schedule)

    try:
        await client.get_schedule_handle(schedule_id(task_queue)).update(brought_up_to_date, rpc_timeout=RPC_WITHIN)
    except RPCError as error:
        _warn(task_queue, error)


def _schedule(task_queue: str) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            WORKFLOW, Reconciliation(), id=schedule_id(task_queue), task_queue=task_queue
        ),
        spec=ScheduleSpec(cron_expressions=[EVERY_NIGHT]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
    )


def _warn(task_queue: str, error: RPCError) -> None:
    LOG.warning(
        "The schedule %s could not be created or updated (%s); reconcile by hand, or let this worker's account write "
        "schedules.",
        schedule_id(task_queue),
        error,
    )
