"""How long a window of the terms is: a fixed length, or a number of business days. When it ends is the process's to say
(`process/clock/windows.py`)."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema

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


def parse_span(text: object) -> Span:
    """The duration that `text` names (`"PT72H"`, `"P15D"`, `"5 business days"`), at most `MAX_DURATION`.

    Years and months are refused: nobody can say how long one is before it starts.
    """
    if isinstance(text, Span):
        return text
    if not isinstance(text, str):
        raise ValueError('must be a string such as "PT72H" or "5 business days"')
    if counted := _BUSINESS_DAYS.fullmatch(text):
        span = Span(timedelta(), int(counted[1]), text)
    elif (iso := _ISO.fullmatch(text)) and text != "P":
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        span = Span(timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds), 0, text)
    else:
        raise ValueError('must be an ISO 8601 duration such as "PT72H" or "P15D", or "5 business days"')
    if span.length > MAX_DURATION or span.business_days > MAX_DURATION.days:
        raise ValueError("must be at most 400 days")
    return span


def _positive(span: Span) -> Span:
    if span.empty:
        raise ValueError("must be longer than zero")
    return span


_Shown = WithJsonSchema({"type": "string", "format": "duration", "examples": ["PT72H", "5 business days"]})
_Written = PlainSerializer(str, return_type=str)
Duration = Annotated[Span, PlainValidator(parse_span), AfterValidator(_positive), _Written, _Shown]
"""A window that lasts longer than zero."""
DurationOrZero = Annotated[Span, PlainValidator(parse_span), _Written, _Shown]
