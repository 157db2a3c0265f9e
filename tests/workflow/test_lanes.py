"""A lane that hangs holds up neither the clock nor an answer, and what was asked of it is done once."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio import workflow

from tests.process.orders import paid
from tests.workflow.theatre import BUYER, PATIENCE, PLATFORM, PROVIDER, SELLER, Refusal, Theatre
from workflows.run.lanes import Lanes


async def _approved(theatre: Theatre) -> str:
    await theatre.pay()
    await theatre.update("request_cancellation", by=BUYER, reason="changed_mind")
    approved = await theatre.update("decide_cancellation", by=SELLER, approve=True)
    assert approved["status"] == "cancellation_approved"
    refund_id: str = approved["refund_id"]
    return refund_id


async def test_R21_an_answer_that_was_lost_after_the_deed_is_one_refund(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.misbehave("refund", "error_after")
    refund_id = await _approved(theatre)
    await theatre.when(lambda view: view["refunds"][0]["state"] == "pending")
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=refund_id, state="succeeded")
    assert (await theatre.result())["refunded"] == 2299
    assert [refund["amount"] for refund in (await theatre.book())["refunds"]] == [2299]


async def test_R21_a_declined_refund_waits_for_the_platform_and_is_retried(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.misbehave("refund", "decline")
    refund_id = await _approved(theatre)
    view = await theatre.when(lambda view: view["refunds"][0]["state"] == "failed")
    assert [found["kind"] for found in view["needs_attention"]] == ["refund_failed"]
    await theatre.recorded(5)
    assert (await theatre.row())["refund_state"] == "needs_attention"
    assert "refund_needs_attention" in await theatre.inbox("platform")
    await theatre.update("retry_refund", by=PLATFORM, refund_id=refund_id)
    await theatre.when(lambda view: view["refunds"][0]["state"] == "pending")
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=refund_id, attempt=2, state="succeeded")
    result = await theatre.result()
    assert (result["captured"], result["refunded"], result["shortfall"]) == (2299, 2299, 0)


async def test_a_refund_that_hangs_does_not_hold_up_another_or_a_command(theatre: Theatre) -> None:
    """The surplus goes back while the provider hangs on the refund of a payment that was too small."""
    await theatre.start()
    await theatre.misbehave("refund", "time_out_before", times=1)
    await theatre.pay(100, "too-small")
    await theatre.pay(2_400, "with-surplus")
    view = await theatre.when(lambda view: view["refunds"][1]["state"] == "pending")
    assert view["refunds"][0]["state"] == "requested"
    shipped = await theatre.update("ship", by=SELLER, carrier="UPS", tracking="1Z")
    assert shipped["stage"] == "shipped"


async def test_R21_a_provider_that_stays_silent_is_shown_to_buyer_and_platform(theatre: Theatre) -> None:
    await theatre.start(terms={"refund_expected_within": "P1D", "refund_alert_after": "P2D"})
    refund_id = await _approved(theatre)
    await theatre.when(lambda view: view["refunds"][0]["state"] == "pending")
    await theatre.forward(timedelta(days=2, minutes=1))
    view = await theatre.when(lambda view: bool(view["needs_attention"]))
    assert [found["kind"] for found in view["needs_attention"]] == ["refund_overdue"]
    assert "refund_late" in await theatre.inbox("buyer")
    assert "refund_overdue" in await theatre.inbox("platform")
    told = await theatre.update("refund_updated", by=PLATFORM, refund_id=refund_id, state="succeeded")
    assert told["status"] == "cancelled"
    assert (await theatre.result())["refunded"] == 2299


async def test_with_postgres_away_orders_are_answered_and_the_read_model_catches_up(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.recorded(1)
    theatre.records.away = True
    await theatre.pay()
    assert (await theatre.update("ship", by=SELLER, carrier="UPS", tracking="1Z"))["stage"] == "shipped"
    assert (await theatre.row())["stage"] == "pending_payment"
    theatre.records.away = False
    await theatre.recorded(3)
    assert (await theatre.row())["stage"] == "shipped"


async def test_a_key_that_was_used_for_another_call_fails_the_attempt_and_not_the_order(theatre: Theatre) -> None:
    """It would be a bug of ours or a restored backup. Nothing is sent, and what is owed is settled by hand (R37)."""
    await theatre.start()
    await theatre.pool.execute(
        "INSERT INTO payment_calls (key, order_id, kind, record_id, attempt, amount, currency, payment_id, state)"
        " VALUES ($1, $2, 'refund', 'another', 1, 1, 'USD', 'p', 'calling')",
        f"{theatre.order_id}-refund-1-1",
        theatre.order_id,
    )
    refund_id = await _approved(theatre)
    await theatre.when(lambda view: view["refunds"][0]["state"] == "failed")
    assert (await theatre.book())["refunds"] == []
    with pytest.raises(Refusal, match="stands for something else"):
        await theatre.update("retry_refund", by=PLATFORM, refund_id=refund_id)
    await theatre.update("settle_refund_manually", by=PLATFORM, refund_id=refund_id)
    assert (await theatre.result())["refunded"] == 2299
    assert (await theatre.book())["refunds"] == []


async def test_two_megabytes_of_messages_while_postgres_is_away_hang_nothing(theatre: Theatre) -> None:
    """200 texts at their limit are more than Temporal takes as one input."""
    await theatre.start()
    await theatre.recorded(1)
    theatre.records.away = True
    text = "\U0001f4e6" * 4_000
    for party, other in ((BUYER, "seller"), (SELLER, "buyer")):
        for _ in range(75):
            await theatre.signal("send_message", by=party, to=other, text=text)
    assert (await theatre.pay())["stage"] == "awaiting_shipment"
    theatre.records.away = False
    rows = await theatre.recorded(152)
    assert sum(row["text"] == text for row in rows) == 150


async def test_with_postgres_frozen_a_record_takes_its_other_way_and_the_history_replays(theatre: Theatre) -> None:
    """A local try that times out is told to the workflow in another way when it is replayed than when it happened."""
    theatre.records.holding = asyncio.Event()
    await theatre.start()
    await theatre.update("request_cancellation", by=BUYER)
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not (await theatre.events())["ACTIVITY_TASK_SCHEDULED"]:  # the first record's other way
            await asyncio.sleep(0.02)
    theatre.records.holding.set()
    assert (await theatre.result())["stage"] == "cancelled"
    await theatre.replays()


async def test_what_moves_nothing_but_the_timeline_leaves_an_event_of_its_own(theatre: Theatre) -> None:
    """A task without one is taken for a heartbeat on replay; an update's answer is one, also where it is no news."""
    message: dict[str, Any] = {"by": BUYER, "to": "seller", "text": "Where is my lamp?", "request_id": "once"}
    await theatre.start()
    await theatre.pay()
    await theatre.update("send_message", **message)
    await theatre.recorded(3)
    assert (await theatre.events())["WORKFLOW_PROPERTIES_MODIFIED"] == 0
    await theatre.update("send_message", **message)  # known: nothing follows from it
    await theatre.signal("send_message", **{**message, "request_id": "again"})
    await theatre.recorded(4)
    assert (await theatre.events())["WORKFLOW_PROPERTIES_MODIFIED"] == 1
    described = await theatre.handle.describe()
    assert await described.memo() == {"entries": 4}


async def test_R21_a_key_of_ours_that_stands_for_another_call_is_a_failed_attempt(theatre: Theatre) -> None:
    """Nothing was sent, and nothing ever will be under this key: unknown for ever would hide it from the platform."""
    await theatre.start()
    await theatre.pay()
    await theatre.recorded(2)
    refund_id = f"{theatre.order_id}-refund-1"
    await theatre.pool.execute(
        "INSERT INTO payment_calls (key, order_id, kind, record_id, attempt, amount, currency, payment_id, state)"
        " VALUES ($1, $2, 'refund', $3, 1, 700, 'USD', 'pay-1', 'calling')",
        f"{refund_id}-1",
        theatre.order_id,
        refund_id,
    )
    await theatre.update("cancel_order", by=SELLER, reason="out_of_stock")
    view = await theatre.when(lambda view: view["refunds"][0]["state"] == "failed")
    assert [found["kind"] for found in view["needs_attention"]] == ["refund_failed"]
    assert (await theatre.book())["refunds"] == []


@pytest.mark.parametrize("finished", [True, False])
def test_a_run_does_not_end_under_an_update_that_waits_for_its_answer(
    monkeypatch: pytest.MonkeyPatch, *, finished: bool
) -> None:
    """Whoever sent it would be told that the workflow has ended, and not what became of it."""
    monkeypatch.setattr(workflow, "all_handlers_finished", lambda: finished)
    idle = object.__new__(Lanes)
    idle.__dict__.update(_long=True, _records=SimpleNamespace(stands=2, idle=True), _money=SimpleNamespace(idle=True))
    assert idle.may_end(paid()) is finished
