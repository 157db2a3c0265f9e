"""The search: breadth first through every state of a world, with everything that can arrive in it.

Each message is tried now, at the next deadline and a second after it; a second before it is now, since only the order
of instants counts (`abstract.py`). Nothing is sampled: the search ends when no state is left.
"""

import traceback
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from tests.exploration import invariants, looking, rules
from tests.exploration.abstract import NOON, SECOND, Choice, abstracted, key, placements, under
from tests.exploration.later import Tried
from tests.exploration.paste import first
from tests.exploration.rules import require
from tests.exploration.seen import Seen, place
from tests.exploration.world import beyond, choices, in_outline, in_time, messages
from tests.exploration.worlds import World
from workflows.messages.base import Command, Message
from workflows.messages.commands import AddNote, MoveDeadline, SendMessage
from workflows.messages.parcels import ExtendDelivery
from workflows.messages.refusal import Refused
from workflows.messages.values import DeadlineKind, Role
from workflows.process.allowed import allowed_actions
from workflows.process.resets import order_reset
from workflows.process.state.changes import Effect
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order
from workflows.process.step import Event, settle_deadlines, step

RACES: Final = 4
"""How often one message races the same deadlines, in the same place and under the same terms: a step that comes late
settles first and goes on as if it had come in time, so that what it meets there is a state that was explored."""
ORDERS: Final = TypeAdapter(Order)


class Found(AssertionError):
    """Something does not hold, with the shortest way there as a test."""


@dataclass(frozen=True)
class Came:
    """How a state was first reached: from which one, by which Python."""

    source: int
    code: str


class Search:
    """One exploration of one world, from a new order on, or from one that has come some way (`begin`, abstracted)."""

    def __init__(self, world: World, begin: Order | None = None) -> None:
        self.world = world
        self.seen = Seen()
        order, code = (begin, "first()") if begin else begun(world)
        self.found: dict[tuple[object, ...], int] = {key(order): 0}
        self.came: list[Came] = [Came(-1, code)]
        self.queue: deque[tuple[int, Order]] = deque([(0, order)])
        self.at = 0
        self.raced: Counter[tuple[object, ...]] = Counter()

    def run(self, limit: int | None = None) -> Seen:
        """Everything there is, or the first `limit` states of it."""
        while self.queue and (limit is None or self.seen.states < limit):
            self.at, order = self.queue.popleft()
            self.seen.states += 1
            self._explore(order)
        self.seen.left = len(self.queue)
        return self.seen

    def _explore(self, order: Order) -> None:
        tried = list(messages(self.world, order))
        accepted = {
            (event.by.role, event.name)
            for code, event in tried
            if self._sent(order, code, event, NOON) and isinstance(event, Command)
        }
        self._checked("", lambda: _holds(order, tried, accepted))
        if self.world.looks and not order.resets:
            self._reset(order)
        if order.deadlines:
            self._clock(order)
            self._races(order, tried)

    def _reset(self, order: Order) -> None:
        """An operator resets it; what that leaves alone was checked of every state."""
        self.seen.steps += 1
        outcome = order_reset(order, NOON)
        self._arrived(order, "order_reset(order, NOON).order", None, outcome.order, outcome.effects, NOON)

    def _sent(self, order: Order, code: str, event: Event, now: datetime) -> bool:
        """One message under every choice of the terms that it reads; True when it was accepted."""
        took = [self._tried(order, code, event, now, choice) for choice in choices(order, event, frozenset())]
        return any(took)

    def _tried(self, order: Order, code: str, event: Event, now: datetime, choice: Choice) -> bool:
        told = f"after({_under(choice)}, {code}, {_instant(now)})"
        self.seen.steps += 1
        try:
            outcome = step(_with(order, choice), event, now)
        except Refused as refusal:
            refused = refusal
            self._checked(told, lambda: invariants.of_refusal(order, event, refused))
            self._answered(order, event, refused.code)
            return False
        except Exception as error:
            raise self._report(told, error) from error
        if not outcome.answer.applied:
            self._answered(order, event, "recorded")
            self._arrived(order, told, event, outcome.order, outcome.effects, now)
            return False
        self._answered(order, event, "accepted")
        self._checked(told, lambda: invariants.of_acceptance(order, event))
        for windows in self._windows(order, event, outcome.order, now):
            if windows:
                told = f"after({_under((*choice, *windows))}, {code}, {_instant(now)})"
                self.seen.steps += 1
                outcome = step(_with(order, (*choice, *windows)), event, now)
            self._arrived(order, told, event, outcome.order, outcome.effects, now)
        return True

    def _windows(self, order: Order, event: Event | None, after: Order, now: datetime) -> tuple[Choice, ...]:
        """The windows to try the step again with, so that what it starts is placed everywhere."""
        started = tuple(d for d in after.deadlines if d not in order.deadlines)
        if not started or isinstance(event, MoveDeadline | ExtendDelivery):
            return ((),)
        return tuple(placements(_without(after, started), started, now))

    def _clock(self, order: Order) -> None:
        """The next deadline passes, and what passes with it."""
        now = order.deadlines[0].at
        due = frozenset(d.kind for d in order.deadlines if d.at == now)
        for choice in choices(order, None, due):
            after, effects = self._settled(order, choice, now)
            for windows in self._windows(order, None, after, now):
                if windows:
                    after, effects = self._settled(order, (*choice, *windows), now)
                told = f"clock({_under((*choice, *windows))}, {_instant(now)})"
                self._arrived(order, told, None, after, effects, now)

    def _settled(self, order: Order, choice: Choice, now: datetime) -> tuple[Order, tuple[Effect, ...]]:
        self.seen.steps += 1
        try:
            return settle_deadlines(_with(order, choice), now)
        except Exception as error:
            raise self._report(f"clock({_under(choice)}, {_instant(now)})", error) from error

    def _races(self, order: Order, tried: list[Tried]) -> None:
        """What arrives at or after a passed deadline finds it settled, also when the clock was late (R2)."""
        racing = _one_of_each(tried)
        for now in (order.deadlines[0].at, order.deadlines[0].at + SECOND):
            if payment := in_time(self.world, order):
                self._sent(order, *payment, now)
            accepted = []
            due = frozenset(d.kind for d in order.deadlines if d.at <= now)
            for choice in choices(order, None, due):
                fresh = [each for each in racing if self._is_new(order, due, choice, each)]
                settled = self._settled(order, choice, now)[0] if fresh else order
                accepted += [each for each in fresh if self._raced(order, settled, choice, each, now)]
            racing = list(dict(accepted).items())  # what was refused at the deadline is refused after it

    def _is_new(self, order: Order, due: frozenset[DeadlineKind], choice: Choice, each: Tried) -> bool:
        """Whether this message has not raced these deadlines in this place, under these terms, often enough."""
        race = (place(order), due, choice, _kind(each[1]), each[0])
        self.raced[race] += 1
        return self.raced[race] <= RACES

    def _raced(self, order: Order, settled: Order, choice: Choice, each: Tried, now: datetime) -> bool:
        code, event = each
        self.seen.steps += 2
        late, prompt = _fate(_with(order, choice), event, now), _fate(settled, event, now)
        told = f"after({_under(choice)}, {code}, {_instant(now)})"
        self._checked(told, lambda: require(late == prompt, "R2: late or prompt, the clock makes no odds"))
        return isinstance(late, Order)

    def _arrived(
        self, order: Order, told: str, event: Event | None, after: Order, effects: tuple[Effect, ...], now: datetime
    ) -> None:
        self._checked(told, lambda: invariants.of_step(order, event, after, effects, now))
        self.seen.edges += 1
        alone = event is not None or [d.at for d in order.deadlines].count(now) == 1
        # A fact that was kept until now leads on in the same step, by itself: `ship` alone delivers nothing.
        if alone and len(after.kept) >= len(order.kept) and (at := place(order)) != (to := place(after)):
            self.seen.transitions[at, _name(order, event), to] += 1
        state = in_outline(self.world, abstracted(after))
        if beyond(self.world, state):
            return
        found = key(state)
        if found not in self.found:
            self.found[found] = len(self.came)
            self.queue.append((len(self.came), state))
            self.came.append(Came(self.at, told))

    def _answered(self, order: Order, event: Event, answer: str) -> None:
        if isinstance(event, Message):
            self.seen.answers[place(order), event.by.role, event.name, answer] += 1

    def _checked(self, told: str, check: Callable[[], None]) -> None:
        try:
            check()
        except Exception as error:
            raise self._report(told, error) from error

    def _report(self, told: str, error: Exception) -> Found:
        """What does not hold, and the shortest way there as a test that can be pasted."""
        way = [f"    order = {told}"] if told else []
        at = self.at
        while at > 0:
            way.append(f"    order = abstracted({self.came[at].code})")
            at = self.came[at].source
        steps = "\n".join([f"    order = {self.came[0].code}", *reversed(way)])
        where = [frame.name for frame in traceback.extract_tb(error.__traceback__)[-1:]]
        return Found(
            f"{type(error).__name__}: {error} {where}\n\nfrom tests.exploration.paste import *\n\n\n"
            f"def test_found_by_the_exploration() -> None:\n{steps}\n    of_state(order)\n"
        )


def begun(world: World) -> tuple[Order, str]:
    """Where a world begins, and the Python that leads there."""
    order, code = first(), "first()"
    for told, event in world.begins:
        order, code = abstracted(step(order, event, NOON).order), f"abstracted(after({code}, {told}, NOON))"
    return order, code


def _holds(order: Order, tried: list[Tried], accepted: set[tuple[Role, str]]) -> None:
    """The invariants of a state, and that `allowed` says what was accepted when it was tried."""
    invariants.of_state(order)
    asked = {(event.by.role, event.name) for _, event in tried if isinstance(event, Command)}
    possible = {role: allowed_actions(order, role, NOON) for role in (Role.BUYER, Role.SELLER, Role.PLATFORM)}
    for role, actions in possible.items():
        for action in actions:
            pair = (role, action.action)
            require(pair not in asked or pair in accepted, f"R4: {pair} is allowed, and was not accepted")
            accepted.discard(pair)
    require(not accepted, f"R4: {accepted} were accepted, and not allowed")
    require(ORDERS.validate_json(ORDERS.dump_json(order)) == order, "an order survives its JSON")
    if order.deadlines:
        _settles_in_one_go(order)
    rules.the_clock_alone_ends_every_order(order)
    looking.a_reset_changes_nothing(order, possible[Role.PLATFORM])


def _settles_in_one_go(order: Order) -> None:
    end = order.deadlines[-1].at + SECOND
    at_once, effects = settle_deadlines(order, end)
    bit_by_bit, told = order, effects[:0]
    while bit_by_bit.deadlines and bit_by_bit.deadlines[0].at <= end:
        bit_by_bit, more = settle_deadlines(bit_by_bit, bit_by_bit.deadlines[0].at)
        told += more
    require((at_once, effects) == (bit_by_bit, told), "R2: settling at once is settling one after another")
    require(settle_deadlines(at_once, end) == (at_once, ()), "R2: what is settled stays settled")


def _fate(order: Order, event: Event, now: datetime) -> object:
    try:
        return step(order, event, now).order
    except Refused as refused:
        return refused.refusal


def _one_of_each(tried: list[Tried]) -> list[Tried]:
    """One message of each kind and role, the first that is tried; of the words that change nothing one is enough."""
    found: dict[tuple[str, str], Tried] = {}
    for code, event in tried:
        role = event.by.role if isinstance(event, Message) and not isinstance(event, SendMessage | AddNote) else ""
        found.setdefault((_kind(event), role), (code, event))
    return list(found.values())


def _name(order: Order, event: Event | None) -> str:
    return order.deadlines[0].kind if event is None else _kind(event)


def _kind(event: Event) -> str:
    return event.name if isinstance(event, Message) else "provider_answered"


def _without(order: Order, deadlines: tuple[Deadline, ...]) -> tuple[Deadline, ...]:
    return tuple(deadline for deadline in order.deadlines if deadline not in deadlines)


def _with(order: Order, choice: Choice) -> Order:
    return under(order, **dict(choice)) if choice else order


def _under(choice: Choice) -> str:
    return f"under(order, {', '.join(f'{name}={value!r}' for name, value in choice)})" if choice else "order"


def _instant(now: datetime) -> str:
    minutes = (now - NOON).total_seconds() / 60
    return f"NOON + timedelta(minutes={minutes:g})" if minutes else "NOON"
