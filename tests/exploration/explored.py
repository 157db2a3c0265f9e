"""The whole exploration, once per process: all worlds in their parts, on two cores."""

from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context

from tests.exploration.search import Search
from tests.exploration.seen import Seen
from tests.exploration.worlds import (
    ATTENTION,
    AUTHORIZED,
    CHARGEBACKS,
    CHARGED_BACK,
    DISPUTES,
    EARLY,
    EARLY_MONEY,
    ELSEWHERE,
    GOODS,
    MINDS,
    MONEY,
    NEGOTIATION,
    PARCELS,
    PROMISES,
    SHARED,
    STORY,
    World,
    parts,
)

WORLDS = (
    DISPUTES,
    NEGOTIATION,
    CHARGEBACKS,
    CHARGED_BACK,
    AUTHORIZED,
    PROMISES,
    SHARED,
    ELSEWHERE,
    MINDS,
    EARLY_MONEY,
    EARLY,
    ATTENTION,
    *parts(STORY),
    *parts(MONEY),
    GOODS,
    PARCELS,
)
"""The largest first, so that both cores are busy to the end."""
AT_ONCE = 2


def search(world: World) -> Seen:
    """All there is of one world."""
    return Search(world).run()


@lru_cache(maxsize=1)
def explored() -> tuple[Seen, ...]:
    """What was seen of each world."""
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        return tuple(pool.map(search, WORLDS))


def everything() -> Seen:
    """What was seen of all worlds together."""
    total = Seen()
    for seen in explored():
        total = total.merged(seen)
    return total
