"""Serving an HTTP app from a process of ours: on a port that may be chosen for it, announced in one line of JSON."""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import uvicorn
from starlette.applications import Starlette

from starter.framing import UnambiguousHeads
from starter.slow_callers import BoundedConnection, CallerLimits

STOPS: Final = (signal.SIGINT, signal.SIGTERM)
GRACE_SECONDS: Final = 5
"""For requests in flight when we are told to stop; shorter than the 10 after which the embedded stack kills us."""


LIMITS: Final = CallerLimits()


class CannotListen(Exception):
    """The address is taken, or is not ours. The message names it."""


class _Announcing(uvicorn.Server):
    """Says where it listens once it does, and returns when it is told to stop."""

    def __init__(self, config: uvicorn.Config, announcement: str, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._announcement = announcement
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(self._announcement + "\n")
        sys.stdout.flush()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Instead of uvicorn's own, which ends the process with the signal before its caller has tidied up."""
        loop = asyncio.get_running_loop()
        for number in STOPS:
            loop.add_signal_handler(number, self._stop, number)
        try:
            yield
        finally:
            for number in STOPS:
                loop.remove_signal_handler(number)

    def _stop(self, number: int) -> None:
        # Before it waits for requests in flight: one that never ends by itself is told to here.
        self._stopping()
        self.handle_exit(number, None)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there, to be had before anything else is started. Raises `CannotListen`."""
    try:
        listening = socket.create_server((host, port))
    except OSError as error:
        raise CannotListen(f"Cannot listen at {host}:{port}: {error.strerror}. Choose another address.") from error
    # asyncio does it only for sockets that it made itself. Without it each answer waits 40 ms for the caller's kernel.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


async def serve(
    app: Starlette,
    listening: socket.socket,
    name: str,
    limits: CallerLimits = LIMITS,
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM or SIGINT. Prints `{name: address}` once it serves, and nothing else on standard output.

    `stopping` is called first then: whoever answers in streams ends them, for requests in flight are waited for.
    """
    host, port = listening.getsockname()[:2]
    announcement = json.dumps({name: f"http://{host}:{port}"})
    await _Announcing(configured(app, limits), announcement, stopping).serve(sockets=[listening])


def configured(app: Starlette, limits: CallerLimits = LIMITS) -> uvicorn.Config:
    """How every server of ours is run."""
    return uvicorn.Config(
        UnambiguousHeads(app),
        http=partial(BoundedConnection, limits=limits),  # type: ignore[arg-type]  # which makes one, as the class would
        log_level="warning",
        access_log=False,
        lifespan="off",
        ws="none",
        # Of X-Forwarded-Proto, by which the addresses begin that a caller is told: seen from a container a proxy is
        # never on this machine, and whoever makes it up deceives themself. Nobody is known by where they call from.
        forwarded_allow_ips="*",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
