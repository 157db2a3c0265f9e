"""What a provider told us and nobody could place, kept for an operator; and what it takes to place it.

Who decides that something has no place is the gateway; who shows it is `countermand unplaced`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import asyncpg
from pydantic import BaseModel, ConfigDict

from activities.database import storable_text
from activities.register.claims import claim
from activities.register.words import Told, allot
from activities.sql import query
from starter.client.retrying import reading
from workflows.messages.base import Fact, Message

MAX_UNPLACED: Final = 100
"""Rows of one page: what a person looks through at once."""
MAX_WHY: Final = 1_000
"""Characters of the reason; it is meant to be read."""
MAX_NAME: Final = 200
"""Characters of a name or an id that somebody else chose."""
ACQUIRE_SECONDS: Final = 5.0
"""For a free connection: the provider waits for the answer."""


class Unplaced(BaseModel):
    """A genuine webhook that could not be placed."""

    model_config = ConfigDict(frozen=True)

    provider: str
    webhook_id: str
    name: str | None
    order_id: str | None
    body: str
    why: str


class KeptUnplaced(Unplaced):
    """One as it stands in Postgres."""

    id: int
    received_at: datetime


def unplaced_fact(order_id: str, fact: Fact, why: str) -> Unplaced:
    """A fact that came by no webhook, and could not be placed."""
    body = fact.model_dump_json(exclude_none=True)
    webhook_id = fact.request_id or body
    return Unplaced(provider=fact.by.id, webhook_id=webhook_id, name=fact.name, order_id=order_id, body=body, why=why)


class Desk:
    """Where the gateway asks where something belongs, and leaves what belongs nowhere. Raises `EngineUnavailable`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def keep(self, one: Unplaced) -> None:
        """Keep it, once."""
        names = [None if name is None else storable_text(name)[:MAX_NAME] for name in (one.name, one.order_id)]
        webhook_id, why = storable_text(one.webhook_id)[:MAX_NAME], storable_text(one.why)[:MAX_WHY]
        await self._fetch("unplaced/keep", one.provider, webhook_id, *names, storable_text(one.body), why)

    async def unplaced(self, before: int | None = None, limit: int = MAX_UNPLACED) -> tuple[KeptUnplaced, ...]:
        """The newest, or those that came before the one of that number."""
        rows = await self._fetch("unplaced/list", before, min(limit, MAX_UNPLACED))
        return tuple(KeptUnplaced.model_validate(dict(row)) for row in rows)

    async def claim(self, order_id: str, fact: Message) -> str | None:
        """Why the order must not hear of this payment; None where it may, and then the payment is claimed for it."""
        return await reading(claim(self._pool, order_id, fact))

    async def allot(self, named: str | None, fact: Fact) -> Told | None:
        """Who hears what of a fact about a whole payment; None where it is about none, or nobody has the payment."""
        return await reading(allot(self._pool, named, fact))

    async def orders_of_payment(self, payment_id: str) -> Sequence[str]:
        """Those that have a share of it, the oldest first."""
        return [row["order_id"] for row in await self._fetch("register/orders", storable_text(payment_id))]

    async def was_asked_for(self, order_id: str, kind: Literal["refund", "release"], record_id: str) -> bool:
        """Whether this refund or release is one that we ever sent."""
        [row] = await self._fetch("unplaced/was_asked_for", order_id, kind, record_id)
        return bool(row[0])

    async def _fetch(self, name: str, *given: object) -> Sequence[asyncpg.Record]:
        async def rows() -> Sequence[asyncpg.Record]:
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
                return await connection.fetch(query(name), *given)

        return await reading(rows())
