"""What providers report of money that goes back without our asking: the buyer's bank takes it, or somebody gives it.

What follows lives in `process/`.
"""

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from workflows.messages.base import Fact
from workflows.messages.complaints import FieldsError
from workflows.messages.fields import Amount, Currency, Instant, PositiveAmount, Reference, Text
from workflows.messages.news import NewsState
from workflows.messages.sentences import say
from workflows.messages.values import Role


class ChargebackOutcome(StrEnum):
    """Who got the money in the end: `won` is ours."""

    WON = "won"
    LOST = "lost"


class _SeenByThePlatform(Fact):
    """What the platform may report too, as soon as it knows of it; then it says how."""

    roles = (Role.PAYMENT_PROVIDER, Role.PLATFORM)
    note: Text | None = None

    @model_validator(mode="after")
    def _platform_says_how_it_knows(self) -> Self:
        if self.by.role is Role.PLATFORM and self.note is None:
            raise FieldsError(("note",), say("the platform says how it knows"))
        return self


class ChargebackOpened(_SeenByThePlatform):
    """The buyer's bank disputes a payment: until that is decided, nothing of it moves."""

    payment_id: Reference
    chargeback_id: Reference
    amount: PositiveAmount
    currency: Currency | None = None
    occurred_at: Instant | None = None


class ChargebackClosed(_SeenByThePlatform):
    """The bank has decided. Lost: the amount is gone from that payment. It is 0 only in a word of the engine's own, to
    an order that has no share in it any more."""

    payment_id: Reference
    chargeback_id: Reference
    amount: Amount
    outcome: ChargebackOutcome
    currency: Currency | None = None
    occurred_at: Instant | None = None


class RefundReported(_SeenByThePlatform):
    """The buyer got money of a payment without our asking: in the provider's console, by another program (R35). The
    amount is 0 only in a word of the engine's own, as of a chargeback."""

    payment_id: Reference
    reference: Reference
    """The provider's own id of that refund."""
    amount: Amount
    currency: Currency
    state: NewsState
    reason: Text | None = None
