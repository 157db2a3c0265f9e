"""What is somebody else's and what there is not cost the same statements, so that no clock tells them apart."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest_asyncio
from asyncpg.connection import LoggedQuery

from activities.read_model import Records
from starter.client.orders import OrderClient
from starter.gateway.callers import Scope
from starter.gateway.doors import Door
from starter.policies import set_policy
from tests.activities.test_records import batch
from tests.starter.doorbell import OPS, SELLER, api_over, as_person, bearer, calling, new_key
from tests.starter.orders import PLATFORM
from workflows.messages.policies import seller_policy
from workflows.messages.terms import Terms

STRANGERS = {"buyer": as_person("buyer", "b-8"), "seller": as_person("seller", "s-4")}
BODY = {"nonsense": 1}


@pytest_asyncio.fixture
async def asked() -> list[str]:
    """Every statement that Postgres was asked."""
    return []


@pytest_asyncio.fixture
async def watched(database_url: str, asked: list[str]) -> AsyncIterator[asyncpg.Pool]:
    def heard(query: LoggedQuery) -> None:
        asked.append(query.query)

    async def listen(connection: asyncpg.Connection) -> None:
        connection.add_query_logger(heard)

    async with asyncpg.create_pool(database_url, min_size=1, max_size=1, init=listen) as pool:
        yield pool


@pytest_asyncio.fixture
async def http(watched: asyncpg.Pool) -> AsyncIterator[httpx.AsyncClient]:
    client = OrderClient(None, watched, "orders")  # type: ignore[arg-type]  # nothing here comes as far as Temporal
    async with calling(api_over(client)) as made:
        yield made


async def told(
    http: httpx.AsyncClient, asked: list[str], method: str, path: str, headers: dict[str, str]
) -> tuple[int, str, list[str]]:
    """What is answered, but for the number of the request, and what Postgres was asked for it."""
    asked.clear()
    answer = await http.request(method, path, headers=headers | {"X-Request-Id": "same"}, json=BODY)
    return answer.status_code, answer.text, list(asked)


async def test_of_orders_by_every_route(
    http: httpx.AsyncClient, pool: asyncpg.Pool, watched: asyncpg.Pool, asked: list[str], order_id: str
) -> None:
    await Records(pool).write(batch(order_id, 1, 1))
    client = OrderClient(None, watched, "orders")  # type: ignore[arg-type]  # nothing here comes as far as Temporal
    doors: list[Door] = [route.endpoint.door for route in api_over(client).routes]  # type: ignore[attr-defined]
    bound = bearer(await new_key(pool, *Scope, bound=("seller", "s-4")))
    strangers = (*STRANGERS.values(), bound)
    for headers in strangers:
        await told(http, asked, "GET", f"/orders/{order_id}-y", headers)  # what is asked once is asked here
    differ = []
    for door in doors:
        if "{order_id}" not in door.path:
            continue
        for headers in strangers:
            paths = [door.path.format(order_id=one) for one in (order_id, f"{order_id}-x")]
            theirs, none = [await told(http, asked, door.method, path, headers) for path in paths]
            if theirs != none:
                differ.append((door.method, door.path, theirs, none))
    assert differ == []
    owner = await told(http, asked, "GET", f"/orders/{order_id}/timeline", SELLER)
    assert owner[0] == 200
    assert owner[2], "what is asked is heard"


async def test_of_a_sellers_policy(http: httpx.AsyncClient, pool: asyncpg.Pool, asked: list[str]) -> None:
    key = bearer(await new_key(pool, Scope.POLICIES, bound=("seller", "s-4")))
    await told(http, asked, "GET", "/policies/seller:s-8", key)  # what is asked once is asked here
    await set_policy(pool, seller_policy("s-3"), Terms(), PLATFORM)
    for rest in ("", "?version=1", "?version=7", "/diff?from=1&to=1"):
        found = [await told(http, asked, "GET", f"/policies/seller:{one}{rest}", key) for one in ("s-3", "s-9")]
        statements = [one[2] for one in found]
        assert [one[0] for one in found] == [404, 404]
        assert statements[0] == statements[1]
        assert found[0][1].replace("s-3", "s-9") == found[1][1]
    assert (await told(http, asked, "GET", "/policies/seller:s-3", OPS))[0] == 200
