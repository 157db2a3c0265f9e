"""Chapters 4 and 6: on its way, delivered, protected, completed; and paying the seller (R12, R15, R21)."""

from datetime import timedelta

import pytest

from tests.process.later_orders import open_dispute
from tests.process.orders import (
    CARRIER,
    CONFIRM,
    DELIVERED,
    PLATFORM,
    SECOND,
    SELLER,
    SHIP,
    TOTAL,
    after,
    answered,
    calls,
    clock,
    days,
    delivered,
    due,
    hours,
    move,
    notices,
    paid,
    recorded,
    refused,
    releasing,
    rows,
    shipped,
    taken,
    told_by_clock,
)
from workflows.messages.parcels import ExtendDelivery, ParcelDelivered, ParcelLost
from workflows.messages.refusal import Code
from workflows.messages.values import ClosingReason, DeadlineKind, MoneyState, Role, Stage
from workflows.messages.vocabulary import DisputeReason
from workflows.messages.work import ReleaseCall
from workflows.process.state.order import Order
from workflows.process.telling.view import order_label, waiting_on

DELIVER_BY = hours(2) + timedelta(days=60)


def extend(days_more: int) -> ExtendDelivery:
    return ExtendDelivery(by=SELLER, days=days_more)


def test_R12_a_delivered_parcel_starts_buyer_protection() -> None:
    outcome = taken(shipped(protect_for="P15D"), DELIVERED, days(1))
    order = outcome.order
    assert (order.stage, due(order, DeadlineKind.PROTECTED_UNTIL)) == (Stage.DELIVERED, days(16))
    assert (waiting_on(order), len(order.deadlines)) == (Role.BUYER, 1)
    assert order.parcel
    assert order.parcel.delivered_at == days(1)
    assert [n.role for n in notices(outcome)] == [Role.BUYER, Role.SELLER]
    assert calls(outcome) == ()


def test_R2_protection_starts_when_the_report_is_accepted_not_when_it_occurred() -> None:
    order = after(shipped(), ParcelDelivered(by=CARRIER, tracking="T-1", occurred_at=hours(3)), at=days(4))
    assert due(order, DeadlineKind.PROTECTED_UNTIL) == days(19)


def test_R7_a_second_delivery_report_is_a_duplicate_also_after_closing() -> None:
    assert "duplicate" in recorded(delivered(), DELIVERED, days(2))
    assert "duplicate" in recorded(releasing(), DELIVERED, days(3))


def test_R12_a_delivery_report_after_closing_is_only_recorded() -> None:
    confirmed = after(shipped(), CONFIRM, at=days(1))
    assert "completed" in recorded(confirmed, DELIVERED, days(2))


def test_deliver_by_passes_and_the_buyer_is_told_and_protected_from_then_on() -> None:
    order = shipped(protect_for="P15D")
    assert waiting_on(order) == Role.CARRIER
    late = clock(order, DELIVER_BY)
    assert (late.stage, waiting_on(late)) == (Stage.SHIPPED, Role.BUYER)
    assert due(late, DeadlineKind.PROTECTED_UNTIL) == DELIVER_BY + timedelta(days=15)
    assert due(late, DeadlineKind.DELIVER_BY) is None
    assert [n.role for n in told_by_clock(order, DELIVER_BY)] == [Role.BUYER, Role.SELLER]


def test_R12_a_deliver_by_that_the_seller_names_shortens_no_protection() -> None:
    """A second ahead, and nothing said by the carrier: the buyer may dispute at once, and the seller waits."""
    ship = SHIP.model_copy(update={"deliver_by": hours(2) + SECOND})
    order = after(paid(deliver_within="P60D", protect_for="P15D"), ship, at=hours(2))
    late = clock(order, hours(3))
    assert due(late, DeadlineKind.PROTECTED_UNTIL) == hours(2) + timedelta(days=75)
    assert after(late, open_dispute(DisputeReason.NOT_RECEIVED, evidence=()), at=hours(3)).stage is Stage.DISPUTED
    assert clock(late, hours(2) + timedelta(days=75) - SECOND).stage is Stage.SHIPPED
    assert clock(late, hours(2) + timedelta(days=75)).stage is Stage.COMPLETED
    told = told_by_clock(order, hours(3))
    assert [n.due_at for n in told if n.role is Role.BUYER] == [hours(2) + timedelta(days=75)]


def test_R12_a_promise_that_was_extended_starts_protection_when_it_passes() -> None:
    order = after(shipped(deliver_within="P10D", protect_for="P15D"), ExtendDelivery(by=SELLER, days=5), at=days(1))
    assert due(clock(order, days(30)), DeadlineKind.PROTECTED_UNTIL) == hours(2) + timedelta(days=30)


def test_R12_a_loss_that_the_carrier_reports_starts_protection_at_once() -> None:
    lost = after(shipped(protect_for="P15D"), ParcelLost(by=CARRIER, tracking="T-1"), at=days(3))
    assert due(lost, DeadlineKind.PROTECTED_UNTIL) == days(18)


def test_a_parcel_delivered_late_starts_protection_anew() -> None:
    order = after(shipped(), DELIVERED, at=days(70))
    assert (order.stage, due(order, DeadlineKind.PROTECTED_UNTIL)) == (Stage.DELIVERED, days(85))


@pytest.mark.parametrize(("choice", "stage"), [("complete", Stage.COMPLETED), ("full_refund", Stage.REFUNDED)])
def test_never_delivered_and_never_disputed_ends_as_the_terms_say(choice: str, stage: Stage) -> None:
    order = shipped(on_no_delivery=choice)
    end = DELIVER_BY + timedelta(days=15)
    assert clock(order, end - SECOND).stage is Stage.SHIPPED
    ended = clock(order, end)
    assert (ended.stage, ended.reason, ended.fault) == (stage, ClosingReason.NOT_DELIVERED, None)
    money = ended.ledger
    assert (money.released, money.refunding) == ((TOTAL, 0) if choice == "complete" else (0, TOTAL))


def test_a_refund_for_a_parcel_never_delivered_is_processing_until_it_succeeded() -> None:
    order = clock(shipped(on_no_delivery="full_refund"), days(200))
    assert order_label(order) == "Refund Processing"
    done = after(order, answered(MoneyState.SUCCEEDED), at=days(201))
    assert (order_label(done), done.settled) == ("Refunded", True)


def test_protection_ends_and_the_seller_is_paid() -> None:
    order = delivered()
    assert clock(order, days(16) - SECOND).stage is Stage.DELIVERED
    ended = clock(order, days(16))
    assert (ended.stage, ended.reason, ended.ledger.released) == (
        Stage.COMPLETED,
        ClosingReason.NOT_CONTESTED,
        TOTAL,
    )


@pytest.mark.parametrize("order", [shipped(), delivered(), clock(shipped(), days(61))])
def test_confirming_receipt_completes_the_order(order: Order) -> None:
    outcome = taken(order, CONFIRM, days(62) if order.passed else days(2))
    assert (outcome.order.stage, outcome.order.reason) == (Stage.COMPLETED, ClosingReason.CONFIRMED)
    (call,) = calls(outcome)
    assert isinstance(call, ReleaseCall)
    assert (call.amount, call.seller_id, call.key) == (TOTAL, "s-3", "A-1001-release-1-1")
    assert outcome.order.ledger.held == 0


def test_R2_a_confirmation_at_protected_until_comes_too_late_and_the_order_is_completed_all_the_same() -> None:
    refusal = refused(delivered(), CONFIRM, days(16))
    assert refusal.code is Code.DEADLINE_PASSED
    assert "the buyer protection ended on Wed 18 Mar 2026, 12:00 UTC" in refusal.message


def test_a_confirmation_twice_is_refused() -> None:
    assert refused(releasing(), CONFIRM, days(3)).code is Code.ORDER_CLOSED


def test_the_seller_extends_the_delivery_all_together_at_most_as_the_terms_allow() -> None:
    order = after(shipped(delivery_extensions="P30D"), extend(10), at=days(5))
    assert due(order, DeadlineKind.DELIVER_BY) == DELIVER_BY + timedelta(days=10)
    assert refused(order, extend(21), days(6)).code is Code.LIMIT_REACHED
    order = after(order, extend(20), at=days(6))
    assert due(order, DeadlineKind.DELIVER_BY) == DELIVER_BY + timedelta(days=30)
    assert refused(order, extend(1), days(7)).code is Code.LIMIT_REACHED


def test_terms_may_allow_no_extension() -> None:
    assert refused(shipped(delivery_extensions="PT0S"), extend(1), days(5)).code is Code.LIMIT_REACHED


def test_R2_an_extension_at_deliver_by_comes_too_late() -> None:
    assert after(shipped(), extend(1), at=DELIVER_BY - SECOND).stage is Stage.SHIPPED
    assert refused(shipped(), extend(1), DELIVER_BY).code is Code.DEADLINE_PASSED


def test_only_a_parcel_on_its_way_is_extended() -> None:
    assert refused(paid(), extend(1), hours(1)).code is Code.NOT_ALLOWED_NOW
    assert refused(delivered(), extend(1), days(2)).code is Code.NOT_ALLOWED_NOW
    assert refused(releasing(), extend(1), days(3)).code is Code.ORDER_CLOSED


def test_a_moved_deliver_by_counts() -> None:
    order = after(shipped(), move(DeadlineKind.DELIVER_BY, days(3)), at=days(1))
    assert clock(order, days(3)).passed[0].kind is DeadlineKind.DELIVER_BY


def test_R12_delivery_and_deliver_by_in_one_instant_the_deadline_wins_and_the_report_counts() -> None:
    outcome = taken(shipped(), DELIVERED, DELIVER_BY)
    assert outcome.order.stage is Stage.DELIVERED
    assert [row.name for row in rows(outcome)] == ["deliver_by", "parcel_delivered"]


def test_delivery_is_the_carriers_to_report() -> None:
    for party in (SELLER, PLATFORM):
        report = DELIVERED.model_copy(update={"by": party})
        assert refused(shipped(), report, days(1)).code is Code.WRONG_ROLE
