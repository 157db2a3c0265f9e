"""The `temporal` command as a client that knows nothing of ours but names and JSON."""

import json
from dataclasses import dataclass
from typing import Any

from starter.embedded import EmbeddedStack, temporal_binary
from tests.acceptance.programs import Said, ran


@dataclass(frozen=True)
class Foreigner:
    """Someone with the `temporal` command, and an order."""

    stack: EmbeddedStack
    order_id: str

    async def temporal(self, *arguments: str) -> Said:
        """Run `temporal workflow …` against the stack, which it finds by the environment that the stack tells."""
        return await ran(self.stack.environment, temporal_binary(), "workflow", *arguments)

    async def start(self, start: Any) -> None:
        """Start the order with this JSON."""
        queue = ("--task-queue", self.stack.settings.task_queue)
        said = await self.temporal("start", "--type", "Order", *self._id, *queue, "--input", json.dumps(start))
        assert said.code == 0, said.err

    async def update(self, name: str, message: Any) -> Said:
        """Send an update, whatever comes of it."""
        return await self.temporal("update", "execute", *self._id, "--name", name, "--input", json.dumps(message))

    async def must(self, name: str, message: Any) -> None:
        """Send an update that must be accepted."""
        said = await self.update(name, message)
        assert said.code == 0, said.err

    async def signal(self, name: str, message: Any) -> None:
        said = await self.temporal("signal", *self._id, "--name", name, "--input", json.dumps(message))
        assert said.code == 0, said.err

    async def report_late(self, name: str, fact: Any) -> None:
        """Signal-with-start, as the contract tells those who report facts."""
        resume = json.dumps({"order_id": self.order_id, "resume": True})
        start = ("--type", "Order", "--task-queue", self.stack.settings.task_queue, "--input", resume)
        signal = ("--signal-name", name, "--signal-input", json.dumps(fact))
        said = await self.temporal("signal-with-start", *self._id, *start, *signal)
        assert said.code == 0, said.err

    async def cancel(self) -> None:
        """Press Temporal's own "Request Cancellation"."""
        said = await self.temporal("cancel", *self._id)
        assert said.code == 0, said.err

    async def found(self, query: str) -> bool:
        """Whether the order is in Temporal's list of what fits the query."""
        said = await self.temporal("list", "--query", query, "--output", "json")
        assert said.code == 0, said.err
        return f"order-{self.order_id}" in [run["execution"]["workflowId"] for run in json.loads(said.out or "[]")]

    async def result(self) -> dict[str, Any]:
        """What the order ended with."""
        said = await self.temporal("result", *self._id, "--output", "json")
        assert said.code == 0, said.err
        result: dict[str, Any] = json.loads(said.out)["result"]
        return result

    async def failure(self) -> dict[str, Any]:
        """How the order's workflow failed."""
        said = await self.temporal("result", *self._id, "--output", "json")
        assert said.code == 1, said
        failure: dict[str, Any] = json.loads(said.out)["closeEvent"]["workflowExecutionFailedEventAttributes"][
            "failure"
        ]
        return failure

    async def view(self) -> dict[str, Any]:
        said = await self.temporal("query", *self._id, "--name", "order", "--output", "json")
        assert said.code == 0, said.err
        view: dict[str, Any] = json.loads(said.out)["queryResult"][0]
        return view

    @property
    def _id(self) -> tuple[str, str]:
        return "--workflow-id", f"order-{self.order_id}"
