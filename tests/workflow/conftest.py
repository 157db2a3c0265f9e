"""A real server with a virtual clock per workflow, a real Postgres, and a provider process that keeps its own book."""

import json
import os
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from types import MappingProxyType
from typing import Final

import asyncpg
import pytest
import pytest_asyncio
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from activities.migrations import migrate
from starter.connections import register_search_attributes
from starter.embedded.processes import Crew, Program
from starter.embedded.temporal import REPORT_PROBLEMS, temporal_binary
from starter.settings.checks import new_secret
from tests.conftest import MakeDatabase
from tests.histories import all_replay, of_queue
from tests.pausing import PAUSING_ALLOWED
from tests.workflow.reconciling import Marketplace, MemoryProvider
from tests.workflow.theatre import HISTORIES, Theatre
from workflows.converter import DATA_CONVERTER


@pytest_asyncio.fixture(scope="session")
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    """The dev server, its clocks standing until a test moves one."""
    async with await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),
        data_converter=DATA_CONVERTER,
        dev_server_existing_path=str(temporal_binary()),
        dev_server_log_level="error",
        dev_server_startup_timeout=timedelta(seconds=60),
        dev_server_extra_args=[
            *("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"),
            *PAUSING_ALLOWED,
            *("--dynamic-config-value", REPORT_PROBLEMS),
        ],
    ) as environment:
        await register_search_attributes(environment.client)
        yield environment


@pytest_asyncio.fixture(scope="session")
async def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A provider process that takes everything as pending and settles nothing by itself: tests report it."""
    folder = tmp_path_factory.mktemp("sandbox")
    command = [sys.executable, "-m", "starter.sandbox", "--book", str(folder / "book"), "--settle-after", str(10**6)]
    nobody = ["--webhook-url", "http://127.0.0.1:9/"]
    secret = {"COUNTERMAND_WEBHOOK_SECRET": new_secret()}
    crew = Crew(folder / "processes.json")
    program = Program("Payment provider", command + nobody, folder / "log", {**os.environ, **secret})
    child = crew.start(program)
    await child.announced(within=30)
    yield json.loads(child.output())["url"]
    await crew.stop([program.name])


UNWATCHED: Final = MappingProxyType(
    {
        "test_budgets": "a query beside a record costs three events, and these are counted",
        "test_replays": "it asks itself, at one certain moment",
    }
)
"""The modules in whose tests nobody looks at the order while messages are sent, each with its reason."""


def is_watched(request: pytest.FixtureRequest) -> bool:
    return request.module.__name__.rsplit(".", maxsplit=1)[-1] not in UNWATCHED


@pytest_asyncio.fixture
async def theatre(
    environment: WorkflowEnvironment,
    pool: asyncpg.Pool,
    sandbox_url: str,
    order_id: str,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Theatre]:
    """One order's stage: its worker runs, and every history of it is replayed before the test is over."""
    theatre = Theatre(environment, pool, sandbox_url, order_id, watched=is_watched(request))
    await theatre.open()
    yield theatre
    golden = request.config.getoption("--keep-histories") and request.module.__name__.endswith("stories")
    await theatre.close(request.node.name, HISTORIES if golden else None)


@pytest_asyncio.fixture
async def dark_theatre(
    environment: WorkflowEnvironment,
    pool: asyncpg.Pool,
    sandbox_url: str,
    order_id: str,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Theatre]:
    """The same with no worker yet."""
    theatre = Theatre(environment, pool, sandbox_url, order_id, watched=is_watched(request))
    yield theatre
    await theatre.close(request.node.name)


@pytest_asyncio.fixture
async def dark_marketplace(
    environment: WorkflowEnvironment, new_database: MakeDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[Marketplace]:
    """A database, a provider, and no worker yet; every history on it is replayed before the test is over."""
    url = await new_database()
    await migrate(url)
    async with asyncpg.create_pool(url, min_size=1, max_size=10) as pool:
        yield (marketplace := Marketplace(environment.client, url, pool, MemoryProvider()))
    await all_replay(marketplace.client, of_queue(marketplace.task_queue), request.node.name)


@pytest_asyncio.fixture
async def marketplace(dark_marketplace: Marketplace) -> AsyncIterator[Marketplace]:
    """The same with a worker."""
    async with dark_marketplace.worker():
        yield dark_marketplace
