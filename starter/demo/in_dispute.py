"""The guide's last part: opening a dispute, and what may come of it."""

import hashlib
from typing import Any, Final

from starter.demo.play import TOTAL, Play
from starter.demo.scenario import QUICK, Scenario
from workflows.messages.values import Stage

HALF: Final = 1_150
"""A partial refund, in minor units."""


def photo(of: str) -> dict[str, Any]:
    """A photo as evidence: where it is, and the hash by which it is known."""
    return {
        "kind": "photo",
        "uri": f"https://files.example/{of}.jpg",
        "sha256": hashlib.sha256(of.encode()).hexdigest(),
        "media_type": "image/jpeg",
        "size": 48_213,
        "caption": of.replace("-", " "),
    }


async def damaged(play: Play, resolution: str = "full_refund", **more: Any) -> None:
    """The lamp arrives with a broken foot, and Ada shows it."""
    await play.delivered()
    await play.buyer_does(
        "open_dispute",
        reason="damaged",
        description="The foot of the lamp is broken.",
        requested_resolution=resolution,
        evidence=[photo("broken-foot")],
        **more,
    )


async def contested(play: Play, resolution: str = "full_refund") -> None:
    await damaged(play, resolution)
    await play.seller_does("respond_to_dispute", accept=False, statement="It left us in one piece.")


async def seller_silent(play: Play) -> None:
    await play.order(**QUICK | {"answer_within": "PT3S"})
    await damaged(play)
    await play.waits_on("platform")
    await play.platform_does("request_information", party="buyer", question="Do you have a photo of the box?")
    await play.buyer_does("provide_information", answer="Here it is.", evidence=[photo("box")])
    await play.platform_does(
        "decide_dispute", outcome="full_refund", reason_code="item_not_as_described", fault="seller"
    )


async def settled_by_both(play: Play) -> None:
    await play.order(**QUICK)
    await damaged(play)
    offer = await play.seller_does("make_offer", resolution="partial_refund", amount=HALF, note="Keep it, half back?")
    await play.buyer_does("accept_offer", offer_id=offer.offer_id)


async def appealed(play: Play) -> None:
    await play.order(**QUICK)
    await contested(play)
    await play.platform_does("decide_dispute", outcome="no_refund", reason_code="insufficient_evidence")
    await play.buyer_does("appeal", statement="This shows the crack.", evidence=[photo("crack-in-daylight")])
    await play.platform_does(
        "decide_dispute", outcome="partial_refund", amount=HALF, reason_code="item_not_as_described", fault="seller"
    )


async def returned(play: Play, inspection: str) -> None:
    await play.order(**QUICK | {"appeal_within": "PT3S"})
    await contested(play, "return_and_refund")
    await play.platform_does("decide_dispute", outcome="return_and_refund", reason_code="item_not_as_described")
    back = f"RR-{play.order_id}"
    await play.buyer_does("ship_return", carrier="Parcelpost", tracking=back)
    await play.carrier_says("parcel_delivered", back)
    await play.seller_does("receive_return", inspection=inspection)


async def returned_as_agreed(play: Play) -> None:
    await returned(play, "as_agreed")


async def returned_empty(play: Play) -> None:
    await returned(play, "empty")
    await play.waits_on("platform")
    await play.platform_does("decide_dispute", outcome="no_refund", reason_code="return_not_received", fault="buyer")
    await play.reaches(Stage.COMPLETED)


async def exchanged(play: Play) -> None:
    await play.order(**QUICK)
    await damaged(play, "exchange")
    await play.seller_does("respond_to_dispute", accept=True)
    replacement = f"PP-{play.order_id}-2"
    await play.seller_does("ship", carrier="Parcelpost", tracking=replacement)
    await play.carrier_says("parcel_delivered", replacement)
    await play.reaches(Stage.DELIVERED)
    await play.confirm()


SCENARIOS: Final = (
    Scenario("seller-silent-dispute", "a full refund after the review", seller_silent, Stage.REFUNDED, refunded=TOTAL),
    Scenario(
        "settled",
        "a partial refund, agreed with the seller",
        settled_by_both,
        Stage.PARTIALLY_REFUNDED,
        refunded=HALF,
        released=TOTAL - HALF,
    ),
    Scenario(
        "appealed",
        "no refund; appealed with new evidence, changed",
        appealed,
        Stage.PARTIALLY_REFUNDED,
        refunded=HALF,
        released=TOTAL - HALF,
    ),
    Scenario("returned", "return the item, get a refund", returned_as_agreed, Stage.REFUNDED, refunded=TOTAL),
    Scenario("returned-empty", "the goods must come back as agreed", returned_empty, Stage.COMPLETED, released=TOTAL),
    Scenario("exchanged", "a replacement", exchanged, Stage.COMPLETED, released=TOTAL),
)
