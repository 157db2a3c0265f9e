"""The feed: every entry of every timeline gets a number, without gaps, and keeps it, whatever becomes of the entry."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest_asyncio

from activities.database import DATABASE_ERRORS
from activities.feed import AT_ONCE, LOOK_SECONDS, STAND_BY_SECONDS, WITHDRAWN, Numbering
from activities.languages import DEFAULT
from activities.migrations import all_migrations, migrate
from activities.sql import query
from starter.client.feed import EVERYTHING, Event, get_events
from tests.activities.feed_parts.write import written
from tests.activities.feeds import Follower, all_numbered, timelines
from tests.activities.test_records import NOON, batch, happened, row
from tests.conftest import MakeDatabase
from workflows.messages.work import TimelineEntry


@pytest_asyncio.fixture(scope="module")
async def alone(new_database: MakeDatabase) -> AsyncIterator[asyncpg.Pool]:
    """A database of these tests' own: the feed is one for all orders."""
    url = await new_database()
    await migrate(url)
    async with asyncpg.create_pool(url, min_size=12, max_size=12) as pool:
        yield pool


@pytest_asyncio.fixture
async def database(alone: asyncpg.Pool) -> asyncpg.Pool:
    """Nothing has happened there."""
    await alone.execute("TRUNCATE orders, timeline, inbox, unnumbered, events CASCADE")
    return alone


async def write(pool: asyncpg.Pool, order_id: str, first: int, last: int, **other: Any) -> None:
    """Entries as a worker of this version writes them."""
    other.setdefault("timeline", tuple(entry(number) for number in range(first, last + 1)))
    await written(pool, batch(order_id, first, last, **other))


def entry(number: int, **other: Any) -> TimelineEntry:
    return happened(number, **{"version": number, "status": "awaiting_shipment"} | other)


async def feed(pool: asyncpg.Pool, language: str = DEFAULT) -> tuple[Event, ...]:
    await all_numbered(pool)
    return await get_events(pool, EVERYTHING, language=language)


async def test_every_entry_of_every_order_gets_the_next_number(database: asyncpg.Pool) -> None:
    await write(database, "A", 1, 2)
    await write(database, "B", 1, 1)
    await all_numbered(database)
    refused = entry(3, money={"held": -5}, status="shipped", outcome="refused")
    await write(database, "A", 3, 3, timeline=(refused,), row=row("A", 3, status="shipped"))
    events = await feed(database)

    assert [(event.seq, event.order_id, event.entry) for event in events] == [
        (1, "A", 1),
        (2, "B", 1),
        (3, "A", 2),
        (4, "A", 3),
    ]
    last = events[-1]
    assert (last.money, last.version, last.status, last.outcome) == ({"held": -5}, 3, "shipped", "refused")
    assert (last.by.role, last.by.id, last.from_stage) == ("buyer", "b-7", "pending_payment")
    assert await database.fetchval("SELECT count(*) FROM unnumbered") == 0


async def test_what_a_record_has_replaced_and_taken_away_is_told_by_further_events(database: asyncpg.Pool) -> None:
    """And the entry that takes the place of the one taken away says so too."""
    follower = Follower()
    await write(database, "A", 1, 4)
    before = await feed(database)
    follower.take(before)
    again = (entry(3, name="ship", at=NOON + timedelta(hours=1)),)
    await write(database, "A", 3, 3, timeline=again, decided_at=NOON + timedelta(hours=1), history_length=90)
    await all_numbered(database)
    await write(database, "A", 4, 4, decided_at=NOON + timedelta(hours=2), history_length=91)
    events = await feed(database)

    assert events[: len(before)] == before, "an event stays as it was numbered"
    assert [(event.seq, event.entry, event.name, event.replaces) for event in events[4:]] == [
        (5, 3, "ship", 3),
        (6, 4, WITHDRAWN, 4),
        (7, 4, "send_message", 6),
    ]
    follower.take(events[4:])
    assert follower.timelines == await timelines(database)


async def test_what_was_replaced_before_it_had_a_number_is_told_once(database: asyncpg.Pool) -> None:
    await write(database, "A", 1, 3)
    await write(database, "A", 2, 2, decided_at=NOON + timedelta(hours=1), history_length=90)
    assert [event.entry for event in await feed(database)] == [1, 2]


async def test_the_same_again_is_no_event(database: asyncpg.Pool) -> None:
    await write(database, "A", 1, 3)
    once = await feed(database)
    await write(database, "A", 2, 3)
    assert await feed(database) == once


async def test_a_record_that_is_committed_late_is_numbered_then(database: asyncpg.Pool) -> None:
    """Its row of what is unnumbered came first, and is seen last: no place in a sequence says what there is still."""
    async with database.acquire() as connection:
        late = connection.transaction()
        await late.start()
        await connection.fetchrow(query("records/record"), batch("late", 1, 2).model_dump_json())
        await write(database, "soon", 1, 2)
        assert [event.order_id for event in await feed(database)] == ["soon", "soon"]
        await late.commit()
    assert [(event.seq, event.order_id) for event in await feed(database)][2:] == [(3, "late"), (4, "late")]


async def test_the_entries_of_an_order_come_in_their_order_also_where_clocks_differ(database: asyncpg.Pool) -> None:
    backwards = tuple(entry(number, at=NOON - timedelta(minutes=number)) for number in (1, 2, 3))
    await write(database, "A", 1, 3, timeline=backwards)
    await write(database, "B", 1, 3)
    of_a = [event.entry for event in await feed(database) if event.order_id == "A"]
    assert of_a == [1, 2, 3]


async def test_more_than_one_batch_is_numbered_without_a_pause(database: asyncpg.Pool) -> None:
    await database.executemany(
        "INSERT INTO unnumbered (order_id, entry) VALUES ($1, 1)", [("nobody's",)] * (AT_ONCE + 1)
    )
    numbering = Numbering(database)
    assert [await numbering.look() for _ in range(3)] == [0.0, LOOK_SECONDS, LOOK_SECONDS]


async def test_one_numbers_and_the_others_stand_by_until_it_is_gone(database: asyncpg.Pool) -> None:
    one, other = Numbering(database), Numbering(database)
    assert [await each.look() for each in (one, other)] == [LOOK_SECONDS, LOOK_SECONDS], "nobody knows yet"
    await write(database, "A", 1, 1)
    assert [await each.look() for each in (one, other)] == [LOOK_SECONDS, STAND_BY_SECONDS]
    await write(database, "A", 2, 2)
    await one.look()
    await write(database, "A", 3, 3)
    assert await other.look() == STAND_BY_SECONDS, "something waits, and the other is at it"
    assert await database.fetchval("SELECT count(*) FROM unnumbered") == 1
    assert await other.look() == LOOK_SECONDS, "nobody has numbered since it looked last"
    assert await one.look() == STAND_BY_SECONDS, "and whoever did before hears of it"
    assert await database.fetchval("SELECT max(seq) FROM events") == 3


async def test_whoever_finds_the_lock_taken_stands_by(database: asyncpg.Pool) -> None:
    await write(database, "A", 1, 1)
    async with database.acquire() as connection, connection.transaction():
        await connection.fetchval("SELECT pg_advisory_xact_lock(x'66656564'::bigint)")
        assert await Numbering(database).look() == STAND_BY_SECONDS
    assert len(await feed(database)) == 1


async def test_many_who_number_at_once_number_everything_once(database: asyncpg.Pool) -> None:
    async def writes(order_id: str) -> None:
        for number in range(1, 11):
            await write(database, order_id, number, number)

    async def numbers() -> None:
        for _ in range(30):
            with suppress(*DATABASE_ERRORS):  # on a busy machine a connection may be waited for too long
                await Numbering(database).look()

    async with asyncio.TaskGroup() as everybody:
        for number in range(5):
            everybody.create_task(writes(f"A-{number}"))
        for _ in range(4):
            everybody.create_task(numbers())
    follower = Follower()
    await all_numbered(database)
    await follower.catch_up(database)
    assert follower.after == 50
    assert follower.timelines == await timelines(database)


async def test_what_a_worker_of_the_version_before_writes_is_numbered_too(database: asyncpg.Pool) -> None:
    """It says neither that something is unnumbered nor what an entry led to."""
    await write(database, "A", 1, 2)
    await all_numbered(database)
    before = (
        "INSERT INTO timeline (order_id, entry, at, role, party_id, name, outcome, to_stage, summary, money, "
        "attachments, platform_only) VALUES ('A', 3, now(), 'seller', 's-3', 'ship', 'accepted', 'shipped', 'Sent.', "
        "'{}', '[]', false)"
    )
    await database.execute(before)
    await database.execute("UPDATE orders SET entry = 3, version = 3, status = 'shipped' WHERE order_id = 'A'")
    events = await feed(database)
    assert [(event.seq, event.name, event.version, event.status) for event in events[2:]] == [(3, "ship", 3, "shipped")]
    await database.execute("DELETE FROM timeline WHERE entry = 3")
    await database.execute("UPDATE timeline SET at = now() WHERE entry = 2")
    events = await feed(database)
    assert [(event.seq, event.entry, event.replaces) for event in events[3:]] == [(4, 2, 2), (5, 3, 3)]


async def test_what_a_worker_of_the_version_before_decides_anew_is_told_as_it_stands(database: asyncpg.Pool) -> None:
    """It leaves in the timeline what the former decision led to, for it knows nothing of that."""
    await write(database, "A", 1, 2)
    await all_numbered(database)
    await database.execute("UPDATE timeline SET name = 'cancel_order', to_stage = 'cancelled' WHERE entry = 2")
    await database.execute("UPDATE orders SET version = 7, status = 'cancelled' WHERE order_id = 'A'")
    last = (await feed(database))[-1]
    assert (last.replaces, last.name, last.version, last.status) == (2, "cancel_order", 7, "cancelled")


async def test_what_there_is_before_the_feed_is_numbered_by_and_by(new_database: MakeDatabase) -> None:
    """Oldest orders first; of what was not kept then, such as each entry's status, only the order's last is known."""
    url = await new_database()
    migrations = all_migrations()
    feeds = next(place for place, one in enumerate(migrations) if one.name.endswith("_feed"))
    await migrate(url, migrations[:feeds])
    async with asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        for order_id, created_at in (("young", NOON + timedelta(days=1)), ("old", NOON)):
            await _written_before(pool, order_id, created_at)
        await migrate(url)
        events = await feed(pool)
    assert [(event.order_id, event.entry, event.version, event.status) for event in events] == [
        ("old", 1, None, None),
        ("old", 2, 2, "awaiting_shipment"),
        ("young", 1, None, None),
        ("young", 2, 2, "awaiting_shipment"),
    ]


async def _written_before(pool: asyncpg.Pool, order_id: str, created_at: datetime) -> None:
    own = {"run_started_at": NOON, "history_length": 3, "decided_at": NOON, "opened_by": "run-1", "state": {}}
    of_order = row(order_id, 2, created_at=created_at).model_dump(mode="json") | own
    await pool.execute(_FROM_JSON.format("orders"), json.dumps(of_order, default=str))
    for number in (1, 2):
        at = created_at + timedelta(hours=number)
        said = happened(number, at=at).model_dump(mode="json", exclude={"version", "status"})
        await pool.execute(_FROM_JSON.format("timeline"), json.dumps(said | {"order_id": order_id}))


_FROM_JSON = "INSERT INTO {0} SELECT * FROM jsonb_populate_record(null::{0}, $1)"
