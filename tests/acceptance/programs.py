"""Programs as anybody runs them: with arguments, an environment and standard input. What they mean, others know."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 60.0
"""Seconds for whatever ends or comes by itself; much longer than any of it takes, even on a busy machine."""
LOOK_EVERY: Final = 0.05
"""Seconds between two looks at what another process does."""
SETTINGS: Final = ("COUNTERMAND_", "TEMPORAL_", "DATABASE_URL")
"""How the names of all settings begin: nothing of the tests' own surroundings may reach what they start."""
COUNTERMAND: Final = (sys.executable, "-c", "from starter.cli import main; main()")


@dataclass(frozen=True)
class Said:
    """What a program came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value that it printed."""
        return json.loads(self.out)


def surroundings(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program: ours without its settings, with these, and with this repository's packages."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    return {**ours, **settings, "PYTHONPATH": str(ROOT)}


@asynccontextmanager
async def running(settings: Mapping[str, str], *command: str | Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program while the block lasts. Still there at the end, it is told to stop, so that it takes its own along."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=surroundings(settings),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await ended(process)
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ended(process: asyncio.subprocess.Process, given: str = "") -> Said:
    """What it came to, once it has ended, and what it has said since the last look."""
    out, err = await asyncio.wait_for(process.communicate(given.encode()), PATIENCE)
    assert process.returncode is not None, "communicate() waits for the end"
    return Said(process.returncode, out.decode(), err.decode())


async def ran(settings: Mapping[str, str], *command: str | Path, given: str = "") -> Said:
    """Run a program to its end."""
    async with running(settings, *command) as process:
        return await ended(process, given)


def still_runs(process: psutil.Process) -> bool:
    """Whether it has not ended. One that nobody has collected yet has."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # collected between the two questions
        return False


@dataclass(frozen=True)
class CommandLine:
    """`countermand` with the settings of an engine."""

    settings: Mapping[str, str]

    async def __call__(self, *words: str, given: str = "") -> Said:
        return await ran(self.settings, *COUNTERMAND, *words, given=given)

    async def json(self, *words: str, given: str = "") -> Any:
        """What a command that must go well answers to a program."""
        said = await self(*words, "--json", given=given)
        assert (said.code, said.err) == (0, ""), said
        return said.json

    async def timeline(self, order_id: str, entries: int) -> list[dict[str, Any]]:
        """The order's timeline, once it has so many entries: it may be a little behind."""
        async with asyncio.timeout(PATIENCE):
            while True:
                timeline: list[dict[str, Any]] = (await self.json("timeline", order_id))["entries"]
                if len(timeline) >= entries:
                    return timeline
