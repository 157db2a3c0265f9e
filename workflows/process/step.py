"""step(): what an event does to an order. Every transition passes here; the tables at the foot say who decides it.

A message that was taken before gets its old answer. Else the deadlines that have passed are settled, each at its own
instant; then the event is judged: is the order settled, is it theirs to send, and what does the chapter of the order's
stage make of it. Nothing changes before that has succeeded.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.authorizations import RetryCapture, SettleCaptureManually
from workflows.messages.base import Command, Message
from workflows.messages.commands import (
    Acknowledge,
    RefundUpdated,
    ReleaseUpdated,
    RetryRefund,
    RetryRelease,
    SettleRefundManually,
    SettleReleaseManually,
)
from workflows.messages.refusal import Refused
from workflows.messages.sentences import say
from workflows.messages.start import StartOrder
from workflows.messages.values import DeadlineKind, Stage
from workflows.process import early, floods, refusals, senders, too_late
from workflows.process.arrivals import endings
from workflows.process.clock import deadlines
from workflows.process.clock.deadlines import CLOSING_A_WINDOW, OF_MONEY
from workflows.process.dispute import disputes
from workflows.process.money import attention, captures, provider, refund_news, refunds, releases, withdrawals
from workflows.process.money.ledger import balanced
from workflows.process.outside import chargebacks, elsewhere
from workflows.process.ownership import payment_conflicts
from workflows.process.repeats import answer_given_before, remember_message
from workflows.process.state.changes import (
    Answered,
    AttemptAnswered,
    Change,
    Chapter,
    Clock,
    DeadlinePassed,
    Effect,
    InquiryAnswered,
    ReminderDue,
    Step,
    StoryEvent,
    Table,
    without_clock,
)
from workflows.process.state.deadline import Passed
from workflows.process.state.kept import Kept
from workflows.process.state.order import Order
from workflows.process.story import (
    authorizations,
    cancellation,
    carrier,
    conversation,
    delivery,
    ended,
    exchange,
    interception,
    offers,
    opening,
    payment,
    returning,
    shipment,
    way_back,
)
from workflows.process.telling import timeline
from workflows.process.telling.timeline import Cause
from workflows.process.telling.view import answer_of_now, answer_of_update

Event = Message | Answered
"""What step() takes: a command, a fact, or what came back from our own call to the provider."""


def open_order(start: StartOrder, now: datetime) -> Step:
    """A new order, as its first timeline row."""
    blank, change = opening.order_opened(start, now)
    return finish_step(blank, change, Cause.of_opening(start), now)


def step(order: Order, event: Event, now: datetime) -> Step:
    """The order after `event` at `now`, with what must be done about it. Raises `Refused`, and nothing has changed."""
    # Judged before it is known, what was taken once would be refused now, and its sender never get the first answer.
    if isinstance(event, Message) and (known := answer_given_before(order, event)):
        return Step(order, (), known)
    in_time = payment.is_paid_in_time(order, event, now)
    current, settling = settle_deadlines(order, now, spared=DeadlineKind.PAY_BY if in_time else None)
    change = _judge_event(current, event, now)
    taken = _take_kept_facts(current, finish_step(current, change, Cause.of_message(event), now), now)
    after = taken.order
    if isinstance(event, Message) and change.why is None:
        after = remember_message(after, event, taken.answer)
    return Step(after, (*settling, *taken.effects), taken.answer)


def _take_kept_facts(before: Order, taken: Step, now: datetime) -> Step:
    """The step with every early fact taken whose time has come with it, as if it had just come: in the order in which
    they came, each with a row of its own (R33)."""
    if not taken.order.kept:
        return taken
    order, effects = taken.order, taken.effects
    while kept := early.next_due(order):
        rest = early.without_kept(order, kept)
        next_step = finish_step(rest, _judge_kept_fact(rest, kept, now), Cause.of_kept_fact(kept), now)
        order, effects = next_step.order, (*effects, *next_step.effects)
    answer = answer_of_update(before, order, why=taken.answer.why) if order is not taken.order else taken.answer
    return Step(order, effects, answer)


def _judge_kept_fact(order: Order, kept: Kept, now: datetime) -> Change:
    """What an early fact leads to now. Nothing that was kept may keep from happening what it waited for."""
    came = say("it came early, on {at}", at=order.when(kept.since))
    try:
        event = early.read_kept(kept)
        change = BESIDE[type(event)](order, event, now)
    except Refused as refused:
        summary = say("{fact} of {subject}: {came}", fact=refusals.action(kept.name), subject=kept.subject, came=came)
        return Change(order, summary, why=refused.sentence, code=refused.code)
    return replace(change, summary=say("{what} ({came})", what=change.summary, came=came))


def effects_of_resuming(order: Order) -> tuple[Effect, ...]:
    """What a run that loads an order has to find out first: what became of calls that were never answered."""
    return (*provider.unanswered_calls(order), *withdrawals.unanswered_inquiries(order))


def settle_deadlines(
    order: Order, now: datetime, spared: DeadlineKind | None = None
) -> tuple[Order, tuple[Effect, ...]]:
    """`order` with every deadline settled that has passed by `now`, and every due reminder sent, earliest first, each
    at its own instant (R2). A deadline of the kind `spared` is left running."""
    effects: tuple[Effect, ...] = ()
    while due := deadlines.next_due(order, now, spared):
        at = due.deadline.at if isinstance(due, DeadlinePassed) else due.deadline.remind_at
        assert at, f"{order.order_id}: a reminder without an instant is due"
        taken = finish_step(order, _take_clock_event(order, due, at), Cause.of_clock_event(due), at)
        # Rows have their numbers by now: with the later ones in front, here or at a caller's, they go out upside down.
        order, effects = taken.order, (*effects, *taken.effects)
    return order, effects


def refused_signal(order: Order, name: str, event: Message | None, refused: Refused, now: datetime) -> Step:
    """A signal cannot be answered, so its refusal is a timeline row, unless its sender floods the order (R41); passed
    deadlines are settled all the same (R2)."""
    current, settling = settle_deadlines(order, now)
    current, signals = floods.count_refused_signal(current, event, refused)
    why = refused.sentence
    if not floods.is_written(signals):
        return Step(current, settling, answer_of_now(current, why=str(why)))
    change = Change(current, floods.refused_summary(name, signals), why=why, code=refused.code)
    taken = finish_step(current, change, Cause.of_refusal(name, event), now)
    return replace(taken, effects=(*settling, *taken.effects))


def _take_clock_event(order: Order, due: Clock, at: datetime) -> Change:
    """What a passed deadline or a due reminder leads to."""
    if isinstance(due, ReminderDue):
        return timeline.deadline_reminder(deadlines.spend_reminder(order, due.deadline), due.deadline)
    deadline = due.deadline
    rest = replace(order, deadlines=tuple(other for other in order.deadlines if other != deadline))
    # Asked after OF_MONEY, in which it stands, it would be taken for one of the provider's, and the order freezes.
    if deadline.kind is DeadlineKind.CHARGEBACK_ALERT_AT:
        return chargebacks.chargeback_overdue(rest, deadline)
    if deadline.kind in OF_MONEY:
        return provider.hear_silence(rest, deadline)
    change = STAGES[order.stage](rest, due, at)
    if change.order.stage is order.stage and deadline.kind not in CLOSING_A_WINDOW:
        return change
    passed = Passed(deadline.kind, at, deadline.counted)
    closed_by = passed if change.order.stage.closed else None
    return replace(change, order=replace(change.order, passed=(*order.passed, passed), closed_by=closed_by))


def _judge_event(order: Order, event: Event, now: datetime) -> Change:
    """What the event leads to, or `Refused` with the first code that fits."""
    match event:
        case AttemptAnswered():
            return provider.hear_answer(order, event, now)
        case InquiryAnswered():
            return _WITHDRAWALS[event.inquiry.about](order, event, now)
    # With the end first, a stranger learns of it; with the role first, others hear who may, and not that it is over.
    senders.check_own_order(order, event)
    if isinstance(event, Command) and order.settled and not too_late.may_still_be_judged(order, event):
        raise too_late.refusal_after_the_end(order, event)
    senders.check_sender_role(order, event)
    if early.is_early(order, event):
        return early.fact_kept(order, event, now)
    try:
        if beside := BESIDE.get(type(event)):
            return beside(order, event, now)
        assert isinstance(event, StoryEvent), f"{event.name} stands in neither table"
        return STAGES[order.stage](order, event, now)
    except Refused as refused:
        raise too_late.missed_deadline_refusal(order, event, refused) or refused from None


def finish_step(before: Order, change: Change, cause: Cause, now: datetime) -> Step:
    """The change as the next order: counted, settled when nothing is under way, balanced, and told in the timeline."""
    order = change.order
    if (order.stage, order.phase) != (before.stage, before.phase) and not isinstance(cause.event, Clock):
        order = replace(order, passed=())
    counts = change.why is None and not isinstance(cause.event, ReminderDue)
    # A reset has no event: it would take from whoever comes too late what they are told of (R38).
    if order.closed_by and counts and cause.event and not isinstance(cause.event, Clock):
        order = replace(order, closed_by=None)
    order = offers.lapse_offers_if_left(
        before, interception.end_interception_if_left(disputes.end_dispute_if_left(order))
    )
    if left_behind := (*interception.words_of_too_late(before, order), *offers.words_of_lapsing(before, order)):
        change = replace(change, words=(*change.words, *left_behind))
    # Sent before this, what a report of our own refund took would only go out with the next event.
    order = elsewhere.without_own_refunds(order, now)
    # Balanced before this, an order would write down as sound what it loses on the way out, and freeze a step too late.
    # Sent before an early chargeback is taken, a payment that the bank disputes by now goes back all the same (R22).
    order, begun = (order, ()) if early.next_due(order) else provider.send_waiting(order)
    order = attention.keep_acknowledged(endings.settle_or_reopen(order, now))
    # Counted after them, the row has the number of the row before it, and the answer the version before the event.
    order = balanced(replace(order, version=order.version + counts, entry=order.entry + 1))
    record = timeline.record_of_change(before, order, change, cause, now)
    why = None if change.why is None else str(change.why)
    return Step(order, (record, *change.asks, *begun), answer_of_update(before, order, why=why))


def _joined_tables(*tables: Table) -> Table:
    """One table of several: what two of them take would silently go to the last."""
    together = {kind: taken for table in tables for kind, taken in table.items()}
    assert len(together) == sum(map(len, tables)), "a message stands in two tables"
    return together


STAGES: Final[Mapping[Stage, Chapter]] = {
    Stage.PENDING_PAYMENT: payment.while_pending_payment,
    Stage.AWAITING_SHIPMENT: shipment.while_awaiting_shipment,
    Stage.CANCELLATION_PENDING: cancellation.while_cancellation_pending,
    Stage.SHIPPED: delivery.while_shipped,
    Stage.RETURNING_TO_SELLER: way_back.while_returning_to_seller,
    Stage.RETURNED_TO_SELLER: way_back.while_returned_to_seller,
    Stage.LOST_IN_RETURN: way_back.while_lost_in_return,
    Stage.DELIVERED: delivery.while_delivered,
    Stage.DISPUTED: disputes.while_disputed,
    Stage.RETURNING_GOODS: returning.while_returning_goods,
    Stage.EXCHANGING: exchange.while_exchanging,
    Stage.CANCELLED: ended.while_closed,
    Stage.REFUNDED: ended.while_closed,
    Stage.PARTIALLY_REFUNDED: ended.while_closed,
    Stage.COMPLETED: ended.while_closed,
}
"""The index of the story: stage → the chapter's function that decides in it."""
_MONEY: Final[Table] = {
    RefundUpdated: refund_news.hear_refund,
    ReleaseUpdated: releases.hear_release,
    RetryRefund: without_clock(refunds.retry_refund),
    RetryRelease: without_clock(releases.retry_release),
    SettleReleaseManually: without_clock(releases.settle_release),
    RetryCapture: without_clock(captures.retry_capture),
    SettleRefundManually: without_clock(refunds.settle_refund),
    SettleCaptureManually: captures.settle_capture,
    Acknowledge: without_clock(attention.attention_acknowledged),
}
_WITHDRAWALS: Final[Mapping[str, Callable[[Order, InquiryAnswered, datetime], Change]]] = {
    "chargeback": chargebacks.chargeback_answered,
    "refund": elsewhere.refund_elsewhere_answered,
}
"""Whose the provider's answer is to a question about money that left without our asking."""
BESIDE: Final[Table] = _joined_tables(
    payment.BESIDE,
    authorizations.BESIDE,
    carrier.BESIDE,
    offers.BESIDE,
    _MONEY,
    chargebacks.BESIDE,
    elsewhere.BESIDE,
    payment_conflicts.BESIDE,
    conversation.BESIDE,
)
"""What runs beside the story, whatever the stage: message → what it means. Every other one is a `StoryCommand`."""
