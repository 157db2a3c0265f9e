"""A payment provider for the activities: a process of its own, whose own book says what happened."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from activities.providers.sandbox import SandboxProvider
from activities.read_model import Records
from tests.activities.sandboxes import Receiver, Sandbox, listening, sandbox_process
from tests.activities.test_records import batch, share

IMPATIENT = 0.3
"""Seconds. For calls whose answer is lost on purpose; an honest answer on a busy machine may take longer."""


@pytest.fixture(scope="session")
def receiver() -> Receiver:
    """Hears every webhook of `sandbox`."""
    return Receiver()


@pytest_asyncio.fixture(scope="session")
async def sandbox(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """One provider for the whole run: tests use order ids of their own, and misbehaviour is per order."""
    async with (
        listening(receiver.app()) as url,
        sandbox_process(tmp_path_factory.mktemp("sandbox"), url + "/") as running,
    ):
        yield running


@pytest_asyncio.fixture
async def provider(sandbox: Sandbox) -> AsyncIterator[SandboxProvider]:
    """The sandbox's client as the worker has it."""
    made = SandboxProvider(sandbox.url)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def impatient(sandbox: Sandbox) -> AsyncIterator[SandboxProvider]:
    """A client that gives up soon."""
    made = SandboxProvider(sandbox.url, timeout=IMPATIENT)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def recorded(pool: asyncpg.Pool, order_id: str) -> None:
    """The order has its first entry in Postgres, opened by `run-1`, and its payment in the register: money waits for
    that."""
    await Records(pool).write(batch(order_id, 1, 1, opened_by="run-1", shares=(share(f"pay-{order_id}"),)))


@pytest_asyncio.fixture
async def paid(sandbox: Sandbox, order_id: str) -> None:
    """Its payment was made at the provider, and nobody was told: refunds have something to give back."""
    (await sandbox.pay(order_id, quiet=True)).raise_for_status()
