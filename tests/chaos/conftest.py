"""An engine to break, and how often it is broken: in a few ways by default, in all of them by `make chaos`."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
import pytest_asyncio

from starter.client.orders import OrderClient
from starter.connections import connect_temporal
from starter.embedded import EmbeddedStack, StackOptions
from tests.acceptance.orders import Bank
from tests.acceptance.programs import surroundings
from tests.chaos.cast import Cast
from tests.chaos.parts import Parts
from tests.histories import all_replay, since


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that takes a seed runs once in each round, with a seed that its name tells."""
    if "seed" in metafunc.fixturenames:
        rounds, base = (metafunc.config.getoption(name) for name in ("--chaos-rounds", "--chaos-seed"))
        metafunc.parametrize("seed", range(base, base + rounds), ids=lambda seed: f"seed{seed}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `--chaos` only the tests that tell most."""
    if config.getoption("--chaos"):
        return
    left_out = [item for item in items if item.get_closest_marker("chaos")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest_asyncio.fixture(scope="session")
async def broken() -> AsyncIterator[EmbeddedStack]:
    """The engine that is broken, without a worker: each test starts its own."""
    options = StackOptions(
        data=None,
        temporal_port=0,
        ui_port=0,
        gateway_port=0,
        settle_after=0.2,
        worker=False,
        environment=surroundings({"COUNTERMAND_DRAIN_SECONDS": "3"}),
    )
    async with EmbeddedStack(options) as running:
        yield running


@pytest_asyncio.fixture
async def parts(broken: EmbeddedStack) -> AsyncIterator[Parts]:
    """Its parts, all of them there again when the test has ended."""
    parts = Parts(broken)
    yield parts
    await parts.mended()


@pytest_asyncio.fixture
async def cast(broken: EmbeddedStack, seed: int, request: pytest.FixtureRequest) -> AsyncIterator[Cast]:
    """Orders, and who carries them; every history that they write is replayed before the test is over."""
    begun = datetime.now(UTC)
    async with (
        OrderClient.connect(broken.settings) as client,
        asyncpg.create_pool(broken.settings.database_url, min_size=0, max_size=2) as pool,
    ):
        yield Cast(client, Bank(broken.payments_url), pool, seed)
    await all_replay(await connect_temporal(broken.settings), since(begun), request.node.name)
