"""What a provider told us and nobody could place, kept for an operator; and what it takes to place it.

Who decides that something has no place is the gateway; who shows it is `countermand unplaced`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import asyncpg
from pydantic import BaseModel, ConfigDict

from activities.database import storable_text
from activities.sql import query
from starter.client.retrying import reading

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

    async def remember_payment(self, payment_id: str, order_id: str) -> None:
        """So that its order is known when the provider names only the payment."""
        await self._fetch("unplaced/remember_payment", payment_id, order_id)

    async def order_of_payment(self, payment_id: str) -> str | None:
        rows = await self._fetch("unplaced/order_of_payment", storable_text(payment_id))
        return str(rows[0]["order_id"]) if rows else None

    async def was_asked_for(self, order_id: str, kind: Literal["refund", "release"], record_id: str) -> bool:
        """Whether this refund or release is one that we ever sent."""
        [row] = await self._fetch("unplaced/was_asked_for", order_id, kind, record_id)
        return bool(row[0])

    async def _fetch(self, name: str, *given: object) -> Sequence[asyncpg.Record]:
        async def rows() -> Sequence[asyncpg.Record]:
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
                return await connection.fetch(query(name), *given)

        return await reading(rows())
