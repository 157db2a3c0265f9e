"""Money that leaves a payment without our asking, by a chargeback or a refund made elsewhere: what it is taken from,
and how it is put back where it was (R22, R34, R35).

Which word about it counts lives with each of them in `story/`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, TypeVar

from workflows.frozen import replace
from workflows.messages.inquiries import Inquiry
from workflows.messages.values import MoneyState
from workflows.process.money import refunds, releases
from workflows.process.money.ledger import (
    all_withdrawals,
    amount_lost,
    amount_not_paid,
    id_of_withdrawal,
    in_flight,
    is_waiting,
    loss_to_fill,
    move_money,
    paid_by,
    parts_taken,
    with_transfer,
)
from workflows.process.money.transfers import is_room_for_retry
from workflows.process.state.changes import Inquire
from workflows.process.state.order import Order
from workflows.process.state.payments import (
    IN_TROUBLE,
    Chargeback,
    Payment,
    Refund,
    RefundElsewhere,
    Release,
    Taken,
    Withdrawal,
)

W = TypeVar("W", Chargeback, RefundElsewhere)
Column = Literal["refunding", "released", "held", "shortfall"]
"""Of the ledger, where money stands before it is refunded."""


MAX_WITHDRAWALS: Final = 32
"""Chargebacks and refunds made elsewhere that are kept of one order: each stays in its state, and nobody honest needs
nearly as many."""


def is_room_for_withdrawal(order: Order) -> bool:
    """Whether the order keeps one more of them."""
    return len(all_withdrawals(order)) < MAX_WITHDRAWALS


def with_withdrawal(order: Order, new: Withdrawal) -> Order:
    """`order` with that chargeback or refund made elsewhere, new or changed."""
    if isinstance(new, Chargeback):
        return replace(order, chargebacks=_with_this(order.chargebacks, new))
    return replace(order, elsewhere=_with_this(order.elsewhere, new))


def _with_this(known: Sequence[W], new: W) -> tuple[W, ...]:
    by_id = {id_of_withdrawal(old): old for old in known} | {id_of_withdrawal(new): new}
    return tuple(by_id.values())


def take_out(order: Order, withdrawal: Withdrawal, payment: Payment, amount: int, now: datetime) -> Order:
    """`order` with the withdrawal as it is given, and exactly so much taken by it: more than before, or what is too
    much is put back where it was taken from, last taken first (R34)."""
    taken = _sum_of(parts_taken(withdrawal))
    if amount < taken:
        return _put_back(order, withdrawal, payment, taken - amount, now)
    order, more = take_from_payment(order, payment, amount - taken)
    order = with_withdrawal(order, _with_parts(withdrawal, (*parts_taken(withdrawal), *more)))
    # While the lost money still counts as held, a failed release seems to have something to retry, and stays failed.
    return releases.give_up_releases(order)


def take_from_payment(order: Order, payment: Payment, amount: int) -> tuple[Order, tuple[Taken, ...]]:
    """`order` with exactly so much of a payment refunded without it, and what that was taken from."""
    taken: tuple[Taken, ...] = ()
    for take in _TAKING:
        order, parts = take(order, payment, amount - _sum_of(taken))
        taken = (*taken, *parts)
    return order, taken


def _put_back(order: Order, withdrawal: Withdrawal, payment: Payment, amount: int, now: datetime) -> Order:
    while amount:
        *others, last = parts_taken(withdrawal)
        back = min(amount, last.amount)
        still = _without_nothing([replace(last, amount=last.amount - back)])
        withdrawal, amount = _with_parts(withdrawal, (*others, *still)), amount - back
        order, left = _come_back(order, withdrawal, payment, replace(last, amount=back))
        order = _PUTTING_BACK[last.source](order, payment, left, now)
    return order


def _come_back(order: Order, withdrawal: Withdrawal, payment: Payment, part: Taken) -> tuple[Order, Taken]:
    """`order` with a part that is no longer taken as held, and what is left of it once the payment's loss has ended:
    while the platform is out of pocket for it, there is nothing to put back."""
    before = order
    order = with_withdrawal(order, withdrawal)
    if part.source == "refund":
        cut = _refund_of(order, part)
        order = with_transfer(order, replace(cut, charged_back=cut.charged_back - part.amount))
    if payment.role != "foreign":
        order = move_money(order, "refunded", "held", part.amount)
    # Read before the records say that it is back, the loss still looks like one, and is not filled.
    ended = min(part.amount, _loss_that_ends(before, order, payment))
    if payment.role != "foreign":
        order = move_money(order, "held", "shortfall", ended)
    return order, replace(part, amount=part.amount - ended)


def _loss_that_ends(before: Order, order: Order, payment: Payment) -> int:
    """What of the platform's loss is over now. Money of a surplus ends no loss but its own."""
    if payment.role == "order":
        return loss_to_fill(order)
    return amount_lost(before, payment) - amount_lost(order, payment)


def _with_parts(withdrawal: Withdrawal, parts: tuple[Taken, ...]) -> Withdrawal:
    short = _sum_of(tuple(part for part in parts if part.source == "shortfall"))
    return replace(withdrawal, taken=parts, short=short)


def _sum_of(parts: tuple[Taken, ...]) -> int:
    return sum(part.amount for part in parts)


def inquiry_about(order: Order, withdrawal: Withdrawal) -> Inquire:
    """The question to the provider how it stands."""
    return Inquire(
        Inquiry(
            about="chargeback" if isinstance(withdrawal, Chargeback) else "refund",
            order_id=order.order_id,
            payment_id=withdrawal.payment_id,
            reference=id_of_withdrawal(withdrawal),
            number=withdrawal.questions,
        )
    )


def unanswered_inquiries(order: Order) -> tuple[Inquire, ...]:
    """What the provider was asked and has not answered."""
    return tuple(inquiry_about(order, known) for known in all_withdrawals(order) if known.doubted)


def _from_refunds(order: Order, payment: Payment, amount: int) -> tuple[Order, tuple[Taken, ...]]:
    """Refunds of this payment that wait or have failed: the buyer has got that without them."""
    taken: list[Taken] = []
    for refund in order.refunds:
        if refund.payment_id == payment.payment_id and (is_waiting(refund) or refund.state in IN_TROUBLE):
            part = min(amount, refund.owed)
            order, amount = _cut_refund(order, payment, refund, part), amount - part
            taken.append(Taken("refund", part, refund.refund_id))
    return order, _without_nothing(taken)


def _from_releases(order: Order, payment: Payment, amount: int) -> tuple[Order, tuple[Taken, ...]]:
    """Releases that wait. Asked after what is held, they would go out whole instead of covering it (R22)."""
    taken: list[Taken] = []
    for release in order.releases if payment.role == "order" else ():
        if is_waiting(release):
            part = min(amount, release.amount)
            order, amount = _cut_release(order, release, part), amount - part
            taken.append(Taken("release", part, release.release_id))
    return order, _without_nothing(taken)


def _from_held(order: Order, payment: Payment, amount: int) -> tuple[Order, tuple[Taken, ...]]:
    part = min(amount, order.ledger.held) if payment.role == "order" else 0
    return move_money(order, "held", "refunded", part), _without_nothing([Taken("held", part)])


def _from_nothing(order: Order, payment: Payment, amount: int) -> tuple[Order, tuple[Taken, ...]]:
    """Nothing is left: it is the platform's loss. Foreign money has no columns in which it would stand."""
    return _gone(order, payment, "shortfall", amount), _without_nothing([Taken("shortfall", amount)])


_TAKING: Final = (_from_refunds, _from_releases, _from_held, _from_nothing)
"""What is taken first stands first. Cut after the seller's money, refunds would give what the buyer has already."""


def _without_nothing(taken: Sequence[Taken]) -> tuple[Taken, ...]:
    return tuple(part for part in taken if part.amount > 0)


def _gone(order: Order, payment: Payment, source: Column, amount: int) -> Order:
    return order if payment.role == "foreign" else move_money(order, source, "refunded", amount)


def _cut_refund(order: Order, payment: Payment, refund: Refund, amount: int) -> Order:
    """`order` with that much of a refund paid without it. One that is left with nothing is over."""
    new = replace(refund, owed=refund.owed - amount, charged_back=refund.charged_back + amount)
    if amount and not new.owed:
        ended = MoneyState.SUCCEEDED if paid_by(new) else MoneyState.CANCELLED
        new = replace(new, state=MoneyState.SETTLED_MANUALLY if new.settled_by_hand else ended, alerted=False)
    return _gone(with_transfer(order, new), payment, "refunding", amount)


def _cut_release(order: Order, release: Release, amount: int) -> Order:
    new = replace(release, amount=release.amount - amount)
    if not new.amount:
        new = replace(new, state=MoneyState.CANCELLED)
    return move_money(with_transfer(order, new), "released", "refunded", amount)


def _to_refund(order: Order, payment: Payment, part: Taken, now: datetime) -> Order:
    """Owed again by the refund that was cut, as far as nobody has paid that meanwhile."""
    refund = _refund_of(order, part)
    again = max(0, min(part.amount, amount_not_paid(refund) - refund.owed))
    order = _owe_what_came_back(order, payment, refund, again, now)
    return _to_cut_refunds(order, payment, replace(part, amount=part.amount - again), now)


def _refund_of(order: Order, part: Taken) -> Refund:
    return next(refund for refund in order.refunds if refund.refund_id == part.record_id)


def _to_release(order: Order, payment: Payment, part: Taken, now: datetime) -> Order:
    """To the release that waited. One that has gone out meanwhile with the rest takes nothing more."""
    release = next(release for release in order.releases if release.release_id == part.record_id)
    if release.attempts:
        return _to_held(order, payment, part, now)
    state = MoneyState.REQUESTED if release.amount + part.amount else release.state
    order = with_transfer(order, replace(release, amount=release.amount + part.amount, state=state))
    return move_money(order, "held", "released", part.amount)


def _to_held(order: Order, payment: Payment, part: Taken, now: datetime) -> Order:
    """There it is."""
    del payment, part, now
    return order


def _to_cut_refunds(order: Order, payment: Payment, part: Taken, now: datetime) -> Order:
    """To refunds that were cut while the payment had nothing left for them; what is left then is held."""
    left = part.amount
    for refund in order.refunds:
        if refund.payment_id == payment.payment_id and left:
            again = max(0, min(left, amount_not_paid(refund) - refund.owed))
            order, left = _owe_what_came_back(order, payment, refund, again, now), left - again
    return order


def _owe_what_came_back(order: Order, payment: Payment, refund: Refund, amount: int, now: datetime) -> Order:
    """`order` with so much that came back owed by the refund again, and sent; one in trouble waits for the platform,
    and beside an attempt under way a refund of its own goes out."""
    if not amount:
        return order
    if in_flight(refund):
        order = with_transfer(order, replace(refund, amount=refund.amount - amount))
        return refunds.request_refund(order, payment, amount, refund.cause, now)
    state = refund.state if refund.state in IN_TROUBLE else MoneyState.REQUESTED
    if refund.attempts and (refund.attempts[-1].unsent or not is_room_for_retry(order)):
        state = MoneyState.FAILED
    order = with_transfer(order, replace(refund, owed=refund.owed + amount, state=state))
    return order if payment.role == "foreign" else move_money(order, "held", "refunding", amount)


_PUTTING_BACK: Final[Mapping[str, Callable[[Order, Payment, Taken, datetime], Order]]] = {
    "refund": _to_refund,
    "release": _to_release,
    "held": _to_held,
    "shortfall": _to_cut_refunds,
}
