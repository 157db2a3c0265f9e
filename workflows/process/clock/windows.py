"""When a window ends: a fixed length later, or so many business days later at the same local time."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from workflows.messages.durations import Span
from workflows.messages.terms import WEEKDAYS, Calendar
from workflows.messages.zones import time_zone
from workflows.process.state.counting import MAX_HOLIDAYS_TOLD, Counted


def window_end(start: datetime, window: Span, calendar: Calendar) -> tuple[datetime, Counted | None]:
    """The instant at which a `window` from `start` ends, and how its business days were counted, if it has any.

    "3 business days" is the third business date after the local date of the start, at the start's local time: in a gap
    of the clock the first instant that exists, in a fold the earlier one.
    """
    if not window.business_days:
        return start + window.length, None
    zone = time_zone(calendar.time_zone)
    local = start.astimezone(zone)
    day, counted = _business_date(local.date(), window.business_days, calendar)
    return _instant_of_local_time(day, local.time(), zone), counted


@lru_cache(maxsize=1024)
def _business_date(day: date, count: int, calendar: Calendar) -> tuple[date, Counted]:
    """The date on which a window of so many business days ends, and how they were counted: the same for every order of
    a day."""
    weekend, holidays = _days_off(calendar)
    skipped, left = [], count
    while left:
        day += timedelta(days=1)
        if day.weekday() in weekend or day in holidays:
            skipped.append(day)
        else:
            left -= 1
    return day, _counted(count, tuple(skipped), calendar)


@lru_cache(maxsize=256)
def _days_off(calendar: Calendar) -> tuple[frozenset[int], frozenset[date]]:
    return frozenset(WEEKDAYS.index(day) for day in calendar.weekend), frozenset(calendar.holidays)


def _instant_of_local_time(day: date, at: time, zone: ZoneInfo) -> datetime:
    local = datetime.combine(day, at.replace(fold=0), zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _end_of_gap(local)


def _end_of_gap(local: datetime) -> datetime:
    """The first instant that exists after a local time that the clock skipped.

    Read with the offset after the gap (fold 1) it lies before the gap's end, with the offset before it (fold 0) behind:
    halving the time between the two finds the second at which the offset changes.
    """
    first, last = (int(local.replace(fold=fold).timestamp()) for fold in (1, 0))
    after = local.replace(fold=1).utcoffset()
    while last - first > 1:
        middle = (first + last) // 2
        if datetime.fromtimestamp(middle, local.tzinfo).utcoffset() == after:
            last = middle
        else:
            first = middle
    return datetime.fromtimestamp(last, UTC)


def _counted(business_days: int, skipped: tuple[date, ...], calendar: Calendar) -> Counted:
    weekend, _ = _days_off(calendar)
    holidays = tuple(day for day in skipped if day.weekday() not in weekend)
    return Counted(
        business_days,
        tuple(sorted({day.weekday() for day in skipped} & weekend)),
        holidays[:MAX_HOLIDAYS_TOLD],
        len(holidays[MAX_HOLIDAYS_TOLD:]),
    )
