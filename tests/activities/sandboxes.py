"""For tests: sandbox provider processes, somebody who listens to webhooks, and patience. No test lives here."""

import asyncio
import json
import os
import socket
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from starter.serving import LIMITS, configured
from starter.slow_callers import CallerLimits

PATIENCE: Final = 30.0
"""Seconds for anything that must happen by itself; much longer than it takes."""
POLL: Final = 0.02
"""Seconds between two looks at another process."""
SETTLE_AFTER: Final = 0.3
"""Seconds until the provider settles: long enough to see `pending`, short enough to wait for the end."""
SECRET: Final = "whsec_" + b64encode(b"only the tests know this secret!").decode()
SOURCES: Final = Path(__file__).resolve().parents[2]
PAYMENT: Final = {"amount": 2_299, "currency": "USD", "method": "card"}

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T | None]]) -> T:
    """What `look` gives, as soon as it gives anything."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await look()):
            await asyncio.sleep(POLL)
        return found


@dataclass(frozen=True)
class Sandbox:
    """One running sandbox provider."""

    process: asyncio.subprocess.Process
    url: str
    http: httpx.AsyncClient

    async def book(self, order_id: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """What the provider itself says happened."""
        pages = await self.http.get("/book", params={"order_id": order_id} if order_id else {})
        found: dict[str, list[dict[str, Any]]] = pages.raise_for_status().json()
        return found

    async def misbehave(self, kind: str, do: str, order_id: str, times: int = 1) -> None:
        order = {"kind": kind, "do": do, "order_id": order_id, "times": times}
        (await self.http.post("/behaviour", json=order)).raise_for_status()

    async def pay(self, order_id: str, **changes: object) -> httpx.Response:
        return await self.http.post(
            "/payments", json={"order_id": order_id, "payment_id": f"pay-{order_id}", **PAYMENT, **changes}
        )

    async def refund(self, order_id: str, key: str, **changes: object) -> httpx.Response:
        """Of the order's payment, which is made before where nobody has made it, and nobody hears of that."""
        await self.pay(order_id, quiet=True)
        content = {"refund_id": f"{order_id}-refund-1", "payment_id": f"pay-{order_id}", "attempt": 1, "amount": 500}
        whole = {"order_id": order_id, "currency": "USD", **content, **changes}
        return await self.http.post("/refunds", json=whole, headers={"Idempotency-Key": key})

    async def stop(self) -> tuple[int, str]:
        """Its exit code after SIGTERM, and what else it had written to standard output."""
        self.process.terminate()
        async with asyncio.timeout(PATIENCE):
            rest, _ = await self.process.communicate()
        return await self.process.wait(), rest.decode()


@asynccontextmanager
async def sandbox_process(
    folder: Path,
    webhook_url: str = "http://127.0.0.1:9/",
    settle_after: float = SETTLE_AFTER,
    port: int = 0,
    arguments: Sequence[str] = (),
) -> AsyncIterator[Sandbox]:
    """A sandbox whose book lies in `folder`; stopped at the end, if it is not by then."""
    options = {"port": port, "book": folder / "book", "settle-after": settle_after}
    options |= {"webhook-url": webhook_url}
    given = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "starter.sandbox", *given, *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": str(SOURCES), "COUNTERMAND_WEBHOOK_SECRET": SECRET},
        )
    assert process.stdout
    try:
        async with asyncio.timeout(PATIENCE):
            line = await process.stdout.readline()
        assert line, (folder / "log").read_text()
        url = json.loads(line)["url"]
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http:
            yield Sandbox(process, url, http)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class _WithoutSignals(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def listening(app: Starlette, port: int = 0, limits: CallerLimits = LIMITS) -> AsyncIterator[str]:
    """Serve `app` over real HTTP; its address."""
    listener = socket.create_server(("127.0.0.1", port))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = _WithoutSignals(configured(app, limits))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@dataclass(frozen=True)
class Receiver:
    """Takes webhooks, and answers those about an order with its `answers` in turn, then with 200."""

    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=dict)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        self.heard.append((dict(request.headers), body))
        answers = self.answers.get(json.loads(body)["data"].get("order_id"))
        return Response(status_code=answers.pop(0) if answers else 200)

    async def about(self, order_id: str, count: int) -> list[tuple[dict[str, str], dict[str, Any]]]:
        """The first `count` webhooks about an order, headers and body, as soon as they are there."""

        async def look() -> list[tuple[dict[str, str], dict[str, Any]]] | None:
            all_heard = [(headers, json.loads(body)) for headers, body in self.heard]
            found = [(headers, body) for headers, body in all_heard if body["data"].get("order_id") == order_id]
            return found[:count] if len(found) >= count else None

        return await eventually(look)
