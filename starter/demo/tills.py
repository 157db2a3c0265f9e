"""How a buyer pays in the demo, and what the provider's own book then says: one till for each payment provider.

How the engine itself talks to a provider lives in `activities/providers/`; nothing here is used outside the demo.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import MappingProxyType
from typing import Any, Final, Protocol

import httpx
import stripe

from starter.settings.environment import Settings, SettingsError

TIMEOUT: Final = 20.0
"""Seconds for one call: a buyer at a till does not wait longer."""
TEST_CARD: Final = MappingProxyType({"number": "4242424242424242", "exp_month": 12, "exp_year": 2035, "cvc": "123"})
"""The card of which every Stripe knows that it is for tests."""
READY_CARD: Final = "pm_card_visa"
"""The same at Stripe itself, which takes no card numbers from servers."""
MOVED: Final = ("succeeded", "pending")


class Till(Protocol):
    """Where the demo's buyers pay."""

    seller_id: str
    """As whom the provider knows the seller."""

    async def pay(self, order_id: str, amount: int) -> None:
        """The buyer pays `amount` US cents for the order; the provider tells the gateway."""

    async def refunded(self, order_id: str) -> int:
        """What went back, by the provider's own book."""

    async def released(self, order_id: str) -> int:
        """What went to the seller, by the provider's own book."""


class SandboxTill:
    seller_id = "lamps-and-co"

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def pay(self, order_id: str, amount: int) -> None:
        payment = {"order_id": order_id, "payment_id": f"pay-{order_id}", "currency": "USD", "method": "card"}
        (await self._http.post("/payments", json=payment | {"amount": amount})).raise_for_status()

    async def refunded(self, order_id: str) -> int:
        return await self._moved("refunds", order_id)

    async def released(self, order_id: str) -> int:
        return await self._moved("releases", order_id)

    async def _moved(self, what: str, order_id: str) -> int:
        book = (await self._http.get("/book", params={"order_id": order_id})).raise_for_status().json()
        return sum(entry["amount"] for entry in book[what] if entry["state"] == "succeeded")


class StripeTill:
    seller_id = "acct_lamps_and_co"

    def __init__(self, api: Any, *, local: bool) -> None:
        self._api = api
        self._local = local
        self._payments: dict[str, str] = {}

    async def pay(self, order_id: str, amount: int) -> None:
        intent = await self._api.payment_intents.create_async(
            {
                "amount": amount,
                "currency": "usd",
                "payment_method_types": ["card"],
                "payment_method": await self._card(),
                "confirm": True,
                # By it the webhook finds its order.
                "metadata": {"order_id": order_id},
            }
        )
        self._payments[order_id] = intent.id

    async def refunded(self, order_id: str) -> int:
        if order_id not in self._payments:
            return 0
        refunds = await self._api.refunds.list_async({"payment_intent": self._payments[order_id], "limit": 100})
        return sum(refund.amount for refund in refunds.data if refund.status in MOVED)

    async def released(self, order_id: str) -> int:
        transfers = await self._api.transfers.list_async({"transfer_group": order_id, "limit": 100})
        return sum(transfer.amount for transfer in transfers.data if not transfer.reversed)

    async def _card(self) -> str:
        if not self._local:
            return READY_CARD
        method = await self._api.payment_methods.create_async({"type": "card", "card": dict(TEST_CARD)})
        return str(method.id)


@asynccontextmanager
async def _at_the_sandbox(settings: Settings, gateway_url: str) -> AsyncIterator[Till]:
    """The sandbox was told at its start where the gateway is."""
    del gateway_url
    async with httpx.AsyncClient(base_url=settings.payment_url, timeout=TIMEOUT) as http:
        yield SandboxTill(http)


@asynccontextmanager
async def _at_stripe(settings: Settings, gateway_url: str) -> AsyncIterator[Till]:
    """A Stripe of this machine is told where the gateway is; at the real one an endpoint, or `stripe listen`, is."""
    local = settings.given_payment_url
    if local:
        hook = {"url": f"{gateway_url}/webhooks/payments", "secret": settings.webhook_secret}
        async with httpx.AsyncClient(base_url=local, timeout=TIMEOUT) as http:
            (await http.post("/_config/webhooks/countermand", json=hook)).raise_for_status()
    connections = stripe.HTTPXClient(timeout=TIMEOUT)
    client = stripe.StripeClient(
        settings.payment_key, http_client=connections, base_addresses={"api": local} if local else {}
    )
    try:
        yield StripeTill(client.v1, local=local is not None)
    finally:
        await connections.close_async()  # type: ignore[no-untyped-call]  # as the library has it


_TILLS: Final[Mapping[str, Callable[[Settings, str], AbstractAsyncContextManager[Till]]]] = MappingProxyType(
    {"sandbox": _at_the_sandbox, "stripe": _at_stripe}
)


def refuse_real_money(settings: Settings) -> None:
    """Raises `SettingsError` where a demo would move some, or could not pay at all."""
    if settings.payment_provider not in _TILLS:
        raise SettingsError(f"The demo has no till for COUNTERMAND_PAYMENT_PROVIDER {settings.payment_provider}.")
    if settings.payment_provider == "stripe" and not settings.payment_key.startswith("sk_test_"):
        raise SettingsError("COUNTERMAND_PAYMENT_KEY must be a test key (sk_test_…) here: the demo pays by itself.")


def till(settings: Settings, gateway_url: str) -> AbstractAsyncContextManager[Till]:
    """The till of the provider that the settings name; it sees to it that the gateway is told."""
    return _TILLS[settings.payment_provider](settings, gateway_url)
