"""The read model against the workflows: rows are written anew where that is safe, and reported where it is not."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.listing import ListedPage, list_runs
from activities.reconciliation import orders
from tests.pausing import pause, unpause
from tests.workflow.reconciling import Marketplace
from tests.workflow.theatre import PATIENCE, PLATFORM, Theatre, captured
from workflows.messages.ids import workflow_id
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
    rank = {"history_length": 0, "decided_at": None}  # when it was told again, and not when it was written
    assert dict(after) | rank == dict(before) | rank
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
    ("kind", "tampering"),
    [
        ("row_differs", "UPDATE orders SET stage = 'shipped', version = version + 1"),
        (
            "row_behind",
            "UPDATE orders SET stage = 'shipped', entry = entry - 1, run_started_at = now() + interval '1 day'",
        ),
    ],
    ids=["ahead of the workflow", "of a later run"],
)
async def test_a_row_that_cannot_be_repaired_is_left_as_it_is_and_reported(
    marketplace: Marketplace, order_id: str, kind: str, tampering: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run was told that a record is due, and had a minute: nothing but a later run's record stands in its way."""
    monkeypatch.setattr("activities.reconciliation.orders.CAUGHT_UP_WITHIN", timedelta(seconds=1))
    await marketplace.refunding(order_id)
    await marketplace.listed(1, "RefundState = 'in_flight'")
    await marketplace.pool.execute(tampering)
    assert await marketplace.reconcile() == {kind: 1}
    assert await marketplace.pool.fetchval("SELECT stage FROM orders") == "shipped"
    assert (await marketplace.disagreements())[kind, order_id]["resolved_at"] is None


async def test_entries_that_a_restored_backup_has_lost_are_listed(marketplace: Marketplace, order_id: str) -> None:
    """The row is written anew; what stood in the timeline alone is told by its numbers."""
    await marketplace.refunding(order_id)
    await marketplace.listed(1, "RefundState = 'in_flight'")
    await marketplace.pool.execute("UPDATE orders SET stage = 'shipped', entry = 2")
    await marketplace.pool.execute("DELETE FROM timeline WHERE entry > 2")
    assert await marketplace.reconcile() == {"entries_missing": 1}
    found = (await marketplace.disagreements())["entries_missing", order_id]
    assert found["resolved_at"] is None
    assert found["note"].endswith("2 entries of the timeline are lost, with their texts and notices: 3, 4.")
    assert await marketplace.pool.fetchval("SELECT stage FROM orders") == "cancelled"


async def test_a_row_that_the_list_cannot_tell_from_its_workflow_is_found_when_every_order_is_asked(
    marketplace: Marketplace, order_id: str
) -> None:
    """After a backup was restored: what changed neither stage nor turn nor money stands in no list."""
    await marketplace.refunding(order_id)
    await marketplace.listed(1, "RefundState = 'in_flight'")
    await marketplace.pool.execute("UPDATE orders SET entry = entry - 1, version = version - 1")
    assert await marketplace.reconcile() == {}
    assert await marketplace.reconcile(every_order=True) == {"row_behind": 1}
    assert await marketplace.reconcile(every_order=True) == {}


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


async def test_a_paused_order_is_reported_and_every_other_is_compared(marketplace: Marketplace, order_id: str) -> None:
    """Also while its row agrees: nothing happens in it."""
    paused, behind = f"{order_id[:50]}-paused", f"{order_id[:50]}-behind"
    for each in (paused, behind):
        await marketplace.refunding(each)
    await marketplace.listed(2, "RefundState = 'in_flight'")
    await marketplace.pool.execute("UPDATE orders SET stage = 'shipped', entry = 0, version = 0")
    await pause(marketplace.client, workflow_id(paused), "the carrier is on strike")
    await marketplace.listed(1, "ExecutionStatus = 'Paused'")
    assert await marketplace.reconcile() == {"paused": 1, "row_behind": 1}
    found = (await marketplace.disagreements())["paused", paused]
    theirs = json.loads(found["theirs"])
    assert (theirs["status"], theirs["why"]) == ("paused", "the carrier is on strike")
    await unpause(marketplace.client, workflow_id(paused))
    await marketplace.listed(2, "ExecutionStatus = 'Running'")
    assert await marketplace.reconcile() == {"row_behind": 1}


async def test_an_order_that_was_paused_after_it_was_listed_is_reported_as_paused(
    marketplace: Marketplace, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await marketplace.refunding(order_id)
    await marketplace.listed(1, "RefundState = 'in_flight'")
    await marketplace.pool.execute("UPDATE orders SET stage = 'shipped'")

    async def listed_before_the_pause(*asked: Any) -> ListedPage:
        page = await list_runs(*asked)
        await pause(marketplace.client, workflow_id(order_id))
        return page

    monkeypatch.setattr(orders, "list_runs", listed_before_the_pause)
    stretch = Stretch(day=marketplace.today, cursor=None, page_size=10, pages=1)
    covered = await ActivityEnvironment().run(marketplace.listed_orders().reconcile_orders, stretch)
    assert (dict(covered.counts), covered.done) == ({"paused": 1}, True)


async def test_an_order_that_was_unpaused_after_it_was_listed_is_compared(
    marketplace: Marketplace, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await marketplace.refunding(order_id)
    await marketplace.listed(1, "RefundState = 'in_flight'")
    await pause(marketplace.client, workflow_id(order_id))
    await marketplace.listed(1, "ExecutionStatus = 'Paused'")

    async def listed_before_the_end_of_the_pause(*asked: Any) -> ListedPage:
        page = await list_runs(*asked)
        await unpause(marketplace.client, workflow_id(order_id))
        return page

    monkeypatch.setattr(orders, "list_runs", listed_before_the_end_of_the_pause)
    stretch = Stretch(day=marketplace.today, cursor=None, page_size=10, pages=1)
    covered = await ActivityEnvironment().run(marketplace.listed_orders().reconcile_orders, stretch)
    assert (dict(covered.counts), covered.done) == ({}, True)


async def test_an_order_says_how_far_it_is_known_to_be_written(theatre: Theatre) -> None:
    """With everything that is not: whoever asks a run that was terminated can tell what it has taken with it."""
    await theatre.start()
    await theatre.recorded(1)
    told = await theatre.handle.query("record")
    assert (told["batch"]["row"]["entry"], told["batch"]["timeline"], told["written"]) == (1, [], 1)
    theatre.records.away = True
    await theatre.signal("payment_captured", **captured(payment_id="pay-1"))
    await theatre.until("awaiting_shipment")
    told = await theatre.handle.query("record")
    assert [entry["name"] for entry in told["batch"]["timeline"]] == ["payment_captured"]
    assert (told["batch"]["row"]["entry"], told["written"]) == (2, 1)
    theatre.records.away = False
    await theatre.recorded(2)
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while (told := await theatre.handle.query("record"))["written"] < 2:
            await asyncio.sleep(0.05)
    assert (told["batch"]["row"]["entry"], told["batch"]["timeline"]) == (2, [])
