"""The whole engine as real processes, as `countermand dev` starts it, for all tests of this folder."""

from collections.abc import AsyncIterator

import pytest_asyncio

from starter.embedded import EmbeddedStack, StackOptions


@pytest_asyncio.fixture(scope="session")
async def stack() -> AsyncIterator[EmbeddedStack]:
    """On free ports, in a folder of its own, with a provider that settles after a fifth of a second."""
    options = StackOptions(data=None, temporal_port=0, ui_port=0, gateway_port=0, settle_after=0.2)
    async with EmbeddedStack(options) as running:
        yield running
