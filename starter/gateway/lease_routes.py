"""`/orders/{order_id}/lease`: who of the platform works on an order. What a lease is lives in `starter/leases.py`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from starter.gateway.bodies import wrong
from starter.gateway.callers import Scope
from starter.gateway.doors import Access, Ask, Door
from starter.gateway.numbers import check_query, truth_in_query
from starter.gateway.seen import Orders
from starter.leases import DEFAULT_MINUTES, MAX_MINUTES, MIN_MINUTES, Leases
from workflows.messages.sentences import say

PLATFORM_ONLY: Final = Access(frozenset({Scope.PLATFORM}), platform=True)
_WHO: Final = {"type": "string", "description": "Somebody of the platform, `platform:ID`."}
_INSTANT: Final = {"type": "string", "format": "date-time"}
WANTED: Final[dict[str, Any]] = {
    "title": "LeaseWanted",
    "type": "object",
    "properties": {
        "minutes": {
            "type": "number",
            "minimum": MIN_MINUTES,
            "maximum": MAX_MINUTES,
            "default": DEFAULT_MINUTES,
            "description": "For how long, from now.",
        }
    },
    "additionalProperties": False,
}
LEASE: Final[dict[str, Any]] = {
    "title": "Lease",
    "type": "object",
    "properties": {
        "by": _WHO,
        "until": _INSTANT,
        "taken_at": _INSTANT,
        "forced": {
            "title": "LeaseForced",
            "description": "Who last ended somebody else's lease of this order, whose, and when.",
            "type": "object",
            "properties": {"by": _WHO, "from": _WHO, "at": _INSTANT},
            "required": ["by", "from", "at"],
        },
    },
    "required": ["by", "until"],
}
NO_LEASE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"lease": {"type": "null"}},
    "required": ["lease"],
}


class LeaseRoutes:
    """The routes, over all orders."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._leases = Leases(orders.pool)

    def doors(self) -> Sequence[Door]:
        path = "/orders/{order_id}/lease"
        force = {
            "name": "force",
            "in": "query",
            "schema": {"type": "boolean"},
            "description": "Also somebody else's; it is written down who did.",
        }
        take = "Say that one works on the order, or goes on working on it; others are told so, and not kept from it."
        leave = "Say that one does not work on it any more."
        return (
            Door("PUT", path, PLATFORM_ONLY, self._take, take, WANTED, {200: LEASE}, called="take_lease"),
            Door(
                *("DELETE", path, PLATFORM_ONLY, self._release, leave, None, {200: NO_LEASE}, (force,)),
                called="release_lease",
            ),
        )

    async def _take(self, ask: Ask) -> Response:
        check_query(ask)
        order_id = await self._order_of(ask)
        lease = await self._leases.take(order_id, ask.caller.colleague, _wanted(ask.body))
        return JSONResponse(lease.shown(), headers={"Cache-Control": "no-store"})

    async def _release(self, ask: Ask) -> Response:
        check_query(ask, "force")
        force = truth_in_query(ask, "force")
        await self._leases.release(await self._order_of(ask), ask.caller.colleague, force=force)
        return JSONResponse({"lease": None})

    async def _order_of(self, ask: Ask) -> str:
        """The order that the path names, which there is. Raises `NotThere`."""
        return (await self._orders.seen(ask, ask.path["order_id"])).order_id


def _wanted(body: dict[str, Any]) -> timedelta:
    """For how long. Raises `WrongFields`."""
    if unknown := sorted(set(body) - set(WANTED["properties"])):
        raise wrong(f"/{unknown[0]}", say("is not a field of this; there are {fields}.", fields="minutes"))
    minutes = body.get("minutes", DEFAULT_MINUTES)
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise wrong(
            "/minutes",
            say("must be a number from {least} to {most}", least=f"{MIN_MINUTES:g}", most=f"{MAX_MINUTES:g}"),
        )
    return timedelta(minutes=minutes)
