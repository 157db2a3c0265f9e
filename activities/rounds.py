"""Work beside what a process is for: done again and again, as long as that lasts, and in nobody's way."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from activities.database import DATABASE_ERRORS


async def rounds(
    once: Callable[[], Awaitable[float]], log: logging.Logger, waits: str, rest: float, *trouble: type[Exception]
) -> None:
    """`once`, until cancelled; it answers with the seconds until the next. What goes wrong is logged, with what `waits`
    for it, and tried again after `rest` seconds: nothing else waits. `trouble`: what may be away beside Postgres."""
    away: tuple[type[Exception], ...] = (*DATABASE_ERRORS, *trouble)
    while True:
        pause = rest
        try:
            pause = await once()
        except away as error:
            log.warning("%s: %s. It is tried again.", waits, str(error) or repr(error))
        except Exception:
            log.exception("%s: this should not happen. It is tried again", waits)
        await asyncio.sleep(pause)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work that goes on beside the block, and is cancelled at its end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))
