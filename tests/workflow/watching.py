"""What the look for stuck orders is tested with: a look with a clock handed in, and stand-ins for orders."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from temporalio import activity, workflow
from temporalio.client import WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    UnsandboxedWorkflowRunner,
    Worker,
)

from activities.run_status import RunStatus, run_status
from activities.stuck.looks import Looks
from activities.stuck.table import SUSPECTED_FOR, StuckOrder, list_stuck
from tests.workflow.reconciling import Marketplace
from tests.workflow.theatre import PATIENCE, PLATFORM
from workflows.messages.ids import workflow_id
from workflows.messages.stuck import Kind, Looked

NEXT_LOOK: Final = SUSPECTED_FOR + timedelta(seconds=1)
"""By when what is only suspected is told."""
LONG_OVERDUE: Final = timedelta(minutes=5)


class NothingIsWritten(Interceptor):
    """Lets no record be written, as if Postgres were away; the looks have it all the same."""

    def __init__(self) -> None:
        self.away = True

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - as theirs
        state = self

        class Records(ActivityInboundInterceptor):
            async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
                if state.away and activity.info().activity_type == "record":
                    raise ApplicationError("Postgres is away.", type="database")
                return await super().execute_activity(input)

        return Records(next)


@workflow.defn(name="Order", sandboxed=False)
class StandIn:
    """Answers as the test says, and does nothing: what a real order only says in the worst of moments."""

    answers: dict[str, Any]

    @workflow.run
    async def run(self, start: dict[str, Any]) -> None:
        self.answers = start["answers"]
        await workflow.wait_condition(lambda: False)

    @workflow.query
    def order(self) -> Any:
        return self._answer("order")

    @workflow.query
    def record(self) -> Any:
        return self._answer("record")

    @workflow.signal
    def add_note(self, note: dict[str, Any]) -> None:
        """Taken, and forgotten."""

    @workflow.signal
    def records_due(self) -> None:
        """Taken, and forgotten."""

    def _answer(self, question: str) -> Any:
        if question not in self.answers:
            raise ApplicationError("The order is being loaded; ask again.", type="not_loaded")
        return self.answers[question]


@dataclass
class Watch:
    """The look of one marketplace."""

    marketplace: Marketplace
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def looks(self) -> Looks:
        return Looks(self.marketplace.pool, self.marketplace.client, self.marketplace.task_queue, lambda: self.at)

    def run(self, order_id: str) -> WorkflowHandle[Any, Any]:
        """The order's last run."""
        return self.marketplace.client.get_workflow_handle(workflow_id(order_id))

    async def look(self, after: timedelta = NEXT_LOOK) -> Looked:
        """Look once more, so much later."""
        self.at = max(self.at + after, datetime.now(UTC))
        return await self.looks().look()

    async def until(self, order_id: str, kind: Kind) -> StuckOrder:
        """Look until the order stands in the list like that: Temporal's list is a moment behind."""
        found: StuckOrder = await self._when(order_id, lambda all_of: next((s for s in all_of if s.kind is kind), None))
        return found

    async def until_gone(self, order_id: str) -> None:
        """Look until it stands in the list no more."""
        await self._when(order_id, lambda found: not found or None)

    async def _when(self, order_id: str, wanted: Any) -> Any:
        async with asyncio.timeout(3 * PATIENCE.total_seconds()):
            while True:
                await self.look(timedelta(milliseconds=1))
                if (found := wanted(await self.listed(order_id))) is not None:
                    return found
                await asyncio.sleep(0.1)

    async def listed(self, order_id: str) -> list[StuckOrder]:
        return [one for one in await list_stuck(self.marketplace.pool) if one.order_id == order_id]

    async def notices(self, order_id: str) -> list[str]:
        rows = await self.marketplace.pool.fetch(
            "SELECT text FROM stuck_notices WHERE order_id = $1 ORDER BY notice_id", order_id
        )
        return [row["text"] for row in rows]

    async def status(self, order_id: str) -> RunStatus:
        status = await run_status(self.marketplace.client, workflow_id(order_id))
        assert status
        return status

    async def rests(self, order_id: str) -> None:
        """Waits until no workflow task is pending."""
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while (await self.status(order_id)).attempt:
                await asyncio.sleep(0.05)

    async def is_overdue(self, order_id: str, by: timedelta = LONG_OVERDUE) -> None:
        """Let the order's row say so."""
        done = await self.marketplace.pool.execute(
            "UPDATE orders SET next_deadline_at = $2 WHERE order_id = $1", order_id, datetime.now(UTC) - by
        )
        assert done == "UPDATE 1"

    async def note(self, order_id: str) -> None:
        """Signal something harmless to the order."""
        await self.run(order_id).signal("add_note", {"by": PLATFORM, "text": "goes on"})

    async def wake(self, order_id: str) -> None:
        """Leave a note with an order that has no open run, as any client does."""
        await self.marketplace.client.start_workflow(
            "Order",
            {"order_id": order_id, "resume": True},
            id=workflow_id(order_id),
            task_queue=self.marketplace.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal="add_note",
            start_signal_args=[{"by": PLATFORM, "text": "goes on"}],
        )

    async def start_over(self, order_id: str, *start: Any) -> None:
        """What a foreign client does that starts with Temporal's policy to terminate what runs."""
        await self.marketplace.client.start_workflow(
            "Order",
            args=start,
            id=workflow_id(order_id),
            task_queue=self.marketplace.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
        )

    def stand_ins(self) -> Worker:
        """Serves the task queue with orders that only answer."""
        return Worker(
            self.marketplace.client,
            task_queue=self.marketplace.task_queue,
            workflows=[StandIn],
            workflow_runner=UnsandboxedWorkflowRunner(),
        )

    async def stand_in(self, order_id: str, **answers: Any) -> None:
        """Start one that answers so, instead of whatever run the order has."""
        await self.start_over(order_id, {"answers": answers})
