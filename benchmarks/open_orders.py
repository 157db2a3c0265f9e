"""What one more order costs beside 100, 1,000 and 10,000 open ones; how much memory one takes is `memory.py`'s.

Two stacks take turns: one keeps its 100 open orders, the other one's grow. What changes on the first meanwhile is the
machine, so the ratio of the two is what the open orders did.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.load import ENGINE, Turn, new_orders, started, turn
from benchmarks.memory import FEW, OPENED, memory
from benchmarks.parts import Asked, Found, Scale, spread, table
from benchmarks.rig import Rig, rig
from benchmarks.stories import HAPPY
from starter.embedded.processes import Child

LEVELS: Final[Mapping[Scale, tuple[int, ...]]] = {
    Scale.QUICK: (FEW, 2 * FEW),
    Scale.USUAL: (FEW, 1_000),
    Scale.FULL: (FEW, 1_000, 10_000),
}
STEP: Final = 500
"""Orders that are opened between two lines of progress."""


@dataclass(eq=False)
class Crowd:
    """A stack with open orders, and the one worker that serves them."""

    rig: Rig
    worker: Child
    open: int = 0

    async def grow(self, to: int, asked: Asked) -> None:
        """Open orders until there are so many."""
        while self.open < to:
            more, begun = min(STEP, to - self.open), time.monotonic()
            await started(self.rig, OPENED, new_orders(OPENED, more), asked.in_flight)
            self.open += more
            asked.tell(f"{self.open} open orders, {more / (time.monotonic() - begun):.0f} started per second")

    async def carry(self, orders: int, in_flight: int) -> Turn:
        """So many more orders to their end."""
        return await turn(self.rig, ENGINE, [self.worker], HAPPY, orders, in_flight)


@asynccontextmanager
async def crowd() -> AsyncIterator[Crowd]:
    """A fresh stack, nothing open yet."""
    async with rig() as measured, measured.worker(ENGINE.name) as worker:
        yield Crowd(measured, worker)


async def open_orders(asked: Asked) -> Found:
    """The happy path at every level, and what an open order takes in memory."""
    turns, orders = asked.by_scale(2, 4, 5), asked.by_scale(16, 48, 64)
    title = f"One more order, beside open ones: {turns} turns of {orders} orders, {HAPPY.title.lower()}; ms of CPU"
    drawn = table(title, "open orders", "worker", "server", "Postgres", "all three", f"cost / cost beside {FEW}")
    figures = []
    async with crowd() as few, crowd() as many:
        for each in (few, many):
            await each.carry(2 * asked.in_flight, asked.in_flight)
            await each.grow(FEW, asked)
        for level in LEVELS[asked.scale]:
            await many.grow(level, asked)
            pairs = [await _pair(few, many, orders, asked, many_first=bool(number % 2)) for number in range(turns)]
            ratios = [beside.total_ms / alone.total_ms for alone, beside in pairs]
            parts = [median(getattr(beside, part) for _, beside in pairs) for part in PARTS]
            drawn.add_row(f"{level:,}", *(f"{part:.1f}" for part in parts), spread(ratios))
            figures.append({"open": level, **dict(zip(PARTS, parts, strict=True)), "to_few": ratios})
            asked.tell(f"{level} open orders: {spread(ratios)} times the cost beside {FEW}")
        taken = await memory(few.rig, asked)
    return Found([drawn, *taken.tables], {"levels": figures, "memory": taken.figures}, taken.notes)


PARTS: Final = ("worker_ms", "server_ms", "postgres_ms", "total_ms")


async def _pair(few: Crowd, many: Crowd, orders: int, asked: Asked, *, many_first: bool) -> tuple[Turn, Turn]:
    """One turn of each, now this one first and now that one."""
    if many_first:
        beside = await many.carry(orders, asked.in_flight)
        return await few.carry(orders, asked.in_flight), beside
    return await few.carry(orders, asked.in_flight), await many.carry(orders, asked.in_flight)
