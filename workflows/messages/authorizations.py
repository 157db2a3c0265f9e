"""Authorisations: money that the buyer's bank has promised, and that is taken when the order is shipped (R32).

What follows from them lives in `process/story/authorizations.py` and `process/money/captures.py`.
"""

from workflows.messages.base import Command, Fact
from workflows.messages.fields import Currency, Instant, PositiveAmount, Reference, Text
from workflows.messages.values import DeadlineKind, Role


class PaymentAuthorized(Fact):
    """The buyer's bank has promised the money. Nothing is charged yet."""

    roles = (Role.PAYMENT_PROVIDER,)
    until = (DeadlineKind.PAY_BY,)

    payment_id: Reference
    amount: PositiveAmount
    currency: Currency
    method: Reference
    occurred_at: Instant | None = None


class PaymentVoided(Fact):
    """The bank has let go of an authorisation: it expired, or was given back. Not that a try to pay did not work: news
    of such a try may come after the one that did. The platform may report it once a capture is overdue."""

    roles = (Role.PAYMENT_PROVIDER, Role.PLATFORM)
    payment_id: Reference
    reason: Text


class RetryCapture(Command):
    """The platform lets a failed capture be tried again, as a new attempt."""

    roles = (Role.PLATFORM,)
    capture_id: Reference
    provider_reference: Reference | None = None
    note: Text | None = None


class SettleCaptureManually(Command):
    """The platform got by another way what a failed capture should have taken."""

    roles = (Role.PLATFORM,)
    capture_id: Reference
    provider_reference: Reference | None = None
    note: Text | None = None
