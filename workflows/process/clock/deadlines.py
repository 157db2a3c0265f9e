"""Starting, ending and finding deadlines and their reminders; whose each kind is. What it bounds the messages say."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from workflows.frozen import replace
from workflows.messages.base import Message
from workflows.messages.cancellation import CancelOrder, RequestCancellation
from workflows.messages.durations import Span
from workflows.messages.parcels import Ship
from workflows.messages.sentences import Sentence, say
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.process.clock.windows import window_end
from workflows.process.state.changes import Clock, DeadlinePassed, ReminderDue
from workflows.process.state.counting import Counted
from workflows.process.state.deadline import Deadline, StoodStill
from workflows.process.state.order import Order

LONG_WINDOW: Final = timedelta(hours=48)
"""Windows over this are reminded of `REMIND_BEFORE` their end (R23)."""
REMIND_BEFORE: Final = timedelta(hours=24)
SHORT_WINDOW: Final = timedelta(hours=2)
"""Windows under this have no reminder."""

_RANK: Final = {kind: rank for rank, kind in enumerate(DeadlineKind)}

PARTY: Final = {
    DeadlineKind.PAY_BY: Role.BUYER,
    DeadlineKind.SHIP_BY: Role.SELLER,
    DeadlineKind.SHIP_NO_LATER_THAN: Role.SELLER,
    DeadlineKind.RESPOND_BY: Role.SELLER,
    DeadlineKind.DELIVER_BY: Role.CARRIER,
    DeadlineKind.RETURN_BY: Role.CARRIER,
    DeadlineKind.INSPECT_BY: Role.SELLER,
    DeadlineKind.RETURN_SHIP_BY: Role.BUYER,
    DeadlineKind.PROTECTED_UNTIL: Role.BUYER,
    DeadlineKind.ANSWER_BY: Role.SELLER,
    DeadlineKind.DECIDE_BY: Role.PLATFORM,
    DeadlineKind.DECIDE_NO_LATER_THAN: Role.PLATFORM,
    DeadlineKind.APPEAL_BY: Role.BUYER,
    DeadlineKind.REFUND_EXPECTED_BY: Role.PAYMENT_PROVIDER,
    DeadlineKind.REFUND_ALERT_AT: Role.PAYMENT_PROVIDER,
    DeadlineKind.CHARGEBACK_ALERT_AT: Role.PAYMENT_PROVIDER,
}
"""Whose each is. `inform_by` is whoever was asked."""
REMINDED: Final[Mapping[DeadlineKind, Sentence]] = {
    DeadlineKind.SHIP_BY: say("please ship it"),
    DeadlineKind.RESPOND_BY: say("please answer the cancellation request"),
    DeadlineKind.INSPECT_BY: say("please inspect what came back"),
    DeadlineKind.RETURN_SHIP_BY: say("please send the goods back"),
    DeadlineKind.PROTECTED_UNTIL: say("if something is wrong, please say so"),
    DeadlineKind.ANSWER_BY: say("please answer the dispute"),
    DeadlineKind.INFORM_BY: say("please answer the platform"),
    DeadlineKind.DECIDE_BY: say("please decide"),
}
"""Those of which somebody is reminded, and what the reminder asks for (R23)."""
OF_THE_PARCEL: Final = (
    DeadlineKind.DELIVER_BY,
    DeadlineKind.RETURN_BY,
    DeadlineKind.INSPECT_BY,
    DeadlineKind.PROTECTED_UNTIL,
)
"""They stand still while a dispute is open (R30)."""
REST_AT_LEAST: Final = timedelta(hours=72)
"""What a deadline that stood still has left when it runs again (R30)."""
OF_MONEY: Final = (
    DeadlineKind.REFUND_EXPECTED_BY,
    DeadlineKind.REFUND_ALERT_AT,
    DeadlineKind.CHARGEBACK_ALERT_AT,
)
"""They watch a refund, release, capture or chargeback, run on when the order closes, and cannot be moved."""

MOOT_BY_SILENCE: Final = (Ship, CancelOrder, RequestCancellation)
"""What a seller's silence that cancels the order makes too late, beside the answer itself."""

CLOSING_A_WINDOW: Final = (
    DeadlineKind.DELIVER_BY,
    DeadlineKind.INSPECT_BY,
    DeadlineKind.ANSWER_BY,
    DeadlineKind.INFORM_BY,
)
"""Deadlines after which something is no longer possible although the stage is the same: a refusal names them."""


def start_deadline(
    order: Order, kind: DeadlineKind, window: Span, start: datetime, subject: str = "", party: Role | None = None
) -> Order:
    """`order` with a deadline of `kind` that ends a `window` after `start`; one that ran before gives way."""
    at, counted = window_end(start, window, order.terms.calendar)
    return set_deadline(order, kind, at, start, counted=counted, subject=subject, party=party)


def set_deadline(  # noqa: PLR0913 - one parameter per field of a deadline
    order: Order,
    kind: DeadlineKind,
    at: datetime,
    start: datetime,
    *,
    counted: Counted | None = None,
    subject: str = "",
    party: Role | None = None,
) -> Order:
    """`order` with a deadline of `kind` at an instant that somebody named."""
    remind_at = _remind_at(kind, start, at)
    deadline = Deadline(at, kind, party or PARTY[kind], remind_at=remind_at, subject=subject, counted=counted)
    others = [other for other in order.deadlines if (other.kind, other.subject) != (kind, subject)]
    return replace(order, deadlines=tuple(sorted([*others, deadline], key=_by_instant)))


def end_deadlines(order: Order, *kinds: DeadlineKind, subject: str = "") -> Order:
    """`order` without these deadlines."""
    rest = tuple(d for d in order.deadlines if d.kind not in kinds or d.subject != subject)
    return replace(order, deadlines=rest)


def stage_left(order: Order, *keeping: DeadlineKind) -> Order:
    """`order` without the deadlines of the stage it leaves; those of money run on."""
    # It knows no old from new: called once the next stage's deadline has started, it ends that, and the order hangs.
    return replace(order, deadlines=tuple(d for d in order.deadlines if d.kind in (*keeping, *OF_MONEY)))


def stop_deadlines(order: Order, now: datetime) -> tuple[Order, tuple[StoodStill, ...]]:
    """`order` with the parcel's deadlines standing still, and what was left of each (R30)."""
    still = tuple(StoodStill(d.kind, d.at - now, order.stage) for d in order.deadlines if d.kind in OF_THE_PARCEL)
    return stage_left(order), still


def resume_deadline(
    order: Order, kind: DeadlineKind, window: Span, still: tuple[StoodStill, ...], now: datetime
) -> Order:
    """`order` with a deadline running again that stood still: its rest, at least `REST_AT_LEAST`; any other anew."""
    rest = next((stood.rest for stood in still if stood.kind is kind), None)
    if rest is None:
        return start_deadline(order, kind, window, now)
    return set_deadline(order, kind, now + max(rest, REST_AT_LEAST), now)


def running_deadline(order: Order, kind: DeadlineKind) -> Deadline | None:
    """The running deadline of `kind`."""
    return next((deadline for deadline in order.deadlines if deadline.kind is kind), None)


def possible_until(order: Order, kind: type[Message]) -> datetime | None:
    """Until when a message of `kind` is possible, as far as a running deadline says so."""
    return next(
        (d.at for d in order.deadlines if bounded_actions(order, d.kind, kind) and _ends_something(order, d)), None
    )


def bounded_actions(order: Order, by: DeadlineKind, kind: type[Message]) -> bool:
    """Whether a message of `kind` comes too late once a deadline has passed: one that the message names, or an
    approving silence."""
    silence_cancels = by is DeadlineKind.RESPOND_BY and order.terms.on_seller_silence == "approve"
    return by in kind.until or (silence_cancels and kind in MOOT_BY_SILENCE)


def _ends_something(order: Order, deadline: Deadline) -> bool:
    """Whether anything becomes impossible when it passes: not where the terms only remind, or ask somebody else."""
    if deadline.kind is DeadlineKind.SHIP_BY:
        return order.stage is Stage.EXCHANGING or order.terms.on_missed_shipment != "remind"
    return deadline.kind is not DeadlineKind.RESPOND_BY or order.terms.on_seller_silence != "ask_platform"


def next_instant(order: Order) -> datetime | None:
    """The next instant at which the clock has something to do: the one timer is armed for it."""
    instants = [d.at for d in order.deadlines[:1]] + [d.remind_at for d in order.deadlines if d.remind_at]
    return min(instants, default=None)


def next_due(order: Order, now: datetime, spared: DeadlineKind | None = None) -> Clock | None:
    """What the clock has to settle first, deadlines before reminders of the same instant.

    A deadline that equals `now` has passed. A reminder of a deadline that has passed too comes to nothing.
    """
    passed = next((d for d in order.deadlines if d.at <= now and d.kind is not spared), None)
    reminders = [d for d in order.deadlines if d.remind_at and d.remind_at <= now < d.at]
    reminder = min(reminders, key=lambda d: (d.remind_at, _RANK[d.kind]), default=None)
    if passed and not (reminder and reminder.remind_at and reminder.remind_at < passed.at):
        return DeadlinePassed(passed)
    return ReminderDue(reminder) if reminder else None


def spend_reminder(order: Order, deadline: Deadline) -> Order:
    """`order` with that deadline's reminder spent."""
    spent = tuple(replace(d, remind_at=None) if d == deadline else d for d in order.deadlines)
    return replace(order, deadlines=spent)


def _remind_at(kind: DeadlineKind, start: datetime, at: datetime) -> datetime | None:
    window = at - start
    if kind not in REMINDED or window < SHORT_WINDOW:
        return None
    if window > LONG_WINDOW:
        return at - REMIND_BEFORE
    return start + window / 2


def _by_instant(deadline: Deadline) -> tuple[datetime, int, str]:
    return deadline.at, _RANK[deadline.kind], deadline.subject
