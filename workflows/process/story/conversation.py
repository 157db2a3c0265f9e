"""Beside the story: messages between the parties, the platform's notes, and its hand on the clock."""

from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.commands import AddNote, MoveDeadline, SendMessage
from workflows.messages.durations import MAX_DURATION
from workflows.messages.notices import NoticeKind
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import Role
from workflows.process import refusals
from workflows.process.clock import deadlines
from workflows.process.clock.deadlines import OF_MONEY
from workflows.process.state.changes import Change, Table, Word, without_clock
from workflows.process.state.order import Order, Sent

MAX_MESSAGES: Final = 100
"""Of buyer and seller each: more is a chat, and belongs elsewhere (R41)."""
MAX_MESSAGES_OF_PLATFORM: Final = 200
"""It writes to both of them."""


def message_sent(order: Order, event: SendMessage) -> Change:
    """A message was sent; the order only counts it (R26)."""
    by = event.by.role
    before = next((sent.count for sent in order.sent if sent.by is by), 0)
    limit = MAX_MESSAGES_OF_PLATFORM if by is Role.PLATFORM else MAX_MESSAGES
    if before >= limit:
        raise refusals.limit_reached(f"The {by} sends at most {limit} messages about an order, and they are used up")
    text = f"A message from the {by} about order {order.order_id}."
    word = Word(event.to, NoticeKind.MESSAGE, text)
    others = tuple(sent for sent in order.sent if sent.by is not by)
    order = replace(order, messages=order.messages + 1, sent=(*others, Sent(by, before + 1)))
    return Change(order, f"Message from {by} to {event.to}", (word,))


def note_added(order: Order, event: AddNote) -> Change:
    """A note that only the platform sees."""
    del event
    return Change(order, "Note by the platform")


def deadline_moved(order: Order, event: MoveDeadline, now: datetime) -> Change:
    """The platform moves a running deadline, in the open: both sides are told, and the note stands in the timeline."""
    # Asked later, an instant that nothing can be moved to would be found out one refusal too late.
    if not now < event.to <= now + MAX_DURATION:
        raise refusals.invalid_field("to", f"must lie after now and at most {MAX_DURATION.days} days ahead")
    if event.deadline in OF_MONEY:
        raise Refused(Code.NOT_ALLOWED_NOW, f"{event.deadline} watches the payment provider and cannot be moved.")
    deadline = deadlines.running_deadline(order, event.deadline)
    if deadline is None:
        kinds = ", ".join(d.kind for d in order.deadlines if d.kind not in OF_MONEY) or "none"
        raise refusals.nothing_open(f"{event.deadline} is not running; running are: {kinds}")
    order = deadlines.set_deadline(order, event.deadline, event.to, now, party=deadline.party)
    text = f"{event.deadline} of order {order.order_id} was moved to {refusals.instant_text(event.to)} by the platform."
    words = tuple(Word(role, NoticeKind.DEADLINE_MOVED, text, event.to) for role in (Role.BUYER, Role.SELLER))
    moved = f"{event.deadline} moved from {refusals.instant_text(deadline.at)} to {refusals.instant_text(event.to)}"
    return Change(order, moved, words)


BESIDE: Final[Table] = {
    SendMessage: without_clock(message_sent),
    AddNote: without_clock(note_added),
    MoveDeadline: deadline_moved,
}
