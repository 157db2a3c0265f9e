"""The engine against the bare order: rounds in which all take turns, and what came of them as tables.

They run on one server and one Postgres, each with a worker process of its own, and only one of them is under load at a
time; the order in which they take their turns rotates, so that a slow moment of the machine falls on each alike.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from rich.table import Table

from benchmarks.load import BARE, ENGINE, UNRECORDED, VARIANTS, Turn, Variant, turn
from benchmarks.parts import Asked, Found, spread, table
from benchmarks.rig import Rig, rig
from benchmarks.stories import STORIES, Story
from starter.embedded.processes import Child

Measure = tuple[str, Callable[[Turn], float], str]
MEASURES: tuple[Measure, ...] = (
    ("orders/s", lambda turn: turn.rate, ".1f"),
    ("worker ms/order", lambda turn: turn.worker_ms, ".1f"),
    ("server ms/order", lambda turn: turn.server_ms, ".1f"),
    ("Postgres ms/order", lambda turn: turn.postgres_ms, ".1f"),
    ("all three ms/order", lambda turn: turn.total_ms, ".1f"),
    ("answer p50 ms", lambda turn: 1_000 * percentile(turn.latencies, 50), ".1f"),
    ("answer p99 ms", lambda turn: 1_000 * percentile(turn.latencies, 99), ".1f"),
    ("events", lambda turn: turn.events, ".0f"),
    ("transitions", lambda turn: turn.transitions, ".0f"),
)
"""What is printed of a turn, and how."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of it."""

    rounds: int
    orders: int
    in_flight: int


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many per cent do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


async def versus(asked: Asked) -> Found:
    """The engine and both bare orders, story by story."""
    plan = Plan(asked.by_scale(2, 5, 6), asked.by_scale(16, 48, 64), asked.in_flight)
    async with rig() as measured, AsyncExitStack() as running:
        workers = {
            variant: [await running.enter_async_context(measured.worker(variant.name, variant.module))]
            for variant in VARIANTS
        }
        turns = [took for story in STORIES for took in await rounds(measured, workers, story, plan, asked)]
    return found(turns)


def found(turns: Sequence[Turn]) -> Found:
    """What those turns say."""
    return Found([_table(turns, story) for story in STORIES], as_json(turns))


async def rounds(
    rig: Rig, workers: Mapping[Variant, Sequence[Child]], story: Story, plan: Plan, asked: Asked
) -> list[Turn]:
    """Every turn of every round, after one round that counts for nothing."""
    variants, turns = list(workers), []
    for variant in variants:
        await turn(rig, variant, workers[variant], story, plan.in_flight, plan.in_flight)
    for number in range(plan.rounds):
        for variant in rotated(variants, number):
            took = await turn(rig, variant, workers[variant], story, plan.orders, plan.in_flight)
            turns.append(took)
            asked.tell(
                f"{story.title}, round {number + 1} of {plan.rounds}, {variant.title}: "
                f"{took.rate:.1f} orders/s, worker {took.worker_ms:.1f} ms/order"
            )
    return turns


def rotated(variants: Sequence[Variant], by: int) -> list[Variant]:
    """All of them, another one first each time."""
    by %= len(variants)
    return [*variants[by:], *variants[:by]]


def of(turns: Sequence[Turn], story: Story, variant: Variant) -> list[Turn]:
    """The turns of one variant with one story, round by round."""
    return [turn for turn in turns if (turn.story, turn.variant) == (story.name, variant.name)]


def ratios(mine: Sequence[Turn], its: Sequence[Turn], measure: Callable[[Turn], float]) -> list[float]:
    """One variant's turns to another's, round by round."""
    pairs = [(measure(one), measure(other)) for one, other in zip(mine, its, strict=True)]
    return [one / other for one, other in pairs if other]


def _table(turns: Sequence[Turn], story: Story) -> Table:
    mine = of(turns, story, ENGINE)
    drawn = table(
        f"{story.title}: {len(mine)} rounds of {mine[0].orders} orders; medians, and ratios round by round [min – max]",
        "",
        *(variant.title for variant in VARIANTS),
        "engine / bare",
        "engine / without records",
    )
    for name, measure, form in MEASURES:
        middles = (median(map(measure, of(turns, story, variant))) for variant in VARIANTS)
        spreads = (spread(ratios(mine, of(turns, story, other), measure)) for other in (BARE, UNRECORDED))
        drawn.add_row(name, *(format(middle, form) for middle in middles), *spreads)
    return drawn


def as_json(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """The same for a program: medians, and ratios round by round."""
    return [
        {
            "story": story.name,
            "measure": name,
            **{variant.name: median(map(measure, of(turns, story, variant))) for variant in VARIANTS},
            **{
                f"engine_to_{other.name}": ratios(of(turns, story, ENGINE), of(turns, story, other), measure)
                for other in (BARE, UNRECORDED)
            },
        }
        for story in STORIES
        for name, measure, _ in MEASURES
    ]
