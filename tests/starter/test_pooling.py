"""The pool of connections: after a failover, and behind a real proxy that pools by transaction."""

import asyncio
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio

from activities.migrations import all_migrations, migrate, pending_migrations
from starter.connections import connect_database
from starter.embedded.postgres import UNPRIVILEGED
from starter.embedded.processes import free_port
from starter.pooling import POOLED_BY_TRANSACTION
from starter.settings.environment import Settings, SettingsError, load_settings
from tests.conftest import SYSTEM_TOOLS, MakeDatabase

READY_SECONDS: Final = 10.0
AT_ONCE: Final = 20
"""Statements under way together, over the two server connections that the proxy has."""


def settings(url: str, **other: str) -> Settings:
    """Settings of a process that keeps `AT_ONCE` connections at most."""
    return load_settings({"DATABASE_URL": url, "COUNTERMAND_POOL_SIZE": str(AT_ONCE)} | other)


@pytest_asyncio.fixture
async def table(database_url: str) -> AsyncIterator[str]:
    """A table of this test's own, in the database of the run."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE TABLE pooled (number int)")
    yield "pooled"
    await connection.execute("DROP TABLE pooled")
    await connection.close()


@pytest.fixture
def bouncer(database_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The database of the run, by way of a pgbouncer with two connections to it; they are pooled by transaction."""
    mode = getattr(request, "param", "transaction")
    server = urlsplit(database_url)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="countermand-tests-") as made:
        folder = Path(made)
        to = f"host={server.hostname} port={server.port}"
        who = f"user={server.username} password={unquote(server.password or '')}"
        config = folder / "pgbouncer.ini"
        config.write_text(
            f"[databases]\n* = {to} {who}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            f"auth_type = any\npool_mode = {mode}\ndefault_pool_size = 2\nunix_socket_dir =\n"
        )
        if os.geteuid() == 0:  # it refuses to be root, as Postgres does
            nobody = pwd.getpwnam(UNPRIVILEGED)
            for path in (folder, config):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        program = shutil.which("pgbouncer", path=SYSTEM_TOOLS)
        assert program, "pgbouncer is not installed"
        user = UNPRIVILEGED if os.geteuid() == 0 else None
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([program, "-q", config], user=user, stdout=log, stderr=log)
        try:
            yield f"postgresql://anybody@127.0.0.1:{port}{server.path}"
        finally:
            process.kill()
            process.wait()


async def answering(url: str) -> str:
    """`url` once the proxy there, which has just been started, answers."""
    give_up = time.monotonic() + READY_SECONDS
    while True:
        try:
            (await asyncpg.connect(url)).terminate()
        except ConnectionRefusedError:
            assert time.monotonic() < give_up
            await asyncio.sleep(0.05)
        else:
            return url


async def test_a_pool_leaves_a_server_that_no_longer_writes(database_url: str, table: str) -> None:
    """One statement fails, as it must; none of the other connections to that server fails the next ones."""
    async with await connect_database(settings(database_url)) as pool:
        held = [await pool.acquire() for _ in range(5)]
        for connection in held:
            await connection.execute("SET default_transaction_read_only = on")
        for connection in held:
            await pool.release(connection)

        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await pool.execute(f"INSERT INTO {table} VALUES ($1)", 0)
        for number in range(5):
            await pool.execute(f"INSERT INTO {table} VALUES ($1)", number)

        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 5


@pytest.mark.parametrize(
    ("code", "connections"), [("25006", 2), ("57P01", 2), ("57P02", 2), ("57P03", 2), ("22012", 1)]
)
async def test_a_pool_leaves_a_server_that_says_so(database_url: str, code: str, connections: int) -> None:
    """By the code of the error, whatever its text; a statement that is merely wrong costs no connection."""
    async with await connect_database(settings(database_url)) as pool:
        before = await pool.fetchval("SELECT pg_backend_pid()")
        with pytest.raises(asyncpg.PostgresError):
            await pool.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$")

        assert len({before, await pool.fetchval("SELECT pg_backend_pid()")}) == connections


@pytest.mark.needs_pgbouncer
async def test_a_proxy_that_pools_by_transaction_is_named_where_the_setting_is_missing(bouncer: str) -> None:
    """At the start, not by a statement that is lost now and then under load."""
    with pytest.raises(SettingsError, match="COUNTERMAND_TRANSACTION_POOLING") as refused:
        await connect_database(settings(await answering(bouncer)))
    assert str(refused.value) == POOLED_BY_TRANSACTION


@pytest.mark.needs_pgbouncer
@pytest.mark.parametrize("bouncer", ["session"], indirect=True)
async def test_a_proxy_that_pools_by_session_needs_no_setting(bouncer: str) -> None:
    """Also when it has no further server connection to spare for whoever asks whether ours was lent."""
    async with await connect_database(settings(await answering(bouncer), COUNTERMAND_POOL_SIZE="1")) as pool:
        assert await pool.fetchval("SELECT $1::int", 1) == 1


async def test_a_pool_passes_a_server_that_is_not_there(database_url: str) -> None:
    """Several servers in the address: the one that writes is found."""
    server = urlsplit(database_url)
    who, _, where = server.netloc.rpartition("@")
    several = server._replace(netloc=f"{who}@127.0.0.1:1,{where}", query="target_session_attrs=read-write")
    async with await connect_database(settings(urlunsplit(several))) as pool:
        assert await pool.fetchval("SELECT 1") == 1


@pytest.mark.needs_pgbouncer
async def test_statements_behind_a_proxy_are_not_lost(bouncer: str, table: str) -> None:
    """Far more of them at once than the proxy has connections, of every kind that the engine asks in."""
    async with await connect_database(
        settings(await answering(bouncer), COUNTERMAND_TRANSACTION_POOLING="true")
    ) as pool:

        async def ask(number: int) -> None:
            assert await pool.execute(f"INSERT INTO {table} VALUES ($1)", number) == "INSERT 0 1"
            assert await pool.fetchval(f"SELECT number FROM {table} WHERE number = $1", number) == number
            assert await pool.fetchval(f"SELECT {number} + $1::int", number) == 2 * number
            row = await pool.fetchrow("SELECT $1::text AS said, $2::jsonb AS given", "x", json.dumps({"a": number}))
            assert row is not None
            assert json.loads(row["given"]) == {"a": number}
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute(f"UPDATE {table} SET number = number WHERE number = $1", number)
                assert len(await connection.fetch(f"SELECT * FROM {table} WHERE number = $1", number)) == 1

        for first in range(0, 200, AT_ONCE):
            await asyncio.gather(*(ask(number) for number in range(first, first + AT_ONCE)))

        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 200


@pytest.mark.needs_pgbouncer
async def test_a_statement_that_fails_behind_a_proxy_leaves_nothing(bouncer: str, table: str) -> None:
    """Neither a row nor an open transaction, which would hold one of the proxy's connections for ever."""
    async with await connect_database(
        settings(await answering(bouncer), COUNTERMAND_TRANSACTION_POOLING="true")
    ) as pool:
        for _ in range(5):
            with pytest.raises(asyncpg.DivisionByZeroError):
                await pool.fetchval(f"INSERT INTO {table} VALUES ($1 / 0) RETURNING number", 1)

        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.needs_pgbouncer
async def test_migrations_pass_a_proxy(bouncer: str, new_database: MakeDatabase) -> None:
    """From several processes at once, as at a rollout."""
    url = await answering(urlunsplit(urlsplit(bouncer)._replace(path=urlsplit(await new_database()).path)))
    first, second = await asyncio.gather(migrate(url), migrate(url))

    assert sorted(first + second) == [migration.name for migration in all_migrations()]
    async with await connect_database(settings(url, COUNTERMAND_TRANSACTION_POOLING="true")) as pool:
        assert await pending_migrations(pool) == []
