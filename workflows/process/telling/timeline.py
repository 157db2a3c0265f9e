"""How what happened is told: one row of the timeline for each event, one inbox row for each party concerned (R25)."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal, Self

from workflows.messages.authorizations import PaymentVoided
from workflows.messages.base import Message
from workflows.messages.chargebacks import RefundReported
from workflows.messages.commands import PaymentFailed
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import say, to_wire
from workflows.messages.start import StartOrder
from workflows.messages.values import DeadlineKind, MoneyState, Party, Role
from workflows.messages.work import Notice, TimelineEntry
from workflows.process.clock import deadlines
from workflows.process.money.ledger import COLUMNS
from workflows.process.state.changes import Answered, Change, Clock, Record, ReminderDue, Word
from workflows.process.state.counting import rule_of
from workflows.process.state.deadline import Deadline, with_rule
from workflows.process.state.kept import Kept
from workflows.process.state.order import Ledger, Order, is_dispute_left
from workflows.process.telling.register import word_on_calls
from workflows.process.telling.view import order_status

CLOCK: Final = "clock"
"""Who acts when a deadline passes."""
OWN_CALL: Final = "api"
"""Who speaks when the provider answers a call of ours, and not by webhook."""
TEMPORAL: Final = Party(role=Role.PLATFORM, id="temporal")
"""Who acts on an order with a button of Temporal's own UI (R27, R38)."""
Outcome = Literal["accepted", "recorded", "refused", "deadline", "reminder"]


@dataclass(frozen=True)
class Cause:
    """What a timeline row is about: who sent what, or which deadline it was."""

    role: Role
    party_id: str
    name: str
    outcome: Outcome
    event: object

    @classmethod
    def of_opening(cls, start: StartOrder) -> Self:
        return cls(Role.BUYER, start.buyer_id, "start", "accepted", start)

    @classmethod
    def of_message(cls, event: Message | Answered) -> Self:
        if isinstance(event, Message):
            return cls(event.by.role, event.by.id, event.name, "accepted", event)
        lost = event.state in (MoneyState.UNKNOWN, None)
        return cls(Role.SYSTEM if lost else Role.PAYMENT_PROVIDER, OWN_CALL, "provider_answered", "accepted", event)

    @classmethod
    def of_kept_fact(cls, kept: Kept) -> Self:
        """Its words stand in the row with which it came."""
        return cls(kept.by.role, kept.by.id, kept.name, "accepted", None)

    @classmethod
    def of_clock_event(cls, due: Clock) -> Self:
        outcome: Outcome = "reminder" if isinstance(due, ReminderDue) else "deadline"
        return cls(Role.SYSTEM, CLOCK, due.deadline.kind, outcome, due)

    @classmethod
    def of_refusal(cls, name: str, event: Message | None) -> Self:
        role, party_id = (event.by.role, event.by.id) if event else (Role.SYSTEM, "unknown")
        return cls(role, party_id, name, "refused", event)


def record_of_change(before: Order, after: Order, change: Change, cause: Cause, now: datetime) -> Record:
    """The timeline row of a change, and the inbox rows of those it concerns."""
    outcome = "recorded" if cause.outcome == "accepted" and change.why else cause.outcome
    event = cause.event if isinstance(cause.event, Message) else None
    entry = TimelineEntry(
        entry=after.entry,
        at=now,
        role=cause.role,
        party_id=cause.party_id,
        name=cause.name,
        outcome=outcome,
        from_stage=before.stage if before.entry else None,
        to_stage=after.stage,
        summary=str(change.summary),
        why=None if change.why is None else str(change.why),
        said=_said(change),
        money=movements(before.ledger, after.ledger),
        text=None if cause.outcome == "refused" else _written_text(event),
        attachments=_shown_in(event, "attachments"),
        evidence=_shown_in(event, "evidence"),
        platform_only=event is not None and event.platform_only,
        request_id=event.request_id if event else None,
        version=after.version,
        status=order_status(after),
    )
    said = word_on_calls(cause.event) if outcome == "accepted" else None
    return Record(entry, tuple(_notice_of_word(after, word) for word in change.words), change.unplaced, said)


def _said(change: Change) -> dict[str, Any]:
    """Of what its sentences are made, and the code of what was refused."""
    said: dict[str, Any] = {"summary": to_wire(change.summary)}
    if change.why is not None:
        said["why"] = to_wire(change.why)
    if change.code is not None:
        said["code"] = change.code
    return said


def movements(before: Ledger, after: Ledger) -> dict[str, int]:
    """What changed between two ledgers, for the timeline: only the columns that did."""
    was, stands = vars(before), vars(after)
    return {column: stands[column] - was[column] for column in COLUMNS if stands[column] != was[column]}


def deadline_reminder(order: Order, deadline: Deadline) -> Change:
    """The one reminder of a deadline (R23)."""
    asked = deadlines.REMINDED[deadline.kind]
    # Protected without a dispute to open there is nothing to say: only a confirmation, or the end, can still come.
    if deadline.kind is DeadlineKind.PROTECTED_UNTIL and not is_dispute_left(order):
        asked = say("if nothing else happens, it ends")
    text = say("Order {order_id}: {asked} by {at}.", order_id=order.order_id, asked=asked, at=order.when(deadline.at))
    summary = say("Reminder of {deadline}", deadline=deadline.kind)
    if deadline.counted:
        summary = say("{reminder}: {rule}", reminder=summary, rule=rule_of(deadline.counted))
    return Change(order, summary, (Word(deadline.party, NoticeKind.REMINDER, text, until=deadline.kind),))


TEXTS: Final = ("text", "description", "statement", "question", "answer", "note", "failure_reason")
"""The fields in which a person says something; no message has two of them but for a note beside it."""


@cache
def _has(kind: type[Message], field: str) -> bool:
    """Whether such messages have that field: asked of the message itself, each that is missing raises and is caught."""
    return field in kind.model_fields


@cache
def _fields_of_texts(kind: type[Message]) -> tuple[str, ...]:
    return tuple(field for field in TEXTS if _has(kind, field))


def _notice_of_word(order: Order, word: Word) -> Notice:
    party_id = {Role.BUYER: order.buyer_id, Role.SELLER: order.seller_id}.get(word.to, "")
    bound = deadlines.running_deadline(order, word.until) if word.until else None
    due_at = bound.at if bound else word.due_at
    text = with_rule(word.text, bound)
    return Notice(
        entry=order.entry,
        role=word.to,
        party_id=party_id,
        kind=word.kind,
        text=str(text),
        said=to_wire(text),
        due_at=due_at,
    )


def _written_text(event: Message | None) -> str | None:
    """What the person wrote, whichever field of the message carries it (R26)."""
    if event is None:
        return None
    texts = (getattr(event, field) for field in _fields_of_texts(type(event)))
    return next((text for text in texts if isinstance(text, str)), None) or _provider_reason(event)


def _provider_reason(event: Message) -> str | None:
    """A provider's reason is its own words; a party's is one of ours, and stands in the summary."""
    return event.reason if isinstance(event, PaymentFailed | PaymentVoided | RefundReported) else None


def _shown_in(event: Message | None, field: Literal["attachments", "evidence"]) -> tuple[Any, ...]:
    """What the person shows in that field, if the message has it."""
    shown = getattr(event, field) if event is not None and _has(type(event), field) else ()
    return shown if isinstance(shown, tuple) else ()
