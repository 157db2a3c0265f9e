"""Every planted bug can still be planted: it quotes the code as it stands. That it is found, `tests/proof` shows."""

import ast
from pathlib import Path
from typing import Final

import pytest

from tests.planted.bug import Bug
from tests.planted.outside import Outside
from tests.planted_bugs import BUGS
from tests.planted_outside import BUGS as BUGS_OUTSIDE
from tests.planted_outside import planted

ROOT: Final = Path(__file__).parents[1]
PROCESS: Final = ROOT / "workflows" / "process"


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.file}: {bug.why}")
def test_a_planted_bug_quotes_one_place_and_leaves_python(bug: Bug) -> None:
    text = (PROCESS / f"{bug.file}.py").read_text(encoding="utf-8")
    assert text.count(bug.old) == 1, "plant it anew"
    ast.parse(text.replace(bug.old, bug.new))


@pytest.mark.parametrize("bug", BUGS_OUTSIDE, ids=lambda bug: f"{bug.file}: {bug.why}")
def test_a_bug_planted_outside_quotes_one_place_and_names_a_test(bug: Outside) -> None:
    assert planted(bug, (ROOT / bug.file).read_text(encoding="utf-8"))
    file, name = bug.found_by.split("::")
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")
