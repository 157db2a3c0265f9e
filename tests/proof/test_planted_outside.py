"""The tests are tested: every bug that is planted outside the process is found by the test that it names."""

from tests.planted.outside import OUTSIDE
from tests.planted_outside import survivors_outside


def test_every_bug_outside_the_process_is_found_by_the_test_that_it_names() -> None:
    assert len(OUTSIDE) >= 15
    assert survivors_outside(OUTSIDE) == []
