"""Stripe's refunds, transfers and charges as we need them, and their states in our words. Nobody is called here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from activities.providers import BookEntry
from activities.providers.stripe_money import from_stripe
from workflows.messages.fields import MAX_REFERENCE
from workflows.messages.values import MoneyState
from workflows.messages.work import ProviderAnswer

OUR_KEY: Final = "countermand_key"
"""The entry of an object's metadata by which we find it again when Stripe has forgotten the idempotency key."""

AnswerState = Literal[MoneyState.PENDING, MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED]
REFUND_STATES: Final[Mapping[str, AnswerState]] = MappingProxyType(
    {
        "pending": MoneyState.PENDING,
        "requires_action": MoneyState.PENDING,
        "succeeded": MoneyState.SUCCEEDED,
        "failed": MoneyState.FAILED,
        "canceled": MoneyState.FAILED,
    }
)
CHARGE_STATES: Final[Mapping[str, AnswerState]] = MappingProxyType(
    {"pending": MoneyState.PENDING, "succeeded": MoneyState.SUCCEEDED, "failed": MoneyState.FAILED}
)

Id = Annotated[str, Field(min_length=1, max_length=MAX_REFERENCE)]
Amount = Annotated[int, Field(ge=0)]


class StripeSaid(BaseModel):
    """An object as Stripe sends it. Strict: what is not as its documentation says is not believed."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    id: Id
    amount: Amount
    currency: Annotated[str, Field(pattern="^[a-z]{3}$")]
    created: Annotated[int, Field(ge=0)]
    metadata: dict[str, str] = Field(default_factory=dict)

    @property
    def our_key(self) -> str | None:
        return self.metadata.get(OUR_KEY)

    @property
    def our_currency(self) -> str:
        return self.currency.upper()

    @property
    def created_at(self) -> datetime:
        return datetime.fromtimestamp(self.created, UTC)


class StripeRefund(StripeSaid):
    """`refund`."""

    object: Literal["refund"]
    status: Literal["pending", "requires_action", "succeeded", "failed", "canceled"]
    payment_intent: str | None = None
    charge: str | None = None
    failure_reason: str | None = None
    destination_details: dict[str, Any] | None = None
    balance_transaction: str | dict[str, Any] | None = "not told"

    def payments(self) -> set[str]:
        """The payment that it gives back, by each id that Stripe knows it by."""
        return {known for known in (self.payment_intent, self.charge) if known}

    def answer(self) -> ProviderAnswer:
        return ProviderAnswer(
            state=REFUND_STATES[self.status],
            provider_reference=self._reference(),
            failure_reason=self.failure,
        )

    @property
    def payment_id(self) -> str | None:
        """By the id that the payment was reported with."""
        return self.payment_intent or self.charge

    @property
    def moved_money(self) -> bool:
        """What is let go of an authorisation looks like a refund, and has no effect on the account's balance."""
        return self.status != "succeeded" or self.balance_transaction is not None

    def _reference(self) -> str:
        """Its id, and beside it the bank's trace number once there is one: by it the buyer's bank finds the money."""
        details = self.destination_details or {}
        way = details.get(str(details.get("type")))
        trace = way.get("reference") if isinstance(way, dict) else None
        both = f"{self.id} (bank reference {trace})"
        return both if isinstance(trace, str) and trace and len(both) <= MAX_REFERENCE else self.id

    @property
    def failure(self) -> str | None:
        if REFUND_STATES[self.status] is not MoneyState.FAILED:
            return None
        return self.failure_reason or ("canceled at Stripe" if self.status == "canceled" else "failed at Stripe")


class StripeIntent(StripeSaid):
    """`payment_intent`: a payment, also one that is only authorised."""

    object: Literal["payment_intent"]
    status: str
    amount_received: Amount | None = None
    latest_charge: str | dict[str, Any] | None = None
    cancellation_reason: str | None = None

    def captured(self) -> ProviderAnswer | None:
        """What its capture is; None while it can still be asked for."""
        match self.status:
            case "requires_capture":
                return None
            case "succeeded":
                return ProviderAnswer(state=MoneyState.SUCCEEDED, provider_reference=self._reference())
            case "processing":
                return ProviderAnswer(state=MoneyState.PENDING, provider_reference=self._reference())
            case "canceled":
                why = f"canceled at Stripe ({self.cancellation_reason or 'no reason given'})"
            case _:
                why = f"not authorised at Stripe: {self.status}"
        return ProviderAnswer(state=MoneyState.FAILED, provider_reference=self.id, failure_reason=why)

    def voided(self) -> ProviderAnswer | None:
        """That it was given back; None when it was not."""
        if self.status != "canceled":
            return None
        return ProviderAnswer(state=MoneyState.SUCCEEDED, provider_reference=self.id)

    def _reference(self) -> str:
        return self.latest_charge if isinstance(self.latest_charge, str) else self.id


class StripeTransfer(StripeSaid):
    """`transfer`: money that a connected account has at once. It can only be reversed, by us or by its owner."""

    object: Literal["transfer"]
    destination: Id
    reversed: bool
    amount_reversed: Amount

    @property
    def state(self) -> AnswerState:
        return MoneyState.REVERSED if self.reversed else MoneyState.SUCCEEDED

    def answer(self) -> ProviderAnswer:
        reason = "reversed at Stripe" if self.reversed else None
        return ProviderAnswer(state=self.state, provider_reference=self.id, failure_reason=reason)


class StripeCharge(StripeSaid):
    """`charge`: one try to pay; of a payment intent that succeeded there is one that did."""

    object: Literal["charge"]
    status: Literal["pending", "succeeded", "failed"]
    captured: bool
    amount_captured: Amount | None = None
    payment_intent: str | None = None

    @property
    def state(self) -> AnswerState:
        held = self.status == "succeeded" and not self.captured
        return MoneyState.PENDING if held else CHARGE_STATES[self.status]


def entry_of(said: StripeRefund | StripeTransfer | StripeCharge) -> BookEntry:
    """It as a line of the provider's book. What we did not make has no key of ours, and stands under Stripe's id."""
    kind, key, state = _line(said)
    return BookEntry(
        kind=kind,
        key=key,
        order_id=said.metadata.get("order_id"),
        amount=from_stripe(_moved(said), said.our_currency),
        currency=said.our_currency,
        state=state,
        reference=said.id,
        created_at=said.created_at,
        payment_id=said.payment_id if isinstance(said, StripeRefund) else None,
        is_ours=said.our_key is not None or isinstance(said, StripeCharge),
        reason=said.failure if isinstance(said, StripeRefund) else None,
    )


def _line(
    said: StripeRefund | StripeTransfer | StripeCharge,
) -> tuple[Literal["payment", "refund", "release"], str, MoneyState]:
    match said:
        case StripeRefund():
            return "refund", said.our_key or said.id, REFUND_STATES[said.status]
        case StripeTransfer():
            return "release", said.our_key or said.id, said.state
        case StripeCharge():
            return "payment", said.payment_intent or said.id, said.state


def _moved(said: StripeSaid) -> int:
    """Of a payment what was captured of it, once some was: the rest of an authorisation was never ours."""
    return (said.amount_captured or said.amount) if isinstance(said, StripeCharge) else said.amount
