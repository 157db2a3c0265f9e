"""Keys of programs that call the gateway: made, found, listed and revoked in Postgres, where only their hashes lie.

Who a key's bearer is, and what they may do, lives in `gateway/callers.py`.
"""

import hashlib
from datetime import datetime
from secrets import token_urlsafe
from time import monotonic
from typing import Annotated, Any, Final, Self

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from starter.client.recorded import fetched
from starter.gateway.callers import Scope
from workflows.messages.complaints import shown as shown_text
from workflows.messages.faults import complaint_of
from workflows.messages.fields import Id
from workflows.messages.sentences import say, several
from workflows.messages.told_errors import ToldError
from workflows.messages.values import Role

PREFIX: Final = "cmk_"
"""Of every key, so that a scanner of leaked secrets knows one when it sees one."""
RANDOM_BYTES: Final = 32
"""Nobody finds a key by trying, so a plain hash of it is enough, and cheap."""
SHOWN: Final = len(PREFIX) + 6
"""Characters of a key that lists show."""
MAX_KEY: Final = 128
"""Characters of what is looked up: ours have 47."""
MAX_KEYS: Final = 100
"""Rows of one page."""
BELIEVED_SECONDS: Final = 2.0
"""For which a key that was found is believed without another look: so late at most does a revocation bind."""
MAX_BELIEVED: Final = 10_000
"""Keys that are remembered as found; then all are looked up anew."""


class WrongKey(ToldError, ValueError):
    """No such key can be made, or there is none. The message says why."""


class MakerRevoked(Exception):
    """The key with which a new one was to be made was revoked meanwhile."""


class WantedKey(BaseModel):
    """A key as it is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Id
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    bound_role: Role | None = None
    bound_id: Id | None = None

    @model_validator(mode="after")
    def _is_bound_to_somebody(self) -> Self:
        if (self.bound_role is None) != (self.bound_id is None):
            raise ValueError("is bound to a role and an id, or to neither")
        if self.bound_role not in (None, Role.BUYER, Role.SELLER):
            raise ValueError("can be bound to a buyer or a seller only")
        return self


class Key(BaseModel):
    """A key as it stands in Postgres; the key itself nobody has but its bearer."""

    model_config = ConfigDict(frozen=True)

    key_id: int
    name: str
    begins: str
    scopes: tuple[Scope, ...]
    bound_role: Role | None
    bound_id: str | None
    made_at: datetime
    made_by: str
    revoked_at: datetime | None


class Keys:
    """All keys, over a pool. What was found is believed for a moment: a look-up for each request would be its cost."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._believed: dict[bytes, tuple[float, Key]] = {}

    async def make(self, wanted: WantedKey, made_by: str, made_through: int | None = None) -> tuple[str, Key]:
        """A new key, in the only moment in which it can be read, and its row. `made_through`: the key that its maker
        came with, if that was one. Raises `MakerRevoked`."""
        secret = PREFIX + token_urlsafe(RANDOM_BYTES)
        given = (wanted.name, _hash(secret), secret[:SHOWN], list(wanted.scopes))
        maker = (made_by, made_through)
        rows = await fetched(self._pool, "keys/make", *given, wanted.bound_role, wanted.bound_id, *maker)
        if not rows:
            raise MakerRevoked
        return secret, Key.model_validate(dict(rows[0]))

    async def find(self, secret: str) -> Key | None:
        """The key, unless nobody made it or somebody revoked it."""
        if not secret.startswith(PREFIX) or len(secret) > MAX_KEY:
            return None
        digest = _hash(secret)
        at, known = self._believed.get(digest, (0.0, None))
        if known and monotonic() - at < BELIEVED_SECONDS:
            return known
        rows = await fetched(self._pool, "keys/find", digest)
        if not rows:
            self._believed.pop(digest, None)
            return None
        if len(self._believed) >= MAX_BELIEVED:
            self._believed.clear()
        key = Key.model_validate(dict(rows[0]))
        self._believed[digest] = (monotonic(), key)
        return key

    async def page(self, before: int | None = None, limit: int = MAX_KEYS, *, revoked: bool = False) -> tuple[Key, ...]:
        """The newest keys, at most `limit`; with the revoked ones if asked for."""
        rows = await fetched(self._pool, "keys/list", revoked, before, min(limit, MAX_KEYS))
        return tuple(Key.model_validate(dict(row)) for row in rows)

    async def makers(self, key_id: int) -> tuple[str, ...]:
        """Whoever made the key over HTTP, whoever made the key with which they did, and so on: `platform:ops-1`,
        `key:12`. Empty for one that was made where nobody is asked who they are, at the command line."""
        rows = await fetched(self._pool, "keys/makers", key_id)
        return tuple(row["made_by"] for row in rows if ":" in row["made_by"])

    async def revoke(self, key_id: int) -> tuple[Key, int]:
        """Nobody is let in with it any more, nor with a key that was made with it, after `BELIEVED_SECONDS` at the
        latest. The key, and how many others that were. Raises `WrongKey`."""
        ended: dict[int, Key] = {}
        while True:
            rows = await fetched(self._pool, "keys/revoke", key_id)
            if not rows:
                raise WrongKey(say("There is no key {number}.", number=key_id))
            known = len(ended)
            ended |= {row["key_id"]: Key.model_validate(dict(row)) for row in rows}
            # One that was made in the same moment is not seen before the key itself counts as revoked: look once more.
            if known == len(ended):
                break
        self._believed = {digest: one for digest, one in self._believed.items() if one[1].key_id not in ended}
        return ended[key_id], len(ended) - 1


def wanted_key(name: str, scopes: tuple[str, ...], bound: str | None) -> WantedKey:
    """What was asked for in words, checked. Raises `WrongKey`."""
    role, _, party_id = (bound or "").partition(":")
    known = several(scope.value for scope in Scope)
    if unknown := sorted(set(scopes) - set(Scope)):
        raise WrongKey(say('There is no scope "{word}"; scopes are {known}.', word=shown_text(unknown[0]), known=known))
    if bound and (role not in (Role.BUYER, Role.SELLER) or not party_id):
        raise WrongKey(say("A key is bound to {parties}.", parties=several(("buyer:ID", "seller:ID"), "or")))
    try:
        return WantedKey(
            name=name,
            scopes=tuple(Scope(scope) for scope in dict.fromkeys(scopes)),
            bound_role=Role(role) if bound else None,
            bound_id=party_id or None,
        )
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"])) or say("The key")
        raise WrongKey(say("{field} {complaint}.", field=where, complaint=complaint_of(fault))) from None


def shown(key: Key) -> dict[str, Any]:
    """The key's row, without what nobody may know again."""
    bound = f"{key.bound_role}:{key.bound_id}" if key.bound_role else None
    told = key.model_dump(mode="json", exclude={"key_id", "bound_role", "bound_id"}, exclude_none=True)
    return {"id": key.key_id, **told, **({"bound_to": bound} if bound else {})}


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
