"""For the contract of authorisations: each payment provider with its own side of it. No test lives here."""

from dataclasses import dataclass
from typing import Any, Protocol

from starlette.responses import JSONResponse

from activities.providers import PaymentProvider
from activities.providers.sandbox import SandboxProvider
from activities.providers.stripe import StripeProvider
from tests.activities.contract import PAID
from tests.activities.sandboxes import Sandbox, eventually
from tests.activities.stripes import LocalStripe, refused
from workflows.messages.work import CaptureCall, VoidCall


class Promises(Protocol):
    """One provider, and its own side of it."""

    @property
    def provider(self) -> PaymentProvider: ...

    async def promise(self, order_id: str) -> str:
        """A buyer's bank promises `PAID`; the payment."""

    async def settled(self, payment_id: str) -> tuple[str, int]:
        """What became of it, `captured` or `voided`, and what was taken, once it has."""

    async def will_lose_the_answer(self, call: CaptureCall | VoidCall) -> None: ...

    async def will_find_too_little(self, call: CaptureCall) -> None: ...


def capture_of(order_id: str, payment_id: str, amount: int) -> CaptureCall:
    record_id = f"{order_id}-capture-1"
    rest: dict[str, Any] = {"order_id": order_id, "attempt": 1, "amount": amount, "currency": "USD"}
    rest |= {"opened_by": "run-1", "entry": 1}
    return CaptureCall(capture_id=record_id, key=f"{record_id}-1", payment_id=payment_id, **rest)


def void_of(order_id: str, payment_id: str, amount: int, number: int = 1) -> VoidCall:
    record_id = f"{order_id}-refund-{number}"
    rest: dict[str, Any] = {"order_id": order_id, "attempt": 1, "amount": amount, "currency": "USD"}
    rest |= {"opened_by": "run-1", "entry": 1}
    return VoidCall(refund_id=record_id, key=f"{record_id}-1", payment_id=payment_id, **rest)


@dataclass(frozen=True)
class AtTheSandbox:
    """The sandbox process, told what to do by its own API."""

    provider: SandboxProvider
    sandbox: Sandbox

    async def promise(self, order_id: str) -> str:
        (await self.sandbox.pay(order_id, authorize=True)).raise_for_status()
        return f"pay-{order_id}"

    async def settled(self, payment_id: str) -> tuple[str, int]:
        async def look() -> tuple[str, int] | None:
            payments = (await self.sandbox.book())["payments"]
            [payment] = [each for each in payments if each["payment_id"] == payment_id]
            return None if payment["state"] == "authorized" else (payment["state"], payment["captured"])

        return await eventually(look)

    async def will_lose_the_answer(self, call: CaptureCall | VoidCall) -> None:
        await self.sandbox.misbehave(call.kind, "error_after", call.order_id)

    async def will_find_too_little(self, call: CaptureCall) -> None:
        """It counts for itself."""


@dataclass(frozen=True)
class AtStripe:
    """localstripe, and at its door what Stripe itself would say."""

    provider: StripeProvider
    stripe: LocalStripe

    async def promise(self, order_id: str) -> str:
        intent = await self.stripe.pay(order_id, PAID, capture_method="manual")
        assert intent["status"] == "requires_capture"
        return str(intent["id"])

    async def settled(self, payment_id: str) -> tuple[str, int]:
        intent = await self.stripe.intent(payment_id)
        if intent["status"] == "canceled":
            return "voided", 0
        [charge] = [each for each in await self.stripe.every("charges") if each["payment_intent"] == payment_id]
        return "captured", charge["amount"] - charge["amount_refunded"]

    async def will_lose_the_answer(self, call: CaptureCall | VoidCall) -> None:
        del call
        self.stripe.lost_answers = 1

    async def will_find_too_little(self, call: CaptureCall) -> None:
        """What Stripe says; localstripe says less."""
        words = f"The amount_to_capture must be less than or equal to {PAID}; {call.amount} was given."
        self.stripe.next_answers.append(refused("amount_too_large", words))

    async def says(self, payment_id: str, **changes: object) -> None:
        """The next answer is this intent with these changes."""
        self.stripe.next_answers.append(JSONResponse({**await self.stripe.intent(payment_id), **changes}))
