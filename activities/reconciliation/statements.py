"""The statements of reconciliation, as its activities run them."""

import asyncpg

from activities.reconciliation.disagreements import ACQUIRE_SECONDS
from activities.sql import query


class Statements:
    """Those of `activities/sql/reconciliation/`, by name, each on a connection of its own."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def rows(self, name: str, *given: object) -> list[asyncpg.Record]:
        """What the statement finds."""
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            return await connection.fetch(query(f"reconciliation/{name}"), *given)

    async def execute(self, name: str, *given: object) -> None:
        """Run one that finds nothing."""
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            await connection.execute(query(f"reconciliation/{name}"), *given)
