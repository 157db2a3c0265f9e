"""Stuck orders on the command line: listed with reason and remedy from Postgres alone, what was lost is resolved."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
import pytest
import pytest_asyncio

from activities.migrations import migrate
from activities.stuck.table import MAX_LISTED, SUSPECTED_FOR, Found, StuckTable
from tests.conftest import MakeDatabase
from tests.starter.test_cli_live import CommandLine
from workflows.messages.stuck import LOOK_MISSED_AFTER, Cause

AN_HOUR_AGO: Final = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
FEW_SECONDS: Final = timedelta(seconds=30)


@pytest_asyncio.fixture
async def url(new_database: MakeDatabase) -> str:
    url = await new_database()
    await migrate(url)
    return url


@pytest_asyncio.fixture
async def database(url: str) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(url, min_size=1, max_size=2) as pool:
        yield pool


@pytest.fixture
def countermand(url: str) -> CommandLine:
    """With nothing behind it but Postgres."""
    return CommandLine(TEMPORAL_ADDRESS="127.0.0.1:1", DATABASE_URL=url)


async def stuck(database: asyncpg.Pool, *found: Found) -> None:
    """As two looks leave it."""
    table = StuckTable(database)
    await table.keep(found, AN_HOUR_AGO)
    await table.tell(AN_HOUR_AGO + SUSPECTED_FOR)


async def test_without_a_stuck_order_it_says_so(countermand: CommandLine) -> None:
    assert (await countermand("list", "--stuck")).out == "No order is stuck.\n"
    assert (await countermand("list", "--stuck", "--json")).json["stuck"] == []


async def test_stuck_orders_are_listed_with_reason_and_remedy(database: asyncpg.Pool, countermand: CommandLine) -> None:
    await stuck(
        database,
        Found("A-2", Cause.PAUSED_BECAUSE, AN_HOUR_AGO + FEW_SECONDS, {"why": "is this \x1b[31ma fraud?"}),
        Found("A-1", Cause.TERMINATED, AN_HOUR_AGO),
    )
    ran = await countermand("list", "--stuck")
    assert ran.code == 0
    first, reason, remedy, second, *_ = ran.out.splitlines()
    assert first.startswith(f"A-1  terminated, since {AN_HOUR_AGO:%Y-%m-%d %H:%M:%S}Z")
    assert reason.strip().startswith("Somebody terminated it in Temporal before it was settled")
    assert 'countermand send A-1 add_note "text=goes on" --as platform:ops' in remedy
    assert second.startswith("A-2  paused, since")
    assert "\x1b" not in ran.out
    told = (await countermand("list", "--stuck", "--json")).json
    assert [(one["order_id"], one["kind"]) for one in told["stuck"]] == [("A-1", "terminated"), ("A-2", "paused")]
    assert set(told["stuck"][0]) == {"id", "order_id", "kind", "since", "reason", "remedy", "told_at"}


@pytest.mark.parametrize("missing", [-FEW_SECONDS, FEW_SECONDS])
async def test_a_list_that_nobody_keeps_up_says_so(
    database: asyncpg.Pool, countermand: CommandLine, missing: timedelta
) -> None:
    looked_at = datetime.now(UTC) - LOOK_MISSED_AFTER - missing
    await database.execute("UPDATE looks SET ended_at = $1", looked_at)
    ran = await countermand("list", "--stuck")
    assert ("Nobody has looked since" in ran.out) == (missing > timedelta())
    told = (await countermand("list", "--stuck", "--json")).json
    assert datetime.fromisoformat(told["looked_at"]) == looked_at


@pytest.mark.parametrize("more", [0, 1])
async def test_a_list_that_ends_early_says_so(database: asyncpg.Pool, countermand: CommandLine, more: int) -> None:
    orders = MAX_LISTED - 1 + more
    await stuck(database, *(Found(f"A-{number}", Cause.PAUSED, AN_HOUR_AGO) for number in range(orders)))
    assert ("may be more" in (await countermand("list", "--stuck")).out) == bool(more)


@pytest.mark.parametrize("other", [("--buyer", "b-7"), ("--overdue",), ("--limit", "3"), ("--cursor", "x")])
async def test_other_options_do_not_go_with_it(countermand: CommandLine, other: tuple[str, ...]) -> None:
    ran = await countermand("list", "--stuck", *other)
    assert (ran.code, "takes no other option" in ran.err) == (2, True)


async def test_what_was_lost_is_resolved_and_the_rest_ends_by_itself(
    database: asyncpg.Pool, countermand: CommandLine
) -> None:
    facts = {"run": "run-1", "count": "1 entry", "names": "payment_captured"}
    await stuck(
        database,
        Found("A-1", Cause.NOT_WRITTEN, AN_HOUR_AGO, facts, run_id="run-1"),
        Found("A-1", Cause.PAUSED, AN_HOUR_AGO),
    )
    listed = {one["kind"]: one for one in (await countermand("list", "--stuck", "--json")).json["stuck"]}
    missing, paused = str(listed["lost"]["id"]), str(listed["paused"]["id"])
    assert f'countermand resolve {missing} --stuck --note "what was done"' in listed["lost"]["remedy"]
    refused = await countermand("resolve", paused, "--stuck", "--note", "it is fine")
    assert (refused.code, refused.err) == (
        1,
        f"not_allowed_now: number {paused} is paused, and ends by itself once its order goes on.\n",
    )
    resolved = await countermand("resolve", missing, "--stuck", "--note", "sent again", "--json")
    assert (resolved.code, resolved.json) == (0, {"id": int(missing), "resolved": True})
    again = await countermand("resolve", missing, "--stuck", "--note", "sent again")
    assert (again.code, again.err) == (1, f"not_found: nothing has the number {missing} in countermand list --stuck.\n")
    assert [one["kind"] for one in (await countermand("list", "--stuck", "--json")).json["stuck"]] == ["paused"]
    assert (await countermand("resolve", missing, "--note", "sent again")).code == 1, "no disagreement has this number"
