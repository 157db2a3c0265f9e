"""The order's clock: one timer for the next instant of any kind, set anew only when that instant changes.

What passes then the process decides; a deadline is data in the order's state, and the timer is only an alarm clock.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from temporalio import workflow


class Clock:
    """Rings once, at the instant that it was set to last."""

    def __init__(self, rang: Callable[[], None]) -> None:
        self._rang = rang
        self._at: datetime | None = None
        self._timer: asyncio.Task[None] | None = None

    def set(self, at: datetime | None, summary: str) -> bool:
        """Ring at `at`, which is still to come, and at no other instant; the summary stands in Temporal's timeline.
        Whether that is an event."""
        if at == self._at:
            return False
        if self._timer:
            self._timer.cancel()
        self._at = at
        self._timer = asyncio.create_task(self._ring(at, summary)) if at else None
        return True

    async def _ring(self, at: datetime, summary: str) -> None:
        await workflow.sleep(at - workflow.now(), summary=summary)
        self._at = self._timer = None
        self._rang()
