"""An operator resets an order in Temporal, and gets what they want: an order that goes on, and nothing else (R38)."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, get_args

import pytest

from tests.workflow.resets import (
    Again,
    Picture,
    Point,
    assert_agrees,
    assert_same_order,
    finish_of,
    picture,
    reset,
    told_of,
    unnamed,
)
from tests.workflow.test_operators import (
    Reach,
    approved,
    asked,
    confirmed,
    delivered,
    disputed,
    going_back,
    paid,
    returning,
    shipped,
)
from tests.workflow.theatre import BUYER, PATIENCE, PLATFORM, PROVIDER, SELLER, TOTAL, Refusal, Theatre
from workflows.process.repeats import KEPT

NOTE: Final[dict[str, Any]] = {"by": PLATFORM, "text": "looked at"}
SHIP: Final[dict[str, Any]] = {"by": SELLER, "carrier": "UPS", "tracking": "1Z"}
MUCH: Final = 101
"""Minor units that come too late or alone, and go back: so every order has called the provider."""


async def unpaid(theatre: Theatre) -> None:
    """As it starts."""


STAGES: Final[Mapping[str, Reach]] = MappingProxyType(
    {
        "pending_payment": unpaid,
        "awaiting_shipment": paid,
        "cancellation_pending": asked,
        "shipped": shipped,
        "delivered": delivered,
        "returning_to_seller": going_back,
        "disputed": disputed,
        "returning_goods": returning,
        "completed": confirmed,
        "cancelled": approved,
    }
)
POINTS: Final[tuple[Point, ...]] = ("first", "money", "last")
MODES: Final[tuple[Again, ...]] = get_args(Again)
EVERY: Final = [(stage, point, again) for stage in STAGES for point in POINTS for again in MODES]
TELLING: Final = [(stage, POINTS[n % 3], MODES[n // 3 % 2]) for n, stage in enumerate(STAGES)]
"""Those that run every time: each stage once, each point and each mode several times."""


def _cases() -> list[object]:
    return [pytest.param(*case, marks=[] if case in TELLING else [pytest.mark.long]) for case in EVERY]


async def _brought(theatre: Theatre, stage: str) -> Picture:
    """There, by updates and signals, with a request id and without; and all calls answered as pending."""
    await theatre.start()
    await theatre.signal("add_note", **NOTE)
    await STAGES[stage](theatre)
    await theatre.signal("add_note", **NOTE, request_id="a-note")
    await theatre.pay(MUCH, f"{theatre.order_id}-more")
    await theatre.until(stage)
    return await picture(theatre)


async def _restarted(theatre: Theatre) -> Picture:
    """The same order in another worker, which has nothing but its history."""
    await theatre.dim()
    await theatre.open()
    return await picture(theatre)


@pytest.mark.parametrize(("stage", "point", "again"), _cases())
async def test_R38_a_reset_order_goes_on_as_it_stood(theatre: Theatre, stage: str, point: Point, again: Again) -> None:
    before = await _brought(theatre, stage)
    finish = await finish_of(theatre, point)
    came_again = await unnamed(theatre, finish, again)
    await reset(theatre, finish, again)
    await told_of(theatre)
    after = await picture(theatre)
    assert_same_order(before, after, came_again=came_again)
    assert_agrees(after)
    assert await _restarted(theatre) == after, "a worker restart changes nothing"
    await theatre.update("acknowledge", by=PLATFORM, subject=f"{theatre.order_id}-reset-1", note="the books agree")
    assert (await picture(theatre)).view["needs_attention"] == before.view["needs_attention"]


async def test_R38_an_order_that_was_paid_out_is_not_cancelled_when_its_payment_comes_again_too_late(
    theatre: Theatre,
) -> None:
    """Judged anew it would come after `pay_by`, and go back to the buyer on top of what the seller has."""
    started = await _started(theatre, pay_within="PT2S")
    await theatre.misbehave("release", "settle_at_once")
    await theatre.pay()
    payment = await finish_of(theatre, "update")
    await theatre.update("ship", **SHIP)
    await theatre.update("confirm_receipt", by=BUYER)
    assert (await theatre.result())["released"] == TOTAL
    before = await picture(theatre)
    pay_by = datetime.fromisoformat(started["deadlines"][0]["at"])
    while datetime.now(UTC) <= pay_by:  # a reset run has no clock that could be moved: it begins at this very moment
        await asyncio.sleep(0.05)
    await reset(theatre, payment)
    await told_of(theatre)
    assert (await theatre.result())["released"] == TOTAL
    after = await picture(theatre)
    assert_same_order(before, after)
    assert_agrees(after)
    assert await _restarted(theatre) == after
    acknowledged = {"subject": f"{theatre.order_id}-reset-1", "note": "the books agree"}
    await theatre.update_waking("acknowledge", by=PLATFORM, **acknowledged)
    await theatre.result()
    assert not (await picture(theatre)).row["needs_attention"], "also of a settled order"


async def test_R38_an_order_that_was_refunded_is_not_paid_out_after_a_reset(theatre: Theatre) -> None:
    """Nothing is re-applied: its own history knows of no refund, but Postgres does."""
    await theatre.start()
    await theatre.misbehave("refund", "settle_at_once")
    await theatre.pay()
    payment = await finish_of(theatre, "update")
    await theatre.update("cancel_order", by=SELLER, reason="out_of_stock")
    assert (await theatre.result())["refunded"] == TOTAL
    before = await picture(theatre)
    await reset(theatre, payment, "excluded")
    await told_of(theatre)
    await theatre.result()
    for name, message in (("ship", SHIP), ("confirm_receipt", {"by": BUYER})):
        with pytest.raises(Refusal) as refused:
            await theatre.update_waking(name, **message)
        assert refused.value.code == "order_closed"
    after = await picture(theatre)
    assert_same_order(before, after)
    assert_agrees(after)
    assert await _restarted(theatre) == after


@pytest.mark.parametrize("again", MODES)
async def test_R38_a_payment_that_only_history_knows_is_not_lost(theatre: Theatre, again: Again) -> None:
    """Postgres is away; the run was told that its record is due, and that task is done anew."""
    await theatre.start()
    await theatre.recorded(1)
    theatre.records.away = True
    await theatre.pay()
    payment = await finish_of(theatre, "update")
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while (last := await finish_of(theatre, "last")) == payment or not await theatre.rests():
            await asyncio.sleep(0.02)
    await reset(theatre, last, again)
    theatre.records.away = False
    await told_of(theatre)
    await _is_paid_once(theatre, ["start", "payment_captured", "reset"])


async def test_R38_a_payment_that_is_re_applied_and_that_only_history_knew_is_taken(theatre: Theatre) -> None:
    """Reset to before it, while Postgres is away: neither the order's own state nor the recorded one has it."""
    await theatre.start()
    await theatre.recorded(1)
    theatre.records.away = True
    await theatre.pay()
    await reset(theatre, await finish_of(theatre, "first"))
    theatre.records.away = False
    await told_of(theatre)
    await theatre.until("awaiting_shipment")
    await _is_paid_once(theatre, ["start", "reset", "payment_captured"])


async def test_R38_a_refund_under_way_is_looked_up_and_not_sent_again(theatre: Theatre) -> None:
    """The provider has taken it, and has not said so, when the order is reset."""
    await theatre.start()
    await theatre.misbehave("refund", "time_out_after")
    await theatre.pay()
    await theatre.update("cancel_order", by=SELLER, reason="out_of_stock")
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not (await theatre.book())["refunds"]:
            await asyncio.sleep(0.02)
    await reset(theatre, await finish_of(theatre, "money"))
    await told_of(theatre)
    await theatre.when(lambda view: view["refunds"][0]["state"] == "pending")
    after = await picture(theatre)
    assert [refund["amount"] for refund in after.book["refunds"]] == [TOTAL]
    assert [call["attempt"] for call in after.calls] == [1]
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=f"{theatre.order_id}-refund-1", state="succeeded")
    assert (await theatre.result())["refunded"] == TOTAL
    assert_agrees(await picture(theatre))


async def test_R38_an_order_can_be_reset_again_and_again(theatre: Theatre) -> None:
    """Each time it goes on as it stood, whatever was decided between; the record of each run ranks above the last."""
    await theatre.start()
    await theatre.pay()
    await reset(theatre, await finish_of(theatre, "first"))
    await told_of(theatre)
    await theatre.update("ship", **SHIP)
    await picture(theatre)
    await reset(theatre, await finish_of(theatre, "first"), "excluded")
    await told_of(theatre, 2)
    await theatre.update("confirm_receipt", by=BUYER)
    await theatre.until("completed")
    await picture(theatre)
    await reset(theatre, await finish_of(theatre, "last"))
    await told_of(theatre, 3)
    after = await picture(theatre)
    names = [entry["name"] for entry in after.timeline if entry["name"] != "provider_answered"]
    assert names == ["start", "payment_captured", "reset", "ship", "reset", "confirm_receipt", "reset"]
    assert [release["amount"] for release in after.book["releases"]] == [TOTAL]
    assert after.book["refunds"] == []
    assert_agrees(after)
    assert await _restarted(theatre) == after


async def test_R38_messages_that_came_mixed_are_taken_the_same_live_and_on_replay(theatre: Theatre) -> None:
    """Temporal hands them out as they once came, and on replay all updates after all signals."""
    await theatre.start()
    await theatre.pay()
    for number in range(3):
        await theatre.signal("send_message", by=BUYER, to="seller", text=f"signal {number}")
        await theatre.update("send_message", by=SELLER, to="buyer", text=f"update {number}")
    before = await picture(theatre)
    finish = await finish_of(theatre, "first")
    await reset(theatre, finish)
    await told_of(theatre)
    after = await picture(theatre)
    assert_same_order(before, after, came_again=3)
    assert await _restarted(theatre) == after


async def test_R38_a_command_that_came_again_is_known_however_old_it_is(theatre: Theatre) -> None:
    """The order itself remembers the last of each; the timeline knows them all."""
    await theatre.start()
    await theatre.pay()
    for number in range(KEPT + 8):
        await theatre.update("send_message", by=BUYER, to="seller", text=f"{number}")
    before = await picture(theatre)
    await reset(theatre, await finish_of(theatre, "first"))
    await told_of(theatre)
    after = await picture(theatre)
    assert_same_order(before, after)
    assert await _restarted(theatre) == after


async def _started(theatre: Theatre, **terms: str) -> dict[str, Any]:
    await theatre.start(terms=terms)
    return await theatre.until("pending_payment")


async def _is_paid_once(theatre: Theatre, told: list[str]) -> None:
    after = await picture(theatre)
    assert [entry["name"] for entry in after.timeline] == told
    assert (after.row["stage"], after.row["captured"], after.row["held"]) == ("awaiting_shipment", TOTAL, TOTAL)
    assert after.row["needs_attention"]
    assert_agrees(after)
    assert await _restarted(theatre) == after
