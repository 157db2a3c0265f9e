"""Beside the story: messages between the parties, the platform's notes, and its hand on the clock."""

from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.commands import AddNote, MoveDeadline, SendMessage
from workflows.messages.durations import MAX_DURATION
from workflows.messages.notices import NoticeKind
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, say, several
from workflows.messages.values import DeadlineKind, Role
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
        text = say("You can send at most {limit} messages about an order, and yours are used up.", limit=limit)
        raise refusals.limit_reached(text)
    word = Word(event.to, NoticeKind.MESSAGE, _message_from(by, order.order_id))
    others = tuple(sent for sent in order.sent if sent.by is not by)
    order = replace(order, messages=order.messages + 1, sent=(*others, Sent(by, before + 1)))
    return Change(order, say("Message from {sender} to {to}", sender=by, to=event.to), (word,))


def _message_from(by: Role, order_id: str) -> Sentence:
    if by is Role.BUYER:
        return say("A message from the buyer about order {order_id}.", order_id=order_id)
    if by is Role.SELLER:
        return say("A message from the seller about order {order_id}.", order_id=order_id)
    return say("A message from the platform about order {order_id}.", order_id=order_id)


def note_added(order: Order, event: AddNote) -> Change:
    """A note that only the platform sees."""
    del event
    return Change(order, say("Note by the platform"))


def deadline_moved(order: Order, event: MoveDeadline, now: datetime) -> Change:
    """The platform moves a running deadline, in the open: both sides are told, and the note stands in the timeline."""
    # Asked later, an instant that nothing can be moved to would be found out one refusal too late.
    if not now < event.to <= now + MAX_DURATION:
        right = say("must lie after now and at most {days} days ahead", days=MAX_DURATION.days)
        raise refusals.invalid_field("to", right)
    if event.deadline in OF_MONEY:
        text = say("What watches the payment provider cannot be moved: {deadline}.", deadline=event.deadline)
        raise Refused(Code.NOT_ALLOWED_NOW, text)
    deadline = deadlines.running_deadline(order, event.deadline)
    if deadline is None:
        raise refusals.nothing_open(_not_running(order, event.deadline))
    order = deadlines.set_deadline(order, event.deadline, event.to, now, party=deadline.party)
    text = say(
        "The platform has moved a deadline of order {order_id}: {deadline} now ends on {to}.",
        order_id=order.order_id,
        deadline=event.deadline,
        to=order.when(event.to),
    )
    words = tuple(Word(role, NoticeKind.DEADLINE_MOVED, text, event.to) for role in (Role.BUYER, Role.SELLER))
    moved = say(
        "Moved by the platform: {deadline} ends on {to}, no longer on {before}",
        deadline=event.deadline,
        to=order.when(event.to),
        before=order.when(deadline.at),
    )
    return Change(order, moved, words)


def _not_running(order: Order, asked: DeadlineKind) -> Sentence:
    """What the platform is told that would move a deadline that nobody waits for; and which it could move."""
    running = [deadline.kind for deadline in order.deadlines if deadline.kind not in OF_MONEY]
    if not running:
        return say("Not running now: {deadline}. Nothing is running that could be moved.", deadline=asked)
    return say("Not running now: {deadline}. Running: {running}.", deadline=asked, running=several(running))


BESIDE: Final[Table] = {
    SendMessage: without_clock(message_sent),
    AddNote: without_clock(note_added),
    MoveDeadline: deadline_moved,
}
