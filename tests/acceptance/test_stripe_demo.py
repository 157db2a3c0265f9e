"""The demo with Stripe instead of the sandbox: nothing but settings is another, and Stripe's own book agrees."""

from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from starter.demo.in_dispute import HALF
from starter.demo.play import TOTAL
from tests.acceptance.programs import CommandLine
from tests.activities.stripes import KEY, SECRET, LocalStripe, localstripe_process


@pytest_asyncio.fixture(scope="module")
async def local_stripe() -> AsyncIterator[LocalStripe]:
    async with localstripe_process() as running:
        yield running


def settings(url: str) -> Mapping[str, str]:
    return {
        "COUNTERMAND_PAYMENT_PROVIDER": "stripe",
        "COUNTERMAND_PAYMENT_KEY": KEY,
        "COUNTERMAND_PAYMENT_URL": url,
        "COUNTERMAND_WEBHOOK_SECRET": SECRET,
        "COUNTERMAND_GATEWAY_PORT": "0",
    }


@pytest.mark.parametrize(("scenario", "back"), [("seller-silent-dispute", TOTAL), ("settled", HALF)])
async def test_a_dispute_ends_as_the_guide_promises_with_stripe(
    local_stripe: LocalStripe, scenario: str, back: int
) -> None:
    """Paid at localstripe, told by its webhook, given back through its API; what the seller gets goes to the door."""
    said = await CommandLine(settings(local_stripe.url))("demo", "--only", scenario, "--json")
    assert (said.code, said.err) == (0, ""), said
    [ending] = said.json["endings"]
    assert (ending["faults"], ending["order"]["refunded"]) == ([], back)
    order_id = ending["order"]["order_id"]
    [refund] = [refund for refund in await local_stripe.every("refunds") if refund["metadata"]["order_id"] == order_id]
    assert (refund["amount"], refund["currency"], refund["status"]) == (back, "usd", "succeeded")
    released = [each["amount"] for each in local_stripe.transfers if each["transfer_group"] == order_id]
    assert released == ([TOTAL - back] if back < TOTAL else [])


async def test_a_dispute_with_a_full_refund_needs_nothing_but_localstripe(local_stripe: LocalStripe) -> None:
    """Without the door: no transfer is asked for, and everything else it can do by itself."""
    said = await CommandLine(settings(local_stripe.behind))("demo", "--only", "seller-silent-dispute", "--json")
    assert (said.code, said.err) == (0, ""), said
    assert [ending["faults"] for ending in said.json["endings"]] == [[]]


async def test_the_demo_pays_nothing_with_a_live_key(local_stripe: LocalStripe) -> None:
    live = {**settings(local_stripe.url), "COUNTERMAND_PAYMENT_KEY": "sk_live_somebodys_real_money"}
    said = await CommandLine(live)("demo", "--only", "settled", "--json")
    assert said.code == 2
    assert said.err.startswith("COUNTERMAND_PAYMENT_KEY must be a test key")
