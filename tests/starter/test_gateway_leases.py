"""Leases: who of the platform works on an order, told to the platform alone; ended by them, by force, or by time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from asyncpg import Pool

from starter.client.orders import OrderClient
from starter.gateway.callers import Scope
from starter.leases import DEFAULT_MINUTES, MAX_MINUTES, MIN_MINUTES, LeaseHeld, Leases
from tests.starter.doorbell import BUYER, OPS, SELLER, api_over, as_person, bearer, calling, new_key
from tests.starter.orders import an_order
from tests.starter.webhooks import a_problem

BEN = as_person("platform", "ops-2")


@pytest_asyncio.fixture
async def http(client: OrderClient, order_id: str) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(api_over(client)) as made:
        body = an_order(order_id).model_dump(mode="json")
        assert (await made.post("/orders", headers=OPS, json=body)).status_code == 201
        yield made


def path(order_id: str) -> str:
    return f"/orders/{order_id}/lease"


async def taken(http: httpx.AsyncClient, order_id: str, headers: dict[str, str], **body: Any) -> dict[str, Any]:
    answer = await http.put(path(order_id), headers=headers, json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def minutes_from_now(told: dict[str, Any]) -> float:
    return (datetime.fromisoformat(told["until"]) - datetime.now(UTC)) / timedelta(minutes=1)


async def test_one_works_on_an_order_until_they_leave_it(http: httpx.AsyncClient, order_id: str) -> None:
    mine = await taken(http, order_id, OPS)
    assert mine["by"] == "platform:ops-1"
    assert minutes_from_now(mine) == pytest.approx(DEFAULT_MINUTES, abs=0.5)
    longer = await taken(http, order_id, OPS, minutes=60)
    assert minutes_from_now(longer) == pytest.approx(60, abs=0.5)
    assert longer["taken_at"] == mine["taken_at"]
    held = a_problem(await http.put(path(order_id), headers=BEN), 409, "lease_held")
    assert held["lease"] == {"by": "platform:ops-1", "until": longer["until"]}
    a_problem(await http.delete(path(order_id), headers=BEN), 409, "lease_held")
    for _ in range(2):
        assert (await http.delete(path(order_id), headers=OPS)).json() == {"lease": None}
    assert "forced" not in await taken(http, order_id, BEN)


async def test_whose_lease_is_ended_by_force_is_written_down(http: httpx.AsyncClient, order_id: str) -> None:
    await taken(http, order_id, OPS)
    assert (await http.delete(f"{path(order_id)}?force=true", headers=BEN)).json() == {"lease": None}
    forced = (await taken(http, order_id, BEN))["forced"]
    assert (forced["by"], forced["from"]) == ("platform:ops-2", "platform:ops-1")
    a_problem(await http.put(path(order_id), headers=OPS), 409, "lease_held")


async def test_the_platform_sees_it_with_the_order_and_nobody_else(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    """Nor by what a view is remembered by: only to the platform it is another one."""
    one, listed = f"/orders/{order_id}", "/orders?limit=100"
    before = (await http.get(one, headers=OPS)).headers["etag"]
    told = await taken(http, order_id, OPS)
    lease = {"by": "platform:ops-1", "until": told["until"]}
    shown = await http.get(one, headers=BEN | {"If-None-Match": before})
    assert (shown.status_code, shown.json()["lease"], shown.headers.get("etag")) == (200, lease, None)
    rows = (await http.get(listed, headers=BEN)).json()["orders"]
    assert [row.get("lease") for row in rows if row["order_id"] == order_id] == [lease]
    reader = bearer(await new_key(pool, Scope.READ))
    for headers in (BUYER, SELLER, reader):
        assert (await http.get(one, headers=headers | {"If-None-Match": before})).status_code == 304
        assert '"lease"' not in (await http.get(one, headers=headers)).text
        assert '"lease"' not in (await http.get(listed, headers=headers)).text
    await http.delete(path(order_id), headers=OPS)
    assert (await http.get(one, headers=OPS | {"If-None-Match": before})).status_code == 304


async def test_it_keeps_nobody_from_anything(http: httpx.AsyncClient, order_id: str) -> None:
    await taken(http, order_id, OPS)
    noted = await http.post(f"/orders/{order_id}/add_note", headers=BEN, json={"text": "Seen."})
    assert noted.status_code == 200, noted.text


@pytest.mark.parametrize(
    ("minutes", "fits"),
    [
        (MIN_MINUTES, True),
        (MIN_MINUTES - 0.01, False),
        (MAX_MINUTES, True),
        (MAX_MINUTES + 0.01, False),
        (True, False),
        ("10", False),
        (None, False),
    ],
)
async def test_for_how_long_is_bounded(http: httpx.AsyncClient, order_id: str, minutes: object, *, fits: bool) -> None:
    answer = await http.put(path(order_id), headers=OPS, json={"minutes": minutes})
    if fits:
        assert answer.status_code == 200
    else:
        assert a_problem(answer, 422, "invalid")["errors"][0]["pointer"] == "/minutes"


async def test_the_clock_ends_it_and_one_of_many_takes_it(pool: Pool, order_id: str) -> None:
    leases, long = Leases(pool), timedelta(minutes=5)
    await leases.take(order_id, "platform:ana", long)
    await pool.execute("UPDATE leases SET until = now() WHERE order_id = $1", order_id)
    assert await leases.held([order_id]) == {}
    people = [f"platform:{number}" for number in range(8)]
    tries = await asyncio.gather(*(leases.take(order_id, who, long) for who in people), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in tries) == 1
    assert sum(isinstance(one, LeaseHeld) for one in tries) == len(people) - 1
