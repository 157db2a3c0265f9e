"""The header `Retry-After`, by which somebody whom we call too often says when to come again."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

MAX_DIGITS: Final = 9
"""Of a number of seconds; more is nonsense, and no duration."""


def retry_after(text: str, now: datetime) -> timedelta | None:
    """How long from `now`, said in seconds or as a date; None when it is neither. Who waits sets the limit."""
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=int(text)) if len(text) <= MAX_DIGITS else None
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(at - now, timedelta())
