"""The first states of every world with everything that can happen in them, and small explorations of single rules.

Every reachable state is explored in `tests/proof`.
"""

from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from tests.exploration.abstract import BASE, NOON, WINDOWS, abstracted, key, span
from tests.exploration.reduced import PARTS
from tests.exploration.search import Search, begun
from tests.exploration.world import messages
from tests.exploration.worlds import ATTENTION, AUTHORIZED, DISPUTES, GOODS, MONEY, NEGOTIATION, PARCELS, STORY, World
from workflows.frozen import replace
from workflows.messages.base import Command, Message
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import Role
from workflows.process.allowed import allowed_actions, refused_actions
from workflows.process.clock.deadlines import next_instant, start_deadline
from workflows.process.resets import message_come_again
from workflows.process.state.changes import Record
from workflows.process.state.order import Order
from workflows.process.step import settle_deadlines, step

SMALL = 80
"""States of the small explorations beside the large one."""


def some(count: int, world: World) -> list[Order]:
    """The first states of a world, breadth first."""
    search, found = Search(world), list[Order]()
    while len(found) < count:
        search.run(len(found) + 1)
        found.append(search.queue[0][1])
    return found


@pytest.mark.parametrize("part", PARTS)
def test_every_invariant_holds_in_the_first_states_of_every_world(part: str) -> None:
    """All states are explored by `make proof`; an invariant that does not hold anywhere here raises."""
    assert PARTS[part]() > 0


@pytest.mark.parametrize(
    "world", [STORY, PARCELS, DISPUTES, GOODS, NEGOTIATION, AUTHORIZED, ATTENTION], ids=lambda world: world.name
)
def test_equal_keys_allow_the_same_whatever_their_history(world: World) -> None:
    """The abstraction drops nothing that is read: orders with one key have the same `allowed` and `why_not`."""
    views: dict[object, tuple[object, list[str]]] = {}
    told: defaultdict[object, int] = defaultdict(int)
    layer: list[tuple[Order, list[str]]] = [(replace(begun(world)[0], terms=BASE.model_copy(update=LONG)), [])]
    compared = 0
    for minute in range(4 if world in (STORY, AUTHORIZED) else 3):
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
            sorted(action.action for action in allowed_actions(order, role, now)),
            sorted((action.action, action.code) for action in refused_actions(order, role, now)),
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
def test_R38_in_every_state_what_comes_again_with_a_reset_does_nothing_and_what_is_new_is_judged(world: World) -> None:
    """Every command taken once, long forgotten by the order, and re-applied by a reset: with its id, and without."""
    tried = 0
    for order in some(SMALL, world):
        for _, event in messages(world, order):
            if not isinstance(event, Message):
                continue
            named = event.model_copy(update={"request_id": "r-1"})
            sent, other = (frozenset({(event.by.role, f"r-{number}")}) for number in (1, 2))
            if not isinstance(event, Command):
                assert message_come_again(order, event.name, named, sent, NOON) is None, "facts are known by their keys"
                continue
            assert message_come_again(order, event.name, named, other, NOON) is None
            taken = _after(order, named, NOON)
            if taken is None:
                continue
            forgotten = replace(taken, remembered=())
            known = message_come_again(forgotten, event.name, named, sent, NOON)
            assert known
            assert (known.order, known.effects, known.answer.applied) == (forgotten, (), False)
            nameless = message_come_again(forgotten, event.name, event, sent, NOON)
            assert nameless
            assert replace(nameless.order, entry=forgotten.entry) == forgotten
            assert [type(effect) for effect in nameless.effects] == [Record]
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
            patient = start_deadline(patient, d.kind, span(36_000), d.at, d.subject, d.party)
        silent = replace(patient, deadlines=tuple(replace(d, remind_at=None) for d in patient.deadlines))
        told: list[tuple[str, datetime | None]] = []
        while (at := next_instant(patient)) and at < NOON + timedelta(hours=11):
            patient, effects = settle_deadlines(patient, at)
            silent, _ = settle_deadlines(silent, at)
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
