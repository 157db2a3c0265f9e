"""Follows the feed, and keeps what it has dealt with in a file."""

import asyncio
import sys
from pathlib import Path

import asyncpg

from starter.client.feed import EVERYTHING, MAX_EVENTS, Event, get_events
from tests.activities.feed_parts import PAUSE, serve
from tests.activities.feed_parts.kept import opened


async def follow(pool: asyncpg.Pool) -> None:
    """Go on after the last event that is kept whole."""
    kept, lines = opened(Path(sys.argv[2]))
    after = len(lines)
    while True:
        for event in await get_events(pool, EVERYTHING, after, limit=MAX_EVENTS):
            kept.write(line(event))
            kept.flush()
            after = event.seq
        await asyncio.sleep(PAUSE)


def line(event: Event) -> bytes:
    """One event, whole."""
    return event.as_json.encode() + b"\n"


if __name__ == "__main__":
    serve("follow", follow)
