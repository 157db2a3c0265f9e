"""For tests of the payments activity: calls, the activity run on them, and what both books say. No test lives here."""

from typing import Any

import asyncpg
from temporalio.testing import ActivityEnvironment

from activities.payments import Payments
from activities.providers import PaymentProvider
from tests.activities.sandboxes import Sandbox, eventually
from workflows.messages.values import MoneyState
from workflows.messages.work import MoneyCall, ProviderAnswer, RefundCall, ReleaseCall


def a_call(kind: str, order_id: str, attempt: int = 1, amount: int = 500) -> MoneyCall:
    record_id = f"{order_id}-{kind}-1"
    rest: dict[str, Any] = {"order_id": order_id, "attempt": attempt, "amount": amount, "currency": "USD"}
    rest |= {"key": f"{record_id}-{attempt}", "opened_by": "run-1", "entry": 1}
    if kind == "refund":
        return RefundCall(refund_id=record_id, payment_id=f"pay-{order_id}", **rest)
    return ReleaseCall(release_id=record_id, seller_id="s-3", **rest)


async def send(pool: asyncpg.Pool, provider: PaymentProvider, call: MoneyCall) -> ProviderAnswer:
    return await ActivityEnvironment().run(getattr(Payments(pool, provider), f"send_{call.kind}"), call)


async def look_up(pool: asyncpg.Pool, provider: PaymentProvider, call: MoneyCall) -> ProviderAnswer:
    return await ActivityEnvironment().run(getattr(Payments(pool, provider), f"look_up_{call.kind}"), call)


async def check(pool: asyncpg.Pool, provider: PaymentProvider, call: MoneyCall) -> ProviderAnswer | None:
    return await ActivityEnvironment().run(getattr(Payments(pool, provider), f"check_{call.kind}"), call)


async def becomes(pool: asyncpg.Pool, provider: PaymentProvider, call: MoneyCall, state: MoneyState) -> ProviderAnswer:
    """What the provider says once it says that it is in `state`."""

    async def look() -> ProviderAnswer | None:
        answer = await check(pool, provider, call)
        return answer if answer and answer.state is state else None

    return await eventually(look)


async def written(pool: asyncpg.Pool, call: MoneyCall) -> dict[str, Any]:
    row = await pool.fetchrow("SELECT * FROM payment_calls WHERE key = $1", call.key)
    assert row, f"{call.key} was not written down"
    return dict(row)


async def deeds(sandbox: Sandbox, kind: str, order_id: str) -> list[tuple[str, int]]:
    """What moved, by the provider's own book: key and amount."""
    return [(deed["key"], deed["amount"]) for deed in (await sandbox.book(order_id))[f"{kind}s"]]


async def calls(sandbox: Sandbox, order_id: str) -> list[str]:
    """What came of every call that reached the provider."""
    return [call["outcome"] for call in (await sandbox.book(order_id))["calls"]]
