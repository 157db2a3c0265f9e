"""What webhooks say, as it is said: each notice as the body and the headers that a receiver gets, for a developer.

Nobody is subscribed for it: it is read where the channels read it, so that it works before there is a receiver, and for
every party at once, and leaves nothing behind however it ends. It does not wait, as they do, until a notice is certain.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self
from uuid import UUID, uuid5

import asyncpg
import httpx

from activities.channels import Message
from activities.channels.webhook import TRY_SECONDS, USER_AGENT, body_of, signed
from activities.database import DATABASE_ERRORS
from activities.sql import query
from starter.client.retrying import reading

LOOK_SECONDS: Final = 0.3
"""Between two looks: somebody sits before it."""
NOTICES: Final = UUID("6f1e9a52-3c0d-4a51-9c55-0d6a4f0a2b7e")
"""Of which an id is made for each notice: the same one for whoever listens, so that a receiver knows it again."""
OVERLAP: Final = 200
"""Notices that are read again at each look: of two that are written at the same time the later may be seen first."""
PAGE: Final = 500
"""Notices of one look; more than `OVERLAP`, or no look would come further."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Of whom and of what one wants to hear; None or nothing: of all."""

    role: str | None = None
    party_id: str | None = None
    order_id: str | None = None
    kinds: Collection[str] = ()

    def __contains__(self, message: Message) -> bool:
        return (
            self.role in (None, message.role)
            and self.party_id in (None, message.party_id)
            and self.order_id in (None, message.order_id)
            and (not self.kinds or message.kind in self.kinds)
        )


@dataclass(frozen=True, slots=True)
class Heard:
    """One notice, as a webhook brings it."""

    message: Message
    body: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, message: Message) -> Self:
        """Signed now."""
        body = body_of(message)
        headers = {"user-agent": USER_AGENT, **signed(message, body, datetime.now(UTC))}
        return cls(message, body, headers)


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What a receiver answered, or why there is no answer; and how long it took."""

    status: int | None
    why: str | None
    milliseconds: int


async def last_notice(pool: asyncpg.Pool) -> int:
    """The number of the last notice that there is now."""
    last: int = await reading(pool.fetchval(query("reads/last_notice")))
    return last


async def hear(pool: asyncpg.Pool, secret: str, after: int, narrowed: Narrowed) -> AsyncIterator[Heard]:
    """Each notice after that one as it comes, until cancelled."""
    known = await reading(pool.fetch(query("reads/notices_after"), after - OVERLAP, PAGE))
    seen, last = {row["notice_id"] for row in known if row["notice_id"] <= after}, after
    while True:
        found: list[asyncpg.Record] = []
        # Postgres may be away for a moment; the next look finds what this one has missed.
        with contextlib.suppress(*DATABASE_ERRORS):
            found = await pool.fetch(query("reads/notices_after"), last - OVERLAP, PAGE)
        for row in found:
            if row["notice_id"] in seen:
                continue
            seen.add(row["notice_id"])
            last = max(last, row["notice_id"])
            message = _message(row, secret)
            if message in narrowed:
                yield Heard.of(message)
        seen = {number for number in seen if number > last - OVERLAP}
        await asyncio.sleep(LOOK_SECONDS)


async def forward(http: httpx.AsyncClient, url: str, heard: Heard) -> Forwarded:
    """Post it as it is, once: whoever develops sees what came of it, and sends the next one."""
    began, status, why = time.monotonic(), None, None
    try:
        async with (
            asyncio.timeout(TRY_SECONDS),
            http.stream("POST", url, content=heard.body, headers=dict(heard.headers)) as answer,
        ):
            status = answer.status_code
    except TimeoutError:
        why = f"no answer within {TRY_SECONDS:g} s"
    except (httpx.HTTPError, OSError, UnicodeError) as error:
        why = f"{type(error).__name__} {error}".strip()
    return Forwarded(status, why, round((time.monotonic() - began) * 1_000))


def target(text: str) -> str:
    """The address to forward to; `localhost:4242/hooks` is one of http. Raises `ValueError`."""
    try:
        url = httpx.URL(text if "://" in text else f"http://{text}")
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("it is not an address such as http://localhost:4242/hooks")
    return str(url)


def _message(row: asyncpg.Record, secret: str) -> Message:
    own = ("order_id", "entry", "role", "party_id", "kind", "text", "due_at", "at")
    message_id = f"msg_{uuid5(NOTICES, str(row['notice_id'])).hex}"
    beside = {"message_id": message_id, "seq": row["notice_id"], "target": "", "language": "", "secrets": (secret,)}
    return Message(**beside, **{name: row[name] for name in own})
