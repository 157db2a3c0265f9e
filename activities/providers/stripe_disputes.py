"""Stripe's disputes as the chargebacks that they are, or are not. Nobody is called here."""

from collections.abc import Iterable
from typing import Final, Literal

from activities.providers import BookChargeback, ProviderUnavailable
from activities.providers.stripe_money import from_stripe
from activities.providers.stripe_objects import StripeSaid
from workflows.messages.chargebacks import ChargebackOutcome

INQUIRY: Final = "warning_"
"""How the status of a dispute begins that is only a question: no money has been taken."""
OPEN: Final = ("needs_response", "under_review")
DECIDED: Final = ("won", "lost")


class StripeDispute(StripeSaid):
    """`dispute`."""

    object: Literal["dispute"] = "dispute"
    status: str
    payment_intent: str | None = None
    charge: str | None = None

    @property
    def took_money(self) -> bool:
        """Whether the bank has taken it, for a while or for good: not where it only asks, nor where Stripe settled it
        before (`prevented`, `charge_refunded`)."""
        return self.status in (*OPEN, *DECIDED)

    @property
    def outcome(self) -> ChargebackOutcome | None:
        return ChargebackOutcome(self.status) if self.status in DECIDED else None

    @property
    def payment_id(self) -> str:
        """By the id that the payment was reported with. Raises `ValueError` where it names none."""
        payment = self.payment_intent or self.charge
        if payment is None:
            raise ValueError(f"dispute {self.id} names no payment")
        return payment

    @property
    def our_amount(self) -> int:
        return from_stripe(self.amount, self.our_currency)

    def entry(self) -> BookChargeback:
        """It as a chargeback of the book. When it was decided only its webhooks say. Raises `ValueError`."""
        return BookChargeback(
            chargeback_id=self.id,
            payment_id=self.payment_id,
            order_id=self.metadata.get("order_id"),
            amount=self.our_amount,
            currency=self.our_currency,
            outcome=self.outcome,
            occurred_at=self.created_at if self.outcome is None else None,
        )


def chargebacks_among(disputes: Iterable[StripeDispute]) -> tuple[BookChargeback, ...]:
    """Those that took money. One that cannot be counted spoils the page: raises `ProviderUnavailable`."""
    try:
        return tuple(dispute.entry() for dispute in disputes if dispute.took_money)
    except ValueError as error:
        raise ProviderUnavailable(f"list disputes: {error}") from None
