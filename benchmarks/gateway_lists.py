"""Lists, orders and the feed among a million orders that SQL makes and the stack's end removes: how long each takes.

One request at a time, over HTTP, the kinds in turns; beside them a request that asks nothing, by which to know how busy
the machine was.
"""

import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import urlencode

from benchmarks.door import Caller, as_person, gateway
from benchmarks.list_questions import PEOPLE, Question, questions
from benchmarks.load import ENGINE, carry, new_orders, started
from benchmarks.parts import Asked, Found, table
from benchmarks.rig import Rig, rested, rig
from benchmarks.stories import HAPPY
from benchmarks.versus import percentile
from starter.client.reads import _ORDER_CURSOR, _written

SQL: Final = Path(__file__).parent / "sql"
MADE: Final = ("many_orders", "many_entries", "many_events")
SECONDS: Final = 3_600
"""For each statement that makes them."""
PAGE: Final = 50
DEEP: Final = 1_000
"""The page that is compared with the first one."""
NOTHING: Final = "nothing (/healthz)"
WORST: Final = 5
"""Lists that are told by name: those that take longest."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, under which heading, and its bound in milliseconds."""

    kind: str
    path: str
    role: str = "platform"
    bound: str = "20"


async def lists(asked: Asked) -> Found:
    """Every list from the top and from page 1,000 on; orders by id; the feed from anywhere."""
    rows, turns = asked.by_scale(20_000, 1_000_000, 1_000_000), asked.by_scale(2, 5, 9)
    async with rig() as stack:
        await _make(stack, rows, asked)
        some = random.Random(1).sample(range(1, rows), asked.by_scale(50, 200, 400))
        by_id = [f"/orders/M-{number}" for number in some]
        requests = [*_plain(by_id, rows), *[one async for one in _pages(stack, asked)]]
        took: dict[Request, list[float]] = defaultdict(list)
        people = {role: as_person(role, party_id) for role, party_id in PEOPLE.items()}
        async with gateway(stack, ENGINE.name) as door, door.caller() as caller:
            for turn in range(turns + 1):
                for request in random.Random(turn).sample(requests, len(requests)):
                    milliseconds = await _timed(caller, request, people)
                    if turn:  # the first one counts for nothing
                        took[request].append(milliseconds)
                asked.tell(f"lists, turn {turn} of {turns}: {len(requests)} requests")
    return _found(took, rows, turns)


async def _make(stack: Rig, rows: int, asked: Asked) -> None:
    """An order of which the others are copies, and those. No worker is left, which would tell of every event."""
    [order_id] = new_orders(ENGINE, 1)
    async with stack.worker(ENGINE.name):
        await stack.pay([order_id])
        [handle] = await started(stack, ENGINE, [order_id], 1)
        await carry(handle, HAPPY)
    await stack.pool.execute("TRUNCATE timeline, events, inbox, unnumbered")
    for name in MADE:
        begun = time.perf_counter()
        given = (rows, order_id) if name == "many_orders" else ()
        await stack.pool.execute((SQL / f"{name}.sql").read_text(encoding="utf-8"), *given, timeout=SECONDS)
        asked.tell(f"{name} of {rows:,} orders: {time.perf_counter() - begun:.0f} s")
    await stack.pool.execute("VACUUM ANALYZE", timeout=SECONDS)
    await rested()


def _plain(by_id: Sequence[str], rows: int) -> Iterator[Request]:
    yield from [Request(NOTHING, "/healthz", bound="")] * 200
    yield from (Request("an order by its id", path, bound="5") for path in by_id)
    for role in PEOPLE:
        for after in (0, rows // 3, rows - 10, 10 * rows):
            yield Request("the feed", f"/events?after={after}", role)
        yield Request("notices", "/notices", role)
        yield Request("notices, unread", "/notices?unread=true", role)


async def _pages(stack: Rig, asked: Asked) -> Any:
    """The first page of each list, and page 1,000 where it has so many."""
    for question in questions():
        given = {**dict(question.narrowed), "order_by": question.order_by, "limit": str(PAGE)}
        yield Request("a list, page 1", f"/orders?{urlencode(given)}", question.role)
        if place := await _deep(stack, question, asked):
            yield Request(f"a list, page {DEEP:,}", f"/orders?{urlencode(given | {'cursor': place})}", question.role)


async def _deep(stack: Rig, question: Question, asked: Asked) -> str | None:
    """The cursor of that page, of lists that one column narrows or none."""
    columns = {"buyer": "buyer_id", "seller": "seller_id"} | {name: name for name in ("status", "stage", "waiting_on")}
    narrowed = dict(question.narrowed)
    if question.role != "platform":
        narrowed.setdefault(question.role, PEOPLE[question.role])
    if not narrowed.keys() <= columns.keys():
        return None
    at, way = ("deadline_at", "ASC") if question.order_by == "deadline" else ("created_at", "DESC")
    where = " AND ".join([f"{at} IS NOT NULL", *(f"{columns[name]} = '{word}'" for name, word in narrowed.items())])
    found = await stack.pool.fetchrow(
        f"SELECT {at}, order_id FROM orders WHERE {where} ORDER BY {at} {way}, order_id {way} "
        f"OFFSET {PAGE * (DEEP - 1) - 1} LIMIT 1",
        timeout=SECONDS,
    )
    asked.tell(f"page {DEEP:,} of {question}: {'there' if found else 'it has fewer'}")
    return _written(_ORDER_CURSOR, (found[0], found[1])) if found else None


async def _timed(caller: Caller, request: Request, people: Mapping[str, Mapping[str, str]]) -> float:
    begun = time.perf_counter()
    said = await caller.ask("GET", request.path, people[request.role])
    took = 1_000 * (time.perf_counter() - begun)
    assert said.status == 200, (request, said)
    return took


def _found(took: Mapping[Request, list[float]], rows: int, turns: int) -> Found:
    kinds: dict[str, list[Request]] = defaultdict(list)
    for request in took:
        kinds[request.kind].append(request)
    drawn = table(f"Among {rows:,} orders, {turns} turns; ms", "", "requests", "p50", "p99", "slowest median", "bound")
    for kind, requests in kinds.items():
        every = [one for request in requests for one in took[request]]
        slowest = max(median(took[request]) for request in requests)
        figures = (f"{percentile(every, percent):.1f}" for percent in (50, 99))
        drawn.add_row(kind, str(len(requests)), *figures, f"{slowest:.1f}", requests[0].bound)
    slow = sorted(took, key=lambda one: median(took[one]), reverse=True)[:WORST]
    notes = [f"{median(took[one]):.1f} ms: {one.role}, {one.path[:120]}" for one in slow]
    raw = [{"kind": one.kind, "role": one.role, "path": one.path, "ms": values} for one, values in took.items()]
    return Found([drawn], raw, ["The slowest, by their medians:", *notes])
