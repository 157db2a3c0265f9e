"""The parcel's messages: shipment, tracking, what the carrier reports, interception, return, receipt."""

from typing import Annotated, Final, Literal

from pydantic import Field

from workflows.messages.base import Command, Fact
from workflows.messages.values import Instant, Reference, Role, Text
from workflows.messages.vocabulary import Inspection

MAX_EXTENSION_DAYS: Final = 400


class Ship(Command):
    """The seller hands the parcel to the carrier."""

    roles = (Role.SELLER,)
    carrier: Reference
    tracking: Reference
    deliver_by: Instant | None = None


class ExtendDelivery(Command):
    """The seller gives a slow parcel more time."""

    roles = (Role.SELLER,)
    days: Annotated[int, Field(ge=1, le=MAX_EXTENSION_DAYS)]
    note: Text | None = None


class CorrectTracking(Command):
    """The seller named the wrong parcel, and no carrier has said anything of it yet."""

    roles = (Role.SELLER,)
    carrier: Reference
    tracking: Reference


class RequestInterception(Command):
    """The buyer asks the seller to have the parcel stopped on its way."""

    roles = (Role.BUYER,)
    note: Text | None = None


class AnswerInterception(Command):
    """The seller tries to stop the parcel, or will not. Whether it worked says the carrier."""

    roles = (Role.SELLER,)
    answer: Literal["trying", "refused"]
    note: Text | None = None


class CarrierFact(Fact):
    """What the carrier reports of one parcel, by its tracking."""

    roles = (Role.CARRIER,)
    tracking: Reference
    occurred_at: Instant | None = None
    note: Text | None = None


class ParcelDelivered(CarrierFact):
    """The carrier handed the parcel over."""


class DeliveryRefused(CarrierFact):
    """The buyer refused the parcel at the door: it goes back."""


class DeliveryFailed(CarrierFact):
    """The carrier has given up and sends the parcel back."""


class ParcelReturned(CarrierFact):
    """The parcel is back at the seller."""


class ParcelLost(CarrierFact):
    """The carrier cannot find the parcel any more."""


class ReceiveReturn(Command):
    """The seller has a parcel back, and says what is in it."""

    roles = (Role.SELLER,)
    inspection: Inspection
    note: Text | None = None


class ShipReturn(Command):
    """The buyer sends the goods back, as a decision or an agreement asks."""

    roles = (Role.BUYER,)
    carrier: Reference
    tracking: Reference


class ConfirmReceipt(Command):
    """The buyer has it and is content: the order completes, and no dispute can follow."""

    roles = (Role.BUYER,)
