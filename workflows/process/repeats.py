"""What an order remembers of the messages it took: the same request id gets the same answer, and does nothing (R7).

It remembers them by role, as each has ids of its own: nobody can use up another's, or push them out (R41).
"""

import hashlib
from typing import Final

from workflows.frozen import replace
from workflows.messages.answers import Answer
from workflows.messages.base import Command, Message
from workflows.process import refusals
from workflows.process.state.order import Order, Remembered

KEPT: Final = 32
"""How many accepted messages of each role are remembered; enough for the retries of any client, small enough for the
state."""
DIGEST_CHARACTERS: Final = 32
"""128 bits of SHA-256: nobody finds two contents that share them by accident."""


def answer_given_before(order: Order, event: Message) -> Answer | None:
    """The answer this very message got before, if it did. Refuses a command with the same id and other content.

    A fact is never refused: one with an id that was used for something else is judged by its own key.
    """
    if event.request_id is None:
        return None
    known = [old for old in order.remembered if old.request_id == event.request_id and _may_be_of(old, event)]
    if not known:
        return None
    digest = _digest_of_message(event)
    same = next((old for old in known if old.digest == digest), None)
    if same is None and isinstance(event, Command):
        raise refusals.request_id_reused(event.request_id)
    return same.answer.model_copy(update={"order_id": order.order_id}) if same else None


def remember_message(order: Order, event: Message, answer: Answer) -> Order:
    """`order` with the accepted message and its answer kept."""
    if event.request_id is None:
        return order
    # The order knows its own id: kept in each of them, it would be a twentieth of the largest state.
    kept = answer.model_copy(update={"order_id": ""})
    new = Remembered(event.request_id, _digest_of_message(event), kept, event.by.role)
    others = [old for old in order.remembered if old.by is not new.by]
    theirs = [old for old in order.remembered if old.by is new.by]
    return replace(order, remembered=(*others, *(*theirs, new)[-KEPT:]))


def _may_be_of(old: Remembered, event: Message) -> bool:
    """Whether the sender's role has sent it, or an order of before cannot say who has."""
    return old.by is None or old.by is event.by.role


def _digest_of_message(event: Message) -> str:
    content = f"{event.name} {event.model_dump_json(exclude={'request_id'}, exclude_none=True)}"
    return hashlib.sha256(content.encode()).hexdigest()[:DIGEST_CHARACTERS]
