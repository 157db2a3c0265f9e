"""A reset in Temporal, and a start over a running order: the run loads the order and goes on as it (R38).

How the state is loaded does not live here, but in the shell; here is what the loaded order makes of it.
"""

from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.base import Command, Message
from workflows.messages.notices import NoticeKind
from workflows.messages.refusal import Refused
from workflows.messages.sentences import say
from workflows.messages.start import StartOrder
from workflows.messages.values import Role
from workflows.process.money import attention
from workflows.process.refusals import action
from workflows.process.repeats import answer_given_before
from workflows.process.state.changes import Change, Step, Word
from workflows.process.state.order import Order
from workflows.process.step import finish_step, settle_deadlines
from workflows.process.telling.timeline import TEMPORAL, Cause
from workflows.process.telling.view import answer_of_now

NAME: Final = "reset"
"""How the timeline calls it. No message has this name: nobody sends one."""
KNOWN: Final = say("duplicate: it came before the order was reset")
WITHOUT_ID: Final = say(
    "it has no request id, so nobody can say whether it was carried out before: send it again if it is still wanted"
)
STARTED_ANEW: Final = say("the order is known and not settled; it goes on as it stood, with its own content")


def order_reset(order: Order, now: datetime) -> Step:
    """The loaded order with its reset told: in the timeline, to the platform, and on the list until acknowledged.

    Nothing else changes, and no deadline is settled: that is left to the clock, which comes after.
    """
    told = replace(order, resets=order.resets + 1)
    subject = attention.subject_of_reset(told)
    text = say(
        "Order {order_id} was reset in Temporal, and goes on as it stood. Compare it with the book of the provider, "
        "then acknowledge {subject}.",
        order_id=order.order_id,
        subject=subject,
    )
    words = (Word(Role.PLATFORM, NoticeKind.ORDER_RESET, text),)
    change, who = Change(told, say("Reset in Temporal: it goes on as it stood"), words), TEMPORAL
    return finish_step(order, change, Cause(who.role, who.id, NAME, "accepted", None), now)


def message_come_again(
    order: Order, name: str, event: Message | None, known: frozenset[tuple[Role | None, str]], now: datetime
) -> Step | None:
    """What becomes of a message that came in the very activation of the reset: perhaps it came before, too.

    `known` holds the request ids of the whole timeline by role, None where an older load did not say whose; also those
    of what was refused: that is no new wish in a later state.
    None: it is judged like any other. So are facts, which are known by their keys, and what cannot be read.
    """
    if not isinstance(event, Command):
        return None
    # Nothing below knows a command without an id: asked later, one that a reset brings again is carried out twice.
    if event.request_id is None:
        return _come_again_without_id(order, name, event, now)
    try:
        old = answer_given_before(order, event)
    except Refused:
        return None  # the same id with other content: whoever judges it refuses it, and says so
    if old is None and known.isdisjoint(((None, event.request_id), (event.by.role, event.request_id))):
        return None
    return Step(order, (), old or answer_of_now(order, why=str(KNOWN)))


def refused_start(order: Order, start: StartOrder, now: datetime) -> Step:
    """The order after somebody has ended its run and started its id anew: it goes on, and the start was refused."""
    current, settling = settle_deadlines(order, now)
    change = Change(
        current, say("A start of the known order {order_id} was refused", order_id=order.order_id), why=STARTED_ANEW
    )
    cause = Cause(Role.BUYER, start.buyer_id, "start", "refused", start)
    taken = finish_step(current, change, cause, now)
    return replace(taken, effects=(*settling, *taken.effects))


def _come_again_without_id(order: Order, name: str, event: Command, now: datetime) -> Step:
    """Recorded, and nothing done: nobody can say whether this is a new wish or an old one. Passed deadlines are settled
    all the same (R2)."""
    current, settling = settle_deadlines(order, now)
    change = Change(current, say('"{action}" came again with a reset', action=action(name)), why=WITHOUT_ID)
    taken = finish_step(current, change, Cause.of_message(event), now)
    return replace(taken, effects=(*settling, *taken.effects))
