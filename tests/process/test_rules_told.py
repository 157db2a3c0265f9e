"""How business days were counted is told where a deadline is: in notices, refusals, the timeline, the view (R4)."""

import json
from datetime import date, timedelta

import pytest

from activities.languages import retold
from tests.process.orders import (
    CONFIRM,
    SHIP,
    after,
    captured,
    clock,
    days,
    hours,
    minutes,
    move,
    new_order,
    notices,
    paid,
    refused,
    taken,
    told_by_clock,
)
from workflows.messages.refusal import Code
from workflows.messages.terms import Calendar
from workflows.messages.values import DeadlineKind
from workflows.process.state.counting import Counted
from workflows.process.step import settle_deadlines
from workflows.process.telling.view import plain_view
from workflows.start_input import order_from, state_of

MINUTE = timedelta(minutes=1)
RULE = "7 business days, Sat and Sun skipped"
TOLD = f"How the time to ship is counted: {RULE}."
HOLIDAY = Calendar(holidays=(date(2026, 3, 6),))


def test_a_notice_of_a_deadline_says_how_it_is_counted() -> None:
    to_seller, to_buyer = notices(taken(new_order(), captured(), minutes(1)))
    assert to_seller.text == f"Order A-1001 is paid. Please ship it. {TOLD}"
    assert to_buyer.text.endswith(TOLD)


def test_a_window_of_fixed_length_has_nothing_to_say() -> None:
    to_seller, _ = notices(taken(new_order(ship_within="P7D"), captured(), minutes(1)))
    assert to_seller.text == "Order A-1001 is paid. Please ship it."


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "How the time to ship is counted: 7 business days, Sat, Sun and 6 Mar skipped."),
        ("de", "So berechnet sich die Frist zum Versand: 7 Werktage (ohne Samstag, Sonntag und 6. März)."),
        ("es", "Así se calcula el plazo de envío: 7 días laborables (sin contar sábado, domingo y 6 mar)."),
    ],
)
def test_a_reminder_says_it_in_the_readers_language(language: str, told: str) -> None:
    order = paid(calendar=HOLIDAY)
    [notice] = [n for n in told_by_clock(order, days(9) + MINUTE) if n.kind == "reminder"]
    assert retold(notice.text, notice.said, language).endswith(told)
    assert notice.due_at == days(10) + MINUTE


def test_the_timeline_says_it_of_a_reminder_and_the_parcel_of_its_delivery() -> None:
    _, effects = settle_deadlines(paid(), days(8) + MINUTE)
    assert [effect.entry.summary for effect in effects if hasattr(effect, "entry")] == [
        f"Reminder of the time to ship: {RULE}"
    ]
    [on_its_way] = notices(taken(paid(deliver_within="5 business days"), SHIP, hours(2)))
    assert on_its_way.text.endswith("How the time of delivery is counted: 5 business days, Sat and Sun skipped.")


def test_R2_a_refusal_says_it_of_the_deadline_that_has_passed() -> None:
    late = refused(paid(), SHIP, days(9) + MINUTE)
    assert late.code is Code.DEADLINE_PASSED
    assert late.message.startswith(
        f'"Ship Order" comes too late: the time to ship ended on Wed 11 Mar 2026, 12:01 UTC. {TOLD}'
    )


def test_a_deadline_that_somebody_has_moved_is_no_longer_counted() -> None:
    moved = after(paid(), move(DeadlineKind.SHIP_BY, days(3)), at=hours(1))
    late = refused(moved, SHIP, days(3))
    assert late.code is Code.DEADLINE_PASSED
    assert "counted" not in late.message


def test_the_view_says_it_and_keeps_of_what_it_is_made() -> None:
    [shown] = plain_view(paid())["deadlines"]
    assert shown.rule == RULE
    assert retold(shown.rule, shown.said, "de") == "7 Werktage (ohne Samstag und Sonntag)"
    [fixed] = plain_view(paid(ship_within="P7D"))["deadlines"]
    assert (fixed.rule, fixed.said) == (None, None)


def test_a_deadline_of_before_shows_the_rule_that_was_written_then() -> None:
    before = json.loads(state_of(paid()))
    [deadline] = before["deadlines"]
    del deadline["counted"]
    deadline["rule"] = "7 business days, skipped Sat 7 Mar, Sun 8 Mar"
    [shown] = plain_view(order_from(json.dumps(before)))["deadlines"]
    assert (shown.rule, shown.said) == (deadline["rule"], None)


def test_the_states_json_keeps_how_a_deadline_was_counted() -> None:
    order = paid(calendar=HOLIDAY)
    assert order.deadlines[0].counted == Counted(7, weekdays=(5, 6), holidays=(date(2026, 3, 6),))
    assert order_from(state_of(order)) == order
    lost = clock(order, days(30))
    assert lost.closed_by
    assert lost.closed_by.counted == order.deadlines[0].counted
    assert order_from(state_of(lost)) == lost


def test_R4_who_comes_after_the_end_is_told_how_the_time_was_counted_that_ended_it() -> None:
    ended = refused(clock(paid(), days(30)), CONFIRM, days(30))
    assert ended.code is Code.ORDER_CLOSED
    assert f"On Wed 11 Mar 2026, 12:01 UTC this ended: the time to ship. {TOLD}" in ended.message
