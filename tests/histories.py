"""That this code would do again what histories say: asked of every history that a test makes, at the test's end.

Golden histories, which earlier versions made, live in `tests/workflow/histories`.
"""

import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, ListWorkflowExecutionsRequest
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer

from workflows.converter import DATA_CONVERTER
from workflows.order import OrderWorkflow
from workflows.sandbox import order_sandbox
from workflows.upkeep import LookWorkflow, ReconcileWorkflow

Run = tuple[str, str]
"""Workflow id and run id."""
BROKEN_ON_PURPOSE: Final[Mapping[str, str]] = MappingProxyType({})
"""The tests whose histories no code of ours can replay, by name, each with its reason."""


async def replayed(history: WorkflowHistory) -> None:
    """Raises when this version of the code would not have done what the history says."""
    replayer = Replayer(
        workflows=[OrderWorkflow, ReconcileWorkflow, LookWorkflow],
        data_converter=DATA_CONVERTER,
        workflow_runner=order_sandbox(),
    )
    await replayer.replay_workflow(history)


async def all_replay(client: Client, which: str, test: str) -> None:
    """Every run that Temporal lists so replays, open or not. Raises for the first that does not, with its id."""
    if test.split("[", maxsplit=1)[0] in BROKEN_ON_PURPOSE:
        return
    async for history in histories(client, which):
        try:
            await replayed(history)
        except Exception as error:
            error.add_note(f"{test} has written this history, of workflow {history.workflow_id}: {_kept(history)}")
            raise


def _kept(history: WorkflowHistory) -> Path:
    """The history as a file, for whoever is to find out why it does not replay: its server will be gone."""
    folder = Path(tempfile.mkdtemp(prefix="countermand-history-"))
    file = folder / f"{history.workflow_id[:100]}.json"
    file.write_text(history.to_json())
    return file


async def histories(client: Client, which: str) -> AsyncIterator[WorkflowHistory]:
    """The histories of these workflows, also of a run that the list does not have yet; of each whatever there is of it.

    Not of one that no worker has ever looked at: there is nothing to do again.
    """
    runs = [run async for run in _listed(client, which)]
    current = [await _current(client, workflow_id) for workflow_id in dict.fromkeys(id_ for id_, _ in runs)]
    for workflow_id, run_id in dict.fromkeys([*runs, *current]):
        history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        if any(event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for event in history.events):
            yield history


async def _listed(client: Client, which: str) -> AsyncIterator[Run]:
    """Asked without the SDK's help: it cannot read the status of a workflow that is paused."""
    asked = ListWorkflowExecutionsRequest(namespace=client.namespace, query=which)
    while True:
        page = await client.workflow_service.list_workflow_executions(asked)
        for found in page.executions:
            yield found.execution.workflow_id, found.execution.run_id
        if not page.next_page_token:
            return
        asked.next_page_token = page.next_page_token


async def _current(client: Client, workflow_id: str) -> Run:
    """The last run of it, which may be too young to be listed."""
    asked = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    described = await client.workflow_service.describe_workflow_execution(asked)
    return workflow_id, described.workflow_execution_info.execution.run_id


def of_queue(task_queue: str) -> str:
    """Temporal's query for what was started on it."""
    return f"TaskQueue = '{task_queue}'"


def of_workflow(workflow_id: str) -> str:
    """Temporal's query for all runs of it."""
    return f"WorkflowId = '{workflow_id}'"


def since(instant: datetime) -> str:
    """Temporal's query for what was started from then on."""
    return f"StartTime >= '{instant.isoformat()}'"
