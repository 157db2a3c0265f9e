"""What the client does while nobody answers: try again where that is safe, look why, and say it clearly.

What is tried lives in `orders.py` and `temporal.py`, what a look finds in `silence.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import chain, repeat
from typing import Final, Generic, TypeVar

import asyncpg

from activities.database import DATABASE_ERRORS
from starter.errors import EngineUnavailable, OrderPaused, OrderStuck, PostgresAway, Unanswered

ANSWER_WITHIN: Final = timedelta(seconds=20)
"""For all tries of one message or question together: two long ones and the pauses; longer than a worker's restart."""
PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between the tries; the last one repeats. A busy order frees one of its ten places in less."""
LOOK_AFTER: Final = timedelta(seconds=3)
"""Without an answer: twice what the slowest honest one takes, and a stuck order is told within 5 s in all."""
LOOK_EVERY: Final = timedelta(seconds=1)
"""After that: an order may get stuck over the very message that waits. It is one call to Temporal for each waiting."""

T = TypeVar("T")

LooksWhy = Callable[[Unanswered | None], Awaitable[OrderStuck | None]]
"""Finds out why nobody answers, given how the last try ended; None when waiting may help."""


async def insistently(once: Callable[[], Awaitable[T]], look: LooksWhy) -> T:
    """What `once` gives, tried again while it is `Unanswered`, for `ANSWER_WITHIN`; then the last such error.

    Beside the tries `look` finds out whether waiting can help, and raises `OrderStuck` when it cannot. Whatever was
    sent until then may have been taken.
    """
    tries = _Tries(once)
    trying = asyncio.create_task(tries.until_answered())
    try:
        async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
            await asyncio.wait({trying}, timeout=LOOK_AFTER.total_seconds())
            while not trying.done():
                stuck = await look(tries.last)
                # An answer that came while we looked is worth more than what we saw.
                if stuck and not trying.done():
                    raise stuck
                await asyncio.wait({trying}, timeout=LOOK_EVERY.total_seconds())
            return trying.result()
    except TimeoutError:
        raise tries.last or Unanswered("Nobody answered in time: is a worker running?") from None
    finally:
        trying.cancel()
        await asyncio.gather(trying, return_exceptions=True)


class _Tries(Generic[T]):
    """One try after the other."""

    def __init__(self, once: Callable[[], Awaitable[T]]) -> None:
        self._once = once
        self.last: Unanswered | None = None
        """How the last one ended; None while the first is under way."""

    async def until_answered(self) -> T:
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            try:
                return await self._once()
            except OrderPaused as error:
                if self.last is None:
                    raise
                # The pause refused this try alone; an earlier one may have been taken.
                raise OrderStuck(error.order_id, error.reason) from error
            except Unanswered as error:
                self.last = error
            await asyncio.sleep(pause)
        raise AssertionError("the pauses never end")


async def reading(rows: Awaitable[T]) -> T:
    """What is read from Postgres. Its errors become `EngineUnavailable`."""
    try:
        return await rows
    except asyncpg.UndefinedTableError as error:
        raise EngineUnavailable("Postgres holds no tables of this engine; run `countermand migrate`.") from error
    except DATABASE_ERRORS as error:
        reason = str(error) or type(error).__name__
        raise PostgresAway(f"Postgres does not answer ({reason}); try again in a moment.") from error
