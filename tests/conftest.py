"""What tests share: a Postgres of their own, and the values that orders are made of."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from activities.migrations import migrate
from starter.embedded.postgres import Cluster
from starter.embedded.processes import Crew, free_port
from tests.at_once import AtOnce
from tests.passed import Passed
from tests.warden import watched

# What helpers assert is told in full too.
pytest.register_assert_rewrite("tests.acceptance", "tests.activities", "tests.chaos", "tests.starter", "tests.workflow")


TOOLS: Final = {"needs_curl": "curl", "needs_node": "npm", "needs_pgbouncer": "pgbouncer"}
"""Marker → the program that such a test runs, which pip cannot bring."""
SYSTEM_TOOLS: Final = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))
"""Where programs are looked for: Debian keeps servers where no user's path leads."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--keep-histories`: keep the histories of the stories as golden ones. `--chaos…` are for `tests/chaos`."""
    parser.addoption("--proof", action="store_true", default=False, help="also `tests/proof`, which takes minutes")
    parser.addoption("--long", action="store_true", default=False, help="also what takes an hour")
    parser.addoption("--passed", type=Path, help="keeps which tests have passed: they are not run again")
    parser.addoption("--keep-histories", action="store_true", default=False, help="write missing golden histories")
    parser.addoption("--chaos", action="store_true", default=False, help="every outage and kill, not only a few")
    parser.addoption("--chaos-rounds", type=int, default=1, help="how often each is survived")
    parser.addoption("--chaos-seed", type=int, default=1, help="of the first round; the next round has the next")


def pytest_configure(config: pytest.Config) -> None:
    """What this run starts ends with it, also when it is killed."""
    watched()
    config.pluginmanager.register(AtOnce(config))
    if file := config.getoption("--passed"):
        config.pluginmanager.register(Passed(file, config))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What takes minutes runs where it is asked for: `make proof`."""
    return True if collection_path.name == "proof" and not config.getoption("--proof") else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `--long` nothing that takes an hour; and without its program no test that needs one."""
    lacking = {marker for marker, program in TOOLS.items() if shutil.which(program, path=SYSTEM_TOOLS) is None}
    if os.environ.get("EVERY_TOOL"):  # no option: the tests that start pytest elsewhere would hand it on
        lacking = set()
    unwanted = lacking if config.getoption("--long") else {"long", *lacking}
    left_out = [item for item in items if any(item.get_closest_marker(marker) for marker in unwanted)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was left out for want of a program is said, and not counted as passed."""
    for marker, program in TOOLS.items():
        if shutil.which(program, path=SYSTEM_TOOLS) is None:
            terminalreporter.write_line(f"Left out: the tests that need {program} ({marker}); install it to run them.")


MakeDatabase = Callable[[], Awaitable[str]]


@pytest_asyncio.fixture(scope="session")
async def postgres_url() -> AsyncIterator[str]:
    """A Postgres server: the one of DATABASE_URL, else an embedded one for this run."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    # Not pytest's own folder: each pytest run closes that to other users, and as root we run Postgres as one.
    with tempfile.TemporaryDirectory(prefix="countermand-tests-") as made:
        folder = Path(made)
        crew = Crew(folder / "processes.json")
        cluster, port = Cluster(folder / "data", folder / "log"), free_port()
        try:
            await cluster.start(crew, port)
            yield cluster.url(port)
        finally:
            await crew.stop(["Postgres"])


@pytest_asyncio.fixture(scope="session")
async def new_database(postgres_url: str) -> AsyncIterator[MakeDatabase]:
    """Makes an empty database and answers with its address. All of them are dropped at the end."""
    made: list[str] = []

    async def make() -> str:
        name = f"countermand_test_{uuid4().hex}"
        await _at_server(postgres_url, f"CREATE DATABASE {name}")
        made.append(name)
        return urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))

    yield make
    for name in made:
        await _at_server(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture(scope="session")
async def database_url(new_database: MakeDatabase) -> str:
    """A database with this version's schema, for the whole run: tests use order ids of their own."""
    url = await new_database()
    await migrate(url)
    return url


@pytest_asyncio.fixture(scope="session")
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections to `database_url`."""
    async with asyncpg.create_pool(database_url, min_size=1, max_size=10) as made:
        yield made


@pytest.fixture
def order_id() -> str:
    """An order id that no other test uses."""
    return f"A-{uuid4().hex}"


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder for a stack, not made yet; not within pytest's own, for the reason given above."""
    with tempfile.TemporaryDirectory(prefix="countermand-tests-", ignore_cleanup_errors=True) as made:
        yield Path(made) / "stack"


async def _at_server(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
