"""One move after another, and everything that must hold after each: what the exploration checks, and what stands in
`promises.py`. A walk is the same whether it is drawn from a seed or replayed from its moves."""

from dataclasses import dataclass
from datetime import datetime

from tests.exploration import invariants
from tests.exploration.rules import require
from tests.walk import promises
from tests.walk.moves import Move, Reset
from tests.walk.starts import BEGINS
from workflows.frozen import replace
from workflows.messages.base import Command, Message
from workflows.messages.refusal import Refused
from workflows.messages.start import StartOrder
from workflows.messages.values import DeadlineKind
from workflows.process.clock import deadlines
from workflows.process.resets import order_reset
from workflows.process.state.changes import DeadlinePassed, Effect, Record, Step
from workflows.process.state.order import Order
from workflows.process.step import Event, open_order, refused_signal, settle_deadlines, step
from workflows.process.story.payment import is_paid_in_time


@dataclass(frozen=True)
class Made:
    """What a move has led to."""

    order: Order
    effects: tuple[Effect, ...]
    taken: bool
    """Whether a message was accepted, or a fact taken."""


def begun(start: StartOrder) -> Order:
    """A new order."""
    order = open_order(start, BEGINS).order
    invariants.of_state(order)
    return order


def made(order: Order, move: Move, *, closely: bool) -> Made:
    """What the move leads to; raises where a rule does not hold. `closely` checks what is costly, too."""
    event, now = move.event, move.at
    in_time = event is not None and not isinstance(event, Reset) and is_paid_in_time(order, event, now)
    spared = DeadlineKind.PAY_BY if in_time else None
    settled, effects = _settled(order, now, spared)
    if event is None:
        return Made(settled, effects, taken=False)
    if isinstance(event, Reset):
        outcome = order_reset(settled, now)
        _stepped(settled, None, outcome, now)
        return Made(outcome.order, (*effects, *outcome.effects), taken=True)
    if closely:
        promises.of_state(settled, now)
    done = _sent(order, settled, effects, move, event)
    if closely and done.taken and isinstance(event, Command) and done.order is not settled:
        promises.of_acceptance(settled, event, now)
    return done


def replayed(start: StartOrder, *moves: Move) -> Order:
    """The order after these moves, with everything checked after each of them."""
    order = begun(start)
    for move in moves:
        order = made(order, move, closely=True).order
    return order


def _sent(order: Order, settled: Order, clock: tuple[Effect, ...], move: Move, event: Event) -> Made:
    now = move.at
    late = _fate(order, event, now) if settled is not order else None
    try:
        outcome = step(settled, event, now)
    except Refused as refused:
        invariants.of_refusal(settled, event, refused)
        require(late is None or late == refused.refusal, "R2: late or prompt, a refusal is the same")
        return _refused(settled, clock, move, event, refused)
    if isinstance(late, Step):
        after, more = settle_deadlines(late.order, now)
        require(_same(after, settle_deadlines(outcome.order, now)[0]), "R2: late or prompt, the clock makes no odds")
        told = (*late.effects, *more), (*clock, *outcome.effects)
        require(_told(told[0]) == _told(told[1]), "R2: late or prompt, it is told the same")
    elif late is not None:
        require(False, "R2: what is refused when it is late is refused when it is prompt")  # noqa: FBT003
    if outcome.answer.applied and outcome.order is not settled:
        invariants.of_acceptance(settled, event)
    _stepped(settled, event, outcome, now)
    return Made(outcome.order, (*clock, *outcome.effects), taken=outcome.answer.applied)


def _refused(settled: Order, clock: tuple[Effect, ...], move: Move, event: Event, refused: Refused) -> Made:
    """A refused update changes nothing; a refused signal is a row."""
    if not (move.by_signal and isinstance(event, Message)):
        return Made(settled, clock, taken=False)
    outcome = refused_signal(settled, event.name, event, refused, move.at)
    _stepped(settled, None, outcome, move.at)
    return Made(outcome.order, (*clock, *outcome.effects), taken=False)


def _settled(order: Order, now: datetime, spared: DeadlineKind | None) -> tuple[Order, tuple[Effect, ...]]:
    """Everything that is due settled one after another, each checked; and that at once it comes to the same."""
    start, told = order, tuple[Effect, ...]()
    while due := deadlines.next_due(order, now, spared):
        at = due.deadline.at if isinstance(due, DeadlinePassed) else due.deadline.remind_at
        assert at
        after, effects = settle_deadlines(order, at, spared)
        invariants.of_step(order, None, after, effects, at)
        promises.of_step(after, effects)
        invariants.of_state(after)
        order, told = after, (*told, *effects)
    if order is not start:
        at_once, at_once_told = settle_deadlines(start, now, spared)
        require(_same(at_once, order), "R2: at once is one after another")
        require(_told(at_once_told) == _told(told), "R2: at once is told as one after another")
    return order, told


def _same(late: Order, prompt: Order) -> bool:
    """Whether they are the same but for rows: late, a reminder of what has passed meanwhile comes to nothing."""
    return replace(late, entry=0) == replace(prompt, entry=0)


def _told(effects: tuple[Effect, ...]) -> list[object]:
    """What is sent and told, without reminders."""
    return [
        (effect.entry.name, effect.entry.at, effect.entry.money, [notice.text for notice in effect.notices])
        if isinstance(effect, Record)
        else effect
        for effect in effects
        if not (isinstance(effect, Record) and effect.entry.outcome == "reminder")
    ]


def _stepped(before: Order, event: Event | None, outcome: Step, now: datetime) -> None:
    after = outcome.order
    if after is before:
        return
    invariants.of_step(before, event, after, outcome.effects, now)
    promises.of_step(after, outcome.effects)
    invariants.of_state(after)


def _fate(order: Order, event: Event, now: datetime) -> object:
    try:
        return step(order, event, now)
    except Refused as refused:
        return refused.refusal
