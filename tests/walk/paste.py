"""Everything that a test needs which a walk has printed: every message, every word, and how a walk is replayed."""

from datetime import date, datetime, timedelta
from types import ModuleType
from typing import Final

from tests.walk.checked import replayed
from tests.walk.moves import Move, Reset
from tests.walk.starts import BEGINS
from workflows.messages import attachments, commands, durations, evidence, start, terms, values, vocabulary
from workflows.messages.chargebacks import ChargebackOutcome
from workflows.messages.inquiries import Inquiry
from workflows.process.state.changes import AttemptAnswered, InquiryAnswered


def at(seconds: float) -> datetime:
    """So long after the start."""
    return BEGINS + timedelta(seconds=seconds)


MODULES: Final[tuple[ModuleType, ...]] = (attachments, durations, evidence, start, terms, values, vocabulary)
WORDS: Final = {name: value for module in MODULES for name, value in vars(module).items() if not name.startswith("_")}
OWN: Final = {
    one.__name__: one
    for one in (AttemptAnswered, Inquiry, InquiryAnswered, ChargebackOutcome, Move, Reset, at, date, replayed)
}
NAMES: Final = {**WORDS, **{kind.__name__: kind for kind in commands.MESSAGES.values()}, **OWN}
globals().update(NAMES)
__all__ = sorted(NAMES)  # noqa: PLE0605 - whatever stands in the messages
