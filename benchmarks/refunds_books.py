"""The two books of the run of refunds: the provider's and ours, and whether they agree to the cent."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Final

import asyncpg

from activities.providers import BookChargeback, BookEntry
from activities.providers.sandbox import SandboxProvider
from activities.reconciliation.unheard import Known, Unheard, chargeback_missed, refund_missed
from workflows.messages.chargebacks import ChargebackOutcome
from workflows.messages.values import MoneyState

BEGINNING: Final = datetime.fromtimestamp(0, UTC)
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
    lots: dict[str, int] = field(default_factory=dict)
    """Orders, by what happened to them besides."""
    attempts: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    """Calls that reached the provider, by what came of them."""
    webhooks: dict[str, int] = field(default_factory=dict)
    refunded_here: int = 0
    refunded_there: int = 0
    doubled: list[str] = field(default_factory=list)
    """Payments of which more went back than was paid, by the provider's own book, banks included."""
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
        """The provider's refunds that we asked for and were created before `until`, by our key."""
        found: dict[str, list[BookEntry]] = {}
        for entry in await self._refunds(until):
            if entry.is_ours:
                found.setdefault(entry.key, []).append(entry)
        return found

    async def captured(self, order_id: str) -> int | None:
        """What the order has been paid, by its row; None without one."""
        paid: int | None = await self.pool.fetchval("SELECT captured FROM orders WHERE order_id = $1", order_id)
        return paid

    async def unheard(self, until: datetime) -> list[Unheard]:
        """Refunds by hand and the banks' words of before `until` that their orders do not know."""
        known = {row["reference"]: row for row in await self.pool.fetch(_sql("outside"))}
        by_hand = [refund for refund in await self._refunds(until) if not refund.is_ours]
        missed = [refund_missed(one, _known(one, known.get(one.reference))) for one in by_hand]
        words = [one for one in await self._chargebacks() if one.occurred_at and one.occurred_at < until]
        missed += [chargeback_missed(one, _known(one, known.get(one.chargeback_id))) for one in words]
        return [one for one in missed if isinstance(one, Unheard)]

    async def _refunds(self, until: datetime) -> list[BookEntry]:
        found, cursor = list[BookEntry](), None
        while True:
            page = await self.provider.entries(BEGINNING, until, cursor)
            found += [entry for entry in page.entries if entry.kind == "refund"]
            if (cursor := page.cursor) is None:
                return found

    async def _chargebacks(self) -> list[BookChargeback]:
        found, cursor = list[BookChargeback](), None
        while True:
            page = await self.provider.chargebacks(BEGINNING, datetime.now(UTC) + timedelta(days=1), cursor)
            found += page.chargebacks
            if (cursor := page.cursor) is None:
                return found

    async def compare(self, found: Outcome) -> None:
        """Both, to the cent, into `found`."""
        end = datetime.now(UTC) + timedelta(days=1)
        theirs = await self.theirs(end)
        ours = await self.ours()
        back = Counter[str]()
        for key, entries in theirs.items():
            paid = sum(entry.amount for entry in entries if entry.state is MoneyState.SUCCEEDED)
            back[entries[0].order_id or key] += paid
            if len(entries) > 1 or key not in ours or ours[key]["state"] != entries[0].state:
                told = [str(entry.state) for entry in entries]
                here = ours[key]["state"] if key in ours else None
                found.different.append(f"{key}: {told} there, {here} here")
        for entry in await self._refunds(end):
            if not entry.is_ours and entry.state is MoneyState.SUCCEEDED:
                back[str(entry.order_id)] += entry.amount
        for one in await self._chargebacks():
            if one.outcome is ChargebackOutcome.LOST:
                back[str(one.order_id)] += one.amount
        found.refunded_there = back.total()
        found.different += [f"{missed.words}: not known here" for missed in await self.unheard(end)]
        found.different += [f"{key}: only here" for key in ours.keys() - theirs.keys()]
        found.doubled = [order_id for order_id, amount in back.items() if amount > TOTAL]
        found.refunded_here, found.attempts = (await self.standing())["refunded"], len(ours)


def _known(one: BookEntry | BookChargeback, row: asyncpg.Record | None) -> Known:
    """Each payment here is one order's, which the provider names."""
    standing, amount = (row["standing"], row["amount"]) if row else (None, None)
    return Known((str(one.order_id),), standing, amount, told=False)


def _sql(name: str) -> str:
    return files(__package__).joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
