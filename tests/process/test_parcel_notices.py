"""Who hears where a parcel is: both whose clock it starts, in a dispute whoever decides too (R12, R13, R15)."""

import pytest

from tests.process.later_orders import (
    CONTEST,
    FAILED,
    INTERCEPT,
    LOST,
    REFUSED,
    RETURNED,
    accept,
    ask,
    decide,
    exchanging,
    going_back,
    offer,
    open_dispute,
    receive,
    returning,
)
from tests.process.orders import (
    CONFIRM,
    DELIVERED,
    after,
    days,
    delivered,
    due,
    notices,
    shipped,
    taken,
    told_by_clock,
)
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import CarrierFact
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Inspection, Resolution
from workflows.messages.work import Notice
from workflows.process.state.order import Order

NOT_RECEIVED = open_dispute(DisputeReason.NOT_RECEIVED, evidence=())


def told(notices: tuple[Notice, ...]) -> dict[str, str]:
    """Role → what kind of notice it got, reminders left out; every one at most one."""
    said = [notice for notice in notices if notice.kind != "reminder"]
    found = {str(notice.role): str(notice.kind) for notice in said}
    assert len(found) == len(said)
    return found


def missing(**terms: str) -> Order:
    """Promised for a day, and disputed on the third as not received."""
    return after(shipped(deliver_within="P1D", **terms), NOT_RECEIVED, at=days(3))


def test_the_seller_whose_clock_starts_hears_of_the_delivery() -> None:
    outcome = taken(shipped(), DELIVERED, days(1))
    protected = due(outcome.order, DeadlineKind.PROTECTED_UNTIL)
    assert {n.role: (n.kind, n.due_at) for n in notices(outcome)} == {
        Role.BUYER: ("order_delivered", protected),
        Role.SELLER: ("order_delivered", protected),
    }


def test_the_seller_hears_too_that_a_parcel_did_not_come_in_time_or_is_lost() -> None:
    expected = {"buyer": "not_delivered_in_time", "seller": "not_delivered_in_time"}
    assert told(told_by_clock(shipped(deliver_within="P1D"), days(2))) == expected
    lost = notices(taken(shipped(), LOST, days(1)))
    assert told(lost) == expected
    assert all("is lost, says its carrier" in notice.text for notice in lost)


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (DELIVERED, "order_delivered"),
        (LOST, "way_back_ended"),
        (REFUSED, "way_back_ended"),
        (RETURNED, "way_back_ended"),
    ],
)
def test_R15_where_a_parcel_is_that_was_not_received_hears_everybody_who_disputes_or_decides(
    fact: CarrierFact, kind: str
) -> None:
    with_seller = notices(taken(missing(), fact, days(4)))
    assert told(with_seller) == {"buyer": kind, "seller": kind}
    for order in (after(missing(), CONTEST, at=days(3)), after(missing(), CONTEST, ask(), at=days(3))):
        assert told(notices(taken(order, fact, days(4)))) == {"buyer": kind, "seller": kind, "platform": kind}
        (platform,) = [n for n in notices(taken(order, fact, days(4))) if n.role is Role.PLATFORM and n.kind == kind]
        assert platform.due_at == due(order, DeadlineKind.DECIDE_NO_LATER_THAN)


def test_R15_a_buyer_is_told_that_confirming_ends_the_dispute_only_where_it_does() -> None:
    outcome = taken(missing(), DELIVERED, days(4))
    (buyer,) = [n for n in notices(outcome) if n.role is Role.BUYER]
    assert "confirm it, and the dispute is over" in buyer.text
    assert after(outcome.order, CONFIRM, at=days(4)).stage is Stage.COMPLETED
    part = after(missing(), CONTEST, decide(Resolution.PARTIAL_REFUND, 500), at=days(3))
    assert told(notices(taken(part, DELIVERED, days(4)))) == {"buyer": "order_delivered", "seller": "order_delivered"}
    assert not any("confirm" in n.text for n in notices(taken(part, DELIVERED, days(4))))


def test_R12_what_moves_no_parcel_of_a_dispute_is_told_to_nobody() -> None:
    broken = after(delivered(), open_dispute(), at=days(2))
    for fact in (LOST, REFUSED, FAILED):
        assert notices(taken(broken, fact, days(3))) == ()
    for order in (returning(), exchanging()):
        assert notices(taken(order, LOST, days(5))) == ()


@pytest.mark.parametrize("fact", [DELIVERED, REFUSED, FAILED, LOST])
def test_R13_the_buyer_whose_request_to_stop_a_parcel_came_too_late_is_told(fact: CarrierFact) -> None:
    outcome = taken(after(shipped(), INTERCEPT, at=days(1)), fact, days(2))
    about_it = [n for n in notices(outcome) if n.kind == "interception"]
    assert [(n.role, "came too late" in n.text) for n in about_it] == [(Role.BUYER, True)]


def test_R13_a_request_that_succeeds_or_that_the_buyer_ends_says_nothing_of_coming_too_late() -> None:
    asking = after(shipped(), INTERCEPT, at=days(1))
    assert "interception" not in [n.kind for n in notices(taken(asking, RETURNED, days(2)))]
    assert "interception" not in [n.kind for n in notices(taken(asking, CONFIRM, days(2)))]
    again = after(asking, LOST, at=days(2))
    assert "interception" not in [n.kind for n in notices(taken(again, REFUSED, days(3)))]


def test_a_lost_parcel_reaches_the_seller_as_lost_and_not_as_inspected() -> None:
    expected = {"buyer": "dispute_possible", "seller": "way_back_ended"}
    assert told(notices(taken(going_back(), LOST, days(2)))) == expected
    assert told(told_by_clock(going_back(return_within="P5D"), days(7))) == expected
    found = taken(after(going_back(), RETURNED, at=days(2)), receive(Inspection.EMPTY), days(3))
    assert told(notices(found)) == {"buyer": "dispute_possible", "seller": "parcel_inspected"}


def test_R17_of_an_agreed_return_nobody_says_that_nothing_is_refunded() -> None:
    agreed = after(shipped(), offer(Resolution.RETURN_AND_REFUND), accept(), at=days(1))
    (*both,) = notices(taken(agreed, REFUSED, days(2)))
    assert told(tuple(both)) == {"buyer": "parcel_going_back", "seller": "parcel_going_back"}
    assert all("As agreed" in n.text and "Nothing is refunded" not in n.text for n in both)
    assert all("Nothing is refunded" in n.text for n in notices(taken(shipped(), REFUSED, days(2))))


def test_a_decided_return_asks_the_buyer_to_send_and_tells_the_seller_to_wait() -> None:
    order = after(delivered(), offer(Resolution.RETURN_AND_REFUND), at=days(2))
    said = [n for n in notices(taken(order, accept(), days(2))) if n.kind != "offer_accepted"]
    subjects = {kind.value: kind.subject for kind in NoticeKind}
    assert {n.role: subjects[n.kind] for n in said} == {
        Role.BUYER: "Please send the goods back",
        Role.SELLER: "The goods come back to you",
    }
