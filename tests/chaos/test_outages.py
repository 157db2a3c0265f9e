"""Postgres, Temporal or the provider killed, frozen or away in the middle of orders, and back: every order goes on."""

import asyncio
from typing import Final

import pytest

from tests.chaos.cast import Cast
from tests.chaos.parts import WAYS, Away, Parts

AWAY: Final = 3.0
"""Seconds: longer than a record's local try, so that records take their other way."""
PAUSE: Final = 2.0
"""Seconds over which people spread their steps, so that the outage meets orders in different places."""

OUTAGES: list[object] = [
    pytest.param(how, name, id=f"{name} {how}".lower().replace(" ", "-"), marks=marks)
    for name in ("Postgres", "Temporal", "Payment provider")
    for how in WAYS
    for marks in [[] if how == "killed" and name != "Payment provider" else [pytest.mark.chaos]]
]


@pytest.mark.parametrize(("how", "name"), OUTAGES)
async def test_orders_go_on_after(parts: Parts, cast: Cast, how: Away, name: str) -> None:
    await parts.worker()
    orders = cast.order_ids()
    async with asyncio.TaskGroup() as people:
        for story, order_id in orders.items():
            people.create_task(cast.carry(order_id, story, PAUSE))
        await asyncio.sleep(cast.chance("the outage").random() * PAUSE)
        async with parts.away(name, how):
            await asyncio.sleep(AWAY)
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
        for kind in ("refund", "void", "capture", "release"):
            await cast.bank.misbehave(order_id, do, kind)
    async with asyncio.TaskGroup() as people:
        for story, order_id in orders.items():
            people.create_task(cast.carry(order_id, story))
    for story, order_id in orders.items():
        await cast.check(order_id, story)
