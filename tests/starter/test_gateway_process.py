"""The real thing, end to end: a buyer pays at the provider's process, and the gateway's process tells the order."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
from temporalio.client import Client

from starter.client.orders import OrderClient
from starter.gateway.callers import Scope
from tests.activities.sandboxes import PATIENCE, SECRET, SOURCES, eventually, sandbox_process
from tests.starter.doorbell import bearer, new_key
from tests.starter.orders import an_order
from workflows.messages.values import Stage

GATEWAY: Final = (sys.executable, "-P", "-m", "starter.gateway")


@asynccontextmanager
async def gateway_process(
    temporal: Client, **environment: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A gateway on a free port, and its address."""
    process = await _started(temporal, environment)
    assert process.stdout
    try:
        async with asyncio.timeout(PATIENCE):
            yield process, json.loads(await process.stdout.readline())["gateway"]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def environment_of_gateway(temporal: Client, **environment: str) -> dict[str, str]:
    """With which a gateway joins that Temporal, on a free port unless it is told another one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COUNTERMAND_", "TEMPORAL_"))}
    ours = {
        "PYTHONPATH": str(SOURCES),
        "TEMPORAL_ADDRESS": temporal.service_client.config.target_host,
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "COUNTERMAND_WEBHOOK_SECRET": SECRET,
        "COUNTERMAND_GATEWAY_PORT": "0",
    }
    return {**kept, **ours, **environment}


async def _started(
    temporal: Client, environment: dict[str, str], stderr: int | None = None
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *GATEWAY,
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
        env=environment_of_gateway(temporal, **environment),
    )


async def test_a_payment_reaches_its_order(
    temporal: Client, client: OrderClient, database_url: str, task_queue: str, order_id: str, tmp_path: Path
) -> None:
    """From the provider's book through the signed webhook into the order; SIGTERM then ends the gateway with 0, and the
    streams of those who follow the feed there."""
    await client.start(an_order(order_id))
    environment = {"DATABASE_URL": database_url, "COUNTERMAND_TASK_QUEUE": task_queue}

    async def paid() -> bool:
        return (await client.order(order_id)).stage is Stage.AWAITING_SHIPMENT

    async with gateway_process(temporal, **environment) as (gateway, url):
        assert url.startswith("http://127.0.0.1:")
        async with sandbox_process(tmp_path, f"{url}/webhooks/payments") as sandbox:
            (await sandbox.pay(order_id)).raise_for_status()
            await eventually(paid)
            (await sandbox.pay(f"{order_id}.unknown")).raise_for_status()
            await eventually(lambda: _kept(client, f"{order_id}.unknown"))
        headers = bearer(await new_key(client.pool, Scope.READ)) | {"accept": "text/event-stream"}
        async with httpx.AsyncClient() as http, http.stream("GET", f"{url}/events", headers=headers) as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 1000"
            gateway.send_signal(signal.SIGTERM)
            assert [line async for line in lines if line.startswith("retry")] == []
        assert gateway.stdout
        assert await gateway.stdout.read() == b""
        assert await gateway.wait() == 0


async def _kept(client: OrderClient, order_id: str) -> bool:
    """Whether what was told of an order that nobody started lies where an operator finds it."""
    return order_id in [one.order_id for one in await client.desk.unplaced()]


async def test_a_gateway_without_a_database_says_so_in_one_sentence(temporal: Client, task_queue: str) -> None:
    """It has nowhere to keep what it cannot place."""
    gateway = await _started(temporal, {"COUNTERMAND_TASK_QUEUE": task_queue}, asyncio.subprocess.PIPE)
    async with asyncio.timeout(PATIENCE):
        announced, said = await gateway.communicate()
    assert (gateway.returncode, announced) == (2, b"")
    assert said.decode().startswith("DATABASE_URL is not set; set it to ")


async def test_an_address_that_is_taken_is_said_in_one_sentence(
    temporal: Client, database_url: str, task_queue: str
) -> None:
    """It names the address, and the setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        gateway = await _started(
            temporal, {"COUNTERMAND_GATEWAY_PORT": port, "DATABASE_URL": database_url}, asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(PATIENCE):
            announced, said = await gateway.communicate()
    assert (gateway.returncode, announced) == (2, b"")
    [sentence] = said.decode().splitlines()
    assert port in sentence
    assert "COUNTERMAND_GATEWAY_PORT" in sentence
