"""Where the story goes when money has left its payment without our asking, or came back after all (R22, R34, R35)."""

import hashlib
from datetime import datetime
from typing import Final, Literal

from workflows.frozen import replace
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, RefundReported
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Sentence, say, to_wire
from workflows.messages.values import CancellationReason, ClosingReason, Role, Stage
from workflows.messages.vocabulary import ReasonCode, Resolution
from workflows.messages.work import UnplacedFact
from workflows.process.arrivals import endings
from workflows.process.money.withdrawals import MAX_WITHDRAWALS
from workflows.process.state.changes import Change, Word
from workflows.process.state.dispute import Decision
from workflows.process.state.order import Order, dispute_of, with_dispute
from workflows.process.story import cancellation
from workflows.process.story.authorizations import NOT_SHIPPED

Reported = ChargebackOpened | ChargebackClosed | RefundReported
Way = Literal["chargeback", "refunded_elsewhere"]
"""How the money went: the reason why an order ends for it, whether it is cancelled, decided or closed."""
NOTHING_LEFT_TO_DECIDE: Final = (Stage.DISPUTED, Stage.RETURNING_GOODS, Stage.EXCHANGING)
"""Where an order closes whose money has gone whole: the buyer has it, and no decision can give more."""


def withdrawal_stays_outside(order: Order, event: Reported, summary: Sentence) -> Change:
    """One more than an order keeps: recorded, and handed on as unplaced, to be put right by hand (R41)."""
    why = say(
        "the order keeps {limit} chargebacks and refunds made elsewhere, and this is one more", limit=MAX_WITHDRAWALS
    )
    body = event.model_dump_json(exclude_none=True)
    key = f"{order.order_id}:{event.name}:{hashlib.sha256(body.encode()).hexdigest()}"
    handed_on = UnplacedFact(
        provider=event.by.id, webhook_id=key, name=event.name, body=body, why=str(why), said=to_wire(why)
    )
    text = say("{news}: {why}. See to it by hand.", news=summary, why=why)
    word = Word(Role.PLATFORM, NoticeKind.PAYMENT_UNPLACED, text)
    return Change(order, summary, (word,), why, unplaced=(handed_on,))


def order_without_its_money(change: Change, way: Way, now: datetime) -> Change:
    """The change after which the order's own payment has lost money: it goes on, unless nothing is left to ship for, or
    to decide about."""
    order, summary = change.order, change.summary
    if order.stage in NOT_SHIPPED:
        order = cancellation.overtake_cancellation(order, now)
        reason = CancellationReason(way)
        cancelled = say("{news}: the order is cancelled", news=summary)
        return endings.order_cancelled(order, now, reason, Role.PAYMENT_PROVIDER, cancelled, change.words)
    if order.stage in NOTHING_LEFT_TO_DECIDE and not order.ledger.held:
        # Decided after it has ended, no dispute is open any more, and this one stays without a decision.
        decided = _dispute_decided(order, ReasonCode(way), now)
        ends = say("{news}: the order ends", news=summary)
        return endings.order_emptied(decided, ClosingReason(way), ends, change.words)
    return change


def _dispute_decided(order: Order, because: ReasonCode, now: datetime) -> Order:
    """The buyer has it all: so is the dispute decided that is open, if it has no decision yet."""
    if order.stage is not Stage.DISPUTED or dispute_of(order).decision:
        return order
    return with_dispute(order, decision=Decision(Resolution.FULL_REFUND, "default", now, because))


def money_came_back(change: Change, before: Order, now: datetime) -> Change:
    """The change after which money is back where it was taken from: what of it a closed order holds goes on, and
    whoever gets it is told."""
    order, to = rest_handed_on(before, change.order, now)
    if to is None:
        return change
    back = order.money(change.order.ledger.held - before.ledger.held)
    text = say("{amount} of order {order_id} came back after all, and go to you.", amount=back, order_id=order.order_id)
    summary = say("{news}; {amount} go to the seller", news=change.summary, amount=back)
    if to is Role.BUYER:
        summary = say("{news}; {amount} go to the buyer", news=change.summary, amount=back)
    words = (*change.words, Word(to, NoticeKind.MONEY_CAME_BACK, text))
    return replace(change, order=order, summary=summary, words=words)


def rest_handed_on(before: Order, order: Order, now: datetime) -> tuple[Order, Role | None]:
    """`order` with what it holds more than before on its way, to whom all that was held went when it closed; and who
    that is."""
    back = order.ledger.held - before.ledger.held
    if not order.stage.closed or back <= 0:
        return order, None
    to = endings.whose_rest_it_is(order)
    return endings.rest_handed_out(order, to, back, now), to
