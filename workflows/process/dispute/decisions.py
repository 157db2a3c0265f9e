"""Chapter 7, decision: what may be decided, and what each outcome leads to, whoever gave it (R29 to R31)."""

from datetime import datetime
from typing import Final, assert_never

from workflows.frozen import replace
from workflows.messages.disputes import DecideDispute
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Sentence, in_a_row, say
from workflows.messages.values import ClosingReason, Role
from workflows.messages.vocabulary import DisputeReason, ReasonCode, Resolution
from workflows.process import refusals
from workflows.process.arrivals import endings, remedies, whereabouts
from workflows.process.dispute import appeal, resolutions, review
from workflows.process.state.changes import Change, Word
from workflows.process.state.dispute import Decision
from workflows.process.state.order import Order, dispute_of, is_with_the_buyer, parcel_of, with_dispute

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


def dispute_decided(order: Order, event: DecideDispute, now: datetime) -> Change:
    """The platform's word."""
    review.check_under_review(order)
    if not resolutions.is_resolution_possible(order, event.outcome):
        why = resolutions.why_not_possible(order, event.outcome)
        raise refusals.invalid_field(
            "outcome", say('cannot be "{resolution}" here: {why}', resolution=event.outcome, why=why)
        )
    resolutions.check_amount_fits(order, event.outcome, event.amount)
    decision = Decision(event.outcome, "platform", now, event.reason_code, event.amount, event.fault)
    told_ = say(
        "The platform decided: {outcome} ({reason})",
        outcome=resolutions.phrase(order, event.outcome, event.amount),
        reason=event.reason_code,
    )
    # Asked after the next question, the decision of an appeal could be appealed again, without end (R29).
    if dispute_of(order).decision:
        return appeal.appeal_decided(order, decision, now, told_)
    may_be_appealed = event.outcome in (Resolution.PARTIAL_REFUND, Resolution.NO_REFUND)
    if may_be_appealed and not order.terms.appeal_within.empty and not _is_parcel_still_awaited(order, decision):
        return appeal.decided_until_appeal(order, decision, now, told_)
    return decision_takes_effect(order, decision, now, told_)


def dispute_agreed(order: Order, resolution: Resolution, amount: int | None, now: datetime, told_: Sentence) -> Change:
    """What both sides agreed on in a dispute is the decision. A voucher means no refund (R17)."""
    voucher = resolution is Resolution.VOUCHER
    outcome, amount = (Resolution.NO_REFUND, None) if voucher else (resolution, amount)
    decision = Decision(outcome, "agreement", now, ReasonCode.AGREEMENT, amount)
    order = replace(order, agreed_parcel=parcel_of(order).number)
    if dispute_of(order).decision:
        return appeal.appeal_decided(order, decision, now, told_)
    return decision_takes_effect(order, decision, now, told_)


def platform_never_decided(order: Order, at: datetime) -> Change:
    """The platform never decided: the terms do (R16)."""
    dispute = dispute_of(order)
    code = _NOT_ANSWERED[dispute.silent]
    if dispute.decision:
        stands = Decision(Resolution.NO_REFUND, "default", at, code)
        told_ = say("The appeal was not decided in time: the first decision stands")
        return appeal.appeal_decided(order, stands, at, told_)
    outcome, amount = Resolution.NO_REFUND, None
    if order.terms.on_undecided == "as_requested":
        partial = dispute.requested is Resolution.PARTIAL_REFUND and (dispute.amount or 0) < order.ledger.held
        outcome, amount = (Resolution.PARTIAL_REFUND, dispute.amount) if partial else (Resolution.FULL_REFUND, None)
    decision = Decision(outcome, "default", at, code, amount)
    told_ = say("Not decided in time: {outcome}, as the terms say", outcome=resolutions.phrase(order, outcome, amount))
    return decision_takes_effect(order, decision, at, told_)


def decision_takes_effect(order: Order, decision: Decision, now: datetime, told_: Sentence) -> Change:
    """The outcome, at once and for good."""
    reason = REASONS[decision.by]
    order = replace(with_dispute(order, decision=decision), fault=decision.fault)
    match decision.outcome:
        case Resolution.FULL_REFUND:
            return endings.order_refunded(order, now, reason, told_)
        case Resolution.PARTIAL_REFUND:
            assert decision.amount, f"{order.order_id}: a partial refund of nothing"
            return endings.order_partly_refunded(order, now, reason, told_, decision.amount)
        case Resolution.RETURN_AND_REFUND:
            return remedies.goods_asked_back(order, now, told_)
        case Resolution.EXCHANGE:
            return remedies.exchange_asked_for(order, now, told_)
        case Resolution.NO_REFUND if _is_parcel_still_awaited(order, decision):
            order = replace(order, fault=None)
            change = whereabouts.parcel_followed(order, dispute_of(order).stood_still, now, told_)
            over = say("The dispute is over, and order {order_id} goes on.", order_id=order.order_id)
            text = in_a_row(say("{told}.", told=told_), over)
            both = tuple(Word(role, NoticeKind.DISPUTE_DECIDED, text) for role in (Role.BUYER, Role.SELLER))
            return replace(change, words=(*change.words, *both))
        case Resolution.NO_REFUND:
            return endings.order_completed(order, now, reason, told_)
        case Resolution.VOUCHER:
            raise AssertionError(f"{order.order_id}: a voucher is agreed on, and decided as no refund")
        case _:
            assert_never(decision.outcome)


def _is_parcel_still_awaited(order: Order, decision: Decision) -> bool:
    """Whether no refund means that the parcel is still awaited, not that the seller is paid (R30)."""
    not_there = dispute_of(order).reason is DisputeReason.NOT_RECEIVED and not is_with_the_buyer(order)
    return decision.outcome is Resolution.NO_REFUND and not_there
