"""The table of what disagrees: kept by reconciliation, read and resolved by people.

What counts as a disagreement does not live here, but in `activities/reconciliation/comparison.py`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import asyncpg
from pydantic import BaseModel, ConfigDict

from activities.read_model import storable
from activities.sql import query
from workflows.messages.reconciling import Disagreement

ACQUIRE_SECONDS: Final = 5.0
"""For a free connection to Postgres; then the page fails, and is tried again."""
MAX_LISTED: Final = 500
"""Of one list: nobody reads more, and what is resolved makes room."""


class FoundDisagreement(BaseModel):
    """A row of the table, as people see it."""

    model_config = ConfigDict(frozen=True)

    id: int
    kind: str
    key: str
    order_id: str | None
    ours: Any
    theirs: Any
    day: date
    found_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    note: str | None


async def keep(pool: asyncpg.Pool, day: date, found: Sequence[Disagreement]) -> Mapping[str, int]:
    """Keep what was found, each once however often it is found, and count it by kind."""
    if found:
        document = storable(json.dumps([one.model_dump(mode="json") for one in found]))
        async with pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            await connection.execute(query("reconciliation/keep"), document, day)
    return counted(found)


def counted(found: Iterable[Disagreement]) -> Mapping[str, int]:
    """How many there are of each kind."""
    return dict(Counter(one.kind.value for one in found))


async def list_disagreements(pool: asyncpg.Pool, *, resolved_too: bool) -> tuple[FoundDisagreement, ...]:
    """The open ones, or all, the latest first."""
    async with pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
        rows = await connection.fetch(query("reconciliation/list"), resolved_too, MAX_LISTED)
    return tuple(_found(row) for row in rows)


async def resolve(pool: asyncpg.Pool, disagreement_id: int, note: str) -> bool:
    """Mark one as resolved, with a word on how; whether there is one of this id."""
    async with pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
        return await connection.fetchval(query("reconciliation/resolve"), disagreement_id, note) is not None


def _found(row: asyncpg.Record) -> FoundDisagreement:
    read = {name: None if row[name] is None else json.loads(row[name]) for name in ("ours", "theirs")}
    return FoundDisagreement.model_validate(dict(row) | read)
