"""The messages of a dispute: opening it, answering, evidence, questions, the decision, the appeal."""

from typing import Annotated, Final, Self

from pydantic import model_validator

from workflows.messages.base import StoryCommand, filled
from workflows.messages.complaints import FieldsError
from workflows.messages.evidence import EvidenceList, SomeEvidence
from workflows.messages.fields import PositiveAmount, Text
from workflows.messages.offers import check_amount
from workflows.messages.one_of import OneOf
from workflows.messages.sentences import say
from workflows.messages.values import DeadlineKind, Role
from workflows.messages.vocabulary import DisputeReason, ReasonCode, Resolution

SET_BY_THE_ENGINE: Final = (
    ReasonCode.AGREEMENT,
    ReasonCode.NO_RESPONSE_FROM_SELLER,
    ReasonCode.NO_RESPONSE_FROM_BUYER,
    ReasonCode.UNDECIDED,
)
"""Reason codes that nobody gives: they say how the decision came about."""
GIVEN: Final = tuple(code for code in ReasonCode if code not in SET_BY_THE_ENGINE)
SIDES: Final = (Role.BUYER, Role.SELLER)
AT_FAULT: Final = tuple(role for role in Role if role is not Role.SYSTEM)
"""Whose fault something may be: the clock is none of the parties."""
REQUESTED: Final = (
    Resolution.FULL_REFUND,
    Resolution.PARTIAL_REFUND,
    Resolution.RETURN_AND_REFUND,
    Resolution.EXCHANGE,
)
DECIDED: Final = (*REQUESTED, Resolution.NO_REFUND)


class OpenDispute(StoryCommand):
    """Something is wrong with the order, and the buyer, or the platform for the buyer, wants it put right."""

    roles = (Role.BUYER, Role.PLATFORM)
    until = (DeadlineKind.PROTECTED_UNTIL,)
    sample = filled(description="text", requested_resolution=Resolution.FULL_REFUND)

    reason: DisputeReason
    description: Text
    requested_resolution: Annotated[Resolution, OneOf(REQUESTED)]
    amount: PositiveAmount | None = None
    """For a `partial_refund`, and then needed."""
    evidence: EvidenceList = ()
    """What the reason demands, and whatever else there is to see."""

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        check_amount(self.requested_resolution, self.amount)
        return self


class AddEvidence(StoryCommand):
    """More to look at, until the dispute is decided."""

    roles = (Role.BUYER, Role.SELLER)
    until = (DeadlineKind.DECIDE_NO_LATER_THAN,)
    nothing_open = say("No dispute is open.")

    evidence: SomeEvidence


class RespondToDispute(StoryCommand):
    """The seller agrees to what is requested, or says why not."""

    label = "Answer Dispute"
    roles = (Role.SELLER,)
    until = (DeadlineKind.ANSWER_BY,)
    sample = filled(accept=False, statement="text")
    nothing_open = say("No dispute is open.")

    accept: bool
    """`true`: what the buyer requests is done."""
    statement: Text | None = None
    """Needed to contest it."""
    evidence: EvidenceList = ()

    @model_validator(mode="after")
    def _says_why_not(self) -> Self:
        if not self.accept and self.statement is None:
            raise FieldsError(("statement",), say("whoever contests a dispute says why"))
        return self


class RequestInformation(StoryCommand):
    """The platform asks one side something; the review clock stands still meanwhile."""

    label = "Ask for Information"
    roles = (Role.PLATFORM,)
    until = (DeadlineKind.DECIDE_NO_LATER_THAN,)
    sample = filled(party=Role.BUYER, question="text")
    nothing_open = say("No dispute is open.")

    party: Annotated[Role, OneOf(SIDES)]
    question: Text


class ProvideInformation(StoryCommand):
    """The asked side answers."""

    label = "Answer the Platform"
    roles = (Role.BUYER, Role.SELLER)
    until = (DeadlineKind.INFORM_BY,)
    sample = filled(answer="text")
    nothing_open = say("Nobody is asked for information.")

    answer: Text
    evidence: EvidenceList = ()


class DecideDispute(StoryCommand):
    """The platform decides."""

    roles = (Role.PLATFORM,)
    until = (DeadlineKind.DECIDE_NO_LATER_THAN,)
    sample = filled(outcome=Resolution.FULL_REFUND, reason_code=ReasonCode.INSUFFICIENT_EVIDENCE)
    nothing_open = say("No dispute is open.")

    outcome: Annotated[Resolution, OneOf(DECIDED)]
    amount: PositiveAmount | None = None
    """For a `partial_refund`, and then needed."""
    reason_code: Annotated[ReasonCode, OneOf(GIVEN)]
    fault: Annotated[Role, OneOf(AT_FAULT)] | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _is_a_decision(self) -> Self:
        check_amount(self.outcome, self.amount)
        return self


class WithdrawDispute(StoryCommand):
    """The buyer takes the dispute back."""

    roles = (Role.BUYER,)
    until = (DeadlineKind.DECIDE_NO_LATER_THAN,)
    nothing_open = say("No dispute is open.")

    note: Text | None = None


class Appeal(StoryCommand):
    """The buyer does not accept the decision, and has something new to show."""

    roles = (Role.BUYER,)
    until = (DeadlineKind.APPEAL_BY,)
    sample = filled(statement="text")
    nothing_open = say("No dispute is open.")

    statement: Text
    evidence: SomeEvidence
