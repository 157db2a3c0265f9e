"""`python -m benchmarks.replays`: orders that are looked at while messages come, on a machine that is busy.

At the end every history is replayed, and every row and timeline compared with its order: none may be bad.

What is done of a seed is kept in a file, so that a run that was stopped goes on where it was.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg
from rich.console import Console
from temporalio.client import WorkflowQueryFailedError
from temporalio.service import RPCError

from benchmarks.load import shared
from benchmarks.replays_stories import STORIES, SURPLUS, Order
from benchmarks.rig import Rig, rig
from benchmarks.stories import TOTAL
from starter.client.reads import get_order_row, get_timeline
from starter.embedded import stoppable
from tests.histories import histories, of_queue, replayed
from workflows.messages.answers import OrderView
from workflows.messages.work import OrderRow

ORDERS: Final = 2_000
TOGETHER: Final = 24
"""Orders under way at once: with so many on two busy cores, 2 to 5 of 120 histories were bad once."""
PART: Final = 40
"""Orders of one story that are carried, and asked about, before the next: what an interruption costs at most."""
BURNERS: Final = 2
"""Processes that burn CPU beside it."""
FIRST_LINE: Final = 300
"""Characters of an error that are told."""
REST_SECONDS: Final = 90.0
"""For an order's row to be what the order says, once all is sent; a record that failed is tried within a minute."""
LOOK_SECONDS: Final = 0.1
APART: Final = frozenset({"entry", "needs_attention", "refund_state", "next_deadline_at"})
"""What row and view have under one name, and mean otherwise."""
COMPARED: Final = tuple(sorted(OrderRow.model_fields.keys() & OrderView.model_fields.keys() - APART))
BURN: Final = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    for _ in range(10**6): pass"


@dataclass(frozen=True, slots=True)
class Part:
    """So many orders of one story, and which of them are bad."""

    seed: int
    story: str
    number: int
    orders: int
    bad: dict[str, str] = field(default_factory=dict)
    """Why its history does not replay, by order id."""
    wrong: dict[str, str] = field(default_factory=dict)
    """In what its row or timeline is not what the order says, by order id."""

    @property
    def same(self) -> tuple[Any, ...]:
        """What makes it this part, whatever came of it."""
        return self.seed, self.story, self.number, self.orders


async def _carried(rig: Rig, part: Part) -> None:
    """Carry the orders of one part, and ask about them."""
    queue = f"{part.story}-{part.seed}-{part.number}"
    ids = [f"{queue}-{number}" for number in range(part.orders)]
    # As much as any of them tells of.
    await rig.pay(ids, amount=TOTAL + SURPLUS, authorize=part.story == "shipped")
    orders = [Order(rig.client, queue, order_id, random.Random(order_id)) for order_id in ids]
    async with rig.worker(queue):
        await shared([partial(STORIES[part.story], order) for order in orders], TOGETHER)
        await shared([partial(_compare, rig.pool, order, part) for order in orders], TOGETHER)
        async for history in histories(rig.client, of_queue(queue)):
            try:
                await replayed(history)
            except Exception as error:  # noqa: BLE001 - whatever it is: this history cannot be replayed
                part.bad[history.workflow_id] = _first_line(error)


async def _compare(pool: asyncpg.Pool, order: Order, part: Part) -> None:
    """Note in what the read model is not what the order says, when it has had its time."""
    why: str | None = "it was never asked"
    try:
        async with asyncio.timeout(REST_SECONDS):
            while why := await _difference(pool, order):
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        part.wrong[order.handle.id] = why or "it changes on and on"


async def _difference(pool: asyncpg.Pool, order: Order) -> str | None:
    row = await get_order_row(pool, order.order_id)
    if row is None:
        return "it has no row"
    entries = [told.entry for told in await get_timeline(pool, order.order_id)]
    if entries != list(range(1, row.entry + 1)):
        return f"its timeline is {entries}, and its row says {row.entry}"
    try:
        view = await order.handle.query("order", result_type=OrderView)
    except (WorkflowQueryFailedError, RPCError) as error:
        return f"it cannot be asked: {_first_line(error)}"
    differing = [name for name in COMPARED if getattr(row, name) != getattr(view, name)]
    return f"its row differs in {', '.join(differing)}" if differing else None


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:FIRST_LINE]


@contextmanager
def burning() -> Iterator[None]:
    """Processes that burn CPU while the block lasts; each ends by itself when we are gone."""
    burners = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(BURNERS)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def parts_of(seed: int, orders: int, stories: Sequence[str]) -> list[Part]:
    """So many orders over these stories, each story as often as the others."""
    each = [len(range(place, orders, len(stories))) for place in range(len(stories))]
    cut = [
        (story, number, min(PART, count - number * PART))
        for story, count in zip(stories, each, strict=True)
        for number in range(-(-count // PART))
    ]
    return [Part(seed, story, number, size) for story, number, size in sorted(cut, key=lambda part: part[1])]


def kept(file: Path) -> list[Part]:
    """The parts that are done."""
    return [Part(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


async def go_on(asked: Sequence[Part], file: Path, say: Console) -> list[Part]:
    """All of these; what is done already is not done again, and each is kept as soon as it is done."""
    done = {part.same for part in kept(file)}
    if left := [part for part in asked if part.same not in done]:
        async with rig() as measured:
            with burning():
                for part in left:
                    await _carried(measured, part)
                    say.print(f"{part.story} {part.number}: {part.orders} orders, {said(part)}", highlight=False)
                    with file.open("a") as kept_in:
                        kept_in.write(json.dumps(asdict(part)) + "\n")
    wanted = {part.same for part in asked}
    return [part for part in kept(file) if part.same in wanted]


async def stopped_in_order(asked: Sequence[Part], file: Path, say: Console) -> list[Part] | None:
    """The same; None when Ctrl-C or SIGTERM ended it, and then nothing that it started is left."""
    async with stoppable():
        return await go_on(asked, file, say)
    return None


def said(part: Part) -> str:
    """What came of it."""
    lines = [f"{len(part.bad)} histories do not replay, {len(part.wrong)} rows or timelines are wrong"]
    lines += [f"  {order}: {why}" for found in (part.bad, part.wrong) for order, why in found.items()]
    return "\n".join(lines)


def main() -> int:
    """Run it; 0 when every history replays, and every row and timeline is right."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replays", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--story", choices=STORIES, action="append", help="this one only; may be repeated")
    parser.add_argument("--seed", type=int, default=11, help="the moments; the same seed goes on where it was")
    given = parser.parse_args()
    file = Path(tempfile.gettempdir()) / f"countermand-replays-{given.seed}.jsonl"
    say = Console(soft_wrap=True)
    say.print(f"Seed {given.seed}; what is done is kept in {file}", highlight=False)
    asked = parts_of(given.seed, given.orders, given.story or [*STORIES])
    parts = asyncio.run(stopped_in_order(asked, file, say))
    if parts is None:
        say.print(f"Stopped. It goes on where it was with --seed {given.seed}.", highlight=False)
        return 1
    bad, wrong = sum(len(part.bad) for part in parts), sum(len(part.wrong) for part in parts)
    say.print(f"{given.orders} orders: {bad} histories do not replay, {wrong} rows or timelines are wrong")
    return 1 if bad or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
