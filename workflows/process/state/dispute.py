"""Offers, disputes, evidence and decisions as the order keeps them. Frozen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from workflows.messages.evidence import EvidenceKind
from workflows.messages.values import Role
from workflows.messages.vocabulary import DisputeReason, Phase, ReasonCode, Resolution
from workflows.process.state.deadline import StoodStill


@dataclass(frozen=True)
class Offer:
    """A way out that one side offered the other (R17)."""

    offer_id: str
    by: Role
    resolution: Resolution
    amount: int | None
    made_at: datetime
    state: Literal["open", "accepted", "declined", "replaced", "lapsed"] = "open"


@dataclass(frozen=True)
class EvidenceItem:
    """What the order keeps of one item: its file, or its words, live elsewhere (R26)."""

    kind: EvidenceKind
    by: Role
    sha256: str
    on_appeal: bool = False
    """Brought once the decision was appealed, which is a round of its own."""


@dataclass(frozen=True)
class Decision:
    """How a dispute was decided, and by whom."""

    outcome: Resolution
    by: Literal["platform", "agreement", "default"]
    at: datetime
    reason_code: ReasonCode
    amount: int | None = None
    fault: Role | None = None


@dataclass(frozen=True)
class Dispute:
    """The last dispute: who asked for what, and how far it has come."""

    dispute_id: str
    number: int
    opened_by: Role
    reason: DisputeReason
    requested: Resolution
    amount: int | None
    opened_at: datetime
    phase: Phase = Phase.OPEN
    evidence: tuple[EvidenceItem, ...] = ()
    stood_still: tuple[StoodStill, ...] = ()
    contested: bool = False
    asked: Role | None = None
    """Whom the platform asks for information."""
    asked_at: datetime | None = None
    review_rest: timedelta | None = None
    """What was left of `decide_by` when the platform asked; None once it has passed (R16)."""
    paused: timedelta = timedelta()
    """How long the review clock has stood still in all."""
    escalated: bool = False
    silent: Role | None = None
    """Who was last asked to say something, and did not."""
    decision: Decision | None = None
    """The first decision."""
    appealed_at: datetime | None = None
    appeal_decision: Decision | None = None
