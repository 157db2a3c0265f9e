"""The sandbox in which a worker runs orders, and replays them: the SDK's own, without what it does for nobody here.

What runs in it does not live here.
"""

from typing import Final

from temporalio import workflow
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

PASSED_THROUGH: Final = ("workflows.messages", "workflows.process", "pydantic", "pydantic_core", "annotated_types")
"""What the sandbox shares with us: of a message class that is imported twice, `case Ship():` fits only one."""


class OrderSandbox(SandboxedWorkflowRunner):
    """The SDK's sandbox for a data converter that asks for no context.

    The SDK enters the sandbox anew for every payload of every task, up to six times, to ask in which context it should
    be converted: half of what the sandbox costs. Ours is plain JSON, the same in every context. A codec that needs
    its context, or storage of payloads elsewhere, needs the SDK's own runner again.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _WithoutContext(super().create_instance(det))


class _WithoutContext(WorkflowInstance):
    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._sandboxed.activate(act)

    def get_serialization_context(self, command_info: object) -> SerializationContext | None:
        del command_info
        return None

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        del command_info
        return StorageDriverStoreContext(target=None)

    def get_info(self) -> workflow.Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()


def order_sandbox() -> OrderSandbox:
    """The sandbox with everything passed through that it must share with us."""
    return OrderSandbox(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))
