"""What a step leads to: the change a chapter arrives at, and the effects the shell carries out. Data only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows.messages.answers import Answer
from workflows.messages.base import Message, StoryCommand
from workflows.messages.inquiries import Inquiry, WithdrawalState
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Sentence
from workflows.messages.values import DeadlineKind, MoneyState, Role
from workflows.messages.work import CallWord, MoneyCall, Notice, TimelineEntry, UnplacedFact
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order
from workflows.process.state.payments import Unsent


@dataclass(frozen=True)
class DeadlinePassed:
    """An event of the clock: `deadline` has passed, at its own instant."""

    deadline: Deadline


@dataclass(frozen=True)
class ReminderDue:
    """An event of the clock: the one reminder of `deadline` is due."""

    deadline: Deadline


@dataclass(frozen=True)
class AttemptAnswered:
    """What came back from the provider to our own call, or that nothing did (`unknown`)."""

    record_id: str
    attempt: int
    state: MoneyState
    provider_reference: str | None = None
    failure_reason: str | None = None
    asked: bool = False
    """The answer to a `Check`: it counts also where that was said before. `unknown`: the provider cannot say."""
    unsent: Unsent | None = None
    """Nothing was sent, and nothing will be under this key."""
    fits: int = 0
    """Unsent by the guard: so much would not have been too much."""


@dataclass(frozen=True)
class InquiryAnswered:
    """What the provider says of money that left a payment without our asking; None when it cannot be asked."""

    inquiry: Inquiry
    state: WithdrawalState | None


Answered = AttemptAnswered | InquiryAnswered
"""What comes back from the provider when the order calls it."""
Clock = DeadlinePassed | ReminderDue


@dataclass(frozen=True)
class Word:
    """Something that a party must be told: who, what, by when."""

    to: Role
    kind: NoticeKind
    text: Sentence
    due_at: datetime | None = None
    until: DeadlineKind | None = None
    """By when, where that is a deadline that runs once the step is done."""


@dataclass(frozen=True)
class Record:
    """Write this timeline row, these inbox rows, what the order has no place for, and the order as it stands."""

    entry: TimelineEntry
    notices: tuple[Notice, ...] = ()
    unplaced: tuple[UnplacedFact, ...] = ()
    word: CallWord | None = None


@dataclass(frozen=True)
class Send:
    """Move this money. Its answer comes back as `AttemptAnswered`."""

    call: MoneyCall


@dataclass(frozen=True)
class LookUp:
    """The answer to this call was lost: find out what became of it before anything else."""

    call: MoneyCall


@dataclass(frozen=True)
class Check:
    """The provider said both that this arrived and, before, that it did not: ask which is true, and send nothing."""

    call: MoneyCall


@dataclass(frozen=True)
class Inquire:
    """Two things were said of money that left a payment without our asking: ask the provider which is true (R34)."""

    call: Inquiry


Asked = Send | LookUp | Check | Inquire
"""What the provider is to be called for."""
Effect = Record | Asked


@dataclass(frozen=True)
class Change:
    """What a chapter arrives at: the next order, and what the timeline and the parties are told.

    `why` stands when the event was only recorded: the order is the old one but for what the platform must see. `asks`
    is what the provider is asked about this very event; what the order has waiting goes out with every step.
    `unplaced` is what the order has no place for, and somebody must see to.
    """

    order: Order
    summary: Sentence
    words: tuple[Word, ...] = ()
    why: Sentence | None = None
    code: str | None = None
    """By which programs know why it was refused."""
    asks: tuple[Effect, ...] = ()
    unplaced: tuple[UnplacedFact, ...] = ()


@dataclass(frozen=True)
class Step:
    """The outcome of an event: the next order, the effects in order, and the answer for whoever asked."""

    order: Order
    effects: tuple[Effect, ...]
    answer: Answer


StoryEvent = StoryCommand | DeadlinePassed
"""What a stage decides: a command of the story, or that the time for one is over."""
Chapter = Callable[[Order, StoryEvent, datetime], Change]
"""A stage's function: what the event means in that stage, or `Refused`."""
Beside = Callable[[Order, Any, datetime], Change]
"""What a message means in every stage; the table that names it says of which type it is."""
Table = Mapping[type[Message], Beside]
"""What a chapter takes beside the story, whatever the stage: message → what it means."""


def without_clock(decide: Callable[[Order, Any], Change]) -> Beside:
    """For a table, one that does not look at the clock."""
    return lambda order, event, _: decide(order, event)
