"""Gateways and workers that are replaced one after the other while people work, as a deployment does it.

Whoever comes to a gateway that stops is sent on or refused, as behind any load balancer; nobody hears of an error, and
nothing is done twice or not at all.
"""

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import uuid4

import asyncpg
import httpx
import pytest

from starter.client.reads import MAX_ENTRIES, get_timeline
from starter.embedded.processes import Child, Program, free_port
from tests.acceptance.orders import an_order
from tests.acceptance.programs import PATIENCE
from tests.chaos.parts import READY, Parts

PEOPLE: Final = 6
"""Who work at once, each at an order of their own."""
MOST_OF_ONE: Final = 90
"""Messages about one order: it takes a hundred."""
PAUSE: Final = 0.05
"""Seconds before somebody who was turned away tries the other gateway."""


@dataclass(eq=False)
class Balancer:
    """Sends each request to one gateway, and to the other one when the first refuses it or is not there."""

    urls: tuple[str, ...]
    http: httpx.AsyncClient
    turns: "itertools.count[int]" = field(default_factory=itertools.count)
    heard: Counter[str] = field(default_factory=Counter)
    """How often each status, or no answer."""
    told: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    """What was answered to each Idempotency-Key."""

    async def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> httpx.Response:
        """The answer, whoever gives it."""
        while True:
            url = self.urls[next(self.turns) % len(self.urls)]
            try:
                answer = await self.http.request(method, f"{url}{path}", headers=headers, json=body)
            except httpx.ConnectError:
                self.heard["refused"] += 1
            except httpx.TransportError:
                self.heard["broken off"] += 1
            else:
                self.heard[str(answer.status_code)] += 1
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    self.told[headers.get("Idempotency-Key", "")].add(answer.content)
                    return answer
            await asyncio.sleep(PAUSE)


@dataclass(eq=False)
class Person:
    """Starts an order and writes about it, until they are told that it is enough; then the next one."""

    through: Balancer
    keys: dict[str, str]
    sent: dict[str, list[str]] = field(default_factory=dict)
    """The Idempotency-Keys of what was sent to each order."""

    async def work(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            order_id = f"R-{uuid4().hex[:12]}"
            started = await self.through.ask("POST", "/orders", self._as("shop"), an_order(order_id))
            assert started.status_code in (200, 201), started.text
            keys = self.sent.setdefault(order_id, [])
            while not enough.is_set() and len(keys) < MOST_OF_ONE:
                keys.append(f"{order_id}-{len(keys)}")
                await self._write(order_id, keys[-1])

    async def _write(self, order_id: str, key: str) -> None:
        buyer = self._as("buyer") | {"Countermand-Acting-For": "buyer:b-7"}
        message = {"to": "seller", "text": "Where is it?"}
        answer = await self.through.ask(
            "POST", f"/orders/{order_id}/send_message", buyer | {"Idempotency-Key": key}, message
        )
        assert answer.status_code == 200, answer.text
        seen = await self.through.ask("GET", f"/orders/{order_id}?min_version={answer.json()['version']}", buyer)
        assert seen.status_code == 200, seen.text
        assert seen.json()["version"] >= answer.json()["version"]

    def _as(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[role]}"}


@pytest.mark.timeout(3_000)
@pytest.mark.parametrize("rounds", [1, pytest.param(15, marks=pytest.mark.long)])
async def test_replaced_one_after_the_other_nobody_hears_of_it(parts: Parts, rounds: int) -> None:
    """Each ends with exit code 0, within its time; every command stands in its order once."""
    async with fleet(parts) as (gateways, balancer):
        workers = list(await asyncio.gather(parts.worker(), parts.worker()))
        enough = asyncio.Event()
        people = [Person(balancer, dict(parts.stack.keys)) for _ in range(PEOPLE)]
        async with asyncio.TaskGroup() as group:
            for person in people:
                group.create_task(person.work(enough))
            for _ in range(rounds):
                for place in (0, 1):
                    gateways[place] = await replaced(parts, gateways[place])
                    workers[place] = await replaced(parts, workers[place])
            enough.set()
    sent = {order_id: keys for person in people for order_id, keys in person.sent.items()}
    print(f"{rounds} rounds, {sum(map(len, sent.values()))} commands: {dict(balancer.heard)}")  # noqa: T201 - figures
    assert set(balancer.heard) <= {"200", "201", "503", "refused", "broken off"}, balancer.heard
    assert sum(map(len, sent.values())) > rounds * PEOPLE, "they have worked all the while"
    async with asyncpg.create_pool(parts.stack.settings.database_url, min_size=1, max_size=2) as pool:
        for order_id, keys in sent.items():
            assert [len(balancer.told[key]) for key in keys] == [1] * len(keys), order_id
            timeline = await get_timeline(pool, order_id, limit=MAX_ENTRIES)
            assert [entry.request_id for entry in timeline if entry.request_id] == keys, order_id


@asynccontextmanager
async def fleet(parts: Parts) -> AsyncIterator[tuple[list[Child], Balancer]]:
    """Two gateways, and who shares the requests between them."""
    like = parts.child("Gateway").program
    ports = (free_port(), free_port())
    gateways: list[Child] = []
    try:
        for port in ports:
            more = {"COUNTERMAND_GATEWAY_PORT": str(port), "COUNTERMAND_CALLER_RATE": "10000"}
            more["COUNTERMAND_ORDER_RATE"] = "10000"
            log = parts.stack.folder.log(f"gateway-{port}")
            gateways.append(_begun(parts, replace(like, log=log, environment={**like.environment, **more})))
        for gateway in gateways:
            await gateway.announced(READY)
        urls = tuple(f"http://127.0.0.1:{port}" for port in ports)
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            yield gateways, Balancer(urls, http)
    finally:
        for gateway in gateways:
            await gateway.stop()


def _begun(parts: Parts, program: Program) -> Child:
    """A process that is ours to stop, and none of the stack's, which would end with it."""
    child = parts.stack.crew.start(program)
    parts.stack.crew.dismiss(child)
    return child


async def replaced(parts: Parts, leaving: Child) -> Child:
    """Told to stop as an operator does; its successor is at work when this returns."""
    if leaving in parts.stack.crew.children:
        parts.stack.crew.dismiss(leaving)
    await leaving.stop()
    assert leaving.process.returncode == 0, leaving.last_words()
    if leaving.name == "Worker":
        return await parts.worker()
    successor = _begun(parts, leaving.program)
    await successor.announced(READY)
    return successor
