"""What everything is measured on: the embedded stack and worker processes of any kind, and the CPU that each part used.

What is done with it lives in the parts of the benchmark.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg
import httpx
import psutil
from temporalio.client import Client

from benchmarks.stories import payment
from starter.connections import connect_temporal
from starter.embedded import EmbeddedStack, StackOptions
from starter.embedded.processes import Child, Program

ROOT: Final = Path(__file__).resolve().parents[1]
READY_SECONDS: Final = 60.0
"""For a worker process to start; a second on an idle machine."""
STOP_SECONDS: Final = 30.0
"""For a worker process to drain."""
REST_SECONDS: Final = 0.5
"""After a load, before the CPU is read: the server still writes its lists, and that belongs to the load."""


@dataclass(frozen=True, slots=True)
class Cpu:
    """CPU seconds by part."""

    worker: float
    server: float
    postgres: float

    def __sub__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.worker - other.worker, self.server - other.server, self.postgres - other.postgres)

    @property
    def total(self) -> float:
        return self.worker + self.server + self.postgres


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and all its children, those that have ended included."""
    process = psutil.Process(pid)
    used = process.cpu_times()
    total = used.user + used.system + used.children_user + used.children_system
    for child in process.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:  # it ended meanwhile; the next reading has it among those that have ended
            continue
        total += times.user + times.system
    return total


@dataclass(eq=False)
class Rig:
    """A running stack. Workers are started on it as the measurement needs them."""

    stack: EmbeddedStack
    client: Client
    pool: asyncpg.Pool
    started: int = field(default=0)

    @property
    def temporal(self) -> int:
        """The server's process."""
        return self.child("Temporal").process.pid

    @property
    def postgres(self) -> int:
        """Postgres's first process, parent of all others."""
        return self.child("Postgres").process.pid

    def cpu(self, workers: Sequence[Child]) -> Cpu:
        """What each part has used since it was started."""
        of_workers = sum(cpu_of(worker.process.pid) for worker in workers)
        return Cpu(of_workers, cpu_of(self.temporal), cpu_of(self.postgres))

    @asynccontextmanager
    async def worker(self, task_queue: str, module: str = "worker", **settings: str) -> AsyncIterator[Child]:
        """A worker process of its own on `task_queue`, until the end of the block."""
        async with self.process("Worker", module, {"COUNTERMAND_TASK_QUEUE": task_queue} | settings) as child:
            yield child

    @asynccontextmanager
    async def process(self, name: str, module: str, settings: Mapping[str, str]) -> AsyncIterator[Child]:
        """A process of ours that joins the stack, at work when the block begins, until its end."""
        self.started += 1
        log = self.stack.folder.log(f"{name.lower()}-{self.started}")
        command = [sys.executable, "-P", "-m", module]
        environment = self.environment | dict(settings)
        child = self.stack.crew.start(Program(name, command, log, environment, stop_seconds=STOP_SECONDS))
        await child.announced(READY_SECONDS)
        try:
            yield child
        except Exception as error:
            error.add_note(child.last_words())  # its log is removed with the stack
            raise
        finally:
            self.stack.crew.dismiss(child)
            await child.stop()

    async def pay(self, order_ids: Sequence[str], **more: object) -> None:
        """Make the orders' payments at the provider, which tells nobody: their stories do."""
        async with httpx.AsyncClient(base_url=self.stack.payments_url) as http:
            for order_id in order_ids:
                made = {"order_id": order_id, "quiet": True, **payment(order_id), **more}
                (await http.post("/payments", json=made)).raise_for_status()

    @property
    def environment(self) -> dict[str, str]:
        """With which a process of ours joins the stack."""
        joined = dict(os.environ) | self.stack.environment | {"PYTHONPATH": str(ROOT)}
        # The sandbox imports a workflow's module anew for every order, and without bytecode would compile it each time.
        joined.pop("PYTHONDONTWRITEBYTECODE", None)
        return joined

    def child(self, name: str) -> Child:
        """The part of the stack with that name."""
        return next(child for child in self.stack.crew.children if child.name == name)


@asynccontextmanager
async def rig(settings: Mapping[str, str] | None = None) -> AsyncIterator[Rig]:
    """A fresh stack in a folder that is removed at the end; its provider settles everything at once."""
    options = StackOptions(
        data=None,
        temporal_port=0,
        ui_port=0,
        gateway_port=0,
        worker=False,
        gateway=False,
        settle_after=0,
        environment=dict(os.environ) | dict(settings or {}),
    )
    async with EmbeddedStack(options) as stack:
        client = await connect_temporal(stack.settings)
        async with asyncpg.create_pool(stack.settings.database_url, min_size=0, max_size=4) as pool:
            yield Rig(stack, client, pool)


async def rested() -> None:
    """Wait until what a load has left to do is done."""
    await asyncio.sleep(REST_SECONDS)
