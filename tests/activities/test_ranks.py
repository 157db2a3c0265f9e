"""Which of two records is the later one, and that "recorded" is never said of what does not stand."""

from datetime import timedelta
from typing import Any, Final

import asyncpg
import pytest
from temporalio.exceptions import ApplicationError

from tests.activities.test_records import NOON, batch, counts, happened, notice, record
from workflows.messages.work import RecordBatch

RETRIED: Final = timedelta(seconds=11)
"""Between two attempts of a workflow task: the first one's time is up, and only the clock tells them apart."""


def attempt(order_id: str, number: int, *names: str, **other: Any) -> RecordBatch:
    """What attempt `number` of one task brings from entry 2 on; from the second on all have the same length."""
    timeline = tuple(happened(entry, name=name) for entry, name in enumerate(names, start=2))
    given: dict[str, Any] = {"history_length": 20, "decided_at": NOON + number * RETRIED, "timeline": timeline}
    return batch(order_id, 2, len(names) + 1, **given | other)


async def is_recorded(pool: asyncpg.Pool, given: RecordBatch) -> bool:
    """Whether it was answered so; else the try has failed, and another one follows."""
    try:
        await record(pool, given)
    except ApplicationError:
        return False
    return True


async def told(pool: asyncpg.Pool, order_id: str) -> list[str]:
    rows = await pool.fetch("SELECT name FROM timeline WHERE order_id = $1 ORDER BY entry", order_id)
    return [row["name"] for row in rows]


@pytest.mark.parametrize("later_first", [False, True], ids=["in order", "the other way round"])
async def test_of_two_attempts_of_one_task_the_later_wins_whichever_comes_last(
    pool: asyncpg.Pool, order_id: str, *, later_first: bool
) -> None:
    """Nothing of the earlier one stays: no entry, no notice, no row."""
    await record(pool, batch(order_id, 1, 1, inbox=(notice(1),)))
    earlier = attempt(order_id, 2, "request_cancellation", "decide_cancellation", inbox=(notice(2), notice(3)))
    later = attempt(order_id, 3, "payment_captured", inbox=(notice(2),))
    for given in (later, earlier) if later_first else (earlier, later):
        assert await is_recorded(pool, given) == (given is later or not later_first)
    assert await told(pool, order_id) == ["send_message", "payment_captured"]
    assert await counts(pool, order_id) == (1, 2, 2)
    assert await pool.fetchval("SELECT entry FROM orders WHERE order_id = $1", order_id) == 2


async def test_an_earlier_attempt_that_decided_the_same_is_recorded(pool: asyncpg.Pool, order_id: str) -> None:
    """Each of its entries stands as it has it; nobody has to try it again."""
    await record(pool, batch(order_id, 1, 1))
    assert await is_recorded(pool, attempt(order_id, 3, "payment_captured", "ship"))
    assert await is_recorded(pool, attempt(order_id, 2, "payment_captured"))
    assert await told(pool, order_id) == ["send_message", "payment_captured", "ship"]
    assert await pool.fetchval("SELECT entry FROM orders WHERE order_id = $1", order_id) == 3


@pytest.mark.parametrize(
    "other",
    [{"name": "ship"}, {"outcome": "refused"}, {"party_id": "b-8"}, {"request_id": "r-2"}, {"summary": "Else."}],
    ids=lambda other: next(iter(other)),
)
async def test_an_entry_that_stands_as_something_else_is_not_recorded(
    pool: asyncpg.Pool, order_id: str, other: dict[str, Any]
) -> None:
    await record(pool, batch(order_id, 1, 1))
    assert await is_recorded(pool, attempt(order_id, 3, "payment_captured"))
    entry = happened(2, **{"name": "payment_captured", **other})
    assert not await is_recorded(pool, attempt(order_id, 2, "payment_captured", timeline=(entry,)))


async def test_an_entry_that_does_not_stand_is_not_recorded(pool: asyncpg.Pool, order_id: str) -> None:
    """Though the row has one that is later: it was written by somebody who did not have this entry."""
    await record(pool, batch(order_id, 1, 1))
    await record(pool, batch(order_id, 3, 3, history_length=30))
    assert not await is_recorded(pool, attempt(order_id, 2, "payment_captured"))
    assert await counts(pool, order_id) == (1, 2, 0)


async def test_of_two_records_of_one_moment_the_one_with_more_entries_is_the_later(
    pool: asyncpg.Pool, order_id: str
) -> None:
    """Records overlap: the one that was sent first may come last, and takes nothing away."""
    await record(pool, batch(order_id, 1, 1, inbox=(notice(1),)))
    both = attempt(order_id, 2, "payment_captured", "ship", inbox=(notice(2), notice(3)))
    first = attempt(order_id, 2, "payment_captured", inbox=(notice(2),))
    assert await is_recorded(pool, both)
    assert await is_recorded(pool, first)
    assert await told(pool, order_id) == ["send_message", "payment_captured", "ship"]
    assert await counts(pool, order_id) == (1, 3, 3)


async def test_a_record_of_an_earlier_run_that_comes_late_is_not_recorded(pool: asyncpg.Pool, order_id: str) -> None:
    """A run that was terminated, or reset, had asked for it; the next one knows nothing of it."""
    await record(pool, batch(order_id, 1, 1))
    later_run: dict[str, Any] = {"run_started_at": NOON, "history_length": 4, "decided_at": NOON}
    assert await is_recorded(pool, batch(order_id, 2, 2, **later_run, timeline=(happened(2, name="ship"),)))
    assert not await is_recorded(pool, attempt(order_id, 9, "payment_captured", history_length=400))
    assert await told(pool, order_id) == ["send_message", "ship"]


async def test_an_empty_batch_brings_the_row_and_touches_no_entry(pool: asyncpg.Pool, order_id: str) -> None:
    """All was known to be written when it was made; the order's row is written all the same."""
    await record(pool, batch(order_id, 1, 2, inbox=(notice(2),)))
    assert await is_recorded(
        pool,
        batch(
            order_id,
            3,
            2,
            history_length=30,
            row=batch(
                order_id,
                1,
                2,
            ).row,
        ),
    )
    assert await counts(pool, order_id) == (1, 2, 1)
    assert await pool.fetchval("SELECT history_length FROM orders WHERE order_id = $1", order_id) == 30
