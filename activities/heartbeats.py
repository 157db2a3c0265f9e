"""Telling Temporal that an activity lives, while somebody else takes his time. What it waits for does not live here."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from temporalio import activity


@asynccontextmanager
async def heartbeats(every: float, details: Callable[[], Sequence[Any]] = tuple) -> AsyncIterator[None]:
    """A heartbeat now and `every` so many seconds, with the details of that moment, until the end of the block."""

    async def beat() -> None:
        while True:
            activity.heartbeat(*details())
            await asyncio.sleep(every)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.wait((beating,))  # or it would outlive the activity, by one turn of the loop
