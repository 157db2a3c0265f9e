"""Facts that came before what they are about, as the order keeps them (R33). When one is kept and taken: `early.py`."""

from dataclasses import dataclass
from datetime import datetime

from workflows.messages.values import Party


@dataclass(frozen=True)
class Kept:
    """A fact about something that the order does not know yet."""

    name: str
    by: Party
    subject: str
    """What it waits for: a tracking, or a payment's id."""
    since: datetime
    fact: str
    """The fact as JSON, with a digest in the place of each text (R26)."""
