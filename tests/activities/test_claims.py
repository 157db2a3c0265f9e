"""Claims on payments: the first order that asks owns it whole, shares never exceed it, both in doubt are told (R36)."""

import asyncio
from collections.abc import Sequence
from typing import Final

import asyncpg
import pytest

from activities.register.claims import claim
from activities.register.conflicts import PaymentConflicts
from tests.activities.test_records import share
from tests.activities.test_register import brought, keep, shared
from tests.process.orders import TOTAL, authorized, captured, settle_conflict
from workflows.messages.base import Fact
from workflows.messages.shared_payments import MAX_CLAIMING, PaymentConflict

WAITED: Final = "UPDATE payment_shares SET claimed_at = claimed_at - $2::interval WHERE order_id = $1"


class Told(list[tuple[str, Fact]]):
    """Who was told what."""

    async def tell(self, order_id: str, fact: Fact) -> None:
        self.append((order_id, fact))

    @property
    def orders(self) -> list[str]:
        return [order_id for order_id, _ in self]


async def looked(pool: asyncpg.Pool, order_id: str) -> Told:
    """Which of this test's orders are told at the next look."""
    told = Told()
    await PaymentConflicts(pool, told).look()
    return Told(one for one in told if one[0].startswith(order_id))


async def test_E6_a_payment_of_one_order_is_no_other_orders(pool: asyncpg.Pool, order_id: str) -> None:
    """The first owns it whole; asked again, also after its record, it may hear of it again."""
    payment_id, other = f"pay-{order_id}", f"{order_id}-2"
    assert await claim(pool, order_id, captured(payment_id=payment_id)) is None
    assert await claim(pool, order_id, captured(payment_id=payment_id)) is None
    why = await claim(pool, other, captured(payment_id=payment_id))
    assert str(why) == f"conflict: payment {payment_id} belongs to order {order_id}"
    await keep(pool, order_id, 1, share(payment_id))
    assert await claim(pool, other, captured(payment_id=payment_id)) == why
    assert await claim(pool, order_id, captured(payment_id=payment_id)) is None
    assert await shared(pool, payment_id) == [(order_id, TOTAL, 0, True)]


async def test_R36_a_promise_is_one_orders(pool: asyncpg.Pool, order_id: str) -> None:
    payment_id = f"pay-{order_id}"
    assert await claim(pool, order_id, authorized(payment_id=payment_id)) is None
    assert await brought(pool, payment_id) == (0, "USD")
    assert "belongs to" in str(await claim(pool, f"{order_id}-2", authorized(payment_id=payment_id)))
    assert "belongs to" in str(await claim(pool, f"{order_id}-2", captured(10, payment_id, of=TOTAL)))


@pytest.mark.parametrize(("third", "fits"), [(402, True), (403, False)])
async def test_R36_the_shares_of_a_payment_never_exceed_it(
    pool: asyncpg.Pool, order_id: str, third: int, *, fits: bool
) -> None:
    payment_id = f"pay-{order_id}"
    for number, amount in enumerate((TOTAL, 299)):
        assert await claim(pool, f"{order_id}-{number}", captured(amount, payment_id, of=3000)) is None
    why = await claim(pool, f"{order_id}-3", captured(third, payment_id, of=3000))
    assert (why is None) == fits
    assert why is None or "are more than it brought" in str(why)
    assert await brought(pool, payment_id) == (3000, "USD")


@pytest.mark.parametrize("other", [{"of": 3001}, {"of": 3000, "currency": "EUR"}])
async def test_R36_a_share_of_another_whole_contradicts_it(
    pool: asyncpg.Pool, order_id: str, other: dict[str, str]
) -> None:
    payment_id = f"pay-{order_id}"
    await claim(pool, order_id, captured(TOTAL, payment_id, of=3000))
    assert "another sum or currency" in str(await claim(pool, f"{order_id}-2", captured(1, payment_id, **other)))


async def test_R36_the_whole_of_a_shared_payment_is_news_to_nobody_who_shares_it(
    pool: asyncpg.Pool, order_id: str
) -> None:
    """Each takes it for a duplicate; to another order it does not belong."""
    payment_id, other = f"pay-{order_id}", f"{order_id}-2"
    for each in (order_id, other):
        await claim(pool, each, captured(1000, payment_id, of=3000))
        await keep(pool, each, 1, share(payment_id, 1000, brought=3000, whole=3000))
    for each in (order_id, other):
        assert await claim(pool, each, captured(3000, payment_id)) is None
    assert await claim(pool, f"{order_id}-3", captured(3000, payment_id)) is not None
    assert await looked(pool, order_id) == []


@pytest.mark.parametrize(("waited", "gone"), [("23 hours 59 minutes", False), ("24 hours 1 minute", True)])
async def test_R36_a_claim_lasts_a_day(pool: asyncpg.Pool, order_id: str, waited: str, *, gone: bool) -> None:
    payment_id, other = f"pay-{order_id}", f"{order_id}-2"
    await claim(pool, order_id, captured(payment_id=payment_id))
    await pool.execute(WAITED.replace("$2", f"'{waited}'"), order_id)
    assert (await claim(pool, other, captured(3000, payment_id)) is None) == gone
    assert await brought(pool, payment_id) == ((3000 if gone else TOTAL), "USD")


async def test_R36_a_share_that_stands_is_never_taken_away(pool: asyncpg.Pool, order_id: str) -> None:
    payment_id = f"pay-{order_id}"
    await keep(pool, order_id, 1, share(payment_id))
    await pool.execute(WAITED.replace("$2", "'1 year'"), order_id)
    other = captured(payment_id=payment_id)
    assert await claim(pool, f"{order_id}-2", other, instead_of=order_id) is not None


async def test_R36_placing_moves_a_claim_that_does_not_stand(pool: asyncpg.Pool, order_id: str) -> None:
    payment_id, other = f"pay-{order_id}", f"{order_id}-2"
    await claim(pool, order_id, captured(payment_id=payment_id))
    assert await claim(pool, other, captured(payment_id=payment_id), instead_of=order_id) is None
    assert await shared(pool, payment_id) == [(other, TOTAL, 0, False)]


async def test_R36_of_many_that_claim_a_payment_at_once_one_has_it(pool: asyncpg.Pool, order_id: str) -> None:
    payment_id = f"pay-{order_id}"
    asked = [claim(pool, f"{order_id}-{number}", captured(payment_id=payment_id)) for number in range(10)]
    assert sum(why is None for why in await asyncio.gather(*asked)) == 1
    shares = [claim(pool, f"{order_id}-{n}", captured(1000, f"{payment_id}-2", of=3500)) for n in range(10)]
    assert sum(why is None for why in await asyncio.gather(*shares)) == 3


async def test_R36_other_facts_are_asked_about_nowhere(pool: asyncpg.Pool, order_id: str) -> None:
    assert await claim(pool, order_id, settle_conflict(0, f"pay-{order_id}")) is None
    assert await shared(pool, f"pay-{order_id}") == []


# What came without asking.


async def both(pool: asyncpg.Pool, order_id: str) -> tuple[str, str, str]:
    """One payment, and two orders whose records brought it in the same instant."""
    payment_id, other = f"pay-{order_id}", f"{order_id}-2"
    await asyncio.gather(*(keep(pool, each, 1, share(payment_id)) for each in (order_id, other)))
    return payment_id, order_id, other


async def test_R36_two_orders_that_bring_one_payment_in_one_instant_are_both_told_once(
    pool: asyncpg.Pool, order_id: str
) -> None:
    payment_id, *orders = await both(pool, order_id)
    told = await looked(pool, order_id)
    assert sorted(told.orders) == orders
    for _, fact in told:
        assert isinstance(fact, PaymentConflict)
        assert (fact.payment_id, sorted(fact.orders)) == (payment_id, orders)
    assert await looked(pool, order_id) == []


async def test_R36_an_order_alone_with_its_payment_is_never_looked_at(pool: asyncpg.Pool, order_id: str) -> None:
    await keep(pool, order_id, 1, share(f"pay-{order_id}"))
    await keep(pool, order_id, 2, share(f"pay-{order_id}", returned=100))
    assert (
        await pool.fetchval("SELECT count(*) FROM payment_shares WHERE due_at IS NOT NULL AND order_id = $1", order_id)
        == 0
    )


async def test_R36_shares_that_fit_contradict_nobody(pool: asyncpg.Pool, order_id: str) -> None:
    for each in (order_id, f"{order_id}-2"):
        await keep(pool, each, 1, share(f"pay-{order_id}", 1000, brought=3000, whole=3000))
    assert await looked(pool, order_id) == []


async def said(pool: asyncpg.Pool, payment_id: str, entry: int, order_id: str, amount: int, question: str) -> None:
    """The order's record after it was told, or after the platform has said how much is its own."""
    record = share(payment_id, amount, brought=TOTAL, whole=TOTAL, question=question)
    await keep(pool, order_id, entry, record)


@pytest.mark.parametrize(("first", "second"), [(TOTAL, 0), (0, TOTAL), (1000, TOTAL - 1000)])
async def test_R36_settled_to_what_it_brought_a_conflict_is_over(
    pool: asyncpg.Pool, order_id: str, first: int, second: int
) -> None:
    payment_id, one, other = await both(pool, order_id)
    await looked(pool, order_id)
    for entry, amounts, question in ((2, (TOTAL, TOTAL), "open"), (3, (first, second), "settled")):
        for each, amount in zip((one, other), amounts, strict=True):
            await said(pool, payment_id, entry, each, amount, question)
            assert await looked(pool, order_id) == []


async def test_R36_settlements_that_together_exceed_the_payment_leave_it_open(
    pool: asyncpg.Pool, order_id: str
) -> None:
    payment_id, *orders = await both(pool, order_id)
    await looked(pool, order_id)
    for each in orders:
        await said(pool, payment_id, 2, each, TOTAL, "open")
    await said(pool, payment_id, 3, orders[0], TOTAL, "settled")
    assert await looked(pool, order_id) == [], "it is the first one's, until another is said to have it too"
    await said(pool, payment_id, 3, orders[1], 1, "settled")
    assert sorted((await looked(pool, order_id)).orders) == orders


async def test_R36_a_third_order_is_told_and_so_is_who_was_settled(pool: asyncpg.Pool, order_id: str) -> None:
    payment_id, one, other = await both(pool, order_id)
    await looked(pool, order_id)
    await said(pool, payment_id, 2, one, TOTAL, "settled")
    await said(pool, payment_id, 2, other, 0, "settled")
    assert await looked(pool, order_id) == []
    await keep(pool, f"{order_id}-3", 1, share(payment_id))
    assert sorted((await looked(pool, order_id)).orders) == [one, f"{order_id}-3"]


async def test_R36_what_a_payment_brought_is_the_word_of_who_has_it_in_the_end(
    pool: asyncpg.Pool, order_id: str
) -> None:
    payment_id, other = f"pay-{order_id}", f"{order_id}-2"
    await keep(pool, order_id, 1, share(payment_id))
    await keep(pool, other, 1, share(payment_id, 9000))
    await looked(pool, order_id)
    await keep(pool, order_id, 2, share(payment_id, 0, brought=TOTAL, whole=TOTAL, question="settled"))
    await looked(pool, order_id)
    assert await brought(pool, payment_id) == (9000, "USD")


async def test_R36_a_claim_that_may_still_come_true_keeps_the_look_due(pool: asyncpg.Pool, order_id: str) -> None:
    """Asked about and on its way to another order, while this one's came by a stranger's signal."""
    payment_id, other = f"pay-{order_id}", f"{order_id}-2"
    await claim(pool, other, captured(payment_id=payment_id))
    await keep(pool, order_id, 1, share(payment_id))
    assert await looked(pool, order_id) == []
    await pool.execute("UPDATE payment_shares SET stands = true WHERE order_id = $1", other)
    await pool.execute("UPDATE payment_shares SET due_at = now() WHERE due_at IS NOT NULL AND order_id = $1", order_id)
    assert sorted((await looked(pool, order_id)).orders) == sorted([order_id, other])


async def test_R36_who_dies_while_telling_leaves_it_to_the_next_look(pool: asyncpg.Pool, order_id: str) -> None:
    class Dying(Told):
        async def tell(self, order_id: str, fact: Fact) -> None:
            await super().tell(order_id, fact)
            raise ConnectionResetError

    _, *orders = await both(pool, order_id)
    with pytest.raises(ConnectionResetError):
        await PaymentConflicts(pool, Dying()).look()
    assert await looked(pool, order_id) == [], "another worker may still be at it"
    await pool.execute(
        "UPDATE payment_shares SET due_at = now() WHERE due_at IS NOT NULL AND order_id = ANY($1)", orders
    )
    assert sorted((await looked(pool, order_id)).orders) == orders


async def test_R36_a_conflict_names_so_many_orders_and_tells_them_all(pool: asyncpg.Pool, order_id: str) -> None:
    orders: Sequence[str] = [f"{order_id}-{number}" for number in range(MAX_CLAIMING + 1)]
    for each in orders:
        await keep(pool, each, 1, share(f"pay-{order_id}"))
    told = await looked(pool, order_id)
    assert sorted(told.orders) == sorted(orders)
    fact = told[0][1]
    assert isinstance(fact, PaymentConflict)
    assert len(fact.orders) == MAX_CLAIMING
