"""The feed of events as it comes: one connection to Postgres listens for all who follow the feed in this process.

What was before somebody joined is read page by page (`feed.py`); what comes from then on is read once for everybody.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Final

import asyncpg

from activities.feed import CHANNEL
from activities.languages import DEFAULT
from activities.rounds import rounds
from activities.sql import query
from starter.client.feed import EVERYTHING, MAX_EVENTS, Event, NumberedEvent, Visibility, get_events, read_events
from starter.client.retrying import reading
from starter.errors import EngineUnavailable
from starter.pooling import CONNECT_SECONDS
from starter.settings.environment import Settings
from workflows.messages.sentences import say
from workflows.messages.values import Role

LOG: Final = logging.getLogger("countermand.live")
MAX_LISTENERS: Final = 10_000
"""Who may follow the feed in one process. Each costs some kilobytes, and one look per event that is theirs to see."""
MAX_WAITING: Final = 1_000
"""Events that wait for one listener: ten seconds of a busy feed. One who is further behind reads pages again."""
LOOK_SECONDS: Final = 1.0
"""Between two looks when nothing is heard: what was told while the connection was lost."""
LOOK_UNTOLD_SECONDS: Final = 0.1
"""The same where nothing can be heard, behind a proxy that pools by transaction."""
REST_SECONDS: Final = 1.0
"""After an error, such as Postgres being away."""
KEEP_ALIVE_SECONDS: Final = 15.0
"""After which a listener is told that nothing has come: shorter than any proxy's patience with a silent connection."""


class NoPlace(EngineUnavailable):
    """The feed cannot be followed here now. The message says why."""


class Listener:
    """One who follows, and what waits for them; never more than `MAX_WAITING` events."""

    def __init__(self, seen_by: Visibility, order_id: str | None, language: str) -> None:
        self.seen_by = seen_by
        self.order_id = order_id
        self.language = language
        self.waiting: deque[Event] = deque()
        self._news = asyncio.Event()
        self._missed = False
        self._counts_on: int | None = None

    @property
    def key(self) -> tuple[str, str | None]:
        """By what an event finds them."""
        if self.order_id is not None:
            return "order", self.order_id
        if self.seen_by.buyer_id is not None:
            return "buyer", self.seen_by.buyer_id
        if self.seen_by.seller_id is not None:
            return "seller", self.seen_by.seller_id
        return "all", None

    def take(self, event: NumberedEvent, told_to: Callable[[Role | None, str], Event]) -> None:
        """Let the event wait for them, if they may see it; one who does not come for it is kept nothing for."""
        if self._missed or not event.is_seen_by(self.seen_by):
            return
        if len(self.waiting) == MAX_WAITING:
            self.waiting.clear()
            self._missed = True
        else:
            self.waiting.append(told_to(self.seen_by.eyes, self.language))
        self._news.set()

    def wake(self) -> None:
        """Have them look up: it is over."""
        self._news.set()

    def set_back(self, last: int) -> None:
        """Have them go on behind the number `last`: what came after it is lost, and its numbers are given again."""
        self.waiting.clear()
        self._missed = True
        self._counts_on = last
        self._news.set()

    def begin(self, after: int) -> int:
        """From now on nothing is missed; from where they go on who have heard of what is up to `after`."""
        after = after if self._counts_on is None else min(after, self._counts_on)
        self.waiting.clear()
        self._missed = False
        self._counts_on = None
        self._news.clear()
        return after

    async def heard(self) -> tuple[Event, ...] | None:
        """What came meanwhile, waiting for it a while; None when something was missed."""
        try:
            async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                await self._news.wait()
        except TimeoutError:
            return ()
        self._news.clear()
        came = tuple(self.waiting)
        self.waiting.clear()
        return None if self._missed else came


def live_events(pool: asyncpg.Pool, settings: Settings) -> "LiveEvents":
    """For what `settings` name, beside a pool of it."""
    connect = partial(
        asyncpg.connect,
        settings.database_url,
        timeout=CONNECT_SECONDS,
        command_timeout=settings.record_timeout,
        statement_cache_size=0,
        server_settings={"application_name": "countermand"},
    )
    return LiveEvents(pool, connect, can_listen=not settings.transaction_pooling)


class LiveEvents:
    """Everybody in this process who follows the feed."""

    def __init__(
        self, pool: asyncpg.Pool, connect: Callable[[], Awaitable[asyncpg.Connection]], *, can_listen: bool = True
    ) -> None:
        self._pool = pool
        self._connect = connect
        self._can_listen = can_listen
        self._last: int | None = None
        """Up to which number everybody has heard."""
        self._listeners: defaultdict[tuple[str, str | None], set[Listener]] = defaultdict(set)
        self.count = 0
        """How many follow."""
        self._news = asyncio.Event()
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled. While Postgres is away everybody waits, and misses nothing."""
        await rounds(self._listen, LOG, "Those who follow the feed wait", REST_SECONDS)

    def close(self) -> None:
        """Let everybody go: the process ends, and they go on elsewhere from where they are."""
        self._over.set()
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.wake()

    @property
    def is_open(self) -> bool:
        """Whether one can follow here."""
        return self._last is not None and not self._over.is_set()

    def is_behind(self, after: int) -> bool:
        """Whether pages are read first for whoever follows from there."""
        return self._last is not None and after < self._last

    def check_place(self) -> None:
        """Raises `NoPlace` where nobody more can follow now."""
        if self._over.is_set():
            raise NoPlace(
                say("This gateway is being stopped; follow the feed of events at another one, or in a moment.")
            )
        if not self.is_open:
            raise NoPlace(say("The feed of events cannot be followed here now; Postgres has not answered yet."))
        if self.count >= MAX_LISTENERS:
            raise NoPlace(
                say("{most} follow the feed here already; ask another gateway, or later.", most=MAX_LISTENERS)
            )

    @contextmanager
    def joined(self, seen_by: Visibility, order_id: str | None = None, language: str = DEFAULT) -> Iterator[Listener]:
        """A place among those who follow, until the end of the block. Raises `NoPlace`."""
        self.check_place()
        listener = Listener(seen_by, order_id, language)
        self._listeners[listener.key].add(listener)
        self.count += 1
        try:
            yield listener
        finally:
            self.count -= 1
            self._listeners[listener.key].discard(listener)
            if not self._listeners[listener.key]:
                del self._listeners[listener.key]

    async def follow(self, listener: Listener, after: int) -> AsyncGenerator[tuple[Event, ...], None]:
        """Every event after the number `after` that they may see, once and in order; nothing now and then, when nothing
        comes. Where Postgres has lost its last events, the numbers go on from what it has. Ends when the process does.
        Raises `EngineUnavailable` where what was before cannot be read."""
        while not self._over.is_set():
            after = listener.begin(after)
            assert self._last is not None, "somebody could join"
            here = self._last
            while after < here and not self._over.is_set():
                asked = (listener.seen_by, after, listener.order_id, MAX_EVENTS, listener.language)
                page = await reading(get_events(self._pool, *asked))
                after = page[-1].seq if page else here
                if len(page) < MAX_EVENTS:
                    after = max(after, here)
                yield page
            while not self._over.is_set() and (heard := await listener.heard()) is not None:
                # What came between the look at `here` and the last page stood on that page already.
                new = tuple(event for event in heard if event.seq > after)
                after = new[-1].seq if new else after
                yield new

    async def _listen(self) -> float:
        connection = await self._connect()
        try:
            if self._can_listen:
                await connection.add_listener(CHANNEL, lambda *_: self._news.set())
            await self._set_back(connection)
            while True:
                self._news.clear()
                await self._pass_on(connection)
                await self._told()
        finally:
            connection.terminate()

    async def _set_back(self, connection: asyncpg.Connection) -> None:
        """A standby that took over may lack the last events, and their numbers are given again: nobody is past them."""
        if self._last is None:
            return
        last = await connection.fetchval(query("feed/last"))
        if last < self._last:
            LOG.warning(
                "The feed of events goes on behind %d, though %d was there: the last ones are lost", last, self._last
            )
            self._last = last
            for listeners in self._listeners.values():
                for listener in listeners:
                    listener.set_back(last)

    async def _told(self) -> None:
        """Wait for news, or until it is time to look all the same."""
        try:
            async with asyncio.timeout(LOOK_SECONDS if self._can_listen else LOOK_UNTOLD_SECONDS):
                await self._news.wait()
        except TimeoutError:
            return

    async def _pass_on(self, connection: asyncpg.Connection) -> None:
        """Hand out what is new. Nobody joins between the last look at who is there and the new place in the feed."""
        if self._last is None or not self._listeners:
            last = await connection.fetchval(query("feed/last"))
            if self._last is None or not self._listeners:
                self._last = last
                return
        while True:
            events = await read_events(connection, EVERYTHING, self._last, None, MAX_EVENTS)
            for event in events:
                self._hand_out(event)
                self._last = event.seq
            if len(events) < MAX_EVENTS:
                return

    def _hand_out(self, event: NumberedEvent) -> None:
        row, told_to = event.row, cache(event.told_to)  # once for all who see the same of it, in the same language
        keys = (("order", row["order_id"]), ("buyer", row["buyer_id"]), ("seller", row["seller_id"]), ("all", None))
        for key in keys:
            for listener in self._listeners.get(key, ()):
                listener.take(event, told_to)
