"""`GET /requests`: who sent what of late, and how it went. How that is kept lives in `starter/requests.py`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
from starlette.responses import JSONResponse, Response

from starter.gateway.bodies import wrong
from starter.gateway.callers import Scope
from starter.gateway.doors import Access, Ask, Door
from starter.gateway.numbered import MAX_REQUEST_ID
from starter.gateway.numbers import check_query, number_in_query
from starter.requests import MAX_CALLER, MAX_REQUESTS, KeptRequest, RequestFilters, code_or_status, get_requests
from workflows.messages.complaints import Complaint
from workflows.messages.ids import can_be_an_order
from workflows.messages.sentences import say

PLATFORM: Final = Access(frozenset({Scope.PLATFORM}), platform=True)
ASKED: Final[tuple[dict[str, Any], ...]] = (
    {"name": "order", "in": "query", "schema": {"type": "string"}},
    {"name": "caller", "in": "query", "schema": {"type": "string", "minLength": 1, "maxLength": MAX_CALLER}},
    {
        "name": "code",
        "in": "query",
        "schema": {"type": "string"},
        "description": "Of a problem, such as `not_allowed_now`; or a status, such as `503`.",
    },
    {"name": "request_id", "in": "query", "schema": {"type": "string", "minLength": 1, "maxLength": MAX_REQUEST_ID}},
    {"name": "cursor", "in": "query", "schema": {"type": "integer", "minimum": 1}},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MAX_REQUESTS}},
)
NAMES: Final = tuple(one["name"] for one in ASKED)


class RequestRoutes:
    """The route, over what every gateway has kept."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    def doors(self) -> Sequence[Door]:
        row = KeptRequest.model_json_schema(mode="serialization")
        # What there is not is left out.
        row["required"] = [name for name, field in KeptRequest.model_fields.items() if field.is_required()]
        page = {
            "type": "object",
            "properties": {"requests": {"type": "array", "items": row}, "cursor": {"type": ["string", "null"]}},
            "required": ["requests", "cursor"],
        }
        told = "Who sent what in the last 30 days, newest first."
        return (Door("GET", "/requests", PLATFORM, self._list, told, None, {200: page}, ASKED),)

    async def _list(self, ask: Ask) -> Response:
        check_query(ask, *NAMES)
        limit = number_in_query(ask, "limit", 1, MAX_REQUESTS) or MAX_REQUESTS
        before = number_in_query(ask, "cursor", 1)
        found = await get_requests(self._pool, _filters(ask), before, limit + 1, datetime.now(UTC))
        shown = [one.model_dump(mode="json", exclude_none=True) for one in found[:limit]]
        return JSONResponse({"requests": shown, "cursor": str(found[limit - 1].id) if len(found) > limit else None})


def _filters(ask: Ask) -> RequestFilters:
    """Which. Raises `WrongFields`."""
    order_id, caller, code = (ask.query.get(name) for name in ("order", "caller", "code"))
    if order_id is not None and not can_be_an_order(order_id):
        raise wrong("?order", say("{field} must be the id of an order.", field="order"))
    for name, most in (("caller", MAX_CALLER), ("request_id", MAX_REQUEST_ID)):
        if not 1 <= len(ask.query.get(name, "-")) <= most:
            raise wrong(f"?{name}", say("{field} has 1 to {most} characters.", field=name, most=most))
    try:
        named = code_or_status(code)
    except Complaint as complaint:
        raise wrong("?code", say("{field} {complaint}.", field="code", complaint=complaint.sentence)) from None
    return RequestFilters(order_id, caller, *named, ask.query.get("request_id"))
