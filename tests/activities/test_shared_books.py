"""Reconciliation adds up the shares of a payment that several orders have (R36)."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from temporalio.testing import ActivityEnvironment

from activities.reconciliation.comparison import Ours, Theirs, disagreements
from activities.reconciliation.disagreements import list_disagreements
from activities.reconciliation.shares import SharedPayments
from activities.sql import query
from tests.activities.test_records import share
from tests.activities.test_register import keep
from workflows.messages.reconciling import Covered, Stretch

WAITED = "UPDATE payment_shares SET claimed_at = claimed_at - $2::text::interval WHERE payment_id = $1"


async def found(pool: asyncpg.Pool, payment_id: str, page_size: int = 200) -> Mapping[str, Any] | None:
    """What is said of this payment after all pages."""
    cursor, done = None, False
    while not done:
        stretch = Stretch(day=date(2026, 3, 2), cursor=cursor, page_size=page_size, pages=1)
        covered: Covered = await ActivityEnvironment().run(SharedPayments(pool).reconcile_shares, stretch)
        cursor, done = covered.cursor, covered.done
    listed = await list_disagreements(pool, resolved_too=False)
    keys = {one.key: one.model_dump() for one in listed if one.kind == "payment_shared"}
    return keys.get(f"payment {payment_id}")


async def shared_by(pool: asyncpg.Pool, order_id: str, *amounts: int) -> str:
    """A payment that brought 3000, and orders that have so much of it."""
    payment_id = f"pay-{order_id}"
    for number, amount in enumerate(amounts):
        await keep(pool, f"{order_id}-{number}", 1, share(payment_id, amount, brought=3000, whole=3000))
    return payment_id


@pytest.mark.parametrize(("waited", "wrong"), [("23 hours 59 minutes", False), ("24 hours 1 minute", True)])
async def test_R36_shares_that_are_less_than_the_payment_are_reported_a_day_after_the_last_one_came(
    pool: asyncpg.Pool, order_id: str, waited: str, *, wrong: bool
) -> None:
    payment_id = await shared_by(pool, order_id, 1000, 1999)
    await pool.execute(WAITED, payment_id, waited)
    row = await found(pool, payment_id)
    assert (row is not None) == wrong
    if row is not None:
        shares = {f"{order_id}-0": 1000, f"{order_id}-1": 1999}
        assert row["ours"] == {"shares": shares, "amount": 2999}
        assert row["theirs"] == {"amount": 3000, "currency": "USD"}


async def test_R36_shares_that_are_more_than_the_payment_are_reported_at_once(
    pool: asyncpg.Pool, order_id: str
) -> None:
    payment_id = await shared_by(pool, order_id, 1000, 2001)
    assert await found(pool, payment_id) is not None


async def test_R36_shares_that_make_up_the_payment_are_not_reported(pool: asyncpg.Pool, order_id: str) -> None:
    payment_id = await shared_by(pool, order_id, 1000, 2000)
    await pool.execute(WAITED, payment_id, "1 year")
    assert await found(pool, payment_id) is None


async def test_R36_a_payment_of_which_the_platform_gave_some_to_nobody_is_reported(
    pool: asyncpg.Pool, order_id: str
) -> None:
    payment_id = f"pay-{order_id}"
    await keep(pool, order_id, 1, share(payment_id, 0, brought=3000, whole=3000, question="settled"))
    await keep(pool, f"{order_id}-2", 1, share(payment_id, 2000, brought=3000, whole=3000, question="settled"))
    await pool.execute(WAITED, payment_id, "2 days")
    assert await found(pool, payment_id) is not None


async def test_R36_all_pages_are_read(pool: asyncpg.Pool, order_id: str) -> None:
    payments = [await shared_by(pool, f"{order_id}-{number}", 1000, 2001) for number in range(3)]
    for payment_id in payments:
        assert await found(pool, payment_id, page_size=1) is not None


async def compared(pool: asyncpg.Pool, payment_id: str, amount: int) -> list[str]:
    """How the provider's entry of this payment, which names no order, disagrees with what we know."""
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    entry = (payment_id, amount, at)
    await pool.execute(
        "INSERT INTO provider_book (provider, kind, key, reference, order_id, amount, currency, state, created_at)"
        " VALUES ($1, 'payment', $1, $1, null, $2, 'USD', 'succeeded', $3)",
        *entry,
    )
    [row] = await pool.fetch(query("reconciliation/theirs"), payment_id, at, at + timedelta(days=1), None, 10)
    theirs = Theirs("payment", payment_id, row["their_order_id"], json.loads(row["entries"]))
    ours = Ours(row["order_id"], row["amount"], row["currency"], row["state"]) if row["order_id"] else None
    return [one.kind for one in disagreements(theirs, ours, known=row["known"])]


@pytest.mark.parametrize(("amount", "wrong"), [(3000, []), (2999, ["amount"])])
async def test_R36_a_payment_of_several_orders_is_known_although_it_names_none(
    pool: asyncpg.Pool, order_id: str, amount: int, wrong: list[str]
) -> None:
    payment_id = await shared_by(pool, order_id, 1000, 2000)
    assert await compared(pool, payment_id, amount) == wrong
    assert await compared(pool, f"{payment_id}-unheard", amount) == ["payment_unknown"]
