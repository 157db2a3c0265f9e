"""The invariants of the second half: parcels, offers, disputes, goods; and that the clock alone ends every order.

Those of payment, cancellation and money live in `invariants.py`.
"""

from datetime import datetime
from typing import Final

from workflows.messages.base import Message
from workflows.messages.disputes import Appeal, OpenDispute
from workflows.messages.offers import AcceptOffer
from workflows.messages.parcels import CarrierFact
from workflows.messages.values import CancellationReason, DeadlineKind, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Phase, Resolution
from workflows.process.clock.deadlines import OF_MONEY, OF_THE_PARCEL, REST_AT_LEAST, running_deadline
from workflows.process.money.ledger import paid_by, taken_elsewhere
from workflows.process.state.order import Order
from workflows.process.step import Event, settle_deadlines
from workflows.process.story.carrier import FOLLOWING
from workflows.process.story.offers import NEGOTIABLE


class Broken(AssertionError):
    """A rule does not hold."""


def require(holds: object, rule: str) -> None:
    """Fails with the rule's sentence."""
    if not holds:
        raise Broken(rule)


K: Final = DeadlineKind
WAITS: Final[dict[Stage | Phase, tuple[frozenset[DeadlineKind], ...]]] = {
    Stage.PENDING_PAYMENT: (frozenset({K.PAY_BY}),),
    Stage.AWAITING_SHIPMENT: (frozenset({K.SHIP_BY}), frozenset({K.SHIP_NO_LATER_THAN})),
    Stage.CANCELLATION_PENDING: (
        frozenset({K.SHIP_BY, K.RESPOND_BY}),
        frozenset({K.SHIP_BY, K.DECIDE_BY}),
    ),
    Stage.SHIPPED: (frozenset({K.DELIVER_BY}), frozenset({K.PROTECTED_UNTIL})),
    Stage.RETURNING_TO_SELLER: (frozenset({K.RETURN_BY}),),
    Stage.RETURNED_TO_SELLER: (frozenset({K.INSPECT_BY}), frozenset({K.PROTECTED_UNTIL})),
    Stage.LOST_IN_RETURN: (frozenset({K.PROTECTED_UNTIL}),),
    Stage.DELIVERED: (frozenset({K.PROTECTED_UNTIL}),),
    Stage.RETURNING_GOODS: (frozenset({K.RETURN_SHIP_BY}), frozenset({K.RETURN_BY}), frozenset({K.INSPECT_BY})),
    Stage.EXCHANGING: (frozenset({K.SHIP_BY}),),
    Phase.OPEN: (frozenset({K.ANSWER_BY, K.DECIDE_NO_LATER_THAN}),),
    Phase.UNDER_REVIEW: (frozenset({K.DECIDE_BY, K.DECIDE_NO_LATER_THAN}), frozenset({K.DECIDE_NO_LATER_THAN})),
    Phase.INFORMATION_REQUESTED: (frozenset({K.INFORM_BY, K.DECIDE_NO_LATER_THAN}),),
    Phase.DECIDED: (frozenset({K.APPEAL_BY}),),
}
"""Which deadlines of the story run in each stage and phase: these, no more and no less."""
GOES: Final = {
    (Stage.SHIPPED, "parcel_delivered"): Stage.DELIVERED,
    (Stage.SHIPPED, "delivery_refused"): Stage.RETURNING_TO_SELLER,
    (Stage.SHIPPED, "delivery_failed"): Stage.RETURNING_TO_SELLER,
    (Stage.SHIPPED, "parcel_returned"): Stage.RETURNED_TO_SELLER,
    (Stage.SHIPPED, "parcel_lost"): Stage.SHIPPED,
    (Stage.RETURNING_TO_SELLER, "parcel_returned"): Stage.RETURNED_TO_SELLER,
    (Stage.RETURNING_TO_SELLER, "parcel_delivered"): Stage.DELIVERED,
    (Stage.RETURNING_TO_SELLER, "parcel_lost"): Stage.LOST_IN_RETURN,
    (Stage.LOST_IN_RETURN, "parcel_returned"): Stage.RETURNED_TO_SELLER,
}
"""Where R12 says that the stage is and what the carrier reports, and where the order is then; else where it was."""
MOST_DEADLINES: Final = 12
"""More than any order meets when nobody does anything."""


def of_state(order: Order) -> None:
    """What holds in every state."""
    if not order.stage.closed:
        running_now = frozenset(d.kind for d in order.deadlines if d.kind not in OF_MONEY)
        require(running_now in WAITS[order.phase or order.stage], f"R3: {order.stage} waits for {set(running_now)}")
        require(not order.releases, "R29: nothing is released before the order closes")
    back = sum(paid_by(refund) + refund.owed for refund in order.refunds if refund.cause == "order")
    paid = sum(payment.brought for payment in order.payments if payment.role == "order")
    back += sum(taken_elsewhere(order, payment.payment_id) for payment in order.payments if payment.role == "order")
    require(back <= paid + order.ledger.shortfall, "R20: an order gives back no more than it was paid")
    _parcel(order)
    _offers(order)
    _dispute(order)


def _parcel(order: Order) -> None:
    parcel = order.parcel
    if order.stage in FOLLOWING:
        require(parcel and parcel.where is order.stage, "R12: the order is where its parcel is")
    if order.interception and order.interception.outcome in ("open", "trying"):
        require(order.stage is Stage.SHIPPED, "R13: any other way out of shipped ends an interception")
    if running_deadline(order, DeadlineKind.INSPECT_BY) and parcel and order.stage is Stage.RETURNED_TO_SELLER:
        require(parcel.inspection is None, "R12: a parcel is inspected once")
    if order.stage is Stage.RETURNING_GOODS:
        goods = order.goods
        require(goods and not goods.inspection, "R18: goods that were received are no longer on their way")
        sent = goods is not None and goods.tracking is not None
        require(
            sent or not running_deadline(order, DeadlineKind.RETURN_BY),
            "R18: the carrier's time starts when they are sent",
        )


def _offers(order: Order) -> None:
    still = [offer for offer in order.offers if offer.state == "open"]
    require(len({offer.by for offer in still}) == len(still), "R17: one open offer per side")
    require(not still or order.stage in NEGOTIABLE, f"R17: no offer is open while {order.stage}")
    require(not still or order.phase is not Phase.DECIDED, "R17: no offer is open once it is decided")
    for offer in still:
        fits = offer.resolution is not Resolution.PARTIAL_REFUND or 0 < (offer.amount or 0) < order.ledger.held
        require(fits, "R17: an amount that no longer fits lapses")


def _dispute(order: Order) -> None:
    dispute = order.dispute
    if order.stage is not Stage.DISPUTED:
        require(dispute is None or dispute.phase is Phase.ENDED, "a dispute is over when the order has left it")
        return
    require(dispute and dispute.phase is not Phase.ENDED, "R14: in dispute means that one is open")
    if dispute is None:
        return
    require(not any(running_deadline(order, kind) for kind in OF_THE_PARCEL), "R30: the parcel's deadlines stand still")
    require((dispute.phase is Phase.INFORMATION_REQUESTED) == (dispute.asked is not None), "R16: asked means asked")
    require(dispute.asked_at is not None or dispute.review_rest is None, "R16: the review clock stands still meanwhile")
    if dispute.phase is Phase.DECIDED:
        require(dispute.decision and not dispute.appealed_at, "R29: decided, and not appealed")
    require(dispute.phase is not Phase.OPEN or not dispute.decision, "R29: an open dispute is not decided")
    require(dispute.appealed_at is None or dispute.decision, "R29: only a decision is appealed")
    if dispute.phase is Phase.UNDER_REVIEW:
        in_time = running_deadline(order, DeadlineKind.DECIDE_BY)
        require(in_time or dispute.escalated, "R16: the platform's time runs, or is over")
    if dispute.phase is Phase.OPEN:
        require(dispute.opened_by is Role.BUYER, "R14: only a buyer's dispute waits for an answer")


def of_step(before: Order, event: Event | None, after: Order, now: datetime) -> None:
    """What holds between a state and the next one."""
    if (before.stage, before.phase) != (after.stage, after.phase):
        left = any(offer.state == "open" for offer in after.offers)
        require(not left, "R17: every change of stage or phase lapses the offers")
        prompt = isinstance(event, Message) and all(deadline.at > now for deadline in before.deadlines)
        prompt &= not before.kept  # a loss that was kept ends what the very message begins
        require(not (prompt and after.passed), "R2: a deadline explains refusals until a message leads on")
    if isinstance(event, CarrierFact):
        require(after.ledger == before.ledger, "R12: no carrier's fact moves money")
        _reported(before, event, after)
        if before.stage is Stage.DISPUTED:
            same = (after.stage, after.phase, after.deadlines) == (before.stage, before.phase, before.deadlines)
            require(same, "R12: in a dispute facts are shown, and end nothing")
    if after.stage is Stage.DISPUTED and before.stage is Stage.DISPUTED:
        _in_dispute(before, event, after)
    if before.stage is Stage.DISPUTED and after.stage in FOLLOWING:
        _runs_again(before, after, now)
    if after.stage is Stage.DISPUTED and before.stage is not Stage.DISPUTED:
        _opened(before, event, after, now)
    if before.stage is Stage.EXCHANGING and after.stage is Stage.SHIPPED:
        require(after.parcel and before.parcel, "R19: a replacement is a parcel")
        numbers = (before.parcel.number, after.parcel.number) if before.parcel and after.parcel else ()
        require(numbers == (1, 2), "R19: there is one exchange")
    if after.stage.closed and not before.stage.closed:
        _closing(before, event, after)


def _reported(before: Order, event: CarrierFact, after: Order) -> None:
    parcel = before.parcel
    if parcel is None or before.stage not in FOLLOWING:
        return
    known = event.tracking != parcel.tracking or event.name in parcel.facts
    goes = before.stage if known else GOES.get((before.stage, event.name), before.stage)
    if goes is Stage.DELIVERED and before.stage is not goes and before.return_agreed:
        goes = Stage.RETURNING_GOODS
    require(after.stage is goes, f"R12: {event.name} leads from {before.stage} to {goes}")
    if (before.stage, event.name) == (Stage.SHIPPED, "parcel_lost") and not known:
        require(running_deadline(after, DeadlineKind.PROTECTED_UNTIL), "R12: lost, deliver_by is now")
    if before.stage is Stage.SHIPPED and not known and before.interception and after.interception:
        worked = after.interception.outcome == "succeeded"
        asked = before.interception.outcome in ("open", "trying")
        require(worked == (asked and event.name == "parcel_returned"), "R13: only parcel_returned is a success")


def _in_dispute(before: Order, event: Event | None, after: Order) -> None:
    was, is_ = before.dispute, after.dispute
    if was is None or is_ is None:
        return
    if is_.phase is Phase.DECIDED and was.phase is not Phase.DECIDED:
        outcomes = (Resolution.PARTIAL_REFUND, Resolution.NO_REFUND)
        decision = is_.decision
        require(decision and decision.by == "platform" and decision.outcome in outcomes, "R29: who decides, and what")
        require(was.decision is None, "R29: decided exists only after the first decision")
        require(not order_waits_for_its_parcel(before, is_.reason, decision), "R30: no refund leads back to the parcel")
    if isinstance(event, Appeal):
        require(is_.appealed_at, "R29: an appeal is remembered")
    if was.appealed_at is None and is_.appealed_at is not None:
        require(isinstance(event, Appeal) and was.phase is Phase.DECIDED, "R29: an appeal follows a decision")
    require(is_.appealed_at or not was.appealed_at, "R29: one appeal per dispute")
    require(is_.decision is None or was.decision is None or is_.decision == was.decision, "R29: what is decided stands")
    moved = after.ledger != before.ledger
    may_move = is_.phase is Phase.DECIDED or _of_money(event)
    require(may_move or not moved, "R29: only a decision moves money in a dispute")


def order_waits_for_its_parcel(order: Order, reason: DisputeReason, decision: object) -> bool:
    """Whether no refund on `not_received` leads back to where the parcel is (R30)."""
    outcome = getattr(decision, "outcome", None)
    not_there = order.parcel is not None and order.parcel.where is not Stage.DELIVERED
    return outcome is Resolution.NO_REFUND and reason is DisputeReason.NOT_RECEIVED and not_there


def _of_money(event: Event | None) -> bool:
    name = getattr(event, "name", "attempt_answered" if event is not None else "")
    return name.startswith(("refund_", "release_", "retry_", "settle_", "payment_", "attempt_", "chargeback_"))


def _runs_again(before: Order, after: Order, now: datetime) -> None:
    dispute, runs = before.dispute, [d for d in after.deadlines if d.kind not in OF_MONEY]
    require(dispute and len(runs) == 1, "R30: after a dispute that changed nothing one deadline of the parcel runs")
    for still in dispute.stood_still if dispute else ():
        if runs[0].kind is still.kind and after.stage is still.stage:
            rest = max(still.rest, REST_AT_LEAST)
            require(runs[0].at == now + rest, "R30: what stood still has its rest, at least 72 hours")
    require(after.ledger == before.ledger, "R30: going back to the parcel moves no money")
    if dispute and after.parcel and after.stage is Stage.SHIPPED:
        protected = {still.kind for still in dispute.stood_still} & {DeadlineKind.PROTECTED_UNTIL}
        awaited = not protected and "parcel_lost" not in after.parcel.facts
        kind = DeadlineKind.DELIVER_BY if awaited else DeadlineKind.PROTECTED_UNTIL
        require(runs[0].kind is kind, "R30: a parcel that was lost or is late is not awaited again")


def _opened(before: Order, event: Event | None, after: Order, now: datetime) -> None:
    dispute = after.dispute
    if dispute is None:
        return
    by_somebody = isinstance(event, OpenDispute)
    require(by_somebody == (dispute.opened_by is not Role.SYSTEM), "R14: the system opens only by itself")
    stopped = {d.kind for d in before.deadlines if d.kind in OF_THE_PARCEL and d.at > now}
    if by_somebody:
        require({still.kind for still in dispute.stood_still} == stopped, "R30: the parcel's deadlines were stopped")
        require(before.stage in FOLLOWING, f"R14: no dispute is opened while {before.stage}")
    elif dispute.opened_by is Role.SYSTEM:
        money_only = (dispute.reason, dispute.requested) == (
            DisputeReason.RETURNED_NOT_REFUNDED,
            Resolution.FULL_REFUND,
        )
        require(money_only and dispute.phase is Phase.UNDER_REVIEW, "R14: the system's starts under review")
    if by_somebody and dispute.opened_by is Role.BUYER:
        require(before.disputes_of_buyer < before.terms.disputes, "R14: the buyer's disputes are limited")
        number = before.parcel.number if before.parcel else 0
        require(before.agreed_parcel != number, "R14: none after one that ended by agreement")
        require(not running_deadline(before, DeadlineKind.DELIVER_BY), "R15: not before deliver_by has passed")
    else:
        require(after.disputes_of_buyer == before.disputes_of_buyer, "R14: only the buyer's disputes count")


def _closing(before: Order, event: Event | None, after: Order) -> None:
    if after.parcel and after.reason is CancellationReason.INTERCEPTED:
        require(before.stage is Stage.RETURNED_TO_SELLER, "R13: intercepted means back at the seller")
    if isinstance(event, CarrierFact):
        require(after.stage is before.stage, "R12: no carrier's fact closes an order")
    if isinstance(event, AcceptOffer):
        taken = [offer for offer in after.offers if offer.state == "accepted"]
        require(taken, "R17: what was accepted is written down")


def the_clock_alone_ends_every_order(order: Order) -> None:
    """R3: whatever has happened, when nobody does anything any more the order closes, and in bounded time."""
    for _ in range(MOST_DEADLINES):
        of_story = [d for d in order.deadlines if d.kind not in OF_MONEY]
        if not of_story:
            require(order.stage.closed, f"R3: nothing ends an order that is {order.stage}")
            return
        order, _ = settle_deadlines(order, of_story[0].at)
    raise Broken(f"R3: an order is still {order.stage} after {MOST_DEADLINES} deadlines")
