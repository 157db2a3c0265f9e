"""Every reachable state of the process, with everything that can happen in it; and that the docs show this very run."""

from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from tests.exploration.abstract import BASE, NOON, WINDOWS, abstracted, key, span
from tests.exploration.document import CLOSED, PLACES, REGENERATE, files
from tests.exploration.explored import everything, explored
from tests.exploration.search import Search, begun
from tests.exploration.seen import Seen
from tests.exploration.world import messages
from tests.exploration.worlds import DISPUTES, GOODS, MONEY, NEGOTIATION, PARCELS, STORY, World
from workflows.messages.base import Command, Message
from workflows.messages.commands import MESSAGES
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import DeadlineKind, Role
from workflows.process.allowed import allowed, why_not
from workflows.process.deadlines import OF_MONEY, next_instant, started
from workflows.process.effects import Record
from workflows.process.state import Order, replace
from workflows.process.step import settle, step

SMALL = 80
"""States of the small explorations beside the large one."""


def some(count: int, world: World) -> list[Order]:
    """The first states of a world, breadth first."""
    search, found = Search(world), list[Order]()
    while len(found) < count:
        search.run(len(found) + 1)
        found.append(search.queue[0][1])
    return found


def test_every_state_was_explored_and_every_invariant_held_in_it() -> None:
    for seen in explored():
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
    for path, content in files(everything()).items():
        assert path.exists(), f"{path.name} is missing: run {REGENERATE}"
        assert path.read_text(encoding="utf-8") == content, f"{path.name} is stale: run {REGENERATE}"


@pytest.mark.parametrize("world", [STORY, PARCELS, DISPUTES, GOODS, NEGOTIATION], ids=lambda world: world.name)
def test_equal_keys_allow_the_same_whatever_their_history(world: World) -> None:
    """The abstraction drops nothing that is read: orders with one key have the same `allowed` and `why_not`."""
    views: dict[object, tuple[object, list[str]]] = {}
    told: defaultdict[object, int] = defaultdict(int)
    layer: list[tuple[Order, list[str]]] = [(replace(begun(world)[0], terms=BASE.model_copy(update=LONG)), [])]
    compared = 0
    for minute in range(4 if world is STORY else 3):
        now, following = NOON + timedelta(minutes=minute), []
        for order, way in layer:
            for code, event in messages(world, order):
                after = _after(order, event, now)
                if after is None:
                    continue
                state = key(abstracted(after))
                path = [*way, code]
                told[state] += 1
                if told[state] > 2:
                    continue
                view = _view(after, now)
                known = views.setdefault(state, (view, path))
                assert known[0] == view, f"{known[1]} and {path} have one key, and allow different things"
                compared += known[1] is not path
                following.append((after, path))
        layer = following
    assert compared > 20, compared


LONG = {name: span(3_600) for name in WINDOWS.values()}


def _after(order: Order, event: object, now: datetime) -> Order | None:
    try:
        return step(order, event, now).order  # type: ignore[arg-type]
    except Refused:
        return None


def _view(order: Order, now: datetime) -> object:
    return [
        (
            sorted(action.action for action in allowed(order, role, now)),
            sorted((action.action, action.code) for action in why_not(order, role, now)),
        )
        for role in (Role.BUYER, Role.SELLER, Role.PLATFORM)
    ]


@pytest.mark.parametrize("world", [STORY, DISPUTES, GOODS], ids=lambda world: world.name)
def test_R7_in_every_state_the_same_request_gets_the_same_answer_and_another_is_refused(world: World) -> None:
    tried = 0
    for order in some(SMALL, world):
        for _, event in messages(world, order):
            if not isinstance(event, Message):
                continue
            named = event.model_copy(update={"request_id": "r-1"})
            try:
                once = step(order, named, NOON)
            except Refused:
                continue
            if not once.answer.applied:
                continue
            again = step(once.order, named, NOON + timedelta(hours=9))
            assert (again.order, again.answer, again.effects) == (once.order, once.answer, ())
            other = named.model_copy(update={"by": named.by.model_copy(update={"id": "x-1"})})
            if isinstance(event, Command):
                with pytest.raises(Refused) as caught:
                    step(once.order, other, NOON)
                assert caught.value.code is Code.REQUEST_ID_REUSED
            tried += 1
    assert tried > SMALL


@pytest.mark.parametrize("world", [STORY, DISPUTES, GOODS], ids=lambda world: world.name)
def test_R23_in_every_state_each_deadline_reminds_at_most_once_and_a_reminder_changes_nothing_else(
    world: World,
) -> None:
    reminded = 0
    for order in some(SMALL, world):
        patient = replace(order, deadlines=())
        for d in order.deadlines:
            patient = started(patient, d.kind, span(36_000), d.at, d.subject, d.party)
        silent = replace(patient, deadlines=tuple(replace(d, remind_at=None) for d in patient.deadlines))
        told: list[tuple[str, datetime | None]] = []
        while (at := next_instant(patient)) and at < NOON + timedelta(hours=11):
            patient, effects = settle(patient, at)
            silent, _ = settle(silent, at)
            told += [
                (e.entry.name, n.due_at)
                for e in effects
                if isinstance(e, Record) and e.entry.outcome == "reminder"
                for n in e.notices
            ]
            assert (patient.stage, patient.ledger, patient.version) == (silent.stage, silent.ledger, silent.version)
        assert len(set(told)) == len(told)
        reminded += len(told)
    assert reminded


def test_what_is_found_is_printed_as_a_test_that_can_be_pasted() -> None:
    search = Search(MONEY)
    search.run(60)
    report = str(search._report("", AssertionError("an example")))
    names: dict[str, object] = {}
    exec(report.split("\n\n", 1)[1], names)
    test = names["test_found_by_the_exploration"]
    assert callable(test)
    test()


def test_merged_runs_add_up() -> None:
    total = Seen()
    for seen in explored():
        total = total.merged(seen)
    assert total == everything()
