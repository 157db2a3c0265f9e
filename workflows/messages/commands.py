"""Every command and fact: one frozen class each, on the wire and in the core alike; at the foot the table of them all.

Here are those of payment, money and what stands beside the story; those of authorisations, cancellation, chargebacks,
parcels, offers and disputes live in files of their own. Whether one is accepted is decided in `process/`, never here.
"""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from workflows.messages.attachments import MAX_ATTACHMENTS, Attachment
from workflows.messages.authorizations import PaymentAuthorized, PaymentVoided, RetryCapture, SettleCaptureManually
from workflows.messages.base import Command, Fact, Message, filled
from workflows.messages.cancellation import CancelOrder, DecideCancellation, RequestCancellation, WithdrawCancellation
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, RefundReported
from workflows.messages.complaints import FieldsError
from workflows.messages.disputes import (
    AddEvidence,
    Appeal,
    DecideDispute,
    OpenDispute,
    ProvideInformation,
    RequestInformation,
    RespondToDispute,
    WithdrawDispute,
)
from workflows.messages.fields import Currency, Instant, PositiveAmount, Reference, Text
from workflows.messages.news import NewsState
from workflows.messages.offers import AcceptOffer, DeclineOffer, MakeOffer
from workflows.messages.one_of import OneOf
from workflows.messages.parcels import (
    AnswerInterception,
    ConfirmReceipt,
    CorrectTracking,
    DeliveryFailed,
    DeliveryRefused,
    ExtendDelivery,
    ParcelDelivered,
    ParcelLost,
    ParcelReturned,
    ReceiveReturn,
    RequestInterception,
    Ship,
    ShipReturn,
)
from workflows.messages.sentences import say
from workflows.messages.shared_payments import PaymentConflict, SettlePaymentConflict
from workflows.messages.values import DeadlineKind, Role

MAX_ATTEMPT: Final = 1_000


class PaymentCaptured(Fact):
    """The provider holds the buyer's money."""

    roles = (Role.PAYMENT_PROVIDER,)
    until = (DeadlineKind.PAY_BY,)

    payment_id: Reference
    amount: PositiveAmount
    currency: Currency
    method: Reference
    of: PositiveAmount | None = None
    """What the whole payment brought, where `amount` is only this order's share of it (R36)."""
    occurred_at: Instant | None = None

    @model_validator(mode="after")
    def _share_is_of_the_whole(self) -> Self:
        if self.of is not None and self.of < self.amount:
            raise FieldsError(("amount", "of"), say("the whole payment brought less than this share of it"))
        return self


class PaymentFailed(Fact):
    """A try to pay did not work."""

    roles = (Role.PAYMENT_PROVIDER,)
    payment_id: Reference
    reason: Text


READERS: Final = (Role.BUYER, Role.SELLER, Role.PLATFORM)
"""To whom one can write: nobody reads what is sent to a system."""
AttemptNumber = Annotated[int, Field(ge=1, le=MAX_ATTEMPT)]


class RefundUpdated(Fact):
    """News of one attempt at a refund. The platform may report it too once the provider has been silent too long."""

    roles = (Role.PAYMENT_PROVIDER, Role.PLATFORM)
    refund_id: Reference
    state: NewsState
    attempt: AttemptNumber | None = None
    provider_reference: Reference | None = None
    failure_reason: Text | None = None


class ReleaseUpdated(Fact):
    """News of one attempt at paying the seller."""

    roles = (Role.PAYMENT_PROVIDER, Role.PLATFORM)
    release_id: Reference
    state: NewsState
    attempt: AttemptNumber | None = None
    provider_reference: Reference | None = None
    failure_reason: Text | None = None


class SendMessage(Command):
    """A word from one party to another."""

    roles = (Role.BUYER, Role.SELLER, Role.PLATFORM)
    sample = filled(text="text")

    to: Annotated[Role, OneOf(READERS)]
    text: Text
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=MAX_ATTACHMENTS)] = ()

    @model_validator(mode="after")
    def _goes_to_somebody_else(self) -> Self:
        if self.to == self.by.role:
            raise FieldsError(("to",), say("nobody writes to their own role"))
        return self


class MoveDeadline(Command):
    """The platform moves a running deadline, and says why. The deliberate exception to frozen terms (R24)."""

    roles = (Role.PLATFORM,)
    sample = filled(note="note")

    deadline: DeadlineKind
    to: Instant
    note: Text


class RetryRefund(Command):
    """The platform lets a failed or reversed refund be tried again, as a new attempt."""

    roles = (Role.PLATFORM,)
    refund_id: Reference
    provider_reference: Reference | None = None
    note: Text | None = None


class SettleRefundManually(Command):
    """The platform paid a failed or reversed refund itself: through the provider, whose id of that it names, or without
    one by another way."""

    roles = (Role.PLATFORM,)
    refund_id: Reference
    provider_reference: Reference | None = None
    note: Text | None = None


class RetryRelease(Command):
    """The platform lets a failed or reversed release be tried again."""

    roles = (Role.PLATFORM,)
    release_id: Reference
    provider_reference: Reference | None = None
    note: Text | None = None


class SettleReleaseManually(Command):
    """The platform paid a failed or reversed release by another way: what it still owes counts as released."""

    roles = (Role.PLATFORM,)
    sample = filled(note="note")

    release_id: Reference
    provider_reference: Reference | None = None
    note: Text


class Acknowledge(Command):
    """The platform has looked at what needs attention, and takes it off the list; also of a settled order."""

    roles = (Role.PLATFORM,)
    platform_only = True
    sample = filled(note="note")

    subject: Reference
    note: Text


class AddNote(Command):
    """A note in the order's timeline that only the platform sees."""

    roles = (Role.PLATFORM,)
    platform_only = True
    sample = filled(text="text")

    text: Text


MESSAGES: Final[dict[str, type[Message]]] = {
    kind.name: kind
    for kind in (
        PaymentAuthorized,
        PaymentVoided,
        PaymentCaptured,
        PaymentFailed,
        RequestCancellation,
        WithdrawCancellation,
        DecideCancellation,
        CancelOrder,
        Ship,
        CorrectTracking,
        ExtendDelivery,
        RequestInterception,
        AnswerInterception,
        ParcelDelivered,
        DeliveryRefused,
        DeliveryFailed,
        ParcelReturned,
        ParcelLost,
        ReceiveReturn,
        ConfirmReceipt,
        MakeOffer,
        AcceptOffer,
        DeclineOffer,
        OpenDispute,
        AddEvidence,
        RespondToDispute,
        RequestInformation,
        ProvideInformation,
        DecideDispute,
        WithdrawDispute,
        Appeal,
        ShipReturn,
        RefundUpdated,
        ReleaseUpdated,
        ChargebackOpened,
        ChargebackClosed,
        RefundReported,
        PaymentConflict,
        SendMessage,
        MoveDeadline,
        RetryRefund,
        SettleRefundManually,
        RetryRelease,
        SettleReleaseManually,
        RetryCapture,
        SettleCaptureManually,
        SettlePaymentConflict,
        Acknowledge,
        AddNote,
    )
}
"""The command table: every name that an update or a signal may have."""
OFFERED: Final = {name: kind for name, kind in MESSAGES.items() if kind.roles != (Role.SYSTEM,)}
"""Those that somebody may send. The others are the engine's own, and nobody is told of them."""
