"""An order as a caller may see it: found, theirs, and as new as they asked; read from what was recorded last.

What is not theirs and what does not exist are one answer, and cost one look each.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import asyncpg

from starter.client.recorded import Recorded, get_recorded
from starter.errors import EngineUnavailable
from starter.gateway.callers import Caller
from starter.gateway.problems import NOT_THERE
from starter.gateway.trouble import NotThere
from starter.gateway.visible import visible
from workflows.messages.answers import AllowedAction, OrderView, RefusedAction
from workflows.messages.ids import can_be_an_order
from workflows.messages.values import Role
from workflows.process.allowed import allowed_actions, refused_actions
from workflows.process.state.order import Order
from workflows.process.telling.view import plain_view
from workflows.start_input import order_from

WAIT_SECONDS: Final = 5.0
"""For a record that is on its way: it is milliseconds behind its answer, unless Postgres is in trouble."""
LOOK_SECONDS: Final = 0.02
"""Between two looks."""
ASIDE: Final = ("allowed", "refused")
"""Of the view what depends on the clock, and so on no version."""


@dataclass(frozen=True)
class SeenOrder:
    """An order that this caller may see."""

    order_id: str
    recorded: Recorded
    eyes: Role | None

    @cached_property
    def order(self) -> Order:
        """The whole state, read once, for the pure process to be asked about it."""
        assert self.recorded.state is not None, "it was read to be shown"
        return order_from(self.recorded.state)

    @property
    def etag(self) -> str:
        return f'"{self.recorded.version}"'


class Orders:
    """Every order, for callers."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def seen(
        self, caller: Caller, order_id: str, min_version: int | None = None, known: int | None = None
    ) -> SeenOrder:
        """The order, at least of `min_version`, without its state where that is of the version `known`. Raises
        `NotThere`, or `EngineUnavailable` when that version is not recorded yet."""
        recorded = await get_recorded(self.pool, order_id, known) if can_be_an_order(order_id) else None
        if recorded is None or not caller.may_see(recorded.buyer_id, recorded.seller_id):
            raise NotThere(NOT_THERE)
        if min_version is not None and recorded.version < min_version:
            recorded = await self._at_least(order_id, min_version)
        return SeenOrder(order_id, recorded, caller.sees_as)

    async def _at_least(self, order_id: str, version: int) -> Recorded:
        """The order once it is recorded so far."""
        loop = asyncio.get_running_loop()
        until = loop.time() + WAIT_SECONDS
        while loop.time() < until:
            await asyncio.sleep(LOOK_SECONDS)
            recorded = await get_recorded(self.pool, order_id)
            if recorded is not None and recorded.version >= version:
                return recorded
        raise EngineUnavailable(f"Version {version} of order {order_id} is not recorded yet; ask again in a moment.")

    async def is_recorded(self, order_id: str) -> bool:
        """Whether the order stands in Postgres, waiting for it as long as a record takes."""
        loop = asyncio.get_running_loop()
        until = loop.time() + WAIT_SECONDS
        while await get_recorded(self.pool, order_id, 0) is None:
            if loop.time() > until:
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return True


def view_of(seen: SeenOrder) -> dict[str, Any]:
    """The order's view as its caller may see it, without what depends on the clock."""
    shown = OrderView(**plain_view(seen.order)).model_dump(mode="json", exclude=set(ASIDE))
    told: dict[str, Any] = visible(shown, seen.eyes)
    return told


def allowed_for(order: Order, eyes: Role | None, now: datetime) -> tuple[AllowedAction, ...]:
    """What these eyes can do now; an outsider nothing."""
    return () if eyes is None else allowed_actions(order, eyes, now)


def refused_for(order: Order, eyes: Role | None, now: datetime) -> tuple[RefusedAction, ...]:
    """What of the guide these eyes cannot do now, and why."""
    return () if eyes is None else refused_actions(order, eyes, now)
