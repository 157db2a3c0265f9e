"""How Postgres finds what callers read among twenty thousand orders: by an index, whatever they narrow, whoever asks.

What is asked is what the gateway's own routes ask, taken off its connection; the filters are those of the route
(`ASKED`), so that a new one stands here at once, or fails for want of an example.
"""

import itertools
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from activities.migrations import migrate
from benchmarks.list_questions import EXAMPLES, OF_PAGES, PEOPLE, questions
from starter.client import reads
from starter.client.orders import OrderClient
from starter.client.reads import _ORDER_CURSOR, _written
from starter.gateway.list_routes import ASKED
from tests.conftest import MakeDatabase
from tests.process.orders import delivered
from tests.starter.doorbell import api_over, as_person, calling
from tests.starter.test_lists import a_row, written
from workflows.start_input import state_of

SQL: Final = Path(__file__).parents[2] / "benchmarks" / "sql"
ROWS: Final = 20_000
PAGE: Final = 50
MOST_TOUCHED: Final = 25 * PAGE
"""Rows that are looked at for one page, by one filter beside the caller's own: a sixteenth of all."""
TABLES: Final = ("orders", "timeline", "events", "inbox")
SEARCHED: Final = "order_words"
"""What a search reads from end to end only as far as it needs, where nearly every row is one that it finds."""
MOST_FOUND: Final = 1_200
"""Orders that a search puts in order, in place of the `MAX_FOUND` that are right for a million. What finds more is met
soon only where it is spread evenly."""
CALLERS: Final = {role: as_person(role, party_id) for role, party_id in PEOPLE.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def many(new_database: MakeDatabase) -> AsyncIterator[asyncpg.Pool]:
    """The orders with their timelines, events and notices, on one connection."""
    await migrate(url := await new_database())
    async with asyncpg.create_pool(url, min_size=1, max_size=1, command_timeout=60) as pool:
        await written(pool, a_row("A-1"))
        await pool.execute("UPDATE orders SET state = $1", state_of(delivered()))
        await pool.execute((SQL / "many_orders.sql").read_text(), ROWS, "A-1")
        await pool.execute("TRUNCATE events, inbox, unnumbered")
        for name in ("many_entries", "many_events"):
            await pool.execute((SQL / f"{name}.sql").read_text())
        await pool.execute("VACUUM ANALYZE")
        yield pool


class Asked:
    """What the gateway asked of Postgres by a request, and how that was found."""

    def __init__(self, pool: asyncpg.Pool, http: httpx.AsyncClient) -> None:
        self._pool = pool
        self._http = http

    async def plans(self, path: str, headers: dict[str, str]) -> list[dict[str, Any]]:
        """The plan of each statement that reads one of the tables, carried out."""
        asked: list[tuple[str, tuple[object, ...]]] = []

        def heard(statement: asyncpg.connection.LoggedQuery) -> None:
            asked.append((statement.query, statement.args))

        async with self._pool.acquire() as connection:
            connection.add_query_logger(heard)
        answer = await self._http.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        async with self._pool.acquire() as connection:
            connection.remove_query_logger(heard)
            reads = [
                (text, given)
                for text, given in asked
                if any(f"FROM {table}" in text for table in (*TABLES, SEARCHED, "notices"))
            ]
            explained = [
                await connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {text}", *given)
                for text, given in reads
            ]
        return [json.loads(one)[0]["Plan"] for one in explained]


@pytest_asyncio.fixture
async def asked(many: asyncpg.Pool) -> AsyncIterator[Asked]:
    """Without Temporal, which no read asks."""
    away = await Client.connect("127.0.0.1:9", lazy=True)
    async with calling(api_over(OrderClient(away, many, "orders"))) as http:
        yield Asked(many, http)


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node that reads a table."""
    if "Relation Name" in plan:
        yield plan
    for inner in plan.get("Plans", ()):
        yield from scans(inner)


def touched(plan: dict[str, Any]) -> int:
    """How many rows were looked at, those included that were then left out."""
    return sum(
        (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) + scan.get("Rows Removed by Index Recheck", 0))
        * scan["Actual Loops"]
        for scan in scans(plan)
        if scan["Relation Name"] in (*TABLES, SEARCHED)
    )


def read_through(plan: dict[str, Any]) -> list[str]:
    """The tables that were read from end to end."""
    return [
        scan["Relation Name"]
        for scan in scans(plan)
        if scan["Node Type"] == "Seq Scan" and scan["Relation Name"] in TABLES
    ]


def test_every_filter_has_an_example() -> None:
    assert set(ASKED) - OF_PAGES <= set(EXAMPLES)


async def test_every_list_is_found_by_an_index(
    many: asyncpg.Pool, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No table is read from end to end, and few rows are looked at beside those that are shown."""
    monkeypatch.setattr(reads, "MAX_FOUND", MOST_FOUND)
    middle = await many.fetchrow("SELECT created_at, deadline_at, order_id FROM orders WHERE order_id = 'M-1000'")
    assert middle
    cursors = {
        name: _written(_ORDER_CURSOR, (middle[f"{name}_at"], middle["order_id"])) for name in ("created", "deadline")
    }
    bad = {}
    for question, deep in itertools.product(questions(), (False, True)):
        given = {**dict(question.narrowed), "order_by": question.order_by}
        place = {"cursor": cursors[question.order_by]} if deep else {}
        plans = await asked.plans(f"/orders?{urlencode(given | place)}", CALLERS[question.role])
        assert bool(plans) is not question.asks_for_others, str(question)
        for plan in plans:
            if read_through(plan) or touched(plan) > MOST_TOUCHED:
                bad[str(question), deep] = (read_through(plan), touched(plan))
    assert bad == {}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(
    "path",
    [
        *("/orders/M-70", "/orders/M-70/timeline", "/orders/M-70/messages", "/orders/M-70/evidence"),
        *("/orders/M-70?include=notices", "/notices", "/notices?unread=true", "/events", "/events?after=19000"),
        *("/events?order=M-70", "/events?after=10000&order=M-70"),
    ],
)
async def test_what_belongs_to_one_is_found_by_an_index(asked: Asked, caller: str, path: str) -> None:
    plans = await asked.plans(path, CALLERS[caller])
    assert plans
    for plan in plans:
        assert read_through(plan) == []
        assert touched(plan) <= MOST_TOUCHED
