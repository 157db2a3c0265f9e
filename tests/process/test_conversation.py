"""Beside the story: messages, notes, and what the timeline keeps of everything that happened (R25, R26, R27)."""

from typing import Any

import pytest

from tests.process.orders import (
    APPROVE,
    BUYER,
    CARRIER,
    PLATFORM,
    SELLER,
    SHIP,
    TOTAL,
    after,
    answered,
    asked,
    cancel,
    captured,
    delivered,
    hours,
    minutes,
    move,
    new_order,
    notices,
    paid,
    recorded,
    refunding,
    refused,
    release_news,
    releasing,
    request,
    rows,
    shipped,
    start,
    taken,
)
from workflows.frozen import replace
from workflows.messages.attachments import Attachment
from workflows.messages.authorizations import PaymentVoided
from workflows.messages.chargebacks import RefundReported
from workflows.messages.commands import MESSAGES, AddNote, PaymentFailed, SendMessage
from workflows.messages.fields import MAX_TEXT
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import say
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Party, Role, Stage
from workflows.process.state.order import Order
from workflows.process.step import open_order, refused_signal, settle_deadlines
from workflows.process.story.conversation import MAX_MESSAGES, MAX_MESSAGES_OF_PLATFORM
from workflows.process.telling.timeline import TEXTS

WORD = SendMessage(by=BUYER, to=Role.SELLER, text="Where is it?")
NOTE = AddNote(by=PLATFORM, text="the buyer called")


def test_R26_a_message_is_told_and_counted_and_its_text_stands_in_the_timeline_alone() -> None:
    outcome = taken(paid(), WORD, hours(1))
    assert outcome.order.messages == 1
    assert rows(outcome)[0].text == "Where is it?"
    assert [(n.role, n.party_id) for n in notices(outcome)] == [(Role.SELLER, "s-3")]
    assert "Where is it" not in repr(outcome.order)


def test_messages_and_notes_are_possible_until_the_order_is_settled() -> None:
    for order in (new_order(), paid(), asked(), shipped(), delivered(), refunding(), releasing()):
        at = minutes(2) if order.stage is Stage.PENDING_PAYMENT else hours(49)
        for event in (WORD, NOTE):
            assert after(order, event, at=at).stage is order.stage
    settled = after(releasing(), release_news(MoneyState.SUCCEEDED), at=hours(49))
    for event in (WORD, NOTE):
        assert refused(settled, event, hours(50)).code is Code.ORDER_CLOSED


def test_R41_each_side_sends_100_messages_the_platform_200_and_nobody_uses_up_the_others() -> None:
    assert (MAX_MESSAGES, MAX_MESSAGES_OF_PLATFORM) == (100, 200)
    order = paid()
    for by, to, limit in ((BUYER, Role.SELLER, 100), (SELLER, Role.BUYER, 100), (PLATFORM, Role.BUYER, 200)):
        word = SendMessage(by=by, to=to, text="?")
        order = after(order, *[word] * limit, at=hours(1))
        refusal = refused(order, word, hours(1))
        assert (refusal.code, f"at most {limit}" in refusal.message) == (Code.LIMIT_REACHED, True)
    assert after(order, NOTE, at=hours(1)).messages == 400


def test_R41_messages_of_an_order_that_was_recorded_before_count_against_nobody() -> None:
    before = replace(paid(), messages=MAX_MESSAGES)
    assert after(before, WORD, at=hours(1)).messages == MAX_MESSAGES + 1


def test_a_note_is_the_platforms_alone() -> None:
    outcome = taken(paid(), NOTE, hours(1))
    assert (rows(outcome)[0].platform_only, notices(outcome)) == (True, ())
    assert not rows(taken(paid(), WORD, hours(1)))[0].platform_only
    assert refused(paid(), NOTE.model_copy(update={"by": SELLER}), hours(1)).code is Code.WRONG_ROLE


def test_a_message_to_the_platform_reaches_whoever_is_on_duty() -> None:
    outcome = taken(paid(), SendMessage(by=BUYER, to=Role.PLATFORM, text="help"), hours(1))
    assert [(n.role, n.party_id) for n in notices(outcome)] == [(Role.PLATFORM, "")]


def test_a_carrier_sends_no_messages() -> None:
    assert refused(paid(), WORD.model_copy(update={"by": CARRIER}), hours(1)).code is Code.WRONG_ROLE


def test_attachments_stand_in_the_timeline() -> None:
    file = Attachment(uri="https://x.example/1.jpg", sha256="0" * 64, media_type="image/jpeg", size=1)
    outcome = taken(paid(), SendMessage(by=BUYER, to=Role.SELLER, text="look", attachments=(file,)), hours(1))
    assert rows(outcome)[0].attachments == (file,)
    assert "s3://" not in repr(outcome.order)


def test_R25_the_first_row_is_the_start() -> None:
    (row,) = rows(open_order(start(), hours(0)))
    assert (row.entry, row.name, row.role, row.party_id, row.from_stage) == (1, "start", Role.BUYER, "b-7", None)
    assert row.to_stage is Stage.PENDING_PAYMENT


def test_R25_a_row_says_who_what_when_from_where_to_where_and_which_money_it_moved() -> None:
    (row,) = rows(taken(asked(), APPROVE.model_copy(update={"request_id": "r-1", "note": "fine"}), hours(2)))
    assert (row.role, row.party_id, row.name, row.at) == (Role.SELLER, "s-3", "decide_cancellation", hours(2))
    assert (row.from_stage, row.to_stage) == (Stage.CANCELLATION_PENDING, Stage.CANCELLED)
    assert row.money == {"held": -TOTAL, "refunding": TOTAL}
    assert (row.outcome, row.request_id, row.text) == ("accepted", "r-1", "fine")


def test_R25_the_clocks_rows_are_the_systems() -> None:
    effects = settle_deadlines(paid(), hours(24 * 30))[1]
    entries = [e.entry for e in effects if hasattr(e, "entry")]
    assert [(row.role, row.name, row.outcome) for row in entries] == [(Role.SYSTEM, "ship_by", "deadline")]


def test_R25_a_recorded_fact_says_why() -> None:
    why = recorded(paid(), captured(), hours(1))
    assert "duplicate" in why


def test_R25_a_refused_signal_is_a_row_with_its_reason_and_without_its_text() -> None:
    event = request(CancellationReason.WRONG_ADDRESS, note="a secret")
    outcome = refused_signal(
        shipped(), "request_cancellation", event, Refused(Code.ALREADY_SHIPPED, say("It is gone.")), hours(3)
    )
    (row,) = rows(outcome)
    assert (row.outcome, row.role, row.party_id, row.text) == ("refused", Role.BUYER, "b-7", None)
    assert row.why == "It is gone."
    assert outcome.order.version == shipped().version
    assert outcome.order.entry == shipped().entry + 1


def test_R25_a_signal_that_was_not_even_a_message_is_a_row_too() -> None:
    outcome = refused_signal(paid(), "shipp", None, Refused(Code.INVALID, say("No such name.")), hours(3))
    assert (rows(outcome)[0].name, rows(outcome)[0].role) == ("shipp", Role.SYSTEM)


def test_R25_entries_count_rows_and_versions_count_what_was_accepted() -> None:
    order = after(paid(), captured(), WORD, at=hours(1))
    assert order.version == paid().version + 1
    assert order.entry == paid().entry + 2


@pytest.mark.parametrize("order", [new_order(), paid(), asked()])
def test_R27_the_platform_may_cancel_for_its_own_error_while_nothing_is_shipped(order: Order) -> None:
    ended = after(order, cancel(PLATFORM, CancellationReason.STAFF_ERROR), at=minutes(3))
    assert (ended.stage, ended.fault) == (Stage.CANCELLED, Role.PLATFORM)


def test_R27_and_is_refused_afterwards() -> None:
    staff_error = cancel(PLATFORM, CancellationReason.STAFF_ERROR)
    assert refused(shipped(), staff_error, hours(3)).code is Code.ALREADY_SHIPPED
    assert refused(refunding(), staff_error, hours(4)).code is Code.ORDER_CLOSED


def test_R1_what_the_engine_told_is_in_the_answer() -> None:
    outcome = taken(paid(), SHIP, hours(2))
    assert outcome.answer.stage is Stage.SHIPPED
    assert outcome.answer.deadline
    assert (outcome.answer.deadline.kind, outcome.answer.waiting_on) == ("deliver_by", "carrier")
    assert outcome.answer.version == outcome.order.version


def test_nobody_speaks_for_another_order() -> None:
    other = WORD.model_copy(update={"by": Party(role=Role.SELLER, id="s-4")})
    assert refused(paid(), other, hours(1)).code is Code.NOT_YOUR_ORDER


def test_an_answer_of_the_provider_is_the_providers_row() -> None:
    (row,) = rows(taken(refunding(), answered(MoneyState.SUBMITTED), hours(4)))
    assert (row.role, row.name) == (Role.PAYMENT_PROVIDER, "provider_answered")


@pytest.mark.parametrize("name", MESSAGES)
def test_R26_whatever_a_person_can_write_is_kept_in_the_timeline(name: str) -> None:
    """A field of text that the timeline does not know would be taken, and read by nobody."""
    shapes = MESSAGES[name].model_json_schema()["properties"].items()
    written = {field for field, shape in shapes for one in (shape, *shape.get("anyOf", ())) if _of_text(one)}
    with_reason = issubclass(MESSAGES[name], PaymentFailed | PaymentVoided | RefundReported)
    assert written <= {*TEXTS, *(("reason",) if with_reason else ())}


def _of_text(shape: dict[str, Any]) -> bool:
    return shape.get("maxLength") == MAX_TEXT


def test_an_instant_that_cannot_be_is_wrong_also_for_a_deadline_that_cannot_be_moved() -> None:
    assert refused(refunding(), move(DeadlineKind.REFUND_ALERT_AT, hours(1)), hours(4)).code is Code.INVALID
    assert refused(refunding(), move(DeadlineKind.REFUND_ALERT_AT, hours(9)), hours(4)).code is Code.NOT_ALLOWED_NOW
