"""Orders under load: a story carried by so many orders, so many at once, by the plainest client that there is.

What it cost is read from the rig's parts by `Turn`; how turns are compared and printed lives in `versus.py`.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from temporalio.client import WorkflowHandle

from benchmarks.rig import Cpu, Rig, rested
from benchmarks.stories import Json, Story, start_input
from starter.embedded.processes import Child

Handle = WorkflowHandle[Any, Any]

FIRST_TASK: Final = 4
"""Events of a history when its first task is done and nothing came of it; more when something did."""
LOOK_SECONDS: Final = 0.02
"""Between two looks at whether it is done."""
COUNTER: Final = itertools.count(1)
"""Numbers of orders: no two of a run have the same id."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A workflow that can carry the stories, and the worker that serves it."""

    name: str
    title: str
    workflow: str
    module: str
    start: tuple[tuple[str, object], ...] = ()
    """What its start input has beyond the order."""

    def start_input(self, order_id: str) -> Json:
        return start_input(order_id) | dict(self.start)


ENGINE: Final = Variant("engine", "engine", "Order", "worker")
BARE: Final = Variant("bare", "bare, with records", "Bare", "benchmarks.bare_worker", (("records", True),))
UNRECORDED: Final = Variant("unrecorded", "bare, without records", "Bare", "benchmarks.bare_worker")
VARIANTS: Final = (ENGINE, BARE, UNRECORDED)


@dataclass(frozen=True, slots=True)
class Turn:
    """One load of one variant, and what it cost."""

    variant: str
    story: str
    orders: int
    seconds: float
    cpu: Cpu
    latencies: tuple[float, ...]
    """Seconds from sending each update to its answer."""
    last: str
    """Workflow id of one of its orders; the next two are this one's, and every other's as well."""
    events: int
    transitions: int

    @property
    def rate(self) -> float:
        """Orders per second."""
        return self.orders / self.seconds

    @property
    def worker_ms(self) -> float:
        return self._ms(self.cpu.worker)

    @property
    def server_ms(self) -> float:
        return self._ms(self.cpu.server)

    @property
    def postgres_ms(self) -> float:
        return self._ms(self.cpu.postgres)

    @property
    def total_ms(self) -> float:
        return self._ms(self.cpu.total)

    def _ms(self, seconds: float) -> float:
        return 1_000 * seconds / self.orders


def new_orders(variant: Variant, orders: int) -> list[str]:
    """Ids that nobody has used."""
    return [f"{variant.name}-{next(COUNTER)}" for _ in range(orders)]


async def started(rig: Rig, variant: Variant, order_ids: Sequence[str], in_flight: int) -> list[Handle]:
    """New orders, each past its first task: a message that came before it would save a task here and not there."""
    handles: list[Handle] = []

    async def starting(order_id: str) -> None:
        handles.append(
            await rig.client.start_workflow(
                variant.workflow, variant.start_input(order_id), id=f"order-{order_id}", task_queue=variant.name
            )
        )

    await shared([partial(starting, order_id) for order_id in order_ids], in_flight)
    # Tasks are given out in order, so the last few tell of all.
    for handle in handles[-in_flight:]:
        while (await handle.describe()).history_length <= FIRST_TASK:
            await asyncio.sleep(LOOK_SECONDS)
    return handles


async def shared(todo: Sequence[Callable[[], Awaitable[None]]], in_flight: int) -> None:
    """Do everything, so many at once."""
    left = iter(todo)

    async def lane() -> None:
        for do in left:
            await do()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(in_flight, len(todo))):
            group.create_task(lane())


async def carry(handle: Handle, story: Story) -> list[float]:
    """One order from its start to its end: how long each update's answer took."""
    latencies = []
    for name, message in story.updates_of(handle.id.removeprefix("order-")):
        sent = time.perf_counter()
        await handle.execute_update(name, message)
        latencies.append(time.perf_counter() - sent)
    await handle.result()
    return latencies


async def turn(rig: Rig, variant: Variant, workers: Sequence[Child], story: Story, orders: int, in_flight: int) -> Turn:
    """Carry so many orders, and say what that cost. The workers serve the task queue of the variant's name."""
    latencies: list[float] = []

    async def carrying(handle: Handle) -> None:
        latencies.extend(await carry(handle, story))

    order_ids = new_orders(variant, orders)
    await rig.pay(order_ids)
    before, begun = rig.cpu(workers), time.perf_counter()
    handles = await started(rig, variant, order_ids, in_flight)
    await shared([partial(carrying, handle) for handle in handles], in_flight)
    seconds = time.perf_counter() - begun
    await rested()
    cpu = rig.cpu(workers) - before
    described = await handles[-1].describe()
    return Turn(
        variant=variant.name,
        story=story.name,
        orders=orders,
        seconds=seconds,
        cpu=cpu,
        latencies=tuple(latencies),
        last=described.id,
        events=described.history_length,
        transitions=described.raw_description.workflow_execution_info.state_transition_count,
    )
