"""Authorise at payment, capture at shipment: nobody is charged for what is not sent, and nobody sends for nothing."""

import pytest

from tests.process.orders import (
    BUYER,
    CAPTURE_1,
    CONFIRM,
    DELIVERED,
    PLATFORM,
    PROVIDER,
    REFUND_1,
    REFUND_2,
    REJECT_AS_SHIPPED,
    SELLER,
    SHIP,
    TOTAL,
    after,
    answered,
    authorized,
    by_hand,
    calls,
    cancel,
    captured,
    captured_by_hand,
    checked,
    clock,
    days,
    due,
    hours,
    let_go,
    look_ups,
    minutes,
    new_order,
    notices,
    paid,
    promised,
    recorded,
    refund_news,
    refused,
    request,
    retry,
    retry_capture,
    taken,
)
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, ChargebackOutcome
from workflows.messages.commands import PaymentFailed
from workflows.messages.offers import AcceptOffer, MakeOffer
from workflows.messages.refusal import Code
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Role, Stage
from workflows.messages.vocabulary import Resolution
from workflows.messages.work import CaptureCall, RefundCall, ReleaseCall, VoidCall
from workflows.process.money.attention import needs_attention
from workflows.process.state.order import Ledger, Order
from workflows.process.step import Event, effects_of_resuming
from workflows.process.telling import view

FAILED, SUCCEEDED, UNKNOWN = MoneyState.FAILED, MoneyState.SUCCEEDED, MoneyState.UNKNOWN
ON_TIME, LATER = hours(2), hours(3)
TO_BE_CHARGED = "this order is paid by a charge, not by a reservation: charge the payment, and report that"


def shipped() -> Order:
    """Shipped, its capture asked for and not answered."""
    return after(promised(), SHIP, at=ON_TIME)


def uncaptured() -> Order:
    """Shipped, and its capture has failed."""
    return after(shipped(), answered(FAILED, record_id=CAPTURE_1), at=LATER)


def test_r32_an_authorisation_pays_an_order_that_captures_at_shipment() -> None:
    outcome = taken(new_order(capture="at_shipment"), authorized(), minutes(1))
    order = outcome.order
    assert order.stage is Stage.AWAITING_SHIPMENT
    assert order.ledger == Ledger(authorized=TOTAL, held=TOTAL)
    assert due(order, DeadlineKind.SHIP_BY)
    assert not calls(outcome), "nobody is charged yet"
    assert {(n.role, n.kind) for n in notices(outcome)} == {("seller", "order_paid"), ("buyer", "payment_authorized")}


def test_r32_by_default_an_authorisation_is_recorded_and_its_capture_pays() -> None:
    order = new_order()
    assert recorded(order, authorized(), minutes(1)) == TO_BE_CHARGED
    assert after(order, authorized(), captured(), at=minutes(1)).ledger == Ledger(captured=TOTAL, held=TOTAL)
    assert recorded(paid(), authorized(payment_id="p-2"), minutes(2)) == TO_BE_CHARGED


def test_r32_an_order_that_captures_at_shipment_takes_a_capture_at_payment_too() -> None:
    order = after(new_order(capture="at_shipment"), captured(), at=minutes(1))
    outcome = taken(order, SHIP, ON_TIME)
    assert outcome.order.ledger == Ledger(captured=TOTAL, held=TOTAL)
    assert (outcome.order.capture, calls(outcome)) == (None, ())


def test_r32_what_was_authorised_beyond_the_total_is_never_charged() -> None:
    order = after(new_order(capture="at_shipment"), authorized(TOTAL + 701), at=minutes(1))
    assert order.ledger.authorized == TOTAL
    assert order.payments[0].authorized == TOTAL + 701
    [call] = calls(taken(order, SHIP, ON_TIME))
    assert call.amount == TOTAL


@pytest.mark.parametrize("how", [SHIP, REJECT_AS_SHIPPED], ids=lambda event: event.name)
def test_r32_the_shipment_asks_for_the_capture_once(how: object) -> None:
    order = promised() if how is SHIP else after(promised(), request(), at=hours(1))
    outcome = taken(order, how, ON_TIME)  # type: ignore[arg-type]  # one of the two
    assert calls(outcome) == (
        CaptureCall(
            order_id="A-1001", capture_id=CAPTURE_1, attempt=1, key=f"{CAPTURE_1}-1", payment_id="p-1", amount=TOTAL,
            currency="USD",
        ),
    )  # fmt: skip
    assert outcome.order.ledger == Ledger(authorized=TOTAL, held=TOTAL)


def test_r32_a_capture_that_succeeds_is_money_and_the_buyer_is_told() -> None:
    outcome = taken(shipped(), answered(SUCCEEDED, record_id=CAPTURE_1), LATER)
    assert outcome.order.ledger == Ledger(captured=TOTAL, held=TOTAL)
    assert outcome.order.payments[0].captured_at == LATER
    assert [(n.role, n.kind) for n in notices(outcome)] == [("buyer", "payment_charged")]


def test_r32_the_webhook_of_the_payment_is_its_capture_too() -> None:
    order = after(shipped(), captured(), at=LATER)
    assert order.ledger == Ledger(captured=TOTAL, held=TOTAL)
    assert "duplicate" in recorded(order, captured(), hours(4))
    assert "duplicate" in recorded(order, authorized(), hours(4))
    for late in (SUCCEEDED, FAILED, MoneyState.PENDING):
        assert recorded(order, answered(late, record_id=CAPTURE_1), hours(4))
    done = after(order, DELIVERED, CONFIRM, at=days(1))
    assert done.ledger.released == TOTAL


def test_r32_who_captures_before_the_shipment_has_captured() -> None:
    order = after(promised(), captured(), at=hours(1))
    assert order.ledger == Ledger(captured=TOTAL, held=TOTAL)
    assert calls(taken(order, SHIP, ON_TIME)) == ()
    [call] = calls(taken(order, cancel(), ON_TIME))
    assert type(call) is RefundCall


def test_r32_a_capture_over_another_amount_is_a_conflict() -> None:
    outcome = taken(shipped(), captured(TOTAL - 1), LATER)
    assert "conflict" in (outcome.answer.why or "")
    assert outcome.order.ledger == Ledger(authorized=TOTAL, held=TOTAL)
    assert [(n.role, n.kind) for n in notices(outcome)] == [("platform", "payment_contradicted")]


def test_r32_an_order_that_is_never_shipped_is_voided_and_nobody_was_charged() -> None:
    outcome = taken(promised(), cancel(), ON_TIME)
    assert calls(outcome) == (
        VoidCall(
            order_id="A-1001", refund_id=REFUND_1, attempt=1, key=f"{REFUND_1}-1", payment_id="p-1", amount=TOTAL,
            currency="USD",
        ),
    )  # fmt: skip
    assert all("will not be charged" in notice.text for notice in notices(outcome))
    done = taken(outcome.order, refund_news(SUCCEEDED), LATER)
    assert done.order.ledger == Ledger(authorized=TOTAL, refunded=TOTAL)
    assert done.order.settled
    assert ["never charged" in notice.text for notice in notices(done)] == [True]
    result = view.final_result(done.order)
    assert (result.authorized, result.captured, result.refunded) == (TOTAL, 0, TOTAL)


def test_r32_a_void_that_fails_waits_for_the_platform_like_a_refund() -> None:
    order = after(promised(), cancel(), refund_news(FAILED), at=ON_TIME)
    assert [item.kind for item in needs_attention(order)] == ["refund_failed"]
    [again] = calls(taken(order, retry(), LATER))
    assert isinstance(again, VoidCall)
    assert after(order, by_hand(), at=LATER).settled


def test_r32_the_answer_of_a_void_that_was_lost_is_looked_up_as_a_void_also_after_a_capture() -> None:
    """Under its own key: as a refund it would be another call."""
    order = after(promised(), cancel(), at=ON_TIME)
    [lost] = look_ups(taken(order, answered(UNKNOWN), LATER))
    assert isinstance(lost, VoidCall)
    order = after(order, answered(UNKNOWN), captured(), at=LATER)
    [waiting] = [effect.call for effect in effects_of_resuming(order)]  # type: ignore[union-attr]  # look-ups only
    assert isinstance(waiting, VoidCall)


def test_r32_a_void_that_came_too_late_is_refunded_when_it_is_retried() -> None:
    order = after(promised(), cancel(), captured(), refund_news(FAILED), at=ON_TIME)
    assert order.ledger == Ledger(captured=TOTAL, refunding=TOTAL)
    [again] = calls(taken(order, retry(), LATER))
    assert type(again) is RefundCall


@pytest.mark.parametrize("amount", [TOTAL - 1, TOTAL, TOTAL + 701])
def test_R32_a_capture_of_what_was_voided_is_a_late_payment_and_goes_back_whole(amount: int) -> None:
    """Also when the order was settled long ago; what had been voided stays in the books beside it."""
    order = after(promised(), cancel(), refund_news(SUCCEEDED), at=ON_TIME)
    assert order.settled
    outcome = taken(order, captured(amount), LATER)
    assert outcome.order.ledger == Ledger(authorized=TOTAL, captured=amount, refunded=TOTAL, refunding=amount)
    assert [(type(call), call.amount) for call in calls(outcome)] == [(RefundCall, amount)]
    assert [(notice.role, notice.kind) for notice in notices(outcome)] == [(Role.BUYER, "payment_goes_back")]
    assert (outcome.order.stage, outcome.order.settled) == (Stage.CANCELLED, False)
    assert needs_attention(outcome.order) == ()
    assert "duplicate" in recorded(outcome.order, captured(amount), LATER)
    back = after(outcome.order, refund_news(SUCCEEDED, refund_id=REFUND_2), at=LATER)
    assert (back.settled, back.ledger) == (True, Ledger(authorized=TOTAL, captured=amount, refunded=TOTAL + amount))


def test_R32_what_is_heard_to_be_charged_before_it_is_heard_to_be_voided_goes_back_whole() -> None:
    """The same two, heard the other way round, come to the same."""
    asked = after(promised(), cancel(), at=ON_TIME)
    one_way = after(asked, refund_news(SUCCEEDED), captured(), at=LATER)
    charged = after(asked, captured(), at=LATER)
    outcome = taken(charged, refund_news(SUCCEEDED), LATER)
    assert outcome.order.ledger == one_way.ledger
    assert [(type(call), call.amount) for call in calls(outcome)] == [(RefundCall, TOTAL)]
    assert [(notice.role, notice.kind) for notice in notices(outcome)] == [(Role.BUYER, "payment_goes_back")]
    assert "duplicate" in recorded(outcome.order, refund_news(SUCCEEDED), LATER)
    back = after(outcome.order, refund_news(SUCCEEDED, refund_id=REFUND_2), at=LATER)
    assert (back.settled, back.ledger.held, back.ledger.shortfall) == (True, 0, 0)


def test_R32_what_goes_back_of_the_charge_already_does_not_go_back_again_with_the_void() -> None:
    """More was charged than was promised, and is on its way back; then the void is said to have worked all the same."""
    charged = after(promised(), cancel(), captured(TOTAL + 701), at=ON_TIME)
    assert [(refund.amount, refund.owed) for refund in charged.refunds] == [(TOTAL, TOTAL), (701, 701)]
    outcome = taken(charged, refund_news(SUCCEEDED), LATER)
    assert [(type(call), call.amount) for call in calls(outcome)] == [(RefundCall, TOTAL)]
    back = after(outcome.order, *(refund_news(SUCCEEDED, refund_id=f"A-1001-refund-{n}") for n in (2, 3)), at=LATER)
    assert (back.settled, back.ledger.refunded, back.ledger.shortfall) == (True, 2 * TOTAL + 701, 0)


def test_R32_a_charge_that_is_given_back_already_is_not_given_back_again_with_its_void() -> None:
    """The void failed, since it was charged; the charge is being refunded; then the void is said to have worked."""
    charged = after(promised(), cancel(), captured(), refund_news(FAILED), retry(), at=ON_TIME)
    outcome = taken(charged, refund_news(SUCCEEDED), LATER)
    assert calls(outcome) == ()
    back = after(outcome.order, checked(SUCCEEDED), refund_news(SUCCEEDED, 2), at=LATER)
    sent = [attempt.amount for refund in back.refunds for attempt in refund.attempts if not attempt.void]
    assert sum(sent) == TOTAL


@pytest.mark.parametrize("word", [checked(FAILED), refund_news(FAILED)])
def test_R32_a_void_that_failed_after_its_payment_was_charged_late_gives_nothing_back_again(word: Event) -> None:
    """The late charge goes back by a refund of its own: owed once more, it would go back twice."""
    order = after(promised(), cancel(), refund_news(SUCCEEDED), captured(), at=ON_TIME)
    outcome = taken(order, word, LATER)
    assert (outcome.order.ledger, calls(outcome)) == (order.ledger, ())
    assert "counts as succeeded" in refused(outcome.order, retry(), LATER).message
    assert not any(attempt.questions for attempt in after(outcome.order, checked(FAILED), at=LATER).refunds[0].attempts)


def test_R32_another_currency_for_what_was_voided_is_a_conflict_as_before() -> None:
    order = after(promised(), cancel(), refund_news(SUCCEEDED), at=ON_TIME)
    assert "conflict" in recorded(order, captured(currency="EUR"), LATER)


def test_R32_a_foreign_authorisation_that_was_voided_and_is_captured_goes_back_outside_the_ledger() -> None:
    order = after(new_order(capture="at_shipment"), authorized(currency="EUR"), refund_news(SUCCEEDED), at=minutes(1))
    outcome = taken(order, captured(currency="EUR"), minutes(2))
    assert outcome.order.ledger == Ledger()
    assert [(call.currency, call.amount) for call in calls(outcome)] == [("EUR", TOTAL)]


def test_R22_of_a_late_capture_of_what_was_voided_a_lost_chargeback_takes_what_would_go_back() -> None:
    opened = ChargebackOpened(by=PROVIDER, payment_id="p-1", chargeback_id="c-1", amount=TOTAL)
    lost = ChargebackClosed(
        by=PROVIDER, payment_id="p-1", chargeback_id="c-1", amount=TOTAL, outcome=ChargebackOutcome.LOST
    )
    order = after(promised(), cancel(), refund_news(SUCCEEDED), at=ON_TIME)
    early = after(order, opened, at=ON_TIME)
    outcome = taken(early, captured(), LATER)
    assert calls(outcome) == ()
    settled = after(outcome.order, lost, at=LATER)
    assert (settled.settled, settled.ledger) == (True, Ledger(authorized=TOTAL, captured=TOTAL, refunded=2 * TOTAL))


def test_r32_what_is_refunded_in_part_before_shipment_waits_for_the_capture() -> None:
    offer = MakeOffer(by=SELLER, resolution=Resolution.PARTIAL_REFUND, amount=500)
    accept = AcceptOffer(by=BUYER, offer_id="A-1001-offer-1")
    outcome = taken(after(promised(), offer, at=hours(1)), accept, hours(1))
    assert calls(outcome) == ()
    assert outcome.order.ledger == Ledger(authorized=TOTAL, refunding=500, held=TOTAL - 500)
    shipped = after(outcome.order, SHIP, at=ON_TIME)
    [call] = calls(taken(shipped, answered(SUCCEEDED, record_id=CAPTURE_1), LATER))
    assert (type(call), call.amount) == (RefundCall, 500)
    cancelled = taken(outcome.order, cancel(), ON_TIME)
    assert [(type(call), call.amount) for call in calls(cancelled)] == [(VoidCall, 500), (VoidCall, TOTAL - 500)]
    both = after(cancelled.order, refund_news(SUCCEEDED), refund_news(SUCCEEDED, refund_id=REFUND_2), at=LATER)
    assert both.settled
    assert both.ledger == Ledger(authorized=TOTAL, refunded=TOTAL)


def test_r32_nobody_is_paid_out_before_the_buyer_is_charged() -> None:
    order = after(shipped(), DELIVERED, at=days(1))
    outcome = taken(order, CONFIRM, days(2))
    assert calls(outcome) == ()
    assert (outcome.order.stage, outcome.order.settled) == (Stage.COMPLETED, False)
    assert any("once the buyer is charged" in notice.text for notice in notices(outcome))
    [call] = calls(taken(outcome.order, captured(), days(3)))
    assert (type(call), call.amount) == (ReleaseCall, TOTAL)


def test_r32_a_failed_capture_needs_the_platform_and_is_tried_again() -> None:
    outcome = taken(shipped(), answered(FAILED, record_id=CAPTURE_1), LATER)
    order = outcome.order
    assert (order.stage, order.ledger) == (Stage.SHIPPED, Ledger(authorized=TOTAL, held=TOTAL))
    assert [item.kind for item in needs_attention(order)] == ["capture_failed"]
    assert view.refund_state(order) == "needs_attention"
    assert [(n.role, n.kind) for n in notices(outcome)] == [("platform", "capture_needs_attention")]
    again = taken(order, retry_capture(), hours(4))
    assert [call.key for call in calls(again)] == [f"{CAPTURE_1}-2"]
    assert needs_attention(again.order) == ()
    assert after(again.order, answered(SUCCEEDED, 2, CAPTURE_1), at=hours(5)).ledger.captured == TOTAL


def test_r32_a_capture_that_is_not_in_trouble_is_not_retried_nor_settled() -> None:
    for event in (retry_capture(), captured_by_hand()):
        assert refused(shipped(), event, LATER).code is Code.NOT_ALLOWED_NOW
        assert refused(paid(), event, LATER).fields == ("capture_id",)
    other = retry_capture().model_copy(update={"capture_id": "A-1001-capture-2"})
    assert CAPTURE_1 in refused(uncaptured(), other, hours(4)).message


def test_r32_what_came_by_another_way_counts_as_captured() -> None:
    order = after(uncaptured(), captured_by_hand(), at=hours(4))
    assert order.ledger == Ledger(captured=TOTAL, held=TOTAL)
    assert needs_attention(order) == ()
    assert order.capture
    assert order.capture.state is MoneyState.SETTLED_MANUALLY
    outcome = taken(order, captured(), hours(5))
    assert "settled by hand" in (outcome.answer.why or "")
    assert outcome.order.ledger == order.ledger, "the buyer has paid twice: the platform must look"
    assert [item.kind for item in needs_attention(outcome.order)] == ["payment_contradicted"]


def test_r32_a_failed_capture_of_what_goes_back_whole_is_voided_instead() -> None:
    offer = MakeOffer(by=SELLER, resolution=Resolution.FULL_REFUND)
    accept = AcceptOffer(by=BUYER, offer_id="A-1001-offer-1")
    waiting = after(shipped(), offer, accept, at=ON_TIME)
    assert calls(taken(after(shipped(), offer, at=ON_TIME), accept, ON_TIME)) == (), "while it is captured it waits"
    outcome = taken(waiting, answered(FAILED, record_id=CAPTURE_1), LATER)
    assert [type(call) for call in calls(outcome)] == [VoidCall]
    assert notices(outcome) == (), "the platform has nothing to do"
    assert outcome.order.capture
    assert outcome.order.capture.state is MoneyState.CANCELLED
    assert refused(outcome.order, retry_capture(), hours(4)).code is Code.NOT_ALLOWED_NOW
    assert after(outcome.order, refund_news(SUCCEEDED), at=hours(4)).settled
    paid_back = taken(waiting, answered(SUCCEEDED, record_id=CAPTURE_1), LATER)
    assert [type(call) for call in calls(paid_back)] == [RefundCall]


def test_r32_a_capture_that_had_worked_after_all_is_believed_also_while_it_is_voided() -> None:
    """The bank seemed to have let go, and the void is under way: it will fail, and what was charged goes back."""
    offer = MakeOffer(by=SELLER, resolution=Resolution.FULL_REFUND)
    accept = AcceptOffer(by=BUYER, offer_id="A-1001-offer-1")
    order = after(shipped(), offer, accept, let_go(), at=ON_TIME)
    assert order.capture
    assert order.capture.state is MoneyState.CANCELLED
    assert recorded(order, answered(FAILED, record_id=CAPTURE_1), LATER)
    order = after(order, answered(SUCCEEDED, record_id=CAPTURE_1), refund_news(FAILED), at=LATER)
    assert order.ledger == Ledger(captured=TOTAL, refunding=TOTAL)
    assert [type(call) for call in calls(taken(order, retry(), hours(4)))] == [RefundCall]


def test_r32_who_captured_more_than_the_order_costs_gives_the_rest_back() -> None:
    """The shop captured all of the promise by itself; our own capture can only be refused by then."""
    order = after(new_order(capture="at_shipment"), authorized(TOTAL + 701), at=minutes(1))
    for before in (order, after(order, SHIP, answered(UNKNOWN, record_id=CAPTURE_1), at=ON_TIME)):
        outcome = taken(before, captured(TOTAL + 701), LATER)
        assert outcome.order.ledger == Ledger(captured=TOTAL + 701, held=TOTAL, refunding=701)
        assert [(type(call), call.amount) for call in calls(outcome)] == [(RefundCall, 701)]
        assert needs_attention(outcome.order) == ()
    waiting = after(order, SHIP, answered(UNKNOWN, record_id=CAPTURE_1), captured(TOTAL + 701), at=ON_TIME)
    assert recorded(waiting, answered(FAILED, record_id=CAPTURE_1), LATER)


def test_r32_an_overdue_capture_of_which_nobody_says_anything_is_ended_by_the_platform() -> None:
    waiting = after(shipped(), answered(UNKNOWN, record_id=CAPTURE_1), at=LATER)
    gone = let_go().model_copy(update={"by": PLATFORM})
    for event in (gone, captured_by_hand()):
        assert refused(waiting, event, LATER).code in (Code.WRONG_ROLE, Code.NOT_ALLOWED_NOW)
    alert_at = due(waiting, DeadlineKind.REFUND_ALERT_AT)
    assert alert_at
    late = clock(waiting, alert_at)
    outcome = taken(late, captured_by_hand(), alert_at)
    assert outcome.order.ledger == Ledger(captured=TOTAL, held=TOTAL)
    assert ["paid another way" in notice.text for notice in notices(outcome)] == [True]
    failed = after(late, gone, at=alert_at)
    assert [item.kind for item in needs_attention(failed)] == ["capture_failed"]
    assert calls(taken(failed, retry_capture(), alert_at))


def test_R7_the_platforms_word_that_a_promise_is_gone_is_a_duplicate_when_it_comes_again() -> None:
    waiting = after(shipped(), answered(UNKNOWN, record_id=CAPTURE_1), at=LATER)
    alert_at = due(waiting, DeadlineKind.REFUND_ALERT_AT)
    assert alert_at
    gone = let_go().model_copy(update={"by": PLATFORM})
    failed = after(waiting, gone, at=alert_at)
    retried = after(failed, retry_capture(), at=alert_at)
    for order in (failed, retried):
        for again in (gone, let_go()):
            assert "duplicate" in recorded(order, again, alert_at)


def test_r32_nobody_is_told_that_nothing_will_be_charged_while_it_is_captured() -> None:
    offer = MakeOffer(by=SELLER, resolution=Resolution.FULL_REFUND)
    accept = AcceptOffer(by=BUYER, offer_id="A-1001-offer-1")
    told = notices(taken(after(shipped(), offer, at=ON_TIME), accept, ON_TIME))
    assert told
    assert not any("will not be charged" in notice.text for notice in told)


def test_r32_a_lost_answer_is_looked_up_and_the_platform_told_when_it_never_comes() -> None:
    outcome = taken(shipped(), answered(UNKNOWN, record_id=CAPTURE_1), LATER)
    assert [type(call) for call in look_ups(outcome)] == [CaptureCall]
    alert_at = due(outcome.order, DeadlineKind.REFUND_ALERT_AT)
    assert alert_at
    late = clock(outcome.order, alert_at)
    assert [item.kind for item in needs_attention(late)] == ["capture_overdue"]
    assert due(after(late, captured(), at=alert_at), DeadlineKind.REFUND_ALERT_AT) is None


@pytest.mark.parametrize("heard", [captured(), answered(SUCCEEDED, record_id=CAPTURE_1)], ids=["fact", "answer"])
def test_r32_a_captures_watch_ends_when_it_has_succeeded(heard: Event) -> None:
    """Else the platform is told that nobody knows what became of money that is here."""
    sent = after(shipped(), answered(UNKNOWN, record_id=CAPTURE_1), at=LATER)
    assert due(sent, DeadlineKind.REFUND_ALERT_AT)
    assert due(after(sent, heard, at=LATER), DeadlineKind.REFUND_ALERT_AT) is None


def test_r32_a_bank_that_lets_go_before_the_shipment_ends_the_order() -> None:
    for order in (promised(), after(promised(), request(), at=hours(1))):
        outcome = taken(order, let_go(), ON_TIME)
        assert (outcome.order.stage, outcome.order.reason) == (Stage.CANCELLED, CancellationReason.PAYMENT_EXPIRED)
        assert [type(call) for call in calls(outcome)] == [VoidCall]
        assert {notice.role for notice in notices(outcome)} == {Role.BUYER, Role.SELLER}


def test_r32_a_bank_that_lets_go_while_it_is_captured_fails_the_capture() -> None:
    order = after(shipped(), let_go(), at=LATER)
    assert [item.kind for item in needs_attention(order)] == ["capture_failed"]
    assert recorded(order, let_go(), hours(4))
    assert after(order, answered(SUCCEEDED, record_id=CAPTURE_1), at=hours(4)).ledger.captured == TOTAL, (
        "the last counts"
    )


def test_r32_what_the_bank_lets_go_of_that_goes_back_anyway_is_only_recorded() -> None:
    assert recorded(after(promised(), cancel(), at=ON_TIME), let_go(), LATER)
    assert "captured before" in recorded(after(promised(), captured(), at=ON_TIME), let_go(), LATER)
    assert "no authorisation" in recorded(paid(), let_go("p-9"), LATER)


def test_r32_news_of_a_try_that_did_not_work_takes_no_promise_away() -> None:
    """The buyer's first card was declined, and word of it comes after word of the second."""
    failed = PaymentFailed(by=captured().by, payment_id="p-1", reason="declined")
    assert "waits for no payment" in recorded(promised(), failed, LATER)
    assert "waits for no payment" in recorded(shipped(), failed, LATER)


@pytest.mark.parametrize(
    ("event", "role"),
    [(authorized(TOTAL - 1), "surplus"), (authorized(currency="EUR"), "foreign")],
    ids=["too small", "foreign"],
)
def test_r32_an_authorisation_that_cannot_pay_is_voided_at_once(event: object, role: str) -> None:
    outcome = taken(new_order(capture="at_shipment"), event, minutes(1))  # type: ignore[arg-type]  # an authorisation
    assert outcome.order.stage is Stage.PENDING_PAYMENT
    assert [type(call) for call in calls(outcome)] == [VoidCall]
    assert outcome.order.payments[0].role == role
    assert [notice.kind for notice in notices(outcome)] == ["payment_not_enough"]
    paid = after(outcome.order, authorized(payment_id="p-2"), at=minutes(2))
    assert paid.stage is Stage.AWAITING_SHIPMENT
    assert paid.ledger.held == TOTAL


def test_r32_a_second_authorisation_and_a_late_one_are_voided() -> None:
    [second] = calls(taken(promised(), authorized(payment_id="p-2"), ON_TIME))
    assert isinstance(second, VoidCall)
    expired = clock(new_order(capture="at_shipment"), days(1))
    late = taken(expired, authorized(), days(2))
    assert [type(call) for call in calls(late)] == [VoidCall]
    assert not late.order.settled
    assert after(late.order, refund_news(SUCCEEDED), at=days(3)).settled


def test_r32_an_authorisation_made_in_time_counts_although_it_is_reported_late() -> None:
    """As R5 has it for captures; where the terms take none it does not spare the deadline."""
    for capture, stage in (("at_shipment", Stage.AWAITING_SHIPMENT), ("at_payment", Stage.CANCELLED)):
        order = new_order(capture=capture)
        assert after(order, authorized(occurred_at=minutes(29)), at=minutes(31)).stage is stage


def test_r32_another_amount_under_a_known_authorisation_is_a_conflict() -> None:
    assert "duplicate" in recorded(promised(), authorized(), hours(1))
    outcome = taken(promised(), authorized(TOTAL + 1), hours(1))
    assert "conflict" in (outcome.answer.why or "")
    assert [notice.kind for notice in notices(outcome)] == ["payment_contradicted"]


def test_r32_a_chargeback_needs_a_capture() -> None:
    opened = ChargebackOpened(by=captured().by, payment_id="p-1", chargeback_id="c-1", amount=TOTAL)
    early = after(promised(), opened, at=ON_TIME)
    assert early.chargebacks == ()
    assert after(early, SHIP, captured(), at=LATER).chargebacks


def test_r32_a_capture_that_was_asked_for_again_while_the_first_had_worked_settles_all_the_same() -> None:
    """The bank lets go, the platform retries, and then the provider says that the first try had worked."""
    order = after(shipped(), let_go(), retry_capture(), answered(SUCCEEDED, 1, CAPTURE_1), DELIVERED, CONFIRM, at=LATER)
    assert recorded(order, answered(FAILED, 2, CAPTURE_1), hours(4))
    assert order.ledger == Ledger(captured=TOTAL, released=TOTAL)


def test_r32_where_the_terms_want_a_capture_an_authorisation_is_no_duplicate_of_it() -> None:
    assert recorded(paid(), authorized(), minutes(2)) == TO_BE_CHARGED


def test_r32_what_was_given_back_as_too_small_pays_nothing_when_more_of_it_is_reported() -> None:
    small = after(new_order(capture="at_shipment"), authorized(TOTAL - 1), at=minutes(1))
    outcome = taken(small, authorized(TOTAL), minutes(2))
    assert "conflict" in (outcome.answer.why or "")
    assert outcome.order.stage is Stage.PENDING_PAYMENT


def test_r32_a_bank_that_lets_go_of_what_was_charged_fails_no_later_try() -> None:
    """The first try had worked after all, and the second is still under way."""
    order = after(shipped(), let_go(), retry_capture(), answered(SUCCEEDED, 1, CAPTURE_1), at=LATER)
    assert "captured before" in recorded(order, let_go(), hours(4))
    assert needs_attention(after(order, let_go(), at=hours(4))) == ()


def test_r32_a_pending_request_is_overtaken_by_a_bank_that_lets_go() -> None:
    order = after(promised(), request(), let_go(), at=ON_TIME)
    assert order.cancellation
    assert order.cancellation.outcome == "overtaken"
