"""`/notices`: what a party was told, a page at a time, and that they have read it."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from activities.languages import retold
from starter.client.reads import MAX_NOTICES
from starter.client.recorded import PartyNotice, get_party_notices, mark_as_read
from starter.gateway.callers import SCOPE_OF_ROLE, Caller, Scope
from starter.gateway.credentials import ACTING_FOR, MayNot
from starter.gateway.doors import Ask, Door, needs
from starter.gateway.numbers import check_query, number_in_path, number_in_query, truth_in_query
from starter.gateway.seen import Orders
from starter.gateway.spoken import tag
from starter.gateway.trouble import NotThere
from workflows.messages.sentences import say
from workflows.messages.values import Role

READ: Final = needs(Scope.READ)
PAGE: Final = 50
"""Rows of a page, where the caller does not say how many."""
NOTICE: Final[dict[str, Any]] = {
    "title": "Notice",
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "order_id": {"type": "string", "description": "Empty where it is about many."},
        "entry": {"type": "integer", "description": "Of the order's timeline; 0 where none of it made the notice."},
        "role": {"type": "string"},
        "kind": {"type": "string"},
        "text": {"type": "string"},
        "due_at": {"type": "string", "format": "date-time"},
        "told_at": {"type": "string", "format": "date-time"},
        "read_at": {"type": "string", "format": "date-time"},
    },
    "required": ["id", "order_id", "entry", "role", "kind", "text", "told_at"],
}


class NoticeRoutes:
    """The routes, over what the engine has told."""

    def __init__(self, orders: Orders) -> None:
        self._pool = orders.pool

    def doors(self) -> Sequence[Door]:
        page = {
            "type": "object",
            "properties": {"notices": {"type": "array", "items": NOTICE}, "cursor": {"type": ["string", "null"]}},
            "required": ["notices", "cursor"],
        }
        asked = (
            {"name": "unread", "in": "query", "schema": {"type": "boolean"}},
            {"name": "cursor", "in": "query", "schema": {"type": "integer", "minimum": 1}},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MAX_NOTICES}},
        )
        told = "What the caller was told, newest first."
        read = {"type": "object", "properties": {name: NOTICE["properties"][name] for name in ("id", "read_at")}}
        return (
            Door("GET", "/notices", READ, self._list, told, None, {200: page}, asked, leads={"id": "/notices/0/id"}),
            Door("POST", "/notices/{id}/read", READ, self._read, "Say that a notice was read.", None, {200: read}),
        )

    async def _list(self, ask: Ask) -> Response:
        check_query(ask, "unread", "cursor", "limit")
        role, party_id = _reader(ask.caller)
        limit = number_in_query(ask, "limit", 1, MAX_NOTICES) or PAGE
        before, unread = number_in_query(ask, "cursor", 1), truth_in_query(ask, "unread")
        # Of a side each order has its own language, unless they have asked for one.
        of_orders = role is not Role.PLATFORM and ask.asked_language is None
        rows = await get_party_notices(
            self._pool, role, party_id, before, limit + 1, unread=unread, with_locale=of_orders
        )
        shown = [_shown(row, ask.language) for row in rows[:limit]]
        return JSONResponse({"notices": shown, "cursor": str(rows[limit - 1].notice_id) if len(rows) > limit else None})

    async def _read(self, ask: Ask) -> Response:
        check_query(ask)
        role, party_id = _reader(ask.caller)
        if SCOPE_OF_ROLE[role] not in ask.caller.scopes:
            raise MayNot(say("This needs {scopes}.", scopes=SCOPE_OF_ROLE[role].value))
        number = number_in_path(ask, "id")
        read_at = await mark_as_read(self._pool, number, role, party_id)
        if read_at is None:
            raise NotThere(say("There is no such notice, or it is not yours."))
        return JSONResponse({"id": number, "read_at": read_at.isoformat()})


def _reader(caller: Caller) -> tuple[Role, str]:
    """Whose notices they are: of a side, or the platform's, which has no id. Raises `MayNot`."""
    eyes, party = caller.sees_as, caller.acting
    if eyes is None or (party is None and eyes is not Role.PLATFORM) or caller.bound not in (None, party):
        raise MayNot(say("Notices are somebody's: name the party in {header}.", header=ACTING_FOR))
    return eyes, party.id if party and eyes is not Role.PLATFORM else ""


def _shown(row: PartyNotice, language: str) -> dict[str, Any]:
    beside = {"notice_id", "party_id", "said", "locale", "recorded_at"}
    told = row.model_dump(mode="json", exclude_none=True, exclude=beside)
    text = retold(row.text, row.said, tag(row.locale) if row.locale else language)
    return {"id": row.notice_id, **told, "text": text, "told_at": row.recorded_at.isoformat()}
