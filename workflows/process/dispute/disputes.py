"""Chapter 7, dispute: the buyer says what is wrong, and the two sides may settle it before the platform reviews.

The review lives in `review.py`, what a decision leads to in `decisions.py`.
"""

from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.disputes import (
    AddEvidence,
    Appeal,
    DecideDispute,
    OpenDispute,
    ProvideInformation,
    RequestInformation,
    RespondToDispute,
    WithdrawDispute,
)
from workflows.messages.evidence import EvidenceKind
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import ConfirmReceipt
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, in_a_row, say, say_many
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Phase, Resolution
from workflows.process import refusals
from workflows.process.arrivals import endings, whereabouts
from workflows.process.clock import deadlines
from workflows.process.dispute import appeal, decisions, evidence, resolutions, review
from workflows.process.state.changes import Change, DeadlinePassed, StoryEvent, Word
from workflows.process.state.dispute import Dispute
from workflows.process.state.order import Order, dispute_of, is_dispute_left, parcel_of, with_dispute

_SEEN: Final = (EvidenceKind.PHOTO, EvidenceKind.VIDEO)
DEMANDS: Final[dict[DisputeReason, tuple[tuple[EvidenceKind, ...], ...]]] = {
    DisputeReason.DAMAGED: (_SEEN,),
    DisputeReason.DEFECTIVE: (_SEEN,),
    DisputeReason.NOT_AS_DESCRIBED: ((EvidenceKind.PHOTO,), (EvidenceKind.SCREENSHOT,)),
    DisputeReason.WRONG_ITEM: ((EvidenceKind.PHOTO,),),
    DisputeReason.MISSING_PARTS: ((EvidenceKind.PHOTO,),),
    DisputeReason.COUNTERFEIT: ((EvidenceKind.PHOTO,),),
}
"""What a buyer has to show for a reason: of each group one. The description that every dispute has is not repeated."""
FROM: Final[dict[DisputeReason, tuple[Stage, ...]]] = {
    DisputeReason.NOT_RECEIVED: (Stage.SHIPPED, Stage.DELIVERED),
    DisputeReason.OTHER: (Stage.DELIVERED, Stage.RETURNED_TO_SELLER, Stage.LOST_IN_RETURN),
    DisputeReason.RETURNED_NOT_REFUNDED: (Stage.RETURNED_TO_SELLER, Stage.LOST_IN_RETURN),
}
"""Where a buyer may open a dispute for a reason; every other reason is about goods that were delivered."""


def while_disputed(order: Order, event: StoryEvent, now: datetime) -> Change:
    """In dispute: with the seller, with the platform, or decided and open to one appeal."""
    match event:
        case ConfirmReceipt() if may_end_with_receipt(order):
            return endings.receipt_confirmed(order, now)
        case WithdrawDispute():
            return dispute_withdrawn(order, now)
        case AddEvidence():
            return evidence.evidence_added(order, event)
        case RespondToDispute():
            return seller_responded(order, event, now)
        case RequestInformation():
            return review.information_requested(order, event, now)
        case ProvideInformation():
            return review.information_given(order, event, now)
        case DecideDispute():
            return decisions.dispute_decided(order, event, now)
        case Appeal():
            return appeal.decision_appealed(order, event, now)
        case OpenDispute():
            raise refusals.already_open(
                say("Dispute {dispute_id} is not over yet.", dispute_id=dispute_of(order).dispute_id)
            )
        case DeadlinePassed(deadline):
            return _deadline_of_dispute_passed(order, deadline.kind, now)
        case _:
            raise refusals.not_now(order, event)


def may_end_with_receipt(order: Order) -> bool:
    """Whether the buyer ends it by saying that the parcel is there (R15)."""
    dispute = dispute_of(order)
    return dispute.reason is DisputeReason.NOT_RECEIVED and not dispute.decision


def _deadline_of_dispute_passed(order: Order, kind: DeadlineKind, at: datetime) -> Change:
    match kind:
        case DeadlineKind.ANSWER_BY:
            return _seller_silent_in_dispute(order, at)
        case DeadlineKind.INFORM_BY:
            return review.asked_side_silent(order, at)
        case DeadlineKind.DECIDE_BY:
            return review.dispute_escalated(order)
        case DeadlineKind.APPEAL_BY:
            return appeal.not_appealed(order, at)
        case DeadlineKind.DECIDE_NO_LATER_THAN:
            return decisions.platform_never_decided(order, at)
        case _:
            raise AssertionError(f"{order.order_id}: {kind} passed in a dispute")


def _seller_silent_in_dispute(order: Order, at: datetime) -> Change:
    """The platform reviews the dispute without the seller's answer."""
    order = with_dispute(order, silent=Role.SELLER)
    change = review.review_begun(order, at, say("The seller did not answer in time: the platform reviews"))
    buyer = say(
        "The seller of order {order_id} did not answer. The platform reviews your dispute.", order_id=order.order_id
    )
    seller = say(
        "You did not answer the dispute about order {order_id} in time. The platform reviews it now; until it has "
        "decided you can still add evidence or make an offer.",
        order_id=order.order_id,
    )
    words = (
        Word(Role.BUYER, NoticeKind.DISPUTE_UNANSWERED, buyer, until=DeadlineKind.DECIDE_BY),
        Word(Role.SELLER, NoticeKind.DISPUTE_UNANSWERED, seller, until=DeadlineKind.DECIDE_BY),
    )
    return replace(change, words=(*change.words, *words))


def dispute_opened(order: Order, event: OpenDispute, now: datetime) -> Change:
    """The buyer, or the platform for the buyer, opens a dispute: the parcel's deadlines stand still (R30)."""
    by_buyer = event.by.role is Role.BUYER
    if by_buyer:
        # In another order than the contract's, a buyer brings photos, or asks for less, and is refused all the same.
        _check_may_open_dispute(order, event)
        evidence.check_demanded_evidence(DEMANDS.get(event.reason, ()), event)
    resolutions.check_amount_fits(order, event.requested_resolution, event.amount)
    if by_buyer and order.stage not in FROM.get(event.reason, (Stage.DELIVERED,)):
        possible = tuple(reason for reason in DisputeReason if order.stage in FROM.get(reason, (Stage.DELIVERED,)))
        raise refusals.reason_not_allowed(event.reason, possible)
    resolutions.check_resolution_possible(order, event.requested_resolution, "requested_resolution")
    dispute = _new_dispute(order, event.by.role, event.reason, event.requested_resolution, event.amount, now)
    dispute = replace(dispute, evidence=evidence.evidence_items(event.evidence, event.by.role))
    order = _begin_dispute(order, dispute, now)
    if not by_buyer:
        told = say("The platform opened a dispute for the buyer: {reason}", reason=event.reason)
        change = review.review_begun(order, now, told)
        text = say(
            "The platform opened a dispute about order {order_id} ({reason}), and will decide.",
            order_id=order.order_id,
            reason=event.reason,
        )
        return replace(change, words=(*change.words, *_words_to_buyer_and_seller(NoticeKind.DISPUTE_OPENED, text)))
    order = replace(order, disputes_of_buyer=order.disputes_of_buyer + 1)
    order = deadlines.start_deadline(order, DeadlineKind.ANSWER_BY, order.terms.answer_within, now)
    asks = resolutions.phrase(order, event.requested_resolution, event.amount)
    text = say(
        "The buyer of order {order_id} opened a dispute ({reason}) and asks for {asks}. Please answer.",
        order_id=order.order_id,
        reason=event.reason,
        asks=asks,
    )
    word = Word(Role.SELLER, NoticeKind.DISPUTE_OPENED, text, until=DeadlineKind.ANSWER_BY)
    told = say("The buyer opened a dispute: {reason}, asks for {asks}", reason=event.reason, asks=asks)
    return Change(order, told, (word,))


def dispute_opened_by_the_system(order: Order, now: datetime, told: Sentence) -> Change:
    """A return that did not end as agreed is the platform's to judge, without anybody's asking (R14)."""
    reason = DisputeReason.RETURNED_NOT_REFUNDED
    dispute = _new_dispute(order, Role.SYSTEM, reason, Resolution.FULL_REFUND, None, now)
    change = review.review_begun(_begin_dispute(order, dispute, now), now, told)
    will = say("The platform will decide about order {order_id}.", order_id=order.order_id)
    text = in_a_row(say("{told}.", told=told), will)
    return replace(change, words=(*change.words, *_words_to_buyer_and_seller(NoticeKind.DISPUTE_OPENED, text)))


def _words_to_buyer_and_seller(kind: NoticeKind, text: Sentence) -> tuple[Word, ...]:
    return tuple(Word(role, kind, text) for role in (Role.BUYER, Role.SELLER))


def seller_responded(order: Order, event: RespondToDispute, now: datetime) -> Change:
    """The seller agrees to what is requested, which decides it, or contests, which begins the review."""
    dispute = dispute_of(order)
    if dispute.phase is not Phase.OPEN:
        raise Refused(
            Code.NOT_ALLOWED_NOW, say("The seller has answered, or can no longer: the platform has the dispute.")
        )
    order = evidence.keep_evidence(order, event.evidence, Role.SELLER)
    if event.accept:
        resolutions.check_resolution_possible(order, dispute.requested, "accept")
        resolutions.check_amount_fits(order, dispute.requested, dispute.amount)
        told = say("The seller agrees to {asks}", asks=resolutions.phrase(order, dispute.requested, dispute.amount))
        return decisions.dispute_agreed(order, dispute.requested, dispute.amount, now, told)
    order = with_dispute(order, contested=True)
    change = review.review_begun(order, now, say("The seller contests the dispute: the platform reviews"))
    text = say(
        "The seller of order {order_id} does not agree. The platform reviews your dispute.", order_id=order.order_id
    )
    word = Word(Role.BUYER, NoticeKind.DISPUTE_CONTESTED, text, until=DeadlineKind.DECIDE_BY)
    return replace(change, words=(*change.words, word))


def dispute_withdrawn(order: Order, now: datetime) -> Change:
    """The buyer takes it back: the order is where its parcel has led it meanwhile (R30)."""
    dispute = dispute_of(order)
    if dispute.opened_by is not Role.BUYER or dispute.decision:
        raise Refused(Code.NOT_ALLOWED_NOW, _why_not_withdrawn(dispute))
    told = say("The buyer withdrew the dispute")
    change = whereabouts.parcel_followed(order, dispute.stood_still, now, told)
    # Where the parcel is as before, both were told when it came there; and told again, it seems to have come twice.
    stage = change.order.stage
    known = stage is Stage.DELIVERED or any(stood.stage is stage for stood in dispute.stood_still)
    words = () if known else change.words
    return replace(change, words=(*words, *_words_of_withdrawing(change.order)))


def _why_not_withdrawn(dispute: Dispute) -> Sentence:
    dispute_id = dispute.dispute_id
    if dispute.decision:
        return say("Dispute {dispute_id} cannot be withdrawn: it was decided.", dispute_id=dispute_id)
    if dispute.opened_by is Role.PLATFORM:
        return say("Dispute {dispute_id} cannot be withdrawn: the platform opened it.", dispute_id=dispute_id)
    return say(
        "Dispute {dispute_id} cannot be withdrawn: it began by itself, when the return did not end as agreed.",
        dispute_id=dispute_id,
    )


def _words_of_withdrawing(order: Order) -> tuple[Word, ...]:
    """That it is over, and by when what goes on now is due."""
    buyer = say("You withdrew the dispute about order {order_id}, and it goes on.", order_id=order.order_id)
    if deadlines.running_deadline(order, DeadlineKind.PROTECTED_UNTIL) and is_dispute_left(order):
        buyer = in_a_row(buyer, say("Say so in time if something is wrong after all."))
    inspecting = deadlines.running_deadline(order, DeadlineKind.INSPECT_BY) is not None
    seller = say("The buyer of order {order_id} withdrew the dispute.", order_id=order.order_id)
    if inspecting:
        seller = in_a_row(seller, say("Please inspect the parcel that is back with you."))
    until = DeadlineKind.INSPECT_BY if inspecting else DeadlineKind.PROTECTED_UNTIL
    return (
        Word(Role.BUYER, NoticeKind.DISPUTE_WITHDRAWN, buyer, until=DeadlineKind.PROTECTED_UNTIL),
        Word(Role.SELLER, NoticeKind.DISPUTE_WITHDRAWN, seller, until=until),
    )


def end_dispute_if_left(order: Order) -> Order:
    """`order` with its dispute ended, wherever it has gone from there."""
    if order.dispute is None or order.stage is Stage.DISPUTED or order.dispute.phase is Phase.ENDED:
        return order
    return with_dispute(order, phase=Phase.ENDED, asked=None)


def _check_may_open_dispute(order: Order, event: OpenDispute) -> None:
    """Refuses a buyer who comes too often, has agreed already (R14), or is too early (R15)."""
    if order.disputes_of_buyer >= order.terms.disputes:
        raise refusals.limit_reached(_no_dispute_left(order.terms.disputes))
    # Asked after the time, a buyer who has agreed would be told that it is too early, and wait for nothing (R14).
    if order.agreed_parcel == parcel_of(order).number:
        raise refusals.limit_reached(say("A dispute about this parcel has ended by agreement, and that stands."))
    if order.stage is Stage.RETURNING_TO_SELLER or deadlines.running_deadline(order, DeadlineKind.DELIVER_BY):
        raise refusals.not_now(order, event)


def _no_dispute_left(allowed: int) -> Sentence:
    if not allowed:
        return say("This order allows no disputes.")
    return say_many(
        "This order allows one dispute, and it is used up.",
        "This order allows {count} disputes, and they are used up.",
        count=allowed,
    )


def _new_dispute(
    order: Order, by: Role, reason: DisputeReason, requested: Resolution, amount: int | None, now: datetime
) -> Dispute:
    number = order.disputes + 1
    return Dispute(f"{order.order_id}-dispute-{number}", number, by, reason, requested, amount, now)


def _begin_dispute(order: Order, dispute: Dispute, now: datetime) -> Order:
    order, still = deadlines.stop_deadlines(order, now)
    dispute = replace(dispute, stood_still=still)
    order = replace(order, stage=Stage.DISPUTED, dispute=dispute, disputes=dispute.number)
    return deadlines.start_deadline(order, DeadlineKind.DECIDE_NO_LATER_THAN, order.terms.decide_no_later_than, now)
