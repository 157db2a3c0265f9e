"""What a run's history says: why it failed, and which messages wait in it. What follows from it does not live here."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, HistoryEventFilterType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from workflows.messages.waking import RECORDS_DUE

RPC_WITHIN: Final = timedelta(seconds=10)
"""For a call that the server answers alone; it does so in milliseconds unless it is in trouble."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The names of the messages that came to a run."""

    every: Sequence[str]
    unhandled: Sequence[str]
    """Those that came since its last completed workflow task."""
    decided: bool
    """Whether it ever completed one."""


async def failure_type(client: Client, workflow_id: str, run_id: str) -> str | None:
    """The type of the error with which the run failed; None when it did not, or is not kept."""
    try:
        told = await client.workflow_service.get_workflow_execution_history(
            GetWorkflowExecutionHistoryRequest(
                namespace=client.namespace,
                execution=WorkflowExecution(workflow_id=workflow_id, run_id=run_id),
                history_event_filter_type=HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
            ),
            retry=True,
            timeout=RPC_WITHIN,
        )
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    for event in told.history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
            failure = event.workflow_execution_failed_event_attributes.failure
            return failure.application_failure_info.type or "unknown"
    return None


async def messages_of(run: WorkflowHandle[Any, Any]) -> Messages:
    """The messages in the run's history; none in one that Temporal keeps no longer."""
    names: list[str] = []
    handled, decided = 0, False
    async for event in _history(run):
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                handled, decided = len(names), True
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                names.append(event.workflow_execution_signaled_event_attributes.signal_name)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED:
                names.append(event.workflow_execution_update_admitted_event_attributes.request.input.name)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
                # By the task that stands before it; and without a name when it was admitted before that.
                names.append(event.workflow_execution_update_accepted_event_attributes.accepted_request.input.name)
                handled = len(names)
            case _:
                pass
    return Messages(_ours(names), _ours(names[handled:]), decided)


def _ours(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in ("", RECORDS_DUE))


async def _history(handle: WorkflowHandle[Any, Any]) -> AsyncIterator[HistoryEvent]:
    try:
        async for event in handle.fetch_history_events(rpc_timeout=RPC_WITHIN):
            yield event
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
