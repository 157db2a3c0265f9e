"""Deadlines as the order keeps them: running, passed, and stood still while a dispute lasts. Frozen."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows.messages.sentences import Sentence, in_a_row, say
from workflows.messages.values import (
    DeadlineKind,
    Role,
    Stage,
)
from workflows.process.state.counting import Counted, rule_of


@dataclass(frozen=True)
class Deadline:
    """An instant by which somebody must have acted. `subject` names the record of money that it watches."""

    at: datetime
    kind: DeadlineKind
    party: Role
    rule: str | None = None
    """How a business-day deadline was counted, in English: of one that began before `counted` was kept."""
    remind_at: datetime | None = None
    """When its one reminder is due (R23); gone once it is sent."""
    subject: str = ""
    counted: Counted | None = None
    """How it was counted, where its window is one of business days and nobody has moved it."""


@dataclass(frozen=True)
class Passed:
    """A deadline that has passed; until the stage moves on by a message, it explains refusals."""

    kind: DeadlineKind
    at: datetime
    counted: Counted | None = None


@dataclass(frozen=True)
class StoodStill:
    """A deadline of the parcel that a dispute has stopped, and what was left of it (R30)."""

    kind: DeadlineKind
    rest: timedelta
    stage: Stage | None = None
    """In which it stood still: None in disputes that were opened before this was kept, where it goes by the kind."""


def with_rule(sentence: Sentence, deadline: Deadline | Passed | None) -> Sentence:
    """The sentence, and after it how the deadline was counted that it speaks of, where that was by business days."""
    # A sentence of its own: an instant and days off inside another one, and it would be too long to be read at once.
    if deadline is None or deadline.counted is None:
        return sentence
    rule = rule_of(deadline.counted)
    return in_a_row(sentence, say("How {deadline} is counted: {rule}.", deadline=deadline.kind, rule=rule))
