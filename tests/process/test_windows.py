"""When a window ends: business days, days off, and the two nights a year on which a clock lies (section 6)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.languages.spoken import require_spoken
from workflows.messages.durations import MAX_DURATION, parse_span
from workflows.messages.sentences import say
from workflows.messages.terms import MAX_HOLIDAYS, Calendar
from workflows.messages.values import DeadlineKind
from workflows.process.clock.windows import window_end
from workflows.process.state.counting import MAX_HOLIDAYS_TOLD, rule_of
from workflows.process.state.deadline import Passed, with_rule

BERLIN = Calendar(time_zone="Europe/Berlin")
EVERY_DAY = Calendar(time_zone="Europe/Berlin", weekend=())
UTC_DAYS = Calendar()


def local(zone: str, *parts: int) -> datetime:
    """A local time as an instant."""
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type, misc]


def end(start: datetime, window: str, calendar: Calendar = UTC_DAYS) -> datetime:
    return window_end(start, parse_span(window), calendar)[0]


def rule(start: datetime, window: str, calendar: Calendar = UTC_DAYS) -> str | None:
    counted = window_end(start, parse_span(window), calendar)[1]
    return str(rule_of(counted)) if counted else None


def test_a_fixed_length_ignores_the_calendar_and_has_no_rule() -> None:
    friday = datetime(2026, 3, 27, 12, tzinfo=UTC)
    assert end(friday, "P3D", BERLIN) == datetime(2026, 3, 30, 12, tzinfo=UTC), (
        "72 hours, across the change of the clock"
    )
    assert rule(friday, "P3D", BERLIN) is None


def test_business_days_are_counted_from_the_day_after_and_keep_the_local_time() -> None:
    monday = datetime(2026, 3, 2, 12, 34, 56, tzinfo=UTC)
    assert end(monday, "1 business day") == datetime(2026, 3, 3, 12, 34, 56, tzinfo=UTC)
    assert end(monday, "4 business days") == datetime(2026, 3, 6, 12, 34, 56, tzinfo=UTC)
    assert end(monday, "5 business days") == datetime(2026, 3, 9, 12, 34, 56, tzinfo=UTC)
    assert rule(monday, "4 business days") == "4 business days"
    assert rule(monday, "5 business days") == "5 business days, Sat and Sun skipped"


@pytest.mark.parametrize("day", [6, 7, 8])
def test_a_window_that_starts_on_a_friday_or_in_the_weekend_ends_on_monday(day: int) -> None:
    assert end(datetime(2026, 3, day, 9, tzinfo=UTC), "1 business day") == datetime(2026, 3, 9, 9, tzinfo=UTC)


def test_holidays_are_skipped_and_told() -> None:
    calendar = Calendar(holidays=(date(2026, 12, 25), date(2026, 12, 28)))
    thursday = datetime(2026, 12, 24, 10, tzinfo=UTC)
    assert end(thursday, "1 business day", calendar) == datetime(2026, 12, 29, 10, tzinfo=UTC)
    told = rule(thursday, "1 business day", calendar)
    assert told == "1 business day, Sat, Sun, 25 Dec and 28 Dec skipped"


def test_a_holiday_in_the_weekend_is_skipped_once() -> None:
    calendar = Calendar(holidays=(date(2026, 3, 7),))
    friday = datetime(2026, 3, 6, 9, tzinfo=UTC)
    assert end(friday, "1 business day", calendar) == datetime(2026, 3, 9, 9, tzinfo=UTC)
    assert rule(friday, "1 business day", calendar) == "1 business day, Sat and Sun skipped"


def test_a_weekday_that_was_skipped_often_is_named_once() -> None:
    assert rule(datetime(2026, 3, 2, 12, tzinfo=UTC), "20 business days") == "20 business days, Sat and Sun skipped"


@pytest.mark.parametrize(
    ("beyond", "end_of_rule"),
    [(0, "and 5 Mar skipped"), (1, "and one more day skipped"), (2, "and 2 more days skipped")],
)
def test_a_long_rule_names_the_first_holidays_and_counts_the_rest(beyond: int, end_of_rule: str) -> None:
    holidays = tuple(date(2026, 3, 2 + number) for number in range(MAX_HOLIDAYS_TOLD + beyond))
    calendar = Calendar(holidays=holidays, weekend=())
    told = rule(datetime(2026, 3, 1, 12, tzinfo=UTC), "1 business day", calendar)
    assert told
    assert told.startswith("1 business day, 2 Mar, 3 Mar, 4 Mar")
    assert told.endswith(end_of_rule)


def test_the_longest_rule_there_can_be_is_one_sentence_of_a_notice() -> None:
    """Of the longest window, six days of each week and as many holidays as a calendar has."""
    holidays = tuple(date(2026, 9, 1) + timedelta(days=7 * number) for number in range(MAX_HOLIDAYS // 7))
    calendar = Calendar(holidays=holidays, weekend=("mon", "wed", "thu", "fri", "sat", "sun"))
    start = datetime(2026, 8, 30, 12, tzinfo=UTC)
    _, counted = window_end(start, parse_span(f"{MAX_DURATION.days} business days"), calendar)
    assert counted
    assert counted.more == len(holidays) - MAX_HOLIDAYS_TOLD
    for kind in DeadlineKind:
        require_spoken(with_rule(say("It is late."), Passed(kind, start, counted)))


def test_other_weekends_and_no_weekend_at_all() -> None:
    thursday = datetime(2026, 3, 5, 9, tzinfo=UTC)
    friday_saturday = Calendar(weekend=("fri", "sat"))
    assert end(thursday, "1 business day", friday_saturday) == datetime(2026, 3, 8, 9, tzinfo=UTC)
    assert end(thursday, "1 business day", Calendar(weekend=())) == datetime(2026, 3, 6, 9, tzinfo=UTC)
    only_mondays = Calendar(weekend=("tue", "wed", "thu", "fri", "sat", "sun"))
    assert end(thursday, "2 business days", only_mondays) == datetime(2026, 3, 16, 9, tzinfo=UTC)


def test_the_business_date_is_the_local_one() -> None:
    """Friday 23:30 in UTC is Saturday in Berlin: the first business date after it is Monday, at half past midnight."""
    friday_night = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)
    assert end(friday_night, "1 business day", BERLIN) == local("Europe/Berlin", 2026, 3, 9, 0, 30)
    assert end(friday_night, "1 business day") == datetime(2026, 3, 9, 23, 30, tzinfo=UTC)


def test_the_local_time_stays_when_the_clock_changes() -> None:
    friday = local("Europe/Berlin", 2026, 3, 27, 12)
    assert end(friday, "1 business day", BERLIN) == local("Europe/Berlin", 2026, 3, 30, 12)
    assert end(friday, "1 business day", BERLIN) - friday == timedelta(hours=71)


@pytest.mark.parametrize("minute", [0, 1, 30, 59])
def test_in_a_gap_it_is_the_first_instant_that_exists(minute: int) -> None:
    saturday = local("Europe/Berlin", 2026, 3, 28, 2, minute)
    assert end(saturday, "1 business day", EVERY_DAY) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "03:00 in Berlin"


def test_beside_a_gap_nothing_is_moved() -> None:
    before = local("Europe/Berlin", 2026, 3, 28, 1, 59, 59)
    assert end(before, "1 business day", EVERY_DAY) == datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
    after = local("Europe/Berlin", 2026, 3, 28, 3, 0)
    assert end(after, "1 business day", EVERY_DAY) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_in_a_gap_fractions_of_a_second_are_not_kept() -> None:
    start = local("Europe/Berlin", 2026, 3, 28, 2, 30, 0, 500_000)
    assert end(start, "1 business day", EVERY_DAY) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_in_a_fold_it_is_the_earlier_one() -> None:
    saturday = local("Europe/Berlin", 2026, 10, 24, 2, 30)
    assert end(saturday, "1 business day", EVERY_DAY) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_window_that_starts_in_the_second_half_of_a_fold_ends_at_its_local_time() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert end(second, "1 business day", EVERY_DAY) == local("Europe/Berlin", 2026, 10, 26, 2, 30)


def test_half_an_hour_of_gap_as_on_lord_howe() -> None:
    calendar = Calendar(time_zone="Australia/Lord_Howe", weekend=())
    saturday = local("Australia/Lord_Howe", 2026, 10, 3, 2, 15)
    assert end(saturday, "1 business day", calendar) == datetime(2026, 10, 3, 15, 30, tzinfo=UTC), "02:30 there"


def test_a_whole_day_that_never_was_as_on_apia() -> None:
    """Samoa had no 30 December 2011: a window that ends on it ends when the 31st begins."""
    calendar = Calendar(time_zone="Pacific/Apia", weekend=())
    thursday = local("Pacific/Apia", 2011, 12, 29, 12)
    assert end(thursday, "1 business day", calendar) == datetime(2011, 12, 30, 10, 0, tzinfo=UTC)
    assert end(thursday, "2 business days", calendar) == local("Pacific/Apia", 2011, 12, 31, 12)


def test_a_gap_at_midnight_as_in_beirut() -> None:
    calendar = Calendar(time_zone="Asia/Beirut", weekend=())
    saturday = local("Asia/Beirut", 2026, 3, 28, 0, 15)
    assert end(saturday, "1 business day", calendar) == datetime(2026, 3, 28, 22, 0, tzinfo=UTC), "01:00 there"


def test_zero_business_days_end_where_they_start() -> None:
    start = datetime(2026, 3, 7, 9, tzinfo=UTC)
    assert end(start, "0 business days") == start


def test_the_longest_window_over_the_fewest_days_still_ends() -> None:
    only_mondays = Calendar(weekend=("tue", "wed", "thu", "fri", "sat", "sun"))
    assert end(datetime(2026, 3, 2, 9, tzinfo=UTC), "400 business days", only_mondays).year == 2033
