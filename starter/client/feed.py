"""The feed of events, read page by page from Postgres: what happened in every order, in one sequence without gaps.

Who numbers them is `activities/feed.py`; how they are followed as they come, `live.py`.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pydantic import BaseModel, ConfigDict

from activities.languages import DEFAULT, retold
from activities.sql import query
from starter.client.reads import ACQUIRE_SECONDS, WrongPage
from workflows.messages.sentences import say
from workflows.messages.values import Role

MAX_EVENTS: Final = 500
"""Events of one page: some hundred kilobytes."""
USUAL_EVENTS: Final = 100
"""Events of one page, when nobody says how many."""
MAX_SEQ: Final = 2**63 - 1
"""The largest number that Postgres compares with."""
SIDES: Final = (Role.BUYER, Role.SELLER)
OTHERS: Final = "others"
"""Who is of neither side, in `seen_by`."""
SELLERS_OWN: Final = frozenset({"released"})
"""Columns of the money that only the seller sees, and the platform: what they are paid out."""


class Actor(BaseModel):
    """Who did it: a role, and which of that role; an empty id where that is not the reader's business."""

    role: str
    id: str


class Event(BaseModel):
    """One entry of an order's timeline, as it was when it was numbered. It stays so for ever."""

    model_config = ConfigDict(frozen=True)

    seq: int
    """Its number: the one before it has one less."""
    order_id: str
    entry: int
    """Its row in the order's timeline."""
    replaces: int | None
    """The number of the event that said before what stands in this row: it holds no more."""
    version: int | None
    """The order's, after it; None of an event of long ago."""
    name: str
    """The command, fact or deadline; `withdrawn`: what it replaces has not happened, and nothing stands there now."""
    outcome: str
    """`accepted`, `recorded`, `refused`, `deadline` or `reminder`."""
    at: datetime
    by: Actor
    from_stage: str | None
    to_stage: str
    status: str | None
    """The slug of the order's label, after it; None of an event of long ago."""
    currency: str
    money: dict[str, int]
    """What it moved, by the ledger's columns, in minor units of the currency."""
    summary: str
    """In the reader's language."""
    seen_by: tuple[str, ...]
    """Who may see it beside the platform: `buyer`, `seller`, and `others`, who are of neither side."""

    @cached_property
    def as_json(self) -> str:
        """Written once, however many hear of it."""
        return self.model_dump_json()


@dataclass(frozen=True, slots=True)
class Visibility:
    """Who sees what of the feed: through whose eyes somebody looks, and at whose orders."""

    eyes: Role | None = None
    """The platform's see everything, a side's what its timeline shows. None, as every other role: an outsider's, who
    sees what is hidden from neither side, and nothing that one says to another."""
    buyer_id: str | None = None
    seller_id: str | None = None
    """Whose orders; with both, those between the two; None: everybody's."""

    def __post_init__(self) -> None:
        # With an id that somebody forgot, a side would be shown everybody's orders.
        if None in {Role.BUYER: (self.buyer_id,), Role.SELLER: (self.seller_id,)}.get(self.eyes or Role.PLATFORM, ()):
            raise ValueError(f"a {self.eyes} sees their own orders: say whose")


EVERYTHING: Final = Visibility(Role.PLATFORM)


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An event as it stands in Postgres. What of it is told depends on who reads."""

    row: asyncpg.Record

    @property
    def seq(self) -> int:
        return int(self.row["seq"])

    def is_seen_by(self, who: Visibility) -> bool:
        """Whether they may know of it; the statements of the pages narrow in the same way."""
        return (
            (who.eyes is Role.PLATFORM or _word_of(who.eyes) in self.row["seen_by"])
            and who.buyer_id in (None, self.row["buyer_id"])
            and who.seller_id in (None, self.row["seller_id"])
        )

    def told_to(self, eyes: Role | None, language: str = DEFAULT) -> Event:
        """What these eyes may see of it, in their language. What was written in no language but English stays so."""
        fields = dict(self.row)
        by, party_id = fields.pop("role"), fields.pop("party_id")
        money, said = json.loads(fields.pop("money")), fields.pop("said")
        # Nor to whoever shares the role: one carrier's programs are no other carrier's business.
        if eyes is not Role.PLATFORM and by not in SIDES:
            party_id = ""
        if eyes not in (Role.PLATFORM, Role.SELLER):
            money = {column: amount for column, amount in money.items() if column not in SELLERS_OWN}
        told = {"summary": retold(fields.pop("summary"), json.loads(said) if said else None, language)}
        return Event(**fields, **told, money=money, by=Actor(role=by, id=party_id))


async def get_events(
    pool: asyncpg.Pool,
    seen_by: Visibility,
    after: int = 0,
    order_id: str | None = None,
    limit: int = USUAL_EVENTS,
    language: str = DEFAULT,
) -> tuple[Event, ...]:
    """The events after the number `after` that may be seen, of one order or of all, oldest first: fewer than `limit`
    are the last for now. An order that may not be seen has none, as one that does not exist."""
    async with pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
        found = await read_events(connection, seen_by, after, order_id, limit)
    return tuple(event.told_to(seen_by.eyes, language) for event in found)


async def read_events(
    connection: asyncpg.Connection | PoolConnectionProxy,
    seen_by: Visibility,
    after: int,
    order_id: str | None,
    limit: int,
) -> tuple[NumberedEvent, ...]:
    """The same on a connection that one has, not told yet."""
    if not 0 <= after <= MAX_SEQ:
        raise WrongPage(say("{field} must be the number of an event, or 0, not {after}.", field="after", after=after))
    if not 1 <= limit <= MAX_EVENTS:
        raise WrongPage(say("A page has 1 to {most} events, not {limit}.", most=MAX_EVENTS, limit=limit))
    name, narrowed = _statement(seen_by, order_id)
    return tuple(map(NumberedEvent, await connection.fetch(query(f"reads/{name}"), after, limit, *narrowed)))


def _statement(seen_by: Visibility, order_id: str | None) -> tuple[str, tuple[object, ...]]:
    """One statement for each index: with all of them in one, Postgres must guess which of them narrows."""
    eyes = _word_of(seen_by.eyes)
    if order_id is not None:
        return "events_of_order", (order_id, seen_by.buyer_id, seen_by.seller_id, eyes)
    if seen_by.buyer_id is not None and seen_by.seller_id is not None:
        return "events_between", (seen_by.buyer_id, seen_by.seller_id, eyes)
    if seen_by.buyer_id is not None:
        return "events_of_buyer", (seen_by.buyer_id, eyes)
    if seen_by.seller_id is not None:
        return "events_of_seller", (seen_by.seller_id, eyes)
    return "events", (eyes,)


def _word_of(eyes: Role | None) -> str:
    """The eyes as statements and `seen_by` name them."""
    return eyes if eyes in (Role.PLATFORM, *SIDES) else OTHERS
