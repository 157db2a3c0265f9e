"""Whom the last news reaches, and that nobody is offered what is used up (rulings on R12, R14, R18)."""

from typing import Final

import pytest

from tests.process.later_orders import (
    LOST,
    RETURN_ARRIVED,
    RETURNED,
    SHIP_RETURN,
    WITHDRAW_DISPUTE,
    accept,
    back,
    going_back,
    offer,
    open_dispute,
    receive,
    returning,
)
from tests.process.orders import (
    CARRIER,
    DELIVERED,
    after,
    clock,
    days,
    delivered,
    notices,
    recorded,
    rows,
    shipped,
    taken,
    told_by_clock,
)
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import ParcelLost
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Resolution
from workflows.messages.work import Notice
from workflows.process.clock.deadlines import running_deadline
from workflows.process.state.order import Order

OFFERING: Final = ("open a dispute", "something is wrong", "you are protected")


def offering(told: tuple[Notice, ...]) -> list[str]:
    """What of it offers the buyer a dispute."""
    to_buyer = [notice for notice in told if notice.role is Role.BUYER]
    return [notice.text for notice in to_buyer if any(words in notice.text for words in OFFERING)]


def lost_and_closed(**terms: str) -> Order:
    return clock(after(going_back(**terms), LOST, at=days(2)), days(60))


@pytest.mark.parametrize("left", [1, 0])
def test_R14_a_used_up_dispute_is_offered_in_no_notice(left: int) -> None:
    """Of every notice and every reminder that offers one: with one left they do, with none they do not."""
    told = [
        notices(taken(shipped(disputes=left), DELIVERED, days(1))),
        told_by_clock(shipped(disputes=left), days(61)),
        told_by_clock(delivered(disputes=left), days(15)),
        notices(taken(shipped(disputes=left), ParcelLost(by=CARRIER, tracking="T-1"), days(1))),
        notices(taken(back(disputes=left), receive(), days(3))),
        notices(taken(going_back(disputes=left), LOST, days(2))),
    ]
    assert [bool(offering(each)) for each in told] == [bool(left)] * len(told)
    assert [NoticeKind.DISPUTE_POSSIBLE in [notice.kind for notice in each] for each in told[-2:]] == [bool(left)] * 2


def test_R14_neither_is_one_that_has_ended_by_agreement() -> None:
    voucher = offer(Resolution.VOUCHER, 100)
    agreed = after(
        shipped(),
        ParcelLost(by=CARRIER, tracking="T-1"),
        open_dispute(DisputeReason.NOT_RECEIVED, evidence=()),
        voucher,
        at=days(1),
    )
    outcome = taken(agreed, accept(), days(1))
    assert outcome.order.stage is Stage.SHIPPED
    assert offering(notices(outcome)) == []


def test_R14_withdrawn_the_last_dispute_is_not_offered_again() -> None:
    order = after(delivered(disputes=1), open_dispute(), at=days(2))
    assert offering(notices(taken(order, WITHDRAW_DISPUTE, days(3)))) == []


def test_R18_after_return_by_the_carriers_news_of_the_return_is_told_to_the_platform_that_decides() -> None:
    late = clock(after(returning(), SHIP_RETURN, at=days(5)), days(36))
    assert late.stage is Stage.DISPUTED
    outcome = taken(late, RETURN_ARRIVED, days(37))
    [notice] = [notice for notice in notices(outcome) if notice.kind == NoticeKind.RETURN_NEWS]
    limit = running_deadline(late, DeadlineKind.DECIDE_NO_LATER_THAN)
    assert limit
    assert (notice.role, notice.due_at) == (Role.PLATFORM, limit.at)
    assert outcome.order.stage is Stage.DISPUTED
    assert rows(outcome)[-1].outcome == "accepted"
    assert "duplicate" in recorded(outcome.order, RETURN_ARRIVED, days(38))


def test_R12_a_parcel_that_turns_up_after_the_order_closed_as_lost_in_return_is_told_to_all_three() -> None:
    for order in (lost_and_closed(), lost_and_closed(on_lost_return="full_refund")):
        assert order.stage.closed
        for fact in (RETURNED, DELIVERED):
            outcome = taken(order, fact, days(70))
            assert {notice.role for notice in notices(outcome)} == {Role.BUYER, Role.SELLER, Role.PLATFORM}
            assert {notice.kind for notice in notices(outcome)} == {NoticeKind.PARCEL_FOUND}
            assert (outcome.order.stage, outcome.order.ledger) == (order.stage, order.ledger)
            assert "has ended" in (outcome.answer.why or "")
            again = taken(outcome.order, fact, days(71))
            assert ("duplicate" in (again.answer.why or ""), notices(again)) == (True, ())


def test_R12_other_late_facts_are_told_to_nobody() -> None:
    assert notices(taken(lost_and_closed(), LOST, days(70))) == ()
    done = clock(delivered(), days(60))
    assert notices(taken(done, RETURNED, days(61))) == ()
