"""The requests of the last 30 days: kept off the path of whoever waits for an answer, and read by the platform.

What of a request is worth keeping finds `starter/gateway/numbered.py`. No bodies, and nothing of a query.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import islice
from time import monotonic
from typing import Final

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from activities.database import DATABASE_ERRORS
from activities.rounds import beside, rounds
from activities.sql import query
from starter.client.recorded import fetched
from starter.gateway.problems import Trouble
from workflows.messages.complaints import Complaint, one_of
from workflows.messages.refusal import Code

LOG: Final = logging.getLogger("countermand.requests")
KEPT_FOR: Final = timedelta(days=30)
"""Then a request is removed."""
MAX_WAITING: Final = 10_000
"""Requests of one process that wait for Postgres, a few megabytes; once it is away for longer, new ones are dropped."""
BATCH: Final = 1_000
"""Requests of one statement, some milliseconds."""
EVERY_SECONDS: Final = 1.0
"""Between two statements: so much is lost when a process dies."""
AGAIN_SECONDS: Final = 5.0
"""Until the next try while Postgres is away."""
LAST_SECONDS: Final = 2.0
"""For what still waits when a process is stopped; shorter than any patience with one that ends."""
REMOVED: Final = 2_000
"""Rows that are removed at once, while others write."""
REMOVE_EVERY_SECONDS: Final = 60.0
"""Between two looks for old ones, as long as there are few."""
MAX_REQUESTS: Final = 100
"""Rows of one page."""
MAX_CALLER: Final = 128
"""Characters of a caller's name that is asked for: a role and an id, or `key` and a number."""
CODES: Final = tuple(dict.fromkeys((*(code.value for code in Code), *(code.value for code in Trouble))))
"""Of every problem that is answered."""
STATUSES: Final = tuple(str(status.value) for status in HTTPStatus)


@dataclass(frozen=True, slots=True)
class Request:
    """What is kept of one. Its caller was known, else anybody could fill the table."""

    at: datetime
    request_id: str
    caller: str
    acting_for: str | None
    method: str
    route: str
    status: int
    code: str | None
    milliseconds: int
    order_id: str | None


class KeptRequest(BaseModel):
    """One request that somebody sent."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(description="Grows with time; the cursor of the next page.")
    at: datetime = Field(description="When it came.")
    request_id: str = Field(description="Its X-Request-Id.")
    caller: str = Field(description="Who sent it: `buyer:b-7`, `key:12`, `payment_provider:stripe`.")
    acting_for: str | None = Field(default=None, description="For whom a key acted.")
    method: str
    route: str = Field(description="The path as a template: `/orders/{order_id}/ship`.")
    command: str | None = Field(default=None, description="What was sent to an order: `ship`, or `start`.")
    status: int = Field(description="Of its answer.")
    code: str | None = Field(default=None, description="Of the problem that was answered.")
    milliseconds: int = Field(description="From the request to the first byte of its answer.")
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class RequestFilters:
    """Which requests; what is None does not narrow."""

    order_id: str | None = None
    caller: str | None = None
    code: str | None = None
    status: int | None = None
    request_id: str | None = None


class RequestLog:
    """Those of one process, on their way to Postgres. Nobody waits for it, and it takes little memory."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._waiting: deque[Request] = deque()
        self._removed_at = float("-inf")
        self._under_way: asyncio.Future[bool] | None = None
        self.dropped = 0
        """Requests that nobody will ever find here, for there were too many."""

    def keep(self, request: Request) -> None:
        """Have it kept before long, or not at all where too many wait."""
        if len(self._waiting) >= MAX_WAITING:
            self.dropped += 1
        else:
            self._waiting.append(request)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Write what waits, again and again, until the end of the block; and then what is left, if Postgres answers."""
        async with beside(rounds(self._once, LOG, "Requests are not kept", AGAIN_SECONDS)):
            yield
        try:
            async with asyncio.timeout(LAST_SECONDS):
                while await self.write():
                    pass
        except (TimeoutError, *DATABASE_ERRORS) as error:
            LOG.warning("%d requests were not kept: %s", len(self._waiting), str(error) or repr(error))

    async def write(self) -> bool:
        """Write one batch of what waits. Whether there is more of it."""
        # Broken off amid its statement by a stop, it would be written again and stand twice: Postgres may have it.
        self._under_way = self._under_way or asyncio.ensure_future(self._write())
        try:
            return await asyncio.shield(self._under_way)
        finally:
            if self._under_way.done():
                self._under_way = None

    async def _write(self) -> bool:
        batch = list(islice(self._waiting, BATCH))
        if batch:
            columns = [[getattr(one, name) for one in batch] for name in Request.__slots__]
            await self._pool.execute(query("requests/keep"), *columns)
            # Only now: what could not be written waits for the next try.
            for _ in batch:
                self._waiting.popleft()
        return len(self._waiting) > 0

    async def remove_old(self, now: datetime) -> int:
        """Remove some of those that are older than `KEPT_FOR`; how many it were."""
        told = await self._pool.execute(query("requests/forget"), now - KEPT_FOR, REMOVED)
        return int(told.rpartition(" ")[2])

    async def _once(self) -> float:
        more = await self.write()
        if monotonic() - self._removed_at > REMOVE_EVERY_SECONDS and await self.remove_old(datetime.now(UTC)) < REMOVED:
            self._removed_at = monotonic()
        return 0.0 if more else EVERY_SECONDS


def code_or_status(word: str | None) -> tuple[str | None, int | None]:
    """What `?code=` means: the code of a problem, or a status. Raises `Complaint` for what no answer has."""
    if word is not None and word not in CODES and word not in STATUSES:
        raise Complaint(one_of(CODES, word))
    return (None, int(word)) if word in STATUSES else (word, None)


async def get_requests(
    pool: asyncpg.Pool, filters: RequestFilters, before: int | None, limit: int, now: datetime
) -> tuple[KeptRequest, ...]:
    """The newest of the last 30 days, or those before the one of that number."""
    given = (filters.order_id, filters.caller, filters.code, filters.status, filters.request_id)
    rows = await fetched(pool, "requests/list", now - KEPT_FOR, *given, before, limit)
    return tuple(KeptRequest(**row, command=_command(row["method"], row["route"])) for row in rows)


def _command(method: str, route: str) -> str | None:
    """What was sent to an order, by the path on which it was sent."""
    if method != "POST" or not route.startswith("/orders"):
        return None
    return "start" if route == "/orders" else route.rpartition("/")[2]
