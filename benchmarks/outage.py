"""Postgres away: how long a command's answer takes then, with connections refused and with a frozen server.

What an hour of it adds to a history is counted in `hour.py`.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

import asyncpg
import psutil

from benchmarks.load import ENGINE, Handle, new_orders, started
from benchmarks.parts import Asked, Found, table
from benchmarks.rig import Rig, rig
from benchmarks.stories import BUYER, paid
from starter.embedded.postgres import Cluster

LATER: Final = 4
"""Commands to each order after its first."""
CATCH_UP_SECONDS: Final = 150.0
"""For the read model, once Postgres is back: a record is tried at least once a minute."""
LOOK_SECONDS: Final = 0.1
PORT: Final = "postgres"


@dataclass(frozen=True, slots=True)
class Answers:
    """Seconds that answers took while Postgres was away, and that the read model took afterwards."""

    first: list[float]
    later: list[float]
    caught_up: float


async def outage(asked: Asked) -> Found:
    """Both kinds of it, on one stack."""
    orders = asked.by_scale(3, 8, 12)
    drawn = table(f"Postgres away, {orders} orders: seconds until the answer", "Postgres", *COLUMNS)
    figures = {}
    async with rig() as measured, measured.worker(ENGINE.name):
        for name, away in (("frozen", _frozen), ("stopped, connections refused", _stopped)):
            handles = await started(measured, ENGINE, new_orders(ENGINE, orders), asked.in_flight)
            for handle in handles:
                await handle.execute_update(*paid(handle.id.removeprefix("order-")))
            asked.tell(f"Postgres {name}")
            took = await _answers(measured, handles, away(measured))
            drawn.add_row(name, *(f"{value:.3f}" for value in _row(took)))
            figures[name] = dict(zip(COLUMNS, _row(took), strict=True))
    return Found([drawn], figures)


COLUMNS: Final = ("first, median", "first, longest", "later, median", "later, longest", "read model whole again after")


def _row(took: Answers) -> list[float]:
    return [median(took.first), max(took.first), median(took.later), max(took.later), took.caught_up]


async def _answers(rig: Rig, handles: list[Handle], away: contextlib.AbstractAsyncContextManager[None]) -> Answers:
    """One command after the other, first one to each order, then the later ones."""
    async with away:
        first = [await _message(handle) for handle in handles]
        later = [await _message(handle) for _ in range(LATER) for handle in handles]
    return Answers(first, later, await _caught_up(rig, handles))


async def _message(handle: Handle) -> float:
    sent = time.perf_counter()
    await handle.execute_update("send_message", {"by": BUYER, "to": "seller", "text": "Where is my lamp?"})
    return time.perf_counter() - sent


async def _caught_up(rig: Rig, handles: list[Handle]) -> float:
    """Seconds until the read model has every entry of every order."""
    wanted = 2 + 1 + LATER
    orders = [handle.id.removeprefix("order-") for handle in handles]
    begun = time.perf_counter()
    async with asyncio.timeout(CATCH_UP_SECONDS):
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # it has just come back
                recorded = await rig.pool.fetchval(
                    "SELECT min(entry) FROM orders WHERE order_id = any($1::text[])", orders
                )
                if recorded == wanted:
                    return time.perf_counter() - begun
            await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def _frozen(rig: Rig) -> AsyncIterator[None]:
    """All of Postgres stands still: connections stay, new ones are taken, nothing answers."""
    processes = [psutil.Process(rig.postgres), *psutil.Process(rig.postgres).children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


@asynccontextmanager
async def _stopped(rig: Rig) -> AsyncIterator[None]:
    """Postgres is shut down; whoever connects is refused."""
    postgres = rig.child("Postgres")
    rig.stack.crew.dismiss(postgres)  # or its end would end the stack
    postgres.process.send_signal(signal.SIGINT)
    await postgres.ended(STOP_SECONDS)
    try:
        yield
    finally:
        folder = rig.stack.folder
        await Cluster(folder / "postgres", folder.log("postgres")).start(rig.stack.crew, folder.port(PORT))


STOP_SECONDS: Final = 20.0
"""For Postgres to end; it is told to be quick."""
