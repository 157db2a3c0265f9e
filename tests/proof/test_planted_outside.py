"""The tests are tested: every bug that is planted outside the process is found by the test that it names."""

from tests.planted_outside import BUGS, survivors_outside


def test_every_bug_outside_the_process_is_found_by_the_test_that_it_names() -> None:
    assert len(BUGS) >= 25
    assert survivors_outside(BUGS) == []
