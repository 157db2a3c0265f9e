"""Chapter 7, returning goods: after a decision or an agreement the buyer sends them back, and is refunded (R18)."""

from datetime import datetime

from workflows.frozen import replace
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import (
    CarrierFact,
    ParcelDelivered,
    ParcelLost,
    ParcelReturned,
    ReceiveReturn,
    ShipReturn,
)
from workflows.messages.sentences import Sentence, say
from workflows.messages.values import ClosingReason, DeadlineKind, Role, Stage
from workflows.messages.vocabulary import Inspection, Phase
from workflows.process import refusals
from workflows.process.arrivals import endings, shipped
from workflows.process.clock import deadlines
from workflows.process.dispute import disputes
from workflows.process.state.changes import Change, DeadlinePassed, StoryEvent, Word
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order, dispute_of, goods_of

ARRIVALS = (ParcelDelivered, ParcelReturned)
"""With the return's tracking both mean that it is back at the seller."""


def while_returning_goods(order: Order, event: StoryEvent, now: datetime) -> Change:
    """The buyer ships until `return_ship_by`, the carrier has until `return_by`, the seller inspects."""
    match event:
        case ShipReturn():
            return goods_sent_back(order, event, now)
        case ReceiveReturn():
            told = say("The seller has the goods back: {inspection}", inspection=event.inspection)
            return goods_inspected(order, event.inspection, now, told)
        case DeadlinePassed(Deadline(kind=DeadlineKind.RETURN_SHIP_BY)):
            why = say("The goods were not sent back in time: completed")
            return endings.order_completed(order, now, ClosingReason.RETURN_NOT_SHIPPED, why)
        case DeadlinePassed(Deadline(kind=DeadlineKind.RETURN_BY)):
            why = say("The goods did not come back in time: the platform reviews")
            return disputes.dispute_opened_by_the_system(order, now, why)
        case DeadlinePassed(Deadline(kind=DeadlineKind.INSPECT_BY)):
            why = say("Not inspected in time, which counts as returned as agreed")
            return goods_inspected(order, Inspection.AS_AGREED, now, why)
        case _:
            raise refusals.not_now(order, event)


def goods_sent_back(order: Order, event: ShipReturn, now: datetime) -> Change:
    """On its way back, once."""
    record = goods_of(order)
    if record.tracking is not None:
        assert record.carrier, "goods have a tracking and no carrier"
        raise refusals.already_open(
            say(
                "The goods are already on their way back with {carrier}, {tracking}.",
                carrier=record.carrier,
                tracking=record.tracking,
            )
        )
    order = shipped.name_tracking(order, event.tracking)
    record = replace(record, carrier=event.carrier, tracking=event.tracking, shipped_at=now)
    order = deadlines.end_deadlines(replace(order, goods=record), DeadlineKind.RETURN_SHIP_BY)
    order = deadlines.start_deadline(order, DeadlineKind.RETURN_BY, order.terms.return_within, now)
    text = say(
        "The goods of order {order_id} are on their way back with {carrier}, {tracking}.",
        order_id=order.order_id,
        carrier=event.carrier,
        tracking=event.tracking,
    )
    told = say("Sent back with {carrier}, {tracking}", carrier=event.carrier, tracking=event.tracking)
    return Change(order, told, (Word(Role.SELLER, NoticeKind.RETURN_SHIPPED, text),))


def carrier_reported_goods(order: Order, event: CarrierFact, told: Sentence, now: datetime) -> Change:
    """What the carrier says of the goods on their way back: arrival, loss, or nothing that moves anything."""
    record = goods_of(order)
    if not (order.stage is Stage.RETURNING_GOODS or _is_return_to_be_decided(order)):
        why = say("the goods are no longer on their way back: the order is {stage}", stage=order.stage)
        return Change(order, told, why=why)
    # In another order, an arrival that is repeated is kept twice, and what the seller has can still get lost.
    if event.name in record.facts:
        return Change(order, told, why=said_before(event.tracking))
    if order.stage is Stage.DISPUTED:
        return _news_for_the_platform(order, event, told)
    if record.arrived_at:
        return Change(_keep_fact_of_goods(order, event), say("{told}: they had arrived before", told=told))
    if isinstance(event, ParcelLost):
        order = _keep_fact_of_goods(order, event)
        return disputes.dispute_opened_by_the_system(order, now, say("{told}: the platform reviews", told=told))
    if not isinstance(event, ARRIVALS):
        return Change(order, told, why=say("only arrival and loss count for goods on their way back"))
    order = _keep_fact_of_goods(order, event)
    order = replace(order, goods=replace(goods_of(order), arrived_at=now))
    order = deadlines.end_deadlines(order, DeadlineKind.RETURN_BY)
    order = deadlines.start_deadline(order, DeadlineKind.INSPECT_BY, order.terms.inspect_within, now)
    text = say(
        "The goods of order {order_id} are back with you. Please inspect them; if you say nothing, they count as "
        "returned as agreed.",
        order_id=order.order_id,
    )
    # The buyer has sent them, and would hear nothing of them before the money.
    back = say("The goods of order {order_id} are back at the seller, who inspects them now.", order_id=order.order_id)
    words = (
        Word(Role.SELLER, NoticeKind.RETURN_TO_INSPECT, text, until=DeadlineKind.INSPECT_BY),
        Word(Role.BUYER, NoticeKind.PARCEL_BACK, back, until=DeadlineKind.INSPECT_BY),
    )
    return Change(order, told, words)


def said_before(tracking: str) -> Sentence:
    """Why a carrier's fact that comes again changes nothing."""
    return say("duplicate: that was already said of parcel {tracking}", tracking=tracking)


def _is_return_to_be_decided(order: Order) -> bool:
    """Whether the goods did not come back as they should, and the platform decides."""
    undecided = order.stage is Stage.DISPUTED and order.phase is not Phase.DECIDED
    return undecided and dispute_of(order).opened_by is Role.SYSTEM


def _news_for_the_platform(order: Order, event: CarrierFact, told: Sentence) -> Change:
    """Given up, and now the carrier says something all the same: whoever decides should know."""
    text = say(
        "{told}: the goods of order {order_id} that dispute {dispute_id} is about.",
        told=told,
        order_id=order.order_id,
        dispute_id=dispute_of(order).dispute_id,
    )
    word = Word(Role.PLATFORM, NoticeKind.RETURN_NEWS, text, until=DeadlineKind.DECIDE_NO_LATER_THAN)
    return Change(_keep_fact_of_goods(order, event), say("{told}: the platform decides", told=told), (word,))


def goods_inspected(order: Order, inspection: Inspection, now: datetime, told: Sentence) -> Change:
    """Inspected: as agreed, and the buyer is refunded; anything else is for the platform."""
    order = replace(order, goods=replace(goods_of(order), inspection=inspection))
    if inspection is Inspection.AS_AGREED:
        return endings.order_refunded(order, now, ClosingReason.RETURN_RECEIVED, say("{told}; refunded", told=told))
    return disputes.dispute_opened_by_the_system(order, now, say("{told}; the platform reviews", told=told))


def _keep_fact_of_goods(order: Order, event: CarrierFact) -> Order:
    record = goods_of(order)
    return replace(order, goods=replace(record, facts=(*record.facts, event.name)))
