"""What must hold in every state and after every step, whatever led there. Each says the rule that it guards."""

from datetime import datetime

from tests.exploration import looking, rules
from tests.exploration.rules import require
from tests.languages.spoken import require_spoken
from workflows.messages.base import Command, Message
from workflows.messages.cancellation import RequestCancellation
from workflows.messages.commands import Acknowledge
from workflows.messages.parcels import CorrectTracking, Ship
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import from_wire
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Role, Stage
from workflows.messages.work import CaptureCall, MoneyCall, RefundCall, ReleaseCall, VoidCall
from workflows.process.clock.deadlines import OF_MONEY, running_deadline
from workflows.process.money.attention import needs_attention
from workflows.process.money.ledger import (
    COLUMNS,
    all_transfers,
    all_withdrawals,
    hold_on_payment,
    hold_on_payout,
    id_of,
    in_flight,
    is_open,
    is_undecided,
    is_waiting,
    paid_by,
    taken_elsewhere,
)
from workflows.process.state.changes import Effect, Record, Send
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE, Refund
from workflows.process.step import Event
from workflows.process.telling import view

BEFORE = (Stage.PENDING_PAYMENT, Stage.AWAITING_SHIPMENT, Stage.CANCELLATION_PENDING)
"""Before there is a parcel."""
FACT_CODES = (Code.INVALID, Code.NOT_YOUR_ORDER, Code.WRONG_ROLE)


def of_state(order: Order) -> None:
    """What holds in every state."""
    _money(order)
    _nobody_waits_in_silence(order)
    _one_of_each(order)
    _stage_and_records(order)
    rules.of_state(order)
    row = view.order_row(order)
    require(row.status and row.waiting_on, "every order has a label and somebody, or nobody, to wait on")
    trouble_is_shown(order)
    looking.of_state(order)


def _money(order: Order) -> None:
    ledger = order.ledger
    require(all(getattr(ledger, column) >= 0 for column in COLUMNS), "R6: no column is negative")
    gone = ledger.refunded + ledger.refunding + ledger.released + ledger.held
    require(ledger.authorized + ledger.captured + ledger.shortfall == gone, "R6, R32: the ledger balances")
    home = {payment.payment_id: payment for payment in order.payments if payment.role != "foreign"}
    charged = sum(p.amount for p in home.values() if p.captured_at)
    require(ledger.captured == charged, "R6, R32: captured is what was charged")
    promised = sum(p.voided if p.captured_at else p.amount for p in home.values())
    require(ledger.authorized == promised, "R32: authorised is what was promised, and is not charged")
    refunds = [refund for refund in order.refunds if refund.payment_id in home]
    taken = sum(taken_elsewhere(order, payment_id) for payment_id in home)
    require(ledger.refunded == sum(map(paid_by, refunds)) + taken, "R21, R22: refunded is what was paid, or taken")
    require(ledger.refunding == sum(refund.owed for refund in refunds), "R21: refunding is what refunds still owe")
    claims = [a.amount for release in order.releases for a in release.attempts if a.state not in IN_TROUBLE]
    waiting = [release.amount for release in order.releases if is_waiting(release)]
    waiting += [release.settled_by_hand for release in order.releases]
    require(ledger.released == sum(claims) + sum(waiting), "R21: released is what attempts paid or may pay, or waits")
    for payment in home.values():
        back = sum(paid_by(r) + r.owed for r in refunds if r.payment_id == payment.payment_id)
        back += taken_elsewhere(order, payment.payment_id)
        require(back <= payment.brought + ledger.shortfall, "R6: no payment gives back more than it brought")
    if order.settled:
        require(not ledger.held and not ledger.refunding, "a settled order holds nothing, and owes nothing")
    if order.stage.closed and ledger.held:
        troubled = any(release.state in IN_TROUBLE for release in order.releases)
        require(troubled, "a closed order holds only what a failed release has given back")


def _nobody_waits_in_silence(order: Order) -> None:
    of_story = [d for d in order.deadlines if d.kind not in OF_MONEY]
    if not order.stage.closed:
        require(of_story, "R3: every stage that is not closed has a running deadline")
        require(not order.settled, "only a closed order is settled")
        return
    require(not of_story, "R3: a closed order has no deadline of the story")
    asked = any(attempt.questions for record in all_transfers(order) for attempt in record.attempts)
    under_way = any(in_flight(record) for record in all_transfers(order)) or _bank_decides(order) or asked
    if order.settled:
        require(not _bank_decides(order), "R22: settling waits for an open chargeback")
        require(not order.deadlines, "a settled order has no deadlines")
        require(not any(map(is_open, all_transfers(order))), "a settled order has nothing under way")
    else:
        require(under_way or needs_attention(order), "R3: no order hangs silently")
    for record in all_transfers(order):
        if isinstance(record, Refund) and record.owed and not in_flight(record):
            paid = next(payment for payment in order.payments if payment.payment_id == record.payment_id)
            held_up = hold_on_payment(order, record.payment_id) or not paid.captured_at or asked
            waits = is_waiting(record) and held_up
            require(waits or record.state in IN_TROUBLE, "R21: what is owed and not under way waits for the platform")


def _bank_decides(order: Order) -> bool:
    return any(map(is_undecided, all_withdrawals(order)))


def _one_of_each(order: Order) -> None:
    require(sum(payment.role == "order" for payment in order.payments) <= 1, "R5: one payment pays an order")
    require((order.paid_at is not None) == any(p.role == "order" for p in order.payments), "R5: paid when paid")
    ids = [id_of(record) for record in all_transfers(order)]
    keys = [attempt.key for record in all_transfers(order) for attempt in record.attempts]
    require(len(set(ids)) == len(ids), "refund and release ids are unique")
    require(len(set(keys)) == len(keys), "R21: every attempt has a key of its own")
    kinds = [(deadline.kind, deadline.subject) for deadline in order.deadlines]
    require(len(set(kinds)) == len(kinds), "R3: each start sets the kind anew")
    require(list(order.deadlines) == sorted(order.deadlines, key=lambda d: d.at), "deadlines are sorted")
    for refund in order.refunds:
        paying = next(p for p in order.payments if p.payment_id == refund.payment_id)
        require((refund.cause == "order") <= (paying.role == "order"), "R20: the order is refunded to what paid it")


def _stage_and_records(order: Order) -> None:
    pending = order.cancellation is not None and order.cancellation.outcome == "open"
    require((order.stage is Stage.CANCELLATION_PENDING) == pending, "R8: a request is open while it is pending")
    require(not order.parcel or order.stage not in BEFORE, "a parcel exists from shipped on, and never before")
    agreed = any(offer.state == "accepted" for offer in order.offers)
    require(order.parcel or agreed or order.stage in (*BEFORE, Stage.CANCELLED), "a parcel exists from shipped on")
    unpaid = (Stage.PENDING_PAYMENT, Stage.CANCELLED)
    require(order.paid_at or order.stage in unpaid, "nothing happens to an order that nobody paid, but its end")
    late = running_deadline(order, DeadlineKind.SHIP_NO_LATER_THAN)
    require(not (late and pending), "R10: a seller who is late loses a request to cancel at once")
    waits = order.stage in (Stage.AWAITING_SHIPMENT, Stage.CANCELLATION_PENDING)
    require(
        not waits or late or running_deadline(order, DeadlineKind.SHIP_BY), "R10: the processing time goes on running"
    )


def of_step(before: Order, event: Event | None, after: Order, effects: tuple[Effect, ...], now: datetime) -> None:
    """What holds between a state and the next one."""
    records = [effect for effect in effects if isinstance(effect, Record)]
    entries = [record.entry.entry for record in records]
    for record in records:
        entry = [record.entry.said[part] for part in ("summary", "why") if getattr(record.entry, part) is not None]
        for said in (*entry, *(notice.said for notice in record.notices)):
            require(said is not None, "every sentence can be told in another language")
            require_spoken(from_wire(said))
    require(entries == list(range(before.entry + 1, after.entry + 1)), "R25: one timeline row for each entry")
    for column in COLUMNS:
        told = sum(record.entry.money.get(column, 0) for record in records)
        moved = getattr(after.ledger, column) - getattr(before.ledger, column)
        require(told == moved, "R25: the timeline tells the money that moved")
    require(all(d.at > now for d in after.deadlines), "R2: what has passed is settled before the event")
    if before.stage.closed:
        require(after.stage is before.stage, "R28: a late fact never changes the stage")
        require(after.reason == before.reason, "a closed order keeps its reason")
    elif after.stage.closed and len(before.kept) - len(after.kept) < 2:
        # Of several early facts that are taken at once, one may close the order, and the next bring money back.
        _closing(after)
    _calls(before, after, effects)
    if before.parcel and after.parcel and not isinstance(event, Ship | CorrectTracking):
        require(after.parcel.tracking == before.parcel.tracking, "one parcel at a time")
    rules.of_step(before, event, after, now)
    looking.of_step(before, event, after)
    if isinstance(event, Ship) and after.cancellation and after.cancellation.requested_at >= now:
        require(after.cancellation.outcome != "open", "R9: the shipment is the answer")


def _closing(order: Order) -> None:
    require(order.reason is not None, "a closed order says why")
    back = sum(paid_by(refund) + refund.owed for refund in order.refunds if refund.cause == "order")
    paid_it = {payment.payment_id for payment in order.payments if payment.role == "order"}
    back += sum(taken_elsewhere(order, payment_id) for payment_id in paid_it)
    back -= sum(r.charged_back for r in order.refunds if r.cause == "surplus" and r.payment_id in paid_it)
    if order.parcel is None or order.reason is CancellationReason.INTERCEPTED:
        require(order.stage is Stage.CANCELLED, "never shipped, or intercepted, is cancelled")
        require(not order.releases, "what is cancelled is never paid out")
    elif not order.releases:
        require(order.stage is Stage.REFUNDED, "nothing released is refunded")
    else:
        expected = Stage.PARTIALLY_REFUNDED if back else Stage.COMPLETED
        require(order.stage is expected, "nothing refunded is completed, both is partially refunded")
    require(not order.ledger.held, "closing leaves nothing held")


def _calls(before: Order, after: Order, effects: tuple[Effect, ...]) -> None:
    known = {attempt.key for record in all_transfers(before) for attempt in record.attempts}
    new = [a for record in all_transfers(after) for a in record.attempts if a.key not in known]
    # A promise that the bank let go of before we heard of it is void already.
    begun = [a for a in new if not (a.void and a.state is MoneyState.SUCCEEDED)]
    sent = [effect.call for effect in effects if isinstance(effect, Send)]
    require(
        sorted((a.key, a.amount) for a in begun) == sorted((c.key, c.amount) for c in sent),
        "R21: every attempt that is begun is sent once, and nothing else is",
    )
    for call in sent:
        require(call.amount > 0, "no call moves nothing")
        _only_what_is_there(after, call)
        disputed = isinstance(call, RefundCall) and hold_on_payment(after, call.payment_id) is not None
        disputed |= isinstance(call, ReleaseCall) and hold_on_payout(after) is not None
        require(not disputed, "R22: nothing of a payment moves while a chargeback on it is open")
        refund_id = call.refund_id if isinstance(call, RefundCall) else None
        owed = [refund.owed for refund in after.refunds if refund.refund_id == refund_id]
        below = after.terms.smallest_amount
        sent_all = all(call.amount <= amount < call.amount + below for amount in owed)
        require(sent_all, "R21: a refund sends what is owed, no more and no less than the provider can move")


def _only_what_is_there(order: Order, call: MoneyCall) -> None:
    """R32: what is only promised is captured or voided, what was charged is refunded, and nobody is paid before."""
    if isinstance(call, ReleaseCall):
        require(all(p.captured_at for p in order.payments if p.role == "order"), "R32: paid out of what was charged")
        return
    payment = next(payment for payment in order.payments if payment.payment_id == call.payment_id)
    promised = payment.captured_at is None
    require(promised == isinstance(call, VoidCall | CaptureCall), "R32: a refund of what was charged, else a void")
    if isinstance(call, CaptureCall):
        require(order.parcel is not None, "R32: nobody is charged before the shipment")
        require(call.amount == order.total, "R32: the total is captured, and no more")
    elif promised:
        back = sum(paid_by(r) + r.owed for r in order.refunds if r.payment_id == payment.payment_id)
        require(back >= payment.amount, "R32: only what goes back whole is voided")
        taking = order.capture and order.capture.payment_id == payment.payment_id and in_flight(order.capture)
        require(not taking, "R32: nothing is voided while it is captured")


def of_acceptance(before: Order, event: Event) -> None:
    """What an accepted message says of the state it met. `before` has no expired deadline."""
    if isinstance(event, Command):
        require(
            not before.settled or _judged_when_settled(before, event),
            "R28: a settled order takes no command but one that looks at it, or at its money",
        )
    if isinstance(event, RequestCancellation):
        require(before.parcel is None, "R11: a cancellation after shipment is refused")
        late = running_deadline(before, DeadlineKind.SHIP_NO_LATER_THAN)
        open_to_it = before.cancellation_requests < before.terms.cancellation_requests or not before.paid_at or late
        require(open_to_it, "R8: requests are limited")
        require(before.stage is not Stage.CANCELLATION_PENDING, "R8: one request at a time")


def of_refusal(before: Order, event: Event, refused: Refused) -> None:
    """What a refusal may say."""
    require(isinstance(event, Message), "what comes back from our own call is never refused")
    if not isinstance(event, Message):
        return
    if not isinstance(event, Command):
        require(refused.code in FACT_CODES, f"a fact is never refused, and {event.name} was: {refused.code}")
        if event.by.role in (Role.PAYMENT_PROVIDER, Role.CARRIER):
            require(event.by.role not in event.roles, f"a fact of its own role is never refused: {event.name}")
    if before.settled:
        early = {Code.INVALID, Code.REQUEST_ID_REUSED, Code.NOT_YOUR_ORDER, Code.WRONG_ROLE, Code.ORDER_CLOSED}
        early |= {Code.DEADLINE_PASSED} if before.closed_by else set()
        judged = _judged_when_settled(before, event)
        fits = refused.code is not Code.ORDER_CLOSED if judged else refused.code in early
        require(fits, f"R28: a settled order says order_closed, not {refused.code}")
    require_spoken(refused.sentence)


def _judged_when_settled(order: Order, event: Message) -> bool:
    """What reaches an order also after its end: the platform's word about money, and a look at what needs one."""
    of_money = ("settle_payment_conflict", "settle_refund_manually", "settle_capture_manually")
    if event.name in (*of_money, "settle_release_manually"):
        return event.by.role is Role.PLATFORM
    return isinstance(event, Acknowledge) and bool(needs_attention(order))


def trouble_is_shown(order: Order) -> None:
    """R3: a failed or reversed refund or release is listed for the platform."""
    troubled = any(record.state in IN_TROUBLE for record in all_transfers(order))
    require(not troubled or view.refund_state(order) == "needs_attention", "R3: trouble is shown")
    unknown = any(record.state is MoneyState.UNKNOWN for record in all_transfers(order))
    require(not unknown or view.refund_state(order) in ("unknown", "needs_attention"), "an unknown answer is shown")
