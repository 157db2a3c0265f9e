"""Where the parcel has come, and what begins there: on its way, delivered, going back, back, lost."""

from datetime import datetime

from workflows.frozen import replace
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import ParcelLost
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.process.arrivals import remedies
from workflows.process.clock import deadlines
from workflows.process.clock.windows import window_end
from workflows.process.state.changes import Change, Word
from workflows.process.state.deadline import Passed, StoodStill
from workflows.process.state.order import Order, is_dispute_left, parcel_of


def on_its_way_again(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
    """After a dispute that changed nothing: the promise runs on, or the protection that had begun."""
    parcel = parcel_of(order)
    if ParcelLost.name in parcel.facts or any(stood.kind is DeadlineKind.PROTECTED_UNTIL for stood in still):
        return _protection_begun(order, still, now, told, "is still not there")
    order = deadlines.resume_deadline(order, DeadlineKind.DELIVER_BY, order.terms.deliver_within, still, now)
    return Change(order, told)


def parcel_arrived(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
    """Delivered: buyer protection starts; where return and refund was agreed, the goods go back (R17)."""
    if order.return_agreed:
        return remedies.goods_asked_back(order, now, f"{told}; as agreed the goods go back")
    order = deadlines.resume_deadline(order, DeadlineKind.PROTECTED_UNTIL, order.terms.protect_for, still, now)
    or_else = ", or say so in time if something is wrong" if is_dispute_left(order) else ""
    text = f"Order {order.order_id} was delivered. Confirm that you have it{or_else}."
    paid = "You are paid what was not refunded when the buyer confirms it, or has said nothing for as long as they may."
    return Change(
        order,
        told,
        (
            Word(Role.BUYER, NoticeKind.ORDER_DELIVERED, text, until=DeadlineKind.PROTECTED_UNTIL),
            Word(
                Role.SELLER,
                NoticeKind.ORDER_DELIVERED,
                f"Order {order.order_id} was delivered. {paid}",
                until=DeadlineKind.PROTECTED_UNTIL,
            ),
        ),
    )


def lost_on_the_way(order: Order, now: datetime, told: str) -> Change:
    """The carrier cannot find it: `deliver_by` is now (R12)."""
    order = replace(order, passed=(*order.passed, Passed(DeadlineKind.DELIVER_BY, now)))
    order = deadlines.end_deadlines(order, DeadlineKind.DELIVER_BY)
    return _protection_begun(order, (), now, f"{told}: buyer protection runs", "is lost, says its carrier")


def not_delivered_in_time(order: Order, at: datetime, told: str) -> Change:
    """`deliver_by` passed: it is the buyer's turn now, and protection starts to run, at least as long as if the seller
    had named no earlier `deliver_by`."""
    change = _protection_begun(order, (), at, f"{told}: buyer protection runs", "should have been delivered by now")
    return replace(change, order=_protected_as_promised(change.order, at))


def _protected_as_promised(order: Order, start: datetime) -> Order:
    """`order` with protection that ends no earlier than `protect_for` after all the time that a delivery may take."""
    terms, running = order.terms, deadlines.running_deadline(order, DeadlineKind.PROTECTED_UNTIL)
    promised, _ = window_end(parcel_of(order).shipped_at, terms.deliver_within, terms.calendar)
    earliest, rule = window_end(promised, terms.protect_for, terms.calendar)
    assert running, f"{order.order_id}: the buyer's turn has come, and no protection runs"
    if running.at >= earliest:
        return order
    return deadlines.set_deadline(order, DeadlineKind.PROTECTED_UNTIL, earliest, start, rule=rule)


def _protection_begun(order: Order, still: tuple[StoodStill, ...], at: datetime, told: str, how: str) -> Change:
    order = deadlines.resume_deadline(order, DeadlineKind.PROTECTED_UNTIL, order.terms.protect_for, still, at)
    or_else = "; if not, you can open a dispute" if is_dispute_left(order) else ""
    text = f"Order {order.order_id} {how}. If it is there, confirm it{or_else}."
    word = Word(Role.BUYER, NoticeKind.NOT_DELIVERED_IN_TIME, text, until=DeadlineKind.PROTECTED_UNTIL)
    ask = f"Order {order.order_id} {how}. Please ask its carrier{'; the buyer can open a dispute' if or_else else ''}."
    return Change(order, told, (word, Word(Role.SELLER, NoticeKind.NOT_DELIVERED_IN_TIME, ask)))


def parcel_followed(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
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


def parcel_going_back(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
    """Refused, or given up by the carrier: it goes back."""
    order = deadlines.resume_deadline(order, DeadlineKind.RETURN_BY, order.terms.return_within, still, now)
    # Said of an agreed return too, it would take back what both sides have agreed on (R17).
    then = "Nothing is refunded by that alone."
    if order.return_agreed:
        then = "As agreed, all that is held goes back to the buyer once the seller has it back as agreed."
    text = f"The parcel of order {order.order_id} goes back to the seller. {then}"
    words = tuple(Word(role, NoticeKind.PARCEL_GOING_BACK, text) for role in (Role.BUYER, Role.SELLER))
    return Change(order, told, words)


def back_at_the_seller(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
    """Back at the seller, who says what is in it; or, when that was said, the buyer has time to dispute."""
    if parcel_of(order).inspection:
        return dispute_possible(order, still, now, told)
    order = deadlines.resume_deadline(order, DeadlineKind.INSPECT_BY, order.terms.inspect_within, still, now)
    text = f"The parcel of order {order.order_id} is back with you. Please inspect it; silence counts as as_agreed."
    word = Word(Role.SELLER, NoticeKind.PARCEL_TO_INSPECT, text, until=DeadlineKind.INSPECT_BY)
    return Change(order, told, (word, Word(Role.BUYER, NoticeKind.PARCEL_BACK, f"{told}.")))


def lost_on_the_way_back(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
    """Lost on the way back: money is hard to get back then, says the guide. Nothing is refunded by that alone:
    the buyer may dispute until `protected_until`, and then the terms decide (`way_back.never_came_back`)."""
    return dispute_possible(order, still, now, f"{told}: lost on the way back")


def dispute_possible(order: Order, still: tuple[StoodStill, ...], now: datetime, told: str) -> Change:
    """The seller need not give anything back: the buyer is told that only a dispute may bring the money back, if there
    is one left to open."""
    order = deadlines.resume_deadline(order, DeadlineKind.PROTECTED_UNTIL, order.terms.protect_for, still, now)
    text = f"{told}. Nothing is refunded by that alone"
    word = Word(Role.BUYER, NoticeKind.WAY_BACK_ENDED, f"{text}.")
    if is_dispute_left(order):
        possible = f"{text}: you can open a dispute about order {order.order_id}."
        word = Word(Role.BUYER, NoticeKind.DISPUTE_POSSIBLE, possible, until=DeadlineKind.PROTECTED_UNTIL)
    # What was lost nobody has inspected.
    kind = NoticeKind.PARCEL_INSPECTED if parcel_of(order).inspection else NoticeKind.WAY_BACK_ENDED
    return Change(order, told, (word, Word(Role.SELLER, kind, f"{told}.")))
