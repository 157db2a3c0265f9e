"""Whether every part of a stack lives. A worker that died gets a successor where somebody is told so; any other death
ends the stack.
"""

import asyncio
import signal
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from starter.embedded.processes import Child, Crew
from starter.errors import StackError

WATCH_SECONDS: Final = 0.2
"""Between two looks at whether all parts live."""
Say = Callable[[str], None]
WORKER: Final = "Worker"
MAX_DEATHS: Final = 5
"""Of workers within `WITHIN_SECONDS`: whoever dies again as soon as it serves is not helped by another start."""
WITHIN_SECONDS: Final = 60.0


class Watch:
    """Looks at a crew, and replaces its workers. An order notices a pause: what it waits for stands in Temporal."""

    def __init__(self, crew: Crew, start_worker: Callable[[], Awaitable[Child]], say: Say | None) -> None:
        self._crew = crew
        self._start_worker = start_worker
        self._say = say
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS)

    async def until_it_ends(self) -> StackError:
        """Why the stack cannot go on, as soon as it cannot."""
        while True:
            for child in [child for child in self._crew.children if child.dead]:
                if child.name != WORKER or self._say is None or self._too_many():
                    return child.died()
                try:
                    await self._replace(child, self._say)
                except StackError as error:
                    return error
            await asyncio.sleep(WATCH_SECONDS)

    async def _replace(self, dead: Child, say: Say) -> None:
        self._crew.dismiss(dead)
        say(f"Worker {dead.process.pid} {_how(dead.process.returncode)}; its orders wait while another one starts.")
        successor = await self._start_worker()
        say(f"Worker {successor.process.pid} has taken over: every order goes on where it was.")

    def _too_many(self) -> bool:
        now = time.monotonic()
        too_many = len(self._deaths) == MAX_DEATHS and now - self._deaths[0] < WITHIN_SECONDS
        self._deaths.append(now)
        return too_many


def _how(code: int) -> str:
    """`was killed (SIGKILL)`."""
    return f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended by itself (exit code {code})"
