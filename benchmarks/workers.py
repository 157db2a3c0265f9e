"""The engine's own worker in three ways: one process, two processes, and one without the sandbox. They take turns."""

from contextlib import AsyncExitStack
from dataclasses import replace
from statistics import median
from typing import Final

from benchmarks.load import ENGINE
from benchmarks.parts import Asked, Found, spread, table
from benchmarks.rig import rig
from benchmarks.stories import HAPPY
from benchmarks.versus import MEASURES, Plan, of, ratios, rounds

ONE: Final = replace(ENGINE, name="engine-one", title="one process")
TWO: Final = replace(ENGINE, name="engine-two", title="two processes")
FREE: Final = replace(ENGINE, name="engine-free", title="one, no sandbox")


async def workers(asked: Asked) -> Found:
    """The happy path with each."""
    plan = Plan(asked.by_scale(2, 4, 5), asked.by_scale(16, 48, 64), asked.in_flight)
    async with rig() as measured, AsyncExitStack() as running:
        serving = {
            ONE: [await running.enter_async_context(measured.worker(ONE.name))],
            TWO: [await running.enter_async_context(measured.worker(TWO.name)) for _ in range(2)],
            FREE: [await running.enter_async_context(measured.worker(FREE.name, COUNTERMAND_SANDBOX="false"))],
        }
        turns = await rounds(measured, serving, HAPPY, plan, asked)
    drawn = table(
        f"Workers: {HAPPY.title.lower()}, {plan.rounds} rounds of {plan.orders} orders",
        "",
        *(variant.title for variant in serving),
        "two / one",
        "no sandbox / sandbox",
    )
    figures = []
    one, two, free = (of(turns, HAPPY, variant) for variant in serving)
    for name, measure, form in MEASURES:
        middles = [median(map(measure, each)) for each in (one, two, free)]
        both, unsandboxed = ratios(two, one, measure), ratios(free, one, measure)
        drawn.add_row(name, *(format(middle, form) for middle in middles), spread(both), spread(unsandboxed))
        figures.append({"measure": name, "one": middles[0], "two_to_one": both, "no_sandbox_to_sandbox": unsandboxed})
    return Found([drawn], figures)
