"""What the guard before money and the claim of a payment cost: round trips to Postgres, and milliseconds, turn by turn.

All on one connection, one after the other. A bare call is written down by one INSERT that asks nothing; a bare round
trip is `SELECT 1`.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg

from activities.crashes import NEVER
from activities.payment_calls import CallRows
from activities.register.claims import claim
from benchmarks.bare_worker import BareRows
from benchmarks.load import ENGINE, new_orders, started
from benchmarks.memory import OPENED
from benchmarks.parts import Asked, Found, spread, table
from benchmarks.rig import rested, rig
from starter.connections import connect_database
from workflows.messages.commands import PaymentCaptured
from workflows.messages.ids import order_id_of
from workflows.messages.values import Party, Role
from workflows.messages.work import MoneyCall, ProviderAnswer, RefundCall

SQL: Final = Path(__file__).parent / "sql"
WAITING: Final = (SQL / "waiting_rows.sql").read_text(encoding="utf-8")
PAID: Final = (SQL / "paid_rows.sql").read_text(encoding="utf-8")
OPENER: Final = "SELECT opened_by FROM orders WHERE order_id = $1"
ROUNDS: Final = 9
"""Turns of each; a ratio is taken of turns that follow each other."""

Deed = Callable[[str], Awaitable[Any]]
"""What is done for one order."""


@dataclass(eq=False)
class Timed:
    """One thing that is done for many orders, turn by turn."""

    what: str
    deed: Deed
    beside: str
    """The thing that it is compared with."""
    milliseconds: list[float] = field(default_factory=list)
    """For one order: one figure for each turn."""
    statements: int = 0
    """Round trips for one order."""


async def guard(asked: Asked) -> Found:
    """Calls with the guard and without, and claims of payments, beside many paid orders."""
    each, rows = asked.by_scale(20, 200, 400), asked.by_scale(1_000, 50_000, 200_000)
    async with rig() as stack, stack.worker(ENGINE.name):
        [handle] = await started(stack, OPENED, new_orders(OPENED, 1), 1)
        like = order_id_of(handle.id)
        async with await connect_database(stack.stack.settings.model_copy(update={"pool_size": 1})) as one:
            await one.execute(WAITING, rows, like, timeout=600)
            await one.execute(PAID, rows, like, timeout=600)
            await one.execute("ANALYZE")
            await rested()
            deeds = measured(one, await one.fetchval(OPENER, like))
            await _turns(one, deeds, [f"{like}~{number}" for number in range(1, rows + 1)], each)
    by_name = {timed.what: timed for timed in deeds}
    drawn = table(
        f"{each} of each, {ROUNDS} turns, beside {rows:,} paid orders", "", "round trips", "ms", "ratio", "to"
    )
    for timed in deeds:
        beside = by_name[timed.beside]
        ratios = [one / other for one, other in zip(timed.milliseconds, beside.milliseconds, strict=True)]
        shown = (spread(ratios), beside.what) if beside is not timed else ("", "")
        drawn.add_row(timed.what, str(timed.statements), spread(timed.milliseconds), *shown)
    figures = [{"what": one.what, "round_trips": one.statements, "ms": one.milliseconds} for one in deeds]
    return Found([drawn], figures)


def measured(pool: asyncpg.Pool, opened_by: str) -> tuple[Timed, ...]:
    """What is timed: each is done once for an order, for orders that nothing else was done for."""
    guarded, bare = CallRows(pool, NEVER), BareRows(pool, NEVER)

    async def find(_: MoneyCall) -> ProviderAnswer | None:
        raise AssertionError("the money is there: nothing stands in the way, and nobody asks the provider")

    return (
        Timed("a round trip", lambda _: pool.fetchval("SELECT 1"), "a round trip"),
        Timed(
            "a call, bare", lambda id_: bare.write_down("refund", _refund(id_, opened_by), None, find), "a round trip"
        ),
        Timed(
            "a call, with the guard",
            lambda id_: guarded.write_down("refund", _refund(id_, opened_by), None, find),
            "a call, bare",
        ),
        Timed("a claim of a payment", lambda id_: claim(pool, id_, _payment()), "a round trip"),
    )


async def _turns(pool: asyncpg.Pool, deeds: tuple[Timed, ...], order_ids: Sequence[str], each: int) -> None:
    """Each order is used once; the connection counts what is asked of it."""
    unused = iter(order_ids)
    asked: list[str] = []
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda logged: asked.append(logged.query))
    for timed in deeds:  # what is prepared once is prepared before
        await timed.deed(next(unused))
        asked.clear()
        await timed.deed(next(unused))
        timed.statements = len(asked)
    for turn in range(ROUNDS):
        for timed in deeds[turn % len(deeds) :] + deeds[: turn % len(deeds)]:
            chosen = [next(unused) for _ in range(each)]
            begun = time.perf_counter()
            for order_id in chosen:
                await timed.deed(order_id)
            timed.milliseconds.append((time.perf_counter() - begun) * 1_000 / each)


def _refund(order_id: str, opened_by: str) -> RefundCall:
    return RefundCall(
        refund_id=f"{order_id}-refund-1",
        key=f"{order_id}-refund-1-1",
        order_id=order_id,
        attempt=1,
        amount=1_000,
        currency="USD",
        opened_by=opened_by,
        entry=1,
        payment_id=f"pay-{order_id}",
    )


def _payment() -> PaymentCaptured:
    by = Party(role=Role.PAYMENT_PROVIDER, id="bench")
    return PaymentCaptured(by=by, payment_id=f"pay-{uuid4()}", amount=1_000, currency="USD", method="card")
