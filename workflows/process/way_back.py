"""Chapter 5, the way back: a parcel that was refused or could not be delivered goes back, arrives, or is lost.

None of it refunds by itself (R12); only an intercepted parcel (R13) and an agreed return (R17) do, when the parcel is
back as agreed.
"""

from datetime import datetime

from workflows.messages.disputes import OpenDispute
from workflows.messages.parcels import ReceiveReturn
from workflows.messages.values import CancellationReason, ClosingReason, DeadlineKind, Role, Stage
from workflows.messages.vocabulary import Inspection
from workflows.process import closing, deadlines, disputes, interception, parcels, refusals
from workflows.process.effects import Change, DeadlinePassed, Word
from workflows.process.records import StoodStill
from workflows.process.state import Order, replace


def returning_to_seller(order: Order, event: object, now: datetime) -> Change:
    """On its way back until `return_by`."""
    match event:
        case ReceiveReturn():
            return received(order, event, now)
        case OpenDispute():
            return disputes.opened(order, event, now)
        case DeadlinePassed():
            return parcels.followed(_lost(order), (), now, "It did not come back in time")
        case _:
            raise refusals.not_now(order, event)


def returned_to_seller(order: Order, event: object, now: datetime) -> Change:
    """Back at the seller, who inspects it until `inspect_by`; then the buyer may dispute until `protected_until`."""
    match event:
        case ReceiveReturn():
            return received(order, event, now)
        case OpenDispute():
            return disputes.opened(order, event, now)
        case DeadlinePassed(deadline) if deadline.kind is DeadlineKind.INSPECT_BY:
            return inspected(order, Inspection.AS_AGREED, now, "Not inspected in time, which counts as as_agreed")
        case DeadlinePassed():
            why = "Returned to the seller, and not contested"
            return closing.completed(order, now, ClosingReason.NOT_CONTESTED, why)
        case _:
            raise refusals.not_now(order, event)


def lost_in_return(order: Order, event: object, now: datetime) -> Change:
    """Lost on the way back: the buyer may dispute until `protected_until`; then the terms decide."""
    match event:
        case OpenDispute():
            return disputes.opened(order, event, now)
        case DeadlinePassed():
            return never_came_back(order, now)
        case _:
            raise refusals.not_now(order, event)


def going_back(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
    """Refused, or given up by the carrier: it goes back."""
    order = deadlines.resumed(order, DeadlineKind.RETURN_BY, order.terms.return_within, still, now)
    text = f"The parcel of order {order.order_id} goes back to the seller. Nothing is refunded by that alone."
    words = tuple(Word(role, "parcel_going_back", text) for role in (Role.BUYER, Role.SELLER))
    return Change(order, told, words)


def back_at_the_seller(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
    """Back at the seller, who says what is in it; or, when that was said, the buyer has time to dispute."""
    if parcels.of(order).inspection:
        return _may_be_disputed(order, still, now, told)
    order = deadlines.resumed(order, DeadlineKind.INSPECT_BY, order.terms.inspect_within, still, now)
    inspect_by = deadlines.running(order, DeadlineKind.INSPECT_BY)
    text = f"The parcel of order {order.order_id} is back with you. Please inspect it; silence counts as as_agreed."
    word = Word(Role.SELLER, "parcel_to_inspect", text, inspect_by.at if inspect_by else None)
    return Change(order, told, (word, Word(Role.BUYER, "parcel_back", f"{told}.")))


def lost_on_the_way_back(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
    """Lost on the way back: extremely difficult, says the guide. The buyer has time to dispute."""
    return _may_be_disputed(order, still, now, f"{told}: lost on the way back")


def received(order: Order, event: ReceiveReturn, now: datetime) -> Change:
    """The seller has it back and says what is in it: arrival and inspection in one while it was still returning."""
    if parcels.of(order).inspection:
        raise refusals.nothing_open("The returned parcel was already inspected")
    order = replace(order, parcel=replace(parcels.of(order), where=Stage.RETURNED_TO_SELLER))
    order = replace(deadlines.stage_left(order), stage=Stage.RETURNED_TO_SELLER)
    return inspected(order, event.inspection, now, f"The seller has the parcel back: {event.inspection}")


def inspected(order: Order, inspection: Inspection, now: datetime, told: str) -> Change:
    """Inspected. As agreed, an intercepted parcel is a cancellation, and an agreed return is refunded."""
    order = replace(order, parcel=replace(parcels.of(order), inspection=inspection))
    as_agreed = inspection is Inspection.AS_AGREED
    if interception.succeeded(order):
        if not as_agreed:
            return disputes.opened_by_the_system(order, now, f"{told}; the platform reviews")
        reason = CancellationReason.INTERCEPTED
        return closing.cancelled(order, now, reason, Role.BUYER, f"{told}: intercepted in time, cancelled")
    if order.return_agreed and as_agreed:
        return closing.refunded(order, now, ClosingReason.RETURN_RECEIVED, f"{told}: refunded as agreed")
    return _may_be_disputed(order, (), now, told)


def never_came_back(order: Order, at: datetime) -> Change:
    """Protection ended with the parcel lost on the way back: the terms say who gets the money."""
    reason = ClosingReason.LOST_IN_RETURN
    if order.terms.on_lost_return == "full_refund":
        return closing.refunded(order, at, reason, "Lost on the way back: the buyer is refunded")
    return closing.completed(order, at, reason, "Lost on the way back, and not contested: completed")


def _may_be_disputed(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
    order = deadlines.resumed(order, DeadlineKind.PROTECTED_UNTIL, order.terms.protect_for, still, now)
    protected = deadlines.running(order, DeadlineKind.PROTECTED_UNTIL)
    text = f"{told}. Nothing is refunded by that alone: you can open a dispute about order {order.order_id}."
    word = Word(Role.BUYER, "dispute_possible", text, protected.at if protected else None)
    return Change(order, told, (word, Word(Role.SELLER, "parcel_inspected", f"{told}.")))


def _lost(order: Order) -> Order:
    return replace(order, parcel=replace(parcels.of(order), where=Stage.LOST_IN_RETURN))
