"""The table of who is told what is whole and true: held against what orders do in every situation."""

import pytest

from tests.process.situations import seen
from tests.process.told import LEFT_BEHIND, OF_THE_ENGINE, TOLD, UNHEARD, WHEN_ASKED, Row
from workflows.messages.commands import MESSAGES
from workflows.messages.notices import NoticeKind
from workflows.messages.values import DeadlineKind, Role
from workflows.process.clock.deadlines import REMINDED

ROLES = (Role.BUYER, Role.SELLER, Role.PLATFORM)


def test_every_event_has_a_row_and_happened() -> None:
    """A new message or deadline without a row fails here; so does a row of what never comes."""
    reminders = [f"reminder of {kind}" for kind in REMINDED]
    events = ["start", *MESSAGES, "provider_answered", "reset", *DeadlineKind, *reminders]
    assert sorted(row.event for row in TOLD) == sorted(events)
    assert seen().events == set(events)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("row", TOLD, ids=lambda row: row.event)
def test_each_role_is_told_what_the_table_says_and_nothing_else(row: Row, role: Role) -> None:
    """Both ways: no notice that the table does not know, and none in the table that nobody ever gets."""
    cell = getattr(row, role)
    promised = set() if isinstance(cell, str) else set(cell)
    told = {told.kind for told in seen().told if (told.event, told.role) == (row.event, role)}
    assert told - set(LEFT_BEHIND) == promised


def test_whoever_is_told_nothing_is_so_on_purpose() -> None:
    cells = [cell for row in TOLD for cell in (row.buyer, row.seller, row.platform)]
    reasons = [*(cell for cell in cells if isinstance(cell, str)), *UNHEARD.values()]
    assert all(reason[0].isupper() and reason.endswith(".") for reason in reasons)
    assert all(cells), "nothing told, and no reason given"


def test_no_order_goes_to_another_stage_unheard_by_a_side_that_did_not_cause_it_but_on_purpose() -> None:
    """The table alone would let a new way into a stage tell nobody: other ways of the same event do."""
    assert seen().unheard == UNHEARD.keys()


def test_a_lapsed_offer_is_told_to_a_side_and_never_to_the_platform() -> None:
    assert {told.role for told in seen().told if told.kind in LEFT_BEHIND} == {Role.BUYER, Role.SELLER}


def test_every_kind_of_notice_is_somebodys() -> None:
    in_the_table = {kind for row in TOLD for cell in row[1:] if not isinstance(cell, str) for kind in cell}
    assert in_the_table.isdisjoint((*LEFT_BEHIND, *OF_THE_ENGINE, *WHEN_ASKED))
    assert in_the_table.union(LEFT_BEHIND, OF_THE_ENGINE, WHEN_ASKED) == set(NoticeKind)


def test_an_event_that_nobody_hears_of_is_one_of_the_platforms_own() -> None:
    unheard = [row.event for row in TOLD if all(isinstance(cell, str) for cell in row[1:])]
    assert sorted(unheard) == ["acknowledge", "add_note", "retry_capture", "retry_refund", "retry_release"]
