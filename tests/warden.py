"""Ends what a run of the tests has started, once that run is gone: a process of its own, which no signal to it reaches.

A test run that is interrupted may stop its servers itself; one that is killed cannot. What they start bears its mark in
the environment, since their parents may be gone as well by then.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Final
from uuid import uuid4

import psutil

MARK: Final = "STARTED_BY_TESTS"
"""The variable by which the processes of one run are known."""
ASK_SECONDS: Final = 10.0
"""For them to end when they are asked to: Postgres closes its files, `countermand dev` stops its parts."""
GIVE_UP_SECONDS: Final = 60.0
"""Then nobody is left who could be told that a process does not end, not even when killed."""
POLL_SECONDS: Final = 0.1


def watched() -> None:
    """Mark all that this process starts from now on, and have it ended when this process is gone, however it went.

    The processes of a parallel run, and runs that a test starts, bear the mark of the first already.
    """
    if MARK in os.environ:
        return
    mark, unmarked = uuid4().hex, dict(os.environ)
    # Nobody inherits our end of the pipe, and we never close it: it lasts exactly as long as we do.
    theirs, _ = os.pipe()
    subprocess.Popen(
        [sys.executable, "-P", __file__, mark],
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=unmarked,
        start_new_session=True,
    )
    os.close(theirs)
    os.environ[MARK] = mark


def mark() -> Mapping[str, str]:
    """For environments that take nothing from ours: whoever is started with one must be found all the same."""
    return {MARK: os.environ[MARK]}


def end_all(marked: str) -> None:
    """Ask every process with that mark to end, and kill whoever does not; those that they start meanwhile as well."""
    began, asked = time.monotonic(), set[psutil.Process]()
    while (family := _family(marked)) and time.monotonic() < began + GIVE_UP_SECONDS:
        late = time.monotonic() > began + ASK_SECONDS
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):  # it went by itself
                if late:
                    process.kill()
                elif process not in asked:
                    # The interrupt is the fast shutdown of Postgres, and a plain end for everything else here.
                    process.send_signal(signal.SIGINT)
        asked |= family
        time.sleep(POLL_SECONDS)


def _family(marked: str) -> set[psutil.Process]:
    """Whoever bears the mark, and their children: those of Postgres write their titles over it."""
    found = set[psutil.Process]()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # gone, or of another user
            if process.environ().get(MARK) == marked and process.status() != psutil.STATUS_ZOMBIE:
                found |= {process, *process.children(recursive=True)}
    return found


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_all(sys.argv[1])
