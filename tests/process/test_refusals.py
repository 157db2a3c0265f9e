"""How the engine says no, what it offers instead, and that what it offers is really possible (R4, contract's codes)."""

from datetime import datetime

import pytest

from tests.process.later_orders import INFORM, ask, back, decided, disputed, exchanging, going_back, returning, reviewed
from tests.process.orders import (
    APPROVE,
    BUYER,
    CONFIRM,
    DELIVERED,
    PLATFORM,
    REJECT,
    SELLER,
    SHIP,
    WITHDRAW,
    after,
    answered,
    asked,
    cancel,
    captured,
    clock,
    days,
    delivered,
    hours,
    minutes,
    move,
    new_order,
    paid,
    refunding,
    refused,
    releasing,
    request,
    retry,
    shipped,
    start,
)
from workflows.messages.base import Command, Message
from workflows.messages.parcels import ExtendDelivery
from workflows.messages.refusal import Code, Refused
from workflows.messages.terms import Terms
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Party, Role, Stage
from workflows.messages.vocabulary import Resolution
from workflows.process.allowed import (
    MAX_INSTEAD_TOLD,
    OF_THE_GUIDE,
    allowed_actions,
    order_view,
    refusal_with_alternatives,
    refused_actions,
)
from workflows.process.state.order import Order
from workflows.process.step import open_order, step
from workflows.process.telling.view import (
    final_result,
    next_deadline,
    order_label,
    order_row,
    order_status,
    refund_state,
    waiting_on,
)

NOW = hours(3)
ORDERS = {
    "pending": (new_order(), minutes(2)),
    "awaiting": (paid(), NOW),
    "asked": (asked(), NOW),
    "shipped": (shipped(), NOW),
    "delivered": (delivered(), days(1)),
    "refunding": (refunding(), NOW),
    "refund failed": (after(refunding(), answered(MoneyState.FAILED), at=NOW), NOW),
    "releasing": (releasing(), days(2)),
    "settled": (after(new_order(), request(None), at=minutes(1)), NOW),
    "lapsed": (clock(asked(ship_within="P20D"), hours(73)), hours(74)),
    "late": (clock(paid(ship_within="PT2H", on_missed_shipment="remind"), minutes(121)), NOW),
    "undelivered": (clock(shipped(), days(61)), days(61)),
    "going back": (going_back(), days(1)),
    "back": (back(), days(2)),
    "disputed": (disputed(), days(2)),
    "reviewed": (reviewed(), days(3)),
    "informing": (after(reviewed(), ask(), at=days(3)), days(3)),
    "decided": (decided(Resolution.NO_REFUND), days(4)),
    "returning": (returning(), days(4)),
    "exchanging": (exchanging(), days(3)),
}
STRANGER = request(reason=None).model_copy(update={"by": Party(role=Role.BUYER, id="b-8")})


def actions(order: Order, role: Role, at: datetime) -> set[str]:
    return {action.action for action in allowed_actions(order, role, at)}


def explained_refusal(order: Order, event: Message, at: datetime) -> Refused:
    try:
        step(order, event, at)
    except Refused as refused:
        return refusal_with_alternatives(refused, order, event.by.role, event.name, at)
    raise AssertionError(f"{event} was accepted")


def test_what_each_role_can_do_in_each_stage() -> None:
    def of(name: str, role: Role) -> set[str]:
        return actions(*ORDERS[name][:1], role, ORDERS[name][1])

    words = {"send_message"}
    beside = {"send_message", "make_offer"}
    platform = {"send_message", "add_note"}
    assert of("pending", Role.BUYER) == {"request_cancellation"} | words
    assert of("pending", Role.SELLER) == {"cancel_order"} | words
    assert of("pending", Role.PLATFORM) == {"cancel_order", "move_deadline"} | platform
    assert of("awaiting", Role.BUYER) == {"request_cancellation"} | beside
    assert of("awaiting", Role.SELLER) == {"ship", "cancel_order"} | beside
    assert of("asked", Role.BUYER) == {"withdraw_cancellation"} | words
    assert of("asked", Role.SELLER) == {"decide_cancellation", "ship", "cancel_order"} | words
    assert of("asked", Role.PLATFORM) == {"cancel_order", "move_deadline"} | platform
    assert of("shipped", Role.BUYER) == {"confirm_receipt", "request_interception"} | beside
    assert of("shipped", Role.SELLER) == {"extend_delivery", "correct_tracking"} | beside
    assert of("shipped", Role.PLATFORM) == {"open_dispute", "move_deadline"} | platform
    assert of("undelivered", Role.SELLER) == {"correct_tracking"} | beside
    assert of("undelivered", Role.BUYER) == {"confirm_receipt", "request_interception", "open_dispute"} | beside
    assert of("delivered", Role.BUYER) == {"confirm_receipt", "open_dispute"} | beside
    assert of("going back", Role.SELLER) == {"receive_return"} | beside
    assert of("back", Role.BUYER) == {"open_dispute"} | beside
    answers = {"respond_to_dispute", "add_evidence"}
    assert of("disputed", Role.SELLER) == answers | beside
    assert of("disputed", Role.BUYER) == {"add_evidence", "withdraw_dispute"} | beside
    review = {"request_information", "decide_dispute", "move_deadline"}
    assert of("reviewed", Role.PLATFORM) == review | platform
    assert of("informing", Role.BUYER) == {"provide_information", "add_evidence", "withdraw_dispute"} | beside
    assert of("decided", Role.BUYER) == {"appeal"} | words
    assert of("returning", Role.BUYER) == {"ship_return"} | words
    assert of("returning", Role.SELLER) == {"receive_return"} | words
    assert of("exchanging", Role.SELLER) == {"ship"} | words
    assert of("delivered", Role.SELLER) == beside
    assert of("refunding", Role.PLATFORM) == platform
    assert of("refund failed", Role.PLATFORM) == {"retry_refund", "settle_refund_manually"} | platform
    assert of("settled", Role.BUYER) == of("settled", Role.SELLER) == of("settled", Role.PLATFORM) == set()


@pytest.mark.parametrize("name", ORDERS)
def test_R4_of_the_guides_actions_each_is_either_allowed_or_refused_with_its_reason(name: str) -> None:
    order, at = ORDERS[name]
    for role, known in OF_THE_GUIDE.items():
        refused_ones = {action.action for action in refused_actions(order, role, at)}
        assert refused_ones.isdisjoint(actions(order, role, at))
        assert refused_ones == {kind.name for kind in known} - actions(order, role, at)
        for action in refused_actions(order, role, at):
            assert action.message
            assert action.code in set(Code)


@pytest.mark.parametrize("name", ORDERS)
def test_R4_a_refusal_names_what_is_possible_instead_and_only_that(name: str) -> None:
    order, at = ORDERS[name]
    for event in (request(), WITHDRAW, APPROVE, SHIP, CONFIRM, cancel(), ExtendDelivery(by=SELLER, days=1)):
        try:
            step(order, event, at)
        except Refused as refused:
            told = refusal_with_alternatives(refused, order, event.by.role, event.name, at).refusal
            if told.code is Code.INVALID:
                continue  # another content would do; nothing needs to be done instead
            possible = actions(order, event.by.role, at) - {event.name}
            assert {option.action for option in told.instead} == possible
            labels = {one.action: one.label for one in allowed_actions(order, event.by.role, at)}
            for option in told.instead[:MAX_INSTEAD_TOLD]:
                assert f'"{labels[option.action]}"' in told.message


def test_R4_the_alternatives_say_until_when() -> None:
    told = explained_refusal(asked(), request(), hours(2))
    assert told.code is Code.ALREADY_OPEN
    assert '"Withdraw Cancellation Request" until Thu 5 Mar 2026, 13:00 UTC' in str(told)
    assert [(o.action, o.until) for o in told.refusal.instead if o.until] == [("withdraw_cancellation", hours(73))]


def test_R4_what_is_no_question_of_time_offers_nothing_instead() -> None:
    for event in (STRANGER, SHIP.model_copy(update={"by": BUYER}), request(None)):
        assert explained_refusal(paid(), event, NOW).refusal.instead == ()


def test_the_view_of_a_passed_deadline_is_what_the_clock_would_have_made_of_it() -> None:
    assert actions(new_order(), Role.BUYER, minutes(30)) == set()
    assert actions(asked(ship_within="P20D"), Role.BUYER, hours(73)) == {
        "request_cancellation",
        "make_offer",
        "send_message",
    }


@pytest.mark.parametrize(
    ("order", "event", "at", "code"),
    [
        (after(paid(), request(request_id="r-1"), at=hours(1)), STRANGER.model_copy(update={"request_id": "r-1"}), NOW,
         Code.REQUEST_ID_REUSED),
        (asked(), WITHDRAW.model_copy(update={"by": Party(role=Role.SELLER, id="s-4")}), NOW, Code.NOT_YOUR_ORDER),
        (ORDERS["settled"][0], WITHDRAW.model_copy(update={"by": SELLER}), NOW, Code.ORDER_CLOSED),
        (refunding(), WITHDRAW.model_copy(update={"by": SELLER}), NOW, Code.WRONG_ROLE),
        (clock(paid(ship_within="PT2H"), NOW), WITHDRAW, NOW, Code.DEADLINE_PASSED),
        (shipped(cancellation_requests=0), request(), NOW, Code.ALREADY_SHIPPED),
        (releasing(), request(), days(2), Code.ALREADY_SHIPPED),
        (releasing(), cancel(), days(2), Code.ALREADY_SHIPPED),
        (releasing(), CONFIRM, days(2), Code.ORDER_CLOSED),
        (refunding(), SHIP, NOW, Code.ORDER_CLOSED),
        (paid(cancellation_requests=0), request(CancellationReason.FRAUD), NOW, Code.LIMIT_REACHED),
        (asked(), request(CancellationReason.FRAUD), NOW, Code.ALREADY_OPEN),
        (asked(), request(None), NOW, Code.INVALID),
        (paid(), WITHDRAW, NOW, Code.NOTHING_OPEN),
        (paid(), CONFIRM, NOW, Code.NOT_ALLOWED_NOW),
        (paid(), request(CancellationReason.FRAUD), NOW, Code.REASON_NOT_ALLOWED),
        (paid(), APPROVE.model_copy(update={"by": PLATFORM}), NOW, Code.WRONG_ROLE),
        (shipped(), APPROVE.model_copy(update={"by": PLATFORM}), NOW, Code.WRONG_ROLE),
        (paid(), move(DeadlineKind.RESPOND_BY, hours(1)), NOW, Code.INVALID),
        (refunding(), retry("A-1001-refund-7"), NOW, Code.INVALID),
    ],
)  # fmt: skip
def test_of_the_codes_that_fit_the_first_of_the_contract_is_given(
    order: Order, event: Message, at: datetime, code: Code
) -> None:
    assert refused(order, event, at).code is code


def test_a_deadline_of_a_request_long_answered_explains_no_refusal_of_the_next() -> None:
    lapsed, at = ORDERS["lapsed"]
    assert refused(lapsed, APPROVE, at).code is Code.DEADLINE_PASSED
    again = after(lapsed, request(), WITHDRAW, at=at)
    assert refused(again, APPROVE, at).code is Code.NOTHING_OPEN


def test_the_codes_stand_in_the_order_of_the_contract() -> None:
    assert [code.value for code in Code] == [
        "invalid",
        "request_id_reused",
        "not_your_order",
        "wrong_role",
        "deadline_passed",
        "already_shipped",
        "order_closed",
        "limit_reached",
        "already_open",
        "nothing_open",
        "not_allowed_now",
        "evidence_missing",
        "amount_too_high",
        "reason_not_allowed",
    ]


def test_R28_a_command_for_a_settled_order_is_closed_before_every_other_reason() -> None:
    settled = after(refunding(), answered(MoneyState.SUCCEEDED), at=NOW)
    assert settled.settled
    for event in (request(None), SHIP, APPROVE, REJECT, CONFIRM, cancel(), retry(), move(DeadlineKind.SHIP_BY, NOW)):
        assert refused(settled, event, hours(4)).code in (Code.ORDER_CLOSED, Code.INVALID)


@pytest.mark.parametrize("name", ORDERS)
def test_the_whole_view_can_be_shown_in_every_stage(name: str) -> None:
    order, at = ORDERS[name]
    view = order_view(order, at)
    assert view.model_dump_json()
    assert (view.stage, view.status, view.waiting_on) == (order.stage, order_status(order), waiting_on(order))
    assert order_row(order).status == view.status


def test_labels_and_whose_turn_it_is() -> None:
    expected = {
        "pending": ("Pending Payment", "buyer"),
        "awaiting": ("Awaiting Shipment", "seller"),
        "asked": ("Cancellation Pending", "seller"),
        "shipped": ("Shipped", "carrier"),
        "undelivered": ("Shipped", "buyer"),
        "delivered": ("Delivered", "buyer"),
        "refunding": ("Cancellation Approved", "payment_provider"),
        "settled": ("Cancelled", "nobody"),
        "releasing": ("Completed", "payment_provider"),
    }
    for name, (words, who) in expected.items():
        order = ORDERS[name][0]
        assert (order_label(order), waiting_on(order)) == (words, who), name
        assert order_status(order) == words.lower().replace(" ", "_")


def test_the_deadline_shown_is_the_awaited_partys_else_the_next() -> None:
    order = after(new_order(), captured(5), answered(MoneyState.SUBMITTED), captured(payment_id="p-2"), SHIP,
                  at=minutes(1))  # fmt: skip
    shown = next_deadline(order)
    assert shown
    assert shown.kind is DeadlineKind.DELIVER_BY
    assert order.deadlines[0].kind is DeadlineKind.REFUND_EXPECTED_BY
    closed = next_deadline(after(order, CONFIRM, at=minutes(2)))
    assert closed
    assert closed.kind is DeadlineKind.REFUND_EXPECTED_BY
    assert next_deadline(refunding()) is None


def test_the_worst_of_all_money_is_shown() -> None:
    assert refund_state(paid()) == "none"
    assert refund_state(refunding()) == "in_flight"
    both = after(refunding(), captured(payment_id="p-2"), answered(MoneyState.FAILED), at=NOW)
    assert refund_state(both) == "needs_attention"
    unknown = after(refunding(), captured(payment_id="p-2"), answered(MoneyState.UNKNOWN), at=NOW)
    assert refund_state(unknown) == "unknown"


def test_the_result_of_a_settled_order() -> None:
    settled = after(refunding(), answered(MoneyState.SUCCEEDED), at=hours(5))
    told = final_result(settled)
    assert (told.stage, told.status, told.reason, told.closed_at) == (
        Stage.CANCELLED,
        "cancelled",
        "out_of_stock",
        hours(5),
    )
    assert (told.captured, told.refunded, told.released, told.shortfall) == (2299, 2299, 0, 0)


def test_R24_the_view_shows_all_terms_also_those_that_were_not_named() -> None:
    order = open_order(start(terms=Terms(respond_within="PT5H")), minutes(0)).order  # type: ignore[arg-type]
    terms = order_view(order, minutes(1)).terms
    assert (terms["respond_within"], terms["pay_within"]) == ("PT5H", "PT30M")


def test_a_delivery_report_never_is_a_command() -> None:
    assert not isinstance(DELIVERED, Command)
    assert delivered().stage is Stage.DELIVERED


def test_money_that_is_overdue_needs_somebody_also_while_it_is_unknown() -> None:
    order = after(refunding(), answered(MoneyState.UNKNOWN), at=NOW)
    assert refund_state(clock(order, days(40))) == "needs_attention"


def test_a_stranger_is_not_told_that_the_order_has_ended() -> None:
    settled, at = ORDERS["settled"]
    assert refused(settled, STRANGER, at).code is Code.NOT_YOUR_ORDER


def test_who_may_never_send_a_message_is_told_for_whom_it_is_and_not_who_was_asked() -> None:
    order, at = ORDERS["informing"]
    told = refused(order, INFORM.model_copy(update={"by": PLATFORM}), at)
    assert told.code is Code.WRONG_ROLE
    assert "for the buyer and the seller" in told.message
