"""Somebody who looks at an order while messages are sent to it: a page that is open, the UI, `countermand show`.

A query that comes beside a task has changed what the SDK does with that task before; so tests do not go unwatched.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, Self

LOOKS: Final = 6
"""Beside each message: so many pages are open."""
LOOK_EVERY: Final = 0.01
"""Seconds between two of them."""


class Onlooker:
    """Looks at one order, again and again, whenever there may be something to see."""

    def __init__(self, look: Callable[[], Awaitable[object]], *unanswered: type[Exception]) -> None:
        self._look = look
        self._unanswered = unanswered
        """What a look may end with: nobody is there, or the order is being loaded."""
        self._looking: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.leave()

    def glance(self) -> None:
        """Begin to look, a few times; whoever is looking already goes on instead."""
        if self._looking is None or self._looking.done():
            self.leave()
            self._looking = asyncio.create_task(self._looks())

    def leave(self) -> None:
        """Look no longer. Raises what a look has ended with that it may not."""
        if self._looking and self._looking.done() and not self._looking.cancelled():
            self._looking.result()
        elif self._looking:
            self._looking.cancel()
        self._looking = None

    async def _looks(self) -> None:
        for _ in range(LOOKS):
            with contextlib.suppress(*self._unanswered):
                await self._look()
            await asyncio.sleep(LOOK_EVERY)
