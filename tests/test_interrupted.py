"""A run of the tests that is interrupted or killed leaves no server behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.acceptance.programs import LOOK_EVERY, PATIENCE, ROOT, still_runs, surroundings
from tests.warden import MARK

SERVERS: Final = ("postgres", "temporal", "python")
"""What runs beside the tests then; the payment provider is a Python."""


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda told: told.name)
def test_a_run_that_is_ended_leaves_no_process(tmp_path: Path, told: signal.Signals) -> None:
    with standing(tmp_path) as (run, family):
        run.send_signal(told)
        run.wait(PATIENCE)
    assert left(family) == []


@pytest.mark.parametrize("how", ["ctrl-c", "killed"])
def test_a_run_in_parallel_that_is_ended_leaves_no_process(tmp_path: Path, how: str) -> None:
    """As `make test`: the servers are those of another process than the one that is ended."""
    with standing(tmp_path, "--numprocesses", "1") as (run, family):
        if how == "ctrl-c":
            os.killpg(run.pid, signal.SIGINT)  # a terminal interrupts all of its group
        else:
            run.kill()
        run.wait(PATIENCE)
    assert left(family) == []


@contextmanager
def standing(folder: Path, *options: str) -> Iterator[tuple["subprocess.Popen[bytes]", list[psutil.Process]]]:
    """A run that stands still, and all processes that it has started."""
    with _interruptible():
        run = subprocess.Popen(
            [sys.executable, "-m", "pytest", "tests/workflow/standing.py", *options],
            cwd=ROOT,
            env=_unmarked() | {"STANDING_FOLDER": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        give_up = time.monotonic() + PATIENCE
        while not list(folder.iterdir()):
            assert run.poll() is None
            assert time.monotonic() < give_up
            time.sleep(LOOK_EVERY)
        family = psutil.Process(run.pid).children(recursive=True)
        names = {process.name() for process in family}
        assert all(any(name.startswith(server) for name in names) for server in SERVERS), names
        yield run, family
    finally:
        run.kill()  # or a run that did not end would be waited for without end
        run.wait()


@contextmanager
def _interruptible() -> Iterator[None]:
    """A process started here takes an interrupt, as one in a terminal does; what runs in the background ignores them.

    A signal that is ignored stays so in whatever is started; one that is handled is as new there.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _unmarked() -> dict[str, str]:
    """Ours, as a shell has it: a run with our mark would be ended with us, and not by itself."""
    return {name: value for name, value in surroundings({}).items() if name != MARK}


def left(family: list[psutil.Process]) -> list[str]:
    """The names of those that are still there when everybody had time to end."""
    give_up = time.monotonic() + PATIENCE
    while (there := [process for process in family if still_runs(process)]) and time.monotonic() < give_up:
        time.sleep(LOOK_EVERY)
    return [process.name() for process in there]
