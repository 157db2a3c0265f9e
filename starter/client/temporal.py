"""Orders as Temporal knows them: start one, send it a message, wake it when it is settled, ask it. JSON in, models out.

Every failure of the SDK ends here as a type of `starter/errors.py`. What Postgres knows of one lives in `reads.py`.
"""

import asyncio
from datetime import timedelta
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from temporalio.api.errordetails.v1 import QueryFailedFailure
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, TemporalError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.run_status import PAUSED, RunStatus, run_status
from starter.client.silence import Look, paused
from starter.errors import (
    CannotBeAsked,
    CommandRefused,
    EngineUnavailable,
    OrderNotFound,
    OrderPaused,
    Unanswered,
)
from workflows.messages.answers import Answer, Result
from workflows.messages.base import Message
from workflows.messages.ids import update_id, workflow_id
from workflows.messages.refusal import Refusal
from workflows.messages.start import StartOrder
from workflows.messages.waking import WORKFLOW_TYPE, resume, run_of

RPC_WITHIN: Final = timedelta(seconds=10)
"""For a call that the server answers alone; it does so in milliseconds unless it is in trouble."""
QUERY_WITHIN: Final = timedelta(seconds=10)
"""A query needs a worker, which may have to replay the order first (0.3 ms per event)."""
UPDATE_WITHIN: Final = timedelta(seconds=7)
"""For one try of an update. The longest honest answer waits for a record's local try (3 s) behind a replay."""
CUT_SHORT: Final = "AcceptedUpdateCompletedWorkflow"
"""How the server says that a run took the update and ended before it answered."""
UNSEEN: Final = "UnprocessedUpdate"
"""How it says that a task went by without the update that came with it: the order has not seen it."""
NOT_YET: Final = ("not_loaded", "order_exists", "invalid")
"""How a workflow answers that loads its order, or never was one and is just ending. The next try finds better."""
TRY_AGAIN: Final = (
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.ABORTED,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.FAILED_PRECONDITION,
)
"""The server is busy (also: ten updates of this order are in flight), away, slow, or was just closing the run."""

T = TypeVar("T")


class NotRunning(Exception):
    """No run of this order is open; or, when it is only asked, none is kept."""


class OrderRuns:
    """The runs of the order workflow, and the task queue on which new ones are started."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def answers(self, within: timedelta) -> bool:
        """Whether Temporal says, within so long, that it serves."""
        try:
            return await self._client.service_client.check_health(timeout=within)
        except (RPCError, RuntimeError):  # the latter from a client that has yet to connect
            return False

    async def start(self, order: StartOrder) -> str | None:
        """Start the order and give its run id; None when Temporal knows an order of this id, running or settled."""
        try:
            handle = await self._client.start_workflow(
                WORKFLOW_TYPE,
                order.model_dump(mode="json", exclude_unset=True),
                **self._run_of(order.order_id, order),
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                rpc_timeout=RPC_WITHIN,
            )
        except WorkflowAlreadyStartedError:
            return None
        except TemporalError as error:
            raise self._told(error) from error
        return handle.result_run_id

    async def update(self, order_id: str, message: Message) -> Answer:
        """One try to send `message` to the open run. Raises `NotRunning`, `Unanswered` or `CommandRefused`."""
        try:
            answer: Answer = await self._handle(order_id).execute_update(
                message.name, _json(message), id=_update_id(message), result_type=Answer, rpc_timeout=UPDATE_WITHIN
            )
        except TemporalError as error:
            raise await self._refused(order_id, message, error) from error
        return answer

    async def wake_with_update(self, order_id: str, message: Message) -> Answer:
        """One try to send `message` to the open run, or to a new one that wakes the settled order for it (R28)."""
        waking: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            WORKFLOW_TYPE,
            resume(order_id),
            **self._run_of(order_id),
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        try:
            answer: Answer = await self._client.execute_update_with_start_workflow(
                message.name,
                _json(message),
                id=_update_id(message),
                start_workflow_operation=waking,
                result_type=Answer,
                rpc_timeout=UPDATE_WITHIN,
            )
        except TemporalError as error:
            raise await self._refused(order_id, message, error) from error
        return answer

    async def wake_with_signal(self, order_id: str, message: Message) -> None:
        """Leave `message` with the open run, or with a new one that wakes the settled order for it (R28)."""
        await self._wake(order_id, start_signal=message.name, start_signal_args=[_json(message)])

    async def wake(self, order_id: str) -> None:
        """Have a run of an order that Temporal has forgotten: it loads the order's last state, and can be asked."""
        await self._wake(order_id)

    async def signal(self, order_id: str, name: str, payload: object) -> None:
        """Leave any JSON with the open run as the signal `name`. Raises `NotRunning`."""
        try:
            await self._handle(order_id).signal(name, payload, rpc_timeout=RPC_WITHIN)
        except TemporalError as error:
            raise self._told(error) from error

    async def query(self, order_id: str, name: str, result_type: type[T], *given: object) -> T:
        """Ask the last run, open or not. Raises `NotRunning` when Temporal keeps none, `Unanswered` while it loads."""
        try:
            answer: T = await self._handle(order_id).query(
                name, args=given, result_type=result_type, rpc_timeout=QUERY_WITHIN
            )
        except WorkflowQueryFailedError as error:
            if _is_the_workers(error):
                raise CannotBeAsked(str(error)) from error
            raise Unanswered(f"The order's workflow cannot be asked now: {error}") from error
        except TemporalError as error:
            raise self._told(error) from error
        except ValueError as error:
            # The SDK trips over the refusal of an order that was paused a moment ago; the next try sees that it is.
            if isinstance(error, ValidationError):
                raise
            raise Unanswered("The order was being paused in Temporal.") from error
        return answer

    async def result(self, order_id: str) -> Result | None:
        """What the order ends with, waiting until it does; None when its last run was never an order."""
        handle = self._client.get_workflow_handle(_workflow_id(order_id), result_type=Result)
        try:
            result: Result = await handle.result()
        except WorkflowFailureError:
            return None
        except TemporalError as error:
            raise self._told(error) from error
        return result

    async def status(self, order_id: str) -> RunStatus | None:
        """How the order's last run stands; None when Temporal keeps none."""
        try:
            return await run_status(self._client, _workflow_id(order_id))
        except RPCError as error:
            raise self._told(error) from error

    def look(self, order_id: str, *, asked: bool = False) -> Look:
        """What finds out why nobody answers for this order, a message or, when it is `asked`, a question."""
        return Look(self._client, order_id, asked)

    async def start_input(self, order_id: str) -> tuple[str, Any]:
        """The last run's id, and the JSON that it was started with. Raises `NotRunning` when Temporal keeps none."""
        # The history is asked for by run id: between two questions another run could have begun.
        if (status := await self.status(order_id)) is None:
            raise NotRunning
        handle = self._client.get_workflow_handle(_workflow_id(order_id), run_id=status.run_id)
        try:
            async for event in handle.fetch_history_events(page_size=1, rpc_timeout=RPC_WITHIN):
                started = event.workflow_execution_started_event_attributes
                given = await self._client.data_converter.decode(started.input.payloads)
                return status.run_id, given[0] if given else None
        except TemporalError as error:
            raise self._told(error) from error
        raise EngineUnavailable(f"The history of order {order_id} is empty; ask again in a moment.")

    async def _wake(self, order_id: str, **signal: Any) -> None:
        try:
            await self._client.start_workflow(
                WORKFLOW_TYPE,
                resume(order_id),
                **self._run_of(order_id),
                **signal,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                rpc_timeout=RPC_WITHIN,
            )
        except TemporalError as error:
            raise self._told(error) from error

    def _handle(self, order_id: str) -> WorkflowHandle[Any, Any]:
        return self._client.get_workflow_handle(_workflow_id(order_id))

    def _run_of(self, order_id: str, sold: StartOrder | None = None) -> dict[str, Any]:
        try:
            return run_of(order_id, self._task_queue, sold)
        except ValueError:
            raise OrderNotFound(order_id) from None  # no order can have this id

    async def _refused(self, order_id: str, message: Message, error: TemporalError) -> BaseException:
        """The SDK's error over `message` as one of ours; what a pause has refused was not taken."""
        if isinstance(error, RPCError) and error.status is RPCStatusCode.FAILED_PRECONDITION:
            status = await self.status(order_id)
            if status and status.status == PAUSED:
                return OrderPaused(order_id, message.name, paused(order_id, status))
        return self._told(error)

    def _told(self, error: TemporalError) -> BaseException:
        """The SDK's error as one of ours."""
        if isinstance(error, WorkflowUpdateFailedError):
            return _of_update(error.cause)
        status = error.status if isinstance(error, RPCError) else None
        if isinstance(error, RPCTimeoutOrCancelledError):
            # The SDK turns the cancellation of our own task into this error; to swallow it is to outlive a timeout.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                return asyncio.CancelledError()
            status = RPCStatusCode.DEADLINE_EXCEEDED
        if status is RPCStatusCode.NOT_FOUND:
            return NotRunning()
        if status is RPCStatusCode.DEADLINE_EXCEEDED:
            return Unanswered(f"Nobody answered in time: is a worker running on task queue {self._task_queue}?")
        if status in TRY_AGAIN:
            return Unanswered(f"Temporal could not take it now: {error}.")
        return EngineUnavailable(f"Temporal could not do it: {error}")


def _workflow_id(order_id: str) -> str:
    try:
        return workflow_id(order_id)
    except ValueError:
        raise OrderNotFound(order_id) from None  # no order can have this id


def _of_update(cause: BaseException) -> Exception:
    """The failure of an update as one of ours. Anything but a refusal of the process is a fault of the engine."""
    if not isinstance(cause, ApplicationError):
        return EngineUnavailable(f"The order could not take the message: {cause}")
    if cause.type == CUT_SHORT:
        return Unanswered("The order was settled before it answered.")
    if cause.type == UNSEEN:
        return Unanswered("The order has not seen the message.")
    try:
        return CommandRefused(Refusal.model_validate(cause.details[0] if cause.details else None))
    except ValidationError:
        return EngineUnavailable(f"The order could not take the message: {cause.type}: {cause.message}")


def _is_the_workers(error: WorkflowQueryFailedError) -> bool:
    """Whether the worker could not even ask the workflow, and says why in the server's own error: it cannot replay it.

    What the workflow itself answers an early question with comes without that, or with a type of its own.
    """
    cause, told = error.__context__, QueryFailedFailure()
    if not isinstance(cause, RPCError) or not any(detail.Unpack(told) for detail in cause.grpc_status.details):
        return False
    return told.HasField("failure") and told.failure.application_failure_info.type not in NOT_YET


def _json(message: Message) -> dict[str, Any]:
    return message.model_dump(mode="json", exclude_none=True)


def _update_id(message: Message) -> str:
    assert message.request_id, "a message that is sent as an update has a request id"
    return update_id(
        message.request_id, f"{message.name} {message.model_dump_json(exclude={'request_id'}, exclude_none=True)}"
    )
