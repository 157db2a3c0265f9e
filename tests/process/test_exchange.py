"""Exchange: the seller sends a replacement, and the story goes on as for the first parcel (R19)."""

from datetime import timedelta
from typing import Final

import pytest

from tests.process.later_orders import (
    CONTEST,
    INTERCEPT,
    SHIP_REPLACEMENT,
    WITHDRAW_DISPUTE,
    accept,
    decided,
    disputed,
    exchanging,
    money_of,
    offer,
    open_dispute,
    receive,
)
from tests.process.orders import (
    CARRIER,
    CONFIRM,
    DELIVERED,
    SECOND,
    SELLER,
    TOTAL,
    after,
    cancel,
    clock,
    days,
    delivered,
    due,
    move,
    notices,
    recorded,
    refused,
    request,
    shipped,
    taken,
)
from workflows.messages.base import Message
from workflows.messages.parcels import DeliveryRefused, ExtendDelivery, ParcelDelivered, ParcelReturned, Ship
from workflows.messages.refusal import Code
from workflows.messages.values import CancellationReason, ClosingReason, DeadlineKind, Role, Stage
from workflows.messages.vocabulary import Inspection, Resolution
from workflows.process.allowed import allowed_actions
from workflows.process.state.order import Order

THERE: Final = ParcelDelivered(by=CARRIER, tracking="T-2")
TO_BE_SHIPPED: Final = days(10)
"""`ship_by` of an exchange agreed three days after the start, with seven days to ship."""


def replaced(**terms: object) -> Order:
    """An exchange agreed three days after the start, its replacement shipped a day later."""
    return after(exchanging(**terms), SHIP_REPLACEMENT, at=days(4))


@pytest.mark.parametrize(
    "order",
    [
        exchanging(),
        decided(Resolution.EXCHANGE),
        after(delivered(), offer(Resolution.EXCHANGE), accept(), at=days(2)),
        after(disputed(), offer(Resolution.EXCHANGE), accept(), at=days(3)),
    ],
    ids=["as requested", "decided", "offered", "settled in a dispute"],
)
def test_R19_however_it_was_agreed_the_seller_has_one_deadline_and_no_money_moves(order: Order) -> None:
    assert order.stage is Stage.EXCHANGING
    assert [(d.kind, d.party) for d in order.deadlines] == [(DeadlineKind.SHIP_BY, Role.SELLER)]
    assert money_of(order) == (0, 0, 0, TOTAL)


def test_R19_both_sides_are_told_who_keeps_what_until_when() -> None:
    offered = after(delivered(ship_within="P7D"), offer(Resolution.EXCHANGE), at=days(2))
    told = {(notice.role, notice.kind): notice for notice in notices(taken(offered, accept(), days(3)))}
    assert "keep" in told[Role.BUYER, "exchange"].text
    assert told[Role.SELLER, "replacement_due"].due_at == TO_BE_SHIPPED


@pytest.mark.parametrize("choice", ["cancel_and_refund", "remind"])
def test_R19_a_missed_replacement_is_refunded_whatever_the_terms_say_of_the_first_shipment(choice: str) -> None:
    order = exchanging(ship_within="P7D", on_missed_shipment=choice)
    assert clock(order, TO_BE_SHIPPED - SECOND).stage is Stage.EXCHANGING
    ended = clock(order, TO_BE_SHIPPED)
    assert (ended.stage, ended.reason) == (Stage.REFUNDED, ClosingReason.REPLACEMENT_NOT_SHIPPED)
    assert money_of(ended) == (TOTAL, 0, 0, 0)


@pytest.mark.parametrize("choice", ["cancel_and_refund", "remind"])
def test_R4_the_seller_sees_until_when_the_replacement_can_be_shipped(choice: str) -> None:
    order = exchanging(ship_within="P7D", on_missed_shipment=choice)
    until = {action.action: action.until for action in allowed_actions(order, Role.SELLER, days(3))}
    assert until["ship"] == TO_BE_SHIPPED


def test_R2_shipped_a_second_before_ship_by_and_not_at_it() -> None:
    order = exchanging(ship_within="P7D")
    assert after(order, SHIP_REPLACEMENT, at=TO_BE_SHIPPED - SECOND).stage is Stage.SHIPPED
    refusal = refused(order, SHIP_REPLACEMENT, TO_BE_SHIPPED)
    assert refusal.code is Code.DEADLINE_PASSED
    assert "the time to ship ended on Thu 12 Mar 2026, 12:00 UTC" in refusal.message


def test_R19_a_part_agreed_before_is_not_refunded_again_when_the_replacement_does_not_come() -> None:
    part = after(delivered(ship_within="P7D"), offer(Resolution.PARTIAL_REFUND, 500), accept(), at=days(2))
    order = after(part, offer(Resolution.EXCHANGE), accept(2), at=days(3))
    ended = clock(order, TO_BE_SHIPPED)
    assert [refund.amount for refund in ended.refunds] == [500, TOTAL - 500]


def test_R19_the_replacement_has_its_own_promise_protection_extensions_and_facts() -> None:
    order = replaced(deliver_within="P10D", protect_for="P15D", delivery_extensions="P5D")
    assert [(d.kind, d.at) for d in order.deadlines] == [(DeadlineKind.DELIVER_BY, days(14))]
    extended = after(order, ExtendDelivery(by=SELLER, days=5), at=days(5))
    assert due(extended, DeadlineKind.DELIVER_BY) == days(19)
    there = after(order, THERE, at=days(6))
    assert (there.stage, due(there, DeadlineKind.PROTECTED_UNTIL)) == (Stage.DELIVERED, days(21))
    ended = clock(there, days(21))
    assert (ended.stage, ended.reason) == (Stage.COMPLETED, ClosingReason.NOT_CONTESTED)


def test_R19_extensions_of_the_first_parcel_do_not_count_for_the_replacement() -> None:
    used_up = after(shipped(delivery_extensions="P5D"), ExtendDelivery(by=SELLER, days=5), DELIVERED, at=days(1))
    order = after(used_up, offer(Resolution.EXCHANGE), accept(), SHIP_REPLACEMENT, at=days(2))
    assert after(order, ExtendDelivery(by=SELLER, days=5), at=days(3)).stage is Stage.SHIPPED


def test_R12_the_first_parcels_facts_no_longer_move_anything() -> None:
    order = replaced()
    for fact in (DeliveryRefused, ParcelReturned):
        assert "T-2" in recorded(order, fact(by=CARRIER, tracking="T-1"), days(5))


def test_R19_a_replacement_that_comes_back_is_inspected_and_refunds_nothing_by_itself() -> None:
    facts = (DeliveryRefused(by=CARRIER, tracking="T-2"), ParcelReturned(by=CARRIER, tracking="T-2"))
    order = after(replaced(), *facts, receive(Inspection.AS_AGREED), at=days(5))
    assert (order.stage, money_of(order)) == (Stage.RETURNED_TO_SELLER, (0, 0, 0, TOTAL))
    assert due(order, DeadlineKind.PROTECTED_UNTIL)


def test_R13_a_replacement_may_be_intercepted_like_the_first_parcel() -> None:
    order = after(replaced(), INTERCEPT, ParcelReturned(by=CARRIER, tracking="T-2"), receive(), at=days(5))
    assert (order.stage, order.reason) == (Stage.CANCELLED, CancellationReason.INTERCEPTED)
    assert money_of(order) == (TOTAL, 0, 0, 0)


def test_R19_a_replacement_can_be_disputed_and_returned_but_not_exchanged_again() -> None:
    there = after(replaced(), THERE, at=days(5))
    for wish in (Resolution.FULL_REFUND, Resolution.RETURN_AND_REFUND):
        assert after(there, open_dispute(requested=wish), at=days(6)).stage is Stage.DISPUTED
    assert refused(there, open_dispute(requested=Resolution.EXCHANGE), days(6)).code is Code.REASON_NOT_ALLOWED
    again = after(there, open_dispute(), CONTEST, at=days(6))
    assert refused(again, offer(Resolution.EXCHANGE), days(7)).code is Code.REASON_NOT_ALLOWED


def test_R19_R31_no_second_exchange_also_while_the_replacement_is_still_under_way() -> None:
    assert refused(replaced(), offer(Resolution.EXCHANGE), days(5)).code is Code.REASON_NOT_ALLOWED


def test_R30_a_dispute_about_the_replacement_that_is_withdrawn_leads_back_to_it() -> None:
    there = after(replaced(protect_for="P15D"), THERE, at=days(5))
    order = after(there, open_dispute(), at=days(6))
    withdrawn = after(order, WITHDRAW_DISPUTE, at=days(7))
    assert (withdrawn.stage, due(withdrawn, DeadlineKind.PROTECTED_UNTIL)) == (Stage.DELIVERED, days(21))


@pytest.mark.parametrize("event", [CONFIRM, open_dispute(), offer(Resolution.VOUCHER, 1), INTERCEPT])
def test_while_a_replacement_is_awaited_nothing_else_is_possible(event: Message) -> None:
    assert refused(exchanging(), event, days(4)).code is Code.NOT_ALLOWED_NOW


def test_R11_an_exchange_is_not_cancelled_any_more() -> None:
    for event in (request(), cancel()):
        assert refused(exchanging(), event, days(4)).code is Code.ALREADY_SHIPPED


def test_R24_the_platform_gives_the_seller_more_time() -> None:
    order = after(exchanging(ship_within="P7D"), move(DeadlineKind.SHIP_BY, days(12)), at=days(4))
    assert clock(order, TO_BE_SHIPPED).stage is Stage.EXCHANGING
    assert clock(order, days(12)).stage is Stage.REFUNDED


def test_R2_the_promise_of_a_replacement_lies_after_now_and_within_the_terms() -> None:
    order = exchanging(deliver_within="P10D")
    for deliver_by, fits in ((days(4), False), (days(4) + SECOND, True), (days(14), True), (days(14) + SECOND, False)):
        ship = Ship(by=SELLER, carrier="post", tracking="T-2", deliver_by=deliver_by)
        if fits:
            assert due(after(order, ship, at=days(4)), DeadlineKind.DELIVER_BY) == deliver_by
        else:
            assert refused(order, ship, days(4)).fields == ("deliver_by",)


def test_R19_a_replacement_that_never_comes_ends_as_the_terms_say() -> None:
    order = replaced(deliver_within="P10D", protect_for="P15D", on_no_delivery="full_refund")
    ended = clock(order, days(14) + timedelta(days=15))
    assert (ended.stage, ended.reason) == (Stage.REFUNDED, ClosingReason.NOT_DELIVERED)
