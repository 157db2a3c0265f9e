"""Chapter 7, appeal: the buyer may question the platform's partial or no refund once, with new evidence (R29)."""

from datetime import datetime
from typing import assert_never

from workflows.frozen import replace
from workflows.messages.disputes import Appeal
from workflows.messages.notices import NoticeKind
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, in_a_row, say
from workflows.messages.values import ClosingReason, DeadlineKind, Role
from workflows.messages.vocabulary import Phase, Resolution
from workflows.process.arrivals import endings
from workflows.process.clock import deadlines
from workflows.process.dispute import evidence, review
from workflows.process.money import going_back, refunds
from workflows.process.state.changes import Change, Word
from workflows.process.state.dispute import Decision
from workflows.process.state.order import Order, dispute_of, with_dispute


def decided_until_appeal(order: Order, decision: Decision, now: datetime, told: Sentence) -> Change:
    """Decided: what the buyer gets starts at once and is final, the rest stays held until `appeal_by`."""
    if decision.amount:
        order = refunds.refund_part(order, decision.amount, now)
    order = with_dispute(order, phase=Phase.DECIDED, decision=decision)
    order = deadlines.stage_left(replace(order, fault=decision.fault))
    order = deadlines.start_deadline(order, DeadlineKind.APPEAL_BY, order.terms.appeal_within, now)
    then = {
        Role.BUYER: say("If you have new evidence, you can appeal once."),
        Role.SELLER: say("If the buyer does not appeal, what is left is paid out to you."),
    }
    words = tuple(
        Word(role, NoticeKind.DISPUTE_DECIDED, in_a_row(*said, then[role]), until=DeadlineKind.APPEAL_BY)
        for role, said in ((role, _decided(order, decision, now, told, role)) for role in then)
    )
    return Change(order, told, words)


def _decided(order: Order, decision: Decision, now: datetime, told: Sentence, reader: Role) -> tuple[Sentence, ...]:
    coming = going_back.goes_back_to_buyer(order, decision.amount or 0, now, reader)
    return (say("{told}.", told=told), *((coming,) if coming else ()))


def decision_appealed(order: Order, event: Appeal, now: datetime) -> Change:
    """Back to review, once, with something new to look at."""
    dispute = dispute_of(order)
    dispute_id = dispute.dispute_id
    # Asked after the evidence, a buyer who is too early, or appeals again, would be sent to look for more of it.
    if dispute.phase is not Phase.DECIDED:
        why = (
            say("Dispute {dispute_id} cannot be appealed again: the appeal is under review.", dispute_id=dispute_id)
            if dispute.appealed_at
            else say("Dispute {dispute_id} cannot be appealed: it is not decided yet.", dispute_id=dispute_id)
        )
        raise Refused(Code.NOT_ALLOWED_NOW, why)
    # What was just kept is known: looked at after it is kept, no evidence would be new enough, and no appeal possible.
    evidence.check_new_evidence(order, event.evidence)
    order = with_dispute(order, appealed_at=now, escalated=False, silent=None)
    # Kept before the appeal is, what it brings counts with the first round, whose evidence may be used up.
    order = evidence.keep_evidence(order, event.evidence, Role.BUYER)
    order = deadlines.start_deadline(order, DeadlineKind.DECIDE_NO_LATER_THAN, order.terms.decide_no_later_than, now)
    change = review.review_begun(order, now, say("The buyer appeals with new evidence: the platform reviews again"))
    text = say(
        "The buyer of order {order_id} appeals the decision: the platform reviews again.", order_id=order.order_id
    )
    word = Word(Role.SELLER, NoticeKind.DISPUTE_APPEALED, text, until=DeadlineKind.DECIDE_BY)
    return replace(change, words=(*change.words, word))


def appeal_decided(order: Order, decision: Decision, now: datetime, told: Sentence) -> Change:
    """The appeal is over: that much more, or the first decision stands; either way the order closes."""
    order = with_dispute(order, appeal_decision=decision)
    order = replace(order, fault=decision.fault or order.fault)
    reason = ClosingReason.AGREEMENT if decision.by == "agreement" else ClosingReason.DECISION
    match decision.outcome:
        case Resolution.FULL_REFUND:
            return endings.order_refunded(order, now, reason, told)
        case Resolution.PARTIAL_REFUND:
            assert decision.amount, f"{order.order_id}: a partial refund of nothing"
            return endings.order_partly_refunded(order, now, reason, told, decision.amount)
        case Resolution.NO_REFUND:
            return endings.order_completed(order, now, reason, told)
        case Resolution.RETURN_AND_REFUND | Resolution.EXCHANGE | Resolution.VOUCHER:
            raise AssertionError(
                f"{order.order_id}: an appeal ends in {decision.outcome}, and only money can still move"
            )
        case _:
            assert_never(decision.outcome)


def not_appealed(order: Order, at: datetime) -> Change:
    """Nobody appealed: what is still held goes to the seller."""
    return endings.order_completed(
        order, at, ClosingReason.DECISION, say("No appeal: the decision stands, the order closes")
    )
