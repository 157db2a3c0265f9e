"""How long a window of the terms is: a fixed length, or a number of business days. When it ends is the process's to say
(`process/clock/windows.py`); which one a term may have is said in `windows.py` beside this file."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

MAX_DURATION: Final = timedelta(days=400)
"""The longest window a term may ask for; longer than any marketplace's, short enough to catch a typo."""


@dataclass(frozen=True, slots=True)
class Span:
    """How long a window is: a fixed length, or a number of business days of the order's calendar."""

    length: timedelta
    business_days: int
    written: str = field(compare=False)
    """As it stood on the wire: `PT72H` stays `PT72H`, and does not come back as `P3D`."""

    @property
    def empty(self) -> bool:
        return not self.length and not self.business_days

    def __str__(self) -> str:
        return self.written


_ISO = re.compile(r"P(?:(\d{1,8})W|(?:(\d{1,8})D)?(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,8})S)?)?)")
_BUSINESS_DAYS = re.compile(r"(\d{1,8}) business days?")


def read_span(text: str) -> Span | None:
    """The duration that `text` names (`"PT72H"`, `"P15D"`, `"5 business days"`); None where it names none.

    Years and months are none: nobody can say how long one is before it starts.
    """
    if counted := _BUSINESS_DAYS.fullmatch(text):
        return Span(timedelta(), int(counted[1]), text)
    if (iso := _ISO.fullmatch(text)) and text != "P":
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return Span(timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds), 0, text)
    return None


def parse_span(text: str) -> Span:
    """The duration that `text` names. Raises `ValueError` where it names none."""
    if span := read_span(text):
        return span
    raise ValueError(f"no duration: {text!r}")
