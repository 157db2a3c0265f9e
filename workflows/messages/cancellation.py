"""The messages of cancellation: asking for it, thinking better of it, the answer, and cancelling without asking."""

from typing import Annotated, Final, Self

from pydantic import model_validator

from workflows.messages.base import StoryCommand, filled
from workflows.messages.complaints import FieldsError, words
from workflows.messages.fields import Instant, Reference, Text
from workflows.messages.one_of import OneOf
from workflows.messages.sentences import say
from workflows.messages.values import CancellationReason, DeadlineKind, RejectionReason, Role

BUYER_REASONS: Final = (
    CancellationReason.NO_LONGER_NEEDED,
    CancellationReason.FOUND_BETTER_PRICE,
    CancellationReason.ORDERED_WRONG_ITEM,
    CancellationReason.SHIPPING_TOO_SLOW,
    CancellationReason.CHANGED_MIND,
    CancellationReason.DUPLICATE_ORDER,
    CancellationReason.WRONG_ADDRESS,
    CancellationReason.WRONG_PAYMENT_METHOD,
    CancellationReason.SELLER_ASKED,
    CancellationReason.OTHER,
)
SELLER_REASONS: Final = (
    CancellationReason.OUT_OF_STOCK,
    CancellationReason.CANNOT_SHIP_TO_ADDRESS,
    CancellationReason.PRICE_ERROR,
    CancellationReason.BUYER_ASKED,
    CancellationReason.SUSPECTED_FRAUD,
    CancellationReason.OTHER,
)
PLATFORM_REASONS: Final = (CancellationReason.FRAUD, CancellationReason.POLICY, CancellationReason.STAFF_ERROR)
OF_SELLER_OR_PLATFORM: Final = (*SELLER_REASONS, *PLATFORM_REASONS)
"""A reason that the sender may not give is refused as `reason_not_allowed`, with those that may be given."""


class RequestCancellation(StoryCommand):
    """The buyer wants out: at once while unpaid, by the seller's leave once paid."""

    label = "Request Order Cancellation"
    roles = (Role.BUYER,)
    until = (DeadlineKind.PAY_BY, DeadlineKind.SHIP_BY, DeadlineKind.SHIP_NO_LATER_THAN)
    sample = filled(reason=CancellationReason.CHANGED_MIND)

    reason: Annotated[CancellationReason, OneOf(BUYER_REASONS, judged=False)] | None = None
    """Needed once the order is paid; `other` needs a note."""
    note: Text | None = None

    @model_validator(mode="after")
    def _says_what_other_means(self) -> Self:
        if self.reason is CancellationReason.OTHER and not self.note:
            raise FieldsError(("note",), say('the reason "other" needs a note'))
        return self


class WithdrawCancellation(StoryCommand):
    """The buyer wants the order after all."""

    label = "Withdraw Cancellation Request"
    roles = (Role.BUYER,)
    until = (DeadlineKind.SHIP_BY, DeadlineKind.RESPOND_BY, DeadlineKind.DECIDE_BY)
    nothing_open = say("No cancellation request is waiting for an answer.")


class DecideCancellation(StoryCommand):
    """The seller's answer to a cancellation request. A rejection as `already_shipped` brings the parcel."""

    label = "Answer Cancellation Request"
    roles = (Role.SELLER, Role.PLATFORM)
    until = (DeadlineKind.SHIP_BY, DeadlineKind.RESPOND_BY, DeadlineKind.DECIDE_BY)
    sample = filled(approve=True)
    nothing_open = say("No cancellation request is waiting for an answer.")

    approve: bool
    reason: RejectionReason | None = None
    """A rejection needs one; `other` also a note."""
    carrier: Reference | None = None
    """With `already_shipped`, and then needed."""
    tracking: Reference | None = None
    """The same."""
    deliver_by: Instant | None = None
    """With `already_shipped`: when the parcel should be there, after now and at most `deliver_within` ahead."""
    note: Text | None = None

    @model_validator(mode="after")
    def _answers_in_one_way(self) -> Self:
        shipped = self.reason is RejectionReason.ALREADY_SHIPPED
        parcel = [field for field in ("carrier", "tracking", "deliver_by") if getattr(self, field) is not None]
        if self.approve and (self.reason or parcel):
            wrong = (*(("reason",) if self.reason else ()), *parcel)
            raise FieldsError(wrong, say("only a rejection has this; leave it out to approve"))
        if not self.approve and self.reason is None:
            raise FieldsError(("reason",), say("a rejection needs a reason: {words}", words=words(RejectionReason)))
        if shipped and not (self.carrier and self.tracking):
            missing = tuple(field for field in ("carrier", "tracking") if getattr(self, field) is None)
            raise FieldsError(missing, say("who rejects because it was shipped names the carrier and the tracking"))
        if not shipped and parcel:
            raise FieldsError(tuple(parcel), say("only who rejects because it was shipped names a parcel"))
        if self.reason is RejectionReason.OTHER and not self.note:
            raise FieldsError(("note",), say('the reason "other" needs a note'))
        return self


class CancelOrder(StoryCommand):
    """Seller or platform ends the order before it is shipped."""

    roles = (Role.SELLER, Role.PLATFORM)
    until = (DeadlineKind.PAY_BY, DeadlineKind.SHIP_BY, DeadlineKind.SHIP_NO_LATER_THAN)

    reason: Annotated[CancellationReason, OneOf(OF_SELLER_OR_PLATFORM, judged=False)]
    """The seller's are those up to `other`, the others are the platform's."""
    note: Text | None = None
