"""Chargebacks: money that the buyer's bank takes back. While one is open nothing of its payment moves; lost, its amount
comes out of what has not left the payment yet, and the rest is the platform's loss (R22). The bank may change its mind,
and what it took goes back to where it was (R34)."""

from datetime import datetime
from typing import Final, Literal

from workflows.frozen import replace
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Money, Sentence, in_a_row, say
from workflows.messages.values import DeadlineKind, Role
from workflows.process.clock import deadlines
from workflows.process.money import withdrawals
from workflows.process.money.ledger import parts_taken
from workflows.process.outside import bank_words, withdrawn
from workflows.process.outside.bank_words import Wrong
from workflows.process.state.changes import Change, InquiryAnswered, Table, Word
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order
from workflows.process.state.payments import BankWord, Chargeback, ChargebackConflict, Payment


def find_chargeback(order: Order, chargeback_id: str) -> Chargeback | None:
    return next((known for known in order.chargebacks if known.chargeback_id == chargeback_id), None)


def chargeback_reported(order: Order, event: ChargebackOpened | ChargebackClosed, now: datetime) -> Change:
    """What news of a chargeback leads to. News that is double, or of a payment that is not ours, is only recorded."""
    summary = say("News of chargeback {chargeback}", chargeback=event.chargeback_id)
    payment = next(payment for payment in order.payments if payment.payment_id == event.payment_id)
    known = find_chargeback(order, event.chargeback_id)
    # Asked after the duplicate, a chargeback that is suddenly of another payment would pass for one.
    if known and known.payment_id != event.payment_id:
        return Change(order, summary, why=say("it was opened on payment {payment}", payment=known.payment_id))
    if known is None and not withdrawals.is_room_for_withdrawal(order):
        return withdrawn.withdrawal_stays_outside(order, event, summary)
    if known and known.conflict:
        return _more_of_a_conflict(order, known, payment, event, now)
    word = bank_words.word_said(event)
    verdict = bank_words.verdict_on(known, word) if known else "counts"
    if known and verdict == "repeated":
        heard = withdrawals.with_withdrawal(order, bank_words.heard_again(known, word))
        return Change(heard, summary, why=_why_repeated(known, event))
    if known and verdict == "overtaken":
        stands = bank_words.OUTCOMES[known.outcome]
        return Change(order, summary, why=say("a later word counts: it is {outcome}", outcome=stands))
    if wrong := bank_words.what_is_wrong(order, payment, known, event):
        return _chargeback_in_conflict(order, known or _new_chargeback(event, now), event, wrong, payment)
    if known and verdict == "doubtful":
        return _bank_in_doubt(order, known, word)
    return _word_counts(order, known or _new_chargeback(event, now), payment, word, now)


def _why_repeated(known: Chargeback, event: ChargebackOpened | ChargebackClosed) -> Sentence:
    if isinstance(event, ChargebackOpened):
        return say("duplicate: it was already opened")
    return say("duplicate: it was already closed as {outcome}", outcome=bank_words.OUTCOMES[known.outcome])


def chargeback_answered(order: Order, answered: InquiryAnswered, now: datetime) -> Change:
    """What the provider says which of two words is true. Where it cannot say, the last to arrive counts."""
    asked = answered.inquiry
    known = find_chargeback(order, asked.reference)
    summary = say("Asked about chargeback {chargeback}, the provider cannot say", chargeback=asked.reference)
    if answered.state:
        summary = say(
            "Asked about chargeback {chargeback}, the provider says that it is {outcome}",
            chargeback=asked.reference,
            outcome=bank_words.OUTCOMES[answered.state],
        )
    if known is None or known.doubted is None or known.questions != asked.number:
        return Change(order, summary, why=say("nobody asks that any more"))
    word = known.doubted
    match answered.state:
        # Asked after what stands, "lost" over less would be taken for what was lost before.
        case None | word.outcome:
            pass
        case known.outcome:
            stands = withdrawals.with_withdrawal(order, replace(known, doubted=None))
            return Change(stands, say("{news}: so it stays", news=summary))
        case "open" | "won" | "lost" as outcome:
            word = BankWord(outcome, known.amount)
        case other:
            raise AssertionError(f"{order.order_id}: {other} is no word about a chargeback")
    payment = next(payment for payment in order.payments if payment.payment_id == known.payment_id)
    return _word_counts(order, known, payment, word, now)


def _new_chargeback(event: ChargebackOpened | ChargebackClosed, now: datetime) -> Chargeback:
    unopened = isinstance(event, ChargebackClosed)
    return Chargeback(event.chargeback_id, event.payment_id, event.amount, now, taken=(), unopened=unopened)


def _word_counts(order: Order, known: Chargeback, payment: Payment, word: BankWord, now: datetime) -> Change:
    """Opened, won or lost: by the first word, by the next, or because the bank has changed its mind."""
    # Read once it is lost, what an older version has not written down would pass for taken by this very word.
    standing = replace(bank_words.now_standing(known, word), taken=parts_taken(known))
    match word.outcome:
        case "open":
            return _chargeback_opened(order, standing, payment, now)
        case "won":
            return _chargeback_won(order, standing, payment, now)
        case "lost":
            return _chargeback_lost(order, standing, payment, now)


def _chargeback_opened(order: Order, opened: Chargeback, payment: Payment, now: datetime) -> Change:
    """Opened, or opened again: what is requested of its payment waits, what was sent runs on."""
    text = _opened_sentence(opened, payment)
    order = withdrawals.with_withdrawal(order, replace(opened, closed_at=None))
    window = order.terms.chargeback_alert_after
    order = deadlines.start_deadline(order, DeadlineKind.CHARGEBACK_ALERT_AT, window, now, opened.chargeback_id)
    stands = say("{news}. Nothing of this payment is refunded or paid out until that is decided.", news=text)
    return Change(order, text, _words_to_seller_and_platform(NoticeKind.CHARGEBACK_OPENED, stands))


def _opened_sentence(opened: Chargeback, payment: Payment) -> Sentence:
    amount, payment_id = Money(opened.amount, payment.currency), payment.payment_id
    if opened.closed_at:
        return say(
            "The buyer's bank disputes {amount} of payment {payment} again (chargeback {chargeback})",
            amount=amount,
            payment=payment_id,
            chargeback=opened.chargeback_id,
        )
    return say(
        "The buyer's bank disputes {amount} of payment {payment} (chargeback {chargeback})",
        amount=amount,
        payment=payment_id,
        chargeback=opened.chargeback_id,
    )


def _chargeback_won(before: Order, won: Chargeback, payment: Payment, now: datetime) -> Change:
    """Won: what waited for it goes on, and what it has taken before is back where it was."""
    order, summary = _ended(before, won, payment)
    order = withdrawals.take_out(order, replace(won, closed_at=now), payment, 0, now)
    text = say("{news}. What waited for it goes on.", news=summary)
    if won.taken:
        text = in_a_row(text, say("What it had taken is back."))
    change = Change(order, summary, _words_to_seller_and_platform(NoticeKind.CHARGEBACK_CLOSED, text))
    return withdrawn.money_came_back(change, before, now)


def _chargeback_lost(before: Order, lost: Chargeback, payment: Payment, now: datetime) -> Change:
    """Lost: the buyer has got it from the bank. What a loss before took beyond this one is back where it was."""
    order, summary = _ended(before, lost, payment)
    order = withdrawals.take_out(order, replace(lost, closed_at=now), payment, lost.amount, now)
    text = say("{news}: the bank has given it back to the buyer.", news=summary)
    change = Change(order, summary, _words_to_seller_and_platform(NoticeKind.CHARGEBACK_CLOSED, text))
    change = withdrawn.money_came_back(change, before, now)
    if payment.role != "order" or not lost.amount:
        return change
    return withdrawn.order_without_its_money(change, "chargeback", now)


def _ended(order: Order, closed: Chargeback, payment: Payment) -> tuple[Order, Sentence]:
    """`order` with nobody watching the bank any more, and what it has decided as a sentence."""
    order = deadlines.end_deadlines(order, DeadlineKind.CHARGEBACK_ALERT_AT, subject=closed.chargeback_id)
    amount = Money(closed.amount, payment.currency)
    if closed.outcome == "won":
        return order, say("Chargeback {chargeback} of {amount} was won", chargeback=closed.chargeback_id, amount=amount)
    return order, say("Chargeback {chargeback} of {amount} was lost", chargeback=closed.chargeback_id, amount=amount)


def _bank_in_doubt(order: Order, known: Chargeback, word: BankWord) -> Change:
    """The word contradicts what stands: until the provider has said which is true, nothing of the payment moves."""
    asked = replace(known, doubted=word, questions=known.questions + 1)
    said = bank_words.OUTCOMES[word.outcome]
    summary = say("Chargeback {chargeback} is reported as {outcome}", chargeback=known.chargeback_id, outcome=said)
    if word.outcome == "open":
        summary = say("Chargeback {chargeback} is reported as opened again", chargeback=known.chargeback_id)
    stands = bank_words.OUTCOMES[known.outcome]
    why = say("it stands as {outcome}: the provider is asked which is true", outcome=stands)
    return Change(
        withdrawals.with_withdrawal(order, asked), summary, why=why, asks=(withdrawals.inquiry_about(order, asked),)
    )


def _chargeback_in_conflict(
    order: Order, known: Chargeback, event: ChargebackOpened | ChargebackClosed, wrong: Wrong, payment: Payment
) -> Change:
    """The word cannot be right: nothing of the payment moves until the platform has said the right amount."""
    outcome: Literal["open", "lost"] = "open" if isinstance(event, ChargebackOpened) else "lost"
    named = event.currency or payment.currency
    foreign = "" if named == payment.currency else named
    known = replace(known, conflict=ChargebackConflict(wrong, outcome, event.amount, foreign), doubted=None)
    what = say(
        "Chargeback {chargeback} is reported over {amount}: {wrong}",
        chargeback=known.chargeback_id,
        amount=Money(event.amount, named),
        wrong=bank_words.SAID_WRONG[wrong],
    )
    text = say(
        "{news}. Nothing of payment {payment} moves until you have reported it with the right amount.",
        news=what,
        payment=payment.payment_id,
    )
    word = Word(Role.PLATFORM, NoticeKind.PAYMENT_CONTRADICTED, text)
    why = say("conflict: the platform says what is right")
    return Change(withdrawals.with_withdrawal(order, known), what, (word,), why)


def _more_of_a_conflict(
    order: Order, known: Chargeback, payment: Payment, event: ChargebackOpened | ChargebackClosed, now: datetime
) -> Change:
    """News of a chargeback whose amount cannot be right: the platform's ends that, and so does that it is won."""
    assert known.conflict, f"{order.order_id}: {known} is in no conflict"
    word = bank_words.word_said(event)
    wrong = bank_words.what_is_wrong(order, payment, known, event)
    if word.outcome != "won" and (wrong or event.by.role is not Role.PLATFORM):
        return _chargeback_in_conflict(order, known, event, wrong or known.conflict.why, payment)
    if word.outcome == "open":
        # The platform says how much; that it is lost may have been said before.
        word = replace(word, outcome=known.conflict.outcome)
    return _word_counts(order, known, payment, word, now)


def chargeback_overdue(order: Order, deadline: Deadline) -> Change:
    """The bank has not decided in time: the platform is told, and may report the outcome itself."""
    chargeback = find_chargeback(order, deadline.subject)
    assert chargeback, f"{order.order_id}: {deadline} watches no chargeback"
    payment = next(payment for payment in order.payments if payment.payment_id == chargeback.payment_id)
    summary = say("Chargeback {chargeback} has been undecided for long", chargeback=chargeback.chargeback_id)
    text = say(
        "Chargeback {chargeback} of {amount} has been undecided for long: ask the payment provider.",
        chargeback=chargeback.chargeback_id,
        amount=Money(chargeback.amount, payment.currency),
    )
    word = Word(Role.PLATFORM, NoticeKind.CHARGEBACK_OVERDUE, text)
    return Change(withdrawals.with_withdrawal(order, replace(chargeback, alerted=True)), summary, (word,))


def _words_to_seller_and_platform(kind: NoticeKind, text: Sentence) -> tuple[Word, ...]:
    return (Word(Role.SELLER, kind, text), Word(Role.PLATFORM, kind, text))


BESIDE: Final[Table] = {
    ChargebackOpened: chargeback_reported,
    ChargebackClosed: chargeback_reported,
}
