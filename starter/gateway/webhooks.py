"""`POST /webhooks/payments`: what the payment provider reports, as a fact for the order. Signed, or not believed.

What a provider's webhook says is read by its `WebhookReader`; how a webhook is taken, in `signed_webhooks.py`.
"""

from collections.abc import Sequence
from typing import Final, Literal, Protocol

from activities.crashes import NEVER, Crashes, Deed
from activities.providers import WebhookReader
from activities.register.claims import Payment
from activities.register.words import Told
from starter.errors import EngineUnavailable
from starter.gateway.signed_webhooks import LOG, Reporter, SignedWebhooks, facts_of, order_named
from starter.unplaced import Unplaced
from workflows.messages.base import Fact
from workflows.messages.commands import RefundUpdated, ReleaseUpdated
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, say
from workflows.messages.values import Role

FACTS: Final = facts_of(Role.PAYMENT_PROVIDER)
"""What it may report."""


class Desk(Protocol):
    """Where it is asked what belongs where, and where that lies which belongs nowhere."""

    async def keep(self, one: Unplaced) -> None: ...

    async def claim(self, order_id: str, fact: Fact) -> Sentence | None: ...

    async def allot(self, named: str | None, fact: Fact) -> Told | None: ...

    async def orders_of_payment(self, payment_id: str) -> Sequence[str]: ...

    async def was_asked_for(self, order_id: str, kind: Literal["refund", "release"], record_id: str) -> bool: ...


class PaymentWebhooks(SignedWebhooks):
    """The route, for the webhooks of one provider."""

    role = Role.PAYMENT_PROVIDER

    def __init__(
        self, reporter: Reporter, desk: Desk, reader: WebhookReader, provider: str, crashes: Crashes = NEVER
    ) -> None:
        super().__init__(reporter, desk, reader, provider, crashes)
        self._desk = desk

    async def _told(self, named: str | None, fact: Fact) -> Told:
        if (allotted := await self._desk.allot(named, fact)) is not None:
            return allotted
        payment_id = getattr(fact, "payment_id", None)
        if named is None and payment_id is not None and (owners := await self._desk.orders_of_payment(payment_id)):
            return [(order_id, fact) for order_id in owners]
        if named is None:
            told = say("It names no order, and none is known for its payment.")
            raise Refused(Code.INVALID, told, fields=("order_id",))
        return [(order_named(named), fact)]

    async def _no_place(self, order_id: str, fact: Fact) -> Sentence | None:
        return await self._unasked(order_id, fact) or await self._another_orders(order_id, fact)

    async def _unasked(self, order_id: str, fact: Fact) -> Sentence | None:
        """Why news of a refund or release that we never asked for has no place. Without Postgres the order judges."""
        match fact:
            case RefundUpdated(refund_id=record_id):
                kind: Literal["refund", "release"] = "refund"
            case ReleaseUpdated(release_id=record_id):
                kind = "release"
            case _:
                return None
        try:
            known = await self._desk.was_asked_for(order_id, kind, record_id)
        except EngineUnavailable as error:
            LOG.warning("Whether %s of order %s is one of ours was not asked: %s", record_id, order_id, error)
            return None
        if known:
            return None
        if kind == "refund":
            return say("order {order_id} never asked for a refund {record}", order_id=order_id, record=record_id)
        return say("order {order_id} never asked for a payout {record}", order_id=order_id, record=record_id)

    async def _another_orders(self, order_id: str, fact: Fact) -> Sentence | None:
        """Why a payment is another order's, or claimed for this one (R36). Without Postgres the record claims it."""
        if not isinstance(fact, Payment):
            return None
        try:
            with self._crashes.around(Deed.CLAIM):
                return await self._desk.claim(order_id, fact)
        except EngineUnavailable as error:
            LOG.warning("Whose payment %s is was not asked for order %s: %s", fact.payment_id, order_id, error)
            return None
