"""Chapter 5, the way back: a parcel that was refused or could not be delivered goes back, arrives, or is lost.

None of it refunds by itself (R12); only an intercepted parcel (R13) and an agreed return (R17) do, when the parcel is
back as agreed.
"""

from datetime import datetime

from workflows.frozen import replace
from workflows.messages.disputes import OpenDispute
from workflows.messages.parcels import ReceiveReturn
from workflows.messages.sentences import Sentence, say
from workflows.messages.values import CancellationReason, ClosingReason, DeadlineKind, Role, Stage
from workflows.messages.vocabulary import Inspection
from workflows.process import refusals
from workflows.process.arrivals import endings, whereabouts
from workflows.process.clock import deadlines
from workflows.process.dispute import disputes
from workflows.process.state.changes import Change, DeadlinePassed, StoryEvent
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order, parcel_of
from workflows.process.story import interception


def while_returning_to_seller(order: Order, event: StoryEvent, now: datetime) -> Change:
    """On its way back until `return_by`."""
    match event:
        case ReceiveReturn():
            return parcel_received_back(order, event, now)
        case OpenDispute():
            return disputes.dispute_opened(order, event, now)
        case DeadlinePassed(Deadline(kind=DeadlineKind.RETURN_BY)):
            told = say("The parcel did not come back in time")
            return whereabouts.parcel_followed(_with_parcel_lost(order), (), now, told)
        case _:
            raise refusals.not_now(order, event)


def while_returned_to_seller(order: Order, event: StoryEvent, now: datetime) -> Change:
    """Back at the seller, who inspects it until `inspect_by`; then the buyer may dispute until `protected_until`."""
    match event:
        case ReceiveReturn():
            return parcel_received_back(order, event, now)
        case OpenDispute():
            return disputes.dispute_opened(order, event, now)
        case DeadlinePassed(Deadline(kind=DeadlineKind.INSPECT_BY)):
            told = say("Not inspected in time, which counts as returned as agreed")
            return parcel_inspected(order, Inspection.AS_AGREED, now, told)
        case DeadlinePassed(Deadline(kind=DeadlineKind.PROTECTED_UNTIL)):
            why = say("Returned to the seller, and not contested")
            return endings.order_completed(order, now, ClosingReason.NOT_CONTESTED, why)
        case _:
            raise refusals.not_now(order, event)


def while_lost_in_return(order: Order, event: StoryEvent, now: datetime) -> Change:
    """Lost on the way back: the buyer may dispute until `protected_until`; then the terms decide."""
    match event:
        case OpenDispute():
            return disputes.dispute_opened(order, event, now)
        case DeadlinePassed(Deadline(kind=DeadlineKind.PROTECTED_UNTIL)):
            return never_came_back(order, now)
        case _:
            raise refusals.not_now(order, event)


def parcel_received_back(order: Order, event: ReceiveReturn, now: datetime) -> Change:
    """The seller has it back and says what is in it: arrival and inspection in one while it was still returning."""
    if parcel_of(order).inspection:
        raise refusals.nothing_open(say("The returned parcel was already inspected."))
    order = replace(order, parcel=replace(parcel_of(order), where=Stage.RETURNED_TO_SELLER))
    order = replace(deadlines.stage_left(order), stage=Stage.RETURNED_TO_SELLER)
    told = say("The seller has the parcel back: {inspection}", inspection=event.inspection)
    inspected = say(
        "The parcel of order {order_id} was inspected: {inspection}.",
        order_id=order.order_id,
        inspection=event.inspection,
    )
    return parcel_inspected(order, event.inspection, now, told, inspected)


def parcel_inspected(
    order: Order, inspection: Inspection, now: datetime, told: Sentence, inspected: Sentence | None = None
) -> Change:
    """Inspected; `inspected` is what the seller is told of it, unless their silence counts as that. As
    agreed, an intercepted parcel is a cancellation, and an agreed return is refunded."""
    order = replace(order, parcel=replace(parcel_of(order), inspection=inspection))
    as_agreed = inspection is Inspection.AS_AGREED
    # Asked after the agreement, what was stopped on its way would end as refunded, and not as cancelled (R13).
    if interception.is_intercepted(order):
        if not as_agreed:
            return disputes.dispute_opened_by_the_system(order, now, say("{told}; the platform reviews", told=told))
        reason = CancellationReason.INTERCEPTED
        summary = say("{told}; stopped on its way in time, cancelled", told=told)
        return endings.order_cancelled(order, now, reason, Role.BUYER, summary)
    if order.return_agreed and as_agreed:
        summary = say("{told}; refunded as agreed", told=told)
        return endings.order_refunded(order, now, ClosingReason.RETURN_RECEIVED, summary)
    return whereabouts.dispute_possible(order, (), now, told, inspected)


def never_came_back(order: Order, at: datetime) -> Change:
    """Protection ended with the parcel lost on the way back: the terms say who gets the money."""
    reason = ClosingReason.LOST_IN_RETURN
    if order.terms.on_lost_return == "full_refund":
        return endings.order_refunded(order, at, reason, say("Lost on the way back: the buyer is refunded"))
    return endings.order_completed(order, at, reason, say("Lost on the way back, and not contested: completed"))


def _with_parcel_lost(order: Order) -> Order:
    return replace(order, parcel=replace(parcel_of(order), where=Stage.LOST_IN_RETURN))
