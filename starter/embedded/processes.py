"""The processes that the stack starts: their logs, their readiness, their end. What they are, the other files say."""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, TypedDict

import psutil

from starter.embedded.private import OWNER_ONLY, append_private, write_private
from starter.errors import StackError

POLL_SECONDS: Final = 0.02
"""Between two looks at something that is starting. Starts take 0.1 to 3 s, so this neither burdens nor delays."""
STOP_SECONDS: Final = 10.0
"""For a process to end when it is asked to."""
KILL_SECONDS: Final = 5.0
"""For a process to end after it was killed; only the kernel is left to be slow."""
PORTS: Final = (20_000, 32_768)
"""Below the range from which systems take ports for connections."""
TAIL_LINES: Final = 20
"""Of a log that an error shows: enough for a traceback's end."""


class Identity(NamedTuple):
    """Another user of this machine."""

    user: int
    group: int


class AsUser(TypedDict, total=False):
    """The arguments of `subprocess` that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Program:
    """What to start, and how to stop it."""

    name: str
    command: Sequence[str | os.PathLike[str]]
    log: Path
    environment: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = STOP_SECONDS
    identity: Identity | None = None
    """As whom it runs; None: as we do."""


@dataclass(eq=False)
class Child:
    """One running process, in a group of its own: Ctrl-C reaches the stack only, which stops its parts in order."""

    program: Program
    process: subprocess.Popen[bytes]
    log_start: int

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def dead(self) -> bool:
        return self.process.poll() is not None

    def died(self) -> StackError:
        """Why the stack cannot go on, with the end of the log."""
        return StackError(f"{self.name} ended by itself (exit code {self.process.returncode}). {self.last_words()}")

    def output(self) -> str:
        """What it has written since it was started."""
        with self.program.log.open("rb") as log:
            log.seek(self.log_start)
            return log.read().decode(errors="replace")

    def last_words(self) -> str:
        lines = self.output().splitlines()[-TAIL_LINES:]
        if not lines:
            return f"Its log {self.program.log} is empty."
        return "\n  ".join([f"The end of its log {self.program.log}:", *lines])

    async def ready(self, look: Callable[[], Awaitable[bool]], within: float) -> None:
        """Return when `look` says yes. Raises `StackError` when the process dies first, or takes too long."""
        give_up = time.monotonic() + within
        while not await look():
            if self.dead:
                raise self.died()
            if time.monotonic() > give_up:
                raise StackError(f"{self.name} was not ready within {within:g} s. {self.last_words()}")
            await asyncio.sleep(POLL_SECONDS)

    async def announced(self, within: float) -> None:
        """Return when it has written a line of JSON: how our own processes say that they are at work."""

        async def written() -> bool:
            whole = (line for line in self.output().splitlines(keepends=True) if line.endswith("\n"))
            return any(line.startswith("{") for line in whole)

        await self.ready(written, within)

    async def ended(self, within: float) -> bool:
        """Whether it ends within so many seconds."""
        give_up = time.monotonic() + within
        while not self.dead:
            if time.monotonic() > give_up:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    async def stop(self) -> None:
        """Ask it to end, wait, and kill it when it does not. Returns when it has ended."""
        if self.dead:
            return
        self.process.send_signal(self.program.stop_signal)
        if await self.ended(self.program.stop_seconds):
            return
        self.process.kill()
        if not await self.ended(KILL_SECONDS):
            raise StackError(f"{self.name} (process {self.process.pid}) does not end, not even when killed.")


@dataclass(eq=False)
class Crew:
    """All processes of one stack, written down in a file while they run.

    The file is for the next stack on the same folder: when this one is killed, that one stops what is left. A process
    is ours when its id and its start time are those in the file; ids alone are given out again.
    """

    file: Path
    children: list[Child] = field(default_factory=list)
    started: list[tuple[int, float]] = field(default_factory=list)

    def start(self, program: Program) -> Child:
        """Start it, with its output in its log. It is stopped with the crew."""
        with append_private(program.log) as log:
            log_start = log.tell()
            process = subprocess.Popen(  # noqa: S603 - a list of arguments that we wrote, no shell
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(program.environment),
                start_new_session=True,
                umask=OWNER_ONLY,
                **_as_user(program.identity),
            )
        child = Child(program, process, log_start)
        self.children.append(child)
        with contextlib.suppress(psutil.NoSuchProcess):  # it is gone already; whoever waits for it will see
            self.started.append((process.pid, psutil.Process(process.pid).create_time()))
            write_private(self.file, json.dumps(self.started))
        return child

    def dismiss(self, child: Child) -> None:
        """It did its work and ended, or is somebody else's to stop from now on."""
        self.children.remove(child)

    async def stop(self, order: Sequence[str]) -> None:
        """Stop everybody, by name in the given order, whatever goes wrong with one of them."""
        errors = []
        for child in sorted(self.children, key=lambda child: order.index(child.name)):
            try:
                await child.stop()
            except StackError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        self.file.unlink(missing_ok=True)

    def stop_leftovers(self) -> None:
        """Stop what an earlier stack left running, the last started first."""
        if self.file.exists():
            for pid, started in reversed(json.loads(self.file.read_text() or "[]")):
                _stop_leftover(pid, started)
            self.file.unlink()


def free_port() -> int:
    """A port on which nobody listens now, and which no system hands out by itself.

    A port that the system gives is one that it gives to the next connection as well, before our server listens on it.
    """
    while not is_free(port := random.randrange(*PORTS)):  # noqa: S311 - to spread, not to be secret
        pass
    return port


def is_free(port: int) -> bool:
    """Whether we could listen on the port."""
    with socket.socket() as probe:
        # As servers do: a port whose last connection has just ended is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def is_dead(pid: int) -> bool:
    """Whether that process has ended, and is still there since nobody has collected it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _stop_leftover(pid: int, started: float) -> None:
    """Stop the process with that id, when it is the one that was started then."""
    with contextlib.suppress(psutil.NoSuchProcess):  # gone before we came, or while we looked
        process = psutil.Process(pid)
        if process.create_time() != started or process.status() == psutil.STATUS_ZOMBIE:
            return
        # The interrupt is the fast shutdown of Postgres, and a plain end for everything else here.
        process.send_signal(signal.SIGINT)
        if _gone(process, STOP_SECONDS):
            return
        process.kill()
        if not _gone(process, KILL_SECONDS):
            raise StackError(f"Process {pid} of the stack before this one does not end, not even when killed.")


def _gone(process: psutil.Process, within: float) -> bool:
    """Whether it ends within so many seconds. One that its parent has not collected yet has ended."""
    give_up = time.monotonic() + within
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > give_up:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _as_user(identity: Identity | None) -> AsUser:
    """How `subprocess` becomes that user, with none of our groups; None: as we are."""
    if identity is None:
        return {}
    return {"user": identity.user, "group": identity.group, "extra_groups": []}
