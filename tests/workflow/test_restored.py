"""An old backup of Postgres is restored under running orders: nothing moves twice, and what is lost is listed."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from temporalio.client import WithStartWorkflowOperation, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy

from activities.providers import ProviderUnavailable
from tests.workflow.backups import Backup
from tests.workflow.reconciling import Marketplace
from tests.workflow.theatre import BUYER, PATIENCE, PROVIDER, SELLER, application_error, captured
from workflows.messages.answers import OrderView
from workflows.messages.ids import workflow_id
from workflows.messages.values import MoneyState
from workflows.messages.waking import resume
from workflows.messages.work import OrderRow, ProviderAnswer, RefundCall

SHIP: Final[dict[str, Any]] = {"by": SELLER, "carrier": "UPS", "tracking": "1Z"}
CONFIRM: Final[dict[str, Any]] = {"by": BUYER}
CANCEL: Final[dict[str, Any]] = {"by": SELLER, "reason": "out_of_stock"}
MESSAGE: Final[dict[str, Any]] = {"by": BUYER, "to": "seller", "text": "Where is my lamp?"}
UNEQUAL: Final = frozenset({"entry", "needs_attention", "refund_state", "next_deadline_at"})
"""What row and view have under one name, and mean otherwise."""


class Town:
    """Some orders each in another place of its story when the backup is made, and when it returns."""

    def __init__(self, market: Marketplace, order_id: str) -> None:
        self.market = market
        self._prefix = order_id[:32]
        self.names: list[str] = []

    def id_of(self, name: str) -> str:
        return f"{self._prefix}-{name}"

    def handle(self, name: str) -> WorkflowHandle[Any, Any]:
        return self.market.client.get_workflow_handle(workflow_id(self.id_of(name)))

    async def has(self, name: str, begin: Callable[[str], Awaitable[Any]]) -> None:
        """One more order, begun like that."""
        self.names.append(name)
        await begin(self.id_of(name))

    async def send(self, name: str, command: str, message: dict[str, Any]) -> None:
        await self.handle(name).execute_update(command, message)

    async def pays_out(self, name: str) -> None:
        """The seller is paid, as the provider's webhook says, and the order is settled."""
        release_id = f"{self.id_of(name)}-release-1"
        await self.market.release_is(self.id_of(name), "pending")
        self.market.provider.change(f"{release_id}-1", state=MoneyState.SUCCEEDED)
        paid_out = {"by": PROVIDER, "release_id": release_id, "attempt": 1, "state": "succeeded"}
        await self.handle(name).signal("release_updated", paid_out)
        await self.handle(name).result()

    async def refunds(self, name: str) -> None:
        """The buyer has the money back, as the provider's webhook says, and the order is settled."""
        self.market.provider.change(f"{self.id_of(name)}-refund-1-1", state=MoneyState.SUCCEEDED)
        await self.market.tell(self.id_of(name), "succeeded")
        await self.handle(name).result()

    async def is_recorded(self) -> None:
        """Waits until the row of every order is as the order says."""
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while [name for name in self.names if await self.differs(name)]:
                await asyncio.sleep(0.05)

    async def differs(self, name: str) -> list[str]:
        """In what the order's row is not as the order says."""
        view = await self.handle(name).query("order", result_type=OrderView)
        row = await self.market.pool.fetchrow("SELECT * FROM orders WHERE order_id = $1", self.id_of(name))
        if row is None:
            return ["it has none"]
        shared = OrderRow.model_fields.keys() & OrderView.model_fields.keys() - UNEQUAL
        return [field for field in sorted(shared) if row[field] != getattr(view, field)]

    async def lacks(self) -> dict[str, list[int]]:
        """The entries that each timeline lacks, of those that have gaps."""
        found = {}
        for name in self.names:
            query = (
                "SELECT array(SELECT generate_series(1, entry) EXCEPT SELECT entry FROM timeline WHERE order_id = $1"
                " ORDER BY 1) FROM orders WHERE order_id = $1"
            )
            if gaps := await self.market.pool.fetchval(query, self.id_of(name)):
                found[self.id_of(name)] = list(gaps)
        return found

    async def listed(self) -> dict[str, list[int]]:
        """The entries that reconciliation says are lost, by order."""
        rows = await self.market.pool.fetch("SELECT * FROM disagreements WHERE kind = 'entries_missing'")
        return {row["key"]: [*map(int, re.findall(r"\d+", row["note"].split("notices: ")[1]))] for row in rows}

    def moved(self) -> Counter[str]:
        """How often the provider moved money of each order, whichever way."""
        return Counter(
            entry.order_id for entry in self.market.provider.book if entry.kind != "payment" and entry.order_id
        )


async def test_a_backup_restored_under_running_orders(marketplace: Marketplace, order_id: str) -> None:
    market, backup = marketplace, Backup(marketplace.url)
    town = Town(market, order_id)
    for name in ("untouched", "refunded"):
        await town.has(name, market.refunding)
    await town.refunds("untouched")
    for name in ("paid-out", "cancelled", "talked", "shipped"):
        await town.has(name, market.paid)
    await town.has("paid", market.order)
    await town.is_recorded()
    await backup.make()

    await town.refunds("refunded")
    await town.send("paid-out", "ship", SHIP)
    await town.send("paid-out", "confirm_receipt", CONFIRM)
    await town.pays_out("paid-out")
    await town.send("cancelled", "cancel_order", CANCEL)
    await market.refund_is(town.id_of("cancelled"), "pending")
    for _ in range(3):
        await town.send("talked", "send_message", MESSAGE)
    await town.send("shipped", "ship", SHIP)
    await town.send("paid", "payment_captured", captured(payment_id=f"{town.id_of('paid')}-pay"))
    market.provider.write(kind="payment", key=f"{town.id_of('paid')}-pay", order_id=town.id_of("paid"))
    await town.has("new", market.paid)
    await town.is_recorded()
    moved = town.moved()
    await backup.restore()

    await town.send("talked", "send_message", MESSAGE)
    await town.send("shipped", "confirm_receipt", CONFIRM)
    await market.release_is(town.id_of("shipped"), "pending")
    lagging = [name for name in town.names if await town.differs(name)]
    assert {"refunded", "paid-out", "cancelled", "paid", "new"} <= {*lagging}
    found = await market.reconcile(every_order=True)
    assert found.keys() == {"entries_missing", "only_at_provider"}, found
    assert [name for name in town.names if await town.differs(name)] == [], "what lags is caught up"
    assert await town.listed() == await town.lacks(), "what is lost is listed"
    assert len(await town.lacks()) == len(town.names) - 1

    await town.refunds("cancelled")
    await town.pays_out("shipped")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await _woken(town, "paid-out", "cancel_order", CANCEL)
    assert application_error(refused.value.cause).type == "order_closed"
    assert town.moved() == moved + Counter([town.id_of("shipped")]), "nothing moved twice"
    assert set(town.moved().values()) == {1}
    await town.is_recorded()
    assert (await market.reconcile()).keys() <= {"only_at_provider"}


async def test_a_refund_whose_answer_is_lost_while_the_backup_returns_is_one_refund(
    marketplace: Marketplace, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written down of the call is gone; the order asks again under the same key, once its record stands."""
    market, backup = marketplace, Backup(marketplace.url)
    town = Town(market, order_id)
    refund, answering = market.provider.refund, asyncio.Event()

    async def taken_and_not_answered(call: RefundCall) -> ProviderAnswer:
        answer = await refund(call)
        if answering.is_set():
            return answer
        raise ProviderUnavailable("the line is cut")

    monkeypatch.setattr(market.provider, "refund", taken_and_not_answered)
    await town.has("cancelled", market.paid)
    await town.is_recorded()
    await backup.make()
    await town.send("cancelled", "cancel_order", CANCEL)
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not town.moved():
            await asyncio.sleep(0.02)
    await backup.restore()
    answering.set()
    await market.refund_is(town.id_of("cancelled"), "pending")
    await town.is_recorded()
    assert town.moved() == {town.id_of("cancelled"): 1}
    await town.refunds("cancelled")
    await market.reconcile(every_order=True)
    assert await town.listed() == await town.lacks() == {town.id_of("cancelled"): [3]}, "who cancelled, and why"


async def _woken(town: Town, name: str, command: str, message: dict[str, Any]) -> None:
    """Send a command to an order that is settled."""
    starting: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        "Order",
        resume(town.id_of(name)),
        id=workflow_id(town.id_of(name)),
        task_queue=town.market.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    await town.market.client.execute_update_with_start_workflow(command, message, start_workflow_operation=starting)
