"""Attempts at moving money, in or out: their numbers and keys, and which news of one attempt counts (R21)."""

from typing import Final, assert_never

from workflows.frozen import replace
from workflows.messages.commands import RefundUpdated, ReleaseUpdated
from workflows.messages.sentences import Money, Sentence, say
from workflows.messages.values import MoneyState, Role
from workflows.messages.work import MoneyCall
from workflows.process.money import questions
from workflows.process.money.ledger import Transfer, id_of, is_final
from workflows.process.state.changes import AttemptAnswered, Check, Effect, LookUp
from workflows.process.state.payments import IN_TROUBLE, Attempt, Capture, Refund, Release, Unsent

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


def attempt_meant(attempts: tuple[Attempt, ...], news: News) -> Attempt | Sentence:
    """The attempt that the news is of, or why that cannot be said."""
    if news.attempt is None:
        if len(attempts) == 1:
            return attempts[0]
        if not attempts:
            return say("nothing was sent yet, and the news does not say of which attempt it is")
        return say("there are {attempts} attempts, and the news does not say of which it is", attempts=len(attempts))
    if news.attempt > len(attempts):
        return say("there is no attempt {attempt}", attempt=news.attempt)
    return attempts[news.attempt - 1]


def was_said_before(attempts: tuple[Attempt, ...], news: News) -> bool:
    """Whether the attempt that is meant was reported in this state before, whoever reported it."""
    meant = attempt_meant(attempts, news)
    return isinstance(meant, Attempt) and news.state in meant.seen


def why_unheard(attempt: Attempt, news: News) -> Sentence | None:
    """Why the news changes nothing for its attempt; None when it does. What was asked for counts, whatever it is."""
    if was_asked_for(news):
        if attempt.questions > 1:
            return say(
                "more was said of attempt {attempt} since, and the provider is asked again", attempt=attempt.number
            )
        if news.state is MoneyState.UNKNOWN:
            return say(
                "the provider cannot say what became of attempt {attempt}: what was said last stands",
                attempt=attempt.number,
            )
        if not _is_said(attempt, news):
            return None
        return say(
            "attempt {attempt} counts as {state}: the provider says so", attempt=attempt.number, state=attempt.state
        )
    if news.state in attempt.seen:
        return say(
            "duplicate: attempt {attempt} was already reported as {state}", attempt=attempt.number, state=news.state
        )
    if _RANK[news.state] < _RANK[attempt.state] or _is_said(attempt, news):
        return say("attempt {attempt} already counts as {state}", attempt=attempt.number, state=attempt.state)
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


def reason_of_failure(attempts: tuple[Attempt, ...]) -> Sentence | None:
    """Why the newest attempt came to nothing: in the provider's words and so in quotes, or in ours; None if unknown."""
    if not attempts:
        return None
    if unsent := attempts[-1].unsent:
        return say("it was not sent, since {why}", why=UNSENT[unsent])
    words = attempts[-1].failure_reason
    return say('"{words}"', words=words) if words else None


def may_be_sent_again(attempts: tuple[Attempt, ...]) -> bool:
    """Whether another attempt may be made: not where the next key may stand for something else too, nor where nothing
    more would fit (R37)."""
    last = attempts[-1] if attempts else None
    return not (last and last.unsent and (last.unsent == "key_reused" or not last.fits))


def is_newly_sent(before: tuple[Attempt, ...], after: tuple[Attempt, ...]) -> bool:
    """Whether the news says that the last attempt is with the provider now, or may be: from here its time runs."""
    return before[-1].state is MoneyState.REQUESTED is not after[-1].state


def name_of(record: Transfer) -> Sentence:
    """How people name it: `Refund A-1-refund-1`."""
    match record:
        case Refund():
            return say("Refund {refund}", refund=record.refund_id)
        case Release():
            return say("Payout {payout}", payout=record.release_id)
        case Capture():
            return say("Capture {capture}", capture=record.capture_id)
        case _:
            assert_never(record)


def news_sentence(record: Transfer, attempt: Attempt, currency: str, news: News) -> Sentence:
    """The news as a sentence: `Refund A-1-refund-1 (22.99 USD) succeeded`."""
    what = _name_of_attempt(record, attempt, currency)
    if isinstance(news, AttemptAnswered) and news.unsent:
        return say("{what} was not sent: {why}", what=what, why=UNSENT[news.unsent])
    said = _what_became_of(what, news.state)
    if news.failure_reason and is_final(news.state):
        return say("{news}: {reason}", news=said, reason=news.failure_reason)
    return said


def partly_paid(paid: Money, missing: Money) -> Sentence:
    """What is said of a record that some attempts have paid and others have not, before what can be done about it."""
    return say("So far {paid} are paid; {missing} are still missing.", paid=paid, missing=missing)


def _name_of_attempt(record: Transfer, attempt: Attempt, currency: str) -> Sentence:
    what, amount = name_of(record), Money(attempt.amount, currency)
    if attempt.void:
        what = say("Void {refund}", refund=id_of(record))
    if attempt.number == 1:
        return say("{what} ({amount})", what=what, amount=amount)
    return say("{what} ({amount}, attempt {attempt})", what=what, amount=amount, attempt=attempt.number)


def _what_became_of(what: Sentence, state: MoneyState) -> Sentence:
    match state:
        case MoneyState.UNKNOWN:
            return say("{what} was sent, but the provider's answer was lost; it is being looked up", what=what)
        case MoneyState.SUBMITTED:
            return say("{what} was taken by the payment provider", what=what)
        case MoneyState.PENDING:
            return say("{what} is on its way", what=what)
        case MoneyState.SUCCEEDED:
            return say("{what} succeeded", what=what)
        case MoneyState.FAILED:
            return say("{what} failed", what=what)
        case MoneyState.REVERSED:
            return say("{what} was reversed", what=what)
        case MoneyState.REQUESTED | MoneyState.SETTLED_MANUALLY | MoneyState.CANCELLED:
            raise AssertionError(f"{state} is no news of {what}")
        case _:
            assert_never(state)


UNSENT: Final[dict[Unsent, Sentence]] = {
    "guard": say("with what was sent before it would be more than was paid"),
    "key_reused": say("its key stands for something else"),
}
"""Why an attempt never came to the provider."""
