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


def next_place(rows: Sequence[asyncpg.Record], page_size: int) -> str | None:
    """Where the next page begins. A full page may be the last: then the next is empty, and says so."""
    last: str | None = rows[-1]["place"] if len(rows) == page_size else None
    return last


def written(entry: BookEntry) -> Mapping[str, Any]:
    """As JSON takes it."""
    return vars(entry) | {"created_at": entry.created_at.isoformat()}
