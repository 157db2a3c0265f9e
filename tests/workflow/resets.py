"""An operator's reset, as Temporal's UI does it, and what of an order must be the same before and after (R38)."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyExcludeType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowQueryFailedError

from tests.workflow.theatre import PATIENCE, Theatre
from workflows.messages.base import Command
from workflows.messages.commands import MESSAGES

Point = Literal["first", "money", "update", "last"]
"""A run's task that is done anew: its first; the one that made the last call to the provider, or took the last update;
its last."""
Again = Literal["re-applied", "excluded"]
"""Whether Temporal hands the signals and updates after that point to the new run: by default it does."""
EXCLUDED: Final = (
    ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL,
    ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE,
)
ENDED: Final = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
COMMANDS: Final = frozenset(name for name, kind in MESSAGES.items() if issubclass(kind, Command))
AT_REST: Final = frozenset({"pending", "succeeded", "failed"})
"""What the provider has said of a transfer: nobody asks until it says something else."""
TOLD: Final = frozenset({"version", "needs_attention", "allowed", "refused"})
"""What of the view a reset may change: it is an entry of its own, and needs attention."""
RANKED: Final = frozenset({"version", "entry", "needs_attention", "run_started_at", "history_length", "decided_at"})
"""The same of the row, and of which run it is."""


@dataclass(frozen=True)
class Picture:
    """Everything that is known of an order, at rest."""

    view: dict[str, Any]
    row: dict[str, Any]
    timeline: list[dict[str, Any]]
    book: dict[str, Any]
    calls: list[dict[str, Any]]
    inboxes: dict[str, list[str]]


async def picture(theatre: Theatre) -> Picture:
    """The order as it is when it has come to rest: every call answered, and everything recorded."""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not await _at_rest(theatre):
            await asyncio.sleep(0.05)
    row, timeline = await theatre.row(), await theatre.timeline()
    assert [entry["entry"] for entry in timeline] == list(range(1, row["entry"] + 1))
    calls = await theatre.pool.fetch("SELECT * FROM payment_calls WHERE order_id = $1 ORDER BY key", theatre.order_id)
    inboxes = {role: await theatre.inbox(role) for role in ("buyer", "seller", "platform")}
    view, book = await theatre.view(), await theatre.book()
    return Picture(view, row, timeline, book, [dict(call) for call in calls], inboxes)


async def _at_rest(theatre: Theatre) -> bool:
    try:
        view, row = await theatre.view(), await theatre.row()
    except (WorkflowQueryFailedError, AssertionError):  # it is being loaded, or not recorded yet
        return False
    states = {transfer["state"] for kind in ("refunds", "releases") for transfer in view[kind]}
    return view["version"] == row["version"] and states <= AT_REST and await theatre.rests()


async def reset(theatre: Theatre, finish: int, again: Again = "re-applied") -> None:
    """Reset the order's last run, open or closed, to the task that ended with the event `finish`: it is done anew."""
    run_id = (await theatre.handle.describe()).run_id
    execution = WorkflowExecution(workflow_id=theatre.handle.id, run_id=run_id)
    answer = await theatre.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=theatre.client.namespace,
            workflow_execution=execution,
            reason="to unstick it",
            workflow_task_finish_event_id=finish,
            request_id=uuid4().hex,
            reset_reapply_exclude_types=EXCLUDED if again == "excluded" else (),
        )
    )
    assert answer.run_id != run_id


async def finish_of(theatre: Theatre, point: Point) -> int:
    """The event with which that task ended."""
    events = (await theatre.handle.fetch_history()).events
    ended = [event.event_id for event in events if event.event_type == ENDED]
    match point:
        case "money":
            return [asked for event in events if (asked := _asked_for_money(event))][-1]
        case "update":
            taken = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
            last = [event.event_id for event in events if event.event_type == taken][-1]
            return max(finish for finish in ended if finish < last)
        case "first":
            return ended[0]
        case "last":
            return ended[-1]


def _asked_for_money(event: HistoryEvent) -> int | None:
    """The end of the task that made this call, if the event is one."""
    if event.event_type != EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
        return None
    scheduled = event.activity_task_scheduled_event_attributes
    return scheduled.workflow_task_completed_event_id if scheduled.activity_type.name.startswith("send_") else None


async def unnamed(theatre: Theatre, finish: int, again: Again) -> int:
    """How many commands without a request id come to the new run: of the task that is done anew, and re-applied."""
    events = (await theatre.handle.fetch_history()).events
    before = max(
        (event.event_id for event in events if event.event_type == ENDED and event.event_id < finish), default=0
    )
    until = len(events) if again == "re-applied" else finish
    signals = [
        event.workflow_execution_signaled_event_attributes
        for event in events[before:until]
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    ]
    return sum(
        b"request_id" not in signal.input.payloads[0].data for signal in signals if signal.signal_name in COMMANDS
    )


async def told_of(theatre: Theatre, resets: int = 1) -> list[dict[str, Any]]:
    """The timeline, once it says so often that the order was reset."""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while True:
            timeline = await theatre.timeline()
            told = [entry for entry in timeline if entry["name"] == "reset"]
            assert {(entry["role"], entry["party_id"]) for entry in told} <= {("platform", "temporal")}
            if len(told) >= resets:
                return timeline
            await asyncio.sleep(0.02)


def assert_same_order(before: Picture, after: Picture, *, came_again: int = 0) -> None:
    """But for the reset itself, and for what is recorded as come again, nothing is another than before.

    Facts and the provider's answers may come again as well: they are known, and stand there as news of nothing new.
    """
    old = len(before.timeline)
    assert after.timeline[:old] == before.timeline, "what stood there stands there"
    new = after.timeline[old:]
    told = [(entry["name"], entry["outcome"]) for entry in new]
    assert told[:1] == [("reset", "accepted")], told
    assert {outcome for _, outcome in told[1:]} <= {"recorded"}, told
    assert sum(name in COMMANDS for name, _ in told) == came_again, told
    assert not any(_money(entry) for entry in new)
    assert _without(after.view, TOLD) == _without(before.view, TOLD)
    assert _without(after.row, RANKED | {"state"}) == _without(before.row, RANKED | {"state"})
    assert _listed(after) - _listed(before) == {("reset", f"{after.row['order_id']}-reset-1")}
    assert after.row["needs_attention"]
    assert _transfers(after.book) == _transfers(before.book), "nothing moved"
    assert [_said(call) for call in after.calls] == [_said(call) for call in before.calls]
    for role, kinds in before.inboxes.items():
        more = ["order_reset"] if role == "platform" else []
        assert after.inboxes[role] == kinds + more, "nobody is told twice"


def assert_agrees(one: Picture) -> None:
    """Order, row, timeline, our calls and the provider's book say the same of its money."""
    for column in ("captured", "refunded", "refunding", "released", "held", "shortfall"):
        assert one.row[column] == one.view[column]
        assert sum(_money(entry).get(column, 0) for entry in one.timeline) == one.view[column], column
    back = sum(refund["amount"] for refund in one.book["refunds"] if refund["state"] != "failed")
    out = sum(release["amount"] for release in one.book["releases"] if release["state"] != "failed")
    assert back <= one.view["refunded"] + one.view["refunding"]
    assert out <= sum(release["amount"] for release in one.view["releases"])
    assert back + out <= one.view["captured"], "more left than came"


def _money(entry: dict[str, Any]) -> dict[str, int]:
    """What the entry moved, by the ledger's columns."""
    money: dict[str, int] = json.loads(entry["money"])
    return money


def _without(given: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in names}


def _listed(one: Picture) -> set[tuple[str, str]]:
    return {(found["kind"], found["subject"]) for found in one.view["needs_attention"]}


def _transfers(book: dict[str, Any]) -> dict[str, Any]:
    """What moved, without who asked about it."""
    return {kind: [(each["amount"], each["state"]) for each in book[kind]] for kind in ("refunds", "releases", "voids")}


def _said(call: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(call[name] for name in ("key", "kind", "record_id", "attempt", "amount", "state"))
