"""Where the parcel has come, and what begins there: on its way, delivered, going back, back, lost."""

from datetime import datetime

from workflows.frozen import replace
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import ParcelLost
from workflows.messages.sentences import Sentence, in_a_row, say
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.process.arrivals import remedies
from workflows.process.clock import deadlines
from workflows.process.clock.windows import window_end
from workflows.process.state.changes import Change, Word
from workflows.process.state.deadline import Passed, StoodStill
from workflows.process.state.order import Order, is_dispute_left, parcel_of


def on_its_way_again(order: Order, still: tuple[StoodStill, ...], now: datetime, told: Sentence) -> Change:
    """After a dispute that changed nothing: the promise runs on, or the protection that had begun."""
    parcel = parcel_of(order)
    if ParcelLost.name in parcel.facts or any(stood.kind is DeadlineKind.PROTECTED_UNTIL for stood in still):
        how = say("Order {order_id} is still not there.", order_id=order.order_id)
        return _protection_begun(order, still, now, told, how)
    order = deadlines.resume_deadline(order, DeadlineKind.DELIVER_BY, order.terms.deliver_within, still, now)
    return Change(order, told)


def parcel_arrived(order: Order, still: tuple[StoodStill, ...], now: datetime, told: Sentence) -> Change:
    """Delivered: buyer protection starts; where return and refund was agreed, the goods go back (R17)."""
    if order.return_agreed:
        return remedies.goods_asked_back(order, now, say("{told}; as agreed the goods go back", told=told))
    order = deadlines.resume_deadline(order, DeadlineKind.PROTECTED_UNTIL, order.terms.protect_for, still, now)
    text = say("Order {order_id} was delivered. Please confirm that you have it.", order_id=order.order_id)
    if is_dispute_left(order):
        text = say(
            "Order {order_id} was delivered. Please confirm that you have it, or say so in time if something is wrong.",
            order_id=order.order_id,
        )
    to_seller = say(
        "Order {order_id} was delivered. You are paid what was not refunded when the buyer confirms it, or has said "
        "nothing for as long as they may.",
        order_id=order.order_id,
    )
    return Change(
        order,
        told,
        (
            Word(Role.BUYER, NoticeKind.ORDER_DELIVERED, text, until=DeadlineKind.PROTECTED_UNTIL),
            Word(Role.SELLER, NoticeKind.ORDER_DELIVERED, to_seller, until=DeadlineKind.PROTECTED_UNTIL),
        ),
    )


def lost_on_the_way(order: Order, now: datetime, told: Sentence) -> Change:
    """The carrier cannot find it: `deliver_by` is now (R12)."""
    order = replace(order, passed=(*order.passed, Passed(DeadlineKind.DELIVER_BY, now)))
    order = deadlines.end_deadlines(order, DeadlineKind.DELIVER_BY)
    how = say("Order {order_id} is lost, says its carrier.", order_id=order.order_id)
    return _protection_begun(order, (), now, say("{told}: buyer protection runs", told=told), how)


def not_delivered_in_time(order: Order, at: datetime) -> Change:
    """`deliver_by` passed: it is the buyer's turn now, and protection starts to run, at least as long as if the seller
    had named no earlier `deliver_by`."""
    how = say("Order {order_id} should have been delivered by now.", order_id=order.order_id)
    change = _protection_begun(order, (), at, say("Not delivered in time: buyer protection runs"), how)
    return replace(change, order=_protected_as_promised(change.order, at))


def _protected_as_promised(order: Order, start: datetime) -> Order:
    """`order` with protection that ends no earlier than `protect_for` after all the time that a delivery may take."""
    terms, running = order.terms, deadlines.running_deadline(order, DeadlineKind.PROTECTED_UNTIL)
    promised, _ = window_end(parcel_of(order).shipped_at, terms.deliver_within, terms.calendar)
    earliest, _ = window_end(promised, terms.protect_for, terms.calendar)
    assert running, f"{order.order_id}: the buyer's turn has come, and no protection runs"
    if running.at >= earliest:
        return order
    # Not how its days were counted: that begins at an instant which nobody is told.
    return deadlines.set_deadline(order, DeadlineKind.PROTECTED_UNTIL, earliest, start)


def _protection_begun(
    order: Order, still: tuple[StoodStill, ...], at: datetime, told: Sentence, how: Sentence
) -> Change:
    order = deadlines.resume_deadline(order, DeadlineKind.PROTECTED_UNTIL, order.terms.protect_for, still, at)
    confirm, ask = say("If it is there, please confirm it."), say("Please ask its carrier.")
    if is_dispute_left(order):
        confirm = say("If it is there, please confirm it; if not, you can open a dispute.")
        ask = say("Please ask its carrier; the buyer can open a dispute.")
    kind = NoticeKind.NOT_DELIVERED_IN_TIME
    word = Word(Role.BUYER, kind, in_a_row(how, confirm), until=DeadlineKind.PROTECTED_UNTIL)
    return Change(order, told, (word, Word(Role.SELLER, kind, in_a_row(how, ask))))


def parcel_followed(order: Order, still: tuple[StoodStill, ...], now: datetime, told: Sentence) -> Change:
    """The order in the stage to which its parcel has come, with that stage's deadline. What stood still in this very
    stage runs on; one that it enters anew has its windows anew (R30)."""
    order = replace(deadlines.stage_left(order), stage=parcel_of(order).where)
    still = tuple(stood for stood in still if stood.stage in (order.stage, None))
    match order.stage:
        case Stage.SHIPPED:
            return on_its_way_again(order, still, now, told)
        case Stage.RETURNING_TO_SELLER:
            return parcel_going_back(order, still, now, told)
        case Stage.RETURNED_TO_SELLER:
            return back_at_the_seller(order, still, now, told)
        case Stage.LOST_IN_RETURN:
            return lost_on_the_way_back(order, still, now, told)
        case Stage.DELIVERED:
            return parcel_arrived(order, still, now, told)
        case _:
            raise AssertionError(f"{order.order_id}: no parcel can be {order.stage}")


def parcel_going_back(order: Order, still: tuple[StoodStill, ...], now: datetime, told: Sentence) -> Change:
    """Refused, or given up by the carrier: it goes back."""
    order = deadlines.resume_deadline(order, DeadlineKind.RETURN_BY, order.terms.return_within, still, now)
    # Said of an agreed return too, it would take back what both sides have agreed on (R17).
    then = say("Nothing is refunded by that alone.")
    if order.return_agreed:
        then = say("As agreed, all that is held goes back to the buyer once the seller has it back as agreed.")
    text = in_a_row(say("The parcel of order {order_id} goes back to the seller.", order_id=order.order_id), then)
    words = tuple(Word(role, NoticeKind.PARCEL_GOING_BACK, text) for role in (Role.BUYER, Role.SELLER))
    return Change(order, told, words)


def back_at_the_seller(order: Order, still: tuple[StoodStill, ...], now: datetime, told: Sentence) -> Change:
    """Back at the seller, who says what is in it; or, when that was said, the buyer has time to dispute."""
    if parcel_of(order).inspection:
        return dispute_possible(order, still, now, told)
    order = deadlines.resume_deadline(order, DeadlineKind.INSPECT_BY, order.terms.inspect_within, still, now)
    text = say(
        "The parcel of order {order_id} is back with you. Please inspect it; if you say nothing, it counts as "
        "returned as agreed.",
        order_id=order.order_id,
    )
    word = Word(Role.SELLER, NoticeKind.PARCEL_TO_INSPECT, text, until=DeadlineKind.INSPECT_BY)
    back = say("The parcel of order {order_id} is back at the seller, who inspects it now.", order_id=order.order_id)
    return Change(order, told, (word, Word(Role.BUYER, NoticeKind.PARCEL_BACK, back, until=DeadlineKind.INSPECT_BY)))


def lost_on_the_way_back(order: Order, still: tuple[StoodStill, ...], now: datetime, told: Sentence) -> Change:
    """Lost on the way back: money is hard to get back then, says the guide. Nothing is refunded by that alone:
    the buyer may dispute until `protected_until`, and then the terms decide (`way_back.never_came_back`)."""
    return dispute_possible(order, still, now, say("{told}: lost on the way back", told=told))


def dispute_possible(
    order: Order, still: tuple[StoodStill, ...], now: datetime, told: Sentence, inspected: Sentence | None = None
) -> Change:
    """The seller need not give anything back: the buyer is told that only a dispute may bring the money back, if there
    is one left to open. `inspected`: what the seller is told of their own inspection, where there was one."""
    order = deadlines.resume_deadline(order, DeadlineKind.PROTECTED_UNTIL, order.terms.protect_for, still, now)
    word = Word(Role.BUYER, NoticeKind.WAY_BACK_ENDED, say("{told}. Nothing is refunded by that alone.", told=told))
    if is_dispute_left(order):
        possible = say(
            "{told}. Nothing is refunded by that alone: you can open a dispute about order {order_id}.",
            told=told,
            order_id=order.order_id,
        )
        word = Word(Role.BUYER, NoticeKind.DISPUTE_POSSIBLE, possible, until=DeadlineKind.PROTECTED_UNTIL)
    # What was lost nobody has inspected, nor what the seller was silent about.
    kind = NoticeKind.PARCEL_INSPECTED if inspected else NoticeKind.WAY_BACK_ENDED
    where = inspected or say("{told}. This is the parcel of order {order_id}.", told=told, order_id=order.order_id)
    if is_dispute_left(order):
        where = in_a_row(where, say("The buyer can open a dispute about it."))
    return Change(order, told, (word, Word(Role.SELLER, kind, where, until=DeadlineKind.PROTECTED_UNTIL)))
