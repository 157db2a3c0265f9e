"""What reconciliation is tested with: a provider that keeps its book in memory, and a worker for orders and upkeep."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import asyncpg
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Interceptor, Worker

from activities.inquiries import Inquiries
from activities.order_signals import Facts
from activities.payments import Payments
from activities.providers import (
    BookChargeback,
    BookEntry,
    BookPage,
    ChargebackPage,
    KeyTaken,
    PaymentProvider,
    ProviderUnavailable,
    WentBack,
)
from activities.read_model import Records
from activities.reconciliation.money import Reconciliations
from activities.reconciliation.orders import ListedOrders
from activities.reconciliation.outside import OutsideMoney
from activities.reconciliation.shares import SharedPayments
from activities.stuck.looks import Looks
from tests.workflow.theatre import PATIENCE, PROVIDER, SELLER, TOTAL, captured, start_input
from workflows.messages.chargebacks import ChargebackOutcome
from workflows.messages.ids import workflow_id
from workflows.messages.reconciling import Limits, Reconciled, Reconciliation
from workflows.messages.values import MoneyState
from workflows.messages.work import CaptureCall, MoneyCall, ProviderAnswer, RefundCall, ReleaseCall, VoidCall
from workflows.order import OrderWorkflow
from workflows.sandbox import Orders
from workflows.upkeep import LookWorkflow, ReconcileWorkflow

HEARTBEATS_AT_ONCE: Final = timedelta(milliseconds=50)
"""Instead of after 12 s: a test that kills a worker wants its last word to have been heard."""


MOVING: Final = ("payment", "refund", "release")
"""What stands in a book; a capture stands there as its payment, a void not at all."""


class MemoryProvider:
    """A payment provider with a book: everything is pending until the test says otherwise."""

    name = "memory"

    def __init__(self, page_size: int = 100) -> None:
        self.book: list[BookEntry] = []
        self.charged_back: list[BookChargeback] = []
        self.page_size = page_size
        self.cursors: list[str | None] = []
        """Of every page that was asked for."""
        self.asked: list[str] = []
        """Every key that was asked about."""
        self.speechless: set[str] = set()
        """Of the keys to which it never has an answer."""
        self.taken: set[str] = set()
        """Of the keys that stand for somebody else's call."""

    async def refund(self, call: RefundCall) -> ProviderAnswer:
        return self._do(call)

    async def void(self, call: VoidCall) -> ProviderAnswer:
        return self._do(call)

    async def capture(self, call: CaptureCall) -> ProviderAnswer:
        return self._do(call)

    async def release(self, call: ReleaseCall) -> ProviderAnswer:
        return self._do(call)

    async def find_refund(self, call: RefundCall) -> ProviderAnswer | None:
        return self._asked(call)

    async def find_void(self, call: VoidCall) -> ProviderAnswer | None:
        return self._asked(call)

    async def find_capture(self, call: CaptureCall) -> ProviderAnswer | None:
        return self._asked(call)

    async def find_release(self, call: ReleaseCall) -> ProviderAnswer | None:
        return self._asked(call)

    async def entries(self, since: datetime, until: datetime, cursor: str | None = None) -> BookPage:
        self.cursors.append(cursor)
        place = int(cursor or 0)
        inside = sorted(
            (entry for entry in self.book if since <= entry.created_at < until and entry.kind in MOVING),
            key=lambda entry: entry.created_at,
        )
        end = place + self.page_size
        return BookPage(tuple(inside[place:end]), str(end) if inside[end:] else None)

    async def chargebacks(self, since: datetime, until: datetime, cursor: str | None = None) -> ChargebackPage:
        del since, until  # a test's chargebacks begin today
        place = int(cursor or 0)
        end = place + self.page_size
        return ChargebackPage(tuple(self.charged_back[place:end]), str(end) if self.charged_back[end:] else None)

    async def went_back(self, payment_id: str) -> WentBack:
        return WentBack(
            tuple(entry for entry in self.book if entry.kind == "refund" and entry.payment_id == payment_id),
            tuple(one for one in self.charged_back if one.payment_id == payment_id),
        )

    async def close(self) -> None:
        """There is nothing to give back."""

    def write(self, **entry: Any) -> None:
        """An entry that nobody asked for."""
        usual = {
            "kind": "refund", "key": uuid4().hex, "order_id": None, "amount": TOTAL, "currency": "USD",
            "state": MoneyState.SUCCEEDED, "reference": uuid4().hex, "created_at": datetime.now(UTC),
        }  # fmt: skip
        self.book.append(BookEntry(**(usual | entry)))

    def charge_back(self, payment_id: str, chargeback_id: str, outcome: str | None = None, **changes: Any) -> None:
        """The buyer's bank takes a payment back, and has decided or not; again it is that one's last word."""
        usual = {"order_id": None, "amount": TOTAL, "currency": "USD", "occurred_at": datetime.now(UTC)}
        word = ChargebackOutcome(outcome) if outcome else None
        self.charged_back = [one for one in self.charged_back if one.chargeback_id != chargeback_id]
        self.charged_back.append(BookChargeback(chargeback_id, payment_id, outcome=word, **(usual | changes)))

    def give_back(self, whose: str, amount: int = TOTAL, **changes: Any) -> str:
        """Somebody gives money of that order's payment back, in the console; the reference."""
        reference = f"re-{uuid4().hex}"
        by_hand = {"key": reference, "reference": reference, "payment_id": f"{whose}-pay", "is_ours": False}
        self.write(amount=amount, **(by_hand | changes))
        return reference

    def change(self, key: str, **changes: Any) -> None:
        """Say something else under `key` from now on."""
        self.book = [replace(entry, **changes) if entry.key == key else entry for entry in self.book]

    def lose(self, key: str) -> None:
        self.book = [entry for entry in self.book if entry.key != key]

    def _do(self, call: MoneyCall) -> ProviderAnswer:
        if self._find(call) is None:
            self.write(
                kind=call.kind, key=call.key, order_id=call.order_id, amount=call.amount, currency=call.currency,
                state=MoneyState.PENDING, payment_id=getattr(call, "payment_id", None),
            )  # fmt: skip
        return ProviderAnswer(state=MoneyState.PENDING)

    def _asked(self, call: MoneyCall) -> ProviderAnswer | None:
        self.asked.append(call.key)
        if call.key in self.speechless:
            raise ProviderUnavailable("nonsense")
        if call.key in self.taken:
            raise KeyTaken(f"{call.key} is another call")
        return self._find(call)

    def _find(self, call: MoneyCall) -> ProviderAnswer | None:
        known = [entry for entry in self.book if entry.key == call.key]
        return ProviderAnswer.model_validate({"state": known[-1].state}) if known else None


class Upheld:
    """Orders on one server, with a database of their own, and the engine's upkeep of them."""

    def __init__(self, client: Client, url: str, pool: asyncpg.Pool, provider: PaymentProvider) -> None:
        self.client, self.url, self.pool, self._provider = client, url, pool, provider
        self.task_queue = f"orders-{uuid4().hex}"
        self.today = datetime.now(UTC).date()

    def listed_orders(self) -> ListedOrders:
        return ListedOrders(self.pool, self.client, self.task_queue, Records(self.pool))

    @asynccontextmanager
    async def worker(self, *bugs: Interceptor, sandboxed: bool = True) -> AsyncIterator[None]:
        """Serve the task queue. With a bug planted it fails workflow tasks, as in production; else its test at once.

        Without the sandbox, orders run in what the test has changed of our modules.
        """
        records, payments = Records(self.pool), Payments(self.pool, self._provider)
        upkeep = Reconciliations(self.pool, Facts(self.client, self.task_queue), self._provider)
        async with Worker(
            self.client,
            task_queue=self.task_queue,
            workflows=[OrderWorkflow, ReconcileWorkflow, LookWorkflow],
            activities=[
                records.record,
                records.load_order,
                *payments.activities,
                Inquiries(self._provider).inquire,
                upkeep.reconcile_calls,
                upkeep.read_book,
                upkeep.reconcile_theirs,
                upkeep.reconcile_ours,
                SharedPayments(self.pool).reconcile_shares,
                *OutsideMoney(self.pool, Facts(self.client, self.task_queue), self._provider).activities,
                self.listed_orders().reconcile_orders,
                Looks(self.pool, self.client, self.task_queue).look_for_stuck_orders,
            ],
            plugins=[Orders(sandboxed=sandboxed)],
            interceptors=bugs,
            workflow_failure_exception_types=[] if bugs else [Exception],
            max_heartbeat_throttle_interval=HEARTBEATS_AT_ONCE,
        ):
            yield

    async def order(self, order_id: str, **terms: str) -> WorkflowHandle[Any, Any]:
        """A new order, not paid."""
        return await self.client.start_workflow(
            "Order", start_input(order_id, terms=terms), id=workflow_id(order_id), task_queue=self.task_queue
        )

    async def view(self, order_id: str) -> dict[str, Any]:
        """What the order says of itself."""
        view: dict[str, Any] = await self.client.get_workflow_handle(workflow_id(order_id)).query("order")
        return view

    async def recorded(self, order_id: str, name: str, times: int = 1) -> None:
        """Waits until the timeline has it so many times."""
        question = "SELECT 1 FROM timeline WHERE order_id = $1 AND name = $2 HAVING count(*) >= $3"
        await self._until(question, order_id, name, times)

    async def refund_is(self, order_id: str, state: str) -> None:
        """Waits until the read model says so of the order's refund."""
        await self._until("SELECT 1 FROM order_attempts WHERE order_id = $1 AND state = $2", order_id, state)

    async def release_is(self, order_id: str, state: str) -> None:
        """The same of its payout, as its call was answered."""
        question = "SELECT 1 FROM payment_calls WHERE order_id = $1 AND kind = 'release' AND state = $2"
        await self._until(question, order_id, state)

    async def listed(self, orders: int, which: str = "OrderStage IS NOT NULL") -> None:
        """Waits until Temporal lists so many orders like that: the list is a moment behind."""
        query = f"WorkflowType = 'Order' AND TaskQueue = '{self.task_queue}' AND {which}"
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while (await self.client.count_workflows(query)).count < orders:
                await asyncio.sleep(0.05)

    async def begin(
        self, day: date | None = None, *, every_order: bool = False, **limits: int
    ) -> WorkflowHandle[Any, Reconciled]:
        return await self.client.start_workflow(
            "Reconcile",
            Reconciliation(day=day or self.today, every_order=every_order, limits=Limits(**limits)),
            id=f"reconcile-{uuid4().hex}",
            task_queue=self.task_queue,
            result_type=Reconciled,
        )

    async def reconcile(self, day: date | None = None, *, every_order: bool = False, **limits: int) -> dict[str, int]:
        """The counts of one whole run."""
        handle = await self.begin(day, every_order=every_order, **limits)
        async with asyncio.timeout(3 * PATIENCE.total_seconds()):
            return dict((await handle.result()).counts)

    async def disagreements(self) -> dict[tuple[str, str], dict[str, Any]]:
        rows = await self.pool.fetch("SELECT * FROM disagreements ORDER BY id")
        return {(row["kind"], row["key"]): dict(row) for row in rows}

    async def money(self) -> Sequence[asyncpg.Record]:
        """Our side of all money: what reconciliation must not touch."""
        return await self.pool.fetch("SELECT * FROM payment_calls ORDER BY key")

    async def long_ago(self) -> None:
        """Nothing has been heard of any call for two days."""
        await self.pool.execute("UPDATE payment_calls SET updated_at = updated_at - interval '2 days'")

    async def tell(self, order_id: str, state: str) -> None:
        """The provider's webhook about the order's refund."""
        fact = {"by": PROVIDER, "refund_id": f"{order_id}-refund-1", "attempt": 1, "state": state}
        await self.client.get_workflow_handle(workflow_id(order_id)).signal("refund_updated", fact)
        await self.refund_is(order_id, state)

    async def _until(self, question: str, *given: object) -> None:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while await self.pool.fetchval(question, *given) is None:
                await asyncio.sleep(0.02)


class Marketplace(Upheld):
    """The same with a provider whose book lies in memory."""

    def __init__(self, client: Client, url: str, pool: asyncpg.Pool, provider: MemoryProvider) -> None:
        super().__init__(client, url, pool, provider)
        self.provider = provider

    async def paid(self, order_id: str) -> WorkflowHandle[Any, Any]:
        """An order that is paid, as the provider knows."""
        handle = await self.order(order_id)
        await handle.execute_update("payment_captured", captured(payment_id=f"{order_id}-pay"))
        self.provider.write(kind="payment", key=f"{order_id}-pay", order_id=order_id)
        return handle

    async def refunding(self, order_id: str) -> WorkflowHandle[Any, Any]:
        """A cancelled order whose refund is pending, here and at the provider."""
        handle = await self.paid(order_id)
        await handle.execute_update("cancel_order", {"by": SELLER, "reason": "out_of_stock"})
        await self.refund_is(order_id, "pending")
        return handle

    async def asked(self, key: str) -> None:
        """Waits until the provider was asked about this call."""
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while key not in self.provider.asked:
                await asyncio.sleep(0.02)
