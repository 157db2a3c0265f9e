"""A foreign client, the `temporal` command alone: plain JSON in, plain JSON out, and nothing of ours between them."""

import asyncio
from typing import Any, Final

import pytest

from starter.client import OrderClient
from starter.embedded import EmbeddedStack
from tests.acceptance.foreign import Foreigner

BUYER: Final = {"role": "buyer", "id": "b-7"}
SELLER: Final = {"role": "seller", "id": "s-3"}
PROVIDER: Final = {"role": "payment_provider", "id": "x"}
TOTAL: Final = 2_299
SENSELESS: Final[tuple[tuple[str, Any, str], ...]] = (
    ("ship", {}, "invalid"),
    ("ship", "nonsense", "invalid"),
    ("ship", [1, 2], "invalid"),
    ("ship", {"by": BUYER, "carrier": "UPS", "tracking": "1Z"}, "wrong_role"),
    ("confirm_receipt", {"by": BUYER}, "not_allowed_now"),
    ("confirm_receipt", {"by": {"role": "buyer", "id": "someone-else"}}, "not_your_order"),
    ("decide_cancellation", {"by": SELLER, "approve": True}, "nothing_open"),
)


@pytest.fixture
def foreigner(stack: EmbeddedStack, order_id: str) -> Foreigner:
    return Foreigner(stack, order_id)


def _captured(order_id: str, amount: int = TOTAL) -> dict[str, Any]:
    payment = {"payment_id": f"pay-{order_id}-{amount}", "amount": amount, "currency": "USD", "method": "card"}
    return {"by": PROVIDER, **payment}


def _start(order_id: str) -> dict[str, Any]:
    line = {"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 1, "unit_price": TOTAL}
    parties = {"buyer_id": BUYER["id"], "seller_id": SELLER["id"]}
    return {"order_id": order_id, **parties, "currency": "USD", "lines": [line]}


async def _told(foreigner: Foreigner, entries: int) -> list[str]:
    """How each event of the order came out, once there are so many."""
    async with OrderClient.connect(foreigner.stack.settings) as client, asyncio.timeout(20):
        while len(await client.timeline(foreigner.order_id)) < entries:
            await asyncio.sleep(0.05)
        return [entry.outcome for entry in await client.timeline(foreigner.order_id)]


async def test_by_updates_it_cancels_a_paid_order_and_reads_that_all_is_refunded(foreigner: Foreigner) -> None:
    await foreigner.start(_start(foreigner.order_id))
    assert (await foreigner.update("payment_captured", _captured(foreigner.order_id))).code == 0
    before = await foreigner.view()
    for name, message, code in SENSELESS:
        said = await foreigner.update(name, message)
        assert said.code == 1, said
        assert f"(type: {code}," in said.err
    assert await foreigner.view() == before
    assert (await foreigner.update("request_cancellation", {"by": BUYER, "reason": "changed_mind"})).code == 0
    assert (await foreigner.update("decide_cancellation", {"by": SELLER, "approve": True})).code == 0
    result = await foreigner.result()
    assert (result["stage"], result["captured"], result["refunded"]) == ("cancelled", TOTAL, TOTAL)
    assert "refused" not in await _told(foreigner, 6), "a refused update leaves no trace in the order (R25)"


async def test_by_signals_alone_it_does_the_same(foreigner: Foreigner) -> None:
    await foreigner.start(_start(foreigner.order_id))
    await foreigner.signal("payment_captured", _captured(foreigner.order_id))
    for name, message, _ in SENSELESS:
        assert (await foreigner.signal(name, message)).code == 0
    outcomes = await _told(foreigner, 2 + len(SENSELESS))
    assert outcomes == ["accepted", "accepted"] + ["refused"] * len(SENSELESS)
    view = await foreigner.view()
    assert (view["stage"], view["held"]) == ("awaiting_shipment", TOTAL)
    await foreigner.signal("request_cancellation", {"by": BUYER, "reason": "changed_mind"})
    await foreigner.signal("decide_cancellation", {"by": SELLER, "approve": True})
    result = await foreigner.result()
    assert (result["stage"], result["captured"], result["refunded"]) == ("cancelled", TOTAL, TOTAL)


async def test_a_payment_after_the_end_goes_back_and_the_timeline_tells_it(foreigner: Foreigner) -> None:
    await foreigner.start(_start(foreigner.order_id))
    assert (await foreigner.update("request_cancellation", {"by": BUYER})).code == 0
    assert (await foreigner.result())["captured"] == 0
    await foreigner.report_late("payment_captured", _captured(foreigner.order_id, 500))
    assert await _told(foreigner, 5) == ["accepted"] * 5
    result = await foreigner.result()
    assert (result["stage"], result["captured"], result["refunded"]) == ("cancelled", 500, 500)


async def test_temporals_own_cancellation_refunds_a_paid_order(foreigner: Foreigner) -> None:
    await foreigner.start(_start(foreigner.order_id))
    assert (await foreigner.update("payment_captured", _captured(foreigner.order_id))).code == 0
    assert (await foreigner.temporal("cancel", "--workflow-id", f"order-{foreigner.order_id}")).code == 0
    result = await foreigner.result()
    assert (result["stage"], result["reason"], result["refunded"]) == ("cancelled", "staff_error", TOTAL)


async def test_orders_are_found_by_stage_and_buyer(foreigner: Foreigner) -> None:
    await foreigner.start(_start(foreigner.order_id))
    assert (await foreigner.update("request_cancellation", {"by": BUYER})).code == 0
    await foreigner.result()
    wanted = f'OrderStage="cancelled" AND BuyerId="{BUYER["id"]}" AND WorkflowId="order-{foreigner.order_id}"'
    async with asyncio.timeout(20):  # Temporal's lists lag a little behind
        while foreigner.order_id not in (await foreigner.temporal("list", "--query", wanted)).out:
            await asyncio.sleep(0.1)
