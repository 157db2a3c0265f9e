"""The day that is reconciled, where its pages end, and how an entry of the provider's book is written down."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import asyncpg

from activities.providers import BookEntry

AROUND: Final = timedelta(hours=1)
"""Of the book before and after the day: two clocks do not put midnight at the same instant."""


def bounds(day: date) -> tuple[datetime, datetime]:
    """From midnight to midnight in UTC; the second is the next day's."""
    since = datetime.combine(day, time(), UTC)
    return since, since + timedelta(days=1)


def next_place(done: Sequence[asyncpg.Record], page_size: int, read: int | None = None) -> str | None:
    """Where the next page begins, after the rows that are done, of so many that were read: all, unless it says less. A
    full page may be the last: then the next is empty, and says so."""
    read = len(done) if read is None else read
    last: str | None = done[-1]["place"] if len(done) < read or read == page_size else None
    return last


def written(entry: BookEntry) -> Mapping[str, Any]:
    """As JSON takes it."""
    return vars(entry) | {"created_at": entry.created_at.isoformat()}
