"""The record of what happened to an order, against a real Postgres."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.read_model import Records
from starter.client.reads import (
    MAX_ENTRIES,
    MAX_NOTICES,
    MAX_ORDERS,
    OrderFilters,
    WrongPage,
    get_inbox,
    get_order_row,
    get_timeline,
    list_orders,
)
from workflows.messages.attachments import Attachment
from workflows.messages.loading import LoadRequest, StoredEntry, StoredOrder
from workflows.messages.sentences import say, to_wire
from workflows.messages.values import Role, Stage
from workflows.messages.work import Notice, OrderRow, PaymentShare, RecordBatch, Recorded, TimelineEntry, UnplacedFact

NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def row(order_id: str, entry: int = 1, **other: Any) -> OrderRow:
    """An order that awaits shipment."""
    given: dict[str, Any] = {
        "order_id": order_id,
        "buyer_id": "b-7",
        "seller_id": "s-3",
        "stage": Stage.AWAITING_SHIPMENT,
        "status": "awaiting_shipment",
        "waiting_on": "seller",
        "currency": "USD",
        "total": 2299,
        "captured": 2299,
        "refunded": 0,
        "refunding": 0,
        "released": 0,
        "held": 2299,
        "shortfall": 0,
        "refund_state": "none",
        "needs_attention": False,
        "deadline_kind": "ship_by",
        "deadline_at": NOON + timedelta(days=7),
        "next_deadline_at": NOON + timedelta(days=7),
        "version": entry,
        "entry": entry,
        "created_at": NOON,
        "closed_at": None,
        "reason": None,
    }
    return OrderRow(**given | other)


def happened(entry: int, **other: Any) -> TimelineEntry:
    """One line of a timeline."""
    given: dict[str, Any] = {
        "entry": entry,
        "at": NOON + timedelta(minutes=entry, microseconds=1),
        "role": Role.BUYER,
        "party_id": "b-7",
        "name": "send_message",
        "outcome": "accepted",
        "from_stage": Stage.PENDING_PAYMENT,
        "to_stage": Stage.AWAITING_SHIPMENT,
        "summary": "Something happened.",
    }
    return TimelineEntry(**given | other)


def notice(entry: int, **other: Any) -> Notice:
    """One line of an inbox."""
    given: dict[str, Any] = {"entry": entry, "role": Role.SELLER, "party_id": "s-3", "kind": "paid", "text": "Paid."}
    return Notice(**given | other)


RUN_STARTED_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)


def batch(order_id: str, first: int, last: int, opened_by: str = "run-1", **other: Any) -> RecordBatch:
    """What brings an order from entry `first` to entry `last`."""
    given: dict[str, Any] = {
        "row": row(order_id, last),
        "state": json.dumps({"entry": last}),
        "opened_by": opened_by,
        "run_started_at": RUN_STARTED_AT,
        "history_length": 10 * last,
        "decided_at": NOON + timedelta(minutes=last),
        "timeline": tuple(happened(entry) for entry in range(first, last + 1)),
    }
    return RecordBatch(**given | other)


def share(payment_id: str, amount: int = 2299, **other: Any) -> PaymentShare:
    """All of a payment, unless told otherwise."""
    money = dict.fromkeys(("amount", "claimed", "brought", "whole"), amount)
    given: dict[str, Any] = {"payment_id": payment_id, "currency": "USD", "returned": 0}
    return PaymentShare(**money | given | other)


async def record(pool: asyncpg.Pool, given: RecordBatch) -> Recorded:
    """As the worker runs it remotely."""
    return await ActivityEnvironment().run(Records(pool).record, given)


async def load(pool: asyncpg.Pool, order_id: str, **rank: Any) -> StoredOrder | None:
    """As the worker runs it, for a run that was started after every record of these tests, unless told otherwise."""
    given: dict[str, Any] = {
        "run_started_at": RUN_STARTED_AT + timedelta(days=9),
        "history_length": 3,
        "decided_at": NOON,
    }
    asked = LoadRequest(order_id=order_id, **given | rank)
    return await ActivityEnvironment().run(Records(pool).load_order, asked)


async def counts(pool: asyncpg.Pool, order_id: str) -> tuple[int, int, int]:
    """Rows of orders, timeline and inbox."""
    asked = (
        "SELECT (SELECT count(*) FROM orders WHERE order_id = $1), (SELECT count(*) FROM timeline WHERE order_id = $1),"
    )
    found = await pool.fetchrow(f"{asked} (SELECT count(*) FROM inbox WHERE order_id = $1)", order_id)
    assert found is not None
    return found[0], found[1], found[2]


async def test_R41_what_an_order_has_no_place_for_is_kept_once_among_the_unplaced(
    pool: asyncpg.Pool, order_id: str
) -> None:
    fact = UnplacedFact(
        provider="payments",
        webhook_id=f"{order_id}:p-51",
        name="payment_captured",
        body="{}",
        why="51",
        said=to_wire(say("51")),
    )
    outside = batch(order_id, 1, 2, unplaced=(fact,))
    for _ in range(2):
        await record(pool, outside)
    await record(pool, batch(order_id, 3, 3, unplaced=(fact,)))
    columns = "SELECT provider, webhook_id, name, body, why, said FROM unplaced WHERE order_id = $1"
    [row] = await pool.fetch(columns, order_id)
    assert dict(row) | {"said": json.loads(row["said"])} == fact.model_dump()


async def test_R41_what_another_runs_order_has_no_place_for_is_not_kept(pool: asyncpg.Pool, order_id: str) -> None:
    fact = UnplacedFact(
        provider="payments", webhook_id=f"{order_id}:p-51", name="payment_captured", body="{}", why="51"
    )
    await record(pool, batch(order_id, 1, 1))
    await record(pool, batch(order_id, 1, 2, opened_by="another run", unplaced=(fact,)))
    assert await pool.fetchval("SELECT count(*) FROM unplaced WHERE order_id = $1", order_id) == 0


async def test_what_was_recorded_comes_back_as_it_was(pool: asyncpg.Pool, order_id: str) -> None:
    """Row, timeline and inbox, every field of them."""
    attachment = Attachment(
        uri="https://a.example/b", sha256="0" * 64, media_type="image/jpeg", size=5, caption="Kratzer – 5 €"
    )
    told = happened(
        2,
        from_stage=None,
        why="it came late",
        money={"held": -2299, "refunding": 2299},
        text="Grüße\n'; DROP TABLE orders; --",
        attachments=(attachment,),
        platform_only=True,
        request_id="r-2",
    )
    given = batch(order_id, 1, 2, timeline=(happened(1), told), inbox=(notice(2, due_at=NOON, party_id=order_id),))

    await record(pool, given)

    assert await get_order_row(pool, order_id) == given.row
    assert await get_timeline(pool, order_id) == given.timeline
    assert (await get_inbox(pool, Role.SELLER, order_id)).rows == ((order_id, given.inbox[0]),)


async def test_the_state_and_who_opened_it_come_back(pool: asyncpg.Pool, order_id: str) -> None:
    """As JSON of the same content; None for an order that was never recorded."""
    state = {"order_id": order_id, "z": [1, {"a": None}], "text": "ü"}
    await record(pool, batch(order_id, 1, 1, state=json.dumps(state)))

    loaded = await load(pool, order_id)

    assert loaded is not None
    assert json.loads(loaded.state) == state
    assert loaded.opened_by == "run-1"
    assert await load(pool, f"{order_id}-unknown") is None


async def test_a_record_that_is_tried_again_changes_nothing(pool: asyncpg.Pool, order_id: str) -> None:
    """Also two notices of one kind to one party stay two."""
    given = batch(order_id, 1, 3, inbox=(notice(3), notice(3), notice(2)))

    for _ in range(3):
        await record(pool, given)

    assert await counts(pool, order_id) == (1, 3, 3)


async def test_the_start_of_a_known_order_is_refused_and_writes_nothing(pool: asyncpg.Pool, order_id: str) -> None:
    """Even when the other run has more to tell than the first."""
    first = batch(order_id, 1, 2)
    await record(pool, first)

    answered = await record(pool, batch(order_id, 1, 5, opened_by="run-2", inbox=(notice(5),)))

    assert answered == Recorded(entry=0, owner="open")
    assert await get_order_row(pool, order_id) == first.row
    assert await counts(pool, order_id) == (1, 2, 0)


async def test_whether_the_known_order_is_settled_is_told_to_the_start_that_found_it(
    pool: asyncpg.Pool, order_id: str
) -> None:
    """A settled order's id is taken for good; an open one's new run may be the only one that can carry it."""
    await record(pool, batch(order_id, 1, 2, row=row(order_id, 2, closed_at=NOON)))
    assert await record(pool, batch(order_id, 1, 1, opened_by="run-2")) == Recorded(entry=0, owner="settled")


async def test_a_record_of_another_runs_order_is_refused_also_without_its_opening(
    pool: asyncpg.Pool, order_id: str
) -> None:
    """A run knows who opened its order: what names another one is not of this order."""
    await record(pool, batch(order_id, 1, 2))
    assert (await record(pool, batch(order_id, 3, 3, opened_by="run-9"))).owner == "open"
    assert await counts(pool, order_id) == (1, 2, 0)


async def test_of_two_starts_at_once_exactly_one_wins(pool: asyncpg.Pool, order_id: str) -> None:
    """Whoever is first; the other is refused, and no row of it remains."""
    for attempt in range(20):
        raced = f"{order_id}-{attempt}"
        starts = (record(pool, batch(raced, 1, 1, opened_by=f"run-{run}", inbox=(notice(1),))) for run in range(4))

        outcomes = await asyncio.gather(*starts, return_exceptions=True)

        refused = [outcome for outcome in outcomes if outcome != Recorded(entry=1)]
        assert refused == [Recorded(owner="open")] * 3
        assert await counts(pool, raced) == (1, 1, 1)


async def test_a_start_that_waits_for_another_one_is_refused_when_that_commits(
    pool: asyncpg.Pool, order_id: str
) -> None:
    """The moment in which a snapshot shows no order, and the table has one."""
    async with pool.acquire() as connection:
        other = connection.transaction()
        await other.start()
        await record(pool, batch(f"{order_id}-other", 1, 1, opened_by="run-1"))
        await connection.execute(
            "INSERT INTO orders SELECT copied.* FROM orders CROSS JOIN LATERAL jsonb_populate_record("
            "orders, jsonb_build_object('order_id', $2::text)) AS copied WHERE orders.order_id = $1",
            f"{order_id}-other",
            order_id,
        )
        waiting = asyncio.create_task(record(pool, batch(order_id, 1, 2, opened_by="run-2")))
        while not await pool.fetchval("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')"):
            await asyncio.sleep(0.01)
        await other.commit()

    assert await waiting == Recorded(owner="open")
    assert await counts(pool, order_id) == (1, 0, 0)


async def test_a_record_that_fails_midway_leaves_nothing(pool: asyncpg.Pool, order_id: str) -> None:
    """Neither order nor timeline remain when the inbox cannot be written."""
    given = batch(order_id, 1, 2, inbox=(notice(2), notice(2**63)))

    with pytest.raises(ApplicationError, match="Postgres cannot be used: ") as failed:
        await record(pool, given)

    assert failed.value.type == "database"
    assert await counts(pool, order_id) == (0, 0, 0)


async def test_text_that_postgres_cannot_keep_does_not_stop_the_record(pool: asyncpg.Pool, order_id: str) -> None:
    """A signal's name may hold a NUL; the rest is kept as it was, an escaped backslash too."""
    odd = happened(1, name="ship\0", summary="Literally \\u0000.", text="a\0b")
    await record(pool, batch(order_id, 1, 1, timeline=(odd,), state=json.dumps({"note": "a\0b"})))

    (line,) = await get_timeline(pool, order_id)
    assert (line.name, line.summary, line.text) == ("ship\ufffd", "Literally \\u0000.", "a\ufffdb")
    loaded = await load(pool, order_id)
    assert loaded is not None
    assert json.loads(loaded.state) == {"note": "a\ufffdb"}


async def test_orders_are_listed_newest_first_page_by_page(pool: asyncpg.Pool, order_id: str) -> None:
    """Every order once, also those of the same instant, and also when new ones arrive meanwhile."""
    buyer = order_id
    made = [f"{order_id}-{number}" for number in range(5)]
    for number, each in enumerate(made):
        at = NOON + timedelta(hours=number // 2)
        await record(pool, batch(each, 1, 1, row=row(each, buyer_id=buyer, created_at=at)))

    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await list_orders(pool, OrderFilters(buyer_id=buyer), cursor, limit=2)
        seen += [found.order_id for found in page.rows]
        late = f"{order_id}-late-{len(seen)}"
        await record(pool, batch(late, 1, 1, row=row(late, buyer_id=buyer, created_at=NOON + timedelta(days=1))))
        cursor = page.cursor
        if cursor is None:
            break

    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"seller_id": "s-other"}, {"sold by another"}),
        ({"status": "shipped"}, {"shipped"}),
        ({"waiting_on": "carrier"}, {"shipped"}),
        ({"due_before": NOON + timedelta(days=1)}, {"due"}),
        ({"due_before": NOON + timedelta(hours=1)}, set()),
        ({"waiting_on": "carrier", "seller_id": "s-other"}, set()),
        ({}, {"sold by another", "shipped", "due", "closed"}),
    ],
)
async def test_lists_narrow_by_every_filter(
    pool: asyncpg.Pool, order_id: str, narrowed: dict[str, Any], expected: set[str]
) -> None:
    """A deadline equal to `due_before` is not before it; an order without one is never due."""
    kinds: dict[str, dict[str, Any]] = {
        "sold by another": {"seller_id": "s-other"},
        "shipped": {"stage": Stage.SHIPPED, "status": "shipped", "waiting_on": "carrier"},
        "due": {"deadline_at": NOON + timedelta(hours=1)},
        "closed": {"deadline_kind": None, "deadline_at": None, "next_deadline_at": None},
    }
    for kind, other in kinds.items():
        each = f"{order_id}-{kind.replace(' ', '-')}"
        await record(pool, batch(each, 1, 1, row=row(each, buyer_id=order_id, **other)))

    page = await list_orders(pool, OrderFilters(buyer_id=order_id, **narrowed))

    assert {found.order_id for found in page.rows} == {f"{order_id}-{kind.replace(' ', '-')}" for kind in expected}


async def test_a_timeline_is_read_in_pages(pool: asyncpg.Pool, order_id: str) -> None:
    """After an entry, at most so many."""
    await record(pool, batch(order_id, 1, 5))

    assert [line.entry for line in await get_timeline(pool, order_id, limit=2)] == [1, 2]
    assert [line.entry for line in await get_timeline(pool, order_id, after_entry=3)] == [4, 5]
    assert await get_timeline(pool, order_id, after_entry=5) == ()


async def test_an_inbox_is_read_newest_first_page_by_page(pool: asyncpg.Pool, order_id: str) -> None:
    """Only the party's own; the platform's has no party."""
    mine = [notice(entry, party_id=order_id) for entry in (1, 2, 3)]
    theirs = notice(3, role=Role.PLATFORM, party_id="", kind="attention", text=order_id)
    await record(pool, batch(order_id, 1, 3, inbox=(*mine, theirs)))

    first = await get_inbox(pool, Role.SELLER, order_id, limit=2)
    second = await get_inbox(pool, Role.SELLER, order_id, first.cursor, limit=2)

    assert [found.entry for _, found in (*first.rows, *second.rows)] == [3, 2, 1]
    assert second.cursor is None
    assert (order_id, theirs) in (await get_inbox(pool, Role.PLATFORM)).rows


@pytest.mark.parametrize("limit", [0, -1, None])
async def test_a_page_that_is_too_large_or_empty_is_refused(pool: asyncpg.Pool, limit: int | None) -> None:
    """One more than the most, or less than one; the most itself is served."""
    for most, asked in (
        (MAX_ORDERS, lambda limit: list_orders(pool, limit=limit)),
        (MAX_ENTRIES, lambda limit: get_timeline(pool, "A-none", limit=limit)),
        (MAX_NOTICES, lambda limit: get_inbox(pool, Role.BUYER, "nobody", limit=limit)),
    ):
        await asked(most)
        with pytest.raises(WrongPage, match=f"1 to {most} rows"):
            await asked(most + 1 if limit is None else limit)


@pytest.mark.parametrize("cursor", ["", "x", "bnVsbA==", "WyIyMDI2LTAzLTAyIiwgIkEtMSJd", "A" * 300, "é"])
async def test_a_cursor_that_we_did_not_give_is_refused(pool: asyncpg.Pool, cursor: str) -> None:
    """Not Base64, not JSON, no instant, too long."""
    with pytest.raises(WrongPage, match="cursor"):
        await list_orders(pool, cursor=cursor)
    with pytest.raises(WrongPage, match="cursor"):
        await get_inbox(pool, Role.BUYER, "b-7", cursor)


async def test_what_a_failed_task_had_recorded_is_replaced_by_what_was_decided_instead(
    pool: asyncpg.Pool, order_id: str
) -> None:
    """Also when it had recorded more than was decided then: nothing of it stays."""
    await record(pool, batch(order_id, 1, 1, inbox=(notice(1),)))
    phantom = (notice(2), notice(2), notice(3), notice(4))
    await record(pool, batch(order_id, 2, 4, history_length=20, inbox=phantom))
    await record(pool, batch(order_id, 2, 2, history_length=23, inbox=(notice(2),)))
    assert await counts(pool, order_id) == (1, 2, 2)
    assert await pool.fetchval("SELECT entry FROM orders WHERE order_id = $1", order_id) == 2


async def test_a_batch_that_comes_late_changes_nothing(pool: asyncpg.Pool, order_id: str) -> None:
    await record(pool, batch(order_id, 1, 2, history_length=30))
    with pytest.raises(ApplicationError, match="Something later stands"):
        await record(pool, batch(order_id, 2, 5, history_length=20, inbox=(notice(5),)))
    assert await counts(pool, order_id) == (1, 2, 0)


async def test_a_batch_that_comes_late_is_recorded_only_if_all_of_it_stands(pool: asyncpg.Pool, order_id: str) -> None:
    """ "Recorded" is never answered for something that was not written."""
    await record(pool, batch(order_id, 1, 3, history_length=30))
    assert await record(pool, batch(order_id, 2, 3, history_length=20)) == Recorded(entry=3)
    other = (happened(2), happened(3, summary="Something else happened."))
    with pytest.raises(ApplicationError, match="Something later stands"):
        await record(pool, batch(order_id, 2, 3, history_length=20, timeline=other))


@pytest.mark.parametrize("first", [1, 2], ids=["the first attempt comes first", "the second attempt comes first"])
async def test_of_two_attempts_of_one_task_the_later_one_stands(pool: asyncpg.Pool, order_id: str, first: int) -> None:
    """From the second on all attempts of a task have one history length: only the instant of the decision grows."""
    await record(pool, batch(order_id, 1, 1))
    phantom = batch(order_id, 2, 3, history_length=30, inbox=(notice(2), notice(3)))
    decided = (happened(2, at=NOON + timedelta(hours=1)),)
    later = batch(order_id, 2, 2, history_length=30, decided_at=NOON + timedelta(hours=1), timeline=decided)
    for each in (phantom, later) if first == 1 else (later, phantom):
        try:
            await record(pool, each)
        except ApplicationError:
            assert (first, each) == (2, phantom)
    assert (await get_timeline(pool, order_id))[1:] == decided
    assert await counts(pool, order_id) == (1, 2, 0)


async def test_a_batch_without_entries_brings_the_row_only(pool: asyncpg.Pool, order_id: str) -> None:
    """What reconciliation asks for after a database was restored: nothing of the timeline is taken away."""
    await record(pool, batch(order_id, 1, 2, inbox=(notice(2),)))
    assert await record(pool, batch(order_id, 5, 4, history_length=99)) == Recorded(entry=4)
    assert await counts(pool, order_id) == (1, 2, 1)
    assert await pool.fetchval("SELECT entry FROM orders WHERE order_id = $1", order_id) == 4


async def test_what_is_recorded_again_as_it_was_is_not_told_again(pool: asyncpg.Pool, order_id: str) -> None:
    """Records overlap: the next one brings what the last one, still under way, has written."""
    await record(pool, batch(order_id, 1, 1, inbox=(notice(1),)))
    await pool.execute("UPDATE inbox SET matched_at = now() WHERE order_id = $1", order_id)
    await record(pool, batch(order_id, 1, 2, inbox=(notice(1), notice(2))))
    matched = await pool.fetch("SELECT entry FROM inbox WHERE order_id = $1 AND matched_at IS NOT NULL", order_id)
    assert [found["entry"] for found in matched] == [1]


async def test_R38_a_load_makes_every_record_of_an_earlier_run_come_too_late(pool: asyncpg.Pool, order_id: str) -> None:
    """What stands already is recorded; what does not, will never be, and says so for good."""
    await record(pool, batch(order_id, 1, 2))
    assert await load(pool, order_id)
    assert await record(pool, batch(order_id, 1, 2)) == Recorded(entry=2)
    with pytest.raises(ApplicationError, match="too late") as late:
        await record(pool, batch(order_id, 3, 3, history_length=999))
    assert (late.value.type, late.value.non_retryable) == ("late", True)
    assert await counts(pool, order_id) == (1, 2, 0)
    await record(pool, batch(order_id, 3, 3, run_started_at=RUN_STARTED_AT + timedelta(days=9), history_length=3))
    assert await counts(pool, order_id) == (1, 3, 0)


async def test_R38_a_load_of_an_earlier_run_takes_nothing_from_a_later_one(pool: asyncpg.Pool, order_id: str) -> None:
    await record(pool, batch(order_id, 1, 2, run_started_at=RUN_STARTED_AT + timedelta(days=20)))
    assert await load(pool, order_id)
    await record(pool, batch(order_id, 3, 3, run_started_at=RUN_STARTED_AT + timedelta(days=20)))
    assert await counts(pool, order_id) == (1, 3, 0)


async def test_R38_a_load_brings_every_request_that_was_sent(pool: asyncpg.Pool, order_id: str) -> None:
    """However old, and refused ones too: a reset must not let one be judged anew in a later state of the order. And it
    says by what the last entry can be known."""
    told = [
        happened(entry, request_id=f"r-{entry}", outcome="refused" if entry == 2 else "accepted") for entry in (1, 2, 3)
    ]
    await record(pool, batch(order_id, 1, 3, timeline=tuple(told)))
    loaded = await load(pool, order_id)
    assert loaded
    assert [(sent.role, sent.request_id) for sent in loaded.requests] == [
        (Role.BUYER, "r-1"),
        (Role.BUYER, "r-2"),
        (Role.BUYER, "r-3"),
    ]
    assert (loaded.entry, loaded.last) == (3, StoredEntry(name="send_message", party_id="b-7", request_id="r-3"))


async def test_a_later_run_comes_after_every_task_of_an_earlier_one(pool: asyncpg.Pool, order_id: str) -> None:
    await record(pool, batch(order_id, 1, 2, history_length=30))
    await record(pool, batch(order_id, 3, 3, run_started_at=RUN_STARTED_AT + timedelta(days=1), history_length=4))
    assert await pool.fetchval("SELECT entry FROM orders WHERE order_id = $1", order_id) == 3
