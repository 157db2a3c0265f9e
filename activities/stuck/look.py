"""One look: what it sees with, and how it asks orders, so many at a time. What it looks for does not live here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, TypeVar

from temporalio.api.errordetails.v1 import QueryFailedFailure
from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.listing import ListedPage, ListedRun, list_runs
from activities.order_signals import Facts
from activities.stuck.table import StuckTable
from workflows.messages.ids import order_id_of, workflow_id
from workflows.messages.waking import WORKFLOW_TYPE

LISTED_AT_ONCE: Final = 1_000
"""Runs of one page of a list: the most that the server gives."""
ASKED_AT_ONCE: Final = 10
"""Questions under way: each may need a worker that replays, and orders come first."""
ANSWER_WITHIN: Final = timedelta(seconds=3)
"""For an order to answer. A replay takes a tenth of that; whoever takes longer is asked again by the next look."""
NO_ANSWER: Final = (
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.RESOURCE_EXHAUSTED,
)
"""How a query fails because of this one order: no worker takes it, its task fails, it was just deleted, or too many
wait for the same. The others must be asked all the same."""

NO_ORDER_YET: Final = ("not_loaded", "order_exists", "invalid")
"""The types of those errors, for the day on which they come through."""

T = TypeVar("T")
R = TypeVar("R")


class Silence(Enum):
    """Why an order did not say what it was asked."""

    NO_WORKER = "no worker"
    PAUSED = "paused"
    LOADING = "loading"
    """It said itself that it cannot: it has no order to answer with, or not yet."""
    OTHER = "other"


class NoAnswer(Exception):
    """An order did not say what it was asked."""

    def __init__(self, why: Silence) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass
class Look:
    """What one look sees with, and what it has done."""

    client: Client
    task_queue: str
    table: StuckTable
    facts: Facts
    began: datetime
    woken: list[str] = field(default_factory=list)

    async def pages(self, which: str) -> AsyncIterator[Sequence[tuple[str, ListedRun]]]:
        """The runs of our orders of which the list query `which` is true, each with its order, page by page."""
        token: bytes | None = b""
        while token is not None:
            page = await self._page(which, token)
            yield _of_orders(page)
            token = page.next_token or None

    async def newest(self, which: str) -> tuple[Sequence[tuple[str, ListedRun]], bool]:
        """The newest of them, at most `LISTED_AT_ONCE`, and whether these are all."""
        page = await self._page(which)
        return _of_orders(page), not page.next_token

    async def _page(self, which: str, token: bytes = b"") -> ListedPage:
        ours = f"WorkflowType = '{WORKFLOW_TYPE}' AND TaskQueue = '{self.task_queue}'"
        return await list_runs(self.client, f"{ours} AND {which}", LISTED_AT_ONCE, token)

    def run(self, order_id: str, run_id: str | None = None) -> WorkflowHandle[Any, Any]:
        """The run of the order, or its last one."""
        return self.client.get_workflow_handle(workflow_id(order_id), run_id=run_id)


def _of_orders(page: ListedPage) -> Sequence[tuple[str, ListedRun]]:
    return [(order_id, run) for run in page.runs if (order_id := order_id_of(run.workflow_id))]


async def answer(run: WorkflowHandle[Any, Any], question: str) -> Any:
    """What the run answers to a query, as JSON. Raises `NoAnswer` where that is about this run alone."""
    try:
        return await run.query(question, rpc_timeout=ANSWER_WITHIN)
    except WorkflowQueryFailedError as error:
        raise NoAnswer(Silence.LOADING if _is_own_word(error) else Silence.OTHER) from error
    except RPCError as error:
        task = asyncio.current_task()
        if error.status not in NO_ANSWER or (task is not None and task.cancelling()):
            raise  # Temporal is in trouble, or we are told to stop: the SDK makes a cancellation look so, too
        no_worker = error.status is RPCStatusCode.FAILED_PRECONDITION and "no poller" in str(error)
        raise NoAnswer(Silence.NO_WORKER if no_worker else Silence.OTHER) from error
    except ValueError as error:
        raise NoAnswer(Silence.PAUSED) from error  # meanwhile; the SDK does not know that status


async def for_each(things: Iterable[T], do: Callable[[T], Awaitable[R]]) -> list[R]:
    """What `do` gives for each, `ASKED_AT_ONCE` at a time. The first failure ends all."""
    turnstile = asyncio.Semaphore(ASKED_AT_ONCE)

    async def one(thing: T) -> R:
        async with turnstile:
            return await do(thing)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(thing)) for thing in things]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    return [task.result() for task in tasks]


def _is_own_word(error: WorkflowQueryFailedError) -> bool:
    """Whether the workflow raised it itself, and no bug or broken replay did.

    Only a bug's failure comes with its type: of an error that a query raises on purpose the worker sends the message.
    """
    cause, told = error.__context__, QueryFailedFailure()
    if not isinstance(cause, RPCError) or not any(detail.Unpack(told) for detail in cause.grpc_status.details):
        return False
    return told.failure.application_failure_info.type in ("", *NO_ORDER_YET)
