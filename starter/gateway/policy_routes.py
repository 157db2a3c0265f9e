"""`/policies`: named sets of terms, read, listed, compared and changed. How they are kept: `starter/policies.py`."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from starlette.responses import JSONResponse, Response

from starter.errors import NoSuchPolicy, PolicyChanged
from starter.gateway.bodies import wrong
from starter.gateway.callers import Caller, Scope
from starter.gateway.credentials import MayNot
from starter.gateway.doors import Ask, Door, needs
from starter.gateway.messages import policy_of
from starter.gateway.numbers import check_query, number_in_query
from starter.gateway.order_routes import NO_VERSION
from starter.gateway.problems import Trouble, problem
from starter.gateway.trouble import NotThere
from starter.policies import MAX_POLICIES, Policy, compare_policies, get_policies, get_policy, set_policy
from workflows.messages.policies import MAX_VERSIONS, PolicyContent, seller_of, seller_policy
from workflows.messages.sentences import say
from workflows.messages.values import Party, Role

POLICIES: Final = needs(Scope.POLICIES)
PAGE: Final = 50
"""Rows of a page, where the caller does not say how many."""
CONTENT: Final = PolicyContent.model_json_schema(ref_template="#/$defs/{model}")
POLICY: Final[dict[str, Any]] = {
    "title": "Policy",
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "`marketplace`, `seller:ID`, or any other name."},
        "version": {"type": "integer", "minimum": 1, "maximum": MAX_VERSIONS},
        "terms": {"type": "object", "description": "What it names; the rest it leaves to what lies below it."},
        "changed_at": {"type": "string", "format": "date-time"},
        "changed_by": {
            "title": "Changer",
            "type": "object",
            "properties": {"role": {"type": "string"}, "id": {"type": "string"}},
        },
    },
    "required": ["name", "version", "terms", "changed_at", "changed_by"],
}
CHANGE: Final[dict[str, Any]] = {
    "title": "PolicyChange",
    "type": "object",
    "properties": {
        "term": {"type": "string"},
        "means": {"type": "string"},
        "before": {"description": "Null: it was not named."},
        "after": {"description": "Null: it is not named."},
    },
    "required": ["term", "means", "before", "after"],
}
_NUMBER: Final = {"type": "integer", "minimum": 1, "maximum": MAX_VERSIONS}
_CONDITIONS: Final = (
    {
        "name": "If-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The version on which the caller decided; 412 when it is not the newest any more.",
    },
    {
        "name": "If-None-Match",
        "in": "header",
        "schema": {"type": "string", "enum": ["*"]},
        "description": "Only if there is no such policy yet.",
    },
)


class PolicyRoutes:
    """The routes, over all policies: a seller's own is theirs and the platform's, and nobody else hears of it."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    def doors(self) -> Sequence[Door]:
        page = _object(policies={"type": "array", "items": POLICY}, cursor={"type": ["string", "null"]})
        found = _object(
            **{
                "name": {"type": "string"},
                "from": _NUMBER,
                "to": _NUMBER,
                "changes": {"type": "array", "items": CHANGE},
            }
        )
        paging = (
            {"name": "cursor", "in": "query", "schema": {"type": "string"}},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MAX_POLICIES}},
        )
        one, path = {200: POLICY}, "/policies/{name}"
        versions = [{"name": side, "in": "query", "required": True, "schema": _NUMBER} for side in ("from", "to")]
        older = ({"name": "version", "in": "query", "schema": _NUMBER},)
        changed = {200: POLICY, 201: POLICY}
        compared = "What became of a policy between two versions, term by term."
        written = "Have a policy say this for orders that start from now on."
        return (
            Door("GET", "/policies", POLICIES, self._list, "Policies by name.", None, {200: page}, paging),
            Door("GET", path, POLICIES, self._show, "A policy as it is now, or was.", None, one, older),
            Door("PUT", path, POLICIES, self._set, written, CONTENT, changed, _CONDITIONS, leads={"name": "/name"}),
            Door("GET", f"{path}/diff", POLICIES, self._diff, compared, None, {200: found}, versions),
        )

    async def _list(self, ask: Ask) -> Response:
        check_query(ask, "cursor", "limit")
        limit = number_in_query(ask, "limit", 1, MAX_POLICIES) or PAGE
        hides, own = _own(ask.caller)
        found = await get_policies(self._pool, ask.query.get("cursor", ""), limit, only_of=own if hides else None)
        cursor = found[-1].name if len(found) == limit else None
        return JSONResponse({"policies": [policy.model_dump(mode="json") for policy in found], "cursor": cursor})

    async def _show(self, ask: Ask) -> Response:
        check_query(ask, "version")
        return _shown(await self._seen(ask, number_in_query(ask, "version", 1)))

    async def _set(self, ask: Ask) -> Response:
        check_query(ask)
        name = ask.path["name"]
        hides, own = _own(ask.caller)
        if hides and name != own:
            raise MayNot(say("A seller changes their own policy, and nobody else's."))
        content = policy_of(ask.body)
        seen = _version_seen(ask)
        try:
            kept = await set_policy(self._pool, name, content.terms, _writer(ask.caller), seen)
        except PolicyChanged as changed:
            status = 409 if seen is None else 412
            headers = {"ETag": f'"{changed.current}"'} if changed.current else None
            return problem(status, Trouble.POLICY_CHANGED, changed.why, headers, version=changed.current)
        return _shown(kept.policy, 201 if kept.made else 200)

    async def _diff(self, ask: Ask) -> Response:
        check_query(ask, "from", "to")
        # First, or whoever may not see it would hear by what is wrong with the question that it is there.
        name = (await self._seen(ask)).name
        before, after = (number_in_query(ask, side, 1) for side in ("from", "to"))
        if before is None or after is None:
            raise wrong("?from", say("{fields} name the two versions.", fields="from, to"))
        try:
            found = await compare_policies(self._pool, name, before, after)
        except NoSuchPolicy as error:
            raise NotThere(error.why) from None
        return JSONResponse(found.model_dump(mode="json"))

    async def _seen(self, ask: Ask, version: int | None = None) -> Policy:
        """The policy that the path names. Raises `NotThere`, alike for one that there is not and one of another's."""
        name = ask.path["name"]
        hides, own = _own(ask.caller)
        hidden = hides and seller_of(name) is not None and name != own
        try:
            # Of a hidden one not even a version: which there are would be said.
            policy = await get_policy(self._pool, name, None if hidden else version)
        except NoSuchPolicy as error:
            raise NotThere(error.why) from None
        if hidden:
            raise NotThere(say("There is no policy {name}.", name=name))
        return policy


def _own(caller: Caller) -> tuple[bool, str]:
    """Whether sellers' policies are hidden from them, and which is their own all the same; `""`: none."""
    party = caller.whose_orders
    if party is None:
        return False, ""
    return True, seller_policy(party.id) if party.role is Role.SELLER else ""


def _writer(caller: Caller) -> Party:
    """Whoever is on record as having changed it."""
    return caller.acting or Party(role=Role.PLATFORM, id=caller.id)


def _version_seen(ask: Ask) -> int | None:
    """On which version the caller decided; 0: none; None: they do not say. Raises `WrongFields`."""
    if ask.request.headers.get("if-none-match") is not None:
        if ask.request.headers["if-none-match"].strip() != "*":
            raise wrong(
                "", say("{header} can only be * here: only if there is no such policy yet.", header="If-None-Match")
            )
        return 0
    given = ask.request.headers.get("if-match")
    if given is None or given == "*":
        return None
    word = given.removeprefix("W/").strip('"')
    if not (word.isascii() and word.isdecimal() and len(word) <= len(str(MAX_VERSIONS))):
        raise wrong("", NO_VERSION)
    return int(word)


def _shown(policy: Policy, status: int = 200) -> Response:
    return JSONResponse(policy.model_dump(mode="json"), status, {"ETag": f'"{policy.version}"'})


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}
