"""Money that was given back elsewhere: in the provider's console, by another program. The buyer has it, so it is taken
from what has not left its payment yet; when it fails after all, it goes back to where it was (R35)."""

from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.chargebacks import RefundReported
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Money, Sentence, say
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
    summary = say("Refund {reference} is reported as {state}", reference=event.reference, state=event.state)
    payment = next(payment for payment in order.payments if payment.payment_id == event.payment_id)
    if ours := _our_refund(order, event.reference):
        return Change(order, summary, why=say("duplicate: it is {refund}", refund=ours.refund_id))
    known = find_refund_elsewhere(order, event.reference)
    if wrong := _contradiction(payment, known, event):
        return payment_contradicted(order, event.payment_id, wrong)
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


def _contradiction(payment: Payment, known: RefundElsewhere | None, event: RefundReported) -> Sentence | None:
    """What of the report cannot be true beside what is known."""
    if event.currency != payment.currency:
        return say(
            "refund {reference} is reported in {currency}, and its payment was in {other}",
            reference=event.reference,
            currency=event.currency,
            other=payment.currency,
        )
    if known and known.payment_id != event.payment_id:
        return say(
            "refund {reference} was of payment {payment} before", reference=event.reference, payment=known.payment_id
        )
    # Over nothing is what the engine says of a share that is no longer this order's (R36).
    if known and known.amount and event.amount not in (0, known.amount):
        return say(
            "refund {reference} was {first} before, and is now reported as {second}",
            reference=event.reference,
            first=Money(known.amount, known.currency),
            second=Money(event.amount, event.currency),
        )
    return None


def _first_word(order: Order, payment: Payment, event: RefundReported, now: datetime) -> Change:
    new = RefundElsewhere(event.reference, event.payment_id, event.amount, event.currency, now, event.state)
    if event.state in WITH_THE_BUYER and event.amount:
        return _state_counts(order, new, payment, event.state, now)
    order = withdrawals.with_withdrawal(order, replace(new, seen=(event.state,)))
    return Change(order, _sentence(new), why=say("the buyer has got nothing by it"))


def _next_word(order: Order, known: RefundElsewhere, payment: Payment, state: MoneyState, now: datetime) -> Change:
    summary = _sentence(replace(known, state=state))
    if known.doubted is None and state is known.state:
        return Change(order, summary, why=say("duplicate: it was already reported as {state}", state=state))
    if state is MoneyState.PENDING or state is known.doubted:
        stands = known.doubted or known.state
        return Change(order, summary, why=say("it already counts as {state}", state=stands))
    if known.doubted or _is_contradicted(known, state):
        return _provider_in_doubt(order, known, state, summary)
    return _state_counts(order, known, payment, state, now)


def _is_contradicted(known: RefundElsewhere, state: MoneyState) -> bool:
    """Whether this word says otherwise than what stands, as of an attempt of ours (R40): money that had arrived may
    come back, once."""
    arrived = state is MoneyState.SUCCEEDED
    return arrived is (known.state in IN_TROUBLE) and (arrived or state in known.seen)


def _provider_in_doubt(order: Order, known: RefundElsewhere, state: MoneyState, summary: Sentence) -> Change:
    """The word contradicts what stands: until the provider has said which is true, nothing of the payment moves."""
    asked = replace(known, doubted=state, questions=known.questions + 1)
    why = say("it counts as {state}: the provider is asked which is true", state=known.state)
    order = withdrawals.with_withdrawal(order, asked)
    return Change(order, summary, why=why, asks=(withdrawals.inquiry_about(order, asked),))


def refund_elsewhere_answered(order: Order, answered: InquiryAnswered, now: datetime) -> Change:
    """What the provider says which of two words is true. Where it cannot say, the last to arrive counts."""
    asked = answered.inquiry
    known = find_refund_elsewhere(order, asked.reference)
    summary = say("Asked about refund {reference}, the provider cannot say", reference=asked.reference)
    if answered.state:
        summary = say(
            "Asked about refund {reference}, the provider says that it counts as {state}",
            reference=asked.reference,
            state=MoneyState(answered.state),
        )
    if known is None or known.doubted is None or known.questions != asked.number:
        return Change(order, summary, why=say("nobody asks that any more"))
    payment = next(payment for payment in order.payments if payment.payment_id == known.payment_id)
    state = MoneyState(answered.state) if answered.state else known.doubted
    if state is known.state:
        stays = say("{news}: so it stays", news=summary)
        return Change(withdrawals.with_withdrawal(order, replace(known, doubted=None)), stays)
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


def _sentence(refund: RefundElsewhere) -> Sentence:
    name, amount = refund.reference, Money(refund.amount, refund.currency)
    match refund.state:
        case MoneyState.PENDING:
            return say("Refund {reference} of {amount}, made elsewhere, is on its way", reference=name, amount=amount)
        case MoneyState.SUCCEEDED:
            return say("Refund {reference} of {amount}, made elsewhere, succeeded", reference=name, amount=amount)
        case MoneyState.FAILED:
            return say("Refund {reference} of {amount}, made elsewhere, failed", reference=name, amount=amount)
        case MoneyState.REVERSED:
            return say("Refund {reference} of {amount}, made elsewhere, came back", reference=name, amount=amount)
        case other:
            raise AssertionError(f"{name}: {other} is nothing that a provider reports")


def _words(order: Order, refund: RefundElsewhere, summary: Sentence) -> tuple[Word, ...]:
    """Everybody is told: it was nobody of the order who gave it."""
    to_both = say("{news} (order {order_id}).", news=summary, order_id=order.order_id)
    return (
        Word(Role.BUYER, NoticeKind.REFUNDED_ELSEWHERE, _sentence_to_buyer(refund)),
        *(Word(role, NoticeKind.REFUNDED_ELSEWHERE, to_both) for role in (Role.SELLER, Role.PLATFORM)),
    )


def _sentence_to_buyer(refund: RefundElsewhere) -> Sentence:
    amount, name = Money(refund.amount, refund.currency), refund.payment_id
    if refund.state is MoneyState.SUCCEEDED:
        return say("{amount} are back at your payment {payment}.", amount=amount, payment=name)
    if refund.state is MoneyState.PENDING:
        return say("{amount} of your payment {payment} are on their way back to you.", amount=amount, payment=name)
    return say("{amount} of your payment {payment} did not go back after all.", amount=amount, payment=name)


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


BESIDE: Final[Table] = {
    RefundReported: refund_reported,
}
