"""Starting an order through the client: once, and only once."""

import pytest
from temporalio.client import Client, WorkflowFailureError

from starter.client.orders import OrderClient
from starter.errors import OrderExists
from tests.starter.orders import an_order, settled
from workflows.messages.ids import workflow_id
from workflows.messages.terms import Terms
from workflows.messages.values import Stage


async def test_an_order_that_is_started_again_with_the_same_content_is_started_once(
    client: OrderClient, order_id: str
) -> None:
    first = await client.start(an_order(order_id))
    again = await client.start(an_order(order_id, terms=Terms(), tax=0))
    assert not first.already_started
    assert again == first.model_copy(update={"already_started": True})


async def test_an_order_with_other_content_does_not_take_the_id(client: OrderClient, order_id: str) -> None:
    await client.start(an_order(order_id))
    for other in ({"shipping_fee": 301}, {"buyer_id": "b-8"}, {"terms": Terms(disputes=1)}):
        with pytest.raises(OrderExists, match=order_id):
            await client.start(an_order(order_id, **other))


async def test_an_order_that_no_worker_has_seen_is_compared_by_its_start(lonely: OrderClient, order_id: str) -> None:
    """There is no state anywhere yet: only the first event of the run."""
    await lonely.start(an_order(order_id))
    assert (await lonely.start(an_order(order_id))).already_started
    with pytest.raises(OrderExists):
        await lonely.start(an_order(order_id, discount=1))


async def test_a_settled_order_is_not_started_again(client: OrderClient, order_id: str) -> None:
    await settled(client, order_id)
    assert (await client.start(an_order(order_id))).already_started
    with pytest.raises(OrderExists):
        await client.start(an_order(order_id, discount=1))


async def test_the_content_is_that_of_the_order_and_not_of_who_tried_to_take_its_id(
    client: OrderClient, temporal: Client, task_queue: str, order_id: str
) -> None:
    """A foreign client may start with any content over a settled order; that run ends as `order_exists`."""
    await settled(client, order_id)
    thief = an_order(order_id, discount=1)
    run = await temporal.start_workflow(
        "Order", thief.model_dump(mode="json"), id=workflow_id(order_id), task_queue=task_queue
    )
    with pytest.raises(WorkflowFailureError):
        await run.result()
    assert (await client.start(an_order(order_id))).already_started
    with pytest.raises(OrderExists):
        await client.start(thief)
    assert (await client.result(order_id)).stage is Stage.CANCELLED
    assert (await client.order(order_id)).discount == 0
