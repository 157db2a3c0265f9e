"""One payment that several orders claim: what the engine reports of it, and what the platform says (R36).

What follows lives in `process/ownership/payment_conflicts.py`.
"""

from typing import Annotated, Final

from pydantic import Field

from workflows.messages.base import Command, Fact, filled
from workflows.messages.fields import Amount, OrderId, Reference, Text
from workflows.messages.sentences import say
from workflows.messages.values import Role

MAX_CLAIMING: Final = 50
"""Orders that one `payment_conflict` names; the register knows them all."""


class PaymentConflict(Fact):
    """More orders claim a payment than it can pay. The engine's own fact, from nobody else: it adds up the register."""

    roles = (Role.SYSTEM,)
    payment_id: Reference
    orders: Annotated[tuple[OrderId, ...], Field(min_length=1, max_length=MAX_CLAIMING)]


class SettlePaymentConflict(Command):
    """The platform says how much of a payment that several orders claim is this order's; 0 is nothing of it."""

    roles = (Role.PLATFORM,)
    sample = filled(note="note")
    nothing_open = say("No order but this one claims that payment.")

    payment_id: Reference
    amount: Amount
    note: Text
