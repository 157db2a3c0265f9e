"""A settled order is asleep, not gone: late facts wake it, commands are told that it is over (R28)."""

import asyncio

import pytest
from temporalio.client import WorkflowExecutionStatus

from tests.workflow.theatre import (
    BUYER,
    PATIENCE,
    PLATFORM,
    PROVIDER,
    SELLER,
    Refusal,
    Theatre,
    captured,
    current_details,
)


async def _cancelled_and_settled(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.update("request_cancellation", by=BUYER, request_id="the-cancellation")
    assert (await theatre.result())["captured"] == 0


async def test_R28_a_payment_after_the_order_was_settled_goes_back(theatre: Theatre) -> None:
    await _cancelled_and_settled(theatre)
    await theatre.wake("payment_captured", **captured())
    view = await theatre.when(lambda view: view["refunds"] and view["refunds"][0]["state"] == "pending")
    assert (view["stage"], view["refunding"], view["closed_at"]) == ("cancelled", 2299, None)
    await theatre.wake("refund_updated", by=PROVIDER, refund_id=view["refunds"][0]["refund_id"], state="succeeded")
    result = await theatre.result()
    assert (result["stage"], result["captured"], result["refunded"]) == ("cancelled", 2299, 2299)
    told = [row["summary"] for row in await theatre.timeline()]
    assert any("it goes back" in summary for summary in told)
    assert [refund["amount"] for refund in (await theatre.book())["refunds"]] == [2299]


async def test_R28_a_woken_order_without_need_ends_again_as_it_was(theatre: Theatre) -> None:
    await _cancelled_and_settled(theatre)
    before = await theatre.result()
    await theatre.wake("refund_updated", by=PROVIDER, refund_id="never-heard-of", state="succeeded")
    assert await theatre.result() == before
    assert (await theatre.timeline())[-1]["outcome"] == "recorded"


async def test_R28_a_command_for_a_settled_order_is_told_that_it_is_over(theatre: Theatre) -> None:
    await _cancelled_and_settled(theatre)
    with pytest.raises(Refusal) as refused:
        await theatre.update_waking("confirm_receipt", by=BUYER)
    assert refused.value.code == "order_closed"
    with pytest.raises(Refusal) as refused:
        await theatre.update_waking("confirm_receipt", by={"role": "buyer", "id": "someone-else"})
    assert refused.value.code == "not_your_order"


async def test_R7_a_settled_order_still_knows_its_answers(theatre: Theatre) -> None:
    await _cancelled_and_settled(theatre)
    again = await theatre.update_waking("request_cancellation", by=BUYER, request_id="the-cancellation")
    assert again["stage"] == "cancelled"
    assert len(await theatre.timeline()) == 2


async def test_R28_an_unknown_order_is_reported_not_invented(theatre: Theatre) -> None:
    await theatre.wake("payment_captured", **captured())
    error = await theatre.failure()
    assert error.type == "unknown_order"
    assert await theatre.timeline() == []


async def test_a_second_start_of_a_known_order_touches_nothing(theatre: Theatre) -> None:
    await _cancelled_and_settled(theatre)
    before = await theatre.row()
    await theatre.start()
    error = await theatre.failure()
    assert error.type == "order_exists"
    assert await theatre.row() == before


async def test_a_long_order_continues_as_new_and_loses_nothing(theatre: Theatre) -> None:
    """Past 800 events the order goes on in a new run, with its money, its memory, its clock and its owner."""
    handle = await theatre.start()
    first = (await theatre.handle.describe()).run_id
    paid = await theatre.pay(request_id="the-payment")
    await theatre.signal("ship", by=SELLER, carrier="UPS")
    for number in range(140):
        by, to = (BUYER, SELLER) if number % 2 else (SELLER, BUYER)
        await theatre.update("send_message", by=by, to=to["role"], text=f"{number}")
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while (described := await theatre.handle.describe()).run_id == first:
            await asyncio.sleep(0.05)
    assert described.status == WorkflowExecutionStatus.RUNNING
    view = await theatre.view()
    assert (view["stage"], view["held"], view["deadline"]) == ("awaiting_shipment", 2299, paid["deadline"])
    shown = await current_details(handle)
    assert '**Last refused signal**: ship: "Ship Order" is not valid: tracking is missing.' in shown
    assert len(await theatre.timeline()) == 143
    asked = await theatre.update("request_cancellation", by=BUYER, reason="changed_mind", request_id="asked")
    assert await theatre.update("request_cancellation", by=BUYER, reason="changed_mind", request_id="asked") == asked
    await theatre.update("decide_cancellation", by=SELLER, approve=True)
    await theatre.when(lambda view: view["refunds"][0]["state"] == "pending")  # sent: the run is the order's own


async def test_an_order_whose_run_was_terminated_goes_on_when_it_is_woken(theatre: Theatre) -> None:
    """Also when the very message that wakes it ends its last deadline."""
    await theatre.start()
    await theatre.recorded(1)
    await theatre.handle.terminate("by mistake")
    cancelled = await theatre.update_waking("request_cancellation", by=BUYER)
    assert cancelled["stage"] == "cancelled"
    assert (await theatre.result())["reason"] == "other"


async def test_a_terminated_order_looks_up_the_refund_that_was_never_answered(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.misbehave("refund", "time_out_after")
    await theatre.pay()
    await theatre.update("cancel_order", by=SELLER, reason="out_of_stock")
    await theatre.recorded(3)
    await theatre.handle.terminate("by mistake")
    await theatre.wake("add_note", by=PLATFORM, text="somebody terminated this")
    await theatre.when(lambda view: view["refunds"][0]["state"] == "pending")
    assert [refund["amount"] for refund in (await theatre.book())["refunds"]] == [2299]
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=f"{theatre.order_id}-refund-1", state="succeeded")
    assert (await theatre.result())["refunded"] == 2299


async def test_R28_a_late_payment_that_meets_a_second_start_is_not_lost(theatre: Theatre) -> None:
    """With Postgres away nobody can tell that the id is taken; the payment reaches the known order all the same."""
    await _cancelled_and_settled(theatre)
    theatre.records.away = True
    await theatre.start()
    await theatre.wake("payment_captured", **captured())
    await theatre.until("awaiting_shipment")
    theatre.records.away = False
    view = await theatre.when(lambda view: view["refunds"] and view["refunds"][0]["state"] == "pending")
    assert (view["stage"], view["refunding"]) == ("cancelled", 2299)
    await theatre.wake("refund_updated", by=PROVIDER, refund_id=view["refunds"][0]["refund_id"], state="succeeded")
    assert (await theatre.result())["refunded"] == 2299
    assert [refund["amount"] for refund in (await theatre.book())["refunds"]] == [2299]
