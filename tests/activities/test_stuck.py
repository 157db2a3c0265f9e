"""The table of stuck orders: kept once, told once, ended by whoever may end it; and what Prometheus is told of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg
import pytest
import pytest_asyncio
from temporalio.runtime import BUFFERED_METRIC_KIND_GAUGE, MetricBuffer, Runtime, TelemetryConfig

from activities.languages import LANGUAGES, language_of, retold
from activities.migrations import migrate
from activities.sql import query
from activities.stuck import gauges, lost
from activities.stuck.gauges import StuckGauges
from activities.stuck.overdue import ASKED_ANEW, OVERDUE_AFTER
from activities.stuck.table import (
    MAX_FACT,
    MAX_LISTED,
    SUSPECTED_FOR,
    TOLD_EACH,
    Found,
    StuckTable,
    list_stuck,
    resolve_lost,
)
from starter.schedules import LOOK_EVERY
from tests.activities.test_records import batch, record
from tests.conftest import MakeDatabase
from tests.languages.spoken import require_spoken
from workflows.messages.sentences import told
from workflows.messages.stuck import MAX_NAMED, SENTENCES, Cause, Kind, told_of

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
FACTS: Final = {
    "why": "a test",
    "deadline": "pay_by",
    "at": "2026-03-02 12:00:00 UTC",
    "within": "3",
    "run": "run-1",
    "count": "2 entries",
    "names": "ship, add_note",
}


@pytest_asyncio.fixture(scope="module")
async def url(new_database: MakeDatabase) -> str:
    """A database for these tests alone: a look tells whatever stands in its database."""
    url = await new_database()
    await migrate(url)
    return url


@pytest_asyncio.fixture
async def database(url: str) -> AsyncIterator[asyncpg.Pool]:
    """The same, with nothing in it."""
    async with asyncpg.create_pool(url, min_size=1, max_size=8) as pool:
        await pool.execute("TRUNCATE stuck, stuck_notices, broken_runs, orders, timeline, inbox")
        await pool.execute("UPDATE looks SET created_at = now(), began_at = NULL, ended_at = NULL")
        yield pool


@pytest.fixture
def table(database: asyncpg.Pool) -> StuckTable:
    return StuckTable(database)


def found(order_id: str = "A-1", cause: Cause = Cause.PAUSED, **more: Any) -> Found:
    run = f"run-of-{order_id}" if SENTENCES[cause].kind is Kind.LOST else ""
    given: dict[str, Any] = {"since": NOON, "facts": FACTS, "run_id": run}
    return Found(order_id, cause, **given | more)


async def rows(pool: asyncpg.Pool) -> list[dict[str, Any]]:
    return [dict(row) for row in await pool.fetch("SELECT * FROM stuck ORDER BY id")]


async def notices(pool: asyncpg.Pool) -> list[tuple[str, str]]:
    return [tuple(row) for row in await pool.fetch("SELECT order_id, text FROM stuck_notices ORDER BY notice_id")]


@pytest.mark.parametrize("cause", Cause)
async def test_every_cause_has_sentences_that_a_person_can_read(
    database: asyncpg.Pool, table: StuckTable, cause: Cause
) -> None:
    """Whole sentences, all facts put in, and a command or a place in the remedy."""
    await table.keep([found(cause=cause)], NOON)
    await table.tell(NOON + SUSPECTED_FOR)
    (one,) = await list_stuck(database)
    assert one.kind is SENTENCES[cause].kind
    for sentence in (one.reason, one.remedy):
        assert "{" not in sentence
        assert sentence[0].isupper()
    assert one.reason.endswith(".")
    ((order_id, text),) = await notices(database)
    assert order_id == "A-1"
    heading = told_of(cause, "A-1", one.id, FACTS).heading
    assert text == f"{heading} {one.reason} {one.remedy}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", Cause)
def test_every_cause_is_told_in_every_language(cause: Cause, language: str) -> None:
    """With all facts put in, those of before too; and in sentences that are not too long."""
    for facts in (FACTS, FACTS | {"at": NOON.isoformat(), "count": "1"}):
        told_ = told_of(cause, "A-1", 7, facts)
        for sentence in (told_.heading, told_.reason, told_.remedy):
            text = told(sentence, language_of(language))
            assert "{" not in text
            assert language == "en" or text != str(sentence)
            require_spoken(sentence)


async def test_the_notice_is_told_in_the_readers_language(database: asyncpg.Pool, table: StuckTable) -> None:
    """A command stays what it is, an instant and a deadline are said as people say them."""
    facts = {"at": NOON.isoformat(), "deadline": "ship_by"}
    await table.keep([found(cause=Cause.NOT_SETTLED, facts=facts)], NOON)
    await table.tell(NOON + SUSPECTED_FOR)
    [row] = await database.fetch("SELECT text, said FROM stuck_notices")
    assert retold(row["text"], json.loads(row["said"]), "de") == (
        "Bestellung A-1 hängt fest. Am Mo., 2. März 2026, 12:00 UTC endete die Frist zum Versand, doch die Bestellung "
        "wartet immer noch darauf: Der Timer ist ausgeblieben. Eine beliebige Nachricht bringt sie wieder in Gang: "
        'countermand send A-1 add_note "text=goes on" --signal --as platform:ops'
    )


def test_a_run_in_whose_history_nothing_waits_says_so() -> None:
    reason = told_of(Cause.NOT_READ, "A-1", 7, FACTS | {"count": "0", "names": ""}).reason
    assert str(reason).endswith("in its history nothing waits.")


async def test_what_is_found_again_is_one_row_that_says_the_latest(database: asyncpg.Pool, table: StuckTable) -> None:
    await table.keep([found(cause=Cause.RAISES)], NOON)
    await table.keep([found(cause=Cause.CANNOT_REPLAY, since=NOON + SECOND)], NOON + SECOND)
    (row,) = await rows(database)
    assert (row["cause"], row["since"], row["found_at"], row["seen_at"]) == (
        "cannot_replay", NOON, NOON, NOON + SECOND,
    )  # fmt: skip


async def test_what_many_looks_find_at_once_is_one_row_and_told_once(database: asyncpg.Pool, table: StuckTable) -> None:
    many = [found(f"A-{number}") for number in range(5)]
    await asyncio.gather(*(table.keep(many, NOON) for _ in range(8)))
    assert len(await rows(database)) == 5
    told = await asyncio.gather(*(table.tell(NOON) for _ in range(8)))
    assert sum(told) == 5
    assert sorted(order_id for order_id, _ in await notices(database)) == [one.order_id for one in many]


async def test_a_look_that_is_late_opens_nothing_that_another_has_ended_meanwhile(
    database: asyncpg.Pool, table: StuckTable
) -> None:
    """It began before, so that what it saw is older."""
    await table.keep([found()], NOON)
    await table.execute("unseen", Kind.PAUSED, NOON + 2 * SECOND, NOON + 2 * SECOND)
    await table.keep([found()], NOON + SECOND)
    assert [row["ended_at"] for row in await rows(database)] == [NOON + 2 * SECOND]
    await table.keep([found()], NOON + 3 * SECOND)
    assert [row["ended_at"] for row in await rows(database)] == [NOON + 2 * SECOND, None]


async def test_a_look_ends_only_what_no_later_one_has_seen(database: asyncpg.Pool, table: StuckTable) -> None:
    await table.keep([found()], NOON + SECOND)
    await table.execute("unseen", Kind.PAUSED, NOON, NOON)
    await table.execute("unseen", Kind.PAUSED, NOON + SECOND, NOON)
    await table.execute("unseen", Kind.FAILING, NOON + 2 * SECOND, NOON)
    assert [row["ended_at"] for row in await rows(database)] == [None]


async def test_what_temporal_says_is_told_at_once_and_what_we_concluded_only_when_it_lasts(
    database: asyncpg.Pool, table: StuckTable
) -> None:
    causes = (Cause.RAISES, Cause.PAUSED, Cause.TERMINATED, Cause.NO_ANSWER, Cause.NOT_WRITTEN)
    await table.keep([found(f"A-{cause}", cause) for cause in causes], NOON)
    assert await table.tell(NOON + SUSPECTED_FOR - SECOND) == 3
    assert {one.kind for one in await list_stuck(database)} == {Kind.FAILING, Kind.PAUSED, Kind.TERMINATED}
    assert await table.counts() == dict.fromkeys(Kind, 1) | {Kind.OVERDUE: 0, Kind.LOST: 0}
    assert await table.tell(NOON + SUSPECTED_FOR) == 2
    assert await table.counts() == dict.fromkeys(Kind, 1)


def test_the_second_look_tells_what_the_first_suspected() -> None:
    assert SUSPECTED_FOR < LOOK_EVERY
    assert timedelta(minutes=5) > OVERDUE_AFTER + 2 * LOOK_EVERY, "as R39 promises"


@pytest.mark.parametrize("orders", [TOLD_EACH, TOLD_EACH + 1])
async def test_when_there_is_much_to_tell_one_notice_says_how_much(
    database: asyncpg.Pool, table: StuckTable, orders: int
) -> None:
    await table.keep([found(f"A-{number:03}", Cause.TERMINATED) for number in range(orders)], NOON)
    await table.tell(NOON)
    told = await notices(database)
    if orders <= TOLD_EACH:
        assert len(told) == orders
    else:
        assert [order_id for order_id, _ in told] == [""]
        assert told[0][1].startswith(f"{orders} orders are stuck ({orders} terminated), one of them A-0")
        assert "countermand list --stuck" in told[0][1]
    assert len(await list_stuck(database)) == orders


async def test_a_list_has_an_end(database: asyncpg.Pool, table: StuckTable) -> None:
    """The longest stuck first."""
    await table.keep([found(f"A-{number:03}", since=NOON + number * SECOND) for number in range(MAX_LISTED + 1)], NOON)
    await table.tell(NOON)
    listed = await list_stuck(database)
    assert (len(listed), listed[0].order_id, listed[-1].order_id) == (MAX_LISTED, "A-000", f"A-{MAX_LISTED - 1:03}")


@pytest.mark.parametrize(
    ("why", "kept"),
    [
        ("x" * MAX_FACT, "x" * MAX_FACT),
        ("x" * (MAX_FACT + 1), "x" * (MAX_FACT - 1) + "…"),
        ("a\0b\nc", "a\ufffdb c"),
        ("{order}", "{order}"),
    ],
)
async def test_what_somebody_else_wrote_stays_within_its_sentence(
    database: asyncpg.Pool, table: StuckTable, why: str, kept: str
) -> None:
    await table.keep([found(cause=Cause.PAUSED_BECAUSE, facts={"why": why})], NOON)
    await table.tell(NOON)
    (one,) = await list_stuck(database)
    assert f"(“{kept}”)" in one.reason


async def test_only_what_is_lost_is_ended_by_a_person_and_is_not_found_again(
    database: asyncpg.Pool, table: StuckTable
) -> None:
    await table.keep([found(), found("A-2", Cause.NOT_WRITTEN)], NOON)
    await table.tell(NOON + SUSPECTED_FOR)
    paused, missing = (row["id"] for row in sorted(await rows(database), key=lambda row: row["order_id"]))
    assert await resolve_lost(database, paused, "it is fine") is Kind.PAUSED
    assert await resolve_lost(database, missing, "sent again") is Kind.LOST
    assert await resolve_lost(database, missing, "twice") is None
    assert await resolve_lost(database, 999, "nobody") is None
    notes = {row["id"]: (row["ended_at"] is None, row["note"]) for row in await rows(database)}
    assert notes == {paused: (True, None), missing: (False, "sent again")}
    await table.keep([found("A-2", Cause.NOT_WRITTEN)], datetime.now(UTC) + SECOND)
    assert len(await rows(database)) == 2


@pytest.mark.parametrize("entries", [1, MAX_NAMED, MAX_NAMED + 1])
def test_a_sentence_names_so_many_and_says_how_many_more(entries: int) -> None:
    run = {"order_id": "A-1", "run_id": "run-1", "closed_at": NOON}
    facts = lost._facts(run, ["ship"] * entries)  # type: ignore[arg-type]  # a row is a mapping
    assert facts["count"] == str(entries)
    assert facts["names"].count("ship") == min(entries, MAX_NAMED)
    assert facts["names"].endswith(", + 1") == (entries > MAX_NAMED)


# The overdue ones are found by an index.


async def orders(pool: asyncpg.Pool, count: int, *, due: str) -> None:
    """Rows of orders, copied by SQL; `due` says when each is."""
    await record(pool, batch("A-000001", 1, 1))
    await pool.execute(
        "INSERT INTO orders SELECT (jsonb_populate_record(orders, jsonb_build_object("
        " 'order_id', 'A-' || lpad(number::text, 6, '0')))).* FROM orders, generate_series(2, $1::integer) AS number",
        count,
    )
    await pool.execute(f"UPDATE orders SET next_deadline_at = {due}")


async def test_overdue_orders_are_found_by_an_index_the_soonest_first(
    database: asyncpg.Pool, table: StuckTable
) -> None:
    """However many orders wait in peace, are settled, or stand in the list already."""
    await orders(database, 5_000, due="now() + interval '1 day'")
    await database.execute("UPDATE orders SET next_deadline_at = now() - interval '1 day' WHERE order_id <= 'A-000300'")
    await database.execute("UPDATE orders SET next_deadline_at = now() - interval '2 days' WHERE order_id = 'A-000200'")
    await database.execute("UPDATE orders SET closed_at = now() WHERE order_id <= 'A-000100'")
    await database.execute("VACUUM ANALYZE orders, stuck")
    plan = "\n".join(row[0] for row in await database.fetch(f"EXPLAIN {query('stuck/overdue')}", NOON, ASKED_ANEW))
    assert "Index Scan using orders_overdue on orders" in plan, plan
    assert "Seq Scan on orders" not in plan, plan
    late = await table.fetch("overdue", datetime.now(UTC), 300)
    assert (len(late), late[0]["order_id"]) == (200, "A-000200")
    assert len(await table.fetch("overdue", datetime.now(UTC), 199)) == 199
    await table.keep([found("A-000200", Cause.PAUSED), found("A-000201", Cause.NOT_WRITTEN)], NOON)
    known = {row["order_id"] for row in await table.fetch("overdue", datetime.now(UTC), 300)}
    assert ("A-000200" in known, "A-000201" in known) == (False, True), "something lost is no reason to be late"


async def test_what_is_overdue_ends_when_the_row_goes_on_or_another_row_says_why(
    database: asyncpg.Pool, table: StuckTable
) -> None:
    await orders(database, 5, due="now() - interval '1 day'")
    names = [f"A-00000{number}" for number in range(1, 6)]
    await table.keep([found(name, Cause.NO_ANSWER) for name in [*names, "A-gone"]], NOON)
    await table.keep([found(names[1], Cause.RAISES), found(names[2], Cause.NOT_WRITTEN)], NOON)
    await database.execute("UPDATE orders SET closed_at = now() WHERE order_id = $1", names[3])
    await database.execute(
        "UPDATE orders SET next_deadline_at = now() + interval '1 day' WHERE order_id = $1", names[4]
    )
    await table.execute("told_otherwise", NOON, datetime.now(UTC))
    still = {row["order_id"] for row in await rows(database) if row["kind"] == "overdue" and row["ended_at"] is None}
    assert still == {names[0], names[2]}


async def test_a_broken_run_is_forgotten_once_it_is_seen_to_and_no_look_lists_it_any_more(
    database: asyncpg.Pool, table: StuckTable
) -> None:
    for name, judged, read in (("both", True, True), ("judged", True, False), ("read", False, True)):
        await table.execute("broken_keep", [name], ["A-1"], [NOON])
        if judged:
            await table.execute("broken_judged", [name], NOON)
        if read:
            await table.execute("broken_asked", name, NOON)
    await table.execute("broken_keep", ["both"], ["A-1"], [NOON])
    await table.execute("broken_forget", NOON)
    assert await database.fetchval("SELECT count(*) FROM broken_runs") == 3
    await table.execute("broken_forget", NOON + SECOND)
    assert {row["run_id"] for row in await database.fetch("SELECT run_id FROM broken_runs")} == {"judged", "read"}


# What Prometheus is told.


class Heard:
    """The gauges, as the runtime hands them out."""

    def __init__(self) -> None:
        self._buffer = MetricBuffer(1_000)
        self.runtime = Runtime(telemetry=TelemetryConfig(metrics=self._buffer))

    def __call__(self) -> dict[tuple[str, str | None], float]:
        """The last value of each, by name and kind."""
        told = {}
        for update in self._buffer.retrieve_updates():
            if update.metric.name.startswith("countermand_"):
                assert update.metric.kind == BUFFERED_METRIC_KIND_GAUGE
                kind = update.attributes.get("kind")
                told[update.metric.name, None if kind is None else str(kind)] = update.value
        return told


async def test_prometheus_is_told_how_many_are_stuck_and_how_old_the_last_look_is(
    database: asyncpg.Pool, table: StuckTable
) -> None:
    heard, now = Heard(), datetime.now(UTC)
    meter = StuckGauges(database, heard.runtime.metric_meter, lambda: now + timedelta(minutes=15))
    await meter.read()
    meter.tell_age()
    told = heard()
    assert {name for name, _ in told} == {gauges.STUCK, gauges.AGE}
    assert {kind: value for (name, kind), value in told.items() if name == gauges.STUCK} == dict.fromkeys(Kind, 0)
    assert 900 <= told[gauges.AGE, None] < 1_000, "without any look: since there could have been one"
    await table.keep([found(), found("A-2", Cause.NO_ANSWER)], NOON)
    await table.tell(NOON)
    await table.execute("looked", now, now + timedelta(minutes=10))
    await meter.read()
    meter.tell_age()
    told = heard()
    assert (told[gauges.STUCK, "paused"], told[gauges.STUCK, "overdue"], told[gauges.AGE, None]) == (1, 0, 300)


async def test_the_age_goes_on_growing_while_postgres_is_away(database: asyncpg.Pool) -> None:
    heard, minutes = Heard(), 0
    meter = StuckGauges(database, heard.runtime.metric_meter, lambda: datetime.now(UTC) + timedelta(minutes=minutes))
    await meter.read()
    await database.close()
    minutes = 20
    reading = asyncio.create_task(meter.run())
    async with asyncio.timeout(10):
        while (gauges.AGE, None) not in (told := heard()):
            await asyncio.sleep(0.02)
    assert not reading.done(), "it goes on"
    reading.cancel()
    assert told[gauges.AGE, None] >= 1_200
