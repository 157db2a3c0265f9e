"""Chapter 1, payment: an order waits for one payment of its total. Money that does not pay it goes back whole (R5)."""

from datetime import datetime, timedelta
from typing import Final, Literal

from workflows.frozen import replace
from workflows.messages.authorizations import PaymentAuthorized
from workflows.messages.cancellation import CancelOrder, RequestCancellation
from workflows.messages.commands import PaymentCaptured, PaymentFailed
from workflows.messages.notices import NoticeKind
from workflows.messages.payment_methods import method_label
from workflows.messages.sentences import Money, Sentence, Value, say
from workflows.messages.values import CancellationReason, DeadlineKind, Role, Stage
from workflows.process import early, refusals
from workflows.process.arrivals import endings
from workflows.process.clock import deadlines
from workflows.process.money import captures, going_back, refunds
from workflows.process.money.contradictions import payment_contradicted
from workflows.process.money.ledger import move_money
from workflows.process.money.overflow import is_room_for_payment, payment_stays_outside
from workflows.process.state.changes import Change, DeadlinePassed, StoryEvent, Table, Word
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order
from workflows.process.state.payments import Payment
from workflows.process.story import cancellation

Paid = PaymentCaptured | PaymentAuthorized
"""A payment that may pay an order."""
CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a sender's clock may run ahead; an `occurred_at` beyond it is ignored (R2)."""


def while_pending_payment(order: Order, event: StoryEvent, now: datetime) -> Change:
    """The order waits for the buyer's payment until `pay_by`."""
    match event:
        case RequestCancellation():
            return cancelled_unpaid(order, event, now)
        case CancelOrder():
            return cancellation.cancelled_by_seller_or_platform(order, event, now)
        case DeadlinePassed(Deadline(kind=DeadlineKind.PAY_BY)):
            return payment_expired(order, now)
        case _:
            raise refusals.not_now(order, event)


def payment_captured(order: Order, event: PaymentCaptured, now: datetime) -> Change:
    """The buyer was charged: by the payment that the order waits for, by one that it knows, or by one too many."""
    # Known after the stage, what has paid goes back when reported again; with amounts first, an order is paid twice.
    if change := known_payment_captured(order, event, now):
        return change
    if not is_room_for_payment(order):
        return payment_stays_outside(order, event)
    if void := early.kept_void(order, event.payment_id):
        order = early.without_kept(order, void)
        return payment_given_up(_send_payment_back(order, event, now), event, say("it goes back"))
    if order.stage is not Stage.PENDING_PAYMENT:
        return payment_not_due(order, event, now)
    return order_paid(order, event, now) if is_full_payment(order, event) else payment_not_enough(order, event, now)


def is_full_payment(order: Order, event: Paid) -> bool:
    """Whether this payment is one that pays the order: its currency, and at least its total."""
    return event.currency == order.currency and event.amount >= order.total


def is_paid_in_time(order: Order, event: object, now: datetime) -> bool:
    """Whether a payment that arrives after `pay_by` was made before it, while `pay_by` has not been settled (R5)."""
    if not isinstance(event, Paid) or event.occurred_at is None or find_payment(order, event.payment_id):
        return False
    pay_by = deadlines.running_deadline(order, DeadlineKind.PAY_BY)
    if pay_by is None or not is_room_for_payment(order) or early.kept_void(order, event.payment_id):
        return False
    if isinstance(event, PaymentAuthorized) and order.terms.capture == "at_payment":
        return False
    return is_full_payment(order, event) and event.occurred_at < pay_by.at and event.occurred_at <= now + CLOCK_SKEW


def with_clock_ahead(order: Order, what: Sentence, occurred_at: datetime | None, now: datetime) -> Sentence:
    """What the timeline tells, with a note when the sender's clock was ahead."""
    if occurred_at is None or occurred_at <= now + CLOCK_SKEW:
        return what
    return say("{what} (its time, {at}, lies ahead and was ignored)", what=what, at=order.when(occurred_at))


def order_paid(order: Order, event: PaymentCaptured, now: datetime) -> Change:
    """Paid: the seller has the processing time to ship. A surplus goes back at once."""
    order, payment = _take_payment(order, event, now, "order")
    order = to_be_shipped(order, now)
    given = order.money(event.amount)
    summary = say("Paid: {given} by {method}", given=given, method=method_label(event.method))
    summary = with_clock_ahead(order, summary, event.occurred_at, now)
    text = say(
        "Your payment of {given} has arrived. Order {order_id} is paid, and the seller is asked to ship it.",
        given=given,
        order_id=order.order_id,
    )
    if surplus := event.amount - order.total:
        order = refunds.request_refund(order, payment, surplus, "surplus", now)
        summary = say("{what}; {surplus} too much go back", what=summary, surplus=order.money(surplus))
        text = say(
            "Your payment of {given} has arrived, and order {order_id} is paid. It costs {wanted}: {surplus} too much "
            "go back{when}.",
            given=given,
            order_id=order.order_id,
            wanted=order.money(order.total),
            surplus=order.money(surplus),
            when=going_back.when_back(order, payment, now),
        )
    received = Word(Role.BUYER, NoticeKind.PAYMENT_RECEIVED, text, until=DeadlineKind.SHIP_BY)
    return Change(order, summary, (please_ship(order), received))


def to_be_shipped(order: Order, now: datetime) -> Order:
    """`order` waiting to be shipped: it is paid, or the buyer's bank has promised that it will be."""
    order = replace(deadlines.stage_left(order), stage=Stage.AWAITING_SHIPMENT, paid_at=now)
    return deadlines.start_deadline(order, DeadlineKind.SHIP_BY, order.terms.ship_within, now)


def please_ship(order: Order) -> Word:
    """What the seller is told of a paid order."""
    text = say("Order {order_id} is paid. Please ship it.", order_id=order.order_id)
    return Word(Role.SELLER, NoticeKind.ORDER_PAID, text, until=DeadlineKind.SHIP_BY)


def payment_not_enough(order: Order, event: PaymentCaptured, now: datetime) -> Change:
    """Too small, or in another currency: it goes back whole, and the buyer may pay again until `pay_by`."""
    order = _send_payment_back(order, event, now)
    wanted, given = order.money(order.total), Money(event.amount, event.currency)
    text = say(
        "Your payment of {given} does not pay this order of {wanted}. It goes back{when}. Please pay {wanted}.",
        given=given,
        wanted=wanted,
        when=going_back.when_back(order, order.payments[-1], now),
    )
    word = Word(Role.BUYER, NoticeKind.PAYMENT_NOT_ENOUGH, text, until=DeadlineKind.PAY_BY)
    summary = say("Payment of {given} does not pay {wanted}: it goes back", given=given, wanted=wanted)
    return Change(order, summary, (word,))


def payment_given_up(order: Order, event: Paid, what: Sentence) -> Change:
    """The buyer's bank had let go of it before it was heard of: it pays nothing, and the order waits on (R33)."""
    given, wanted = Money(event.amount, event.currency), order.money(order.total)
    summary = say("Payment of {given} was let go of by the buyer's bank before: {what}", given=given, what=what)
    if order.stage is not Stage.PENDING_PAYMENT:
        text = say("Your bank had let go of your payment of {given}: {what}.", given=given, what=what)
        return Change(order, summary, (Word(Role.BUYER, NoticeKind.PAYMENT_GOES_BACK, text),))
    text = say(
        "Your bank had let go of your payment of {given}: {what}. Please pay {wanted}.",
        given=given,
        what=what,
        wanted=wanted,
    )
    return Change(order, summary, (Word(Role.BUYER, NoticeKind.PAYMENT_NOT_ENOUGH, text, until=DeadlineKind.PAY_BY),))


def payment_failed(order: Order, event: PaymentFailed, now: datetime) -> Change:
    """A try to pay did not work; the buyer may try again, while the order waits for a payment."""
    del now
    if order.stage is not Stage.PENDING_PAYMENT:
        return Change(order, say("A failed payment was reported"), why=say("the order waits for no payment"))
    text = say("Your payment for order {order_id} failed. Please try again.", order_id=order.order_id)
    word = Word(Role.BUYER, NoticeKind.PAYMENT_FAILED, text, until=DeadlineKind.PAY_BY)
    return Change(order, say("Payment {payment_id} failed", payment_id=event.payment_id), (word,))


def cancelled_unpaid(order: Order, event: RequestCancellation, now: datetime) -> Change:
    """Unpaid: cancelled at once, no seller, no reason needed. Without one it is `other`, which claims nothing."""
    reason = event.reason or CancellationReason.OTHER
    if event.reason is not None:
        cancellation.check_buyer_reason(event.reason)
    return endings.order_cancelled(order, now, reason, Role.BUYER, say("Cancelled by the buyer before payment"))


def payment_expired(order: Order, at: datetime) -> Change:
    """`pay_by` passed: cancelled by itself."""
    reason = CancellationReason.PAYMENT_EXPIRED
    return endings.order_cancelled(order, at, reason, Role.SYSTEM, say("Cancelled: the order was not paid in time"))


def payment_not_due(order: Order, event: PaymentCaptured, now: datetime) -> Change:
    """A payment for an order that waits for none: it goes back whole, also long after the order was settled (R28)."""
    given = Money(event.amount, event.currency)
    order = _send_payment_back(order, event, now)
    text = say("Your payment of {given} came when none was due", given=given)
    word = going_back.payment_goes_back(order, order.payments[-1], text, now)
    summary = say("Payment of {given} came when none was due: it goes back", given=given)
    return Change(order, with_clock_ahead(order, summary, event.occurred_at, now), (word,))


def known_payment_captured(order: Order, event: PaymentCaptured, now: datetime) -> Change | None:
    """A payment id that was taken before: its capture if it was only authorised, else a duplicate; with other content a
    conflict for the platform (R7)."""
    payment = find_payment(order, event.payment_id)
    if payment is None:
        return None
    summary = say("Payment {payment_id} was captured", payment_id=event.payment_id)
    if _is_the_same_payment(payment, event):
        return captures.hear_charge(order, payment, summary, now)
    is_whole = event.of in (None, event.amount)
    uncaptured = payment.captured_at is None and is_whole and payment.currency == event.currency
    # Asked after the larger amount, one that was voided would be charged as if it still paid the order.
    if uncaptured and captures.was_voided(order, payment):
        return captures.hear_late_charge(order, payment, event.amount, summary, now)
    if uncaptured and event.amount > payment.taken:
        return captures.hear_larger_charge(order, payment, event.amount, summary, now)
    what = say(
        "it was taken as {first}, and is now reported as {second}",
        first=_amount_of(payment.taken, payment.of, payment.currency),
        second=_amount_of(event.amount, event.of, event.currency),
    )
    return payment_contradicted(order, event.payment_id, what)


def _is_the_same_payment(payment: Payment, event: PaymentCaptured) -> bool:
    """Whether it is reported as it was taken; or whole, where this order has taken its share of the whole (R36)."""
    whole = payment.of or payment.taken
    as_taken = event.amount == payment.taken and (event.of or event.amount) == whole
    return event.currency == payment.currency and (as_taken or (event.of is None and event.amount == whole))


def _amount_of(amount: int, of: int | None, currency: str) -> Value:
    share = Money(amount, currency)
    return share if of is None else say("{share} of {whole}", share=share, whole=Money(of, currency))


def find_payment(order: Order, payment_id: str) -> Payment | None:
    return next((payment for payment in order.payments if payment.payment_id == payment_id), None)


def _send_payment_back(order: Order, event: PaymentCaptured, now: datetime) -> Order:
    role: Literal["surplus", "foreign"] = "surplus" if event.currency == order.currency else "foreign"
    order, payment = _take_payment(order, event, now, role)
    return refunds.request_refund(order, payment, event.amount, "surplus", now)


def _take_payment(
    order: Order, event: PaymentCaptured, now: datetime, role: Literal["order", "surplus", "foreign"]
) -> tuple[Order, Payment]:
    payment = Payment(event.payment_id, event.amount, event.currency, event.method, now, role, of=event.of)
    order = replace(order, payments=(*order.payments, payment))
    return order if role == "foreign" else move_money(order, "captured", "held", event.amount), payment


BESIDE: Final[Table] = {
    PaymentCaptured: payment_captured,
    PaymentFailed: payment_failed,
}
