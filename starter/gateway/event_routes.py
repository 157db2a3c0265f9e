"""`GET /events`: the feed of events, as pages of JSON or as a stream of server-sent events.

What happened in the caller's orders, as their timelines show it to them; how the feed is read lives in
`starter/client/feed.py`, how it is followed in `starter/client/live.py`.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Send
from starlette.types import Scope as Connection

from starter.client.feed import MAX_EVENTS, MAX_SEQ, USUAL_EVENTS, Event, Visibility, get_events
from starter.client.live import Listener, LiveEvents
from starter.client.retrying import reading
from starter.errors import EngineUnavailable
from starter.gateway.bodies import wrong
from starter.gateway.callers import Caller, Scope
from starter.gateway.doors import Ask, Door, needs
from starter.gateway.limits import TooMany
from starter.gateway.numbers import check_query, number_in_query, number_in_word
from starter.gateway.seen import Orders
from starter.gateway.trouble import NotThere
from starter.gateway.visible import SIDES
from workflows.messages.ids import can_be_an_order
from workflows.messages.sentences import say

LOG: Final = logging.getLogger("countermand.gateway")
READ: Final = needs(Scope.READ)
STREAM: Final = "text/event-stream"
LAST_EVENT: Final = "Last-Event-ID"
"""The header in which a reader who comes again names the event that they had last."""
STREAM_SECONDS: Final = 600.0
"""How long one stream lasts; its reader goes on with the next by itself. Whoever may no longer read, such as somebody
whose key was revoked, hears nothing more after it."""
RETRY_MS: Final = 1_000
"""Milliseconds after which a reader should come again."""
MAX_STREAMS: Final = 20
"""Of one party, by one caller, at once: somebody has a few windows open. Each holds a connection, and all of those that
a gateway has must not be one caller's."""
RETRY_SECONDS: Final = 5
"""After which one of them may have ended."""
UNKEPT: Final[Mapping[str, str]] = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""No cache keeps a stream, and no proxy waits for more of it before it hands an event on: nginx asks for the second."""
ASKED: Final[tuple[dict[str, Any], ...]] = (
    {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": MAX_SEQ}},
    {"name": "order", "in": "query", "schema": {"type": "string"}},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MAX_EVENTS}},
    {
        "name": LAST_EVENT,
        "in": "header",
        "schema": {"type": "integer", "minimum": 0, "maximum": MAX_SEQ},
        "description": f"Of a stream: where it goes on, whatever `after` says. Accept: {STREAM} asks for one.",
    },
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, and by whom."""

    seen_by: Visibility
    after: int
    order_id: str | None
    limit: int
    language: str


class EventRoutes:
    """The route, over the pages of the feed and over those who follow it here."""

    def __init__(self, orders: Orders, live: LiveEvents) -> None:
        self._orders = orders
        self._live = live
        self._streams: Counter[object] = Counter()
        """How many each caller has open."""

    def doors(self) -> Sequence[Door]:
        events = {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}
        after = {"type": "integer", "minimum": 0, "description": "Brings the next page."}
        page = {"type": "object", "properties": {"events": events, "after": after}, "required": ["events", "after"]}
        told = "What happened in the caller's orders, oldest first, in one sequence for ever: a page, or a stream."
        streamed = {"type": "string", "description": "Server-sent events: `id` is an event's seq, `data` the event."}
        return (Door("GET", "/events", READ, self._answer, told, None, {200: page}, ASKED, also={STREAM: streamed}),)

    async def _answer(self, ask: Ask) -> Response:
        """A page, or a stream where one is asked for. Raises `NoPlace` or `TooMany` where none is to be had, and
        `EngineUnavailable` where what was before cannot be read."""
        streams = ask.request.method == "GET" and STREAM in ask.request.headers.get("accept", "")
        check_query(ask, "after", "order", "limit")
        asked = await self._asked(ask, _last_event(ask) if streams else None)
        if not streams:
            return await self._page(asked)
        self._live.check_place()
        who = (ask.caller.name, ask.caller.acting)
        if self._streams[who] >= MAX_STREAMS:
            raise TooMany(
                say("One caller may follow {most} streams of events at once.", most=MAX_STREAMS), RETRY_SECONDS
            )
        if self._live.is_behind(asked.after):
            # Else the stream would begin, and end at once where nothing can be read, second after second.
            await reading(get_events(self._orders.pool, asked.seen_by, asked.after, asked.order_id, 1))
        return EventStream(self._live, asked, self._streams, who)

    async def _asked(self, ask: Ask, last: int | None) -> Asked:
        after = number_in_query(ask, "after", 0, MAX_SEQ) or 0
        limit = number_in_query(ask, "limit", 1, MAX_EVENTS) or USUAL_EVENTS
        order_id = ask.query.get("order")
        if order_id is not None:
            if not can_be_an_order(order_id):
                raise wrong("?order", say("{field} must be the id of an order.", field="order"))
            await self._find_language(ask, order_id)
        # Also where the address names another number: a browser comes again with the address that it had.
        return Asked(visibility_of(ask.caller), after if last is None else last, order_id, limit, ask.language)

    async def _find_language(self, ask: Ask, order_id: str) -> None:
        """Its own buyer or seller reads an order in its language, as everywhere."""
        if ask.caller.sees_as in SIDES and ask.asked_language is None:
            try:
                await self._orders.seen(ask, order_id)
            except NotThere:
                return  # and it has no events for them

    async def _page(self, asked: Asked) -> Response:
        given = (asked.seen_by, asked.after, asked.order_id, asked.limit, asked.language)
        events = await reading(get_events(self._orders.pool, *given))
        page: dict[str, Any] = {"events": [event.model_dump(mode="json") for event in events]}
        return JSONResponse({**page, "after": events[-1].seq if events else asked.after})


class EventStream(StreamingResponse):
    """One reader's stream, who has a place in the feed for as long as it lasts."""

    def __init__(self, live: LiveEvents, asked: Asked, streams: Counter[object], who: object) -> None:
        super().__init__((), media_type=STREAM, headers=dict(UNKEPT))
        self._live = live
        self._asked = asked
        self._streams = streams
        self._who = who

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        self._streams[self._who] += 1
        try:
            with self._live.joined(self._asked.seen_by, self._asked.order_id, self._asked.language) as listener:
                # Closed here and not by the garbage collector, so that nobody is handed events who is gone.
                async with aclosing(self._chunks(listener)) as self.body_iterator:
                    await super().__call__(scope, receive, send)
        finally:
            self._streams[self._who] -= 1
            if not self._streams[self._who]:
                del self._streams[self._who]

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


def visibility_of(caller: Caller) -> Visibility:
    """What of the feed they see: through their eyes, and of their orders, as they see them everywhere here."""
    buyer_id, seller_id = caller.sides
    return Visibility(caller.sees_as, buyer_id, seller_id)


def _last_event(ask: Ask) -> int | None:
    """The number that a reader of the stream had last, if they say so. Raises `WrongFields`."""
    heard = ask.request.headers.get(LAST_EVENT)
    return number_in_word(LAST_EVENT, LAST_EVENT, heard, 0, MAX_SEQ) if heard else None


def _told(event: Event) -> str:
    """One event as a reader of the stream hears it. JSON has no line breaks of its own."""
    return f"id: {event.seq}\ndata: {event.as_json}\n\n"
