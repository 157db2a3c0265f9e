"""Follows the feed, and keeps what it has dealt with in a file."""

import asyncio
import os
import sys
from pathlib import Path
from typing import BinaryIO

import asyncpg

from starter.client.feed import EVERYTHING, MAX_EVENTS, Event, get_events
from tests.activities.feed_parts import PAUSE, serve


async def follow(pool: asyncpg.Pool) -> None:
    """Go on after the last event that is kept whole."""
    kept, after = opened(Path(sys.argv[2]))
    while True:
        for event in await get_events(pool, EVERYTHING, after, limit=MAX_EVENTS):
            kept.write(line(event))
            kept.flush()
            after = event.seq
        await asyncio.sleep(PAUSE)


def opened(path: Path) -> tuple[BinaryIO, int]:
    """The file, at its end but for what is not whole, and how many events it has."""
    known = path.read_bytes() if path.exists() else b""
    whole = known[: known.rfind(b"\n") + 1]
    if known:
        os.truncate(path, len(whole))
    return path.open("ab"), len(whole.splitlines())


def line(event: Event) -> bytes:
    """One event, whole."""
    return event.as_json.encode() + b"\n"


if __name__ == "__main__":
    serve("follow", follow)
