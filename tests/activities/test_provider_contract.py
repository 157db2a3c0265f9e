"""The one contract, for every payment provider: what the engine stands on, whoever moves the money.

The sandbox is a process of ours; Stripe is its official library against localstripe. Where localstripe cannot do what
Stripe does, `stripes.py` answers in its place with Stripe's own words; docs/stripe.md says where that is.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
import pytest_asyncio

from activities.providers import (
    BookChargeback,
    BookEntry,
    KeyTaken,
    NotGenuine,
    PaymentProvider,
    ProviderUnavailable,
    WentBack,
)
from activities.providers import stripe as stripe_provider
from activities.providers.sandbox import SandboxProvider
from activities.providers.stripe import StripeProvider
from activities.read_model import Records
from tests.activities.calls import look_up, send
from tests.activities.contract import PAID, SIGNERS, AtStripe, AtTheSandbox, Signs, Theirs, ago, call_of
from tests.activities.sandboxes import PATIENCE, Sandbox
from tests.activities.stripes import KEY, LocalStripe, localstripe_process
from tests.activities.test_records import batch, share
from workflows.messages.values import MoneyState
from workflows.messages.work import MoneyCall, ProviderAnswer, RefundCall

pytestmark = pytest.mark.usefixtures("recorded")

NOWHERE = "http://127.0.0.1:9"
GOOD = {MoneyState.SUBMITTED, MoneyState.PENDING, MoneyState.SUCCEEDED}
WITH_A_BOOK = ["sandbox", "stripe"]
KINDS = pytest.mark.parametrize("kind", ["refund", "release"])


@pytest_asyncio.fixture(scope="module")
async def local_stripe() -> AsyncIterator[LocalStripe]:
    async with localstripe_process() as running:
        yield running


@pytest_asyncio.fixture(params=["sandbox", "stripe"])
async def theirs(request: pytest.FixtureRequest, sandbox: Sandbox, local_stripe: LocalStripe) -> AsyncIterator[Theirs]:
    if request.param == "sandbox":
        made: Theirs = AtTheSandbox(SandboxProvider(sandbox.url), sandbox)
    else:
        made = AtStripe(StripeProvider(KEY, local_stripe.url), local_stripe)
    yield made
    await made.provider.close()


@pytest.fixture(params=["sandbox", "stripe"])
def signs(request: pytest.FixtureRequest) -> Signs:
    return SIGNERS[request.param]


async def sent(provider: PaymentProvider, call: MoneyCall) -> ProviderAnswer:
    answer: ProviderAnswer = await getattr(provider, call.kind)(call)
    return answer


async def found(provider: PaymentProvider, call: MoneyCall) -> ProviderAnswer | None:
    answer: ProviderAnswer | None = await getattr(provider, f"find_{call.kind}")(call)
    return answer


@KINDS
async def test_money_that_is_sent_moves_and_has_their_reference(theirs: Theirs, order_id: str, kind: str) -> None:
    call = await theirs.call(kind, order_id)
    answer = await sent(theirs.provider, call)
    assert answer.state in GOOD
    assert answer.provider_reference
    assert await theirs.deeds(call) == [500]


@KINDS
async def test_what_was_sent_is_found_by_our_own_reference(theirs: Theirs, order_id: str, kind: str) -> None:
    """Among others of the same payment and order, and as the same deed."""
    call = await theirs.call(kind, order_id)
    other = call.model_copy(update={"attempt": 2, "key": f"{call.key}-other", "amount": 300})
    first = await sent(theirs.provider, call)
    await sent(theirs.provider, other)
    answer = await found(theirs.provider, call)
    assert answer
    assert answer.provider_reference == first.provider_reference


@KINDS
async def test_what_was_never_sent_is_not_found(theirs: Theirs, order_id: str, kind: str) -> None:
    call = await theirs.call(kind, order_id)
    other = call.model_copy(update={"attempt": 2, "key": f"{call.key}-other"})
    await sent(theirs.provider, other)
    assert await found(theirs.provider, call) is None


async def _registered(pool: asyncpg.Pool, call: MoneyCall) -> MoneyCall:
    """The call, with its payment in the register as its order's: the provider names it, and nobody knew before."""
    if isinstance(call, RefundCall):
        shares = (share(call.payment_id),)
        await Records(pool).write(batch(call.order_id, 2, 2, opened_by="run-1", shares=shares))
    return call


@KINDS
async def test_the_same_call_again_is_one_deed(theirs: Theirs, pool: asyncpg.Pool, order_id: str, kind: str) -> None:
    """As the activity makes it: localstripe forgets every key at once, and still nothing moves twice."""
    call = await _registered(pool, await theirs.call(kind, order_id))
    first = await send(pool, theirs.provider, call)
    again = await send(pool, theirs.provider, call)
    looked_up = await look_up(pool, theirs.provider, call)
    assert {each.provider_reference for each in (first, again, looked_up)} == {first.provider_reference}
    assert await theirs.deeds(call) == [500]


@KINDS
async def test_an_answer_that_was_lost_after_the_deed_does_not_repeat_it(
    theirs: Theirs, pool: asyncpg.Pool, order_id: str, kind: str
) -> None:
    call = await _registered(pool, await theirs.call(kind, order_id))
    await theirs.will_lose_the_answer(call)
    with pytest.raises(ProviderUnavailable):
        await send(pool, theirs.provider, call)
    assert (await look_up(pool, theirs.provider, call)).state in GOOD
    assert await theirs.deeds(call) == [500]


@KINDS
async def test_a_decline_is_an_answer_with_its_reason(theirs: Theirs, order_id: str, kind: str) -> None:
    call = await theirs.call(kind, order_id)
    await theirs.will_decline(call)
    answer = await sent(theirs.provider, call)
    assert answer.state is MoneyState.FAILED
    assert answer.failure_reason
    assert await theirs.deeds(call) == []


async def test_more_than_what_is_left_of_a_payment_is_declined(theirs: Theirs, order_id: str) -> None:
    call = await theirs.call("refund", order_id, amount=PAID + 701)
    await theirs.will_find_too_little(call)
    answer = await sent(theirs.provider, call)
    assert answer.state is MoneyState.FAILED
    assert answer.failure_reason
    assert await theirs.deeds(call) == []


@KINDS
@pytest.mark.parametrize("change", [{"amount": 501}, {"currency": "EUR"}])
async def test_another_call_under_our_key_is_not_ours(
    theirs: Theirs, order_id: str, kind: str, change: dict[str, object]
) -> None:
    """Its success would close ours with other money, or none."""
    call = await theirs.call(kind, order_id)
    await sent(theirs.provider, call)
    with pytest.raises(KeyTaken, match=next(iter(change))):
        await found(theirs.provider, call.model_copy(update=change))


@KINDS
@pytest.mark.parametrize("name", ["sandbox", "stripe"])
async def test_who_cannot_be_reached_says_nothing_about_the_money(name: str, kind: str) -> None:
    """Above all not that there was no such call: it would be made a second time."""
    provider: PaymentProvider = SandboxProvider(NOWHERE) if name == "sandbox" else StripeProvider(KEY, NOWHERE)
    call = call_of(kind, "A-1", 500, "pi_1", "acct_1")
    for ask in (sent, found):
        with pytest.raises(ProviderUnavailable):
            await ask(provider, call)
    await provider.close()


@pytest.mark.parametrize("theirs", WITH_A_BOOK, indirect=True)
async def test_the_book_has_every_payment_refund_and_release_once(
    theirs: Theirs, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pages: with our key and the order, with their amounts and their references."""
    monkeypatch.setattr(stripe_provider, "PAGE", 2)
    since = ago(60)
    calls = [await theirs.call("refund", order_id), await theirs.call("release", order_id)]
    calls += [calls[0].model_copy(update={"attempt": n, "key": f"{calls[0].key}-{n}", "amount": n}) for n in (2, 3)]
    answers = {call.key: await sent(theirs.provider, call) for call in calls}
    book = await all_entries(theirs.provider, since, ago(-60))
    ours = {entry.key: entry for entry in book if entry.key in answers}
    assert {key: entry.amount for key, entry in ours.items()} == {call.key: call.amount for call in calls}
    assert {key: entry.reference for key, entry in ours.items()} == {
        key: answer.provider_reference for key, answer in answers.items()
    }
    assert {entry.order_id for entry in ours.values()} == {order_id}
    assert {(entry.currency, entry.state in GOOD) for entry in ours.values()} == {("USD", True)}
    assert isinstance(calls[0], RefundCall)
    [payment] = [entry for entry in book if entry.key == calls[0].payment_id]
    assert (payment.kind, payment.amount, payment.state) == ("payment", PAID, MoneyState.SUCCEEDED)


async def test_R35_what_went_back_of_a_payment_is_told_whoever_asked_for_it(theirs: Theirs, order_id: str) -> None:
    """Ours with our key; what was given back by hand under the provider's reference alone, in the book too."""
    call, other = await theirs.call("refund", order_id), await theirs.call("refund", f"{order_id}.other")
    assert isinstance(call, RefundCall)
    sent_as = (await sent(theirs.provider, call)).provider_reference
    await sent(theirs.provider, other)
    by_hand = await theirs.give_back_by_hand(call.payment_id, 300)
    found = (await theirs.provider.went_back(call.payment_id)).refunds
    assert {(one.key, one.reference, one.is_ours, one.amount, one.currency, one.payment_id) for one in found} == {
        (call.key, sent_as, True, 500, "USD", call.payment_id),
        (by_hand, by_hand, False, 300, "USD", call.payment_id),
    }
    book = await all_entries(theirs.provider, ago(60), ago(-60))
    assert [entry.payment_id for entry in book if entry.key == by_hand and not entry.is_ours] == [call.payment_id]


@pytest.mark.parametrize(("word", "outcome"), [("open", None), ("won", "won"), ("lost", "lost")])
async def test_R34_chargebacks_are_told_as_they_stand_now(
    theirs: Theirs, order_id: str, word: str, outcome: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one payment, and of all, page by page."""
    monkeypatch.setattr(stripe_provider, "PAGE", 2)
    call = await theirs.call("refund", order_id)
    assert isinstance(call, RefundCall)
    ids = [await theirs.charge_back(call.payment_id, amount, word) for amount in (100, 200, 300)]
    found = (await theirs.provider.went_back(call.payment_id)).chargebacks
    assert {(one.chargeback_id, one.amount) for one in found} == set(zip(ids, (100, 200, 300), strict=True))
    assert {(one.payment_id, one.currency, one.outcome) for one in found} == {(call.payment_id, "USD", outcome)}
    listed, cursor = list[BookChargeback](), None
    async with asyncio.timeout(PATIENCE):
        while True:
            page = await theirs.provider.chargebacks(ago(60), ago(-60), cursor)
            listed += page.chargebacks
            if (cursor := page.cursor) is None:
                break
    assert len(listed) == len(set(listed))
    assert set(found) <= set(listed)


async def test_nothing_went_back_of_a_payment_that_nobody_knows(theirs: Theirs) -> None:
    for payment_id in ("nobody's", "../entries"):
        assert await theirs.provider.went_back(payment_id) == WentBack((), ())


async def all_entries(book: PaymentProvider, since: datetime, until: datetime) -> list[BookEntry]:
    """Page by page, each once."""
    entries: list[BookEntry] = []
    cursor = None
    async with asyncio.timeout(PATIENCE):
        while True:
            page = await book.entries(since, until, cursor)
            entries += page.entries
            cursor = page.cursor
            if cursor is None:
                break
    references = [entry.reference for entry in entries]
    assert len(references) == len(set(references))
    return entries


def test_a_webhook_of_theirs_is_read(signs: Signs) -> None:
    """As a fact of the contract, with our own reference."""
    now = datetime.now(UTC)
    report = signs.reader(signs.secret).read(signs.sign(signs.body, signs.secret, now), signs.body, now)
    assert (report.name, report.order_id) == ("refund_updated", "A-1")
    told = {name: report.fields[name] for name in ("refund_id", "attempt", "state", "provider_reference")}
    assert told == {"refund_id": "A-1-refund-1", "attempt": 2, "state": "succeeded", "provider_reference": "re_1"}
    assert report.webhook_id


@pytest.mark.parametrize("age", [301, 3_600, -301, -3_600])
def test_an_old_signature_and_one_that_is_ahead_are_not_believed(signs: Signs, age: float) -> None:
    """Just within the tolerance it is."""
    reader, now = signs.reader(signs.secret), datetime.now(UTC)
    with pytest.raises(NotGenuine):
        reader.read(signs.sign(signs.body, signs.secret, ago(age)), signs.body, now)
    assert reader.read(signs.sign(signs.body, signs.secret, ago(age / abs(age) * 290)), signs.body, now).name


def test_time_is_what_the_caller_says(signs: Signs) -> None:
    """A signature that was right a moment ago is wrong in an hour."""
    headers = signs.sign(signs.body, signs.secret, datetime.now(UTC))
    with pytest.raises(NotGenuine):
        signs.reader(signs.secret).read(headers, signs.body, ago(-3_600))


def test_another_secret_and_another_body_are_not_believed(signs: Signs) -> None:
    reader, now = signs.reader(signs.secret), datetime.now(UTC)
    with pytest.raises(NotGenuine):
        reader.read(signs.sign(signs.body, signs.other_secret, now), signs.body, now)
    right = signs.sign(signs.body, signs.secret, now)
    for body in (signs.body.replace(b"succeeded", b"failed"), signs.body + b" ", signs.body * 2, b"", b"\xff\xfe"):
        with pytest.raises(NotGenuine):
            reader.read(right, body, now)


def test_each_header_that_signs_is_there_once(signs: Signs) -> None:
    """Missing, empty, garbled or twice, also when one of the two would do."""
    reader, now = signs.reader(signs.secret), datetime.now(UTC)
    right = signs.sign(signs.body, signs.secret, now)
    for name, value in right:
        others = [(known, given) for known, given in right if known != name]
        for wrong in ((), ("",), ("v1",), ("=,=",), (value, value), (value, "other"), ("other", value)):
            with pytest.raises(NotGenuine):
                reader.read([*others, *((name, each) for each in wrong)], signs.body, now)


def test_while_a_secret_is_replaced_both_are_right(signs: Signs) -> None:
    """Whichever of the two stands first; afterwards only the new one is."""
    now = datetime.now(UTC)
    for both in ((signs.secret, signs.other_secret), (signs.other_secret, signs.secret)):
        for secret in both:
            assert signs.reader(*both).read(signs.sign(signs.body, secret, now), signs.body, now).name
    with pytest.raises(NotGenuine):
        signs.reader(signs.secret).read(signs.sign(signs.body, signs.other_secret, now), signs.body, now)


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'"text"', b"null", b"[" * 50_000, b'{"type": "refund_updated"}'])
def test_what_is_genuine_and_makes_no_sense_is_told_from_what_is_not_genuine(signs: Signs, body: bytes) -> None:
    """It is kept, while the other is not: nobody who cannot sign fills our tables."""
    now = datetime.now(UTC)
    reader = signs.reader(signs.secret)
    with pytest.raises(ValueError, match=r"\w"):
        reader.read(signs.sign(body, signs.secret, now), body, now)
    with pytest.raises(NotGenuine):
        reader.read([], body, now)
