"""What people are told of money: that it came, by when it should be back, and when nobody can say (R5, R21, R22)."""

import pytest

from tests.process.later_orders import accept, decide, offer, reviewed
from tests.process.orders import (
    BUYER,
    PROVIDER,
    REFUND_1,
    SELLER,
    TOTAL,
    after,
    answered,
    authorized,
    cancel,
    captured,
    claimed_too,
    clock,
    days,
    delivered,
    due,
    given_elsewhere,
    hours,
    let_go,
    minutes,
    new_order,
    notices,
    paid,
    promised,
    refund_news,
    refunding,
    retry,
    shipped,
    taken,
    told_by_clock,
)
from workflows.messages.base import Message
from workflows.messages.chargebacks import ChargebackOpened
from workflows.messages.values import DeadlineKind, MoneyState, Role
from workflows.messages.vocabulary import Resolution
from workflows.messages.work import Notice
from workflows.process.state.order import Order

OPENED = ChargebackOpened(by=PROVIDER, payment_id="p-1", chargeback_id="c-1", amount=TOTAL)


def told(notices: tuple[Notice, ...], role: Role = Role.BUYER) -> list[Notice]:
    return [notice for notice in notices if notice.role is role]


@pytest.mark.parametrize(("amount", "more"), [(TOTAL, ""), (TOTAL + 101, "1.01 USD too much go back")])
def test_R5_the_buyer_is_told_that_the_payment_has_arrived_and_what_of_it_goes_back(amount: int, more: str) -> None:
    outcome = taken(new_order(), captured(amount), minutes(1))
    (word,) = told(notices(outcome))
    assert (word.kind, word.due_at) == ("payment_received", due(outcome.order, DeadlineKind.SHIP_BY))
    assert "has arrived" in word.text
    assert ("go back" in word.text, more in word.text) == (bool(more), True)


def test_R32_a_charge_of_more_than_was_promised_says_what_of_it_goes_back() -> None:
    (word,) = told(notices(taken(promised(), captured(TOTAL + 101), hours(1))))
    assert (word.kind, "1.01 USD too much go back" in word.text) == ("payment_charged", True)


@pytest.mark.parametrize(
    ("state", "says"), [(MoneyState.FAILED, "did not go through"), (MoneyState.REVERSED, "were sent back to us")]
)
def test_R21_the_buyer_is_told_once_that_a_refund_is_in_trouble_and_again_after_a_retry(
    state: MoneyState, says: str
) -> None:
    outcome = taken(refunding(), refund_news(state), days(1))
    (word,) = told(notices(outcome))
    assert (word.kind, word.text.startswith("22.99 USD"), says in word.text) == ("refund_failed", True, True)
    other = MoneyState.REVERSED if state is MoneyState.FAILED else MoneyState.FAILED
    assert told(notices(taken(outcome.order, refund_news(other), days(2)))) == []
    again = after(outcome.order, retry(), at=days(2))
    assert [n.kind for n in told(notices(taken(again, answered(state, 2), days(3))))] == ["refund_failed"]


def test_R21_the_buyer_is_told_that_a_refund_came_back_which_had_arrived() -> None:
    settled = after(refunding(), refund_news(MoneyState.SUCCEEDED), at=days(1))
    (word,) = told(notices(taken(settled, refund_news(MoneyState.REVERSED), days(9))))
    assert (word.kind, "sent back to us" in word.text) == ("refund_failed", True)


def test_R32_a_promise_that_the_bank_does_not_let_go_of_is_no_refund() -> None:
    order = after(promised(), cancel(), at=hours(1))
    (word,) = told(notices(taken(order, answered(MoneyState.FAILED, record_id=REFUND_1), hours(2))))
    assert (word.kind, "still reserved" in word.text) == ("refund_failed", True)


def ends(order: Order) -> list[tuple[str, tuple[Notice, ...]]]:
    """Every way in which money goes back of an order under review, delivered or paid, and what is told of it."""
    return [
        ("cancelled", notices(taken(paid(), cancel(), hours(3)))),
        ("decided whole", notices(taken(order, decide(Resolution.FULL_REFUND), days(4)))),
        ("decided in part", notices(taken(order, decide(Resolution.PARTIAL_REFUND, 500), days(4)))),
    ]


def test_R20_the_notice_of_a_refund_says_by_when_it_should_be_there() -> None:
    """Also where something else is due by another time."""
    for name, each in ends(reviewed(refund_expected_within="P5D", appeal_within="P3D")):
        (word,) = told(each)
        assert "go back" in word.text, name
        assert "should be there by" in word.text, name
    (cancelled,) = told(notices(taken(paid(refund_expected_within="P5D"), cancel(), days(1))))
    assert cancelled.due_at == days(6)
    assert "should be there by Sun 8 Mar 2026, 12:00 UTC" in cancelled.text
    ended = after(reviewed(refund_expected_within="P5D", appeal_within="PT0S"), at=days(4))
    for outcome in (decide(Resolution.FULL_REFUND), decide(Resolution.PARTIAL_REFUND, 500)):
        (word,) = told(notices(taken(ended, outcome, days(4))))
        assert (word.kind, word.due_at) == ("order_refunded", days(9))


@pytest.mark.parametrize("order", [paid(), new_order()], ids=["one too many", "too small"])
def test_R20_a_payment_that_goes_back_names_the_day(order: Order) -> None:
    (word,) = told(notices(taken(order, captured(5, "p-2"), minutes(2))))
    assert "goes back, and should be there by" in word.text


def test_R20_an_offer_of_a_part_that_is_taken_names_the_day() -> None:
    order = after(delivered(), offer(Resolution.PARTIAL_REFUND, 500, by=BUYER), at=days(1))
    (word,) = told(notices(taken(order, accept(by=SELLER), days(2))))
    assert "5.00 USD go back to you, and should be there by" in word.text


@pytest.mark.parametrize(
    ("holding", "says"),
    [(OPENED, "once the buyer's bank has decided"), (claimed_too(), "once it is known whose payment it is")],
)
def test_R22_while_money_is_held_up_nobody_says_that_it_goes_back_now(holding: Message, says: str) -> None:
    held = after(paid(), holding, at=hours(1))
    for role in (Role.BUYER, Role.SELLER):
        (word,) = told(notices(taken(held, cancel(), hours(2))), role)
        assert f"22.99 USD go back to the payment they came from {says}." in word.text
        assert (word.due_at, "should be there" in word.text) == (None, False)
    order = after(reviewed(appeal_within="PT0S"), holding, at=days(4))
    for outcome in (decide(Resolution.FULL_REFUND), decide(Resolution.PARTIAL_REFUND, 500)):
        for role in (Role.BUYER, Role.SELLER):
            (word,) = told(notices(taken(order, outcome, days(4))), role)
            back, out = ("you", "go to the seller") if role is Role.BUYER else ("the buyer", "are paid out to you")
            assert f"USD go back to {back} {says}." in word.text
            assert (word.due_at, "should be there" in word.text) == (None, False)
            assert f"USD {out}" not in word.text or f"USD {out} {says}." in word.text


def test_R32_of_a_promise_that_is_let_go_of_nothing_goes_back_and_nothing_is_expected() -> None:
    (word,) = told(notices(taken(promised(), cancel(), hours(1))))
    assert (word.due_at, "will not be charged" in word.text, "go back" in word.text) == (None, True, False)
    early = after(new_order(capture="at_shipment"), let_go(), at=minutes(1))
    (given_up,) = told(notices(taken(early, authorized(), minutes(2))))
    assert "should be there" not in given_up.text


def test_R35_an_order_that_ends_with_nothing_left_promises_nothing() -> None:
    order = after(shipped(on_no_delivery="full_refund"), given_elsewhere(), at=hours(3))
    ended = [n for n in told(told_by_clock(order, days(200))) if n.kind == "order_refunded"]
    assert ended
    assert not any("go back" in notice.text for notice in ended)
    assert clock(order, days(200)).stage.closed
