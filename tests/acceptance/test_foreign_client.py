"""A foreign client, the `temporal` command alone: plain JSON in, plain JSON out, and nothing of ours between them."""

import asyncio
import json
import re
import shlex
from pathlib import Path
from typing import Any, Final

import pytest

from starter.embedded import EmbeddedStack
from tests.acceptance.foreign import Foreigner
from tests.acceptance.orders import BUYER, PROVIDER, SELLER, TOTAL, Bank, an_order, payment
from tests.acceptance.programs import LOOK_EVERY, PATIENCE, CommandLine

PAGE: Final = Path(__file__).parents[2] / "docs/clients.md"
STRANGER: Final = {"role": "buyer", "id": "someone-else"}
SENSELESS: Final[tuple[tuple[str, Any, str, str], ...]] = (
    ("ship", {}, "invalid", '"Ship Order" is not valid: by'),
    ("ship", "nonsense", "invalid", '"Ship Order" is not valid'),
    ("ship", [1, 2], "invalid", '"Ship Order" is not valid'),
    ("ship", {"by": BUYER, "carrier": "UPS", "tracking": "1Z"}, "wrong_role", '"Ship Order" is for the seller'),
    ("confirm_receipt", {"by": BUYER}, "not_allowed_now", "waiting to be shipped"),
    ("confirm_receipt", {"by": STRANGER}, "not_your_order", "is not of this buyer"),
    ("decide_cancellation", {"by": SELLER, "approve": True}, "nothing_open", "No cancellation request is waiting"),
    ("payment_captured", {"by": PROVIDER, "amount": -1}, "invalid", "amount"),
    (
        "refund_updated",
        {"by": SELLER, "refund_id": "r", "state": "succeeded"},
        "wrong_role",
        "is for the payment provider",
    ),
)
"""What comes to a paid order and changes nothing: the name, the JSON, the code, and what its sentence must say."""


@pytest.fixture
def foreigner(stack: EmbeddedStack, order_id: str) -> Foreigner:
    return Foreigner(stack, order_id)


def captured(order_id: str, amount: int = TOTAL) -> dict[str, Any]:
    return {"by": PROVIDER, **payment(order_id, amount)}


def money(result: dict[str, Any]) -> tuple[str, int, int]:
    return result["stage"], result["captured"], result["refunded"]


async def test_by_updates_it_cancels_a_paid_order_and_reads_that_all_is_refunded(
    foreigner: Foreigner, countermand: CommandLine, bank: Bank
) -> None:
    await foreigner.start(an_order(foreigner.order_id))
    await bank.pay_quietly(foreigner.order_id)
    await foreigner.must("payment_captured", captured(foreigner.order_id))
    before = await foreigner.view()
    for name, message, code, sentence in SENSELESS:
        said = await foreigner.update(name, message)
        assert said.code == 1, said
        assert f"(type: {code}," in said.err
        assert sentence in said.err
    assert await foreigner.view() == before, "a refused update changes nothing"
    assert await bank.refunds(foreigner.order_id) == []
    await foreigner.must("request_cancellation", {"by": BUYER, "reason": "changed_mind"})
    await foreigner.must("decide_cancellation", {"by": SELLER, "approve": True})
    assert money(await foreigner.result()) == ("cancelled", TOTAL, TOTAL)
    assert await bank.refunds(foreigner.order_id) == [(TOTAL, "succeeded")]
    outcomes = {entry["outcome"] for entry in await countermand.timeline(foreigner.order_id, 5)}
    assert outcomes == {"accepted"}, "a refused update leaves no trace in the order (R25)"


async def test_by_signals_alone_it_does_the_same(foreigner: Foreigner, countermand: CommandLine, bank: Bank) -> None:
    await foreigner.start(an_order(foreigner.order_id))
    await bank.pay_quietly(foreigner.order_id)
    await foreigner.signal("payment_captured", captured(foreigner.order_id))
    before = await foreigner.view()
    assert (before["stage"], before["held"]) == ("awaiting_shipment", TOTAL)
    for name, message, _, _ in SENSELESS:
        await foreigner.signal(name, message)
    await foreigner.signal("no_such_command", {"by": BUYER})
    timeline = await countermand.timeline(foreigner.order_id, 3 + len(SENSELESS))
    assert [entry["outcome"] for entry in timeline] == ["accepted"] * 2 + ["refused"] * (len(SENSELESS) + 1)
    for entry, (name, _, _, sentence) in zip(timeline[2:], SENSELESS, strict=False):
        assert (entry["name"], entry["money"]) == (name, {})
        assert sentence in entry["why"]
    assert await foreigner.view() == before, "a refused signal changes nothing but the timeline (R25)"
    assert await bank.refunds(foreigner.order_id) == []
    await foreigner.signal("request_cancellation", {"by": BUYER, "reason": "changed_mind"})
    await foreigner.signal("decide_cancellation", {"by": SELLER, "approve": True})
    assert money(await foreigner.result()) == ("cancelled", TOTAL, TOTAL)
    assert await bank.refunds(foreigner.order_id) == [(TOTAL, "succeeded")]


async def test_a_payment_after_the_end_goes_back_and_the_timeline_tells_it(
    foreigner: Foreigner, countermand: CommandLine, bank: Bank
) -> None:
    await foreigner.start(an_order(foreigner.order_id))
    await foreigner.must("request_cancellation", {"by": BUYER})
    assert money(await foreigner.result()) == ("cancelled", 0, 0)
    ended = await countermand.timeline(foreigner.order_id, 2)
    await bank.pay_quietly(foreigner.order_id, 500)
    await foreigner.report_late("payment_captured", captured(foreigner.order_id, 500))
    assert money(await foreigner.result()) == ("cancelled", 500, 500)
    assert await bank.refunds(foreigner.order_id) == [(500, "succeeded")]
    timeline = await countermand.timeline(foreigner.order_id, len(ended) + 3)
    assert timeline[: len(ended)] == ended, "what was told before is told as before"
    names = [entry["name"] for entry in timeline[len(ended) :]]
    assert names[0] == "payment_captured"
    assert "refund_updated" in names


async def test_a_start_that_is_not_valid_fails_at_once_and_names_its_fields(foreigner: Foreigner) -> None:
    await foreigner.start(an_order(foreigner.order_id, currency="Dollars", buyer_id=7))
    failure = await foreigner.failure()
    assert failure["applicationFailureInfo"]["type"] == "invalid"
    assert "currency" in failure["message"]
    assert "buyer_id" in failure["message"]


async def test_temporals_own_cancellation_refunds_a_paid_order(foreigner: Foreigner, bank: Bank) -> None:
    """R27."""
    await foreigner.start(an_order(foreigner.order_id))
    await bank.pay_quietly(foreigner.order_id)
    await foreigner.must("payment_captured", captured(foreigner.order_id))
    await foreigner.cancel()
    result = await foreigner.result()
    assert money(result) == ("cancelled", TOTAL, TOTAL)
    assert result["reason"] == "staff_error"
    assert await bank.refunds(foreigner.order_id) == [(TOTAL, "succeeded")]


async def test_orders_are_found_by_stage_and_buyer(foreigner: Foreigner) -> None:
    await foreigner.start(an_order(foreigner.order_id, buyer_id=foreigner.order_id))
    await _is_found(foreigner, f'OrderStage="pending_payment" AND BuyerId="{foreigner.order_id}"')
    await foreigner.must("request_cancellation", {"by": {"role": "buyer", "id": foreigner.order_id}})
    await foreigner.result()
    await _is_found(foreigner, f'OrderStage="cancelled" AND BuyerId="{foreigner.order_id}"')
    assert not await foreigner.found(f'OrderStage="pending_payment" AND BuyerId="{foreigner.order_id}"')


async def _is_found(foreigner: Foreigner, query: str) -> None:
    async with asyncio.timeout(PATIENCE):  # Temporal's lists lag a little behind
        while not await foreigner.found(query):
            await asyncio.sleep(LOOK_EVERY)


async def test_each_command_of_the_page_for_other_languages_works_as_it_stands_there(
    foreigner: Foreigner, order_id: str, tmp_path: Path
) -> None:
    """In its order, on one order: started from a file, cancelled, told of a parcel, looked at."""
    file = tmp_path / "order.json"
    file.write_text(json.dumps(an_order(order_id)), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    shown = re.findall(r"^\$ temporal workflow (.+)$", page, flags=re.MULTILINE)
    assert len(shown) == 4
    for line in shown:
        words = shlex.split(line.replace("A-1001", order_id).replace("order.json", str(file)))
        async with asyncio.timeout(PATIENCE):  # Of a settled order the answer may be to ask again, and people do
            while (said := await foreigner.temporal(*words)).code and "ask again" in said.err:
                await asyncio.sleep(LOOK_EVERY)
        assert said.code == 0, (line, said.err)
