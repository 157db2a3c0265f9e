"""The ways an order ends: cancelled with its money going back, or completed with the seller paid. Nothing follows."""

from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Sentence, in_a_row, say
from workflows.messages.values import CancellationReason, ClosingReason, Role, Stage
from workflows.process.clock import deadlines
from workflows.process.money import going_back, refunds, releases
from workflows.process.money.ledger import (
    all_transfers,
    all_withdrawals,
    capture_not_given_up,
    hold_on_payout,
    is_only_promised,
    is_open,
    is_undecided,
    paid_by,
    payment_of_order,
    taken_elsewhere,
)
from workflows.process.state.changes import Change, Word
from workflows.process.state.order import Order

_AT_FAULT: Final = {
    CancellationReason.SHIPPING_TOO_SLOW: Role.SELLER,
    CancellationReason.SELLER_ASKED: Role.SELLER,
    CancellationReason.OUT_OF_STOCK: Role.SELLER,
    CancellationReason.CANNOT_SHIP_TO_ADDRESS: Role.SELLER,
    CancellationReason.PRICE_ERROR: Role.SELLER,
    CancellationReason.PROCESSING_TIME_MISSED: Role.SELLER,
    CancellationReason.POLICY: Role.SELLER,
    CancellationReason.STAFF_ERROR: Role.PLATFORM,
}
"""Whose fault a cancellation is; the buyer's for every reason that does not stand here, but for `other`."""
_NOBODYS: Final = (
    CancellationReason.CHARGEBACK,
    CancellationReason.REFUNDED_ELSEWHERE,
    CancellationReason.PAYMENT_CONFLICT,
)
_REFUNDED_WHOLE: Final = (ClosingReason.DECISION, ClosingReason.AGREEMENT, ClosingReason.RETURN_RECEIVED)
"""Why an order closes of which all that was held goes back, where that was not written down."""


def fault_of(reason: CancellationReason, asked_by: Role) -> Role | None:
    """Who is at fault. `other` is the seller's when the seller gave it, and nobody's when the buyer did; nobody's is
    money that went back without us, or that is another order's."""
    if reason in _NOBODYS:
        return None
    if reason is CancellationReason.OTHER:
        return Role.SELLER if asked_by is Role.SELLER else None
    return _AT_FAULT.get(reason, Role.BUYER)


def order_cancelled(
    order: Order,
    at: datetime,
    reason: CancellationReason,
    asked_by: Role,
    summary: Sentence,
    words: tuple[Word, ...] = (),
) -> Change:
    """Cancelled before it was shipped, or stopped on its way: all that is held goes back, and both sides are told."""
    # Read once the money has moved, nothing is held any more, and nobody is told how much goes back.
    back = order.ledger.held
    order = replace(refunds.refund_held(order, at), reason=reason, fault=fault_of(reason, asked_by))
    order = _close_order(order, Role.BUYER)
    told = say("Order {order_id} is cancelled ({reason}).", order_id=order.order_id, reason=reason)
    if reason is CancellationReason.OTHER:  # given by whoever gives none: it tells nobody anything
        told = say("Order {order_id} is cancelled.", order_id=order.order_id)
    if not order.payments:
        told = in_a_row(told, say("Nothing was charged."))
    elif back:
        told = in_a_row(told, _how_money_goes_back(order, back, at))
    buyer = Word(Role.BUYER, NoticeKind.ORDER_CANCELLED, told, _expected_back(order, back, at))
    seller = Word(Role.SELLER, NoticeKind.ORDER_CANCELLED, told)
    return Change(order, summary, (*words, buyer, seller) if order.paid_at else (*words, buyer))


def _how_money_goes_back(order: Order, back: int, at: datetime) -> Sentence:
    payment, amount = payment_of_order(order), order.money(back)
    if payment and is_only_promised(order) and not capture_not_given_up(order, payment):
        return say("{amount} were only reserved, and will not be charged.", amount=amount)
    when = going_back.when_back(order, payment, at) if payment else None
    return say("{amount} go back to the payment they came from{when}.", amount=amount, when=when)


def _expected_back(order: Order, back: int, at: datetime) -> datetime | None:
    payment = payment_of_order(order)
    return going_back.expected_back(order, payment, at) if payment and back else None


def order_completed(order: Order, at: datetime, reason: ClosingReason, summary: Sentence) -> Change:
    """Completed: the seller is paid what was not refunded."""
    # Read once the money has moved, nothing is held any more, and the seller is not told what is paid out.
    paid_out = order.ledger.held
    order = _close_order(replace(releases.release_held(order, at), reason=reason), Role.SELLER)
    text = say("Order {order_id} is closed ({reason}).", order_id=order.order_id, reason=reason)
    if order.stage is Stage.COMPLETED:
        text = say("Order {order_id} is completed ({reason}).", order_id=order.order_id, reason=reason)
    out = _goes_to_seller(order, paid_out, Role.SELLER)
    text = _after_decision(text, reason, summary)
    words = (
        Word(Role.BUYER, NoticeKind.ORDER_COMPLETED, text),
        Word(Role.SELLER, NoticeKind.ORDER_COMPLETED, in_a_row(text, out) if out else text),
    )
    return Change(order, summary, words)


def _when_paid_out(order: Order) -> Sentence | None:
    """What a payout of this order waits for, as the end of a sentence; None where it waits for nothing."""
    if hold := hold_on_payout(order):
        return going_back.ONCE_FREE[hold]
    return say(" once the buyer is charged") if is_only_promised(order) else None


def order_partly_refunded(order: Order, at: datetime, reason: ClosingReason, summary: Sentence, back: int) -> Change:
    """Ended with a part going back to the buyer, and the rest to the seller."""
    # With the seller's rest released first, nothing is held for the buyer: held goes negative, and the order freezes.
    order = refunds.refund_part(order, back, at)
    out = order.ledger.held
    order = _close_order(replace(releases.release_held(order, at), reason=reason), Role.SELLER)
    return Change(order, summary, _words_of_refund(order, reason, summary, at, back, out))


def order_refunded(order: Order, at: datetime, reason: ClosingReason, summary: Sentence) -> Change:
    """Ended after shipment with all that is held going back to the buyer."""
    back = order.ledger.held
    order = _close_order(replace(refunds.refund_held(order, at), reason=reason), Role.BUYER)
    return Change(order, summary, _words_of_refund(order, reason, summary, at, back))


def _words_of_refund(
    order: Order, reason: ClosingReason, summary: Sentence, at: datetime, back: int, out: int = 0
) -> tuple[Word, Word]:
    """What both are told of an order that has ended with money going back; the buyer also by when it is there."""
    ended = say("Order {order_id} has ended ({reason}).", order_id=order.order_id, reason=reason)
    ended = _after_decision(ended, reason, summary)

    def text(reader: Role) -> Sentence:
        coming = going_back.goes_back_to_buyer(order, back, at, reader)
        return in_a_row(ended, *(part for part in (coming, _goes_to_seller(order, out, reader)) if part))

    return (
        Word(Role.BUYER, NoticeKind.ORDER_REFUNDED, text(Role.BUYER), _expected_back(order, back, at)),
        Word(Role.SELLER, NoticeKind.ORDER_REFUNDED, text(Role.SELLER)),
    )


def _after_decision(ended: Sentence, reason: ClosingReason, summary: Sentence) -> Sentence:
    """What both are told of an end, and before it what was decided: no other notice says it where nobody can appeal."""
    return in_a_row(say("{told}.", told=summary), ended) if reason is ClosingReason.DECISION else ended


def _goes_to_seller(order: Order, out: int, reader: Role) -> Sentence | None:
    """So much as a sentence of its own, to one of the two; None when it is 0."""
    if not out:
        return None
    amount, when = order.money(out), _when_paid_out(order)
    if reader is Role.SELLER:
        return say("{amount} are paid out to you{when}.", amount=amount, when=when)
    return say("{amount} go to the seller{when}.", amount=amount, when=when)


def order_emptied(order: Order, reason: ClosingReason, summary: Sentence, words: tuple[Word, ...]) -> Change:
    """Ended after shipment with nothing held: the buyer has got all of it without us. What of that comes back is for
    the goods, and so the seller's."""
    order = _close_order(replace(order, reason=reason), Role.SELLER)
    text = say("Order {order_id} has ended: the money went back.", order_id=order.order_id)
    if reason is ClosingReason.CHARGEBACK:
        text = say("Order {order_id} has ended: the buyer's bank has given the money back.", order_id=order.order_id)
    told = (Word(Role.BUYER, NoticeKind.ORDER_REFUNDED, text), Word(Role.SELLER, NoticeKind.ORDER_REFUNDED, text))
    return Change(order, summary, (*words, *told))


def _close_order(order: Order, closed_for: Role) -> Order:
    """Closed: the stage is what became of the money, computed once; no deadline of the story runs on."""
    # It reads reason and ledger: closed before they are written, what completes or was intercepted ends as refunded.
    return replace(deadlines.stage_left(order), stage=stage_at_closing(order), closed_for=closed_for)


def whose_rest_it_is(order: Order) -> Role:
    """Whom all that was held went to when the order closed. Of one that closed before that was kept its stage says."""
    if order.closed_for:
        return order.closed_for
    went_back = order.stage is Stage.REFUNDED and order.reason in _REFUNDED_WHOLE
    return Role.BUYER if order.stage is Stage.CANCELLED or went_back else Role.SELLER


def rest_handed_out(order: Order, to: Role, amount: int, at: datetime) -> Order:
    """`order` with so much, that came back once it was closed, on its way to where the rest of it went."""
    if to is Role.BUYER:
        return refunds.refund_part(order, amount, at)
    return releases.release_part(order, amount, at)


def stage_at_closing(order: Order) -> Stage:
    """Never shipped, or intercepted, is cancelled; else what went back and out says it, without surplus.

    What the bank took back has gone back. What nothing was left for was the platform's, and changes nothing.
    """
    # Nothing is released of an order that was never shipped either: asked after the money, it would end as refunded.
    if order.parcel is None or order.reason is CancellationReason.INTERCEPTED:
        return Stage.CANCELLED
    back = sum(paid_by(refund) + refund.owed for refund in order.refunds if refund.cause == "order")
    paid_it = {payment.payment_id for payment in order.payments if payment.role == "order"}
    back += sum(taken_elsewhere(order, payment_id) for payment_id in paid_it)
    back -= sum(r.charged_back for r in order.refunds if r.cause == "surplus" and r.payment_id in paid_it)
    if not order.ledger.released:
        return Stage.REFUNDED
    return Stage.PARTIALLY_REFUNDED if back else Stage.COMPLETED


def settle_or_reopen(order: Order, now: datetime) -> Order:
    """`order` with `closed_at` as its money says: set once nothing is under way, and open again after a late fact."""
    under_way = (
        not order.stage.closed
        or any(map(is_undecided, all_withdrawals(order)))
        or any(map(is_open, all_transfers(order)))
    )
    closed_at = None if under_way else order.closed_at or now
    return order if closed_at == order.closed_at else replace(order, closed_at=closed_at)


def receipt_confirmed(order: Order, now: datetime) -> Change:
    """The buyer has it and is content."""
    return order_completed(order, now, ClosingReason.CONFIRMED, say("The buyer confirmed receipt"))
