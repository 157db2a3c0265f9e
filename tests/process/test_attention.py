"""What needs attention, and what of it is off the list once somebody of the platform has looked (R3, R38)."""

from typing import Any, Final

import pytest

from tests.process.later_orders import reviewed
from tests.process.orders import (
    BUYER,
    CAPTURE_1,
    CARRIER,
    PLATFORM,
    PROVIDER,
    REFUND_1,
    RELEASE_1,
    SELLER,
    SHIP,
    TOTAL,
    acknowledge,
    after,
    answered,
    captured,
    checked,
    claimed_too,
    clock,
    days,
    given_elsewhere,
    hours,
    notices,
    paid,
    promised,
    refund_news,
    refunding,
    refused,
    release_news,
    releasing,
    retry,
    retry_capture,
    retry_release,
    rows,
    taken,
)
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, ChargebackOutcome
from workflows.messages.commands import MESSAGES
from workflows.messages.currency import money
from workflows.messages.parcels import ParcelDelivered
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import MoneyState, Role
from workflows.page import details
from workflows.process.allowed import allowed_actions, refusal_with_alternatives
from workflows.process.early import MAX_KEPT_OF_CARRIERS
from workflows.process.money.attention import KINDS, needs_attention
from workflows.process.money.overflow import MAX_PAYMENTS
from workflows.process.refusals import action
from workflows.process.resets import order_reset
from workflows.process.state.order import Order
from workflows.process.step import step
from workflows.process.telling.view import order_row, plain_view
from workflows.start_input import order_from, state_of

FAILED, REVERSED, SUCCEEDED, UNKNOWN = MoneyState.FAILED, MoneyState.REVERSED, MoneyState.SUCCEEDED, MoneyState.UNKNOWN
T: Final = days(4)
LATE: Final = days(200)
"""After every alert."""
RESET_1: Final = "A-1001-reset-1"


def lost(amount: int, payment_id: str = "p-1", number: int = 1) -> ChargebackClosed:
    names: dict[str, Any] = {"payment_id": payment_id, "chargeback_id": f"c-{number}"}
    return ChargebackClosed(by=PROVIDER, amount=amount, outcome=ChargebackOutcome.LOST, **names)


def shipped_on_credit() -> Order:
    """Shipped, and its capture not answered."""
    return after(promised(), SHIP, at=hours(2))


def too_many_early() -> Order:
    """One fact of a carrier more than an order keeps, none of them about a parcel of its."""
    facts = [ParcelDelivered(by=CARRIER, tracking=f"X-{number}") for number in range(MAX_KEPT_OF_CARRIERS + 1)]
    return after(paid(), *facts, at=hours(2))


CHARGED_BACK: Final = ChargebackOpened(by=PROVIDER, payment_id="p-1", chargeback_id="c-1", amount=TOTAL)
TWICE: Final = after(refunding(), answered(FAILED), retry(), answered(SUCCEEDED), answered(SUCCEEDED, 2), at=T)
"""Refunded twice: the platform lost it."""
LISTED: Final[dict[str, tuple[Order, str]]] = {
    "refund_failed": (after(refunding(), answered(FAILED), at=T), REFUND_1),
    "refund_reversed": (after(refunding(), answered(REVERSED), at=T), REFUND_1),
    "refund_overdue": (clock(after(refunding(), answered(UNKNOWN), at=T), LATE), REFUND_1),
    "refund_overpaid": (TWICE, REFUND_1),
    "release_failed": (after(releasing(), answered(FAILED, 1, RELEASE_1), at=T), RELEASE_1),
    "release_reversed": (after(releasing(), answered(REVERSED, 1, RELEASE_1), at=T), RELEASE_1),
    "release_overdue": (clock(after(releasing(), answered(UNKNOWN, 1, RELEASE_1), at=T), LATE), RELEASE_1),
    "release_overpaid": (
        after(
            releasing(),
            answered(FAILED, 1, RELEASE_1),
            retry_release(),
            release_news(SUCCEEDED, 1),
            release_news(SUCCEEDED, 2),
            at=T,
        ),
        RELEASE_1,
    ),
    "capture_failed": (after(shipped_on_credit(), answered(FAILED, 1, CAPTURE_1), at=hours(3)), CAPTURE_1),
    "capture_reversed": (after(shipped_on_credit(), answered(REVERSED, 1, CAPTURE_1), at=hours(3)), CAPTURE_1),
    "capture_overdue": (
        clock(after(shipped_on_credit(), answered(UNKNOWN, 1, CAPTURE_1), at=hours(3)), LATE),
        CAPTURE_1,
    ),
    "capture_overpaid": (
        after(
            shipped_on_credit(),
            answered(FAILED, 1, CAPTURE_1),
            retry_capture(),
            answered(SUCCEEDED, 1, CAPTURE_1),
            answered(SUCCEEDED, 2, CAPTURE_1),
            at=hours(3),
        ),
        CAPTURE_1,
    ),
    "chargeback_overdue": (clock(after(refunding(), CHARGED_BACK, at=T), LATE), "c-1"),
    "chargeback_uncovered": (
        after(paid(), captured(500, "p-2", currency="EUR"), refund_news(SUCCEEDED), lost(500, "p-2"), at=hours(2)),
        "c-1",
    ),
    "chargeback_conflict": (after(paid(), lost(9_999), at=hours(2)), "c-1"),
    "refund_elsewhere_uncovered": (
        after(
            paid(),
            captured(500, "p-2", currency="EUR"),
            refund_news(SUCCEEDED),
            given_elsewhere(500, payment_id="p-2", currency="EUR"),
            at=hours(2),
        ),
        "re_1",
    ),
    "payment_conflict": (after(paid(), claimed_too(), at=hours(2)), "p-1"),
    "payment_contradicted": (after(paid(), captured(1), at=hours(2)), "p-1"),
    "unattributed_news": (
        after(refunding(), answered(FAILED), retry(), refund_news(SUCCEEDED, None), at=T),
        REFUND_1,
    ),
    "dispute_escalated": (clock(reviewed(decide_within="PT48H"), days(5)), "A-1001-dispute-1"),
    "shortfall": (TWICE, "A-1001"),
    "payments_unplaced": (after(paid(), *(captured(1, f"p-{n}") for n in range(2, MAX_PAYMENTS + 2)), at=T), "A-1001"),
    "fact_not_kept": (too_many_early(), "A-1001"),
    "reset": (order_reset(paid(), hours(2)).order, RESET_1),
}
"""An order that each kind is listed of, and its subject there."""
BY_LOOKING: Final = (
    "refund_overpaid",
    "release_overpaid",
    "capture_overpaid",
    "chargeback_uncovered",
    "refund_elsewhere_uncovered",
    "payment_contradicted",
    "unattributed_news",
    "shortfall",
    "payments_unplaced",
    "fact_not_kept",
    "reset",
)
"""What only somebody takes off the list who has looked; everything else hides money that is owed, or a decision."""
BY_AN_ACTION: Final = [kind for kind in LISTED if kind not in BY_LOOKING]


def kinds(order: Order) -> list[str]:
    return [found.kind for found in needs_attention(order)]


def offered(order: Order, role: Role = Role.PLATFORM) -> bool:
    return "acknowledge" in [option.action for option in allowed_actions(order, role, T)]


def test_every_kind_is_known_and_tried_here() -> None:
    assert set(LISTED) == set(KINDS)
    for kind, (order, subject) in LISTED.items():
        assert kind in [found.kind for found in needs_attention(order) if found.subject == subject], kind
        assert str(KINDS[kind].says)
        assert bool(KINDS[kind].ended_by) == (kind in BY_AN_ACTION), kind


def test_what_ends_a_kind_is_a_message_of_the_platforms() -> None:
    for kind in KINDS.values():
        assert all(Role.PLATFORM in MESSAGES[name].roles for name in kind.ended_by)


@pytest.mark.parametrize("kind", BY_LOOKING)
def test_R38_what_only_needs_somebody_who_looks_is_off_the_list_once_it_is_acknowledged(kind: str) -> None:
    order, subject = LISTED[kind]
    outcome = taken(order, acknowledge(subject), T)
    after_it = outcome.order
    left = [found for found in needs_attention(order) if found.subject != subject]
    assert list(needs_attention(after_it)) == left
    assert (after_it.stage, after_it.ledger, after_it.deadlines) == (order.stage, order.ledger, order.deadlines)
    assert (after_it.closed_at, after_it.refunds, after_it.releases) == (order.closed_at, order.refunds, order.releases)
    assert (after_it.version, after_it.entry) == (order.version + 1, order.entry + 1)
    assert (outcome.answer.applied, outcome.answer.version) == (True, order.version + 1)
    assert offered(order)
    assert offered(after_it) == bool(left)


@pytest.mark.parametrize("kind", BY_AN_ACTION)
def test_R3_what_an_action_ends_cannot_be_acknowledged_and_the_refusal_names_the_action(kind: str) -> None:
    order, subject = LISTED[kind]
    assert kinds(order) == [kind]
    refusal = refused(order, acknowledge(subject), LATE if "overdue" in kind else T)
    assert refusal.code is Code.NOT_ALLOWED_NOW
    assert str(KINDS[kind].says) in refusal.message
    assert [one.action for one in refusal.instead] == list(KINDS[kind].ended_by)
    assert all(f'"{action(name).text}"' in refusal.message for name in KINDS[kind].ended_by)
    assert not offered(order)


@pytest.mark.parametrize("kind", BY_AN_ACTION)
def test_R4_instead_names_first_what_ends_it_and_then_what_else_is_possible(kind: str) -> None:
    order, subject = LISTED[kind]
    now = LATE if "overdue" in kind else T
    with pytest.raises(Refused) as caught:
        step(order, acknowledge(subject), now)
    told = refusal_with_alternatives(caught.value, order, Role.PLATFORM, "acknowledge", now).refusal
    actions = [one.action for one in told.instead]
    assert actions[: len(KINDS[kind].ended_by)] == list(KINDS[kind].ended_by)
    assert "add_note" in actions
    assert "acknowledge" not in actions
    assert f'Possible instead: "{action(actions[0]).text}"' in told.message


def test_an_unknown_subject_is_told_what_is_listed() -> None:
    order = LISTED["reset"][0]
    unknown = refused(order, acknowledge("A-1001-reset-9"), T)
    assert (unknown.code, RESET_1 in unknown.message) == (Code.NOTHING_OPEN, True)
    nothing = refused(paid(), acknowledge(RESET_1), hours(2))
    assert nothing.code is Code.NOTHING_OPEN
    assert nothing.message == f"Nothing of {RESET_1} needs attention, nor does anything else of this order."


def test_only_the_platform_acknowledges() -> None:
    order = LISTED["reset"][0]
    for party in (BUYER, SELLER, PROVIDER):
        event = acknowledge(RESET_1).model_copy(update={"by": party})
        assert refused(order, event, T).code is Code.WRONG_ROLE
        assert not offered(order, party.role)


def test_R7_the_same_acknowledgement_again_is_answered_and_without_its_id_there_is_nothing_left() -> None:
    order = LISTED["reset"][0]
    first = taken(order, acknowledge(RESET_1, request_id="r-1"), T)
    again = taken(first.order, acknowledge(RESET_1, request_id="r-1"), T)
    assert (again.order, again.effects, again.answer) == (first.order, (), first.answer)
    assert refused(first.order, acknowledge(RESET_1), T).code is Code.NOTHING_OPEN


def test_a_subject_with_several_loses_what_was_looked_at_and_keeps_what_an_action_ends() -> None:
    both = after(refunding(), answered(FAILED), retry(), refund_news(SUCCEEDED, None), answered(FAILED, 2), at=T)
    assert kinds(both) == ["refund_failed", "unattributed_news"]
    outcome = taken(both, acknowledge(REFUND_1), T)
    assert kinds(outcome.order) == ["refund_failed"]
    [entry] = rows(outcome)
    assert "news came that does not say of which attempt" in entry.summary
    assert "still needs attention: the refund has failed" in entry.summary
    assert refused(outcome.order, acknowledge(REFUND_1), T).code is Code.NOT_ALLOWED_NOW


# What can grow


def test_R6_a_loss_that_was_acknowledged_is_listed_again_when_it_grows() -> None:
    seen = after(TWICE, acknowledge("A-1001"), acknowledge(REFUND_1), at=T)
    assert kinds(seen) == []
    assert [(one.kind, one.amount) for one in seen.acknowledged] == [("shortfall", TOTAL), ("refund_overpaid", TOTAL)]
    grown = after(seen, lost(300), at=T)
    assert kinds(grown) == ["shortfall"]
    assert needs_attention(grown)[0].message == f"The platform is out of pocket by {money(TOTAL + 300, 'USD')}."
    assert kinds(after(grown, acknowledge("A-1001"), at=T)) == []


def test_R6_a_loss_that_shrank_and_grew_again_is_listed_again_although_it_was_once_as_great() -> None:
    seen = after(TWICE, acknowledge("A-1001"), acknowledge(REFUND_1), at=T)
    filled = after(seen, refund_news(REVERSED, 2), at=T)
    assert (filled.ledger.shortfall, filled.acknowledged, kinds(filled)) == (0, (), [])
    lost_again = after(filled, checked(SUCCEEDED, 2), at=T)
    assert lost_again.ledger.shortfall == TOTAL
    assert kinds(lost_again) == ["refund_overpaid", "shortfall"]


def test_R6_a_loss_that_shrank_in_part_is_listed_again_once_it_is_greater_than_it_was_since() -> None:
    """Of what was looked at, as much counts as there has been at all times since."""
    second = lost(400, number=2).model_copy(update={"occurred_at": days(3)})
    order = after(releasing(), release_news(SUCCEEDED), lost(600), second, at=T)
    seen = after(order, acknowledge("A-1001"), at=T)
    won = {"outcome": ChargebackOutcome.WON, "occurred_at": T}
    order = after(seen, second.model_copy(update=won), at=T)
    assert (order.ledger.shortfall, kinds(order)) == (600, [])
    grown = after(order, lost(300, number=3), at=T)
    assert (grown.ledger.shortfall, kinds(grown)) == (900, ["shortfall"])


def test_R7_a_payment_that_contradicts_itself_once_more_is_listed_again() -> None:
    order, subject = LISTED["payment_contradicted"]
    seen = after(order, acknowledge(subject), at=T)
    assert (seen.conflicts, seen.acknowledged) == ((), ())
    again = taken(seen, captured(2), T)
    assert kinds(again.order) == ["payment_contradicted"]
    assert [notice.kind for notice in notices(again)] == ["payment_contradicted"], "the platform is told again"


def test_news_without_its_attempt_is_listed_again_when_more_comes() -> None:
    order, subject = LISTED["unattributed_news"]
    seen = after(order, acknowledge(subject), at=T)
    assert kinds(seen) == []
    assert kinds(after(seen, refund_news(FAILED, None), at=T)) == ["unattributed_news"]


# Where it shows


def test_R28_a_settled_order_takes_it_as_long_as_it_needs_attention() -> None:
    assert TWICE.settled
    unknown = refused(TWICE, acknowledge("A-1001-reset-1"), T)
    assert unknown.code is Code.NOTHING_OPEN
    listed = "what does is: A-1001-refund-1 and A-1001."
    assert unknown.message == f"Nothing of A-1001-reset-1 needs attention; {listed}"
    seen = after(TWICE, acknowledge("A-1001"), acknowledge(REFUND_1), at=T)
    assert (seen.closed_at, seen.stage, seen.ledger) == (TWICE.closed_at, TWICE.stage, TWICE.ledger)
    assert not offered(seen)
    assert refused(seen, acknowledge("A-1001"), T).code is Code.ORDER_CLOSED
    assert refused(TWICE, retry(), T).code is Code.ORDER_CLOSED, "every other command is refused as before"


def test_what_is_acknowledged_is_off_every_list() -> None:
    order = LISTED["reset"][0]
    seen = after(order, acknowledge(RESET_1), at=T)
    assert (order_row(order).needs_attention, order_row(seen).needs_attention) == (True, False)
    assert (len(plain_view(order)["needs_attention"]), plain_view(seen)["needs_attention"]) == (1, ())
    assert ["Needs attention" in details(each, None, T) for each in (order, seen)] == [True, False]


def test_the_note_stands_in_the_timeline_for_the_platform_alone() -> None:
    outcome = taken(LISTED["reset"][0], acknowledge(RESET_1), T)
    [entry] = rows(outcome)
    assert (entry.name, entry.outcome, entry.text) == ("acknowledge", "accepted", "looked at it")
    assert (entry.role, entry.party_id, entry.platform_only) == (PLATFORM.role, PLATFORM.id, True)
    assert entry.summary == "A-1001-reset-1 was acknowledged: the order was reset in Temporal"
    assert notices(outcome) == ()


def test_what_was_acknowledged_survives_the_states_json() -> None:
    seen = after(TWICE, acknowledge("A-1001"), at=T)
    assert order_from(state_of(seen)) == seen
