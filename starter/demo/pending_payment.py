"""Scenario 1 of the guide: an order in 'Pending Payment'."""

from typing import Final

from starter.demo.play import TOTAL, Play
from starter.demo.scenario import QUICK, Scenario
from workflows.messages.values import Stage


async def unpaid_and_cancelled(play: Play) -> None:
    await play.order(**QUICK)
    await play.cancel_unpaid()


async def unpaid_and_expired(play: Play) -> None:
    await play.order(**QUICK | {"pay_within": "PT3S"})


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
        "paid-late",
        "the money goes back, the order stays cancelled",
        paid_after_cancellation,
        Stage.CANCELLED,
        refunded=TOTAL,
    ),
)
