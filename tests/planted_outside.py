"""Bugs that were planted outside the process, each of which the test that it names must find:
`python -m tests.planted_outside`."""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final

from tests.planted.outside import OUTSIDE, Outside
from tests.planted.outside_guard import GUARD_OUTSIDE

ROOT: Final = Path(__file__).parents[1]
COPIED: Final = ("workflows", "activities", "starter", "tests")
BUGS: Final = (*OUTSIDE, *GUARD_OUTSIDE)
FILES: Final = ("worker.py", "pyproject.toml")
PATIENCE: Final = 900
"""Seconds for one edit. Most need a server of Temporal or of Postgres, which starts anew for each."""
FAILED: Final = 1
"""What pytest ends with where a test has failed; every other code says that none has run."""


def survivors_outside(bugs: Iterable[Outside]) -> list[str]:
    """Those of the bugs that their test does not find. One at a time: each brings servers of its own."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        for part in COPIED:
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        for file in FILES:
            shutil.copy(ROOT / file, copy / file)
        bugs = tuple(bugs)
        assert _run(copy, *dict.fromkeys(bug.found_by for bug in bugs)) == 0, "the unedited copy does not pass"
        return [why for why in map(partial(_survivor, copy), bugs) if why]


def _survivor(copy: Path, bug: Outside) -> str | None:
    path = copy / bug.file
    sound = path.read_text(encoding="utf-8")
    path.write_text(planted(bug, sound), encoding="utf-8")
    try:
        return None if _run(copy, bug.found_by) == FAILED else f"{bug.file}: {bug.why}: survived {bug.found_by}"
    finally:
        path.write_text(sound, encoding="utf-8")


def planted(bug: Outside, sound: str) -> str:
    """The file with the bug in it. Raises where it cannot be planted any more."""
    assert sound.count(bug.old) == 1, f"{bug.file} has {sound.count(bug.old)} times {bug.old!r}: plant it anew"
    edited = sound.replace(bug.old, bug.new)
    if bug.file.endswith(".py"):
        ast.parse(edited)
    return edited


def _run(copy: Path, *tests: str) -> int:
    # Without compiled files an edit of the same length within one second is noticed, too.
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    return subprocess.run(
        command, cwd=copy, env=environment, stdout=subprocess.DEVNULL, timeout=PATIENCE, check=False
    ).returncode


def main() -> None:
    """Plants every bug, says which survived, and ends with 1 if one did."""
    left = survivors_outside(BUGS)
    sys.stdout.write("\n".join([*left, f"{len(BUGS)} planted, {len(left)} survived\n"]))
    sys.exit(bool(left))


if __name__ == "__main__":
    main()
