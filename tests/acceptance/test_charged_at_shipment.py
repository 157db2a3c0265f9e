"""A promise at the provider, with its webhooks, through the whole engine: charged when shipped, or never (R32)."""

from starter.client.orders import OrderClient
from tests.acceptance.orders import TOTAL, Bank, as_file, reaches
from tests.acceptance.programs import CommandLine

TERMS = {"capture": "at_shipment"}


async def test_what_is_shipped_is_charged_and_then_paid_out(
    countermand: CommandLine, client: OrderClient, order_id: str, bank: Bank
) -> None:
    await _promised(countermand, client, order_id, bank)
    card = (await countermand("show", order_id)).out
    assert "authorized" in card
    assert "captured_at" not in card, "nobody is charged"
    await countermand.json("send", order_id, "ship", "carrier=UPS", "tracking=1Z")
    await reaches(client, order_id, lambda row: row.captured == TOTAL)
    await countermand.json("send", order_id, "confirm_receipt")
    assert (await countermand("watch", order_id)).code == 0
    shown = await countermand.json("show", order_id)
    assert (shown["stage"], shown["authorized"], shown["captured"], shown["released"]) == ("completed", 0, TOTAL, TOTAL)
    book = await bank.book(order_id)
    assert [(each["amount"], each["state"]) for each in book["captures"]] == [(TOTAL, "succeeded")]
    told = (await countermand("timeline", order_id)).out
    assert "Authorised: 22.99 USD by card, to be charged when it is shipped" in told


async def test_what_is_cancelled_was_never_charged(
    countermand: CommandLine, client: OrderClient, order_id: str, bank: Bank
) -> None:
    await _promised(countermand, client, order_id, bank)
    await countermand.json("send", order_id, "cancel_order", "reason=out_of_stock", "--as", "seller:s-3")
    assert (await countermand("watch", order_id)).code == 0
    shown = await countermand.json("show", order_id)
    assert (shown["stage"], shown["captured"], shown["refunded"]) == ("cancelled", 0, TOTAL)
    book = await bank.book(order_id)
    assert [(each["amount"], each["state"]) for each in book["voids"]] == [(TOTAL, "succeeded")]
    assert (book["payments"][0]["state"], book["refunds"]) == ("voided", [])


async def _promised(countermand: CommandLine, client: OrderClient, order_id: str, bank: Bank) -> None:
    """Started, and promised at the provider, whose webhook has arrived."""
    await countermand.json("start", "-", given=as_file(order_id, terms=TERMS))
    await bank.promise(order_id)
    await reaches(client, order_id, lambda row: row.stage == "awaiting_shipment")
