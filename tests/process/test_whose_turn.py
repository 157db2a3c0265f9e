"""A notice leaves nobody without knowing what was decided, whose turn it is and until when, and whose the money is."""

from typing import Final

import pytest

from tests.process.later_orders import (
    CONTEST,
    INFORM,
    LOST,
    RETURN_ARRIVED,
    RETURNED,
    SHIP_RETURN,
    appeal,
    ask,
    back,
    decide,
    disputed,
    exchanging,
    going_back,
    receive,
    returning,
    reviewed,
)
from tests.process.orders import (
    REJECT,
    after,
    asked,
    clock,
    days,
    due,
    hours,
    minutes,
    new_order,
    notices,
    request,
    taken,
    told_by_clock,
)
from workflows.messages.base import Message
from workflows.messages.values import CancellationReason, DeadlineKind, Role
from workflows.messages.vocabulary import Inspection, Resolution
from workflows.messages.work import Notice
from workflows.process.state.order import Order

RETURN_SENT: Final = after(returning(), SHIP_RETURN, at=days(5))


def of_kind(told: tuple[Notice, ...], kind: str, role: Role) -> Notice:
    """The one notice of that kind to that role."""
    (found,) = [each for each in told if (each.kind, each.role) == (kind, role)]
    return found


@pytest.mark.parametrize(
    ("order", "event", "role", "kind", "until"),
    [
        (asked(), REJECT, Role.BUYER, "cancellation_rejected", DeadlineKind.SHIP_BY),
        (reviewed(), decide(Resolution.RETURN_AND_REFUND), Role.SELLER, "return_due", DeadlineKind.RETURN_SHIP_BY),
        (reviewed(), decide(Resolution.EXCHANGE), Role.BUYER, "exchange", DeadlineKind.SHIP_BY),
        (reviewed(), decide(Resolution.NO_REFUND), Role.SELLER, "dispute_decided", DeadlineKind.APPEAL_BY),
        (disputed(), CONTEST, Role.BUYER, "dispute_contested", DeadlineKind.DECIDE_BY),
        (after(reviewed(), ask(), at=days(3)), INFORM, Role.PLATFORM, "information_given", DeadlineKind.DECIDE_BY),
        (going_back(), RETURNED, Role.BUYER, "parcel_back", DeadlineKind.INSPECT_BY),
        (RETURN_SENT, RETURN_ARRIVED, Role.BUYER, "parcel_back", DeadlineKind.INSPECT_BY),
        (going_back(), LOST, Role.SELLER, "way_back_ended", DeadlineKind.PROTECTED_UNTIL),
        (back(), receive(Inspection.DAMAGED), Role.SELLER, "parcel_inspected", DeadlineKind.PROTECTED_UNTIL),
    ],
)
def test_whoever_waits_for_another_is_told_until_when(
    order: Order, event: Message, role: Role, kind: str, until: DeadlineKind
) -> None:
    step = taken(order, event, days(6) if order is RETURN_SENT else days(3))
    notice = of_kind(notices(step), kind, role)
    assert notice.due_at == due(step.order, until) is not None


def test_an_appeal_names_the_new_time_to_decide() -> None:
    order = after(reviewed(), decide(Resolution.NO_REFUND), at=days(4))
    step = taken(order, appeal(), days(5))
    assert of_kind(notices(step), "dispute_appealed", Role.SELLER).due_at == due(step.order, DeadlineKind.DECIDE_BY)


def test_a_silence_that_ends_a_request_or_an_answer_names_who_goes_on_until_when() -> None:
    lapsed = of_kind(told_by_clock(asked(), days(4)), "cancellation_lapsed", Role.BUYER)
    assert lapsed.due_at == due(clock(asked(), days(4)), DeadlineKind.SHIP_BY)
    assert "the seller ships it" in lapsed.text
    order = disputed(answer_within="PT24H")
    unanswered = [each for each in told_by_clock(order, days(3)) if each.kind == "dispute_unanswered"]
    decide_by = due(clock(order, days(3)), DeadlineKind.DECIDE_BY)
    assert [(each.role, each.due_at) for each in unanswered] == [(Role.BUYER, decide_by), (Role.SELLER, decide_by)]


@pytest.mark.parametrize(
    ("event", "kind", "says"),
    [
        (decide(Resolution.FULL_REFUND), "order_refunded", {"buyer": ["22.99 USD go back to you"]}),
        (
            decide(Resolution.PARTIAL_REFUND, 500),
            "order_refunded",
            {
                "buyer": ["5.00 USD go back to you", "17.99 USD go to the seller"],
                "seller": ["5.00 USD go back to the buyer", "17.99 USD are paid out to you"],
            },
        ),
        (decide(Resolution.NO_REFUND), "order_completed", {"seller": ["22.99 USD are paid out to you"]}),
    ],
)
def test_the_end_says_what_was_decided_and_whose_the_money_is(
    event: Message, kind: str, says: dict[str, list[str]]
) -> None:
    """Where nobody can appeal no other notice says it."""
    told = notices(taken(reviewed(appeal_within="PT0S"), event, days(4)))
    for role in (Role.BUYER, Role.SELLER):
        text = of_kind(told, kind, role).text
        assert text.startswith("The platform decided: ")
        assert "(insufficient evidence)" in text
        assert [part for part in says.get(role, []) if part not in text] == []


def test_a_decision_that_may_be_appealed_says_to_each_what_then() -> None:
    told = notices(taken(reviewed(), decide(Resolution.PARTIAL_REFUND, 500), days(4)))
    buyer, seller = (of_kind(told, "dispute_decided", role).text for role in (Role.BUYER, Role.SELLER))
    assert "5.00 USD go back to you" in buyer
    assert "you can appeal once" in buyer
    assert "5.00 USD go back to the buyer" in seller
    assert seller.endswith("If the buyer does not appeal, what is left is paid out to you.")


@pytest.mark.parametrize(
    ("order", "event"),
    [(going_back(), RETURNED), (going_back(), LOST), (back(), receive(Inspection.DAMAGED)), (exchanging(), LOST)],
)
def test_whatever_is_told_of_a_parcel_names_its_order(order: Order, event: Message) -> None:
    told = notices(taken(order, event, days(3)))
    assert [each.text for each in told if "A-1001" not in each.text] == []


def test_the_seller_hears_that_the_buyer_may_dispute_what_came_back() -> None:
    told = notices(taken(back(), receive(Inspection.DAMAGED), days(3)))
    seller = of_kind(told, "parcel_inspected", Role.SELLER)
    assert seller.text == "The parcel of order A-1001 was inspected: damaged. The buyer can open a dispute about it."


def test_nobody_hears_of_an_inspection_that_never_was() -> None:
    """The seller's silence counts as one, and is told as what it is."""
    seller = of_kind(told_by_clock(back(), days(40)), "way_back_ended", Role.SELLER)
    assert seller.text == (
        "Not inspected in time, which counts as returned as agreed. This is the parcel of order A-1001. "
        "The buyer can open a dispute about it."
    )


def test_a_reason_that_says_nothing_is_not_said() -> None:
    for reason, says in (
        (None, "A-1001 is cancelled. "),
        (CancellationReason.CHANGED_MIND, "cancelled (changed mind)"),
    ):
        (told,) = notices(taken(new_order(), request(reason), minutes(1)))
        assert says in told.text


def test_a_reminder_says_by_when_in_english() -> None:
    reminded = of_kind(told_by_clock(asked(), hours(50)), "reminder", Role.SELLER)
    assert "please answer the cancellation request by Thu 5 Mar 2026, 13:00 UTC" in reminded.text
