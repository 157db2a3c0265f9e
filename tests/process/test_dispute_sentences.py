"""What is said of a dispute, word by word: in the timeline, to both sides, and in refusals."""

from datetime import datetime
from typing import Final

import pytest

from tests.process.later_orders import (
    AGREE,
    CONTEST,
    INFORM,
    LOST,
    SHIP_RETURN,
    WITHDRAW_DISPUTE,
    add,
    appeal,
    ask,
    decide,
    decided,
    disputed,
    item,
    open_dispute,
    receive,
    returning,
    reviewed,
)
from tests.process.orders import after, days, delivered, notices, refused, rows, shipped, taken, told_by_clock
from workflows.messages.values import Role
from workflows.messages.vocabulary import DisputeReason, Inspection, Resolution
from workflows.process.state.order import Order
from workflows.process.step import Event

PART: Final = Resolution.PARTIAL_REFUND
NOTHING: Final = Resolution.NO_REFUND
EXCHANGE: Final = Resolution.EXCHANGE


def begun_by_a_return() -> Order:
    return after(returning(), SHIP_RETURN, receive(Inspection.DAMAGED), at=days(5))


@pytest.mark.parametrize(
    ("order", "event", "at", "summary"),
    [
        (delivered(), open_dispute(), days(2), "The buyer opened a dispute: damaged, asks for a full refund"),
        (disputed(), CONTEST, days(3), "The seller contests the dispute: the platform reviews"),
        (disputed(), AGREE, days(3), "The seller agrees to a full refund"),
        (reviewed(), ask(Role.SELLER), days(4), "The platform asks the seller for information"),
        (after(reviewed(), ask(), at=days(4)), INFORM, days(4), "The buyer answered the platform"),
        (reviewed(), add(item(number=7)), days(4), "One item of evidence from the buyer"),
        (reviewed(), add(item(number=7), item(number=8)), days(4), "2 items of evidence from the buyer"),
        (
            reviewed(),
            decide(PART, 500),
            days(4),
            "The platform decided: a partial refund of 5.00 USD (insufficient evidence)",
        ),
        (decided(NOTHING), appeal(), days(5), "The buyer appeals with new evidence: the platform reviews again"),
        (disputed(), WITHDRAW_DISPUTE, days(3), "The buyer withdrew the dispute"),
    ],
)
def test_the_timeline_says_in_words_what_happened(order: Order, event: Event, at: datetime, summary: str) -> None:
    assert rows(taken(order, event, at))[-1].summary == summary


def told(order: Order, event: Event, at: datetime, role: Role) -> set[str]:
    return {notice.text for notice in notices(taken(order, event, at)) if notice.role is role}


def test_both_sides_are_told_in_words() -> None:
    asked = "The buyer of order A-1001 opened a dispute (damaged) and asks for a full refund. Please answer."
    counted = "How the time to answer the dispute is counted: 3 business days, Sat and Sun skipped."
    assert told(delivered(), open_dispute(), days(2), Role.SELLER) == {f"{asked} {counted}"}
    appealed = "The buyer of order A-1001 appeals the decision: the platform reviews again."
    assert told(decided(NOTHING), appeal(), days(5), Role.SELLER) == {appealed}
    shown = "2 items of evidence from the buyer about order A-1001."
    assert told(reviewed(), add(item(number=7), item(number=8)), days(4), Role.SELLER) == {shown}


def test_a_decision_says_what_comes_of_it_to_the_buyer_that_it_can_be_appealed_to_the_seller_what_if_not() -> None:
    both = "The platform decided: no refund (insufficient evidence)."
    otherwise = f"{both} If the buyer does not appeal, what is left is paid out to you."
    assert told(reviewed(), decide(NOTHING), days(4), Role.SELLER) == {otherwise}
    once = f"{both} If you have new evidence, you can appeal once."
    assert told(reviewed(), decide(NOTHING), days(4), Role.BUYER) == {once}


def test_whoever_stayed_silent_is_told_in_words() -> None:
    said = told_by_clock(after(reviewed(inform_within="PT1H"), ask(), at=days(4)), days(5))
    silent = "You did not answer the platform about order A-1001 in time: it decides with what there is."
    assert f"{silent} Until then you can still add evidence." in {notice.text for notice in said}
    assert "The buyer did not answer about order A-1001: decide with what there is." in {one.text for one in said}


@pytest.mark.parametrize(
    ("order", "event", "at", "sentence"),
    [
        (delivered(disputes=0), open_dispute(), days(2), "This order allows no disputes."),
        (
            after(delivered(disputes=1), open_dispute(), WITHDRAW_DISPUTE, at=days(2)),
            open_dispute(),
            days(2),
            "This order allows one dispute, and it is used up.",
        ),
        (disputed(), open_dispute(), days(3), "Dispute A-1001-dispute-1 is not over yet."),
        (
            reviewed(),
            decide(PART, 2299),
            days(4),
            "A partial refund must be less than what is held, 22.99 USD; all of it is a full refund.",
        ),
        (
            begun_by_a_return(),
            decide(EXCHANGE),
            days(8),
            'outcome cannot be "exchange" here: after a failed return only money can still move.',
        ),
        (
            after(shipped(), LOST, at=days(2)),
            open_dispute(DisputeReason.NOT_RECEIVED, Resolution.RETURN_AND_REFUND, evidence=()),
            days(3),
            '"return and refund" is not possible here: it needs a parcel that was delivered.',
        ),
        (
            begun_by_a_return(),
            WITHDRAW_DISPUTE,
            days(8),
            "Dispute A-1001-dispute-2 cannot be withdrawn: it began by itself, when the return did not end as agreed.",
        ),
        (
            after(decided(NOTHING), appeal(), at=days(5)),
            appeal(item(number=8)),
            days(5),
            "Dispute A-1001-dispute-1 cannot be appealed again: the appeal is under review.",
        ),
        (after(reviewed(), ask(), at=days(4)), decide(NOTHING), days(4), "The buyer is still asked for information."),
        (
            delivered(),
            open_dispute(DisputeReason.DAMAGED, evidence=()),
            days(2),
            'A dispute for the reason "damaged" needs evidence of this kind: photo or video.',
        ),
    ],
)
def test_a_refusal_says_in_words_why(order: Order, event: Event, at: datetime, sentence: str) -> None:
    assert refused(order, event, at).message == sentence
