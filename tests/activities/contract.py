"""For the contract suite: each payment provider with its own side of it, and how it signs. No test lives here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from uuid import uuid4

import stripe
from standardwebhooks import Webhook

from activities.providers import PaymentProvider, WebhookReader
from activities.providers.sandbox import SandboxProvider
from activities.providers.sandbox_webhooks import SandboxWebhooks
from activities.providers.stripe import StripeProvider
from activities.providers.stripe_webhooks import StripeWebhooks
from tests.activities import sandboxes, stripes
from tests.activities.sandboxes import Sandbox
from tests.activities.stripes import LocalStripe, dispute, refused
from workflows.messages.work import MoneyCall, RefundCall, ReleaseCall

OTHER_SANDBOX_SECRET: Final = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgbm90IG91cnM="
PAID: Final = 2_299
"""Minor units of every payment here."""


class Theirs(Protocol):
    """One provider, and its own side of it."""

    @property
    def provider(self) -> PaymentProvider: ...

    async def call(self, kind: str, order_id: str, amount: int = 500) -> MoneyCall:
        """A call that can be carried out: the order is paid."""

    async def deeds(self, call: MoneyCall) -> list[int]:
        """What moved for it, by the provider's own word."""

    async def will_decline(self, call: MoneyCall) -> None: ...

    async def will_lose_the_answer(self, call: MoneyCall) -> None: ...

    async def will_find_too_little(self, call: MoneyCall) -> None: ...

    async def give_back_by_hand(self, payment_id: str, amount: int) -> str:
        """Somebody does, in the console; the provider's reference."""

    async def charge_back(self, payment_id: str, amount: int, outcome: str) -> str:
        """The buyer's bank takes it, and decides, or has not yet (`open`); the chargeback's id."""


def call_of(kind: str, order_id: str, amount: int, payment_id: str, seller_id: str) -> MoneyCall:
    record_id = f"{order_id}-{kind}-1"
    rest: dict[str, Any] = {"order_id": order_id, "attempt": 1, "amount": amount, "currency": "USD"}
    rest |= {"opened_by": "run-1", "entry": 1}
    rest["key"] = f"{record_id}-1"
    if kind == "refund":
        return RefundCall(refund_id=record_id, payment_id=payment_id, **rest)
    return ReleaseCall(release_id=record_id, seller_id=seller_id, **rest)


@dataclass(frozen=True)
class AtTheSandbox:
    """The sandbox process, told what to do by its own API."""

    provider: SandboxProvider
    sandbox: Sandbox

    async def call(self, kind: str, order_id: str, amount: int = 500) -> MoneyCall:
        (await self.sandbox.pay(order_id)).raise_for_status()
        return call_of(kind, order_id, amount, f"pay-{order_id}", "s-3")

    async def deeds(self, call: MoneyCall) -> list[int]:
        book = await self.sandbox.book(call.order_id)
        return [deed["amount"] for deed in (*book["refunds"], *book["releases"]) if deed["state"] != "failed"]

    async def will_decline(self, call: MoneyCall) -> None:
        await self.sandbox.misbehave(_kind(call), "decline", call.order_id)

    async def will_lose_the_answer(self, call: MoneyCall) -> None:
        await self.sandbox.misbehave(_kind(call), "error_after", call.order_id)

    async def will_find_too_little(self, call: MoneyCall) -> None:
        """It counts for itself."""

    async def give_back_by_hand(self, payment_id: str, amount: int) -> str:
        made = await self.sandbox.http.post(f"/payments/{payment_id}/refunds", json={"amount": amount, "quiet": True})
        return str(made.raise_for_status().json()["reference"])

    async def charge_back(self, payment_id: str, amount: int, outcome: str) -> str:
        chargeback_id, http = f"c-{uuid4().hex}", self.sandbox.http
        opened = {"chargeback_id": chargeback_id, "payment_id": payment_id, "amount": amount, "quiet": True}
        (await http.post("/chargebacks", json=opened)).raise_for_status()
        word = {"outcome": outcome, "quiet": True}
        (await http.post(f"/chargebacks/{chargeback_id}/decision", json=word)).raise_for_status()
        return chargeback_id


@dataclass(frozen=True)
class AtStripe:
    """localstripe, and at its door what Stripe itself would say."""

    provider: StripeProvider
    stripe: LocalStripe

    async def call(self, kind: str, order_id: str, amount: int = 500) -> MoneyCall:
        payment = await self.stripe.pay(order_id, PAID)
        return call_of(kind, order_id, amount, payment["id"], "acct_1SellerOfLamps")

    async def deeds(self, call: MoneyCall) -> list[int]:
        if isinstance(call, RefundCall):
            return [refund["amount"] for refund in await self.stripe.refunds(call.payment_id)]
        return [each["amount"] for each in self.stripe.transfers if each["transfer_group"] == call.order_id]

    async def will_decline(self, call: MoneyCall) -> None:
        self.stripe.next_answers.append(
            refused("balance_insufficient", "You have insufficient funds in your Stripe account.")
        )

    async def will_lose_the_answer(self, call: MoneyCall) -> None:
        self.stripe.lost_answers = 1

    async def will_find_too_little(self, call: MoneyCall) -> None:
        """localstripe gives back more than was paid; this is what Stripe says instead."""
        words = "Refund amount ($30.00) is greater than unrefunded amount on charge ($22.99)"
        self.stripe.next_answers.append(refused(None, words))

    async def give_back_by_hand(self, payment_id: str, amount: int) -> str:
        return str((await self.stripe.refund_by_hand(payment_id, amount))["id"])

    async def charge_back(self, payment_id: str, amount: int, outcome: str) -> str:
        made = dispute(payment_id, amount, "needs_response" if outcome == "open" else outcome)
        self.stripe.disputes.insert(0, made)
        return str(made["id"])


def _kind(call: MoneyCall) -> str:
    return "refund" if isinstance(call, RefundCall) else "release"


Signed = list[tuple[str, str]]


class Signs(Protocol):
    """How a provider signs, and who reads it."""

    secret: str
    other_secret: str
    body: bytes

    def reader(self, *secrets: str) -> WebhookReader: ...

    def sign(self, body: bytes, secret: str, at: datetime) -> Signed: ...


class SandboxSigns:
    secret = sandboxes.SECRET
    other_secret = OTHER_SANDBOX_SECRET
    body = (
        b'{"type": "refund_updated", "data": {"order_id": "A-1", "refund_id": "A-1-refund-1", "attempt": 2,'
        b' "state": "succeeded", "provider_reference": "re_1"}}'
    )

    def reader(self, *secrets: str) -> WebhookReader:
        return SandboxWebhooks(secrets)

    def sign(self, body: bytes, secret: str, at: datetime) -> Signed:
        webhook_id = f"msg_{uuid4().hex}"
        signature = Webhook(secret).sign(webhook_id, at, body.decode())
        return [
            ("webhook-id", webhook_id),
            ("webhook-timestamp", str(int(at.timestamp()))),
            ("webhook-signature", signature),
        ]


class StripeSigns:
    secret = stripes.SECRET
    other_secret = stripes.OLD_SECRET
    body = (
        b'{"id": "evt_1", "object": "event", "type": "refund.updated", "created": 1772450000, "data": {"object":'
        b' {"id": "re_1", "object": "refund", "amount": 500, "currency": "usd", "created": 1772450000,'
        b' "status": "succeeded", "charge": "ch_1", "payment_intent": "pi_1", "metadata": {"order_id": "A-1",'
        b' "refund_id": "A-1-refund-1", "attempt": "2", "countermand_key": "A-1-refund-1-2"}}}}'
    )

    def reader(self, *secrets: str) -> WebhookReader:
        return StripeWebhooks(secrets)

    def sign(self, body: bytes, secret: str, at: datetime) -> Signed:
        made = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp()))
        return [("stripe-signature", str(made))]


SIGNERS: Final[Mapping[str, Signs]] = {"sandbox": SandboxSigns(), "stripe": StripeSigns()}


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)
