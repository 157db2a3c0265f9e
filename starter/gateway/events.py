"""`GET /events`: the feed of events, as pages of JSON or as a stream of server-sent events.

Who may see what is the caller's business to know, and is handed in: nothing here looks at who calls.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Final

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from activities.languages import DEFAULT
from starter.client.feed import MAX_EVENTS, MAX_SEQ, USUAL_EVENTS, Event, Visibility, get_events
from starter.client.live import Listener, LiveEvents, NoPlace
from starter.client.retrying import reading
from starter.errors import EngineUnavailable
from starter.gateway.problems import problem
from workflows.messages.fields import OrderId

LOG: Final = logging.getLogger("countermand.gateway")
STREAM: Final = "text/event-stream"
STREAM_SECONDS: Final = 600.0
"""How long one stream lasts; its reader goes on with the next by itself. Whoever may no longer read, such as somebody
whose key was revoked, hears nothing more after it."""
RETRY_MS: Final = 1_000
"""Milliseconds after which a reader should come again."""
RETRY_AFTER: Final = "5"
"""The same in seconds, where there is no place."""


class Asked(BaseModel):
    """What the query says. A word that is not known is wrong: a filter that does nothing would show too much."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[int, Field(ge=0, le=MAX_SEQ)] = 0
    order: OrderId | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_EVENTS)] = USUAL_EVENTS


class EventsFeed:
    """The resource."""

    def __init__(self, pool: asyncpg.Pool, live: LiveEvents) -> None:
        self._pool = pool
        self._live = live

    async def answer(self, request: Request, seen_by: Visibility, language: str = DEFAULT) -> Response:
        """A page, or a stream where the caller asks for one, of what `seen_by` lets them see, in their language."""
        streams = STREAM in request.headers.get("accept", "")
        given = dict(request.query_params)
        if streams and (heard := request.headers.get("last-event-id")):
            given["after"] = heard  # also where the address names another: a browser comes again with the old address
        try:
            asked = Asked.model_validate(given)
            if streams:
                return EventStream(self._live, seen_by, asked, language)
            return await self._page(asked, seen_by, language)
        except ValidationError as error:
            return problem(422, "invalid", _what_is_wrong(error))
        except EngineUnavailable as error:
            return problem(503, "unavailable", str(error), {"Retry-After": RETRY_AFTER})

    async def _page(self, asked: Asked, seen_by: Visibility, language: str) -> Response:
        events = await reading(get_events(self._pool, seen_by, asked.after, asked.order, asked.limit, language))
        page: dict[str, Any] = {"events": [event.model_dump(mode="json") for event in events]}
        return JSONResponse({**page, "after": events[-1].seq if events else asked.after})


class EventStream(StreamingResponse):
    """One reader's stream, who has a place in the feed for as long as it lasts."""

    def __init__(self, live: LiveEvents, seen_by: Visibility, asked: Asked, language: str) -> None:
        super().__init__((), media_type=STREAM, headers={"Cache-Control": "no-store"})
        self._live = live
        self._seen_by = seen_by
        self._asked = asked
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._live.joined(self._seen_by, self._asked.order, self._language) as listener:
                # Closed here and not by the garbage collector, so that nobody is handed events who is gone.
                async with aclosing(self._chunks(listener)) as self.body_iterator:
                    await super().__call__(scope, receive, send)
        except NoPlace as error:
            await problem(503, "unavailable", str(error), {"Retry-After": RETRY_AFTER})(scope, receive, send)

    async def _chunks(self, listener: Listener) -> AsyncGenerator[str, None]:
        now = asyncio.get_running_loop().time
        ends = now() + STREAM_SECONDS
        yield f"retry: {RETRY_MS}\n\n"
        try:
            async for events in self._live.follow(listener, self._asked.after):
                yield "".join(map(_told, events)) or ": nothing new\n\n"
                if now() > ends:
                    return
        except EngineUnavailable as error:
            # Its reader comes again, and is answered with 503 for as long as it lasts.
            LOG.warning("A stream of events ends: %s", error)


def _told(event: Event) -> str:
    """One event as a reader of the stream hears it. JSON has no line breaks of its own."""
    return f"id: {event.seq}\ndata: {event.as_json}\n\n"


def _what_is_wrong(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()) + "."
