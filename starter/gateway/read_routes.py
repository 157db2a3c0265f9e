"""`GET /orders/{order_id}` and what belongs to it: the view, what is possible, what happened, was said, was shown."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Literal

from starlette.responses import JSONResponse, Response

from activities.languages import language_of
from starter.approvals import Approvals
from starter.client.reads import MAX_ENTRIES, entry_in
from starter.client.recorded import SeenEntry, get_order_notices, get_visible_timeline
from starter.gateway.bodies import wrong
from starter.gateway.callers import Scope
from starter.gateway.doors import Ask, Door, needs
from starter.gateway.messages import schema_of
from starter.gateway.numbers import check_query, number_in_query, version_in_header
from starter.gateway.rows import ROWS
from starter.gateway.seen import Orders, SeenOrder, view_as_json, view_of
from starter.gateway.visible import visible_entry
from starter.leases import Leases
from workflows.messages.base import Command
from workflows.messages.commands import MESSAGES
from workflows.messages.complaints import one_of
from workflows.messages.ids import can_be_an_order
from workflows.messages.refusal import Refusal, Refused
from workflows.messages.sentences import Label, Language, say, told
from workflows.messages.values import Role
from workflows.process.allowed import possible_and_not
from workflows.process.choices import possible_choices
from workflows.process.four_eyes import names_money

PAGE: Final = 100
"""Rows of a page, where the caller does not say how many."""
READ: Final = needs(Scope.READ)
MIN_VERSION: Final[Mapping[str, Any]] = {
    "name": "min_version",
    "in": "query",
    "schema": {"type": "integer", "minimum": 0},
    "description": "The version of an answer that the caller has: nothing older is shown.",
}
PAGED: Final[Sequence[Mapping[str, Any]]] = (
    {"name": "cursor", "in": "query", "schema": {"type": "integer", "minimum": 0}},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MAX_ENTRIES}},
    MIN_VERSION,
)
CACHED: Final = {
    "Vary": "Authorization, Countermand-Acting-For, Accept-Language",
    "Cache-Control": "private, no-cache",
}
"""A view is its caller's alone, and asked for anew each time: with its ETag, for nothing."""
OF_ACTIONS: Final = "Action"
"""The vocabulary of the words on buttons."""
Kind = Literal["timeline", "messages", "evidence"]
KINDS: Final[tuple[Kind, ...]] = ("timeline", "messages", "evidence")


class ReadRoutes:
    """The routes that show one order."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._included: Mapping[str, Callable[[SeenOrder], Awaitable[dict[str, Any]]]] = {
            "actions": self._actions_of,
            "notices": self._notices_of,
            **{kind: partial(self._first_page, kind) for kind in KINDS},
        }

    def doors(self) -> Sequence[Door]:
        view = {"$ref": "#/components/schemas/OrderView"}
        include = {
            "name": "include",
            "in": "query",
            "schema": {"type": "string"},
            "description": (
                f"With commas, any of {', '.join(self._included)}; there is no ETag then. Of {', '.join(KINDS)} the "
                f"first {PAGE}: `cursors` says with which `cursor` the route of that name goes on."
            ),
        }
        matching = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}
        asked = (include, MIN_VERSION, matching)
        one = "/orders/{order_id}"
        what = {"timeline": "What happened", "messages": "What was said", "evidence": "What was shown"}
        actions = {"$ref": "#/components/schemas/Actions"}
        return (
            Door(
                "GET", one, READ, self._view, "The order as its caller may see it.", None, {200: view, 304: None}, asked
            ),
            Door(
                "GET",
                f"{one}/actions",
                READ,
                self._actions,
                "What its caller can do now.",
                None,
                {200: actions},
                (MIN_VERSION,),
            ),
            *(
                Door(
                    *("GET", f"{one}/{kind}", READ, partial(self._page, kind)),
                    *(f"{what[kind]}, oldest first.", None, {200: _page_schema(kind)}, PAGED),
                )
                for kind in KINDS
            ),
        )

    async def _view(self, ask: Ask) -> Response:
        check_query(ask, "include", "min_version")
        wanted = _words(ask.query.get("include", ""), self._included)
        lease = await self._lease_told_to(ask)
        # A lease comes and goes without a new version: what shows one is never what somebody has already.
        depends_on_more = bool(wanted or lease)
        known = None if depends_on_more else version_in_header(ask.request.headers.get("if-none-match"))
        seen = await self._seen(ask, known)
        headers = dict(CACHED)
        if not depends_on_more:
            headers["ETag"] = seen.etag
        if seen.recorded.state is None:
            return Response(status_code=304, headers=headers)
        if not depends_on_more:
            return Response(view_as_json(seen), 200, headers, "application/json")
        return JSONResponse({**view_of(seen), **await self._beside(seen, wanted), **lease}, 200, headers)

    async def _beside(self, seen: SeenOrder, wanted: Sequence[str]) -> dict[str, Any]:
        """What was asked for beside the view; of pages the first, and in `cursors` by which each goes on."""
        more = [await self._included[name](seen) for name in wanted]
        cursors = {kind: part.pop("cursor") for kind, part in zip(wanted, more, strict=True) if kind in KINDS}
        beside = {name: one for part in more for name, one in part.items()}
        return {**beside, "cursors": cursors} if cursors else beside

    async def _lease_told_to(self, ask: Ask) -> dict[str, Any]:
        """Who works on the order, for the platform; nothing for anybody else, or where nobody does."""
        order_id = ask.path["order_id"]
        if ask.caller.sees_as is not Role.PLATFORM or not can_be_an_order(order_id):
            return {}
        held = (await Leases(self._orders.pool).held([order_id])).get(order_id)
        return {"lease": held.brief()} if held else {}

    async def _actions(self, ask: Ask) -> Response:
        check_query(ask, "min_version")
        return JSONResponse(await self._actions_of(await self._seen(ask)), headers={"Cache-Control": "no-store"})

    async def _page(self, kind: Kind, ask: Ask) -> Response:
        check_query(ask, "cursor", "limit", "min_version")
        after = number_in_query(ask, "cursor") or 0
        limit = number_in_query(ask, "limit", 1, MAX_ENTRIES) or PAGE
        return JSONResponse(await self._page_of(kind, await self._seen(ask), after, limit))

    async def _seen(self, ask: Ask, known: int | None = None) -> SeenOrder:
        return await self._orders.seen(ask, ask.path["order_id"], number_in_query(ask, "min_version"), known)

    async def _actions_of(self, seen: SeenOrder) -> dict[str, Any]:
        if seen.eyes is None:
            return {"allowed": [], "refused": []}
        order, now, language = seen.order, datetime.now(UTC), language_of(seen.language)
        possible, impossible = possible_and_not(order, seen.eyes, now)
        allowed = [
            {
                **one.model_dump(mode="json", exclude_none=True),
                "label": language.label(Label(one.label, OF_ACTIONS)),
                "schema": schema_now(seen, one.action, now),
            }
            for one in possible
        ]
        refused = [{"action": name, **_told(refused, language)} for name, refused in impossible]
        return {"allowed": allowed, "refused": refused}

    async def _notices_of(self, seen: SeenOrder) -> dict[str, Any]:
        if seen.eyes is None:
            return {"notices": []}
        found = await get_order_notices(self._orders.pool, seen.order_id, seen.eyes, seen.language)
        return {"notices": [one.model_dump(mode="json", exclude_none=True, exclude={"said"}) for one in found]}

    async def _first_page(self, kind: Kind, seen: SeenOrder) -> dict[str, Any]:
        return await self._page_of(kind, seen, 0, PAGE)

    async def _page_of(self, kind: Kind, seen: SeenOrder, after: int, limit: int) -> dict[str, Any]:
        only = None if kind == "timeline" else kind
        pool, eyes = self._orders.pool, seen.eyes
        # One more than is shown, to know whether there is a next page.
        rows = await get_visible_timeline(pool, seen.order_id, eyes, after, limit + 1, only)
        shown = [one for row in rows[:limit] for one in _SHOWN[kind](entry_in(seen.language, row), eyes)]
        if kind == "timeline" and eyes is Role.PLATFORM:
            await self._name_approvers(seen.order_id, shown)
        return {kind: shown, "cursor": str(rows[limit - 1].entry) if len(rows) > limit else None}

    async def _name_approvers(self, order_id: str, entries: list[dict[str, Any]]) -> None:
        """Beside who asked for something, who let it be sent. Most pages have nothing of the kind: it costs nothing."""
        sent = {
            entry["request_id"]: entry
            for entry in entries
            if entry["role"] == Role.PLATFORM and names_money(entry["name"]) and "request_id" in entry
        }
        approvers = await Approvals(self._orders.pool).approvers(order_id, sent) if sent else {}
        for request_id, approver in approvers.items():
            sent[request_id]["approved_by"] = approver


def schema_now(seen: SeenOrder, action: str, now: datetime) -> dict[str, Any]:
    """The JSON Schema of the command's fields, with the choices that are possible now."""
    kind = MESSAGES[action]
    assert issubclass(kind, Command), "only commands are offered"
    assert seen.eyes is not None, "nothing is offered to an outsider"
    schema = deepcopy(schema_of(action))
    for field, words in possible_choices(seen.order, seen.eyes, kind, now).items():
        plain = schema["properties"][field]
        among = {"type": "string", "enum": list(words)}
        if any(one == {"type": "null"} for one in plain.get("anyOf", ())):
            plain["anyOf"] = [among, {"type": "null"}]
        else:
            kept = {name: one for name, one in plain.items() if name not in ("$ref", "type", "enum", "pattern")}
            schema["properties"][field] = {**kept, **among}
    return schema


def _told(refused: Refused, language: Language) -> dict[str, Any]:
    """A refusal as its reader reads it; in English it is only told where that is what they read."""
    shown = Refusal(
        code=refused.code,
        message=told(refused.sentence, language),
        instead=refused.instead,
        possible_from=refused.possible_from,
    )
    return shown.model_dump(mode="json", exclude_none=True, exclude={"fields", "said"})


def _one(entry: SeenEntry, eyes: Role | None) -> list[dict[str, Any]]:
    return [visible_entry(entry, eyes)]


def _message(entry: SeenEntry, eyes: Role | None) -> list[dict[str, Any]]:
    row = visible_entry(entry, eyes)
    named: dict[str, Any] = {"from": row["role"], "to": row.get("to"), "party_id": row.get("party_id")}
    return [named | {name: row[name] for name in _OF_MESSAGE if name in row}]


def _shown_evidence(entry: SeenEntry, eyes: Role | None) -> list[dict[str, Any]]:
    row = visible_entry(entry, eyes)
    beside = {"entry": row["entry"], "at": row["at"], "by": row["role"], "with": row["name"]}
    return [{**beside, **item} for item in row["evidence"]]


_OF_MESSAGE: Final[Sequence[str]] = ("entry", "at", "text", "attachments")
_SHOWN: Final = {"timeline": _one, "messages": _message, "evidence": _shown_evidence}


def _page_schema(kind: Kind) -> dict[str, Any]:
    row = ROWS[kind]
    items = {"type": "array", "items": {name: one for name, one in row.items() if name != "$defs"}}
    page = {"type": "object", "properties": {kind: items, "cursor": {"type": ["string", "null"]}}}
    return {**page, "required": [kind, "cursor"], "$defs": row["$defs"]}


def _words(text: str, known: Mapping[str, object]) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    for word in words:
        if word not in known:
            raise wrong("?include", say("{field} {complaint}.", field="include", complaint=one_of(known, word)))
    return words
