"""How a caller proves who they are: a signed token or a key, and for whom a key acts. Checked here and nowhere else.

What they may do then lives in `callers.py`; where tokens are verified, in `tokens.py`.
"""

from typing import Final, Protocol

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import Headers

from starter.gateway.callers import KEY, SCOPE_OF_ROLE, SCOPES_OF_PERSON, Caller
from starter.gateway.tokens import Claims, NotGenuineToken, Tokens
from starter.keys import PREFIX, Key
from workflows.messages.fields import Id
from workflows.messages.sentences import say
from workflows.messages.told_errors import ToldError
from workflows.messages.values import Party, Role

ACTING_FOR: Final = "Countermand-Acting-For"
"""The header in which a key names the party for whom it acts."""
MAX_CREDENTIALS: Final = 8_192
"""Characters of the header: a token with a few claims and an RSA signature has one thousand."""
NOT_KNOWN: Final = say("This key is not known, or was revoked.")
_ID: Final[TypeAdapter[str]] = TypeAdapter(Id)


class NotLetIn(ToldError):
    """The credentials are missing or wrong: nobody is told whom they would have been."""


class MayNot(ToldError):
    """The credentials are right, and not enough for this."""


class FindsKeys(Protocol):
    """Where keys are looked up."""

    async def find(self, secret: str) -> Key | None: ...


class Credentials:
    """Who calls, by the headers of a request."""

    def __init__(self, tokens: Tokens | None, keys: FindsKeys) -> None:
        self._tokens = tokens
        self._keys = keys

    async def caller(self, headers: Headers) -> Caller:
        """Who it is. Raises `NotLetIn`, or `MayNot` when a key names somebody whom it does not act for."""
        given = headers.getlist("authorization")
        if len(given) != 1:
            raise NotLetIn(say("Send one header {header} with a token or a key.", header="Authorization: Bearer"))
        scheme, _, secret = given[0].partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret or len(secret) > MAX_CREDENTIALS:
            raise NotLetIn(say("Send one header {header} with a token or a key.", header="Authorization: Bearer"))
        acting_for = headers.getlist(ACTING_FOR)
        if secret.startswith(PREFIX):
            key = await self._keys.find(secret)
            if key is None:
                raise NotLetIn(NOT_KNOWN)
            return caller_of_key(key, acting_for)
        return await self._person(secret, acting_for)

    async def _person(self, token: str, acting_for: list[str]) -> Caller:
        if self._tokens is None:
            raise NotLetIn(say("This gateway knows keys only: no token can be verified here."))
        try:
            claims = await self._tokens.read(token)
        except NotGenuineToken as error:
            raise NotLetIn(error.why) from None
        if acting_for:
            raise MayNot(say("A token speaks for its bearer alone; {header} is for keys.", header=ACTING_FOR))
        return caller_of_person(claims)


def caller_of_person(claims: Claims) -> Caller:
    """A person, who acts as themself; what the token names of scopes only ever takes away."""
    party = Party(role=claims.role, id=claims.sub)
    own = SCOPES_OF_PERSON[claims.role]
    return Caller(f"{party.role}:{party.id}", own if claims.scopes is None else own & claims.scopes, acting=party)


def caller_of_key(key: Key, acting_for: list[str]) -> Caller:
    """A key, and for whom it acts: whom the header names, else whom it is bound to and may act as."""
    scopes = frozenset(key.scopes)
    bound = Party(role=key.bound_role, id=key.bound_id) if key.bound_role and key.bound_id else None
    if len(acting_for) > 1:
        raise MayNot(say("Send {header} once: a request acts for one party.", header=ACTING_FOR))
    acting = _named(acting_for[0]) if acting_for else bound
    if acting and acting_for and SCOPE_OF_ROLE[acting.role] not in scopes:
        raise MayNot(
            say(
                "This key lacks {scope}, and does not act for: {role}.",
                role=acting.role,
                scope=SCOPE_OF_ROLE[acting.role].value,
            )
        )
    if acting and bound and acting.role is bound.role and acting.id != bound.id:
        raise MayNot(say("This key is made for somebody else."))
    if acting and bound and acting.role is not bound.role and acting.role in (Role.BUYER, Role.SELLER):
        raise MayNot(say("This key is made for one party, and acts for nobody of this role: {role}.", role=acting.role))
    return Caller(f"{KEY}{key.key_id}", scopes, acting, bound, id=key.name)


def _named(text: str) -> Party:
    """The party of `buyer:b-7`. Raises `MayNot`."""
    role, _, party_id = text.partition(":")
    try:
        if role in SCOPE_OF_ROLE:
            return Party(role=Role(role), id=_ID.validate_python(party_id))
    except ValidationError:
        pass  # said below, in words of this header
    raise MayNot(say("{header} names a role and an id, such as {example}.", header=ACTING_FOR, example="buyer:b-7"))
