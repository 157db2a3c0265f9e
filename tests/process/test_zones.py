"""Time-zone rules come from the build, never from the files of the system (R42)."""

import os
import shutil
import subprocess
import sys
import zoneinfo
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from time import perf_counter
from typing import Final

import pytest

from workflows.messages.durations import parse_span
from workflows.messages.terms import Calendar
from workflows.messages.zones import time_zone
from workflows.process.clock import windows
from workflows.process.clock.windows import window_end
from workflows.process.state.counting import rule_of

ROOT: Final = Path(__file__).parents[2]
BERLIN: Final = "Europe/Berlin"
SUMMER: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
LONGEST: Final = "100 business days"
ASK: Final = """
from datetime import UTC, datetime
from workflows.messages.durations import parse_span
from workflows.messages.terms import Calendar
from workflows.process.clock.windows import window_end
start = datetime(2026, 3, 2, 12, tzinfo=UTC)
print(window_end(start, parse_span("100 business days"), Calendar(time_zone="Europe/Berlin"))[0].isoformat())
"""


@pytest.fixture
def other_rules(tmp_path: Path) -> Path:
    """A system whose Berlin lies in Tokyo."""
    berlin = tmp_path / "Europe" / "Berlin"
    berlin.parent.mkdir()
    with as_file(files("tzdata") / "zoneinfo" / "Asia" / "Tokyo") as tokyo:
        shutil.copy(tokyo, berlin)
    return tmp_path


def test_R42_a_system_with_other_zone_files_counts_the_same_deadline(other_rules: Path) -> None:
    environment = os.environ | {"PYTHONTZPATH": str(other_rules), "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    here, _ = window_end(datetime(2026, 3, 2, 12, tzinfo=UTC), parse_span(LONGEST), Calendar(time_zone=BERLIN))
    assert told.stdout.strip() == here.isoformat() == "2026-07-20T11:00:00+00:00"


def test_R42_a_zone_that_somebody_has_loaded_from_the_system_before_is_loaded_anew(other_rules: Path) -> None:
    zoneinfo.reset_tzpath((str(other_rules),))
    zoneinfo.ZoneInfo.clear_cache()
    theirs = zoneinfo.ZoneInfo(BERLIN)
    assert SUMMER.astimezone(theirs).hour == 21
    assert SUMMER.astimezone(time_zone(BERLIN)).hour == 14
    assert zoneinfo.TZPATH == ()


def test_R42_the_rules_are_those_of_the_package_that_the_lock_pins() -> None:
    version = (files("tzdata") / "zoneinfo" / "tzdata.zi").read_text().splitlines()[0].removeprefix("# version ")
    [pinned] = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if line.startswith("tzdata==")]
    year, letter = version[:4], version[4:]
    assert pinned.split()[0] == f"tzdata=={year}.{ord(letter) - ord('a') + 1}"


@pytest.mark.parametrize("zone", [BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_R42_a_hundred_business_days_in_a_zone_are_counted_in_no_time(zone: str) -> None:
    calendar, span = Calendar(time_zone=zone), parse_span(LONGEST)
    at, counted = window_end(SUMMER, span, calendar)
    tries = []
    for _ in range(20):
        windows._business_date.cache_clear()
        begun = perf_counter()
        window_end(SUMMER, span, calendar)
        tries.append(perf_counter() - begun)
    assert min(tries) < 0.001
    assert at.astimezone(time_zone(zone)).time() == SUMMER.astimezone(time_zone(zone)).time()
    assert counted
    assert str(rule_of(counted)) == f"{LONGEST}, Sat and Sun skipped"
