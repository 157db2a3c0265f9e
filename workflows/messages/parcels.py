"""The parcel's messages: shipment, tracking, what the carrier reports, interception, return, receipt."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from workflows.messages.base import Fact, StoryCommand, filled
from workflows.messages.fields import Instant, Reference, Text
from workflows.messages.sentences import Sentence, say
from workflows.messages.values import DeadlineKind, Role
from workflows.messages.vocabulary import Inspection

MAX_EXTENSION_DAYS: Final = 400


class Ship(StoryCommand):
    """The seller hands the parcel to the carrier."""

    label = "Ship Order"
    roles = (Role.SELLER,)
    until = (DeadlineKind.SHIP_BY, DeadlineKind.SHIP_NO_LATER_THAN)
    sample = filled(carrier="carrier")

    carrier: Reference
    tracking: Reference
    deliver_by: Instant | None = None
    """When the parcel should be there, after now and at most `deliver_within` ahead: from then on the buyer may say
    that it is not."""


class ExtendDelivery(StoryCommand):
    """The seller gives a slow parcel more time."""

    roles = (Role.SELLER,)
    until = (DeadlineKind.DELIVER_BY,)
    sample = filled(days=1)

    days: Annotated[int, Field(ge=1, le=MAX_EXTENSION_DAYS)]
    note: Text | None = None


class CorrectTracking(StoryCommand):
    """The seller named the wrong parcel, and no carrier has said anything of it yet."""

    roles = (Role.SELLER,)
    until = (DeadlineKind.PROTECTED_UNTIL,)
    sample = filled(carrier="carrier")

    carrier: Reference
    tracking: Reference


class RequestInterception(StoryCommand):
    """The buyer asks the seller to have the parcel stopped on its way."""

    label = "Ask to Intercept the Parcel"
    roles = (Role.BUYER,)
    until = (DeadlineKind.PROTECTED_UNTIL,)

    note: Text | None = None


class AnswerInterception(StoryCommand):
    """The seller tries to stop the parcel, or will not. Whether it worked says the carrier."""

    label = "Answer Interception Request"
    roles = (Role.SELLER,)
    until = (DeadlineKind.PROTECTED_UNTIL,)
    nothing_open = say("No interception is waiting for an answer.")

    answer: Literal["trying", "refused"]
    note: Text | None = None


class CarrierFact(Fact):
    """What the carrier reports of one parcel, by its tracking."""

    told: ClassVar[Sentence]
    """How the timeline begins to tell of it."""
    roles = (Role.CARRIER,)
    tracking: Reference
    occurred_at: Instant | None = None
    note: Text | None = None


class ParcelDelivered(CarrierFact):
    """The carrier handed the parcel over."""

    told = say("Delivered")


class DeliveryRefused(CarrierFact):
    """The buyer refused the parcel at the door: it goes back."""

    told = say("Refused at the door")


class DeliveryFailed(CarrierFact):
    """The carrier has given up and sends the parcel back."""

    told = say("Could not be delivered")


class ParcelReturned(CarrierFact):
    """The parcel is back at the seller."""

    told = say("Returned to the seller")


class ParcelLost(CarrierFact):
    """The carrier cannot find the parcel any more."""

    told = say("Reported lost")


class ReceiveReturn(StoryCommand):
    """The seller has a parcel back, and says what is in it."""

    roles = (Role.SELLER,)
    until = (DeadlineKind.RETURN_BY, DeadlineKind.INSPECT_BY, DeadlineKind.RETURN_SHIP_BY)
    sample = filled(inspection=Inspection.AS_AGREED)
    nothing_open = say("No parcel is on its way back.")

    inspection: Inspection
    note: Text | None = None


class ShipReturn(StoryCommand):
    """The buyer sends the goods back, as a decision or an agreement asks."""

    label = "Send Goods Back"
    roles = (Role.BUYER,)
    until = (DeadlineKind.RETURN_SHIP_BY,)
    sample = filled(carrier="carrier")
    nothing_open = say("No return was asked for.")

    carrier: Reference
    tracking: Reference


class ConfirmReceipt(StoryCommand):
    """The buyer has it and is content: the order completes, and no dispute can follow."""

    roles = (Role.BUYER,)
    until = (DeadlineKind.PROTECTED_UNTIL,)
