"""Two words about one attempt: which of them is true the provider is asked, and nothing is sent meanwhile (R40).

What counts until it has answered, and what its answer leads to, lives with the news (`attempts.py`, `transfers.py`).
"""

from workflows.messages.values import MoneyState
from workflows.process import refusals
from workflows.process.money.ledger import Transfer, all_transfers, is_final
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE, Attempt


def is_contradicted(attempt: Attempt, state: MoneyState) -> bool:
    """Whether this word says otherwise than what stands.

    That money comes back which had arrived is how it goes. That it arrived after all, or what was said before, is what
    webhooks say that have overtaken each other, and a provider that is not sure.
    """
    if not (is_final(attempt.state) and is_final(state)):
        return False
    arrived, stands = state is MoneyState.SUCCEEDED, attempt.state is MoneyState.SUCCEEDED
    return arrived is not stands and (arrived or state in attempt.seen)


def arrival_in_question(order: Order) -> Attempt | None:
    """An attempt that counts as failed, and may have arrived: until that is known, what is left is not.

    One that counts as arrived holds up no other: it is left out of what is left already.
    """
    return next((a for record in all_transfers(order) for a in record.attempts if a.questions and _failed(a)), None)


def attempt_in_question(order: Order, record: Transfer) -> Attempt | None:
    """The attempt whose answer this record waits for: one of its own, or one beside it that may have arrived."""
    own = next((attempt for attempt in record.attempts if attempt.questions), None)
    return own or arrival_in_question(order)


def check_not_in_question(order: Order, record: Transfer, command: str) -> None:
    """Refuses what would send money while it is not known what of it, or beside it, has arrived."""
    if attempt := attempt_in_question(order, record):
        raise refusals.money_in_question(command, attempt.key)


def _failed(attempt: Attempt) -> bool:
    return attempt.state in IN_TROUBLE
