"""Inboxes over HTTP: each party's own, newest first, in their language, and what of it they have read."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio
from asyncpg import Pool

from starter.client.orders import OrderClient
from starter.client.reads import MAX_NOTICES
from starter.gateway.callers import Scope
from tests.starter.doorbell import OPS, api_over, as_person, bearer, calling, new_key
from tests.starter.orders import an_order
from tests.starter.webhooks import a_problem


@pytest_asyncio.fixture
async def http(client: OrderClient) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(api_over(client)) as made:
        yield made


async def told_twice(http: httpx.AsyncClient, order_id: str, locale: str) -> dict[str, str]:
    """A buyer of their own, who was written to twice by the seller; the headers of that buyer."""
    body = an_order(order_id, buyer_id=f"b-{order_id}", locale=locale).model_dump(mode="json")
    assert (await http.post("/orders", headers=OPS, json=body)).status_code == 201
    for text in ("CANARY-1", "CANARY-2"):
        said = {"to": "buyer", "text": text}
        answer = await http.post(f"/orders/{order_id}/send_message", headers=OPS, json=said)
        assert answer.status_code == 200, answer.text
    me = as_person("buyer", f"b-{order_id}")
    # What was said is recorded by now: a look at that version waits for it.
    assert (await http.get(f"/orders/{order_id}?min_version=3", headers=me)).status_code == 200
    return me


async def inbox(http: httpx.AsyncClient, headers: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    answer = await http.get(f"/notices{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["notices"]
    return found


async def test_a_notice_is_read_once_by_whom_it_is_for(http: httpx.AsyncClient, pool: Pool, order_id: str) -> None:
    """It goes off the unread ones, and comes back if it says something else later."""
    me = await told_twice(http, order_id, "en")
    second, first, *_ = await inbox(http, me)
    assert (first["kind"], first["role"], first["order_id"]) == ("message", "buyer", order_id)
    assert first["id"] < second["id"]
    assert "read_at" not in first
    a_problem(await http.post(f"/notices/{first['id']}/read", headers=as_person("buyer", "b-8")), 404, "not_found")
    a_problem(await http.post("/notices/0/read", headers=me), 404, "not_found")
    looking = as_person("buyer", "b-7", scopes="orders:read")
    a_problem(await http.post(f"/notices/{first['id']}/read", headers=looking), 403, "wrong_role")
    read, again = [await http.post(f"/notices/{first['id']}/read", headers=me) for _ in range(2)]
    assert read.status_code == 200, read.text
    assert read.json() == again.json()
    assert first["id"] not in [one["id"] for one in await inbox(http, me, "?unread=true")]
    [known] = [one for one in await inbox(http, me) if one["id"] == first["id"]]
    assert known["read_at"]
    await pool.execute("UPDATE inbox SET recorded_at = now() WHERE notice_id = $1", first["id"])
    assert first["id"] in [one["id"] for one in await inbox(http, me, "?unread=true")]


async def test_an_inbox_is_paged_from_the_newest_on(http: httpx.AsyncClient, order_id: str) -> None:
    me = await told_twice(http, order_id, "en")
    whole = [one["id"] for one in await inbox(http, me)]
    page = (await http.get("/notices?limit=1&unread=true", headers=me)).json()
    rest = await inbox(http, me, f"?cursor={page['cursor']}&unread=true")
    assert [page["notices"][0]["id"], *(one["id"] for one in rest)] == whole
    assert (await http.get(f"/notices?limit={MAX_NOTICES}", headers=me)).json()["cursor"] is None
    for wrong in (f"limit={MAX_NOTICES + 1}", "limit=0", "cursor=x", "unread=1", "x=1"):
        a_problem(await http.get(f"/notices?{wrong}", headers=me), 422, "invalid")


async def test_each_notice_is_told_in_its_orders_language_unless_another_is_asked_for(
    http: httpx.AsyncClient, order_id: str
) -> None:
    me = await told_twice(http, order_id, "de")
    german, english, asked = [
        (await inbox(http, headers))[0]["text"]
        for headers in (me, me | {"Accept-Language": "en"}, me | {"Accept-Language": "de"})
    ]
    assert german == asked != english


async def test_notices_are_somebodys(http: httpx.AsyncClient, pool: Pool) -> None:
    """A key that speaks for nobody in particular has none; the platform has those of whoever of it is on duty."""
    a_problem(await http.get("/notices", headers=bearer(await new_key(pool, Scope.READ))), 403, "wrong_role")
    assert {one["role"] for one in await inbox(http, OPS)} <= {"platform"}
