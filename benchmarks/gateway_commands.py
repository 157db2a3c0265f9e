"""A command through the gateway against the same by the client in this process: time, CPU, throughput, turn by turn."""

import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Final

from benchmarks.door import Caller, Gateway, as_person, gateway
from benchmarks.load import ENGINE, new_orders, shared, started
from benchmarks.memory import OPENED
from benchmarks.parts import Asked, Found, spread, table
from benchmarks.rig import Rig, rested, rig
from benchmarks.stories import BUYER
from starter.client.orders import OrderClient
from workflows.messages.commands import SendMessage
from workflows.messages.values import Party, Role

MOST_OF_ONE: Final = 90
"""Messages that one order's buyer sends: it takes a hundred."""
WORDS: Final = "Where is it?"

Sends = Callable[[str], Awaitable[None]]
"""Sends a message to the order."""


@dataclass(eq=False)
class Turns:
    """What was measured, a figure for each turn."""

    client_ms: list[float] = field(default_factory=list)
    gateway_ms: list[float] = field(default_factory=list)
    more_ms: list[float] = field(default_factory=list)
    """By how much the gateway took longer: the median of pairs that followed each other."""
    client_rate: list[float] = field(default_factory=list)
    gateway_rate: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    """CPU of the gateway's process for one command."""

    @property
    def rates(self) -> list[float]:
        """Throughput of the gateway to the client's."""
        return [ours / theirs for ours, theirs in zip(self.gateway_rate, self.client_rate, strict=True)]


async def commands(asked: Asked) -> Found:
    """Messages of a buyer: in pairs one after the other, then so many at once in turns."""
    rounds, each = asked.by_scale(2, 9, 15), asked.by_scale(8, 48, 96)
    async with rig() as stack, stack.worker(ENGINE.name), gateway(stack, ENGINE.name) as door, AsyncExitStack() as kept:
        needed = 4 * (rounds + 1) * each // MOST_OF_ONE + asked.in_flight
        opened = new_orders(OPENED, needed)
        await started(stack, OPENED, opened, asked.in_flight)
        order_ids = itertools.cycle(opened)
        callers = [await kept.enter_async_context(door.caller()) for _ in range(asked.in_flight)]
        ways = (_by_client(stack), _through(callers))
        turns = Turns()
        for turn in range(rounds + 1):
            counted = turns if turn else Turns()  # the first one counts for nothing
            await _pairs(counted, ways, [next(order_ids) for _ in range(each)])
            await _loads(counted, ways, door, [next(order_ids) for _ in range(each)], asked.in_flight, turn)
            asked.tell(f"commands, turn {turn} of {rounds}: +{spread(counted.more_ms)} ms")
    return _found(turns, rounds, each, asked.in_flight)


async def _pairs(turns: Turns, ways: tuple[Sends, Sends], order_ids: Sequence[str]) -> None:
    """One command at a time, each way first in turns."""
    took: tuple[list[float], list[float]] = ([], [])
    for place, order_id in enumerate(order_ids):
        for way in (0, 1) if place % 2 else (1, 0):
            begun = time.perf_counter()
            await ways[way](order_id)
            took[way].append(1_000 * (time.perf_counter() - begun))
    turns.client_ms.append(median(took[0]))
    turns.gateway_ms.append(median(took[1]))
    turns.more_ms.append(median(ours - theirs for theirs, ours in zip(*took, strict=True)))


async def _loads(
    turns: Turns, ways: tuple[Sends, Sends], door: Gateway, order_ids: Sequence[str], in_flight: int, turn: int
) -> None:
    """So many at once, one way after the other."""
    for way in (0, 1) if turn % 2 else (1, 0):
        await rested()
        before, begun = door.cpu, time.perf_counter()
        await shared([partial(ways[way], order_id) for order_id in order_ids], in_flight)
        rate = len(order_ids) / (time.perf_counter() - begun)
        (turns.gateway_rate if way else turns.client_rate).append(rate)
        if way:
            turns.cpu_ms.append(1_000 * (door.cpu - before) / len(order_ids))


def _by_client(stack: Rig) -> Sends:
    client = OrderClient(stack.client, stack.pool, ENGINE.name)
    buyer = Party(role=Role.BUYER, id=BUYER["id"])

    async def send(order_id: str) -> None:
        await client.send(order_id, SendMessage(by=buyer, to=Role.SELLER, text=WORDS))

    return send


def _through(callers: list[Caller]) -> Sends:
    buyer = as_person("buyer", BUYER["id"])

    async def send(order_id: str) -> None:
        caller = callers.pop()
        try:
            said = await caller.ask("POST", f"/orders/{order_id}/send_message", buyer, {"to": "seller", "text": WORDS})
        finally:
            callers.append(caller)
        assert said.status == 200, said

    return send


def _found(turns: Turns, rounds: int, each: int, in_flight: int) -> Found:
    title = f"A command by the client and through the gateway: {rounds} turns of {each}; medians [min – max]"
    drawn = table(title, "", "client", "gateway", "difference or ratio", "bound")
    drawn.add_row(
        "answer, one at a time, ms",
        spread(turns.client_ms),
        spread(turns.gateway_ms),
        f"+{spread(turns.more_ms)}",
        "+2.5",
    )
    drawn.add_row(
        f"commands/s, {in_flight} at once",
        spread(turns.client_rate),
        spread(turns.gateway_rate),
        spread(turns.rates),
        "0.9",
    )
    drawn.add_row("CPU of the gateway, ms", "", spread(turns.cpu_ms), "", "1.5")
    figures = {
        "client_ms": turns.client_ms,
        "gateway_ms": turns.gateway_ms,
        "more_ms": turns.more_ms,
        "rate_ratio": turns.rates,
        "gateway_cpu_ms": turns.cpu_ms,
    }
    return Found([drawn], figures)
