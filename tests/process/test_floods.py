"""Refused signals of one sender beyond a hundred are counted, not written one by one (R41)."""

from typing import Final

from tests.process.orders import BUYER, PLATFORM, SELLER, SHIP, hours, paid, refused, rows, shipped
from workflows.messages.base import Message
from workflows.messages.parcels import ConfirmReceipt
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import say
from workflows.messages.values import DeadlineKind, Party, Role, Stage
from workflows.messages.work import TimelineEntry
from workflows.process.clock.deadlines import running_deadline
from workflows.process.floods import MAX_WRITTEN
from workflows.process.state.order import Order
from workflows.process.step import refused_signal
from workflows.start_input import order_from, state_of

T: Final = hours(1)
CONFIRM: Final = ConfirmReceipt(by=BUYER)


def flooded(order: Order, event: Message | None, count: int) -> tuple[Order, list[TimelineEntry]]:
    """`order` after so many refused signals of one kind, and their rows."""
    told: list[TimelineEntry] = []
    for _ in range(count):
        outcome = refused_signal(order, "confirm_receipt", event, _refusal(order, event), T)
        order = outcome.order
        told.extend(rows(outcome))
    return order, told


def _refusal(order: Order, event: Message | None) -> Refused:
    if event is None:
        return Refused(Code.INVALID, say("It is not one JSON object."))
    return Refused(refused(order, event, T).code, say("No."))


def test_R41_a_hundred_refused_signals_of_a_sender_are_written_and_the_next_are_counted() -> None:
    assert MAX_WRITTEN == 100
    order, told = flooded(paid(), CONFIRM, MAX_WRITTEN)
    assert len(told) == MAX_WRITTEN
    assert told[-2].summary == '"Confirm Receipt" was refused'
    assert "number 100 of the buyer; what follows is counted" in told[-1].summary
    more, told = flooded(order, CONFIRM, 50)
    assert told == []
    assert (more.entry, more.version) == (order.entry, order.version)
    assert [(one.by, one.count) for one in more.refused] == [(Role.BUYER, 150)]
    assert order_from(state_of(more)) == more


def test_R41_the_thousandth_is_written_again_and_says_how_many_there_were() -> None:
    _, told = flooded(paid(), CONFIRM, 10 * MAX_WRITTEN)
    assert len(told) == MAX_WRITTEN + 1
    assert "number 1000 of the buyer" in told[-1].summary


def test_R41_a_flood_hides_nothing_of_what_others_sent() -> None:
    order, _ = flooded(paid(), CONFIRM, MAX_WRITTEN + 1)
    for event in (ConfirmReceipt(by=SELLER), ConfirmReceipt(by=PLATFORM), None):
        order, told = flooded(order, event, 1)
        assert len(told) == 1


def test_R41_strangers_use_up_no_partys_rows() -> None:
    order = paid()
    for name in ("buyer", "seller"):
        stranger = ConfirmReceipt(by=Party(role=Role(name), id="somebody"))
        order, _ = flooded(order, stranger, MAX_WRITTEN)
    assert [(one.by, one.count) for one in order.refused] == [(Role.SYSTEM, 2 * MAX_WRITTEN)]
    assert len(flooded(order, CONFIRM, 1)[1]) == 1
    assert flooded(order, None, 1)[1] == []


def test_R2_a_signal_that_is_only_counted_settles_what_has_passed_all_the_same() -> None:
    order, _ = flooded(shipped(), SHIP, MAX_WRITTEN)
    deliver_by = running_deadline(order, DeadlineKind.DELIVER_BY)
    assert deliver_by
    outcome = refused_signal(order, "ship", SHIP, Refused(Code.ALREADY_SHIPPED, say("No.")), deliver_by.at)
    assert [row.name for row in rows(outcome)] == ["deliver_by"]
    assert outcome.order.stage is Stage.SHIPPED
