"""The table of stuck orders: kept and told by the look, listed and ended by people.

What counts as stuck does not live here; the sentences are in `workflows/messages/stuck.py`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
from pydantic import BaseModel, ConfigDict

from activities.database import storable_text
from activities.own_notices import more_of_them, own_notices
from activities.read_model import storable
from activities.reconciliation.disagreements import ACQUIRE_SECONDS
from activities.sql import query
from workflows.messages.sentences import say, several
from workflows.messages.stuck import SENTENCES, Cause, Kind, Told, told_of

MAX_LISTED: Final = 500
"""Of one list: nobody reads more, and what goes on makes room."""
MAX_FACT: Final = 300
"""Characters of what somebody else wrote, such as a reason in Temporal: it stands within a sentence."""
SUSPECTED_FOR: Final = timedelta(seconds=30)
"""Before what only we concluded is told: workers that are just back catch up meanwhile, and a record that is under way
is written. Shorter than the pause between two looks, so that the second one tells it."""
TOLD_EACH: Final = 20
"""Notices of one look about one order each. When there are more to tell, one notice says how many: something larger
broke, and a thousand mails would hide it."""


@dataclass(frozen=True, slots=True)
class Found:
    """An order that a look has found to be stuck."""

    order_id: str
    cause: Cause
    since: datetime
    facts: Mapping[str, str] = field(default_factory=dict)
    run_id: str = ""
    """Of what is lost: whose it was."""
    entries: Sequence[Mapping[str, Any]] | None = None
    """Of what is lost: each entry's number, name, instant and request id."""

    @property
    def kind(self) -> Kind:
        return SENTENCES[self.cause].kind

    def row(self) -> dict[str, Any]:
        """As the table takes it."""
        return {
            "order_id": self.order_id,
            "kind": self.kind,
            "run_id": self.run_id,
            "cause": self.cause,
            "facts": {name: _fact(fact) for name, fact in self.facts.items()},
            "entries": self.entries,
            "since": self.since.isoformat(),
        }


class StuckOrder(BaseModel):
    """A row of the table, as people see it."""

    model_config = ConfigDict(frozen=True)

    id: int
    order_id: str
    kind: Kind
    since: datetime
    reason: str
    remedy: str
    told_at: datetime


class StuckTable:
    """The table as a look uses it: what it finds, and what it has seen go on."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def keep(self, found: Iterable[Found], began: datetime) -> None:
        """Keep what the look that began then has found, each once however often it is found."""
        rows = [one.row() for one in found]
        if rows:
            await self.execute("keep", storable(json.dumps(rows)), began)

    async def tell(self, now: datetime) -> int:
        """Tell the platform what it was not told, once; how much there was."""
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection, connection.transaction():
            rows = await connection.fetch(query("stuck/tell"), now, now - SUSPECTED_FOR)
            if rows:
                await connection.execute(query("stuck/notice"), *_notices(rows))
        return len(rows)

    async def fetch(self, name: str, *given: object) -> list[asyncpg.Record]:
        """The rows of one statement of the look's."""
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            return await connection.fetch(query(f"stuck/{name}"), *given)

    async def execute(self, name: str, *given: object) -> None:
        """One statement of the look's that answers nothing."""
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            await connection.execute(query(f"stuck/{name}"), *given)

    async def counts(self) -> dict[Kind, int]:
        """How many stand in the list, by kind; every kind is there."""
        rows = {row["kind"]: row["orders"] for row in await self.fetch("counts")}
        return {kind: rows.get(kind, 0) for kind in Kind}


async def list_stuck(pool: asyncpg.Pool) -> tuple[StuckOrder, ...]:
    """What is stuck, the longest first, at most `MAX_LISTED`."""
    return tuple(_stuck_order(row) for row in await StuckTable(pool).fetch("list", MAX_LISTED))


async def last_look(pool: asyncpg.Pool) -> datetime:
    """When the last look ended; before the first, since when there could have been one."""
    (row,) = await StuckTable(pool).fetch("last_look")
    ended_at: datetime = row["ended_at"]
    return ended_at


async def resolve_lost(pool: asyncpg.Pool, row_id: int, note: str) -> Kind | None:
    """Say of something lost that it was looked into; the kind of the open row, None when there is none.

    Nothing is changed of another kind: such a row ends when its order goes on.
    """
    rows = await StuckTable(pool).fetch("resolve", row_id, note)
    return Kind(rows[0]["kind"]) if rows else None


def _fact(fact: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in storable_text(fact))
    return printable if len(printable) <= MAX_FACT else f"{printable[: MAX_FACT - 1]}…"


def _stuck_order(row: asyncpg.Record) -> StuckOrder:
    told = _told(row)
    return StuckOrder.model_validate(dict(row) | {"reason": str(told.reason), "remedy": str(told.remedy)})


def _told(row: asyncpg.Record) -> Told:
    return told_of(Cause(row["cause"]), row["order_id"], row["id"], json.loads(row["facts"]))


def _notices(rows: Sequence[asyncpg.Record]) -> tuple[list[str], list[str], list[str]]:
    """Which orders the notices are about, and what each says: in English, and as what it is made of."""
    if len(rows) <= TOLD_EACH:
        told = ((row["order_id"], _told(row)) for row in rows)
        return own_notices((order_id, one.heading, one.reason, one.remedy) for order_id, one in told)
    kinds = Counter(Kind(row["kind"]) for row in rows)
    many = say(
        "{number} orders are stuck ({kinds}), one of them {order}.",
        number=len(rows),
        kinds=several(say("{number} {kind}", number=count, kind=kind) for kind, count in kinds.most_common()),
        order=rows[0]["order_id"],
    )
    return own_notices([("", many, *more_of_them("countermand list --stuck"))])
