"""Authorisations: an order that the buyer's bank has promised to pay is shipped like a paid one, and nobody is charged
before (R32). What can pay no order is given back at once."""

from datetime import datetime
from typing import Final, Literal

from workflows.frozen import replace
from workflows.messages.authorizations import PaymentAuthorized, PaymentVoided
from workflows.messages.notices import NoticeKind
from workflows.messages.payment_methods import method_label
from workflows.messages.sentences import Money, say
from workflows.messages.values import CancellationReason, DeadlineKind, Role, Stage
from workflows.process import early, refusals
from workflows.process.arrivals import endings
from workflows.process.money import captures, refund_news, refunds
from workflows.process.money.contradictions import payment_contradicted
from workflows.process.money.ledger import in_flight, move_money
from workflows.process.money.overflow import is_room_for_payment, payment_stays_outside
from workflows.process.state.changes import Change, Table, Word
from workflows.process.state.order import Order
from workflows.process.state.payments import Payment
from workflows.process.story import cancellation, payment

NOT_SHIPPED = (Stage.AWAITING_SHIPMENT, Stage.CANCELLATION_PENDING)
"""Where an order is cancelled whose money is gone: nobody ships what nobody pays."""


def payment_authorized(order: Order, event: PaymentAuthorized, now: datetime) -> Change:
    """What an authorisation leads to. Where the terms want a capture it changes nothing: that is still to come."""
    # Asked later, an authorisation that the terms do not want would pass for a duplicate of the capture they did want.
    if order.terms.capture == "at_payment":
        why = say("this order is paid by a charge, not by a reservation: charge the payment, and report that")
        return Change(order, say("Payment {payment_id} was authorised", payment_id=event.payment_id), why=why)
    # Asked after the amount, what was given back as too small would pay the order once more of it is reported (R7).
    if known := payment.find_payment(order, event.payment_id):
        return _known_payment_authorized(order, known, event)
    if not is_room_for_payment(order):
        return payment_stays_outside(order, event)
    if void := early.kept_void(order, event.payment_id):
        return _authorization_given_up(early.without_kept(order, void), event, now)
    if order.stage is Stage.PENDING_PAYMENT and payment.is_full_payment(order, event):
        return _order_promised(order, event, now)
    return _authorization_of_no_use(order, event, now)


def _known_payment_authorized(order: Order, known: Payment, event: PaymentAuthorized) -> Change:
    if (known.authorized, known.currency) == (event.amount, event.currency) or known.authorized is None:
        why = say("duplicate: this payment was already taken")
        return Change(order, say("Payment {payment_id} was reported again", payment_id=event.payment_id), why=why)
    what = say(
        "{first} of it were authorised, and now {second} are reported",
        first=Money(known.authorized, known.currency),
        second=Money(event.amount, event.currency),
    )
    return payment_contradicted(order, event.payment_id, what)


def _order_promised(order: Order, event: PaymentAuthorized, now: datetime) -> Change:
    """It pays the order: its total is held, and taken when the order is shipped."""
    order = payment.to_be_shipped(_take_authorization(order, event, order.total, "order"), now)
    amount = order.money(order.total)
    summary = say(
        "Authorised: {amount} by {method}, to be charged when it is shipped",
        amount=amount,
        method=method_label(event.method),
    )
    summary = payment.with_clock_ahead(order, summary, event.occurred_at, now)
    text = say(
        "{amount} of your payment {payment_id} are reserved, and charged when the order is shipped.",
        amount=amount,
        payment_id=event.payment_id,
    )
    return Change(order, summary, (payment.please_ship(order), Word(Role.BUYER, NoticeKind.PAYMENT_AUTHORIZED, text)))


def _authorization_of_no_use(order: Order, event: PaymentAuthorized, now: datetime) -> Change:
    """Too small, in another currency, a second one, or too late: nothing of it is ever charged."""
    order = _take_authorization(order, event, event.amount, _role_beside(order, event))
    order = refunds.request_refund(order, order.payments[-1], event.amount, "surplus", now)
    given = Money(event.amount, event.currency)
    if order.stage is not Stage.PENDING_PAYMENT:
        text = say("Your payment of {given} came when none was due. It is not charged.", given=given)
        word = Word(Role.BUYER, NoticeKind.PAYMENT_GOES_BACK, text)
        summary = say("Authorisation of {given} came when none was due: it is given back", given=given)
        return Change(order, summary, (word,))
    wanted = order.money(order.total)
    text = say(
        "Your payment of {given} does not pay this order of {wanted}, and is not charged. Please pay {wanted}.",
        given=given,
        wanted=wanted,
    )
    word = Word(Role.BUYER, NoticeKind.PAYMENT_NOT_ENOUGH, text, until=DeadlineKind.PAY_BY)
    summary = say("Authorisation of {given} does not pay {wanted}: it is given back", given=given, wanted=wanted)
    return Change(order, summary, (word,))


def _authorization_given_up(order: Order, event: PaymentAuthorized, now: datetime) -> Change:
    """The bank has let go of it already: it stands in the books as voided, and the provider is asked for nothing."""
    order = _take_authorization(order, event, event.amount, _role_beside(order, event))
    order = refunds.request_refund(order, order.payments[-1], event.amount, "surplus", now)
    return payment.payment_given_up(refunds.void_by_bank(order, order.refunds[-1]), event, say("it is not charged"))


def _role_beside(order: Order, event: PaymentAuthorized) -> Literal["surplus", "foreign"]:
    return "surplus" if event.currency == order.currency else "foreign"


def _take_authorization(
    order: Order, event: PaymentAuthorized, amount: int, role: Literal["order", "surplus", "foreign"]
) -> Order:
    new = Payment(event.payment_id, amount, event.currency, event.method, None, role, event.amount)
    order = replace(order, payments=(*order.payments, new))
    return order if role == "foreign" else move_money(order, "authorized", "held", amount)


def check_may_report_void(order: Order, event: PaymentVoided) -> None:
    """The platform says that a promise is gone only once its capture is overdue; and again, as long as it is known."""
    if order.capture is None or not (order.capture.alerted or order.capture.let_go):
        only_after = say("the payment provider, and the platform only once the charge is long overdue")
        raise refusals.wrong_role(event.name, Role.PLATFORM, only_after)


def payment_voided(order: Order, event: PaymentVoided, now: datetime) -> Change:
    """The bank has let go of an authorisation: nobody ships what nobody pays."""
    known = payment.find_payment(order, event.payment_id)
    summary = say("The bank has let go of payment {payment_id}", payment_id=event.payment_id)
    if known is None:
        why = say("the order knows of no authorisation {payment_id}", payment_id=event.payment_id)
        return Change(order, summary, why=why)
    # Asked after the try under way, a bank that lets go of what was charged would make that try fail.
    if known.captured_at:
        return Change(order, summary, why=say("it was captured before"))
    if voided := refund_news.end_voids(order, known, now):
        return voided
    capture = captures.capture_of(order, known)
    # Asked after the try under way, a repetition would make the one fail that was begun since.
    if capture and capture.let_go:
        return Change(order, summary, why=say("duplicate: that was reported before"))
    if capture and (attempt := in_flight(capture)):
        lost = say("The bank has let go of payment {payment_id} while it was captured", payment_id=event.payment_id)
        return captures.lose_capture(order, capture, attempt, lost, now)
    if known.role != "order" or order.stage not in NOT_SHIPPED:
        return Change(order, summary, why=say("nothing of it is to be captured"))
    order = cancellation.overtake_cancellation(order, now)
    reason = CancellationReason.PAYMENT_EXPIRED
    ended = say("The bank has let go of payment {payment_id}: cancelled", payment_id=event.payment_id)
    return endings.order_cancelled(order, now, reason, Role.PAYMENT_PROVIDER, ended)


BESIDE: Final[Table] = {
    PaymentAuthorized: payment_authorized,
    PaymentVoided: payment_voided,
}
