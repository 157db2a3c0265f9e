"""Every reachable state of the process, with everything that can happen in it; and that the docs show this very run."""

from tests.exploration.document import CLOSED, PLACES, REGENERATE, REWRITE_TABLES, files
from tests.exploration.explored import explored
from tests.exploration.seen import Seen, merged
from workflows.messages.commands import MESSAGES
from workflows.messages.values import DeadlineKind
from workflows.process.clock.deadlines import OF_MONEY


def everything() -> Seen:
    """What was seen of all worlds together."""
    return merged(explored().values())


def test_every_state_was_explored_and_every_invariant_held_in_it() -> None:
    for seen in explored().values():
        assert seen.left == 0, "the exploration was cut short"
    assert everything().states > 10_000, "the exploration has lost most of its worlds"
    assert everything().edges > 200_000


def test_every_stage_and_phase_is_reached_and_left_unless_it_is_closed() -> None:
    edges = everything().transitions
    assert {target for _, _, target in edges} | {"pending_payment"} == set(PLACES)
    assert {source for source, _, _ in edges} == set(PLACES) - set(CLOSED)


def test_every_command_was_accepted_somewhere_and_every_fact_was_taken() -> None:
    """A world that no longer sends a message would keep its counts, and prove nothing of it."""
    accepted = {name for _, _, name, answer in everything().answers if answer == "accepted"}
    assert set(MESSAGES) <= accepted


def test_every_deadline_has_led_from_one_stage_or_phase_to_another() -> None:
    told = {name for _, name, _ in everything().transitions}
    assert set(DeadlineKind) - set(OF_MONEY) - {DeadlineKind.DELIVER_BY} <= told


def test_the_generated_documents_are_those_of_this_run() -> None:
    for path, content in files(explored()).items():
        assert path.exists(), f"{path.name} is missing: run {REGENERATE}"
        assert path.read_text(encoding="utf-8") == content, (
            f"{path.name} is stale: run {REGENERATE}, or {REWRITE_TABLES} if only the tables of the code have changed"
        )
