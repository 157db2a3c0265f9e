"""How many events an hour without Postgres adds to an order's history: the same hour twice, with Postgres and without.

The order's own clock is moved, so that the hour takes seconds. The stage for it is the one of the workflow's tests.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import uuid4

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from benchmarks.parts import Asked, Found, table
from benchmarks.rig import Rig, rig
from benchmarks.stories import BUYER, SELLER
from starter.connections import register_search_attributes
from starter.embedded import temporal_binary
from tests.workflow.theatre import Theatre

HOUR: Final = timedelta(hours=1)
COMMANDS: Final = 3
"""Sent while Postgres is away, twenty minutes apart."""


async def hour(asked: Asked) -> Found:
    """Events of both hours, and the difference."""
    asked.tell("An hour with Postgres and an hour without, on a clock that is moved")
    # Every failed try of a record would be told with its traceback, and failing is what they are here for.
    logging.getLogger("temporalio.activity").setLevel(logging.CRITICAL)
    async with rig() as measured, environment() as clocks:
        usual = await _events(measured, clocks, away=False)
        without = await _events(measured, clocks, away=True)
    drawn = table(f"An hour in which {COMMANDS} commands come", "", "events of the whole history")
    drawn.add_row("with Postgres", str(usual))
    drawn.add_row("without it", str(without))
    drawn.add_row("added by the outage", str(without - usual))
    return Found([drawn], {"with_postgres": usual, "without": without, "added": without - usual})


@asynccontextmanager
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    """A server on which each order has a clock of its own."""
    async with await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(temporal_binary()),
        dev_server_log_level="error",
        dev_server_startup_timeout=timedelta(minutes=1),
        dev_server_extra_args=["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"],
    ) as made:
        await register_search_attributes(made.client)
        yield made


async def _events(rig: Rig, clocks: WorkflowEnvironment, *, away: bool) -> int:
    """Events of an order that is paid and shipped, and then written to for an hour."""
    theatre = Theatre(clocks, rig.pool, rig.stack.payments_url, f"H-{uuid4().hex}", watched=False)
    await theatre.open()
    try:
        await theatre.start()
        await theatre.pay()
        await theatre.update("ship", by=SELLER, carrier="UPS", tracking="1Z999")
        await theatre.recorded(3)
        theatre.records.away = away
        for _ in range(COMMANDS):
            await theatre.update("send_message", by=BUYER, to="seller", text="Where is my lamp?")
            await theatre.forward(HOUR / COMMANDS)
        theatre.records.away = False
        await theatre.recorded(3 + COMMANDS)
        return (await theatre.events()).total()
    finally:
        await theatre.close("this benchmark")
