"""Facts that wait for their order, against a real Postgres: due with the record that creates it, given once, told when
nobody starts it (R33)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from temporalio.runtime import MetricBuffer, Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode

from activities.read_model import Records
from activities.unplaced import (
    AGAIN_AFTER,
    AT_ONCE,
    FORGOTTEN_AFTER,
    RECENT,
    TOLD_EACH,
    UNPLACED,
    WAITS,
    Placing,
    UnplacedWatch,
)
from starter.errors import OrderNotFound
from starter.unplaced import MAX_UNPLACED_BODY, Desk, KeptUnplaced, NotPlaceable, Unplaced
from tests.activities.test_records import batch
from workflows.messages.base import Fact
from workflows.messages.commands import PaymentCaptured
from workflows.messages.values import Party, Role
from workflows.messages.work import UnplacedFact

BY: Final = Party(role=Role.PAYMENT_PROVIDER, id="sandbox")


@dataclass
class Told:
    """Who leaves facts with orders, writes down which, and may be away."""

    facts: list[tuple[str, Fact]] = field(default_factory=list)
    trouble: Exception | None = None

    async def tell(self, order_id: str, fact: Fact) -> None:
        if self.trouble:
            raise self.trouble
        self.facts.append((order_id, fact))


@dataclass
class Clock:
    """A clock that stands beside Postgres's own, ahead by so much."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest_asyncio.fixture(autouse=True)
async def nothing_else(pool: asyncpg.Pool) -> AsyncIterator[None]:
    """What other tests left there is none of ours."""
    await pool.execute("TRUNCATE unplaced")
    yield
    await pool.execute("TRUNCATE unplaced")


def captured(payment_id: str) -> PaymentCaptured:
    return PaymentCaptured(by=BY, request_id="w-1", payment_id=payment_id, amount=2_299, currency="USD", method="card")


def early(order_id: str | None, fact: Fact | None = None, **changes: object) -> Unplaced:
    """A payment that waits for its order."""
    plain = {
        "provider": "sandbox",
        "webhook_id": uuid4().hex,
        "name": "payment_captured",
        "order_id": order_id,
        "body": "{}",
        "why": "There is no such order.",
        "fact": (fact or captured(f"p-{order_id}")).model_dump_json(exclude_none=True),
        "waits_for": order_id,
    }
    return Unplaced.model_validate(plain | changes)


async def kept(desk: Desk, one: Unplaced) -> KeptUnplaced:
    await desk.keep(one)
    [known] = [each for each in await desk.unplaced() if each.webhook_id == one.webhook_id]
    return known


async def begun(pool: asyncpg.Pool, order_id: str) -> None:
    """The order's first record."""
    await Records(pool).write(batch(order_id, 1, 1))


async def test_R33_the_record_that_creates_an_order_makes_due_what_waits_for_it(
    pool: asyncpg.Pool, order_id: str
) -> None:
    """In its own statement; and only that record, only of that order, and given once."""
    desk, told = Desk(pool), Told()
    placing = Placing(pool, told)
    for waits in (order_id, f"{order_id}.other"):
        await desk.keep(early(waits))
    assert (await placing.round(), told.facts) == (0, [])
    await begun(pool, order_id)
    due = await pool.fetch("SELECT waits_for FROM unplaced WHERE due_at IS NOT NULL")
    assert [one["waits_for"] for one in due] == [order_id]
    assert await placing.round() == 1
    assert told.facts == [(order_id, captured(f"p-{order_id}"))]
    assert (await placing.round(), [one.waits_for for one in await desk.unplaced()]) == (0, [f"{order_id}.other"])


async def test_a_record_of_an_order_that_is_there_looks_for_nothing(pool: asyncpg.Pool, order_id: str) -> None:
    """What was kept of it for another reason is not given to it by the way."""
    await begun(pool, order_id)
    await Desk(pool).keep(early(order_id, waits_for=None))
    await Records(pool).write(batch(order_id, 2, 2))
    assert await pool.fetchval("SELECT count(*) FROM unplaced WHERE due_at IS NOT NULL") == 0


async def test_R33_a_fact_that_is_kept_while_its_order_is_recorded_is_found_all_the_same(
    pool: asyncpg.Pool, order_id: str
) -> None:
    """Neither statement has seen the other's row; and of one that came when the order was there it is due at once."""
    desk, told, clock = Desk(pool), Told(), Clock()
    placing = Placing(pool, told, now=clock)
    await begun(pool, order_id)
    await desk.keep(early(order_id))
    await pool.execute("UPDATE unplaced SET due_at = NULL")
    clock.ahead = RECENT + timedelta(seconds=5)
    assert await placing.round() == 0
    clock.ahead = timedelta()
    assert await placing.round() == 1
    await desk.keep(early(order_id))
    assert await pool.fetchval("SELECT count(*) FROM unplaced WHERE due_at IS NOT NULL AND ended_at IS NULL") == 1


async def test_R33_what_a_worker_took_and_did_not_hand_over_is_due_again(pool: asyncpg.Pool, order_id: str) -> None:
    """It died or froze, or Temporal was away; meanwhile no other worker takes it."""
    desk, told, clock = Desk(pool), Told(), Clock()
    placing = Placing(pool, told, now=clock)
    await desk.keep(early(order_id))
    await begun(pool, order_id)
    told.trouble = RPCError("away", RPCStatusCode.UNAVAILABLE, b"")
    assert await placing.round() == 1
    told.trouble = None
    assert await placing.round() == 0
    clock.ahead = AGAIN_AFTER + timedelta(seconds=1)
    assert await placing.round() == 1
    assert [given for given, _ in told.facts] == [order_id]


async def test_one_that_cannot_be_handed_over_holds_up_no_other(pool: asyncpg.Pool, order_id: str) -> None:
    desk, told = Desk(pool), Told()
    await desk.keep(early(order_id, name="nobody_knows"))
    await desk.keep(early(order_id))
    await begun(pool, order_id)
    with pytest.raises(Exception, match="nobody_knows"):
        await Placing(pool, told).round()
    assert [given for given, _ in told.facts] == [order_id]


async def test_many_are_given_in_several_rounds_and_by_several_workers_each_once(
    pool: asyncpg.Pool, order_id: str
) -> None:
    desk, told = Desk(pool), Told()
    for number in range(AT_ONCE + 1):
        await desk.keep(early(order_id, captured(f"p-{order_id}-{number}")))
    await begun(pool, order_id)
    assert sorted(await asyncio.gather(*(Placing(pool, told).round() for _ in range(2)))) == [1, AT_ONCE]
    assert len({fact.payment_id for _, fact in told.facts if isinstance(fact, PaymentCaptured)}) == AT_ONCE + 1
    assert len(told.facts) == AT_ONCE + 1


async def test_R33_what_waits_longer_than_an_hour_needs_a_person_and_what_nobody_will_take_does_at_once(
    pool: asyncpg.Pool, order_id: str
) -> None:
    """Counted, listed, and told to the platform's subscribers, once."""
    desk, clock, heard = Desk(pool), Clock(), Heard()
    watch = UnplacedWatch(pool, heard.meter, now=clock)
    waits = await kept(desk, early(order_id))
    never = await kept(desk, early(None, fact=None, name=None, why="It could not be read."))
    assert (waits.needs_attention, never.needs_attention) == (False, True)
    for ahead, counts in (
        (timedelta(), {"needs_attention": 1, "waiting": 1}),
        (WAITS - timedelta(minutes=1), {"needs_attention": 1, "waiting": 1}),
        (WAITS + timedelta(minutes=1), {"needs_attention": 2, "waiting": 0}),
        (WAITS + timedelta(minutes=1), {"needs_attention": 2, "waiting": 0}),
    ):
        clock.ahead = ahead
        await watch.look()
        assert heard() == counts
    notices = await pool.fetch(
        "SELECT role, text FROM stuck_notices WHERE kind = 'fact_unplaced' AND text LIKE ANY($1) ORDER BY notice_id",
        [f"%countermand place {one.id}" for one in (waits, never)],
    )
    assert [notice["role"] for notice in notices] == ["platform", "platform"]
    assert "could not be read" in notices[0]["text"]
    assert order_id in notices[1]["text"]


async def test_so_many_that_something_larger_is_broken_are_told_in_one_sentence(pool: asyncpg.Pool) -> None:
    desk, watch = Desk(pool), UnplacedWatch(pool)
    before = await pool.fetchval("SELECT count(*) FROM stuck_notices")
    for _ in range(TOLD_EACH + 1):
        await desk.keep(early(None, why="It could not be read."))
    await watch.look()
    assert await pool.fetchval("SELECT count(*) FROM stuck_notices") == before + 1
    for _ in range(TOLD_EACH):
        await desk.keep(early(None, why="It could not be read."))
    await watch.look()
    assert await pool.fetchval("SELECT count(*) FROM stuck_notices") == before + 1 + TOLD_EACH


async def test_what_is_over_is_forgotten_after_its_time_and_what_is_open_never(
    pool: asyncpg.Pool, order_id: str
) -> None:
    desk, clock = Desk(pool), Clock()
    watch = UnplacedWatch(pool, now=clock)
    done = await kept(desk, early(None))
    still = await kept(desk, early(order_id))
    await desk.done(done.id, "paid back by hand")
    for ahead, rows in ((FORGOTTEN_AFTER - timedelta(minutes=1), 2), (FORGOTTEN_AFTER + timedelta(minutes=1), 1)):
        clock.ahead = ahead
        await watch.look()
        assert await pool.fetchval("SELECT count(*) FROM unplaced") == rows
    assert [one.id for one in await desk.unplaced()] == [still.id]


async def test_R33_a_person_gives_it_to_an_order(pool: asyncpg.Pool, order_id: str) -> None:
    desk, told = Desk(pool), Told()
    fact = captured(f"p-{order_id}")
    one = await kept(desk, early("A-misspelt", fact))
    with pytest.raises(OrderNotFound):
        await desk.place(one.id, order_id)
    await begun(pool, order_id)
    await desk.place(one.id, order_id)
    await Placing(pool, told).round()
    assert told.facts == [(order_id, fact)]
    with pytest.raises(NotPlaceable, match="before") as again:
        await desk.place(one.id, order_id)
    assert again.value.code == "not_allowed_now"
    with pytest.raises(NotPlaceable) as unknown:
        await desk.place(one.id + 1_000, order_id)
    assert unknown.value.code == "not_found"


async def test_R36_a_payment_that_is_another_orders_by_now_is_given_to_none(pool: asyncpg.Pool, order_id: str) -> None:
    """Whose it is is asked again when it is given away: a claim lasts for a day. A person looks at it then."""
    desk, told, fact = Desk(pool), Told(), captured(f"p-{order_id}")
    await desk.keep(early(order_id, fact))
    assert await desk.claim(f"{order_id}.b", fact) is None
    await begun(pool, order_id)
    assert await Placing(pool, told).round() == 1
    [one] = await desk.unplaced()
    assert (told.facts, one.waits_for, one.needs_attention) == ([], None, True)
    assert one.why == f"conflict: payment p-{order_id} belongs to order {order_id}.b."
    with pytest.raises(NotPlaceable, match="belongs to order"):
        await desk.place(one.id, order_id)
    assert (await Placing(pool, told).round(), told.facts) == (0, [])


async def test_R36_who_places_a_payment_elsewhere_moves_the_claim_of_the_order_that_it_named(
    pool: asyncpg.Pool, order_id: str
) -> None:
    desk, told, fact = Desk(pool), Told(), captured(f"p-{order_id}")
    assert await desk.claim("A-misspelt", fact) is None
    one = await kept(desk, early("A-misspelt", fact))
    await begun(pool, order_id)
    await desk.place(one.id, order_id)
    await Placing(pool, told).round()
    assert told.facts == [(order_id, fact)]
    assert "belongs to" in str(await desk.claim("A-misspelt", fact))


async def test_R33_a_person_says_that_it_is_done(pool: asyncpg.Pool, order_id: str) -> None:
    desk, told = Desk(pool), Told()
    one = await kept(desk, early(order_id, fact=None))
    await desk.done(one.id, "paid back by hand")
    assert await pool.fetchval("SELECT note FROM unplaced WHERE id = $1", one.id) == "paid back by hand"
    await begun(pool, order_id)
    assert (await Placing(pool, told).round(), await desk.unplaced()) == (0, ())
    with pytest.raises(NotPlaceable, match="before"):
        await desk.done(one.id, "twice")


async def test_what_is_no_fact_is_given_to_no_order(pool: asyncpg.Pool, order_id: str) -> None:
    desk = Desk(pool)
    await begun(pool, order_id)
    one = await kept(desk, early(None).model_copy(update={"fact": None}))
    with pytest.raises(NotPlaceable, match="could not be read"):
        await desk.place(one.id, order_id)


async def test_a_body_is_kept_up_to_its_limit(pool: asyncpg.Pool) -> None:
    desk = Desk(pool)
    for length, kept_bytes in ((MAX_UNPLACED_BODY, MAX_UNPLACED_BODY), (MAX_UNPLACED_BODY + 1, MAX_UNPLACED_BODY)):
        one = await kept(desk, early(None, body="x" * length))
        assert len(one.body) == kept_bytes


async def test_what_an_order_hands_on_a_person_may_give_to_another(pool: asyncpg.Pool, order_id: str) -> None:
    """One payment more than it keeps apart (R41) is a fact that another order may be meant by."""
    fact = captured(f"p-{order_id}")
    handed_on = UnplacedFact(
        provider="sandbox",
        webhook_id=uuid4().hex,
        name=fact.name,
        body=fact.model_dump_json(exclude_none=True),
        why="It keeps fifty apart.",
    )
    told = Told()
    await Records(pool).write(batch(order_id, 1, 1, unplaced=(handed_on,)))
    [one] = await Desk(pool).unplaced()
    assert one.needs_attention
    await begun(pool, f"{order_id}.b")
    await Desk(pool).place(one.id, f"{order_id}.b")
    await Placing(pool, told).round()
    assert told.facts == [(f"{order_id}.b", fact)]


class Heard:
    """The one gauge, as the runtime hands it out."""

    def __init__(self) -> None:
        self._buffer = MetricBuffer(1_000)
        self.meter = Runtime(telemetry=TelemetryConfig(metrics=self._buffer)).metric_meter

    def __call__(self) -> dict[str, float]:
        """Its last value for each state."""
        told = [update for update in self._buffer.retrieve_updates() if update.metric.name == UNPLACED]
        return {str(update.attributes["state"]): update.value for update in told}
