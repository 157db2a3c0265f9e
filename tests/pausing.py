"""What an operator does with `temporal workflow pause` and `unpause`, which the SDK has no method for."""

from typing import Final
from uuid import uuid4

from temporalio.api.workflowservice.v1 import PauseWorkflowExecutionRequest, UnpauseWorkflowExecutionRequest
from temporalio.client import Client

PAUSING_ALLOWED: Final = ("--dynamic-config-value", "frontend.WorkflowPauseEnabled=true")
"""Arguments of a dev server whose workflows can be paused: it is an experiment of Temporal's, and off."""


async def pause(client: Client, workflow_id: str, reason: str = "") -> None:
    """Pause the open run of that id."""
    asked = PauseWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_id=workflow_id,
        reason=reason,
        identity="operator",
        request_id=uuid4().hex,
    )
    await client.workflow_service.pause_workflow_execution(asked)


async def unpause(client: Client, workflow_id: str) -> None:
    """Let the paused run of that id go on."""
    asked = UnpauseWorkflowExecutionRequest(
        namespace=client.namespace, workflow_id=workflow_id, identity="operator", request_id=uuid4().hex
    )
    await client.workflow_service.unpause_workflow_execution(asked)
