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
    LET_OFF,
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
    NEGOTIATION,
    *parts(MONEY),
    DISPUTES,
    CHARGEBACKS,
    AUTHORIZED,
    SHARED,
    PROMISES,
    *parts(STORY),
    GOODS,
    MINDS,
    LET_OFF,
    PARCELS,
    CHARGED_BACK,
    ELSEWHERE,
    EARLY_MONEY,
    EARLY,
    ATTENTION,
)
"""The largest first, so that both cores are busy to the end."""
AT_ONCE = 2


def search(world: World) -> Seen:
    """All there is of one world."""
    return Search(world).run()


@lru_cache(maxsize=1)
def explored() -> dict[str, Seen]:
    """What was seen of each world, by its name."""
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        return dict(zip((world.name for world in WORLDS), pool.map(search, WORLDS), strict=True))
