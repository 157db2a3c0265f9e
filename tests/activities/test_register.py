"""The register of payments: written with the order's own record, and filled once from what stood before it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from activities.migrations import all_migrations, migrate
from activities.read_model import Records
from activities.register.claims import claim
from tests.activities.test_records import batch, share
from tests.process.orders import captured
from workflows.messages.work import PaymentShare


async def keep(pool: asyncpg.Pool, order_id: str, entry: int, *shares: PaymentShare) -> None:
    await Records(pool).write(batch(order_id, entry, entry, shares=shares))


async def brought(pool: asyncpg.Pool, payment_id: str) -> tuple[int, str] | None:
    row = await pool.fetchrow("SELECT brought, currency FROM payments WHERE payment_id = $1", payment_id)
    return (row["brought"], row["currency"]) if row else None


async def shared(pool: asyncpg.Pool, payment_id: str) -> list[tuple[str, int, int, bool]]:
    """Order, share, what of it went back, and whether it stands."""
    asked = "SELECT order_id, amount, returned, stands FROM payment_shares WHERE payment_id = $1 ORDER BY claimed_at"
    return [tuple(row) for row in await pool.fetch(asked, payment_id)]


async def test_R36_an_orders_record_writes_its_share_of_every_payment(pool: asyncpg.Pool, order_id: str) -> None:
    """Once, however often it comes, and as it stands after the last one."""
    first, second = f"pay-1-{order_id}", f"pay-2-{order_id}"
    for _ in range(2):
        await keep(pool, order_id, 1, share(first), share(second, 700, currency="EUR"))
    assert (await brought(pool, first), await brought(pool, second)) == ((2299, "USD"), (700, "EUR"))
    await keep(pool, order_id, 2, share(first, returned=500), share(second, 700, currency="EUR"))
    assert await shared(pool, first) == [(order_id, 2299, 500, True)]
    assert await shared(pool, second) == [(order_id, 700, 0, True)]


async def test_R36_what_is_only_promised_is_the_orders_and_has_brought_nothing(
    pool: asyncpg.Pool, order_id: str
) -> None:
    payment_id = f"pay-{order_id}"
    await keep(pool, order_id, 1, share(payment_id, 0))
    assert await shared(pool, payment_id) == [(order_id, 0, 0, True)]
    await keep(pool, order_id, 2, share(payment_id))
    assert await brought(pool, payment_id) == (2299, "USD")
    assert await shared(pool, payment_id) == [(order_id, 2299, 0, True)]


async def test_R36_a_claim_stands_once_its_orders_record_has_taken_it(pool: asyncpg.Pool, order_id: str) -> None:
    payment_id = f"pay-{order_id}"
    assert await claim(pool, order_id, captured(payment_id=payment_id)) is None
    assert await shared(pool, payment_id) == [(order_id, 2299, 0, False)]
    await keep(pool, order_id, 1, share(payment_id))
    assert await shared(pool, payment_id) == [(order_id, 2299, 0, True)]


async def test_R37_a_second_order_does_not_make_a_payment_larger(pool: asyncpg.Pool, order_id: str) -> None:
    """Both shares are written down, and together they are more than it brought: what it brought stands."""
    payment_id, other = f"pay-{order_id}", f"{order_id}-other"
    await keep(pool, order_id, 1, share(payment_id))
    await keep(pool, other, 1, share(payment_id, 9000))
    await keep(pool, other, 2, share(payment_id, 9000))
    assert await brought(pool, payment_id) == (2299, "USD")
    assert await shared(pool, payment_id) == [(order_id, 2299, 0, True), (other, 9000, 0, True)]


async def test_R36_two_orders_that_bring_one_payment_at_once_both_stand_in_the_register(
    pool: asyncpg.Pool, order_id: str
) -> None:
    """Many at once, and none waits for another for ever."""
    payments = [f"pay-{number}-{order_id}" for number in range(4)]
    orders = [f"{order_id}-{number}" for number in range(8)]
    await asyncio.gather(*(keep(pool, order, 1, *(share(payment) for payment in payments)) for order in orders))
    for payment in payments:
        assert await brought(pool, payment) == (2299, "USD")
        assert sorted(one[0] for one in await shared(pool, payment)) == orders


async def test_a_record_that_is_not_written_registers_nothing(pool: asyncpg.Pool, order_id: str) -> None:
    """Another run's order keeps its payments."""
    payment_id = f"pay-{order_id}"
    await keep(pool, order_id, 1, share(payment_id))
    stranger = batch(order_id, 1, 5, opened_by="run-2", shares=(share(f"{payment_id}-2"),))
    assert (await Records(pool).write(stranger)).owner == "open"
    assert await brought(pool, f"{payment_id}-2") is None


@pytest.fixture
def before_the_register() -> list[Any]:
    """The migrations of the version before."""
    return [migration for migration in all_migrations() if migration.name < "0012"]


async def test_R36_the_register_is_filled_from_what_stood_before_it(
    new_database: Callable[[], Awaitable[str]], before_the_register: list[Any]
) -> None:
    """Orders that run go on: charged, promised, refunded, voided and charged back, and one payment in two orders."""
    url = await new_database()
    await migrate(url, before_the_register)
    attempts = [{"amount": 300, "state": "failed"}, {"amount": 300, "state": "succeeded", "void": False}]
    paid = {"payment_id": "pay-1", "amount": 2299, "currency": "USD", "captured_at": "2026-03-02T12:00:00Z"}
    promised = {"payment_id": "pay-2", "amount": 700, "currency": "USD", "captured_at": None}
    state = {
        "payments": [paid, promised],
        "refunds": [
            {"payment_id": "pay-1", "attempts": attempts},
            {"payment_id": "pay-2", "attempts": [{"amount": 700, "state": "succeeded", "void": True}]},
        ],
        "chargebacks": [
            {"payment_id": "pay-1", "amount": 99, "outcome": "lost"},
            {"payment_id": "pay-1", "amount": 50, "outcome": "won"},
        ],
    }
    later = {"payments": [paid | {"amount": 9000, "captured_at": "2026-03-03T12:00:00Z"}]}
    async with asyncpg.create_pool(url, min_size=1) as pool:
        copied = "INSERT INTO orders SELECT (jsonb_populate_record(null::orders, $1)).* RETURNING order_id"
        for order_id, kept in (("A-1", state), ("A-2", later), ("A-3", {"entry": 1})):
            row = batch(order_id, 1, 1).row.model_dump(mode="json") | {
                "authorized": 0,
                "run_started_at": "2026-01-01T00:00:00Z",
                "decided_at": "2026-01-01T00:00:00Z",
                "history_length": 3,
                "opened_by": "run-1",
                "state": kept,
            }
            await pool.execute(copied, json.dumps(row))
        await migrate(url)
        assert (await brought(pool, "pay-1"), await brought(pool, "pay-2")) == ((2299, "USD"), (0, "USD"))
        assert await shared(pool, "pay-1") == [("A-1", 2299, 399, True), ("A-2", 9000, 0, True)]
        assert await shared(pool, "pay-2") == [("A-1", 0, 0, True)]
