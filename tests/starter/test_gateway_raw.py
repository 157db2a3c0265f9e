"""Raw bytes against the gateway on a real port: what no honest client sends is one request, and bounded.

The callers of slow heads and bodies are in `test_slow_callers.py`; what is wrong within a body in
`test_gateway_callers.py`.
"""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import asyncpg
import pytest
import pytest_asyncio

from activities.files.folder import FolderStore
from activities.files.intake import Files
from activities.files.table import FileTable
from starter.client.orders import OrderClient
from starter.gateway import bodies
from tests.activities.sandboxes import listening
from tests.starter.doorbell import OPS, api_over
from tests.starter.test_slow_callers import SHORT, call, trickle
from workflows.messages.attachments import MAX_ATTACHMENT_BYTES

PATIENCE: Final = 20.0
KEYS: Final = f"authorization: {OPS['Authorization']}".encode()


@pytest_asyncio.fixture
async def port(pool: asyncpg.Pool, tmp_path: Path) -> AsyncIterator[int]:
    client = OrderClient(None, pool, "orders")  # type: ignore[arg-type]  # nothing here asks Temporal
    files = Files(FolderStore(tmp_path / "files"), FileTable(pool))
    async with asyncio.timeout(PATIENCE), listening(api_over(client, files=files)) as url:
        yield int(url.rpartition(":")[2])


async def answered(port: int, sent: bytes) -> bytes:
    """All that comes back until the server ends it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        return await reader.read()
    finally:
        writer.close()


def post(path: bytes, *headers: bytes, version: bytes = b"1.1") -> bytes:
    """The head of a request with a body."""
    return b"".join(
        (b"POST ", path, b" HTTP/", version, b"\r\nhost: x\r\n", *(one + b"\r\n" for one in headers), b"\r\n")
    )


def get(target: bytes, *headers: bytes, method: bytes = b"GET") -> bytes:
    return b"".join((method, b" ", target, b" HTTP/1.1\r\nhost: x\r\n", *(one + b"\r\n" for one in headers), b"\r\n"))


def statuses(answers: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]


LAST: Final = get(b"/healthz", b"connection: close")
CHUNKED: Final = b"transfer-encoding: chunked"


@pytest.mark.parametrize(
    "head",
    [
        post(b"/keys", b"content-length: 5", CHUNKED),
        post(b"/keys", CHUNKED, b"content-length: 5"),
        post(b"/keys", b"content-length: 5", b"transfer-encoding:", b" chunked"),
        post(b"/keys", CHUNKED, version=b"1.0"),
        post(b"/keys", b"content-length: 5", b"content-length: 0"),
        post(b"/keys", b"content-length: 5, 0"),
        post(b"/keys", b"content-length: +5"),
        post(b"/keys", b"content-length: 0x5"),
        post(b"/keys", b"transfer-encoding : chunked"),
        post(b"/keys", b"transfer-encoding: chunked, identity"),
        post(b"/keys", CHUNKED, b"transfer-encoding: identity"),
    ],
    ids=range(11),
)
async def test_a_head_that_can_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_answered(
    port: int, head: bytes
) -> None:
    """By one reading the next request lies within the body of this one."""
    assert statuses(await answered(port, head + b"0\r\n\r\n" + LAST)) == [400]


@pytest.mark.parametrize(
    "head",
    [
        get(b"/healthz", b"x: \rhost: y"),
        get(b"/healthz", b"x: \nhost: y"),
        get(b"/healthz", b"x: \x00"),
        get(b"/healthz", b"x: 1", b" y: 2"),
        get(b"/healthz", b"host: y"),
        get(b"/healthz").replace(b"\r\n", b"\n"),
        get(b"/healthz").replace(b"host: x\r\n", b""),
    ],
    ids=range(7),
)
async def test_a_head_that_is_none_is_refused(port: int, head: bytes) -> None:
    assert statuses(await answered(port, head)) == [400]


async def test_requests_that_come_at_once_are_answered_one_after_the_other(port: int) -> None:
    chunks = post(b"/keys", CHUNKED, b"content-type: application/json") + b"2\r\n{}\r\n0\r\n\r\n"
    told = await answered(port, get(b"/healthz") + chunks + get(b"/nowhere") + LAST)
    assert statuses(told) == [200, 401, 404, 200]


async def test_an_old_client_needs_no_host(port: int) -> None:
    assert statuses(await answered(port, b"GET /healthz HTTP/1.0\r\n\r\n")) == [200]


async def test_what_is_no_http_is_told_so(port: int) -> None:
    assert statuses(await answered(port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")) == [400]


async def test_no_address_is_made_of_what_the_caller_calls_us(port: int) -> None:
    """A cache before us would send everybody there."""
    told = await answered(port, b"GET /healthz/ HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n")
    assert statuses(told) == [404]
    assert b"evil.example" not in told


NASTY: Final = (
    *(b"..", b"%2e%2e", b"..%2f..%2fkeys", b"a%2fb", b"%00", b"a%00", b"%ff", b"%c0%ae", b"%ed%a0%80", b"%"),
    *(b"%0d%0aset-cookie:%20a=b", b"%e2%80%ae", b"'--", b"$(id)", b"-1", b"9" * 30, b"a" * 9_000, b"%25%30%30"),
)
"""For a part of a path, where an honest caller puts an id."""


async def test_a_part_of_a_path_is_an_id_or_nothing(port: int, pool: asyncpg.Pool) -> None:
    """Whatever stands there: it is answered as if there were no such thing, and nothing of ours fails."""
    client = OrderClient(None, pool, "orders")  # type: ignore[arg-type]  # nothing here asks Temporal
    doors = [route.endpoint.door for route in api_over(client).routes]  # type: ignore[attr-defined]
    wrong: list[object] = []
    for door in doors:
        if "{" not in door.path:
            continue
        sent = [
            b"".join(part if part[:1] != b"{" else one for part in re.split(rb"({\w+})", door.path.encode()))
            for one in NASTY
        ]
        body = b"content-length: 0"
        told = await answered(
            port, b"".join(get(path, KEYS, body, method=door.method.encode()) for path in sent) + LAST
        )
        found = statuses(told)[:-1]
        wrong += [
            (door.method, path, status) for path, status in zip(sent, found, strict=True) if status not in NOT_HERE
        ]
        assert b"\r\nset-cookie" not in told.lower()
    assert wrong == []


NOT_HERE: Final = (403, 404, 405, 422)


@pytest.mark.parametrize("method", [b"TRACE", b"OPTIONS", b"DELETE", b"PROPFIND"])
async def test_a_method_that_there_is_not_is_told_without_an_echo(port: int, method: bytes) -> None:
    told = await answered(port, get(b"/healthz", b"x-secret: echo", b"connection: close", method=method))
    assert statuses(told) == [405]
    assert b"echo" not in told
    assert b"allow: GET, HEAD" in told or b"allow: HEAD, GET" in told


async def test_a_head_of_an_answer_has_no_body(port: int) -> None:
    told = await answered(port, get(b"/healthz", b"connection: close", method=b"HEAD"))
    assert statuses(told) == [200]
    assert told.endswith(b"\r\n\r\n")


async def test_a_body_is_asked_for_only_of_those_who_are_let_in(port: int) -> None:
    """What nobody takes does not even cross the network."""
    asked = (b"expect: 100-continue", b"content-length: 5", b"content-type: text/plain", b"connection: close")
    assert statuses(await answered(port, post(b"/files", *asked))) == [401]
    assert statuses(await answered(port, post(b"/files", KEYS, *asked) + b"words")) == [100, 201]


async def test_nothing_is_unpacked(port: int) -> None:
    """A kilobyte could stand for a gigabyte."""
    packed = gzip.compress(b'{"name": "x", "scopes": ["orders:read"]}' + b" " * 10_000_000)
    about = (KEYS, b"content-encoding: gzip", b"content-length: %d" % len(packed), b"connection: close")
    for path, kind in ((b"/keys", b"application/json"), (b"/files", b"text/plain")):
        told = await answered(port, post(path, *about, b"content-type: " + kind) + packed)
        assert statuses(told) == [415]
        assert b"unsupported_media_type" in told


@pytest.mark.parametrize(("path", "kind"), [(b"/keys", b"application/json"), (b"/files", b"text/plain")])
async def test_a_body_without_an_end_is_not_read_to_it(port: int, path: bytes, kind: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(post(path, KEYS, CHUNKED, b"content-type: " + kind))
    told = asyncio.create_task(reader.read())
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    sent = 0
    with suppress(ConnectionError):
        while not told.done():
            writer.write(piece)
            sent += len(piece)
            await writer.drain()
    # What was said at the end may be lost to what we sent.
    assert isinstance(told.exception(), ConnectionError) or statuses(await told) == [413]
    assert sent < 4 * MAX_ATTACHMENT_BYTES
    writer.transport.abort()


@pytest.mark.parametrize("path", [b"/keys", b"/orders", b"/policies/x"])
async def test_a_body_that_trickles_is_not_waited_for(port: int, monkeypatch: pytest.MonkeyPatch, path: bytes) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", SHORT)
    method = b"PUT" if path.startswith(b"/policies") else b"POST"
    head = get(path, KEYS, b"content-length: 100", b"content-type: application/json", method=method)
    told = await trickle(*await call(port, head))
    assert told == b"" or statuses(told) == [408]
