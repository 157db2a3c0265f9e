"""More payments than an order keeps apart: what is beyond stays outside and is handed on; no step gets slow (R41)."""

import json
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from tests.process.orders import (
    DELIVERED,
    SHIP,
    TOTAL,
    acknowledge,
    after,
    authorized,
    captured,
    days,
    hours,
    minutes,
    new_order,
    notices,
    paid,
    recorded,
    rows,
    taken,
)
from workflows.frozen import replace
from workflows.messages.commands import AddNote
from workflows.messages.decoding import decode
from workflows.messages.notices import NoticeKind
from workflows.messages.values import Role, Stage
from workflows.messages.work import UnplacedFact
from workflows.process.money.attention import needs_attention
from workflows.process.money.overflow import MAX_KNOWN, MAX_PAYMENTS
from workflows.process.state.changes import Record, Step
from workflows.process.state.order import Ledger, Order
from workflows.process.step import Event
from workflows.start_input import order_from, state_of

T: Final = hours(1)
TraceFunction = Callable[[FrameType, str, object], Any]


def with_payments(order: Order, count: int) -> Order:
    """`order` and so many payments of 1, each on its way back."""
    return after(order, *(captured(1, f"small-{number}") for number in range(count)), at=T)


def handed_on(step: Step) -> tuple[UnplacedFact, ...]:
    return tuple(fact for effect in step.effects if isinstance(effect, Record) for fact in effect.unplaced)


def full() -> Order:
    return with_payments(paid(), MAX_PAYMENTS - 1)


def test_R41_fifty_payments_are_kept_apart_and_the_next_stays_outside_the_ledger() -> None:
    assert MAX_PAYMENTS == 50
    order = full()
    assert (len(order.payments), handed_on(taken(with_payments(paid(), 48), captured(1, "49"), T))) == (50, ())
    outcome = taken(order, captured(700, "one-more"), T)
    assert outcome.order.ledger == order.ledger
    assert (outcome.order.payments, outcome.order.refunds) == (order.payments, order.refunds)
    assert outcome.order.version == order.version
    assert rows(outcome)[0].outcome == "recorded"
    assert "give it back by hand" in (outcome.answer.why or "")


def test_R41_what_stays_outside_is_handed_on_as_it_came_and_listed_until_somebody_has_looked() -> None:
    outcome = taken(full(), captured(700, "one-more"), T)
    [fact] = handed_on(outcome)
    assert decode(fact.name, fact.body.encode()) == captured(700, "one-more")
    assert (fact.provider, fact.webhook_id) == ("payments", "A-1001:payment_captured:one-more")
    [item] = [one for one in needs_attention(outcome.order) if one.kind == "payments_unplaced"]
    assert "by hand" in item.message
    told = {notice.kind: notice.role for notice in notices(outcome)}
    assert told == {NoticeKind.PAYMENT_GOES_BACK: Role.BUYER, NoticeKind.PAYMENT_UNPLACED: Role.PLATFORM}
    seen = after(outcome.order, acknowledge("A-1001"), at=T)
    assert not needs_attention(seen)
    again = after(seen, captured(1, "and-another"), at=T)
    assert [one.kind for one in needs_attention(again)] == ["payments_unplaced"]


def test_R41_a_payment_outside_that_is_reported_again_is_a_duplicate() -> None:
    order = after(full(), captured(700, "one-more"), at=T)
    again = taken(order, captured(700, "one-more"), T)
    assert "duplicate" in recorded(order, captured(700, "one-more"), T)
    assert (handed_on(again), notices(again)) == ((), ())
    loaded = order_from(state_of(order))
    assert loaded == order


def test_R41_those_beyond_what_the_order_knows_again_are_handed_on_each_time() -> None:
    """The rows have their own keys: each is kept once."""
    order = after(full(), *(captured(1, f"outside-{number}") for number in range(MAX_KNOWN)), at=T)
    first, again = (taken(order, captured(1, "beyond"), T) for _ in range(2))
    assert len(first.order.overflow) == MAX_KNOWN
    assert handed_on(first) == handed_on(again) != ()
    assert "duplicate" in recorded(order, captured(1, f"outside-{MAX_KNOWN - 1}"), T)


def test_R41_one_that_is_known_is_taken_also_when_there_is_no_room() -> None:
    order = after(new_order(capture="at_shipment"), authorized(), at=minutes(1))
    order = with_payments(order, MAX_PAYMENTS - 1)
    assert after(order, captured(), at=T).ledger.captured == TOTAL + MAX_PAYMENTS - 1
    assert "duplicate" in recorded(full(), captured(1, "small-1"), T)


def test_R41_an_authorisation_beyond_stays_outside_too() -> None:
    order = with_payments(new_order(capture="at_shipment", pay_within="P1D"), MAX_PAYMENTS)
    outcome = taken(order, authorized(), T)
    assert outcome.order.stage is Stage.PENDING_PAYMENT
    assert [fact.name for fact in handed_on(outcome)] == ["payment_authorized"]
    both = taken(outcome.order, captured(), T)
    assert [fact.name for fact in handed_on(both)] == ["payment_captured"], "a promise is let go of, a charge goes back"


def test_R41_a_payment_outside_keeps_no_order_from_expiring() -> None:
    order = with_payments(new_order(pay_within="P1D"), MAX_PAYMENTS)
    late = captured(occurred_at=hours(2))
    assert after(order, late, at=days(1)).stage is Stage.CANCELLED


def test_R41_with_fifty_payments_the_order_answers_and_ends() -> None:
    order = with_payments(full(), 400)
    assert len(order.payments) == MAX_PAYMENTS
    order = after(after(order, SHIP, at=hours(2)), DELIVERED, at=days(1))
    assert order.stage is Stage.DELIVERED
    assert json.loads(state_of(order))["payments"]


def lines_of_step(order: Order, event: Event) -> int:
    """How many lines of Python a step runs: its cost, on every machine the same."""
    lines = 0

    def count(frame: FrameType, kind: str, argument: object) -> TraceFunction:
        nonlocal lines
        lines += kind == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        taken(order, event, T)
    finally:
        sys.settrace(before)
    return lines


def test_R41_eight_times_as_many_payments_cost_a_step_about_eight_times_as_much() -> None:
    """What grew quadratically cost 60 times as much over 400 payments as over 50, and froze the order."""
    some, note = full(), AddNote(by=acknowledge("x").by, text="x")
    copies, small = range(8), MAX_PAYMENTS - 1
    payments = [replace(each, payment_id=f"{each.payment_id}-{n}") for n in copies for each in some.payments[1:]]
    refunds = [
        replace(each, refund_id=f"{each.refund_id}-{n}", payment_id=f"{each.payment_id}-{n}")
        for n in copies
        for each in some.refunds
    ]
    ledger = Ledger(captured=TOTAL + 8 * small, held=TOTAL, refunding=8 * small)
    many = replace(some, payments=(some.payments[0], *payments), refunds=tuple(refunds), ledger=ledger)
    assert lines_of_step(many, note) < 9 * lines_of_step(some, note)
