"""The record of what happened to an order: its row, timeline and inbox in Postgres, and its last state back from it.

The read model's only writer. Who reads it for people lives in `starter/reads.py`; what is recorded the process decides.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.crashes import NEVER, Crashes, Deed
from activities.database import DATABASE_ERRORS
from activities.sql import query
from workflows.messages.work import RecordBatch, StoredOrder

MAX_LOOKS: Final = 3
"""Statements per record. A second is only needed when two runs open one order at the same moment: it sees who won."""
ACQUIRE_SECONDS: Final = 1.0
"""For a free connection. Shorter than the 1.5 s of a record's local try, so that the try fails by itself."""
NUL: Final = "\\u0000"
"""What Postgres cannot store in a text, as JSON writes it."""


class Records:
    """The activities that keep and load what was recorded."""

    def __init__(self, pool: asyncpg.Pool, crashes: Crashes = NEVER) -> None:
        self._pool = pool
        self._crashes = crashes

    @activity.defn(name="record")
    async def record(self, batch: RecordBatch) -> None:
        """Keep the whole batch, once, however often it comes.

        Raises `order_exists`, and keeps nothing, when the batch opens an order that another run has opened.
        """
        # The state is JSON within the JSON, so it has escapes of its own.
        document = storable(batch.model_copy(update={"state": storable(batch.state)}).model_dump_json())
        async with self._connection() as connection:
            for _ in range(MAX_LOOKS):
                with self._crashes.around(Deed.RECORD):
                    answer = await connection.fetchrow(query("records/record"), document)
                assert answer is not None, "the statement always answers with one row"
                if answer["recorded"]:
                    return
                if answer["taken"]:
                    raise order_exists(batch.row.order_id)
        raise ApplicationError(
            f"The record of order {batch.row.order_id} lost {MAX_LOOKS} races; it will be tried again."
        )

    @activity.defn(name="load_order")
    async def load_order(self, order_id: str) -> StoredOrder | None:
        """The last recorded state of the order, or None when no such order was ever recorded."""
        async with self._connection() as connection:
            row = await connection.fetchrow(query("records/load_order"), order_id)
        return None if row is None else StoredOrder(state=row["state"], opened_by=row["opened_by"])

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[PoolConnectionProxy]:
        """A connection; what fails on it fails with a sentence, for whoever looks at the waiting activity."""
        try:
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
                yield connection
        except DATABASE_ERRORS as error:
            why = f"Postgres cannot be used: {str(error) or type(error).__name__}. It will be tried again."
            raise ApplicationError(why, type="database") from None


def order_exists(order_id: str) -> ApplicationError:
    """The refusal of a start with an id that is taken. Final: trying again cannot free the id."""
    return ApplicationError(
        f"There is already an order {order_id}. Look at it, or start this one under another id.",
        type="order_exists",
        non_retryable=True,
    )


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
