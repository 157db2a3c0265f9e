"""Chapter 7, outcome: every outcome by everyone who gives it, and the parcel's clocks after a dispute (R29 to R31).

The appeal lives in `test_appeal.py`, what becomes of the money in `test_money_of_disputes.py`.
"""

from datetime import datetime, timedelta
from typing import Final

import pytest

from tests.process.later_orders import (
    AGREE,
    CONTEST,
    REFUSED,
    RETURNED,
    WITHDRAW_DISPUTE,
    accept,
    back,
    decide,
    dispute_of,
    disputed,
    going_back,
    money_of,
    offer,
    open_dispute,
    receive,
    reviewed,
)
from tests.process.orders import (
    BUYER,
    DELIVERED,
    PLATFORM,
    SELLER,
    TOTAL,
    after,
    clock,
    days,
    delivered,
    due,
    hours,
    refused,
    shipped,
    told_by_clock,
)
from workflows.messages.refusal import Code
from workflows.messages.values import ClosingReason, DeadlineKind, Stage
from workflows.messages.vocabulary import DisputeReason, Phase, Resolution
from workflows.process.state.order import Order
from workflows.process.step import Event

FULL, PARTIAL, NONE = Resolution.FULL_REFUND, Resolution.PARTIAL_REFUND, Resolution.NO_REFUND
RETURN, EXCHANGE, VOUCHER = Resolution.RETURN_AND_REFUND, Resolution.EXCHANGE, Resolution.VOUCHER
PART: Final = 1_000
LEFT: Final = TOTAL - PART
DUE: Final = hours(2) + timedelta(days=9)
"""`deliver_by` of an order shipped with `deliver_within="P9D"`."""
NOT_RECEIVED: Final = open_dispute(DisputeReason.NOT_RECEIVED, evidence=())
BY_PLATFORM: Final = open_dispute(DisputeReason.NOT_RECEIVED, evidence=(), by=PLATFORM)


def missing(*facts: Event) -> Order:
    """Promised by `DUE`, disputed as never received, contested, and then these facts: eleven days after its start."""
    late = clock(shipped(deliver_within="P9D", protect_for="P15D"), days(10))
    return after(late, NOT_RECEIVED, CONTEST, *facts, at=days(11))


def by_default(requested: Resolution, amount: int | None = None, **terms: str) -> Order:
    """Nobody decides what the buyer has asked for."""
    opened = open_dispute(requested=requested, amount=amount)
    return clock(after(delivered(**terms), opened, CONTEST, at=days(2)), days(62))


@pytest.mark.parametrize(
    ("order", "by", "outcome", "stage", "reason", "money"),
    [
        (after(reviewed(), decide(FULL), at=days(4)), "platform", FULL, "refunded", "decision", (TOTAL, 0, 0, 0)),
        (
            clock(after(reviewed(), decide(PARTIAL, PART), at=days(4)), days(8)),
            "platform",
            PARTIAL,
            "partially_refunded",
            "decision",
            (PART, 0, LEFT, 0),
        ),
        (
            clock(after(reviewed(), decide(NONE), at=days(4)), days(8)),
            "platform",
            NONE,
            "completed",
            "decision",
            (0, 0, TOTAL, 0),
        ),
        (after(reviewed(), decide(RETURN), at=days(4)), "platform", RETURN, "returning_goods", None, (0, 0, 0, TOTAL)),
        (after(reviewed(), decide(EXCHANGE), at=days(4)), "platform", EXCHANGE, "exchanging", None, (0, 0, 0, TOTAL)),
        (after(disputed(), AGREE, at=days(3)), "agreement", FULL, "refunded", "agreement", (TOTAL, 0, 0, 0)),
        (
            after(reviewed(), offer(PARTIAL, PART), accept(), at=days(4)),
            "agreement",
            PARTIAL,
            "partially_refunded",
            "agreement",
            (PART, 0, LEFT, 0),
        ),
        (
            after(reviewed(), offer(VOUCHER, 1), accept(), at=days(4)),
            "agreement",
            NONE,
            "completed",
            "agreement",
            (0, 0, TOTAL, 0),
        ),
        (after(disputed(RETURN), AGREE, at=days(3)), "agreement", RETURN, "returning_goods", None, (0, 0, 0, TOTAL)),
        (
            after(disputed(), offer(EXCHANGE, by=BUYER), accept(by=SELLER), at=days(3)),
            "agreement",
            EXCHANGE,
            "exchanging",
            None,
            (0, 0, 0, TOTAL),
        ),
        (by_default(FULL), "default", FULL, "refunded", "undecided", (TOTAL, 0, 0, 0)),
        (by_default(PARTIAL, PART), "default", PARTIAL, "partially_refunded", "undecided", (PART, 0, LEFT, 0)),
        (by_default(RETURN), "default", FULL, "refunded", "undecided", (TOTAL, 0, 0, 0)),
        (by_default(EXCHANGE), "default", FULL, "refunded", "undecided", (TOTAL, 0, 0, 0)),
        (by_default(PARTIAL, 1, on_undecided="no_refund"), "default", NONE, "completed", "undecided", (0, 0, TOTAL, 0)),
    ],
)
def test_R29_every_outcome_by_everyone_who_can_give_it(
    order: Order, by: str, outcome: Resolution, stage: str, reason: str | None, money: tuple[int, ...]
) -> None:
    decision = dispute_of(order).decision
    assert decision
    assert (decision.by, decision.outcome) == (by, outcome)
    assert (order.stage, order.reason, money_of(order)) == (stage, reason, money)
    assert dispute_of(order).phase is Phase.ENDED


@pytest.mark.parametrize(
    ("requested", "amount", "money"),
    [(PARTIAL, PART, (PART, 0, LEFT, 0)), (PARTIAL, TOTAL - 1, (TOTAL - 1, 0, 1, 0)), (FULL, None, (TOTAL, 0, 0, 0))],
)
def test_R20_agreeing_to_a_request_pays_what_was_requested(
    requested: Resolution, amount: int | None, money: tuple[int, ...]
) -> None:
    order = after(delivered(), open_dispute(requested=requested, amount=amount), AGREE, at=days(2))
    assert money_of(order) == money


@pytest.mark.parametrize(
    ("facts", "outcome", "possible"),
    [
        ((), EXCHANGE, True),
        ((), RETURN, False),
        ((DELIVERED,), RETURN, True),
        ((DELIVERED,), EXCHANGE, True),
        ((REFUSED,), EXCHANGE, False),
        ((REFUSED,), RETURN, False),
        ((REFUSED, RETURNED), EXCHANGE, False),
        ((REFUSED, DELIVERED), RETURN, True),
    ],
)
def test_R31_what_can_be_decided_offered_or_agreed_follows_the_parcel(
    facts: tuple[Event, ...], outcome: Resolution, *, possible: bool
) -> None:
    order = missing(*facts)
    if possible:
        assert after(order, decide(outcome), at=days(11)).stage in (Stage.RETURNING_GOODS, Stage.EXCHANGING)
        assert after(order, offer(outcome), at=days(11)).offers[-1].state == "open"
        return
    refusal = refused(order, decide(outcome), days(11))
    assert (refusal.code, refusal.fields) == (Code.INVALID, ("outcome",))
    assert refused(order, offer(outcome), days(11)).code == Code.REASON_NOT_ALLOWED


def test_R31_an_offer_that_the_parcel_has_made_impossible_cannot_be_accepted() -> None:
    order = after(missing(), offer(EXCHANGE), REFUSED, at=days(11))
    assert refused(order, accept(), days(11)).code == Code.REASON_NOT_ALLOWED


def test_R31_a_request_that_the_parcel_has_made_impossible_cannot_be_agreed_to() -> None:
    late = clock(shipped(deliver_within="P9D"), days(10))
    asks = open_dispute(DisputeReason.NOT_RECEIVED, EXCHANGE, ())
    assert after(late, asks, AGREE, at=days(11)).stage is Stage.EXCHANGING
    assert refused(after(late, asks, REFUSED, at=days(11)), AGREE, days(11)).code == Code.REASON_NOT_ALLOWED


@pytest.mark.parametrize(
    ("order", "kind", "rest"),
    [
        (after(shipped(deliver_within="P9D"), BY_PLATFORM, at=days(2)), DeadlineKind.DELIVER_BY, DUE - days(2)),
        (
            after(going_back(return_within="P30D"), BY_PLATFORM, at=days(2)),
            DeadlineKind.RETURN_BY,
            timedelta(days=29),
        ),
        (after(back(inspect_within="P9D"), BY_PLATFORM, at=days(2)), DeadlineKind.INSPECT_BY, timedelta(days=9)),
        (
            after(after(back(protect_for="P15D"), receive(), at=days(2)), BY_PLATFORM, at=days(2)),
            DeadlineKind.PROTECTED_UNTIL,
            timedelta(days=15),
        ),
        (after(back(inspect_within="PT48H"), BY_PLATFORM, at=days(3)), DeadlineKind.INSPECT_BY, timedelta(hours=72)),
    ],
)
def test_R30_no_refund_on_a_parcel_not_received_leads_back_and_what_stood_still_has_its_rest(
    order: Order, kind: DeadlineKind, rest: timedelta
) -> None:
    before = order.parcel
    assert before
    assert due(order, kind) is None
    led_back = after(order, decide(NONE), at=days(10))
    assert (led_back.stage, [d.kind for d in led_back.deadlines]) == (before.where, [kind])
    assert due(led_back, kind) == days(10) + rest
    assert money_of(led_back) == (0, 0, 0, TOTAL)


@pytest.mark.parametrize(
    ("opened_at", "rest"),
    [
        (days(13), timedelta(hours=72)),
        (days(13) - timedelta(seconds=1), timedelta(hours=72, seconds=1)),
        (days(13) + timedelta(seconds=1), timedelta(hours=72)),
    ],
)
def test_R30_the_rest_is_at_least_72_hours_from_both_sides(opened_at: datetime, rest: timedelta) -> None:
    order = after(delivered(protect_for="P15D"), open_dispute(), at=opened_at)
    withdrawn = after(order, WITHDRAW_DISPUTE, at=days(14))
    assert due(withdrawn, DeadlineKind.PROTECTED_UNTIL) == days(14) + rest


def test_R30_nothing_of_the_parcel_passes_while_the_dispute_is_open() -> None:
    order = after(going_back(return_within="P3D"), BY_PLATFORM, at=days(2))
    assert clock(order, days(50)).stage is Stage.DISPUTED
    assert {n.kind for n in told_by_clock(order, days(50))} <= {"dispute_escalated", "reminder"}


def test_R30_agreeing_on_a_voucher_for_a_parcel_under_way_leads_back_without_releasing() -> None:
    order = after(missing(), offer(VOUCHER, 100), accept(), at=days(11))
    assert (order.stage, order.reason, money_of(order)) == (Stage.SHIPPED, None, (0, 0, 0, TOTAL))
    assert after(order, DELIVERED, at=days(12)).stage is Stage.DELIVERED


def test_R30_no_refund_for_another_reason_ends_the_order_although_the_parcel_is_not_there() -> None:
    order = after(back(), open_dispute(DisputeReason.OTHER), CONTEST, decide(NONE), at=days(2))
    assert (order.stage, dispute_of(order).phase) == (Stage.DISPUTED, Phase.DECIDED)
    closed = clock(order, days(6))
    assert (closed.stage, closed.reason) == (Stage.COMPLETED, ClosingReason.DECISION)


def test_R30_where_a_return_was_agreed_the_withdrawn_dispute_leads_to_it() -> None:
    agreed = after(shipped(deliver_within="P9D"), offer(RETURN), accept(), at=hours(3))
    order = after(clock(agreed, days(10)), NOT_RECEIVED, DELIVERED, WITHDRAW_DISPUTE, at=days(11))
    assert order.stage is Stage.RETURNING_GOODS
