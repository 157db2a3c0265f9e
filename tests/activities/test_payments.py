"""What the payments activity sends, keeps and answers: on a real Postgres, and a provider with a book of its own."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.heartbeats import heartbeats
from activities.payment_calls import RECORDED_AGAIN
from activities.payments import HEARTBEAT_EVERY, Payments
from activities.providers import ProviderUnavailable
from activities.providers.sandbox import SandboxProvider
from activities.read_model import Records
from tests.activities.calls import a_call, becomes, calls, check, deeds, look_up, send, written
from tests.activities.sandboxes import Sandbox, eventually
from tests.activities.test_records import batch, share
from workflows.messages.values import MoneyState
from workflows.messages.work import OUR_OWN, RefundCall

pytestmark = pytest.mark.usefixtures("recorded", "paid")

both = pytest.mark.parametrize("kind", ["refund", "release"])


@both
async def test_a_call_is_made_once_and_kept_with_its_answer(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str, kind: str
) -> None:
    """Taken as pending, then settled; our own row says all that one needs for asking the provider about it."""
    call = a_call(kind, order_id)
    answer = await send(pool, provider, call)
    assert answer.state is MoneyState.PENDING
    assert answer.provider_reference
    row = await written(pool, call)
    assert (row["order_id"], row["kind"], row["record_id"]) == (order_id, kind, f"{order_id}-{kind}-1")
    assert (row["attempt"], row["amount"], row["currency"]) == (1, 500, "USD")
    assert (row["payment_id"], row["seller_id"]) == ((f"pay-{order_id}", None) if kind == "refund" else (None, "s-3"))
    assert (row["state"], row["provider_reference"]) == ("pending", answer.provider_reference)
    settled = await becomes(pool, provider, call, MoneyState.SUCCEEDED)
    assert settled.provider_reference == answer.provider_reference
    assert (await written(pool, call))["state"] == "succeeded"
    assert await deeds(sandbox, kind, order_id) == [(call.key, 500)]
    assert await calls(sandbox, order_id) == ["taken"]


@both
async def test_a_decline_is_an_answer(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str, kind: str
) -> None:
    """A definite no is no reason to try again: it comes back as failed with its reason, now and later."""
    call = a_call(kind, order_id)
    await sandbox.misbehave(kind, "decline", order_id)
    for answer in (await send(pool, provider, call), await send(pool, provider, call)):
        assert (answer.state, answer.failure_reason) == (MoneyState.FAILED, "declined by the bank")
    row = await written(pool, call)
    assert (row["state"], row["failure_reason"]) == ("failed", "declined by the bank")
    assert await calls(sandbox, order_id) == ["decline"]


async def test_another_attempt_is_another_deed(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """The platform lets a declined refund be tried again: a new key."""
    first, second = a_call("refund", order_id), a_call("refund", order_id, attempt=2)
    await sandbox.misbehave("refund", "decline", order_id)
    assert (await send(pool, provider, first)).state is MoneyState.FAILED
    assert (await send(pool, provider, second)).state is MoneyState.PENDING
    assert (await look_up(pool, provider, first)).state is MoneyState.FAILED
    assert await deeds(sandbox, "refund", order_id) == [(first.key, 500), (second.key, 500)]


@both
@pytest.mark.parametrize(("do", "end"), [("fail_late", MoneyState.FAILED), ("reverse_late", MoneyState.REVERSED)])
async def test_what_goes_wrong_late_is_found(
    pool: asyncpg.Pool,
    sandbox: Sandbox,
    provider: SandboxProvider,
    order_id: str,
    kind: str,
    do: str,
    end: MoneyState,
) -> None:
    """A state is never final on our word alone: a check says what the provider says now."""
    call = a_call(kind, order_id)
    await sandbox.misbehave(kind, do, order_id)
    assert (await send(pool, provider, call)).state is MoneyState.PENDING
    assert (await becomes(pool, provider, call, end)).failure_reason
    assert (await written(pool, call))["state"] == end
    assert await calls(sandbox, order_id) == [do]


async def test_more_than_was_captured_is_declined(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """The provider refuses what we should never ask for, such as where we were told of more than it has."""
    more = (share(f"pay-{order_id}", 9000),)
    await Records(pool).write(batch(order_id, 2, 2, opened_by="run-1", shares=more))
    (await sandbox.pay(order_id)).raise_for_status()
    assert (await send(pool, provider, a_call("refund", order_id, 1, 2_000))).state is MoneyState.PENDING
    answer = await send(pool, provider, a_call("refund", order_id, 2, 300))
    assert (answer.state, answer.failure_reason) == (MoneyState.FAILED, "only 299 of the payment is left")


@both
async def test_a_key_that_stands_for_another_call_is_refused_loudly(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str, kind: str
) -> None:
    """Our own bug: retrying cannot mend it, and nothing may be sent."""
    call = a_call(kind, order_id)
    await send(pool, provider, call)
    whose = {"payment_id" if kind == "refund" else "seller_id": "another"}
    other = {"order_id": f"{order_id}-other"}
    await Records(pool).write(batch(other["order_id"], 1, 1, opened_by="run-1"))
    for wrong in ({"amount": 501}, {"currency": "EUR"}, {"attempt": 2}, other, whose):
        with pytest.raises(ApplicationError, match="a bug of ours") as error:
            await send(pool, provider, call.model_copy(update=wrong))
        assert (error.value.type, error.value.non_retryable) == ("key_reused", True)
    assert await deeds(sandbox, kind, order_id) == [(call.key, 500)]
    assert await calls(sandbox, order_id) == ["taken"]


async def test_it_heartbeats_while_the_provider_takes_its_time(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """A worker that died is noticed in seconds, one that waits is left in peace."""
    beats: list[object] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append(details)
    await sandbox.misbehave("refund", "time_out_before", order_id)
    call = a_call("refund", order_id)
    assert isinstance(call, RefundCall)
    waiting = asyncio.create_task(environment.run(Payments(pool, provider).send_refund, call))

    async def several() -> bool:
        return len(beats) > 1

    await eventually(several)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait((waiting,))


async def test_cancelling_it_leaves_nothing_behind(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """A worker that is told to stop ends its calls: no task beats on for an activity that is gone."""
    await sandbox.misbehave("refund", "time_out_before", order_id)
    before = asyncio.all_tasks()
    waiting = asyncio.create_task(send(pool, provider, a_call("refund", order_id)))
    await eventually(lambda: calls(sandbox, order_id))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("kind", ["refund", "release"])
async def test_a_check_asks_and_sends_nothing(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str, kind: str
) -> None:
    """Not even where the provider has never heard of it."""
    call = a_call(kind, order_id)
    assert await check(pool, provider, call) is None
    assert await deeds(sandbox, kind, order_id) == []
    await sandbox.misbehave(kind, "decline", order_id)
    await send(pool, provider, call)
    told = await check(pool, provider, call)
    assert told
    assert told.state is MoneyState.FAILED
    assert await calls(sandbox, order_id) == ["decline"]


async def test_R38_money_waits_until_what_asked_for_it_is_recorded(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """Nothing is sent and nothing written down, so nothing counts as tried; look-ups and checks wait as well."""
    call = a_call("refund", order_id).model_copy(update={"entry": 2})
    for ask in (send, look_up, check):
        with pytest.raises(ApplicationError, match="not sent yet") as error:
            await ask(pool, provider, call)
        assert (error.value.type, error.value.non_retryable) == ("not_recorded", False)
        assert error.value.next_retry_delay == RECORDED_AGAIN
    assert await pool.fetchval("SELECT count(*) FROM payment_calls WHERE order_id = $1", order_id) == 0
    await Records(pool).write(batch(order_id, 2, 2, opened_by="run-1"))
    assert (await send(pool, provider, call)).state is MoneyState.PENDING
    assert await calls(sandbox, order_id) == ["taken"]


async def test_R38_money_waits_for_an_order_that_has_no_row(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    call = a_call("refund", f"{order_id}-unknown")
    with pytest.raises(ApplicationError, match="not sent yet"):
        await send(pool, provider, call)
    assert await calls(sandbox, call.order_id) == []


async def test_R38_no_money_moves_for_a_run_whose_order_this_is_not(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """A second start of a known order has taken a payment before its record could tell; final, and nothing is sent."""
    call = a_call("refund", order_id).model_copy(update={"opened_by": "run-2"})
    for ask in (send, look_up, check):
        with pytest.raises(ApplicationError, match="already an order") as error:
            await ask(pool, provider, call)
        assert (error.value.type, error.value.non_retryable) == ("order_exists", True)
    assert await calls(sandbox, order_id) == []


@pytest.mark.parametrize(("seconds", "is_over"), [(-1, False), (1, True)], ids=["a second before", "a second after"])
async def test_all_tries_of_a_call_have_two_minutes_from_the_first_one_on(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str, seconds: int, *, is_over: bool
) -> None:
    """Then it is looked up, without an end; what was said of it before does not count as silence."""
    call = a_call("refund", order_id)
    await sandbox.misbehave("refund", "error_before", order_id)
    with pytest.raises(ProviderUnavailable):
        await send(pool, provider, call)
    back = timedelta(minutes=2, seconds=seconds)
    await pool.execute("UPDATE payment_calls SET created_at = created_at - $2::interval WHERE key = $1", call.key, back)
    if is_over:
        with pytest.raises(ApplicationError, match="looked up from now on") as error:
            await send(pool, provider, call)
        assert (error.value.type, error.value.non_retryable) == ("unanswered", True)
        assert (await look_up(pool, provider, call)).state is MoneyState.PENDING
    assert (await send(pool, provider, call)).state in (MoneyState.PENDING, MoneyState.SUCCEEDED)
    assert await deeds(sandbox, "refund", order_id) == [(call.key, 500)]


async def test_the_heartbeats_end_before_the_activity_does() -> None:
    """Not a moment later: a task that is cancelled still has a turn of the loop to live."""

    async def beat_once() -> set[asyncio.Task[Any]]:
        before = asyncio.all_tasks()
        async with heartbeats(HEARTBEAT_EVERY):
            await asyncio.sleep(0)
            assert len(asyncio.all_tasks() - before) == 1
        return asyncio.all_tasks() - before

    assert await ActivityEnvironment().run(beat_once) == set()


@both
async def test_a_key_that_is_somebody_elses_at_the_provider_is_refused_loudly(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str, kind: str
) -> None:
    """Two engines on one account: whatever becomes of the other one's money says nothing of ours, now or later."""
    call = a_call(kind, order_id)
    theirs = call.model_dump(mode="json", exclude={"key", *OUR_OWN}) | {"amount": 700}
    await sandbox.http.post(f"/{kind}s", json=theirs, headers={"Idempotency-Key": call.key})
    for ask in (send, send, look_up):
        with pytest.raises(ApplicationError, match="another call") as error:
            await ask(pool, provider, call)
        assert (error.value.type, error.value.non_retryable) == ("key_taken", True)
    assert (await written(pool, call))["state"] == "calling"
    assert await deeds(sandbox, kind, order_id) == [(call.key, 700)]
