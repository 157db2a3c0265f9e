"""The parcel's record: what the carrier reports moves the parcel, and the order where it waits for the parcel (R12)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import (
    CarrierFact,
    DeliveryFailed,
    DeliveryRefused,
    ParcelDelivered,
    ParcelLost,
    ParcelReturned,
)
from workflows.messages.sentences import Sentence, in_a_row, say
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.messages.vocabulary import Phase
from workflows.process.arrivals import whereabouts
from workflows.process.clock import deadlines
from workflows.process.dispute.disputes import may_end_with_receipt
from workflows.process.state.changes import Change, Table, Word
from workflows.process.state.order import Order, dispute_of, parcel_of
from workflows.process.state.parcel import Parcel
from workflows.process.story import interception, payment, returning

GOES: Final[Mapping[tuple[Stage, type[CarrierFact]], Stage]] = {
    (Stage.SHIPPED, ParcelDelivered): Stage.DELIVERED,
    (Stage.SHIPPED, DeliveryRefused): Stage.RETURNING_TO_SELLER,
    (Stage.SHIPPED, DeliveryFailed): Stage.RETURNING_TO_SELLER,
    (Stage.SHIPPED, ParcelReturned): Stage.RETURNED_TO_SELLER,
    (Stage.RETURNING_TO_SELLER, ParcelReturned): Stage.RETURNED_TO_SELLER,
    (Stage.RETURNING_TO_SELLER, ParcelDelivered): Stage.DELIVERED,
    (Stage.RETURNING_TO_SELLER, ParcelLost): Stage.LOST_IN_RETURN,
    (Stage.LOST_IN_RETURN, ParcelReturned): Stage.RETURNED_TO_SELLER,
}
"""Where a parcel is, and a fact → where it is then. Every other fact is kept with the parcel, and moves nothing."""
FOLLOWING: Final = (
    Stage.SHIPPED,
    Stage.RETURNING_TO_SELLER,
    Stage.RETURNED_TO_SELLER,
    Stage.LOST_IN_RETURN,
    Stage.DELIVERED,
)
"""Stages in which the order goes where the parcel goes. In a dispute the facts are shown, and end nothing."""
FOUND: Final = (ParcelReturned, ParcelDelivered)
"""What says of a lost parcel where it is."""


def carrier_reported(order: Order, event: CarrierFact, now: datetime) -> Change:
    """The carrier's fact taken by the parcel's record, and by the order where it waits for the parcel."""
    change = _fact_taken(order, event, now)
    return replace(change, summary=payment.with_clock_ahead(order, change.summary, event.occurred_at, now))


def _fact_taken(order: Order, event: CarrierFact, now: datetime) -> Change:
    told = say("{news}, {tracking}", news=event.told, tracking=event.tracking)
    # The parcel's record knows nothing of goods on their way back: asked first, it would let them never arrive.
    if order.goods and event.tracking == order.goods.tracking:
        return returning.carrier_reported_goods(order, event, told, now)
    if why := why_not_taken(order, event):
        return parcel_found(order, event, told, why) if is_found(order, event) else Change(order, told, why=why)
    before = parcel_of(order)
    after = replace(
        before, facts=(*before.facts, event.name), where=GOES.get((before.where, type(event)), before.where)
    )
    if isinstance(event, ParcelDelivered):
        after = replace(after, delivered_at=now)
    order = replace(order, parcel=after)
    # Asked after the order has moved on, a delivery would end a dispute or an exchange (R12).
    if order.stage not in FOLLOWING:
        return Change(order, _kept(told), _words_in_a_dispute(order, event, before, told))
    # Settled after the order has gone where the parcel goes, it would just end, and what was stopped not be cancelled.
    if order.stage is Stage.SHIPPED:
        order = interception.settle_interception(order, event)
    if after.where is not before.where:
        return whereabouts.parcel_followed(order, (), now, told)
    if isinstance(event, ParcelLost) and deadlines.running_deadline(order, DeadlineKind.DELIVER_BY):
        return whereabouts.lost_on_the_way(order, now, told)
    return Change(order, _kept(told))


def _kept(told: Sentence) -> Sentence:
    return say("{told}: kept with the parcel, it moves nothing now", told=told)


def _words_in_a_dispute(order: Order, event: CarrierFact, before: Parcel, told: Sentence) -> tuple[Word, ...]:
    """Where a parcel has come that is disputed about ends nothing, and may decide it all: both sides hear it, and the
    platform where it is the one who decides."""
    lost_on_the_way = isinstance(event, ParcelLost) and before.where is Stage.SHIPPED
    has_moved = parcel_of(order).where is not before.where or lost_on_the_way
    if order.stage is not Stage.DISPUTED or not has_moved:
        return ()
    dispute, arrived = dispute_of(order), isinstance(event, ParcelDelivered)
    kind = NoticeKind.ORDER_DELIVERED if arrived else NoticeKind.WAY_BACK_ENDED
    text = say("{told}: the parcel of order {order_id} that the dispute is about.", told=told, order_id=order.order_id)
    to_buyer = text
    if arrived and may_end_with_receipt(order):
        to_buyer = in_a_row(text, say("If you have it, please confirm it, and the dispute is over."))
    words = (Word(Role.BUYER, kind, to_buyer), Word(Role.SELLER, kind, text))
    decides = dispute.phase in (Phase.UNDER_REVIEW, Phase.INFORMATION_REQUESTED)
    to_platform = Word(Role.PLATFORM, kind, text, until=DeadlineKind.DECIDE_NO_LATER_THAN)
    return (*words, to_platform) if decides else words


def why_not_taken(order: Order, event: CarrierFact) -> Sentence | None:
    """Why a carrier's fact can only be recorded; None when it is about the parcel that is under way, or was last."""
    parcel = parcel_of(order)
    # In another order news of another parcel passes for a duplicate, and a duplicate after the end for news.
    if event.tracking != parcel.tracking:
        return say("the parcel of this order is {tracking}", tracking=parcel.tracking)
    if event.name in parcel.facts:
        return returning.said_before(parcel.tracking)
    return say("the order has ended: {stage}", stage=order.stage) if order.stage.closed else None


def is_found(order: Order, event: CarrierFact) -> bool:
    """Whether it says that a parcel is there after all which was lost on its way back when the order ended."""
    parcel = parcel_of(order)
    lost = order.stage.closed and parcel.where is Stage.LOST_IN_RETURN and event.tracking == parcel.tracking
    return lost and isinstance(event, FOUND) and event.name not in parcel.facts


def parcel_found(order: Order, event: CarrierFact, told: Sentence, why: Sentence) -> Change:
    """The end stays what it was, and all three are told: whose the goods are now, people must say."""
    parcel = parcel_of(order)
    text = say(
        "{told}: the parcel of order {order_id} that was lost on its way back. The order stays as it has ended.",
        told=told,
        order_id=order.order_id,
    )
    words = tuple(Word(role, NoticeKind.PARCEL_FOUND, text) for role in (Role.BUYER, Role.SELLER, Role.PLATFORM))
    return Change(replace(order, parcel=replace(parcel, facts=(*parcel.facts, event.name))), told, words, why)


BESIDE: Final[Table] = {
    ParcelDelivered: carrier_reported,
    DeliveryRefused: carrier_reported,
    DeliveryFailed: carrier_reported,
    ParcelReturned: carrier_reported,
    ParcelLost: carrier_reported,
}
