"""What a read costs in CPU, in the gateway and in Postgres: the view of an order, and that it has not changed.

No worker runs meanwhile: what it asks of Postgres by itself belongs to no read.
"""

from dataclasses import dataclass, field
from typing import Final

from activities.sql import query
from benchmarks.door import Caller, Gateway, as_person, gateway
from benchmarks.load import ENGINE, carry, new_orders, started
from benchmarks.parts import Asked, Found, spread, table
from benchmarks.rig import Rig, cpu_of, rested, rig
from benchmarks.stories import BUYER, HAPPY
from starter.keys import Keys, WantedKey

BOUNDS: Final = {"the view, by a token": "0.60", "the view, by a key": "0.60", "304, by a token": "0.15"}
"""Milliseconds of both together."""


@dataclass(eq=False)
class Read:
    """One kind of request, and what it cost in each turn."""

    what: str
    path: str
    headers: dict[str, str]
    status: int
    gateway_ms: list[float] = field(default_factory=list)
    postgres_ms: list[float] = field(default_factory=list)

    @property
    def both_ms(self) -> list[float]:
        return [one + other for one, other in zip(self.gateway_ms, self.postgres_ms, strict=True)]


async def reads(asked: Asked) -> Found:
    """Each kind in turns, on one connection, one request after the other."""
    rounds, each = asked.by_scale(2, 9, 15), asked.by_scale(50, 1_000, 2_000)
    async with rig() as stack:
        [order_id] = new_orders(ENGINE, 1)
        async with stack.worker(ENGINE.name):
            await stack.pay([order_id])
            [handle] = await started(stack, ENGINE, [order_id], 1)
            await carry(handle, HAPPY)
        async with gateway(stack, ENGINE.name) as door, door.caller() as caller:
            kinds = await _kinds(stack, caller, order_id)
            for turn in range(rounds + 1):
                for kind in kinds[turn % len(kinds) :] + kinds[: turn % len(kinds)]:
                    await _turn(stack, door, caller, kind, each)
                asked.tell(f"reads, turn {turn} of {rounds}")
    for kind in kinds:  # the first turn counts for nothing
        del kind.gateway_ms[0], kind.postgres_ms[0]
    title = f"CPU of one read: {rounds} turns of {each}; ms, median [min – max]"
    drawn = table(title, "", "gateway", "Postgres", "both", "bound")
    for kind in kinds:
        drawn.add_row(
            kind.what,
            spread(kind.gateway_ms),
            spread(kind.postgres_ms),
            spread(kind.both_ms),
            BOUNDS.get(kind.what, ""),
        )
    return Found([drawn], [{"what": one.what, "gateway": one.gateway_ms, "postgres": one.postgres_ms} for one in kinds])


async def _kinds(stack: Rig, caller: Caller, order_id: str) -> list[Read]:
    buyer, path = as_person("buyer", BUYER["id"]), f"/orders/{order_id}"
    wanted = WantedKey.model_validate({"name": "bench", "scopes": ["orders:read", "act:platform"]})
    key, _ = await Keys(stack.pool).make(wanted, "a benchmark")
    recorded = await stack.pool.fetchrow(query("reads/recorded_order"), order_id, None, None, None)
    assert recorded is not None, "it was carried to its end"
    etag = f'"{recorded["version"]}"'
    found = await caller.ask("GET", path, buyer)
    assert (found.status, found.headers["etag"], found.json["order_id"]) == (200, etag, order_id), found
    return [
        Read("nothing (/healthz)", "/healthz", {}, 200),
        Read("the view, by a token", path, buyer, 200),
        Read("the view, by a key", path, {"Authorization": f"Bearer {key}"}, 200),
        Read("304, by a token", path, {**buyer, "If-None-Match": etag}, 304),
    ]


async def _turn(stack: Rig, door: Gateway, caller: Caller, kind: Read, each: int) -> None:
    await rested()
    before = door.cpu, cpu_of(stack.postgres)
    for _ in range(each):
        said = await caller.ask("GET", kind.path, kind.headers)
        assert said.status == kind.status, said
    kind.gateway_ms.append(1_000 * (door.cpu - before[0]) / each)
    kind.postgres_ms.append(1_000 * (cpu_of(stack.postgres) - before[1]) / each)
