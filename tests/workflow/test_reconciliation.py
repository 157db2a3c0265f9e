"""Reconciliation on a real server: what disagrees is found and reported, and only the read model is repaired."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata

from activities.reconciliation.disagreements import list_disagreements, resolve
from tests.workflow.reconciling import Marketplace
from tests.workflow.theatre import BUYER, SELLER, TOTAL, captured
from workflows.messages.values import MoneyState

ALL_ORDERS: Final = 10


async def test_books_that_agree_have_nothing_to_report(marketplace: Marketplace, order_id: str) -> None:
    await marketplace.refunding(order_id)
    await marketplace.listed(1)
    assert await marketplace.reconcile() == {}
    assert await marketplace.disagreements() == {}


async def _plant(marketplace: Marketplace, prefix: str) -> set[tuple[str, str]]:
    """One disagreement of each kind; each with its key in the table."""
    provider, pool = marketplace.provider, marketplace.pool
    names = ("stray", "unpaid", "gone", "dearer", "foreign", "failed", "double", "missing", "behind", "ended")
    order = {name: f"{prefix}-{name}" for name in names}
    key = {name: f"{order_id}-refund-1-1" for name, order_id in order.items()}
    for name in ("stray", "gone", "dearer", "foreign", "failed", "double"):
        await marketplace.refunding(order[name])
    for name in ("unpaid", "missing", "behind"):
        await marketplace.paid(order[name])
    ended = await marketplace.paid(order["ended"])
    provider.write(key="from-nowhere", order_id=order["stray"])
    provider.write(key="of-nobody", order_id=f"{prefix}-nobody")
    provider.write(kind="payment", key="unheard", order_id=order["stray"])
    provider.lose(f"{order['unpaid']}-pay")
    provider.lose(key["gone"])
    provider.change(key["dearer"], amount=1)
    provider.change(key["foreign"], currency="EUR")
    await marketplace.tell(order["failed"], "failed")
    provider.change(key["failed"], state=MoneyState.SUCCEEDED)
    provider.write(key=key["double"], order_id=order["double"])
    await marketplace.listed(ALL_ORDERS)
    await pool.execute("DELETE FROM orders WHERE order_id = $1", order["missing"])
    await pool.execute(
        "UPDATE orders SET stage = 'pending_payment', version = 0, entry = 1 WHERE order_id = $1", order["behind"]
    )
    await ended.terminate("by mistake")
    await marketplace.listed(1, "ExecutionStatus = 'Terminated'")
    return {
        ("only_at_provider", "refund from-nowhere"),
        ("unknown_order", "refund of-nobody"),
        ("payment_unknown", "payment unheard"),
        ("only_here", f"payment {order['unpaid']}-pay"),
        ("only_here", f"refund {key['gone']}"),
        ("amount", f"refund {key['dearer']}"),
        ("currency", f"refund {key['foreign']}"),
        ("state", f"refund {key['failed']}"),
        ("twice", f"refund {key['double']}"),
        ("order_overpaid", order["stray"]),
        ("order_overpaid", order["double"]),
        ("row_missing", order["missing"]),
        ("row_behind", order["behind"]),
        ("terminated", order["ended"]),
    }


async def test_planted_disagreements_are_found_once_and_only_the_read_model_is_repaired(
    marketplace: Marketplace, order_id: str
) -> None:
    prefix = order_id[:40]
    planted = await _plant(marketplace, prefix)
    before, book = await marketplace.money(), list(marketplace.provider.book)
    assert "fed" not in await marketplace.reconcile(), "no order was told anything"
    found = await marketplace.disagreements()
    assert set(found) == planted
    assert {key[0] for key, row in found.items() if row["resolved_at"]} == {"row_missing", "row_behind"}
    assert (await marketplace.money(), marketplace.provider.book) == (before, book)
    stages = await marketplace.pool.fetch(
        "SELECT stage FROM orders WHERE order_id = ANY($1)", [f"{prefix}-missing", f"{prefix}-behind"]
    )
    assert [row["stage"] for row in stages] == ["awaiting_shipment", "awaiting_shipment"]


async def test_a_second_run_doubles_nothing(marketplace: Marketplace, order_id: str) -> None:
    planted = await _plant(marketplace, order_id[:40])
    first = await marketplace.reconcile()
    again = await marketplace.reconcile()
    rows = await marketplace.disagreements()
    assert set(rows) == planted
    assert sum(first.values()) == len(planted)
    assert sum(again.values()) == len(planted) - 2, "the read model was repaired"
    seen_again = {key for key, row in rows.items() if row["last_seen_at"] > row["found_at"]}
    assert seen_again == {key for key in planted if not key[0].startswith("row_")}


async def test_what_the_book_knows_and_we_have_not_heard_is_told_to_the_order(
    marketplace: Marketplace, order_id: str
) -> None:
    """A webhook that was lost: no disagreement, only a fact that is missing."""
    handle = await marketplace.refunding(order_id)
    marketplace.provider.change(f"{order_id}-refund-1-1", state=MoneyState.SUCCEEDED)
    assert await marketplace.reconcile() == {"fed": 1}
    assert (await handle.result())["refunded"] == TOTAL
    assert await marketplace.disagreements() == {}
    assert await marketplace.reconcile() == {}


async def test_a_refund_that_was_taken_back_is_told_to_its_order_and_reported(
    marketplace: Marketplace, order_id: str
) -> None:
    """The webhook that says so may be lost like any other; then nobody would ever hear of it."""
    await marketplace.refunding(order_id)
    await marketplace.tell(order_id, "succeeded")
    key = f"{order_id}-refund-1-1"
    marketplace.provider.change(key, state=MoneyState.REVERSED)
    assert await marketplace.reconcile() == {"state": 1, "fed": 1}
    assert set(await marketplace.disagreements()) == {("state", f"refund {key}")}
    await marketplace.refund_is(order_id, "reversed")
    row = await marketplace.pool.fetchrow("SELECT * FROM orders WHERE order_id = $1", order_id)
    assert row
    assert (row["refunding"], row["needs_attention"]) == (TOTAL, True), "it is owed again"
    assert "fed" not in await marketplace.reconcile(), "it was heard"


async def test_the_order_whose_call_it_was_is_told_also_where_the_book_names_none(
    marketplace: Marketplace, order_id: str
) -> None:
    handle = await marketplace.refunding(order_id)
    marketplace.provider.change(f"{order_id}-refund-1-1", state=MoneyState.SUCCEEDED, order_id=None)
    assert await marketplace.reconcile() == {"fed": 1}
    assert (await handle.result())["refunded"] == TOTAL


async def test_what_the_book_calls_another_orders_is_reported_and_told_to_neither(
    marketplace: Marketplace, order_id: str
) -> None:
    """Of two orders one would hear of money that is not its own."""
    other = await marketplace.paid(f"{order_id}-other")
    await marketplace.refunding(order_id)
    await marketplace.tell(order_id, "succeeded")
    key = f"{order_id}-refund-1-1"
    marketplace.provider.change(key, state=MoneyState.REVERSED, order_id=f"{order_id}-other")
    assert "fed" not in await marketplace.reconcile()
    assert ("order", f"refund {key}") in await marketplace.disagreements()
    assert (await other.query("order"))["refunds"] == []
    await marketplace.refund_is(order_id, "succeeded")


async def test_a_call_that_is_not_final_for_too_long_is_asked_about_and_the_order_hears_the_answer(
    marketplace: Marketplace, order_id: str
) -> None:
    handle = await marketplace.refunding(order_id)
    key = f"{order_id}-refund-1-1"
    another_day = marketplace.today - timedelta(days=300)
    marketplace.provider.change(key, state=MoneyState.SUCCEEDED)
    assert await marketplace.reconcile(another_day) == {}
    assert marketplace.provider.asked == [], "it was answered a moment ago: the webhook may still come"
    await marketplace.long_ago()
    assert await marketplace.reconcile(another_day) == {"fed": 1}
    assert marketplace.provider.asked == [key]
    assert (await handle.result())["refunded"] == TOTAL
    assert await marketplace.reconcile(another_day) == {}
    assert marketplace.provider.asked == [key], "a call that is final in the order is not asked about again"


async def test_a_release_of_which_no_webhook_came_is_told_too(marketplace: Marketplace, order_id: str) -> None:
    handle = await marketplace.paid(order_id)
    await handle.execute_update("ship", {"by": SELLER, "carrier": "ups", "tracking": "1Z"})
    await handle.execute_update("confirm_receipt", {"by": BUYER})
    await marketplace.refund_is(order_id, "pending")
    marketplace.provider.change(f"{order_id}-release-1-1", state=MoneyState.SUCCEEDED)
    assert await marketplace.reconcile() == {"fed": 1}
    assert (await handle.result())["released"] == TOTAL


async def test_a_capture_of_which_no_webhook_came_is_told_as_its_payment(
    marketplace: Marketplace, order_id: str
) -> None:
    """And one that is void by now leaves no trace in the book, and no disagreement."""
    handle = await marketplace.order(order_id, capture="at_shipment")
    await handle.execute_update("payment_authorized", captured(payment_id=f"{order_id}-pay"))
    marketplace.provider.write(
        kind="payment", key=f"{order_id}-pay", order_id=order_id, state=MoneyState.PENDING, reference=order_id
    )
    assert await marketplace.reconcile() == {}
    await handle.execute_update("ship", {"by": SELLER, "carrier": "ups", "tracking": "1Z"})
    await marketplace.refund_is(order_id, "pending")
    marketplace.provider.change(f"{order_id}-capture-1-1", state=MoneyState.SUCCEEDED)
    marketplace.provider.change(f"{order_id}-pay", state=MoneyState.SUCCEEDED)
    await marketplace.long_ago()
    assert await marketplace.reconcile(marketplace.today - timedelta(days=300)) == {"fed": 1}
    await marketplace.refund_is(order_id, "succeeded")
    assert (await handle.query("order"))["captured"] == TOTAL
    assert await marketplace.reconcile() == {}, "the payment stands in both books"


async def test_a_void_of_which_no_webhook_came_is_told_and_stands_in_no_book(
    marketplace: Marketplace, order_id: str
) -> None:
    handle = await marketplace.order(order_id, capture="at_shipment")
    await handle.execute_update("payment_authorized", captured(payment_id=f"{order_id}-pay"))
    await handle.execute_update("cancel_order", {"by": SELLER, "reason": "out_of_stock"})
    await marketplace.refund_is(order_id, "pending")
    assert await marketplace.reconcile() == {}
    marketplace.provider.change(f"{order_id}-refund-1-1", state=MoneyState.SUCCEEDED)
    await marketplace.long_ago()
    assert await marketplace.reconcile(marketplace.today - timedelta(days=300)) == {"fed": 1}
    result = await handle.result()
    assert (result["authorized"], result["captured"], result["refunded"]) == (TOTAL, 0, TOTAL)


async def test_a_refund_whose_webhooks_overtook_each_other_is_healed_by_the_book(
    marketplace: Marketplace, order_id: str
) -> None:
    """The order was told of the reversal first, and then of the success before it."""
    await marketplace.refunding(order_id)
    await marketplace.tell(order_id, "reversed")
    key = f"{order_id}-refund-1-1"
    marketplace.provider.change(key, state=MoneyState.SUCCEEDED)
    await marketplace.tell(order_id, "succeeded")
    await marketplace.asked(key)
    marketplace.provider.change(key, state=MoneyState.REVERSED)
    assert await marketplace.reconcile() == {"state": 1, "fed": 1}
    await marketplace.refund_is(order_id, "reversed")


async def test_a_call_of_an_order_that_nobody_knows_is_reported_and_wakes_nobody(
    marketplace: Marketplace, order_id: str
) -> None:
    await marketplace.pool.execute(
        "INSERT INTO payment_calls (key, order_id, kind, record_id, attempt, amount, currency, payment_id, state)"
        " VALUES ('k', $1, 'refund', 'r', 1, 5, 'USD', 'p', 'calling')",
        order_id,
    )
    await marketplace.long_ago()
    assert await marketplace.reconcile() == {"unknown_order": 1}
    assert marketplace.provider.asked == []


async def test_a_call_that_the_provider_has_no_answer_for_is_reported_and_holds_up_no_other(
    marketplace: Marketplace, order_id: str
) -> None:
    names = [f"{order_id[:40]}-{name}" for name in "abc"]
    for name in names:
        await marketplace.refunding(name)
        marketplace.provider.change(f"{name}-refund-1-1", state=MoneyState.SUCCEEDED)
    marketplace.provider.speechless = {f"{names[1]}-refund-1-1"}
    await marketplace.long_ago()
    another_day = marketplace.today - timedelta(days=300)
    assert await marketplace.reconcile(another_day) == {"fed": 2, "unanswered": 1}
    assert set(await marketplace.disagreements()) == {("unanswered", f"refund {names[1]}-refund-1-1")}


async def test_a_day_begins_at_its_midnight_and_ends_before_the_next(marketplace: Marketplace) -> None:
    midnight = datetime.combine(marketplace.today - timedelta(days=30), time(), UTC)
    moment, day = timedelta(microseconds=1), timedelta(days=1)
    places = {"before": midnight - moment, "first": midnight, "last": midnight + day - moment, "after": midnight + day}
    for key, at in places.items():
        marketplace.provider.write(key=key, created_at=at)
    assert await marketplace.reconcile(midnight.date()) == {"only_at_provider": 2}
    assert {key for _, key in await marketplace.disagreements()} == {"refund first", "refund last"}


@pytest.mark.parametrize(("entries", "pages"), [(4, 2), (5, 3)])
async def test_a_book_of_exactly_full_pages_ends_where_it_ends(
    marketplace: Marketplace, entries: int, pages: int
) -> None:
    marketplace.provider.page_size = 2
    for _ in range(entries):
        marketplace.provider.write()
    assert await marketplace.reconcile(page_size=entries) == {"only_at_provider": entries}
    assert len(marketplace.provider.cursors) == pages


async def test_a_long_day_continues_as_new_and_counts_everything_once(marketplace: Marketplace) -> None:
    marketplace.provider.page_size = 2
    for _ in range(7):
        marketplace.provider.write()
    handle = await marketplace.begin(page_size=2, pages_of_activity=1, pages_of_run=3)
    assert dict((await handle.result()).counts) == {"only_at_provider": 7}
    assert marketplace.provider.cursors == [None, "2", "4", "6"]
    assert (await handle.describe()).run_id != handle.first_execution_run_id
    assert len(await marketplace.disagreements()) == 7


async def test_the_page_of_the_workflow_shows_what_was_found(marketplace: Marketplace) -> None:
    marketplace.provider.write()
    handle = await marketplace.begin()
    await handle.result()
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert "| only_at_provider | 1 |" in metadata.current_details


async def test_what_was_resolved_stays_so_until_it_says_something_else(marketplace: Marketplace) -> None:
    marketplace.provider.write(key="stray")
    await marketplace.reconcile()
    (found,) = await list_disagreements(marketplace.pool, resolved_too=False)
    assert await resolve(marketplace.pool, found.id, "asked them; theirs to undo")
    await marketplace.reconcile()
    assert await list_disagreements(marketplace.pool, resolved_too=False) == ()
    marketplace.provider.change("stray", amount=TOTAL + 1)
    await marketplace.reconcile()
    (again,) = await list_disagreements(marketplace.pool, resolved_too=False)
    assert (again.id, again.note) == (found.id, "asked them; theirs to undo")


async def test_a_day_on_which_nothing_happened_agrees(marketplace: Marketplace) -> None:
    assert await marketplace.reconcile(marketplace.today - timedelta(days=300)) == {}
