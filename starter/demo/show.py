"""The show: all scenarios at once on a stack of their own, their timelines as they happen, and a closing table."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final
from uuid import uuid4

from rich import box
from rich.table import Table
from rich.text import Text

from starter.cli.render import console, timeline_line
from starter.client.orders import OrderClient
from starter.demo.play import Play
from starter.demo.scenario import Scenario
from starter.demo.scenarios import Headings, chosen
from starter.demo.tills import Till, refuse_real_money, till
from starter.embedded import EmbeddedStack, StackOptions, stoppable
from starter.errors import OrderNotFound
from starter.settings.checks import SANDBOX
from starter.settings.environment import load_settings
from workflows.messages.currency import money
from workflows.messages.work import OrderRow

COLOURS: Final = ("cyan", "magenta", "green", "yellow", "blue", "bright_red", "bright_cyan", "bright_magenta", "white")
"""One for each order, so that its lines are found again among the others'."""
SETTLE_AFTER: Final = 1.0
"""Seconds that the sandbox provider takes for a refund; a real one takes business days."""


@dataclass(frozen=True)
class DemoOptions:
    """How the demo is shown."""

    as_json: bool = False
    keep: bool = False
    """Go on until Ctrl-C, so that the orders can be looked at in Temporal's UI."""
    only: str | None = None
    """One scenario by its name, instead of all."""


@dataclass(frozen=True)
class Ending:
    """What became of a scenario's order, and what is wrong with it."""

    scenario: Scenario
    row: OrderRow
    faults: tuple[str, ...]


async def run_demo(options: DemoOptions) -> bool:
    """Play the scenarios; whether each ended as it should."""
    headings = chosen(options.only)
    given = load_settings()
    refuse_real_money(given)
    # The sandbox is told where the gateway is; whoever forwards another provider's webhooks must know it before.
    gateway_port = 0 if given.payment_provider == SANDBOX else None
    stack_options = StackOptions(
        data=None, temporal_port=0, ui_port=0, gateway_port=gateway_port, settle_after=SETTLE_AFTER
    )
    if not options.as_json:
        console().print("Starting Temporal, Postgres, a payment provider, the gateway and a worker …")
    async with stoppable(), EmbeddedStack(stack_options) as stack:
        ui = stack.addresses["ui"]
        if not options.as_json:
            console().print(f"Watch the orders in Temporal's UI, too: {ui}\n", soft_wrap=True)
        async with (
            OrderClient.connect(stack.settings) as client,
            till(stack.settings, stack.gateway_url) as where_they_pay,
        ):
            scenarios = [scenario for group in headings.values() for scenario in group]
            endings = await _play_all(scenarios, client, where_they_pay, as_json=options.as_json)
        _tell(headings, endings, ui, options)
        if options.keep:
            await asyncio.Event().wait()
    return not any(ending.faults for ending in endings)


async def _play_all(
    scenarios: Sequence[Scenario], client: OrderClient, where_they_pay: Till, *, as_json: bool
) -> list[Ending]:
    """All scenarios side by side: most of each is waiting."""
    suffix = uuid4().hex[:4]
    colours: Iterator[str] = cycle(COLOURS)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                _played(
                    scenario, Play(client, where_they_pay, f"{scenario.name}-{suffix}"), next(colours), as_json=as_json
                )
            )
            for scenario in scenarios
        ]
    return [task.result() for task in tasks]


async def _played(scenario: Scenario, play: Play, colour: str, *, as_json: bool) -> Ending:
    watching = asyncio.create_task(_watch(scenario, play, colour, as_json=as_json))
    try:
        await scenario.tell(play)
        row = await play.settles()
        await play.result()
        await watching
    finally:
        watching.cancel()
    refunded = await play.till.refunded(play.order_id)
    # A provider that pays no sellers is not asked about them.
    released = await play.till.released(play.order_id) if scenario.released or row.released else 0
    return Ending(scenario, row, tuple(_faults(scenario, row, refunded, released)))


async def _watch(scenario: Scenario, play: Play, colour: str, *, as_json: bool) -> None:
    """Print what happens to the order while it happens; an order that is woken again is watched again."""
    seen = 0
    while True:
        try:
            async for entry in play.client.watch(play.order_id, seen):
                seen = entry.entry
                if not as_json:
                    line = Text(f"{scenario.name:<22}", colour).append_text(timeline_line(entry, "USD"))
                    console().print(line, soft_wrap=True)
        except OrderNotFound:
            await asyncio.sleep(0.1)
            continue
        row = await play.client.row(play.order_id)
        if row.captured == scenario.captured and row.closed_at is not None and row.entry <= seen:
            return
        await asyncio.sleep(0.1)


def _faults(scenario: Scenario, row: OrderRow, refunded: int, released: int) -> Iterator[str]:
    """Where the end is not what the guide promises, by the order's word or by the provider's own book."""
    for what, given, wanted in (
        ("stage", row.stage, scenario.ends),
        ("captured", row.captured, scenario.captured),
        ("refunded", row.refunded, scenario.refunded),
        ("released", row.released, scenario.released),
        ("refunds in the provider's book", refunded, scenario.refunded),
        ("releases in the provider's book", released, scenario.released),
    ):
        if given != wanted:
            yield f"{what} is {given}, not {wanted}"


def _tell(headings: Headings, endings: list[Ending], ui: object, options: DemoOptions) -> None:
    if options.as_json:
        told = [
            {"scenario": end.scenario.name, "order": end.row.model_dump(mode="json"), "faults": end.faults}
            for end in endings
        ]
        console().print(json.dumps({"ui": ui, "endings": told}), soft_wrap=True)
        return
    console().print()
    for heading, group in headings.items():
        console().print(_table(heading, [end for end in endings if end.scenario in group]))
    wrong = sum(bool(end.faults) for end in endings)
    if wrong:
        console().print(Text(f"{wrong} of {len(endings)} did not end as they should.", "bold red"))
    else:
        console().print(Text(f"All {len(endings)} ended as they should.", "bold green"))
    if options.keep:
        console().print(f"Temporal's UI: {ui}. Ctrl-C stops everything.", soft_wrap=True)
    else:
        console().print("`countermand demo --keep` leaves the stack running, to look around in Temporal's UI.")


def _table(heading: str, endings: list[Ending]) -> Table:
    table = Table(title=heading, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD)
    for column in (
        "Order",
        "Ended as",
        "Paid",
        "Went back",
        "To the seller",
        "The guide promises",
        "",
    ):
        table.add_column(column, justify="right" if column in ("Paid", "Went back", "To the seller") else "left")
    for end in endings:
        row = end.row
        amounts = (
            money(amount, row.currency) if amount else "–" for amount in (row.captured, row.refunded, row.released)
        )
        verdict = Text("✓", "green") if not end.faults else Text("; ".join(end.faults), "red")
        table.add_row(
            Text(row.order_id, "bold"),
            Text(f"{row.stage}: {row.reason}", "cyan"),
            *amounts,
            end.scenario.promise,
            verdict,
        )
    return table
