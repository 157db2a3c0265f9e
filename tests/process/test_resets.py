"""A reset in Temporal, and a start over a running order: the order goes on as it stood, nothing lives again (R38)."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from tests.process.later_orders import back, disputed, exchanging, going_back, returning, reviewed
from tests.process.orders import (
    APPROVE,
    BUYER,
    PLATFORM,
    REFUND_1,
    SELLER,
    SHIP,
    WITHDRAW,
    acknowledge,
    after,
    answered,
    asked,
    cancel,
    captured,
    clock,
    days,
    delivered,
    due,
    hours,
    minutes,
    new_order,
    notices,
    paid,
    promised,
    refunding,
    refused,
    releasing,
    request,
    rows,
    shipped,
    start,
    taken,
)
from workflows.frozen import replace
from workflows.messages.base import Message
from workflows.messages.commands import AddNote, SendMessage
from workflows.messages.refusal import Code
from workflows.messages.values import DeadlineKind, MoneyState, Role, Stage
from workflows.process.money.attention import needs_attention
from workflows.process.repeats import KEPT
from workflows.process.resets import message_come_again, order_reset, refused_start
from workflows.process.state.changes import Step
from workflows.process.state.order import Order
from workflows.start_input import order_from, state_of

T: Final = days(3)
SETTLED: Final = after(refunding(), answered(MoneyState.SUCCEEDED), at=hours(5))
EVERYWHERE: Final[dict[str, Callable[[], Order]]] = {
    "new": new_order,
    "paid": paid,
    "promised": promised,
    "asked": asked,
    "shipped": shipped,
    "delivered": delivered,
    "going back": going_back,
    "back": back,
    "disputed": disputed,
    "reviewed": reviewed,
    "returning": returning,
    "exchanging": exchanging,
    "refunding": refunding,
    "releasing": releasing,
    "settled": lambda: SETTLED,
}
ASK: Final = request(request_id="r-1")


def listed(order: Order) -> list[tuple[str, str]]:
    return [(found.kind, found.subject) for found in needs_attention(order)]


# The reset itself


@pytest.mark.parametrize("name", EVERYWHERE)
def test_R38_a_reset_is_told_and_changes_nothing_else_wherever_the_order_is(name: str) -> None:
    order = EVERYWHERE[name]()
    outcome = order_reset(order, T)
    same = replace(outcome.order, version=order.version, entry=order.entry, resets=order.resets)
    assert same == order, "stage, deadlines, ledger, everything that was remembered: as it stood"
    assert (outcome.order.version, outcome.order.entry) == (order.version + 1, order.entry + 1)
    assert listed(outcome.order) == [*listed(order), ("reset", "A-1001-reset-1")]
    assert len(outcome.effects) == 1, "no money is sent, none is looked up: only the record"


def test_R38_the_timeline_says_so_and_the_platform_is_told_what_to_do() -> None:
    outcome = order_reset(paid(), T)
    [entry] = rows(outcome)
    assert (entry.name, entry.outcome, entry.role, entry.party_id) == ("reset", "accepted", Role.PLATFORM, "temporal")
    assert (entry.at, entry.from_stage, entry.to_stage, entry.money) == (T, entry.to_stage, Stage.AWAITING_SHIPMENT, {})
    assert (entry.summary, entry.why) == ("Reset in Temporal: it goes on as it stood", None)
    [notice] = notices(outcome)
    assert (notice.role, notice.kind) == (Role.PLATFORM, "order_reset")
    assert "acknowledge A-1001-reset-1" in notice.text
    assert outcome.answer.applied


def test_R38_a_deadline_that_passed_is_left_to_the_clock_which_settles_it_at_its_own_instant() -> None:
    order = paid(ship_within="PT2H")
    outcome = order_reset(order, days(2))
    assert due(outcome.order, DeadlineKind.SHIP_BY) == minutes(121)
    assert rows(outcome)[0].name == "reset"
    assert clock(outcome.order, days(2)).stage is clock(order, days(2)).stage


def test_R38_a_settled_order_stays_settled_and_takes_the_acknowledgement() -> None:
    outcome = order_reset(SETTLED, T)
    assert (outcome.order.settled, outcome.order.closed_at) == (True, SETTLED.closed_at)
    seen = after(outcome.order, acknowledge("A-1001-reset-1"), at=T)
    assert (seen.settled, seen.closed_at, listed(seen)) == (True, SETTLED.closed_at, [])


def test_R38_of_several_resets_the_last_is_listed_and_whoever_acknowledges_it_has_seen_them_all() -> None:
    twice = order_reset(order_reset(paid(), T).order, T).order
    assert listed(twice) == [("reset", "A-1001-reset-2")]
    assert refused(twice, acknowledge("A-1001-reset-1"), T).code is Code.NOTHING_OPEN
    seen = after(twice, acknowledge("A-1001-reset-2"), at=T)
    assert listed(seen) == []
    assert listed(order_reset(seen, T).order) == [("reset", "A-1001-reset-3")], (
        "acknowledged once, it needs attention again"
    )
    assert len(order_reset(seen, T).order.acknowledged) == 0, "and what was acknowledged before is not kept for ever"


# What came with it


def with_reset(order: Order, event: Message, *known: str) -> Step | None:
    return message_come_again(order, event.name, event, frozenset((event.by.role, sent) for sent in known), T)


def test_R38_a_command_with_an_id_of_the_timeline_is_a_duplicate_however_old_it_is() -> None:
    order = after(paid(), ASK, at=hours(1))
    for number in range(KEPT):
        sent = SendMessage(by=BUYER, to=Role.SELLER, text="?", request_id=f"m-{number}")
        order = after(order, sent, at=hours(2))
    order = after(order, WITHDRAW, at=hours(2))
    assert not any(old.request_id == "r-1" for old in order.remembered)
    outcome = with_reset(order, ASK, "r-1")
    assert outcome
    assert (outcome.order, outcome.effects) == (order, ())
    assert (outcome.answer.applied, outcome.answer.version) == (False, order.version)
    assert "duplicate" in (outcome.answer.why or "")
    assert after(order, ASK, at=hours(3)).stage is Stage.CANCELLATION_PENDING, "without that it would be judged anew"


def test_R41_a_request_id_of_the_timeline_is_known_of_whoever_sent_it_and_of_nobody_else() -> None:
    """A load of before, which stands in a history, does not say whose they are: then they are everybody's."""
    for known, is_known in (((Role.SELLER, "r-1"), False), ((Role.BUYER, "r-1"), True), ((None, "r-1"), True)):
        outcome = message_come_again(paid(), ASK.name, ASK, frozenset((known,)), T)
        assert (outcome is not None) is is_known


def test_R38_one_that_is_remembered_gets_its_old_answer_also_where_only_the_order_knows_it() -> None:
    first = taken(paid(), ASK, hours(1))
    ended = after(first.order, APPROVE, at=hours(2))
    for known in (("r-1",), ()):
        outcome = with_reset(ended, ASK, *known)
        assert outcome
        assert (outcome.order, outcome.effects, outcome.answer) == (ended, (), first.answer)


def test_R38_a_command_that_was_refused_is_no_new_wish_in_a_later_state() -> None:
    ship = SHIP.model_copy(update={"request_id": "r-9"})
    assert refused(new_order(), ship, minutes(1)).code is Code.NOT_ALLOWED_NOW
    outcome = with_reset(paid(), ship, "r-9")
    assert outcome
    assert (outcome.order, outcome.effects, outcome.answer.applied) == (paid(), (), False)


def test_R38_a_known_id_with_other_content_is_judged_like_any_other_and_refused() -> None:
    order = after(paid(), ASK, at=hours(1))
    other = request(note="please", request_id="r-1")
    assert with_reset(order, other, "r-1") is None
    assert refused(order, other, T).code is Code.REQUEST_ID_REUSED


def test_R38_a_command_without_an_id_is_recorded_and_changes_nothing() -> None:
    order = paid()
    outcome = with_reset(order, cancel())
    assert outcome
    assert replace(outcome.order, entry=order.entry) == order
    [entry] = rows(outcome)
    assert (entry.entry, entry.name, entry.outcome, entry.role, entry.party_id) == (
        order.entry + 1,
        "cancel_order",
        "recorded",
        SELLER.role,
        SELLER.id,
    )
    assert "no request id" in (entry.why or "")
    assert "send it again" in (entry.why or "")
    assert (outcome.answer.applied, outcome.answer.why, notices(outcome)) == (False, entry.why, ())


def test_R2_R38_what_passed_before_it_came_is_settled_first() -> None:
    order = paid(ship_within="PT2H")
    outcome = with_reset(order, SHIP)
    assert outcome
    assert outcome.order.stage is clock(order, T).stage
    assert [entry.name for entry in rows(outcome)][-1] == "ship"
    assert len(rows(outcome)) > 1
    assert rows(outcome)[0].at < T


def test_R38_what_somebody_wrote_without_an_id_is_not_lost_and_a_note_stays_the_platforms() -> None:
    said = with_reset(paid(), SendMessage(by=BUYER, to=Role.SELLER, text="Where is it?"))
    noted = with_reset(paid(), AddNote(by=PLATFORM, text="a secret"))
    assert said
    assert noted
    assert (rows(said)[0].text, said.order.messages) == ("Where is it?", 0)
    assert (rows(noted)[0].platform_only, rows(said)[0].platform_only) == (True, False)


def test_R38_new_commands_and_every_fact_and_what_cannot_be_read_are_judged_like_any_other() -> None:
    assert with_reset(paid(), ASK, "r-2", "r-3") is None
    for fact in (captured(), captured(request_id="r-1"), captured(payment_id="p-2")):
        assert with_reset(paid(), fact, "r-1") is None, "money that came must never be lost to an id"
    assert message_come_again(paid(), "request_cancelation", None, frozenset({(Role.BUYER, "r-1")}), T) is None


# A start over a running order


def test_R38_a_start_over_a_running_order_is_refused_and_the_order_goes_on() -> None:
    order = asked()
    intruder = start(buyer_id="b-8", shipping_fee=1)
    outcome = refused_start(order, intruder, hours(2))
    assert replace(outcome.order, entry=order.entry) == order
    [entry] = rows(outcome)
    assert (entry.name, entry.outcome, entry.role, entry.party_id) == ("start", "refused", Role.BUYER, "b-8")
    assert (entry.why or "").startswith("the order is known and not settled")
    assert (entry.from_stage, entry.to_stage, entry.text, notices(outcome)) == (order.stage, order.stage, None, ())
    assert outcome.answer.applied is False


def test_R2_R38_what_passed_while_nobody_carried_the_order_is_settled_before_the_start_is_refused() -> None:
    order = paid(ship_within="PT2H")
    outcome = refused_start(order, start(), days(2))
    assert outcome.order.stage is clock(order, days(2)).stage
    names = [entry.name for entry in rows(outcome)]
    assert (names[0], names[-1]) == ("ship_by", "start")
    assert outcome.order.version == clock(order, days(2)).version


# The state


def test_the_new_fields_survive_the_states_json_and_a_state_of_before_loads_without_them() -> None:
    order = after(order_reset(paid(), T).order, acknowledge("A-1001-reset-1"), at=T)
    assert (order.resets, len(order.acknowledged)) == (1, 1)
    assert order_from(state_of(order)) == order
    before = json.loads(state_of(paid()))
    assert (before.pop("resets"), before.pop("acknowledged")) == (0, [])
    assert order_from(json.dumps(before)) == paid()


def test_R38_a_reset_beside_money_under_way_sends_nothing_twice() -> None:
    order = after(refunding(), answered(MoneyState.SUBMITTED), at=hours(4))
    outcome = order_reset(order, T)
    assert outcome.order.refunds == order.refunds
    done = after(outcome.order, answered(MoneyState.SUCCEEDED), at=T + timedelta(minutes=1))
    assert (done.settled, done.refunds[0].refund_id, listed(done)) == (True, REFUND_1, [("reset", "A-1001-reset-1")])
