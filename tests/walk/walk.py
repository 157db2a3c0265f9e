"""A walk: of one seed always the same. How far it got, or what it broke, as Python that can be pasted."""

import traceback
from collections import Counter
from dataclasses import dataclass, field, fields
from random import Random
from typing import Final, assert_never

from tests.exploration.seen import place
from tests.walk.checked import Made, begun, made
from tests.walk.minimised import minimised
from tests.walk.moves import Move, Reset, moods, next_move, paid_first
from tests.walk.printed import as_python
from tests.walk.scene import Scene
from tests.walk.starts import BEGINS, start
from workflows.messages.base import Message
from workflows.process.state.changes import Check, Inquire, LookUp, Record, Send
from workflows.process.step import Event

UNPAID: Final = 0.1
"""How many of the walks begin with anything at all, and not with a payment."""
OVER: Final = 1.8
"""How long a walk may get, by its steps in the open order: a little less than the same again in the closed one."""
LONGEST: Final = 300
"""Moves of one walk."""
CLOSELY: Final = 20
"""What is costly to look at is looked at in every so many-th state."""


class Found(AssertionError):
    """A walk has broken a rule."""


def name_of(event: Event | Reset) -> str:
    """The message's, or what came back from the provider."""
    return event.name if isinstance(event, Message) else type(event).__name__


@dataclass
class Gone:
    """Sums over walks."""

    walks: int = 0
    steps: int = 0
    in_open_orders: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    """How often each message was accepted, or its fact or answer taken."""
    places: Counter[str] = field(default_factory=Counter)
    """How many steps were made in each stage, and phase of a dispute."""
    found: tuple[str, ...] = ()
    """What was broken, each as Python."""

    def __add__(self, other: "Gone") -> "Gone":
        return Gone(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})


class Walk:
    """One walk. It goes on in a closed order for less time than it went in the open one."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        dice = Random(seed)
        self.start = start(dice)
        self.moves: list[Move] = []
        self.gone = Gone(walks=1)
        self.scene = Scene(dice, begun(self.start), BEGINS, moods(dice))

    def go(self) -> Gone:
        """All of it, or up to what it breaks."""
        try:
            self._go()
        except Found as found:
            self.gone.found = (str(found),)
        return self.gone

    def _go(self) -> None:
        if not self.scene.chance(UNPAID):
            self._make(paid_first(self.scene))
        while self.gone.steps < min(LONGEST, int(OVER * self.gone.in_open_orders) + 1):
            self._make(next_move(self.scene))

    def _make(self, move: Move) -> None:
        self.moves.append(move)
        self.gone.steps += 1
        self.gone.in_open_orders += not self.scene.order.stage.closed
        self.gone.places[place(self.scene.order)] += 1
        try:
            done = made(self.scene.order, move, closely=self.gone.steps % CLOSELY == 0)
        except Exception as error:
            raise self._found(error) from error
        if isinstance(move.event, Message):
            self.scene.said.append(move.event)
        if move.event:
            self.gone.taken[name_of(move.event)] += done.taken
        self._remember(move, done)

    def _remember(self, move: Move, done: Made) -> None:
        self.scene.order, self.scene.now = done.order, move.at
        for effect in done.effects:
            match effect:
                case Send() | LookUp():
                    self.scene.calls.append(effect.call)
                case Check():
                    self.scene.doubted.append(effect.call)
                case Record() | Inquire():
                    pass
                case _:
                    assert_never(effect)

    def _found(self, error: Exception) -> Found:
        moves = minimised(self.start, tuple(self.moves), error)
        where = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__}: {error} [{where.name}], walk {self.seed}"
        return Found(f"{told}\n\n{as_python(self.start, moves, told)}")
