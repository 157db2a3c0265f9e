"""What can go wrong with Postgres. No query lives here."""

from typing import Final

import asyncpg

DATABASE_ERRORS: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # Of neither family: the driver's own confusion when the server goes down in the middle of a statement.
    asyncpg.InternalClientError,
)
"""Postgres away, going away, or saying no."""
