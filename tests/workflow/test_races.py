"""Two messages at once: exactly one wins, whatever brings them, and everybody learns the same (R1, R2)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.workflow.theatre import BUYER, PROVIDER, SELLER, Refusal, Theatre, captured

SHIP = ("ship", {"by": SELLER, "carrier": "UPS", "tracking": "1Z"})
APPROVE = ("decide_cancellation", {"by": SELLER, "approve": True})


async def _asked_to_cancel(theatre: Theatre, **terms: Any) -> None:
    await theatre.open()
    await theatre.start(terms=terms)
    await theatre.pay()
    await theatre.update("request_cancellation", by=BUYER, reason="changed_mind")
    await theatre.dim()


@pytest.mark.parametrize("order", [(SHIP, APPROVE), (APPROVE, SHIP)], ids=["ship first", "approve first"])
async def test_R1_ship_and_approve_as_updates_while_no_worker_runs(dark_theatre: Theatre, order: Any) -> None:
    theatre = dark_theatre
    await _asked_to_cancel(theatre)
    sent = []
    for name, message in order:
        sent.append(asyncio.create_task(theatre.update(name, **message)))
        await asyncio.sleep(0.3)  # the server takes them in the order in which they come
    assert not any(task.done() for task in sent), "no worker runs, so nobody has an answer"
    await theatre.open()
    answers = await asyncio.gather(*sent, return_exceptions=True)
    won = [answer for answer in answers if isinstance(answer, dict)]
    lost = [answer for answer in answers if isinstance(answer, Refusal)]
    assert (len(won), len(lost)) == (1, 1), answers
    await theatre.recorded(4)
    assert won[0]["stage"] == (await theatre.view())["stage"]
    assert lost[0].code in ("already_shipped", "order_closed")
    await _money_and_read_model_agree(theatre)


@pytest.mark.parametrize("order", [(SHIP, APPROVE), (APPROVE, SHIP)], ids=["ship first", "approve first"])
async def test_R1_ship_and_approve_as_signals_while_no_worker_runs(dark_theatre: Theatre, order: Any) -> None:
    theatre = dark_theatre
    await _asked_to_cancel(theatre)
    for name, message in order:
        await theatre.signal(name, **message)
    await theatre.open()
    view = await theatre.when(lambda view: view["stage"] != "cancellation_pending")
    assert view["stage"] == ("shipped" if order[0] is SHIP else "cancelled"), "the first accepted one wins"
    timeline = {row["name"]: row["outcome"] for row in await theatre.recorded(5)}
    assert [timeline[name] for name, _ in order] == ["accepted", "refused"]
    await _money_and_read_model_agree(theatre)


async def _money_and_read_model_agree(theatre: Theatre) -> None:
    view = await theatre.view()
    row = await theatre.row()
    assert (row["stage"], row["refunding"], row["held"]) == (view["stage"], view["refunding"], view["held"])
    if view["stage"] == "cancelled":
        assert view["refunding"] == 2299
        await theatre.when(lambda view: view["refunds"][0]["state"] == "pending")
        assert [refund["amount"] for refund in (await theatre.book())["refunds"]] == [2299]
        await theatre.signal(
            "refund_updated", by=PROVIDER, refund_id=view["refunds"][0]["refund_id"], state="succeeded"
        )
        assert (await theatre.result())["refunded"] == 2299
    else:
        assert (view["refunding"], view["held"]) == (0, 2299)
        assert (await theatre.book())["refunds"] == []


async def test_R2_a_command_after_its_deadline_while_no_worker_runs_is_refused(dark_theatre: Theatre) -> None:
    """The deadline wins, however late the worker is, and the order is where the deadline put it."""
    theatre = dark_theatre
    await _asked_to_cancel(theatre, respond_within="PT2S")
    await asyncio.sleep(2.2)  # real seconds: a worker that is away cannot have its clock skipped
    late = asyncio.create_task(theatre.update("decide_cancellation", by=SELLER, approve=True))
    await asyncio.sleep(0.3)
    await theatre.open()
    with pytest.raises(Refusal) as refused:
        await late
    assert refused.value.code == "deadline_passed"
    assert "the time to answer the request ended on" in str(refused.value)
    view = await theatre.until("awaiting_shipment")
    assert view["cancellation"]["outcome"] == "lapsed"
    assert view["held"] == 2299


async def test_R2_the_deadline_is_settled_at_its_own_instant_by_a_late_timer(theatre: Theatre) -> None:
    await theatre.start(terms={"respond_within": "PT72H"})
    await theatre.pay()
    pending = await theatre.update("request_cancellation", by=BUYER, reason="changed_mind")
    await theatre.forward(timedelta(hours=72) - timedelta(seconds=5))
    assert (await theatre.view())["stage"] == "cancellation_pending"
    await theatre.forward(timedelta(seconds=10))
    view = await theatre.until("awaiting_shipment")
    assert view["cancellation"]["decided_at"] == pending["deadline"]["at"]
    assert "cancellation_lapsed" in await theatre.inbox("buyer")


async def test_R7_the_same_update_twice_at_once_is_done_once(theatre: Theatre) -> None:
    await theatre.start()
    message = {"by": BUYER, "reason": "changed_mind", "request_id": "once"}
    await theatre.pay()
    first, second = await asyncio.gather(
        theatre.update("request_cancellation", update_id="u-1", **message),
        theatre.update("request_cancellation", update_id="u-2", **message),
    )
    assert first == second
    assert (await theatre.view())["version"] == 3


async def test_a_payment_that_meets_the_closing_of_its_order_is_told_as_it_was_decided(theatre: Theatre) -> None:
    """The closing is recorded already when the payment arrives; Temporal then has both decided anew, in its own order.

    What the read model says must be what the workflow says, and no word of the decision that came to nothing may stay.
    """
    await theatre.start()
    await theatre.recorded(1)
    theatre.records.holding = asyncio.Event()
    closing = asyncio.create_task(theatre.update("request_cancellation", by=BUYER, request_id="closing"))
    while (await theatre.row())["stage"] != "cancelled":
        await asyncio.sleep(0.01)
    await theatre.signal("payment_captured", **captured())
    theatre.records.holding.set()
    theatre.records.holding = None
    await asyncio.gather(closing, return_exceptions=True)  # it was aborted, or decided after the payment
    view = await theatre.when(lambda view: view["captured"] == 2299)
    await theatre.recorded(view["version"])
    row, told = await theatre.row(), await theatre.timeline()
    assert (row["stage"], row["captured"], row["held"]) == (view["stage"], 2299, view["held"])
    assert [entry["to_stage"] for entry in told][-1] == view["stage"]
    assert sum("Paid" in entry["summary"] or "goes back" in entry["summary"] for entry in told) == 1
    if view["stage"] == "awaiting_shipment":
        assert "order_cancelled" not in await theatre.inbox("buyer")
