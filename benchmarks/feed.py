"""`python -m benchmarks.feed`: how far the feed lags behind the records, and what it costs a record.

Postgres is started for it, and a process of its own numbers, as a worker's loop does. What a record costs is measured
in turns with the same statement as it was before the feed, for a busy machine is slower now and faster then.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import asyncpg

from activities.feed import Numbering
from activities.migrations import migrate
from activities.sql import query
from starter.client.feed import EVERYTHING
from starter.client.live import LiveEvents
from starter.embedded.postgres import Cluster
from starter.embedded.processes import Crew, free_port
from workflows.messages.values import Role, Stage
from workflows.messages.work import OrderRow, RecordBatch, TimelineEntry

RATE: Final = 100.0
"""Events in a second, each a record of its own."""
WARM_UP: Final = 100
"""Records before anything is measured."""
NUMBERED_EVERY: Final = 0.2
"""Seconds between two looks whether what was recorded before is numbered."""
STARTED_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_MARK: Final = """to_number AS (
    INSERT INTO unnumbered (order_id, entry)
    SELECT brought.order_id, brought.first_entry FROM brought
),
"""
FEED_ONLY: Final = (
    (_MARK, ""),
    (",\n        version = excluded.version,\n        status = excluded.status\n    -- Most", "\n    -- Most"),
    (
        "request_id, said, version, status\n    )\n    SELECT\n        given.of_",
        "request_id, said\n    )\n    SELECT\n        given.of_",
    ),
    ("given.request_id, given.said, given.version, given.status\n", "given.request_id, given.said\n"),
)
"""What of the record's statement the feed has brought, and what stood there before."""


MONEY: Final = dict.fromkeys(("captured", "refunded", "refunding", "released", "held", "shortfall"), 0)


def document(order_id: str, entry: int) -> str:
    """The batch of one entry."""
    now = datetime.now(UTC)
    row = OrderRow(
        order_id=order_id,
        buyer_id="b-7",
        seller_id="s-3",
        stage=Stage.SHIPPED,
        status="shipped",
        waiting_on="carrier",
        currency="USD",
        total=2299,
        refund_state="none",
        needs_attention=False,
        deadline_kind="deliver_by",
        deadline_at=now,
        next_deadline_at=now,
        version=entry,
        entry=entry,
        created_at=STARTED_AT,
        closed_at=None,
        reason=None,
        **MONEY,
    )
    told = TimelineEntry(
        entry=entry,
        at=now,
        role=Role.BUYER,
        party_id="b-7",
        name="send_message",
        outcome="accepted",
        from_stage=Stage.SHIPPED,
        to_stage=Stage.SHIPPED,
        text="Where is it? " * 8,
        summary="The buyer has written.",
        version=entry,
        status="shipped",
    )
    place: dict[str, Any] = {"run_started_at": STARTED_AT, "history_length": entry, "decided_at": now}
    state = json.dumps({"order_id": order_id, "kept": "x" * 3_000})
    return RecordBatch(row=row, state=state, opened_by="run-1", timeline=(told,), **place).model_dump_json()


@asynccontextmanager
async def databases() -> AsyncIterator[tuple[str, str]]:
    """Two in a Postgres of their own: with this version's schema, and the same without what sees to older workers."""
    with tempfile.TemporaryDirectory(prefix="countermand-feed-") as made:
        crew, port = Crew(Path(made) / "processes.json"), free_port()
        cluster = Cluster(Path(made) / "data", Path(made) / "log")
        try:
            await cluster.start(crew, port)
            new, old = cluster.url(port), cluster.url(port, "before")
            connection = await asyncpg.connect(new)
            await connection.execute("CREATE DATABASE before")
            await connection.close()
            await asyncio.gather(migrate(new), migrate(old))
            connection = await asyncpg.connect(old)
            await connection.execute("DROP TRIGGER timeline_told ON timeline; DROP TRIGGER timeline_untold ON timeline")
            await connection.close()
            yield new, old
        finally:
            await crew.stop(["Postgres"])


@asynccontextmanager
async def numbering(url: str) -> AsyncIterator[None]:
    """A process that numbers, until the end of the block."""
    words = (sys.executable, "-m", "benchmarks.feed", "--number", url)
    process = await asyncio.create_subprocess_exec(*words)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def number(url: str) -> None:
    async with asyncpg.create_pool(url, min_size=1, max_size=2) as pool:
        await Numbering(pool).run()


async def lags(url: str, pool: asyncpg.Pool, seconds: float) -> list[float]:
    """Milliseconds from the answer of each record until whoever follows has its event, at `RATE`."""
    written: dict[str, float] = {}
    found: list[float] = []
    live = LiveEvents(pool, lambda: asyncpg.connect(url))
    running = asyncio.create_task(live.run())
    while not live.is_open:
        await asyncio.sleep(0.01)
    count = int(RATE * seconds)

    async def write(place: int) -> None:
        order_id = f"lag-{place}"
        await pool.fetchrow(query("records/record"), document(order_id, 1))
        written[order_id] = time.monotonic()

    async def follow() -> None:
        with live.joined(EVERYTHING) as listener:
            async for events in live.follow(listener, await pool.fetchval(query("feed/last"))):
                heard = time.monotonic()
                found.extend(1_000 * max(0.0, heard - written.get(event.order_id, heard)) for event in events)
                if len(found) >= count:
                    return

    begun = time.monotonic()
    async with asyncio.TaskGroup() as group:
        group.create_task(follow())
        for place in range(count):
            await asyncio.sleep(max(0.0, begun + place / RATE - time.monotonic()))
            group.create_task(write(place))
    running.cancel()
    return found


async def costs(url: str, old_url: str, rounds: int, records: int) -> dict[str, list[float]]:
    """Milliseconds of a record in each turn: before the feed and with it, record by record in turns; then with it while
    somebody numbers."""
    found: dict[str, list[float]] = {"before": [], "with": [], "numbered": []}
    new = await asyncpg.connect(url)
    old = await asyncpg.connect(old_url)
    ways: dict[str, tuple[asyncpg.Connection, str]] = {
        "before": (old, before_the_feed()),
        "with": (new, query("records/record")),
    }
    for turn in range(rounds):
        took = dict.fromkeys(ways, 0.0)
        for place in range(records):
            one = document(f"cost-{turn}-{place // 10}", place % 10 + 1)
            for way in list(ways)[:: 1 if place % 2 else -1]:
                took[way] += await _seconds(*ways[way], one)
        for way, seconds in took.items():
            found[way].append(1_000 * seconds / records)
        await new.execute("TRUNCATE unnumbered")
    async with numbering(url):
        for turn in range(rounds):
            batches = [document(f"numbered-{turn}-{place // 10}", place % 10 + 1) for place in range(records)]
            each = [await _seconds(*ways["with"], one) for one in batches]
            found["numbered"].append(1_000 * sum(each) / records)
    await asyncio.gather(new.close(), old.close())
    return found


def before_the_feed() -> str:
    """The record's statement as it was."""
    statement = query("records/record")
    for new, old in FEED_ONLY:
        assert new in statement, f"the record's statement has no more: {new}"
        statement = statement.replace(new, old)
    return statement


async def _seconds(connection: asyncpg.Connection, statement: str, batch: str) -> float:
    begun = time.monotonic()
    await connection.fetchrow(statement, batch)
    return time.monotonic() - begun


async def run(given: argparse.Namespace) -> dict[str, Any]:
    """Both measurements."""
    async with databases() as (url, old_url), asyncpg.create_pool(url, min_size=4, max_size=16) as pool:
        for place in range(WARM_UP):
            await pool.fetchrow(query("records/record"), document(f"warm-{place}", 1))
        await pool.execute("TRUNCATE unnumbered")
        cost = await costs(url, old_url, given.rounds, given.records)
        async with numbering(url):
            while await pool.fetchval("SELECT EXISTS (SELECT FROM unnumbered)"):
                await asyncio.sleep(NUMBERED_EVERY)
            late = await lags(url, pool, given.seconds)
    ratios = [after / before for before, after in zip(cost["before"], cost["with"], strict=True)]
    cuts = quantiles(late, n=100, method="inclusive")
    return {
        "record_ms": {
            name: [round(value, 3) for value in (median(each), min(each), max(each))] for name, each in cost.items()
        },
        "record_ratio": [round(value, 3) for value in (median(ratios), min(ratios), max(ratios))],
        "lag_ms": {
            "p50": round(cuts[49], 1),
            "p99": round(cuts[98], 1),
            "most": round(max(late), 1),
            "events": len(late),
        },
    }


def main() -> None:
    """Measure, and print it as JSON: median, least and most of each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.feed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="turns of each way")
    parser.add_argument("--records", type=int, default=200, help="records of one turn")
    parser.add_argument("--seconds", type=float, default=30.0, help="for which the lag is measured")
    parser.add_argument("--number", metavar="URL", help="number there until killed, for another such process")
    given = parser.parse_args()
    if given.number:
        asyncio.run(number(given.number))
        return
    sys.stdout.write(json.dumps(asyncio.run(run(given)), indent=1) + "\n")


if __name__ == "__main__":
    main()
