"""The read model against the workflows that Temporal lists, and its repair: the only one that reconciliation does.

How a row is written lives in `activities/records.py`; what it says, in the workflow.
"""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

import asyncpg
from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
)
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from activities.disagreements import ACQUIRE_SECONDS, counted, keep
from activities.paging import Page, covered
from activities.records import Records
from activities.sql import query
from workflows.messages.ids import order_id_of, workflow_id
from workflows.messages.reconciling import Covered, Disagreement, Kind, Stretch
from workflows.messages.waking import WORKFLOW_TYPE
from workflows.messages.work import RecordBatch

COMPARED: Final[Mapping[str, SearchAttributeKey[str]]] = MappingProxyType(
    {
        "stage": SearchAttributeKey.for_keyword("OrderStage"),
        "waiting_on": SearchAttributeKey.for_keyword("WaitingOn"),
        "refund_state": SearchAttributeKey.for_keyword("RefundState"),
    }
)
"""What the list and the row both say of an order: only an order for which they differ is asked."""
REPAIRED: Final = "The row was written anew from the workflow; timeline entries that are missing are not."
SHOWN: Final = (*COMPARED, "version", "entry")
RPC_WITHIN: Final = timedelta(seconds=10)
"""For a page of the list, and for a query: it needs a worker, which may have to replay the order first."""
BROKEN_OFF: Final = (
    WorkflowExecutionStatus.TERMINATED,
    WorkflowExecutionStatus.FAILED,
    WorkflowExecutionStatus.TIMED_OUT,
    WorkflowExecutionStatus.CANCELED,
)
"""How a run ends that did not carry its order to the end."""

NO_ANSWER: Final = (
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.NOT_FOUND,
)
"""How a query fails because of this one order: its worker is away, its task is stuck on a bug, it was just deleted.
The others must be compared all the same."""


class ListedOrders:
    """The activity that compares every order's row with its workflow."""

    def __init__(self, pool: asyncpg.Pool, client: Client, task_queue: str, records: Records) -> None:
        self._pool = pool
        self._client = client
        self._query = (
            f"WorkflowType = '{WORKFLOW_TYPE}' AND TaskQueue = '{task_queue}' AND ExecutionStatus != 'ContinuedAsNew'"
        )
        self._records = records

    @activity.defn(name="reconcile_orders")
    async def reconcile_orders(self, stretch: Stretch) -> Covered:
        """Compare the read model with the workflows, and repair rows that are missing or behind."""
        return await covered(stretch, lambda cursor: self._orders(stretch, cursor))

    async def _orders(self, stretch: Stretch, cursor: str | None) -> Page:
        listed = self._client.list_workflows(
            self._query,
            page_size=stretch.page_size,
            next_page_token=b64decode(cursor) if cursor else None,
            rpc_timeout=RPC_WITHIN,
        )
        await listed.fetch_next_page()
        runs = [(order_id, run) for run in listed.current_page or () if (order_id := order_id_of(run.id))]
        rows = await self._rows([order_id for order_id, _ in runs])
        found = [await self._compared(order_id, run, rows.get(order_id)) for order_id, run in runs]
        wrong = [one for one in found if one]
        await keep(self._pool, stretch.day, wrong)
        token = listed.next_page_token
        return Page(b64encode(token).decode() if token else None, counted(wrong))

    async def _rows(self, order_ids: list[str]) -> Mapping[str, asyncpg.Record]:
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            rows = await connection.fetch(query("reconciliation/rows"), order_ids)
        return {row["order_id"]: row for row in rows}

    async def _compared(self, order_id: str, run: WorkflowExecution, row: asyncpg.Record | None) -> Disagreement | None:
        listed = {name: run.typed_search_attributes.get(key) for name, key in COMPARED.items()}
        if listed["stage"] is None and row is None:
            return None  # a start that was refused: there is no such order
        if run.status in BROKEN_OFF and (row is None or row["closed_at"] is None):
            return await self._broken_off(order_id, run, row)
        if row is not None and all(row[name] == value for name, value in listed.items()):
            return None
        return await self._told_by_workflow(order_id, row)

    async def _broken_off(
        self, order_id: str, run: WorkflowExecution, row: asyncpg.Record | None
    ) -> Disagreement | None:
        """Reported, unless another run carries the order meanwhile: nobody but a late fact would go on with it."""
        last = await self._client.get_workflow_handle(run.id).describe(rpc_timeout=RPC_WITHIN)
        if last.run_id != run.run_id:
            return None
        status = run.status.name.lower() if run.status else "ended"
        theirs = {"run_id": run.run_id, "status": status}
        return Disagreement(kind=Kind.TERMINATED, key=order_id, order_id=order_id, ours=_shown(row), theirs=theirs)

    async def _told_by_workflow(self, order_id: str, row: asyncpg.Record | None) -> Disagreement | None:
        try:
            batch = await self._record_of(order_id)
        except (WorkflowQueryFailedError, RPCError) as error:
            if _is_about_more(error):
                raise
            return Disagreement(
                kind=Kind.UNANSWERED, key=order_id, order_id=order_id, ours=_shown(row), note=str(error)
            )
        if batch is None:
            return None  # its record is under way, with everything that happened; ours would be in its way
        # Read again: what the workflow says now may have been written after the page was read.
        row = (await self._rows([order_id])).get(order_id)
        if row is not None and not _is_behind(row, batch) and _agree(row, batch):
            return None  # only the list was behind
        if row is None or _is_behind(row, batch):
            await self._records.record(batch)
        written = (await self._rows([order_id])).get(order_id)
        repaired = written is not None and _agree(written, batch) and not _is_behind(written, batch)
        behind = Kind.ROW_MISSING if row is None else Kind.ROW_BEHIND
        return Disagreement(
            kind=behind if repaired else Kind.ROW_DIFFERS,
            key=order_id,
            order_id=order_id,
            ours=_shown(row),
            theirs={name: getattr(batch.row, name) for name in SHOWN},
            repaired=repaired,
            note=REPAIRED if repaired else None,
        )

    async def _record_of(self, order_id: str) -> RecordBatch | None:
        handle = self._client.get_workflow_handle(workflow_id(order_id))
        told: RecordBatch | None = await handle.query(
            "record",
            result_type=RecordBatch | None,  # type: ignore[arg-type]  # pydantic's converter takes any annotation
            rpc_timeout=RPC_WITHIN,
        )
        return told


def _is_about_more(error: WorkflowQueryFailedError | RPCError) -> bool:
    """Whether not this order is in trouble, but Temporal, or we: the SDK makes a cancellation of ours look so too."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        return True
    return isinstance(error, RPCError) and error.status not in NO_ANSWER


def _is_behind(row: asyncpg.Record, batch: RecordBatch) -> bool:
    behind: bool = (row["version"], row["entry"]) < (batch.row.version, batch.row.entry)
    return behind


def _agree(row: asyncpg.Record, batch: RecordBatch) -> bool:
    return all(row[name] == getattr(batch.row, name) for name in COMPARED)


def _shown(row: asyncpg.Record | None) -> Mapping[str, object] | None:
    return None if row is None else {name: row[name] for name in SHOWN}
