"""What no order could take, across the migration that gave its table the name `unplaced`."""

from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg

from activities.migrations import all_migrations, migrate
from starter.unplaced import MAX_NAME, Desk, Unplaced

Make = Callable[[], Awaitable[str]]

BEFORE: Final = [migration for migration in all_migrations() if migration.name < "0011"]
"""The migrations of the version that called them strays."""
KEEP_BEFORE: Final = """
    INSERT INTO strays (provider, webhook_id, name, order_id, body, why)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (provider, webhook_id) DO NOTHING
"""
LIST_BEFORE: Final = """
    SELECT stray_id, provider, webhook_id, name, order_id, body, why, received_at
    FROM strays
    WHERE $1::bigint IS NULL OR stray_id < $1
    ORDER BY stray_id DESC
    LIMIT $2
"""
"""The statements of that version's gateway and command line, as they were."""
OLD: Final = ("sandbox", "msg_1", "payment_captured", "A-1", "{}", "There is no such order.")
DURING: Final = ("sandbox", "msg_2", None, None, "?", "It could not be read.")


async def test_what_was_kept_before_is_still_listed(new_database: Make) -> None:
    """The same rows under the same numbers, the next one behind them, and what comes again is still kept once."""
    url = await new_database()
    await migrate(url, BEFORE)
    async with asyncpg.create_pool(url, min_size=1) as pool:
        await pool.execute(KEEP_BEFORE, *OLD)
        [row] = await pool.fetch(LIST_BEFORE, None, 10)

    await migrate(url)

    async with asyncpg.create_pool(url, min_size=1) as pool:
        desk = Desk(pool)
        [kept] = await desk.unplaced()
        assert (kept.id, kept.received_at) == (row["stray_id"], row["received_at"])
        assert (kept.provider, kept.webhook_id, kept.name, kept.order_id, kept.body, kept.why) == OLD
        await desk.keep(kept)
        await desk.keep(Unplaced(provider="sandbox", webhook_id="msg_2", name=None, order_id=None, body="?", why="?"))
        assert [one.webhook_id for one in await desk.unplaced()] == ["msg_2", "msg_1"]


async def test_a_gateway_of_the_version_before_goes_on_while_it_is_replaced(new_database: Make) -> None:
    """On a connection that knew the table: it keeps, once, and lists, and the new version lists the same."""
    url = await new_database()
    await migrate(url, BEFORE)
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as before, asyncpg.create_pool(url, min_size=1) as pool:
        await before.execute(KEEP_BEFORE, *OLD)
        await before.fetch(LIST_BEFORE, None, 10)

        await migrate(url)

        for _ in range(2):
            await before.execute(KEEP_BEFORE, *DURING)
        listed = [(row["stray_id"], row["webhook_id"]) for row in await before.fetch(LIST_BEFORE, None, 10)]
        assert [webhook_id for _, webhook_id in listed] == ["msg_2", "msg_1"]
        assert [(one.id, one.webhook_id) for one in await Desk(pool).unplaced()] == listed


async def test_two_long_ids_that_begin_alike_are_two_facts(new_database: Make) -> None:
    """As far as an id can be kept whole it is; a longer one is known by its hash, and is kept once all the same."""
    await migrate(url := await new_database())
    longest = "x" * MAX_NAME
    async with asyncpg.create_pool(url, min_size=1) as pool:
        desk = Desk(pool)
        for webhook_id in (longest, f"{longest} A-1", f"{longest} A-2", f"{longest} A-2"):
            await desk.keep(
                Unplaced(provider="sandbox", webhook_id=webhook_id, name=None, order_id=None, body="", why="")
            )
        last, middle, first = [one.webhook_id for one in await desk.unplaced()]
    assert first == longest
    assert middle.startswith("sha256:") and last.startswith("sha256:")
    assert len(last) <= MAX_NAME
