"""What a provider told us and nobody could place, kept until its order is there or somebody has seen to it.

Who decides that something has no place is the gateway; who gives it to its order is the engine
(`activities/unplaced.py`); who shows it, and takes a person's word, is `countermand unplaced` and `place`.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, NamedTuple

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, field_validator

from activities.database import storable_text
from activities.own_notices import json_of
from activities.register.claims import claim
from activities.register.words import Told, allot, told_anew
from activities.sql import query
from activities.unplaced import WAITS
from starter.client.retrying import reading
from starter.errors import OrderNotFound
from workflows.messages.base import Fact, Message
from workflows.messages.chargebacks import ChargebackClosed
from workflows.messages.decoding import decode
from workflows.messages.sentences import Sentence, say, to_wire
from workflows.messages.told_errors import ToldError

MAX_UNPLACED: Final = 100
"""Rows of one page: what a person looks through at once."""
MAX_TRACKED: Final = 3
"""Orders of one tracking that are looked at: from the second on it is not clear whose it is."""
MAX_WHY: Final = 1_000
"""Characters of the reason; it is meant to be read."""
MAX_NAME: Final = 200
"""Characters of a name or an id that somebody else chose."""
MAX_UNPLACED_BODY: Final = 64 * 1024
"""Bytes of one as it came; an honest one has a few thousand. No webhook may be longer, and what else is kept is cut."""
ACQUIRE_SECONDS: Final = 5.0
"""For a free connection: the provider waits for the answer."""


class NotPlaceable(ToldError):
    """Nothing can be done with an unplaced fact of that number. `code` says it to programs."""

    def __init__(self, code: Literal["not_found", "not_allowed_now"], why: Sentence) -> None:
        super().__init__(why)
        self.code = code


class TrackedOrder(NamedTuple):
    """An order that has named a tracking."""

    order_id: str
    tracking: str
    """As it spells it."""
    is_live: bool
    """Whether it is not settled yet."""


class Unplaced(BaseModel):
    """A genuine webhook that could not be placed."""

    model_config = ConfigDict(frozen=True)

    provider: str
    webhook_id: str
    name: str | None
    order_id: str | None
    body: str
    why: str
    said: Annotated[dict[str, Any] | None, Field(exclude=True)] = None
    """Of what the reason is made (`sentences.to_wire`); None where it is somebody else's words."""
    fact: str | None = None
    """As its order takes it, in JSON; None where it could not be read as a fact."""
    waits_for: str | None = None
    """The order that it is given to as soon as it is there."""


class KeptUnplaced(Unplaced):
    """One as it stands in Postgres."""

    id: int
    received_at: datetime
    needs_attention: bool
    """Whether a person has to look: nobody started its order for too long, or no order will ever take it."""


class Allotted(BaseModel):
    """How the last word about a chargeback, or about a refund made elsewhere, was allotted over a shared payment."""

    model_config = ConfigDict(frozen=True)

    id: int
    payment_id: str
    currency: str
    subject: str
    """`chargeback` or `refund`, and the provider's id of it."""
    parts: dict[str, int]
    """By order, in minor units."""
    allotted_at: datetime
    placed_at: datetime | None
    """When the platform said whose it is."""

    @field_validator("parts", mode="before")
    @classmethod
    def _from_json(cls, parts: object) -> object:
        return json.loads(parts) if isinstance(parts, str) else parts


def unplaced_fact(order_id: str, fact: Fact, why: Sentence) -> Unplaced:
    """A fact that came by no webhook, and could not be placed."""
    body = fact.model_dump_json(exclude_none=True)
    webhook_id = fact.request_id or body
    named = {"name": fact.name, "order_id": order_id, "fact": body}
    return Unplaced(provider=fact.by.id, webhook_id=webhook_id, body=body, why=str(why), said=to_wire(why), **named)


class Desk:
    """Where the gateway asks where something belongs, and leaves what belongs nowhere. Raises `EngineUnavailable`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def keep(self, one: Unplaced) -> None:
        """Keep it, once."""
        names = [None if name is None else storable_text(name)[:MAX_NAME] for name in (one.name, one.order_id)]
        webhook_id, why = _kept_once_by(one.webhook_id), storable_text(one.why)[:MAX_WHY]
        body = storable_text(one.body).encode()[:MAX_UNPLACED_BODY].decode(errors="ignore")
        said = json_of(one.said) if one.said else None
        patience = timedelta() if one.waits_for is None else WAITS
        await self._fetch(
            "unplaced/keep", one.provider, webhook_id, *names, body, why, one.fact, one.waits_for, patience, said
        )

    async def unplaced(self, before: int | None = None, limit: int = MAX_UNPLACED) -> tuple[KeptUnplaced, ...]:
        """The newest, or those that came before the one of that number; not those that were placed or done."""
        rows = await self._fetch("unplaced/list", before, min(limit, MAX_UNPLACED))
        return tuple(KeptUnplaced.model_validate(dict(row)) for row in rows)

    async def claim(self, order_id: str, fact: Message) -> Sentence | None:
        """Why the order must not hear of this payment; None where it may, and then the payment is claimed for it."""
        return await reading(claim(self._pool, order_id, fact))

    async def place(self, number: int, order_id: str) -> None:
        """Give the fact of that number to the order, which has it within seconds. Raises `NotPlaceable`."""
        meant = _is_open(await self._fetch("unplaced/meant", number, order_id), number)
        if meant["fact"] is None:
            why = say(
                "Number {number} could not be read as a fact, and no order can take it. Mark it as done.", number=number
            )
            raise NotPlaceable("not_allowed_now", why)
        if not meant["is_known"]:
            raise OrderNotFound(order_id)
        fact = decode(meant["name"], meant["fact"].encode())
        # Not its own: whose it was said to be loses its claim, unless that order has taken the payment.
        instead_of = meant["order_id"] if meant["order_id"] != order_id else None
        conflict = await reading(claim(self._pool, order_id, fact, instead_of=instead_of))
        if conflict:
            raise NotPlaceable("not_allowed_now", say("{why}.", why=conflict))
        await self._fetch("unplaced/place", number, order_id)

    async def allotted(self, before: int | None = None, limit: int = MAX_UNPLACED) -> tuple[Allotted, ...]:
        """Whose the words about shared payments are, the newest first, or those before the one of that number."""
        rows = await self._fetch("register/allotted", before, min(limit, MAX_UNPLACED))
        return tuple(Allotted.model_validate(dict(row)) for row in rows)

    async def place_allotted(self, number: int, order_id: str) -> None:
        """Say that all of the word of that allotment is this order's, once (R36): within seconds it hears that, and the
        others that nothing of it is theirs. Raises `NotPlaceable`."""
        rows = await self._fetch("register/meant_allotment", number, order_id)
        if not rows:
            missing = say("There is no allotment {number}. Look: {where}", number=number, where=f"{_LIST} --allotted")
            raise NotPlaceable("not_found", missing)
        [meant] = rows
        if why := _why_it_stays(meant, number, order_id):
            raise NotPlaceable("not_allowed_now", why)
        parts = json.loads(meant["parts"])
        fact = decode(meant["name"], meant["fact"].encode())
        assert isinstance(fact, Fact), f"{fact.name} was allotted"
        told = told_anew(fact, order_id, parts, f"allotment-{number}")
        orders, facts = [order for order, _ in told], [each for _, each in told]
        now_parts = dict.fromkeys(parts, 0) | {order_id: sum(parts.values())}
        names, bodies = [each.name for each in facts], [each.model_dump_json(exclude_none=True) for each in facts]
        placed = await self._fetch(
            "register/place_allotment", number, json.dumps(now_parts), orders, names, bodies, WAITS
        )
        if not placed:
            told_since = say("Something was said of allotment {number} meanwhile. Look again.", number=number)
            raise NotPlaceable("not_allowed_now", told_since)

    async def done(self, number: int, note: str) -> None:
        """Mark the fact of that number as done, with what was done about it. Raises `NotPlaceable`."""
        _is_open(await self._fetch("unplaced/done", number, storable_text(note)[:MAX_WHY]), number)

    async def allot(self, named: str | None, fact: Fact) -> Told | None:
        """Who hears what of a fact about a whole payment; None where it is about none, or nobody has the payment."""
        return await reading(allot(self._pool, named, fact))

    async def orders_of_payment(self, payment_id: str) -> Sequence[str]:
        """Those that have a share of it, the oldest first."""
        return [row["order_id"] for row in await self._fetch("register/orders", storable_text(payment_id))]

    async def orders_of_tracking(self, tracking: str, named: str | None = None) -> Sequence[TrackedOrder]:
        """Those that have named this parcel, at most `MAX_TRACKED`: the order `named` first, then those that are not
        settled. Capitals and spaces make no difference."""
        rows = await self._fetch("reads/orders_of_tracking", storable_text(tracking), named, MAX_TRACKED)
        return [TrackedOrder(**row) for row in rows]

    async def was_asked_for(self, order_id: str, kind: Literal["refund", "release"], record_id: str) -> bool:
        """Whether this refund or release is one that we ever sent."""
        [row] = await self._fetch("unplaced/was_asked_for", order_id, kind, record_id)
        return bool(row[0])

    async def _fetch(self, name: str, *given: object) -> Sequence[asyncpg.Record]:
        async def rows() -> Sequence[asyncpg.Record]:
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
                return await connection.fetch(query(name), *given)

        return await reading(rows())


_LIST: Final = "countermand unplaced"


def _why_it_stays(meant: asyncpg.Record, number: int, order_id: str) -> Sentence | None:
    """Why nothing can be said of the allotment."""
    if meant["is_placed"]:
        return say("Whose allotment {number} is was said before. What is said once stands.", number=number)
    if meant["last_id"] != number:
        return say("More was said about the same thing since: say it of allotment {number}.", number=meant["last_id"])
    if not meant["has_share"]:
        return say(
            "Order {order_id} has no share of payment {payment_id}: nothing of it can be taken there.",
            order_id=order_id,
            payment_id=meant["payment_id"],
        )
    if meant["fact"] is None:
        return say(
            "Allotment {number} was made by an earlier version, which kept no word. Report it to the orders.",
            number=number,
        )
    parts: dict[str, int] = json.loads(meant["parts"])
    mine, all_of_it = parts.get(order_id, 0), sum(parts.values())
    if all_of_it >= meant["whole"]:
        return say("Allotment {number} is over the whole payment, of which each order bears its share.", number=number)
    if mine == all_of_it:
        return say("All of allotment {number} is order {order_id}'s already.", number=number, order_id=order_id)
    if mine and meant["name"] == ChargebackClosed.name:
        # An order takes the same outcome of a chargeback once (R34): nobody would bear the rest.
        return say(
            "Order {order_id} has taken a part of this chargeback already, and takes no more of it.", order_id=order_id
        )
    return None


def _kept_once_by(webhook_id: str) -> str:
    """The id as it is kept. A long one by its hash: two that begin alike are two facts, and cut they would be one."""
    whole = storable_text(webhook_id)
    return whole if len(whole) <= MAX_NAME else f"sha256:{hashlib.sha256(whole.encode()).hexdigest()}"


def _is_open(rows: Sequence[asyncpg.Record], number: int) -> asyncpg.Record:
    """What the statement says of it. Raises `NotPlaceable` if there is none, or nothing left to do."""
    if not rows:
        raise NotPlaceable(
            "not_found", say("There is no unplaced fact {number}. Look: {where}", number=number, where=_LIST)
        )
    if not rows[0]["is_open"]:
        raise NotPlaceable(
            "not_allowed_now", say("Number {number} was placed or marked as done before.", number=number)
        )
    return rows[0]
