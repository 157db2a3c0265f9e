"""Evidence in a dispute: what a reason demands, how much each side may bring, and that a decision locks it.

The order keeps kind and hash of each item; files and words live elsewhere (R26).
"""

import hashlib
from collections.abc import Sequence

from workflows.messages.disputes import AddEvidence, OpenDispute
from workflows.messages.evidence import MAX_EVIDENCE, Evidence, EvidenceKind
from workflows.messages.notices import NoticeKind
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import Role
from workflows.process import refusals
from workflows.process.state.changes import Change, Word
from workflows.process.state.dispute import EvidenceItem
from workflows.process.state.order import Order, dispute_of, with_dispute


def evidence_added(order: Order, event: AddEvidence) -> Change:
    """More to look at; locked once there is a decision."""
    if dispute_of(order).decision:
        raise Refused(Code.NOT_ALLOWED_NOW, "The dispute is decided, and its evidence is locked.")
    order = keep_evidence(order, event.evidence, event.by.role)
    told = f"{len(event.evidence)} item(s) of evidence from the {event.by.role}"
    other = Role.SELLER if event.by.role is Role.BUYER else Role.BUYER
    return Change(order, told, (Word(other, NoticeKind.EVIDENCE_ADDED, f"{told} about order {order.order_id}."),))


def keep_evidence(order: Order, given: Sequence[Evidence], by: Role) -> Order:
    """`order` with these items kept, at most `MAX_EVIDENCE` of each side in one round."""
    dispute = dispute_of(order)
    on_appeal = dispute.appealed_at is not None
    before = sum(item.by is by and item.on_appeal is on_appeal for item in dispute.evidence)
    if before + len(given) > MAX_EVIDENCE:
        left = MAX_EVIDENCE - before
        raise refusals.limit_reached(f"Each side brings at most {MAX_EVIDENCE} items of evidence; you have {left} left")
    items = evidence_items(given, by, on_appeal=on_appeal)
    return with_dispute(order, evidence=(*dispute.evidence, *items)) if given else order


def evidence_items(given: Sequence[Evidence], by: Role, *, on_appeal: bool = False) -> tuple[EvidenceItem, ...]:
    return tuple(EvidenceItem(item.kind, by, digest_of_evidence(item), on_appeal) for item in given)


def digest_of_evidence(item: Evidence) -> str:
    """By what an item is known again: its file's hash, or that of its words."""
    return item.sha256 or hashlib.sha256((item.text or "").encode()).hexdigest()


def check_demanded_evidence(demands: Sequence[Sequence[EvidenceKind]], event: OpenDispute) -> None:
    """Refuses a dispute that lacks what its reason demands, and says what is missing."""
    given = {item.kind for item in event.evidence}
    missing = [" or ".join(kinds) for kinds in demands if not given.intersection(kinds)]
    if missing:
        raise Refused(Code.EVIDENCE_MISSING, f"A dispute for {event.reason} needs a {' and a '.join(missing)}.")


def check_new_evidence(order: Order, given: Sequence[Evidence]) -> None:
    """Refuses evidence of which nothing is new (R29)."""
    known = {item.sha256 for item in dispute_of(order).evidence}
    if all(digest_of_evidence(item) in known for item in given):
        raise Refused(Code.EVIDENCE_MISSING, "An appeal needs evidence that was not there before.")
