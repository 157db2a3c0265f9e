"""The record of what happened to an order: its row, timeline and inbox in Postgres, and its last state back from it.

The read model's only writer. Who reads it for people lives in `starter/client/reads.py`; the process decides what is
recorded.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.crashes import NEVER, Crashes, Deed
from activities.database import DATABASE_ERRORS
from activities.due_records import tell_record_due
from activities.sql import query
from workflows.messages.loading import LoadRequest, SentRequest, StoredEntry, StoredOrder
from workflows.messages.work import RecordBatch, Recorded

MAX_LOOKS: Final = 3
"""Statements per record. A second is only needed when the row was written at the same moment: it sees what it is."""
ACQUIRE_SECONDS: Final = 1.0
"""For a free connection. Shorter than `LOCAL_WITHIN`, so that the try fails by itself."""
LOCAL_WITHIN: Final = timedelta(seconds=1.5)
"""For a record's local try. An update's answer waits for it, so it must be short; Postgres takes milliseconds."""
BEHIND_WITHIN: Final = timedelta(seconds=0.05)
"""The same while a remote record is under way, which brings what this one does not: with Postgres frozen nobody waits
for it again and again."""
NUL: Final = "\\u0000"
"""What Postgres cannot store in a text, as JSON writes it."""


class Records:
    """The activities that keep and load what was recorded."""

    def __init__(self, pool: asyncpg.Pool, crashes: Crashes = NEVER) -> None:
        self._pool = pool
        self._crashes = crashes

    @activity.defn(name="record")
    async def record(self, batch: RecordBatch) -> Recorded:
        """Keep the batch, once, however often it comes.

        As a local activity it is one short try, and what that leaves to do it tells the run by a signal, here: nobody
        else may remember it, for this worker can be gone before the workflow task is.
        """
        if not activity.info().is_local:
            return await self.write(batch)
        within = BEHIND_WITHIN if batch.remote_under_way else LOCAL_WITHIN
        try:
            async with asyncio.timeout(within.total_seconds()):
                recorded = await self.write(batch)
        except (ApplicationError, TimeoutError, asyncio.CancelledError):
            # Cancelled: a worker that stood still has used up what the workflow gives this try.
            await self._tell(batch)
            raise
        if recorded.owner != "ours" or not batch.complete:
            await self._tell(batch)
        return recorded

    async def write(self, batch: RecordBatch) -> Recorded:
        """What became of the batch; "ours" only if each of its entries stands in the timeline as the batch has it.

        Raises `ApplicationError`: `late`, which is final, for a batch of a run before the one that carries the order.
        """
        # The state is JSON within the JSON, so it has escapes of its own.
        document = storable(batch.model_copy(update={"state": storable(batch.state)}).model_dump_json())
        order_id = batch.row.order_id
        async with self._connection() as connection:
            for _ in range(MAX_LOOKS):
                with self._crashes.around(Deed.RECORD):
                    answer = await connection.fetchrow(query("records/record"), document)
                assert answer is not None, "the statement always answers with one row"
                if answer["owner"] != "ours":
                    return Recorded(owner=answer["owner"])
                if answer["recorded"]:
                    return Recorded(entry=batch.row.entry)
                if answer["late"]:
                    raise ApplicationError(
                        f"A later run carries order {order_id} on; what this one wants to record comes too late.",
                        type="late",
                        non_retryable=True,
                    )
        raise ApplicationError(f"Something later stands in the record of order {order_id}; it will be tried again.")

    @activity.defn(name="load_order")
    async def load_order(self, asked: LoadRequest) -> StoredOrder | None:
        """The last recorded state of the order, or None when no such order was ever recorded.

        From then on no run before the one that asks can write a record of it.
        """
        rank = (asked.order_id, asked.run_started_at, asked.history_length, asked.decided_at)
        async with self._connection() as connection, connection.transaction():
            # Two statements: the second must see what a record wrote for whose end the first has waited.
            with self._crashes.around(Deed.LOAD):
                await connection.execute(query("records/claim_order"), *rank)
            row = await connection.fetchrow(query("records/load_order"), asked.order_id)
        if row is None:
            return None
        last = (
            None
            if row["name"] is None
            else StoredEntry(name=row["name"], party_id=row["party_id"], request_id=row["request_id"])
        )
        return StoredOrder(
            state=row["state"],
            opened_by=row["opened_by"],
            entry=row["entry"],
            last=last,
            requests=tuple(SentRequest(role=role, request_id=sent) for role, sent in row["requests"]),
        )

    async def _tell(self, batch: RecordBatch) -> None:
        """Tell the run that its record is due. While a remote one is under way it knows, and goes on by itself."""
        if batch.remote_under_way:
            return
        with self._crashes.around(Deed.DUE):
            await tell_record_due(batch.row.order_id)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[PoolConnectionProxy]:
        """A connection; what fails on it fails with a sentence, for whoever looks at the waiting activity."""
        try:
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
                yield connection
        except DATABASE_ERRORS as error:
            why = f"Postgres cannot be used: {str(error) or type(error).__name__}. It will be tried again."
            raise ApplicationError(why, type="database") from None


def storable(document: str) -> str:
    """`document` with every NUL replaced: a signal's name may hold one, and its record must not fail for ever."""
    if NUL not in document:
        return document
    return json.dumps(_without_nul(json.loads(document)), ensure_ascii=False)


def _without_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "\ufffd")
        case list():
            return [_without_nul(item) for item in value]
        case dict():
            return {_without_nul(key): _without_nul(item) for key, item in value.items()}
        case _:
            return value
