"""What lists and timelines show, read from Postgres: one small function per question.

Who writes it is `activities/read_model.py`; who may see which of it decides the caller (`platform_only`, whose orders).
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar

import asyncpg
from pydantic import AwareDatetime, Field, TypeAdapter

from activities.languages import DEFAULT, retold
from activities.sql import query
from starter.client.filter_words import FILTER_WORDS, STAGES, check_filter
from starter.client.search import MAX_FOUND, check_root, check_search
from workflows.messages.fields import OrderId
from workflows.messages.sentences import say
from workflows.messages.told_errors import ToldError
from workflows.messages.values import Role
from workflows.messages.work import Notice, OrderRow, TimelineEntry

MAX_ORDERS: Final = 100
"""Rows of one page of orders: what a screen shows, and a query that stays in the milliseconds."""
MAX_ENTRIES: Final = 500
"""Rows of one page of a timeline: most orders whole; its texts are the largest thing that is read."""
MAX_NOTICES: Final = 100
"""Rows of one page of an inbox."""
MAX_CURSOR: Final = 256
"""Characters of a cursor: it holds an instant and an order id."""
ACQUIRE_SECONDS: Final = 5.0
"""For a free connection: a person waits for the answer."""

R = TypeVar("R")
E = TypeVar("E", bound=TimelineEntry)


class WrongPage(ToldError, ValueError):
    """The page that was asked for cannot be: its size is out of range, or its cursor is not one of ours."""


@dataclass(frozen=True, slots=True)
class OrderFilters:
    """Which orders, and in which order; what is None or False does not narrow."""

    buyer_id: str | None = None
    seller_id: str | None = None
    status: str | None = None
    """Or a stage: then all that are in it, whatever their status."""
    waiting_on: str | None = None
    due_before: datetime | None = None
    """Of the deadline that the awaited party must meet, else the next."""
    stage: str | None = None
    needs_attention: bool = False
    soonest_first: bool = False
    """By that deadline instead of newest first; an order without one is not among them."""
    root: str | None = None
    """That order, and the parts that were split off it."""
    search: str | None = None
    """By the beginnings of words: of the order's id, of what was bought, of its payments and trackings."""


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some rows, and the cursor that brings the next ones; None when these are the last."""

    rows: tuple[R, ...]
    cursor: str | None


async def get_order_row(pool: asyncpg.Pool, order_id: str) -> OrderRow | None:
    """The order as lists show it, or None when it was never recorded."""
    found = await _fetch(pool, "reads/order_row", order_id)
    return OrderRow.model_validate(dict(found[0])) if found else None


async def get_timeline(
    pool: asyncpg.Pool, order_id: str, after_entry: int = 0, limit: int = MAX_ENTRIES, language: str = DEFAULT
) -> tuple[TimelineEntry, ...]:
    """What happened to the order after `after_entry`, oldest first, also what only the platform may see. Rows that an
    older version wrote are told in English."""
    _check(limit, MAX_ENTRIES)
    found = await _fetch(pool, "reads/timeline", order_id, after_entry, limit)
    columns = ("money", "attachments", "evidence", "said")
    return tuple(entry_in(language, TimelineEntry.model_validate(with_json(row, *columns))) for row in found)


async def get_last_entries(pool: asyncpg.Pool) -> dict[str, int]:
    """The last entry of every order's timeline. For a machine to develop on: it reads two columns of each order."""
    return {row["order_id"]: row["entry"] for row in await _fetch(pool, "reads/last_entries")}


async def list_orders(
    pool: asyncpg.Pool, filters: OrderFilters = OrderFilters(), cursor: str | None = None, limit: int = 50
) -> Page[OrderRow]:
    """One page of orders, newest first or soonest due first. Orders that start while one pages do not shift the pages,
    but an order whose deadline is moved meanwhile may be seen twice or not at all when paging by deadlines.

    Raises `WrongFilter` for a word that no order can have, instead of a page without orders, and `WrongSearch`.
    """
    _check(limit, MAX_ORDERS)
    for filter_name in FILTER_WORDS:
        check_filter(filter_name, getattr(filters, filter_name))
    check_root(filters.root)
    check_search(filters.search)
    after = _read(_ORDER_CURSOR, cursor) if cursor is not None else (None, None)
    found = await _found(pool, filters)
    status, stage = _status_and_stage(filters)
    narrowed = (filters.buyer_id, filters.seller_id, status, filters.waiting_on, filters.due_before)
    narrowed_more = (stage, filters.needs_attention)
    name = "reads/list_orders_by_deadline" if filters.soonest_first else "reads/list_orders"
    searched = (found, filters.search if found is None else None)
    listed = await _fetch(pool, name, *narrowed, *narrowed_more, *after, limit + 1, filters.root, *searched)
    rows = tuple(OrderRow.model_validate(dict(row)) for row in listed[:limit])
    return Page(rows, _written(_ORDER_CURSOR, _place(rows[-1], filters)) if len(listed) > limit else None)


async def _found(pool: asyncpg.Pool, filters: OrderFilters) -> list[str] | None:
    """Of the buyer and seller, the orders that are searched for; None where they are too many to be named, or all."""
    if filters.search is None:
        return None
    asked = (filters.search, filters.buyer_id, filters.seller_id, MAX_FOUND + 1)
    found = [row["order_id"] for row in await _fetch(pool, "reads/found_orders", *asked)]
    return found if len(found) <= MAX_FOUND else None


def entry_in(language: str, entry: E) -> E:
    """The row of a timeline, told in that language."""
    summary = retold(entry.summary, entry.said.get("summary"), language)
    why = entry.why and retold(entry.why, entry.said.get("why"), language)
    return entry.model_copy(update={"summary": summary, "why": why})


def notice_in(language: str, row: asyncpg.Record) -> Notice:
    """The notice that a row is, told in that language."""
    notice = Notice.model_validate(with_json(row, "said"))
    return notice.model_copy(update={"text": retold(notice.text, notice.said, language)})


def _status_and_stage(filters: OrderFilters) -> tuple[str | None, str | None]:
    """What the rows must have: a stage's word is a question for the stage, unless another stage was asked for too."""
    if filters.status in STAGES and filters.stage in (None, filters.status):
        return None, filters.status
    return filters.status, filters.stage


def _place(row: OrderRow, filters: OrderFilters) -> tuple[datetime, str]:
    """Where a page that ends with `row` ends."""
    if not filters.soonest_first:
        return row.created_at, row.order_id
    assert row.deadline_at, f"{row.order_id} has no deadline, and was listed by it"
    return row.deadline_at, row.order_id


async def get_inbox(
    pool: asyncpg.Pool,
    role: Role,
    party_id: str = "",
    cursor: str | None = None,
    limit: int = 50,
    language: str = DEFAULT,
) -> Page[tuple[str, Notice]]:
    """One page of a party's notices with the order of each, newest first. The platform's `party_id` is empty."""
    _check(limit, MAX_NOTICES)
    before = _read(_NOTICE_CURSOR, cursor) if cursor is not None else None
    found = await _fetch(pool, "reads/inbox", role, party_id, before, limit + 1)
    rows = tuple((str(row["order_id"]), notice_in(language, row)) for row in found[:limit])
    return Page(rows, _written(_NOTICE_CURSOR, found[limit - 1]["notice_id"]) if len(found) > limit else None)


_ORDER_CURSOR: Final[TypeAdapter[tuple[AwareDatetime, OrderId]]] = TypeAdapter(tuple[AwareDatetime, OrderId])
_NOTICE_CURSOR: Final[TypeAdapter[int]] = TypeAdapter(Annotated[int, Field(ge=0, lt=2**63)])


def _written(kind: TypeAdapter[R], place: R) -> str:
    return urlsafe_b64encode(kind.dump_json(place)).decode()


def _read(kind: TypeAdapter[R], cursor: str) -> R:
    wrong = WrongPage(say("This cursor is not one that a list gave; ask again without it."))
    if len(cursor) > MAX_CURSOR:
        raise wrong
    try:
        return kind.validate_json(urlsafe_b64decode(cursor))
    except ValueError:
        raise wrong from None


def _check(limit: int, most: int) -> None:
    if not 1 <= limit <= most:
        raise WrongPage(say("A page has 1 to {most} rows, not {limit}.", most=most, limit=limit))


async def _fetch(pool: asyncpg.Pool, name: str, *given: object) -> list[asyncpg.Record]:
    async with pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
        return await connection.fetch(query(name), *given)


def with_json(row: asyncpg.Record, *columns: str) -> dict[str, Any]:
    """`row` with its JSON columns read, without those that are null: asyncpg hands them out as text."""
    read = {column: json.loads(row[column]) for column in columns if row[column] is not None}
    return {name: value for name, value in row.items() if name not in columns} | read
