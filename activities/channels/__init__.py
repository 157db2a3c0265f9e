"""What every channel takes and gives: one message to one receiver, and what came of it. Each channel has its own file.

Which message goes to whom, when, and what follows from the outcome is decided in `activities/notifications.py`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from activities.languages import language_of
from workflows.messages.answers import AllowedAction
from workflows.messages.sentences import UTC, Sentence, told


@dataclass(frozen=True, slots=True)
class Message:
    """One notice on its way to one subscription."""

    message_id: str
    """The same on every try."""
    seq: int
    """The number of its notice: of two to one receiver the higher one came later."""
    target: str = field(repr=False)
    language: str
    secrets: tuple[str, ...] = field(repr=False)
    """Those that sign, the newest first; none for e-mail."""
    order_id: str
    """Empty when the notice is about no order."""
    entry: int
    role: str
    party_id: str
    kind: str
    text: str
    due_at: datetime | None
    at: datetime
    sentence: Sentence | None = None
    """The text as it can be told in any language; None where an older version wrote it down in English."""
    zone: str = UTC
    """Whose clocks the order's instants are read by."""
    possible: tuple[AllowedAction, ...] = ()
    """What its receiver can do about the order now."""
    link: str | None = None
    """Where people see the order."""

    @property
    def told(self) -> str:
        """The text in the receiver's language."""
        return told(self.sentence, language_of(self.language)) if self.sentence else self.text


@dataclass(frozen=True, slots=True)
class Taken:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """It did not arrive, and may next time."""

    why: Sentence
    retry_after: timedelta | None = None
    """What the receiver asked for."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The receiver refused it for good: trying this message again is of no use."""

    why: Sentence


@dataclass(frozen=True, slots=True)
class Gone:
    """The receiver wants nothing any more."""

    why: Sentence


Outcome = Taken | NotNow | Refused | Gone


class Channel(Protocol):
    """One way to reach people or programs."""

    async def send(self, message: Message, now: datetime) -> Outcome:
        """Try it once, within bounded time. What the receiver or the network does wrong is an outcome, no exception."""
        ...
