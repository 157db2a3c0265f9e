"""Scenario 3 of the guide: an order that is already shipped, which is extremely difficult to cancel."""

from typing import Final

from starter.demo.play import TOTAL, Play
from starter.demo.scenario import QUICK, Scenario
from workflows.messages.values import Stage

PARTLY: Final = 1_000
"""What the platform gives back of a parcel that was refused at the door: the lamp came back, its box did not."""


async def intercepted_in_time(play: Play) -> None:
    await play.order(**QUICK)
    await play.shipped()
    await play.buyer_does("request_interception", note="I ordered the wrong one, please stop it.")
    await play.seller_does("answer_interception", answer="trying")
    await play.carrier_says("parcel_returned")
    await play.seller_does("receive_return", inspection="as_agreed")


async def intercepted_too_late(play: Play) -> None:
    await play.order(**QUICK)
    await play.shipped()
    await play.try_to_cancel_too_late()
    await play.buyer_does("request_interception")
    await play.deliver()
    await play.confirm()


async def refused_and_partly_refunded(play: Play) -> None:
    await play.order(**QUICK | {"appeal_within": "PT3S"})
    await play.shipped()
    await play.carrier_says("delivery_refused")
    await play.carrier_says("parcel_returned")
    await play.seller_does("receive_return", inspection="damaged", note="The box is gone.")
    await play.buyer_does(
        "open_dispute",
        reason="returned_not_refunded",
        description="I never took it in. I want my money back.",
        requested_resolution="full_refund",
    )
    await play.seller_does("respond_to_dispute", accept=False, statement="It came back damaged.")
    await play.platform_does(
        "decide_dispute", outcome="partial_refund", amount=PARTLY, reason_code="item_returned", fault="buyer"
    )


async def lost_on_the_way_back(play: Play) -> None:
    await play.order(**QUICK | {"protect_for": "PT3S"})
    await play.shipped()
    await play.carrier_says("delivery_refused")
    await play.carrier_says("parcel_lost")


async def never_arrived(play: Play) -> None:
    await play.order(**QUICK | {"deliver_within": "PT3S", "answer_within": "PT3S"})
    await play.shipped()
    await play.waits_on("buyer")
    await play.buyer_does(
        "open_dispute",
        reason="not_received",
        description="Nothing has come.",
        requested_resolution="full_refund",
    )
    await play.waits_on("platform")
    await play.platform_does("decide_dispute", outcome="full_refund", reason_code="no_delivery_proof", fault="carrier")


SCENARIOS: Final = (
    Scenario(
        "intercepted",
        "the seller may reroute the package",
        intercepted_in_time,
        Stage.CANCELLED,
        refunded=TOTAL,
    ),
    Scenario(
        "not-intercepted",
        "don't count on it: it may arrive all the same",
        intercepted_too_late,
        Stage.COMPLETED,
        released=TOTAL,
    ),
    Scenario(
        "refused",
        "refuse delivery: no guaranteed refund, dispute after the return",
        refused_and_partly_refunded,
        Stage.PARTIALLY_REFUNDED,
        refunded=PARTLY,
        released=TOTAL - PARTLY,
    ),
    Scenario(
        "lost-on-return",
        "lost on the way back: extremely difficult to get a refund",
        lost_on_the_way_back,
        Stage.COMPLETED,
        released=TOTAL,
    ),
    Scenario(
        "never-arrived",
        "the item never arrived: a full refund",
        never_arrived,
        Stage.REFUNDED,
        refunded=TOTAL,
    ),
)
