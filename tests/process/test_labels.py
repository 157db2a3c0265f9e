"""How the second half of the story is shown: label, whose turn, next deadline, the running clock (R3, section 3)."""

from typing import Final

import pytest

from tests.process.later_orders import (
    FAILED,
    INFORM,
    LOST,
    REFUSED,
    RETURN_ARRIVED,
    RETURNED,
    SHIP_RETURN,
    ask,
    back,
    decide,
    decided,
    disputed,
    exchanging,
    going_back,
    receive,
    returning,
    reviewed,
)
from tests.process.orders import (
    RELEASE_1,
    after,
    answered,
    captured,
    clock,
    days,
    delivered,
    given_elsewhere,
    paid,
    refund_news,
    refunding,
    releasing,
    retry,
    shipped,
)
from workflows.messages.values import DeadlineKind, MoneyState, Role
from workflows.messages.vocabulary import Resolution
from workflows.process.money.attention import needs_attention
from workflows.process.state.order import Order
from workflows.process.telling.view import (
    answer_of_now,
    next_deadline,
    order_label,
    order_row,
    order_status,
    waiting_on,
)

NOBODY: Final = "nobody"
SECTION_3: Final = (
    (shipped(), "Shipped", Role.CARRIER, DeadlineKind.DELIVER_BY),
    (clock(shipped(deliver_within="P1D"), days(2)), "Shipped", Role.BUYER, DeadlineKind.PROTECTED_UNTIL),
    (going_back(), "Delivery Refused", Role.CARRIER, DeadlineKind.RETURN_BY),
    (after(shipped(), FAILED, at=days(1)), "Delivery Failed", Role.CARRIER, DeadlineKind.RETURN_BY),
    (back(), "Returned to Seller", Role.SELLER, DeadlineKind.INSPECT_BY),
    (after(back(), receive(), at=days(3)), "Returned to Seller", Role.BUYER, DeadlineKind.PROTECTED_UNTIL),
    (after(going_back(), LOST, at=days(2)), "Lost in Return", Role.BUYER, DeadlineKind.PROTECTED_UNTIL),
    (delivered(), "Delivered", Role.BUYER, DeadlineKind.PROTECTED_UNTIL),
    (disputed(), "Dispute Open", Role.SELLER, DeadlineKind.ANSWER_BY),
    (reviewed(), "Under Review", Role.PLATFORM, DeadlineKind.DECIDE_BY),
    (
        clock(reviewed(decide_within="PT48H"), days(5)),
        "Under Review",
        Role.PLATFORM,
        DeadlineKind.DECIDE_NO_LATER_THAN,
    ),
    (after(reviewed(), ask(), at=days(4)), "Information Requested", Role.BUYER, DeadlineKind.INFORM_BY),
    (after(reviewed(), ask(Role.SELLER), at=days(4)), "Information Requested", Role.SELLER, DeadlineKind.INFORM_BY),
    (after(reviewed(), ask(), INFORM, at=days(4)), "Under Review", Role.PLATFORM, DeadlineKind.DECIDE_BY),
    (decided(Resolution.NO_REFUND), "Decided", NOBODY, DeadlineKind.APPEAL_BY),
    (returning(), "Return Requested", Role.BUYER, DeadlineKind.RETURN_SHIP_BY),
    (after(returning(), SHIP_RETURN, at=days(5)), "Return Requested", Role.CARRIER, DeadlineKind.RETURN_BY),
    (
        after(returning(), SHIP_RETURN, RETURN_ARRIVED, at=days(5)),
        "Return Requested",
        Role.SELLER,
        DeadlineKind.INSPECT_BY,
    ),
    (exchanging(), "Exchange in Progress", Role.SELLER, DeadlineKind.SHIP_BY),
)
PAID_BACK: Final = decided(Resolution.FULL_REFUND)


@pytest.mark.parametrize(("order", "shown", "turn", "kind"), SECTION_3)
def test_R3_every_stage_and_phase_has_its_label_its_turn_and_a_running_deadline(
    order: Order, shown: str, turn: str, kind: DeadlineKind
) -> None:
    assert (order_label(order), order_status(order)) == (shown, shown.lower().replace(" ", "_"))
    assert waiting_on(order) == turn
    deadline = next_deadline(order)
    assert deadline
    assert deadline.kind is kind
    assert deadline in order.deadlines


@pytest.mark.parametrize(("order", "shown", "turn", "kind"), SECTION_3)
def test_answer_and_lists_show_what_the_order_shows(order: Order, shown: str, turn: str, kind: DeadlineKind) -> None:
    answered_with, listed = answer_of_now(order), order_row(order)
    assert (answered_with.status, answered_with.waiting_on) == (listed.status, listed.waiting_on)
    assert (listed.status, listed.waiting_on, listed.deadline_kind) == (shown.lower().replace(" ", "_"), turn, kind)
    assert answered_with.deadline
    assert (answered_with.deadline.kind, answered_with.deadline.at) == (kind, listed.deadline_at)


def test_what_sent_a_parcel_back_first_names_the_stage_until_it_has_come_back() -> None:
    """What the carrier says afterwards takes nothing from what the buyer was told."""
    failed = after(shipped(), FAILED, REFUSED, at=days(1))
    refused = after(shipped(), REFUSED, FAILED, at=days(1))
    assert (order_status(failed), order_status(refused)) == ("delivery_failed", "delivery_refused")
    assert order_label(after(failed, RETURNED, at=days(2))) == "Returned to Seller"


def test_a_refund_of_a_dispute_is_processing_until_the_provider_has_done_it() -> None:
    assert (order_label(PAID_BACK), waiting_on(PAID_BACK)) == ("Refund Processing", Role.PAYMENT_PROVIDER)
    done = after(PAID_BACK, answered(MoneyState.SUCCEEDED), at=days(5))
    assert (order_label(done), waiting_on(done), done.settled) == ("Refunded", NOBODY, True)


@pytest.mark.parametrize(
    ("order", "going_on"),
    [(refunding(), "Cancellation Approved"), (PAID_BACK, "Refund Processing")],
    ids=["cancelled", "refunded"],
)
def test_R21_as_long_as_a_refund_needs_attention_it_is_delayed(order: Order, going_on: str) -> None:
    assert (order_label(order), order_status(order)) == (going_on, going_on.lower().replace(" ", "_"))
    refund_id, at = order.refunds[-1].refund_id, days(5)
    failed = after(order, answered(MoneyState.FAILED, record_id=refund_id), at=at)
    assert (order_label(failed), order_status(failed)) == ("Refund Delayed", "refund_delayed")
    assert (order_row(failed).status, answer_of_now(failed).status) == ("refund_delayed", "refund_delayed")
    assert order_label(after(failed, retry(refund_id), at=at)) == going_on
    silent = clock(after(order, answered(MoneyState.UNKNOWN, record_id=refund_id), at=at), days(60))
    assert order_label(silent) == "Refund Delayed"
    done = after(silent, refund_news(MoneyState.SUCCEEDED, refund_id=refund_id), at=days(61))
    assert order_label(done) in ("Cancelled", "Refunded")


def test_R3_an_order_that_has_ended_waits_on_the_platform_as_long_as_its_money_needs_attention() -> None:
    """And on the provider while the money is on its way: then there is nothing for the platform to do."""
    failed = after(refunding(), answered(MoneyState.FAILED), at=days(5))
    assert (waiting_on(failed), waiting_on(after(failed, retry(), at=days(5)))) == (
        Role.PLATFORM,
        Role.PAYMENT_PROVIDER,
    )
    unpaid = after(releasing(), answered(MoneyState.FAILED, record_id=RELEASE_1), at=days(5))
    assert (waiting_on(unpaid), answer_of_now(unpaid).waiting_on, order_row(unpaid).waiting_on) == (Role.PLATFORM,) * 3
    silent = clock(after(refunding(), answered(MoneyState.UNKNOWN), at=days(5)), days(60))
    assert waiting_on(silent) == Role.PLATFORM
    lost = after(after(refunding(), answered(MoneyState.SUCCEEDED), at=days(5)), given_elsewhere(), at=days(6))
    assert (needs_attention(lost)[0].kind, lost.settled, waiting_on(lost)) == ("shortfall", True, NOBODY)


def test_R3_until_an_order_has_ended_it_waits_on_whoever_its_stage_awaits_whatever_needs_attention() -> None:
    """Asked for what waits on them, sellers must find what they have to ship."""
    order = after(paid(), captured(payment_id="p-2"), answered(MoneyState.FAILED), at=days(1))
    assert [found.kind for found in needs_attention(order)] == ["refund_failed"]
    assert waiting_on(order) == Role.SELLER
    deadline = next_deadline(order)
    assert deadline
    assert deadline.kind is DeadlineKind.SHIP_BY


def test_a_part_paid_back_while_it_may_be_appealed_changes_no_label() -> None:
    order = after(reviewed(), decide(Resolution.PARTIAL_REFUND, 500), at=days(4))
    assert order_label(order) == "Decided"
    closed = clock(order, days(8))
    assert order_label(closed) == "Refund Processing"
    assert order_label(after(closed, answered(MoneyState.SUCCEEDED), at=days(9))) == "Partially Refunded"
