"""Chapter 4, interception: the buyer asks to have a parcel stopped; the carrier's next fact says how it went.

A record beside the stage (R13). What an intercepted parcel leads to once it is back stands in `way_back.py`.
"""

from datetime import datetime
from typing import Final, Literal

from workflows.frozen import replace
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import AnswerInterception, CarrierFact, ParcelReturned
from workflows.messages.sentences import say
from workflows.messages.values import Role, Stage
from workflows.process import refusals
from workflows.process.state.changes import Change, Word
from workflows.process.state.order import Order
from workflows.process.state.parcel import Interception

MAX_INTERCEPTIONS: Final = 3
"""Per order: a seller who has refused three times has answered."""
Outcome = Literal["trying", "refused", "succeeded", "too_late", "ended"]
_UNDER_WAY: Final = ("open", "trying")


def interception_requested(order: Order, now: datetime) -> Change:
    """The seller is asked to have the parcel stopped; one request at a time."""
    if is_interception_open(order):
        raise refusals.already_open(say("You have asked for that already; the carrier's next word settles it."))
    number = order.interception.number + 1 if order.interception else 1
    if number > MAX_INTERCEPTIONS:
        text = say(
            "Stopping parcels can be asked for at most {limit} times, and these are used up.", limit=MAX_INTERCEPTIONS
        )
        raise refusals.limit_reached(text)
    order = replace(order, interception=Interception(number, now))
    text = say(
        "The buyer of order {order_id} asks to have the parcel stopped on its way. Please try, or say no.",
        order_id=order.order_id,
    )
    summary = say("The buyer asks to have the parcel stopped on its way")
    return Change(order, summary, (Word(Role.SELLER, NoticeKind.INTERCEPTION, text),))


def interception_answered(order: Order, event: AnswerInterception) -> Change:
    """The seller tries, or will not."""
    if not is_interception_open(order):
        raise refusals.nothing_open(say("No interception is waiting for an answer."))
    if order.interception and order.interception.outcome == event.answer:
        raise refusals.already_open(say("You have said so already; the carrier's next word settles it."))
    order = _with_interception(order, event.answer)
    said = say("The seller will not have the parcel stopped")
    text = say("The seller of order {order_id} will not have the parcel stopped.", order_id=order.order_id)
    if event.answer == "trying":
        said = say("The seller tries to stop the parcel")
        text = say("The seller of order {order_id} tries to stop the parcel.", order_id=order.order_id)
    return Change(order, said, (Word(Role.BUYER, NoticeKind.INTERCEPTION_ANSWERED, text),))


def settle_interception(order: Order, event: CarrierFact) -> Order:
    """`order` with an open interception settled by what the carrier says next."""
    if not is_interception_open(order):
        return order
    return _with_interception(order, "succeeded" if isinstance(event, ParcelReturned) else "too_late")


def words_of_too_late(before: Order, order: Order) -> tuple[Word, ...]:
    """What the buyer is told whose parcel could not be stopped; that it was, its way back tells."""
    if not is_interception_open(before) or not order.interception or order.interception.outcome != "too_late":
        return ()
    text = say(
        "The parcel of order {order_id} could not be stopped on its way: the request came too late.",
        order_id=order.order_id,
    )
    return (Word(Role.BUYER, NoticeKind.INTERCEPTION, text),)


def end_interception_if_left(order: Order) -> Order:
    """`order` with an open interception ended, when anything else leads out of shipped."""
    return (
        _with_interception(order, "ended")
        if is_interception_open(order) and order.stage is not Stage.SHIPPED
        else order
    )


def is_interception_open(order: Order) -> bool:
    return order.interception is not None and order.interception.outcome in _UNDER_WAY


def is_intercepted(order: Order) -> bool:
    return order.interception is not None and order.interception.outcome == "succeeded"


def _with_interception(order: Order, outcome: Outcome) -> Order:
    assert order.interception, f"{order.order_id}: no interception was asked for"
    return replace(order, interception=replace(order.interception, outcome=outcome))
