"""Callers who are slow, or too many, against a server of ours on a real port."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from starter.gateway import signed_webhooks
from starter.slow_callers import CallerLimits
from tests.activities.sandboxes import listening
from tests.starter.webhooks import Notebook, served_by

PATIENCE: Final = 20.0
SHORT: Final = 0.3
"""Seconds that a head may take here."""
WHOLE: Final = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
Call = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _hello(_: Request) -> Response:
    return PlainTextResponse("hello")


HELLO: Final = Starlette(routes=[Route("/", _hello)])


@asynccontextmanager
async def served(limits: CallerLimits, app: Starlette = HELLO) -> AsyncIterator[int]:
    """A server with these limits, and its port."""
    async with asyncio.timeout(PATIENCE), listening(app, limits=limits) as url:
        yield int(url.rpartition(":")[2])


async def call(port: int, sent: bytes = b"") -> Call:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    await writer.drain()
    return reader, writer


async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Send a byte now and then until the connection is closed. What was said at its end may be lost to what we sent."""
    ended = asyncio.create_task(reader.read())
    while not ended.done():
        writer.write(b"x")
        await asyncio.wait((ended,), timeout=SHORT / 10)
    return b"" if isinstance(ended.exception(), ConnectionError) else await ended


@pytest.mark.parametrize("sent", [b"", b"G", b"GET / HTTP/1.1\r\nhost: x\r\nx-half: "])
async def test_half_a_head_is_not_waited_for(sent: bytes) -> None:
    """The caller is told, and the connection is closed."""
    async with served(CallerLimits(head_seconds=SHORT)) as port:
        reader, _ = await call(port, sent)
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")


async def test_a_head_that_trickles_gets_no_time_anew() -> None:
    """A byte now and then is not a request."""
    async with served(CallerLimits(head_seconds=SHORT)) as port:
        begun = time.monotonic()
        await trickle(*await call(port, b"GET / HTTP/1.1\r\nx: "))
        assert time.monotonic() - begun < PATIENCE / 2


async def test_the_next_request_of_a_connection_has_its_own_time() -> None:
    """Whole ones are answered one after the other; half a one ends the connection."""
    async with served(CallerLimits(head_seconds=SHORT)) as port:
        reader, writer = await call(port, WHOLE)
        for _ in range(3):
            assert b"200 OK" in await reader.readuntil(b"hello")
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), SHORT / 2)  # idle, as between two webhooks
            writer.write(WHOLE)
        assert b"200 OK" in await reader.readuntil(b"hello")
        writer.write(WHOLE[:10])
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("sent", [b"x-a: %s\r\n", b"x-%s: a\r\n", b"x: y\r\n"])
async def test_a_head_is_bounded_while_it_comes(sent: bytes) -> None:
    """One long header or many: within the bound it is answered, beyond it nobody waits for its end."""
    begin, most = b"GET / HTTP/1.1\r\nhost: x\r\n", 2_000
    one = sent % (b"a" * 500) if b"%" in sent else sent
    async with served(CallerLimits(head_bytes=most)) as port:
        within = begin + one * ((most - len(begin) - 2) // len(one)) + b"\r\n"
        reader, writer = await call(port, within)
        assert b"200 OK" in await reader.readuntil(b"hello")
        writer.write(within)  # each request of a connection has the whole measure
        assert b"200 OK" in await reader.readuntil(b"hello")

        reader, writer = await call(port, begin)
        ended = asyncio.create_task(reader.read())
        while not ended.done() and not writer.is_closing():
            writer.write(one)
            await asyncio.wait((ended,), timeout=0.001)
        assert isinstance(ended.exception(), ConnectionError) or (await ended).startswith(b"HTTP/1.1 431 ")


async def test_a_body_is_no_part_of_the_head() -> None:
    async with served(CallerLimits(head_bytes=200)) as port:
        reader, writer = await call(port, b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"hello")
        writer.write(b"b" * 1_000 + WHOLE)
        assert b"200 OK" in await reader.readuntil(b"hello")


async def test_one_caller_too_many_is_turned_away_and_the_next_one_finds_room() -> None:
    """The limit itself is served."""
    async with served(CallerLimits(connections=2)) as port:
        held = [await call(port) for _ in range(2)]
        reader, _ = await call(port, WHOLE)
        assert (await reader.read()).startswith(b"HTTP/1.1 503 ")

        for held_reader, writer in held:
            writer.write(WHOLE)
            assert b"200 OK" in await held_reader.readuntil(b"hello")
            writer.close()
            await writer.wait_closed()
        while True:
            reader, writer = await call(port, WHOLE)
            if (await reader.readline()).startswith(b"HTTP/1.1 200 "):
                break


POST: Final = b"POST /webhooks/payments HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n"


@pytest.mark.parametrize("trickles", [False, True])
async def test_a_webhook_that_does_not_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, trickles: bool) -> None:  # noqa: FBT001
    """Its sender would hold a connection for ever, with a byte now and then."""
    monkeypatch.setattr(signed_webhooks, "BODY_SECONDS", SHORT)
    async with served(CallerLimits(), served_by(Notebook())) as port:
        reader, writer = await call(port, POST + b"x")
        answer = await (trickle(reader, writer) if trickles else reader.read())
        assert trickles or (answer.startswith(b"HTTP/1.1 408 ") and b"too_slow" in answer)


async def test_a_webhook_whose_sender_goes_away_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """Half a body is nobody's fault of ours."""
    async with served(CallerLimits(), served_by(Notebook())) as port:
        _, writer = await call(port, POST + b"half")
        writer.transport.abort()
        reader, _ = await call(port, b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")

    assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]
