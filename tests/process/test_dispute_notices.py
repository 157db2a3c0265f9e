"""Who hears that a time was missed, an offer left behind, a dispute taken back (R16, R17, R30)."""

import pytest

from tests.process.later_orders import (
    CONTEST,
    LOST,
    RETURNED,
    WITHDRAW_DISPUTE,
    accept,
    appeal,
    ask,
    back,
    decided,
    decline,
    disputed,
    going_back,
    offer,
    open_dispute,
    receive,
    reviewed,
)
from tests.process.orders import (
    BUYER,
    CONFIRM,
    DELIVERED,
    SHIP,
    after,
    cancel,
    days,
    delivered,
    due,
    hours,
    notices,
    paid,
    request,
    shipped,
    taken,
    told_by_clock,
)
from workflows.messages.commands import SendMessage
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Resolution
from workflows.messages.work import Notice
from workflows.process.state.order import Order
from workflows.process.step import Event

NOT_RECEIVED = open_dispute(DisputeReason.NOT_RECEIVED, evidence=())


def told(notices: tuple[Notice, ...]) -> set[tuple[str, str]]:
    """Who got which kind of notice, reminders left out."""
    return {(str(notice.role), str(notice.kind)) for notice in notices if notice.kind != "reminder"}


def test_R16_the_seller_who_missed_answer_by_is_told_and_the_buyer_hears_no_contest() -> None:
    order = disputed(answer_within="PT72H")
    said = told_by_clock(order, days(5))
    assert told(said) == {
        ("platform", "dispute_to_decide"),
        ("buyer", "dispute_unanswered"),
        ("seller", "dispute_unanswered"),
    }
    (seller,) = [n for n in said if n.role is Role.SELLER and n.kind == "dispute_unanswered"]
    assert "You did not answer" in seller.text


@pytest.mark.parametrize("role", [Role.BUYER, Role.SELLER])
def test_R16_the_side_that_missed_inform_by_is_told_and_what_it_can_still_do(role: Role) -> None:
    order = after(reviewed(inform_within="PT2H"), ask(role), at=days(3))
    said = [n for n in told_by_clock(order, days(3) + (hours(2) - hours(0))) if n.kind == "information_overdue"]
    assert [n.role for n in said] == [Role.PLATFORM, role]
    assert "add evidence" in said[1].text
    appealed = after(decided(Resolution.NO_REFUND, inform_within="PT2H"), appeal(), ask(role), at=days(5))
    said = [n for n in told_by_clock(appealed, days(6)) if n.kind == "information_overdue"]
    assert [n.role for n in said] == [Role.PLATFORM, role]
    assert "evidence" not in said[1].text, "it is locked"


@pytest.mark.parametrize(
    ("order", "event"),
    [(paid(), SHIP), (paid(), request()), (paid(), cancel()), (shipped(), DELIVERED), (disputed(), CONTEST)],
    ids=["shipped", "asked to cancel", "cancelled", "delivered", "contested"],
)
def test_R17_whoever_made_an_offer_that_the_order_left_behind_is_told(order: Order, event: Event) -> None:
    both = after(order, offer(Resolution.PARTIAL_REFUND, 500), offer(Resolution.FULL_REFUND, by=BUYER), at=days(2))
    outcome = taken(both, event, days(2))
    lapsed = [n for n in notices(outcome) if n.kind == "offer_lapsed"]
    assert {n.role for n in lapsed} == {Role.BUYER, Role.SELLER}
    assert {offer.state for offer in outcome.order.offers} == {"lapsed"}
    assert all("the order has moved on" in n.text for n in lapsed)
    assert any("a partial refund of 5.00 USD" in n.text for n in lapsed)


def test_R17_whoever_offers_more_than_is_left_is_told_why_it_lapsed() -> None:
    order = after(delivered(), offer(Resolution.PARTIAL_REFUND, 2000, by=BUYER), at=days(1))
    order = after(order, offer(Resolution.PARTIAL_REFUND, 500), at=days(1))
    lapsed = [n for n in notices(taken(order, accept(2), days(1))) if n.kind == "offer_lapsed"]
    assert [(n.role, "more than can be given back now" in n.text) for n in lapsed] == [(Role.BUYER, True)]


def test_R17_what_was_answered_replaced_or_stands_has_not_lapsed() -> None:
    order = after(delivered(), offer(Resolution.PARTIAL_REFUND, 500), at=days(1))
    hello = SendMessage(by=BUYER, to=Role.SELLER, text="Hello?")
    for event in (decline(), accept(), offer(Resolution.PARTIAL_REFUND, 400), hello):
        assert "offer_lapsed" not in {n.kind for n in notices(taken(order, event, days(1)))}
    left = after(paid(), offer(Resolution.PARTIAL_REFUND, 500), SHIP, at=days(1))
    for event in (hello, offer(Resolution.PARTIAL_REFUND, 400)):
        assert "offer_lapsed" not in {n.kind for n in notices(taken(left, event, days(1)))}, "it was told before"
    ended = after(order, decline(), at=days(1))
    assert "offer_lapsed" not in {n.kind for n in notices(taken(ended, CONFIRM, days(1)))}


def test_R30_a_withdrawn_dispute_does_not_deliver_the_parcel_again() -> None:
    outcome = taken(disputed(), WITHDRAW_DISPUTE, days(3))
    assert outcome.order.stage is Stage.DELIVERED
    assert told(notices(outcome)) == {("buyer", "dispute_withdrawn"), ("seller", "dispute_withdrawn")}
    assert {n.due_at for n in notices(outcome)} == {due(outcome.order, DeadlineKind.PROTECTED_UNTIL)}
    arrived = after(shipped(deliver_within="P1D"), NOT_RECEIVED, DELIVERED, at=days(3))
    assert told(notices(taken(arrived, WITHDRAW_DISPUTE, days(4)))) == told(notices(outcome))


def test_R30_a_withdrawn_dispute_offers_no_other_that_is_used_up() -> None:
    for left, said in ((1, False), (2, True)):
        (buyer, _) = notices(taken(disputed(disputes=left), WITHDRAW_DISPUTE, days(3)))
        assert ("something is wrong" in buyer.text) is said


def test_R30_a_withdrawn_dispute_tells_where_a_parcel_has_come_meanwhile_and_only_then() -> None:
    """Lost, then found while the dispute lasted: the seller is to inspect it, and had never been told by when."""
    lost = after(going_back(), LOST, open_dispute(DisputeReason.RETURNED_NOT_REFUNDED), at=days(2))
    meanwhile = told(notices(taken(after(lost, RETURNED, at=days(3)), WITHDRAW_DISPUTE, days(3))))
    assert ("seller", "parcel_to_inspect") in meanwhile
    still = taken(
        after(back(), receive(), open_dispute(DisputeReason.RETURNED_NOT_REFUNDED), at=days(3)),
        WITHDRAW_DISPUTE,
        days(4),
    )
    assert told(notices(still)) == {("buyer", "dispute_withdrawn"), ("seller", "dispute_withdrawn")}
    uninspected = after(back(), open_dispute(DisputeReason.RETURNED_NOT_REFUNDED), at=days(2))
    (_, seller) = notices(taken(uninspected, WITHDRAW_DISPUTE, days(2)))
    assert (seller.due_at, "Please inspect" in seller.text) == (
        due(after(uninspected, WITHDRAW_DISPUTE, at=days(2)), DeadlineKind.INSPECT_BY),
        True,
    )
