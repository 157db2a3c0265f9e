"""What providers tell of money that moved without our asking, in the words of the facts (R34, R35, R36)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from activities.providers import Report
from tests.activities.contract import SIGNERS
from tests.activities.test_stripe_webhooks import DISPUTE, INTENT, REFUND, read
from workflows.messages.base import Fact
from workflows.messages.commands import PaymentCaptured
from workflows.messages.decoding import decode

AT = "2026-03-02T11:13:20+00:00"
"""When Stripe's events here were created."""
PROVIDER = {"role": "payment_provider", "id": "reader"}


def of_the_sandbox(kind: str, data: Mapping[str, object]) -> Report:
    """Its webhook as it comes, signed."""
    signs, now = SIGNERS["sandbox"], datetime.now(UTC)
    body = json.dumps({"type": kind, "data": data}).encode()
    return signs.reader(signs.secret).read(signs.sign(body, signs.secret, now), body, now)


def as_fact(report: Report) -> Fact:
    """What the order is told."""
    assert report.name
    fact = decode(report.name, json.dumps({**report.fields, "by": PROVIDER, "request_id": "r"}).encode())
    assert isinstance(fact, Fact)
    return fact


@pytest.mark.parametrize("kind", ["charge.dispute.created", "charge.dispute.funds_withdrawn"])
def test_R34_a_dispute_is_a_chargeback_of_its_payment_with_its_instant_and_currency(kind: str) -> None:
    """Stripe names no order in it. The instant is that of the word, not that of the dispute."""
    report = read(kind, DISPUTE)
    assert (report.name, report.order_id) == ("chargeback_opened", None)
    told = {"payment_id": "pi_1", "chargeback_id": "dp_1", "amount": 2_299, "currency": "USD", "occurred_at": AT}
    assert report.fields == told
    assert read(kind, DISPUTE | {"payment_intent": None}).fields["payment_id"] == "ch_1"
    assert as_fact(report).name == "chargeback_opened"


@pytest.mark.parametrize("outcome", ["won", "lost"])
@pytest.mark.parametrize("kind", ["closed", "funds_withdrawn", "funds_reinstated"])
def test_R34_whatever_tells_that_the_bank_has_decided_is_its_word(kind: str, outcome: str) -> None:
    """A bank that decides anew after the close takes the money again, or gives it back: no second close is told."""
    report = read(f"charge.dispute.{kind}", DISPUTE | {"status": outcome})
    assert (report.name, report.fields["outcome"], report.fields["occurred_at"]) == ("chargeback_closed", outcome, AT)
    assert as_fact(report).name == "chargeback_closed"


@pytest.mark.parametrize(
    ("status", "was", "name"),
    [
        ("won", {"status": "lost"}, "chargeback_closed"),
        ("lost", {"status": "under_review"}, "chargeback_closed"),
        ("under_review", {"status": "needs_response"}, None),
        ("lost", {"evidence": {}}, None),
        ("lost", None, None),
        ("warning_closed", {"status": "warning_needs_response"}, None),
    ],
)
def test_R34_a_changed_dispute_is_news_where_the_bank_decided(status: str, was: object, name: str | None) -> None:
    data = {"object": DISPUTE | {"status": status}, "previous_attributes": was}
    assert read("charge.dispute.updated", None, data=data).name == name


@pytest.mark.parametrize("kind", ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"])
def test_R35_a_refund_without_our_metadata_is_reported_by_stripe_s_own_id(kind: str) -> None:
    """Its order is found by the payment, whatever somebody else wrote beside it."""
    report = read(kind, REFUND | {"metadata": {"order_id": "B-7", "why": "goodwill"}, "status": "pending"})
    assert (report.name, report.order_id) == ("refund_reported", None)
    told = {"payment_id": "pi_1", "reference": "re_1", "amount": 500, "currency": "USD", "state": "pending"}
    assert report.fields == told
    assert as_fact(report).name == "refund_reported"


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("requires_action", "pending", None),
        ("succeeded", "succeeded", None),
        ("failed", "failed", "lost_or_stolen_card"),
        ("canceled", "failed", "lost_or_stolen_card"),
    ],
)
def test_R35_a_refund_of_others_has_its_state_and_why_it_failed(status: str, state: str, reason: str | None) -> None:
    refund = REFUND | {"metadata": {}, "status": status, "failure_reason": reason}
    fields = read("refund.updated", refund).fields
    assert (fields["state"], fields.get("reason")) == (state, reason)


def test_R35_what_is_let_go_of_an_authorisation_is_no_refund() -> None:
    """It looks like one, and has no effect on the account."""
    let_go = REFUND | {"metadata": {}, "balance_transaction": None}
    assert read("refund.created", let_go).name is None
    assert read("refund.created", let_go | {"balance_transaction": "txn_1"}).name == "refund_reported"
    assert read("refund.created", let_go | {"status": "pending"}).name == "refund_reported"
    assert read("refund.created", REFUND | {"balance_transaction": None}).name == "refund_updated", "ours is ours"


def test_R35_a_refund_of_others_that_names_no_payment_is_for_a_person() -> None:
    with pytest.raises(ValueError, match="names no payment"):
        read("refund.created", REFUND | {"metadata": {}, "payment_intent": None, "charge": None})


def test_R35_the_sandbox_tells_a_refund_by_hand_in_our_words() -> None:
    told = {"payment_id": "p", "reference": "ref_1", "amount": 500, "currency": "USD", "state": "succeeded"}
    report = of_the_sandbox("refund_reported", {"order_id": "A-1", **told})
    assert (report.name, report.order_id, report.fields) == ("refund_reported", "A-1", told)
    assert as_fact(report).name == "refund_reported"


SHARES = {"A-1": 1_000, "A-2": 1_299}
SHARED = {
    "stripe": lambda: read("payment_intent.succeeded", INTENT | {"metadata": {"order_shares": json.dumps(SHARES)}}),
    "sandbox": lambda: of_the_sandbox(
        "payment_captured",
        {"payment_id": "pi_1", "amount": 2_299, "currency": "USD", "method": "card", "shares": SHARES},
    ),
}


@pytest.mark.parametrize("provider", SHARED)
def test_R36_a_payment_for_several_orders_is_one_share_for_each_of_what_it_brought(provider: str) -> None:
    """Each with an id of its own: what finds no place is kept once by its id."""
    report = SHARED[provider]()
    assert report.order_id is None
    each = report.each()
    facts = [as_fact(one) for one in each]
    assert [one.order_id for one in each] == ["A-1", "A-2"]
    assert len({one.webhook_id for one in each}) == 2
    assert [(fact.amount, fact.of) for fact in facts if isinstance(fact, PaymentCaptured)] == [
        (1_000, 2_299),
        (1_299, 2_299),
    ]


def test_R36_any_other_payment_is_one_report() -> None:
    report = read("payment_intent.succeeded", INTENT)
    assert report.each() == (report,)


@pytest.mark.parametrize(
    "shares", ["", "A-1", "[1]", "{}", '{"A-1": "1000"}', '{"A-1": true}', '{"A-1": 1.5}', "[" * 9_999]
)
def test_R36_shares_that_make_no_sense_are_for_a_person(shares: str) -> None:
    """As if there were none, the payment would be no order's."""
    with pytest.raises(ValueError, match="order_shares"):
        read("payment_intent.succeeded", INTENT | {"metadata": {"order_id": "A-1", "order_shares": shares}})


@pytest.mark.parametrize("shares", [{}, [], "A-1", {"A-1": "1000"}, {"A-1": True}])
def test_R36_so_are_the_sandbox_s(shares: Any) -> None:
    with pytest.raises(ValueError, match="shares"):
        of_the_sandbox("payment_captured", {"payment_id": "p", "amount": 1, "shares": shares})
