"""Orders that answer nobody: whoever sends or asks is told why, and not by a time-out. A slow one gives its answer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import asyncpg
import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.converter import PayloadCodec

from activities.run_status import RunStatus, run_status
from starter.client import retrying
from starter.client.orders import OrderClient
from starter.client.silence import Look
from starter.errors import OrderPaused, OrderStuck, OutcomeUnknown, Unanswered
from tests.pausing import pause, unpause
from tests.starter.bugs import PLANTED, AnotherVersion, Ending, Stumbles
from tests.starter.orders import BUYER, PATIENCE, PROVIDER, a_worker, an_order
from workflows.converter import DATA_CONVERTER
from workflows.messages.commands import SendMessage
from workflows.messages.ids import workflow_id
from workflows.messages.values import Role, Stage

IN_TIME: Final = timedelta(seconds=15)
"""Three times what is promised, on a busy machine, and still less than the time-out that it must not be."""
STRIKE: Final = "the carrier is on strike"


def a_message(request_id: str | None = None) -> SendMessage:
    return SendMessage(by=BUYER, to=Role.SELLER, text="Hello", request_id=request_id)


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    async with asyncio.timeout(IN_TIME.total_seconds()):
        yield


async def sent_again(client: OrderClient, order_id: str, message: SendMessage) -> Stage:
    """The answer, once the order answers again: the server waits before it tries a failed task anew."""
    async with asyncio.timeout(2 * PATIENCE.total_seconds()):
        while True:
            try:
                return (await client.send(order_id, message)).stage
            except OutcomeUnknown:
                continue


async def recorded(client: OrderClient, order_id: str, *names: str) -> None:
    """Waits until the timeline is made of these entries."""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while [entry.name for entry in await client.timeline(order_id)] != [*names]:
            await asyncio.sleep(0.05)


async def failing(temporal: Client, order_id: str) -> None:
    """Waits until the order's workflow task fails again and again."""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while (status := await run_status(temporal, workflow_id(order_id))) is None or not status.failing:
            await asyncio.sleep(0.02)


async def test_an_order_whose_task_fails_is_told_with_the_failure_and_what_was_sent_counts_once(
    lonely: OrderClient, temporal: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    bug = Stumbles("send_message")
    async with a_worker(temporal, pool, task_queue, bug):
        await lonely.start(an_order(order_id))
        async with in_time():
            with pytest.raises(OutcomeUnknown, match=f"fails again and again .{PLANTED}.") as unknown:
                await lonely.send(order_id, a_message())
        assert unknown.value.request_id in str(unknown.value)
        async with in_time():
            with pytest.raises(OrderStuck, match=rf"{order_id} .* fails again and again .{PLANTED}."):
                await lonely.order(order_id)
        bug.mended = True
        assert await sent_again(lonely, order_id, a_message(unknown.value.request_id)) is Stage.PENDING_PAYMENT
        await recorded(lonely, order_id, "start", "send_message")


async def test_an_order_that_no_worker_can_replay_is_told_so(
    lonely: OrderClient, temporal: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    async with a_worker(temporal, pool, task_queue):
        await lonely.start(an_order(order_id))
        await lonely.send(order_id, a_message())
    async with a_worker(temporal, pool, task_queue, AnotherVersion()):
        async with in_time():
            with pytest.raises(OrderStuck, match=r"its worker cannot ask it .*Nondeterminism"):
                await lonely.order(order_id)
        async with in_time():
            with pytest.raises(OutcomeUnknown, match=r"fails again and again .*Nondeterminism"):
                await lonely.send(order_id, a_message())


async def test_a_paused_order_says_so_takes_nothing_and_goes_on_afterwards(
    client: OrderClient, temporal: Client, order_id: str
) -> None:
    await client.start(an_order(order_id))
    await client.order(order_id)
    await pause(temporal, workflow_id(order_id), STRIKE)
    async with in_time():
        with pytest.raises(OrderPaused, match=rf"took no send_message: .*{STRIKE}.*unpause --workflow-id order-"):
            await client.send(order_id, a_message())
        for question in (client.order(order_id), client.allowed(order_id, Role.BUYER)):
            with pytest.raises(OrderStuck, match=rf"{order_id} .* is paused in Temporal .{STRIKE}."):
                await question
        assert (await client.start(an_order(order_id))).already_started
    await unpause(temporal, workflow_id(order_id))
    await client.send(order_id, a_message())
    await recorded(client, order_id, "start", "send_message")


async def test_an_order_that_is_paused_over_a_question_says_so(
    client: OrderClient, temporal: Client, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.start(an_order(order_id))
    await client.order(order_id)

    async def just_before_the_pause(*asked: Any) -> RunStatus | None:
        status = await run_status(*asked)
        if status and status.status != "paused":
            await pause(temporal, workflow_id(order_id))
        return status

    monkeypatch.setattr("starter.client.temporal.run_status", just_before_the_pause)
    with pytest.raises(OrderStuck, match="paused in Temporal"):
        await client.order(order_id)


async def test_a_fact_is_left_with_a_paused_order_and_counts_once_it_goes_on(
    client: OrderClient, temporal: Client, order_id: str
) -> None:
    """The payment provider's webhook must not be lost, and nobody waits for its answer."""
    await client.start(an_order(order_id))
    await client.order(order_id)
    await pause(temporal, workflow_id(order_id))
    await client.payment_failed(order_id, by=PROVIDER, payment_id="p-1", reason="Card declined")
    await unpause(temporal, workflow_id(order_id))
    await recorded(client, order_id, "start", "payment_failed")


async def test_what_was_sent_before_a_pause_may_have_been_taken(
    lonely: OrderClient, temporal: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    bug = Stumbles("send_message")
    async with a_worker(temporal, pool, task_queue, bug):
        await lonely.start(an_order(order_id))
        async with in_time():
            sending = asyncio.create_task(lonely.send(order_id, a_message("the-message")))
            await failing(temporal, order_id)
            await pause(temporal, workflow_id(order_id), STRIKE)
            with pytest.raises(
                OutcomeUnknown, match=rf"paused in Temporal .{STRIKE}.*again with request_id the-message"
            ):
                await sending


async def test_an_order_that_was_terminated_over_a_failing_task_cannot_be_asked_and_is_woken_by_a_message(
    lonely: OrderClient, temporal: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    bug = Stumbles("send_message")
    async with a_worker(temporal, pool, task_queue, bug):
        await lonely.start(an_order(order_id))
        await recorded(lonely, order_id, "start")
        async with in_time():
            with pytest.raises(OutcomeUnknown):
                await lonely.send(order_id, a_message("the-message"))
        await temporal.get_workflow_handle(workflow_id(order_id)).terminate(reason="by mistake")
        async with in_time():
            with pytest.raises(OrderStuck, match=r"ended as terminated in Temporal .by mistake.; any message wakes it"):
                await lonely.order(order_id)
        with pytest.raises(OrderStuck, match="ended as terminated"):
            await lonely.result(order_id)
        bug.mended = True
        assert (await lonely.send(order_id, a_message("the-message"))).stage is Stage.PENDING_PAYMENT
        await recorded(lonely, order_id, "start", "send_message")


async def test_an_order_without_a_worker_is_not_called_stuck(
    lonely: OrderClient, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is restarted comes back, and then the order answers."""
    looks = _counted(monkeypatch)
    await lonely.start(an_order(order_id))
    monkeypatch.setattr(retrying, "ANSWER_WITHIN", timedelta(seconds=1))
    monkeypatch.setattr(retrying, "LOOK_AFTER", timedelta(0))
    monkeypatch.setattr(retrying, "LOOK_EVERY", timedelta(seconds=0.1))
    with pytest.raises(OutcomeUnknown, match="is a worker running"):
        await lonely.send(order_id, a_message())
    with pytest.raises(Unanswered, match="is a worker running"):
        await lonely.order(order_id)
    assert looks
    assert not any(looks)


class Gate(PayloadCodec):
    """Changes nothing, and holds up whatever is decoded while it is shut: a worker that is slow through no fault."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        await self.open.wait()
        return list(payloads)


async def test_a_slow_order_gives_its_answer_after_it_was_looked_at(
    lonely: OrderClient,
    temporal: Client,
    pool: asyncpg.Pool,
    task_queue: str,
    order_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second look comes after four seconds."""
    gate, looks = Gate(), _counted(monkeypatch)
    config = temporal.config() | {"data_converter": replace(DATA_CONVERTER, payload_codec=gate)}
    async with a_worker(Client(**config), pool, task_queue):
        await lonely.start(an_order(order_id))
        await lonely.order(order_id)
        gate.open.clear()
        sending = asyncio.create_task(lonely.send(order_id, a_message()))
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while len(looks) < 2:
                await asyncio.sleep(0.02)
        gate.open.set()
        assert (await sending).stage is Stage.PENDING_PAYMENT
        assert looks == [None, None]


async def test_a_run_that_just_ends_without_having_been_the_order_is_asked_again(
    lonely: OrderClient,
    temporal: Client,
    pool: asyncpg.Pool,
    task_queue: str,
    order_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The order is not to blame, however often somebody looks at it."""
    monkeypatch.setattr(retrying, "LOOK_AFTER", timedelta(0))
    monkeypatch.setattr(retrying, "LOOK_EVERY", timedelta(seconds=0.05))
    async with a_worker(temporal, pool, task_queue, Ending(times=3)):
        await lonely.start(an_order(order_id))
        assert (await lonely.order(order_id)).order_id == order_id


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[OrderStuck | None]:
    """What every look finds."""
    found: list[OrderStuck | None] = []

    class Counted(Look):
        async def __call__(self, last: Unanswered | None) -> OrderStuck | None:
            found.append(await super().__call__(last))
            return found[-1]

    monkeypatch.setattr("starter.client.temporal.Look", Counted)
    return found
