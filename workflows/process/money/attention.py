"""What waits for the platform without a deadline of its own (R3), and what of it is off the list once somebody looked.

What waits for an action that moves or settles money ends with that action and with nothing else: nobody can hide it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from workflows.frozen import replace
from workflows.messages.answers import Attention
from workflows.messages.commands import Acknowledge
from workflows.messages.refusal import Code, Instead, Refused
from workflows.messages.sentences import Money, Sentence, Several, in_a_row, say, several
from workflows.messages.vocabulary import Phase
from workflows.process import refusals
from workflows.process.money import attempts
from workflows.process.money.ledger import (
    Transfer,
    all_transfers,
    all_withdrawals,
    currency_of,
    id_of,
    id_of_withdrawal,
    is_open,
    paid_by,
)
from workflows.process.money.questions import attempt_in_question
from workflows.process.state.changes import Change
from workflows.process.state.order import Acknowledged, Order
from workflows.process.state.payments import IN_TROUBLE, Capture, Chargeback, Refund, RefundElsewhere


@dataclass(frozen=True)
class Found:
    """Something that needs attention, acknowledged or not."""

    kind: str
    subject: str
    message: Sentence
    amount: int = 1
    """How much of it there is, where that can grow: minor units. More than was acknowledged is listed again."""


@dataclass(frozen=True)
class Kind:
    """What a kind says of its subject, and the commands and facts that end it: without any, whoever has looked does."""

    says: Sentence
    ended_by: tuple[str, ...] = ()


_REFUND: Final = ("retry_refund", "settle_refund_manually")
_RELEASE: Final = ("retry_release", "settle_release_manually")
_CAPTURE: Final = ("retry_capture", "settle_capture_manually")
_CHARGEBACK: Final = ("chargeback_opened", "chargeback_closed")
KINDS: Final = {
    "refund_failed": Kind(say("the refund has failed"), _REFUND),
    "refund_reversed": Kind(say("the refund came back"), _REFUND),
    "refund_overdue": Kind(say("the provider has not said what became of the refund"), ("refund_updated",)),
    "refund_overpaid": Kind(say("more was refunded than was owed")),
    "release_failed": Kind(say("the payout has failed"), _RELEASE),
    "release_reversed": Kind(say("the payout came back"), _RELEASE),
    "release_overdue": Kind(say("the provider has not said what became of the payout"), ("release_updated",)),
    "release_overpaid": Kind(say("more was paid out than was owed")),
    "capture_failed": Kind(say("the buyer could not be charged"), _CAPTURE),
    "capture_reversed": Kind(say("what the buyer was charged went back"), _CAPTURE),
    "capture_overdue": Kind(
        say("the provider has not said whether the buyer is charged"), ("settle_capture_manually",)
    ),
    "capture_overpaid": Kind(say("the buyer was charged more than was owed")),
    "chargeback_overdue": Kind(say("the buyer's bank has not decided"), ("chargeback_closed",)),
    "chargeback_uncovered": Kind(say("nothing was left for a part of the chargeback")),
    "chargeback_conflict": Kind(say("what is reported of the chargeback cannot be right"), _CHARGEBACK),
    "refund_elsewhere_uncovered": Kind(say("nothing was left for a part of the refund that was made elsewhere")),
    "payment_conflict": Kind(say("other orders claim the payment too"), ("settle_payment_conflict",)),
    "payment_contradicted": Kind(say("what was reported of the payment contradicts itself")),
    "unattributed_news": Kind(say("news came that does not say of which attempt")),
    "dispute_escalated": Kind(say("the dispute is not decided"), ("decide_dispute",)),
    "shortfall": Kind(say("the platform is out of pocket")),
    "payments_unplaced": Kind(say("payments were handed on as unplaced")),
    "fact_not_kept": Kind(say("a fact came early that could not be kept")),
    "reset": Kind(say("the order was reset in Temporal")),
}
"""Every kind of attention. Those that nothing ends are taken off the list by `acknowledge`."""


def needs_attention(order: Order) -> tuple[Attention, ...]:
    """What waits for the platform without a deadline of its own (R3), without what was acknowledged."""
    return tuple(Attention(kind=one.kind, subject=one.subject, message=str(one.message)) for one in on_the_list(order))


def acknowledgeable_subjects(order: Order) -> tuple[str, ...]:
    """The subjects that `acknowledge` would take something of off the list."""
    return tuple(dict.fromkeys(one.subject for one in on_the_list(order) if not KINDS[one.kind].ended_by))


def attention_acknowledged(order: Order, event: Acknowledge) -> Change:
    """Somebody of the platform has looked: what only needed that is off the list. The rest of the subject stays."""
    listed = on_the_list(order)
    meant = [one for one in listed if one.subject == event.subject]
    seen = [one for one in meant if not KINDS[one.kind].ended_by]
    if not meant:
        raise refusals.nothing_open(_not_listed(event.subject, listed))
    if not seen:
        raise _ends_by_an_action(meant)
    summary = say("{subject} was acknowledged: {what}", subject=event.subject, what=_said(seen))
    if left := [one for one in meant if one not in seen]:
        summary = say("{acknowledged}; it still needs attention: {what}", acknowledged=summary, what=_said(left))
    order = replace(
        order,
        acknowledged=(
            *(old for old in order.acknowledged if not any(_is_of(old, one) for one in seen)),
            *(Acknowledged(one.kind, one.subject, one.amount) for one in seen),
        ),
        conflicts=_not_seen(order.conflicts, seen, "payment_contradicted"),
        unattributed=_not_seen(order.unattributed, seen, "unattributed_news"),
    )
    return Change(order, summary)


def keep_acknowledged(order: Order) -> Order:
    """`order` with what was acknowledged and still stands, at most as much as there is: what grows again is listed."""
    if not order.acknowledged:
        return order
    amounts = {(one.kind, one.subject): one.amount for one in _all_found(order)}
    still = (
        replace(old, amount=min(old.amount, amounts.get((old.kind, old.subject), 0))) for old in order.acknowledged
    )
    return replace(order, acknowledged=tuple(old for old in still if old.amount))


def subject_of_reset(order: Order) -> str:
    """The subject of the order's last reset, `{order_id}-reset-{n}`: whoever acknowledges it has seen those before."""
    return f"{order.order_id}-reset-{order.resets}"


def _not_listed(subject: str, listed: Iterable[Found]) -> Sentence:
    known = tuple(dict.fromkeys(one.subject for one in listed))
    if not known:
        return say("Nothing of {subject} needs attention, nor does anything else of this order.", subject=subject)
    return say("Nothing of {subject} needs attention; what does is: {known}.", subject=subject, known=several(known))


def _ends_by_an_action(meant: list[Found]) -> Refused:
    actions = tuple(dict.fromkeys(action for one in meant for action in KINDS[one.kind].ended_by))
    told = say(
        "{subject} cannot be acknowledged: {what}. It is off the list after {actions}.",
        subject=meant[0].subject,
        what=_said(meant),
        actions=several((say('"{action}"', action=refusals.action(name)) for name in actions), "or"),
    )
    return Refused(Code.NOT_ALLOWED_NOW, told, tuple(Instead(action=action) for action in actions))


def _said(those: Iterable[Found]) -> Several:
    return several(KINDS[one.kind].says for one in those)


def _not_seen(subjects: tuple[str, ...], seen: list[Found], kind: str) -> tuple[str, ...]:
    """Those that nobody has looked at. What was looked at is taken anew when more news comes."""
    return tuple(subject for subject in subjects if not any((one.kind, one.subject) == (kind, subject) for one in seen))


def _is_of(old: Acknowledged, one: Found) -> bool:
    return (old.kind, old.subject) == (one.kind, one.subject)


def on_the_list(order: Order) -> tuple[Found, ...]:
    """What was found, and not acknowledged as much of it as there is."""
    return tuple(
        one
        for one in _all_found(order)
        if not any(_is_of(old, one) and one.amount <= old.amount for old in order.acknowledged)
    )


def _all_found(order: Order) -> tuple[Found, ...]:
    return (*_of_transfers(order), *_of_withdrawals(order), *_of_news(order), *_of_the_order(order))


def _of_transfers(order: Order) -> Iterator[Found]:
    for record in all_transfers(order):
        kind, subject = type(record).__name__.lower(), id_of(record)
        if record.state in IN_TROUBLE:
            trouble = f"{kind}_{record.state}"
            yield Found(trouble, subject, _trouble_sentence(order, record, _TROUBLE[trouble]))
        elif record.alerted and is_open(record):
            yield Found(f"{kind}_overdue", subject, _ASK_THE_PROVIDER)
        if (beyond := paid_by(record) - record.amount) > 0:
            yield Found(f"{kind}_overpaid", subject, say("More was paid than was owed."), beyond)


def _trouble_sentence(order: Order, record: Transfer, what: Sentence) -> Sentence:
    """`The refund has failed: "declined by the bank". Retry it, or settle it.`"""
    reason = attempts.reason_of_failure(record.attempts)
    said = say("{what}: {reason}.", what=what, reason=reason) if reason else say("{what}.", what=what)
    if not isinstance(record, Capture) and (paid := paid_by(record)):
        missing = record.owed if isinstance(record, Refund) else order.ledger.held
        currency = currency_of(order, record)
        # Of one that was paid in part it is not true that it has failed: so much of it has.
        part = attempts.partly_paid(Money(paid, currency), Money(missing, currency))
        said = in_a_row(part, say("The reason: {reason}.", reason=reason)) if reason else part
    if not attempts.may_be_sent_again(record.attempts):
        return in_a_row(said, say("Settle it."))
    return in_a_row(said, _IN_QUESTION if attempt_in_question(order, record) else _RETRY)


_TROUBLE: Final = {
    "refund_failed": say("The refund has failed"),
    "refund_reversed": say("The refund came back"),
    "release_failed": say("The payout has failed"),
    "release_reversed": say("The payout came back"),
    "capture_failed": say("The buyer could not be charged"),
    "capture_reversed": say("What the buyer was charged went back"),
}
"""How the sentence begins that says what money that did not move waits for."""
_ASK_THE_PROVIDER: Final = say("Ask the payment provider.")
_RETRY: Final = say("Retry it, or settle it.")
_IN_QUESTION: Final = say("The payment provider is asked whether the money arrived. Retry it then, or settle it.")


def _of_withdrawals(order: Order) -> Iterator[Found]:
    for chargeback in order.chargebacks:
        if chargeback.alerted:
            yield Found("chargeback_overdue", chargeback.chargeback_id, _ASK_THE_PROVIDER)
        if chargeback.conflict:
            message = say("Report it with the right amount, in the payment's currency; as won where it is none.")
            yield Found("chargeback_conflict", chargeback.chargeback_id, message)
    foreign = {payment.payment_id: payment.currency for payment in order.payments if payment.role == "foreign"}
    for known in all_withdrawals(order):
        # Of the order's own money the loss stands in the shortfall: foreign money has no columns there.
        if known.short and known.payment_id in foreign:
            noun, subject = _NOUNS[type(known)], id_of_withdrawal(known)
            message = say("Nothing was left for {amount} of it.", amount=Money(known.short, foreign[known.payment_id]))
            yield Found(f"{noun}_uncovered", subject, message, known.short)


_NOUNS: Final = {Chargeback: "chargeback", RefundElsewhere: "refund_elsewhere"}


def _of_news(order: Order) -> Iterator[Found]:
    for payment_id in order.conflicts:
        message = say("What was reported of it contradicts itself: ask the payment provider.")
        yield Found("payment_contradicted", payment_id, message)
    for payment in order.payments:
        if payment.claimed_by:
            others = several(payment.claimed_by)
            message = say("It is claimed by {orders} too: say how much of it is this order's.", orders=others)
            yield Found("payment_conflict", payment.payment_id, message)
    under_way = {id_of(record) for record in all_transfers(order) if is_open(record)}
    for subject in sorted(under_way.intersection(order.unattributed)):
        yield Found("unattributed_news", subject, say("News came that does not say of which attempt."))


def _of_the_order(order: Order) -> Iterator[Found]:
    if order.dispute and order.phase not in (None, Phase.DECIDED) and order.dispute.escalated:
        yield Found("dispute_escalated", order.dispute.dispute_id, say("The platform has not decided in time."))
    if loss := order.ledger.shortfall:
        message = say("The platform is out of pocket by {amount}.", amount=order.money(loss))
        yield Found("shortfall", order.order_id, message, loss)
    if order.overflow:
        message = say("It keeps no more payments apart: give the others back by hand, and mark them as done.")
        yield Found("payments_unplaced", order.order_id, message, len(order.overflow))
    if order.not_kept:
        message = say("Facts came early when the order kept as many as it can: its timeline has them.")
        yield Found("fact_not_kept", order.order_id, message, order.not_kept)
    if order.resets:
        message = say("It was reset in Temporal: compare it with the payment provider's book, then acknowledge it.")
        yield Found("reset", subject_of_reset(order), message)
