"""Chapter 7, decision: what may be decided, and what each outcome leads to, whoever gave it (R29 to R31)."""

from datetime import datetime
from typing import Final

from workflows.messages.currency import money
from workflows.messages.disputes import DecideDispute
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import ClosingReason, Role, Stage
from workflows.messages.vocabulary import DisputeReason, ReasonCode, Resolution
from workflows.process import (
    appeal,
    closing,
    delivery,
    disputes,
    exchange,
    goods,
    parcels,
    refusals,
    review,
)
from workflows.process.effects import Change, Word
from workflows.process.records import Decision
from workflows.process.state import Order, replace

MONEY_ONLY: Final = (Resolution.FULL_REFUND, Resolution.PARTIAL_REFUND, Resolution.NO_REFUND, Resolution.VOUCHER)
"""How an appeal ends, and a dispute that the system opened: nothing is sent anywhere any more."""
REASONS: Final = {
    "platform": ClosingReason.DECISION,
    "agreement": ClosingReason.AGREEMENT,
    "default": ClosingReason.UNDECIDED,
}
_NOT_ANSWERED: Final = {
    Role.SELLER: ReasonCode.NO_RESPONSE_FROM_SELLER,
    Role.BUYER: ReasonCode.NO_RESPONSE_FROM_BUYER,
    None: ReasonCode.UNDECIDED,
}


def decided(order: Order, event: DecideDispute, now: datetime) -> Change:
    """The platform's word."""
    review.check_under_review(order)
    if not possible(order, event.outcome):
        raise refusals.invalid("outcome", f"{event.outcome} is not possible here: {_why(order, event.outcome)}")
    check_fits(order, event.outcome, event.amount)
    decision = Decision(event.outcome, "platform", now, event.reason_code, event.amount, event.fault)
    told_ = f"The platform decided: {told(order, event.outcome, event.amount)} ({event.reason_code})"
    if disputes.of(order).decision:
        return appeal.ended(order, decision, now, told_)
    may_be_appealed = event.outcome in (Resolution.PARTIAL_REFUND, Resolution.NO_REFUND)
    if may_be_appealed and not order.terms.appeal_within.empty and not _leads_back(order, decision):
        return appeal.possible(order, decision, now, told_)
    return takes_effect(order, decision, now, told_)


def agreed(order: Order, resolution: Resolution, amount: int | None, now: datetime, told_: str) -> Change:
    """What both sides agreed on in a dispute is the decision. A voucher means no refund (R17)."""
    voucher = resolution is Resolution.VOUCHER
    outcome, amount = (Resolution.NO_REFUND, None) if voucher else (resolution, amount)
    decision = Decision(outcome, "agreement", now, ReasonCode.AGREEMENT, amount)
    order = replace(order, agreed_parcel=parcels.of(order).number)
    if disputes.of(order).decision:
        return appeal.ended(order, decision, now, told_)
    return takes_effect(order, decision, now, told_)


def undecided(order: Order, at: datetime) -> Change:
    """The platform never decided: the terms do (R16)."""
    dispute = disputes.of(order)
    code = _NOT_ANSWERED[dispute.silent]
    if dispute.decision:
        stands = Decision(Resolution.NO_REFUND, "default", at, code)
        return appeal.ended(order, stands, at, "The appeal was not decided in time: the first decision stands")
    outcome, amount = Resolution.NO_REFUND, None
    if order.terms.on_undecided == "as_requested":
        partial = dispute.requested is Resolution.PARTIAL_REFUND and (dispute.amount or 0) < order.ledger.held
        outcome, amount = (Resolution.PARTIAL_REFUND, dispute.amount) if partial else (Resolution.FULL_REFUND, None)
    decision = Decision(outcome, "default", at, code, amount)
    return takes_effect(order, decision, at, f"Not decided in time: {told(order, outcome, amount)}, as the terms say")


def takes_effect(order: Order, decision: Decision, now: datetime, told_: str) -> Change:
    """The outcome, at once and for good."""
    reason = REASONS[decision.by]
    order = replace(disputes.with_(order, decision=decision), fault=decision.fault)
    match decision.outcome:
        case Resolution.FULL_REFUND:
            return closing.refunded(order, now, reason, told_)
        case Resolution.PARTIAL_REFUND:
            assert decision.amount, f"{order.order_id}: a partial refund of nothing"
            return closing.partly_refunded(order, now, reason, told_, decision.amount)
        case Resolution.RETURN_AND_REFUND:
            return goods.asked_back(order, now, told_)
        case Resolution.EXCHANGE:
            return exchange.asked_for(order, now, told_)
        case _ if _leads_back(order, decision):
            order = replace(order, fault=None)
            change = parcels.followed(order, disputes.of(order).stood_still, now, told_)
            text = f"{told_}. The dispute is over, and order {order.order_id} goes on."
            both = tuple(Word(role, "dispute_decided", text) for role in (Role.BUYER, Role.SELLER))
            return replace(change, words=(*change.words, *both))
        case _:
            return closing.completed(order, now, reason, told_)


def _leads_back(order: Order, decision: Decision) -> bool:
    """Whether no refund means that the parcel is still awaited, not that the seller is paid (R30)."""
    not_there = disputes.of(order).reason is DisputeReason.NOT_RECEIVED and not delivery.with_the_buyer(order)
    return decision.outcome is Resolution.NO_REFUND and not_there


def possible(order: Order, resolution: Resolution) -> bool:
    """Whether the outcome can be carried out where the parcel is (R31)."""
    where = order.parcel.where if order.parcel else None
    dispute = order.dispute if order.stage is Stage.DISPUTED else None
    if dispute and (dispute.decision or dispute.opened_by is Role.SYSTEM) and resolution not in MONEY_ONLY:
        return False
    if resolution is Resolution.EXCHANGE:
        gone = (Stage.RETURNING_TO_SELLER, Stage.RETURNED_TO_SELLER, Stage.LOST_IN_RETURN)
        return where is not None and where not in gone and not exchange.was_made(order)
    return resolution is not Resolution.RETURN_AND_REFUND or where is Stage.DELIVERED


def check_possible(order: Order, resolution: Resolution, field: str) -> None:
    """Refuses a request or an offer of what cannot be carried out."""
    if not possible(order, resolution):
        why = f"{resolution} is not possible here: {_why(order, resolution)}."
        raise Refused(Code.REASON_NOT_ALLOWED, why, fields=(field,))


def check_fits(order: Order, resolution: Resolution, amount: int | None) -> None:
    """Refuses a part that is not less than what is held (R20)."""
    held = order.ledger.held
    if resolution is Resolution.PARTIAL_REFUND and amount is not None and amount >= held:
        limit = f"less than what is held, {money(held, order.currency)}"
        why = f"A partial refund must be {limit}; all of it is a full_refund."
        raise Refused(Code.AMOUNT_TOO_HIGH, why, fields=("amount",))


def told(order: Order, resolution: Resolution, amount: int | None) -> str:
    """A resolution for a person: `a partial refund of 5.00 USD`."""
    words = {
        Resolution.FULL_REFUND: "a full refund",
        Resolution.PARTIAL_REFUND: "a partial refund",
        Resolution.RETURN_AND_REFUND: "return and refund",
        Resolution.EXCHANGE: "an exchange",
        Resolution.NO_REFUND: "no refund",
        Resolution.VOUCHER: "a voucher",
    }[resolution]
    return f"{words} of {money(amount, order.currency)}" if amount else words


def _why(order: Order, resolution: Resolution) -> str:
    dispute = order.dispute if order.stage is Stage.DISPUTED else None
    if dispute and dispute.decision and resolution not in MONEY_ONLY:
        return "an appeal ends in a full, a partial or no refund"
    if dispute and dispute.opened_by is Role.SYSTEM and resolution not in MONEY_ONLY:
        return "after a failed return only money can still move"
    if resolution is Resolution.EXCHANGE and exchange.was_made(order):
        return "there was an exchange already"
    needed = "that was delivered" if resolution is Resolution.RETURN_AND_REFUND else "that is not on its way back"
    return f"it needs a parcel {needed}"
