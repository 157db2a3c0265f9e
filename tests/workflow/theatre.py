"""One order on a real server, played by a client that knows nothing of ours but JSON and names."""

import asyncio
import contextlib
import gzip
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import httpx
from asyncpg.pool import PoolConnectionProxy
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowHistory,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.runtime import Runtime
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.inquiries import Inquiries
from activities.payments import Payments
from activities.providers.sandbox import SandboxProvider
from activities.read_model import Records
from starter.client.temporal import UNSEEN
from tests.histories import all_replay, of_workflow
from tests.onlooker import Onlooker
from workflows.converter import DATA_CONVERTER
from workflows.messages.ids import workflow_id
from workflows.order import OrderWorkflow
from workflows.sandbox import Orders

BUYER: Final = {"role": "buyer", "id": "b-7"}
SELLER: Final = {"role": "seller", "id": "s-3"}
PLATFORM: Final = {"role": "platform", "id": "p-1"}
PROVIDER: Final = {"role": "payment_provider", "id": "sandbox"}
CARRIER: Final = {"role": "carrier", "id": "ups"}
TOTAL: Final = 2_299
ATTEMPTS: Final = 4
"""At most at one refund here."""
PAYMENTS: Final = ("payment_captured", "payment_authorized")
HISTORIES: Final = Path(__file__).parent / "histories"
PATIENCE: Final = timedelta(seconds=45)
"""For anything that must happen by itself; much longer than it takes, so that only what never comes runs into it."""
NO_ANSWER: Final = (RPCStatusCode.CANCELLED, RPCStatusCode.DEADLINE_EXCEEDED)
"""How a query ends that nobody answers in time."""
LOOKS: Final = 4
"""Before nobody is expected to answer any more."""
LOOK_WITHIN: Final = timedelta(seconds=5)
"""For a query: a replay of the longest history here takes a tenth of it."""


class Refusal(Exception):
    """A refused update, as a foreign client sees it."""

    def __init__(self, cause: BaseException | None) -> None:
        error = application_error(cause)
        super().__init__(error.message)
        self.code = error.type
        self.details: dict[str, Any] = error.details[0] if error.details else {}


def application_error(cause: BaseException | None) -> ApplicationError:
    """What the workflow said, which is never anything but an application error."""
    assert isinstance(cause, ApplicationError), repr(cause)
    return cause


class InterruptedRecords(Records):
    """The real records, but for the times when Postgres is away, or slow to answer."""

    away = False
    """Whether nobody gets a connection: neither who records nor who loads."""
    hanging: asyncio.Event | None = None
    """Holds every try while Postgres is away, until it is set: who wants to meet one need not be quick."""
    holding: asyncio.Event | None = None
    """Holds every record's answer back, after the deed, until it is set."""
    holding_remote: asyncio.Event | None = None
    """The same for remote records, instead of the one for all."""
    held = 0
    """Records whose answer is being held back."""

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[PoolConnectionProxy]:
        if self.away:
            if self.hanging:
                await self.hanging.wait()
            await self._hold()
            raise ApplicationError("Postgres cannot be used: it is away. It will be tried again.", type="database")
        async with super()._connection() as connection:
            yield connection
        await self._hold()

    async def _hold(self) -> None:
        """Until the gate is opened; whoever loads an order passes."""
        info = activity.info()
        gate = self.holding if info.is_local else self.holding_remote or self.holding
        if gate is None or info.activity_type != "record":
            return
        self.held += 1
        try:
            await gate.wait()
        finally:
            self.held -= 1


class Theatre:
    """One order's stage: start it, send it messages, move its clock, look at everything that came of it."""

    def __init__(
        self,
        environment: WorkflowEnvironment,
        pool: asyncpg.Pool,
        sandbox_url: str,
        order_id: str,
        *,
        watched: bool = True,
    ) -> None:
        self.order_id = order_id
        self._onlooker = Onlooker(self._looked_at, WorkflowQueryFailedError, RPCError) if watched else None
        self.pool = pool
        self.client = environment.client
        self._environment = environment
        self.task_queue = f"orders-{uuid4().hex}"
        self.records = InterruptedRecords(pool)
        self._provider = SandboxProvider(sandbox_url)
        self.sandbox_url = sandbox_url
        self._payments = Payments(pool, self._provider)
        self._worker: Worker | None = None

    async def open(
        self,
        *,
        caching: int = 100,
        runtime: Runtime | None = None,
        file_schemes: tuple[str, ...] = (),
        currency_steps: dict[str, int] | None = None,
    ) -> None:
        """Let a worker work, in a runtime of its own if one is given."""
        client = self.client
        if runtime:
            target, namespace = client.service_client.config.target_host, client.namespace
            client = await Client.connect(target, namespace=namespace, runtime=runtime, data_converter=DATA_CONVERTER)
        self._worker = Worker(
            client,
            task_queue=self.task_queue,
            workflows=[OrderWorkflow],
            activities=[
                self.records.record,
                self.records.load_order,
                *self._payments.activities,
                Inquiries(self._provider).inquire,
            ],
            plugins=[Orders(sandboxed=True, file_schemes=file_schemes, currency_steps=currency_steps or {})],
            max_cached_workflows=caching,
            # A bug must fail its test at once; in production it freezes the one order until it is mended.
            workflow_failure_exception_types=[Exception],
        )
        await self._worker.__aenter__()

    async def dim(self) -> None:
        """Let no worker work."""
        if self._onlooker:
            self._onlooker.leave()
        if self._worker:
            await self._worker.shutdown()
            self._worker = None

    async def close(self, test: str, keep_in: Path | None = None) -> None:
        """No worker any more, and every history of this order replays, also one that has not ended.

        Those that have ended are kept in a folder, if one is given, under the test's name.
        """
        await self.dim()
        await self._provider.close()
        await all_replay(self.client, of_workflow(workflow_id(self.order_id)), test)
        if keep_in:
            await self._keep(keep_in, test.removeprefix("test_"))

    async def _keep(self, folder: Path, name: str) -> None:
        runs = [run async for run in self.client.list_workflows(of_workflow(workflow_id(self.order_id)))]
        for number, run in enumerate(sorted(runs, key=lambda run: run.start_time), start=1):
            if run.close_time is not None:
                handle = self.client.get_workflow_handle(run.id, run_id=run.run_id)
                keep(await handle.fetch_history(), folder / f"{name}.{number}.json.gz")

    def _watch(self) -> None:
        """Have somebody look at the order while a message is under way."""
        if self._onlooker:
            self._onlooker.glance()

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(workflow_id(self.order_id))

    async def start(self, **changes: Any) -> WorkflowHandle[Any, Any]:
        """Start the order, with a virtual clock of its own."""
        return await self.start_with(start_input(self.order_id, **changes))

    async def start_with(self, *start: Any, task_timeout: timedelta | None = None) -> WorkflowHandle[Any, Any]:
        """Start with any input at all, also with an id that was used before."""
        self._watch()
        return await self.client.start_workflow(
            "Order",
            args=start,
            id=workflow_id(self.order_id),
            task_queue=self.task_queue,
            task_timeout=task_timeout,
        )

    async def update(self, name: str, *, update_id: str | None = None, **message: Any) -> dict[str, Any]:
        """Send a command as an update. Raises `Refusal`."""
        message = await self._paid_first(name, message)
        self._watch()
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while True:
                try:
                    answer: dict[str, Any] = await self.handle.execute_update(name, message, id=update_id)
                except WorkflowUpdateFailedError as error:
                    if isinstance(error.cause, ApplicationError) and error.cause.type == UNSEEN:
                        continue  # a worker lost the task that brought it, as every client must expect; nobody saw it
                    raise Refusal(error.cause) from None
                return answer

    async def signal(self, name: str, *arguments: Any, **message: Any) -> None:
        message = await self._paid_first(name, message)
        self._watch()
        await self.handle.signal(name, args=[*arguments] if arguments else [message])

    async def wake(self, name: str, **message: Any) -> WorkflowHandle[Any, Any]:
        """Report a late fact: signal-with-start, as the contract says."""
        message = await self._paid_first(name, message)
        self._watch()
        return await self.client.start_workflow(
            "Order",
            {"order_id": self.order_id, "resume": True},
            id=workflow_id(self.order_id),
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=name,
            start_signal_args=[message],
        )

    async def update_waking(self, name: str, **message: Any) -> dict[str, Any]:
        """Send a command to an order that may have ended: update-with-start."""
        self._watch()
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            "Order",
            {"order_id": self.order_id, "resume": True},
            id=workflow_id(self.order_id),
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        try:
            answer: dict[str, Any] = await self.client.execute_update_with_start_workflow(
                name, message, start_workflow_operation=start
            )
        except WorkflowUpdateFailedError as error:
            raise Refusal(error.cause) from None
        return answer

    async def _paid_first(self, name: str, message: dict[str, Any]) -> dict[str, Any]:
        """The message, with its payment this order's own: what two orders have is nobody's (R36). What an order is told
        of a payment was paid at the provider before, or it would not give it back.

        And some more: what a test says of an attempt the provider does not know, and holds it against the payment.
        """
        payment_id = message.get("payment_id")
        if isinstance(payment_id, str) and not payment_id.startswith(self.order_id):
            message = {**message, "payment_id": f"{self.order_id}-{payment_id}"}
        if name not in PAYMENTS or not isinstance(message.get("amount"), int):
            return message
        told = {field: message.get(field) for field in ("payment_id", "currency", "method")}
        told |= {"amount": ATTEMPTS * message["amount"], "authorize": name == "payment_authorized"}
        paid = {"order_id": self.order_id, "quiet": True, **told}
        async with httpx.AsyncClient(base_url=self.sandbox_url) as http:
            # Refused where it was made before, or the test tells nonsense on purpose.
            await http.post("/payments", json=paid)
        return message

    async def pay(self, amount: int = TOTAL, payment_id: str | None = None, **more: Any) -> dict[str, Any]:
        return await self.update("payment_captured", **captured(amount, payment_id or f"{self.order_id}-pay"), **more)

    async def forward(self, by: timedelta) -> None:
        """Let this order's time pass."""
        await self._environment.fast_forward(self.handle, by)

    async def result(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            result: dict[str, Any] = await self.handle.result()
        return result

    async def failure(self) -> ApplicationError:
        """How the workflow failed."""
        try:
            result = await self.result()
        except WorkflowFailureError as error:
            return application_error(error.cause)
        raise AssertionError(f"it ended well: {result}")

    async def view(self) -> dict[str, Any]:
        """What the order says of itself. Asked again when nobody answers: a worker loses a query that meets the end of
        the run, and the server waits for it."""
        for _ in range(LOOKS):
            try:
                view: dict[str, Any] = await self.handle.query("order", rpc_timeout=LOOK_WITHIN)
            except RPCError as error:
                if error.status is RPCStatusCode.RESOURCE_EXHAUSTED:
                    await asyncio.sleep(LOOK_WITHIN.total_seconds())  # others look: the server keeps so many waiting
                elif error.status not in NO_ANSWER:
                    raise
            else:
                return view
        raise AssertionError(f"{self.order_id} does not answer")

    async def _looked_at(self) -> None:
        await self.handle.query("order", rpc_timeout=LOOK_WITHIN)

    async def until(self, stage: str) -> dict[str, Any]:
        """The view, once the order is in `stage`."""
        return await self.when(lambda view: view["stage"] == stage)

    async def when(self, holds: Any) -> dict[str, Any]:
        """The view, once `holds` says so of it."""
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while True:
                with contextlib.suppress(WorkflowQueryFailedError):  # a woken order is being loaded
                    if holds(view := await self.view()):
                        return view
                await asyncio.sleep(0.02)

    async def recorded(self, entries: int) -> list[dict[str, Any]]:
        """The timeline, once it has so many rows and the workflow rests. Unlike a query this does not disturb it."""
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while len(rows := await self.timeline()) < entries or not await self.rests():
                await asyncio.sleep(0.02)
        return rows

    async def rests(self) -> bool:
        """Whether no workflow task is under way: what comes in the middle of one costs another."""
        tasks = [
            EventType.Name(event.event_type)
            for event in (await self.handle.fetch_history()).events
            if EventType.Name(event.event_type).startswith("EVENT_TYPE_WORKFLOW_TASK")
        ]
        return tasks[-1].endswith("COMPLETED")

    async def row(self) -> dict[str, Any]:
        """The order's row of the read model."""
        row = await self.pool.fetchrow("SELECT * FROM orders WHERE order_id = $1", self.order_id)
        assert row, f"{self.order_id} is not in the read model"
        return dict(row)

    async def timeline(self) -> list[dict[str, Any]]:
        rows = await self.pool.fetch("SELECT * FROM timeline WHERE order_id = $1 ORDER BY entry", self.order_id)
        return [dict(row) for row in rows]

    async def inbox(self, role: str) -> list[str]:
        rows = await self.pool.fetch(
            "SELECT kind FROM inbox WHERE order_id = $1 AND role = $2 ORDER BY entry, number", self.order_id, role
        )
        return [row["kind"] for row in rows]

    async def book(self) -> dict[str, Any]:
        """What the payment provider's own book says of this order."""
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{self.sandbox_url}/book", params={"order_id": self.order_id})
        book: dict[str, Any] = answer.raise_for_status().json()
        return book

    async def misbehave(self, kind: str, do: str, times: int = 1) -> None:
        """Tell the provider to do something wrong with this order's next calls."""
        order = {"kind": kind, "do": do, "times": times, "order_id": self.order_id}
        async with httpx.AsyncClient() as http:
            (await http.post(f"{self.sandbox_url}/behaviour", json=order)).raise_for_status()

    async def story(self) -> str:
        """The history's events in a row, for the message of a test."""
        names = (EventType.Name(event.event_type) for event in (await self.handle.fetch_history()).events)
        return " ".join(name.removeprefix("EVENT_TYPE_").removeprefix("WORKFLOW_") for name in names)

    async def replays(self) -> None:
        """Every history of this order so far replays, also one that has not ended."""
        await all_replay(self.client, of_workflow(workflow_id(self.order_id)), "this test")

    async def events(self) -> Counter[str]:
        """The history's events by type, without those of the virtual clock."""
        return event_counts(await self.handle.fetch_history())


def start_input(order_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "buyer_id": BUYER["id"],
        "seller_id": SELLER["id"],
        "currency": "USD",
        "lines": [{"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 1, "unit_price": 1_999}],
        "shipping_fee": 300,
        **changes,
    }


def captured(amount: int = TOTAL, payment_id: str = "pay-1", currency: str = "USD") -> dict[str, Any]:
    return {"by": PROVIDER, "payment_id": payment_id, "amount": amount, "currency": currency, "method": "card"}


def keep(history: WorkflowHistory, file: Path) -> None:
    """Write a golden history, if there is none yet: they are never recorded anew to make a test pass."""
    if not file.exists():
        file.write_bytes(gzip.compress(history.to_json().encode(), mtime=0))


def event_counts(history: WorkflowHistory) -> Counter[str]:
    """The events by type, without what the virtual clock adds: its own, and the empty task that its end may cause."""
    names = [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events]
    skipped = "WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED"
    for place in range(len(names) - 3, 0, -1):
        if names[place - 1] == skipped and names[place] == "WORKFLOW_TASK_SCHEDULED":
            del names[place : place + 3]
    return Counter(name for name in names if name not in (skipped, "WORKFLOW_EXECUTION_OPTIONS_UPDATED"))


async def current_details(handle: WorkflowHandle[Any, Any]) -> str:
    """What the UI shows under "User Metadata", asked as the UI asks."""
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(metadata.current_details)
