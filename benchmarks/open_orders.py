"""What one more order costs beside 100, 1,000 and 10,000 open ones, and how much memory an open one takes.

Two stacks take turns: one keeps its 100 open orders, the other one's grow. What changes on the first meanwhile is the
machine, so the ratio of the two is what the open orders did.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final

import psutil

from benchmarks.load import ENGINE, Turn, started, turn
from benchmarks.parts import Asked, Found, Scale, spread, table
from benchmarks.rig import Rig, rig
from benchmarks.stories import HAPPY
from starter.embedded.processes import Child

FEW: Final = 100
LEVELS: Final[Mapping[Scale, tuple[int, ...]]] = {
    Scale.QUICK: (FEW, 2 * FEW),
    Scale.USUAL: (FEW, 1_000),
    Scale.FULL: (FEW, 1_000, 10_000),
}
STEP: Final = 500
"""Orders that are opened between two lines of progress."""
CACHED: Final = 1_000
"""Orders that a worker keeps in memory, by the SDK's default; more are replayed when something happens to them."""
OPENED: Final = replace(ENGINE, start=(("terms", {"pay_within": "P7D"}),))
"""An order that is open must stay so: unpaid ones expire after half an hour."""


@dataclass(eq=False)
class Crowd:
    """A stack with open orders, and the one worker that serves them."""

    rig: Rig
    worker: Child
    open: int = 0
    resident: dict[int, int] = field(default_factory=dict)
    """Bytes of the worker by how many orders were open."""

    async def grow(self, to: int, asked: Asked) -> None:
        """Open orders until there are so many."""
        while self.open < to:
            more, begun = min(STEP, to - self.open), time.monotonic()
            await started(self.rig, OPENED, more, asked.in_flight)
            self.open += more
            asked.tell(f"{self.open} open orders, {more / (time.monotonic() - begun):.0f} started per second")
        self.resident[self.open] = psutil.Process(self.worker.process.pid).memory_info().rss

    async def carry(self, orders: int, in_flight: int) -> Turn:
        """So many more orders to their end."""
        return await turn(self.rig, ENGINE, [self.worker], HAPPY, orders, in_flight)


@asynccontextmanager
async def crowd() -> AsyncIterator[Crowd]:
    """A fresh stack, nothing open yet."""
    async with rig() as measured, measured.worker(ENGINE.name) as worker:
        yield Crowd(measured, worker)


async def open_orders(asked: Asked) -> Found:
    """The happy path at every level, and the worker's memory."""
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
        memory = many.resident
    return Found([drawn], {"levels": figures, "worker_bytes": memory}, [_memory(memory)])


PARTS: Final = ("worker_ms", "server_ms", "postgres_ms", "total_ms")


async def _pair(few: Crowd, many: Crowd, orders: int, asked: Asked, *, many_first: bool) -> tuple[Turn, Turn]:
    """One turn of each, now this one first and now that one."""
    if many_first:
        beside = await many.carry(orders, asked.in_flight)
        return await few.carry(orders, asked.in_flight), beside
    return await few.carry(orders, asked.in_flight), await many.carry(orders, asked.in_flight)


def _memory(resident: Mapping[int, int]) -> str:
    """What an order in the worker's cache takes, from the least to the most that were open and all cached."""
    told = ", ".join(f"{size / 2**20:.0f} MB with {count:,} open" for count, size in sorted(resident.items()))
    cached = sorted(count for count in resident if count <= CACHED)
    each = (resident[cached[-1]] - resident[cached[0]]) / (cached[-1] - cached[0]) / 1024
    return f"Worker's memory: {told}: {each:.0f} KB per cached order; a worker caches at most {CACHED:,}."
