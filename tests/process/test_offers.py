"""Negotiation: offers of every resolution, who answers them, when they lapse, and what they lead to (R17).

A return agreed on before delivery lives in `test_agreed_returns.py`.
"""

import pytest

from tests.process.later_orders import (
    CONTEST,
    accept,
    ask,
    back,
    decline,
    dispute_of,
    disputed,
    exchanging,
    going_back,
    money_of,
    offer,
    open_dispute,
    receive,
    returning,
    reviewed,
)
from tests.process.orders import (
    BUYER,
    CARRIER,
    CONFIRM,
    DELIVERED,
    PLATFORM,
    SECOND,
    SELLER,
    SHIP,
    TOTAL,
    after,
    asked,
    calls,
    clock,
    days,
    delivered,
    hours,
    new_order,
    notices,
    paid,
    refused,
    releasing,
    request,
    rows,
    shipped,
    taken,
)
from workflows.messages.base import Message
from workflows.messages.refusal import Code
from workflows.messages.values import ClosingReason, Role, Stage
from workflows.messages.vocabulary import Inspection, Phase, Resolution
from workflows.process.allowed import allowed_actions
from workflows.process.state.order import Order
from workflows.process.story.offers import MAX_OFFERS
from workflows.process.telling.view import order_label

FULL, PARTIAL, VOUCHER = Resolution.FULL_REFUND, Resolution.PARTIAL_REFUND, Resolution.VOUCHER
RETURN, EXCHANGE = Resolution.RETURN_AND_REFUND, Resolution.EXCHANGE
PART = 1_000


def states(order: Order) -> list[str]:
    return [made.state for made in order.offers]


def test_R17_an_offer_has_an_id_and_tells_the_other_side() -> None:
    outcome = taken(delivered(), offer(PARTIAL, PART), days(2))
    assert outcome.answer.offer_id == "A-1001-offer-1"
    assert [notice.role for notice in notices(outcome)] == [Role.BUYER]
    assert money_of(outcome.order) == (0, 0, 0, TOTAL)


def test_R17_one_open_offer_per_side_and_a_new_one_replaces_it() -> None:
    order = after(delivered(), offer(PARTIAL, PART), offer(FULL, by=BUYER), offer(VOUCHER, 500), at=days(2))
    assert states(order) == ["replaced", "open", "open"]
    assert refused(order, accept(1), days(2)).code == Code.NOTHING_OPEN


def test_R17_the_other_side_answers_and_only_it() -> None:
    order = after(delivered(), offer(PARTIAL, PART), at=days(2))
    assert refused(order, accept(by=SELLER), days(2)).code == Code.WRONG_ROLE
    assert refused(order, decline(by=SELLER), days(2)).code == Code.WRONG_ROLE
    assert states(after(order, decline(), at=days(2))) == ["declined"]


def test_R17_an_offer_that_does_not_exist_is_named() -> None:
    refusal = refused(delivered(), accept(7), days(2))
    assert (refusal.code, refusal.fields) == (Code.INVALID, ("offer_id",))


@pytest.mark.parametrize("order", [paid(), shipped(), going_back(), back(), delivered()])
def test_R17_outside_a_dispute_a_full_refund_ends_the_order(order: Order) -> None:
    ended = after(order, offer(FULL), accept(), at=days(2))
    assert (ended.stage.closed, ended.reason, money_of(ended)) == (True, ClosingReason.AGREEMENT, (TOTAL, 0, 0, 0))


def test_R17_outside_a_dispute_a_part_and_a_voucher_leave_stage_and_deadlines_as_they_are() -> None:
    order = shipped()
    part = taken(after(order, offer(PARTIAL, PART), at=hours(3)), accept(), hours(3))
    assert (part.order.stage, part.order.deadlines) == (Stage.SHIPPED, order.deadlines)
    assert (money_of(part.order), [call.amount for call in calls(part)]) == ((PART, 0, 0, TOTAL - PART), [PART])
    voucher = after(order, offer(VOUCHER, 10**6), accept(), at=hours(3))
    assert (voucher.deadlines, money_of(voucher)) == (order.deadlines, (0, 0, 0, TOTAL))


def test_R17_after_a_part_went_back_the_rest_is_what_a_full_refund_is() -> None:
    order = after(paid(), offer(PARTIAL, PART), accept(), request(), at=hours(1))
    assert money_of(order) == (PART, 0, 0, TOTAL - PART)
    refusal = refused(after(order, at=hours(1)), offer(PARTIAL, TOTAL - PART), hours(1))
    assert refusal.code == Code.NOT_ALLOWED_NOW, "not while a cancellation is pending"


def test_R17_in_a_dispute_an_accepted_offer_is_the_decision() -> None:
    for order in (disputed(), reviewed(), after(reviewed(), ask(), at=days(3))):
        ended = after(order, offer(PARTIAL, PART), accept(), at=days(3))
        decision = dispute_of(ended).decision
        assert decision
        assert (decision.by, decision.amount, ended.reason) == ("agreement", PART, ClosingReason.AGREEMENT)
        assert money_of(ended) == (PART, 0, TOTAL - PART, 0)


def test_R17_in_a_dispute_a_voucher_means_no_refund() -> None:
    ended = after(disputed(), offer(VOUCHER, 500), accept(), at=days(3))
    assert (ended.stage, ended.reason) == (Stage.COMPLETED, ClosingReason.AGREEMENT)
    decision = dispute_of(ended).decision
    assert decision
    assert (decision.outcome, decision.amount) == (Resolution.NO_REFUND, None)


def test_R17_delivered_goods_go_back_or_are_exchanged_as_offered() -> None:
    assert after(delivered(), offer(RETURN), accept(), at=days(2)).stage is Stage.RETURNING_GOODS
    assert after(delivered(), offer(EXCHANGE), accept(), at=days(2)).stage is Stage.EXCHANGING


@pytest.mark.parametrize(
    ("order", "resolution"),
    [
        (paid(), RETURN),
        (back(), RETURN),
        (paid(), EXCHANGE),
        (shipped(), EXCHANGE),
        (going_back(), EXCHANGE),
    ],
)
def test_R31_what_cannot_be_carried_out_cannot_be_offered(order: Order, resolution: Resolution) -> None:
    assert refused(order, offer(resolution), days(2)).code == Code.REASON_NOT_ALLOWED


@pytest.mark.parametrize("order", [new_order(), asked(), exchanging()])
def test_R17_offers_have_their_stages(order: Order) -> None:
    at = hours(0.2) if order_label(order) == "Pending Payment" else days(3)
    assert refused(order, offer(FULL), at).code == Code.NOT_ALLOWED_NOW


def test_R17_after_closing_nothing_is_offered() -> None:
    assert refused(releasing(), offer(FULL), days(3)).code == Code.ORDER_CLOSED


def test_R17_every_change_of_stage_or_phase_lapses_an_offer() -> None:
    for order, event in ((paid(), SHIP), (shipped(), DELIVERED), (delivered(), open_dispute()), (disputed(), CONTEST)):
        offered = after(order, offer(PARTIAL, PART), at=days(2))
        moved = after(offered, event, at=days(2))
        assert states(moved) == ["lapsed"]
        assert refused(moved, accept(), days(2)).code == Code.NOTHING_OPEN


def test_R17_an_amount_that_no_longer_fits_lapses() -> None:
    both = (offer(PARTIAL, 2_000), offer(PARTIAL, PART, by=BUYER))
    order = after(delivered(), *both, at=days(2))
    assert states(after(order, accept(2, by=SELLER), at=days(2))) == ["lapsed", "accepted"]


def test_R41_each_side_makes_sixteen_offers_and_uses_up_none_of_the_other_sides() -> None:
    assert MAX_OFFERS == 16
    order = delivered()
    for _ in range(MAX_OFFERS):
        order = after(order, offer(VOUCHER, 1), at=days(2))
    assert len(order.offers) == MAX_OFFERS
    refusal = refused(order, offer(VOUCHER, 1), days(2))
    assert (refusal.code, "at most 16" in refusal.message) == (Code.LIMIT_REACHED, True)
    for _ in range(MAX_OFFERS):
        order = after(order, offer(VOUCHER, 1, by=BUYER), at=days(2))
    assert len(order.offers) == 2 * MAX_OFFERS
    assert refused(order, offer(VOUCHER, 1, by=BUYER), days(2)).code == Code.LIMIT_REACHED


def test_R17_offers_are_for_the_two_sides() -> None:
    for party in (PLATFORM, CARRIER):
        assert refused(delivered(), offer(FULL, by=party), days(2)).code == Code.WRONG_ROLE
        order = after(delivered(), offer(FULL), at=days(2))
        assert refused(order, accept(by=party), days(2)).code == Code.WRONG_ROLE


def test_R17_an_offer_is_answered_once() -> None:
    order = after(delivered(), offer(VOUCHER, 500), at=days(2))
    for answer in (accept(), decline()):
        answered_once = after(order, answer, at=days(2))
        for again in (accept(), decline()):
            assert refused(answered_once, again, days(2)).code == Code.NOTHING_OPEN


def test_R17_each_side_is_told_what_becomes_of_its_offer() -> None:
    for by, other, role in ((SELLER, BUYER, Role.SELLER), (BUYER, SELLER, Role.BUYER)):
        order = after(delivered(), offer(VOUCHER, 500, by=by), at=days(2))
        assert "5.00 USD" in rows(taken(order, decline(by=other), days(2)))[-1].summary
        assert (role, "offer_accepted") in {(n.role, n.kind) for n in notices(taken(order, accept(by=other), days(2)))}
        assert [(n.role, n.kind) for n in notices(taken(order, decline(by=other), days(2)))] == [
            (role, "offer_declined")
        ]


def test_R17_the_history_keeps_every_offer_with_its_fate() -> None:
    order = after(delivered(), offer(PARTIAL, PART), offer(PARTIAL, PART + 1), decline(2), at=days(2))
    order = after(order, offer(VOUCHER, 1), accept(3), offer(FULL, by=BUYER), CONFIRM, at=days(2))
    assert states(order) == ["replaced", "declined", "accepted", "lapsed"]
    assert [made.by for made in order.offers] == [Role.SELLER] * 3 + [Role.BUYER]


def test_R17_an_offer_replaced_by_the_other_sides_stays_open_beside_it() -> None:
    order = after(delivered(), offer(PARTIAL, PART), offer(PARTIAL, 1_500, by=BUYER), at=days(2))
    assert states(order) == ["open", "open"]
    taken_up = after(order, accept(2, by=SELLER), at=days(2))
    assert states(taken_up) == ["lapsed", "accepted"], "less is held than the first offer would give"


@pytest.mark.parametrize(("second", "state"), [(TOTAL - PART - 1, "open"), (TOTAL - PART, "lapsed")])
def test_R17_an_amount_fits_while_it_is_less_than_what_is_left(second: int, state: str) -> None:
    order = after(delivered(), offer(PARTIAL, PART), offer(PARTIAL, second, by=BUYER), accept(), at=days(2))
    assert states(order) == ["accepted", state]
    if state == "open":
        assert money_of(after(order, accept(2, by=SELLER), at=days(2))) == (TOTAL - 1, 0, 0, 1)


def test_R17_an_offer_lapses_with_the_deadline_that_ends_the_stage_and_counts_until_then() -> None:
    order = after(delivered(), offer(FULL), at=days(2))
    assert after(order, accept(), at=days(16) - SECOND).reason is ClosingReason.AGREEMENT
    assert states(clock(order, days(16))) == ["lapsed"]
    assert states(after(paid(), offer(VOUCHER, 1), request(), at=hours(1))) == ["lapsed"]


@pytest.mark.parametrize("order", [disputed(answer_within="PT72H"), reviewed(decide_within="PT48H")], ids=order_label)
def test_R17_a_new_phase_lapses_an_offer_and_an_escalation_does_not(order: Order) -> None:
    offered = after(order, offer(FULL), at=days(3))
    expected = "lapsed" if order.phase is Phase.OPEN else "open"
    assert states(clock(offered, days(6))) == [expected]
    assert states(after(reviewed(), offer(FULL), ask(), at=days(3))) == ["lapsed"]


def test_R17_an_answer_to_a_closed_orders_offer_is_told_that_it_has_ended() -> None:
    order = after(delivered(), offer(FULL), CONFIRM, at=days(2))
    assert not order.settled
    for answer in (accept(), decline()):
        assert refused(order, answer, days(2)).code == Code.ORDER_CLOSED


def test_R17_after_closing_the_order_has_ended_also_for_one_offer_too_many() -> None:
    order = delivered()
    for _ in range(MAX_OFFERS):
        order = after(order, offer(VOUCHER, 1), at=days(2))
    assert refused(after(order, CONFIRM, at=days(2)), offer(VOUCHER, 1), days(2)).code == Code.ORDER_CLOSED


def test_R17_a_voucher_has_no_upper_limit_and_moves_no_money() -> None:
    outcome = taken(after(delivered(), offer(VOUCHER, 100 * TOTAL), at=days(2)), accept(), days(2))
    assert calls(outcome) == ()
    assert outcome.order.stage is Stage.DELIVERED


def test_R17_a_partial_refund_by_agreement_leaves_the_buyer_free_to_dispute_the_rest() -> None:
    order = after(delivered(), offer(PARTIAL, PART), accept(), open_dispute(), at=days(2))
    assert money_of(after(order, offer(FULL), accept(2), at=days(2))) == (TOTAL, 0, 0, 0)


def test_R17_in_the_systems_dispute_only_money_can_be_offered() -> None:
    order = after(returning(), receive(Inspection.EMPTY), at=days(5))
    for resolution in (RETURN, EXCHANGE):
        assert refused(order, offer(resolution), days(6)).code == Code.REASON_NOT_ALLOWED
    assert after(order, offer(PARTIAL, PART), accept(), at=days(6)).stage is Stage.PARTIALLY_REFUNDED


def test_R17_what_both_sides_agreed_on_in_a_dispute_names_nobody_at_fault() -> None:
    ended = after(disputed(), offer(FULL), accept(), at=days(3))
    assert ended.fault is None
    assert dispute_of(ended).phase is Phase.ENDED


def test_R4_only_who_can_answer_an_offer_is_shown_that() -> None:
    order = after(delivered(), offer(PARTIAL, PART), at=days(2))
    buyer, seller = ({o.action for o in allowed_actions(order, role, days(2))} for role in (Role.BUYER, Role.SELLER))
    assert {"accept_offer", "decline_offer", "make_offer"} <= buyer
    assert "make_offer" in seller
    assert not {"accept_offer", "decline_offer"} & seller


def test_R26_the_note_of_an_offer_is_in_the_timeline_only() -> None:
    outcome = taken(delivered(), offer(VOUCHER, 1).model_copy(update={"note": "With our apologies."}), days(2))
    assert rows(outcome)[-1].text == "With our apologies."
    assert "apologies" not in repr(outcome.order)


@pytest.mark.parametrize(
    ("order", "event", "code"),
    [
        (
            after(paid(), *[offer(VOUCHER, 1)] * MAX_OFFERS, request(), at=hours(1)),
            offer(VOUCHER, 1),
            Code.LIMIT_REACHED,
        ),
        (asked(), offer(PARTIAL, TOTAL), Code.NOT_ALLOWED_NOW),
    ],
    ids=["full", "not the time"],
)
def test_R17_of_all_that_is_wrong_with_an_offer_the_first_of_the_contract_is_said(
    order: Order, event: Message, code: Code
) -> None:
    assert refused(order, event, hours(2)).code is code


@pytest.mark.parametrize(
    ("order", "event", "code"),
    [
        (after(delivered(), offer(FULL), CONFIRM, at=days(2)), accept(by=SELLER), Code.WRONG_ROLE),
        (after(paid(), offer(VOUCHER, 1), decline(), request(), at=hours(1)), accept(), Code.NOTHING_OPEN),
    ],
    ids=["one's own", "declined"],
)
def test_R17_of_all_that_is_wrong_with_an_answer_the_first_of_the_contract_is_said(
    order: Order, event: Message, code: Code
) -> None:
    assert refused(order, event, days(2)).code is code
