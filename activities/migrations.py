"""Brings a database to this version's schema: the numbered files in `sql/migrations`, each applied once, in order.

The schema itself lives in those files. A file that was applied is never edited: the next change is the next file.
"""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Final, NamedTuple

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from activities.crashes import NEVER, Crashes, Deed
from activities.sql import query

LOCK: Final = 0x636F756E746572
"""The advisory lock under which one process migrates while the others wait; any number that nobody else uses."""
CONNECT_SECONDS: Final = 10.0
"""To reach the database. A migration itself may take as long as it needs."""


class MigrationError(Exception):
    """The database and this version's migrations do not fit together. The message says which file, and what to do."""


class Migration(NamedTuple):
    """One numbered file."""

    name: str
    statements: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.statements.encode()).hexdigest()


async def migrate(
    database_url: str, migrations: Sequence[Migration] | None = None, crashes: Crashes = NEVER
) -> list[str]:
    """Apply what is missing of this version's migrations, or of the given ones, and answer with the names of those.

    Safe to repeat, and from several processes at once.
    """
    migrations = all_migrations() if migrations is None else migrations
    connection = await asyncpg.connect(database_url, timeout=CONNECT_SECONDS, statement_cache_size=0)
    try:
        applied: list[str] = []
        while True:
            with crashes.around(Deed.MIGRATE):
                name = await _apply_next(connection, migrations)
            if name is None:
                return applied
            applied.append(name)
    finally:
        await connection.close()


async def pending_migrations(pool: asyncpg.Pool, migrations: Sequence[Migration] | None = None) -> list[str]:
    """The names of the migrations that the database lacks. A database that is newer than this version lacks none."""
    migrations = all_migrations() if migrations is None else migrations
    async with pool.acquire() as connection:
        return [migration.name for migration in await _pending(connection, migrations)]


def all_migrations() -> list[Migration]:
    """The numbered files of this version, in the order in which they apply."""
    found = sorted(
        (file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in files("activities.sql").joinpath("migrations").iterdir()
        if file.name.endswith(".sql")
    )
    return [Migration(name, statements) for name, statements in found]


async def _apply_next(connection: asyncpg.Connection, migrations: Sequence[Migration]) -> str | None:
    """Apply the first migration that is missing, together with its row, or nothing of it."""
    async with connection.transaction():
        # Held until the commit, so that whoever waited here then sees what was applied meanwhile.
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        pending = await _pending(connection, migrations)
        if not pending:
            return None
        await connection.execute(query("schema/create"))
        await connection.execute(pending[0].statements)
        await connection.execute(query("schema/keep"), pending[0].name, pending[0].checksum)
        return pending[0].name


async def _pending(
    connection: asyncpg.Connection | PoolConnectionProxy, migrations: Sequence[Migration]
) -> list[Migration]:
    applied: dict[str, str] = {}
    if await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL"):
        applied = {row["name"]: row["checksum"] for row in await connection.fetch(query("schema/applied"))}
    pending = []
    for migration in migrations:
        if migration.name not in applied:
            pending.append(migration)
        elif applied[migration.name] != migration.checksum:
            raise MigrationError(
                f"Migration {migration.name} was changed after it was applied to this database. "
                "Restore the file, and put the change into a new migration."
            )
    return pending
