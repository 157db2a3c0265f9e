"""Abstract time: of all instants an order keeps only the order in which they come, so that its states are finite.

An order is brought to noon of one day, its pending instants to 12:10, 12:20, … in their order, equal ones together;
what only history reads is blanked. Windows are chosen anew for each step, so that a new deadline comes before, with and
after each pending one. `test_exploration.py` proves that nothing that was dropped is read: equal keys allow the same.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import product
from typing import Any, Final, TypeVar

from tests.exploration import records
from workflows.frozen import replace
from workflows.messages.durations import Span
from workflows.messages.terms import Terms
from workflows.messages.values import DeadlineKind
from workflows.process.money.ledger import Transfer
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Cancellation, Order
from workflows.process.state.payments import Attempt, Capture, Refund, Release

NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STEP: Final = timedelta(minutes=10)
"""Between two pending instants; wide enough for a new one between them, and short enough that no reminder is due."""
SECOND: Final = timedelta(seconds=1)

WINDOWS: Final = {
    DeadlineKind.PAY_BY: "pay_within",
    DeadlineKind.SHIP_BY: "ship_within",
    DeadlineKind.SHIP_NO_LATER_THAN: "ship_no_later_than",
    DeadlineKind.RESPOND_BY: "respond_within",
    DeadlineKind.DELIVER_BY: "deliver_within",
    DeadlineKind.PROTECTED_UNTIL: "protect_for",
    DeadlineKind.RETURN_BY: "return_within",
    DeadlineKind.INSPECT_BY: "inspect_within",
    DeadlineKind.RETURN_SHIP_BY: "return_ship_within",
    DeadlineKind.ANSWER_BY: "answer_within",
    DeadlineKind.INFORM_BY: "inform_within",
    DeadlineKind.DECIDE_BY: "decide_within",
    DeadlineKind.DECIDE_NO_LATER_THAN: "decide_no_later_than",
    DeadlineKind.APPEAL_BY: "appeal_within",
    DeadlineKind.REFUND_EXPECTED_BY: "refund_expected_within",
    DeadlineKind.REFUND_ALERT_AT: "refund_alert_after",
    DeadlineKind.CHARGEBACK_ALERT_AT: "chargeback_alert_after",
}
"""The term that says how long each deadline runs."""
T = TypeVar("T", Refund, Release, Capture)
QUESTIONS: Final = 1
"""Questions about one attempt that are open at once; with each more there is one more answer that changes nothing."""
Choice = tuple[tuple[str, Any], ...]
"""What the terms say in one step, where they differ from `BASE`; a number is a window in seconds."""


def span(seconds: float) -> Span:
    """A window of so many seconds."""
    return Span(timedelta(seconds=seconds), 0, f"PT{seconds:g}S")


BASE: Final = Terms(
    cancellation_requests=2, disputes=1, delivery_extensions=Span(timedelta(days=1), 0, "P1D")
).model_copy(update={term: span(300) for term in WINDOWS.values()})


def under(order: Order, **terms: Any) -> Order:
    """`order` with other terms; a number is a window in seconds. The rest of a review clock is as long as a new one."""
    order = replace(order, terms=_terms(tuple(terms.items())))
    if order.dispute and order.dispute.review_rest and "decide_within" in terms:
        rest = timedelta(seconds=terms["decide_within"])
        return replace(order, dispute=replace(order.dispute, review_rest=rest))
    return order


@lru_cache(maxsize=10_000)
def _terms(choice: Choice) -> Terms:
    return BASE.model_copy(update={name: span(v) if isinstance(v, int | float) else v for name, v in choice})


def abstracted(order: Order) -> Order:
    """`order` at noon: its deadlines by rank, and nothing that only history reads."""
    ranks = {at: NOON + STEP * (rank + 1) for rank, at in enumerate(sorted({d.at for d in order.deadlines}))}
    return replace(
        order,
        terms=BASE,
        created_at=NOON,
        version=1,
        entry=1,
        deadlines=tuple(Deadline(ranks[d.at], d.kind, d.party, subject=d.subject) for d in order.deadlines),
        passed=records.passed(order, NOON),
        closed_by=None,
        payments=tuple(replace(payment, captured_at=payment.captured_at and NOON) for payment in order.payments),
        capture=order.capture and replace(_noon(order.capture), settled_reference=None),
        refunds=tuple(map(_noon, order.refunds)),
        releases=tuple(map(_noon, order.releases)),
        chargebacks=records.chargebacks(order, NOON),
        elsewhere=records.elsewhere(order, NOON),
        paid_at=order.paid_at and NOON,
        cancellation=order.cancellation and _cancellation(order, order.cancellation),
        cancellation_requests=order.cancellation_requests if order.parcel is None and not order.stage.closed else 0,
        messages=0,
        sent=(),
        refused=(),
        remembered=(),
        kept=records.kept(order, NOON),
        conflicts=tuple(sorted(order.conflicts)),
        unattributed=tuple(sorted(order.unattributed)),
        acknowledged=tuple(sorted(order.acknowledged, key=lambda seen: (seen.kind, seen.subject))),
        closed_at=order.closed_at and NOON,
        reason=None,
        fault=None,
        **records.of_the_second_half(order, NOON),
    )


def _noon(record: T) -> T:
    return replace(record, requested_at=NOON, attempts=tuple(map(_attempt, record.attempts)))


def _attempt(attempt: Attempt) -> Attempt:
    """Of what was seen only final states matter: lower ones are refused by their rank as well."""
    final = tuple(sorted({state for state in attempt.seen if state in ("succeeded", "failed", "reversed")}))
    return replace(
        attempt, seen=final, provider_reference=None, failure_reason=None, questions=min(attempt.questions, QUESTIONS)
    )


def _cancellation(order: Order, cancellation: Cancellation) -> Cancellation | None:
    """Of an answered request it counts whether the platform was asked, for its answer may come late."""
    if cancellation.outcome == "open":
        return replace(cancellation, requested_at=NOON)
    if not cancellation.platform_asked or order.stage.closed:
        return None
    return Cancellation(1, cancellation.reason, NOON, "lapsed", platform_asked=True)


def key(order: Order) -> tuple[object, ...]:
    """Two abstracted orders with the same key are the same state."""
    return (
        order.stage,
        tuple((d.kind, d.at, d.subject) for d in order.deadlines),
        tuple(passed.kind for passed in order.passed),
        tuple((p.payment_id, p.amount, p.role, p.captured_at, p.authorized, p.voided) for p in order.payments),
        tuple((p.of, p.claimed_by, p.not_ours, p.settled) for p in order.payments),
        order.capture and (order.capture.state, order.capture.alerted, _keys(order.capture)),
        tuple((r.owed, r.state, r.settled_by_hand, r.alerted, r.payment_id, _keys(r)) for r in order.refunds),
        tuple(r.charged_back for r in order.refunds),
        tuple((r.amount, r.state, r.settled_by_hand, r.alerted, _keys(r)) for r in order.releases),
        tuple((c.payment_id, c.amount, c.outcome, c.alerted, c.taken, c.unopened) for c in order.chargebacks),
        tuple((c.doubted, c.conflict, c.said_at, c.openings) for c in order.chargebacks),
        tuple((r.payment_id, r.amount, r.state, r.seen, r.taken, r.doubted) for r in order.elsewhere),
        order.closed_for,
        (order.ledger.held, order.ledger.shortfall, order.ledger.released),
        order.cancellation_requests,
        order.cancellation and (order.cancellation.outcome, order.cancellation.platform_asked),
        *records.keys(order),
        tuple((kept.name, kept.subject, kept.fact) for kept in order.kept),
        (order.conflicts, order.unattributed, order.resets, order.acknowledged),
        order.settled,
    )


def _keys(record: Transfer) -> tuple[object, ...]:
    return tuple((a.amount, a.state, a.seen, a.void, a.questions, a.unsent, a.fits) for a in record.attempts)


def placements(pending: tuple[Deadline, ...], started: tuple[Deadline, ...], start: datetime) -> Iterator[Choice]:
    """Windows with which the `started` deadlines come before, with and after each of the `pending` ones."""
    kinds = list(dict.fromkeys(deadline.kind for deadline in started))
    instants = sorted({(d.at - start).total_seconds() for d in pending if d.at > start})
    for seconds in product(_places(instants), repeat=len(kinds)):
        chosen = tuple((WINDOWS[kind], at) for kind, at in zip(kinds, seconds, strict=True))
        yield chosen
        if len(kinds) == 2 and seconds[0] == seconds[1] and seconds[0] not in instants:
            first, second = chosen
            yield first, (second[0], second[1] + 1)
            yield (first[0], first[1] + 1), second


def _places(instants: list[float]) -> list[float]:
    """One place in each gap, and one on each instant."""
    edges = [0.0, *instants]
    gaps = [(low + high) / 2 for low, high in zip(edges, instants, strict=False)]
    return sorted({*gaps, *instants, edges[-1] + 300})
