"""What the client does while Temporal or Postgres does not answer: try again where that is safe, and say it clearly.

What is tried lives in `client.py` and `runs.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import chain, repeat
from typing import Final, TypeVar

import asyncpg

from activities.database import DATABASE_ERRORS
from starter.outcomes import EngineUnavailable, Unanswered

ANSWER_WITHIN: Final = timedelta(seconds=20)
"""For all tries of one message or question together: two long ones and the pauses; longer than a worker's restart."""
PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between the tries; the last one repeats. A busy order frees one of its ten places in less."""

T = TypeVar("T")


async def insistently(once: Callable[[], Awaitable[T]]) -> T:
    """What `once` gives, tried again while it is `Unanswered`, for `ANSWER_WITHIN`; then the last such error."""
    unanswered = Unanswered("Nobody answered in time: is a worker running?")
    try:
        async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
            for pause in chain(PAUSES, repeat(PAUSES[-1])):
                try:
                    return await once()
                except Unanswered as error:
                    unanswered = error
                await asyncio.sleep(pause)
    except TimeoutError:
        pass  # the last try's own error says more
    raise unanswered


async def reading(rows: Awaitable[T]) -> T:
    """What is read from Postgres. Its errors become `EngineUnavailable`."""
    try:
        return await rows
    except asyncpg.UndefinedTableError as error:
        raise EngineUnavailable("Postgres holds no tables of this engine; run `countermand migrate`.") from error
    except DATABASE_ERRORS as error:
        reason = str(error) or type(error).__name__
        raise EngineUnavailable(f"Postgres does not answer ({reason}); try again in a moment.") from error
