"""Stuck orders on a real server: each is found with its reason, is told once, and ends when the order goes on (R39)."""

import asyncio
import shlex
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowQueryFailedError

from activities.stuck import ended, look, lost, overdue
from activities.stuck.ended import FIRST_LOOK, OVERLAP
from activities.stuck.lost import ASKED_AT_MOST
from activities.stuck.overdue import OVERDUE_AFTER
from activities.stuck.table import StuckOrder, resolve_lost
from tests.pausing import pause, unpause
from tests.starter.bugs import Stumbles
from tests.starter.test_cli_live import CommandLine
from tests.workflow.reconciling import Marketplace
from tests.workflow.theatre import BUYER, PATIENCE, captured, start_input
from tests.workflow.watching import LONG_OVERDUE, NEXT_LOOK, NothingIsWritten, Watch
from workflows.messages.ids import workflow_id
from workflows.messages.stuck import Kind
from workflows.messages.waking import RECORDS_DUE
from workflows.run.clock import Clock

TRY: Final = timedelta(seconds=1)
"""Of a workflow task: a server waits for the next attempt no longer."""


@pytest.fixture
def watch(dark_marketplace: Marketplace) -> Watch:
    return Watch(dark_marketplace)


@pytest.fixture
def countermand(dark_marketplace: Marketplace) -> CommandLine:
    return CommandLine(
        TEMPORAL_ADDRESS=dark_marketplace.client.service_client.config.target_host,
        DATABASE_URL=dark_marketplace.url,
        COUNTERMAND_TASK_QUEUE=dark_marketplace.task_queue,
    )


def remedy(found: StuckOrder) -> list[str]:
    """The words of the command that it names."""
    _, _, command = found.remedy.partition("countermand ")
    return shlex.split(command)


async def recorded(watch: Watch, order_id: str, entry: int = 1) -> None:
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not await watch.marketplace.pool.fetchval(
            "SELECT true FROM orders WHERE order_id = $1 AND entry >= $2", order_id, entry
        ):
            await asyncio.sleep(0.02)


async def passed(watch: Watch, order_id: str) -> None:
    """Wait until its next deadline has passed on the server's clock too: the looks' own is far ahead of that."""
    at = await watch.marketplace.pool.fetchval("SELECT next_deadline_at FROM orders WHERE order_id = $1", order_id)
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while datetime.now(UTC) < at:
            await asyncio.sleep(0.02)


async def started(watch: Watch, order_id: str) -> None:
    """An order whose workflow tasks are given up soon."""
    market = watch.marketplace
    await market.client.start_workflow(
        "Order", start_input(order_id), id=workflow_id(order_id), task_queue=market.task_queue, task_timeout=TRY
    )
    await recorded(watch, order_id)


async def test_healthy_orders_are_not_stuck(watch: Watch, order_id: str) -> None:
    async with watch.marketplace.worker():
        await watch.marketplace.order(order_id)
        await watch.marketplace.refunding(f"{order_id[:50]}-paid")
        looked = [await watch.look() for _ in range(3)]
    assert [dict(one.stuck) for one in looked] == [dict.fromkeys(Kind, 0)] * 3
    assert await watch.marketplace.pool.fetchval("SELECT count(*) FROM stuck") == 0


async def test_R39_an_order_whose_task_fails_is_stuck_until_the_bug_is_mended(watch: Watch, order_id: str) -> None:
    bug = Stumbles("add_note")
    async with watch.marketplace.worker(bug):
        await started(watch, order_id)
        await watch.note(order_id)
        found = await watch.until(order_id, Kind.FAILING)
        assert "our code raises an error" in found.reason
        assert "Roll the workers back, or mend it" in found.remedy
        for _ in range(3):
            await watch.look()
        assert await watch.notices(order_id) == [f"Order {order_id} is stuck. {found.reason} {found.remedy}"]
        bug.mended = True
        await watch.until_gone(order_id)
        await recorded(watch, order_id, 2)


async def test_R39_a_paused_order_is_stuck_until_it_is_unpaused(watch: Watch, order_id: str) -> None:
    async with watch.marketplace.worker():
        await started(watch, order_id)
        await pause(watch.marketplace.client, workflow_id(order_id), "is this\na fraud?")
        found = await watch.until(order_id, Kind.PAUSED)
        assert "(“is this a fraud?”)" in found.reason
        assert f"temporal workflow unpause --workflow-id {workflow_id(order_id)}" in found.remedy
        await unpause(watch.marketplace.client, workflow_id(order_id))
        await watch.until_gone(order_id)


async def test_R39_a_paused_order_whose_deadline_passes_is_told_as_paused_only(watch: Watch, order_id: str) -> None:
    async with watch.marketplace.worker():
        await started(watch, order_id)
        await watch.is_overdue(order_id)
        await pause(watch.marketplace.client, workflow_id(order_id))
        await watch.until(order_id, Kind.PAUSED)
        for _ in range(3):
            await watch.look()
    assert [one.kind for one in await watch.listed(order_id)] == [Kind.PAUSED]
    assert len(await watch.notices(order_id)) == 1


async def test_R39_a_terminated_order_is_stuck_until_the_command_of_its_remedy_wakes_it(
    watch: Watch, order_id: str, countermand: CommandLine
) -> None:
    async with watch.marketplace.worker():
        await started(watch, order_id)
        await watch.run(order_id).terminate(reason="by mistake")
        found = await watch.until(order_id, Kind.TERMINATED)
        assert "terminated it in Temporal (“by mistake”)" in found.reason
        assert abs(found.since - datetime.now(UTC)) < PATIENCE, "when it was terminated"
        await watch.look()
        assert len(await watch.notices(order_id)) == 1
        ran = await countermand(*remedy(found))
        assert ran.code == 0, ran.err
        await watch.until_gone(order_id)
        assert (await watch.status(order_id)).status == "running"


async def test_a_settled_order_that_is_terminated_afterwards_is_not_stuck(watch: Watch, order_id: str) -> None:
    """Whatever ends badly once its order is settled: a second start of it, or a run that was only woken."""
    async with watch.marketplace.worker():
        handle = await watch.marketplace.order(order_id)
        await handle.execute_update("request_cancellation", {"by": BUYER})
        await handle.result()
        await watch.start_over(order_id, start_input(order_id))
        await watch.marketplace.listed(1, f"WorkflowId = '{workflow_id(order_id)}' AND ExecutionStatus = 'Failed'")
        looked = [await watch.look() for _ in range(2)]
    assert [one.woken for one in looked] == [0, 0]
    assert await watch.marketplace.pool.fetchval("SELECT count(*) FROM stuck") == 0


async def test_R39_two_looks_at_once_tell_once(watch: Watch, order_id: str) -> None:
    async with watch.marketplace.worker():
        await started(watch, order_id)
        await pause(watch.marketplace.client, workflow_id(order_id))
        await watch.marketplace.listed(1, f"WorkflowId = '{workflow_id(order_id)}' AND ExecutionStatus = 'Paused'")
        await asyncio.gather(*(watch.looks().look() for _ in range(8)))
    assert len(await watch.listed(order_id)) == 1
    assert len(await watch.notices(order_id)) == 1


async def test_an_order_that_is_stuck_again_is_told_again(watch: Watch, order_id: str) -> None:
    async with watch.marketplace.worker():
        await started(watch, order_id)
        for times in (1, 2):
            await pause(watch.marketplace.client, workflow_id(order_id))
            await watch.until(order_id, Kind.PAUSED)
            assert len(await watch.notices(order_id)) == times
            await unpause(watch.marketplace.client, workflow_id(order_id))
            await watch.until_gone(order_id)


# Overdue: the row says so, and the run is asked.


async def test_R39_an_overdue_order_without_a_worker_is_stuck_until_one_is_back(watch: Watch, order_id: str) -> None:
    async with watch.marketplace.worker():
        await started(watch, order_id)
    await watch.is_overdue(order_id)
    await watch.look()
    assert await watch.listed(order_id) == [], "a worker may be just back"
    await watch.look()
    (found,) = await watch.listed(order_id)
    assert found.kind is Kind.OVERDUE
    assert "no worker serves" in found.reason or "does not answer within 3 s" in found.reason
    assert "Look whether workers run" in found.remedy
    assert len(await watch.notices(order_id)) == 1
    async with watch.marketplace.worker():
        # It goes on: its record says that nothing is overdue.
        await watch.note(order_id)
        await recorded(watch, order_id, 2)
        await watch.until_gone(order_id)
    assert len(await watch.notices(order_id)) == 1


async def test_an_order_of_which_only_the_row_is_behind_writes_it_and_is_not_stuck(watch: Watch, order_id: str) -> None:
    async with watch.marketplace.worker():
        await started(watch, order_id)
        await watch.is_overdue(order_id)
        await watch.look()
        events = (await watch.run(order_id).fetch_history()).events
        signals = [
            event.workflow_execution_signaled_event_attributes.signal_name
            for event in events
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
        ]
        assert signals == [RECORDS_DUE]
        await recorded(watch, order_id, 1)
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while await watch.marketplace.pool.fetchval(
                "SELECT next_deadline_at < now() FROM orders WHERE order_id = $1", order_id
            ):
                await asyncio.sleep(0.02)
        await watch.look()
    assert await watch.listed(order_id) == []
    assert await watch.notices(order_id) == []


@pytest.mark.parametrize(("late", "stuck"), [(OVERDUE_AFTER - TRY, False), (OVERDUE_AFTER + TRY, True)])
async def test_a_deadline_must_have_passed_by_a_minute(
    watch: Watch, order_id: str, late: timedelta, *, stuck: bool
) -> None:
    async with watch.marketplace.worker():
        await started(watch, order_id)
    watch.at = datetime.now(UTC) + timedelta(hours=1)
    await watch.marketplace.pool.execute("UPDATE orders SET next_deadline_at = $1", watch.at - late)
    await watch.look(timedelta())
    assert await watch.marketplace.pool.fetchval("SELECT count(*) FROM stuck") == int(stuck)


async def copies(watch: Watch, order_id: str, count: int) -> None:
    """Overdue rows like that of the order, and no workflow to any of them."""
    await watch.marketplace.pool.execute(
        "INSERT INTO orders SELECT (jsonb_populate_record(orders, jsonb_build_object('order_id', $1 || number,"
        " 'next_deadline_at', now() - interval '1 hour'))).*"
        " FROM orders, generate_series(1, $2::integer) AS number WHERE order_id = $3",
        f"{order_id[:50]}-",
        count,
        order_id,
    )


async def test_one_look_asks_so_many_overdue_orders_and_the_next_ones_the_rest(
    watch: Watch, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that one look could not ask come first in the next: whatever stands in the list is not in their way."""
    async with watch.marketplace.worker():
        await started(watch, order_id)
    await copies(watch, order_id, 5)
    monkeypatch.setattr(overdue, "ASKED_ANEW", 2)
    found = [sum((await watch.look()).stuck.values()) for _ in range(4)]
    assert found == [2, 4, 5, 5]


@pytest.mark.parametrize("most", [1, 2])
async def test_beyond_so_many_overdue_orders_no_more_are_asked(
    watch: Watch, order_id: str, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    names = [f"{order_id[:50]}-{number}" for number in (1, 2)]
    async with watch.marketplace.worker():
        for name in names:
            await started(watch, name)
    for name in names:
        await watch.is_overdue(name)
    monkeypatch.setattr(overdue, "MAX_OVERDUE", most)
    monkeypatch.setattr(overdue, "ASKED_ANEW", 1)
    for _ in range(3):
        await watch.look()
    assert await watch.marketplace.pool.fetchval("SELECT count(*) FROM stuck") == min(most, len(names))


async def stand_in(watch: Watch, order_id: str, **answers: Any) -> None:
    """The order is recorded; then one stands in for it that answers so."""
    async with watch.marketplace.worker():
        await started(watch, order_id)
    await watch.stand_in(order_id, **answers)


def order_view(*deadlines: tuple[str, datetime]) -> dict[str, Any]:
    return {"deadlines": [{"kind": kind, "at": at.isoformat(), "party": "buyer"} for kind, at in deadlines]}


async def test_R39_an_order_whose_timer_never_comes_is_stuck_until_the_command_of_its_remedy_settles_it(
    watch: Watch, order_id: str, countermand: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Clock, "set", lambda clock, at, summary: None)
    async with watch.marketplace.worker(sandboxed=False):
        await watch.marketplace.order(order_id, pay_within="PT1S")
        await recorded(watch, order_id)
        watch.at = datetime.now(UTC) + OVERDUE_AFTER + 2 * TRY
        for _ in range(2):
            await watch.look()
        (found,) = await watch.listed(order_id)
        assert "It still waits for the end of the time to pay, which passed on" in found.reason
        assert (await watch.run(order_id).query("order"))["stage"] == "pending_payment"
        await passed(watch, order_id)
        ran = await countermand(*remedy(found))
        assert ran.code == 0, ran.err
        async with asyncio.timeout(PATIENCE.total_seconds()):
            assert (await watch.run(order_id).result())["reason"] == "payment_expired"
        await watch.until_gone(order_id)


async def test_an_order_that_answers_and_still_waits_is_stuck_with_the_deadline(watch: Watch, order_id: str) -> None:
    past, ahead = datetime.now(UTC) - LONG_OVERDUE, datetime.now(UTC) + timedelta(days=1)
    await stand_in(watch, order_id, order=order_view(("pay_by", past), ("ship_by", ahead)))
    await watch.is_overdue(order_id)
    async with watch.stand_ins():
        await watch.look()
        await watch.look()
    found = next(one for one in await watch.listed(order_id) if one.kind is Kind.OVERDUE)
    assert "the end of the time to pay, which passed on" in found.reason
    assert "its timer has not come" in found.reason
    assert f"countermand send {order_id} add_note" in found.remedy
    assert "--signal" in found.remedy, "a refused update would leave the deadline as it is"


async def test_a_row_that_stays_behind_is_told_and_asked_for_once(watch: Watch, order_id: str) -> None:
    await stand_in(watch, order_id, order=order_view(("ship_by", datetime.now(UTC) + timedelta(days=1))))
    await watch.is_overdue(order_id)
    async with watch.stand_ins():
        for _ in range(3):
            await watch.look()
        history = await watch.run(order_id).fetch_history()
    names = [event.workflow_execution_signaled_event_attributes.signal_name for event in history.events]
    assert names.count(RECORDS_DUE) == 1
    found = next(one for one in await watch.listed(order_id) if one.kind is Kind.OVERDUE)
    assert "not written down" in found.reason


async def test_an_order_that_loads_for_long_is_stuck(watch: Watch, order_id: str) -> None:
    await stand_in(watch, order_id)
    await watch.is_overdue(order_id)
    async with watch.stand_ins():
        await watch.look()
        await watch.look()
    assert "still being loaded" in next(one.reason for one in await watch.listed(order_id) if one.kind is Kind.OVERDUE)


async def test_an_order_of_which_temporal_has_no_workflow_is_stuck(watch: Watch, order_id: str) -> None:
    async with watch.marketplace.worker():
        await started(watch, order_id)
    await watch.marketplace.pool.execute("UPDATE orders SET order_id = $1", f"{order_id[:50]}-gone")
    await watch.is_overdue(f"{order_id[:50]}-gone")
    await watch.look()
    (found,) = await watch.listed(f"{order_id[:50]}-gone")
    assert found.kind is Kind.TERMINATED
    assert "Temporal has no workflow of it" in found.reason


async def test_an_order_that_is_settled_and_whose_row_waits_is_for_reconciliation(watch: Watch, order_id: str) -> None:
    """As after a backup was restored."""
    market = watch.marketplace
    async with market.worker():
        handle = await market.order(order_id)
        await recorded(watch, order_id)
        before = await market.pool.fetchrow("SELECT stage, version, entry FROM orders WHERE order_id = $1", order_id)
        await handle.execute_update("request_cancellation", {"by": BUYER})
        await handle.result()
        assert before
        await market.pool.execute(
            "UPDATE orders SET closed_at = NULL, stage = $2, version = $3, entry = $4 WHERE order_id = $1",
            order_id,
            *before,
        )
        await watch.is_overdue(order_id)
        await watch.look()
        await watch.look()
        (found,) = await watch.listed(order_id)
        assert "Postgres is older than the order" in found.reason
        assert found.remedy.endswith("countermand reconcile")
        await market.reconcile()
        await watch.until_gone(order_id)


# What Temporal lists.


async def test_what_may_stand_on_another_page_is_not_ended(
    watch: Watch, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{order_id[:50]}-{number}" for number in (1, 2)]
    async with watch.marketplace.worker():
        for name in names:
            await started(watch, name)
            await pause(watch.marketplace.client, workflow_id(name))
            await watch.until(name, Kind.PAUSED)
        monkeypatch.setattr(look, "LISTED_AT_ONCE", 1)
        await watch.look()
        assert [len(await watch.listed(name)) for name in names] == [1, 1]
        monkeypatch.setattr(look, "LISTED_AT_ONCE", 2)
        await unpause(watch.marketplace.client, workflow_id(names[0]))
        await watch.until_gone(names[0])
        assert len(await watch.listed(names[1])) == 1


@pytest.mark.parametrize(("first", "back"), [(True, FIRST_LOOK), (False, OVERLAP)])
async def test_a_look_lists_what_ended_since_the_last_one_and_a_while_before(
    watch: Watch, order_id: str, *, first: bool, back: timedelta
) -> None:
    """The very first one has a longer while."""
    pool = watch.marketplace.pool
    async with watch.marketplace.worker():
        await started(watch, order_id)
        await watch.run(order_id).terminate()
        await watch.marketplace.listed(1, "ExecutionStatus = 'Terminated'")
        closed_at = (await watch.status(order_id)).closed_at
        assert closed_at
        for early, found in ((-TRY, 0), (TRY, 1)):
            last = closed_at + back - early
            await pool.execute("UPDATE looks SET began_at = $1", None if first else last)
            watch.at = last if first else datetime.now(UTC)
            await watch.look(timedelta())
            assert await pool.fetchval("SELECT count(*) FROM broken_runs") == found


async def test_one_look_judges_so_many_ended_runs_and_the_next_ones_the_rest(
    watch: Watch, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ended, "JUDGED_AT_ONCE", 2)
    monkeypatch.setattr(lost, "READ_AT_ONCE", 1)
    async with watch.marketplace.worker():
        for number in range(3):
            await started(watch, name := f"{order_id[:50]}-{number}")
            await watch.run(name).terminate()
        await watch.marketplace.listed(3, "ExecutionStatus = 'Terminated'")
        looked = [(await watch.look()).stuck[Kind.TERMINATED] for _ in range(3)]
        read = await watch.marketplace.pool.fetchval("SELECT count(*) FROM broken_runs WHERE read_at IS NOT NULL")
    assert (looked, read) == ([2, 3, 3], 3)


# Runs that ended badly.


@pytest.mark.parametrize("start", [("nonsense",), ({"order_id": "another"},), ()])
async def test_R38_a_start_that_terminates_an_order_and_fails_leaves_it_running(
    watch: Watch, order_id: str, start: tuple[Any, ...]
) -> None:
    async with watch.marketplace.worker():
        await started(watch, order_id)
        await watch.start_over(order_id, *start)
        await watch.marketplace.listed(2, f"WorkflowId = '{workflow_id(order_id)}' AND CloseTime IS NOT NULL")
        woken = (await watch.look()).woken
        assert woken == 1
        assert (await watch.status(order_id)).status == "running"
        await watch.note(order_id)
        await recorded(watch, order_id, 2)
        assert (await watch.look()).woken == 0
    assert await watch.listed(order_id) == []
    assert await watch.notices(order_id) == []


async def test_R38_an_order_that_was_woken_so_is_the_same_order(watch: Watch, order_id: str) -> None:
    async with watch.marketplace.worker():
        handle = await watch.marketplace.paid(order_id)
        await recorded(watch, order_id, 2)
        before = await handle.query("order")
        await watch.start_over(order_id, {"nonsense": True})
        await watch.marketplace.listed(2, f"WorkflowId = '{workflow_id(order_id)}' AND CloseTime IS NOT NULL")
        await watch.look()
        await watch.rests(order_id)
        after = await _loaded(watch, order_id)
    assert {name: after[name] for name in ("stage", "held", "deadlines")} == {
        name: before[name] for name in ("stage", "held", "deadlines")
    }


async def _loaded(watch: Watch, order_id: str) -> dict[str, Any]:
    """The order's view. No task is pending while its state is being loaded, and until then it says to ask again."""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while True:
            try:
                found: dict[str, Any] = await watch.run(order_id).query("order")
            except WorkflowQueryFailedError:
                await asyncio.sleep(0.05)
            else:
                return found


async def test_an_order_that_was_reset_is_not_terminated(watch: Watch, order_id: str) -> None:
    market = watch.marketplace
    async with market.worker():
        await started(watch, order_id)
        await watch.note(order_id)
        await recorded(watch, order_id, 2)
        await market.client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=market.client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=workflow_id(order_id)),
                reason="to unstick it",
                workflow_task_finish_event_id=4,
                request_id=order_id,
            )
        )
        await market.listed(1, f"WorkflowId = '{workflow_id(order_id)}' AND ExecutionStatus = 'Terminated'")
        for _ in range(2):
            await watch.look()
    assert [one.kind for one in await watch.listed(order_id)] == []


async def test_R38_a_payment_that_only_a_terminated_run_knew_is_listed(watch: Watch, order_id: str) -> None:
    postgres = NothingIsWritten()
    async with watch.marketplace.worker(postgres):
        postgres.away = False
        await started(watch, order_id)
        postgres.away = True
        await watch.run(order_id).execute_update("payment_captured", captured())
        await watch.run(order_id).terminate()
        postgres.away = False
        await watch.marketplace.listed(1, "ExecutionStatus = 'Terminated'")
        for _ in range(2):
            await watch.look()
        found = {one.kind: one for one in await watch.listed(order_id)}
        assert set(found) == {Kind.TERMINATED, Kind.LOST}
        assert "has left one entry unwritten: payment_captured." in found[Kind.LOST].reason
        # As the remedies say: it goes on, and what was lost is sent again.
        await watch.wake(order_id)
        await watch.run(order_id).execute_update("payment_captured", captured())
        await recorded(watch, order_id, 3)
        for _ in range(2):
            await watch.look()
        assert [one.kind for one in await watch.listed(order_id)] == [Kind.LOST], "until somebody says so"


def made(entry: int, name: str, at: datetime, request_id: str | None = None) -> dict[str, Any]:
    """An entry of a timeline, with a text that is nobody's business."""
    return {
        "entry": entry,
        "at": at.isoformat(),
        "role": "buyer",
        "party_id": "b-7",
        "name": name,
        "outcome": "accepted",
        "from_stage": "pending_payment",
        "to_stage": "pending_payment",
        "summary": "Something private",
        "text": "My address is Elm Street 1",
        "request_id": request_id,
    }


async def standing(watch: Watch, order_id: str) -> dict[str, Any]:
    """What the real order says of itself."""
    told: dict[str, Any] = await watch.run(order_id).query("record")
    return told


async def ended_with(
    watch: Watch, order_id: str, told: dict[str, Any], *entries: dict[str, Any], runs: int = 1
) -> None:
    """A run that had made these entries is terminated, and so many runs of the order before it."""
    await watch.stand_in(order_id, record={**told, "batch": {**told["batch"], "timeline": list(entries)}})
    async with watch.stand_ins():
        await watch.rests(order_id)
        await watch.run(order_id).terminate(reason="in the middle")
        await watch.marketplace.listed(
            runs + 1, f"WorkflowId = '{workflow_id(order_id)}' AND ExecutionStatus = 'Terminated'"
        )
        for _ in range(2):
            await watch.look()


async def test_R38_what_an_ended_run_had_not_written_is_listed_by_name_until_somebody_says_so(
    watch: Watch, order_id: str
) -> None:
    now = datetime.now(UTC)
    async with watch.marketplace.worker():
        await started(watch, order_id)
        told = await standing(watch, order_id)
    await ended_with(watch, order_id, told, made(2, "payment_captured", now), made(3, "send_message", now))
    found = next(one for one in await watch.listed(order_id) if one.kind is Kind.LOST)
    assert "has left 2 entries unwritten: payment_captured, send_message." in found.reason
    assert f"countermand resolve {found.id} --stuck --note" in found.remedy
    (notice,) = [text for text in await watch.notices(order_id) if "may be lost" in text]
    everything = await watch.marketplace.pool.fetch("SELECT stuck::text FROM stuck")
    for private in ("Elm Street", "Something private"):
        assert private not in notice
        assert private not in "".join(row[0] for row in everything)
    assert await resolve_lost(watch.marketplace.pool, found.id, "sent again") is Kind.LOST
    for _ in range(2):
        await watch.look()
    assert [one.kind for one in await watch.listed(order_id)] == [Kind.TERMINATED]


async def test_what_stands_in_the_timeline_all_the_same_is_not_lost(watch: Watch, order_id: str) -> None:
    """A deadline at its own instant, and a command that came again with a reset, whatever numbers they have now."""
    now = datetime.now(UTC)
    pool = watch.marketplace.pool
    async with watch.marketplace.worker():
        await started(watch, order_id)
        await watch.note(order_id)
        await recorded(watch, order_id, 2)
        told = await standing(watch, order_id)
    await pool.execute("UPDATE timeline SET name = 'pay_by', at = $1 WHERE entry = 2", now)
    await pool.execute("UPDATE timeline SET request_id = 'again' WHERE entry = 1")
    (first,) = await pool.fetch("SELECT name FROM timeline WHERE entry = 1")
    again = made(7, first["name"], now + LONG_OVERDUE, "again")
    await ended_with(watch, order_id, told, made(5, "pay_by", now), again)
    assert await pool.fetchval("SELECT count(*) FROM stuck WHERE kind = 'lost'") == 0
    await ended_with(watch, order_id, told, made(5, "pay_by", now), {**again, "request_id": "another"}, runs=2)
    (facts,) = await pool.fetch("SELECT facts FROM stuck WHERE kind = 'lost'")
    assert '"count": "1"' in facts["facts"]


async def test_what_was_written_a_moment_later_is_not_told(watch: Watch, order_id: str) -> None:
    """A record may be under way while its run is terminated."""
    now = datetime.now(UTC)
    async with watch.marketplace.worker():
        await started(watch, order_id)
        told = await standing(watch, order_id)
    await ended_with(watch, order_id, told, made(2, "payment_captured", now))
    await watch.marketplace.pool.execute(
        "UPDATE stuck SET told_at = NULL, found_at = $1 WHERE kind = 'lost'", watch.at + NEXT_LOOK
    )
    await watch.marketplace.pool.execute(
        "INSERT INTO timeline"
        " SELECT order_id, 2, $1, role, party_id, 'payment_captured', outcome, from_stage, to_stage, summary, why,"
        " money, text, attachments, platform_only, request_id FROM timeline WHERE entry = 1",
        now,
    )
    await watch.look()
    assert [one.kind for one in await watch.listed(order_id)] == [Kind.TERMINATED]


async def test_a_run_that_was_ended_while_it_loaded_names_the_messages_in_its_history(
    watch: Watch, order_id: str
) -> None:
    async with watch.marketplace.worker():
        await started(watch, order_id)
    await watch.stand_in(order_id)
    async with watch.stand_ins():
        await watch.note(order_id)
        run = watch.run(order_id)
        await run.signal(RECORDS_DUE)
        await watch.rests(order_id)
        await run.terminate("too slow")
        await watch.marketplace.listed(2, f"WorkflowId = '{workflow_id(order_id)}' AND ExecutionStatus = 'Terminated'")
        for _ in range(2):
            await watch.look()
    found = next(one for one in await watch.listed(order_id) if one.kind is Kind.LOST)
    assert "In its history one message waits: add_note." in found.reason


@pytest.mark.parametrize("messages", [0, 2])
async def test_of_a_run_that_was_ended_before_it_did_anything_only_messages_can_be_lost(
    watch: Watch, order_id: str, messages: int
) -> None:
    """Nobody can ask it: it never had a worker."""
    async with watch.marketplace.worker():
        await started(watch, order_id)
    await watch.stand_in(order_id)
    for _ in range(messages):
        await watch.note(order_id)
    await watch.run(order_id).terminate()
    await watch.marketplace.listed(2, f"WorkflowId = '{workflow_id(order_id)}' AND ExecutionStatus = 'Terminated'")
    async with watch.marketplace.worker():
        for _ in range(2):
            await watch.look()
    found = [one.reason for one in await watch.listed(order_id) if one.kind is Kind.LOST]
    assert len(found) == bool(messages)
    assert all("In its history 2 messages wait: add_note, add_note." in reason for reason in found)


async def test_a_run_that_cannot_be_asked_is_listed_after_some_looks(watch: Watch, order_id: str) -> None:
    """A task that fails, and then a Terminate: what came meanwhile is in history only."""
    bug = Stumbles("add_note")
    async with watch.marketplace.worker(bug):
        await started(watch, order_id)
        await watch.note(order_id)
        await watch.until(order_id, Kind.FAILING)
        run = watch.run(order_id)
        await run.signal("payment_captured", captured())
        await run.terminate("it fails")
        await watch.until(order_id, Kind.TERMINATED)
        asked = "SELECT asked FROM broken_runs WHERE order_id = $1"
        while (await watch.marketplace.pool.fetchval(asked, order_id)) < ASKED_AT_MOST:
            assert await watch.marketplace.pool.fetchval("SELECT count(*) FROM stuck WHERE kind = 'lost'") == 0
            await watch.look(timedelta(seconds=1))
        await watch.look()
    found = next(one for one in await watch.listed(order_id) if one.kind is Kind.LOST)
    assert "In its history 2 messages wait: add_note, payment_captured." in found.reason


# What stands beside the look.


async def test_reconciliation_reports_a_stuck_order_and_is_stopped_by_none(watch: Watch, order_id: str) -> None:
    """A failing one has no answer, an overdue one is like any other; the rest is compared all the same."""
    bug, market = Stumbles("add_note"), watch.marketplace
    failing, overdue, behind = (f"{order_id[:50]}-{name}" for name in ("failing", "overdue", "behind"))
    async with market.worker(bug):
        for name in (failing, overdue, behind):
            await started(watch, name)
        await watch.note(failing)
        await watch.until(failing, Kind.FAILING)
        await watch.is_overdue(overdue)
        await market.pool.execute("UPDATE orders SET stage = 'shipped' WHERE order_id = $1", failing)
        await market.pool.execute("DELETE FROM orders WHERE order_id = $1", behind)
        await market.reconcile()
        found = {key: row["kind"] for (_, key), row in (await market.disagreements()).items()}
    assert found == {failing: "unanswered", behind: "row_missing"}
