"""When the engine's upkeep runs: by schedules of Temporal's, and reconciliation whenever somebody asks for it.

What it does lives in `workflows/upkeep.py`.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
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

from starter.errors import EngineUnavailable
from workflows.messages import reconciling, stuck
from workflows.messages.reconciling import WORKFLOW, Reconciled, Reconciliation

LOG: Final = logging.getLogger("countermand.schedules")
EVERY_NIGHT: Final = "30 2 * * *"
"""Half past two, UTC: the day before is over everywhere that matters, and its last webhooks have come."""
CATCH_UP: Final = timedelta(hours=20)
"""A night that Temporal was away for is made up until the evening; then the next one is near."""
LOOK_EVERY: Final = timedelta(seconds=45)
"""An order whose id a failed start took away is woken within a minute (R38): Temporal's list is a second behind, and a
look takes two. It costs the same however many orders are open."""
LOOK_CATCH_UP: Final = timedelta(minutes=1)
"""A look sees what an earlier one would have seen; the least that Temporal keeps is ten seconds."""
LOOK_FOR: Final = timedelta(minutes=10)
"""Then the server ends it: a look that hangs, or that a new version cannot replay, must not keep all others from
running. Shorter than the quarter of an hour after which its absence is an alert."""
RPC_WITHIN: Final = timedelta(seconds=10)
"""For the server to take a schedule, or the start of a workflow."""
DONE_WITHIN: Final = timedelta(hours=1)
"""As long as a person waits for a day to be compared; it goes on without them."""
USUAL_QUEUE: Final = "orders"
"""Who serves another task queue has a schedule of its own: it is another engine."""


@dataclass(frozen=True, slots=True)
class Recurring:
    """One workflow that runs by itself, and what is lost without it."""

    id: str
    workflow: str
    spec: ScheduleSpec
    catch_up: timedelta
    without: str
    """What to do when its schedule cannot be written."""
    input: tuple[Any, ...] = ()
    within: timedelta | None = None
    """After which the server ends a run; None: never."""

    def id_of(self, task_queue: str) -> str:
        """The schedule of the engine that serves `task_queue`."""
        return self.id if task_queue == USUAL_QUEUE else f"{self.id}-{task_queue}"

    def schedule(self, task_queue: str) -> Schedule:
        """As Temporal takes it."""
        return Schedule(
            action=ScheduleActionStartWorkflow(
                self.workflow,
                args=self.input,
                id=self.id_of(task_queue),
                task_queue=task_queue,
                execution_timeout=self.within,
            ),
            spec=self.spec,
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=self.catch_up),
        )


NIGHTLY: Final = Recurring(
    reconciling.SCHEDULE_ID,
    reconciling.WORKFLOW,
    ScheduleSpec(cron_expressions=[EVERY_NIGHT]),
    CATCH_UP,
    without="until then reconcile by hand",
    input=(Reconciliation(),),
)
LOOKING: Final = Recurring(
    stuck.SCHEDULE_ID,
    stuck.WORKFLOW,
    ScheduleSpec(intervals=[ScheduleIntervalSpec(every=LOOK_EVERY)]),
    LOOK_CATCH_UP,
    without="until then nobody finds orders that are stuck",
    within=LOOK_FOR,
)
RECURRING: Final = (NIGHTLY, LOOKING)


async def ensure_schedules(client: Client, task_queue: str) -> None:
    """Create the schedules, or bring them to this version. Safe to repeat, and from several workers at once.

    Without them orders run all the same, so what Temporal refuses is only a line in the log.
    """
    for recurring in RECURRING:
        try:
            await _ensure(client, task_queue, recurring)
        except RPCError as error:
            LOG.warning(
                "The schedule %s could not be created or updated (%s): let this worker's account write schedules; %s.",
                recurring.id_of(task_queue),
                error,
                recurring.without,
            )


async def run_reconciliation(
    client: Client, task_queue: str, day: date | None, *, every_order: bool = False
) -> Reconciled:
    """Compare `day`, or yesterday, now, and say what was found. Who asks for it meanwhile waits for the same run."""
    name = f"{NIGHTLY.id_of(task_queue)}-{day or 'yesterday'}{'-every-order' if every_order else ''}-by-hand"
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


async def _ensure(client: Client, task_queue: str, recurring: Recurring) -> None:
    schedule, name = recurring.schedule(task_queue), recurring.id_of(task_queue)

    def brought_up_to_date(found: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule.state = found.description.schedule.state  # somebody may have paused it, with a reason
        return ScheduleUpdate(schedule)

    try:
        await client.create_schedule(name, schedule, rpc_timeout=RPC_WITHIN)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(name).update(brought_up_to_date, rpc_timeout=RPC_WITHIN)
