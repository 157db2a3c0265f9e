"""Who is told by e-mail or webhook: who subscribes, to what, and how it changes. No message is sent from here.

What became of each message, and how it is sent again, stands in `starter/deliveries.py`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, NamedTuple

import asyncpg
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.json_schema import SkipJsonSchema

from activities.channels.targets import AllowedHosts, WrongTarget, checked_url
from activities.languages import LANGUAGES
from activities.sql import query
from starter.client.retrying import reading
from starter.settings.checks import new_secret
from workflows.messages.complaints import Complaint, one_of
from workflows.messages.faults import complaint_of
from workflows.messages.fields import MAX_ID
from workflows.messages.notices import NoticeKind
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, say
from workflows.messages.values import Role, Wire

ROTATION: Final = timedelta(days=7)
"""For which the old secret signs beside the new one: time to deploy the new one."""
MAX_KINDS: Final = 128
"""Of notices that one subscription filters by: more than there are."""
MAX_LANGUAGE: Final = 35
"""Characters of a language tag: the longest that RFC 5646 asks to be taken."""
MAX_OF_PARTY: Final = 50
"""Subscriptions of one party: each of its notices is sent so often."""
MAX_LISTED: Final = 100
"""Subscriptions of one page."""
MAX_COUNTED: Final = 1_000
"""Messages of one subscription that are counted in each state; who has more is shown this many."""
CHANNELS: Final = ("email", "webhook")
PARTIES: Final = (Role.BUYER, Role.SELLER, Role.PLATFORM)
PAUSED: Final = "Its owner has disabled it."


class Owner(NamedTuple):
    """Whose a subscription is."""

    role: str
    party_id: str
    """Empty for the platform."""


class NotSubscribed(Exception):
    """What was asked for cannot be meant. The message names the field as the command line does, and what is right.

    `field`: as the model names it. `why`: a clause that goes on after it, without its period.
    """

    def __init__(self, field: str, why: Sentence | str) -> None:
        super().__init__(f"{_WORDS.get(field, field)}: {why}.")
        self.field = field
        self.why = why


class NoSuchSubscription(Exception):
    """There is none of that number, or it is somebody else's."""

    def __init__(self, number: int) -> None:
        super().__init__(f"ID: there is no such subscription {number}; countermand subscriptions lists them.")


_WORDS: Final = {
    "role": "PARTY",
    "party_id": "PARTY",
    "channel": "CHANNEL",
    "target": "TARGET",
    "language": "--language",
    "kinds": "--kind",
}
"""What the fields are called by those who name them on the command line."""


class Subscription(BaseModel):
    """Who is told what, and where."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: int
    role: Role
    party_id: str
    """Empty for the platform."""
    channel: str
    target: str
    language: str | None
    """Null: the order's, for its buyer; English for the others."""
    kinds: tuple[str, ...] | None
    """Null: all."""
    created_at: datetime
    disabled_at: datetime | None
    disabled_why: str | None
    waiting: int = 0
    """Of its messages, 1000 at most are counted in each state."""
    sent: int = 0
    failed: int = 0
    dead: int = 0
    secret: str | None = Field(default=None, repr=False)
    """Shown once, when it is made."""
    made: SkipJsonSchema[bool] = Field(default=False, exclude=True)
    """Whether it is new by this very request."""


def _spoken(tag: str) -> str:
    if tag.partition("-")[0].lower() not in LANGUAGES:
        raise Complaint(one_of(LANGUAGES, tag))
    return tag


Tag = Annotated[str, Field(max_length=MAX_LANGUAGE), AfterValidator(_spoken)]
Kinds = Annotated[tuple[NoticeKind, ...], Field(max_length=MAX_KINDS)]


class Wanted(Wire):
    """What somebody asks to be told."""

    model_config = ConfigDict(title="NewSubscription")

    role: Annotated[Literal[Role.BUYER, Role.SELLER, Role.PLATFORM], Field(description="Who is told.")] = Role.PLATFORM
    party_id: Annotated[str, Field(max_length=MAX_ID, description="Empty for the platform.")] = ""
    channel: Literal["email", "webhook"]
    target: Annotated[str, Field(description="The e-mail address, or the webhook's https address.")]
    language: Annotated[Tag | None, Field(description="Null: the order's, for its buyer; English for the others.")] = (
        None
    )
    kinds: Annotated[Kinds | None, Field(description="Only these kinds of notice; null: all.")] = None


class Change(Wire):
    """What becomes otherwise of a subscription; what is left out stays."""

    model_config = ConfigDict(title="SubscriptionChange")

    language: Annotated[Tag | None, Field(description="Null: the order's, for its buyer; English for the others.")] = (
        None
    )
    kinds: Annotated[Kinds | None, Field(description="Only these kinds of notice; null: all.")] = None
    enabled: Annotated[bool, Field(description="What comes while it is disabled is kept for a resend.")] = True
    rotate_secret: Annotated[
        bool, Field(description=f"A new secret for a webhook, shown once; the old one signs for {ROTATION.days} days.")
    ] = False


async def subscribe(pool: asyncpg.Pool, wanted: Wanted, allowed: AllowedHosts) -> Subscription:
    """Tell them from now on. The same again changes its language and kinds, and has no secret. Raises `NotSubscribed`,
    and `Refused` when they have too many."""
    target = checked_target(wanted, allowed)
    secret = new_secret() if wanted.channel == "webhook" else None
    party = (wanted.role, wanted.party_id)
    given = (*party, wanted.channel, target, wanted.language, list(wanted.kinds or ()) or None)

    async def kept() -> asyncpg.Record | None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(query("notifications/alone"), *party)
            return await connection.fetchrow(query("notifications/subscribe"), *given, secret, MAX_OF_PARTY)

    row = await reading(kept())
    if row is None:
        told = say("{limit} subscriptions are the most that one party may have.", limit=MAX_OF_PARTY)
        raise Refused(Code.LIMIT_REACHED, told)
    made = Subscription.model_validate(dict(row))
    # One that was subscribed before has a secret of its own, which was shown then.
    return made if made.secret == secret else made.model_copy(update={"secret": None})


async def subscriptions(
    pool: asyncpg.Pool, owner: Owner | None = None, after: int = 0, limit: int = MAX_LISTED
) -> list[Subscription]:
    """Of everybody, or of this party, those with a higher number than `after`, the oldest first, with how many of their
    messages are where; fewer than `limit` are the last."""
    given = (*owned(owner), after, min(limit, MAX_LISTED), MAX_COUNTED)
    rows = await reading(pool.fetch(query("notifications/subscriptions"), *given))
    return [Subscription.model_validate(dict(row)) for row in rows]


async def subscription(pool: asyncpg.Pool, number: int, owner: Owner | None = None) -> Subscription:
    """One of everybody's, or of this party's. Raises `NoSuchSubscription`, for both alike."""
    found = [one for one in await subscriptions(pool, owner, number - 1, 1) if one.id == number]
    if not found:
        raise NoSuchSubscription(number)
    return found[0]


async def unsubscribe(pool: asyncpg.Pool, number: int, owner: Owner | None = None) -> None:
    """No message more; what waits is not sent. Raises `NoSuchSubscription`."""
    if await reading(pool.fetchval(query("notifications/end"), number, *owned(owner))) is None:
        raise NoSuchSubscription(number)


async def change(pool: asyncpg.Pool, number: int, wanted: Change, owner: Owner | None = None) -> Subscription:
    """Have it be otherwise; with its new secret, where it gets one. Raises `NoSuchSubscription` and `NotSubscribed`."""
    if wanted.rotate_secret and (await subscription(pool, number, owner)).channel != "webhook":
        raise NotSubscribed("rotate_secret", say("only a webhook has a secret"))
    given, now = wanted.model_fields_set, datetime.now(UTC)
    secret = new_secret() if wanted.rotate_secret else None
    row = await reading(
        pool.fetchrow(
            query("notifications/change"),
            *(number, *owned(owner), now),
            *("language" in given, wanted.language),
            *("kinds" in given, list(wanted.kinds or ()) or None),
            *(wanted.enabled if "enabled" in given else None, PAUSED),
            *(secret, now + ROTATION),
        )
    )
    if row is None:
        raise NoSuchSubscription(number)
    return Subscription.model_validate({**row, "secret": secret})


async def rotate_secret(pool: asyncpg.Pool, number: int) -> str:
    """A new secret for a webhook; the old one signs beside it for `ROTATION`. Raises as `change` does."""
    secret = (await change(pool, number, Change(rotate_secret=True))).secret
    assert secret, "it was asked for"
    return secret


def owned(owner: Owner | None) -> tuple[str | None, str | None]:
    """As the statements take it: whose they have to be, or nulls."""
    return owner or (None, None)


def wanted(party: str, channel: str, target: str, language: str | None, kinds: Sequence[str]) -> Wanted:
    """What was asked for in words, checked. Raises `NotSubscribed`."""
    asked = {"channel": channel, "target": target, "language": language, "kinds": list(kinds) or None}
    try:
        return Wanted.model_validate({**named(party)._asdict(), **asked}, strict=False)
    except ValidationError as error:
        fault = error.errors()[0]
        raise NotSubscribed(str(fault["loc"][0]), complaint_of(fault)) from None


def named(party: str) -> Owner:
    """The party of `buyer:b-7`, `seller:s-3` or `platform`. Raises `NotSubscribed`."""
    role, _, party_id = party.partition(":")
    if role not in PARTIES or bool(party_id) == (role == Role.PLATFORM):
        raise NotSubscribed("role", say("must be buyer:ID, seller:ID, or platform"))
    return Owner(role, party_id)


def checked_target(asked: Wanted, allowed: AllowedHosts) -> str:
    """The address as it is kept. Raises `NotSubscribed`."""
    if bool(asked.party_id) == (asked.role is Role.PLATFORM):
        raise NotSubscribed("party_id", say("a buyer and a seller have an id, the platform has none"))
    try:
        if asked.channel == "webhook":
            return str(checked_url(asked.target, allowed))
        return validate_email(asked.target, check_deliverability=False).normalized
    except WrongTarget as error:
        raise NotSubscribed("target", error.sentence) from None
    except EmailNotValidError as error:
        raise NotSubscribed("target", str(error).rstrip(".")) from None
