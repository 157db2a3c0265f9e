"""Attempts at moving money, in or out: their numbers and keys, and which news of one attempt counts (R21)."""

from typing import Final

from workflows.frozen import replace
from workflows.messages.commands import RefundUpdated, ReleaseUpdated
from workflows.messages.currency import money
from workflows.messages.values import MoneyState, Role
from workflows.messages.work import MoneyCall
from workflows.process.money import questions
from workflows.process.money.ledger import Transfer, id_of, is_final
from workflows.process.state.changes import AttemptAnswered, Check, Effect, LookUp
from workflows.process.state.payments import IN_TROUBLE, Attempt, Unsent

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
MAX_REASON: Final = 200
"""Bytes in UTF-8 of the provider's reason that a record keeps: every record may keep one, in a small state (R41)."""
_QUOTABLE: Final = str.maketrans({'"': "'", "\\": "/"})
"""What would end the quotation, and what takes twice its place in JSON."""


def begin_attempt(
    record_id: str, attempts: tuple[Attempt, ...], amount: int, *, void: bool = False
) -> tuple[Attempt, ...]:
    """`attempts` and one more. Its key is the provider's idempotency key: derived, so that every retry has the same."""
    number = len(attempts) + 1
    earlier = (replace(attempt, failure_reason=None) for attempt in attempts)
    return (*earlier, Attempt(number, f"{record_id}-{number}", amount, void=void))


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
    """Why the news changes nothing for its attempt; None when it does. What was asked for counts, whatever it is."""
    if was_asked_for(news):
        if attempt.questions > 1:
            return f"more was said of attempt {attempt.number} since, and the provider is asked again"
        if news.state is MoneyState.UNKNOWN:
            return f"the provider cannot say what became of attempt {attempt.number}: what was said last stands"
        return f"attempt {attempt.number} is {attempt.state}: the provider says so" if _is_said(attempt, news) else None
    if news.state in attempt.seen:
        return f"duplicate: attempt {attempt.number} was already reported as {news.state}"
    if _RANK[news.state] < _RANK[attempt.state] or _is_said(attempt, news):
        return f"attempt {attempt.number} is already {attempt.state}"
    return None


def _is_said(attempt: Attempt, news: News) -> bool:
    return news.state is attempt.state


def was_asked_for(news: News) -> bool:
    """Whether it is the provider's answer to the question which of its words is true."""
    return isinstance(news, AttemptAnswered) and news.asked


def look_ups_after(call: MoneyCall, news: News) -> tuple[Effect, ...]:
    """What must be found out about a call after news that counts: of a lost one, everything."""
    return (LookUp(call),) if news.state is MoneyState.UNKNOWN else ()


def checks_after(call: MoneyCall, attempt: Attempt, news: News) -> tuple[Effect, ...]:
    """The question which word is true, where the news contradicts what stands, whether it counts or not (R40)."""
    contradicted = not was_asked_for(news) and questions.is_contradicted(attempt, news.state)
    return (Check(call),) if contradicted else ()


def questions_left(attempt: Attempt, news: News) -> int:
    """How many questions of an attempt are open after news of it."""
    if was_asked_for(news):
        return max(0, attempt.questions - 1)
    return attempt.questions + questions.is_contradicted(attempt, news.state)


def take_news(attempts: tuple[Attempt, ...], attempt: Attempt, news: News) -> tuple[Attempt, ...]:
    """`attempts` with the news taken."""
    if isinstance(news, AttemptAnswered) and news.unsent:
        attempt = replace(attempt, unsent=news.unsent, fits=news.fits)
    # Asked for, the provider says that it is on its way after all: then what it said before it may have to say again.
    heard = () if was_asked_for(news) and not is_final(news.state) else attempt.seen
    new = replace(
        attempt,
        state=news.state,
        seen=tuple(dict.fromkeys((*heard, news.state))),
        provider_reference=news.provider_reference or attempt.provider_reference,
        failure_reason=_reason_kept(news) if attempt.number == len(attempts) else None,
    )
    return tuple(new if old.number == attempt.number else old for old in attempts)


def _reason_kept(news: News) -> str | None:
    """The provider's words for why, on one line. What a person of the platform reports stands in the timeline (R26)."""
    by_person = not isinstance(news, AttemptAnswered) and news.by.role is Role.PLATFORM
    if news.state not in IN_TROUBLE or not news.failure_reason or by_person:
        return None
    printable = "".join(c if c.isprintable() else " " for c in news.failure_reason.translate(_QUOTABLE))
    words = " ".join(printable.split())
    if len(words.encode()) > MAX_REASON:
        words = words.encode()[: MAX_REASON - len("…".encode())].decode(errors="ignore").rstrip() + "…"
    return words or None


def reason_of_failure(attempts: tuple[Attempt, ...]) -> str | None:
    """Why the newest attempt came to nothing: in the provider's words and so in quotes, or in ours; None if unknown."""
    if not attempts:
        return None
    if unsent := attempts[-1].unsent:
        return f"it was not sent, since {UNSENT[unsent]}"
    return f'"{attempts[-1].failure_reason}"' if attempts[-1].failure_reason else None


def may_be_sent_again(attempts: tuple[Attempt, ...]) -> bool:
    """Whether another attempt may be made: not where the next key may stand for something else too, nor where nothing
    more would fit (R37)."""
    last = attempts[-1] if attempts else None
    return not (last and last.unsent and (last.unsent == "key_reused" or not last.fits))


def is_newly_sent(before: tuple[Attempt, ...], after: tuple[Attempt, ...]) -> bool:
    """Whether the news says that the last attempt is with the provider now, or may be: from here its time runs."""
    return before[-1].state is MoneyState.REQUESTED is not after[-1].state


def news_sentence(noun: str, record: Transfer, attempt: Attempt, currency: str, news: News) -> str:
    """The news as a sentence: `Refund A-1-refund-1 (22.99 USD) succeeded`."""
    again = f", attempt {attempt.number}" if attempt.number > 1 else ""
    because = f": {news.failure_reason}" if news.failure_reason and is_final(news.state) else ""
    what, verb = "Void" if attempt.void else noun.capitalize(), _SAID[news.state]
    if isinstance(news, AttemptAnswered) and news.unsent:
        verb, because = "was not sent", f": {UNSENT[news.unsent]}"
    return f"{what} {id_of(record)} ({money(attempt.amount, currency)}{again}) {verb}{because}"


UNSENT: Final[dict[Unsent, str]] = {
    "guard": "with what was sent before it would be more than was paid",
    "key_reused": "its key stands for something else",
}
"""Why an attempt never came to the provider, in words."""
_SAID: Final = {
    MoneyState.UNKNOWN: "was sent, but the provider's answer was lost; it is being looked up",
    MoneyState.SUBMITTED: "was taken by the payment provider",
    MoneyState.PENDING: "is on its way",
    MoneyState.SUCCEEDED: "succeeded",
    MoneyState.FAILED: "failed",
    MoneyState.REVERSED: "was reversed",
}
