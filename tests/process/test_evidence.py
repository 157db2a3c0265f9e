"""Evidence in a dispute: by reference, limited for each side, locked by the decision, its words elsewhere (R26)."""

import json
from dataclasses import asdict
from typing import Final

import pytest

from tests.process.later_orders import (
    CONTEST,
    INFORM,
    WITHDRAW_DISPUTE,
    accept,
    add,
    appeal,
    ask,
    decide,
    decided,
    dispute_of,
    disputed,
    item,
    offer,
    open_dispute,
    reviewed,
)
from tests.process.orders import (
    BUYER,
    CARRIER,
    PLATFORM,
    SELLER,
    after,
    days,
    delivered,
    notices,
    paid,
    refused,
    releasing,
    rows,
    taken,
)
from workflows.messages.base import Message
from workflows.messages.commands import AddNote, SendMessage
from workflows.messages.disputes import AddEvidence, RespondToDispute
from workflows.messages.evidence import MAX_EVIDENCE, Evidence, EvidenceKind
from workflows.messages.fields import MAX_TEXT
from workflows.messages.refusal import Code
from workflows.messages.values import Party, Role
from workflows.messages.vocabulary import DisputeReason, Phase, Resolution
from workflows.process.dispute.evidence import digest_of_evidence
from workflows.process.state.order import Order

NONE = Resolution.NO_REFUND
SECRET: Final = "Only we two know of the dent."
WORDS: Final = Evidence(kind=EvidenceKind.TEXT, text=SECRET)
MAX_STATE: Final = 64 * 1024
"""What an order's state may take of a payload."""


def many(count: int, first: int = 100) -> tuple[Evidence, ...]:
    """So many different photos."""
    return tuple(item(number=number) for number in range(first, first + count))


def full_of_the_buyers() -> Order:
    """A dispute to which the buyer has brought all that one side may, contested."""
    return after(delivered(), open_dispute(evidence=many(MAX_EVIDENCE)), CONTEST, at=days(2))


def test_the_first_twenty_come_with_the_dispute_and_the_twenty_first_is_refused() -> None:
    order = full_of_the_buyers()
    assert len(dispute_of(order).evidence) == MAX_EVIDENCE
    refusal = refused(order, add(item(number=1)), days(3))
    assert refusal.code is Code.LIMIT_REACHED
    assert refusal.message.startswith("Each side brings at most 20 items of evidence, and yours are used up.")


def test_who_brings_too_much_is_told_how_much_more_is_possible() -> None:
    for left, told in ((1, "you can bring one more."), (2, "you can bring 2 more.")):
        order = after(delivered(), open_dispute(evidence=many(MAX_EVIDENCE - left)), at=days(1))
        refusal = refused(order, add(*many(left + 1, first=MAX_EVIDENCE)), days(2))
        assert refusal.code is Code.LIMIT_REACHED
        assert refusal.message.startswith(f"Each side brings at most 20 items of evidence; {told}")


def test_the_other_side_has_twenty_of_its_own() -> None:
    order = after(full_of_the_buyers(), add(*many(MAX_EVIDENCE, 200), by=SELLER), at=days(3))
    by = [kept.by for kept in dispute_of(order).evidence]
    assert (by.count(Role.BUYER), by.count(Role.SELLER)) == (MAX_EVIDENCE, MAX_EVIDENCE)
    assert refused(order, add(item(number=1), by=SELLER), days(3)).code == Code.LIMIT_REACHED


def test_too_many_at_once_are_refused_as_a_whole_and_as_many_as_are_left_are_taken() -> None:
    order = after(delivered(), open_dispute(evidence=many(MAX_EVIDENCE - 1)), at=days(2))
    assert refused(order, add(*many(2, 200)), days(2)).code == Code.LIMIT_REACHED
    assert len(dispute_of(after(order, add(item(number=1)), at=days(2))).evidence) == MAX_EVIDENCE


def test_the_limit_counts_whatever_brought_the_evidence() -> None:
    asked = after(full_of_the_buyers(), ask(), at=days(3))
    brings = INFORM.model_copy(update={"evidence": (item(number=1),)})
    assert refused(asked, brings, days(3)).code == Code.LIMIT_REACHED
    assert after(asked, INFORM, at=days(3)).phase is Phase.UNDER_REVIEW
    answer = RespondToDispute(by=SELLER, accept=False, statement="No.", evidence=many(MAX_EVIDENCE, 200))
    contested = after(disputed(), answer, at=days(3))
    assert refused(contested, add(item(number=1), by=SELLER), days(3)).code == Code.LIMIT_REACHED


def test_the_limit_starts_anew_with_the_next_dispute() -> None:
    order = after(full_of_the_buyers(), WITHDRAW_DISPUTE, open_dispute(), at=days(3))
    assert len(dispute_of(order).evidence) == 2
    assert dispute_of(order).number == 2


@pytest.mark.parametrize("by", [BUYER, SELLER])
def test_evidence_is_locked_by_the_decision_and_stays_so_on_an_appeal(by: Party) -> None:
    given = add(item(number=70), by=by)
    assert after(reviewed(), given, at=days(4)).phase is Phase.UNDER_REVIEW
    locked = refused(decided(NONE), given, days(5))
    assert (locked.code, "locked" in locked.message) == (Code.NOT_ALLOWED_NOW, True)
    assert refused(after(decided(NONE), appeal(), at=days(5)), given, days(6)).code == Code.NOT_ALLOWED_NOW


def test_evidence_is_for_the_two_sides_and_for_a_dispute_that_is_open() -> None:
    for party in (PLATFORM, CARRIER):
        theirs = AddEvidence(by=party, evidence=(item(number=70),))
        assert refused(disputed(), theirs, days(3)).code == Code.WRONG_ROLE
    assert refused(paid(), add(item()), days(1)).code == Code.NOTHING_OPEN
    assert refused(releasing(), add(item()), days(3)).code == Code.ORDER_CLOSED


def test_the_other_side_is_told_that_there_is_something_new_to_look_at() -> None:
    for by, other in ((BUYER, Role.SELLER), (SELLER, Role.BUYER)):
        assert [n.role for n in notices(taken(disputed(), add(item(number=70), by=by), days(2)))] == [other]


def test_what_a_reason_demands_is_not_met_by_a_file_of_another_kind() -> None:
    others = tuple(item(kind, number) for number, kind in enumerate(EvidenceKind) if kind is not EvidenceKind.TEXT)
    without = tuple(shown for shown in others if shown.kind not in (EvidenceKind.PHOTO, EvidenceKind.VIDEO))
    for reason in (DisputeReason.DAMAGED, DisputeReason.DEFECTIVE):
        assert refused(delivered(), open_dispute(reason, evidence=(*without, WORDS)), days(2)).code == (
            Code.EVIDENCE_MISSING
        )


def test_what_is_missing_is_named_all_at_once() -> None:
    refusal = refused(delivered(), open_dispute(DisputeReason.NOT_AS_DESCRIBED, evidence=()), days(2))
    assert refusal.message.startswith(
        'A dispute for the reason "not as described" needs evidence of this kind: photo and screenshot.'
    )
    only = refused(delivered(), open_dispute(DisputeReason.NOT_AS_DESCRIBED, evidence=(item(),)), days(2))
    assert "photo" not in only.message.split("Possible instead")[0]


def test_R26_words_are_known_by_their_hash_only_and_known_again() -> None:
    order = after(reviewed(), add(WORDS), at=days(3))
    kept = dispute_of(order).evidence[-1]
    assert (kept.kind, kept.sha256) == (EvidenceKind.TEXT, digest_of_evidence(WORDS))
    assert digest_of_evidence(WORDS) != digest_of_evidence(Evidence(kind=EvidenceKind.TEXT, text=f"{SECRET}!"))
    assert refused(after(order, decide(NONE), at=days(4)), appeal(WORDS), days(5)).code == Code.EVIDENCE_MISSING


WITH_WORDS: Final[tuple[tuple[Order, Message], ...]] = (
    (delivered(), open_dispute().model_copy(update={"description": SECRET})),
    (disputed(), add(WORDS)),
    (disputed(), CONTEST.model_copy(update={"statement": SECRET})),
    (disputed(), offer(Resolution.VOUCHER, 1).model_copy(update={"note": SECRET})),
    (
        after(disputed(), offer(Resolution.VOUCHER, 1), at=days(2)),
        accept().model_copy(update={"note": SECRET}),
    ),
    (disputed(), WITHDRAW_DISPUTE.model_copy(update={"note": SECRET})),
    (reviewed(), ask().model_copy(update={"question": SECRET})),
    (after(reviewed(), ask(), at=days(3)), INFORM.model_copy(update={"answer": SECRET})),
    (reviewed(), decide(NONE).model_copy(update={"note": SECRET})),
    (decided(NONE), appeal().model_copy(update={"statement": SECRET})),
    (disputed(), SendMessage(by=BUYER, to=Role.SELLER, text=SECRET)),
    (disputed(), AddNote(by=PLATFORM, text=SECRET)),
)


@pytest.mark.parametrize(("order", "event"), WITH_WORDS, ids=[event.name for _, event in WITH_WORDS])
def test_R26_what_people_write_is_in_the_timeline_and_never_in_the_state(order: Order, event: Message) -> None:
    outcome = taken(order, event, days(4) if order.phase is not Phase.DECIDED else days(5))
    row = rows(outcome)[-1]
    assert SECRET in (row.text, *(shown.text for shown in row.evidence))
    assert SECRET not in repr(outcome.order)
    assert SECRET not in "".join(notice.text for notice in notices(outcome)), "nor in anybody's inbox"


def test_R26_captions_and_addresses_of_files_are_not_in_the_state() -> None:
    shown = item(number=80).model_copy(update={"caption": SECRET})
    outcome = taken(disputed(), add(shown), days(2))
    assert rows(outcome)[-1].evidence == (shown,)
    assert SECRET not in repr(outcome.order)
    assert "files.example/80" not in repr(outcome.order)


def test_R26_the_fullest_dispute_stays_small_however_much_was_written() -> None:
    long = Evidence(kind=EvidenceKind.TEXT, text="x" * MAX_TEXT)
    order = after(delivered(), open_dispute(DisputeReason.OTHER, evidence=(long,) * MAX_EVIDENCE), at=days(2))
    order = after(order, add(*(long,) * MAX_EVIDENCE, by=SELLER), at=days(2))
    assert len(json.dumps(asdict(order), default=str)) < MAX_STATE
