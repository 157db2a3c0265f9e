"""Money that was given back elsewhere: in the provider's console, by another program. The buyer has it, so it is taken
from what has not left its payment yet; when it fails after all, it goes back to where it was (R35)."""

from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.chargebacks import RefundReported
from workflows.messages.currency import money
from workflows.messages.notices import NoticeKind
from workflows.messages.values import MoneyState, Role
from workflows.process.money import withdrawals
from workflows.process.money.contradictions import payment_contradicted
from workflows.process.money.ledger import find_refund_elsewhere
from workflows.process.outside import withdrawn
from workflows.process.state.changes import Change, InquiryAnswered, Table, Word
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE, Payment, Refund, RefundElsewhere

WITH_THE_BUYER: Final = (MoneyState.PENDING, MoneyState.SUCCEEDED)
"""States in which the buyer has the money, or is to get it."""


def refund_reported(order: Order, event: RefundReported, now: datetime) -> Change:
    """What a refund leads to that nobody asked us for. One of ours under its provider's id is a duplicate."""
    summary = f"News of refund {event.reference}: {event.state}"
    payment = next(payment for payment in order.payments if payment.payment_id == event.payment_id)
    if ours := _our_refund(order, event.reference):
        return Change(order, summary, why=f"duplicate: it is {ours.refund_id}")
    known = find_refund_elsewhere(order, event.reference)
    if wrong := _contradiction(payment, known, event):
        return payment_contradicted(order, event.payment_id, f"refund {event.reference} {wrong}")
    if known is None and not withdrawals.is_room_for_withdrawal(order):
        return withdrawn.withdrawal_stays_outside(order, event, summary)
    if known is None:
        return _first_word(order, payment, event, now)
    if event.amount != known.amount:
        return _state_counts(order, replace(known, amount=event.amount), payment, event.state, now)
    return _next_word(order, known, payment, event.state, now)


def _our_refund(order: Order, reference: str) -> Refund | None:
    """The refund of ours that the provider knows by this id. Behind it may stand how the buyer's bank knows it."""
    return next((refund for refund in order.refunds if reference in _references(refund)), None)


def _references(refund: Refund) -> tuple[str, ...]:
    known = (refund.settled_reference, *(attempt.provider_reference for attempt in refund.attempts))
    return tuple(name for reference in known if reference for name in (reference, reference.partition(" ")[0]))


def _contradiction(payment: Payment, known: RefundElsewhere | None, event: RefundReported) -> str | None:
    """What of the report cannot be true beside what is known."""
    if event.currency != payment.currency:
        return f"is reported in {event.currency}, and its payment was in {payment.currency}"
    if known and known.payment_id != event.payment_id:
        return f"was of payment {known.payment_id} before"
    # Over nothing is what the engine says of a share that is no longer this order's (R36).
    if known and known.amount and event.amount not in (0, known.amount):
        first, second = money(known.amount, known.currency), money(event.amount, event.currency)
        return f"was {first} before, and is now reported as {second}"
    return None


def _first_word(order: Order, payment: Payment, event: RefundReported, now: datetime) -> Change:
    new = RefundElsewhere(event.reference, event.payment_id, event.amount, event.currency, now, event.state)
    if event.state in WITH_THE_BUYER and event.amount:
        return _state_counts(order, new, payment, event.state, now)
    order = withdrawals.with_withdrawal(order, replace(new, seen=(event.state,)))
    return Change(order, _sentence(new), why="the buyer has got nothing by it")


def _next_word(order: Order, known: RefundElsewhere, payment: Payment, state: MoneyState, now: datetime) -> Change:
    summary = _sentence(replace(known, state=state))
    if known.doubted is None and state is known.state:
        return Change(order, summary, why=f"duplicate: it was already reported as {state}")
    if state is MoneyState.PENDING or state is known.doubted:
        return Change(order, summary, why=f"it is already {known.doubted or known.state}")
    if known.doubted or _is_contradicted(known, state):
        return _provider_in_doubt(order, known, state, summary)
    return _state_counts(order, known, payment, state, now)


def _is_contradicted(known: RefundElsewhere, state: MoneyState) -> bool:
    """Whether this word says otherwise than what stands, as of an attempt of ours (R40): money that had arrived may
    come back, once."""
    arrived = state is MoneyState.SUCCEEDED
    return arrived is (known.state in IN_TROUBLE) and (arrived or state in known.seen)


def _provider_in_doubt(order: Order, known: RefundElsewhere, state: MoneyState, summary: str) -> Change:
    """The word contradicts what stands: until the provider has said which is true, nothing of the payment moves."""
    asked = replace(known, doubted=state, questions=known.questions + 1)
    why = f"it stands as {known.state}: the provider is asked which is true"
    order = withdrawals.with_withdrawal(order, asked)
    return Change(order, summary, why=why, asks=(withdrawals.inquiry_about(order, asked),))


def refund_elsewhere_answered(order: Order, answered: InquiryAnswered, now: datetime) -> Change:
    """What the provider says which of two words is true. Where it cannot say, the last to arrive counts."""
    asked = answered.inquiry
    known = find_refund_elsewhere(order, asked.reference)
    summary = f"Asked about refund {asked.reference}, the provider says {answered.state or 'nothing'}"
    if known is None or known.doubted is None or known.questions != asked.number:
        return Change(order, summary, why="nobody asks that any more")
    payment = next(payment for payment in order.payments if payment.payment_id == known.payment_id)
    state = MoneyState(answered.state) if answered.state else known.doubted
    if state is known.state:
        return Change(withdrawals.with_withdrawal(order, replace(known, doubted=None)), f"{summary}: so it stays")
    return _state_counts(order, known, payment, state, now)


def _state_counts(before: Order, known: RefundElsewhere, payment: Payment, state: MoneyState, now: datetime) -> Change:
    """Pending or succeeded, the buyer has it from elsewhere; failed or reversed, what it took is back where it was."""
    # On its way after all, it may have to say again what it said before.
    seen = () if state is MoneyState.PENDING else known.seen
    new = replace(known, state=state, seen=tuple(dict.fromkeys((*seen, state))), doubted=None)
    amount = new.amount if state in WITH_THE_BUYER else 0
    order = withdrawals.take_out(before, new, payment, amount, now)
    summary = _sentence(new)
    change = Change(order, summary, _words(order, new, summary))
    change = withdrawn.money_came_back(change, before, now)
    took_the_last = before.ledger.held > 0 and not order.ledger.held
    if payment.role == "order" and took_the_last and not order.stage.closed:
        return withdrawn.order_without_its_money(change, "refunded_elsewhere", now)
    return change


def _sentence(refund: RefundElsewhere) -> str:
    amount = money(refund.amount, refund.currency)
    return f"Refund {refund.reference} of {amount}, made elsewhere, {_SAID[refund.state]}"


def _words(order: Order, refund: RefundElsewhere, summary: str) -> tuple[Word, ...]:
    """Everybody is told: it was nobody of the order who gave it."""
    amount = money(refund.amount, refund.currency)
    if refund.state in WITH_THE_BUYER:
        to_buyer = f"{amount} of your payment {refund.payment_id} {_ON_ITS_WAY[refund.state]}."
    else:
        to_buyer = f"{amount} of your payment {refund.payment_id} did not go back after all."
    return (
        Word(Role.BUYER, NoticeKind.REFUNDED_ELSEWHERE, to_buyer),
        *(
            Word(role, NoticeKind.REFUNDED_ELSEWHERE, f"{summary} (order {order.order_id}).")
            for role in (Role.SELLER, Role.PLATFORM)
        ),
    )


def without_own_refunds(order: Order, now: datetime) -> Order:
    """`order` without reports of refunds that turn out to be ours: an attempt has learnt its provider's id. What such a
    report took is back where it was."""
    for known in order.elsewhere:
        if _our_refund(order, known.reference):
            payment = next(payment for payment in order.payments if payment.payment_id == known.payment_id)
            without = withdrawals.take_out(order, known, payment, 0, now)
            order, _ = withdrawn.rest_handed_on(order, without, now)
            others = tuple(other for other in order.elsewhere if other.reference != known.reference)
            order = replace(order, elsewhere=others)
    return order


_SAID: Final = {
    MoneyState.PENDING: "is on its way",
    MoneyState.SUCCEEDED: "succeeded",
    MoneyState.FAILED: "failed",
    MoneyState.REVERSED: "came back",
}
_ON_ITS_WAY: Final = {
    MoneyState.PENDING: "are on their way back to you",
    MoneyState.SUCCEEDED: "are back at your payment",
}
BESIDE: Final[Table] = {
    RefundReported: refund_reported,
}
