"""The one lifecycle of money that the provider moves: sent as an attempt, heard of, looked up, overdue, tried again
(R21).

What is a refund's, a release's or a capture's own lives in its module, and stands at its foot as a `TransferKind`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, Literal, TypeVar, assert_never

from workflows.frozen import replace
from workflows.messages.commands import RefundUpdated, ReleaseUpdated
from workflows.messages.durations import Span
from workflows.messages.notices import NoticeKind
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Money, Sentence, say, several
from workflows.messages.values import DeadlineKind, MoneyState, Role
from workflows.messages.work import MoneyCall
from workflows.process import refusals
from workflows.process.clock import deadlines
from workflows.process.money import attempts, questions
from workflows.process.money.attempts import News
from workflows.process.money.ledger import (
    Hold,
    Transfer,
    all_transfers,
    currency_of,
    id_of,
    in_flight,
    is_void,
    is_waiting,
    with_transfer,
)
from workflows.process.state.changes import Change, Check, Effect, LookUp, Send, Word
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE, Attempt, Capture, Refund, Release

T = TypeVar("T", Refund, Release, Capture)
Watch = Literal[DeadlineKind.REFUND_EXPECTED_BY, DeadlineKind.REFUND_ALERT_AT]
"""A deadline of the provider's, that watches a refund, a release or a capture."""


MAX_RETRIES: Final = 32
"""Of all transfers of an order together, for each stays in its state: what fails so often is settled by hand."""


@dataclass(frozen=True)
class TransferKind(Generic[T]):
    """What one kind of transfer has of its own."""

    noun: str
    """`refund`, as it stands in the name of its id."""
    must_be: Sentence
    """What its id must be, after the name of the field."""
    records: Callable[[Order], tuple[T, ...]]
    """Those of an order."""
    call: Callable[[Order, T, Attempt], MoneyCall]
    """What the provider is asked to do for an attempt."""
    first_amount: Callable[[Order, T], int]
    """What its first attempt moves."""
    may_go: Callable[[Order, T], bool]
    """Whether the provider may be asked for it now; else it waits in its column."""
    held_up_by: Callable[[Order, T], Hold | None]
    """What is open about its payment, so that nobody may retry it (R22, R36)."""
    watches: tuple[Watch, ...]
    """What runs while the provider has it."""
    words: Callable[[Order, Order, T, Sentence], tuple[Word, ...]]
    """Who is told what after news: by the order before, the order after, the record, and the news as a sentence."""
    overdue_notice: NoticeKind
    """The notice by which the platform hears that the provider is silent."""


def find_transfer(kind: TransferKind[T], order: Order, record_id: str) -> T | None:
    return next((record for record in kind.records(order) if id_of(record) == record_id), None)


def known_transfer(kind: TransferKind[T], order: Order, record_id: str) -> T:
    """The record that must be there, since the order itself refers to it."""
    record = find_transfer(kind, order, record_id)
    assert record, f"{order.order_id}: the {kind.noun} {record_id} is gone"
    return record


def send_first(kind: TransferKind[T], order: Order) -> tuple[Order, tuple[Effect, ...]]:
    """`order` with the first attempt begun of every record that waits for one and may go, and the calls to make."""
    calls: list[Effect] = []
    for record in kind.records(order):
        if is_waiting(record) and kind.may_go(order, record):
            order, call = _begin(kind, order, record, kind.first_amount(order, record))
            calls.append(call)
    return order, tuple(calls)


def _begin(kind: TransferKind[T], order: Order, record: T, amount: int) -> tuple[Order, Send]:
    begun = attempts.begin_attempt(id_of(record), record.attempts, amount, void=is_void(order, record))
    record = replace(record, attempts=begun, state=MoneyState.REQUESTED, alerted=False)
    return with_transfer(order, record), Send(kind.call(order, record, begun[-1]))


def ask_unanswered(kind: TransferKind[T], order: Order) -> tuple[Effect, ...]:
    """A look-up for every attempt that was sent, or was to be, and never answered; a check of every one in question."""
    unanswered = (MoneyState.REQUESTED, MoneyState.UNKNOWN)
    return tuple(
        (LookUp if attempt.state in unanswered else Check)(kind.call(order, record, attempt))
        for record in kind.records(order)
        for attempt in record.attempts
        if attempt.state in unanswered or attempt.questions
    )


def check_platform_may_report(kind: TransferKind[T], order: Order, news: RefundUpdated | ReleaseUpdated) -> None:
    """Refuses the platform's report while the provider is not overdue, but for one that says nothing new; who else may
    report, the message's roles say."""
    record = find_transfer(kind, order, attempts.record_meant(news))
    # Judged by the alert alone, a report is refused that was sent twice: what it has led to has ended the alert (R7).
    if record is not None and not record.alerted and not attempts.was_said_before(record.attempts, news):
        raise Refused(
            Code.WRONG_ROLE,
            say(
                '"{action}" is for the payment provider; the platform may report it once the provider has been silent '
                "for too long.",
                action=refusals.action(news.name),
            ),
        )


def hear_news(
    kind: TransferKind[T], book: Callable[[Order, T, Attempt, News], Order], order: Order, news: News, now: datetime
) -> Change:
    """What news leads to. News that is old, double or of nothing we know is only recorded; any other, `book` takes into
    the ledger and into the record."""
    record_id = attempts.record_meant(news)
    record = find_transfer(kind, order, record_id)
    if record is None:
        return Change(order, _news_of(record_id), why=say("nothing of this order has that name"))
    attempt = attempts.attempt_meant(record.attempts, news)
    if isinstance(attempt, Sentence):
        return Change(_unattributed(order, record_id, news), _news_of(record_id), why=attempt)
    call: MoneyCall = kind.call(order, record, attempt)
    asks: tuple[Effect, ...] = attempts.checks_after(call, attempt, news)
    if why := attempts.why_unheard(attempt, news):
        unheard = _with_questions(kind, order, record_id, attempt, news)
        reported = say("{what} is reported as {state}", what=attempts.name_of(record), state=news.state)
        return Change(unheard, reported, why=why, asks=asks)
    summary = attempts.news_sentence(record, attempt, currency_of(order, record), news)
    after = _with_questions(kind, book(order, record, attempt, news), record_id, attempt, news)
    asks += attempts.look_ups_after(call, news)
    return replace(watch_provider(kind, order, after, record_id, summary, now), asks=asks)


def _news_of(record_id: str) -> Sentence:
    """What is told of news that cannot be used, whatever it says."""
    return say("News of {record}", record=record_id)


def _with_questions(kind: TransferKind[T], order: Order, record_id: str, attempt: Attempt, news: News) -> Order:
    """`order` with the question that the news opens, or without the one that it answers."""
    record, left = known_transfer(kind, order, record_id), attempts.questions_left(attempt, news)
    asked = tuple(replace(a, questions=left) if a.number == attempt.number else a for a in record.attempts)
    return with_transfer(order, replace(record, attempts=asked))


def _unattributed(order: Order, record_id: str, news: News) -> Order:
    """News without its attempt cannot be used, and must not be lost either: the platform looks at it."""
    if news.attempt is not None or record_id in order.unattributed:
        return order
    return replace(order, unattributed=(*order.unattributed, record_id))


def watch_provider(
    kind: TransferKind[T], before: Order, order: Order, record_id: str, summary: Sentence, now: datetime
) -> Change:
    """After news: the provider's deadlines, begun with an attempt that it has now and ended with the last of them; and
    who is told."""
    record, was = known_transfer(kind, order, record_id), known_transfer(kind, before, record_id)
    if not in_flight(record):
        order = deadlines.end_deadlines(order, *kind.watches, subject=record_id)
    elif attempts.is_newly_sent(was.attempts, record.attempts) or not in_flight(was):
        for watch in kind.watches:
            order = deadlines.start_deadline(order, watch, _window(order, watch), now, record_id)
    return Change(order, summary, kind.words(before, order, record, summary))


def _window(order: Order, watch: Watch) -> Span:
    match watch:
        case DeadlineKind.REFUND_EXPECTED_BY:
            return order.terms.refund_expected_within
        case DeadlineKind.REFUND_ALERT_AT:
            return order.terms.refund_alert_after
        case _:
            assert_never(watch)


def alert_platform(kind: TransferKind[T], order: Order, record: T) -> Change:
    """The provider has been silent for too long: the platform is told, and may say what became of it."""
    what, amount = attempts.name_of(record), Money(record.amount, currency_of(order, record))
    text = say("{what} of {amount} is overdue: ask the payment provider.", what=what, amount=amount)
    word = Word(Role.PLATFORM, kind.overdue_notice, text)
    overdue = say("{what} is overdue", what=what)
    return Change(with_transfer(order, replace(record, alerted=True)), overdue, (word,))


def troubled_transfer(kind: TransferKind[T], order: Order, record_id: str, command: str) -> T:
    """The record that the platform may retry or settle by hand: failed or reversed, and not held up."""
    record = find_transfer(kind, order, record_id)
    if record is None:
        raise refusals.invalid_field(f"{kind.noun}_id", _must_be_one_of(kind, order))
    if record.state not in IN_TROUBLE:
        raise refusals.money_not_in_trouble(command, record_id, record.state)
    if hold := kind.held_up_by(order, record):
        raise refusals.money_held_up(command, record_id, HELD_UP[hold])
    return record


def _must_be_one_of(kind: TransferKind[T], order: Order) -> Sentence:
    known = tuple(map(id_of, kind.records(order)))
    if not known:
        return say("{right}, and it has none", right=kind.must_be)
    return say("{right}: {known}", right=kind.must_be, known=several(known, "or"))


def is_room_for_retry(order: Order) -> bool:
    """Whether anything of the order may be tried once more."""
    return sum(max(0, len(each.attempts) - 1) for each in all_transfers(order)) < MAX_RETRIES


def retriable_transfer(kind: TransferKind[T], order: Order, record_id: str, command: str) -> T:
    """The record in trouble that the platform may have tried again: of none it is asked what is true (R40), and what
    was not sent may be sent after all."""
    record = troubled_transfer(kind, order, record_id, command)
    questions.check_not_in_question(order, record, command)
    unsent = record.attempts[-1].unsent if record.attempts else None
    if unsent and not attempts.may_be_sent_again(record.attempts):
        raise refusals.never_sent_again(command, record_id, attempts.UNSENT[unsent])
    return record


def amount_that_fits(record: Transfer, amount: int) -> int:
    """So much of an amount as may be tried again: all of it, or what the guard has said to fit."""
    last = record.attempts[-1] if record.attempts else None
    return min(amount, last.fits) if last and last.unsent == "guard" else amount


def try_again(kind: TransferKind[T], order: Order, record: T, amount: int, reference: str | None) -> Change:
    """A new attempt at so much of what is in trouble."""
    if not is_room_for_retry(order):
        enough = say(
            "The money of this order was tried again {limit} times already; settle the rest by hand.", limit=MAX_RETRIES
        )
        raise refusals.limit_reached(enough)
    order, call = _begin(kind, order, record, amount)
    given = Money(amount, currency_of(order, record))
    again = say("{what} is tried again: {amount}", what=attempts.name_of(record), amount=given)
    return Change(order, _referring(again, reference), asks=(call,))


def settled_sentence(order: Order, record: Transfer, amount: int, reference: str | None) -> Sentence:
    """What the timeline says of so much that moved by another way."""
    paid = Money(amount, currency_of(order, record))
    settled = say("{what} was settled by hand: {amount}", what=attempts.name_of(record), amount=paid)
    return _referring(settled, reference)


def _referring(what: Sentence, reference: str | None) -> Sentence:
    """A sentence about what the platform did by hand, with what it refers to."""
    return say("{what} ({reference})", what=what, reference=reference) if reference else what


HELD_UP: Final[Mapping[Hold, Sentence]] = {
    "chargeback": say("the buyer's bank disputes the payment"),
    "question to the provider": say("the payment provider is asked what became of money of the payment"),
    "payment conflict": say("other orders claim the payment too"),
}
"""Why nobody may retry or settle anything of a payment, by what is open about it."""
