"""Chapter 7, review: the platform may ask one side, and its clock stands still while it waits; then it decides."""

from datetime import datetime

from workflows.messages.disputes import ProvideInformation, RequestInformation
from workflows.messages.notices import NoticeKind
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, in_a_row, say
from workflows.messages.values import DeadlineKind, Role
from workflows.messages.vocabulary import Phase
from workflows.process import refusals
from workflows.process.clock import deadlines
from workflows.process.dispute import evidence
from workflows.process.state.changes import Change, Word
from workflows.process.state.order import Order, dispute_of, with_dispute


def review_begun(order: Order, now: datetime, told: Sentence) -> Change:
    """Under review until `decide_by`; at `decide_no_later_than`, which never pauses, it is decided by default."""
    order = deadlines.stage_left(order, DeadlineKind.DECIDE_NO_LATER_THAN)
    order = with_dispute(order, phase=Phase.UNDER_REVIEW, review_rest=None)
    order = deadlines.start_deadline(order, DeadlineKind.DECIDE_BY, order.terms.decide_within, now)
    text = say("Dispute {dispute_id} waits for your decision.", dispute_id=dispute_of(order).dispute_id)
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
    text = say(
        "The platform asks you something about order {order_id}. Please answer in time.", order_id=order.order_id
    )
    word = Word(event.party, NoticeKind.INFORMATION_REQUESTED, text, until=DeadlineKind.INFORM_BY)
    return Change(order, say("The platform asks the {role} for information", role=event.party), (word,))


def information_given(order: Order, event: ProvideInformation, now: datetime) -> Change:
    """The asked side answers: the review goes on with the rest of its clock."""
    if dispute_of(order).phase is not Phase.INFORMATION_REQUESTED:
        raise refusals.nothing_open(say("Nobody is asked for information."))
    order = evidence.keep_evidence(order, event.evidence, event.by.role)
    if dispute_of(order).silent is event.by.role:
        order = with_dispute(order, silent=None)
    text = say("The {role} answered about order {order_id}.", role=event.by.role, order_id=order.order_id)
    word = Word(Role.PLATFORM, NoticeKind.INFORMATION_GIVEN, text, until=DeadlineKind.DECIDE_BY)
    return Change(_review_goes_on(order, now), say("The {role} answered the platform", role=event.by.role), (word,))


def asked_side_silent(order: Order, at: datetime) -> Change:
    """The asked side stayed silent: the review goes on without it (R16)."""
    # Once the review goes on nobody is asked: read after that, an undecided dispute ends with the wrong reason code.
    silent = dispute_of(order).asked
    assert silent, f"{order.order_id}: nobody was asked, and nobody stayed silent"
    order = _review_goes_on(with_dispute(order, silent=silent), at)
    text = say(
        "The {role} did not answer about order {order_id}: decide with what there is.",
        role=silent,
        order_id=order.order_id,
    )
    words = (Word(Role.PLATFORM, NoticeKind.INFORMATION_OVERDUE, text), _word_to_silent_side(order, silent))
    return Change(order, say("The {role} did not answer in time: the review goes on", role=silent), words)


def _word_to_silent_side(order: Order, silent: Role) -> Word:
    """That nobody waits for its answer any more, and what it can still do: once there is a decision, nothing."""
    text = say(
        "You did not answer the platform about order {order_id} in time: it decides with what there is.",
        order_id=order.order_id,
    )
    if not dispute_of(order).decision:
        text = in_a_row(text, say("Until then you can still add evidence."))
    return Word(silent, NoticeKind.INFORMATION_OVERDUE, text)


def dispute_escalated(order: Order) -> Change:
    """The platform stayed silent: it is told again, and the dispute is flagged (R16)."""
    text = say("Dispute {dispute_id} is overdue: please decide.", dispute_id=dispute_of(order).dispute_id)
    order = with_dispute(order, escalated=True)
    word = Word(Role.PLATFORM, NoticeKind.DISPUTE_ESCALATED, text)
    return Change(order, say("The platform has not decided in time, and is told again"), (word,))


def check_under_review(order: Order) -> None:
    """Refuses what only a review has use for."""
    match dispute_of(order).phase:
        case Phase.UNDER_REVIEW:
            return
        case Phase.INFORMATION_REQUESTED:
            asked = dispute_of(order).asked
            assert asked, f"{order.order_id}: information is asked for, and nobody is asked"
            raise refusals.already_open(say("The {role} is still asked for information.", role=asked))
        case Phase.DECIDED:
            raise refusals.nothing_open(say("The dispute is decided."))
        case _:
            raise Refused(
                Code.NOT_ALLOWED_NOW, say("The dispute is still with the seller; the review begins after that.")
            )


def _review_goes_on(order: Order, now: datetime) -> Order:
    """Under review again; a `decide_by` that had passed before does not start again (R16)."""
    dispute = dispute_of(order)
    assert dispute.asked_at, f"{order.order_id}: the review clock stands still since nobody knows when"
    order = deadlines.stage_left(order, DeadlineKind.DECIDE_NO_LATER_THAN)
    if dispute.review_rest is not None:
        order = deadlines.set_deadline(order, DeadlineKind.DECIDE_BY, now + dispute.review_rest, now)
    paused = dispute.paused + (now - dispute.asked_at)
    return with_dispute(order, phase=Phase.UNDER_REVIEW, asked=None, asked_at=None, review_rest=None, paused=paused)
