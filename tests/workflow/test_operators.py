"""What an operator sees and does in Temporal alone: "Request Cancellation" at every stage, and the order's page."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from tests.workflow.test_later_stories import CONTEST, DAMAGED
from tests.workflow.theatre import BUYER, CARRIER, PATIENCE, PLATFORM, SELLER, Theatre, current_details
from workflows.messages.ids import workflow_id
from workflows.messages.values import Stage
from workflows.page import details
from workflows.start_input import order_from

Reach = Callable[[Theatre], Awaitable[Any]]


async def unpaid(theatre: Theatre) -> None:
    await theatre.recorded(1)


async def paid(theatre: Theatre) -> None:
    await theatre.pay()


async def asked(theatre: Theatre) -> None:
    await theatre.pay()
    await theatre.update("request_cancellation", by=BUYER, reason="changed_mind")


async def shipped(theatre: Theatre) -> None:
    await theatre.pay()
    await theatre.update("ship", by=SELLER, carrier="UPS", tracking="1Z")


async def delivered(theatre: Theatre) -> None:
    await shipped(theatre)
    await theatre.update("parcel_delivered", by=CARRIER, tracking="1Z")


async def going_back(theatre: Theatre) -> None:
    await shipped(theatre)
    await theatre.update("delivery_refused", by=CARRIER, tracking="1Z")


async def back(theatre: Theatre) -> None:
    await going_back(theatre)
    await theatre.update("parcel_returned", by=CARRIER, tracking="1Z")


async def lost(theatre: Theatre) -> None:
    await going_back(theatre)
    await theatre.update("parcel_lost", by=CARRIER, tracking="1Z")


async def disputed(theatre: Theatre) -> None:
    await delivered(theatre)
    await theatre.update("open_dispute", **DAMAGED)


async def returning(theatre: Theatre) -> None:
    await _agreed(theatre, "return_and_refund")


async def exchanging(theatre: Theatre) -> None:
    await _agreed(theatre, "exchange")


async def _agreed(theatre: Theatre, resolution: str) -> None:
    await delivered(theatre)
    offer = await theatre.update("make_offer", by=SELLER, resolution=resolution)
    await theatre.update("accept_offer", by=BUYER, offer_id=offer["offer_id"])


async def confirmed(theatre: Theatre) -> None:
    """Completed, the seller's money still on its way."""
    await delivered(theatre)
    await theatre.update("confirm_receipt", by=BUYER)


async def approved(theatre: Theatre) -> None:
    """Cancelled, the buyer's money still on its way."""
    await asked(theatre)
    await theatre.update("decide_cancellation", by=SELLER, approve=True)


async def refusals(theatre: Theatre, count: int) -> list[dict[str, Any]]:
    """The timeline's refused `cancel_order`s, once there are `count`."""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while True:
            told = [entry for entry in await theatre.timeline() if entry["outcome"] == "refused"]
            if len(told) >= count:
                assert {entry["name"] for entry in told} == {"cancel_order"}
                return told
            await asyncio.sleep(0.02)


async def listed(theatre: Theatre, query: str) -> None:
    """Waits until the list has exactly this order: visibility is a moment behind."""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while [run.id async for run in theatre.client.list_workflows(query)] != [workflow_id(theatre.order_id)]:
            await asyncio.sleep(0.05)


CANCELS: Final[dict[Stage, Reach]] = {
    Stage.PENDING_PAYMENT: unpaid,
    Stage.AWAITING_SHIPMENT: paid,
    Stage.CANCELLATION_PENDING: asked,
}
REFUSES: Final[dict[Stage, tuple[Reach, str]]] = {
    Stage.SHIPPED: (shipped, "shipped"),
    Stage.DELIVERED: (delivered, "shipped"),
    Stage.RETURNING_TO_SELLER: (going_back, "shipped"),
    Stage.RETURNED_TO_SELLER: (back, "shipped"),
    Stage.LOST_IN_RETURN: (lost, "shipped"),
    Stage.DISPUTED: (disputed, "shipped"),
    Stage.RETURNING_GOODS: (returning, "shipped"),
    Stage.EXCHANGING: (exchanging, "shipped"),
    Stage.COMPLETED: (confirmed, "completed"),
    Stage.CANCELLED: (approved, "cancelled"),
}
NOT_REACHED: Final = {Stage.REFUNDED, Stage.PARTIALLY_REFUNDED}
"""Closed as `completed` is, and refused by the same lines."""


def test_request_cancellation_is_tried_at_every_stage() -> None:
    assert CANCELS.keys() | REFUSES.keys() | NOT_REACHED == set(Stage)


@pytest.mark.parametrize("stage", CANCELS)
async def test_request_cancellation_cancels_as_the_platform(theatre: Theatre, stage: Stage) -> None:
    """R27: it counts as `cancel_order` with reason `staff_error`, and the money goes back like after any other."""
    handle = await theatre.start()
    await CANCELS[stage](theatre)
    await theatre.until(stage)
    await handle.cancel()
    view = await theatre.until("cancelled")
    assert (view["reason"], view["refunding"]) == ("staff_error", view["captured"])
    entry = next(entry for entry in await theatre.recorded(2) if entry["name"] == "cancel_order")
    assert (entry["role"], entry["party_id"], entry["outcome"]) == ("platform", "temporal", "accepted")


@pytest.mark.parametrize("stage", REFUSES)
async def test_request_cancellation_is_recorded_as_refused_and_the_order_goes_on(
    theatre: Theatre, stage: Stage
) -> None:
    reach, why = REFUSES[stage]
    handle = await theatre.start()
    await reach(theatre)
    before = await theatre.until(stage)
    await handle.cancel()
    refused = (await refusals(theatre, 1))[0]
    assert (refused["role"], refused["party_id"]) == ("platform", "temporal")
    assert why in refused["why"]
    after = await theatre.view()
    assert (after["stage"], after["reason"], after["refunding"]) == (stage, before["reason"], before["refunding"])
    assert "**Last refused signal**: cancel\\_order" in await current_details(handle)


async def test_request_cancellation_counts_once_in_a_run(theatre: Theatre) -> None:
    """Temporal keeps one request per run and drops the next: for more there is `cancel_order`."""
    handle = await theatre.start()
    await shipped(theatre)
    await handle.cancel()
    await refusals(theatre, 1)
    await handle.cancel()
    await theatre.update("parcel_delivered", by=CARRIER, tracking="1Z")
    assert len(await refusals(theatre, 1)) == 1
    assert (await theatre.view())["stage"] == "delivered"


async def test_the_page_of_an_order_says_whose_turn_it_is_and_until_when(theatre: Theatre) -> None:
    handle = await theatre.start()
    await asked(theatre)
    await theatre.signal("ship", by=SELLER, carrier="[UPS](http://evil)")
    await theatre.recorded(4)
    shown = await current_details(handle)
    assert "- **Stage**: Cancellation Pending" in shown
    assert "- **Waiting on**: seller" in shown
    assert "- **Next deadline**: respond\\_by 20" in shown
    assert "- **Also running**: ship\\_by 20" in shown
    assert "- **Money**: total 22.99 USD, captured 22.99 USD, held 22.99 USD" in shown
    assert '- **Last refused signal**: ship: "Ship Order" is not valid: tracking is missing.' in shown


async def test_the_page_of_an_order_names_the_refund_that_needs_attention_first(theatre: Theatre) -> None:
    handle = await theatre.start()
    await theatre.misbehave("refund", "decline")
    await approved(theatre)
    await theatre.when(lambda view: view["needs_attention"])
    first, *rest = (await current_details(handle)).splitlines()
    refund = f"{theatre.order_id}-refund-1"
    assert first.startswith("- **Needs attention**: refund\\_failed")
    assert f'- **Refund**: {refund}, 22.99 USD, failed, attempt 1: "declined by the bank"' in rest


async def test_what_others_wrote_is_no_markdown(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.recorded(1)
    order = order_from((await theatre.row())["state"])
    shown = details(order, "x: [click](http://evil)\n# <b>Paid</b> | `a`", order.created_at)
    assert shown.splitlines()[-1] == (
        r"- **Last refused signal**: x: \[click\]\(http://evil\) \# \<b\>Paid\</b\> \| \`a\`"
    )


async def test_each_timer_says_what_it_is_for(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.recorded(1)
    await paid(theatre)
    await theatre.recorded(2)
    await theatre.update("request_cancellation", by=BUYER, reason="changed_mind")
    await theatre.recorded(3)
    timers = [
        (await theatre.client.data_converter.decode([event.user_metadata.summary]))[0]
        for event in (await theatre.handle.fetch_history()).events
        if event.HasField("timer_started_event_attributes")
    ]
    assert timers[0] == "pay_by (buyer)"
    assert timers[1].startswith("reminder of ship_by 20")
    assert timers[2].startswith("reminder of respond_by 20")
    assert timers[2].endswith("(seller)")


async def test_orders_are_found_by_stage_parties_turn_and_deadline(theatre: Theatre) -> None:
    """The lists of the UI are these queries, typed into its filter."""
    await theatre.start(buyer_id=theatre.order_id, seller_id=f"s-{theatre.order_id}"[:64])
    await theatre.pay()
    for asked_for in (
        'OrderStage = "awaiting_shipment"',
        f'SellerId = "{f"s-{theatre.order_id}"[:64]}"',
        'WaitingOn = "seller"',
        'NextDeadline < "2999-01-01T00:00:00Z"',
    ):
        await listed(theatre, f'BuyerId = "{theatre.order_id}" AND {asked_for}')


async def test_the_timer_shows_the_new_instant_when_a_clock_stands_still_is_moved_or_goes_on(theatre: Theatre) -> None:
    """Without reminders: each change of the next instant is a new timer that says what for, and fires at it."""
    short = dict.fromkeys(("answer_within", "decide_within", "inform_within"), "PT90M")
    await theatre.start(terms=short)
    await delivered(theatre)
    await theatre.update("open_dispute", **DAMAGED)
    await theatre.update("respond_to_dispute", **CONTEST)
    await theatre.recorded(6)
    assert await last_timer(theatre) == ("decide_by (platform)", 90)
    await theatre.update("request_information", by=PLATFORM, party="buyer", question="And the box?")
    await theatre.recorded(7)
    assert await last_timer(theatre) == ("inform_by (buyer)", 90), "the review clock stands still"
    at = datetime.fromisoformat((await theatre.view())["deadline"]["at"]) + timedelta(minutes=20)
    await theatre.update("move_deadline", by=PLATFORM, deadline="inform_by", to=at.isoformat(), note="asked for it")
    await theatre.recorded(8)
    assert await last_timer(theatre) == ("inform_by (buyer)", 110)
    await theatre.update("provide_information", by=BUYER, answer="Thrown away.")
    await theatre.recorded(9)
    assert await last_timer(theatre) == ("decide_by (platform)", 90), "it goes on with its rest"


async def last_timer(theatre: Theatre) -> tuple[str, int]:
    """What the last timer says it is for, and in how many minutes it fires."""
    event = [
        event
        for event in (await theatre.handle.fetch_history()).events
        if event.HasField("timer_started_event_attributes")
    ][-1]
    summary = (await theatre.client.data_converter.decode([event.user_metadata.summary]))[0]
    return summary, round(
        event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta() / timedelta(minutes=1)
    )


@pytest.mark.parametrize("activity", ["load_order", "record"])
async def test_an_activity_that_an_operator_ends_by_hand_is_begun_anew(theatre: Theatre, activity: str) -> None:
    """**Pending Activities** has a button for it; without its record a run could neither go on nor end."""
    handle = await theatre.start()
    await theatre.recorded(1)
    theatre.records.away, theatre.records.hanging = True, asyncio.Event()
    if activity == "record":
        await theatre.update("request_cancellation", by=BUYER)
    else:
        await handle.terminate("by mistake")
        await theatre.wake("request_cancellation", by=BUYER)
    await ended_by_hand(theatre, activity)
    theatre.records.away = False
    theatre.records.hanging.set()
    assert (await theatre.result())["stage"] == "cancelled"
    assert [entry["name"] for entry in await theatre.timeline()] == ["start", "request_cancellation"]


async def ended_by_hand(theatre: Theatre, activity: str) -> None:
    """Fails that pending activity for good, as soon as there is one that can be."""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while True:
            described = await theatre.handle.describe()
            for pending in described.raw_description.pending_activities:
                if pending.activity_type.name != activity:
                    continue
                run_id = described.run_id
                handle = theatre.client.get_async_activity_handle(
                    workflow_id=described.id, run_id=run_id, activity_id=pending.activity_id
                )
                with contextlib.suppress(RPCError):  # it is between two tries
                    await handle.fail(ApplicationError("ended by hand", non_retryable=True))
                    return
            await asyncio.sleep(0.02)
