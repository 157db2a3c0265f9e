"""Remedies that need a parcel: the goods go back, or an exchange is sent."""

from datetime import datetime

from workflows.frozen import replace
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Sentence, say
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.process.clock import deadlines
from workflows.process.state.changes import Change, Word
from workflows.process.state.order import Order
from workflows.process.state.parcel import GoodsReturn


def goods_asked_back(order: Order, now: datetime, told: Sentence) -> Change:
    """The goods are to go back to the seller."""
    order = replace(deadlines.stage_left(order), stage=Stage.RETURNING_GOODS, goods=GoodsReturn(now))
    order = deadlines.start_deadline(order, DeadlineKind.RETURN_SHIP_BY, order.terms.return_ship_within, now)
    text = say(
        "To be refunded, please send the goods of order {order_id} back, and tell us carrier and tracking.",
        order_id=order.order_id,
    )
    seller = say(
        "The buyer is to send you the goods of order {order_id} back. Once you have them as agreed, the buyer is "
        "refunded.",
        order_id=order.order_id,
    )
    return Change(
        order,
        told,
        (
            Word(Role.BUYER, NoticeKind.RETURN_REQUESTED, text, until=DeadlineKind.RETURN_SHIP_BY),
            Word(Role.SELLER, NoticeKind.RETURN_DUE, seller, until=DeadlineKind.RETURN_SHIP_BY),
        ),
    )


def exchange_asked_for(order: Order, now: datetime, told: Sentence) -> Change:
    """A replacement is due; the buyer keeps the first goods."""
    order = replace(deadlines.stage_left(order), stage=Stage.EXCHANGING, return_agreed=False)
    order = deadlines.start_deadline(order, DeadlineKind.SHIP_BY, order.terms.ship_within, now)
    seller = say("Please ship a replacement for order {order_id}.", order_id=order.order_id)
    buyer = say("You get a replacement for order {order_id}; keep what you have.", order_id=order.order_id)
    return Change(
        order,
        told,
        (
            Word(Role.SELLER, NoticeKind.REPLACEMENT_DUE, seller, until=DeadlineKind.SHIP_BY),
            Word(Role.BUYER, NoticeKind.EXCHANGE, buyer, until=DeadlineKind.SHIP_BY),
        ),
    )


def has_been_exchanged(order: Order) -> bool:
    """Whether the order's parcel is a replacement already: there is no second exchange."""
    return order.parcel is not None and order.parcel.number > 1
