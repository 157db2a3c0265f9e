"""Orders that are not there, and calls that nobody answers."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from temporalio.api.enums.v1 import TaskQueueKind
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest, RespondWorkflowTaskCompletedRequest
from temporalio.client import Client, WorkflowFailureError

from starter.client import retrying
from starter.client.orders import OrderClient
from starter.errors import OrderNotFound, OutcomeUnknown
from starter.settings.environment import SettingsError
from tests.starter.orders import BUYER, PROVIDER, a_worker, an_order
from workflows.messages.cancellation import RequestCancellation
from workflows.messages.ids import workflow_id
from workflows.messages.values import Role, Stage


@pytest.mark.parametrize("unknown", ["A-unknown", "not an id", ""])
async def test_an_unknown_order_is_told_and_not_invented(client: OrderClient, unknown: str) -> None:
    calls = (
        client.confirm_receipt(unknown, by=BUYER),
        client.payment_failed(unknown, by=PROVIDER, payment_id="p-1", reason="Card declined"),
        client.signal(unknown, "confirm_receipt", {}),
        client.order(unknown),
        client.allowed(unknown, Role.BUYER),
        client.row(unknown),
        client.timeline(unknown),
        client.result(unknown),
        anext(client.watch(unknown)),
    )
    for call in calls:
        with pytest.raises(OrderNotFound):
            await call


async def test_a_start_that_was_never_valid_is_no_order(
    client: OrderClient, temporal: Client, task_queue: str, order_id: str
) -> None:
    run = await temporal.start_workflow("Order", {"no": "order"}, id=workflow_id(order_id), task_queue=task_queue)
    with pytest.raises(WorkflowFailureError):
        await run.result()
    calls = (
        client.confirm_receipt(order_id, by=BUYER),
        client.payment_failed(order_id, by=PROVIDER, payment_id="p-1", reason="Card declined"),
        client.order(order_id),
        client.result(order_id),
    )
    for call in calls:
        with pytest.raises(OrderNotFound):
            await call


async def test_an_update_that_a_task_went_past_is_sent_again(
    temporal: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    """The server then says that the order has not seen it, which is no refusal."""
    client = OrderClient(temporal, pool, task_queue)
    async with a_worker(temporal, pool, task_queue):
        await client.start(an_order(order_id))
        await client.order(order_id)
    asking = asyncio.create_task(client.request_cancellation(order_id, by=BUYER))
    await _goes_past(temporal, task_queue)
    async with a_worker(temporal, pool, task_queue):
        assert (await asking).stage is Stage.CANCELLED


async def _goes_past(temporal: Client, task_queue: str) -> None:
    """Complete the next task as a worker that does not know of updates."""
    queue = TaskQueue(name=task_queue, kind=TaskQueueKind.TASK_QUEUE_KIND_NORMAL)
    ask = PollWorkflowTaskQueueRequest(namespace=temporal.namespace, task_queue=queue, identity="of old")
    taken = await temporal.workflow_service.poll_workflow_task_queue(ask)
    assert taken.messages, "the update comes with it"
    done = RespondWorkflowTaskCompletedRequest(task_token=taken.task_token, namespace=temporal.namespace)
    await temporal.workflow_service.respond_workflow_task_completed(done)


async def test_without_a_worker_the_outcome_is_unknown_and_the_request_can_be_repeated(
    temporal: Client, pool: asyncpg.Pool, task_queue: str, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lonely = OrderClient(temporal, pool, task_queue)
    await lonely.start(an_order(order_id))
    with monkeypatch.context() as hurry:
        hurry.setattr(retrying, "ANSWER_WITHIN", timedelta(seconds=1))
        with pytest.raises(OutcomeUnknown, match="worker") as unknown:
            await lonely.request_cancellation(order_id, by=BUYER)
    assert unknown.value.request_id in str(unknown.value)
    async with a_worker(temporal, pool, task_queue):
        message = RequestCancellation(by=BUYER, request_id=unknown.value.request_id)
        assert (await lonely.send(order_id, message)).stage is Stage.CANCELLED


async def test_a_caller_that_gives_up_is_let_go(lonely: OrderClient, order_id: str) -> None:
    """The SDK turns the cancellation of an update into an error of its own, that looks as if one could try again."""
    await lonely.start(an_order(order_id))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await lonely.request_cancellation(order_id, by=BUYER)


async def test_a_client_without_a_pool_sends_and_asks_and_says_what_it_lacks(
    client: OrderClient, temporal: Client, task_queue: str, order_id: str
) -> None:
    poolless = OrderClient(temporal, None, task_queue)
    await client.start(an_order(order_id))
    assert (await poolless.order(order_id)).stage is Stage.PENDING_PAYMENT
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        await poolless.timeline(order_id)
