"""The messages of negotiation: an offer, and what the other side says to it (R17)."""

from typing import Annotated, Final, Self

from pydantic import model_validator

from workflows.messages.base import Command, filled
from workflows.messages.complaints import FieldsError
from workflows.messages.fields import PositiveAmount, Reference, Text
from workflows.messages.one_of import OneOf
from workflows.messages.sentences import say
from workflows.messages.values import DeadlineKind, Role
from workflows.messages.vocabulary import Resolution

WITH_AMOUNT: Final = (Resolution.PARTIAL_REFUND, Resolution.VOUCHER)
"""Resolutions that are worth nothing without a number."""
CAN_BE_OFFERED: Final = tuple(each for each in Resolution if each is not Resolution.NO_REFUND)
"""Nothing is nothing that one could offer."""
LAPSING: Final = (
    DeadlineKind.SHIP_BY,
    DeadlineKind.SHIP_NO_LATER_THAN,
    DeadlineKind.RETURN_BY,
    DeadlineKind.PROTECTED_UNTIL,
    DeadlineKind.ANSWER_BY,
    DeadlineKind.INFORM_BY,
    DeadlineKind.DECIDE_NO_LATER_THAN,
)
"""A deadline that moves stage or phase lapses every open offer (R17)."""


def check_amount(resolution: Resolution, amount: int | None, field: str = "amount") -> None:
    """Raises `FieldsError` unless the amount is there exactly where the resolution needs one."""
    if resolution in WITH_AMOUNT and amount is None:
        raise FieldsError((field,), say('"{resolution}" needs an amount', resolution=resolution))
    if resolution not in WITH_AMOUNT and amount is not None:
        raise FieldsError((field,), say('"{resolution}" has no amount', resolution=resolution))


class MakeOffer(Command):
    """A way out that one side offers the other. A new offer of the same side replaces the one before."""

    label = "Make an Offer"
    roles = (Role.BUYER, Role.SELLER)
    until = (
        DeadlineKind.SHIP_BY,
        DeadlineKind.SHIP_NO_LATER_THAN,
        DeadlineKind.PROTECTED_UNTIL,
        DeadlineKind.DECIDE_NO_LATER_THAN,
    )
    sample = filled(resolution=Resolution.FULL_REFUND)

    resolution: Annotated[Resolution, OneOf(CAN_BE_OFFERED)]
    amount: PositiveAmount | None = None
    """For a `partial_refund` or a `voucher`, and then needed."""
    note: Text | None = None

    @model_validator(mode="after")
    def _can_be_offered(self) -> Self:
        check_amount(self.resolution, self.amount)
        return self


class AcceptOffer(Command):
    """The other side takes the offer."""

    roles = (Role.BUYER, Role.SELLER)
    until = LAPSING

    offer_id: Reference
    note: Text | None = None


class DeclineOffer(Command):
    """The other side does not take the offer."""

    roles = (Role.BUYER, Role.SELLER)
    until = LAPSING

    offer_id: Reference
    note: Text | None = None
