"""`countermand dev`, as a person starts and stops it: one line of addresses, and orders that outlive it."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from starter.embedded import temporal_binary
from starter.embedded.folder import data_folder
from starter.settings.nearby import settings_here
from tests.acceptance.orders import TOTAL, Bank, as_file, payment
from tests.acceptance.programs import COUNTERMAND, PATIENCE, CommandLine, Said, ended, ran, running, still_runs

PORTS: Final = ("--temporal-port", "0", "--ui-port", "0", "--gateway-port", "0")
CLOSES_IN: Final = timedelta(seconds=4)
"""How long a buyer has to pay who never does: time enough to stop the engine before that."""


@dataclass
class Dev:
    """One run of it."""

    line: str
    processes: list[psutil.Process]
    said: Said | None = None
    """What it came to, and printed after its line, once it is stopped."""

    @property
    def addresses(self) -> dict[str, Any]:
        addresses: dict[str, Any] = json.loads(self.line)
        return addresses

    @property
    def environment(self) -> dict[str, str]:
        environment: dict[str, str] = self.addresses["environment"]
        return environment

    def left_behind(self) -> list[str]:
        """Which of its processes still run."""
        return [process.name() for process in self.processes if still_runs(process)]


@asynccontextmanager
async def dev(*options: str | Path) -> AsyncIterator[Dev]:
    """`countermand dev --json` on free ports, told to stop at the end of the block."""
    async with running({}, *COUNTERMAND, "dev", "--json", *PORTS, *options) as process:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        run = Dev(line.decode(), psutil.Process(process.pid).children(recursive=True))
        yield run
        process.send_signal(signal.SIGTERM)
        run.said = await ended(process)


async def test_it_tells_in_one_line_where_everything_answers_and_takes_all_of_it_along() -> None:
    async with dev("--ephemeral") as run:
        told = run.addresses
        assert set(told) == {"temporal", "namespace", "ui", "database_url", "gateway", "keys", "environment"}
        async with httpx.AsyncClient() as http:
            for address in (told["ui"], f"{told['gateway']}/healthz", f"{told['gateway']}/readyz"):
                assert (await http.get(address, follow_redirects=True)).status_code == 200, address
            platform = {"Authorization": f"Bearer {told['keys']['platform']}"}
            assert (await http.get(f"{told['gateway']}/orders", headers=platform)).json()["orders"] == []
        there = ("--address", told["temporal"], "--namespace", told["namespace"])
        described = await ran({}, temporal_binary(), "operator", "namespace", "describe", *there)
        assert described.code == 0, described.err
        assert (await CommandLine(run.environment)("list")).code == 0
        assert len(run.left_behind()) >= 5, "Temporal, Postgres, payment provider, gateway and worker"

    assert run.said == Said(0, "", ""), "one line in all, and no complaint"
    assert run.left_behind() == []
    gone = await CommandLine(run.environment)("list")
    assert (gone.code, gone.out) == (3, ""), "nobody refused, nobody answered"
    assert gone.err.endswith("\n")
    assert "Traceback" not in gone.err


async def test_orders_go_on_where_they_stopped(data: Path, order_id: str) -> None:
    """One asks to be cancelled, one is being refunded, and one's deadline passes while nothing runs."""
    asked, refunding, unpaid = (f"{order_id}-{name}" for name in ("asked", "refunding", "unpaid"))
    async with dev("--data", data) as first:
        countermand = CommandLine(first.environment)
        await asyncio.gather(*(_paid(countermand, name) for name in (asked, refunding)))
        await countermand.json("send", asked, "request_cancellation", "reason=changed_mind")
        before = await countermand.json("show", asked)
        assert (before["stage"], before["deadline"]["kind"]) == ("cancellation_pending", "respond_by")
        timeline = await countermand.timeline(asked, 3)
        terms = {"pay_within": f"PT{CLOSES_IN.total_seconds():g}S"}
        cancel = ("cancel_order", "reason=out_of_stock", "--as", "seller")
        await asyncio.gather(
            countermand.json("start", "-", given=as_file(unpaid, terms=terms)),
            countermand.json("send", refunding, *cancel),
        )
    assert first.said == Said(0, "", "")
    assert first.left_behind() == []

    async with dev("--data", data) as second:
        assert second.addresses == first.addresses, "what was told at the first start still holds"
        beside = settings_here({}, data)
        assert (beside.temporal_address, beside.database_url) == (
            second.addresses["temporal"],
            second.addresses["database_url"],
        ), "who types beside it need not say where it is"
        after = await asyncio.gather(countermand.json("show", asked), countermand.timeline(asked, 3))
        assert (after[0], after[1]) == (before, timeline)
        await countermand.json("send", asked, "decide_cancellation", "approve=true")
        ends = await asyncio.gather(*(_settled(countermand, name) for name in (asked, refunding, unpaid)))
        assert ends == [("cancelled", TOTAL, TOTAL)] * 2 + [("cancelled", 0, 0)]
        bank = Bank(second.environment["COUNTERMAND_PAYMENT_URL"])
        assert [await bank.refunds(name) for name in (asked, refunding, unpaid)] == [[(TOTAL, "succeeded")]] * 2 + [[]]
        expired = await countermand.json("show", unpaid)
        opened, closed = (datetime.fromisoformat(expired[name]) for name in ("created_at", "closed_at"))
        assert closed == opened + CLOSES_IN, "at its own instant, not when we were back"
    assert second.said == Said(0, "", "")
    assert second.left_behind() == []
    assert settings_here({}, data).temporal_address != second.addresses["temporal"], "it is gone"


async def _paid(countermand: CommandLine, order_id: str) -> None:
    await countermand.json("start", "-", given=as_file(order_id))
    await Bank(countermand.settings["COUNTERMAND_PAYMENT_URL"]).pay_quietly(order_id)
    fields = [f"{name}={value}" for name, value in payment(order_id).items()]
    answer = await countermand.json("send", order_id, "payment_captured", *fields)
    assert answer["stage"] == "awaiting_shipment"


async def _settled(countermand: CommandLine, order_id: str) -> tuple[str, int, int]:
    """How it ended, once it has: stage, captured, refunded."""
    assert (await countermand("watch", order_id)).code == 0
    order = await countermand.json("show", order_id)
    return order["stage"], order["captured"], order["refunded"]


async def test_a_folder_that_is_in_use_is_refused_in_a_sentence(data: Path) -> None:
    with data_folder(data):
        said = await ran({}, *COUNTERMAND, "dev", "--json", *PORTS, "--data", data)
    assert (said.code, said.out) == (3, "")
    assert said.err.startswith("Another stack")
    assert said.err.count("\n") == 1
    both = await ran({}, *COUNTERMAND, "dev", "--ephemeral", "--data", data)
    assert (both.code, both.out) == (2, "")
