"""Chapters 4 and 6, delivery: the parcel is on its way, then with the buyer, who is protected for a while."""

from datetime import datetime, timedelta

from workflows.messages.disputes import OpenDispute
from workflows.messages.parcels import (
    AnswerInterception,
    ConfirmReceipt,
    CorrectTracking,
    ExtendDelivery,
    RequestInterception,
)
from workflows.messages.values import ClosingReason, DeadlineKind, Role, Stage
from workflows.process import closing, deadlines, disputes, goods, interception, parcels, refusals, shipment
from workflows.process.calendar import window_end
from workflows.process.effects import Change, DeadlinePassed, Word
from workflows.process.records import StoodStill
from workflows.process.state import Order, Passed, replace


def shipped(order: Order, event: object, now: datetime) -> Change:
    """On its way until `deliver_by`; after that the buyer is protected until `protected_until`."""
    match event:
        case CorrectTracking():
            return shipment.tracking_corrected(order, event)
        case ExtendDelivery():
            return extended(order, event)
        case RequestInterception():
            return interception.requested(order, now)
        case AnswerInterception():
            return interception.answered(order, event)
        case ConfirmReceipt():
            return confirmed(order, now)
        case OpenDispute():
            return disputes.opened(order, event, now)
        case DeadlinePassed(deadline) if deadline.kind is DeadlineKind.DELIVER_BY:
            return not_delivered_in_time(order, now, "Not delivered in time")
        case DeadlinePassed():
            return never_delivered(order, now)
        case _:
            raise refusals.not_now(order, event)


def delivered(order: Order, event: object, now: datetime) -> Change:
    """With the buyer, who confirms, disputes, or stays silent until `protected_until`."""
    match event:
        case ConfirmReceipt():
            return confirmed(order, now)
        case OpenDispute():
            return disputes.opened(order, event, now)
        case DeadlinePassed():
            return not_contested(order, now)
        case _:
            raise refusals.not_now(order, event)


def on_its_way_again(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
    """After a dispute that changed nothing: the promise runs on, or the protection that had begun."""
    parcel = parcels.of(order)
    if "parcel_lost" in parcel.facts or any(stood.kind is DeadlineKind.PROTECTED_UNTIL for stood in still):
        return _protected(order, still, now, told, "is still not there")
    order = deadlines.resumed(order, DeadlineKind.DELIVER_BY, order.terms.deliver_within, still, now)
    return Change(order, told)


def arrived(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
    """Delivered: buyer protection starts; where return and refund was agreed, the goods go back (R17)."""
    if order.return_agreed:
        return goods.asked_back(order, now, f"{told}; as agreed the goods go back")
    order = deadlines.resumed(order, DeadlineKind.PROTECTED_UNTIL, order.terms.protect_for, still, now)
    protected = deadlines.running(order, DeadlineKind.PROTECTED_UNTIL)
    text = f"Order {order.order_id} was delivered. Confirm that you have it, or say so in time if something is wrong."
    return Change(order, told, (Word(Role.BUYER, "order_delivered", text, protected.at if protected else None),))


def extended(order: Order, event: ExtendDelivery) -> Change:
    """The seller gives a slow parcel more time, all extensions together at most what the terms allow."""
    deliver_by, parcel = deadlines.running(order, DeadlineKind.DELIVER_BY), parcels.of(order)
    if deliver_by is None:
        raise refusals.not_now(order, event)
    first_promise = deliver_by.at - timedelta(days=parcel.extended_days)
    latest, _ = window_end(first_promise, order.terms.delivery_extensions, order.terms.calendar)
    at = deliver_by.at + timedelta(days=event.days)
    if at > latest:
        raise refusals.limit_reached(
            f"All extensions together are limited to {order.terms.delivery_extensions}, "
            f"that is {refusals.instant(latest)}; {event.days} more days would be {refusals.instant(at)}"
        )
    order = deadlines.set_to(order, DeadlineKind.DELIVER_BY, at, at)
    order = replace(order, parcel=replace(parcel, extended_days=parcel.extended_days + event.days))
    text = f"Order {order.order_id} needs more time: it is now promised by {refusals.instant(at)}."
    return Change(order, f"Delivery extended by {event.days} days", (Word(Role.BUYER, "delivery_extended", text, at),))


def confirmed(order: Order, now: datetime) -> Change:
    """The buyer has it and is content."""
    return closing.completed(order, now, ClosingReason.CONFIRMED, "The buyer confirmed receipt")


def lost_on_the_way(order: Order, now: datetime, told: str) -> Change:
    """The carrier cannot find it: `deliver_by` is now (R12)."""
    order = replace(order, passed=(*order.passed, Passed(DeadlineKind.DELIVER_BY, now)))
    order = deadlines.ended(order, DeadlineKind.DELIVER_BY)
    return _protected(order, (), now, f"{told}: buyer protection runs", "is lost, says its carrier")


def not_delivered_in_time(order: Order, at: datetime, told: str) -> Change:
    """`deliver_by` passed: it is the buyer's turn now, and protection starts to run."""
    return _protected(order, (), at, f"{told}: buyer protection runs", "should have been delivered by now")


def _protected(order: Order, still: tuple[StoodStill, ...], at: datetime, told: str, how: str) -> Change:
    order = deadlines.resumed(order, DeadlineKind.PROTECTED_UNTIL, order.terms.protect_for, still, at)
    protected = deadlines.running(order, DeadlineKind.PROTECTED_UNTIL)
    text = f"Order {order.order_id} {how}. If it is there, confirm it; if not, you can open a dispute."
    return Change(order, told, (Word(Role.BUYER, "not_delivered_in_time", text, protected.at if protected else None),))


def never_delivered(order: Order, at: datetime) -> Change:
    """Protection ended and the carrier never said it was delivered: the terms say who gets the money."""
    reason = ClosingReason.NOT_DELIVERED
    if order.terms.on_no_delivery == "full_refund":
        return closing.refunded(order, at, reason, "Never reported as delivered: the buyer is refunded")
    return closing.completed(order, at, reason, "Never reported as delivered, and nobody complained: completed")


def not_contested(order: Order, at: datetime) -> Change:
    """Protection ended and the buyer stayed silent."""
    return closing.completed(order, at, ClosingReason.NOT_CONTESTED, "Buyer protection ended without a complaint")


def with_the_buyer(order: Order) -> bool:
    """Whether the parcel's record says delivered."""
    return order.parcel is not None and order.parcel.where is Stage.DELIVERED
