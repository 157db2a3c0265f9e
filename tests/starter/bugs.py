"""Bugs that a worker can be given, each of which makes orders stand still in a way of its own."""

from datetime import timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ExecuteWorkflowInput,
    HandleQueryInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

PLANTED: Final = "a bug that was planted"


class Stumbles(Interceptor):
    """Fails the workflow task over every message of one name, until it is mended."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.mended = False

    def over(self, name: str) -> None:
        """Raise where it strikes."""
        if name == self.message and not self.mended:
            raise RuntimeError(PLANTED)

    def workflow_interceptor_class(self, _: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        bug = self

        class Stumbling(WorkflowInboundInterceptor):
            async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002 - the SDK's name
                bug.over(input.update)
                return await super().handle_update_handler(input)

            async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002 - the SDK's name
                bug.over(input.signal)
                await super().handle_signal(input)

        return Stumbling


class AnotherVersion(Interceptor):
    """Replays no order of the version without it: it begins with a timer that their histories do not have."""

    def workflow_interceptor_class(self, _: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        class Beginning(WorkflowInboundInterceptor):
            async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002 - the SDK's name
                await workflow.sleep(timedelta(hours=1))
                return await super().execute_workflow(input)

        return Beginning


class Ending(Interceptor):
    """Answers the first questions as a run does that never was the order, and is just ending."""

    def __init__(self, times: int) -> None:
        self.left = times

    def workflow_interceptor_class(self, _: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        bug = self

        class NotTheOrder(WorkflowInboundInterceptor):
            async def handle_query(self, input: HandleQueryInput) -> Any:  # noqa: A002 - the SDK's name
                if bug.left > 0:
                    bug.left -= 1
                    raise ApplicationError("There is already an order with this id.", type="order_exists")
                return await super().handle_query(input)

        return NotTheOrder
