"""One payment reported for two orders: it has one owner, or both wait until the platform says whose it is (R36)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from temporalio.client import Client

from activities.order_signals import Facts
from activities.register.conflicts import PaymentConflicts
from activities.unplaced import Placing
from starter.client.orders import OrderClient
from starter.errors import OrderNotFound, PaymentElsewhere
from starter.unplaced import NotPlaceable
from tests.activities.test_records import share
from tests.activities.test_register import keep
from tests.starter.orders import PATIENCE, PLATFORM, PROVIDER, SELLER, an_order
from workflows.messages.answers import OrderView
from workflows.messages.base import Fact
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOutcome, RefundReported
from workflows.messages.commands import PaymentCaptured
from workflows.messages.values import MoneyState, Stage

TOTAL = 2299
PART = 1500


def paid(payment_id: str, amount: int = TOTAL, **fields: Any) -> PaymentCaptured:
    return PaymentCaptured(by=PROVIDER, payment_id=payment_id, amount=amount, currency="USD", method="card", **fields)


def back(payment_id: str, state: MoneyState) -> RefundReported:
    """Somebody gives some of it back in the provider's console."""
    return RefundReported(
        by=PROVIDER, payment_id=payment_id, reference="re-1", amount=PART, currency="USD", state=state
    )


def part(fact: Fact) -> int:
    assert isinstance(fact, RefundReported)
    return fact.amount


async def two_orders(client: OrderClient, order_id: str) -> tuple[str, str]:
    orders = (f"{order_id[:40]}-1", f"{order_id[:40]}-2")
    for each in orders:
        await client.start(an_order(each))
    return orders


async def becomes(client: OrderClient, order_id: str, looks: Callable[[OrderView], bool]) -> OrderView:
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not looks(view := await client.order(order_id)):
            await asyncio.sleep(0.05)
    return view


def is_paid(view: OrderView) -> bool:
    return view.stage is Stage.AWAITING_SHIPMENT


def is_in_conflict(view: OrderView) -> bool:
    return [found.kind for found in view.needs_attention] == ["payment_conflict"]


@pytest.fixture(params=["report", "send"])
def reporting(client: OrderClient, request: pytest.FixtureRequest) -> Callable[[str, PaymentCaptured], Awaitable[Any]]:
    """Both ways of a client: unanswered, and answered."""
    way: Callable[[str, PaymentCaptured], Awaitable[Any]] = getattr(client, request.param)
    return way


async def test_E6_a_payment_reported_for_a_second_order_is_kept_as_unplaced_and_told_to_nobody(
    client: OrderClient, order_id: str, reporting: Callable[[str, PaymentCaptured], Awaitable[Any]]
) -> None:
    first, second = await two_orders(client, order_id)
    fact = paid(f"pay-{order_id}")
    await reporting(first, fact)
    await becomes(client, first, is_paid)
    with pytest.raises(PaymentElsewhere, match=f"belongs to order {first}"):
        await reporting(second, fact)
    [kept] = [one for one in await client.desk.unplaced() if one.order_id == second]
    assert (kept.name, kept.why) == ("payment_captured", f"conflict: payment pay-{order_id} belongs to order {first}")
    assert PaymentCaptured.model_validate_json(kept.body).payment_id == f"pay-{order_id}"
    assert [entry.name for entry in await client.timeline(second)] == ["start"]
    await reporting(first, fact)


async def test_R36_an_order_that_nobody_started_claims_nothing(client: OrderClient, order_id: str) -> None:
    """Or a mistyped id would keep the payment from its own order for a day."""
    first, _ = await two_orders(client, order_id)
    fact = paid(f"pay-{order_id}")
    for way in (client.report, client.send):
        with pytest.raises(OrderNotFound):
            await way(f"{order_id[:40]}-9", fact)
    await client.report(first, fact)
    await becomes(client, first, is_paid)


async def test_R36_a_payment_pays_two_orders_by_written_shares(client: OrderClient, order_id: str) -> None:
    first, second = await two_orders(client, order_id)
    for each in (first, second):
        await client.report(each, paid(f"pay-{order_id}", of=2 * TOTAL))
        view = await becomes(client, each, is_paid)
        assert [payment["of"] for payment in view.payments] == [2 * TOTAL]
    await client.start(an_order(third := f"{order_id[:40]}-3"))
    with pytest.raises(PaymentElsewhere, match="more than it brought"):
        await client.report(third, paid(f"pay-{order_id}", 1, of=2 * TOTAL))


async def test_R36_two_orders_that_claim_one_payment_in_one_instant_by_signal_wait_for_the_platform(
    client: OrderClient, temporal: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    """A stranger's signals ask nobody: both orders are paid, both learn of the other, and one is in the end."""
    first, second = await two_orders(client, order_id)
    told = paid(f"pay-{order_id}").model_dump(mode="json", exclude_none=True)
    await asyncio.gather(*(client.signal(each, "payment_captured", told) for each in (first, second)))
    for each in (first, second):
        await becomes(client, each, is_paid)
    # What rows of other tests claim is nobody's to hear: there are no such orders.
    await pool.execute("UPDATE payment_shares SET due_at = NULL WHERE payment_id <> $1", f"pay-{order_id}")
    conflicts = PaymentConflicts(pool, Facts(temporal, task_queue))
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not await conflicts.look():
            await asyncio.sleep(0.05)
    for each in (first, second):
        view = await becomes(client, each, is_in_conflict)
        assert sorted([each, *view.payments[0]["claimed_by"]]) == [first, second]
    note = "asked the provider"
    await client.settle_payment_conflict(first, by=PLATFORM, payment_id=f"pay-{order_id}", amount=TOTAL, note=note)
    await client.settle_payment_conflict(second, by=PLATFORM, payment_id=f"pay-{order_id}", amount=0, note=note)
    ended = await client.result(second, within=PATIENCE)
    assert (ended.stage, ended.reason, ended.captured, ended.refunded) == (Stage.CANCELLED, "payment_conflict", 0, 0)
    view = await client.order(first)
    assert (view.stage, view.captured, view.needs_attention) == (Stage.AWAITING_SHIPMENT, TOTAL, ())
    await client.ship(first, by=SELLER, carrier="post", tracking="T-1")
    await conflicts.look()
    assert not (await client.order(first)).needs_attention


async def test_R36_the_platform_says_once_whose_a_word_about_a_shared_payment_is(
    client: OrderClient, temporal: Client, pool: asyncpg.Pool, task_queue: str, order_id: str
) -> None:
    """What it took is back where it was, and is taken there; and what is said of it from then on goes there too."""
    first, second = await two_orders(client, order_id)
    for each in (first, second):
        await client.report(each, paid(f"pay-{order_id}", of=2 * TOTAL))
        await becomes(client, each, is_paid)
    desk, word = client.desk, back(f"pay-{order_id}", MoneyState.PENDING)
    for order, fact in await desk.allot(None, word) or ():
        await client.report(order, fact)
    await becomes(client, first, lambda view: view.refunded == PART)
    [allotted] = [one for one in await desk.allotted() if one.payment_id == f"pay-{order_id}"]
    assert (allotted.subject, allotted.parts, allotted.placed_at) == ("refund re-1", {first: PART}, None)
    with pytest.raises(NotPlaceable, match="has no share of payment"):
        await desk.place_allotted(allotted.id, f"{order_id[:40]}-9")
    with pytest.raises(NotPlaceable, match=f"is order {first}'s already"):
        await desk.place_allotted(allotted.id, first)

    await desk.place_allotted(allotted.id, second)
    placing = Placing(pool, Facts(temporal, task_queue))
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while (await client.order(second)).refunded != PART or (await client.order(first)).refunded:
            await placing.round()
            await asyncio.sleep(0.05)

    assert [(await client.order(each)).held for each in (first, second)] == [TOTAL, TOTAL - PART]
    with pytest.raises(NotPlaceable, match="was said before"):
        await desk.place_allotted(allotted.id, first)
    later = await desk.allot(None, back(f"pay-{order_id}", MoneyState.SUCCEEDED))
    assert later is not None
    assert {order: part(fact) for order, fact in later} == {first: 0, second: PART}

    another = back(f"pay-{order_id}", MoneyState.PENDING).model_copy(update={"reference": "re-2"})
    await desk.allot(None, another)
    [older, _] = [one.id for one in await desk.allotted() if one.payment_id == f"pay-{order_id}"]
    await desk.allot(None, another.model_copy(update={"state": MoneyState.SUCCEEDED}))
    with pytest.raises(NotPlaceable, match="More was said about the same thing since: say it of allotment"):
        await desk.place_allotted(older, second)
    with pytest.raises(NotPlaceable, match="There is no allotment 0"):
        await desk.place_allotted(0, second)


async def test_R36_nobody_says_of_the_whole_whose_it_is_nor_of_a_loss_that_would_be_borne_by_nobody(
    client: OrderClient, pool: asyncpg.Pool, order_id: str
) -> None:
    """Of the whole each bears its share; and an order hears the same outcome of a chargeback once (R34)."""
    payment_id, orders = f"pay-{order_id}", (f"{order_id[:40]}-1", f"{order_id[:40]}-2")
    for each in orders:
        await keep(pool, each, 1, share(payment_id, TOTAL, brought=2 * TOTAL, whole=2 * TOTAL))
    await pool.execute("UPDATE payment_shares SET due_at = NULL WHERE payment_id = $1", payment_id)
    for amount, why in ((2 * TOTAL, "is over the whole payment"), (TOTAL + 1, "has taken a part of this chargeback")):
        lost = ChargebackClosed(
            by=PROVIDER,
            payment_id=payment_id,
            chargeback_id=f"c-{amount}",
            amount=amount,
            outcome=ChargebackOutcome.LOST,
        )
        await client.desk.allot(None, lost)
        [number] = [one.id for one in await client.desk.allotted() if one.subject == f"chargeback c-{amount}"]
        with pytest.raises(NotPlaceable, match=why):
            await client.desk.place_allotted(number, orders[1])
