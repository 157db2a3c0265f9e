"""The records beside the stage: parcel, interception, goods on their way back, offers, dispute. Frozen, like the state.

Who does not live here: money (`state.py`), and how a record changes (the chapters).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from workflows.messages.evidence import EvidenceKind
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Inspection, Phase, ReasonCode, Resolution


@dataclass(frozen=True)
class Parcel:
    """The one parcel that is under way, or was last, and what the carrier has said of it."""

    carrier: str
    tracking: str
    shipped_at: datetime
    number: int = 1
    """2: the replacement of an exchange."""
    where: Stage = Stage.SHIPPED
    """The stage to which the carrier's facts alone have led it (R12), whatever else happens to the order."""
    extended_days: int = 0
    facts: tuple[str, ...] = ()
    delivered_at: datetime | None = None
    inspection: Inspection | None = None
    """What the seller found when it came back; silence counts as `as_agreed`."""


@dataclass(frozen=True)
class Interception:
    """The buyer's last request to have the parcel stopped on its way (R13)."""

    number: int
    requested_at: datetime
    outcome: Literal["open", "trying", "refused", "succeeded", "too_late", "ended"] = "open"


@dataclass(frozen=True)
class GoodsReturn:
    """Goods that the buyer sends back after a decision or an agreement (R18)."""

    asked_at: datetime
    carrier: str | None = None
    tracking: str | None = None
    shipped_at: datetime | None = None
    facts: tuple[str, ...] = ()
    arrived_at: datetime | None = None
    inspection: Inspection | None = None


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
class StoodStill:
    """A deadline of the parcel that a dispute has stopped, and what was left of it (R30)."""

    kind: DeadlineKind
    rest: timedelta


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
