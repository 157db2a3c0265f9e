"""How business days were counted: kept beside the instant at which they end, and said in a sentence. Frozen.

The counting itself lives in `clock/windows.py`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from workflows.messages.durations import Span
from workflows.messages.sentences import Day, Label, Sentence, Value, say, say_many, several

MAX_HOLIDAYS_TOLD: Final = 4
"""Skipped holidays that a deadline's rule names; the rest are counted. Beside them it names at most six weekdays."""

_WEEKDAYS: Final = (
    Label("Mon", "Weekday"),
    Label("Tue", "Weekday"),
    Label("Wed", "Weekday"),
    Label("Thu", "Weekday"),
    Label("Fri", "Weekday"),
    Label("Sat", "Weekday"),
    Label("Sun", "Weekday"),
)


@dataclass(frozen=True)
class Counted:
    """How a window of business days was counted: so many of them, and the days off that were skipped on the way."""

    business_days: int
    weekdays: tuple[int, ...] = ()
    """Those of the weekend, each once: 0 is Monday."""
    holidays: tuple[date, ...] = ()
    """The first of those that lie outside the weekend."""
    more: int = 0
    """How many holidays were skipped beside those."""


def rule_of(counted: Counted) -> Sentence:
    """`3 business days, Sat, Sun and 1 Jan skipped`: weekdays by their names, however often each was skipped."""
    days = Span(timedelta(), counted.business_days, f"{counted.business_days} business days")
    off: list[Value] = [*(_WEEKDAYS[day] for day in counted.weekdays), *map(Day, counted.holidays)]
    if counted.more:
        off.append(say_many("one more day", "{count} more days", count=counted.more))
    return say("{days}, {off} skipped", days=days, off=several(off)) if off else say("{days}", days=days)
