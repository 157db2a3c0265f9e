"""Processes around the feed that a test kills: who writes records, numbers, or follows. Each says when it works.

A file for each, so that whoever is killed most has the least to load.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

import asyncpg

PAUSE = 0.02
"""Seconds, at most, between two deeds."""


def serve(name: str, part: Callable[[asyncpg.Pool], Awaitable[None]]) -> None:
    """Be this part, until killed."""
    asyncio.run(_serve(name, part))


async def _serve(name: str, part: Callable[[asyncpg.Pool], Awaitable[None]]) -> None:
    own = {"application_name": name}
    async with asyncpg.create_pool(sys.argv[1], min_size=1, max_size=4, server_settings=own) as pool:
        sys.stdout.write("works\n")
        sys.stdout.flush()
        await part(pool)
