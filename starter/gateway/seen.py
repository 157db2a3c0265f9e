"""An order as a caller may see it: found, theirs, and as new as they asked; read from what was recorded last.

What is not theirs and what does not exist are one answer, and cost one look each.
"""

import asyncio
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import asyncpg
from pydantic_core import to_json

from activities.languages import language_of, retold
from starter.client.recorded import Recorded, get_recorded
from starter.errors import EngineUnavailable
from starter.gateway.doors import Ask
from starter.gateway.problems import NOT_THERE
from starter.gateway.trouble import NotThere
from starter.gateway.visible import SIDES, visible
from workflows.messages.answers import OrderView, Preview, Told
from workflows.messages.ids import can_be_an_order
from workflows.messages.sentences import label_of, say
from workflows.messages.sentences import told as told_in
from workflows.messages.values import Role
from workflows.process.money.attention import on_the_list
from workflows.process.state.order import Order
from workflows.process.telling.view import order_label, plain_view
from workflows.start_input import order_from

WAIT_SECONDS: Final = 5.0
"""For a record that is on its way: it is milliseconds behind its answer, unless Postgres is in trouble."""
LOOK_SECONDS: Final = 0.02
"""Between two looks."""
VIEWS_KEPT: Final = 256
"""Views that are remembered: of the usual size a few megabytes with their states, of the largest some dozens."""
MAX_AHEAD: Final = 100
"""Versions by which a record can be behind and still be waited for: nobody is told of more within that time, and for
made-up numbers Postgres is not asked again and again."""
ASIDE: Final = ("allowed", "refused")
"""Of the view what depends on the clock, and so on no version."""


@dataclass(frozen=True)
class SeenOrder:
    """An order that this caller may see."""

    order_id: str
    recorded: Recorded
    eyes: Role | None
    language: str
    """In which the caller reads it."""

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
        self, ask: Ask, order_id: str, min_version: int | None = None, known: int | None = None
    ) -> SeenOrder:
        """The order, at least of `min_version`, without its state where that is of the version `known`. Raises
        `NotThere`, or `EngineUnavailable` when that version is not recorded yet."""
        sides = ask.caller.sides
        recorded = await get_recorded(self.pool, order_id, known, *sides) if can_be_an_order(order_id) else None
        if recorded is None or not ask.caller.may_see(recorded.buyer_id, recorded.seller_id):
            raise NotThere(NOT_THERE)
        if min_version is not None and recorded.version < min_version:
            recorded = await self._at_least(order_id, recorded.version, min_version)
        eyes = ask.caller.sees_as
        if recorded.locale and eyes in SIDES:
            ask.is_read_in(recorded.locale)
        return SeenOrder(order_id, recorded, eyes, ask.language)

    async def _at_least(self, order_id: str, known: int, version: int) -> Recorded:
        """The order, whose record is of the version `known`, once it is recorded so far. Its state is read once."""
        if version > known + MAX_AHEAD:
            raise EngineUnavailable(f"Version {version} of order {order_id} is not recorded yet; ask again later.")
        loop = asyncio.get_running_loop()
        until = loop.time() + WAIT_SECONDS
        while loop.time() < until:
            await asyncio.sleep(LOOK_SECONDS)
            recorded = await get_recorded(self.pool, order_id, known)
            if recorded is not None and recorded.version >= version:
                return recorded
            known = recorded.version if recorded is not None else known
        raise EngineUnavailable(
            say(
                "Version {version} of order {order_id} is not recorded yet; ask again in a moment.",
                version=version,
                order_id=order_id,
            )
        )

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
    return _view_of(seen.order, seen.eyes, seen.language)


def view_as_json(seen: SeenOrder) -> bytes:
    """The same as JSON. Whoever looks again at what has not changed, or looks with the same eyes, is told the same."""
    assert seen.recorded.state is not None, "it was read to be shown"
    return _as_json(seen.recorded.state, seen.eyes, seen.language)


@lru_cache(maxsize=VIEWS_KEPT)
def _as_json(state: str, eyes: Role | None, language: str) -> bytes:
    # By the whole state and not by its version: one that was reset comes by the same version twice.
    return to_json(_view_of(order_from(state), eyes, language))


def _view_of(order: Order, eyes: Role | None, language_code: str) -> dict[str, Any]:
    shown = OrderView(**plain_view(order)).model_dump(mode="json", exclude=set(ASIDE))
    language = language_of(language_code)
    shown["label"] = language.label(label_of(order_label(order)))
    _tell_rules(shown["deadlines"], language_code)
    for listed, found in zip(shown["needs_attention"], on_the_list(order), strict=True):
        listed["message"] = told_in(found.message, language)
    told: dict[str, Any] = visible(shown, eyes)
    return told


def preview_for(seen: SeenOrder, shown: Preview) -> dict[str, Any]:
    """What a command would do, as its caller may see and read it."""
    told: dict[str, Any] = visible(shown.model_dump(mode="json", exclude={"told"}), seen.eyes)
    _tell_rules(told["deadlines"], seen.language)
    return {**told, "told": [_told(one, seen) for one in shown.told]}


def _tell_rules(deadlines: list[dict[str, Any]], language: str) -> None:
    """How each was counted, in that language."""
    for one in deadlines:
        said = one.pop("said")
        one["rule"] = one["rule"] and retold(one["rule"], said, language)


def _told(one: Told, seen: SeenOrder) -> dict[str, str]:
    """That somebody is told, and what if it is for these eyes: to a seller it may say what is no buyer's business."""
    to = {"to": one.to.value}
    return to | {"text": retold(one.text, one.said, seen.language)} if seen.eyes in (one.to, Role.PLATFORM) else to
