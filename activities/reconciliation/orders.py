"""The read model against the workflows that Temporal lists, and its repair: the only one that reconciliation does.

How a row is written lives in `activities/read_model.py`; what it says, in the workflow.
"""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

import asyncpg
from temporalio import activity
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.listing import ListedRun, list_runs
from activities.paging import Page, covered
from activities.read_model import Records
from activities.reconciliation.disagreements import ACQUIRE_SECONDS, counted, keep
from activities.run_status import PAUSED, run_status
from activities.sql import query
from workflows.messages.ids import order_id_of, workflow_id
from workflows.messages.reconciling import Covered, Disagreement, Kind, Stretch
from workflows.messages.waking import RECORDS_DUE, WORKFLOW_TYPE
from workflows.messages.work import RecordBatch, Standing

COMPARED: Final[Mapping[str, SearchAttributeKey[str]]] = MappingProxyType(
    {
        "stage": SearchAttributeKey.for_keyword("OrderStage"),
        "waiting_on": SearchAttributeKey.for_keyword("WaitingOn"),
        "refund_state": SearchAttributeKey.for_keyword("RefundState"),
    }
)
"""What the list and the row both say of an order: only an order for which they differ is asked."""
REPAIRED: Final = "The row was written anew from the workflow."
CAUGHT_UP_WITHIN: Final = timedelta(minutes=1)
"""For the rows of a page to be written by their runs, which were told that a record is due; then they are reported."""
LOOK_SECONDS: Final = 0.25
"""Between two looks at those rows: a run writes its record in milliseconds."""
ASKED_AT_MOST: Final = 8
"""Times that a run is asked which cannot answer now; then it is reported."""
SHOWN_GAPS: Final = 20
"""Entries of a timeline that are named when they are missing; the rest is counted."""
SHOWN: Final = (*COMPARED, "version", "entry")
QUERY_WITHIN: Final = timedelta(seconds=10)
"""A query needs a worker, which may have to replay the order first; a signal needs none."""
GOING_ON: Final = ("running", PAUSED)
"""How a run is listed that has not ended."""
BROKEN_OFF: Final = ("terminated", "failed", "timed_out", "canceled")
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
        token = b64decode(cursor) if cursor else b""
        listed = await list_runs(self._client, self._query, stretch.page_size, token)
        runs = [(order_id, run) for run in listed.runs if (order_id := order_id_of(run.workflow_id))]
        rows = await self._rows([order_id for order_id, _ in runs])
        every = stretch.every_order
        found = [await self._compared(order_id, run, rows.get(order_id), every=every) for order_id, run in runs]
        wrong = [one for one in found if isinstance(one, Disagreement)]
        wrong += await self._caught_up([one for one in found if isinstance(one, Behind)])
        await keep(self._pool, stretch.day, wrong)
        return Page(b64encode(listed.next_token).decode() or None, counted(wrong))

    async def _rows(self, order_ids: list[str]) -> Mapping[str, asyncpg.Record]:
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            rows = await connection.fetch(query("reconciliation/rows"), order_ids)
        return {row["order_id"]: row for row in rows}

    async def _compared(
        self, order_id: str, run: ListedRun, row: asyncpg.Record | None, *, every: bool
    ) -> "Disagreement | Behind | None":
        if run.status == PAUSED and (paused := await self._paused(order_id, row)):
            return paused
        listed = {name: run.attributes.get(key) for name, key in COMPARED.items()}
        if listed["stage"] is None and row is None:
            return None  # a start that was refused: there is no such order
        if run.status in BROKEN_OFF and (row is None or row["closed_at"] is None):
            return await self._broken_off(order_id, run, row)
        if row is not None and not every and all(row[name] == value for name, value in listed.items()):
            return None
        return await self._told_by_workflow(order_id, row, running=run.status in GOING_ON, every=every)

    async def _paused(self, order_id: str, row: asyncpg.Record | None) -> Disagreement | None:
        """Reported, whatever its row says, while it is paused: nothing happens in it, and nobody can ask it."""
        last = await run_status(self._client, workflow_id(order_id))
        if last is None or last.status != PAUSED:
            return None
        theirs = {"run_id": last.run_id, "status": last.status, "why": last.why}
        return Disagreement(kind=Kind.PAUSED, key=order_id, order_id=order_id, ours=_shown(row), theirs=theirs)

    async def _broken_off(self, order_id: str, run: ListedRun, row: asyncpg.Record | None) -> Disagreement | None:
        """Reported, unless another run carries the order meanwhile: nobody but a late fact would go on with it."""
        last = await run_status(self._client, run.workflow_id)
        if last and last.run_id != run.run_id:
            return None
        theirs = {"run_id": run.run_id, "status": run.status}
        return Disagreement(kind=Kind.TERMINATED, key=order_id, order_id=order_id, ours=_shown(row), theirs=theirs)

    async def _told_by_workflow(
        self, order_id: str, row: asyncpg.Record | None, *, running: bool, every: bool
    ) -> "Disagreement | Behind | None":
        try:
            told = (await self._standing(order_id)).batch
        except (WorkflowQueryFailedError, RPCError) as error:
            if _is_about_more(error):
                raise
            return Disagreement(
                kind=Kind.UNANSWERED, key=order_id, order_id=order_id, ours=_shown(row), note=str(error)
            )
        except ValueError:
            # So the SDK answers for an order that was paused after it was listed.
            if paused := await self._paused(order_id, row):
                return paused
            raise
        # Read again: what the workflow says now may have been written after the page was read.
        row = (await self._rows([order_id])).get(order_id)
        if row is None or row["entry"] < told.row.entry:
            # A run writes its own record, with what it still has of the timeline; of one that has ended we write it.
            await (self._tell(order_id) if running else self._written(told))
            return Behind(order_id, row, told)
        if not _agree(row, told):
            return _disagreement(Kind.ROW_DIFFERS, Behind(order_id, row, told))
        # Only the list was behind; or a record has come since a backup was restored, over what that had lost.
        lost = await self._lost(order_id) if every else None
        return _disagreement(Kind.ENTRIES_MISSING, Behind(order_id, row, told), note=lost) if lost else None

    async def _tell(self, order_id: str) -> None:
        run = self._client.get_workflow_handle(workflow_id(order_id))
        try:
            await run.signal(RECORDS_DUE, rpc_timeout=QUERY_WITHIN)
        except RPCError as error:
            if _is_about_more(error):
                raise  # else it has ended meanwhile, and has written its last record before

    async def _written(self, told: RecordBatch) -> None:
        try:
            await self._records.write(told)
        except ApplicationError as error:
            if error.type == "database":
                raise  # else a later run has written the row, and what is still wrong is reported

    async def _caught_up(self, behind: "Sequence[Behind]") -> list[Disagreement]:
        """What the rows that were behind are now: written anew, with entries missing, or still behind."""
        until, waiting = asyncio.get_running_loop().time() + CAUGHT_UP_WITHIN.total_seconds(), list(behind)
        found: list[Disagreement] = []
        while waiting:
            rows = await self._rows([each.order_id for each in waiting])
            caught_up = [each for each in waiting if _has(rows.get(each.order_id), each.told)]
            found += [await self._repaired(each) for each in caught_up]
            waiting = [each for each in waiting if each not in caught_up]
            if waiting and asyncio.get_running_loop().time() > until:
                return [*found, *(_disagreement(each.kind, each) for each in waiting)]
            await asyncio.sleep(LOOK_SECONDS if waiting else 0)
        return found

    async def _repaired(self, behind: "Behind") -> Disagreement:
        if lost := await self._lost(behind.order_id):
            return _disagreement(Kind.ENTRIES_MISSING, behind, note=f"{REPAIRED} {lost}")
        return _disagreement(behind.kind, behind, repaired=True, note=REPAIRED)

    async def _lost(self, order_id: str) -> str | None:
        """Which entries the timeline lacks, as a sentence; None when it has them all."""
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            gaps = [row["entry"] for row in await connection.fetch(query("reconciliation/gaps"), order_id)]
        if not gaps:
            return None
        named = ", ".join(map(str, gaps[:SHOWN_GAPS])) + (" …" if len(gaps) > SHOWN_GAPS else "")
        return f"{len(gaps)} entries of the timeline are lost, with their texts and notices: {named}."

    async def _standing(self, order_id: str) -> Standing:
        handle, asked = self._client.get_workflow_handle(workflow_id(order_id)), 0
        while True:
            try:
                told: Standing = await handle.query("record", result_type=Standing, rpc_timeout=QUERY_WITHIN)
            except WorkflowQueryFailedError:  # mostly it is being loaded, which takes a moment
                asked += 1
                if asked >= ASKED_AT_MOST:
                    raise
                await asyncio.sleep(LOOK_SECONDS)
            else:
                return told


@dataclass(frozen=True)
class Behind:
    """An order of which the row says less than its workflow."""

    order_id: str
    row: asyncpg.Record | None
    told: RecordBatch

    @property
    def kind(self) -> Kind:
        return Kind.ROW_MISSING if self.row is None else Kind.ROW_BEHIND


def _disagreement(kind: Kind, found: Behind, *, repaired: bool = False, note: str | None = None) -> Disagreement:
    theirs = {name: getattr(found.told.row, name) for name in SHOWN}
    return Disagreement(
        kind=kind,
        key=found.order_id,
        order_id=found.order_id,
        ours=_shown(found.row),
        theirs=theirs,
        repaired=repaired,
        note=note,
    )


def _has(row: asyncpg.Record | None, told: RecordBatch) -> bool:
    """Whether the row knows of everything that the workflow told."""
    return row is not None and row["entry"] >= told.row.entry


def _is_about_more(error: WorkflowQueryFailedError | RPCError) -> bool:
    """Whether not this order is in trouble, but Temporal, or we: the SDK makes a cancellation of ours look so too."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        return True
    return isinstance(error, RPCError) and error.status not in NO_ANSWER


def _agree(row: asyncpg.Record, batch: RecordBatch) -> bool:
    return all(row[name] == getattr(batch.row, name) for name in COMPARED)


def _shown(row: asyncpg.Record | None) -> Mapping[str, object] | None:
    return None if row is None else {name: row[name] for name in SHOWN}
