"""Money moves once, wherever an answer is lost: on the way, in a worker that dies, in a Postgres that goes away."""

import asyncio
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.payments import RETRY_AFTER_AT_MOST, SEND_WITHIN, Payments, _later
from activities.providers import ProviderUnavailable
from activities.providers.sandbox import SandboxProvider
from activities.read_model import Records
from starter.embedded.processes import free_port
from tests.activities.calls import a_call, calls, deeds, look_up, send, written
from tests.activities.sandboxes import Sandbox, eventually, sandbox_process
from tests.activities.test_records import batch, share
from workflows.messages.values import MoneyState
from workflows.messages.work import ProviderAnswer, RefundCall
from workflows.options import CALL_HEARTBEAT

pytestmark = pytest.mark.usefixtures("recorded", "paid")

both = pytest.mark.parametrize("kind", ["refund", "release"])
LOST = ("time_out_before", "time_out_after", "error_after", "nonsense_after")


@both
@pytest.mark.parametrize("lost", LOST)
async def test_a_lost_answer_ends_in_one_deed(
    pool: asyncpg.Pool,
    sandbox: Sandbox,
    provider: SandboxProvider,
    impatient: SandboxProvider,
    order_id: str,
    kind: str,
    lost: str,
) -> None:
    """The try fails, so that Temporal tries again; the next one looks first, and sends only what never arrived."""
    call = a_call(kind, order_id)
    await sandbox.misbehave(kind, lost, order_id)
    with pytest.raises(ProviderUnavailable):
        await send(pool, impatient, call)
    assert (await written(pool, call))["state"] == "calling"
    assert await deeds(sandbox, kind, order_id) == ([] if lost == "time_out_before" else [(call.key, 500)])
    assert (await look_up(pool, provider, call)).provider_reference
    assert await deeds(sandbox, kind, order_id) == [(call.key, 500)]
    assert await calls(sandbox, order_id) == ([lost, "taken"] if lost == "time_out_before" else [lost])


async def test_a_decline_that_was_lost_is_found(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, impatient: SandboxProvider, order_id: str
) -> None:
    """The no was definite, and nobody heard it: looking it up is answered with it, and nothing is sent again."""
    more = (share(f"pay-{order_id}", 2_300),)
    await Records(pool).write(batch(order_id, 2, 2, opened_by="run-1", shares=more))
    call = a_call("refund", order_id, amount=2_300)
    await sandbox.misbehave("refund", "time_out_after", order_id)
    with pytest.raises(ProviderUnavailable):
        await send(pool, impatient, call)
    answer = await look_up(pool, provider, call)
    assert (answer.state, answer.failure_reason) == (MoneyState.FAILED, "only 2299 of the payment is left")
    assert (await written(pool, call))["failure_reason"] == answer.failure_reason
    assert await calls(sandbox, order_id) == ["time_out_after"]


@both
async def test_every_retry_of_a_send_is_safe_too(
    pool: asyncpg.Pool,
    sandbox: Sandbox,
    provider: SandboxProvider,
    impatient: SandboxProvider,
    order_id: str,
    kind: str,
) -> None:
    """Three losses in a row, then an answer: still one deed."""
    call = a_call(kind, order_id)
    await sandbox.misbehave(kind, "time_out_before", order_id, times=2)
    await sandbox.misbehave(kind, "time_out_after", order_id)
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            await send(pool, impatient, call)
    await send(pool, provider, call)
    assert await deeds(sandbox, kind, order_id) == [(call.key, 500)]
    assert await calls(sandbox, order_id) == ["time_out_before", "time_out_before", "time_out_after"]


async def test_a_worker_that_dies_in_the_middle_leaves_one_deed(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """The deed was done, and whoever asked for it is gone before the answer."""
    call = a_call("refund", order_id)
    await sandbox.misbehave("refund", "time_out_after", order_id)
    dying = asyncio.create_task(send(pool, provider, call))
    await eventually(lambda: deeds(sandbox, "refund", order_id))
    dying.cancel()
    await asyncio.wait((dying,))
    await send(pool, provider, call)
    assert await deeds(sandbox, "refund", order_id) == [(call.key, 500)]


async def test_two_workers_at_once_do_one_deed(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """One that was taken for dead still works on it while the next one starts."""
    call = a_call("refund", order_id)
    answers = await asyncio.gather(*(send(pool, provider, call) for _ in range(8)))
    assert len({answer.provider_reference for answer in answers}) == 1
    assert await deeds(sandbox, "refund", order_id) == [(call.key, 500)]


class PostgresDiesMeanwhile(SandboxProvider):
    """The real provider, and a Postgres that is gone by the time it has answered."""

    def __init__(self, base_url: str, pool: asyncpg.Pool) -> None:
        super().__init__(base_url)
        self._pool = pool

    async def refund(self, call: RefundCall) -> ProviderAnswer:
        answer = await super().refund(call)
        self._pool.terminate()
        return answer


async def test_an_answer_that_could_not_be_kept_is_looked_up(
    pool: asyncpg.Pool, database_url: str, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """Postgres goes away between the deed and our row about it."""
    call = a_call("refund", order_id)
    doomed = await asyncpg.create_pool(database_url, min_size=1, max_size=1)
    dying = PostgresDiesMeanwhile(sandbox.url, doomed)
    with pytest.raises(asyncpg.InterfaceError):
        await send(doomed, dying, call)
    await dying.close()
    assert (await written(pool, call))["state"] == "calling"
    answer = await send(pool, provider, call)
    assert (await written(pool, call))["provider_reference"] == answer.provider_reference
    assert await calls(sandbox, order_id) == ["taken"]


async def test_without_postgres_no_refund_is_sent(
    database_url: str, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """What cannot be written down first is not done."""
    gone = await asyncpg.create_pool(database_url, min_size=1, max_size=1)
    gone.terminate()
    with pytest.raises(asyncpg.InterfaceError):
        await send(gone, provider, a_call("refund", order_id))
    assert await calls(sandbox, order_id) == []


async def test_a_provider_that_is_away_is_tried_again(pool: asyncpg.Pool, tmp_path: Path, order_id: str) -> None:
    """Nobody listens: the try fails. It comes back: the same call goes through, once."""
    call, port = a_call("refund", order_id), free_port()
    provider = SandboxProvider(f"http://127.0.0.1:{port}")
    with pytest.raises(ProviderUnavailable, match="ConnectError"):
        await send(pool, provider, call)
    assert (await written(pool, call))["state"] == "calling"
    async with sandbox_process(tmp_path, port=port) as sandbox:
        (await sandbox.pay(order_id)).raise_for_status()
        assert (await send(pool, provider, call)).state is MoneyState.PENDING
        assert await deeds(sandbox, "refund", order_id) == [(call.key, 500)]
    await provider.close()


async def test_a_worker_that_was_frozen_before_it_sent_looks_first(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """Meanwhile it counted as dead, and another may have looked, found nothing, and sent: under a key of one deed, as
    long as the provider has not forgotten it."""
    call, seconds = a_call("refund", order_id), iter((0.0, SEND_WITHIN + 0.1, 0.0, 0.1))
    assert isinstance(call, RefundCall)
    payments = Payments(pool, provider, clock=lambda: next(seconds))
    with pytest.raises(ProviderUnavailable, match="looked up"):
        await ActivityEnvironment().run(payments.send_refund, call)
    assert await deeds(sandbox, "refund", order_id) == []
    await ActivityEnvironment().run(payments.send_refund, call)
    assert await deeds(sandbox, "refund", order_id) == [(call.key, 500)]


@both
async def test_a_lost_answer_ends_in_one_deed_also_when_the_key_is_forgotten(
    pool: asyncpg.Pool, tmp_path: Path, order_id: str, kind: str
) -> None:
    call = a_call(kind, order_id)
    async with sandbox_process(tmp_path, arguments=("--forget-keys-after", "0")) as sandbox:
        provider = SandboxProvider(sandbox.url)
        await sandbox.misbehave(kind, "error_after", order_id)
        with pytest.raises(ProviderUnavailable):
            await send(pool, provider, call)
        for _ in range(3):
            await send(pool, provider, call)
        assert await deeds(sandbox, kind, order_id) == [(call.key, 500)]
        await provider.close()


async def test_a_provider_that_wants_time_gets_it(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    await sandbox.misbehave("refund", "too_many", order_id)
    with pytest.raises(ApplicationError) as caught:
        await send(pool, provider, a_call("refund", order_id))
    assert caught.value.next_retry_delay == timedelta(seconds=1)
    assert (await send(pool, provider, a_call("refund", order_id))).provider_reference


def test_it_does_not_get_days() -> None:
    later = _later(ProviderUnavailable("429"), timedelta(days=2))
    assert later.next_retry_delay == RETRY_AFTER_AT_MOST


def test_a_worker_counts_as_dead_only_after_it_may_no_longer_send() -> None:
    """Or another one could look, find nothing, and send beside it."""
    assert timedelta(seconds=SEND_WITHIN) < CALL_HEARTBEAT
