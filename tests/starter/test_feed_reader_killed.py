"""Who follows the feed over HTTP is killed at random, and with them who writes, numbers and serves it: they end with
exactly the timelines."""

import asyncio
import random
import sys
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from temporalio.client import Client

from activities.migrations import migrate
from starter.client.feed import EVERYTHING, Event, Visibility
from starter.embedded.processes import free_port
from starter.gateway.callers import Scope
from tests.activities.feed_parts.kept import whole_lines
from tests.activities.feed_parts.running import Parts, running
from tests.activities.feeds import Follower, all_numbered, timelines
from tests.activities.sandboxes import eventually
from tests.conftest import MakeDatabase
from tests.starter.doorbell import new_key
from tests.starter.test_gateway_process import GATEWAY, environment_of_gateway
from workflows.messages.values import Role

SEED: Final = 15
READERS: Final = {"platform": EVERYTHING, "buyer": Visibility(Role.BUYER, buyer_id="b-7")}
BESIDE: Final = ("gateway", "write", "number")
PARTS: Final = ("number", "number", "write", "gateway", *READERS)
READER_LIVES: Final = (0.0, 0.5)
"""Seconds between two kills of readers; each waits besides until the one who was killed works again."""
BESIDE_LIVES: Final = (0.0, 2.0)
"""The same for what they read from: they must get to read something."""


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("kills", [10, pytest.param(200, marks=pytest.mark.long)])
async def test_readers_who_are_killed_end_with_exactly_the_timelines(
    temporal: Client, new_database: MakeDatabase, tmp_path: Path, kills: int
) -> None:
    """By pages and by streams: the platform's with every event, and a buyer's, with a key that is bound to them."""
    url = await new_database()
    await migrate(url)
    files = {reader: tmp_path / reader for reader in READERS}
    async with asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        async with running(await _parts(temporal, pool, url, files), PARTS) as parts:
            await _kill(parts, kills)
            followed = {reader: len(whole_lines(file)) for reader, file in files.items()}
            await parts.kill("write")
            await all_numbered(pool)
            for reader, file in files.items():
                await _read_to_the_end(pool, reader, file)
        for reader, seen_by in READERS.items():
            kept = whole_lines(files[reader])
            follower = Follower(seen_by)
            follower.take(map(Event.model_validate_json, kept))
            assert follower.timelines == await timelines(pool, seen_by), reader
            assert len(kept) > followed[reader] > kills, "it followed while it was killed"
            assert {how for how in (b"page", b"stream") for line in kept if how in line[-12:]} == {b"page", b"stream"}


async def _parts(temporal: Client, pool: asyncpg.Pool, url: str, files: dict[str, Path]) -> Parts:
    """All of them, on one port for as long as it lasts."""
    keys = {
        "PLATFORM_KEY": await new_key(pool, Scope.READ, Scope.PLATFORM),
        "BUYER_KEY": await new_key(pool, Scope.READ, bound=("buyer", "b-7")),
    }
    port = str(free_port())
    numbers = {part: (sys.executable, "-m", f"tests.activities.feed_parts.{part}", url) for part in ("number", "write")}
    reads = {
        reader: (sys.executable, "-m", "tests.starter.feed_reader", f"127.0.0.1:{port}", str(file), variable)
        for (reader, file), variable in zip(files.items(), keys, strict=True)
    }
    settings = {"DATABASE_URL": url, "COUNTERMAND_GATEWAY_PORT": port, "COUNTERMAND_CALLER_RATE": "10000"}
    environment = environment_of_gateway(temporal, **settings, **keys)
    return Parts({**numbers, **reads, "gateway": GATEWAY}, environment)


async def _kill(parts: Parts, kills: int) -> None:
    """So many readers, and beside them the others, each of these at least once."""

    async def beside(chance: random.Random) -> None:
        part = "gateway"
        while not (over.is_set() and killed.issuperset(BESIDE)):
            await asyncio.sleep(chance.uniform(*BESIDE_LIVES))
            killed.add(part)
            await parts.kill(part)
            await parts.start(part)
            part = chance.choice(sorted({*BESIDE} - killed) or BESIDE)

    over, killed, chance = asyncio.Event(), set[str](), random.Random(SEED)
    async with asyncio.TaskGroup() as both:
        both.create_task(beside(random.Random(SEED + 1)))
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(*READER_LIVES))
            reader = chance.choice(sorted(READERS))
            await parts.kill(reader)
            await parts.start(reader)
        over.set()


async def _read_to_the_end(pool: asyncpg.Pool, reader: str, file: Path) -> None:
    """As long as it comes further: until it has as many events as there are for it; which they are is asked later."""
    there: int = await pool.fetchval("SELECT count(*) FROM events WHERE $1 = 'platform' OR $1 = ANY (seen_by)", reader)
    while (kept := len(whole_lines(file))) < there:
        await eventually(partial(_grows, file, file.stat().st_size))
    assert kept == there


async def _grows(file: Path, size: int) -> bool:
    return file.stat().st_size > size
