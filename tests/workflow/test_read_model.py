"""The read model against the workflows: rows are written anew where that is safe, and reported where it is not."""

import asyncio

import pytest
from temporalio.testing import ActivityEnvironment

from tests.workflow.reconciling import Marketplace
from tests.workflow.theatre import PATIENCE, PLATFORM, Theatre, captured
from workflows.messages.reconciling import Stretch
from workflows.messages.values import MoneyState


async def test_the_row_of_a_settled_order_is_written_anew_from_its_last_run(
    marketplace: Marketplace, order_id: str
) -> None:
    """And it is the whole row: a late fact wakes the order from it."""
    handle = await marketplace.refunding(order_id)
    await marketplace.tell(order_id, "succeeded")
    marketplace.provider.change(f"{order_id}-refund-1-1", state=MoneyState.SUCCEEDED)
    await handle.result()
    before = await marketplace.pool.fetchrow("SELECT * FROM orders WHERE order_id = $1", order_id)
    await marketplace.listed(1, "ExecutionStatus = 'Completed'")
    await marketplace.pool.execute("DELETE FROM orders")
    assert await marketplace.reconcile() == {"row_missing": 1}
    after = await marketplace.pool.fetchrow("SELECT * FROM orders WHERE order_id = $1", order_id)
    assert before
    assert after
    assert dict(after) | {"history_length": 0} == dict(before) | {"history_length": 0}
    assert await marketplace.reconcile() == {}


async def test_an_order_that_was_terminated_and_woken_again_is_not_reported(
    marketplace: Marketplace, order_id: str
) -> None:
    handle = await marketplace.refunding(order_id)
    await handle.terminate("by mistake")
    await marketplace.client.start_workflow(
        "Order",
        {"order_id": order_id, "resume": True},
        id=handle.id,
        task_queue=marketplace.task_queue,
        start_signal="add_note",
        start_signal_args=[{"by": PLATFORM, "text": "goes on"}],
    )
    await marketplace.listed(1, "ExecutionStatus = 'Running'")
    await marketplace.listed(1, "ExecutionStatus = 'Terminated'")
    assert await marketplace.reconcile() == {}


async def test_a_row_that_is_behind_in_money_only_is_found(marketplace: Marketplace, order_id: str) -> None:
    await marketplace.refunding(order_id)
    await marketplace.listed(1, "RefundState = 'in_flight'")
    await marketplace.pool.execute("UPDATE orders SET refund_state = 'none', entry = entry - 1")
    assert await marketplace.reconcile() == {"row_behind": 1}
    assert await marketplace.pool.fetchval("SELECT refund_state FROM orders") == "in_flight"


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE orders SET stage = 'shipped', version = version + 1",
        "UPDATE orders SET stage = 'shipped', entry = entry - 1, run_started_at = run_started_at + interval '1 day'",
    ],
    ids=["ahead of the workflow", "of a later run"],
)
async def test_a_row_that_cannot_be_repaired_is_left_as_it_is_and_reported(
    marketplace: Marketplace, order_id: str, tampering: str
) -> None:
    await marketplace.refunding(order_id)
    await marketplace.listed(1, "RefundState = 'in_flight'")
    await marketplace.pool.execute(tampering)
    assert await marketplace.reconcile() == {"row_differs": 1}
    assert await marketplace.pool.fetchval("SELECT stage FROM orders") == "shipped"
    assert (await marketplace.disagreements())["row_differs", order_id]["resolved_at"] is None


async def test_an_order_that_cannot_be_asked_is_reported_and_holds_up_no_other(
    dark_marketplace: Marketplace, order_id: str
) -> None:
    """Its worker is away, so nobody answers for the workflow."""
    marketplace = dark_marketplace
    async with marketplace.worker():
        await marketplace.paid(order_id)
        await marketplace.listed(1)
    await marketplace.pool.execute("UPDATE orders SET stage = 'shipped'")
    stretch = Stretch(day=marketplace.today, cursor=None, page_size=10, pages=1)
    covered = await ActivityEnvironment().run(marketplace.listed_orders().reconcile_orders, stretch)
    assert (dict(covered.counts), covered.done) == ({"unanswered": 1}, True)
    assert set(await marketplace.disagreements()) == {("unanswered", order_id)}


async def test_an_order_whose_record_is_under_way_has_none_to_give(theatre: Theatre) -> None:
    """Written beside it, a record would be taken for the later one, and the timeline's entries would be lost."""
    await theatre.start()
    await theatre.recorded(1)
    assert (await theatre.handle.query("record"))["row"]["entry"] == 1
    theatre.records.away = True
    await theatre.signal("payment_captured", **captured(payment_id="pay-1"))
    await theatre.until("awaiting_shipment")
    assert await theatre.handle.query("record") is None
    theatre.records.away = False
    await theatre.recorded(2)
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not (told := await theatre.handle.query("record")):
            await asyncio.sleep(0.05)
    assert (told["row"]["entry"], told["timeline"]) == (2, [])
