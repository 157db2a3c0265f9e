"""One order of the demo as its people play it: a buyer, a seller, a carrier, and a till to pay at."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starter.client.orders import OrderClient
from starter.demo.tills import Till
from starter.errors import CommandRefused, OrderNotFound
from workflows.messages.answers import Answer, Result
from workflows.messages.base import Fact
from workflows.messages.decoding import decode, decode_as
from workflows.messages.sentences import say
from workflows.messages.start import StartOrder
from workflows.messages.values import CancellationReason, Party, RejectionReason, Role, Stage
from workflows.messages.work import OrderRow

LOOK_EVERY: Final = 0.1
"""Seconds between two looks at an order that is about to move."""
MOVES_WITHIN: Final = timedelta(seconds=60)
"""For an order to get where its story leads: all windows of the demo are seconds long."""
BREATH: Final = 0.6
"""Seconds before a person acts, so that a spectator can follow."""
CARRIER: Final = {"role": "carrier", "id": "parcelpost"}
LAMP: Final = 1_999
SHIPPING: Final = 300
TOTAL: Final = LAMP + SHIPPING


@dataclass(frozen=True)
class Play:
    """The people around one order."""

    client: OrderClient
    till: Till
    """Where a buyer pays."""
    order_id: str

    @property
    def tracking(self) -> str:
        return f"PP-{self.order_id}"

    @property
    def buyer(self) -> Party:
        return Party(role=Role.BUYER, id="ada")

    @property
    def seller(self) -> Party:
        return Party(role=Role.SELLER, id=self.till.seller_id)

    async def order(self, **terms: Any) -> None:
        """Ada orders a lamp, under terms shortened to seconds."""
        line = {"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 1, "unit_price": LAMP}
        start = {
            "order_id": self.order_id,
            "buyer_id": self.buyer.id,
            "seller_id": self.seller.id,
            "currency": "USD",
            "lines": [line],
            "shipping_fee": SHIPPING,
            "terms": terms,
        }
        await self.client.start(decode_as(StartOrder, say("The demo's order"), _json(start)))
        await asyncio.sleep(BREATH)

    async def pay(self) -> None:
        """The buyer pays at the provider, which tells the gateway by webhook, which tells the order."""
        await self.till.pay(self.order_id, TOTAL)

    async def paid(self) -> None:
        await self.pay()
        await self.reaches(Stage.AWAITING_SHIPMENT)

    async def ask_to_cancel(self) -> None:
        await self.client.request_cancellation(self.order_id, by=self.buyer, reason=CancellationReason.CHANGED_MIND)
        await asyncio.sleep(BREATH)

    async def cancel_unpaid(self) -> None:
        await self.client.request_cancellation(self.order_id, by=self.buyer)

    async def approve(self) -> None:
        await self.client.decide_cancellation(self.order_id, by=self.seller, approve=True)

    async def reject(self) -> None:
        await self.client.decide_cancellation(
            self.order_id,
            by=self.seller,
            approve=False,
            reason=RejectionReason.ALREADY_PREPARED,
            note="It is packed already, sorry.",
        )
        await asyncio.sleep(BREATH)

    async def ship(self) -> None:
        await self.seller_does("ship", carrier="Parcelpost", tracking=self.tracking)

    async def try_to_cancel_too_late(self) -> None:
        """The buyer tries to cancel what is on its way, and is told what is possible instead."""
        try:
            await self.ask_to_cancel()
        except CommandRefused:
            return
        raise AssertionError(f"order {self.order_id} was shipped, and could be cancelled all the same")

    async def deliver(self) -> None:
        await self.carrier_says("parcel_delivered")
        await self.reaches(Stage.DELIVERED)

    async def confirm(self) -> None:
        await self.client.confirm_receipt(self.order_id, by=self.buyer)

    async def buyer_does(self, name: str, **fields: Any) -> Answer:
        """The buyer sends a command with these fields, as the contract writes them."""
        return await self._does(self.buyer, name, fields)

    async def seller_does(self, name: str, **fields: Any) -> Answer:
        return await self._does(self.seller, name, fields)

    async def platform_does(self, name: str, **fields: Any) -> Answer:
        return await self._does(Party(role=Role.PLATFORM, id="desk"), name, fields)

    async def carrier_says(self, name: str, tracking: str | None = None) -> None:
        """The carrier reports something of the order's parcel, or of another one."""
        fields = {"by": CARRIER, "tracking": tracking or self.tracking}
        fact = decode(name, _json(fields))
        assert isinstance(fact, Fact), f"{name} is what the carrier reports"
        await self.client.report(self.order_id, fact)
        await asyncio.sleep(BREATH)

    async def _does(self, by: Party, name: str, fields: dict[str, Any]) -> Answer:
        message = decode(name, _json({"by": by.model_dump(mode="json"), **fields}))
        answer = await self.client.send(self.order_id, message)
        await asyncio.sleep(BREATH)
        return answer

    async def shipped(self) -> None:
        """Paid and shipped."""
        await self.paid()
        await self.ship()

    async def delivered(self) -> None:
        """Paid, shipped, delivered."""
        await self.shipped()
        await self.deliver()

    async def reaches(self, stage: Stage) -> OrderRow:
        """Wait until the order is there."""
        return await self._when(lambda row: row.stage is stage)

    async def waits_on(self, role: str) -> OrderRow:
        """Wait until it is this role's turn."""
        return await self._when(lambda row: row.waiting_on == role)

    async def captures(self, amount: int) -> OrderRow:
        """Wait until the order has heard of this much money."""
        return await self._when(lambda row: row.captured == amount)

    async def settles(self) -> OrderRow:
        """Wait until the order is closed and no money is under way."""
        return await self._when(lambda row: row.closed_at is not None)

    async def result(self) -> Result:
        return await self.client.result(self.order_id)

    async def _when(self, holds: Callable[[OrderRow], bool]) -> OrderRow:
        async with asyncio.timeout(MOVES_WITHIN.total_seconds()):
            while True:
                with contextlib.suppress(OrderNotFound):  # started a moment ago, and not recorded yet
                    if holds(row := await self.client.row(self.order_id)):
                        return row
                await asyncio.sleep(LOOK_EVERY)


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content).encode()
