"""What a server does about callers who are slow, or too many: half a request must not hold a connection for ever.

Bodies are not bounded here, but by whoever reads them.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


@dataclass(frozen=True)
class CallerLimits:
    """How many may call at once, and how long each has."""

    connections: int = 500
    """Open at once: half of what a process may usually have open, for Postgres and Temporal need some too."""
    head_seconds: float = 10.0
    """From the connection, or from the first byte of a further request, to the end of its headers."""
    head_bytes: int = 64 * 1024
    """Of a request's line and headers together, which the parser does not bound. A browser sends a few thousand."""
    stalled_seconds: float = 30.0
    """For a caller to read on, when what we answer piles up: a stream would wait for them for ever."""


class BoundedConnection(HttpToolsProtocol):
    """One connection of uvicorn's, which is closed when its caller is one too many, or too slow to say what it wants,
    or says it at too great length.

    Uvicorn bounds the time between requests only, and counts connections only once a request is whole.
    """

    def __init__(self, *args: Any, limits: CallerLimits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._head: asyncio.TimerHandle | None = None
        self._in_head = False
        self._head_bytes = 0
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._close(_TOO_MANY)
        else:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.head_bytes:
                self._close(_TOO_LONG)
        self._await_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._reads_on()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The caller does not read what we send. Closing would wait for them to read it all."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self._limits.stalled_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._reads_on()
        super().resume_writing()

    def _reads_on(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _await_head(self) -> None:
        """Let the time run while no request is being answered; what comes meanwhile does not give it anew."""
        # None before the first request, whatever its type says.
        if not getattr(self.cycle, "response_complete", True):
            self._stop_waiting()
        elif self._head is None:
            self._head = self.loop.call_later(self._limits.head_seconds, self._close, _TOO_SLOW)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _close(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


_ENDS: Final = b"content-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\n" + _ENDS
_TOO_MANY: Final = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n" + _ENDS
_TOO_LONG: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _ENDS
