"""Policies in Postgres: written as versions, never changed, read and compared."""

import asyncio
import json
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from activities.migrations import migrate
from activities.sql import query
from starter.errors import EngineUnavailable, NoSuchPolicy, PolicyChanged
from starter.policies import (
    MAX_NEARBY,
    MAX_POLICIES,
    Policy,
    compare_policies,
    get_policies,
    get_policy,
    names_nearby,
    set_policy,
    terms_of,
)
from starter.reference.meanings import meanings
from tests.conftest import MakeDatabase
from tests.reference.terms import POLICIES
from tests.starter.orders import PLATFORM, SELLER
from workflows.messages.durations import parse_span
from workflows.messages.policies import MAX_VERSIONS
from workflows.messages.refusal import Code, Refused
from workflows.messages.terms import Calendar, Terms
from workflows.messages.windows import Duration

DAY: Duration = parse_span("P1D")
WEEK: Duration = parse_span("P7D")


@pytest.fixture
def name(order_id: str) -> str:
    """A policy that no other test writes."""
    return f"p-{order_id}"


async def written(pool: asyncpg.Pool, name: str, terms: Terms) -> Policy:
    return (await set_policy(pool, name, terms, PLATFORM)).policy


@pytest.mark.parametrize("title", POLICIES)
async def test_the_policies_of_the_page_are_kept_as_they_stand(pool: asyncpg.Pool, name: str, title: str) -> None:
    _, terms = POLICIES[title]
    content = Terms.model_validate_json(json.dumps(terms))
    kept = await set_policy(pool, name, content, PLATFORM)
    assert (kept.made, kept.policy.version, kept.policy.terms) == (True, 1, terms)
    found = await get_policy(pool, name)
    assert found == kept.policy
    assert terms_of(found) == content
    assert terms_of(found).model_fields_set == set(terms)


async def test_a_change_is_the_next_version_by_whoever_wrote_it_and_the_old_one_stays(
    pool: asyncpg.Pool, name: str
) -> None:
    first = (await set_policy(pool, name, Terms(pay_within=DAY), PLATFORM)).policy
    second = (await set_policy(pool, name, Terms(pay_within=WEEK), SELLER, based_on=1)).policy
    assert (first.version, first.changed_by) == (1, PLATFORM)
    assert (second.version, second.changed_by) == (2, SELLER)
    assert first.changed_at < second.changed_at
    assert await get_policy(pool, name) == second
    assert await get_policy(pool, name, 1) == first
    for statement in ("UPDATE policies SET terms = '{}' WHERE name = $1", "DELETE FROM policies WHERE name = $1"):
        with pytest.raises(asyncpg.RaiseError, match="stays as it is: write the next one"):
            await pool.execute(statement, name)


async def test_what_it_says_already_makes_no_version_whoever_says_it_and_whatever_they_have_seen(
    pool: asyncpg.Pool, name: str
) -> None:
    first = await set_policy(pool, name, Terms(pay_within=DAY), PLATFORM, based_on=0)
    for based_on in (None, 0, 1):
        again = await set_policy(pool, name, Terms(pay_within=DAY), SELLER, based_on)
        assert (again.made, again.policy) == (False, first.policy)


async def test_a_default_that_is_named_is_more_than_one_that_is_not(pool: asyncpg.Pool, name: str) -> None:
    """Below it may lie a policy that says otherwise."""
    assert (await written(pool, name, Terms())).terms == {}
    named = await set_policy(pool, name, Terms(disputes=3), PLATFORM)
    assert (named.made, named.policy.terms) == (True, {"disputes": 3})


async def test_who_has_not_seen_the_newest_version_is_told_which_that_is_and_changes_nothing(
    pool: asyncpg.Pool, name: str
) -> None:
    with pytest.raises(PolicyChanged, match="has no version yet"):
        await set_policy(pool, name, Terms(disputes=1), PLATFORM, based_on=1)
    await written(pool, name, Terms(disputes=1))
    second = await written(pool, name, Terms(disputes=2))
    for based_on in (0, 1, 3):
        with pytest.raises(PolicyChanged, match="is at version 2 by now") as changed:
            await set_policy(pool, name, Terms(disputes=4), PLATFORM, based_on)
        assert changed.value.current == 2
    assert await get_policy(pool, name) == second


async def test_of_two_who_change_it_at_once_one_is_told_what_the_other_has_written(
    pool: asyncpg.Pool, name: str
) -> None:
    await written(pool, name, Terms(disputes=1))
    wrote = await asyncio.gather(
        *(set_policy(pool, name, Terms(disputes=count), PLATFORM, based_on=1) for count in range(2, 10)),
        return_exceptions=True,
    )
    refused = [each for each in wrote if isinstance(each, PolicyChanged)]
    made = [each for each in wrote if not isinstance(each, BaseException)]
    assert (len(made), len(refused)) == (1, 7)
    assert {each.current for each in refused} == {2}
    assert await get_policy(pool, name) == made[0].policy


async def test_of_two_who_write_the_same_at_once_both_have_it(pool: asyncpg.Pool, name: str) -> None:
    wrote = await asyncio.gather(*(set_policy(pool, name, Terms(disputes=1), PLATFORM) for _ in range(8)))
    assert sorted(each.made for each in wrote) == [False] * 7 + [True]
    assert {each.policy.version for each in wrote} == {1}


async def test_a_policy_has_so_many_versions_and_no_more(pool: asyncpg.Pool, name: str) -> None:
    await pool.execute(
        "INSERT INTO policies (name, version, terms, role, party_id) "
        "SELECT $1, number, '{}', 'platform', 'ops-1' FROM generate_series(1, $2) AS number",
        *(name, MAX_VERSIONS - 1),
    )
    assert (await written(pool, name, Terms(disputes=1))).version == MAX_VERSIONS
    with pytest.raises(Refused, match=f"has {MAX_VERSIONS} versions") as refused:
        await written(pool, name, Terms(disputes=2))
    assert refused.value.refusal.code is Code.LIMIT_REACHED
    assert (await written(pool, name, Terms(disputes=1))).version == MAX_VERSIONS, "saying it again is no version"


@pytest.mark.parametrize("bad", ["", "a b", "x" * 65, "seller:", "buyer:b-7"])
async def test_a_bad_name_is_refused_wherever_it_stands(pool: asyncpg.Pool, bad: str) -> None:
    for asked in (set_policy(pool, bad, Terms(), PLATFORM), get_policy(pool, bad), compare_policies(pool, bad, 1, 2)):
        with pytest.raises(Refused, match="name must have 1 to 64") as refused:
            await asked
        assert refused.value.refusal.fields == ("name",)


async def test_what_there_is_not_is_told_with_what_there_is(pool: asyncpg.Pool, name: str) -> None:
    await written(pool, name, Terms(disputes=1))
    with pytest.raises(NoSuchPolicy, match=rf"There is no policy {name}x\. Did you mean {name}"):
        await get_policy(pool, f"{name}x")
    for version in (0, 2, MAX_VERSIONS + 1, 2**40):
        with pytest.raises(NoSuchPolicy, match=f"has no version {version}; its newest is 1"):
            await get_policy(pool, name, version)


async def test_nobody_is_told_what_sellers_call_theirs(pool: asyncpg.Pool, order_id: str) -> None:
    await written(pool, f"seller:{order_id}", Terms(disputes=1))
    with pytest.raises(NoSuchPolicy) as unknown:
        await get_policy(pool, f"seller:{order_id}x")
    assert "Did you mean" not in str(unknown.value)


async def test_two_versions_are_compared_term_by_term_in_either_direction(pool: asyncpg.Pool, name: str) -> None:
    berlin, days = Calendar(time_zone="Europe/Berlin"), {"time_zone": "Europe/Berlin"}
    await written(pool, name, Terms(pay_within=DAY, disputes=1, capture="at_shipment"))
    await written(pool, name, Terms(pay_within=WEEK, disputes=1, calendar=berlin))
    found = await compare_policies(pool, name, 1, 2)
    told = [(change.term, change.before, change.after) for change in found.changes]
    assert told == [("pay_within", "P1D", "P7D"), ("capture", "at_shipment", None), ("calendar", None, days)]
    assert [change.means for change in found.changes] == [meanings(Terms)[term] for term, _, _ in told]
    assert found.model_dump().keys() == {"name", "from", "to", "changes"}
    back = await compare_policies(pool, name, 2, 1)
    assert [(change.term, change.after, change.before) for change in back.changes] == told
    assert (await compare_policies(pool, name, 2, 2)).changes == ()
    with pytest.raises(NoSuchPolicy, match="has no version 3"):
        await compare_policies(pool, name, 1, 3)


async def test_what_another_version_of_the_engine_wrote_is_shown_and_compared_and_starts_no_order(
    pool: asyncpg.Pool, name: str
) -> None:
    await written(pool, name, Terms(disputes=1))
    await pool.execute(
        "INSERT INTO policies (name, version, terms, role, party_id) VALUES ($1, 2, $2, 'platform', 'ops-1')",
        *(name, '{"wishes": 3}'),
    )
    found = await compare_policies(pool, name, 1, 2)
    assert [(change.term, change.means) for change in found.changes][1] == ("wishes", "")
    with pytest.raises(EngineUnavailable, match=rf"Policy {name}, version 2, cannot be read .* wishes is not a field"):
        terms_of(await get_policy(pool, name))


@pytest_asyncio.fixture
async def empty(new_database: MakeDatabase) -> asyncpg.Pool:
    url = await new_database()
    await migrate(url)
    return await asyncpg.create_pool(url, min_size=1, max_size=2)


async def test_policies_are_listed_by_name_a_page_at_a_time_each_as_it_is_now(empty: asyncpg.Pool) -> None:
    async with empty as pool:
        assert await get_policies(pool) == ()
        await pool.execute(
            "INSERT INTO policies (name, version, terms, role, party_id) "
            "SELECT format('seller:s-%s', seller), version, '{}', 'platform', 'ops-1' "
            "FROM generate_series(1000, 1000 + $1) AS seller, generate_series(1, 3) AS version",
            MAX_POLICIES,
        )
        await written(pool, "marketplace", Terms(disputes=1))
        first = await get_policies(pool, limit=MAX_POLICIES + 1)
        rest = await get_policies(pool, after=first[-1].name)
        assert (len(first), len(rest)) == (MAX_POLICIES, 2)
        assert first[0].name == "marketplace"
        assert {policy.version for policy in (*first[1:], *rest)} == {3}
        assert [policy.name for policy in rest] == ["seller:s-1099", "seller:s-1100"]
        assert await names_nearby(pool) == ("marketplace",)
        await pool.execute(
            "INSERT INTO policies (name, version, terms, role, party_id) "
            "SELECT format('p-%s', number), 1, '{}', 'platform', 'ops-1' FROM generate_series(1, $1) AS number",
            MAX_NEARBY,
        )
        assert len(await names_nearby(pool)) == MAX_NEARBY


async def test_what_sellers_call_theirs_is_not_read_through_for_the_others(empty: asyncpg.Pool) -> None:
    """However many sellers there are: before them, behind them, and one among them are found by the index."""
    async with empty as pool, pool.acquire() as connection:
        for name in ("marketplace", "z"):
            await written(pool, name, Terms(disputes=1))
        await connection.execute(
            "INSERT INTO policies (name, version, terms, role, party_id) "
            "SELECT format('seller:s-%s', seller), 1, '{}', 'platform', 'ops-1' FROM generate_series(1, 5000) AS seller"
        )
        await connection.execute("VACUUM ANALYZE policies")
        named = [policy.name for policy in await get_policies(pool, only_of="seller:s-7")]
        assert named == ["marketplace", "seller:s-7", "z"]
        assert await names_nearby(pool) == ("marketplace", "z")
        for mode in ("force_custom_plan", "force_generic_plan"):
            await connection.execute(f"SET plan_cache_mode = {mode}")
            for statement, given in (("list", ("", 100, "seller:s-7")), ("list", ("", 100, "")), ("names", (100,))):
                prepared = await connection.prepare(query(f"policies/{statement}"))
                plan = (await prepared.explain(*given, analyze=True))[0]["Plan"]
                assert _read(plan) <= len(named), (statement, mode, json.dumps(plan, indent=1))


def _read(plan: dict[str, Any]) -> int:
    """How many rows of the table were looked at."""
    own = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) if "Relation Name" in plan else 0
    return int(own) + sum(_read(inner) for inner in plan.get("Plans", ()))
