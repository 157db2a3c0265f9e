"""Which of several words about one chargeback counts: the later one, or where nobody can tell, the provider says it
(R34).

What a word that counts leads to lives in `chargebacks.py`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from workflows.frozen import replace
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened
from workflows.messages.sentences import Label, Sentence, say
from workflows.process.state.order import Order
from workflows.process.state.payments import BankWord, Chargeback, Payment

Verdict = Literal["counts", "repeated", "overtaken", "doubtful"]
"""`doubtful`: it contradicts what stands, and nothing says which of them is the later one."""
Wrong = Literal["currency", "amount", "twin"]
"""Why a word cannot be right as it is. `twin`: another one over the same amount of the same payment is open."""
SAID_WRONG: Final[Mapping[Wrong, Sentence]] = {
    "currency": say("that is not the currency of its payment"),
    "amount": say("that is more than its payment brought"),
    "twin": say("another one over the same amount of that payment is open"),
}
OUTCOMES: Final[Mapping[str, Label]] = {
    "open": Label("open", "ChargebackOutcome"),
    "won": Label("won", "ChargebackOutcome"),
    "lost": Label("lost", "ChargebackOutcome"),
}
"""How a chargeback stands, in words; `won` is ours."""
MAX_OPENINGS: Final = 8
"""Instants that are kept of one chargeback; a bank goes to four rounds at most. What is forgotten is asked about."""


def word_said(event: ChargebackOpened | ChargebackClosed) -> BankWord:
    """The news as a word of the bank's."""
    if isinstance(event, ChargebackOpened):
        return BankWord("open", event.amount, event.occurred_at)
    return BankWord(event.outcome.value, event.amount, event.occurred_at)


def verdict_on(known: Chargeback, word: BankWord) -> Verdict:
    """What becomes of one more word about a chargeback."""
    if _was_heard(known, word):
        return "repeated"
    said, stands_since = word.occurred_at, known.said_at
    if said and stands_since and said < stands_since:
        return "overtaken"
    is_later = bool(said and stands_since and said > stands_since)
    # Lost over more or over nothing is no other word of the bank's: another share of it is this order's (R36).
    if known.doubted is None and (is_later or known.outcome in ("open", word.outcome)):
        return "counts"
    return "doubtful"


def _was_heard(known: Chargeback, word: BankWord) -> bool:
    if word == known.doubted:
        return True
    if word.outcome == "open":
        stands_open = known.outcome == "open" and known.doubted is None
        return stands_open or known.unopened or (word.occurred_at is not None and word.occurred_at in known.openings)
    return known.doubted is None and known.outcome != "open" and _takes(known) is _takes(word)


def _takes(word: BankWord | Chargeback) -> bool:
    """Whether the money is gone. Lost over nothing is as good as won (R36)."""
    return word.outcome == "lost" and word.amount > 0


def heard_again(known: Chargeback, word: BankWord) -> Chargeback:
    """The chargeback after a word that says nothing new: an opening that was still to come has come."""
    if word.outcome != "open":
        return known
    return replace(known, unopened=False, openings=_with_opening(known, word))


def now_standing(known: Chargeback, word: BankWord) -> Chargeback:
    """The chargeback as the word has it, which counts. What it has taken is not for the word to say."""
    return replace(
        known,
        outcome=word.outcome,
        amount=known.amount if word.outcome == "won" else word.amount,
        said_at=word.occurred_at,
        openings=_with_opening(known, word),
        unopened=known.unopened and word.outcome != "open",
        alerted=False,
        doubted=None,
        conflict=None,
    )


def _with_opening(known: Chargeback, word: BankWord) -> tuple[datetime, ...]:
    if word.outcome != "open" or word.occurred_at is None:
        return known.openings
    return tuple(dict.fromkeys((*known.openings, word.occurred_at)))[-MAX_OPENINGS:]


def what_is_wrong(
    order: Order, payment: Payment, known: Chargeback | None, event: ChargebackOpened | ChargebackClosed
) -> Wrong | None:
    """Why the news cannot be right as it is. What the bank gives us back is never too much."""
    word = word_said(event)
    if word.outcome == "won":
        return None
    if event.currency not in (None, payment.currency):
        return "currency"
    if event.amount > payment.amount:
        return "amount"
    others = (other for other in order.chargebacks if other.payment_id == payment.payment_id)
    if known is None and any(other.outcome == "open" and other.amount == event.amount for other in others):
        return "twin"
    return None
