"""That a database came back from a backup: an operator says so, and the guard before money leaves heeds it (R37)."""

from datetime import datetime

import asyncpg

from activities.sql import query


async def mark_restored(pool: asyncpg.Pool) -> datetime:
    """From now on every key is looked up before its first sending: what a backup lacks, only the provider knows."""
    restored_at: datetime = await pool.fetchval(query("payments/restored"))
    return restored_at
