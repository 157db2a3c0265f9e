"""News of a payment that cannot be true beside what was taken before: no money moves, and the platform looks (R7)."""

from workflows.frozen import replace
from workflows.messages.notices import NoticeKind
from workflows.messages.values import Role
from workflows.process.state.changes import Change, Word
from workflows.process.state.order import Order


def payment_contradicted(order: Order, payment_id: str, what: str) -> Change:
    """The news is recorded with the reason; the platform is told of each payment once."""
    summary, why = f"Payment {payment_id} was reported again", f"conflict: {what}"
    if payment_id in order.conflicts:
        return Change(order, summary, why=why)
    word = Word(Role.PLATFORM, NoticeKind.PAYMENT_CONTRADICTED, f"Payment {payment_id}: {what}. Ask the provider.")
    return Change(replace(order, conflicts=(*order.conflicts, payment_id)), summary, (word,), why)
