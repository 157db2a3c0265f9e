"""Orders as they were recorded last, for whoever shows them without asking their workflow: from Postgres alone.

Lists and inboxes live in `reads.py`; what of it who may see decides the caller.
"""

from datetime import datetime
from typing import Final, Literal

import asyncpg
from pydantic import BaseModel, ConfigDict

from activities.languages import DEFAULT
from activities.sql import query
from starter.client.reads import ACQUIRE_SECONDS, MAX_ENTRIES, MAX_NOTICES, notice_in, with_json
from starter.client.retrying import reading
from workflows.messages.values import Role
from workflows.messages.work import Notice, TimelineEntry

OUTSIDER: Final = ""
"""Who sees what both sides may see and nothing else."""


class Recorded(BaseModel):
    """An order as it stands in Postgres."""

    model_config = ConfigDict(frozen=True)

    buyer_id: str
    seller_id: str
    version: int
    entry: int
    closed_at: datetime | None
    state: str | None
    """The whole of it as JSON; None where only whether it has changed was asked, and it has not."""
    locale: str | None
    """The language of its buyer and seller; None as with `state`."""


class SeenEntry(TimelineEntry):
    """A row of the timeline, and to whom it was said if it is a message."""

    to_role: Role | None = None


class PartyNotice(Notice):
    """A notice in the inbox of whom it is for."""

    notice_id: int
    order_id: str
    recorded_at: datetime
    read_at: datetime | None
    locale: str | None


async def get_recorded(
    pool: asyncpg.Pool,
    order_id: str,
    known_version: int | None = None,
    buyer_id: str | None = None,
    seller_id: str | None = None,
) -> Recorded | None:
    """The order as it was recorded last, without its state when that is of `known_version`, or when the order is not of
    the buyer and the seller that are named; None when it never was."""
    rows = await fetched(pool, "reads/recorded_order", order_id, known_version, buyer_id, seller_id)
    return Recorded.model_validate(dict(rows[0])) if rows else None


async def get_visible_timeline(
    pool: asyncpg.Pool,
    order_id: str,
    eyes: Role | None,
    after_entry: int = 0,
    limit: int = MAX_ENTRIES,
    only: Literal["messages", "evidence"] | None = None,
) -> tuple[SeenEntry, ...]:
    """What happened to the order after `after_entry`, as far as `eyes` may know that it did, oldest first, and
    in English: `entry_in` tells a row in another language."""
    rows = await fetched(pool, "reads/visible_timeline", order_id, after_entry, eyes or OUTSIDER, only, limit)
    return tuple(SeenEntry.model_validate(with_json(row, *_OF_ENTRY)) for row in rows)


async def get_order_notices(
    pool: asyncpg.Pool, order_id: str, role: Role, language: str = DEFAULT
) -> tuple[Notice, ...]:
    """What the role was told of the order, oldest first."""
    rows = await fetched(pool, "reads/order_notices", order_id, role, MAX_NOTICES)
    return tuple(notice_in(language, row) for row in rows)


async def get_party_notices(  # noqa: PLR0913 - a page, and what narrows it
    pool: asyncpg.Pool,
    role: Role,
    party_id: str,
    before: int | None,
    limit: int,
    *,
    unread: bool,
    with_locale: bool,
) -> tuple[PartyNotice, ...]:
    """What the party was told before notice `before`, newest first, in English; of the platform the id is empty.
    `with_locale`: also in which language each order's sides read."""
    name = "reads/unread_notices" if unread else "reads/party_notices"
    rows = await fetched(pool, name, role, party_id, before, limit, with_locale)
    return tuple(PartyNotice.model_validate(with_json(row, "said")) for row in rows)


async def mark_as_read(pool: asyncpg.Pool, notice_id: int, role: Role, party_id: str) -> datetime | None:
    """Mark that notice of the party as read, and say since when it is; None where they have none of that number."""
    rows = await fetched(pool, "reads/read_notice", notice_id, role, party_id)
    return rows[0]["read_at"] if rows else None


async def was_sent_before(pool: asyncpg.Pool, order_id: str, role: Role, request_id: str, name: str) -> bool:
    """Whether the order has taken a message of this name and this request id from this role."""
    return bool(await fetched(pool, "reads/request", order_id, role, request_id, name))


async def get_counts(
    pool: asyncpg.Pool, buyer_id: str | None, seller_id: str | None, now: datetime
) -> dict[str, dict[str, int]]:
    """How many orders have each status, wait on whom, need attention, and are overdue."""
    counts: dict[str, dict[str, int]] = {"status": {}, "waiting_on": {}, "queue": {}}
    for row in await fetched(pool, "reads/counts", buyer_id, seller_id, now):
        counts[row["what"]][row["word"]] = row["orders"]
    return counts


async def fetched(pool: asyncpg.Pool, name: str, *given: object) -> list[asyncpg.Record]:
    """The rows of one statement. Without a free connection in time, or without Postgres: `EngineUnavailable`."""

    async def fetch() -> list[asyncpg.Record]:
        async with pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            return await connection.fetch(query(name), *given)

    return await reading(fetch())


_OF_ENTRY: Final = ("money", "attachments", "evidence", "said")
"""The columns of a timeline that are JSON."""
