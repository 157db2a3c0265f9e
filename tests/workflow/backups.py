"""A backup of a database, and its return under those who use it: connections break, and yesterday is there again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg


class Backup:
    """One database of the tests' server, and a copy of it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._name = urlsplit(url).path.removeprefix("/")
        self._copy = f"{self._name}_backup"

    async def make(self) -> None:
        """Copy it as it is now."""
        await self._copied(self._name, self._copy)

    async def restore(self) -> None:
        """Put the copy in its place, once: everything since is gone."""
        async with self._to_itself(self._name) as connection:
            await connection.execute(f"ALTER DATABASE {self._name} RENAME TO {self._name}_lost")
            await connection.execute(f"ALTER DATABASE {self._copy} RENAME TO {self._name}")
            await connection.execute(f"DROP DATABASE {self._name}_lost")

    async def _copied(self, name: str, copy: str) -> None:
        async with self._to_itself(name) as connection:
            await connection.execute(f"CREATE DATABASE {copy} TEMPLATE {name}")
            await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    @asynccontextmanager
    async def _to_itself(self, name: str) -> AsyncIterator[asyncpg.Connection]:
        """The server, with nobody connected to that database: Postgres neither copies nor renames one in use."""
        connection = await asyncpg.connect(urlunsplit(urlsplit(self._url)._replace(path="/postgres")))
        try:
            await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name
            )
            yield connection
        finally:
            await connection.close()
