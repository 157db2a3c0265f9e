"""Chapter 7, review: the platform may ask one side, and its clock stands still while it waits; then it decides."""

from datetime import datetime

from workflows.messages.disputes import ProvideInformation, RequestInformation
from workflows.messages.notices import NoticeKind
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import DeadlineKind, Role
from workflows.messages.vocabulary import Phase
from workflows.process import refusals
from workflows.process.clock import deadlines
from workflows.process.dispute import evidence
from workflows.process.state.changes import Change, Word
from workflows.process.state.order import Order, dispute_of, with_dispute


def review_begun(order: Order, now: datetime, told: str) -> Change:
    """Under review until `decide_by`; at `decide_no_later_than`, which never pauses, it is decided by default."""
    order = deadlines.stage_left(order, DeadlineKind.DECIDE_NO_LATER_THAN)
    order = with_dispute(order, phase=Phase.UNDER_REVIEW, review_rest=None)
    order = deadlines.start_deadline(order, DeadlineKind.DECIDE_BY, order.terms.decide_within, now)
    text = f"Dispute {dispute_of(order).dispute_id} waits for your decision."
    return Change(order, told, (Word(Role.PLATFORM, NoticeKind.DISPUTE_TO_DECIDE, text, until=DeadlineKind.DECIDE_BY),))


def information_requested(order: Order, event: RequestInformation, now: datetime) -> Change:
    """One side is asked; the rest of the review clock is kept until it answers, or its time is over."""
    check_under_review(order)
    # Read once the phase is left, decide_by is gone, and after the answer no clock of the review goes on (R16).
    decide_by = deadlines.running_deadline(order, DeadlineKind.DECIDE_BY)
    rest = decide_by.at - now if decide_by else None
    order = with_dispute(order, phase=Phase.INFORMATION_REQUESTED, asked=event.party, asked_at=now, review_rest=rest)
    order = deadlines.stage_left(order, DeadlineKind.DECIDE_NO_LATER_THAN)
    order = deadlines.start_deadline(order, DeadlineKind.INFORM_BY, order.terms.inform_within, now, party=event.party)
    text = f"The platform asks you something about order {order.order_id}. Please answer in time."
    word = Word(event.party, NoticeKind.INFORMATION_REQUESTED, text, until=DeadlineKind.INFORM_BY)
    return Change(order, f"The platform asks the {event.party} for information", (word,))


def information_given(order: Order, event: ProvideInformation, now: datetime) -> Change:
    """The asked side answers: the review goes on with the rest of its clock."""
    if dispute_of(order).phase is not Phase.INFORMATION_REQUESTED:
        raise refusals.nothing_open("Nobody is asked for information")
    order = evidence.keep_evidence(order, event.evidence, event.by.role)
    if dispute_of(order).silent is event.by.role:
        order = with_dispute(order, silent=None)
    word = Word(
        Role.PLATFORM, NoticeKind.INFORMATION_GIVEN, f"The {event.by.role} answered about order {order.order_id}."
    )
    return Change(_review_goes_on(order, now), f"The {event.by.role} answered the platform", (word,))


def asked_side_silent(order: Order, at: datetime) -> Change:
    """The asked side stayed silent: the review goes on without it (R16)."""
    # Once the review goes on nobody is asked: read after that, an undecided dispute ends with the wrong reason code.
    silent = dispute_of(order).asked
    order = _review_goes_on(with_dispute(order, silent=silent), at)
    text = f"The {silent} did not answer about order {order.order_id}: decide with what there is."
    words = (Word(Role.PLATFORM, NoticeKind.INFORMATION_OVERDUE, text), *_word_to_silent_side(order, silent))
    return Change(order, f"The {silent} did not answer in time: the review goes on", words)


def _word_to_silent_side(order: Order, silent: Role | None) -> tuple[Word, ...]:
    """That nobody waits for its answer any more, and what it can still do: once there is a decision, nothing."""
    assert silent, f"{order.order_id}: nobody was asked, and nobody stayed silent"
    text = f"You did not answer the platform about order {order.order_id} in time: it decides with what there is."
    if not dispute_of(order).decision:
        text += " Until then you can still add evidence."
    return (Word(silent, NoticeKind.INFORMATION_OVERDUE, text),)


def dispute_escalated(order: Order) -> Change:
    """The platform stayed silent: it is told again, and the dispute is flagged (R16)."""
    text = f"Dispute {dispute_of(order).dispute_id} is overdue: please decide."
    order = with_dispute(order, escalated=True)
    return Change(order, "Not decided in time: escalated", (Word(Role.PLATFORM, NoticeKind.DISPUTE_ESCALATED, text),))


def check_under_review(order: Order) -> None:
    """Refuses what only a review has use for."""
    match dispute_of(order).phase:
        case Phase.UNDER_REVIEW:
            return
        case Phase.INFORMATION_REQUESTED:
            raise refusals.already_open(f"The {dispute_of(order).asked} is still asked for information")
        case Phase.DECIDED:
            raise refusals.nothing_open("The dispute is decided")
        case _:
            raise Refused(Code.NOT_ALLOWED_NOW, "The dispute is still with the seller; the review begins after that.")


def _review_goes_on(order: Order, now: datetime) -> Order:
    """Under review again; a `decide_by` that had passed before does not start again (R16)."""
    dispute = dispute_of(order)
    assert dispute.asked_at, f"{order.order_id}: the review clock stands still since nobody knows when"
    order = deadlines.stage_left(order, DeadlineKind.DECIDE_NO_LATER_THAN)
    if dispute.review_rest is not None:
        order = deadlines.set_deadline(order, DeadlineKind.DECIDE_BY, now + dispute.review_rest, now)
    paused = dispute.paused + (now - dispute.asked_at)
    return with_dispute(order, phase=Phase.UNDER_REVIEW, asked=None, asked_at=None, review_rest=None, paused=paused)
