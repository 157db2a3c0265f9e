"""Whatever a record's answer meets, the history that is written can be replayed: one test for each meeting.

Each holds a record, lets a query come beside it, sends a second message, and opens the gate (`meetings.py`). A local
record's answer then reaches the workflow together with that message, and on replay before it: what hangs on it breaks.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pytest
from temporalio.client import WorkflowExecutionStatus

from tests.workflow.meetings import all_of, busy, meet, meet_remotely, signal, start, take_and_die, until, update
from tests.workflow.theatre import (
    BUYER,
    PATIENCE,
    PLATFORM,
    PROVIDER,
    SELLER,
    TOTAL,
    Refusal,
    Theatre,
    captured,
    start_input,
)
from workflows.run.lanes import MAX_EVENTS

MESSAGE: Final[dict[str, Any]] = {"by": BUYER, "to": "seller", "text": "Where is my lamp?"}
CANCEL: Final[dict[str, Any]] = {"by": SELLER, "reason": "out_of_stock"}
SHIP: Final[dict[str, Any]] = {"by": SELLER, "carrier": "UPS", "tracking": "1Z"}
AUTHORIZED: Final[dict[str, Any]] = {"by": PROVIDER, "payment_id": "p-1", "amount": TOTAL, "currency": "USD"}
SURPLUS: Final = captured(TOTAL + 101)
UNHEARD: Final[dict[str, Any]] = {"by": PROVIDER, "refund_id": "never-heard-of", "state": "succeeded"}
"""A late fact that cannot apply, and is recorded all the same."""
LONGEST: Final = "\U0001f4e6" * 4_000
"""The greatest text: 16 kB."""
WAITING: Final = 8
"""Queries that wait for a worker: of so many one comes before the task, whatever the server deals out first."""
GIVEN_UP_AFTER: Final = timedelta(seconds=2)
"""When the server gives up a task that a worker has taken; longer than another worker takes to come."""
WAYS: Final = pytest.mark.parametrize("way", [signal, update])


async def _paid(theatre: Theatre, **terms: str) -> None:
    await theatre.start(terms=terms)
    await theatre.pay()
    await theatre.recorded(2)


async def _whole(theatre: Theatre, entries: int) -> list[dict[str, Any]]:
    """The timeline, all of it there and once; the row is as the order says; and every history of it replays."""
    timeline = await theatre.recorded(entries)
    assert [entry["entry"] for entry in timeline] == list(range(1, entries + 1))
    view, row = await theatre.view(), await theatre.row()
    assert row["entry"] == entries
    compared = ("stage", "status", "version", "captured", "refunding", "refunded", "released", "held")
    assert {name: row[name] for name in compared} == {name: view[name] for name in compared}
    await theatre.replays()
    return timeline


async def _refund_is_pending(theatre: Theatre, amount: int) -> None:
    await theatre.when(lambda view: view["refunds"] and view["refunds"][0]["state"] == "pending")
    assert [refund["amount"] for refund in (await theatre.book())["refunds"]] == [amount]


async def _no_run_is_open(theatre: Theatre) -> None:
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while (await theatre.handle.describe()).status is WorkflowExecutionStatus.RUNNING:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("way", [signal, update])
@pytest.mark.parametrize("first", [signal, update])
async def test_two_commands(theatre: Theatre, first: Any, way: Any) -> None:
    """A message of the buyer, and the seller's cancellation with its refund."""
    await _paid(theatre)
    await meet(theatre, first("send_message", **MESSAGE), way("cancel_order", **CANCEL))
    await _refund_is_pending(theatre, TOTAL)
    told = await _whole(theatre, 5)
    assert [entry["name"] for entry in told[2:4]] == ["send_message", "cancel_order"]


@WAYS
async def test_a_surplus_payment_right_after_the_start(theatre: Theatre, way: Any) -> None:
    """What is too much goes back only when the start is known to be no second one."""
    await meet(theatre, start, way("payment_captured", **SURPLUS))
    await _refund_is_pending(theatre, 101)
    await _whole(theatre, 3)


@WAYS
async def test_a_shipment_beside_a_message(theatre: Theatre, way: Any) -> None:
    """What the bank promised is charged with it."""
    await theatre.start(terms={"capture": "at_shipment"})
    await theatre.update("payment_authorized", **AUTHORIZED, method="card")
    await theatre.recorded(2)
    await meet(theatre, update("send_message", **MESSAGE), way("ship", **SHIP))
    await theatre.when(lambda view: view["capture"]["state"] == "pending")
    assert [capture["amount"] for capture in (await theatre.book())["captures"]] == [TOTAL]
    await _whole(theatre, 5)


@WAYS
async def test_a_deadline_beside_a_message(theatre: Theatre, way: Any) -> None:
    """The clock does not move while a task is under way: so the deadline is the first, and the command the second."""
    await _paid(theatre, ship_within="P10D")

    async def reminder(theatre: Theatre) -> Sequence[asyncio.Task[Any]]:
        await theatre.forward(timedelta(days=9, seconds=5))
        return ()

    await meet(theatre, reminder, way("cancel_order", **CANCEL))
    await _refund_is_pending(theatre, TOTAL)
    told = await _whole(theatre, 5)
    assert [entry["outcome"] for entry in told[2:4]] == ["reminder", "accepted"]


@WAYS
async def test_a_late_fact_beside_the_last_record(theatre: Theatre, way: Any) -> None:
    """Cancelled unpaid, all is done but for the record; then the payment comes, and goes back."""
    await theatre.start()
    await theatre.recorded(1)
    await meet(theatre, update("request_cancellation", by=BUYER), way("payment_captured", **captured()))
    await _refund_is_pending(theatre, TOTAL)
    view = await theatre.view()
    assert (view["stage"], view["captured"], view["refunding"], view["held"]) == ("cancelled", TOTAL, TOTAL, 0)
    await _whole(theatre, 4)
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=view["refunds"][0]["refund_id"], state="succeeded")
    assert (await theatre.result())["refunded"] == TOTAL
    await _whole(theatre, 5)


@WAYS
async def test_a_late_fact_whose_own_record_is_under_way_when_the_last_one_is_answered(
    theatre: Theatre, way: Any
) -> None:
    """Whether another remote record follows must not hang on the local one."""
    await theatre.start()
    await theatre.recorded(1)
    await meet_remotely(theatre, update("request_cancellation", by=BUYER), way("refund_updated", **UNHEARD))
    assert (await theatre.result())["stage"] == "cancelled"
    await _whole(theatre, 3)


@WAYS
async def test_a_message_beside_the_record_after_which_the_order_continues_as_new(theatre: Theatre, way: Any) -> None:
    await _paid(theatre)
    run = (await theatre.handle.describe()).run_id
    sent = 0
    while (await theatre.handle.describe()).history_length <= MAX_EVENTS - 2:  # its task is two events longer
        await theatre.update("add_note", by=PLATFORM, text="The buyer called.")  # nobody's are used up
        sent += 1
    assert (await theatre.handle.describe()).run_id == run, "not yet: the next message makes it too long"
    await meet(theatre, update("send_message", **MESSAGE), way("cancel_order", **CANCEL))
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while (await theatre.handle.describe()).run_id == run:
            await asyncio.sleep(0.02)
    await _refund_is_pending(theatre, TOTAL)
    await _whole(theatre, 2 + sent + 3)


@WAYS
async def test_a_command_beside_a_record_that_fails_because_postgres_is_away(theatre: Theatre, way: Any) -> None:
    await _paid(theatre)
    theatre.records.away = True
    await meet(theatre, update("send_message", **MESSAGE), way("cancel_order", **CANCEL))
    assert (await theatre.until("cancelled"))["refunding"] == TOTAL
    theatre.records.away = False
    await _refund_is_pending(theatre, TOTAL)
    await _whole(theatre, 5)


async def test_a_megabyte_of_messages_while_postgres_is_away_and_then_the_end(theatre: Theatre) -> None:
    """More than one batch holds. The order ends when all of it is written, not before."""
    await theatre.start()
    await theatre.recorded(1)
    theatre.records.away = True
    messages = all_of([signal("send_message", **{**MESSAGE, "text": LONGEST})] * 60)
    await meet(theatre, messages, update("request_cancellation", by=BUYER))
    assert (await theatre.view())["stage"] == "cancelled"
    theatre.records.away = False
    assert (await theatre.result())["stage"] == "cancelled"
    told = await _whole(theatre, 62)
    assert sum(entry["text"] == LONGEST for entry in told) == 60


async def test_fifty_signals_within_the_last_record(theatre: Theatre) -> None:
    """All are recorded, and the one that is a payment goes back before the run ends."""
    await theatre.start()
    await theatre.recorded(1)
    facts = all_of([*[signal("refund_updated", **UNHEARD)] * 49, signal("payment_captured", **captured())])
    await meet(theatre, update("request_cancellation", by=BUYER), facts)
    await _refund_is_pending(theatre, TOTAL)
    refund_id = f"{theatre.order_id}-refund-1"
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=refund_id, state="succeeded")
    assert (await theatre.result())["refunded"] == TOTAL
    told = await _whole(theatre, 54)
    assert [entry["outcome"] for entry in told[2:51]] == ["recorded"] * 49


@pytest.mark.parametrize("times", [1, 3])
async def test_a_refused_command_to_a_settled_order_leaves_no_open_run(theatre: Theatre, times: int) -> None:
    """It wakes the order, which is loaded, refuses, and has nothing to record."""
    await theatre.start()
    await theatre.update("request_cancellation", by=BUYER)
    await theatre.result()
    waking = [theatre.update_waking("confirm_receipt", by=BUYER) for _ in range(times)]
    answers = await asyncio.gather(*waking, theatre.view(), return_exceptions=True)
    codes = [answer.code for answer in answers if isinstance(answer, Refusal)]
    assert codes == ["order_closed"] * times, answers
    await _no_run_is_open(theatre)
    await _whole(theatre, 2)


async def test_a_refused_command_beside_the_record_of_a_woken_order_leaves_no_open_run(theatre: Theatre) -> None:
    """A late fact has woken it, and its record is under way when the command comes."""
    await theatre.start()
    await theatre.update("request_cancellation", by=BUYER)
    await theatre.result()
    gate = theatre.records.holding = asyncio.Event()
    await theatre.wake("refund_updated", **UNHEARD)
    await until(lambda: theatre.records.held > 0)
    (refused,) = await update("confirm_receipt", by=BUYER)(theatre)
    gate.set()
    theatre.records.holding = None
    await asyncio.wait((refused,))
    assert refused.exception(), "refused, or the order was settled before it answered"
    await _no_run_is_open(theatre)
    told = await _whole(theatre, 3)
    assert told[2]["outcome"] == "recorded"


async def test_a_query_that_had_to_wait_for_a_worker_does_not_run_ahead_of_its_task(theatre: Theatre) -> None:
    """It brings a signal along whose task has not started; then that task brings an update. On replay both come at
    once, the answer first, and so they must live: whoever asked is told to ask again.
    """
    await theatre.start()
    await theatre.recorded(1)
    await theatre.dim()
    asked = [asyncio.create_task(theatre.view()) for _ in range(WAITING)]
    await asyncio.sleep(0.3)  # the server sends them on to the worker that will come: nothing of that can be looked at
    await theatre.signal("payment_captured", **captured())
    (shipped,) = await update("ship", **SHIP)(theatre)
    await theatre.open()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(answer, dict) or "ask again" in str(answer) for answer in answers), answers
    assert (await shipped)["stage"] == "shipped"
    await _whole(theatre, 3)


async def test_a_query_that_finds_a_task_of_a_worker_that_is_gone_does_not_run_ahead_of_the_next(
    theatre: Theatre,
) -> None:
    """It brings along what that worker had taken, and never answered. What comes until the server gives that task up
    comes with the next, and on replay with what the query brought.
    """
    await theatre.start_with(start_input(theatre.order_id), task_timeout=GIVEN_UP_AFTER)
    await theatre.recorded(1)
    await theatre.dim()
    asked = [asyncio.create_task(theatre.view()) for _ in range(WAITING)]
    await asyncio.sleep(0.3)  # the server sends them on to the worker that will come: nothing of that can be looked at
    await theatre.signal("payment_captured", **captured())
    await take_and_die(theatre)
    hands = await busy(theatre)
    hands.answer()
    await until(lambda: hands.asked)
    await theatre.signal("ship", **SHIP)
    await asyncio.gather(*asked, return_exceptions=True)
    assert (await theatre.until("shipped"))["stage"] == "shipped"
    await _whole(theatre, 3)
