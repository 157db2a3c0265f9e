"""Numbers without a pause worth the name, so that it is killed in the middle of it."""

import asyncio
import random
from contextlib import suppress

import asyncpg

from activities.database import DATABASE_ERRORS
from activities.feed import Numbering
from tests.activities.feed_parts import PAUSE, serve


async def number(pool: asyncpg.Pool) -> None:
    numbering = Numbering(pool)
    while True:
        with suppress(*DATABASE_ERRORS):  # the connection is cut now and then
            await numbering.look()
        await asyncio.sleep(random.uniform(0, PAUSE))


if __name__ == "__main__":
    serve("number", number)
