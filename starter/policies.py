"""Policies as Postgres keeps them: read, listed, compared, and written as one version after the other.

What may stand in one says `workflows/messages/policies.py`; how an order comes to its terms, `client/start_terms.py`.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from activities.sql import query
from starter.client.retrying import reading
from starter.errors import EngineUnavailable, NoSuchPolicy, PolicyChanged
from starter.reference.meanings import meanings
from workflows.messages.faults import unreadable
from workflows.messages.nearest import nearest
from workflows.messages.policies import MAX_VERSIONS, PolicyVersion, seller_of
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import in_a_row, say, several
from workflows.messages.terms import Terms
from workflows.messages.values import Party, Role

MAX_POLICIES: Final = 100
"""Rows of one page: what a person looks through at once."""
MAX_NEARBY: Final = 200
"""Names among which the nearest is looked for; a marketplace has a handful of them."""


class Policy(BaseModel):
    """A version of a policy, and who wrote it."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: int
    terms: dict[str, Any]
    """What it names, as it was sent; what it does not name, it leaves to what is below it."""
    changed_at: datetime
    changed_by: Party


class KeptPolicy(BaseModel):
    """The version that says what was to be written, and whether it is new."""

    model_config = ConfigDict(frozen=True)

    policy: Policy
    made: bool


class TermChange(BaseModel):
    """A term of which two versions say different things; None: one of them does not name it."""

    model_config = ConfigDict(frozen=True)

    term: str
    means: str
    before: Any
    after: Any


class PolicyDifference(BaseModel):
    """What became of a policy from one of its versions to another, in the order of the terms."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    name: str
    before: int = Field(alias="from")
    after: int = Field(alias="to")
    changes: tuple[TermChange, ...]


async def get_policies(
    pool: asyncpg.Pool, after: str = "", limit: int = MAX_POLICIES, only_of: str | None = None
) -> tuple[Policy, ...]:
    """The newest version of each policy, by name, of those after the name `after`; fewer than `limit` are the last.

    `only_of`: of sellers' own policies this one alone, `""` none; None: all.
    """
    rows = await reading(pool.fetch(query("policies/list"), after, min(limit, MAX_POLICIES), only_of))
    return tuple(_policy(row) for row in rows)


async def get_policy(pool: asyncpg.Pool, name: str, version: int | None = None) -> Policy:
    """A policy's newest version, or that one. Raises `NoSuchPolicy`."""
    if found := await find_policies(pool, {checked_name(name): version}):
        return found[0]
    if version is not None and (newest := await find_policies(pool, {name: None})):
        raise NoSuchPolicy(
            say(
                "Policy {name} has no version {version}; its newest is {newest}, and the others go from 1 to it.",
                name=name,
                version=version,
                newest=newest[0].version,
            )
        )
    # Of a seller's nothing is near: whoever asks for another's is told as much as of one that there is not.
    near = () if seller_of(name) is not None else await names_nearby(pool)
    missing = say("There is no policy {name}.", name=name)
    close = several(nearest(name, near), "or")
    raise NoSuchPolicy(in_a_row(missing, say("Did you mean {words}?", words=close)) if close.items else missing)


async def find_policies(pool: asyncpg.Pool, wanted: Mapping[str, int | None]) -> tuple[Policy, ...]:
    """Of each of these names the newest version, or the one given, in that order; those that there are not left out."""
    known = {name: version for name, version in wanted.items() if version is None or 1 <= version <= MAX_VERSIONS}
    rows = await reading(pool.fetch(query("policies/read"), list(known), list(known.values())))
    found = {row["name"]: _policy(row) for row in rows}
    return tuple(found[name] for name in wanted if name in found)


async def names_nearby(pool: asyncpg.Pool) -> tuple[str, ...]:
    """What the policies are called that are no seller's own, for whoever has misread a name."""
    return tuple(row["name"] for row in await reading(pool.fetch(query("policies/names"), MAX_NEARBY)))


async def set_policy(pool: asyncpg.Pool, name: str, terms: Terms, by: Party, based_on: int | None = None) -> KeptPolicy:
    """Have the policy say this from now on: a new version, or the newest where that says it already.

    `based_on` is the version that the writer has seen, 0: none; left out, the newest now. Raises `PolicyChanged` where
    another one has been written since, and `Refused` for a bad name, or when it has `MAX_VERSIONS`.
    """
    checked_name(name)
    newest = await _newest(pool, name)
    said = terms.model_dump(mode="json", exclude_unset=True)
    seen = (newest.version if newest else 0) if based_on is None else based_on
    # Looked at first: who sends it again, since no answer came, finds what they wrote, and no conflict with themself.
    if newest and newest.terms == said:
        return KeptPolicy(policy=newest, made=False)
    if seen != (newest.version if newest else 0):
        raise PolicyChanged(name, newest.version if newest else 0)
    if seen >= MAX_VERSIONS:
        told = say("Policy {name} has {limit} versions, and can have no more.", name=name, limit=MAX_VERSIONS)
        raise Refused(Code.LIMIT_REACHED, told)
    given = (name, seen + 1, json.dumps(said), by.role, by.id)
    if row := await reading(pool.fetchrow(query("policies/write"), *given)):
        return KeptPolicy(policy=_policy(row), made=True)
    # Somebody was faster by a moment.
    newest = await _newest(pool, name)
    assert newest, "a version stands in the way of this one, and none is ever removed"
    if newest.terms == said:
        return KeptPolicy(policy=newest, made=False)
    raise PolicyChanged(name, newest.version)


async def compare_policies(pool: asyncpg.Pool, name: str, before: int, after: int) -> PolicyDifference:
    """What became of it between two versions, in either direction. Raises `NoSuchPolicy`."""
    old, new = await get_policy(pool, name, before), await get_policy(pool, name, after)
    changes = tuple(_changes(old.terms, new.terms))
    return PolicyDifference(name=name, before=before, after=after, changes=changes)


def terms_of(policy: Policy) -> Terms:
    """Its terms, as this version of the engine reads them. Raises `EngineUnavailable` where another wrote more."""
    try:
        return Terms.model_validate_json(json.dumps(policy.terms))
    except ValidationError as error:
        why = unreadable(say("The policy"), error)
        raise EngineUnavailable(
            f"Policy {policy.name}, version {policy.version}, cannot be read by this version of the engine. {why} "
            "Let every part of it run the same version, or write the policy anew."
        ) from error


def checked_name(name: str) -> str:
    """`name`, if a policy may be called so. Raises `Refused` (`invalid`, field `name`)."""
    try:
        return PolicyVersion(name=name, version=1).name
    except ValidationError as error:
        raise unreadable(say("The policy"), error) from None


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[TermChange]:
    told = meanings(Terms)
    # One that this version does not know any more is told too, without its meaning.
    for term in dict.fromkeys((*Terms.model_fields, *old, *new)):
        if old.get(term) != new.get(term):
            yield TermChange(term=term, means=told.get(term, ""), before=old.get(term), after=new.get(term))


async def _newest(pool: asyncpg.Pool, name: str) -> Policy | None:
    return next(iter(await find_policies(pool, {name: None})), None)


def _policy(row: asyncpg.Record) -> Policy:
    return Policy(
        name=row["name"],
        version=row["version"],
        terms=json.loads(row["terms"]),
        changed_at=row["changed_at"],
        changed_by=Party(role=Role(row["role"]), id=row["party_id"]),
    )
