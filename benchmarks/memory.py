"""How much of a worker's memory a cached order takes, beside the bare order's in the same run.

Workers of their own, fresh ones, grow by turns; what they take before the first orders are open is no order's.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Final

import psutil

from benchmarks.load import BARE, ENGINE, Variant, new_orders, started, turn
from benchmarks.parts import Asked, Found, table
from benchmarks.rig import Rig
from benchmarks.stories import HAPPY
from starter.embedded.processes import Child

FEW: Final = 100
CACHED: Final = 1_000
"""Orders that a worker keeps in memory, by the SDK's default; more are replayed when something happens to them."""
STEP: Final = 100
"""Orders that one worker opens before it is the next one's turn."""
ALLOWED: Final = 1.15
"""How much of the bare order's memory an order of ours may take."""
OPENED: Final = replace(ENGINE, start=(("terms", {"pay_within": "P7D"}),))
"""An order that is open must stay so: unpaid ones expire after half an hour."""
RUNNERS: Final[Mapping[str, str]] = {"without the sandbox": "false", "with the sandbox": "true"}


@dataclass(eq=False)
class Keeper:
    """A worker that keeps the open orders of one variant in its cache."""

    rig: Rig
    variant: Variant
    worker: Child
    open: int = 0
    resident: dict[int, int] = field(default_factory=dict)
    """Bytes of the worker by how many orders were open."""

    async def grow(self, to: int, in_flight: int) -> None:
        """Open orders until there are so many."""
        await started(self.rig, self.variant, new_orders(self.variant, to - self.open), in_flight)
        self.open = to
        self.resident[to] = psutil.Process(self.worker.process.pid).memory_info().rss


def per_order(resident: Mapping[int, int]) -> float:
    """Bytes per cached order, from the least to the most that were open and all cached."""
    cached = sorted(count for count in resident if count <= CACHED)
    return (resident[cached[-1]] - resident[cached[0]]) / (cached[-1] - cached[0])


async def memory(rig: Rig, asked: Asked) -> Found:
    """Bytes of an open order in the cache: the engine's, the bare one's, and their ratio."""
    top = asked.by_scale(3 * FEW, 5 * FEW, CACHED)
    drawn = table(
        f"Memory of a cached order, from {FEW} to {top} open ones; KB", "", ENGINE.title, BARE.title, "engine / bare"
    )
    figures = []
    for title, sandbox in RUNNERS.items():
        async with AsyncExitStack() as running:
            keepers = [
                Keeper(rig, kept, await running.enter_async_context(rig.worker(kept.name, kept.module, **settings)))
                for kept, settings in kinds(sandbox)
            ]
            await _grown(keepers, top, asked)
        engine, bare = (per_order(keeper.resident) for keeper in keepers)
        drawn.add_row(title, f"{engine / 1024:.0f}", f"{bare / 1024:.0f}", f"{engine / bare:.2f}")
        figures.append({"runner": title, "engine": engine, "bare": bare, "engine_to_bare": engine / bare})
        asked.tell(f"memory {title}: {engine / 1024:.0f} KB per cached order, {bare / 1024:.0f} KB bare")
    return Found([drawn], figures, [f"An order may take {ALLOWED} times the memory of a bare one."])


def kinds(sandbox: str) -> Sequence[tuple[Variant, dict[str, str]]]:
    """Both orders, on task queues of their own, and the settings of their workers."""
    settings = {"COUNTERMAND_SANDBOX": sandbox}
    return [(replace(each, name=f"{each.name}-kept-{sandbox}"), settings) for each in (OPENED, BARE)]


async def _grown(keepers: Sequence[Keeper], top: int, asked: Asked) -> None:
    """What a worker loads once, it loads for orders that end; then all grow by turns."""
    for keeper in keepers:
        await turn(keeper.rig, keeper.variant, [keeper.worker], HAPPY, 2 * asked.in_flight, asked.in_flight)
    for count in range(FEW, top + 1, STEP):
        for keeper in keepers:
            await keeper.grow(count, asked.in_flight)
