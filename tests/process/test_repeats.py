"""The same message again: the same answer, and nothing done twice (R7)."""

from tests.process.orders import (
    APPROVE,
    SHIP,
    WITHDRAW,
    after,
    asked,
    captured,
    hours,
    minutes,
    new_order,
    paid,
    refunding,
    refused,
    request,
    rows,
    taken,
)
from workflows.frozen import replace
from workflows.messages.commands import SendMessage
from workflows.messages.refusal import Code
from workflows.messages.values import CancellationReason, Role, Stage
from workflows.process.repeats import KEPT
from workflows.process.state.order import Order
from workflows.start_input import order_from, state_of

ASK = request(request_id="r-1")


def messaged(order: Order, number: int) -> Order:
    event = SendMessage(by=ASK.by, to=Role.SELLER, text="?", request_id=f"m-{number}")
    return after(order, event, at=hours(2))


def test_R7_a_repeated_command_gets_the_same_answer_and_does_nothing() -> None:
    first = taken(paid(), ASK, hours(1))
    again = taken(first.order, ASK, hours(2))
    assert again.answer == first.answer
    assert (again.order, again.effects) == (first.order, ())


def test_R7_it_gets_its_old_answer_also_when_the_order_has_long_moved_on() -> None:
    first = taken(paid(), ASK, hours(1))
    ended = after(first.order, APPROVE, at=hours(2))
    assert taken(ended, ASK, hours(3)).answer == first.answer
    unpaid = taken(new_order(), ASK, minutes(1))
    assert unpaid.order.settled
    assert taken(unpaid.order, ASK, hours(3)).answer == unpaid.answer


def test_R7_a_repetition_does_not_even_settle_what_has_passed() -> None:
    first = taken(paid(ship_within="PT2H"), ASK, hours(1))
    assert rows(taken(first.order, ASK, hours(9))) == ()


def test_R7_the_same_id_with_other_content_is_refused() -> None:
    order = after(paid(), ASK, at=hours(1))
    for other in (
        request(CancellationReason.WRONG_ADDRESS, request_id="r-1"),
        request(note="please", request_id="r-1"),
        WITHDRAW.model_copy(update={"request_id": "r-1"}),
        ASK.model_copy(update={"by": ASK.by.model_copy(update={"id": "b-8"})}),
    ):
        refusal = refused(order, other, hours(2))
        assert (refusal.code, refusal.fields) == (Code.REQUEST_ID_REUSED, ("request_id",))


def test_R7_a_refused_command_is_not_remembered_and_is_judged_anew() -> None:
    ship = SHIP.model_copy(update={"request_id": "r-9"})
    assert refused(new_order(), ship, minutes(1)).code is Code.NOT_ALLOWED_NOW
    assert after(paid(), ship, at=hours(1)).stage is Stage.SHIPPED


def test_R7_a_fact_recorded_without_effect_is_not_remembered_by_its_request_id() -> None:
    order = after(paid(), captured(request_id="r-2"), at=hours(1))
    assert order.remembered == ()


def test_R7_without_a_request_id_nothing_is_deduplicated() -> None:
    order = after(asked(), WITHDRAW, request(), at=hours(2))
    assert order.remembered == ()
    assert order.cancellation_requests == 2


def test_R7_the_last_32_accepted_are_kept() -> None:
    assert KEPT == 32
    order = after(paid(), ASK, at=hours(1))
    for number in range(KEPT - 1):
        order = messaged(order, number)
    assert taken(order, ASK, hours(3)).effects == ()
    order = messaged(order, KEPT)
    assert len(order.remembered) == KEPT
    assert refused(order, ASK, hours(3)).code is Code.ALREADY_OPEN, "forgotten, so judged anew"


def test_R41_a_buyer_who_uses_the_sellers_next_request_id_locks_nobody_out() -> None:
    word = SendMessage(by=ASK.by, to=Role.SELLER, text="?", request_id="s-1")
    order = after(paid(), word, at=hours(1))
    ship = SHIP.model_copy(update={"request_id": "s-1"})
    shipped = taken(order, ship, hours(2))
    assert shipped.order.stage is Stage.SHIPPED
    assert taken(shipped.order, ship, hours(3)).answer == shipped.answer
    assert refused(shipped.order, word.model_copy(update={"text": "!"}), hours(3)).code is Code.REQUEST_ID_REUSED


def test_R41_whoever_sends_much_makes_nobody_else_forgotten() -> None:
    first = taken(paid(), SHIP.model_copy(update={"request_id": "s-1"}), hours(1))
    order = first.order
    for number in range(KEPT + 1):
        order = messaged(order, number)
    assert taken(order, SHIP.model_copy(update={"request_id": "s-1"}), hours(3)).answer == first.answer
    assert len(order.remembered) == KEPT + 1


def test_R41_what_an_order_of_before_remembers_is_still_known_and_never_said_twice() -> None:
    asked_before = after(paid(), ASK, at=hours(1))
    before = replace(asked_before, remembered=tuple(replace(old, by=None) for old in asked_before.remembered))
    state = state_of(before)
    for field in (',"by":null', ',"sent":[]', ',"on_appeal":false'):
        state = state.replace(field, "")
    assert '"by"' not in state[state.index('"remembered"') :]
    loaded = order_from(state)
    assert loaded == before
    assert taken(loaded, ASK, hours(2)).effects == ()
    assert refused(loaded, request(CancellationReason.WRONG_ADDRESS, request_id="r-1"), hours(2)).code is (
        Code.REQUEST_ID_REUSED
    )


def test_R7_a_payment_is_known_for_ever_also_when_its_request_id_is_long_forgotten() -> None:
    order = after(new_order(), captured(request_id="r-3"), at=minutes(1))
    for number in range(KEPT):
        order = after(order, captured(1, f"q-{number}", request_id=f"q-{number}"), at=minutes(2))
    assert taken(order, captured(request_id="r-3"), hours(3)).answer.applied is False


def test_R7_a_digest_is_too_long_for_two_contents_to_share_it() -> None:
    """A shorter one would answer one command with another's answer, and carry out nothing."""
    (kept,) = after(paid(), request(request_id="r-8"), at=hours(1)).remembered
    assert len(bytes.fromhex(kept.digest)) * 8 >= 128


def test_R26_what_is_remembered_carries_no_text() -> None:
    order = after(paid(), request(note="my secret reason", request_id="r-4"), at=hours(1))
    assert "secret" not in repr(order)


def test_R4_facts_of_their_own_role_are_never_refused_also_with_a_request_id_used_before() -> None:
    order = after(new_order(), captured(request_id="r-5"), at=minutes(1))
    late = taken(order, captured(payment_id="p-2", request_id="r-5"), minutes(2))
    assert late.order.ledger.refunding, "money that came in must never be lost to a reused id"


def test_R7_an_order_that_is_settled_and_woken_remembers() -> None:
    order = after(refunding(), captured(payment_id="p-7", request_id="r-6"), at=hours(4))
    assert taken(order, captured(payment_id="p-7", request_id="r-6"), hours(5)).effects == ()
