"""Bringing a database to this version's schema."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from activities.migrations import Migration, MigrationError, all_migrations, migrate, pending_migrations

Make = Callable[[], Awaitable[str]]
SHORT = {"0017_guard"}
"""Does other things too, and keeps no table of orders from anybody."""


async def test_an_empty_database_gets_every_migration_once(new_database: Make) -> None:
    """The first run answers with all names in order, the second with none."""
    url = await new_database()

    assert await migrate(url) == [migration.name for migration in all_migrations()]
    assert await migrate(url) == []


async def test_several_processes_may_migrate_at_once(new_database: Make) -> None:
    """Each migration is applied by exactly one of them, and all of them end well."""
    url = await new_database()

    applied = await asyncio.gather(*(migrate(url) for _ in range(5)))

    assert sorted(name for names in applied for name in names) == [migration.name for migration in all_migrations()]


async def test_a_worker_can_see_what_is_missing(new_database: Make) -> None:
    """Everything in an empty database, nothing after `migrate`; looking writes nothing."""
    url = await new_database()
    async with asyncpg.create_pool(url, min_size=1) as pool:
        assert await pending_migrations(pool) == [migration.name for migration in all_migrations()]
        assert await pool.fetchval("SELECT to_regclass('schema_migrations')") is None
        await migrate(url)
        assert await pending_migrations(pool) == []


async def test_an_applied_file_that_changed_is_an_error(new_database: Make) -> None:
    """The message names the file and says what to do."""
    url = await new_database()
    await migrate(url)
    first, *others = all_migrations()
    edited = Migration(first.name, first.statements + "\n-- edited")

    with pytest.raises(MigrationError, match=f"{first.name} was changed.*new migration"):
        await migrate(url, [edited, *others])


async def test_a_migration_that_fails_leaves_nothing(new_database: Make) -> None:
    """Neither its tables nor its row: the next run tries it again."""
    url = await new_database()
    with_broken = [*all_migrations(), Migration("9999_broken", "CREATE TABLE half (a integer); SELECT 1 / 0;")]

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(url, with_broken)

    async with asyncpg.create_pool(url, min_size=1) as pool:
        assert await pool.fetchval("SELECT to_regclass('half')") is None
        assert await pending_migrations(pool, with_broken) == ["9999_broken"]


async def test_a_database_that_is_newer_lacks_nothing(new_database: Make) -> None:
    """While versions are rolled out, a worker of the old one still finds its tables."""
    url = await new_database()
    await migrate(url)

    async with asyncpg.create_pool(url, min_size=1) as pool:
        assert await pending_migrations(pool, []) == []
    assert await migrate(url, []) == []


def test_what_drops_an_index_does_nothing_else() -> None:
    """Nobody reads or writes the table from there on until the transaction ends: not while indexes are built."""
    for migration in all_migrations():
        code = re.sub(r"--.*", "", migration.statements)
        deeds = {" ".join(one.split()[:2]) for one in code.split(";") if one.strip()}
        if "DROP INDEX" in deeds and migration.name not in SHORT:
            assert deeds == {"DROP INDEX"}, migration.name


def test_migrations_are_numbered_without_gaps() -> None:
    """A number that stands twice, or is missing, is two branches that were merged."""
    names = [migration.name for migration in all_migrations()]

    assert all(re.fullmatch(r"\d{4}_[a-z_]+", name) for name in names)
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
