"""What the engine needs of a payment provider, whichever it is. One module beside this one for each provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from workflows.messages.chargebacks import ChargebackOutcome
from workflows.messages.values import MoneyState
from workflows.messages.work import CaptureCall, MoneyCall, ProviderAnswer, RefundCall, ReleaseCall, VoidCall

Headers = Sequence[tuple[str, str]]
"""Of a webhook, as they came: names in lower case, and one that came twice stands here twice."""


class ProviderUnavailable(Exception):
    """The payment provider did not answer, or not with sense: the deed may be done or not, and must be looked up.

    `retry_after`: how long it asks us to wait.
    """

    def __init__(self, told: str, retry_after: timedelta | None = None) -> None:
        super().__init__(told)
        self.retry_after = retry_after


class KeyTaken(Exception):
    """The key stands for another call at the provider: its state says nothing of this one, now or later."""


class NotGenuine(Exception):
    """The webhook was not signed by the provider, or too long ago: nobody may believe it."""


def check_signed_lately(signed_at: float, now: datetime, tolerance: timedelta) -> None:
    """Raise `NotGenuine`, with the seconds, for a signature that is older than that, or as far ahead of our clock."""
    age = now.timestamp() - signed_at
    if age > tolerance.total_seconds():
        raise NotGenuine(f"it was signed {age:.0f} seconds ago, and may be {tolerance.total_seconds():g} old")
    if age < -tolerance.total_seconds():
        raise NotGenuine(f"it was signed {-age:.0f} seconds ahead of our clock; set the clocks of both sides")


@dataclass(frozen=True)
class Report:
    """A genuine webhook in our words: a fact of that name with those fields, for that order.

    Without a name it is news that means nothing to an order; without an order, of one that the provider cannot name.
    A payment for several orders has `shares` instead, the amount of each.
    """

    webhook_id: str
    name: str | None
    order_id: str | None
    fields: Mapping[str, object]
    shares: Mapping[str, int] | None = None

    def each(self) -> "tuple[Report, ...]":
        """One for every order that it is for: of a shared payment its share, `of` what the whole payment brought."""
        if self.shares is None:
            return (self,)
        return tuple(self._share(order_id, amount) for order_id, amount in self.shares.items())

    def _share(self, order_id: str, amount: int) -> "Report":
        """With an id of its own: what finds no place is kept once by its id."""
        share = {"amount": amount, "of": self.fields["amount"]} if "amount" in self.fields else {}
        return Report(f"{self.webhook_id} {order_id}", self.name, order_id, {**self.fields, **share})


class WebhookReader(Protocol):
    """Tells what a provider's webhook says, if it is the provider's. It calls nobody."""

    def read(self, headers: Headers, body: bytes, now: datetime) -> Report:
        """Raises `NotGenuine`, and `ValueError` for what is genuine and still makes no sense."""


@dataclass(frozen=True)
class BookEntry:
    """One payment, refund or release as the provider's own book has it."""

    kind: Literal["payment", "refund", "release"]
    key: str
    """Ours: of a refund or release the key of its attempt, of a payment its id."""
    order_id: str | None
    amount: int
    currency: str
    state: MoneyState
    """Of a payment: `succeeded`, `pending` or `failed`."""
    reference: str
    """The provider's."""
    created_at: datetime
    payment_id: str | None = None
    """Of a refund: which payment it gives back."""
    is_ours: bool = True
    """Whether it carries a key of ours. Else somebody made it without our asking, and it stands under its reference."""
    reason: str | None = None
    """Why it failed or came back, in the provider's words."""


@dataclass(frozen=True)
class BookPage:
    """Some entries of the book, oldest first, and where the next page begins; None at the end."""

    entries: tuple[BookEntry, ...]
    cursor: str | None


@dataclass(frozen=True)
class BookChargeback:
    """The last word of the buyer's bank on one chargeback, as the provider has it."""

    chargeback_id: str
    payment_id: str
    order_id: str | None
    amount: int
    currency: str
    outcome: ChargebackOutcome | None
    """None: it is open."""
    occurred_at: datetime | None
    """Since when this word stands, where the provider says."""


@dataclass(frozen=True)
class ChargebackPage:
    """Some chargebacks, and where the next page begins; None at the end."""

    chargebacks: tuple[BookChargeback, ...]
    cursor: str | None


@dataclass(frozen=True)
class WentBack:
    """What the provider knows of money of one payment that went back, the oldest first."""

    refunds: tuple[BookEntry, ...]
    chargebacks: tuple[BookChargeback, ...]


class PaymentProvider(Protocol):
    """Idempotent by key: the same call again is the same deed. A decline is an answer, `failed` with its reason.

    Every method raises `ProviderUnavailable` when it cannot say what happened, and `KeyTaken` when it is not its key.
    """

    @property
    def name(self) -> str:
        """What people call it."""

    async def refund(self, call: RefundCall) -> ProviderAnswer:
        """Send the money back to the payment it came from."""

    async def find_refund(self, call: RefundCall) -> ProviderAnswer | None:
        """What became of this refund, by its key; None when it never reached the provider."""

    async def void(self, call: VoidCall) -> ProviderAnswer:
        """Give the authorisation of the payment back to the buyer's bank. One that is void already is a success."""

    async def find_void(self, call: VoidCall) -> ProviderAnswer | None:
        """Whether the authorisation was given back; None while it stands, or was captured."""

    async def capture(self, call: CaptureCall) -> ProviderAnswer:
        """Take the amount of an authorised payment, and leave the rest to the buyer."""

    async def find_capture(self, call: CaptureCall) -> ProviderAnswer | None:
        """Whether it was taken, or can never be; None while the authorisation stands."""

    async def release(self, call: ReleaseCall) -> ProviderAnswer:
        """Pay the seller."""

    async def find_release(self, call: ReleaseCall) -> ProviderAnswer | None:
        """What became of this release, by its key; None when it never reached the provider."""

    async def entries(self, since: datetime, until: datetime, cursor: str | None = None) -> BookPage:
        """A page of its own book: what was created at or after `since` and before `until`."""

    async def chargebacks(self, since: datetime, until: datetime, cursor: str | None = None) -> ChargebackPage:
        """A page of the chargebacks that began at or after `since` and before `until`, as they stand now."""

    async def went_back(self, payment_id: str) -> WentBack:
        """Every refund and chargeback of a payment, whoever asked for it; nothing of one that it does not know."""

    async def close(self) -> None:
        """Give back its connections."""


async def find_call(provider: PaymentProvider, call: MoneyCall) -> ProviderAnswer | None:
    """What the provider says of a call, whatever it was for; None when it knows none under that key."""
    match call:
        case VoidCall():
            return await provider.find_void(call)
        case RefundCall():
            return await provider.find_refund(call)
        case CaptureCall():
            return await provider.find_capture(call)
        case ReleaseCall():
            return await provider.find_release(call)
