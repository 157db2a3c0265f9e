"""The whole engine as real processes, as `countermand dev` starts it, for all tests of this folder."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from starter.client import OrderClient
from starter.embedded import EmbeddedStack, StackOptions
from tests.acceptance.orders import Bank
from tests.acceptance.programs import CommandLine, surroundings


@pytest_asyncio.fixture(scope="session")
async def stack() -> AsyncIterator[EmbeddedStack]:
    """On free ports, in a folder of its own, with a provider that settles after a fifth of a second."""
    options = StackOptions(
        data=None, temporal_port=0, ui_port=0, gateway_port=0, settle_after=0.2, environment=surroundings({})
    )
    async with EmbeddedStack(options) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def client(stack: EmbeddedStack) -> AsyncIterator[OrderClient]:
    async with OrderClient.connect(stack.settings) as connected:
        yield connected


@pytest.fixture
def countermand(stack: EmbeddedStack) -> CommandLine:
    return CommandLine(stack.environment)


@pytest.fixture
def bank(stack: EmbeddedStack) -> Bank:
    return Bank(stack.payments_url)
