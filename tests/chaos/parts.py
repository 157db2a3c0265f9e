"""The parts of a running engine, each of which can be killed, frozen, thawed and brought back, alone."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

import asyncpg
import httpx
import psutil

from starter.connections import NotReachable, connect_temporal, missing_search_attributes
from starter.embedded import EmbeddedStack
from starter.embedded.processes import Child
from tests.acceptance.programs import LOOK_EVERY, PATIENCE

Away = Literal["killed", "stopped", "frozen"]
WAYS: Final[tuple[Away, ...]] = get_args(Away)
READY: Final = 60.0
"""Seconds for a part to be back, the recovery of a database included."""


@dataclass(frozen=True)
class Parts:
    """What a stack consists of, by the names of its crew."""

    stack: EmbeddedStack
    gone: dict[str, Child] = field(default_factory=dict)
    """What was taken out of the stack last, by name: the program to bring back."""
    doomed: list[Child] = field(default_factory=list)
    """What is to crash, and belongs to no stack that would end it."""

    def child(self, name: str) -> Child:
        """The part of that name; of workers the one started last."""
        return [child for child in self.stack.crew.children if child.name == name][-1]

    async def kill(self, name: str) -> Child:
        """Kill -9, its own children included; the rest of the stack goes on without it."""
        child = self._let_go(name)
        for process in _family(child):
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):  # it went with its parent
                process.kill()
        assert await child.ended(PATIENCE)
        return child

    async def stop(self, name: str) -> Child:
        """As an operator stops it."""
        child = self._let_go(name)
        await child.stop()
        return child

    async def bring_back(self, gone: Child) -> None:
        """The same program on the same data, without a crash point, ready when this returns."""
        sane = {name: value for name, value in gone.program.environment.items() if name != "COUNTERMAND_CRASH_AT"}
        child = self.stack.crew.start(replace(gone.program, environment=sane))
        await child.ready(self._looks[child.name], READY)

    @asynccontextmanager
    async def away(self, name: str, how: Away) -> AsyncIterator[None]:
        """Without that part while the block lasts, and ready again after it."""
        if how == "frozen":
            self.freeze(name)
            yield
            self.thaw(name)
        else:
            gone = await (self.kill if how == "killed" else self.stop)(name)
            yield
            await self.bring_back(gone)

    def freeze(self, name: str) -> None:
        _signal(self.child(name), signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        _signal(self.child(name), signal.SIGCONT)

    async def worker(self, crash_at: str = "") -> Child:
        """One more worker, which dies or freezes at its crash point if one is named."""
        return await self._doomed("Worker", crash_at) if crash_at else await self.stack.start_worker()

    async def doomed_gateway(self, crash_at: str) -> Child:
        """The gateway again, to die at its crash point."""
        await self.stop("Gateway")
        return await self._doomed("Gateway", crash_at)

    async def _doomed(self, name: str, crash_at: str) -> Child:
        """A program of ours that will crash: no part of the stack, whose watcher would end everything with it."""
        if name == "Worker":
            program = (await self.stack.start_worker()).program
            await self.stop("Worker")
        else:
            program = self.gone["Gateway"].program
        doomed = replace(program, environment={**program.environment, "COUNTERMAND_CRASH_AT": crash_at})
        child = self.stack.crew.start(doomed)
        self.stack.crew.dismiss(child)
        self.doomed.append(child)
        await child.announced(READY)
        return child

    async def mended(self) -> None:
        """The stack as it was before the test, however the test ended: the next one starts from there."""
        for child in self.doomed:
            if not child.dead:  # a frozen one would stand here for ever
                child.process.kill()
                assert await child.ended(PATIENCE)
        for child in self.stack.crew.children:
            if not child.dead:
                _signal(child, signal.SIGCONT)
        while any(child.name == "Worker" for child in self.stack.crew.children):
            await self.stop("Worker")
        for name in self._looks:
            if name in self.gone and all(child.name != name for child in self.stack.crew.children):
                await self.bring_back(self.gone[name])

    def _let_go(self, name: str) -> Child:
        child = self.child(name)
        self.stack.crew.dismiss(child)
        self.gone[name] = child
        return child

    @property
    def _looks(self) -> dict[str, Callable[[], Awaitable[bool]]]:
        return {
            "Postgres": self._postgres_answers,
            "Temporal": self._temporal_answers,
            "Payment provider": self._answers(f"{self.stack.payments_url}/book"),
            "Gateway": self._answers(f"{self.stack.gateway_url}/healthz"),
        }

    async def _postgres_answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.stack.settings.database_url, timeout=1)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    async def _temporal_answers(self) -> bool:
        try:
            return not await missing_search_attributes(await connect_temporal(self.stack.settings))
        except (NotReachable, RuntimeError):
            return False

    def _answers(self, url: str) -> Callable[[], Awaitable[bool]]:
        async def look() -> bool:
            try:
                async with httpx.AsyncClient() as http:
                    return (await http.get(url)).is_success
            except httpx.HTTPError:
                return False

        return look


async def struck(child: Child, how: str) -> None:
    """Wait until the crash point has struck: dead, or standing still."""
    async with asyncio.timeout(PATIENCE):
        while not (child.dead if how == "kill" else _stands_still(child)):
            await asyncio.sleep(LOOK_EVERY)
    if how == "kill":
        assert child.process.returncode == -signal.SIGKILL, child.last_words()


def _stands_still(child: Child) -> bool:
    assert not child.dead, child.last_words()
    return psutil.Process(child.process.pid).status() == psutil.STATUS_STOPPED


def _family(child: Child) -> list[psutil.Process]:
    """The process and its own. It comes first, or it would start others; Postgres is not let in while one is left."""
    parent = psutil.Process(child.process.pid)
    return [parent, *parent.children(recursive=True)]


def _signal(child: Child, number: signal.Signals) -> None:
    for process in _family(child):
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):  # a backend that has just ended
            process.send_signal(number)
