"""The activity of reconciliation about payments that several orders share: whether their shares make up the payment.

Which order has what of a payment is written down elsewhere: by claims, and with each order's record.
"""

import json

import asyncpg
from temporalio import activity

from activities.paging import Page, covered
from activities.reconciliation.disagreements import ACQUIRE_SECONDS, counted, keep
from activities.sql import query
from workflows.messages.reconciling import Covered, Disagreement, Kind, Stretch


class SharedPayments:
    """Adds up the register."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @activity.defn(name="reconcile_shares")
    async def reconcile_shares(self, stretch: Stretch) -> Covered:
        """Find payments whose shares are more than they brought or, a day after the last one came, less."""
        return await covered(stretch, lambda cursor: self._shares(stretch, cursor))

    async def _shares(self, stretch: Stretch, cursor: str | None) -> Page:
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            rows = await connection.fetch(query("reconciliation/shares"), cursor, stretch.page_size)
        found = [_disagreement(row) for row in rows if row["wrong"]]
        await keep(self._pool, stretch.day, found)
        return Page(rows[-1]["place"] if len(rows) == stretch.page_size else None, counted(found))


def _disagreement(row: asyncpg.Record) -> Disagreement:
    shares = json.loads(row["shares"])
    return Disagreement(
        kind=Kind.PAYMENT_SHARED,
        key=f"payment {row['place']}",
        order_id=min(shares),
        ours={"shares": shares, "amount": sum(shares.values())},
        theirs={"amount": row["whole"], "currency": row["currency"]},
    )
