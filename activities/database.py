"""What can go wrong with Postgres, and what it does not take. No query lives here."""

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


def storable_text(text: str) -> str:
    """`text` without NUL and without halves of characters: what others said must not keep us from keeping it."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()
