"""Writes records of a few orders, several at the same time."""

import asyncio
import os
import random
from datetime import UTC, datetime
from typing import Any

import asyncpg
from temporalio.exceptions import ApplicationError

from activities.read_model import Records
from tests.activities.feed_parts import PAUSE, serve
from tests.activities.test_records import RUN_STARTED_AT, batch, happened, notice
from workflows.messages.values import Role
from workflows.messages.work import RecordBatch, TimelineEntry

WRITERS = 4
"""Tasks of one process that write at the same time, each of its own orders: an order's records come one by one."""
ORDERS = 3
"""Of each task, in turns."""
LONGEST = 30
"""Entries; then a timeline only shrinks and is written anew."""


async def write(pool: asyncpg.Pool) -> None:
    """Records of orders that go on, are decided anew, and shrink."""
    async with asyncio.TaskGroup() as writers:
        for task in range(WRITERS):
            writers.create_task(_write(pool, f"{os.getpid()}-{task}"))


async def _write(pool: asyncpg.Pool, prefix: str) -> None:
    chance = random.Random()
    lasts = [0] * ORDERS
    while True:
        number = chance.randrange(ORDERS)
        last = lasts[number]
        goes_on = last < LONGEST and chance.random() < 0.7
        first = last + 1 if goes_on else chance.randint(1, max(last, 1))
        lasts[number] = upto = first + chance.randrange(3)
        now = datetime.now(UTC)
        rows = tuple(_entry(chance, entry, now) for entry in range(first, upto + 1))
        inbox = tuple(
            notice(row.entry, kind="message", role=chance.choice((Role.SELLER, Role.PLATFORM)))
            for row in rows
            if row.outcome == "accepted"
        )
        place: dict[str, Any] = {"run_started_at": RUN_STARTED_AT, "history_length": 3, "decided_at": now}
        await written(pool, batch(f"{prefix}-{number}", first, upto, timeline=rows, inbox=inbox, **place))
        await asyncio.sleep(chance.uniform(0, PAUSE))


def _entry(chance: random.Random, entry: int, now: datetime) -> TimelineEntry:
    """What this one may see, or that one, or both, or only the platform."""
    name, outcome = chance.choice(("ship", "send_message")), chance.choice(("accepted", "refused"))
    role = chance.choice((Role.BUYER, Role.SELLER, Role.CARRIER))
    more: dict[str, Any] = {"version": entry, "status": "awaiting_shipment", "platform_only": chance.random() < 0.2}
    return happened(entry, at=now, name=name, outcome=outcome, role=role, **more)


async def written(pool: asyncpg.Pool, given: RecordBatch) -> None:
    """Tried until it is, as a worker does: on a busy machine a connection may be waited for too long."""
    while True:
        try:
            await Records(pool).write(given)
        except ApplicationError:
            await asyncio.sleep(PAUSE)
        else:
            return


if __name__ == "__main__":
    serve("write", write)
