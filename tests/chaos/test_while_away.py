"""Commands while Postgres is away: each is accepted and answered, and nobody has to send it again."""

import asyncio
from typing import Final

import pytest

from tests.chaos.cast import STORIES, Cast, beginning, messages
from tests.chaos.parts import WAYS, Away, Parts

POSITIONS: Final = [(story, taken) for story, steps in STORIES.items() for taken in range(len(steps))]
"""Every step of every story is the next one of some order when Postgres goes."""
HOW_OFTEN: Final[dict[Away, list[pytest.MarkDecorator]]] = {
    "killed": [],
    "stopped": [pytest.mark.chaos],
    "frozen": [pytest.mark.chaos],
}


@pytest.mark.parametrize("how", [pytest.param(how, marks=HOW_OFTEN[how]) for how in WAYS])
async def test_every_command_is_answered_while_postgres_is_away(parts: Parts, cast: Cast, how: Away) -> None:
    await parts.worker()
    orders = {f"{cast.order_ids()[story]}-{taken}": (story, taken) for story, taken in POSITIONS}
    await asyncio.gather(*(_brought(cast, order_id, *where) for order_id, where in orders.items()))
    async with parts.away("Postgres", how):
        await asyncio.gather(*(_carried_on(cast, order_id, *where) for order_id, where in orders.items()))
    for order_id, (story, _) in orders.items():
        await cast.is_settled(order_id)
        await cast.check(order_id, story)


async def _brought(cast: Cast, order_id: str, story: str, taken: int) -> None:
    """To where so many steps of its story are taken."""
    await cast.paid_there(order_id, story)
    await cast.client.start(beginning(order_id, story))
    for message in messages(order_id, story)[:taken]:
        await cast.client.send(order_id, message)


async def _carried_on(cast: Cast, order_id: str, story: str, taken: int) -> None:
    """The rest of its story. A refusal, or no answer at all, fails the test."""
    with cast.onlooker(order_id) as onlooker:
        for message in messages(order_id, story)[taken:]:
            onlooker.glance()
            answer = await cast.client.send(order_id, message)
            assert answer.applied, f"{order_id}: {message.name}: {answer.why}"
