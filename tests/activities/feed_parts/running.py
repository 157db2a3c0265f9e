"""Processes that a test kills and starts again. Each says when it works, by its first line."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager


class Parts:
    """Those that run now, each started by its command; several may be of one name."""

    def __init__(self, commands: Mapping[str, Sequence[str]], environment: Mapping[str, str] | None = None) -> None:
        self._commands = commands
        self._environment = environment
        self._running: list[tuple[str, asyncio.subprocess.Process]] = []

    async def start(self, part: str) -> None:
        started = await asyncio.create_subprocess_exec(
            *self._commands[part], stdout=asyncio.subprocess.PIPE, env=self._environment
        )
        self._running.append((part, started))
        assert started.stdout
        assert await started.stdout.readline(), f"{part} does not start"

    async def kill(self, part: str) -> None:
        one = next(running for running in self._running if running[0] == part)
        self._running.remove(one)
        assert one[1].returncode is None, f"{part} ended by itself"
        one[1].kill()
        await one[1].wait()

    async def end(self) -> None:
        for part, _ in self._running.copy():
            await self.kill(part)


@asynccontextmanager
async def running(parts: Parts, names: Sequence[str]) -> AsyncIterator[Parts]:
    """So many of each, until the end of the block."""
    try:
        for name in names:
            await parts.start(name)
        yield parts
    finally:
        await parts.end()
