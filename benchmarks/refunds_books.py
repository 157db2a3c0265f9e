"""The two books of the run of refunds: the provider's and ours, and whether they agree to the cent."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Final

import asyncpg

from activities.providers import BookEntry
from activities.providers.sandbox import SandboxProvider
from workflows.messages.values import MoneyState

TOTAL: Final = 2_299
"""Minor units of every order."""


@dataclass
class Outcome:
    """What came of it. The books agree when `different` is empty."""

    seed: int
    orders: int
    seconds: float = 0.0
    kills: int = 0
    retried: int = 0
    told: int = 0
    """Facts that no webhook had brought, found by comparing the books."""
    attempts: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    """Calls that reached the provider, by what came of them."""
    webhooks: dict[str, int] = field(default_factory=dict)
    refunded_here: int = 0
    refunded_there: int = 0
    doubled: list[str] = field(default_factory=list)
    """Payments of which more went back than was paid, by the provider's own book."""
    different: list[str] = field(default_factory=list)
    """Attempts of which the two books say different things, or only one says anything."""

    @property
    def agree(self) -> bool:
        expected = self.orders * TOTAL
        return not self.doubled and not self.different and self.refunded_here == self.refunded_there == expected


@dataclass(frozen=True)
class Books:
    """Where both are read."""

    pool: asyncpg.Pool
    provider: SandboxProvider

    async def ours(self) -> dict[str, asyncpg.Record]:
        """Every attempt that we have written down, by its key."""
        return {row["key"]: row for row in await self.pool.fetch(_sql("attempts"))}

    async def standing(self) -> asyncpg.Record:
        """How many orders there are, how many of them are open, and what was refunded."""
        row = await self.pool.fetchrow(_sql("refunded"))
        assert row, "an aggregate has a row"
        return row

    async def theirs(self, until: datetime) -> dict[str, list[BookEntry]]:
        """The provider's refunds that were created before `until`, by our key."""
        found: dict[str, list[BookEntry]] = {}
        cursor: str | None = None
        while True:
            page = await self.provider.entries(datetime.fromtimestamp(0, UTC), until, cursor)
            for entry in page.entries:
                if entry.kind == "refund":
                    found.setdefault(entry.key, []).append(entry)
            if (cursor := page.cursor) is None:
                return found

    async def compare(self, found: Outcome) -> None:
        """Both, to the cent, into `found`."""
        theirs = await self.theirs(datetime.now(UTC) + timedelta(days=1))
        ours = await self.ours()
        back = Counter[str]()
        for key, entries in theirs.items():
            paid = sum(entry.amount for entry in entries if entry.state is MoneyState.SUCCEEDED)
            found.refunded_there += paid
            back[entries[0].order_id or key] += paid
            if len(entries) > 1 or key not in ours or ours[key]["state"] != entries[0].state:
                told = [str(entry.state) for entry in entries]
                here = ours[key]["state"] if key in ours else None
                found.different.append(f"{key}: {told} there, {here} here")
        found.different += [f"{key}: only here" for key in ours.keys() - theirs.keys()]
        found.doubled = [order_id for order_id, amount in back.items() if amount > TOTAL]
        found.refunded_here, found.attempts = (await self.standing())["refunded"], len(ours)


def _sql(name: str) -> str:
    return files(__package__).joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
