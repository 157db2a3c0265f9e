"""The tests are tested: a bug planted in each chapter of the process is found. All of them are in `tests/proof`."""

import pytest

from tests.planted_bugs import BUGS, PATIENCE, survivors


@pytest.mark.timeout(PATIENCE)
def test_a_planted_bug_of_every_chapter_is_found() -> None:
    of_each = {bug.file: bug for bug in reversed(BUGS) if bug.killed_by == "rules"}
    assert len(of_each) >= 20
    assert survivors(of_each.values()) == []
