"""Evidence in a dispute: what a reason demands, how much each side may bring, and that a decision locks it.

The order keeps kind and hash of each item; files and words live elsewhere (R26).
"""

import hashlib
from collections.abc import Sequence

from workflows.messages.disputes import AddEvidence, OpenDispute
from workflows.messages.evidence import MAX_EVIDENCE, Evidence, EvidenceKind
from workflows.messages.notices import NoticeKind
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, say, say_many, several
from workflows.messages.values import Role
from workflows.process import refusals
from workflows.process.state.changes import Change, Word
from workflows.process.state.dispute import EvidenceItem
from workflows.process.state.order import Order, dispute_of, with_dispute


def evidence_added(order: Order, event: AddEvidence) -> Change:
    """More to look at; locked once there is a decision."""
    if dispute_of(order).decision:
        raise Refused(Code.NOT_ALLOWED_NOW, say("The dispute is decided, and its evidence is locked."))
    order = keep_evidence(order, event.evidence, event.by.role)
    told = say_many(
        "One item of evidence from the {role}",
        "{count} items of evidence from the {role}",
        count=len(event.evidence),
        role=event.by.role,
    )
    text = say("{told} about order {order_id}.", told=told, order_id=order.order_id)
    other = Role.SELLER if event.by.role is Role.BUYER else Role.BUYER
    return Change(order, told, (Word(other, NoticeKind.EVIDENCE_ADDED, text),))


def keep_evidence(order: Order, given: Sequence[Evidence], by: Role) -> Order:
    """`order` with these items kept, at most `MAX_EVIDENCE` of each side in one round."""
    dispute = dispute_of(order)
    on_appeal = dispute.appealed_at is not None
    before = sum(item.by is by and item.on_appeal is on_appeal for item in dispute.evidence)
    if before + len(given) > MAX_EVIDENCE:
        raise refusals.limit_reached(_too_much_evidence(left=MAX_EVIDENCE - before))
    items = evidence_items(given, by, on_appeal=on_appeal)
    return with_dispute(order, evidence=(*dispute.evidence, *items)) if given else order


def _too_much_evidence(left: int) -> Sentence:
    if left <= 0:
        return say("Each side brings at most {most} items of evidence, and yours are used up.", most=MAX_EVIDENCE)
    return say_many(
        "Each side brings at most {most} items of evidence; you can bring one more.",
        "Each side brings at most {most} items of evidence; you can bring {count} more.",
        count=left,
        most=MAX_EVIDENCE,
    )


def evidence_items(given: Sequence[Evidence], by: Role, *, on_appeal: bool = False) -> tuple[EvidenceItem, ...]:
    return tuple(EvidenceItem(item.kind, by, digest_of_evidence(item), on_appeal) for item in given)


def digest_of_evidence(item: Evidence) -> str:
    """By what an item is known again: its file's hash, or that of its words."""
    return item.sha256 or hashlib.sha256((item.text or "").encode()).hexdigest()


def check_demanded_evidence(demands: Sequence[Sequence[EvidenceKind]], event: OpenDispute) -> None:
    """Refuses a dispute that lacks what its reason demands, and says what is missing."""
    given = {item.kind for item in event.evidence}
    missing = [several(kinds, "or") for kinds in demands if not given.intersection(kinds)]
    if missing:
        needed = say(
            'A dispute for the reason "{reason}" needs evidence of this kind: {kinds}.',
            reason=event.reason,
            kinds=several(missing),
        )
        raise Refused(Code.EVIDENCE_MISSING, needed)


def check_new_evidence(order: Order, given: Sequence[Evidence]) -> None:
    """Refuses evidence of which nothing is new (R29)."""
    known = {item.sha256 for item in dispute_of(order).evidence}
    if all(digest_of_evidence(item) in known for item in given):
        raise Refused(Code.EVIDENCE_MISSING, say("An appeal needs evidence that was not there before."))
