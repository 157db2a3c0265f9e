"""Postgres, Temporal or the provider killed, frozen or away in the middle of orders, and back: every order goes on."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.chaos.cast import Cast
from tests.chaos.parts import Parts

AWAY = 3.0
"""Seconds: longer than a record's local try, so that records take their other way."""
PAUSE = 2.0
"""Seconds over which people spread their steps, so that the outage meets orders in different places."""

Outage = Callable[[Parts, str], Awaitable[None]]


async def killed(parts: Parts, name: str) -> None:
    gone = await parts.kill(name)
    await asyncio.sleep(AWAY)
    await parts.bring_back(gone)


async def stopped(parts: Parts, name: str) -> None:
    gone = await parts.stop(name)
    await asyncio.sleep(AWAY)
    await parts.bring_back(gone)


async def frozen(parts: Parts, name: str) -> None:
    parts.freeze(name)
    await asyncio.sleep(AWAY)
    parts.thaw(name)


OUTAGES: list[object] = [
    pytest.param(outage, name, id=f"{name} {outage.__name__}".lower().replace(" ", "-"), marks=marks)
    for name in ("Postgres", "Temporal", "Payment provider")
    for outage in (killed, stopped, frozen)
    for marks in [[] if outage is killed and name != "Payment provider" else [pytest.mark.chaos]]
]


@pytest.mark.parametrize(("outage", "name"), OUTAGES)
async def test_orders_go_on_after(parts: Parts, cast: Cast, outage: Outage, name: str) -> None:
    await parts.worker()
    orders = cast.order_ids()
    async with asyncio.TaskGroup() as people:
        for story, order_id in orders.items():
            people.create_task(cast.carry(order_id, story, PAUSE))
        await asyncio.sleep(cast.chance.random() * PAUSE)
        await outage(parts, name)
    for story, order_id in orders.items():
        await cast.check(order_id, story)


@pytest.mark.parametrize(
    "do",
    [
        pytest.param("error_after"),
        pytest.param("nonsense_after", marks=pytest.mark.chaos),
        pytest.param("time_out_before", marks=pytest.mark.chaos),
        pytest.param("time_out_after", marks=pytest.mark.chaos),
    ],
)
async def test_a_provider_that_answers_wrongly_or_not_at_all(parts: Parts, cast: Cast, do: str) -> None:
    await parts.worker()
    orders = cast.order_ids()
    for order_id in orders.values():
        for kind in ("refund", "release"):
            await cast.bank.misbehave(order_id, do, kind)
    async with asyncio.TaskGroup() as people:
        for story, order_id in orders.items():
            people.create_task(cast.carry(order_id, story))
    for story, order_id in orders.items():
        await cast.check(order_id, story)
