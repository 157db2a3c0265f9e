"""`python -m benchmarks.orders`: measures what an order costs, part by part, and prints the tables."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from rich.box import HEAVY_HEAD, MARKDOWN
from rich.console import Console
from rich.text import Text

from benchmarks.gateway import GATEWAY
from benchmarks.guard import guard
from benchmarks.hour import hour
from benchmarks.look import look
from benchmarks.machine import machine
from benchmarks.open_orders import open_orders
from benchmarks.outage import outage
from benchmarks.parts import Asked, Part, Scale
from benchmarks.profiling import profiling
from benchmarks.replay import replay
from benchmarks.versus import versus
from benchmarks.workers import workers
from starter.embedded import stoppable

WIDTH: Final = 150
"""Columns of the tables: wide enough for every one, also where the output is no terminal."""
PARTS: Final[Mapping[str, Part]] = MappingProxyType(
    {
        "versus": versus,
        "profile": profiling,
        "workers": workers,
        "replay": replay,
        "outage": outage,
        "hour": hour,
        "open": open_orders,
        "look": look,
        "guard": guard,
        **GATEWAY,
    }
)


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """What the caller asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.orders", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a little of everything: for a first look, not for figures"
    )
    parser.add_argument("--full", action="store_true", help="all figures, 10,000 open orders included")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part only; may be repeated")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--markdown", action="store_true", help="tables as docs/performance.md has them")
    parser.add_argument("--in-flight", type=int, default=8, help="orders under way at the same time")
    return parser.parse_args(arguments)


async def run(given: argparse.Namespace, out: Console) -> dict[str, Any]:
    """Every part that was asked for, printed as soon as it is measured; its figures."""
    scale = Scale.QUICK if given.quick else Scale.FULL if given.full else Scale.USUAL
    asked = Asked(scale, Console(stderr=True), given.in_flight)
    figures: dict[str, Any] = {"machine": machine()}
    out.print(machine(), highlight=False, soft_wrap=True)
    for name in given.only or PARTS:
        begun = time.monotonic()
        found = await PARTS[name](asked)
        figures[name] = found.figures
        for table in found.tables:
            title, table.title = table.title, None  # a title of its own would be folded to the table's width
            out.print("", Text(str(title), style="bold"), sep="\n")
            table.box = MARKDOWN if given.markdown else HEAVY_HEAD
            out.print(table)
        for note in found.notes:
            out.print(note, highlight=False)
        out.print(f"({name}: {time.monotonic() - begun:.0f} s)", highlight=False)
    return figures


async def stopped_in_order(given: argparse.Namespace, out: Console) -> dict[str, Any] | None:
    """The same; None when Ctrl-C or SIGTERM ended it, and then nothing that it started is left."""
    async with stoppable():
        measuring = asyncio.create_task(run(given, out))
        try:
            return await asyncio.shield(measuring)
        except asyncio.CancelledError:
            # Temporal's client makes an error of its own of it, which is no news to whoever pressed Ctrl-C.
            measuring.cancel()
            await asyncio.wait((measuring,))
            raise
    return None


def main(arguments: list[str] | None = None) -> int:
    """Run it; the exit code."""
    given = options(arguments)
    figures = asyncio.run(stopped_in_order(given, Console(width=WIDTH, quiet=given.json)))
    if figures is None:
        return 1
    if given.json:
        sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
