"""The pool of connections to Postgres: what it does at a failover, and behind a proxy that pools by transaction."""

import asyncio
from contextlib import ExitStack
from typing import Final

import asyncpg

from starter.settings.environment import Settings, SettingsError

CONNECT_SECONDS: Final = 1.0
"""To open one connection to Postgres. Shorter than the 1.5 s of a record's local try, so that it fails by itself."""
IDLE_SECONDS: Final = 60.0
"""After which an unused connection is closed: a burst's connections must not be held against the server's limit."""
STATEMENTS_KEPT: Final = 100
"""Prepared statements of one connection: more than we have, and the driver's own default."""
SERVER_LEFT: Final = (
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)
"""What a statement ends with whose server is no longer the one that writes, or is about to be none (25006, 57P01 to
57P03). A failover may leave the connections to it open, and each of them would fail a statement; closed ones are
replaced anyway."""
STATEMENT_LOST: Final = (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError)
"""What a prepared statement ends with that was prepared on another server connection."""
_SERVER: Final = "SELECT pg_backend_pid()"
LOOKS: Final = 8
"""Servers that a proxy may have at hand before it lends ours: it takes one that is free before it opens another."""
POOLED_BY_TRANSACTION: Final = (
    "DATABASE_URL leads through a proxy that pools by transaction, such as pgbouncer; "
    "set COUNTERMAND_TRANSACTION_POOLING=true."
)


async def open_pool(settings: Settings) -> asyncpg.Pool:
    """The pool, with one connection open. Raises `SettingsError` where a proxy is not what the settings say."""
    pool: asyncpg.Pool = asyncpg.create_pool(
        settings.database_url,
        min_size=1,
        max_size=settings.pool_size,
        timeout=CONNECT_SECONDS,
        command_timeout=settings.record_timeout,
        max_inactive_connection_lifetime=IDLE_SECONDS,
        init=lambda connection: _watched(pool, connection),
        reset=_nothing_to_reset,
        server_settings={"application_name": "countermand"},
        # Without a cache the driver sends a statement's text again with its arguments, in one message.
        statement_cache_size=0 if settings.transaction_pooling else STATEMENTS_KEPT,
    )
    await pool
    try:
        if not settings.transaction_pooling and await _is_pooled_by_transaction(pool, settings.database_url):
            raise SettingsError(POOLED_BY_TRANSACTION)
    except BaseException:
        pool.terminate()
        raise
    return pool


async def _watched(pool: asyncpg.Pool, connection: asyncpg.Connection) -> None:
    """Drop every pooled connection once one of them says that its server has left."""

    def ended(statement: asyncpg.connection.LoggedQuery) -> None:
        if isinstance(statement.exception, SERVER_LEFT) and not pool.is_closing():
            renewing = asyncio.ensure_future(pool.expire_connections())
            renewals.add(renewing)
            renewing.add_done_callback(renewals.discard)

    renewals: set[asyncio.Future[None]] = set()
    connection.add_query_logger(ended)


async def _is_pooled_by_transaction(pool: asyncpg.Pool, database_url: str) -> bool:
    """Whether the pool's connections lead to a proxy that lends their servers to others. Where none is, this asks once.

    A proxy's own number of a connection is not that of the server behind it.
    """
    try:
        async with pool.acquire() as connection:
            server = await connection.fetchval(_SERVER)
            return server != connection.get_server_pid() and await _is_lent(server, database_url)
    except STATEMENT_LOST:
        return True


async def _is_lent(server: int, database_url: str) -> bool:
    """Whether a transaction of another connection runs on this server, which a connection of ours was given before.

    Not known, when the proxy has no server to spare for the question: that is no reason not to start.
    """
    with ExitStack() as others:
        for _ in range(LOOKS):
            try:
                other = await asyncpg.connect(
                    database_url, timeout=CONNECT_SECONDS, command_timeout=CONNECT_SECONDS, statement_cache_size=0
                )
                others.callback(other.terminate)  # to close it politely, it would have to be given a server first
                await other.execute("BEGIN")  # which stays open: the next look is given another server
                if await other.fetchval(_SERVER) == server:
                    return True
            except TimeoutError:
                return False
    return False


async def _nothing_to_reset(_: asyncpg.Connection) -> None:
    """Nothing of ours changes a connection's state, and the usual reset is one more round trip for every command."""
