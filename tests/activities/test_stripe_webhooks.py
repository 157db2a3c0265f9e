"""What Stripe's events are taken for: recorded shapes, and the one that localstripe sends."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activities.providers import NotGenuine, Report
from activities.providers.stripe_webhooks import MEANS_NOTHING, StripeWebhooks
from starter.gateway.webhooks import FACTS
from tests.activities.contract import StripeSigns, ago
from tests.activities.sandboxes import PATIENCE, listening
from tests.activities.stripes import SECRET, localstripe_process, transfer

SIGNS = StripeSigns()
REFUND = json.loads(SIGNS.body)["data"]["object"]
INTENT: dict[str, Any] = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 2_299,
    "amount_received": 2_299,
    "currency": "usd",
    "last_payment_error": None,
    "latest_charge": "ch_1",
    "metadata": {"order_id": "A-1"},
    "payment_method": "pm_1",
    "payment_method_types": ["card"],
    "status": "succeeded",
}
DISPUTE: dict[str, Any] = {
    "id": "dp_1",
    "object": "dispute",
    "amount": 2_299,
    "charge": "ch_1",
    "created": 1_772_440_000,
    "currency": "usd",
    "metadata": {},
    "payment_intent": "pi_1",
    "reason": "fraudulent",
    "status": "needs_response",
}
MADE_FOR = {"amount": "500", "currency": "usd", "destination": "acct_1", "transfer_group": "A-1"}
OUR_TRANSFER = {"release_id": "A-1-release-1", "order_id": "A-1", "attempt": "1", "countermand_key": "A-1-release-1-1"}


def read(kind: str, about: Mapping[str, Any] | None, **event: object) -> Report:
    """The event as it comes, signed."""
    whole = {"id": "evt_1", "object": "event", "created": 1_772_450_000, "type": kind, "data": {"object": about}}
    body, now = json.dumps(whole | event).encode(), datetime.now(UTC)
    return StripeWebhooks([SECRET]).read(SIGNS.sign(body, SECRET, now), body, now)


def test_a_payment_that_succeeded_is_captured() -> None:
    """What was received counts, not what was asked for; the currency is written as ours are."""
    report = read("payment_intent.succeeded", INTENT | {"amount_received": 2_000})
    assert (report.webhook_id, report.name, report.order_id) == ("evt_1", "payment_captured", "A-1")
    assert report.fields == {
        "payment_id": "pi_1",
        "amount": 2_000,
        "currency": "USD",
        "method": "card",
        "occurred_at": "2026-03-02T11:13:20+00:00",
    }


def test_a_payment_is_counted_in_our_minor_units() -> None:
    assert read("payment_intent.succeeded", INTENT | {"currency": "isk", "amount_received": 500}).fields["amount"] == 5
    assert read("payment_intent.succeeded", INTENT | {"currency": "jpy", "amount_received": 5}).fields["amount"] == 5


def test_a_payment_of_no_order_names_none() -> None:
    """Somebody else uses the account too: whoever takes the report decides what to do with it."""
    assert read("payment_intent.succeeded", INTENT | {"metadata": {}}).order_id is None


def test_a_payment_that_did_not_work_says_why() -> None:
    error = {"code": "card_declined", "message": "Your card was declined."}
    report = read(
        "payment_intent.payment_failed",
        INTENT | {"status": "requires_payment_method", "last_payment_error": error, "amount_received": 0},
    )
    assert (report.name, report.order_id) == ("payment_failed", "A-1")
    assert report.fields == {"payment_id": "pi_1", "reason": "Your card was declined."}


@pytest.mark.parametrize("kind", ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"])
def test_news_of_a_refund_of_ours_is_of_its_attempt(kind: str) -> None:
    report = read(kind, REFUND | {"status": "failed", "failure_reason": "lost_or_stolen_card"})
    assert (report.name, report.order_id) == ("refund_updated", "A-1")
    assert report.fields == {
        "refund_id": "A-1-refund-1",
        "attempt": 2,
        "state": "failed",
        "provider_reference": "re_1",
        "failure_reason": "lost_or_stolen_card",
    }


def test_a_transfer_that_was_reversed_is_news_of_its_release() -> None:
    whole = transfer(MADE_FOR, id="tr_1", metadata=OUR_TRANSFER, reversed=True, amount_reversed=500)
    report = read("transfer.reversed", whole)
    assert (report.name, report.order_id) == ("release_updated", "A-1")
    assert report.fields == {
        "release_id": "A-1-release-1",
        "attempt": 1,
        "state": "reversed",
        "provider_reference": "tr_1",
        "failure_reason": "reversed at Stripe",
    }


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("charge.dispute.created", "warning_needs_response"),
        ("charge.dispute.created", "warning_under_review"),
        ("charge.dispute.closed", "warning_closed"),
    ],
)
def test_an_inquiry_takes_no_money_and_means_nothing(kind: str, status: str) -> None:
    assert read(kind, DISPUTE | {"status": status}).name is None


@pytest.mark.parametrize("kind", [*sorted(MEANS_NOTHING), "customer.created", "balance.available", "payout.paid"])
def test_what_concerns_no_order_means_nothing(kind: str) -> None:
    assert read(kind, {"id": "x_1", "object": "something"}).name is None


@pytest.mark.parametrize(
    ("kind", "about", "words"),
    [
        ("charge.rerouted", INTENT, "charge.rerouted"),
        ("refund.dreamed_of", REFUND, "refund.dreamed_of"),
        ("payment_intent.succeeded", {}, "id"),
        ("payment_intent.succeeded", None, "payment_intent.succeeded"),
        ("payment_intent.succeeded", INTENT | {"amount_received": "2299"}, "amount_received"),
        ("payment_intent.succeeded", INTENT | {"status": "processing"}, "processing"),
        ("payment_intent.succeeded", INTENT | {"currency": "isk", "amount_received": 501}, "ISK"),
        ("refund.updated", REFUND | {"metadata": {"countermand_key": "A-1-refund-1-2"}}, "not made by this engine"),
        ("refund.updated", REFUND | {"metadata": REFUND["metadata"] | {"attempt": "two"}}, "attempt"),
        ("refund.updated", REFUND | {"status": "dancing"}, "status"),
        ("transfer.reversed", transfer(MADE_FOR, metadata=OUR_TRANSFER, amount_reversed=200), "in part"),
        ("charge.dispute.closed", DISPUTE | {"status": "under_review"}, "under_review"),
        ("charge.dispute.created", DISPUTE | {"payment_intent": None, "charge": None}, "no payment"),
    ],
)
def test_money_that_we_do_not_understand_is_never_passed_over(
    kind: str, about: Mapping[str, Any] | None, words: str
) -> None:
    """The sentence says what it is: an operator will read it."""
    with pytest.raises(ValueError, match=words):
        read(kind, about)


def test_what_is_told_are_facts_of_the_contract() -> None:
    """A name that no fact has would be kept for a person, and no order would hear of it."""
    told = {read("payment_intent.succeeded", INTENT).name, read("refund.updated", REFUND).name}
    assert told <= set(FACTS)


@pytest.mark.parametrize("second", ["t={now}", "t=+{old}", " t={now}", "t=", "t={old}"])
def test_a_signature_has_one_time(second: str) -> None:
    """An old one that somebody has put a new time beside is still old: the library looks at the first alone."""
    old, now = ago(3_600), datetime.now(UTC)
    [(name, header)] = SIGNS.sign(SIGNS.body, SECRET, old)
    stamp = second.format(now=int(now.timestamp()), old=int(old.timestamp()))
    stamped = header.replace("t=", "t=+", 1)
    for forged in (f"{header},{stamp}", f"{stamp},{header}", f"{stamped},{stamp}", f"{stamp},{stamped}"):
        with pytest.raises(NotGenuine):
            StripeWebhooks([SECRET]).read([(name, forged)], SIGNS.body, now)


@pytest.mark.parametrize("stamp", ["9" * 5_000, "-1", "\u0665", "nan", "1e9"])
def test_a_time_that_is_none_is_not_believed(stamp: str) -> None:
    """And is never mistaken for a genuine webhook that makes no sense."""
    with pytest.raises(NotGenuine):
        StripeWebhooks([SECRET]).read([("stripe-signature", f"t={stamp},v1=00")], SIGNS.body, datetime.now(UTC))


async def test_what_localstripe_sends_is_believed_and_understood() -> None:
    """A payment, and one that does not work: over HTTP, with its own signature."""
    heard: asyncio.Queue[Report] = asyncio.Queue()
    reader = StripeWebhooks([SECRET])

    async def take(request: Request) -> Response:
        headers = [(name.decode(), value.decode()) for name, value in request.headers.raw]
        report = reader.read(headers, await request.body(), datetime.now(UTC))
        if report.name:
            heard.put_nowait(report)
        return Response()

    app = Starlette(routes=[Route("/", take, methods=["POST"])])
    async with localstripe_process() as local, listening(app) as url, asyncio.timeout(PATIENCE):
        await local.tells(url)
        paid = await local.pay("A-1", 2_299)
        first = await heard.get()
        assert (first.name, first.order_id) == ("payment_captured", "A-1")
        assert (first.fields["payment_id"], first.fields["amount"]) == (paid["id"], 2_299)
        await local.fails_to_pay("A-2")
        second = await heard.get()
        assert (second.name, second.order_id) == ("payment_failed", "A-2")
        assert second.fields["reason"] == "Your card was declined."


PROMISED = INTENT | {
    "status": "requires_capture",
    "capture_method": "manual",
    "amount_received": 0,
    "amount_capturable": 2_299,
    "cancellation_reason": None,
}


def test_an_authorised_payment_is_told_over_what_can_be_captured() -> None:
    report = read("payment_intent.amount_capturable_updated", PROMISED | {"amount_capturable": 2_000})
    assert (report.name, report.order_id) == ("payment_authorized", "A-1")
    assert (report.fields["payment_id"], report.fields["amount"]) == ("pi_1", 2_000)


def test_what_can_be_captured_changes_also_because_it_was() -> None:
    report = read(
        "payment_intent.amount_capturable_updated", PROMISED | {"status": "succeeded", "amount_capturable": 0}
    )
    assert report.name is None


def test_an_authorisation_that_is_gone_is_told_with_the_reason() -> None:
    report = read("payment_intent.canceled", PROMISED | {"status": "canceled", "cancellation_reason": "automatic"})
    assert (report.name, report.order_id) == ("payment_voided", "A-1")
    assert report.fields == {"payment_id": "pi_1", "reason": "canceled at Stripe (automatic)"}


def test_an_intent_that_nobody_paid_and_is_canceled_means_nothing() -> None:
    assert read("payment_intent.canceled", INTENT | {"status": "canceled", "capture_method": "automatic"}).name is None
