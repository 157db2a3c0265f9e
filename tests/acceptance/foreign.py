"""The `temporal` command as a client that knows nothing of ours but names and JSON."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

from starter.embedded import EmbeddedStack, temporal_binary

PATIENCE: Final = 30.0
"""Seconds for one command; longer than any takes on a busy machine."""


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Foreigner:
    """Someone with the `temporal` command, and an order."""

    stack: EmbeddedStack
    order_id: str

    async def temporal(self, *arguments: str) -> Said:
        """Run `temporal workflow …` against the stack."""
        address = ("--address", self.stack.settings.temporal_address)
        process = await asyncio.create_subprocess_exec(
            *(temporal_binary(), "workflow", *arguments, *address),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode is not None, "communicate() waits for the end"
        return Said(process.returncode, out.decode(), err.decode())

    async def start(self, start: Any) -> None:
        """Start the order with this JSON."""
        queue = ("--task-queue", self.stack.settings.task_queue)
        said = await self.temporal("start", "--type", "Order", *self._id, *queue, "--input", json.dumps(start))
        assert said.code == 0, said.err

    async def update(self, name: str, message: Any) -> Said:
        return await self.temporal("update", "execute", *self._id, "--name", name, "--input", json.dumps(message))

    async def signal(self, name: str, message: Any) -> Said:
        return await self.temporal("signal", *self._id, "--name", name, "--input", json.dumps(message))

    async def report_late(self, name: str, fact: Any) -> None:
        """Signal-with-start, as the contract tells those who report facts."""
        resume = json.dumps({"order_id": self.order_id, "resume": True})
        start = ("--type", "Order", "--task-queue", self.stack.settings.task_queue, "--input", resume)
        signal = ("--signal-name", name, "--signal-input", json.dumps(fact))
        said = await self.temporal("signal-with-start", *self._id, *start, *signal)
        assert said.code == 0, said.err

    async def result(self) -> dict[str, Any]:
        """What the order ended with."""
        said = await self.temporal("result", *self._id, "--output", "json")
        assert said.code == 0, said.err
        result: dict[str, Any] = json.loads(said.out)["result"]
        return result

    async def view(self) -> dict[str, Any]:
        said = await self.temporal("query", *self._id, "--name", "order", "--output", "json")
        assert said.code == 0, said.err
        view: dict[str, Any] = json.loads(said.out)["queryResult"][0]
        return view

    @property
    def _id(self) -> tuple[str, str]:
        return "--workflow-id", f"order-{self.order_id}"
