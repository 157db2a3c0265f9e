"""Scenario 2 of the guide: an order in 'Awaiting Shipment'."""

from typing import Final

from starter.demo.play import TOTAL, Play
from starter.demo.scenario import QUICK, Scenario
from workflows.messages.values import Stage


async def cancellation_approved(play: Play) -> None:
    await play.order(**QUICK)
    await play.paid()
    await play.ask_to_cancel()
    await play.approve()


async def rejected_then_delivered(play: Play) -> None:
    await play.order(**QUICK | {"protect_for": "PT3S"})
    await play.paid()
    await play.ask_to_cancel()
    await play.reject()
    await play.ship()
    await play.try_to_cancel_too_late()
    await play.deliver()


async def seller_silent(play: Play) -> None:
    await play.order(**QUICK | {"respond_within": "PT3S"})
    await play.paid()
    await play.ask_to_cancel()
    await play.reaches(Stage.AWAITING_SHIPMENT)
    await play.ship()
    await play.deliver()
    await play.confirm()


async def shipped_while_pending(play: Play) -> None:
    await play.order(**QUICK)
    await play.paid()
    await play.ask_to_cancel()
    await play.ship()
    await play.deliver()
    await play.confirm()


async def within_the_grace(play: Play) -> None:
    await play.order(**QUICK, auto_approve=[{"within": "PT30S"}])
    await play.paid()
    await play.ask_to_cancel()


async def processing_time_missed(play: Play) -> None:
    await play.order(**QUICK | {"ship_within": "PT3S"})
    await play.paid()


async def rejected_then_a_voucher(play: Play) -> None:
    await play.order(**QUICK)
    await play.paid()
    await play.ask_to_cancel()
    await play.reject()
    await play.buyer_does("send_message", to="seller", text="I understand. Can we find another way?")
    offer = await play.seller_does("make_offer", resolution="voucher", amount=500, note="For your next lamp.")
    await play.buyer_does("accept_offer", offer_id=offer.offer_id)
    await play.ship()
    await play.deliver()
    await play.confirm()


SCENARIOS: Final = (
    Scenario(
        "approved",
        "a full refund to the payment it came from",
        cancellation_approved,
        Stage.CANCELLED,
        refunded=TOTAL,
    ),
    Scenario(
        "rejected",
        "the seller has the final say; no cancelling once shipped",
        rejected_then_delivered,
        Stage.COMPLETED,
        released=TOTAL,
    ),
    Scenario(
        "seller-silent",
        "the request lapses, the order goes on",
        seller_silent,
        Stage.COMPLETED,
        released=TOTAL,
    ),
    Scenario(
        "shipped-anyway",
        "the shipment is the answer",
        shipped_while_pending,
        Stage.COMPLETED,
        released=TOTAL,
    ),
    Scenario(
        "grace",
        "a lenient seller's terms approve at once",
        within_the_grace,
        Stage.CANCELLED,
        refunded=TOTAL,
    ),
    Scenario(
        "missed",
        "cancelled by itself, refunded in full",
        processing_time_missed,
        Stage.CANCELLED,
        refunded=TOTAL,
    ),
    Scenario(
        "rejected-voucher",
        "contact the seller: a discount on a future purchase",
        rejected_then_a_voucher,
        Stage.COMPLETED,
        released=TOTAL,
    ),
)
