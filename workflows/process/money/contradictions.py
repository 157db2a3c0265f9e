"""News of a payment that cannot be true beside what was taken before: no money moves, and the platform looks (R7)."""

from workflows.frozen import replace
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Sentence, say
from workflows.messages.values import Role
from workflows.process.state.changes import Change, Word
from workflows.process.state.order import Order


def payment_contradicted(order: Order, payment_id: str, what: Sentence) -> Change:
    """The news is recorded with the reason; the platform is told of each payment once."""
    summary, why = say("Payment {payment} was reported again", payment=payment_id), say("conflict: {what}", what=what)
    if payment_id in order.conflicts:
        return Change(order, summary, why=why)
    text = say("Payment {payment}: {what}. Ask the payment provider.", payment=payment_id, what=what)
    word = Word(Role.PLATFORM, NoticeKind.PAYMENT_CONTRADICTED, text)
    return Change(replace(order, conflicts=(*order.conflicts, payment_id)), summary, (word,), why)
