"""Signed tokens (JWT): verified with the algorithms that the settings name, never with one that the token names.

Who their bearer then is lives in `credentials.py`.
"""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time
from typing import Annotated, Any, Final

import httpx
import jwt
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from starter.errors import EngineUnavailable
from starter.gateway.callers import SCOPES_OF_PERSON, Scope
from workflows.messages.fields import Id
from workflows.messages.sentences import say, several
from workflows.messages.told_errors import ToldError
from workflows.messages.values import Role

FETCH_SECONDS: Final = 5.0
"""For the keys' address to answer: the caller waits for it."""
KEPT_SECONDS: Final = 300.0
"""For which fetched keys are used without another look: so late at most does a withdrawn key stop to count."""
LOOK_AGAIN_SECONDS: Final = 10.0
"""Between two looks for a key that is not among them: made-up key ids must not make us call there for each."""
MAX_KEY_SET: Final = 256 * 1024
"""Bytes of the keys: an identity provider publishes a handful."""
AWAY: Final = say("The keys that tokens are verified with cannot be had now.")
LEEWAY_SECONDS: Final = 30
"""By which two clocks may differ."""
MAX_BELIEVED: Final = 10_000
"""Tokens that are remembered as verified; then all are verified anew."""


class NotGenuineToken(ToldError):
    """The token is not one that we believe. The message says why, in words that tell nobody our keys."""


def _scopes(given: object) -> object:
    """Of a list, or of words with blanks between them; those that are not ours are somebody else's."""
    words = given.split() if isinstance(given, str) else given
    return frozenset(Scope(word) for word in words if word in set(Scope)) if isinstance(words, list) else words


class Claims(BaseModel):
    """What a token says of its bearer, as far as it concerns us."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    role: Role
    sub: Id
    scopes: Annotated[frozenset[Scope], BeforeValidator(_scopes)] | None = None


@dataclass(frozen=True, slots=True)
class _Believed:
    """A token that was verified, which is most of what it costs to read it again."""

    claims: Claims
    expires: int
    """In seconds since 1970, as the token says."""
    known: jwt.PyJWKSet | None
    """The keys among which its own was. Once they are others, it is verified anew: its own may have been withdrawn."""


class Tokens:
    """Verifies tokens with one secret, or with the public keys of a file or an address; each once, until it expires."""

    def __init__(self, algorithms: Sequence[str], *, secret: str | None = None, keys: str | None = None) -> None:
        assert (secret is None) != (keys is None), "settings name one of both"
        self._algorithms = list(algorithms)
        self._secret = secret
        self._keys = None if keys is None else PublishedKeys(keys)
        self._believed: dict[bytes, _Believed] = {}

    async def read(self, token: str) -> Claims:
        """What the token says. Raises `NotGenuineToken`, or `EngineUnavailable` when the keys cannot be had."""
        known = await self._known()
        digest = hashlib.sha256(token.encode()).digest()
        believed = self._believed.get(digest)
        if believed and believed.known is known and time() < believed.expires + LEEWAY_SECONDS:
            return believed.claims
        self._believed.pop(digest, None)
        key, claims = await self._verified(token)
        read = _read(claims)
        # Anew: they may have been looked at again for this token, or have lost its key meanwhile.
        known = await self._known()
        if known is None or any(key is one for one in known.keys):
            if len(self._believed) >= MAX_BELIEVED:
                self._believed.clear()
            self._believed[digest] = _Believed(read, int(claims["exp"]), known)
        return read

    async def _known(self) -> jwt.PyJWKSet | None:
        return None if self._keys is None else await self._keys.known()

    async def _verified(self, token: str) -> tuple[jwt.PyJWK | str | None, dict[str, Any]]:
        """With which key it was verified, and what it says. Raises as `read` does."""
        try:
            key = self._secret if self._keys is None else await self._keys.key_of(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key or "",
                algorithms=self._algorithms,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "sub"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError:
            raise NotGenuineToken(say("This token has expired. Sign in again.")) from None
        except (jwt.PyJWTError, ValueError):
            raise NotGenuineToken(say("This token is not one of ours, or not complete.")) from None
        return key, claims


def _read(claims: dict[str, Any]) -> Claims:
    """What verified claims say of whoever bears them. Raises `NotGenuineToken`."""
    try:
        read = Claims.model_validate(claims)
    except ValidationError as error:
        names = ", ".join(sorted({str(fault["loc"][0]) for fault in error.errors()}))
        told = say("This token lacks what we need, or it is wrong: {fields}.", fields=names)
        raise NotGenuineToken(told) from None
    if read.role not in SCOPES_OF_PERSON:
        roles = several((role.value for role in SCOPES_OF_PERSON), "or")
        raise NotGenuineToken(say("A token's role is {roles}.", roles=roles))
    return read


class PublishedKeys:
    """A set of public keys (JWKS) in a file, read once, or at an address, looked at again now and then."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._remote = where.startswith(("https://", "http://"))
        self._set: jwt.PyJWKSet | None = None
        self._looked: float | None = None
        self._lock = asyncio.Lock()

    async def known(self) -> jwt.PyJWKSet:
        """The keys as they are known now: the same set for as long as nobody has looked at them again."""
        return await self._known(KEPT_SECONDS)

    async def key_of(self, token: str) -> jwt.PyJWK:
        """The key that the token names, or the only one. Raises `PyJWTError` where there is none."""
        kid = jwt.get_unverified_header(token).get("kid")
        if found := self._among(kid, await self._known(KEPT_SECONDS)):
            return found
        if found := self._among(kid, await self._known(LOOK_AGAIN_SECONDS)):
            return found
        raise jwt.InvalidTokenError("no such key")

    def _among(self, kid: object, known: jwt.PyJWKSet) -> jwt.PyJWK | None:
        if kid is None:
            return known.keys[0] if len(known.keys) == 1 else None
        return next((key for key in known.keys if key.key_id == kid), None)

    async def _known(self, for_seconds: float) -> jwt.PyJWKSet:
        """The keys, looked at again once what we have is older than `for_seconds`."""
        async with self._lock:
            since = None if self._looked is None else monotonic() - self._looked
            if self._set is not None and (not self._remote or (since is not None and since < for_seconds)):
                return self._set
            # While they cannot be had, whoever comes with any token must not make us wait for them again.
            if self._set is None and since is not None and since < LOOK_AGAIN_SECONDS:
                raise EngineUnavailable(AWAY)
            try:
                async with asyncio.timeout(FETCH_SECONDS):
                    self._set = jwt.PyJWKSet.from_json(await self._read())
            except (OSError, TimeoutError, httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
                # What was believed a moment ago is better than letting nobody in.
                if self._set is None:
                    raise EngineUnavailable(AWAY) from error
            finally:
                self._looked = monotonic()
            return self._set

    async def _read(self) -> str:
        if not self._remote:
            return await asyncio.to_thread(Path(self._where).read_text, encoding="utf-8")
        async with httpx.AsyncClient(timeout=FETCH_SECONDS) as http, http.stream("GET", self._where) as answer:
            answer.raise_for_status()
            body = b""
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_KEY_SET:
                    raise ValueError("too many keys")
        return json.dumps(json.loads(body))
