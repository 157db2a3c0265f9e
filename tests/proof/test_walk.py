"""Long random walks over the process, beyond the worlds of the exploration. `make walk` goes further."""

from functools import cache
from typing import Final, get_args

from tests.exploration.document import PLACES
from tests.walk.parts import walked
from tests.walk.walk import Gone
from workflows.messages.commands import MESSAGES
from workflows.process.state.changes import Answered

STEPS: Final = 300_000


@cache
def walks() -> Gone:
    """All of them, once."""
    return walked("1", STEPS)


def test_no_walk_breaks_a_rule() -> None:
    assert not walks().found, "\n\n".join(walks().found)
    assert walks().steps >= STEPS


def test_at_least_half_of_the_steps_are_made_in_open_orders() -> None:
    assert walks().in_open_orders >= walks().steps / 2


def test_every_message_was_taken_and_every_stage_and_phase_walked_in() -> None:
    """A message that is always refused, or a stage that is never reached, would prove nothing."""
    answers = {kind.__name__ for kind in get_args(Answered)}
    assert {name for name in {*MESSAGES, *answers} if not walks().taken[name]} == set()
    assert {place for place in PLACES if not walks().places[place]} == set()
