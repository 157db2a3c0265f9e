"""A dispute lived through with the `temporal` command alone, and the same with `countermand`."""

from typing import Any, Final

from starter.embedded import EmbeddedStack
from tests.acceptance.foreign import Foreigner
from tests.acceptance.orders import BUYER, PROVIDER, SELLER, TOTAL, Bank, an_order, as_file, payment
from tests.acceptance.programs import CommandLine

CARRIER: Final = {"role": "carrier", "id": "ups"}
PLATFORM: Final = {"role": "platform", "id": "desk"}
PHOTO: Final = {
    "kind": "photo",
    "uri": "https://files.example/foot.jpg",
    "sha256": "a" * 64,
    "media_type": "image/jpeg",
    "size": 48_213,
}
DISPUTE: Final = {"reason": "damaged", "description": "The foot is broken.", "requested_resolution": "full_refund"}
PART: Final = 1_000
DECISION: Final = {"outcome": "partial_refund", "amount": PART, "reason_code": "item_not_as_described"}
STORY: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("ship", {"by": SELLER, "carrier": "UPS", "tracking": "1Z"}),
    ("parcel_delivered", {"by": CARRIER, "tracking": "1Z"}),
    ("open_dispute", {"by": BUYER, **DISPUTE, "evidence": [PHOTO]}),
    ("respond_to_dispute", {"by": SELLER, "accept": False, "statement": "It left us whole."}),
    ("request_information", {"by": PLATFORM, "party": "buyer", "question": "And the box?"}),
    ("provide_information", {"by": BUYER, "answer": "Thrown away."}),
    ("decide_dispute", {"by": PLATFORM, **DECISION}),
)
SENSELESS: Final[tuple[tuple[str, dict[str, Any], str], ...]] = (
    ("open_dispute", {"by": BUYER, **DISPUTE, "evidence": []}, "evidence_missing"),
    ("open_dispute", {"by": BUYER, **DISPUTE, "evidence": [{**PHOTO, "sha256": "x"}]}, "invalid"),
    ("appeal", {"by": BUYER, "statement": "?", "evidence": [PHOTO]}, "nothing_open"),
    ("accept_offer", {"by": BUYER, "offer_id": "none"}, "invalid"),
    ("ship_return", {"by": BUYER, "carrier": "UPS", "tracking": "2Z"}, "nothing_open"),
)
"""What comes to a delivered order and changes nothing."""
TERMS: Final = {"appeal_within": "PT2S"}


async def ended(order: dict[str, Any], bank: Bank, order_id: str) -> None:
    """Partly refunded, by the order's word and by the provider's own book."""
    found = (order["stage"], order["captured"], order["refunded"], order["released"])
    assert found == ("partially_refunded", TOTAL, PART, TOTAL - PART)
    assert await bank.refunds(order_id) == [(PART, "succeeded")]


async def test_a_dispute_with_the_temporal_command_as_the_only_client(
    stack: EmbeddedStack, order_id: str, bank: Bank
) -> None:
    foreigner = Foreigner(stack, order_id)
    await foreigner.start(an_order(order_id, terms=TERMS))
    await bank.pay_quietly(order_id)
    await foreigner.must("payment_captured", {"by": PROVIDER, **payment(order_id)})
    for name, message in STORY:
        if name == "open_dispute":
            before = await foreigner.view()
            for senseless, content, code in SENSELESS:
                said = await foreigner.update(senseless, content)
                assert f"(type: {code}," in said.err, (senseless, said)
            assert await foreigner.view() == before
        await foreigner.must(name, message)
    await ended(await foreigner.result(), bank, order_id)
    assert (await foreigner.view())["dispute"]["decision"]["amount"] == PART


async def test_a_dispute_with_the_command_line(countermand: CommandLine, order_id: str, bank: Bank) -> None:
    await countermand.json("start", "-", given=as_file(order_id, terms=TERMS))
    await bank.pay_quietly(order_id)
    fields = [f"{name}={value}" for name, value in payment(order_id).items()]
    await countermand.json("send", order_id, "payment_captured", *fields)
    for name, message in STORY:
        sender = f"{message['by']['role']}:{message['by']['id']}"
        words = [f"{field}={_written(value)}" for field, value in message.items() if field != "by"]
        await countermand.json("send", order_id, name, *words, "--as", sender)
    assert (await countermand("watch", order_id)).code == 0
    await ended(await countermand.json("show", order_id), bank, order_id)
    told = (await countermand("timeline", order_id)).out
    for sentence in (
        "The buyer opened a dispute: damaged, asks for a full refund “The foot is broken.”",
        "The seller contests the dispute: the platform reviews",
        "The platform asks the buyer for information “And the box?”",
        "The platform decided: a partial refund of 10.00 USD",
        "No appeal: the decision stands, the order closes",
    ):
        assert sentence in told


def _written(value: object) -> str:
    """As one writes it behind the equals sign."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return str(value).replace("'", '"')
        case _:
            return str(value)
