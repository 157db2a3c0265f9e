"""A payment has one owner, or written shares: an order takes its share, and waits where others claim the same (R36)."""

import pytest

from tests.process.orders import (
    BUYER,
    CAPTURE_1,
    CARRIER,
    CONFIRM,
    PLATFORM,
    PROVIDER,
    REFUND_1,
    SELLER,
    SHIP,
    TOTAL,
    after,
    answered,
    asked,
    authorized,
    by_hand,
    calls,
    cancel,
    captured,
    claimed_too,
    delivered,
    hours,
    new_order,
    notices,
    paid,
    promised,
    recorded,
    refund,
    refund_news,
    refunding,
    refused,
    release,
    release_news,
    releasing,
    retry,
    settle_conflict,
    shipped,
    taken,
)
from workflows.messages.commands import OFFERED, PaymentCaptured
from workflows.messages.decoding import decode
from workflows.messages.refusal import Code, Refused
from workflows.messages.shared_payments import PaymentConflict
from workflows.messages.values import CancellationReason, MoneyState, Party, Stage
from workflows.process.money.attention import needs_attention
from workflows.process.state.order import Order
from workflows.process.telling.view import plain_view

FAILED, SUCCEEDED, PENDING = MoneyState.FAILED, MoneyState.SUCCEEDED, MoneyState.PENDING
T = hours(60)
OVER = TOTAL + 701


def columns(order: Order) -> dict[str, int]:
    """The columns that hold something."""
    ledger = order.ledger
    names = ("authorized", "captured", "refunded", "refunding", "released", "held", "shortfall")
    return {name: amount for name in names if (amount := getattr(ledger, name))}


def contested(order: Order, at: str = "p-1") -> Order:
    return after(order, claimed_too(at), at=T)


# A share of a payment.


def test_R36_a_share_pays_its_order_and_the_payment_remembers_what_the_whole_brought() -> None:
    order = after(new_order(), captured(TOTAL, of=3 * TOTAL), at=hours(0.1))
    assert (order.stage, columns(order)) == (Stage.AWAITING_SHIPMENT, {"captured": TOTAL, "held": TOTAL})
    assert [(p["amount"], p["of"]) for p in plain_view(order)["payments"]] == [(TOTAL, 3 * TOTAL)]


@pytest.mark.parametrize(("of", "valid"), [(TOTAL - 1, False), (TOTAL, True), (TOTAL + 1, True)])
def test_R36_a_share_is_never_more_than_the_whole(of: int, *, valid: bool) -> None:
    body = f'{{"payment_id": "p-1", "amount": {TOTAL}, "of": {of}, "currency": "USD", "method": "card", "by": '
    body += '{"role": "payment_provider", "id": "payments"}}'
    if valid:
        assert decode("payment_captured", body.encode()).name == "payment_captured"
        return
    with pytest.raises(Refused) as refused_:
        decode("payment_captured", body.encode())
    assert (refused_.value.code, refused_.value.refusal.fields) == (Code.INVALID, ("amount", "of"))


def test_R36_an_authorisation_belongs_to_one_order_and_has_no_share() -> None:
    body = authorized().model_dump_json(exclude_none=True)[:-1] + ', "of": 9000}'
    with pytest.raises(Refused) as refused_:
        decode("payment_authorized", body.encode())
    assert (refused_.value.code, refused_.value.refusal.fields) == (Code.INVALID, ("of",))


@pytest.mark.parametrize(
    "again",
    [captured(TOTAL, of=5000), captured(5000)],
    ids=["the same share", "the whole payment without its shares"],
)
def test_R36_a_share_reported_again_or_as_the_whole_is_a_duplicate(again: PaymentCaptured) -> None:
    order = after(new_order(), captured(TOTAL, of=5000), at=hours(0.1))
    assert recorded(order, again, T).startswith("duplicate")
    assert taken(order, again, T).order.ledger == order.ledger


@pytest.mark.parametrize(
    "again",
    [
        captured(TOTAL),
        captured(TOTAL, of=6000),
        captured(TOTAL - 1, of=5000),
        captured(6000),
        captured(5000, currency="EUR"),
    ],
)
def test_R7_a_share_reported_otherwise_contradicts_it(again: PaymentCaptured) -> None:
    order = after(new_order(), captured(TOTAL, of=5000), at=hours(0.1))
    assert recorded(order, again, T).startswith("conflict")
    outcome = taken(order, again, T)
    assert [found.kind for found in needs_attention(outcome.order)] == ["payment_contradicted"]
    assert outcome.order.ledger == order.ledger


# A conflict: two orders have one payment.


def test_R36_while_a_conflict_is_open_no_refund_of_its_payment_is_sent() -> None:
    outcome = taken(contested(paid()), cancel(), T)
    assert (outcome.order.stage, columns(outcome.order)) == (Stage.CANCELLED, {"captured": TOTAL, "refunding": TOTAL})
    assert calls(outcome) == ()
    settled = taken(outcome.order, settle_conflict(TOTAL), T)
    assert [call.amount for call in calls(settled)] == [TOTAL]


def test_R36_while_a_conflict_is_open_no_release_is_sent() -> None:
    outcome = taken(contested(delivered()), CONFIRM, T)
    assert (outcome.order.stage, columns(outcome.order)) == (Stage.COMPLETED, {"captured": TOTAL, "released": TOTAL})
    assert calls(outcome) == ()
    assert "once it is known whose payment it is" in notices(outcome)[1].text
    assert [call.amount for call in calls(taken(outcome.order, settle_conflict(TOTAL), T))] == [TOTAL]


def test_R36_while_a_conflict_is_open_what_was_promised_is_not_charged() -> None:
    outcome = taken(contested(promised()), SHIP, T)
    assert calls(outcome) == ()
    assert [call.amount for call in calls(taken(outcome.order, settle_conflict(TOTAL), T))] == [TOTAL]


def test_R36_a_surplus_that_others_claim_waits_and_the_rest_of_the_order_goes_on() -> None:
    order = contested(after(paid(), captured(701, "p-2"), answered(FAILED), at=hours(1)), "p-2")
    assert refused(order, retry(), T).code == Code.NOT_ALLOWED_NOW
    outcome = taken(order, cancel(), T)
    assert [call.amount for call in calls(outcome)] == [TOTAL]


def test_R36_nobody_retries_or_settles_what_a_conflict_holds_up() -> None:
    order = contested(after(refunding(), answered(FAILED), at=hours(4)))
    for command in (retry(), by_hand()):
        assert refused(order, command, T).code == Code.NOT_ALLOWED_NOW


def test_R36_a_conflict_tells_the_seller_not_to_ship_and_the_platform_whose_the_others_are() -> None:
    outcome = taken(paid(), claimed_too(), T)
    seller, platform = notices(outcome)
    assert (seller.role, platform.role) == ("seller", "platform")
    assert {seller.kind, platform.kind} == {"payment_conflict_opened"}
    assert "do not ship" in seller.text
    assert "A-1002" not in seller.text, "another order may be of anybody"
    assert "A-1002" in platform.text
    assert [(found.kind, found.subject) for found in needs_attention(outcome.order)] == [("payment_conflict", "p-1")]
    assert "do not ship" not in notices(taken(shipped(), claimed_too(), T))[0].text


def test_R36_stages_and_deadlines_go_on_while_a_conflict_is_open() -> None:
    order = paid()
    claimed = contested(order)
    assert (claimed.stage, claimed.deadlines) == (order.stage, order.deadlines)
    assert taken(claimed, SHIP, T).order.stage is Stage.SHIPPED


def test_R36_an_open_conflict_repeated_is_a_duplicate_and_another_order_more_is_news() -> None:
    order = contested(paid())
    assert recorded(order, claimed_too(), T).startswith("duplicate")
    more = taken(order, claimed_too(orders=("A-1001", "A-1002", "A-1003")), T).order
    assert more.payments[0].claimed_by == ("A-1002", "A-1003")


def test_R36_a_conflict_about_another_payment_or_with_nobody_is_recorded() -> None:
    assert "has no payment p-9" in recorded(paid(), claimed_too("p-9"), T)
    assert "no other order" in recorded(paid(), claimed_too(orders=("A-1001",)), T)


@pytest.mark.parametrize("by", [BUYER, SELLER, PLATFORM, PROVIDER, CARRIER], ids=lambda by: by.role)
def test_R36_a_conflict_is_reported_by_the_engine_and_by_nobody_else(by: Party) -> None:
    event = PaymentConflict(by=by, payment_id="p-1", orders=("A-1002",))
    assert refused(paid(), event, T).code == Code.WRONG_ROLE
    assert "payment_conflict" not in OFFERED


# Settled: how much is this order's.


def test_R36_none_of_it_cancels_an_order_before_shipment_and_nothing_counts_as_refunded() -> None:
    outcome = taken(contested(paid()), settle_conflict(0), T)
    order = outcome.order
    assert (order.stage, order.reason, order.fault) == (Stage.CANCELLED, CancellationReason.PAYMENT_CONFLICT, None)
    assert (columns(order), calls(outcome)) == ({}, ())
    assert order.settled
    assert not needs_attention(order)


def test_R36_a_pending_request_to_cancel_is_overtaken() -> None:
    order = taken(contested(asked()), settle_conflict(0), T).order
    assert order.cancellation
    assert (order.stage, order.cancellation.outcome) == (Stage.CANCELLED, "overtaken")


def test_R36_less_than_the_total_cancels_and_what_is_left_goes_back() -> None:
    outcome = taken(contested(paid()), settle_conflict(TOTAL - 1), T)
    assert outcome.order.stage is Stage.CANCELLED
    assert columns(outcome.order) == {"captured": TOTAL - 1, "refunding": TOTAL - 1}
    assert [call.amount for call in calls(outcome)] == [TOTAL - 1]


def test_R36_all_that_was_taken_settles_it_and_changes_nothing_else() -> None:
    outcome = taken(contested(paid()), settle_conflict(TOTAL), T)
    assert (outcome.order.stage, columns(outcome.order)) == (Stage.AWAITING_SHIPMENT, columns(paid()))
    assert not needs_attention(outcome.order)


def test_R36_an_order_that_is_still_paid_goes_on_without_its_surplus() -> None:
    order = contested(after(new_order(), captured(OVER), answered(FAILED), at=hours(0.1)))
    outcome = taken(order, settle_conflict(TOTAL), T)
    assert (outcome.order.stage, columns(outcome.order)) == (
        Stage.AWAITING_SHIPMENT,
        {"captured": TOTAL, "held": TOTAL},
    )
    assert refund(outcome.order).state is MoneyState.CANCELLED


def test_R36_what_is_not_its_own_comes_out_of_refunds_then_releases_then_what_is_held_then_the_shortfall() -> None:
    waiting = after(contested(after(new_order(), captured(OVER), at=hours(0.1))), SHIP, at=T)
    sent = taken(waiting, settle_conflict(1000), T).order
    assert sent.stage is Stage.SHIPPED, "later it goes on"
    assert columns(sent) == {"captured": 1000, "refunding": 701, "held": 299}, "what was sent runs on"
    failed = after(waiting, answered(FAILED), at=T)
    assert columns(taken(failed, settle_conflict(1000), T).order) == {"captured": 1000, "held": 1000}
    closing = after(contested(delivered()), CONFIRM, at=T)
    assert columns(taken(closing, settle_conflict(1000), T).order) == {"captured": 1000, "released": 1000}
    gone = contested(after(releasing(), release_news(SUCCEEDED), at=hours(50)))
    settled = taken(gone, settle_conflict(1000), T).order
    assert columns(settled) == {"captured": 1000, "released": TOTAL, "shortfall": TOTAL - 1000}
    assert [found.kind for found in needs_attention(settled)] == ["shortfall"]


def test_R36_a_waiting_release_left_with_nothing_is_cancelled() -> None:
    order = taken(after(contested(delivered()), CONFIRM, at=T), settle_conflict(0), T).order
    assert (release(order).state, columns(order), order.settled) == (MoneyState.CANCELLED, {}, True)


def test_R36_a_refund_on_its_way_that_fails_owes_only_what_is_left_of_the_payment() -> None:
    order = after(contested(refunding()), settle_conflict(1000), at=T)
    assert columns(order) == {"captured": 1000, "refunding": TOTAL, "shortfall": TOTAL - 1000}
    back = after(order, refund_news(FAILED), at=T)
    assert columns(back) == {"captured": 1000, "refunding": 1000}
    assert [call.amount for call in calls(taken(back, retry(), T))] == [1000]


def test_R36_a_refund_cut_before_its_first_sending_that_arrives_all_the_same_is_a_shortfall() -> None:
    order = after(contested(after(refunding(), answered(FAILED), at=hours(4))), settle_conflict(0), at=T)
    assert columns(order) == {}
    again = taken(order, refund_news(SUCCEEDED, refund_id=REFUND_1), T).order
    assert columns(again) == {"refunded": TOTAL, "shortfall": TOTAL}


def test_R36_a_refund_of_what_was_another_orders_owes_nothing_when_it_comes_back() -> None:
    order = contested(after(new_order(), captured(OVER), answered(FAILED), at=hours(0.1)))
    paid_twice = after(order, settle_conflict(TOTAL), refund_news(SUCCEEDED), at=T)
    assert columns(paid_twice) == {"captured": TOTAL, "refunded": 701, "held": TOTAL, "shortfall": 701}
    back = after(paid_twice, refund_news(MoneyState.REVERSED), at=T)
    assert columns(back) == {"captured": TOTAL, "held": TOTAL}


def test_R36_a_promise_that_is_another_orders_is_neither_charged_nor_given_back() -> None:
    outcome = taken(contested(promised()), settle_conflict(0), T)
    assert (outcome.order.stage, columns(outcome.order), calls(outcome)) == (Stage.CANCELLED, {}, ())
    shipped_ = after(contested(promised()), SHIP, at=T)
    settled = taken(shipped_, settle_conflict(0), T).order
    assert settled.capture
    assert (settled.stage, settled.capture.state, columns(settled)) == (Stage.SHIPPED, MoneyState.CANCELLED, {})
    sent = contested(after(promised(), SHIP, answered(PENDING, record_id=CAPTURE_1), at=hours(2)))
    left = taken(sent, settle_conflict(0), T).order
    assert not any(deadline.subject == CAPTURE_1 for deadline in left.deadlines)


def test_R36_what_was_voided_is_nobodys_loss() -> None:
    order = contested(after(promised(), cancel(), answered(SUCCEEDED), at=hours(2)))
    assert columns(taken(order, settle_conflict(0), T).order) == {"authorized": TOTAL, "refunded": TOTAL}


def test_R36_a_promise_is_one_orders_or_none_of_it() -> None:
    assert refused(contested(promised()), settle_conflict(1), T).code == Code.INVALID


def test_R36_foreign_money_that_is_another_orders_is_not_given_back() -> None:
    order = after(new_order(), captured(500, "p-2", currency="EUR"), answered(FAILED), at=hours(0.1))
    outcome = taken(contested(order, "p-2"), settle_conflict(0, "p-2"), T)
    assert (refund(outcome.order).state, columns(outcome.order)) == (MoneyState.CANCELLED, {})


@pytest.mark.parametrize(
    ("amount", "payment_id", "code"),
    [
        (TOTAL, "p-1", None),
        (TOTAL + 1, "p-1", Code.AMOUNT_TOO_HIGH),
        (0, "p-9", Code.INVALID),
    ],
)
def test_R36_what_may_be_said_of_a_conflict(amount: int, payment_id: str, code: Code | None) -> None:
    order = contested(paid())
    if code is None:
        assert taken(order, settle_conflict(amount, payment_id), T).answer.applied
    else:
        assert refused(order, settle_conflict(amount, payment_id), T).code == code


def test_R36_nothing_is_settled_where_nobody_else_claims_it() -> None:
    assert refused(paid(), settle_conflict(0), T).code == Code.NOTHING_OPEN
    assert (
        refused(after(contested(paid()), settle_conflict(TOTAL), at=T), settle_conflict(0), T).code == Code.NOTHING_OPEN
    )


def test_R36_a_settled_order_still_judges_how_much_is_its_own() -> None:
    order = after(releasing(), release_news(SUCCEEDED), at=hours(50))
    assert order.settled
    claimed = contested(order)
    assert claimed.settled, "there is nothing of it to wait for"
    assert [found.kind for found in needs_attention(claimed)] == ["payment_conflict"]
    settled = after(claimed, settle_conflict(0), at=T)
    assert columns(settled) == {"released": TOTAL, "shortfall": TOTAL}
    assert refused(settled, settle_conflict(0), T).code == Code.NOTHING_OPEN


def test_R36_a_conflict_that_was_settled_may_open_again_and_never_gives_back_what_was_taken() -> None:
    order = contested(after(contested(shipped()), settle_conflict(1000), at=T))
    assert order.payments[0].claimed_by == ("A-1002",)
    assert refused(order, settle_conflict(1001), T).code == Code.AMOUNT_TOO_HIGH
    assert columns(after(order, settle_conflict(0), at=T)) == {}


def test_R36_a_payment_reported_again_after_it_was_settled_is_still_a_duplicate() -> None:
    order = after(contested(shipped()), settle_conflict(1000), at=T)
    assert recorded(order, captured(), T).startswith("duplicate")
    assert recorded(order, captured(1000), T).startswith("conflict")
    share = after(new_order(), captured(TOTAL, of=5000), SHIP, at=hours(0.1))
    settled = after(contested(share), settle_conflict(1000), at=T)
    assert recorded(settled, captured(TOTAL, of=5000), T).startswith("duplicate")
