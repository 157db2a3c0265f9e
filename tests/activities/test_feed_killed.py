"""Whoever numbers, writes or follows is killed at random, again and again: the feed has every entry, once, in order."""

import asyncio
import random
import sys
from pathlib import Path

import asyncpg
import pytest

from activities.migrations import migrate
from starter.client.feed import Event, Visibility
from tests.activities.feed_parts.kept import whole_lines
from tests.activities.feed_parts.running import Parts, running
from tests.activities.feeds import Follower, all_numbered, timelines
from tests.conftest import MakeDatabase
from workflows.messages.values import Role

SEED = 15
PARTS = ("number", "number", "write", "follow")
KILLED = (*["number"] * 10, "write", "follow")
"""Mostly whoever numbers, and has the least to load."""
LIVES = (0.0, 0.3)
"""Seconds between two kills; each waits besides until the one who was killed works again."""

CUT = 0.3
"""How likely the connections of whoever numbers are cut before a kill."""
_CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name = 'number' AND datname = current_database()"
)


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("kills", [30, pytest.param(200, marks=pytest.mark.long)])
async def test_whoever_is_killed_the_follower_ends_with_exactly_the_timelines(
    new_database: MakeDatabase, tmp_path: Path, kills: int
) -> None:
    """By SIGKILL, or with the connection cut by Postgres in the middle of a statement."""
    url = await new_database()
    await migrate(url)
    chance, kept = random.Random(SEED), tmp_path / "kept.jsonl"
    async with asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        commands = {
            part: (sys.executable, "-m", f"tests.activities.feed_parts.{part}", url, str(kept)) for part in PARTS
        }
        async with running(Parts(commands), PARTS) as parts:
            numberers = 0
            while numberers < kills:
                await asyncio.sleep(chance.uniform(*LIVES))
                if chance.random() < CUT:
                    await pool.execute(_CUT)
                part = chance.choice(KILLED)
                numberers += part == "number"
                await parts.kill(part)
                await parts.start(part)
        await all_numbered(pool)
        follower = Follower()
        follower.take(Event.model_validate_json(line) for line in whole_lines(kept))
        before_the_end = follower.after
        await follower.catch_up(pool)
        assert follower.timelines == await timelines(pool)
        for seen_by in (Visibility(Role.BUYER, "b-7"), Visibility(Role.SELLER, seller_id="s-3"), Visibility()):
            one = Follower(seen_by)
            await one.catch_up(pool)
            assert one.timelines == await timelines(pool, seen_by), seen_by
        replaced = await pool.fetchval("SELECT count(*) FROM events WHERE replaces IS NOT NULL")
    assert before_the_end > kills, "it followed while they were killed"
    assert replaced > kills, "and much was replaced"
