"""The first half of the guide, scenario by scenario: what happens, what the guide promises, and how it must end."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starter.demo.play import TOTAL, Play
from workflows.messages.values import Stage

QUICK: Final = {"pay_within": "PT20S", "respond_within": "PT20S", "ship_within": "PT40S", "protect_for": "PT20S"}
"""Windows that are long enough to act in, and short enough to watch."""


@dataclass(frozen=True)
class Scenario:
    """A story of the guide, and its end: the stage, and in minor units what went back and what went to the seller."""

    name: str
    promise: str
    """What the guide says of it."""
    tell: Callable[[Play], Awaitable[None]]
    ends: Stage
    captured: int = TOTAL
    refunded: int = 0
    released: int = 0


async def unpaid_and_cancelled(play: Play) -> None:
    await play.order(**QUICK)
    await play.cancel_unpaid()


async def unpaid_and_expired(play: Play) -> None:
    await play.order(**QUICK | {"pay_within": "PT3S"})


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


async def paid_after_cancellation(play: Play) -> None:
    await play.order(**QUICK)
    await play.cancel_unpaid()
    await play.settles()
    await play.pay()
    await play.captures(TOTAL)


SCENARIOS: Final = (
    Scenario(
        "unpaid-cancelled",
        "cancelled instantly, nothing charged",
        unpaid_and_cancelled,
        Stage.CANCELLED,
        captured=0,
    ),
    Scenario(
        "unpaid-expired",
        "cancelled by itself, nothing charged",
        unpaid_and_expired,
        Stage.CANCELLED,
        captured=0,
    ),
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
        "paid-late",
        "the money goes back, the order stays cancelled",
        paid_after_cancellation,
        Stage.CANCELLED,
        refunded=TOTAL,
    ),
)
