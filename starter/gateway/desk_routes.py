"""`/unplaced`, `/stuck`, `/disagreements`: what waits for a person of the platform, listed, placed and ended.

What each of them is lives where the engine keeps it: `starter/unplaced.py`, `activities/stuck/`,
`activities/reconciliation/`.
"""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from activities.languages import retold
from activities.reconciliation.disagreements import FoundDisagreement, list_disagreements
from activities.stuck.table import StuckOrder, last_look, list_stuck
from starter.client.retrying import reading
from starter.gateway.bodies import wrong
from starter.gateway.callers import Scope
from starter.gateway.doors import Access, Ask, Door
from starter.gateway.numbers import check_query, number_in_path, number_in_query, truth_in_query
from starter.gateway.problems import problem
from starter.gateway.seen import Orders
from starter.gateway.trouble import NotThere
from starter.unplaced import MAX_UNPLACED, MAX_WHY, Desk, KeptUnplaced, NotPlaceable
from workflows.messages.ids import can_be_an_order
from workflows.messages.sentences import say

DESK: Final = Access(frozenset({Scope.PLATFORM}), platform=True)
"""Whom all of this is for: it names orders of everybody."""
WHICH: Final = say(
    "Say {order}: the order that it belongs to; or {done} and {note}: what was done about it.",
    order="order_id",
    done="done",
    note="note",
)
SAID: Final[dict[str, Any]] = {
    "title": "Placing",
    "type": "object",
    "properties": {
        "order_id": {"type": "string", "description": "The order that it belongs to, which takes it as if just come."},
        "done": {"type": "boolean", "const": True, "description": "No order takes it: it was seen to."},
        "note": {"type": "string", "minLength": 1, "maxLength": MAX_WHY, "description": "With done: what was done."},
    },
    "oneOf": [{"required": ["order_id"]}, {"required": ["done", "note"]}],
    "additionalProperties": False,
}
"""What is said of something unplaced: whose it is, or that it was seen to."""


class DeskRoutes:
    """The routes, over the lists that the engine keeps."""

    def __init__(self, orders: Orders) -> None:
        self._pool = orders.pool
        self._desk = Desk(orders.pool)

    def doors(self) -> Sequence[Door]:
        pages = (
            {"name": "before", "in": "query", "schema": {"type": "integer", "minimum": 1}},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MAX_UNPLACED}},
        )
        resolved = ({"name": "resolved", "in": "query", "schema": {"type": "boolean"}},)
        listed = {200: _list_of("unplaced", KeptUnplaced)}
        stuck = {200: _list_of("stuck", StuckOrder, looked_at={"type": "string", "format": "date-time"})}
        differ = {200: _list_of("disagreements", FoundDisagreement)}
        told = {200: {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}}
        return (
            Door(
                *("GET", "/unplaced", DESK, self._unplaced, "What no order could take, newest first.", None, listed),
                *(pages,),
                leads={"id": "/unplaced/0/id"},
            ),
            Door(
                *("POST", "/unplaced/{id}", DESK, self._place, "Say whose it is, or that it is done.", SAID, told),
                called="place_unplaced",
            ),
            Door("GET", "/stuck", DESK, self._stuck, "Orders that stand still, the longest first.", None, stuck),
            Door(
                *("GET", "/disagreements", DESK, self._disagreements),
                *("What the provider and we say differently, the latest first.", None, differ, resolved),
            ),
        )

    async def _unplaced(self, ask: Ask) -> Response:
        check_query(ask, "before", "limit")
        limit = number_in_query(ask, "limit", 1, MAX_UNPLACED) or MAX_UNPLACED
        kept = await self._desk.unplaced(number_in_query(ask, "before", 1), limit)
        return JSONResponse(
            {
                "unplaced": [
                    one.model_dump(mode="json") | {"why": retold(one.why, one.said, ask.language)} for one in kept
                ]
            }
        )

    async def _place(self, ask: Ask) -> Response:
        check_query(ask)
        number = number_in_path(ask, "id")
        order_id, note = _said(ask.body)
        try:
            if order_id is None:
                await self._desk.done(number, note)
            else:
                await self._desk.place(number, order_id)
        except NotPlaceable as error:
            if error.code == "not_found":
                raise NotThere(error.why) from None
            return problem(409, error.code, error.why)
        return JSONResponse({"id": number} | ({"done": True} if order_id is None else {"order_id": order_id}))

    async def _stuck(self, ask: Ask) -> Response:
        check_query(ask)
        found, looked_at = await reading(list_stuck(self._pool)), await reading(last_look(self._pool))
        told = [one.model_dump(mode="json") for one in found]
        return JSONResponse({"stuck": told, "looked_at": looked_at.isoformat()})

    async def _disagreements(self, ask: Ask) -> Response:
        check_query(ask, "resolved")
        found = await reading(list_disagreements(self._pool, resolved_too=truth_in_query(ask, "resolved")))
        return JSONResponse({"disagreements": [one.model_dump(mode="json") for one in found]})


def _said(body: dict[str, Any]) -> tuple[str | None, str]:
    """The order that it belongs to; or None, and what was done about it. Raises `WrongFields`."""
    if unknown := sorted(set(body) - set(SAID["properties"])):
        raise wrong(f"/{unknown[0]}", say("is not a field of this; there are {fields}.", fields="order_id, done, note"))
    order_id, note = body.get("order_id"), body.get("note")
    if ("done" in body) == ("order_id" in body):
        raise wrong("", WHICH)
    if "done" in body:
        if body["done"] is not True:
            raise wrong("/done", say("must be true, or not be there"))
        if not isinstance(note, str) or not note.strip() or len(note) > MAX_WHY:
            raise wrong(
                "/note",
                say("must be a text of at most {most} characters: what it was, and what was done", most=MAX_WHY),
            )
        return None, note.strip()
    if note is not None:
        raise wrong("/note", say("goes with {field} alone", field="done"))
    if not isinstance(order_id, str) or not can_be_an_order(order_id):
        raise wrong("/order_id", say("must be the id of an order"))
    return order_id, ""


def _list_of(name: str, model: type[BaseModel], **beside: Any) -> dict[str, Any]:
    row = model.model_json_schema(mode="serialization")
    within = {"$defs": row.pop("$defs")} if "$defs" in row else {}
    items = {"type": "array", "items": row}
    return {"type": "object", "properties": {name: items, **beside}, "required": [name, *beside], **within}
