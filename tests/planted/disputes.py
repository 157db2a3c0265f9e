"""Bugs in disputes: opening, evidence, review, decision, appeal, and what follows."""

from typing import Final

from tests.planted.bug import Bug

DISPUTES: Final = (
    Bug(
        "dispute/disputes",
        "evidence.check_demanded_evidence(DEMANDS.get(event.reason, ()), event)",
        "pass",
        "a dispute is opened without a proof",
    ),
    Bug(
        "dispute/disputes",
        "if order.disputes_of_buyer >= order.terms.disputes:",
        "if order.disputes >= order.terms.disputes:",
        "the platform's disputes count as the buyer's",
    ),
    Bug(
        "dispute/disputes",
        "if order.agreed_parcel == parcel_of(order).number:",
        "if order.agreed_parcel:",
        "nobody can dispute a replacement after an agreed exchange",
    ),
    Bug(
        "dispute/disputes",
        "or deadlines.running_deadline(order, DeadlineKind.DELIVER_BY):",
        ":",
        "a dispute is opened while the parcel is in time",
    ),
    Bug(
        "dispute/disputes",
        "if dispute.opened_by is not Role.BUYER or dispute.decision:",
        "if dispute.opened_by is not Role.BUYER:",
        "a decided dispute is withdrawn",
    ),
    Bug(
        "dispute/disputes",
        "if dispute.opened_by is not Role.BUYER or dispute.decision:",
        "if dispute.decision:",
        "the buyer withdraws the platform's dispute",
    ),
    Bug(
        "dispute/disputes",
        "case ConfirmReceipt() if may_end_with_receipt(order):",
        "case ConfirmReceipt():",
        "a receipt ends a dispute about broken goods",
    ),
    Bug(
        "dispute/disputes",
        "order, still = deadlines.stop_deadlines(order, now)",
        "still = ()",
        "the parcel's clock runs on in a dispute",
    ),
    Bug(
        "dispute/disputes",
        "order = with_dispute(order, silent=Role.SELLER)\n    change = review.review_begun",
        "change = review.review_begun",
        "a seller's silence is not written down",
    ),
    Bug(
        "dispute/disputes",
        "order, dispute.stood_still, now, told",
        "order, (), now, told",
        "who withdraws a dispute gets the whole time anew",
    ),
    Bug(
        "clock/deadlines",
        "now + max(rest, REST_AT_LEAST), now)",
        "now + rest, now)",
        "who withdraws a dispute has no time left",
    ),
    Bug(
        "dispute/review",
        "order = deadlines.start_deadline(order, DeadlineKind.DECIDE_BY, order.terms.decide_within, now)",
        "order = deadlines.end_deadlines(order, DeadlineKind.DECIDE_NO_LATER_THAN)",
        "a dispute is under review for ever",
    ),
    Bug(
        "dispute/review",
        "rest = decide_by.at - now if decide_by else None",
        "rest = order.terms.decide_within.length",
        "a question starts a review clock that has run out",
    ),
    Bug(
        "dispute/review",
        "now + dispute.review_rest, now)",
        "dispute.asked_at + dispute.review_rest, now)",
        "the review clock runs on while information is awaited",
    ),
    Bug(
        "dispute/review",
        "order = deadlines.start_deadline(order, DeadlineKind.INFORM_BY",
        "order = deadlines.start_deadline(deadlines.stage_left(order), DeadlineKind.INFORM_BY",
        "an answer that is awaited lifts the last limit of the review",
    ),
    Bug("dispute/review", "order = with_dispute(order, escalated=True)", "pass", "an overdue dispute is not flagged"),
    Bug(
        "dispute/evidence",
        "    if dispute_of(order).decision:",
        "    if False:",
        "evidence is added after the decision",
    ),
    Bug(
        "dispute/evidence",
        "if before + len(given) > MAX_EVIDENCE:",
        "if len(given) > MAX_EVIDENCE:",
        "evidence without end, twenty by twenty",
    ),
    Bug("dispute/evidence", " and item.on_appeal is on_appeal", "", "an appeal has no evidence of its own left"),
    Bug(
        "dispute/evidence",
        "if all(digest_of_evidence(item) in known for item in given):",
        "if False:",
        "an appeal brings nothing new",
    ),
    Bug(
        "dispute/decisions",
        "if may_be_appealed and not order.terms.appeal_within.empty and not _is_parcel_still_awaited(order, decision):",
        "if may_be_appealed and not order.terms.appeal_within.empty:",
        "who waits for a parcel has to appeal",
    ),
    Bug(
        "dispute/decisions",
        "if may_be_appealed and not order.terms.appeal_within.empty and not _is_parcel_still_awaited(order, decision):",
        "if not order.terms.appeal_within.empty and not _is_parcel_still_awaited(order, decision):",
        "a full refund waits for an appeal",
    ),
    Bug(
        "dispute/decisions",
        "if may_be_appealed and not order.terms.appeal_within.empty and",
        "if may_be_appealed and",
        "terms without an appeal have one",
    ),
    Bug(
        "dispute/decisions",
        "    if dispute_of(order).decision:\n        return appeal.appeal_decided(order, decision, "
        "now, told_)\n    may",
        "    may",
        "an appeal is appealed",
    ),
    Bug(
        "dispute/decisions",
        "order = replace(order, agreed_parcel=parcel_of(order).number)",
        "pass",
        "an agreement is disputed again",
    ),
    Bug(
        "dispute/decisions",
        "voucher = resolution is Resolution.VOUCHER",
        "voucher = False",
        "a voucher freezes the order",
    ),
    Bug(
        "dispute/decisions",
        'if order.terms.on_undecided == "as_requested":',
        'if order.terms.on_undecided != "as_requested":',
        "the terms for what nobody decides are turned around",
    ),
    Bug(
        "dispute/decisions",
        "return decision.outcome is Resolution.NO_REFUND and not_there",
        "return not_there",
        "who should be refunded waits for the parcel",
    ),
    Bug(
        "dispute/resolutions",
        "return resolution is not Resolution.RETURN_AND_REFUND or where is Stage.DELIVERED",
        "return True",
        "goods that never came are to be sent back",
    ),
    Bug(
        "dispute/resolutions",
        "amount is not None and amount >= held:",
        "amount is not None and amount > held:",
        "a partial refund of everything",
    ),
    Bug(
        "dispute/appeal", "if dispute.phase is not Phase.DECIDED:", "if False:", "an appeal before there is a decision"
    ),
    Bug(
        "dispute/appeal", "    evidence.check_new_evidence(order, event.evidence)\n", "", "an appeal brings nothing new"
    ),
    Bug(
        "dispute/appeal",
        "order = with_dispute(order, appealed_at=now, escalated=False, silent=None)",
        "order = with_dispute(order, escalated=False, silent=None)",
        "nobody knows that there was an appeal",
        "second half",
    ),
    Bug(
        "dispute/appeal",
        "order = deadlines.start_deadline(order, DeadlineKind.DECIDE_NO_LATER_THAN, "
        "order.terms.decide_no_later_than, now)\n",
        "pass\n",
        "an appeal is never decided",
    ),
    Bug(
        "dispute/appeal",
        "if decision.amount:\n        order = refunds",
        "if False:\n        order = refunds",
        "what was decided is paid only after the appeal",
    ),
    Bug(
        "dispute/appeal",
        "    order = deadlines.stage_left(replace(order, fault=decision.fault))\n",
        "",
        "a decided dispute is decided again by the clock",
    ),
    Bug(
        "arrivals/endings",
        "or order.reason is CancellationReason.INTERCEPTED:",
        "or False:",
        "an intercepted order is called refunded",
    ),
    Bug(
        "arrivals/endings",
        "return Stage.PARTIALLY_REFUNDED if back else Stage.COMPLETED",
        "return Stage.COMPLETED",
        "an order that gave money back is called completed",
    ),
    Bug(
        "money/refunds",
        "return refund_part(order, order.ledger.held, at) if order.ledger.held else order",
        "return refund_part(order, order.total, at)",
        "a full refund after a partial one gives back too much",
    ),
    Bug(
        "step",
        "(order.stage, order.phase) != (before.stage, before.phase) and",
        "order.stage is not before.stage and",
        "a deadline of a phase long left explains every refusal",
        "second half",
    ),
    Bug(
        "senders",
        "    if asked and event.by.role is not asked:",
        "    if False:",
        "the side that was not asked answers",
    ),
    Bug(
        "telling/view",
        "return order.dispute.asked or _PHASE_TURN[order.phase]",
        "return _PHASE_TURN.get(order.phase, NOBODY)",
        "whose turn is it to inform?",
    ),
)
