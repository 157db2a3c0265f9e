"""A worker process: what it says when it cannot start, and how it stops."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from temporalio.api.operatorservice.v1 import RemoveSearchAttributesRequest
from temporalio.client import Client

from activities.migrations import migrate
from starter.connections import connect_temporal, register_search_attributes
from starter.embedded import EmbeddedStack, StackOptions
from tests.warden import mark

WORKER: Final = (sys.executable, str(Path(__file__).parents[1] / "worker.py"))
START: Final = {
    "order_id": "A-1001",
    "buyer_id": "b-7",
    "seller_id": "s-3",
    "currency": "USD",
    "lines": [{"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 1, "unit_price": 1999}],
}
BUYER: Final = {"role": "buyer", "id": "b-7"}


@pytest_asyncio.fixture(scope="module")
async def stack() -> AsyncIterator[EmbeddedStack]:
    """Temporal and Postgres, without any process of ours."""
    bare = StackOptions(None, 0, 0, 0, worker=False, gateway=False, sandbox=False, environment=mark())
    async with EmbeddedStack(bare) as started:
        yield started


def environment(stack: EmbeddedStack | None, **other: str) -> dict[str, str]:
    """What a worker is started with: ours less every setting, and those of the stack."""
    prefixes = ("COUNTERMAND_", "TEMPORAL_", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return kept | ({} if stack is None else stack.environment) | other


def run(given: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A worker that ends by itself."""
    return subprocess.run(WORKER, env=given, capture_output=True, text=True, timeout=60, check=False)


def assert_one_sentence(done: subprocess.CompletedProcess[str], said: str) -> None:
    """On standard error, with exit code 2 and no traceback."""
    assert said in done.stderr
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "DATABASE_URL is not set; set it to an address such as postgresql://"),
        ({"COUNTERMAND_TYPO": "1"}, "COUNTERMAND_TYPO is not a setting;"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "Postgres cannot be used (DATABASE_URL)"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(given: dict[str, str], said: str) -> None:
    """Nothing is started with it."""
    assert_one_sentence(run(environment(None, **given)), said)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"COUNTERMAND_PAYMENT_PROVIDER": "other"}, "COUNTERMAND_PAYMENT_PROVIDER must be one of: sandbox, stripe."),
        ({"COUNTERMAND_PAYMENT_URL": ""}, "COUNTERMAND_PAYMENT_URL is not set; set it to an address such as http://"),
    ],
)
def test_a_payment_provider_that_cannot_be_used_is_named(
    stack: EmbeddedStack, given: dict[str, str], said: str
) -> None:
    """Before an order could need it."""
    assert_one_sentence(run(environment(stack, **given)), said)


def test_a_temporal_that_does_not_answer_is_named(stack: EmbeddedStack) -> None:
    """With the address that was tried."""
    done = run(environment(stack, TEMPORAL_ADDRESS="127.0.0.1:1"))

    assert_one_sentence(done, "Temporal does not answer at 127.0.0.1:1 (TEMPORAL_ADDRESS)")


def test_a_metrics_address_that_is_taken_is_named(stack: EmbeddedStack) -> None:
    """Instead of a traceback of the SDK's; another worker on this machine mostly has it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run(environment(stack, COUNTERMAND_METRICS_ADDRESS=address))

    assert_one_sentence(done, f"COUNTERMAND_METRICS_ADDRESS: metrics cannot be served at {address}: ")


def test_a_namespace_that_does_not_exist_is_named(stack: EmbeddedStack) -> None:
    """Workers do not make namespaces."""
    assert_one_sentence(run(environment(stack, TEMPORAL_NAMESPACE="nowhere")), "Namespace nowhere (TEMPORAL_NAMESPACE)")


async def test_a_database_that_was_not_migrated_stops_the_start(
    stack: EmbeddedStack, new_database: Callable[[], Awaitable[str]]
) -> None:
    """The sentence names the command that helps; afterwards the same worker starts."""
    url = await new_database()
    assert_one_sentence(run(environment(stack, DATABASE_URL=url)), "lacks 0001_orders")
    assert "countermand migrate" in run(environment(stack, DATABASE_URL=url)).stderr

    await migrate(url)

    stop_when_ready(environment(stack, DATABASE_URL=url))


async def test_missing_search_attributes_stop_the_start(stack: EmbeddedStack) -> None:
    """An order would retry its first task for ever."""
    client = await connect_temporal(stack.settings)
    await client.operator_service.remove_search_attributes(
        RemoveSearchAttributesRequest(namespace=client.namespace, search_attributes=["WaitingOn"])
    )
    try:
        done = run(environment(stack))
        assert_one_sentence(done, "lacks the search attributes WaitingOn; run `countermand migrate`.")
    finally:
        assert await register_search_attributes(client) == ["WaitingOn"]
        assert await register_search_attributes(client) == []


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_drains_and_ends_well(stack: EmbeddedStack, told: signal.Signals) -> None:
    """Exit code 0; it says how long activities have, and logs to standard error."""
    assert "running activities have 20 s to finish" in stop_when_ready(environment(stack), told)


def stop_when_ready(given: Mapping[str, str], told: signal.Signals = signal.SIGTERM) -> str:
    """Start a worker, tell it to stop once it serves, and answer with what it logged."""
    with subprocess.Popen(WORKER, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, process.communicate()
            assert json.loads(line)["task_queue"] == "orders"
            process.send_signal(told)
            _, logged = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    return logged


async def test_a_whole_stack_carries_an_order_to_its_end(tmp_path: Path) -> None:
    """Every part of it is started, and the worker serves and records."""
    options = StackOptions(tmp_path / "stack", 0, 0, 0, environment=mark())
    async with EmbeddedStack(options) as whole:
        assert {child.name for child in whole.crew.children} == {
            "Postgres",
            "Temporal",
            "Payment provider",
            "Gateway",
            "Mailbox",
            "Worker",
        }
        client = await connect_temporal(whole.settings)
        assert await cancelled(client) == "cancelled"
    assert [child.process.returncode for child in whole.crew.children if child.name == "Worker"] == [0]


async def cancelled(client: Client) -> str:
    """The stage in which an order ends that its buyer cancels unpaid."""
    handle = await client.start_workflow("Order", START, id="order-A-1001", task_queue="orders")
    await handle.execute_update("request_cancellation", {"request_id": "r-1", "by": BUYER})
    return str((await handle.result())["stage"])
