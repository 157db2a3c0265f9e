"""The whole engine as real processes, as `countermand dev` starts it, for all tests of this folder."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from starter.client.orders import OrderClient
from starter.connections import connect_temporal
from starter.embedded import EmbeddedStack, StackOptions
from tests.acceptance.orders import Bank
from tests.acceptance.programs import CommandLine, surroundings
from tests.histories import all_replay, since


@pytest_asyncio.fixture(scope="session")
async def engine() -> AsyncIterator[EmbeddedStack]:
    """On free ports, in a folder of its own, with a provider that settles after a fifth of a second."""
    options = StackOptions(
        data=None, temporal_port=0, ui_port=0, gateway_port=0, settle_after=0.2, environment=surroundings({})
    )
    async with EmbeddedStack(options) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def connected(engine: EmbeddedStack) -> AsyncIterator[OrderClient]:
    async with OrderClient.connect(engine.settings) as connected:
        yield connected


@pytest_asyncio.fixture
async def stack(engine: EmbeddedStack, request: pytest.FixtureRequest) -> AsyncIterator[EmbeddedStack]:
    """The engine; every history that the test has begun is replayed before the test is over."""
    begun = datetime.now(UTC)
    yield engine
    await all_replay(await connect_temporal(engine.settings), since(begun), request.node.name)


@pytest.fixture
def client(connected: OrderClient, stack: EmbeddedStack) -> OrderClient:
    return connected


@pytest.fixture
def countermand(stack: EmbeddedStack) -> CommandLine:
    return CommandLine(stack.environment)


@pytest.fixture
def bank(stack: EmbeddedStack) -> Bank:
    return Bank(stack.payments_url)
