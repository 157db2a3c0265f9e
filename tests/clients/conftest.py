"""One engine for every client, and what somebody exports who tries them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from starter.embedded import EmbeddedStack, StackOptions
from tests.acceptance.programs import surroundings


@pytest_asyncio.fixture(scope="session")
async def stack() -> AsyncIterator[EmbeddedStack]:
    """On free ports, in a folder of its own, with a provider that settles after a fifth of a second."""
    options = StackOptions(
        data=None, temporal_port=0, ui_port=0, gateway_port=0, settle_after=0.2, environment=surroundings({})
    )
    async with EmbeddedStack(options) as running:
        yield running


@pytest.fixture
def exports(stack: EmbeddedStack) -> dict[str, str]:
    """What `countermand dev` prints to be exported."""
    keys = {f"{role}_key".upper(): key for role, key in stack.keys.items()}
    return {**stack.environment, **keys, "GATEWAY": stack.gateway_url}
