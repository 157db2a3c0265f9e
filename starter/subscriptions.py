"""Who is told by e-mail or webhook: subscribing, and what an operator can do about it. No message is sent from here."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import asyncpg
from email_validator import EmailNotValidError, validate_email
from pydantic import BaseModel, Field, ValidationError

from activities.channels.targets import AllowedHosts, WrongTarget, checked_url
from activities.languages import LANGUAGES
from activities.sql import query
from starter.client.retrying import reading
from starter.settings.checks import new_secret
from workflows.messages.fields import MAX_ID
from workflows.messages.notices import NoticeKind
from workflows.messages.values import Role

ROTATION: Final = timedelta(days=7)
"""For which the old secret signs beside the new one: time to deploy the new one."""
MAX_KINDS: Final = 128
"""Of notices that one subscription filters by: more than there are."""
MAX_LANGUAGE: Final = 35
"""Characters of a language tag: the longest that RFC 5646 asks to be taken."""
CHANNELS: Final = ("email", "webhook")
PARTIES: Final = (Role.BUYER, Role.SELLER, Role.PLATFORM)


class NotSubscribed(Exception):
    """The subscription cannot be made, or there is none. The message names the field and what would be right."""


class Subscription(BaseModel):
    """Who is told what, and where."""

    id: int
    role: Role
    party_id: str
    channel: str
    target: str
    language: str | None
    """None: the order's, for its buyer; English for the others."""
    kinds: tuple[str, ...] | None
    created_at: datetime
    disabled_at: datetime | None
    disabled_why: str | None
    waiting: int = 0
    sent: int = 0
    failed: int = 0
    dead: int = 0
    secret: str | None = Field(default=None, repr=False)
    """Shown once, when it is made."""


class Wanted(BaseModel):
    """What somebody asks to be told."""

    role: Role
    party_id: Annotated[str, Field(max_length=MAX_ID)] = ""
    channel: str
    target: str
    language: Annotated[str, Field(max_length=MAX_LANGUAGE)] | None = None
    kinds: Annotated[tuple[str, ...], Field(max_length=MAX_KINDS)] = ()


async def subscribe(pool: asyncpg.Pool, wanted: Wanted, allowed: AllowedHosts) -> Subscription:
    """Tell them from now on. The same again changes its language and kinds. Raises `NotSubscribed`."""
    target = checked_target(wanted, allowed)
    secret = new_secret() if wanted.channel == "webhook" else None
    party = (wanted.role, wanted.party_id, wanted.channel, target, wanted.language, list(wanted.kinds) or None)
    row = await reading(pool.fetchrow(query("notifications/subscribe"), *party, secret))
    assert row, "the statement always answers with one row"
    made = Subscription.model_validate(dict(row))
    # One that was subscribed before has a secret of its own, which was shown then.
    return made if made.secret == secret else made.model_copy(update={"secret": None})


async def subscriptions(
    pool: asyncpg.Pool, role: Role | None = None, party_id: str | None = None
) -> list[Subscription]:
    """All of them, or one party's, the oldest first, with how many of their messages are where."""
    rows = await reading(pool.fetch(query("notifications/subscriptions"), role, party_id))
    return [Subscription.model_validate(dict(row)) for row in rows]


async def unsubscribe(pool: asyncpg.Pool, number: int) -> None:
    """No message more; what waits is not sent. Raises `NotSubscribed`."""
    await _changed(pool, "notifications/unsubscribe", number)


async def rotate_secret(pool: asyncpg.Pool, number: int) -> str:
    """A new secret for a webhook; the old one signs beside it for `ROTATION`. Raises `NotSubscribed`."""
    secret = new_secret()
    await _changed(pool, "notifications/rotate", number, secret, datetime.now(UTC) + ROTATION)
    return secret


async def resend(pool: asyncpg.Pool, number: int) -> int:
    """Enable it again and send all that failed or is dead, under the same ids; how many. Raises `NotSubscribed`."""
    return await _changed(pool, "notifications/resend", number, datetime.now(UTC))


async def _changed(pool: asyncpg.Pool, statement: str, number: int, *more: object) -> int:
    found = await reading(pool.fetchval(query(statement), number, *more))
    if found is None:
        raise NotSubscribed(f"ID: there is no such subscription {number}; countermand subscriptions lists them.")
    return int(found)


def wanted(party: str, channel: str, target: str, language: str | None, kinds: Sequence[str]) -> Wanted:
    """What was asked for in words, checked. Raises `NotSubscribed`."""
    role, _, party_id = party.partition(":")
    if role not in PARTIES or bool(party_id) == (role == Role.PLATFORM):
        raise NotSubscribed("PARTY must be buyer:ID, seller:ID, or platform.")
    if channel not in CHANNELS:
        raise NotSubscribed(f"CHANNEL must be one of {', '.join(CHANNELS)}.")
    if language is not None and language.partition("-")[0].lower() not in LANGUAGES:
        raise NotSubscribed(f"--language must be one of {', '.join(LANGUAGES)}.")
    unknown = set(kinds) - set(NoticeKind)
    if unknown:
        raise NotSubscribed(f"--kind: there is no kind {min(unknown)!r}; an inbox shows the kinds.")
    try:
        return Wanted(
            role=Role(role), party_id=party_id, channel=channel, target=target, language=language, kinds=tuple(kinds)
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise NotSubscribed(f"{_WORDS[str(fault['loc'][0])]}: {fault['msg']}.") from None


_WORDS: Final = {"party_id": "PARTY", "language": "--language", "kinds": "--kind"}
"""What the fields are called by those who name them."""


def checked_target(asked: Wanted, allowed: AllowedHosts) -> str:
    """The address as it is kept. Raises `NotSubscribed`."""
    try:
        if asked.channel == "webhook":
            return str(checked_url(asked.target, allowed))
        return validate_email(asked.target, check_deliverability=False).normalized
    except (WrongTarget, EmailNotValidError) as error:
        raise NotSubscribed(f"TARGET: {str(error).rstrip('.')}.") from None
