"""What a provider reports of chargebacks: money that the buyer's bank takes back. What follows lives in `process/`."""

from enum import StrEnum

from workflows.messages.base import Fact
from workflows.messages.values import PositiveAmount, Reference, Role


class ChargebackOutcome(StrEnum):
    """Who got the money in the end: `won` is ours."""

    WON = "won"
    LOST = "lost"


class ChargebackOpened(Fact):
    """The buyer's bank disputes a payment: until that is decided, nothing of it moves."""

    roles = (Role.PAYMENT_PROVIDER, Role.PLATFORM)
    payment_id: Reference
    chargeback_id: Reference
    amount: PositiveAmount


class ChargebackClosed(Fact):
    """The bank has decided. Lost: the amount is gone from that payment."""

    roles = (Role.PAYMENT_PROVIDER, Role.PLATFORM)
    payment_id: Reference
    chargeback_id: Reference
    amount: PositiveAmount
    outcome: ChargebackOutcome
