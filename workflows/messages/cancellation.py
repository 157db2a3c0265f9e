"""The messages of cancellation: asking for it, thinking better of it, the answer, and cancelling without asking."""

from typing import Self

from pydantic import model_validator

from workflows.messages.base import StoryCommand, filled
from workflows.messages.values import (
    CancellationReason,
    DeadlineKind,
    FieldsError,
    Instant,
    OneLine,
    RejectionReason,
    Role,
    Text,
)


class RequestCancellation(StoryCommand):
    """The buyer wants out: at once while unpaid, by the seller's leave once paid."""

    label = "Request Order Cancellation"
    roles = (Role.BUYER,)
    until = (DeadlineKind.PAY_BY, DeadlineKind.SHIP_BY, DeadlineKind.SHIP_NO_LATER_THAN)
    sample = filled(reason=CancellationReason.CHANGED_MIND)

    reason: CancellationReason | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _says_what_other_means(self) -> Self:
        if self.reason is CancellationReason.OTHER and not self.note:
            raise FieldsError(("note",), "the reason other needs one")
        return self


class WithdrawCancellation(StoryCommand):
    """The buyer wants the order after all."""

    label = "Withdraw Cancellation Request"
    roles = (Role.BUYER,)
    until = (DeadlineKind.SHIP_BY, DeadlineKind.RESPOND_BY, DeadlineKind.DECIDE_BY)
    nothing_open = "No cancellation request is waiting for an answer"


class DecideCancellation(StoryCommand):
    """The seller's answer to a cancellation request. A rejection as `already_shipped` brings the parcel."""

    label = "Answer Cancellation Request"
    roles = (Role.SELLER, Role.PLATFORM)
    until = (DeadlineKind.SHIP_BY, DeadlineKind.RESPOND_BY, DeadlineKind.DECIDE_BY)
    sample = filled(approve=True)
    nothing_open = "No cancellation request is waiting for an answer"

    approve: bool
    reason: RejectionReason | None = None
    carrier: OneLine | None = None
    tracking: OneLine | None = None
    deliver_by: Instant | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _answers_in_one_way(self) -> Self:
        shipped = self.reason is RejectionReason.ALREADY_SHIPPED
        parcel = [field for field in ("carrier", "tracking", "deliver_by") if getattr(self, field) is not None]
        if self.approve and (self.reason or parcel):
            wrong = (*(("reason",) if self.reason else ()), *parcel)
            raise FieldsError(wrong, "belongs to a rejection; leave it out to approve")
        if not self.approve and self.reason is None:
            raise FieldsError(("reason",), f"a rejection needs one of {', '.join(RejectionReason)}")
        if shipped and not (self.carrier and self.tracking):
            missing = tuple(field for field in ("carrier", "tracking") if getattr(self, field) is None)
            raise FieldsError(missing, "a rejection as already_shipped needs carrier and tracking")
        if not shipped and parcel:
            raise FieldsError(tuple(parcel), "only a rejection as already_shipped brings a parcel")
        if self.reason is RejectionReason.OTHER and not self.note:
            raise FieldsError(("note",), "the reason other needs one")
        return self


class CancelOrder(StoryCommand):
    """Seller or platform ends the order before it is shipped."""

    roles = (Role.SELLER, Role.PLATFORM)
    until = (DeadlineKind.PAY_BY, DeadlineKind.SHIP_BY, DeadlineKind.SHIP_NO_LATER_THAN)

    reason: CancellationReason
    note: Text | None = None
