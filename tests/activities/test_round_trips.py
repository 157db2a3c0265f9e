"""What runs for every command, call and payment asks Postgres once: one statement, and nothing before or after it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from activities.crashes import NEVER
from activities.payment_calls import CallRows
from activities.register.claims import claim
from starter.connections import connect_database
from starter.settings.environment import load_settings
from tests.activities.calls import a_call
from tests.activities.test_records import batch, notice, record
from tests.process.orders import captured
from workflows.messages.work import MoneyCall, ProviderAnswer


@asynccontextmanager
async def counted(database_url: str) -> AsyncIterator[tuple[asyncpg.Pool, list[str]]]:
    """A pool of one connection, as services open it, and what is asked of it from then on."""
    asked: list[str] = []
    settings = load_settings({"DATABASE_URL": database_url, "COUNTERMAND_POOL_SIZE": "1"})
    async with await connect_database(settings) as one:
        async with one.acquire() as connection:
            await connection.fetchval("SELECT 1")
            connection.add_query_logger(lambda logged: asked.append(logged.query))
        yield one, asked


async def test_a_record_is_one_round_trip(database_url: str, order_id: str) -> None:
    async with counted(database_url) as (pool, asked):
        await record(pool, batch(order_id, 1, 3, inbox=(notice(1), notice(2))))
    assert len(asked) == 1


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("kind", ["refund", "release"])
async def test_R37_the_guard_is_part_of_writing_a_call_down(database_url: str, order_id: str, kind: str) -> None:
    """Where the money is there. Only what would be too much is looked up before it is refused."""

    async def find(_: MoneyCall) -> ProviderAnswer | None:
        raise AssertionError("nothing stands in the way of this call")

    async with counted(database_url) as (pool, asked):
        written = await CallRows(pool, NEVER).write_down(kind, a_call(kind, order_id), None, find)
    assert (written.said, written.look_first, len(asked)) == (None, False, 1)


async def test_R36_a_claim_is_one_round_trip(database_url: str, order_id: str) -> None:
    async with counted(database_url) as (pool, asked):
        assert await claim(pool, order_id, captured(payment_id=f"pay-{order_id}")) is None
    assert len(asked) == 1
