"""Leases as Postgres keeps them: who of the platform works on an order's case, until when, and who ended whose.

They bind nobody: the order takes what anybody else sends all the same. They keep two people from doing one work.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
from pydantic import BaseModel, ConfigDict

from starter.client.recorded import fetched
from workflows.messages.sentences import When, say
from workflows.messages.told_errors import ToldError

DEFAULT_MINUTES: Final = 10.0
"""As long as a case takes to be read and decided, for whoever does not say how long they need."""
MIN_MINUTES: Final = 0.25
"""A page that keeps its lease asks several times within one; shorter than this it would lose it to one slow answer."""
MAX_MINUTES: Final = 240.0
"""Half a working day: whoever leaves without giving it back does not keep it until tomorrow."""


class Lease(BaseModel):
    """Who works on an order."""

    model_config = ConfigDict(frozen=True)

    held_by: str
    until: datetime
    taken_at: datetime
    forced_by: str | None
    """Who last ended somebody else's on this order; None: nobody has."""
    forced_from: str | None
    """Whose that was."""
    forced_at: datetime | None

    def brief(self) -> dict[str, Any]:
        """As the platform sees it with the order."""
        return {"by": self.held_by, "until": self.model_dump(mode="json")["until"]}

    def shown(self) -> dict[str, Any]:
        """All of it: `{"by", "until", "taken_at", "forced"?: {"by", "from", "at"}}`."""
        told = self.model_dump(mode="json")
        forced = {"by": told["forced_by"], "from": told["forced_from"], "at": told["forced_at"]}
        return {**self.brief(), "taken_at": told["taken_at"], **({"forced": forced} if self.forced_by else {})}


class LeaseHeld(ToldError):
    """Somebody else works on it: nothing was changed. The message says who, and until when."""

    def __init__(self, order_id: str, lease: Lease) -> None:
        told = say(
            "{person} works on order {order_id}, until {at}.",
            person=lease.held_by,
            order_id=order_id,
            at=When(lease.until),
        )
        super().__init__(told)
        self.lease = lease


class Leases:
    """All of them, over a pool."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def take(self, order_id: str, by: str, within: timedelta) -> Lease:
        """Have `by` work on it from now for so long, also if they do already. Raises `LeaseHeld`."""
        while True:
            if rows := await fetched(self._pool, "leases/take", order_id, by, within):
                return Lease.model_validate(dict(rows[0]))
            # None: it has just ended, and can be taken.
            if held := (await self.held([order_id])).get(order_id):
                raise LeaseHeld(order_id, held)

    async def release(self, order_id: str, by: str, *, force: bool) -> None:
        """Nobody works on it any more, if it was `by`, or by `force`. Raises `LeaseHeld`."""
        if await fetched(self._pool, "leases/release", order_id, by, force):
            return
        held = (await self.held([order_id])).get(order_id)
        if held is not None and held.held_by != by:
            raise LeaseHeld(order_id, held)

    async def held(self, order_ids: Collection[str]) -> dict[str, Lease]:
        """Order → who works on it now, of these."""
        rows = await fetched(self._pool, "leases/held", list(order_ids)) if order_ids else ()
        return {row["order_id"]: Lease.model_validate(dict(row)) for row in rows}
