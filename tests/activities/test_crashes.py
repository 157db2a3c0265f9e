"""Crash points alone: what a setting names, and that a process dies or freezes exactly there, and nowhere else."""

import asyncio
import signal
import sys
from typing import Final

import psutil
import pytest

from activities.crashes import NEVER, Crashes, CrashPoint, Deed
from starter.settings.environment import SettingsError, load_settings
from tests.acceptance.programs import LOOK_EVERY, PATIENCE, ended, ran, running

PROGRAM: Final = """
import sys
from activities.crashes import CrashPoint, Crashes, Deed

crashes = Crashes(CrashPoint.parse(sys.argv[1]))
for deed in (Deed.RECORD, Deed.REFUND, Deed.REFUND):
    print("before", deed, flush=True)
    with crashes.around(deed):
        print("deed", deed, flush=True)
    print("after", deed, flush=True)
"""
WHOLE: Final = [f"{when} {deed}" for deed in ("record", "refund", "refund") for when in ("before", "deed", "after")]


@pytest.mark.parametrize("deed", Deed)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("how", ["kill", "stop"])
def test_every_deed_can_be_named(how: str, when: str, deed: Deed) -> None:
    assert CrashPoint.parse(f"{how}:{when}:{deed}") == (how, when, deed)


@pytest.mark.parametrize(
    "text",
    ["", "refund", "kill:refund", "kill:after:nothing", "crash:after:refund", "kill:at:refund", "kill:after:refund:"],
)
def test_anything_else_stops_the_start_with_what_would_be_right(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"kill or stop, before or after, one of record, .*, such as kill:after:refund"
    ):
        CrashPoint.parse(text)


def test_the_setting_is_off_by_default_and_named_when_it_is_wrong() -> None:
    assert load_settings({}).crash_point is None
    named = load_settings({"COUNTERMAND_CRASH_AT": "stop:before:release"}).crash_point
    assert named == ("stop", "before", Deed.RELEASE)
    with pytest.raises(SettingsError, match=r"COUNTERMAND_CRASH_AT.*such as kill:after:refund"):
        load_settings({"COUNTERMAND_CRASH_AT": "sometimes"})


@pytest.mark.parametrize(
    ("point", "said"),
    [("kill:before:refund", WHOLE[:4]), ("kill:after:refund", WHOLE[:5])],
    ids=lambda value: value[:12],
)
async def test_a_kill_lands_exactly_there(point: str, said: list[str]) -> None:
    """Before: nothing of the deed is done. After: all of it, and nothing that follows."""
    died = await ran({}, sys.executable, "-c", PROGRAM, point)
    assert (died.code, died.out.splitlines(), died.err) == (-signal.SIGKILL, said, "")


async def test_another_deed_passes() -> None:
    done = await ran({}, sys.executable, "-c", PROGRAM, "kill:after:release")
    assert (done.code, done.out.splitlines()) == (0, WHOLE)


@pytest.mark.parametrize(("when", "said"), [("before", WHOLE[:4]), ("after", WHOLE[:5])])
async def test_who_was_frozen_goes_on_where_it_stood_and_is_struck_only_once(when: str, said: list[str]) -> None:
    async with running({}, sys.executable, "-c", PROGRAM, f"stop:{when}:refund") as process:
        assert process.stdout is not None
        heard = [(await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode().strip() for _ in said]
        async with asyncio.timeout(PATIENCE):
            while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
                await asyncio.sleep(LOOK_EVERY)
        process.send_signal(signal.SIGCONT)
        rest = await ended(process)
    assert (rest.code, heard, [*heard, *rest.out.splitlines()]) == (0, said, WHOLE)


def test_a_deed_that_fails_has_no_after() -> None:
    """Its error goes on as it is; a strike there would end this very process."""
    with (
        pytest.raises(ConnectionError, match="lost"),
        Crashes(CrashPoint.parse("kill:after:refund")).around(Deed.REFUND),
    ):
        raise ConnectionError("lost")


@pytest.mark.parametrize("deed", Deed)
def test_production_never_crashes(deed: Deed) -> None:
    done = []
    with NEVER.around(deed):
        done.append(deed)
    assert done == [deed]
