"""A Temporal for the tests of whatever calls orders, and clients of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from starter.client.orders import OrderClient
from starter.connections import register_search_attributes
from starter.embedded import temporal_binary
from tests.histories import all_replay, of_queue
from tests.pausing import PAUSING_ALLOWED
from tests.starter.orders import PATIENCE, a_worker
from workflows.converter import DATA_CONVERTER

FORGETFUL: Final = "forgetful"


@pytest_asyncio.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """A dev server without a UI."""
    async with await WorkflowEnvironment.start_local(
        data_converter=DATA_CONVERTER,
        dev_server_existing_path=str(temporal_binary()),
        dev_server_log_level="error",
        dev_server_startup_timeout=timedelta(seconds=60),
        dev_server_extra_args=[f"--namespace={FORGETFUL}", *PAUSING_ALLOWED],
    ) as environment:
        await register_search_attributes(environment.client)
        yield environment.client


@pytest_asyncio.fixture(scope="session")
async def forgetful(temporal: Client) -> Client:
    """A namespace that has forgotten every order, as any does when its retention is over."""
    client = await Client.connect(
        temporal.service_client.config.target_host, namespace=FORGETFUL, data_converter=DATA_CONVERTER
    )
    await register_search_attributes(client)
    return client


@pytest_asyncio.fixture
async def task_queue(temporal: Client, forgetful: Client, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A test's own; every history on it is replayed before the test is over."""
    yield (queue := f"orders-{uuid4().hex}")
    for namespace in (temporal, forgetful):
        await all_replay(namespace, of_queue(queue), request.node.name)


@pytest.fixture
def lonely(temporal: Client, pool: asyncpg.Pool, task_queue: str) -> OrderClient:
    """A client whose orders no worker serves."""
    return OrderClient(temporal, pool, task_queue)


@pytest_asyncio.fixture
async def client(
    temporal: Client, pool: asyncpg.Pool, task_queue: str, lonely: OrderClient
) -> AsyncIterator[OrderClient]:
    async with a_worker(temporal, pool, task_queue), asyncio.timeout(2 * PATIENCE.total_seconds()):
        yield lonely
