"""A gateway process of its own to measure, and the plainest caller that there is: one connection, and bytes.

What is asked of it lives in the parts of the benchmark (`gateway_*.py`).
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self
from urllib.parse import urlsplit

import jwt

from benchmarks.rig import Rig, cpu_of
from starter.embedded.processes import Child

SECRET: Final = "of the benchmark only, and long enough for HS256"
UNBOUNDED: Final = "100000"
"""Requests a second that one caller may send: what is measured is not the limit."""

IDLE_SECONDS: Final = 3.0
"""After which a connection is made anew: the gateway closes what is idle for five."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the gateway answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(eq=False)
class Caller:
    """One connection that is kept open; one request at a time. Its own cost is small beside what is measured."""

    port: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: float = field(default_factory=time.monotonic)

    @classmethod
    async def connect(cls, port: int) -> Self:
        return cls(port, *await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> Said:
        """Send it, and wait for the whole answer."""
        if time.monotonic() - self.used > IDLE_SECONDS:
            self.close()
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.used = time.monotonic()
        self.writer.write(request(method, path, headers, body))
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        told = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        length = int(told.get("content-length", "0"))
        return Said(int(head[0].split(" ")[1]), told, await self.reader.readexactly(length) if length else b"")

    def close(self) -> None:
        self.writer.close()


def request(method: str, path: str, headers: Mapping[str, str], body: Any = None) -> bytes:
    """The bytes of a request."""
    content = b"" if body is None else json.dumps(body).encode()
    given = {"Host": "gateway", **headers}
    if content:
        given |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + content


@dataclass(eq=False)
class Gateway:
    """One gateway process."""

    child: Child
    port: int

    @property
    def cpu(self) -> float:
        """CPU seconds that it has used."""
        return cpu_of(self.child.process.pid)

    @asynccontextmanager
    async def caller(self) -> AsyncIterator[Caller]:
        made = await Caller.connect(self.port)
        try:
            yield made
        finally:
            made.close()


@asynccontextmanager
async def gateway(stack: Rig, task_queue: str) -> AsyncIterator[Gateway]:
    """A gateway on a free port, until the end of the block."""
    settings = {
        "COUNTERMAND_GATEWAY_PORT": "0",
        "COUNTERMAND_TASK_QUEUE": task_queue,
        "COUNTERMAND_JWT_SECRET": SECRET,
        "COUNTERMAND_CALLER_RATE": UNBOUNDED,
        "COUNTERMAND_ORDER_RATE": UNBOUNDED,
    }
    async with stack.process("Gateway", "starter.gateway", settings) as child:
        [told] = [line for line in child.output().splitlines() if line.startswith("{")]
        yield Gateway(child, urlsplit(json.loads(told)["gateway"]).port or 0)


def as_person(role: str, party_id: str) -> dict[str, str]:
    """The headers of a person with a token, which holds for longer than anything here takes."""
    claims = {"role": role, "sub": party_id, "exp": datetime.now(UTC) + timedelta(days=1)}
    return {"Authorization": f"Bearer {jwt.encode(claims, SECRET, algorithm='HS256')}"}
