"""What became of each message to a subscription; sending some again, or one to try it. Workers do the sending."""

from datetime import UTC, datetime
from typing import Final, Literal

import asyncpg
from pydantic import BaseModel, ConfigDict

from activities.own_notices import said_of
from activities.sql import query
from starter.client.retrying import reading
from starter.subscriptions import NoSuchSubscription, Owner, owned, subscription
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import say

MAX_DELIVERIES: Final = 100
"""Messages of one page."""
MAX_RESENT: Final = 1_000
"""Messages that one call sends again, the oldest first: a receiver that was away is not buried."""


class Delivery(BaseModel):
    """One message to one subscription, and how far it is."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    """The same on every try: the `webhook-id`, and the `Message-ID` of a mail."""
    seq: int
    """The number of its notice: higher ones came later."""
    order_id: str
    """Empty when it is about no order."""
    kind: str
    status: Literal["waiting", "sent", "failed", "dead"]
    attempts: int
    answer: str | None
    """What came of the last try that did not succeed, in English."""
    created_at: datetime
    first_tried_at: datetime | None
    next_try_at: datetime | None
    """While it waits."""
    sent_at: datetime | None


class Resent(BaseModel):
    """What is sent again."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    resent: int
    """How many."""
    last: int | None
    """The highest `seq` of them."""
    more: bool
    """Whether the limit ended it: there may be more after `last`."""


async def deliveries(
    pool: asyncpg.Pool, number: int, owner: Owner | None = None, before: int | None = None, limit: int = MAX_DELIVERIES
) -> list[Delivery]:
    """The newest messages of a subscription, or those before the one with the `seq` `before`; fewer than `limit` are
    the last. Raises `NoSuchSubscription`."""
    await _is_there(pool, number, owner)
    given = (number, before, min(limit, MAX_DELIVERIES))
    rows = await reading(pool.fetch(query("notifications/deliveries"), *given))
    return [Delivery.model_validate(dict(row)) for row in rows]


async def resend(
    pool: asyncpg.Pool, number: int, owner: Owner | None = None, after: int | None = None, limit: int = MAX_RESENT
) -> Resent:
    """Enable it again and send, under the same ids, all that failed or is dead; or everything after the message with
    the `seq` `after`. At most `limit` of them, the oldest first. Raises `NoSuchSubscription`."""
    await _is_there(pool, number, owner)
    given, now, limit = (() if after is None else (after,)), datetime.now(UTC), min(limit, MAX_RESENT)
    statement = query("notifications/resend" if after is None else "notifications/resend_after")
    row = await reading(pool.fetchrow(statement, number, now, limit, *given))
    if row is None:
        raise NoSuchSubscription(number)
    return Resent(resent=row["resent"], last=row["last"], more=row["resent"] == limit)


async def send_test(pool: asyncpg.Pool, number: int, owner: Owner | None = None) -> str:
    """Have a worker send it one message, once, in place of the test before; the id of that message. Raises
    `NoSuchSubscription`, and `Refused` while it is disabled."""
    found = await subscription(pool, number, owner)
    if found.disabled_at:
        raise Refused(Code.NOT_ALLOWED_NOW, say("Subscription {number} is disabled; enable it first.", number=number))
    text = say("This is a test of subscription {number}: what it tells arrives here.", number=number)
    party = (found.role, found.party_id)

    async def sent() -> str | None:
        async with pool.acquire() as connection, connection.transaction():
            # Else of two tests at once neither would see the other's, and one of them would stay for ever.
            await connection.execute(query("notifications/alone"), *party)
            given = (number, *party, datetime.now(UTC), str(text), said_of(text))
            message_id: str | None = await connection.fetchval(query("notifications/test"), *given)
            return message_id

    message_id = await reading(sent())
    if message_id is None:
        raise NoSuchSubscription(number)
    return message_id


async def _is_there(pool: asyncpg.Pool, number: int, owner: Owner | None) -> None:
    if await reading(pool.fetchval(query("notifications/one"), number, *owned(owner))) is None:
        raise NoSuchSubscription(number)
