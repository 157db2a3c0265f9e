"""Deadlines as the order keeps them: running, passed, and stood still while a dispute lasts. Frozen."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows.messages.values import (
    DeadlineKind,
    Role,
    Stage,
)


@dataclass(frozen=True)
class Deadline:
    """An instant by which somebody must have acted. `subject` names the record of money that it watches."""

    at: datetime
    kind: DeadlineKind
    party: Role
    rule: str | None = None
    """How a business-day deadline was counted, for people."""
    remind_at: datetime | None = None
    """When its one reminder is due (R23); gone once it is sent."""
    subject: str = ""


@dataclass(frozen=True)
class Passed:
    """A deadline that has passed; until the stage moves on by a message, it explains refusals."""

    kind: DeadlineKind
    at: datetime


@dataclass(frozen=True)
class StoodStill:
    """A deadline of the parcel that a dispute has stopped, and what was left of it (R30)."""

    kind: DeadlineKind
    rest: timedelta
    stage: Stage | None = None
    """In which it stood still: None in disputes that were opened before this was kept, where it goes by the kind."""
