"""What Stripe's answers are taken for: recorded shapes, since no server on this machine gives all of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from activities.providers import KeyTaken, ProviderUnavailable, WentBack
from activities.providers.stripe import MAX_PAGES, StripeProvider
from activities.providers.stripe_money import from_stripe, to_stripe
from tests.activities.contract import call_of
from tests.activities.sandboxes import listening
from tests.activities.stripes import KEY, dispute, refused, transfer
from workflows.messages.fields import MAX_REFERENCE
from workflows.messages.values import MoneyState
from workflows.messages.work import ProviderAnswer, RefundCall, ReleaseCall

REFUND = RefundCall.model_validate(call_of("refund", "A-1", 500, "pi_1", "").model_dump())
RELEASE = ReleaseCall.model_validate(call_of("release", "A-1", 500, "", "acct_1").model_dump())
OURS = {"countermand_key": REFUND.key, "refund_id": REFUND.refund_id, "order_id": "A-1", "attempt": "1"}
SHAPE: dict[str, Any] = {
    "id": "re_3Nabc",
    "object": "refund",
    "amount": 500,
    "balance_transaction": "txn_1",
    "charge": "ch_1",
    "created": 1_772_450_000,
    "currency": "usd",
    "destination_details": {"card": {"type": "pending"}, "type": "card"},
    "metadata": OURS,
    "payment_intent": "pi_1",
    "reason": None,
    "receipt_number": None,
    "source_transfer_reversal": None,
    "status": "succeeded",
    "transfer_reversal": None,
}
Heard = ProviderAnswer | Exception | None


def a_list(*shapes: object, more: bool = False) -> Response:
    return JSONResponse({"object": "list", "url": "/v1/refunds", "has_more": more, "data": list(shapes)})


@dataclass
class Oracle:
    """A Stripe that answers whatever it is told to, and remembers what it was asked."""

    url: str = ""
    respond: Callable[[], Response] = Response
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    """Method and path, headers, and fields."""

    async def answer(self, request: Request) -> Response:
        content = (await request.body()).decode() or request.url.query
        self.asked.append((f"{request.method} {request.url.path}", dict(request.headers), dict(parse_qsl(content))))
        return self.respond()

    async def hears(
        self, respond: Callable[[], Response], call: RefundCall | ReleaseCall = REFUND, patience: float = 10
    ) -> Heard:
        """What the answer to this call is understood to say."""
        self.respond = respond
        provider = StripeProvider(KEY, self.url, patience)
        try:
            return await (provider.refund(call) if isinstance(call, RefundCall) else provider.release(call))
        except (ProviderUnavailable, KeyTaken) as error:
            return error
        finally:
            await provider.close()

    async def finds(self, respond: Callable[[], Response], call: RefundCall | ReleaseCall = REFUND) -> Heard:
        """What a look-up is understood to say."""
        self.respond = respond
        provider = StripeProvider(KEY, self.url)
        try:
            if isinstance(call, RefundCall):
                return await provider.find_refund(call)
            return await provider.find_release(call)
        except (ProviderUnavailable, KeyTaken) as error:
            return error
        finally:
            await provider.close()


@pytest_asyncio.fixture(scope="module")
async def served() -> AsyncIterator[Oracle]:
    made = Oracle()
    app = Starlette(routes=[Route("/{path:path}", made.answer, methods=["GET", "POST"])])
    async with listening(app) as made.url:
        yield made


@pytest.fixture
def oracle(served: Oracle) -> Oracle:
    served.asked.clear()
    return served


async def test_a_refund_is_asked_for_with_our_key_twice(oracle: Oracle) -> None:
    """As idempotency key, which Stripe forgets after a day or more, and as metadata, which it does not."""
    await oracle.hears(lambda: JSONResponse(SHAPE))
    [(what, headers, fields)] = oracle.asked
    assert what == "POST /v1/refunds"
    assert headers["idempotency-key"] == REFUND.key
    assert fields == {
        "payment_intent": "pi_1",
        "amount": "500",
        "metadata[countermand_key]": REFUND.key,
        "metadata[refund_id]": REFUND.refund_id,
        "metadata[order_id]": "A-1",
        "metadata[attempt]": "1",
    }


@pytest.mark.parametrize(
    ("payment_id", "field_name"), [("pi_1", "payment_intent"), ("ch_1", "charge"), ("py_1", "charge")]
)
async def test_each_kind_of_payment_is_named_as_what_it_is(oracle: Oracle, payment_id: str, field_name: str) -> None:
    call = REFUND.model_copy(update={"payment_id": payment_id})
    await oracle.finds(a_list, call)
    assert oracle.asked[0][2][field_name] == payment_id


async def test_a_payment_that_is_none_of_stripes_is_a_definite_no(oracle: Oracle) -> None:
    """Nobody is asked: it was taken by another provider, before the settings were changed."""
    call = REFUND.model_copy(update={"payment_id": "pay-A-1"})
    answer = await oracle.hears(Response, call)
    assert isinstance(answer, ProviderAnswer)
    assert (answer.state, "pay-A-1" in str(answer.failure_reason)) == (MoneyState.FAILED, True)
    assert await oracle.finds(Response, call) is None
    assert oracle.asked == []


async def test_a_seller_that_is_no_account_of_stripes_is_a_definite_no(oracle: Oracle) -> None:
    answer = await oracle.hears(Response, RELEASE.model_copy(update={"seller_id": "s-3"}))
    assert isinstance(answer, ProviderAnswer)
    assert (answer.state, "acct_" in str(answer.failure_reason)) == (MoneyState.FAILED, True)
    assert oracle.asked == []


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({"status": "pending"}, MoneyState.PENDING, None),
        ({"status": "requires_action"}, MoneyState.PENDING, None),
        ({"status": "succeeded"}, MoneyState.SUCCEEDED, None),
        (
            {"status": "failed", "failure_reason": "expired_or_canceled_card"},
            MoneyState.FAILED,
            "expired_or_canceled_card",
        ),
        ({"status": "failed"}, MoneyState.FAILED, "failed at Stripe"),
        ({"status": "canceled"}, MoneyState.FAILED, "canceled at Stripe"),
    ],
)
async def test_each_state_of_a_refund_is_one_of_ours(
    oracle: Oracle, changes: dict[str, str], state: MoneyState, reason: str | None
) -> None:
    """In the answer and in what is found."""
    wanted = ProviderAnswer(state=state, provider_reference="re_3Nabc", failure_reason=reason)
    assert await oracle.hears(lambda: JSONResponse(SHAPE | changes)) == wanted
    assert await oracle.finds(lambda: a_list(SHAPE | changes)) == wanted


@pytest.mark.parametrize(
    ("details", "told"),
    [
        (
            {"type": "card", "card": {"reference": "74537604221", "type": "refund"}},
            "re_3Nabc (bank reference 74537604221)",
        ),
        ({"type": "us_bank_transfer", "us_bank_transfer": {"reference": "X9"}}, "re_3Nabc (bank reference X9)"),
        ({"type": "card", "card": {"reference": None}}, "re_3Nabc"),
        ({"type": "card", "card": {"reference": "7" * MAX_REFERENCE}}, "re_3Nabc"),
        ({"type": "card"}, "re_3Nabc"),
        (None, "re_3Nabc"),
    ],
)
async def test_the_banks_trace_number_stands_beside_the_reference(oracle: Oracle, details: object, told: str) -> None:
    answer = await oracle.hears(lambda: JSONResponse(SHAPE | {"destination_details": details}))
    assert isinstance(answer, ProviderAnswer)
    assert answer.provider_reference == told


@pytest.mark.parametrize(
    "respond",
    [
        lambda: refused("charge_already_refunded", "Charge ch_1 has already been refunded."),
        lambda: refused("charge_disputed", "Charge ch_1 has been charged back; cannot issue a refund."),
        lambda: refused(None, "Refund amount ($30.00) is greater than unrefunded amount on charge ($22.99)"),
        lambda: refused("balance_insufficient", "Insufficient funds in your Stripe balance."),
        lambda: refused("resource_missing", "No such payment_intent: 'pi_1'", status=404),
        lambda: refused("card_declined", "The card was declined.", status=402, kind="card_error"),
    ],
)
async def test_a_definite_no_is_a_decline_in_stripes_words(oracle: Oracle, respond: Callable[[], Response]) -> None:
    for call in (REFUND, RELEASE):
        answer = await oracle.hears(respond, call)
        assert isinstance(answer, ProviderAnswer)
        assert answer.state is MoneyState.FAILED
        assert len(str(answer.failure_reason)) > 20


@pytest.mark.parametrize(
    "respond",
    [
        lambda: refused("rate_limit", "Too many requests.", status=429),
        lambda: refused("lock_timeout", "This object cannot be accessed right now.", status=429),
        lambda: refused("idempotency_key_in_use", "Another request is using it.", status=409, kind="idempotency_error"),
        lambda: refused(None, "Invalid API Key provided.", status=401),
        lambda: refused("more_permissions_required", "No.", status=403),
        lambda: refused(None, "Unrecognized request URL.", status=404),
        lambda: refused(None, "An unknown error occurred.", status=500, kind="api_error"),
        lambda: Response("<html>Bad Gateway</html>", status_code=502),
        lambda: Response("<html>Welcome!</html>", status_code=200),
        lambda: Response("<html>No such page</html>", status_code=404),
        lambda: Response(b"\xff\xfe", status_code=400),
        lambda: Response("", status_code=200),
        lambda: Response("", status_code=302, headers={"location": "http://127.0.0.1:9/"}),
        lambda: JSONResponse([]),
        lambda: JSONResponse("text"),
        lambda: JSONResponse(None),
        lambda: JSONResponse({"error": "text"}, status_code=400),
        lambda: JSONResponse({"error": []}, status_code=400),
        lambda: JSONResponse({"error": {}}, status_code=418),
        lambda: JSONResponse({"object": "charge", **{n: v for n, v in SHAPE.items() if n != "object"}}),
    ],
)
async def test_whatever_is_neither_a_yes_nor_a_no_says_nothing_about_the_money(
    oracle: Oracle, respond: Callable[[], Response]
) -> None:
    """It is looked up; and a look-up that hears it has not heard that there is none."""
    for call in (REFUND, RELEASE):
        for heard in (await oracle.hears(respond, call), await oracle.finds(respond, call)):
            assert isinstance(heard, ProviderUnavailable), heard
            assert call.key in str(heard)


@pytest.mark.parametrize("lacking", ["id", "object", "amount", "currency", "created", "status"])
async def test_an_answer_that_lacks_a_field_says_nothing(oracle: Oracle, lacking: str) -> None:
    shape = {name: value for name, value in SHAPE.items() if name != lacking}
    assert isinstance(await oracle.hears(lambda: JSONResponse(shape)), ProviderUnavailable)
    assert isinstance(await oracle.finds(lambda: a_list(shape)), ProviderUnavailable)


@pytest.mark.parametrize(
    "changes",
    [{"status": "dancing"}, {"status": None}, {"amount": "500"}, {"amount": -500}, {"currency": "USD!"}, {"id": ""}],
)
async def test_an_answer_with_a_field_that_is_wrong_says_nothing(oracle: Oracle, changes: dict[str, object]) -> None:
    assert isinstance(await oracle.hears(lambda: JSONResponse(SHAPE | changes)), ProviderUnavailable)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"amount": 501}, "amount"),
        ({"currency": "eur"}, "currency"),
        ({"payment_intent": "pi_2", "charge": "ch_2"}, "payment_id"),
        ({"metadata": {}}, "key"),
        ({"metadata": OURS | {"countermand_key": "other"}}, "key"),
    ],
)
async def test_an_answer_about_another_refund_is_not_ours(
    oracle: Oracle, changes: dict[str, object], named: str
) -> None:
    """It succeeded, somebody's: to believe it would close our refund with no money sent."""
    heard = await oracle.hears(lambda: JSONResponse(SHAPE | changes))
    assert isinstance(heard, KeyTaken)
    assert named in str(heard)


async def test_a_key_that_stands_for_other_parameters_is_not_ours(oracle: Oracle) -> None:
    words = "Keys for idempotent requests can only be used with the same parameters they were first used with."
    heard = await oracle.hears(lambda: refused(None, words, kind="idempotency_error"))
    assert isinstance(heard, KeyTaken)


async def test_the_patience_that_stripe_asks_for_is_told(oracle: Oracle) -> None:
    heard = await oracle.hears(lambda: Response("{}", status_code=429, headers={"Retry-After": "7"}))
    assert isinstance(heard, ProviderUnavailable)
    limited = refused("rate_limit", "Too many requests.", status=429)
    limited.headers["Retry-After"] = "7"
    heard = await oracle.hears(lambda: limited)
    assert isinstance(heard, ProviderUnavailable)
    assert heard.retry_after == timedelta(seconds=7)


async def test_an_answer_that_never_ends_is_none(oracle: Oracle) -> None:
    """Drop by drop: no single wait is long."""

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.02)

    heard = await oracle.hears(lambda: StreamingResponse(drops()), patience=0.3)
    assert isinstance(heard, ProviderUnavailable)
    assert "no answer within 0.3 seconds" in str(heard)


async def test_one_call_is_one_request(oracle: Oracle) -> None:
    """The library tries nothing again by itself: between two tries we look."""
    await oracle.hears(lambda: refused(None, "Oh.", status=500, kind="api_error"))
    assert len(oracle.asked) == 1


async def test_a_look_up_reads_every_page(oracle: Oracle) -> None:
    """Ours is the last one of the last page."""
    others = [SHAPE | {"id": f"re_{n}", "metadata": {}} for n in range(3)]
    pages = [a_list(*others[:2], more=True), a_list(others[2], SHAPE)]
    found = await oracle.finds(lambda: pages.pop(0))
    assert isinstance(found, ProviderAnswer)
    assert [fields.get("starting_after") for _, _, fields in oracle.asked] == [None, "re_1"]


async def test_a_list_without_end_and_one_with_a_hole_find_nothing_out(oracle: Oracle) -> None:
    """What was not seen may be ours."""
    other = SHAPE | {"id": "re_2", "metadata": {}}
    heard = await oracle.finds(lambda: a_list(other, more=True))
    assert isinstance(heard, ProviderUnavailable)
    assert len(oracle.asked) == MAX_PAGES
    for page in (a_list(more=True), a_list(other, {}), a_list(other, None), a_list("re_1"), JSONResponse({"data": []})):
        assert isinstance(await oracle.finds(lambda answer=page: answer), ProviderUnavailable)  # type: ignore[misc]


async def test_a_payment_that_the_account_does_not_have_was_never_given_back_by_it(oracle: Oracle) -> None:
    missing = refused("resource_missing", "No such payment_intent: 'pi_1'", status=404)
    assert await oracle.finds(lambda: missing) is None


async def test_a_release_is_a_transfer_in_the_orders_group(oracle: Oracle) -> None:
    form = {"amount": "500", "currency": "usd", "destination": "acct_1", "metadata[countermand_key]": RELEASE.key}
    shape = transfer(form, id="tr_1")
    answer = await oracle.hears(lambda: JSONResponse(shape), RELEASE)
    assert answer == ProviderAnswer(state=MoneyState.SUCCEEDED, provider_reference="tr_1")
    [(what, headers, fields)] = oracle.asked
    assert (what, headers["idempotency-key"]) == ("POST /v1/transfers", RELEASE.key)
    assert fields == form | {
        "transfer_group": "A-1",
        "metadata[release_id]": RELEASE.release_id,
        "metadata[order_id]": "A-1",
        "metadata[attempt]": "1",
    }
    gone = await oracle.finds(lambda: a_list(shape | {"reversed": True, "amount_reversed": 500}), RELEASE)
    assert isinstance(gone, ProviderAnswer)
    assert gone.state is MoneyState.REVERSED
    for changes in ({"destination": "acct_2"}, {"amount": 501}):
        assert isinstance(await oracle.hears(lambda c=changes: JSONResponse(shape | c), RELEASE), KeyTaken)  # type: ignore[misc]


async def test_the_book_is_asked_for_a_span_of_time(oracle: Oracle) -> None:
    """From the first second to before the last; what we did not make is in it too, under Stripe's id."""
    oracle.respond = lambda: a_list(SHAPE | {"metadata": {}}, more=True)
    provider = StripeProvider(KEY, oracle.url)
    since, until = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    page = await provider.entries(since, until)
    await provider.close()
    [(what, _, fields)] = oracle.asked
    assert what == "GET /v1/refunds"
    assert (fields["created[gte]"], fields["created[lt]"]) == (str(int(since.timestamp())), str(int(until.timestamp())))
    assert page.cursor == "refunds:re_3Nabc"
    assert [(entry.key, entry.order_id) for entry in page.entries] == [("re_3Nabc", None)]


@pytest.mark.parametrize(
    ("ours", "currency", "theirs"),
    [
        (2_299, "USD", 2_299),
        (500, "JPY", 500),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (500, "MGA", 5),
        (5_120, "KWD", 5_120),
        (500, "HUF", 500),
    ],
)
def test_amounts_are_minor_units_as_each_side_counts_them(ours: int, currency: str, theirs: int) -> None:
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency) == ours


@pytest.mark.parametrize(("amount", "currency"), [(5_123, "KWD"), (1, "TND"), (550, "MGA")])
async def test_an_amount_that_stripe_cannot_move_is_a_definite_no(oracle: Oracle, amount: int, currency: str) -> None:
    """Rounded it would be another amount than the order's."""
    for call in (REFUND, RELEASE):
        answer = await oracle.hears(Response, call.model_copy(update={"amount": amount, "currency": currency}))
        assert isinstance(answer, ProviderAnswer)
        assert (answer.state, "multiples" in str(answer.failure_reason)) == (MoneyState.FAILED, True)
    assert oracle.asked == []


async def test_nothing_went_back_of_a_payment_that_stripe_does_not_know(oracle: Oracle) -> None:
    """By refunds and by disputes; any other error says nothing about the money."""
    oracle.respond = lambda: refused("resource_missing", "No such payment_intent: 'pi_1'", status=404)
    provider = StripeProvider(KEY, oracle.url)
    assert await provider.went_back("pi_1") == WentBack((), ())
    assert [what for what, _, _ in oracle.asked] == ["GET /v1/refunds", "GET /v1/disputes"]
    oracle.respond = lambda: refused("lock_timeout", "Try again.", status=429)
    with pytest.raises(ProviderUnavailable):
        await provider.went_back("pi_1")
    with pytest.raises(ProviderUnavailable):
        await provider.chargebacks(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
    await provider.close()


async def test_R35_what_is_let_go_of_an_authorisation_stands_in_no_list(oracle: Oracle) -> None:
    """Neither in the book nor among what went back of the payment."""
    oracle.respond = lambda: a_list(SHAPE | {"metadata": {}, "balance_transaction": None})
    provider = StripeProvider(KEY, oracle.url)
    since, until = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    assert (await provider.entries(since, until)).entries == ()
    await provider.close()


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_closed", "prevented", "charge_refunded"])
async def test_R34_a_dispute_that_took_no_money_stands_in_no_list(oracle: Oracle, status: str) -> None:
    oracle.respond = lambda: a_list(dispute("pi_1", 500, status), dispute("pi_1", 400, "under_review"))
    provider = StripeProvider(KEY, oracle.url)
    page = await provider.chargebacks(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
    assert [chargeback.amount for chargeback in page.chargebacks] == [400]
    await provider.close()


async def test_R34_a_dispute_that_cannot_be_counted_spoils_the_page(oracle: Oracle) -> None:
    """Passed over, its money would be gone unseen."""
    for wrong in (
        dispute("pi_1", 501, "lost", currency="isk"),
        dispute("pi_1", 1, "lost", payment_intent=None, charge=None),
    ):
        oracle.respond = lambda wrong=wrong: a_list(wrong)  # type: ignore[misc]
        provider = StripeProvider(KEY, oracle.url)
        with pytest.raises(ProviderUnavailable, match="list disputes"):
            await provider.chargebacks(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
        await provider.close()
