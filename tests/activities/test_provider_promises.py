"""The contract of authorisations, for every payment provider: taken once at shipment, or given back whole (R32)."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from activities.providers import KeyTaken, ProviderUnavailable
from activities.providers.sandbox import SandboxProvider
from activities.providers.stripe import StripeProvider
from tests.activities.calls import look_up, send
from tests.activities.contract import PAID
from tests.activities.promises import AtStripe, AtTheSandbox, Promises, capture_of, void_of
from tests.activities.sandboxes import Sandbox
from tests.activities.stripes import KEY, LocalStripe, localstripe_process
from workflows.messages.values import MoneyState

pytestmark = pytest.mark.usefixtures("recorded")

TOTAL = 2_000
"""Less than what is promised: the rest is never charged."""


@pytest_asyncio.fixture(scope="module")
async def local_stripe() -> AsyncIterator[LocalStripe]:
    async with localstripe_process() as running:
        yield running


@pytest_asyncio.fixture(params=["sandbox", "stripe"])
async def theirs(
    request: pytest.FixtureRequest, sandbox: Sandbox, local_stripe: LocalStripe
) -> AsyncIterator[Promises]:
    if request.param == "sandbox":
        made: Promises = AtTheSandbox(SandboxProvider(sandbox.url), sandbox)
    else:
        made = AtStripe(StripeProvider(KEY, local_stripe.url), local_stripe)
    yield made
    await made.provider.close()


async def test_what_is_promised_is_taken_once_and_found(theirs: Promises, pool: asyncpg.Pool, order_id: str) -> None:
    call = capture_of(order_id, await theirs.promise(order_id), TOTAL)
    assert await theirs.provider.find_capture(call) is None, "nobody has asked for it"
    first = await send(pool, theirs.provider, call)
    again = await send(pool, theirs.provider, call)
    found = await look_up(pool, theirs.provider, call)
    assert {answer.provider_reference for answer in (first, again, found)} == {first.provider_reference}
    assert await theirs.settled(call.payment_id) == ("captured", TOTAL)


async def test_a_promise_is_given_back_once_and_found(theirs: Promises, pool: asyncpg.Pool, order_id: str) -> None:
    call = void_of(order_id, await theirs.promise(order_id), PAID)
    assert await theirs.provider.find_void(call) is None
    for ask in (send, send, look_up):
        assert (await ask(pool, theirs.provider, call)).state in (MoneyState.PENDING, MoneyState.SUCCEEDED)
    assert await theirs.settled(call.payment_id) == ("voided", 0)


async def test_a_promise_that_is_two_refunds_is_given_back_once(theirs: Promises, order_id: str) -> None:
    """Both are answered well, whichever comes second."""
    payment_id = await theirs.promise(order_id)
    first, second = void_of(order_id, payment_id, 500), void_of(order_id, payment_id, PAID - 500, number=2)
    assert (await theirs.provider.void(first)).state in (MoneyState.PENDING, MoneyState.SUCCEEDED)
    await theirs.settled(payment_id)
    assert (await theirs.provider.void(second)).state in (MoneyState.PENDING, MoneyState.SUCCEEDED)


@pytest.mark.parametrize("kind", ["capture", "void"])
async def test_an_answer_that_was_lost_after_the_deed_is_found(
    theirs: Promises, pool: asyncpg.Pool, order_id: str, kind: str
) -> None:
    payment_id = await theirs.promise(order_id)
    call = capture_of(order_id, payment_id, TOTAL) if kind == "capture" else void_of(order_id, payment_id, PAID)
    await theirs.will_lose_the_answer(call)
    with pytest.raises(ProviderUnavailable):
        await send(pool, theirs.provider, call)
    assert (await look_up(pool, theirs.provider, call)).state in (MoneyState.PENDING, MoneyState.SUCCEEDED)
    assert (await theirs.settled(payment_id))[0] == ("captured" if kind == "capture" else "voided")


async def test_what_was_given_back_cannot_be_taken_and_what_was_taken_not_given_back(
    theirs: Promises, order_id: str
) -> None:
    """A definite no, in the provider's words."""
    voided, captured = await theirs.promise(order_id), await theirs.promise(f"{order_id}-2")
    await theirs.provider.void(void_of(order_id, voided, PAID))
    await theirs.provider.capture(capture_of(f"{order_id}-2", captured, TOTAL))
    await theirs.settled(voided)
    await theirs.settled(captured)
    late = capture_of(order_id, voided, TOTAL)
    assert await theirs.provider.find_void(void_of(f"{order_id}-2", captured, PAID)) is None
    for answer in (await theirs.provider.capture(late), await theirs.provider.void(void_of("x", captured, PAID))):
        assert answer.state is MoneyState.FAILED
        assert answer.failure_reason


async def test_more_than_was_promised_is_not_taken(theirs: Promises, order_id: str) -> None:
    call = capture_of(order_id, await theirs.promise(order_id), PAID + 1)
    await theirs.will_find_too_little(call)
    answer = await theirs.provider.capture(call)
    assert (answer.state, bool(answer.failure_reason)) == (MoneyState.FAILED, True)


async def test_a_payment_that_stripe_captured_over_another_amount_is_not_ours(
    local_stripe: LocalStripe, order_id: str
) -> None:
    """Its success would book money that is not there."""
    theirs = AtStripe(StripeProvider(KEY, local_stripe.url), local_stripe)
    payment_id = await theirs.promise(order_id)
    await theirs.says(payment_id, amount_received=TOTAL - 1, status="succeeded")
    with pytest.raises(KeyTaken, match="1999"):
        await theirs.provider.capture(capture_of(order_id, payment_id, TOTAL))
    await theirs.provider.close()


async def test_only_intents_are_captured_at_stripe(order_id: str) -> None:
    provider = StripeProvider(KEY, "http://127.0.0.1:9")
    for payment_id in ("ch_1", "p-1"):
        for answer in (
            await provider.capture(capture_of(order_id, payment_id, TOTAL)),
            await provider.void(void_of(order_id, payment_id, PAID)),
        ):
            assert answer.state is MoneyState.FAILED
            assert "pi_" in str(answer.failure_reason)
    await provider.close()
