"""Workers that are told to stop under load, one after the other, as a deployment does: nothing is left undone."""

import asyncio
from typing import Final

from tests.acceptance.programs import LOOK_EVERY, PATIENCE
from tests.chaos.cast import MOVED, Cast
from tests.chaos.parts import Parts

TIMES: Final = 5
"""How often each story is under way at once: enough that some are in the middle of everything when a worker stops."""
SPREAD: Final = 3.0
"""Seconds over which people spread their steps, so that both workers stop in the middle of them."""


async def test_workers_told_to_stop_under_load_leave_nothing_undone(parts: Parts, cast: Cast) -> None:
    """First one of two goes, then the other when its successor has come; each ends with exit code 0."""
    await parts.worker()
    await parts.worker()
    orders = [(story, order_id) for _ in range(TIMES) for story, order_id in cast.order_ids().items()]
    # Their calls are under way for as long as a call may be, longer than a worker waits for it.
    held = {story: order_id for story, order_id in orders if "refunds" in MOVED[story]}
    for order_id in held.values():
        await cast.bank.misbehave(order_id, "time_out_after")
    chance = cast.chance("the deployment")
    async with asyncio.TaskGroup() as people:
        for story, order_id in orders:
            people.create_task(cast.carry(order_id, story, SPREAD))
        await _called(cast, held)
        await asyncio.sleep(chance.random())
        await _drained(parts)
        await parts.worker()
        await asyncio.sleep(chance.random())
        await _drained(parts)
    for story, order_id in orders:
        await cast.check(order_id, story)


async def _called(cast: Cast, held: dict[str, str]) -> None:
    """Wait until the provider holds a call of each of these orders."""
    async with asyncio.timeout(PATIENCE):
        for order_id in held.values():
            while not (await cast.bank.book(order_id))["calls"]:
                await asyncio.sleep(LOOK_EVERY)


async def _drained(parts: Parts) -> None:
    leaving = await parts.stop("Worker")
    assert leaving.process.returncode == 0, leaving.last_words()
