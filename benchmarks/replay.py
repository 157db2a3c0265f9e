"""What a cold replay costs: an order that no worker has in its cache, brought back from its whole history."""

import gzip
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, WorkflowRunner

from benchmarks.parts import Asked, Found, table
from workflows.order import OrderWorkflow
from workflows.sandbox import OrderRunner, order_sandbox

HISTORIES: Final = Path(__file__).resolve().parents[1] / "tests" / "workflow" / "histories"
WARM_UP: Final = 5
"""Replays that count for nothing: they import and compile."""


def longest() -> tuple[str, WorkflowHistory]:
    """The golden history with the most events, and the name of its story."""
    found = [(file.name.partition(".")[0], _history(file)) for file in sorted(HISTORIES.glob("*.json.gz"))]
    return max(found, key=lambda named: len(named[1].events))


async def replay(asked: Asked) -> Found:
    """CPU of a replay with the sandbox and without it."""
    name, history = longest()
    times = asked.by_scale(20, 100, 200)
    asked.tell(f"Replaying {name} ({len(history.events)} events) {times} times, with the sandbox and without")
    sandboxed = await replay_ms(history, order_sandbox(), times)
    free = await replay_ms(history, OrderRunner(), times)
    title = f"Cold replay of {name.replace('_', ' ')} ({len(history.events)} events), CPU of the whole process"
    drawn = table(title, "", "ms")
    drawn.add_row("with the sandbox", f"{sandboxed:.1f}")
    drawn.add_row("without it", f"{free:.1f}")
    return Found([drawn], {"history": name, "events": len(history.events), "sandboxed_ms": sandboxed, "free_ms": free})


async def replay_ms(history: WorkflowHistory, runner: WorkflowRunner, times: int) -> float:
    """CPU milliseconds per replay, over so many of them one after the other."""
    replayer = Replayer(workflows=[OrderWorkflow], data_converter=pydantic_data_converter, workflow_runner=runner)

    async def again(count: int) -> AsyncIterator[WorkflowHistory]:
        for _ in range(count):
            yield history

    await replayer.replay_workflows(again(WARM_UP))
    begun = time.process_time()
    await replayer.replay_workflows(again(times))
    return 1_000 * (time.process_time() - begun) / times


def _history(file: Path) -> WorkflowHistory:
    told = json.loads(gzip.decompress(file.read_bytes()))
    return WorkflowHistory.from_json(told["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"], told)
