"""Attempts at moving money, in or out: their numbers and keys, and which news of one attempt counts (R21)."""

from typing import Final

from workflows.frozen import replace
from workflows.messages.commands import RefundUpdated, ReleaseUpdated
from workflows.messages.currency import money
from workflows.messages.values import MoneyState
from workflows.messages.work import MoneyCall
from workflows.process.money.ledger import Transfer, id_of, is_final
from workflows.process.state.changes import AttemptAnswered, Check, Effect, LookUp
from workflows.process.state.payments import IN_TROUBLE, Attempt

News = RefundUpdated | ReleaseUpdated | AttemptAnswered
"""Something that was said of an attempt."""

_RANK: Final = {
    MoneyState.REQUESTED: 0,
    MoneyState.UNKNOWN: 1,
    MoneyState.SUBMITTED: 2,
    MoneyState.PENDING: 3,
    MoneyState.SUCCEEDED: 4,
    MoneyState.FAILED: 4,
    MoneyState.REVERSED: 4,
}
"""Lower news of an attempt is only recorded; of several final states the last to arrive counts."""


def begin_attempt(
    record_id: str, attempts: tuple[Attempt, ...], amount: int, *, void: bool = False
) -> tuple[Attempt, ...]:
    """`attempts` and one more. Its key is the provider's idempotency key: derived, so that every retry has the same."""
    number = len(attempts) + 1
    return (*attempts, Attempt(number, f"{record_id}-{number}", amount, void=void))


def record_meant(news: News) -> str:
    """The id of the refund, release or capture that the news is of."""
    match news:
        case RefundUpdated():
            return news.refund_id
        case ReleaseUpdated():
            return news.release_id
        case AttemptAnswered():
            return news.record_id


def attempt_meant(attempts: tuple[Attempt, ...], news: News) -> Attempt | str:
    """The attempt that the news is of, or why that cannot be said."""
    if news.attempt is None:
        if len(attempts) == 1:
            return attempts[0]
        return f"there are {len(attempts)} attempts, and the news does not say of which it is"
    if news.attempt > len(attempts):
        return f"there is no attempt {news.attempt}"
    return attempts[news.attempt - 1]


def was_said_before(attempts: tuple[Attempt, ...], news: News) -> bool:
    """Whether the attempt that is meant was reported in this state before, whoever reported it."""
    meant = attempt_meant(attempts, news)
    return isinstance(meant, Attempt) and news.state in meant.seen


def why_unheard(attempt: Attempt, news: News) -> str | None:
    """Why the news changes nothing for its attempt; None when it does."""
    if news.state in attempt.seen and not _was_asked_for(news):
        return f"duplicate: attempt {attempt.number} was already reported as {news.state}"
    if _RANK[news.state] < _RANK[attempt.state] or news.state is attempt.state:
        return f"attempt {attempt.number} is already {attempt.state}"
    return None


def questions_after(call: MoneyCall, attempt: Attempt, news: News) -> tuple[Effect, ...]:
    """What the provider must be asked after news that counts: what became of a lost call, or which word is true."""
    return (LookUp(call),) if news.state is MoneyState.UNKNOWN else doubts_about(call, attempt, news.state, news)


def doubts_about(call: MoneyCall, attempt: Attempt, stands: MoneyState, news: News) -> tuple[Effect, ...]:
    """A question where an attempt stands as a success of which the provider had said that it was none.

    Webhooks overtake each other: of "it arrived" and "it came back" the first may be the last to arrive (R21).
    """
    contradicted = stands is MoneyState.SUCCEEDED and any(state in IN_TROUBLE for state in attempt.seen)
    return (Check(call),) if contradicted and not _was_asked_for(news) else ()


def _was_asked_for(news: News) -> bool:
    return isinstance(news, AttemptAnswered) and news.asked


def take_news(attempts: tuple[Attempt, ...], attempt: Attempt, news: News) -> tuple[Attempt, ...]:
    """`attempts` with the news taken."""
    new = replace(
        attempt,
        state=news.state,
        seen=tuple(dict.fromkeys((*attempt.seen, news.state))),
        provider_reference=news.provider_reference or attempt.provider_reference,
    )
    return tuple(new if old.number == attempt.number else old for old in attempts)


def is_newly_sent(before: tuple[Attempt, ...], after: tuple[Attempt, ...]) -> bool:
    """Whether the news says that the last attempt is with the provider now, or may be: from here its time runs."""
    return before[-1].state is MoneyState.REQUESTED is not after[-1].state


def news_sentence(noun: str, record: Transfer, attempt: Attempt, currency: str, news: News) -> str:
    """The news as a sentence: `Refund A-1-refund-1 (22.99 USD) succeeded`."""
    again = f", attempt {attempt.number}" if attempt.number > 1 else ""
    because = f": {news.failure_reason}" if news.failure_reason and is_final(news.state) else ""
    what, verb = "Void" if attempt.void else noun.capitalize(), _SAID[news.state]
    return f"{what} {id_of(record)} ({money(attempt.amount, currency)}{again}) {verb}{because}"


_SAID: Final = {
    MoneyState.UNKNOWN: "was sent, but the provider's answer was lost; it is being looked up",
    MoneyState.SUBMITTED: "was taken by the payment provider",
    MoneyState.PENDING: "is on its way",
    MoneyState.SUCCEEDED: "succeeded",
    MoneyState.FAILED: "failed",
    MoneyState.REVERSED: "was reversed",
}
