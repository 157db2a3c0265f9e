"""R37, the last line before money leaves: what the rows of the calls add up to, on a real Postgres."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
import pytest_asyncio
from temporalio.exceptions import ApplicationError

from activities.payment_calls import MAX_TURNS, UNDER_WAY_FOR
from activities.providers import ProviderUnavailable
from activities.providers.sandbox import SandboxProvider
from activities.read_model import Records
from activities.register.claims import claim
from starter.restorations import mark_restored
from tests.activities.calls import a_call, becomes, check, deeds, look_up, send, written
from tests.activities.sandboxes import Sandbox, sandbox_process
from tests.activities.test_records import batch, share
from tests.process.orders import captured
from workflows.messages.values import MoneyState
from workflows.messages.work import CallWord, MoneyCall, PaymentShare, ProviderAnswer, RefundCall

pytestmark = pytest.mark.usefixtures("recorded")

TOTAL: Final = 2299
PENDING, FAILED, SUCCEEDED = MoneyState.PENDING, MoneyState.FAILED, MoneyState.SUCCEEDED

both = pytest.mark.parametrize("kind", ["refund", "release"])


@pytest_asyncio.fixture(autouse=True)
async def plenty(sandbox: Sandbox, order_id: str) -> None:
    """The provider has more of every payment than the order knows: it is not the provider that says no here."""
    for payment_id, currency in ((f"pay-{order_id}", "USD"), (f"pay-2-{order_id}", "USD"), (f"eur-{order_id}", "EUR")):
        made = {"payment_id": payment_id, "currency": currency, "amount": 9000}
        (await sandbox.pay(order_id, quiet=True, **made)).raise_for_status()


def call_of(
    kind: str, order_id: str, amount: int = TOTAL, number: int = 1, attempt: int = 1, **other: Any
) -> MoneyCall:
    """The first, second … refund or release of an order."""
    record_id = f"{order_id}-{kind}-{number}"
    record = {f"{kind}_id": record_id, "key": f"{record_id}-{attempt}", "attempt": attempt, "newest": attempt}
    return a_call(kind, order_id).model_copy(update={**record, "amount": amount, **other})


async def register(pool: asyncpg.Pool, order_id: str, *shares: PaymentShare, entry: int = 2) -> None:
    await Records(pool).write(batch(order_id, entry, entry, opened_by="run-1", shares=shares))


def refused_with(answer: ProviderAnswer) -> int | None:
    """What would have fitted, of an answer by which the guard has refused a call."""
    assert (answer.state, answer.failure_reason) == (FAILED, "guard"), answer
    return answer.fits


async def test_R37_a_refund_beyond_what_its_payment_brought_is_not_sent(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """To the last unit: what fits goes, and one more does not. The refusal says what would have fitted."""
    assert (await send(pool, provider, call_of("refund", order_id, 2000))).state is PENDING
    too_much = call_of("refund", order_id, 300, number=2)
    assert refused_with(await send(pool, provider, too_much)) == 299
    assert (await send(pool, provider, call_of("refund", order_id, 299, number=3))).state is PENDING
    assert [amount for _, amount in await deeds(sandbox, "refund", order_id)] == [2000, 299]


async def test_R37_a_refusal_stands_and_is_never_sent_afterwards(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """Also when there would be room by then: a new try is a new attempt."""
    too_much = call_of("refund", order_id, TOTAL + 1)
    assert refused_with(await send(pool, provider, too_much)) == TOTAL
    await register(pool, order_id, share(f"pay-{order_id}", 9000))
    for ask in (send, look_up):
        assert refused_with(await ask(pool, provider, too_much)) == TOTAL
    row = await written(pool, too_much)
    assert (row["state"], row["failure_reason"], row["fits"]) == ("failed", "guard", TOTAL)
    assert await deeds(sandbox, "refund", order_id) == []
    again = call_of("refund", order_id, TOTAL + 1, attempt=2)
    assert (await send(pool, provider, again)).state is PENDING


async def test_R37_all_attempts_at_refunds_of_a_payment_count(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """Two attempts of one refund are twice its money: of an order they count once, of the payment both."""
    first, second = call_of("refund", order_id, 1200), call_of("refund", order_id, 1200, attempt=2)
    await send(pool, provider, first)
    await becomes(pool, provider, first, SUCCEEDED)
    assert refused_with(await send(pool, provider, second)) == 1099
    assert [key for key, _ in await deeds(sandbox, "refund", order_id)] == [first.key]


@both
async def test_R37_what_the_provider_said_no_to_does_not_count(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str, kind: str
) -> None:
    await sandbox.misbehave(kind, "decline", order_id)
    assert (await send(pool, provider, call_of(kind, order_id))).state is FAILED
    assert (await send(pool, provider, call_of(kind, order_id, attempt=2))).state is PENDING


@both
async def test_R37_before_it_is_refused_what_stands_in_its_way_is_looked_up(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str, kind: str
) -> None:
    """It failed at the provider, of which no word came here: then there is room, and the row says so."""
    first = call_of(kind, order_id)
    await sandbox.misbehave(kind, "fail_late", order_id)
    assert (await send(pool, provider, first)).state is PENDING
    await becomes(pool, provider, first, FAILED)
    await pool.execute("UPDATE payment_calls SET state = 'pending' WHERE key = $1", first.key)
    assert (await send(pool, provider, call_of(kind, order_id, attempt=2))).state is PENDING
    assert (await written(pool, first))["state"] == "failed"


@both
async def test_R37_what_never_came_to_the_provider_counts_as_long_as_it_may_still_be_sent(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str, kind: str
) -> None:
    """By its age, from both sides; and once it does not count it is overtaken, and nobody ever sends it."""
    first, second = call_of(kind, order_id), call_of(kind, order_id, attempt=2)
    await sandbox.misbehave(kind, "error_before", order_id)
    with pytest.raises(ProviderUnavailable):
        await send(pool, provider, first)
    with pytest.raises(ProviderUnavailable, match="cannot be on its way any more"):
        await send(pool, provider, second)
    aged = "UPDATE payment_calls SET tried_at = now() - $2::interval WHERE key = $1"
    await pool.execute(aged, first.key, UNDER_WAY_FOR - timedelta(seconds=5))
    with pytest.raises(ProviderUnavailable):
        await send(pool, provider, second)
    await pool.execute(aged, first.key, UNDER_WAY_FOR)
    assert (await send(pool, provider, second)).state is PENDING
    assert (await look_up(pool, provider, first)).state is FAILED
    assert [key for key, _ in await deeds(sandbox, kind, order_id)] == [second.key]


async def test_R37_an_order_sends_no_more_than_its_shares_brought(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """Refunds and payouts together, of all of its payments in its currency."""
    await register(pool, order_id, share(f"pay-{order_id}"), share(f"pay-2-{order_id}", 700))
    assert (await send(pool, provider, call_of("refund", order_id, 1000))).state is PENDING
    assert refused_with(await send(pool, provider, call_of("release", order_id, 2000))) == 1999
    assert (await send(pool, provider, call_of("release", order_id, 1999, number=2))).state is PENDING
    other = call_of("refund", order_id, 1, number=2, payment_id=f"pay-2-{order_id}")
    assert refused_with(await send(pool, provider, other)) == 0


async def test_R37_of_several_attempts_of_one_refund_an_order_counts_the_largest(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """A refund that was paid twice is the platform's loss, and not the seller's."""
    first, second = call_of("refund", order_id, 800), call_of("refund", order_id, 900, attempt=2)
    await send(pool, provider, first)
    said = "UPDATE payment_calls SET state = $2 WHERE key = $1"
    await pool.execute(said, first.key, "failed")
    await send(pool, provider, second)
    # Asked, the provider says the same: what is looked up does not make the two of them less.
    await pool.execute(said, first.key, "succeeded")
    assert [amount for _, amount in await deeds(sandbox, "refund", order_id)] == [800, 900]
    assert refused_with(await send(pool, provider, call_of("release", order_id, 1400))) == 1399
    assert (await send(pool, provider, call_of("release", order_id, 1399, number=2))).state is PENDING


async def test_R37_foreign_money_counts_for_its_own_payment_only(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    euros = f"eur-{order_id}"
    await register(pool, order_id, share(f"pay-{order_id}"), share(euros, 700, currency="EUR"))
    back: dict[str, Any] = {"payment_id": euros, "currency": "EUR"}
    assert refused_with(await send(pool, provider, call_of("refund", order_id, 701, 1, **back))) == 700
    assert (await send(pool, provider, call_of("refund", order_id, 700, 2, **back))).state is PENDING
    assert refused_with(await send(pool, provider, call_of("release", order_id, TOTAL + 1))) == TOTAL
    assert (await send(pool, provider, call_of("release", order_id, number=2))).state is PENDING


async def test_R37_a_share_is_all_that_an_order_may_send_and_the_payment_all_that_goes_back(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """Two orders of one payment: each its share; and where the shares are too large, no more than it brought."""
    other, payment_id = f"{order_id}-2", f"pay-{order_id}"
    await register(pool, order_id, share(payment_id, 1000, brought=TOTAL))
    await register(pool, other, share(payment_id, 1500, brought=TOTAL), entry=1)
    assert refused_with(await send(pool, provider, call_of("release", order_id, 1001))) == 1000
    assert (await send(pool, provider, call_of("refund", order_id, 1000))).state is PENDING
    back: dict[str, Any] = {"payment_id": payment_id}
    assert refused_with(await send(pool, provider, call_of("refund", other, 1500, **back))) == 1299
    assert (await send(pool, provider, call_of("refund", other, 1299, 2, **back))).state is PENDING


async def test_R37_voids_and_captures_count_nothing(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """What was only promised is not given back, and what is taken is not sent."""
    for kind in ("void", "capture"):
        await pool.execute(
            "INSERT INTO payment_calls (key, order_id, kind, record_id, attempt, amount, currency, payment_id, state)"
            " VALUES ($1, $2, $3, $1, 1, 9000, 'USD', $4, 'succeeded')",
            f"{order_id}-{kind}-9",
            order_id,
            kind,
            f"pay-{order_id}",
        )
    assert (await send(pool, provider, call_of("refund", order_id))).state is PENDING


@pytest.mark.parametrize("whose", ["one order", "two orders"])
async def test_R37_two_calls_at_once_do_not_both_pass(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str, whose: str
) -> None:
    """Eight refunds of one payment in one moment, of which three have room; each adds up what the others wrote."""
    payment_id, brought = f"pay-{order_id}", 3 * 700 + 199
    orders = [order_id] * 8 if whose == "one order" else [f"{order_id}-{number}" for number in range(8)]
    if whose == "two orders":
        for order in orders:
            await register(pool, order, share(payment_id, brought=brought), entry=1)
    calls = [
        call_of("refund", order, 700, number, payment_id=payment_id) for number, order in enumerate(orders, start=1)
    ]
    answers = await asyncio.gather(*(send(pool, provider, call) for call in calls))
    assert sorted(answer.state for answer in answers) == [FAILED] * 5 + [PENDING] * 3
    sent = [deed for order in set(orders) for deed in await deeds(sandbox, "refund", order)]
    assert sum(amount for _, amount in sent) == 2100


async def test_R37_refund_and_payout_at_once_do_not_both_pass(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """They are of no common payment, and of one order."""
    calls = [call_of(kind, order_id, number=number) for number in range(1, 4) for kind in ("refund", "release")]
    answers = await asyncio.gather(*(send(pool, provider, call) for call in calls))
    assert sorted(answer.state for answer in answers) == [FAILED] * 5 + [PENDING]


async def test_as_many_calls_at_once_as_an_order_has_payments_all_get_their_turn(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """Each that gives way lets another one go first, so no try is given up."""
    count = 50
    assert count < MAX_TURNS
    calls = [call_of("refund", order_id, 40, number) for number in range(1, count + 1)]
    answers = await asyncio.gather(*(send(pool, provider, call) for call in calls))
    assert {answer.state for answer in answers} == {PENDING}


@pytest.mark.parametrize("how", ["the order knows of a later attempt", "the rows know of one", "settled by hand"])
async def test_R37_an_overtaken_call_is_looked_up_and_not_sent(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str, how: str
) -> None:
    """It never came to the provider, and never will; the row says so."""
    first, second = call_of("refund", order_id, 500), call_of("refund", order_id, 500, attempt=2)
    if how == "the order knows of a later attempt":
        first = first.model_copy(update={"newest": 2})
    elif how == "the rows know of one":
        await send(pool, provider, second)
    else:
        await sandbox.misbehave("refund", "error_before", order_id)
        with pytest.raises(ProviderUnavailable):
            await send(pool, provider, first)
        settled = "UPDATE payment_calls SET overtaken = true, tried_at = tried_at - $2::interval WHERE key = $1"
        await pool.execute(settled, first.key, UNDER_WAY_FOR)
    before = await deeds(sandbox, "refund", order_id)
    for ask in (send, look_up):
        assert (await ask(pool, provider, first)).state is FAILED
    assert (await written(pool, first))["state"] == "failed"
    assert await deeds(sandbox, "refund", order_id) == before


async def test_R37_an_overtaken_call_that_came_to_the_provider_is_found(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    first = call_of("refund", order_id, 500)
    await sandbox.misbehave("refund", "error_after", order_id)
    with pytest.raises(ProviderUnavailable):
        await send(pool, provider, first)
    await send(pool, provider, call_of("refund", order_id, 500, attempt=2))
    assert (await send(pool, provider, first)).provider_reference
    assert (await written(pool, first))["provider_reference"]


async def test_R37_an_overtaken_call_that_may_be_on_its_way_is_asked_for_again(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """Another worker wrote it down a moment ago: that the provider does not know it yet says nothing."""
    first = call_of("refund", order_id, 500)
    await sandbox.misbehave("refund", "error_before", order_id)
    with pytest.raises(ProviderUnavailable):
        await send(pool, provider, first)
    await send(pool, provider, call_of("refund", order_id, 500, attempt=2))
    with pytest.raises(ProviderUnavailable, match="may be on its way"):
        await send(pool, provider, first)
    assert (await written(pool, first))["state"] == "calling"


@both
async def test_R37_a_call_with_the_providers_final_word_is_answered_from_its_row(
    pool: asyncpg.Pool, provider: SandboxProvider, order_id: str, kind: str
) -> None:
    """Nobody is asked: the provider is not even there."""
    call = call_of(kind, order_id, 500)
    first = await send(pool, provider, call)
    await becomes(pool, provider, call, SUCCEEDED)
    nowhere = SandboxProvider("http://127.0.0.1:9")
    for ask in (send, look_up):
        answer = await ask(pool, nowhere, call)
        assert (answer.state, answer.provider_reference) == (SUCCEEDED, first.provider_reference)
    await nowhere.close()


async def test_R37_a_check_writes_down_what_the_provider_says(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """Or the guard goes on counting by a word that was not true."""
    call = call_of("refund", order_id)
    await sandbox.misbehave("refund", "fail_late", order_id)
    await send(pool, provider, call)
    await becomes(pool, provider, call, FAILED)
    await pool.execute("UPDATE payment_calls SET state = 'succeeded' WHERE key = $1", call.key)
    await check(pool, provider, call)
    assert (await written(pool, call))["state"] == "failed"


async def test_R37_money_waits_until_its_payment_stands_in_the_register(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """A worker of the version before has recorded what asked for it: nothing is refused for want of the register."""
    other = f"{order_id}-2"
    (await sandbox.pay(other, quiet=True)).raise_for_status()
    await Records(pool).write(batch(other, 1, 1, opened_by="run-1"))
    for kind in ("refund", "release"):
        with pytest.raises(ApplicationError, match="not sent yet"):
            await send(pool, provider, call_of(kind, other, 500))
    await register(pool, other, share(f"pay-{other}"))
    for kind in ("refund", "release"):
        assert (await send(pool, provider, call_of(kind, other, 500))).state is PENDING


async def test_R37_a_share_that_is_only_claimed_brings_an_order_nothing(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """Its order has not taken it."""
    fact = captured(700, f"pay-2-{order_id}")
    assert await claim(pool, order_id, fact) is None
    assert refused_with(await send(pool, provider, call_of("release", order_id, TOTAL + 1))) == TOTAL


@both
async def test_R37_on_a_restored_database_every_key_is_looked_up_before_its_first_sending(
    pool: asyncpg.Pool, tmp_path: Path, order_id: str, kind: str
) -> None:
    """What was sent after the backup was made no row knows, and the provider has forgotten the key."""
    call, next_one = call_of(kind, order_id, 500), call_of(kind, order_id, 500, 2)
    async with sandbox_process(tmp_path, arguments=("--forget-keys-after", "0")) as sandbox:
        provider = SandboxProvider(sandbox.url)
        (await sandbox.pay(order_id, quiet=True)).raise_for_status()
        first = await send(pool, provider, call)
        await pool.execute("DELETE FROM payment_calls WHERE key = $1", call.key)
        await mark_restored(pool)
        try:
            assert (await send(pool, provider, call)).provider_reference == first.provider_reference
            assert (await send(pool, provider, next_one)).state is PENDING
        finally:
            await pool.execute("DELETE FROM restorations")
        await provider.close()
        assert [key for key, _ in await deeds(sandbox, kind, order_id)] == [call.key, next_one.key]


@pytest.mark.parametrize("kind", ["refund", "release"])
async def test_R37_what_a_webhook_says_of_a_call_is_written_with_the_orders_record(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str, kind: str
) -> None:
    """The last word of several; of this order's calls only; and settled by hand it is never sent again."""
    first, second = call_of(kind, order_id, 500), call_of(kind, order_id, 500, number=2)
    for call in (first, second):
        await send(pool, provider, call)
    said = [CallWord(record_id=first.record_id, attempt=1, state=state) for state in (FAILED, SUCCEEDED, FAILED)]
    stranger = CallWord(record_id=f"{order_id}-{kind}-2", attempt=1, state=FAILED)
    await Records(pool).write(batch(f"{order_id}-other", 1, 1, words=(stranger,)))
    await Records(pool).write(batch(order_id, 2, 2, opened_by="run-1", words=tuple(said)))
    assert (await written(pool, first))["state"] == "failed"
    assert (await written(pool, second))["state"] == "pending"
    by_hand = CallWord(record_id=first.record_id, attempt=None, state=MoneyState.SETTLED_MANUALLY)
    await Records(pool).write(batch(order_id, 3, 3, opened_by="run-1", words=(by_hand,)))
    row = await written(pool, first)
    assert (row["state"], row["overtaken"]) == ("failed", True)
    assert not (await written(pool, second))["overtaken"]


async def test_R37_a_call_that_is_tried_meanwhile_is_not_written_down_as_never_sent(
    pool: asyncpg.Pool, sandbox: Sandbox, provider: SandboxProvider, order_id: str
) -> None:
    """Between the look that did not find it and our row about that, another worker has begun to send it."""
    first, second = call_of("refund", order_id), call_of("refund", order_id, attempt=2)
    await sandbox.misbehave("refund", "error_before", order_id)
    with pytest.raises(ProviderUnavailable):
        await send(pool, provider, first)
    aged = "UPDATE payment_calls SET tried_at = now() - $2::interval WHERE key = $1"
    await pool.execute(aged, first.key, UNDER_WAY_FOR)

    class TriedMeanwhile(SandboxProvider):
        async def find_refund(self, call: RefundCall) -> ProviderAnswer | None:
            found = await super().find_refund(call)
            await pool.execute(aged, call.key, timedelta())
            return found

    meanwhile = TriedMeanwhile(sandbox.url)
    assert refused_with(await send(pool, meanwhile, second)) == 0
    await meanwhile.close()
    assert (await written(pool, first))["state"] == "calling"
