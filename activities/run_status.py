"""How a run of an order stands in Temporal, paused ones included: what the SDK's own `describe` cannot say.

SDK 1.35 does not know the status "paused": whatever of it describes, lists or queries such a run raises `ValueError`.
What somebody makes of the answer lives with them: `starter/client/temporal.py` for callers,
`reconciliation/orders.py` for reconciliation.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowExecutionStatus, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryReverseRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

RUNNING: Final = "running"
PAUSED: Final = "paused"
FAILED: Final = "failed"
TERMINATED: Final = "terminated"

RPC_WITHIN: Final = timedelta(seconds=10)
"""For a call that the server answers alone; it does so in milliseconds unless it is in trouble."""
LAST_EVENTS: Final = 20
"""Of the history, among which the last failure stands: the server writes it anew behind messages that came since."""
GIVEN_UP: Final = 3
"""From which attempt on a workflow task fails again and again, though history names no failure: two workers that died
over it one after the other are no accident of a restart, which costs one attempt."""
BUSY: Final = "[TMPRL1101]"
"""How a failure begins that is none of the order's: a worker had no time for it for two seconds, and the SDK broke the
task off as a deadlock. The next attempt mostly gets through; when it does not, the attempts say so."""
NOBODYS_FAULT: Final = (
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_UPDATE,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_STICKY_TASK_QUEUE,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FAILOVER_CLOSE_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_PAUSE_REQUESTED_BEFORE_TASK_STARTED,
)
"""What the server calls a failed task although no code failed: a message came while it was answered, or an operator."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """What Temporal says of one run."""

    run_id: str
    status: str
    """The name that Temporal gives it, in lower case: `running`, `paused`, `completed`, `failed`, `canceled`,
    `terminated`, `continued_as_new`, `timed_out`."""
    attempt: int
    """Of the workflow task that is pending; 0 when none is."""
    why: str | None
    """Why it is paused, was terminated or has failed, or why its pending task failed before, as far as Temporal
    says."""
    closed_at: datetime | None

    @property
    def failing(self) -> bool:
        """Whether its workflow task fails again and again: it did by a fault, and is tried anew, or it has often been.

        One that a worker left behind, or had no time for, is merely tried anew.
        """
        at_fault = self.attempt > 1 and self.why is not None and not self.why.startswith(BUSY)
        return self.status == RUNNING and (at_fault or self.attempt >= GIVEN_UP)


async def run_status(
    client: Client, workflow_id: str, run_id: str = "", within: timedelta = RPC_WITHIN
) -> RunStatus | None:
    """How the run stands, or the last one of `workflow_id`; None when Temporal keeps no such run.

    Raises `RPCError` when Temporal does not answer, each of at most two calls in `within`.
    """
    execution = WorkflowExecution(workflow_id=workflow_id, run_id=run_id)
    asked = DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=execution)
    try:
        told = await client.workflow_service.describe_workflow_execution(asked, retry=True, timeout=within)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    info = told.workflow_execution_info
    status = status_name(info.status)
    # Of a run that was terminated over a task the server goes on saying that it is pending.
    attempt = told.pending_workflow_task.attempt if status == RUNNING else 0
    if status == PAUSED:
        why = told.workflow_extended_info.pause_info.reason or None
    elif attempt > 1 or status in (FAILED, TERMINATED):
        why = await _last_failure(client, info.execution, within)
    else:
        why = None
    closed_at = info.close_time.ToDatetime(UTC) if info.HasField("close_time") else None
    return RunStatus(info.execution.run_id, status, attempt, why, closed_at)


def status_name(status: WorkflowExecutionStatus.ValueType) -> str:
    """The status as `RunStatus` has it: `timed_out`."""
    return WorkflowExecutionStatus.Name(status).removeprefix("WORKFLOW_EXECUTION_STATUS_").lower()


async def _last_failure(client: Client, execution: WorkflowExecution, within: timedelta) -> str | None:
    """Why the run ended, or its last workflow task failed; None when that task had run out of time instead."""
    asked = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace, execution=execution, maximum_page_size=LAST_EVENTS
    )
    try:
        told = await client.workflow_service.get_workflow_execution_history_reverse(asked, retry=True, timeout=within)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None  # deleted since we asked how it stands
        raise
    return next(_reasons(told.history.events), None)


def _reasons(newest_first: Iterable[HistoryEvent]) -> Iterator[str | None]:
    """What each event that ended the run or a workflow task says of why, None where that was no failure."""
    for event in newest_first:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
            yield event.workflow_execution_terminated_event_attributes.reason or None
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
            yield event.workflow_execution_failed_event_attributes.failure.message or None
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed = event.workflow_task_failed_event_attributes
            yield None if failed.cause in NOBODYS_FAULT else failed.failure.message or _cause(failed.cause)
        elif event.event_type in (
            EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
            EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
        ):
            yield None


def _cause(cause: WorkflowTaskFailedCause.ValueType) -> str:
    return WorkflowTaskFailedCause.Name(cause).removeprefix("WORKFLOW_TASK_FAILED_CAUSE_").lower()
