"""Who sent what: kept off the path of requests, bounded, forgotten after a month, and shown to the platform alone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from activities.sql import query
from starter.client.orders import OrderClient
from starter.gateway.callers import Scope
from starter.requests import (
    BATCH,
    KEPT_FOR,
    MAX_WAITING,
    REMOVED,
    Request,
    RequestFilters,
    RequestLog,
    get_requests,
)
from tests.starter.doorbell import OPS, api_over, as_person, bearer, calling, new_key
from tests.starter.test_cli_live import CommandLine
from tests.starter.webhooks import a_problem

NOW = datetime.now(UTC)


def a_request(**changes: Any) -> Request:
    plain = Request(
        at=NOW,
        request_id="r-1",
        caller="buyer:b-7",
        acting_for=None,
        method="POST",
        route="/orders/{order_id}/ship",
        status=409,
        code="not_allowed_now",
        milliseconds=7,
        order_id="A-1",
    )
    return replace(plain, **changes)


@pytest.fixture
def log(pool: asyncpg.Pool) -> RequestLog:
    return RequestLog(pool)


@pytest_asyncio.fixture
async def http(lonely: OrderClient, log: RequestLog) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(api_over(lonely, log=log)) as made:
        yield made


async def of(pool: asyncpg.Pool, caller: str) -> list[dict[str, Any]]:
    found = await get_requests(pool, RequestFilters(caller=caller), None, 100, datetime.now(UTC))
    return [one.model_dump(exclude_none=True, exclude={"id", "at", "milliseconds"}) for one in found]


async def test_what_a_caller_sends_is_kept_without_what_they_say(
    http: httpx.AsyncClient, pool: asyncpg.Pool, log: RequestLog, order_id: str
) -> None:
    """Neither a body nor a word of the query; whoever is not known is not there at all."""
    secret, who = "canary", uuid4().hex
    ops = as_person("platform", who)
    await http.get("/orders?buyer=canary", headers=ops | {"X-Request-Id": "mine"})
    await http.post(f"/orders/{order_id}/add_note?dry_run=true", headers=ops, json={"text": secret})
    await http.get("/orders", headers={"Authorization": "Bearer canary"})
    await http.get("/healthz")
    assert not await log.write()
    listed, sent = reversed(await of(pool, f"platform:{who}"))
    assert listed == {
        "request_id": "mine",
        "caller": f"platform:{who}",
        "method": "GET",
        "route": "/orders",
        "status": 200,
    }
    assert (sent["route"], sent["command"], sent["order_id"]) == ("/orders/{order_id}/add_note", "add_note", order_id)
    assert (sent["status"], sent["code"]) == (404, "not_found")
    assert await pool.fetchval("SELECT count(*) FROM requests WHERE requests::text LIKE '%canary%'") == 0


async def test_for_whom_a_key_acts_is_kept(
    http: httpx.AsyncClient, pool: asyncpg.Pool, log: RequestLog, order_id: str
) -> None:
    key = await new_key(pool, Scope.READ, Scope.BUYER)
    await http.get(f"/orders/{order_id}", headers=bearer(key, "buyer:b-7"))
    await log.write()
    [one] = await get_requests(pool, RequestFilters(order_id=order_id), None, 2, datetime.now(UTC))
    assert (one.caller.partition(":")[0], one.acting_for) == ("key", "buyer:b-7")


async def test_the_platform_reads_them_by_each_filter_a_page_at_a_time(
    http: httpx.AsyncClient, log: RequestLog
) -> None:
    caller, order_id, request_id = f"buyer:{uuid4().hex}", f"A-{uuid4().hex}", uuid4().hex
    for number in range(3):
        log.keep(a_request(caller=caller, order_id=order_id, request_id=request_id, milliseconds=number))
    log.keep(a_request(caller=caller, status=200, code=None, route="/orders"))
    await log.write()
    page = (await http.get(f"/requests?caller={caller}&limit=3", headers=OPS)).json()
    assert [one["milliseconds"] for one in page["requests"]] == [7, 2, 1]
    assert page["requests"][0]["command"] == "start"
    rest = (await http.get(f"/requests?caller={caller}&cursor={page['cursor']}", headers=OPS)).json()
    assert ([one["milliseconds"] for one in rest["requests"]], rest["cursor"]) == ([0], None)
    for asked, found in (
        (f"order={order_id}", 3),
        (f"request_id={request_id}", 3),
        (f"caller={caller}&code=not_allowed_now", 3),
        (f"caller={caller}&code=409", 3),
        (f"caller={caller}&code=200", 1),
        (f"caller={caller}&code=outcome_unknown", 0),
    ):
        answer = await http.get(f"/requests?{asked}", headers=OPS)
        assert len(answer.json()["requests"]) == found, asked


@pytest.mark.parametrize(
    "asked", ["code=not_alowed_now", "code=999", "order=..", "caller=", "request_id=" + "x" * 65, "limit=101", "body=1"]
)
async def test_what_no_request_has_is_a_mistake_and_no_empty_page(http: httpx.AsyncClient, asked: str) -> None:
    [fault] = a_problem(await http.get(f"/requests?{asked}", headers=OPS), 422, "invalid")["errors"]
    assert fault["pointer"] == f"?{asked.partition('=')[0]}"


def test_no_more_wait_than_there_is_room_for_and_what_is_dropped_is_counted(log: RequestLog) -> None:
    for _ in range(MAX_WAITING):
        log.keep(a_request())
    assert log.dropped == 0
    log.keep(a_request())
    assert log.dropped == 1


async def test_what_waits_when_a_gateway_stops_is_written(pool: asyncpg.Pool) -> None:
    caller = f"buyer:{uuid4().hex}"
    log = RequestLog(pool)
    async with log.writing():
        for _ in range(BATCH + 1):
            log.keep(a_request(caller=caller))
        await asyncio.sleep(0)
    assert await pool.fetchval("SELECT count(*) FROM requests WHERE caller = $1", caller) == BATCH + 1


class Slow:
    """A pool that has done what it was told before it answers."""

    def __init__(self) -> None:
        self.kept = 0
        self.took, self.answers = asyncio.Event(), asyncio.Event()

    async def execute(self, _: str, *columns: list[object]) -> None:
        self.kept += len(columns[0])
        self.took.set()
        await self.answers.wait()


async def test_what_is_being_written_when_a_gateway_stops_is_not_written_again() -> None:
    slow = Slow()
    log = RequestLog(cast("asyncpg.Pool", slow))
    async with log.writing():
        log.keep(a_request())
        await slow.took.wait()
        asyncio.get_running_loop().call_later(0.01, slow.answers.set)
    assert slow.kept == 1


async def test_after_a_month_they_are_removed_a_few_at_a_time(pool: asyncpg.Pool, log: RequestLog) -> None:
    await pool.execute("TRUNCATE requests")
    caller = f"buyer:{uuid4().hex}"
    old, just = NOW - KEPT_FOR - timedelta(seconds=1), NOW - KEPT_FOR + timedelta(minutes=1)
    for at in (*[old] * (REMOVED + 1), just):
        log.keep(a_request(at=at, caller=caller))
    while await log.write():
        pass
    assert await get_requests(pool, RequestFilters(caller=caller), None, 3, NOW) != ()
    assert [await log.remove_old(NOW) for _ in range(3)] == [REMOVED, 1, 0]
    [left] = await get_requests(pool, RequestFilters(caller=caller), None, 3, NOW)
    assert left.at == just


async def test_the_command_line_shows_the_same(pool: asyncpg.Pool, log: RequestLog, database_url: str) -> None:
    caller = f"buyer:{uuid4().hex}"
    log.keep(a_request(caller=caller))
    log.keep(a_request(caller=caller, code=None, status=200))
    await log.write()
    countermand = CommandLine(TEMPORAL_ADDRESS="127.0.0.1:1", DATABASE_URL=database_url)
    first = ("requests", "--caller", caller)
    told = (await countermand(*first, "--json", "--limit", "1")).json
    assert [one["status"] for one in told["requests"]] == [200]
    rest = (await countermand(*first, "--cursor", told["cursor"])).out
    assert "409 not_allowed_now" in rest
    assert "/orders/{order_id}/ship" in rest
    assert "There are no such requests." in (await countermand(*first, "--code", "503")).out
    wrong = await countermand("requests", "--code", "not_alowed_now")
    assert (wrong.code, "not_allowed_now" in wrong.err) == (2, True)


async def test_each_filter_finds_its_index(pool: asyncpg.Pool) -> None:
    """Of 20,000 requests, of which some are old, none is looked at in vain."""
    await pool.execute("TRUNCATE requests")
    await pool.execute(
        "INSERT INTO requests (at, request_id, caller, method, route, status, code, milliseconds, order_id)"
        " SELECT now(), n, 'buyer:' || n % 500, 'GET', '/orders', CASE WHEN n % 100 = 0 THEN 503 ELSE 200 END,"
        " CASE WHEN n % 100 = 0 THEN 'unavailable' END, 1, 'A-' || n % 1000 FROM generate_series(1, 20000) AS n"
    )
    await pool.execute("ANALYZE requests")
    for asked, index in (
        (("A-7", None, None, None, None), "requests_of_order"),
        ((None, "buyer:7", None, None, None), "requests_by_caller"),
        ((None, None, "unavailable", None, None), "requests_by_code"),
        ((None, None, None, 503, None), "requests_by_status"),
        ((None, None, None, None, "7"), "requests_by_request_id"),
        ((None, None, None, None, None), "requests_pkey"),
    ):
        given = (NOW - KEPT_FOR, *asked, None, 101)
        plan = "\n".join(row[0] for row in await pool.fetch(f"EXPLAIN {query('requests/list')}", *given))
        assert index in plan, f"{asked}: {plan}"
    await pool.execute("TRUNCATE requests")
