"""The ledger: how money moves between its columns, and the assert that none is lost (R6, R32)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Final, Literal, assert_never

from workflows.frozen import replace
from workflows.messages.values import MoneyState
from workflows.process.state.order import Ledger, Order
from workflows.process.state.payments import (
    IN_TROUBLE,
    Attempt,
    Capture,
    Chargeback,
    Payment,
    Refund,
    RefundElsewhere,
    Release,
    Taken,
    Withdrawal,
)

Transfer = Refund | Release | Capture
"""A record of money that the provider is to move."""
Column = Literal["authorized", "captured", "refunded", "refunding", "released", "held", "shortfall"]
"""A column of the ledger. A name that is none is a type error."""
COLUMNS = tuple(field.name for field in fields(Ledger))
Hold = Literal["chargeback", "question to the provider", "payment conflict"]
"""What is open about a payment and keeps its money where it is."""
SOURCES: Final[tuple[Column, ...]] = ("authorized", "captured", "shortfall")
"""Where the order's money comes from: the bank's promise, the buyer, the platform's pocket. Each grows by what is taken
out of it, and shrinks by what is put back; every other column holds money."""


def move_money(order: Order, source: Column, destination: Column, amount: int) -> Order:
    """`order` with this much moved from one column to another; nothing, when it is 0.

    What a movement takes out it puts in, so that authorized + captured + shortfall = refunded + refunding + released +
    held is true after it whenever it was before (R6). `captured → held` brings money in, `held → shortfall` gives the
    platform back what it is out of pocket, `captured → authorized` makes good what was only promised.
    """
    assert amount >= 0, f"{order.order_id}: {amount} from {source} to {destination} is a movement the other way"
    taken = _booked(order.ledger, source, -amount)
    return replace(order, ledger=_booked(taken, destination, amount))


def _booked(ledger: Ledger, column: Column, inward: int) -> Ledger:
    """`ledger` with so much put into a column."""
    change = -inward if column in SOURCES else inward
    return replace(ledger, **{column: getattr(ledger, column) + change})


def all_transfers(order: Order) -> tuple[Transfer, ...]:
    """Everything that moves money of the order, in or out."""
    return (*order.refunds, *order.releases, *((order.capture,) if order.capture else ()))


def with_transfer(order: Order, new: Transfer) -> Order:
    """`order` with this record as it is now."""
    match new:
        case Refund():
            return replace(order, refunds=tuple(new if r.refund_id == new.refund_id else r for r in order.refunds))
        case Release():
            return replace(order, releases=tuple(new if r.release_id == new.release_id else r for r in order.releases))
        case Capture():
            return replace(order, capture=new)


def id_of(record: Transfer) -> str:
    match record:
        case Refund():
            return record.refund_id
        case Release():
            return record.release_id
        case Capture():
            return record.capture_id


def currency_of(order: Order, record: Transfer) -> str:
    """The currency it is counted in: only a refund may be of a payment in another currency."""
    return record.currency if isinstance(record, Refund) else order.currency


def payment_of_order(order: Order) -> Payment | None:
    """The payment that pays the order."""
    return next((payment for payment in order.payments if payment.role == "order"), None)


def payment_of(order: Order, record: Refund | Capture) -> Payment:
    """The payment that it gives back, or takes."""
    return next(payment for payment in order.payments if payment.payment_id == record.payment_id)


def is_void(order: Order, record: Transfer) -> bool:
    """Whether an attempt at it would only let go of what nobody was charged (R32)."""
    return isinstance(record, Refund) and payment_of(order, record).captured_at is None


def is_only_promised(order: Order) -> bool:
    """Whether the payment that pays the order is authorised, and nobody is charged yet (R32)."""
    payment = payment_of_order(order)
    return payment is not None and payment.captured_at is None


def paid_by(record: Transfer) -> int:
    """What its successful attempts have moved, and what was paid by hand."""
    by_hand = 0 if isinstance(record, Capture) else record.settled_by_hand
    return by_hand + sum([a.amount for a in record.attempts if a.state is MoneyState.SUCCEEDED])


def amount_not_paid(refund: Refund) -> int:
    """What of it neither its attempts, nor anybody by hand, nor anybody elsewhere has paid."""
    return refund.amount - paid_by(refund) - refund.charged_back


def in_flight(record: Transfer) -> Attempt | None:
    """The newest attempt of which the provider has not said the last word."""
    return next((a for a in reversed(record.attempts) if not is_final(a.state)), None)


def refunds_by_payment(order: Order) -> Mapping[str, Sequence[Refund]]:
    """What goes back of each payment. Whoever looks at every payment looks at every refund once, and not for each."""
    of_payments = defaultdict[str, list[Refund]](list)
    for refund in order.refunds:
        of_payments[refund.payment_id].append(refund)
    return of_payments


def all_withdrawals(order: Order) -> tuple[Withdrawal, ...]:
    """Everything that has left the order's payments without our asking, or may."""
    return (*order.chargebacks, *order.elsewhere)


def id_of_withdrawal(withdrawal: Withdrawal) -> str:
    """The provider's own id of it."""
    return withdrawal.chargeback_id if isinstance(withdrawal, Chargeback) else withdrawal.reference


def parts_taken(withdrawal: Withdrawal) -> tuple[Taken, ...]:
    """What it took, and where from. Of a loss that was recorded before that was kept, what was not short was held."""
    if withdrawal.taken is not None:
        return withdrawal.taken
    lost = withdrawal.amount if withdrawal.outcome == "lost" else 0
    parts = (Taken("held", lost - withdrawal.short), Taken("shortfall", withdrawal.short))
    return tuple(part for part in parts if part.amount)


def find_refund_elsewhere(order: Order, reference: str | None) -> RefundElsewhere | None:
    """The refund made elsewhere that the provider knows by this id."""
    return next((known for known in order.elsewhere if known.reference == reference), None)


def taken_elsewhere(order: Order, payment_id: str) -> int:
    """What of a payment the buyer got without our asking: by lost chargebacks, by refunds made elsewhere."""
    if not (order.chargebacks or order.elsewhere):
        return 0
    of_it = (withdrawal for withdrawal in all_withdrawals(order) if withdrawal.payment_id == payment_id)
    return sum(part.amount for withdrawal in of_it for part in parts_taken(withdrawal))


def amount_overdrawn(order: Order) -> int:
    """What left the order, or is to, beyond all that was paid: the least that the platform is out of pocket."""
    ledger = order.ledger
    return max(0, ledger.refunded + ledger.refunding + ledger.released - ledger.captured - ledger.authorized)


def lost_by_refunds(order: Order) -> int:
    """The part of the platform's loss that no seller's money may fill: refunds paid twice, surplus charged back."""
    loss, of_payments = 0, refunds_by_payment(order)
    for payment in order.payments:
        refunds = of_payments[payment.payment_id]
        if payment.role == "order":
            loss += sum(max(0, paid_by(r) + r.owed + r.charged_back - r.amount) for r in refunds)
        elif payment.role == "surplus":
            loss += _lost_beyond(order, payment, refunds)
    return loss


def amount_lost(order: Order, payment: Payment) -> int:
    """What went back of a payment that pays nothing, or is to, beyond what it brought."""
    return _lost_beyond(order, payment, [r for r in order.refunds if r.payment_id == payment.payment_id])


def _lost_beyond(order: Order, payment: Payment, refunds: Sequence[Refund]) -> int:
    back = sum(paid_by(r) + r.owed for r in refunds) + taken_elsewhere(order, payment.payment_id)
    return max(0, back - payment.brought)


def loss_to_fill(order: Order) -> int:
    """What of the platform's loss the order's own money fills: not what it has not got, nor what refunds have lost."""
    return max(0, order.ledger.shortfall - max(amount_overdrawn(order), lost_by_refunds(order)))


def is_undecided(withdrawal: Withdrawal) -> bool:
    """Whether it is still to be said what it takes: by the bank, by the provider of two words, or by the platform."""
    if withdrawal.doubted:
        return True
    return isinstance(withdrawal, Chargeback) and (withdrawal.outcome == "open" or withdrawal.conflict is not None)


def hold_on_payment(order: Order, payment_id: str) -> Hold | None:
    """What is open about a payment, so that nothing of it is sent anywhere (R22, R34, R36)."""
    undecided = [known for known in all_withdrawals(order) if known.payment_id == payment_id and is_undecided(known)]
    if undecided:
        return "question to the provider" if any(known.doubted for known in undecided) else "chargeback"
    if any(payment.payment_id == payment_id and payment.claimed_by for payment in order.payments):
        return "payment conflict"
    return None


def hold_on_payout(order: Order) -> Hold | None:
    """What is open about the payment that paid the order: releases come out of it."""
    payment = payment_of_order(order)
    return hold_on_payment(order, payment.payment_id) if payment else None


def goes_back_whole(order: Order, payment: Payment) -> bool:
    """Whether all of a payment has gone back, or is to."""
    of_it = (refund for refund in order.refunds if refund.payment_id == payment.payment_id)
    return sum(paid_by(refund) + refund.owed for refund in of_it) >= payment.brought


def capture_not_given_up(order: Order, payment: Payment) -> Capture | None:
    """The capture of a payment, as long as something may come of it."""
    capture = order.capture
    if capture is None or capture.payment_id != payment.payment_id or capture.state is MoneyState.CANCELLED:
        return None
    return capture


def may_go_back(order: Order, payment: Payment) -> bool:
    """Whether the provider may be asked to give something of it back now: not while the buyer's bank disputes it or
    other orders claim it, nor while it is only authorised, unless it is voided whole (R22, R32, R36)."""
    if hold_on_payment(order, payment.payment_id):
        return False
    return payment.captured_at is not None or (
        goes_back_whole(order, payment) and not capture_not_given_up(order, payment)
    )


def is_waiting(record: Transfer) -> bool:
    """Whether it was asked for, and nothing of what it owes was ever sent."""
    return record.state is MoneyState.REQUESTED and in_flight(record) is None


def is_final(state: MoneyState) -> bool:
    return state is MoneyState.SUCCEEDED or state in IN_TROUBLE


def is_open(record: Transfer) -> bool:
    """Whether this keeps an order from being settled."""
    match record:
        case Capture():
            return record.state not in (MoneyState.SUCCEEDED, MoneyState.SETTLED_MANUALLY, MoneyState.CANCELLED)
        case Refund():
            is_owed = record.owed > 0
        case Release():
            is_owed = record.state in IN_TROUBLE
        case _:
            assert_never(record)
    return is_owed or is_waiting(record) or in_flight(record) is not None


def balanced(order: Order) -> Order:
    """`order`, if its money adds up. If not it is our bug: freeze the order, loudly, with its money where it was."""
    ledger = order.ledger
    for column, amount in vars(ledger).items():
        assert amount >= 0, f"{order.order_id}: {column} is negative in {ledger}"
    gone = ledger.refunded + ledger.refunding + ledger.released + ledger.held
    came = ledger.authorized + ledger.captured
    assert came + ledger.shortfall == gone, f"{order.order_id}: {ledger} does not balance"
    _payments_match(order)
    assert ledger.released == sum(amount_claimed(release) for release in order.releases), f"{order.order_id}: released"
    return order


def _payments_match(order: Order) -> None:
    """The columns are the sum of the records; no payment gives back more than it brought, but for the shortfall."""
    ledger, of_payments = order.ledger, refunds_by_payment(order)
    charged = promised = refunded = refunding = 0
    for payment in order.payments:
        if payment.role == "foreign":
            continue
        charged += payment.amount if payment.captured_at else 0
        promised += payment.voided if payment.captured_at else payment.amount
        of_it = of_payments.get(payment.payment_id, ())
        back = sum(map(paid_by, of_it)) + taken_elsewhere(order, payment.payment_id)
        underway = sum([refund.owed for refund in of_it])
        assert back + underway <= payment.brought + ledger.shortfall, f"{order.order_id}: {payment} gives more"
        refunded, refunding = refunded + back, refunding + underway
    assert (promised, charged) == (ledger.authorized, ledger.captured), f"{order.order_id}: {ledger} is not what came"
    assert (refunded, refunding) == (ledger.refunded, ledger.refunding), f"{order.order_id}: refunds"


def amount_claimed(release: Release) -> int:
    """What counts as released for it: what its attempts paid or may still pay, and what was paid by hand."""
    started = release.settled_by_hand + sum(a.amount for a in release.attempts if a.state not in IN_TROUBLE)
    return started if release.attempts else release.amount
