"""The tests are tested: every bug that is planted in the process is found."""

from tests.planted_bugs import BUGS, survivors


def test_every_planted_bug_is_found_and_the_unedited_process_passes() -> None:
    assert len(BUGS) >= 140
    assert survivors(BUGS) == []
