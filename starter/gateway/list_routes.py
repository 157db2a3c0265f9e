"""`GET /orders` and `/counts`: what is the caller's, a page at a time, and how much there is of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from starter.client.filter_words import FILTER_WORDS
from starter.client.reads import MAX_ORDERS, OrderFilters, list_orders
from starter.client.recorded import get_counts
from starter.client.retrying import reading
from starter.client.search import MAX_SEARCH, MIN_SEARCH, WrongSearch, check_root, check_search
from starter.gateway.bodies import wrong
from starter.gateway.callers import Scope
from starter.gateway.credentials import MayNot
from starter.gateway.doors import Ask, Door, needs
from starter.gateway.numbers import check_query, instant_in_query, number_in_query, truth_in_query, word_in_query
from starter.gateway.seen import Orders
from starter.gateway.visible import visible
from starter.leases import Lease, Leases
from workflows.messages.sentences import say
from workflows.messages.shapes import ORDER_ID
from workflows.messages.values import Role

READ: Final = needs(Scope.READ)
PAGE: Final = 50
"""Rows of a page, where the caller does not say how many."""
ORDERINGS: Final = ("created", "deadline")
FILTERS: Final = (
    *("status", "stage", "waiting_on", "needs_attention", "overdue", "due_before", "buyer", "seller"),
    *("root", "q", "order_by", "cursor", "limit"),
)
_HOW_MANY: Final = {"type": "object", "additionalProperties": {"type": "integer"}}
COUNTS: Final = {
    "title": "Counts",
    "type": "object",
    "properties": {
        "status": {**_HOW_MANY, "description": "By status."},
        "waiting_on": {**_HOW_MANY, "description": "By whose turn it is."},
        "queue": {**_HOW_MANY, "description": "What is overdue, and for the platform what needs attention."},
    },
    "required": ["status", "waiting_on", "queue"],
}


class ListRoutes:
    """The routes that show many."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def doors(self) -> Sequence[Door]:
        row = {"$ref": "#/components/schemas/OrderRow"}
        page = {
            "type": "object",
            "properties": {"orders": {"type": "array", "items": row}, "cursor": {"type": ["string", "null"]}},
            "required": ["orders", "cursor"],
        }
        return (
            Door("GET", "/orders", READ, self._list, "Orders, newest first.", None, {200: page}, _parameters(ASKED)),
            Door("GET", "/counts", READ, self._counts, "How many orders there are of each kind.", None, {200: COUNTS}),
        )

    async def _list(self, ask: Ask) -> Response:
        check_query(ask, *FILTERS)
        filters = self._filters(ask)
        limit = number_in_query(ask, "limit", 1, MAX_ORDERS) or PAGE
        if filters is None:
            return JSONResponse({"orders": [], "cursor": None})
        page = await reading(list_orders(self._orders.pool, filters, ask.query.get("cursor"), limit))
        rows = [visible(row.model_dump(mode="json"), ask.caller.sees_as) for row in page.rows]
        if ask.caller.sees_as is Role.PLATFORM:
            held = await Leases(self._orders.pool).held([row["order_id"] for row in rows])
            rows = [row | _lease(held.get(row["order_id"])) for row in rows]
        return JSONResponse({"orders": rows, "cursor": page.cursor})

    def _filters(self, ask: Ask) -> OrderFilters | None:
        """Which orders; None for those of somebody else, of which this caller sees none."""
        due, now = instant_in_query(ask, "due_before"), datetime.now(UTC)
        if truth_in_query(ask, "overdue"):
            due = now if due is None else min(due, now)
        needs_attention = truth_in_query(ask, "needs_attention")
        if needs_attention and ask.caller.sees_as is not Role.PLATFORM:
            raise MayNot(say("What needs attention is the platform's."))
        try:
            check_root(ask.query.get("root"))
            check_search(ask.query.get("q"))
        except WrongSearch as error:
            raise wrong(f"?{error.field}", error.why) from None
        whose = self._whose(ask)
        for role, asked in ((Role.BUYER, ask.query.get("buyer")), (Role.SELLER, ask.query.get("seller"))):
            if asked is not None and whose.setdefault(role, asked) != asked:
                return None
        return OrderFilters(
            buyer_id=whose.get(Role.BUYER),
            seller_id=whose.get(Role.SELLER),
            due_before=due,
            needs_attention=needs_attention,
            soonest_first=word_in_query(ask, "order_by", ORDERINGS) == "deadline",
            root=ask.query.get("root"),
            search=ask.query.get("q"),
            **{name: word_in_query(ask, name, words) for name, words in FILTER_WORDS.items()},
        )

    def _whose(self, ask: Ask) -> dict[Role, str]:
        theirs = ask.caller.whose_orders
        return {} if theirs is None else {theirs.role: theirs.id}

    async def _counts(self, ask: Ask) -> Response:
        check_query(ask)
        whose = self._whose(ask)
        now = datetime.now(UTC)
        counts = await get_counts(self._orders.pool, whose.get(Role.BUYER), whose.get(Role.SELLER), now)
        if ask.caller.sees_as is not Role.PLATFORM:
            counts["queue"].pop("needs_attention", None)
        return JSONResponse(counts)


def _lease(held: Lease | None) -> dict[str, Any]:
    return {"lease": held.brief()} if held else {}


def _limit(most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": most}


SEARCHED: Final = (
    f"Words, of which one has at least {MIN_SEARCH} letters. Found is an order where each begins a word of its id, of "
    "what was bought (SKU, title), of a payment's id or of a tracking; capitals make no difference."
)
_BOOLEAN: Final = {"type": "boolean"}
ASKED: Final[Mapping[str, Any]] = {
    **{name: {"type": "string", "enum": list(words)} for name, words in FILTER_WORDS.items()},
    "needs_attention": _BOOLEAN,
    "overdue": _BOOLEAN,
    "due_before": {"type": "string", "format": "date-time"},
    "buyer": {"type": "string"},
    "seller": {"type": "string"},
    "root": {
        "type": "string",
        "pattern": ORDER_ID,
        "description": "Only the order of this id, and the parts that were split off it.",
    },
    "q": {
        "type": "string",
        "minLength": MIN_SEARCH,
        "maxLength": MAX_SEARCH,
        "description": SEARCHED,
    },
    "order_by": {"type": "string", "enum": list(ORDERINGS)},
    "cursor": {"type": "string"},
    "limit": _limit(MAX_ORDERS),
}
"""Every filter, and what it can be."""


def _parameters(asked: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [{"name": name, "in": "query", "schema": schema} for name, schema in asked.items()]
