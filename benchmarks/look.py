"""How long a look for stuck orders takes: beside few and many healthy orders, and beside some that have trouble.

The look runs in this process; what it asks of orders a worker answers.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from activities.stuck.looks import Looks
from benchmarks.load import ENGINE, Handle, new_orders, shared, started
from benchmarks.memory import OPENED
from benchmarks.parts import Asked, Found, spread, table
from benchmarks.rig import Rig, rested, rig
from workflows.messages.ids import order_id_of
from workflows.messages.stuck import Kind

WAITING: Final = (Path(__file__).parent / "sql" / "waiting_rows.sql").read_text(encoding="utf-8")
TROUBLED: Final = 20
"""Orders that are terminated, and as many of which only the row is behind: each costs questions."""


@dataclass(frozen=True, slots=True)
class Level:
    """How many healthy orders there are."""

    real: int
    rows: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Some looks beside them."""

    what: str
    level: Level
    seconds: tuple[float, ...]


async def look(asked: Asked) -> Found:
    """Looks at every level, and one with trouble at the last; the promise is 2 s."""
    few = Level(asked.by_scale(20, 50, 50), 0)
    many = Level(asked.by_scale(40, 500, 500), asked.by_scale(1_000, 100_000, 100_000))
    times = asked.by_scale(3, 10, 20)
    measured: list[Measured] = []
    async with rig() as stack, stack.worker(ENGINE.name):
        looks = Looks(stack.pool, stack.client, ENGINE.name)
        handles: list[Handle] = []
        for level in (few, many):
            handles += await started(stack, OPENED, new_orders(OPENED, level.real - len(handles)), asked.in_flight)
            await _wait(stack, handles[0], level.rows)
            measured.append(Measured("all healthy", level, await _timed(looks, times, terminated=0)))
            asked.tell(f"{level.real} orders, {level.rows:,} more rows: {spread(measured[-1].seconds)} s")
        await _trouble(stack, handles, asked.in_flight)
        trouble = f"{TROUBLED} terminated, {TROUBLED} rows behind"
        measured.append(Measured(trouble, many, await _timed(looks, 1, terminated=TROUBLED)))
    drawn = table(f"{times} looks for stuck orders; seconds", "", "orders", "rows besides", "median [range]")
    for one in measured:
        drawn.add_row(one.what, f"{one.level.real:,}", f"{one.level.rows:,}", spread(one.seconds))
    figures = [
        {"what": one.what, "orders": one.level.real, "rows": one.level.rows, "seconds": one.seconds} for one in measured
    ]
    return Found([drawn], figures)


async def _wait(stack: Rig, like: Handle, rows: int) -> None:
    order_id = order_id_of(like.id)
    if rows:
        await stack.pool.execute(WAITING, rows, order_id, timeout=600)
        await stack.pool.execute("ANALYZE orders")
    await rested()


async def _timed(looks: Looks, times: int, *, terminated: int) -> tuple[float, ...]:
    """How long each took; each finds what there is to find."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        looked = await looks.look()
        seconds.append(time.perf_counter() - begun)
        assert looked.stuck[Kind.TERMINATED] == terminated, looked
    return tuple(seconds)


async def _trouble(stack: Rig, handles: list[Handle], in_flight: int) -> None:
    """Terminate some, and let the rows of others say that their deadline has passed."""
    terminated, behind = handles[:TROUBLED], handles[TROUBLED : 2 * TROUBLED]
    await shared([partial(handle.terminate, reason="a benchmark") for handle in terminated], in_flight)
    await stack.pool.execute(
        "UPDATE orders SET next_deadline_at = $2 WHERE order_id = ANY($1)",
        [order_id_of(handle.id) for handle in behind],
        datetime.now(UTC) - timedelta(hours=1),
    )
    await rested()
