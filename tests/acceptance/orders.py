"""The lamp that everybody orders here, how to wait for its order, and the payment provider's own word on it."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any, Final

import httpx

from starter.client.orders import OrderClient
from starter.errors import OrderNotFound
from tests.acceptance.programs import LOOK_EVERY, PATIENCE
from workflows.messages.decoding import decode_as
from workflows.messages.sentences import say
from workflows.messages.start import StartOrder
from workflows.messages.work import OrderRow

BUYER: Final = {"role": "buyer", "id": "b-7"}
SELLER: Final = {"role": "seller", "id": "s-3"}
PROVIDER: Final = {"role": "payment_provider", "id": "x"}
TOTAL: Final = 2_299


def an_order(order_id: str, **changes: Any) -> dict[str, Any]:
    """A start input."""
    line = {"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 1, "unit_price": TOTAL}
    parties = {"buyer_id": BUYER["id"], "seller_id": SELLER["id"]}
    return {"order_id": order_id, **parties, "currency": "USD", "lines": [line], **changes}


def as_file(order_id: str, **changes: Any) -> str:
    """The same, as `countermand start` reads it."""
    return json.dumps(an_order(order_id, **changes))


def started(order_id: str, **changes: Any) -> StartOrder:
    """The same, as our own client takes it."""
    return decode_as(StartOrder, say("The order"), as_file(order_id, **changes).encode())


def payment(order_id: str, amount: int = TOTAL) -> dict[str, Any]:
    """A payment's own fields."""
    return {"payment_id": f"pay-{order_id}-{amount}", "amount": amount, "currency": "USD", "method": "card"}


async def reaches(client: OrderClient, order_id: str, there: Callable[[OrderRow], bool]) -> None:
    """Wait until the order is in the read model, and its row says so."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(OrderNotFound):  # started a moment ago, and not recorded yet
                if there(await client.row(order_id)):
                    return
            await asyncio.sleep(LOOK_EVERY)


class Bank:
    """The sandbox payment provider, as its own customers see it."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def pay(self, order_id: str) -> None:
        """The buyer pays there; the engine hears of it by webhook."""
        await self._post("payments", {"order_id": order_id, **payment(order_id)})

    async def pay_quietly(self, order_id: str, amount: int = TOTAL, **more: object) -> None:
        """The buyer pays there, and no webhook tells of it: the test does. Again it is the same payment."""
        await self._post("payments", {"order_id": order_id, **payment(order_id, amount), "quiet": True, **more})

    async def promise(self, order_id: str) -> None:
        """The buyer's bank promises to pay; the engine hears of it by webhook."""
        await self._post("payments", {"order_id": order_id, **payment(order_id), "authorize": True})

    async def misbehave(self, order_id: str, do: str, kind: str = "refund") -> None:
        """Have it do something wrong with the order's next refund, or release."""
        await self._post("behaviour", {"kind": kind, "order_id": order_id, "do": do})

    async def book(self, order_id: str) -> dict[str, Any]:
        """What its book says of the order."""
        async with httpx.AsyncClient(base_url=self._url) as http:
            book: dict[str, Any] = (await http.get("/book", params={"order_id": order_id})).raise_for_status().json()
        return book

    async def refunds(self, order_id: str) -> list[tuple[int, str]]:
        """Amount and state of each refund in its book."""
        return [(refund["amount"], refund["state"]) for refund in (await self.book(order_id))["refunds"]]

    async def _post(self, what: str, body: dict[str, Any]) -> None:
        async with httpx.AsyncClient(base_url=self._url) as http:
            (await http.post(f"/{what}", json=body)).raise_for_status()
