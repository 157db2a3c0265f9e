"""Words about a payment that several orders share: allotted once, and read again whenever they are repeated (R36)."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from activities.read_model import Records
from activities.register.words import Told, Word, allot, told_anew
from tests.activities.test_records import batch, share
from tests.activities.test_register import keep
from tests.process.orders import PROVIDER, captured
from workflows.messages.base import Fact
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, ChargebackOutcome, RefundReported
from workflows.messages.values import MoneyState

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def opened(payment_id: str, amount: int, **fields: Any) -> ChargebackOpened:
    return ChargebackOpened(by=PROVIDER, payment_id=payment_id, chargeback_id="c-1", amount=amount, **fields)


def closed(payment_id: str, amount: int, outcome: ChargebackOutcome = ChargebackOutcome.LOST, **fields: Any) -> Fact:
    return ChargebackClosed(
        by=PROVIDER, payment_id=payment_id, chargeback_id="c-1", amount=amount, outcome=outcome, **fields
    )


def reported(payment_id: str, amount: int, state: MoneyState = MoneyState.PENDING) -> RefundReported:
    return RefundReported(
        by=PROVIDER, payment_id=payment_id, reference="re-1", amount=amount, currency="USD", state=state
    )


async def shared_by(pool: asyncpg.Pool, order_id: str, *amounts: int, whole: int = 3000) -> tuple[str, Sequence[str]]:
    """A payment, and orders that have so much of it, the oldest first."""
    payment_id, orders = f"pay-{order_id}", [f"{order_id}-{number}" for number in range(len(amounts))]
    for each, amount in zip(orders, amounts, strict=True):
        await keep(pool, each, 1, share(payment_id, amount, brought=whole, whole=whole))
    return payment_id, orders


def parts(told: Told | None) -> dict[str, int]:
    assert told is not None
    return {order_id: fact.amount for order_id, fact in told if isinstance(fact, Word)}


async def test_R36_a_word_goes_to_each_order_with_its_part(pool: asyncpg.Pool, order_id: str) -> None:
    payment_id, (first, second) = await shared_by(pool, order_id, 1000, 2000)
    assert parts(await allot(pool, None, opened(payment_id, 3000))) == {first: 1000, second: 2000}
    assert parts(await allot(pool, None, reported(payment_id, 1500))) == {first: 1000, second: 500}
    assert parts(await allot(pool, second, closed(payment_id, 10))) == {second: 10, first: 0}


async def test_R36_a_word_is_allotted_once_over_the_shares_as_they_stand(pool: asyncpg.Pool, order_id: str) -> None:
    """However often it is repeated, and whatever became of the shares; what is said of another refund goes by what they
    are then."""
    payment_id, (first, second) = await shared_by(pool, order_id, 1000, 2000)
    word = reported(payment_id, 900)
    assert parts(await allot(pool, None, word)) == {first: 900}
    await keep(pool, first, 2, share(payment_id, 1000, brought=3000, whole=3000, returned=1000))
    for _ in range(2):
        assert parts(await allot(pool, None, word)) == {first: 900}
    another = reported(payment_id, 900).model_copy(update={"reference": "re-2"})
    assert parts(await allot(pool, None, another)) == {second: 900}


async def test_R36_the_same_word_twice_at_once_is_allotted_once(pool: asyncpg.Pool, order_id: str) -> None:
    payment_id, _ = await shared_by(pool, order_id, 1000, 2000)
    told = await asyncio.gather(*(allot(pool, None, opened(payment_id, 1500)) for _ in range(8)))
    assert len({str(each) for each in told}) == 1
    kept = await pool.fetch("SELECT parts FROM allotments WHERE payment_id = $1", payment_id)
    assert [json.loads(row["parts"]) for row in kept] == [parts(told[0])]


@pytest.mark.parametrize(
    "other",
    [
        lambda payment_id: closed(payment_id, 1000, ChargebackOutcome.WON),
        lambda payment_id: closed(payment_id, 1000, occurred_at=AT),
        lambda payment_id: closed(payment_id, 999),
        lambda payment_id: opened(payment_id, 1000),
    ],
    ids=["won", "lost since then", "over less", "opened"],
)
async def test_R36_another_word_about_the_same_goes_to_the_order_whose_money_it_took(
    pool: asyncpg.Pool, order_id: str, other: Any
) -> None:
    """Its share has nothing left by then, because of that very chargeback: nobody else loses the money again."""
    payment_id, (first, _) = await shared_by(pool, order_id, 1000, 2000)
    assert parts(await allot(pool, None, closed(payment_id, 1000))) == {first: 1000}
    await keep(pool, first, 2, share(payment_id, 1000, brought=3000, whole=3000, returned=1000))
    word = other(payment_id)
    assert parts(await allot(pool, None, word)) == {first: word.amount}


@pytest.mark.parametrize("amount", [1500, 3000])
async def test_R36_a_refund_of_the_console_takes_from_nobody_twice(
    pool: asyncpg.Pool, order_id: str, amount: int
) -> None:
    """On its way, then arrived, then come back: three words about one refund, over the same parts."""
    payment_id, (first, second) = await shared_by(pool, order_id, 1000, 2000)
    told = parts(await allot(pool, None, reported(payment_id, amount)))
    assert told == {first: 1000, second: amount - 1000}
    for order, amount_of_it in ((first, 1000), (second, 2000)):
        gone = share(payment_id, amount_of_it, brought=3000, whole=3000, returned=told[order])
        await keep(pool, order, 2, gone)
    for state in (MoneyState.SUCCEEDED, MoneyState.REVERSED):
        assert parts(await allot(pool, None, reported(payment_id, amount, state))) == told


async def test_R36_a_word_that_names_an_order_without_a_share_goes_to_who_has_the_payment(
    pool: asyncpg.Pool, order_id: str
) -> None:
    payment_id, (owner,) = await shared_by(pool, order_id, 3000)
    assert parts(await allot(pool, f"{order_id}-other", closed(payment_id, 2999))) == {owner: 2999}


async def test_R36_in_a_family_a_part_goes_by_what_each_still_holds(pool: asyncpg.Pool, order_id: str) -> None:
    payment_id = f"pay-{order_id}"
    for number, held in ((1, 0), (2, 700)):
        each = f"{order_id}~{number}"
        kept = batch(each, 1, 1, shares=(share(payment_id, 1000, brought=2000, whole=2000),))
        state = {"payments": [{"payment_id": payment_id, "role": "order"}]}
        row = kept.row.model_copy(update={"held": held})
        await Records(pool).write(kept.model_copy(update={"row": row, "state": json.dumps(state)}))
    told = await allot(pool, None, reported(payment_id, 900))
    assert parts(told) == {f"{order_id}~1": 200, f"{order_id}~2": 700}


async def test_R36_what_nobody_has_and_what_is_no_such_word_is_not_allotted(pool: asyncpg.Pool, order_id: str) -> None:
    assert await allot(pool, None, opened(f"pay-{order_id}", 1)) is None
    assert await allot(pool, None, captured(payment_id=f"pay-{order_id}")) is None
    payment_id, (only,) = await shared_by(pool, order_id, 0)
    assert await allot(pool, only, opened(payment_id, 1)) is None


def test_R36_placed_anew_the_word_is_one_orders_and_the_others_hear_it_over_nothing() -> None:
    lost = closed("p-1", 1500, request_id="msg_1")
    whole, nothing = told_anew(lost, "B", {"A": 1000, "B": 500, "C": 0}, "allotment-7")
    assert whole == ("B", lost.model_copy(update={"request_id": "allotment-7"}))
    assert nothing == ("A", lost.model_copy(update={"amount": 0, "request_id": "allotment-7"}))


def test_R36_that_a_chargeback_was_opened_is_taken_back_as_lost_over_nothing() -> None:
    """Over nothing it cannot be opened, and whoever heard that it was would wait for the bank for ever."""
    _, (order_id, freed) = told_anew(opened("p-1", 1500, occurred_at=AT), "B", {"A": 1500}, "allotment-7")
    assert (order_id, freed) == ("A", closed("p-1", 0, occurred_at=AT, request_id="allotment-7"))
