"""`/keys`: the platform makes, lists and revokes the keys of programs. What a key is lives in `starter/keys.py`."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from starter.gateway.bodies import wrong
from starter.gateway.callers import SCOPES_OF_PERSON, Scope
from starter.gateway.credentials import NOT_KNOWN, MayNot, NotLetIn
from starter.gateway.doors import Access, Ask, Door
from starter.gateway.numbers import check_query, number_in_path, number_in_query
from starter.gateway.trouble import NotThere
from starter.keys import MAX_KEYS, Keys, MakerRevoked, WrongKey, shown, wanted_key
from workflows.messages.sentences import say
from workflows.messages.values import Role

PLATFORM_ONLY: Final = Access(frozenset({Scope.PLATFORM}), platform=True)
BEYOND: Final = say("A key, and a token with scopes of its own, makes only keys that may do no more than itself.")
BEYOND_ANYBODY: Final = say(
    "While money needs a second person, a key or a token makes only keys that may do no more than itself. Make others "
    "by `countermand keys make`."
)
WANTED: Final[dict[str, Any]] = {
    "title": "NewKey",
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 64, "description": "What people call it."},
        "scopes": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(Scope)}},
        "bound_to": {"type": "string", "description": "The one party it is for, `buyer:ID` or `seller:ID`."},
    },
    "required": ["name", "scopes"],
    "additionalProperties": False,
}


class KeyRoutes:
    """The routes, over all keys."""

    def __init__(self, keys: Keys, *, four_eyes: bool) -> None:
        self._keys = keys
        self._four_eyes = four_eyes
        """Whether anything needs a second person: then nobody makes one up by a key that speaks as somebody else."""

    def doors(self) -> Sequence[Door]:
        key = {"$ref": "#/components/schemas/Key"}
        page = {"type": "object", "properties": {"keys": {"type": "array", "items": key}}, "required": ["keys"]}
        limits = [
            {"name": "before", "in": "query", "schema": {"type": "integer", "minimum": 1}},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MAX_KEYS}},
        ]
        return (
            Door("GET", "/keys", PLATFORM_ONLY, self._list, "Keys, newest first.", None, {200: page}, limits),
            Door(
                *("POST", "/keys", PLATFORM_ONLY, self._make, "Make a key; it is shown once.", WANTED, {201: key}),
                leads={"key_id": "/id"},
            ),
            Door(
                "DELETE",
                "/keys/{key_id}",
                PLATFORM_ONLY,
                self._revoke,
                "Revoke a key, and all that were made with it.",
                None,
                {200: key},
            ),
        )

    async def _list(self, ask: Ask) -> Response:
        check_query(ask, "before", "limit")
        limit = number_in_query(ask, "limit", 1, MAX_KEYS) or MAX_KEYS
        kept = await self._keys.page(number_in_query(ask, "before", 1), limit, revoked=True)
        return JSONResponse({"keys": [shown(key) for key in kept]})

    async def _make(self, ask: Ask) -> Response:
        check_query(ask)
        name, scopes, bound = ask.body.get("name"), ask.body.get("scopes"), ask.body.get("bound_to")
        if unknown := sorted(set(ask.body) - set(WANTED["properties"])):
            raise wrong(f"/{unknown[0]}", say("is not a field of a key"))
        if not isinstance(name, str):
            raise wrong("/name", say("must be a text"))
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise wrong("/scopes", say("must be a list of scopes"))
        if bound is not None and not isinstance(bound, str):
            raise wrong("/bound_to", say("must be a party, such as {example}", example="seller:s-3"))
        # Else whoever has a key or a token that can little makes a key that can more. A whole person may make any, but
        # where money needs a second one: as the provider, the buyer or the seller they would move it alone.
        whole = not self._four_eyes and not ask.caller.id and ask.caller.scopes == SCOPES_OF_PERSON[Role.PLATFORM]
        if not whole and not set(scopes) <= ask.caller.scopes:
            raise MayNot(BEYOND_ANYBODY if self._four_eyes else BEYOND)
        try:
            wanted = wanted_key(name, tuple(scopes), bound)
        except WrongKey as error:
            raise wrong("", error.why) from None
        try:
            secret, key = await self._keys.make(wanted, ask.caller.person, ask.caller.key_id)
        except MakerRevoked:
            raise NotLetIn(NOT_KNOWN) from None
        return JSONResponse({**shown(key), "key": secret}, 201, {"Cache-Control": "no-store"})

    async def _revoke(self, ask: Ask) -> Response:
        check_query(ask)
        try:
            key, others = await self._keys.revoke(number_in_path(ask, "key_id"))
        except WrongKey as error:
            raise NotThere(error.why) from None
        return JSONResponse({**shown(key), "revoked_with_it": others})
