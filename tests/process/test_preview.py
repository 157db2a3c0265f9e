"""What a command would do is what it does, and asking changes nothing; and what a field can be is what is taken."""

import json
from datetime import timedelta
from typing import Any

import pytest

from starter.reference.examples import BEGIN, EXAMPLES, START, STEP, body
from workflows.asked import previewed
from workflows.messages.answers import Preview
from workflows.messages.cancellation import CancelOrder, DecideCancellation
from workflows.messages.commands import MoveDeadline, SendMessage
from workflows.messages.decoding import decode, decode_as
from workflows.messages.disputes import OpenDispute
from workflows.messages.durations import MAX_DURATION
from workflows.messages.offers import AcceptOffer
from workflows.messages.refusal import Code, Refusal
from workflows.messages.sentences import say
from workflows.messages.start import StartOrder
from workflows.messages.values import Role
from workflows.process.choices import possible_choices
from workflows.process.preview import preview_of
from workflows.process.state.order import Order
from workflows.process.step import open_order, step


def after(*names: str) -> Order:
    """The order of the examples, after these, ten minutes apart."""
    order, now = open_order(decode_as(StartOrder, say("The order"), json.dumps(START).encode()), BEGIN).order, BEGIN
    for name in names:
        now += STEP
        order = step(order, decode(name, said(name)), now).order
    return order


def said(name: str, **changes: Any) -> bytes:
    return json.dumps(body(name, {**EXAMPLES[name].fields, **changes})).encode()


LATER = BEGIN + 10 * STEP


def test_a_preview_is_the_step_and_changes_nothing() -> None:
    order = after("payment_captured", "request_cancellation")
    approving = decode("decide_cancellation", said("decide_cancellation"))
    taken = step(order, approving, LATER)
    shown = preview_of(order, approving, LATER)
    assert shown.answer == taken.answer
    assert shown.money == {"held": -2_299, "refunding": 2_299}
    assert [one.to for one in shown.told] == [Role.BUYER, Role.SELLER]
    assert "22.99 USD go back" in shown.told[0].text
    assert order == after("payment_captured", "request_cancellation")


def test_what_would_be_refused_is_refused_with_what_is_possible_instead() -> None:
    order = after("payment_captured")
    shown = previewed(order, said("confirm_receipt")[:-1] + b', "name": "confirm_receipt"}', LATER)
    assert isinstance(shown, Refusal)
    assert shown.code is Code.NOT_ALLOWED_NOW
    assert "request_cancellation" in [one.action for one in shown.instead]


def test_a_clock_that_runs_too_far_ahead_is_refused_by_name() -> None:
    """At the end of all dates no window could begin; as far as a deadline may lie ahead one may look."""
    asked = json.loads(said("add_note")) | {"name": "add_note"}
    for ahead, fits in ((MAX_DURATION, True), (MAX_DURATION + timedelta(seconds=1), False)):
        shown = previewed(after(), json.dumps(asked | {"at": (LATER + ahead).isoformat()}).encode(), LATER)
        assert isinstance(shown, Refusal), "by then the order has ended, or nobody is told"
        assert (shown.fields == ("at",)) is not fits
    last = previewed(after(), json.dumps(asked | {"at": "9999-12-31T23:59:59Z"}).encode(), LATER)
    assert isinstance(last, Refusal)
    assert (last.code, last.fields) == (Code.INVALID, ("at",))


@pytest.mark.parametrize(
    "asked", [b"", b"[]", b"{", b'{"name": 1}', b'{"name": "fly"}', b"[" * 100_000, b'{"name": "ship", "at": "soon"}']
)
def test_a_question_that_is_none_is_answered_with_what_is_wrong(asked: bytes) -> None:
    shown = previewed(after(), asked, LATER)
    assert isinstance(shown, Refusal)
    assert shown.code is Code.INVALID


def test_the_deadlines_shown_are_those_that_would_begin_now() -> None:
    """An order's own clock stands still between its messages; the asker's does not."""
    order, now = after("payment_captured"), LATER + timedelta(hours=5)
    asked = json.loads(said("request_cancellation")) | {"name": "request_cancellation", "at": now.isoformat()}
    shown = previewed(order, json.dumps(asked).encode(), BEGIN)
    assert isinstance(shown, Preview)
    begun = step(order, decode("request_cancellation", said("request_cancellation")), now).order
    assert [one.at for one in shown.deadlines] == [one.at for one in begun.deadlines]
    assert shown.deadlines[0].at > now


def test_words_are_offered_that_the_role_may_choose() -> None:
    order = after("payment_captured")
    assert "out_of_stock" in possible_choices(order, Role.SELLER, CancelOrder, LATER)["reason"]
    assert set(possible_choices(order, Role.PLATFORM, CancelOrder, LATER)["reason"]) == {
        "fraud",
        "policy",
        "staff_error",
    }
    assert possible_choices(order, Role.BUYER, SendMessage, LATER)["to"] == ("seller", "platform")
    assert possible_choices(order, Role.BUYER, AcceptOffer, LATER) == {}


def test_things_of_the_order_are_offered_that_are_there() -> None:
    order = after("payment_captured", "ship", "parcel_delivered", "make_offer")
    assert possible_choices(order, Role.BUYER, AcceptOffer, LATER)["offer_id"] == ("A-1001-offer-1",)
    assert possible_choices(order, Role.PLATFORM, MoveDeadline, LATER)["deadline"] == ("protected_until",)


def test_a_field_for_which_no_try_speaks_is_not_narrowed() -> None:
    """To approve needs no reason, so none of them can be tried, and all of them stand."""
    order = after("payment_captured", "request_cancellation")
    assert "reason" not in possible_choices(order, Role.SELLER, DecideCancellation, LATER)


def test_a_word_that_some_other_field_would_need_is_offered() -> None:
    """A partial refund needs an amount, and some reasons evidence: that is for the form to ask."""
    order = after("payment_captured", "ship", "parcel_delivered")
    offered = possible_choices(order, Role.BUYER, OpenDispute, LATER)
    assert "damaged" in offered["reason"]
    assert "partial_refund" in offered["requested_resolution"]
