"""Facts that come before what they are about: kept once, taken in order when it comes, and never lost (R33)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.process.later_orders import FAILED, LOST, REFUSED, RETURNED, returning
from tests.process.orders import (
    BUYER,
    DELIVERED,
    PROVIDER,
    REJECT_AS_SHIPPED,
    SELLER,
    SHIP,
    TOTAL,
    acknowledge,
    after,
    answered,
    asked,
    authorized,
    calls,
    cancel,
    captured,
    clock,
    days,
    due,
    hours,
    let_go,
    minutes,
    new_order,
    notices,
    paid,
    promised,
    recorded,
    refund,
    refund_news,
    refunding,
    rows,
    shipped,
    taken,
)
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, ChargebackOutcome, RefundReported
from workflows.messages.parcels import CarrierFact, CorrectTracking, ShipReturn
from workflows.messages.values import DeadlineKind, MoneyState, Role, Stage
from workflows.process.clock.deadlines import next_instant
from workflows.process.early import MAX_KEPT_ABOUT_MONEY, MAX_KEPT_OF_CARRIERS
from workflows.process.money.attention import needs_attention
from workflows.process.state.order import Ledger, Order
from workflows.process.step import Event
from workflows.process.telling.view import plain_view
from workflows.start_input import order_from, state_of

T: Final = hours(1)
NAMING: Final[dict[str, tuple[Callable[[], Order], str, Event]]] = {
    "ship": (paid, "T-1", SHIP),
    "decide_cancellation": (lambda: asked(respond_within="P9D"), "T-1", REJECT_AS_SHIPPED),
    "correct_tracking": (shipped, "T-2", CorrectTracking(by=SELLER, carrier="post", tracking="T-2")),
    "ship_return": (returning, "R-1", ShipReturn(by=BUYER, carrier="post", tracking="R-1")),
}
"""Whatever names a parcel: an order before it, the tracking, the command."""


def says(fact: CarrierFact, tracking: str = "T-1", **fields: Any) -> CarrierFact:
    return fact.model_copy(update={"tracking": tracking, **fields})


def opened(payment_id: str = "p-1", chargeback_id: str = "c-1", **fields: Any) -> ChargebackOpened:
    plain = {"amount": TOTAL} | fields
    return ChargebackOpened(by=PROVIDER, payment_id=payment_id, chargeback_id=chargeback_id, **plain)


def closed(outcome: ChargebackOutcome, payment_id: str = "p-1", **fields: Any) -> ChargebackClosed:
    plain: dict[str, Any] = {"amount": TOTAL, "chargeback_id": "c-1"} | fields
    return ChargebackClosed(by=PROVIDER, payment_id=payment_id, outcome=outcome, **plain)


def kept(order: Order) -> list[tuple[str, str]]:
    return [(fact.name, fact.subject) for fact in order.kept]


def test_R33_a_parcel_delivered_before_it_was_shipped_is_delivered_when_it_is_shipped() -> None:
    """The carrier's fact was dropped, and the buyer's protection began with `deliver_by`, sixty days late."""
    early = after(paid(protect_for="P15D"), DELIVERED, at=T)
    assert (early.stage, early.parcel) == (Stage.AWAITING_SHIPMENT, None)
    outcome = taken(early, SHIP, hours(2))
    assert (outcome.order.stage, outcome.answer.stage, outcome.order.kept) == (Stage.DELIVERED, Stage.DELIVERED, ())
    assert due(outcome.order, DeadlineKind.PROTECTED_UNTIL) == hours(2) + timedelta(days=15)
    assert [(row.name, row.outcome, row.party_id) for row in rows(outcome)] == [
        ("ship", "accepted", "s-3"),
        ("parcel_delivered", "accepted", "post"),
    ]
    assert rows(outcome)[-1].summary == "Delivered, T-1 (it came early, on Mon 2 Mar 2026, 13:00 UTC)"
    assert (outcome.order.version, outcome.order.entry) == (early.version + 2, early.entry + 2)
    assert outcome.answer.version == outcome.order.version
    assert [notice.kind for notice in notices(outcome)] == ["order_shipped", "order_delivered", "order_delivered"]


@pytest.mark.parametrize("how", NAMING)
def test_R33_a_fact_of_a_carrier_is_taken_by_whatever_names_its_parcel(how: str) -> None:
    before, tracking, naming = NAMING[how]
    early = after(before(), says(DELIVERED, tracking), at=days(4))
    assert kept(early) == [("parcel_delivered", tracking)]
    done = after(early, naming, at=days(5))
    assert done.kept == ()
    record = done.goods if how == "ship_return" else done.parcel
    assert record
    assert record.facts == ("parcel_delivered",)


def test_R33_facts_of_one_parcel_are_taken_in_the_order_in_which_they_came_and_others_wait_on() -> None:
    early = after(paid(), says(REFUSED), says(DELIVERED, "T-9"), says(RETURNED), at=T)
    outcome = taken(early, SHIP, hours(2))
    assert [row.name for row in rows(outcome)] == ["ship", "delivery_refused", "parcel_returned"]
    assert (outcome.order.stage, kept(outcome.order)) == (Stage.RETURNED_TO_SELLER, [("parcel_delivered", "T-9")])


@pytest.mark.parametrize("facts", [(REFUSED, RETURNED), (LOST, DELIVERED), (FAILED, LOST, RETURNED), (DELIVERED,)])
def test_R33_it_makes_no_difference_whether_the_facts_came_before_or_after_the_parcel_was_named(
    facts: tuple[CarrierFact, ...],
) -> None:
    those = [says(fact) for fact in facts]
    early, late = after(paid(), *those, SHIP, at=T), after(paid(), SHIP, *those, at=T)
    assert plain_view(early) | {"version": 0} == plain_view(late) | {"version": 0}


def test_R33_what_is_said_of_an_earlier_parcel_is_not_early() -> None:
    corrected = after(shipped(), CorrectTracking(by=SELLER, carrier="post", tracking="T-2"), at=hours(3))
    assert recorded(corrected, says(DELIVERED, "T-1"), hours(4)) == "the parcel of this order is T-2"
    assert after(corrected, says(DELIVERED, "T-1"), at=hours(4)).kept == ()


def test_R7_an_early_fact_is_kept_once_by_its_key() -> None:
    early = after(paid(), says(DELIVERED, occurred_at=minutes(30)), opened("p-9", request_id="w-1"), at=T)
    for again in (says(DELIVERED, note="at the door"), says(DELIVERED, occurred_at=minutes(40))):
        assert "kept already" in recorded(early, again, hours(2))
    for word in (opened("p-9"), opened("p-9", request_id="w-2"), opened("p-9", amount=1, request_id="w-1")):
        assert "kept already" in recorded(early, word, hours(2))
        assert after(early, word, at=hours(2)).kept == early.kept


def test_R7_an_early_fact_that_was_taken_is_a_duplicate_when_it_comes_again() -> None:
    order = after(paid(), DELIVERED, SHIP, at=T)
    assert "duplicate" in recorded(order, DELIVERED, hours(2))
    disputed = after(new_order(), opened(), captured(), at=minutes(2))
    assert "duplicate" in recorded(disputed, opened(), T)


def test_R34_lost_won_and_lost_again_are_three_words_also_when_they_come_early() -> None:
    lost, won = closed(ChargebackOutcome.LOST), closed(ChargebackOutcome.WON)
    order = after(new_order(), lost, won, lost, lost, at=minutes(1))
    assert len(order.kept) == 3


def test_R33_a_chargeback_before_its_payment_holds_what_goes_back() -> None:
    """It was dropped: the order was refunded at once, and the bank took the money a second time."""
    early = after(new_order(), opened(), at=minutes(1))
    assert kept(early) == [("chargeback_opened", "p-1")]
    paid_and_disputed = after(early, captured(), at=minutes(2))
    assert [c.chargeback_id for c in paid_and_disputed.chargebacks] == ["c-1"]
    assert due(paid_and_disputed, DeadlineKind.CHARGEBACK_ALERT_AT) == minutes(2) + timedelta(days=120)
    outcome = taken(paid_and_disputed, cancel(), minutes(3))
    assert (calls(outcome), outcome.order.ledger.refunding) == ((), TOTAL)
    won = taken(outcome.order, closed(ChargebackOutcome.WON), minutes(4))
    assert [call.amount for call in calls(won)] == [TOTAL]


def test_R22_a_surplus_that_is_disputed_before_it_is_captured_is_not_sent_back_first() -> None:
    """Its refund is asked for by the capture itself, in the very step that takes the early chargeback."""
    outcome = taken(after(paid(), opened("p-2", amount=500), at=T), captured(500, "p-2"), hours(2))
    assert calls(outcome) == ()
    assert refund(outcome.order).state is MoneyState.REQUESTED
    lost = after(outcome.order, closed(ChargebackOutcome.LOST, "p-2", amount=500), at=hours(3))
    assert lost.ledger == Ledger(captured=TOTAL + 500, refunded=500, held=TOTAL)


def test_R33_a_chargeback_that_was_lost_before_its_payment_cancels_the_order_when_it_is_paid() -> None:
    early = after(new_order(), opened(), closed(ChargebackOutcome.LOST), at=minutes(1))
    order = after(early, captured(), at=minutes(2))
    assert (order.stage, order.reason, order.ledger.refunded) == (Stage.CANCELLED, "chargeback", TOTAL)


def test_R33_a_chargeback_of_what_is_only_promised_waits_for_the_capture_whoever_says_that_it_worked() -> None:
    early = after(promised(), opened(), SHIP, at=T)
    assert (kept(early), early.chargebacks) == ([("chargeback_opened", "p-1")], ())
    for news in (answered(MoneyState.SUCCEEDED, record_id="A-1001-capture-1"), captured()):
        assert [c.payment_id for c in after(early, news, at=hours(2)).chargebacks] == ["p-1"]


def test_R33_a_refund_made_elsewhere_is_kept_until_its_payment_is_captured() -> None:
    told: dict[str, Any] = {"by": PROVIDER, "payment_id": "p-1", "reference": "re-1", "amount": 500, "currency": "USD"}
    early = after(new_order(), RefundReported(**told, state=MoneyState.SUCCEEDED), at=minutes(1))
    assert "kept already" in recorded(early, RefundReported(**told, state=MoneyState.SUCCEEDED), minutes(1))
    contradicted = after(early, RefundReported(**told, state=MoneyState.FAILED), at=minutes(1))
    assert kept(contradicted) == [("refund_reported", "p-1"), ("refund_reported", "p-1")]
    outcome = taken(early, captured(), minutes(2))
    assert ([row.name for row in rows(outcome)], outcome.order.kept) == (["payment_captured", "refund_reported"], ())


def test_R33_a_promise_that_the_bank_let_go_of_before_it_was_heard_of_pays_nothing() -> None:
    early = after(new_order(capture="at_shipment"), let_go(), at=minutes(1))
    assert kept(early) == [("payment_voided", "p-1")]
    outcome = taken(early, authorized(), minutes(2))
    assert (outcome.order.stage, outcome.order.kept, calls(outcome)) == (Stage.PENDING_PAYMENT, (), ())
    assert outcome.order.ledger == Ledger(authorized=TOTAL, refunded=TOTAL)
    assert due(outcome.order, DeadlineKind.PAY_BY) == minutes(30)
    assert [(n.role, n.kind, n.due_at) for n in notices(outcome)] == [
        (Role.BUYER, "payment_not_enough", minutes(30)),
    ]
    again = after(outcome.order, authorized(payment_id="p-2"), at=minutes(3))
    assert (again.stage, again.ledger.held) == (Stage.AWAITING_SHIPMENT, TOTAL)
    expired = clock(outcome.order, minutes(31))
    assert (expired.stage, expired.settled) == (Stage.CANCELLED, True)


def test_R33_such_a_promise_does_not_stop_the_clock_and_its_capture_goes_back() -> None:
    """Made in time and told too late, it would else hold up the end of the order that it never pays (R5)."""
    early = after(new_order(capture="at_shipment"), let_go(), at=minutes(1))
    late = authorized(occurred_at=minutes(29))
    assert after(early, late, at=minutes(31)).stage is Stage.CANCELLED
    for order in (early, after(early, authorized(), at=minutes(2))):
        outcome = taken(order, captured(occurred_at=minutes(2)), minutes(3))
        assert (outcome.order.stage, [call.amount for call in calls(outcome)]) == (Stage.PENDING_PAYMENT, [TOTAL])
        assert outcome.order.kept == ()


def test_R33_where_nobody_waits_for_a_promise_the_end_of_one_is_not_kept() -> None:
    assert recorded(new_order(), let_go(), minutes(1))
    assert after(new_order(), let_go(), at=minutes(1)).kept == ()


@pytest.mark.parametrize(
    ("limit", "fact"),
    [
        (MAX_KEPT_OF_CARRIERS, lambda number: says(DELIVERED, f"X-{number}")),
        (MAX_KEPT_ABOUT_MONEY, lambda number: opened(f"x-{number}", f"c-{number}")),
    ],
    ids=["carriers", "money"],
)
def test_R33_beyond_the_limit_a_fact_is_recorded_and_needs_attention(limit: int, fact: Callable[[int], Event]) -> None:
    full = after(paid(), *map(fact, range(limit)), at=T)
    assert (len(full.kept), needs_attention(full)) == (limit, ())
    outcome = taken(full, fact(limit), hours(2))
    assert f"keeps {limit} such facts" in (outcome.answer.why or "")
    assert outcome.order.kept == full.kept
    assert [(item.kind, item.subject) for item in needs_attention(outcome.order)] == [("fact_not_kept", "A-1001")]
    assert [(notice.role, notice.kind) for notice in notices(outcome)] == [(Role.PLATFORM, "fact_not_kept")]
    assert "kept already" in recorded(full, fact(0), hours(2))
    seen = after(outcome.order, acknowledge("A-1001"), at=hours(3))
    assert needs_attention(seen) == ()
    assert needs_attention(after(seen, fact(limit + 1), at=hours(4)))


def test_R41_carriers_cannot_use_up_what_is_kept_about_money() -> None:
    full = after(paid(), *(says(DELIVERED, f"X-{number}") for number in range(MAX_KEPT_OF_CARRIERS)), at=T)
    assert len(after(full, opened("x-1"), at=hours(2)).kept) == MAX_KEPT_OF_CARRIERS + 1


def test_R33_kept_facts_run_no_clock_hold_nothing_open_and_stay_in_a_settled_order() -> None:
    early = after(refunding(), says(DELIVERED, "X-1"), opened("x-1"), at=hours(4))
    assert next_instant(early) == next_instant(refunding())
    settled = after(early, refund_news(MoneyState.SUCCEEDED), at=hours(5))
    assert settled.settled
    assert kept(settled) == [("parcel_delivered", "X-1"), ("chargeback_opened", "x-1")]
    woken = after(order_from(state_of(settled)), captured(500, "x-1"), at=days(9))
    assert [c.payment_id for c in woken.chargebacks] == ["x-1"]
    assert not woken.settled


def test_R33_the_view_lists_what_is_kept() -> None:
    early = after(paid(), DELIVERED, opened("p-2"), at=T)
    assert plain_view(early)["kept"] == (
        {"name": "parcel_delivered", "subject": "T-1", "since": T},
        {"name": "chargeback_opened", "subject": "p-2", "since": T},
    )


def test_R26_of_what_a_kept_fact_says_in_words_the_state_has_a_digest_and_the_timeline_the_words() -> None:
    outcome = taken(paid(), says(DELIVERED, note="left with the neighbour"), T)
    assert "neighbour" not in state_of(outcome.order)
    assert rows(outcome)[-1].text == "left with the neighbour"
    taken_late = taken(outcome.order, SHIP, hours(2))
    assert (taken_late.order.stage, rows(taken_late)[-1].text) == (Stage.DELIVERED, None)


def test_a_state_with_early_facts_loads_as_it_was() -> None:
    early = after(paid(), DELIVERED, opened("p-2", request_id="w-1"), at=T)
    loaded = order_from(state_of(early))
    assert loaded == early
    assert after(loaded, SHIP, at=hours(2)).stage is Stage.DELIVERED


def unreadable() -> Order:
    """An order that keeps a fact whose fields are no longer called so."""
    state = (
        state_of(after(paid(), DELIVERED, at=T))
        .replace('\\"occurred_at\\"', '\\"gone\\"')
        .replace('\\"tracking\\": \\"T-1\\"', '\\"parcel\\": \\"T-1\\"')
    )
    return order_from(state)


def test_another_early_fact_is_kept_beside_one_that_a_later_version_cannot_read() -> None:
    kept = after(unreadable(), DELIVERED, at=hours(1)).kept
    assert [one.name for one in kept] == ["parcel_delivered", "parcel_delivered"]


def test_a_kept_fact_that_a_later_version_cannot_read_is_recorded_and_holds_up_nothing() -> None:
    outcome = taken(unreadable(), SHIP, hours(2))
    assert (outcome.order.stage, outcome.order.kept) == (Stage.SHIPPED, ())
    assert [(row.name, row.outcome) for row in rows(outcome)][-1] == ("parcel_delivered", "recorded")
