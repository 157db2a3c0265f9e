"""A message and a record's answer that meet while a query is answered: what a busy worker does by chance, on purpose.

The worker's answer to the query is kept back until the record's answer has been given. Then the SDK hands both, the
record's answer and the message that has come meanwhile, to the workflow at once; on replay they come one by one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import TaskQueueKind
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.update.v1 import UpdateRef
from temporalio.api.workflowservice.v1 import PollWorkflowExecutionUpdateRequest, PollWorkflowTaskQueueRequest
from temporalio.bridge.proto import ActivityTaskCompletion
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.service import RPCError, RPCStatusCode

from tests.workflow.theatre import PATIENCE, Theatre
from workflows.messages.ids import workflow_id
from workflows.messages.waking import RECORDS_DUE

Sending = Callable[[Theatre], Awaitable[Sequence[asyncio.Task[Any]]]]
"""Brings something to the server, and gives what is still to be answered."""
LOOK_EVERY: Final = 0.002
"""Seconds between two looks: a record's local try lasts 1.5 s, and all that happens within it."""


class Hands:
    """What a worker gives its answers with: those to queries only when it is told to."""

    def __init__(self, core: Any) -> None:
        self._core = core
        self._may_answer = asyncio.Event()
        self.keeping: asyncio.Event | None = None
        """Keeps back whatever the workflow asks for, until it is set: what comes meanwhile comes in the next task."""
        self.kept = 0
        """Tasks that were kept back."""
        self.last: set[str] = set()
        """What the workflow asked for last."""
        self.asked = False
        """Whether a query has come beside a task, and its answer is kept back."""
        self.records_locally = False
        """Whether the workflow asked for a local activity just before that."""
        self.answers = 0
        """Of activities that were given."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def answer(self) -> None:
        """Let the query be answered, and every later one at once."""
        self._may_answer.set()

    async def complete_workflow_activation(self, completion: WorkflowActivationCompletion) -> None:
        kinds = self.last = {str(command.WhichOneof("variant")) for command in completion.successful.commands}
        if "respond_to_query" in kinds:
            self.asked = True
            await self._may_answer.wait()
        elif not self.asked:  # also what is only replayed, but that is not the last before the query
            self.records_locally = "schedule_local_activity" in kinds
        if self.keeping:
            self.kept += 1
            await self.keeping.wait()
        await self._core.complete_workflow_activation(completion)

    async def complete_activity_task(self, completion: ActivityTaskCompletion) -> None:
        await self._core.complete_activity_task(completion)
        self.answers += 1


def signal(name: str, **message: Any) -> Sending:
    """A message as a signal: the server has it when it has answered."""

    async def send(theatre: Theatre) -> Sequence[asyncio.Task[Any]]:
        await theatre.signal(name, **message)
        return ()

    return send


def update(name: str, **message: Any) -> Sending:
    """A message as an update: the server has it long before the order answers."""

    async def send(theatre: Theatre) -> Sequence[asyncio.Task[Any]]:
        update_id = uuid4().hex
        sent = asyncio.create_task(theatre.update(name, update_id=update_id, **message))
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while not await admitted(theatre, update_id):
                await asyncio.sleep(LOOK_EVERY)
        return (sent,)

    return send


def all_of(sendings: Sequence[Sending]) -> Sending:
    """One after the other."""

    async def send(theatre: Theatre) -> Sequence[asyncio.Task[Any]]:
        return [task for sending in sendings for task in await sending(theatre)]

    return send


async def start(theatre: Theatre) -> Sequence[asyncio.Task[Any]]:
    """The order's own start."""
    await theatre.start()
    return ()


async def meet(theatre: Theatre, first: Sending, second: Sending) -> list[Any]:
    """Let `second` come while the record of `first` is held and a query is answered; the answers to both.

    Whoever comes first comes while no worker runs, so that the query comes to the same task. A worker runs afterwards.
    """
    await theatre.dim()
    gate = theatre.records.holding = asyncio.Event()
    sent = [*await first(theatre)]
    query = asyncio.create_task(theatre.view())
    await theatre.handle.describe()  # the query has left before it, and a worker takes longer to come
    hands = await busy(theatre)
    await until(lambda: hands.asked)
    if not hands.records_locally:  # a remote record begins when the task is over, and the task waits for the query
        hands.answer()
    await until(lambda: theatre.records.held > 0)
    sent += await second(theatre)
    answers = hands.answers
    gate.set()
    theatre.records.holding = None
    await until(lambda: hands.answers > answers)
    hands.answer()
    await query
    return await asyncio.gather(*sent, return_exceptions=True)


async def meet_remotely(theatre: Theatre, settling: Sending, first: Sending) -> None:
    """Let the answer of a settled order's remote record come while the local record of `first` is held."""
    records = theatre.records
    await theatre.dim()
    hands = await busy(theatre)
    records.holding_remote = remote = asyncio.Event()
    sent = [*await settling(theatre)]
    await until(lambda: records.held == 1)
    hands.keeping = kept = asyncio.Event()
    await theatre.signal(RECORDS_DUE)  # it makes no entry, and keeps the worker busy
    await until(lambda: hands.kept > 0)
    sent += await first(theatre)
    query = asyncio.create_task(theatre.view())
    await theatre.handle.describe()  # the query has left before it
    records.holding = local = asyncio.Event()
    hands.keeping = None
    kept.set()
    await until(lambda: hands.asked and records.held == 2)
    remote.set()
    await until(lambda: hands.answers > 0)
    hands.answer()
    await until(lambda: "schedule_activity" in hands.last)
    records.holding = records.holding_remote = None
    local.set()
    await query
    await asyncio.gather(*sent)


async def busy(theatre: Theatre) -> Hands:
    """Let a worker work that answers no query before it is told to."""
    await theatre.open()
    worker = theatre._worker
    assert worker
    worker._bridge_worker = hands = Hands(worker._bridge_worker)  # type: ignore[assignment]  # it stands before the SDK's own
    return hands


async def take_and_die(theatre: Theatre) -> None:
    """Take the order's next task as a worker does, and never answer: that worker is gone, which the server learns late.

    A query that it meets on its way is lost with it.
    """
    queue = TaskQueue(name=theatre.task_queue, kind=TaskQueueKind.TASK_QUEUE_KIND_NORMAL)
    ask = PollWorkflowTaskQueueRequest(namespace=theatre.client.namespace, task_queue=queue, identity="doomed")
    async with asyncio.timeout(PATIENCE.total_seconds()):
        taken = await theatre.client.workflow_service.poll_workflow_task_queue(ask)
        while taken.HasField("query") or not taken.task_token:
            taken = await theatre.client.workflow_service.poll_workflow_task_queue(ask)


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what the worker of this process does."""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not holds():
            await asyncio.sleep(LOOK_EVERY)


async def admitted(theatre: Theatre, update_id: str) -> bool:
    """Whether the server has the update; it is in no history until a worker has decided it."""
    execution = WorkflowExecution(workflow_id=workflow_id(theatre.order_id))
    asked = PollWorkflowExecutionUpdateRequest(
        namespace=theatre.client.namespace,
        update_ref=UpdateRef(workflow_execution=execution, update_id=update_id),
    )
    try:
        await theatre.client.workflow_service.poll_workflow_execution_update(asked)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True
