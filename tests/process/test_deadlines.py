"""Deadlines and their reminders: one clock, absolute instants, and the platform's hand on it (R2, R3, R23, R24)."""

from datetime import datetime, timedelta

import pytest

from tests.process.later_orders import open_dispute
from tests.process.orders import (
    BUYER,
    CONFIRM,
    DELIVERED,
    PLATFORM,
    SECOND,
    SHIP,
    START,
    WITHDRAW,
    after,
    answered,
    asked,
    captured,
    clock,
    days,
    delivered,
    due,
    hours,
    minutes,
    move,
    new_order,
    notices,
    paid,
    refunding,
    refused,
    request,
    rows,
    shipped,
    taken,
    told_by_clock,
)
from workflows.frozen import replace
from workflows.messages.commands import MoveDeadline, SendMessage
from workflows.messages.durations import MAX_DURATION
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import DeadlineKind, MoneyState, Role, Stage
from workflows.process.clock.deadlines import LONG_WINDOW, REMIND_BEFORE, SHORT_WINDOW, next_instant
from workflows.process.state.changes import DeadlinePassed
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order
from workflows.process.step import STAGES, refused_signal, settle_deadlines, step

K = DeadlineKind


def reminders(order: Order, at: datetime) -> list[tuple[Role, datetime | None]]:
    """Whom the clock reminds by then, and of which instant."""
    return [(n.role, n.due_at) for n in told_by_clock(order, at) if n.kind == "reminder"]


def test_R2_a_deadline_equal_to_now_has_expired() -> None:
    order = paid(ship_within="PT1H")
    assert clock(order, minutes(61) - SECOND).stage is Stage.AWAITING_SHIPMENT
    assert clock(order, minutes(61)).stage is Stage.CANCELLED


def test_R2_a_message_at_an_expired_deadline_finds_it_settled_at_its_own_instant() -> None:
    outcome = taken(shipped(), DELIVERED, days(61))
    assert [(row.name, row.at) for row in rows(outcome)] == [
        ("deliver_by", hours(2) + timedelta(days=60)),
        ("parcel_delivered", days(61)),
    ]


def test_R2_a_refused_update_changes_nothing_and_a_refused_signal_settles_what_has_passed() -> None:
    order = paid(ship_within="PT1H")
    with pytest.raises(Refused) as caught:
        step(order, SHIP, hours(2))
    outcome = refused_signal(order, "ship", SHIP, caught.value, hours(2))
    assert outcome.order.stage is Stage.CANCELLED
    assert [(row.name, row.outcome) for row in rows(outcome)] == [("ship_by", "deadline"), ("ship", "refused")]
    assert outcome.order.version == order.version + 1, "the deadline counts, the refused signal does not"
    assert outcome.order.entry == order.entry + 2


def test_R2_settling_is_idempotent() -> None:
    settled, _ = settle_deadlines(shipped(), days(300))
    assert settle_deadlines(settled, days(300)) == (settled, ())


def test_R3_leaving_a_stage_ends_its_deadlines() -> None:
    assert {d.kind for d in paid().deadlines} == {K.SHIP_BY}
    assert {d.kind for d in asked().deadlines} == {K.SHIP_BY, K.RESPOND_BY}
    assert {d.kind for d in after(asked(), WITHDRAW, at=hours(2)).deadlines} == {K.SHIP_BY}
    assert {d.kind for d in shipped().deadlines} == {K.DELIVER_BY}
    assert {d.kind for d in delivered().deadlines} == {K.PROTECTED_UNTIL}
    assert after(delivered(), CONFIRM, at=days(2)).deadlines == ()


def test_R3_money_is_watched_from_stage_to_stage() -> None:
    order = after(new_order(), captured(5), answered(MoneyState.SUBMITTED), captured(payment_id="p-2"), at=minutes(1))
    watched = {K.REFUND_EXPECTED_BY, K.REFUND_ALERT_AT}
    assert {d.kind for d in order.deadlines} == {K.SHIP_BY, *watched}
    assert {d.kind for d in after(order, SHIP, at=hours(1)).deadlines} == {K.DELIVER_BY, *watched}


def test_R2_ties_are_settled_in_the_order_of_the_kinds() -> None:
    assert [kind.value for kind in K] == [
        "pay_by",
        "ship_by",
        "ship_no_later_than",
        "respond_by",
        "deliver_by",
        "return_by",
        "inspect_by",
        "return_ship_by",
        "protected_until",
        "answer_by",
        "inform_by",
        "decide_by",
        "decide_no_later_than",
        "appeal_by",
        "refund_expected_by",
        "refund_alert_at",
        "chargeback_alert_at",
    ], "the order of section 7"
    order = after(refunding(refund_expected_within="PT1H", refund_alert_after="PT1H"), answered(MoneyState.SUBMITTED),
                  at=hours(4))  # fmt: skip
    assert [d.kind for d in order.deadlines] == [K.REFUND_EXPECTED_BY, K.REFUND_ALERT_AT]
    moved = after(asked(), move(K.SHIP_BY, hours(9)), move(K.RESPOND_BY, hours(9)), at=hours(2))
    assert [d.kind for d in moved.deadlines] == [K.SHIP_BY, K.RESPOND_BY]


@pytest.mark.parametrize(
    ("window", "remind_after"),
    [
        (LONG_WINDOW + SECOND, LONG_WINDOW + SECOND - REMIND_BEFORE),
        (LONG_WINDOW, LONG_WINDOW / 2),
        (timedelta(hours=10), timedelta(hours=5)),
        (SHORT_WINDOW, SHORT_WINDOW / 2),
        (SHORT_WINDOW - SECOND, None),
    ],
)
def test_R23_a_reminder_comes_a_day_before_a_long_window_ends_or_half_way_and_never_in_a_short_one(
    window: timedelta, remind_after: timedelta | None
) -> None:
    order = after(new_order(ship_within=f"PT{window.total_seconds():.0f}S"), captured(), at=START)
    ship_by = START + window
    if remind_after is None:
        assert order.deadlines[0].remind_at is None
        assert reminders(order, ship_by - SECOND) == []
        return
    assert order.deadlines[0].remind_at == START + remind_after
    assert reminders(order, START + remind_after - SECOND) == []
    assert reminders(order, START + remind_after) == [(Role.SELLER, ship_by)]


def test_R23_there_is_one_reminder_and_the_clock_is_armed_for_it() -> None:
    order = paid(ship_within="PT10H")
    assert next_instant(order) == minutes(301)
    reminded = clock(order, minutes(301))
    assert reminded.deadlines[0].remind_at is None
    assert next_instant(reminded) == minutes(601)
    assert reminders(reminded, minutes(600)) == []
    assert (reminded.version, reminded.entry) == (order.version, order.entry + 1)


def test_R23_a_reminder_of_a_deadline_that_has_passed_too_comes_to_nothing() -> None:
    assert reminders(paid(ship_within="PT10H"), hours(20)) == []


def test_R23_each_kind_reminds_its_own_party_and_other_kinds_nobody() -> None:
    assert reminders(asked(respond_within="PT10H"), hours(6)) == [(Role.SELLER, hours(11))]
    escalated = clock(asked(on_seller_silence="ask_platform", ship_within="P20D"), hours(73))
    assert reminders(escalated, hours(97)) == [(Role.PLATFORM, hours(121))]
    assert reminders(delivered(protect_for="PT10H"), days(1) + timedelta(hours=5)) == [
        (Role.BUYER, days(1) + timedelta(hours=10))
    ]
    assert reminders(new_order(pay_within="PT10H"), hours(9)) == []
    assert reminders(shipped(deliver_within="P10D"), days(10)) == []
    watched = after(refunding(), answered(MoneyState.SUBMITTED), at=hours(4))
    assert all(d.remind_at is None for d in watched.deadlines)


def test_R23_a_reminder_and_an_earlier_deadline_come_in_their_order() -> None:
    order = asked(respond_within="PT2H", ship_within="PT10H")
    names = [(e.entry.name, e.entry.outcome) for e in settle_deadlines(order, hours(6))[1] if hasattr(e, "entry")]
    assert names == [("respond_by", "deadline"), ("ship_by", "reminder")]


def test_R23_the_clock_is_armed_for_nothing_when_nothing_is_pending() -> None:
    assert next_instant(refunding()) is None


def test_R24_the_platform_moves_a_running_deadline_in_the_open() -> None:
    outcome = taken(paid(), move(K.SHIP_BY, days(3)), hours(1))
    deadline = outcome.order.deadlines[0]
    assert (deadline.at, deadline.counted, deadline.remind_at) == (days(3), None, days(2))
    assert [n.role for n in notices(outcome)] == [Role.BUYER, Role.SELLER]
    (row,) = rows(outcome)
    assert (row.role, row.text) == (Role.PLATFORM, "agreed on the phone")
    assert row.summary == (
        "Moved by the platform: the time to ship ends on Thu 5 Mar 2026, 12:00 UTC, no longer on Wed 11 Mar 2026, "
        "12:01 UTC"
    )
    assert {notice.text for notice in notices(outcome)} == {
        "The platform has moved a deadline of order A-1001: the time to ship now ends on Thu 5 Mar 2026, 12:00 UTC."
    }


def test_a_deadline_is_moved_to_an_instant_after_now_and_not_beyond_the_longest_window() -> None:
    order = paid()
    for wrong in (hours(1), hours(0), hours(1) + MAX_DURATION + SECOND):
        refusal = refused(order, move(K.SHIP_BY, wrong), hours(1))
        assert (refusal.code, refusal.fields) == (Code.INVALID, ("to",))
    for right in (hours(1) + SECOND, hours(1) + MAX_DURATION):
        assert due(after(order, move(K.SHIP_BY, right), at=hours(1)), K.SHIP_BY) == right


def test_only_a_running_deadline_is_moved_and_the_refusal_names_those_that_run() -> None:
    refusal = refused(asked(), move(K.PAY_BY, days(3)), hours(2))
    assert refusal.code is Code.NOTHING_OPEN
    assert refusal.message == (
        "Not running now: the time to pay. Running: the time to answer the request and the time to ship."
    )


def test_R23_a_moved_deadline_is_reminded_of_anew() -> None:
    order = clock(paid(ship_within="P10D"), days(9.5))
    assert [deadline.remind_at for deadline in order.deadlines] == [None], "reminded once"
    moved = after(order, move(K.SHIP_BY, days(20)), at=days(9.5))
    assert [deadline.remind_at for deadline in moved.deadlines] == [days(19)]
    assert [notice.kind for notice in told_by_clock(moved, days(19))] == ["reminder"]


def test_a_deadline_that_watches_the_provider_is_not_moved() -> None:
    order = after(refunding(), answered(MoneyState.SUBMITTED), at=hours(4))
    for kind in (K.REFUND_EXPECTED_BY, K.REFUND_ALERT_AT):
        assert refused(order, move(kind, days(3)), hours(4)).code is Code.NOT_ALLOWED_NOW


def test_only_the_platform_moves_deadlines() -> None:
    event = MoveDeadline(by=BUYER, deadline=K.SHIP_BY, to=days(3), note="please")
    assert refused(paid(), event, hours(1)).code is Code.WRONG_ROLE


def test_a_moved_deadline_that_has_passed_cannot_be_moved_back() -> None:
    assert refused(paid(ship_within="PT1H"), move(K.SHIP_BY, days(3)), minutes(61)).code is not Code.INVALID
    assert clock(paid(ship_within="PT1H"), minutes(61)).stage is Stage.CANCELLED


def test_R3_messages_and_notes_start_and_end_no_deadline() -> None:
    order = asked()
    note = SendMessage(by=PLATFORM, to=Role.BUYER, text="hello")
    assert after(order, note, at=hours(2)).deadlines == order.deadlines


def test_R10_a_request_keeps_ship_by_and_its_reminder() -> None:
    order = paid(ship_within="P5D")
    assert due(after(order, request(), at=hours(1)), K.SHIP_BY) == due(order, K.SHIP_BY)


FOREIGN = [(stage, DeadlineKind.REFUND_ALERT_AT) for stage in STAGES]
FOREIGN += [(stage, DeadlineKind.PAY_BY) for stage in STAGES if stage is not Stage.PENDING_PAYMENT]
"""Deadlines of which a stage decides nothing: the provider's in every one, the payment's in all but the first."""


@pytest.mark.parametrize(("stage", "kind"), FOREIGN)
def test_a_deadline_that_a_stage_does_not_name_is_our_bug_and_moves_nothing(stage: Stage, kind: DeadlineKind) -> None:
    """Taken for one that it does name it would refund or pay out."""
    order = after(delivered(), open_dispute(), at=days(3)) if stage is Stage.DISPUTED else replace(paid(), stage=stage)
    passed = DeadlinePassed(Deadline(days(9), kind, Role.BUYER))
    with pytest.raises(AssertionError, match=kind):
        STAGES[stage](order, passed, days(9))
