"""The feed as it is read: pages by number, each by its index, and everybody in a process told by one connection."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from activities.feed import WORDS
from activities.migrations import migrate
from activities.sql import query
from starter.client import live
from starter.client.feed import EVERYTHING, MAX_EVENTS, MAX_SEQ, Visibility, get_events
from starter.client.live import Listener, LiveEvents, NoPlace, live_events
from starter.client.reads import WrongPage
from starter.settings.environment import load_settings
from tests.conftest import MakeDatabase
from tests.starter.feeds import happened
from workflows.messages.values import Role

BUYER = Visibility(Role.BUYER, buyer_id="b-7")
SELLER = Visibility(Role.SELLER, seller_id="s-3")
OTHERS = Visibility()
PATIENCE = 20.0


@pytest_asyncio.fixture(scope="module")
async def url(new_database: MakeDatabase) -> str:
    """A feed of these tests' own."""
    made = await new_database()
    await migrate(made)
    return made


@pytest_asyncio.fixture
async def feed(url: str) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        await pool.execute("TRUNCATE events")
        yield pool


@asynccontextmanager
async def living(pool: asyncpg.Pool, url: str, **given: str) -> AsyncIterator[LiveEvents]:
    """Those who follow, told by a connection of their own."""
    made = live_events(pool, load_settings({"DATABASE_URL": url} | given))
    running = asyncio.create_task(made.run())
    try:
        async with asyncio.timeout(PATIENCE):
            while not made.is_open:
                await asyncio.sleep(0.01)
            yield made
    finally:
        running.cancel()
        await asyncio.wait((running,))


async def heard(events: LiveEvents, listener: Listener, after: int, count: int) -> list[int]:
    """The numbers of the next `count` events."""
    numbers: list[int] = []
    async with aclosing(events.follow(listener, after)) as following:
        async for some in following:
            numbers.extend(event.seq for event in some)
            if len(numbers) >= count:
                break
    return numbers


async def test_each_sees_their_own_orders_page_by_page(feed: asyncpg.Pool) -> None:
    await happened(feed, "A", 2)
    await happened(feed, "B", 2, buyer="b-8")
    await happened(feed, "C", 2, seller="s-4")
    await happened(feed, "A", 1, seen_by=())
    await happened(feed, "A", 1, seen_by=("seller",))
    seen = {
        seen_by: [event.seq for event in await get_events(feed, seen_by)]
        for seen_by in (
            EVERYTHING,
            OTHERS,
            BUYER,
            SELLER,
            replace(SELLER, buyer_id="b-7"),
            replace(BUYER, buyer_id="b-9"),
        )
    }
    every, sides = list(range(1, 9)), [1, 2, 3, 4, 5, 6]
    assert list(seen.values()) == [every, sides, [1, 2, 5, 6], [1, 2, 3, 4, 8], [1, 2, 8], []]
    # The platform with a key that was made for one seller, or for orders between two.
    assert [event.seq for event in await get_events(feed, replace(EVERYTHING, seller_id="s-4"))] == [5, 6]
    assert len(await get_events(feed, replace(EVERYTHING, buyer_id="b-7", seller_id="s-3"))) == 4
    assert [event.seq for event in await get_events(feed, SELLER, after=1, limit=2)] == [2, 3]
    of_order = {
        seen_by: [event.seq for event in await get_events(feed, seen_by, order_id="A")]
        for seen_by in (EVERYTHING, OTHERS, BUYER, SELLER, replace(BUYER, buyer_id="b-8"))
    }
    assert list(of_order.values()) == [[1, 2, 7, 8], [1, 2], [1, 2], [1, 2, 8], []]
    assert await get_events(feed, BUYER, order_id="unknown") == ()


@pytest.mark.parametrize(("after", "limit"), [(-1, 1), (MAX_SEQ + 1, 1), (0, 0), (0, MAX_EVENTS + 1)])
async def test_a_page_that_cannot_be_is_refused(feed: asyncpg.Pool, after: int, limit: int) -> None:
    with pytest.raises(WrongPage):
        await get_events(feed, EVERYTHING, after, limit=limit)


PLANS = {
    "reads/events": ("events_pkey", (9_000, 100, "others")),
    "reads/events_of_buyer": ("events_of_buyer", (0, 100, "b-7", "buyer")),
    "reads/events_between": ("events_of_buyer", (0, 100, "b-7", "s-3", "buyer")),
    "reads/events_of_seller": ("events_of_seller", (0, 100, "s-3", "seller")),
    "reads/events_of_order": ("events_of_order", (0, 100, "A-7", "b-7", None, "buyer")),
    "feed/last": ("events_pkey", ()),
    "feed/waiting": ("events_pkey", ()),
    "feed/number": ("events_of_entry", (500, *WORDS)),
}

SORTED = ("reads/events", "reads/events_of_buyer", "reads/events_of_seller")
"""What of them may have millions of rows; an order has some thousand at most."""


async def test_every_statement_finds_its_index_among_twenty_thousand(feed: asyncpg.Pool) -> None:
    """And a page of the feed is sorted by its index, though ever so many rows are theirs: all pages cost the same."""
    await feed.execute(
        "INSERT INTO events SELECT number, 'A-' || number % 10, number / 10, NULL, 'b-' || number % 10, "
        "'s-' || number % 4, 1, 'ship', 'accepted', now(), 'seller', 's-3', NULL, 'shipped', 'shipped', 'USD', '{}', "
        "'Sent.', NULL, CASE WHEN number % 10 > 0 THEN ARRAY['buyer', 'others', 'seller'] ELSE '{}' END "
        "FROM generate_series(1, 20000) AS number"
    )
    await feed.execute(
        "INSERT INTO timeline (order_id, entry, at, role, party_id, name, outcome, to_stage, summary, money, "
        "attachments, platform_only, status) SELECT order_id, entry, at, role, party_id, name, outcome, to_stage, "
        "summary, money, '[]', false, status FROM events"
    )
    await feed.execute("ANALYZE events, timeline")
    async with feed.acquire() as connection:
        for mode in ("force_custom_plan", "force_generic_plan"):
            await connection.execute(f"SET plan_cache_mode = {mode}")
            for name, (index, given) in PLANS.items():
                plan = await (await connection.prepare(query(name))).explain(*given)
                nodes = list(_nodes(plan[0]["Plan"]))
                assert index in {node.get("Index Name") for node in nodes}, (name, mode, json.dumps(plan, indent=1))
                scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
                assert not scanned & {"events", "timeline"}, (name, mode)
                if name in SORTED:
                    assert "Sort" not in {node["Node Type"] for node in nodes}, (name, mode)


def _nodes(plan: dict[str, Any]) -> Any:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


async def test_whoever_joins_hears_what_was_and_then_what_comes(feed: asyncpg.Pool, url: str) -> None:
    await happened(feed, "A", MAX_EVENTS + 10)
    async with living(feed, url) as events:
        with events.joined(EVERYTHING) as listener:
            hearing = asyncio.create_task(heard(events, listener, 3, MAX_EVENTS + 17))
            for _ in range(10):
                await happened(feed, "B", 1)
                await asyncio.sleep(0.01)
            assert await hearing == list(range(4, MAX_EVENTS + 21))


async def test_thousands_follow_over_one_connection_and_each_hears_their_own(feed: asyncpg.Pool, url: str) -> None:
    """Within a moment, though nobody of them asks Postgres."""
    async with living(feed, url) as events, AsyncExitStack() as places:
        hearing = []
        for number in range(3_000):
            seen_by = Visibility(Role.BUYER, buyer_id=f"b-{number}") if number % 3 else EVERYTHING
            order_id = f"A-{number}" if number % 3 == 1 else None
            listener = places.enter_context(events.joined(seen_by, order_id))
            hearing.append(asyncio.create_task(heard(events, listener, 0, 1)))
        await asyncio.sleep(0.1)
        before = await _connections(feed)
        for number in (1, 2, 4):
            await happened(feed, f"A-{number}", 1, buyer=f"b-{number}")
        begun = time.monotonic()
        everybody = [one for number, one in enumerate(hearing) if number % 3 == 0 or number in (1, 2, 4)]
        first = [numbers[0] for numbers in await asyncio.gather(*everybody)]
        assert set(first) == {1, 2, 3}
        assert time.monotonic() - begun < PATIENCE / 2
        assert await _connections(feed) == before
        await asyncio.sleep(0.1)
        others = [one for one in hearing if one not in everybody]
        assert len(others) == 1_997
        assert not any(one.done() for one in others)
        for one in others:
            one.cancel()
        await asyncio.wait(others)
    assert events.count == 0


async def _connections(pool: asyncpg.Pool) -> int:
    count: int = await pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    return count


async def test_who_is_too_far_behind_is_kept_nothing_for_and_misses_nothing(
    feed: asyncpg.Pool, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_WAITING", 10)
    async with living(feed, url) as events:
        with events.joined(EVERYTHING) as listener:
            numbers: list[int] = []
            async with aclosing(events.follow(listener, 0)) as following:
                await happened(feed, "A", 1)
                async for some in following:
                    numbers.extend(event.seq for event in some)
                    assert len(listener.waiting) <= 10
                    if len(numbers) == 1:
                        for _ in range(6):  # nobody reads meanwhile
                            await happened(feed, "A", 5)
                            await asyncio.sleep(0.05)
                    if len(numbers) == 31:
                        break
            assert numbers == list(range(1, 32))


async def test_a_connection_that_is_lost_is_made_anew_and_nothing_is_missed(feed: asyncpg.Pool, url: str) -> None:
    async with living(feed, url) as events:
        with events.joined(EVERYTHING) as listener:
            hearing = asyncio.create_task(heard(events, listener, 0, 2))
            await happened(feed, "A", 1)
            await asyncio.sleep(0.2)
            cut = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%events%' AND state = 'idle'"
            )
            await feed.execute(f"{cut} AND pid <> pg_backend_pid() AND datname = current_database()")
            await happened(feed, "A", 1)
            assert await hearing == [1, 2]


LISTENS = "application_name = 'countermand' AND datname = current_database()"


async def test_numbers_that_are_given_again_after_a_failover_are_heard(feed: asyncpg.Pool, url: str) -> None:
    """A standby takes over that lacks the last two events: everybody hears what then has their numbers."""
    async with living(feed, url) as events:
        with events.joined(EVERYTHING) as listener:
            numbers: list[int] = []
            await happened(feed, "A", 5)
            async with aclosing(events.follow(listener, 0)) as following:
                async for some in following:
                    numbers.extend(event.seq for event in some)
                    if numbers == [1, 2, 3, 4, 5]:
                        await _failed_over(feed, 3)
                        await happened(feed, "B", 2)
                    if len(numbers) >= 7:
                        break
            assert numbers == [1, 2, 3, 4, 5, 4, 5]
        with events.joined(EVERYTHING) as listener:
            assert await heard(events, listener, 2, 3) == [3, 4, 5]


async def _failed_over(feed: asyncpg.Pool, last: int) -> None:
    """Postgres has no event after that number any more, and whoever listens has a new connection."""
    old = await feed.fetchval(f"SELECT pid FROM pg_stat_activity WHERE {LISTENS}")
    await feed.execute("DELETE FROM events WHERE seq > $1", last)
    await feed.execute("SELECT pg_terminate_backend($1)", old)
    again = f"SELECT pid FROM pg_stat_activity WHERE {LISTENS} AND pid <> $1 AND state = 'idle'"
    while not await feed.fetchval(f"{again} AND query LIKE '%FROM events%'", old):
        await asyncio.sleep(0.02)


async def test_behind_a_proxy_that_cannot_listen_one_looks(feed: asyncpg.Pool, url: str) -> None:
    async with living(feed, url, COUNTERMAND_TRANSACTION_POOLING="true") as events:
        with events.joined(BUYER) as listener:
            hearing = asyncio.create_task(heard(events, listener, 0, 1))
            await asyncio.sleep(0.2)
            await happened(feed, "A", 1)
            assert await hearing == [1]


async def test_when_the_process_ends_everybody_is_let_go_and_nobody_joins(feed: asyncpg.Pool, url: str) -> None:
    async with living(feed, url) as events:
        with events.joined(BUYER) as listener:
            hearing = asyncio.create_task(heard(events, listener, 0, 1))
            await asyncio.sleep(0.1)
            events.close()
            assert await hearing == []
        with pytest.raises(NoPlace), events.joined(BUYER):
            raise AssertionError("nobody has a place")


async def test_there_are_so_many_places_and_not_one_more(
    feed: asyncpg.Pool, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_LISTENERS", 2)
    async with living(feed, url) as events:
        with events.joined(BUYER), events.joined(BUYER), pytest.raises(NoPlace), events.joined(BUYER):
            raise AssertionError("there was a third place")
        with events.joined(BUYER):
            assert events.count == 1
