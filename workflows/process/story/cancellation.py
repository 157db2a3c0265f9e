"""Chapter 3, cancellation: the buyer asks, the seller answers, stays silent, or ships anyway."""

from datetime import datetime
from typing import Literal

from workflows.frozen import replace
from workflows.messages.cancellation import (
    BUYER_REASONS,
    PLATFORM_REASONS,
    SELLER_REASONS,
    CancelOrder,
    DecideCancellation,
    RequestCancellation,
    WithdrawCancellation,
)
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import Ship
from workflows.messages.sentences import Sentence, say, say_many, several
from workflows.messages.terms import AutoApproval
from workflows.messages.values import CancellationReason, DeadlineKind, RejectionReason, Role, Stage
from workflows.process import refusals
from workflows.process.arrivals import endings, shipped
from workflows.process.clock import deadlines
from workflows.process.clock.windows import window_end
from workflows.process.state.changes import Change, DeadlinePassed, StoryEvent, Word
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Cancellation, Order

Outcome = Literal["approved", "rejected", "withdrawn", "lapsed", "overtaken"]


def while_cancellation_pending(order: Order, event: StoryEvent, now: datetime) -> Change:
    """The buyer asked to cancel; the seller has until `respond_by`. `ship_by` goes on running (R10)."""
    match event:
        case DecideCancellation():
            return cancellation_decided(order, event, now)
        case WithdrawCancellation():
            return cancellation_withdrawn(order, now)
        case Ship():
            return shipped_anyway(order, event, now)
        case CancelOrder():
            return cancelled_by_seller_or_platform(order, event, now)
        case RequestCancellation():
            # Told first that one is open, a buyer who has used up the requests would withdraw it to ask again, in vain.
            check_reason_is_given(event)
            check_request_limit(order)
            raise refusals.already_open(say("A cancellation request is already waiting for the seller's answer."))
        case DeadlinePassed(Deadline(kind=DeadlineKind.RESPOND_BY)):
            return seller_silent_about_cancellation(order, now)
        case DeadlinePassed(Deadline(kind=DeadlineKind.DECIDE_BY)):
            summary = say("The platform did not decide in time: the cancellation request lapsed")
            return cancellation_lapsed(order, now, summary)
        case DeadlinePassed(Deadline(kind=DeadlineKind.SHIP_BY)):
            return processing_time_missed(order, now)
        case _:
            raise refusals.not_now(order, event)


def cancellation_requested(order: Order, event: RequestCancellation, now: datetime) -> Change:
    """The buyer of a paid order asks to cancel: granted at once where terms or a late seller say so, else asked."""
    reason = check_reason_is_given(event)
    late = is_processing_time_over(order)
    # Asked for the reason first, a buyer who has used up the requests would correct it for nothing.
    if not late:
        check_request_limit(order)
    check_buyer_reason(reason)
    number = order.cancellation_requests + 1
    order = replace(order, cancellation_requests=number, cancellation=Cancellation(number, reason, now))
    # Asked after the terms, the timeline would call it the seller's leniency that the seller is late.
    if late:
        summary = say("Cancelled at once: the seller has missed the processing time")
        return cancellation_granted(order, now, Role.SYSTEM, summary)
    if any(_is_approved_by(approval, order, reason, now) for approval in order.terms.auto_approve):
        summary = say("Cancelled at once: the seller's terms approve it")
        return cancellation_granted(order, now, Role.SYSTEM, summary)
    return seller_asked(order, reason, now)


def _is_approved_by(approval: AutoApproval, order: Order, reason: CancellationReason, now: datetime) -> bool:
    """Whether all conditions that `approval` names hold."""
    assert order.paid_at, f"{order.order_id}: a request to cancel before the payment reached the terms"
    if approval.within and now >= window_end(order.paid_at, approval.within, order.terms.calendar)[0]:
        return False
    if approval.reasons is not None and reason not in approval.reasons:
        return False
    return approval.up_to is None or order.total <= approval.up_to


def seller_asked(order: Order, reason: CancellationReason, now: datetime) -> Change:
    """Asked: the seller has until `respond_by`."""
    order = replace(order, stage=Stage.CANCELLATION_PENDING)
    order = deadlines.start_deadline(order, DeadlineKind.RESPOND_BY, order.terms.respond_within, now)
    text = say(
        "The buyer of order {order_id} asks to cancel ({reason}). Please answer.",
        order_id=order.order_id,
        reason=reason,
    )
    word = Word(Role.SELLER, NoticeKind.CANCELLATION_REQUESTED, text, until=DeadlineKind.RESPOND_BY)
    return Change(order, say("The buyer asks to cancel: {reason}", reason=reason), (word,))


def cancellation_decided(order: Order, event: DecideCancellation, now: datetime) -> Change:
    """The answer to the request: the seller's, and once the platform was asked the platform's too."""
    if event.approve:
        summary = say("The seller approved the cancellation")
        if event.by.role is Role.PLATFORM:
            summary = say("The platform approved the cancellation")
        return cancellation_granted(order, now, event.by.role, summary)
    if event.reason is RejectionReason.ALREADY_SHIPPED:
        assert event.carrier and event.tracking, "decoding lets no such rejection through without its parcel"
        parcel = Ship(by=event.by, carrier=event.carrier, tracking=event.tracking, deliver_by=event.deliver_by)
        return shipped_anyway(order, parcel, now)
    return cancellation_rejected(order, event, now)


def cancellation_granted(
    order: Order, now: datetime, by: Role, summary: Sentence, words: tuple[Word, ...] = ()
) -> Change:
    """Approved, by whomever: cancelled, and everything held goes back."""
    reason = _pending_request(order).reason
    return endings.order_cancelled(_end_request(order, "approved", now, by), now, reason, Role.BUYER, summary, words)


def cancellation_rejected(order: Order, event: DecideCancellation, now: datetime) -> Change:
    """Rejected: back to awaiting shipment, `ship_by` unchanged."""
    assert event.reason, "decoding lets no rejection through without its reason"
    order = back_to_shipment(_end_request(order, "rejected", now, event.by.role, event.reason))
    text = say(
        "Your request to cancel order {order_id} was rejected ({reason}). The order goes on, and the seller ships it.",
        order_id=order.order_id,
        reason=event.reason,
    )
    word = Word(Role.BUYER, NoticeKind.CANCELLATION_REJECTED, text, until=DeadlineKind.SHIP_BY)
    summary = say("The seller rejected the cancellation: {reason}", reason=event.reason)
    if event.by.role is Role.PLATFORM:
        summary = say("The platform rejected the cancellation: {reason}", reason=event.reason)
    return Change(order, summary, (word,))


def cancellation_withdrawn(order: Order, now: datetime) -> Change:
    """The buyer wants the order after all: back to awaiting shipment."""
    order = back_to_shipment(_end_request(order, "withdrawn", now, Role.BUYER))
    text = say("The buyer of order {order_id} wants it after all. Please ship it.", order_id=order.order_id)
    word = Word(Role.SELLER, NoticeKind.CANCELLATION_WITHDRAWN, text)
    return Change(order, say("The buyer withdrew the cancellation request"), (word,))


def shipped_anyway(order: Order, event: Ship, now: datetime) -> Change:
    """The shipment is the answer (R9): the request ends as rejected, already shipped."""
    change = shipped.parcel_handed_over(order, event, now)
    order = _end_request(change.order, "rejected", now, event.by.role, RejectionReason.ALREADY_SHIPPED)
    text = say("Your request to cancel order {order_id} came too late: it is already shipped.", order_id=order.order_id)
    word = Word(Role.BUYER, NoticeKind.CANCELLATION_REJECTED, text)
    return replace(change, order=order, words=(*change.words, word))


def seller_silent_about_cancellation(order: Order, at: datetime) -> Change:
    """`respond_by` passed without an answer: the terms say what the seller's silence means."""
    match order.terms.on_seller_silence:
        case "continue":
            summary = say("The seller did not answer in time: the cancellation request lapsed")
            return cancellation_lapsed(order, at, summary)
        case "approve":
            summary = say("The seller did not answer in time, which approves the cancellation")
            return cancellation_granted(order, at, Role.SYSTEM, summary)
        case "ask_platform":
            return platform_asked(order, at)


def cancellation_lapsed(order: Order, at: datetime, summary: Sentence) -> Change:
    """The request lapsed: back to awaiting shipment, and the buyer is told."""
    order = back_to_shipment(_end_request(order, "lapsed", at, None))
    text = say(
        "Your request to cancel order {order_id} lapsed without an answer. The order goes on, and the seller ships it.",
        order_id=order.order_id,
    )
    word = Word(Role.BUYER, NoticeKind.CANCELLATION_LAPSED, text, until=DeadlineKind.SHIP_BY)
    return Change(order, summary, (word,))


def platform_asked(order: Order, at: datetime) -> Change:
    """Nobody answered, so the platform decides until `decide_by`; the seller still may."""
    order = replace(order, cancellation=replace(_pending_request(order), platform_asked=True))
    order = deadlines.start_deadline(order, DeadlineKind.DECIDE_BY, order.terms.decide_within, at)
    text = say(
        "The seller of order {order_id} did not answer a request to cancel. Please decide.", order_id=order.order_id
    )
    word = Word(Role.PLATFORM, NoticeKind.CANCELLATION_TO_DECIDE, text, until=DeadlineKind.DECIDE_BY)
    return Change(order, say("The seller did not answer in time: the platform is asked"), (word,))


def cancelled_by_seller_or_platform(order: Order, event: CancelOrder, now: datetime) -> Change:
    """Seller or platform cancels before shipment: full refund, reason and fault kept."""
    allowed = SELLER_REASONS if event.by.role is Role.SELLER else PLATFORM_REASONS
    if event.reason not in allowed:
        raise refusals.reason_not_allowed(event.reason, allowed)
    if order.stage is Stage.CANCELLATION_PENDING:
        order = _end_request(order, "overtaken", now, event.by.role)
    summary = say("Cancelled by the seller: {reason}", reason=event.reason)
    if event.by.role is Role.PLATFORM:
        summary = say("Cancelled by the platform: {reason}", reason=event.reason)
    return endings.order_cancelled(order, now, event.reason, event.by.role, summary)


def overtake_cancellation(order: Order, at: datetime) -> Order:
    """`order` with a pending request ended by something else that cancelled the order."""
    # It goes by the stage: called once the order is cancelled, it would leave the request open for ever.
    return _end_request(order, "overtaken", at, None) if order.stage is Stage.CANCELLATION_PENDING else order


def back_to_shipment(order: Order) -> Order:
    """`order` awaiting shipment again: only the seller's own deadlines go on."""
    order = deadlines.stage_left(order, DeadlineKind.SHIP_BY, DeadlineKind.SHIP_NO_LATER_THAN)
    return replace(order, stage=Stage.AWAITING_SHIPMENT)


def check_reason_is_given(event: RequestCancellation) -> CancellationReason:
    """The reason, which only an unpaid order's buyer may leave out."""
    if event.reason is None:
        right = say("is needed once paid: {reasons}", reasons=several(BUYER_REASONS, "or"))
        raise refusals.invalid_field("reason", right)
    return event.reason


def check_request_limit(order: Order) -> None:
    """Refuses one more request than the terms allow (R8)."""
    if order.cancellation_requests >= order.terms.cancellation_requests:
        text = say_many(
            "This order allows one cancellation request, and it is used up.",
            "This order allows {count} cancellation requests, and they are used up.",
            count=order.terms.cancellation_requests,
        )
        raise refusals.limit_reached(text)


def check_buyer_reason(reason: CancellationReason) -> None:
    """Refuses a reason that is not a buyer's."""
    if reason not in BUYER_REASONS:
        raise refusals.reason_not_allowed(reason, BUYER_REASONS)


def may_platform_decide(order: Order) -> bool:
    """Whether the platform was asked about the last request, and may, or could, answer it in the seller's place."""
    return order.cancellation is not None and order.cancellation.platform_asked


def _pending_request(order: Order) -> Cancellation:
    assert order.cancellation and order.cancellation.outcome == "open", f"{order.order_id}: no request is pending"
    return order.cancellation


def _end_request(
    order: Order, outcome: Outcome, at: datetime, by: Role | None, rejection: RejectionReason | None = None
) -> Order:
    ended = replace(_pending_request(order), outcome=outcome, decided_at=at, decided_by=by, rejection=rejection)
    return replace(order, cancellation=ended)


def is_processing_time_over(order: Order) -> bool:
    """Whether the seller was only reminded: `ship_by` has passed, `ship_no_later_than` runs (R10)."""
    return deadlines.running_deadline(order, DeadlineKind.SHIP_NO_LATER_THAN) is not None


def processing_time_missed(order: Order, at: datetime) -> Change:
    """`ship_by` passed: the seller loses the order, or is reminded, as the terms say."""
    if order.terms.on_missed_shipment == "cancel_and_refund":
        return cancelled_for_missed_shipment(order, at)
    words = _reminders_to_ship(order)
    if order.stage is Stage.CANCELLATION_PENDING:
        summary = say("The processing time is over: the pending cancellation is granted")
        return cancellation_granted(order, at, Role.SYSTEM, summary, words)
    order = deadlines.start_deadline(order, DeadlineKind.SHIP_NO_LATER_THAN, order.terms.ship_no_later_than, at)
    summary = say("The processing time is over: seller and platform are reminded")
    return Change(order, summary, (*words, _may_cancel(order)))


def _reminders_to_ship(order: Order) -> tuple[Word, ...]:
    text = say("Order {order_id} was not shipped in its processing time.", order_id=order.order_id)
    return tuple(Word(role, NoticeKind.PROCESSING_TIME_MISSED, text) for role in (Role.SELLER, Role.PLATFORM))


def _may_cancel(order: Order) -> Word:
    """What the buyer of a late order is told: a request needs no answer any more (R10)."""
    last = deadlines.running_deadline(order, DeadlineKind.SHIP_NO_LATER_THAN)
    assert last, f"{order.order_id}: the seller is reminded, and no last time to ship runs"
    text = say(
        "Order {order_id} was not shipped in time. You can cancel it now, at once. If it is not shipped by {at}, it is "
        "cancelled, and you are refunded.",
        order_id=order.order_id,
        at=order.when(last.at),
    )
    return Word(Role.BUYER, NoticeKind.PROCESSING_TIME_MISSED, text, until=DeadlineKind.SHIP_NO_LATER_THAN)


def cancelled_for_missed_shipment(order: Order, at: datetime) -> Change:
    """The seller did not ship in time: cancelled and refunded in full."""
    order = overtake_cancellation(order, at)
    reason = CancellationReason.PROCESSING_TIME_MISSED
    summary = say("Cancelled: the seller did not ship in time")
    return endings.order_cancelled(order, at, reason, Role.SYSTEM, summary)
