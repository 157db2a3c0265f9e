"""What the world can do to an order in a given state: every message that could arrive, and no answer to a question
that was never asked. Here are the bounds that keep the exploration finite; everything within them is tried.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from tests.exploration.abstract import NOON, STEP, Choice
from tests.process.orders import (
    APPROVE,
    BUYER,
    CONFIRM,
    DELIVERED,
    PLATFORM,
    REJECT,
    REJECT_AS_SHIPPED,
    SELLER,
    SHIP,
    TOTAL,
    WITHDRAW,
    answered,
    by_hand,
    cancel,
    captured,
    move,
    refund_news,
    release_news,
    request,
    retry,
    retry_release,
)
from workflows.messages.commands import AddNote, ExtendDelivery, PaymentFailed, SendMessage
from workflows.messages.terms import AutoApproval
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Role, Stage
from workflows.process.deadlines import OF_MONEY
from workflows.process.money import is_final, transfers
from workflows.process.state import Order, Refund, Release
from workflows.process.step import Event

MAX_PAYMENTS: Final = 2
OVER: Final = TOTAL + 701
SMALL: Final = 700

Tried = tuple[str, Event]
"""A message, and the Python that makes it."""


@dataclass(frozen=True)
class World:
    """One exploration: which part of the world is told in full there, and which only in outline."""

    name: str
    money_in_full: bool
    """Every answer of the provider for the first refund or release, of one attempt at most two final ones; and
    one retry while there is one payment. Every other record is only in flight, in trouble, or final."""
    first_payments: tuple[tuple[int, str], ...]
    """How the buyer may pay first: amount and currency."""


EXACT: Final = (TOTAL, "USD")
TOO_SMALL: Final = (SMALL, "USD")
TOO_LARGE: Final = (OVER, "USD")
FOREIGN: Final = (TOTAL, "EUR")

STORY: Final = World("story", money_in_full=False, first_payments=(EXACT, TOO_SMALL))
"""Every stage, request, answer and deadline race, with the money in outline."""
MONEY: Final = World("money", money_in_full=True, first_payments=(EXACT, TOO_LARGE, FOREIGN))
"""Every answer of the provider, with the shortest ways to every end of the story."""


def parts(world: World) -> tuple[World, ...]:
    """The world, split by how the buyer first pays, so that two cores share it."""
    return tuple(
        replace(world, name=f"{world.name}, paid {amount} {currency} first", first_payments=((amount, currency),))
        for amount, currency in world.first_payments
    )


def messages(world: World, order: Order) -> Iterator[Tried]:
    """Everything that could arrive now."""
    yield from _payments(world, order)
    if not world.money_in_full:
        yield from _story(order)
    else:
        yield from _shortest(order)
    yield from _beside(order)
    for number, record in enumerate(transfers(order)):
        yield from _news(world, order, record, first=number == 0)


def _payments(world: World, order: Order) -> Iterator[Tried]:
    number = len(order.payments) + 1
    if not order.payments:
        for amount, currency in world.first_payments:
            yield _captured(amount, number, currency)
    elif number <= MAX_PAYMENTS and (not world.money_in_full or order.stage in SECOND_PAYMENT):
        yield _captured(TOTAL, number, "USD")
    for payment in order.payments:
        yield _captured(payment.amount, int(payment.payment_id[-1]), payment.currency)
        yield _captured(OVER + 1, int(payment.payment_id[-1]), "USD")
    yield "PAYMENT_FAILED", PAYMENT_FAILED


def _captured(amount: int, number: int, currency: str) -> Tried:
    event = captured(amount, f"p-{number}", currency=currency)
    return f'captured({amount}, "p-{number}", currency="{currency}")', event


def in_time(world: World, order: Order) -> Tried | None:
    """A payment made before `pay_by` and reported after it."""
    number = len(order.payments) + 1
    if order.stage is not Stage.PENDING_PAYMENT or number > MAX_PAYMENTS:
        return None
    if not order.payments and EXACT not in world.first_payments:
        return None
    event = captured(TOTAL, f"p-{number}", occurred_at=NOON)
    return f'captured({TOTAL}, "p-{number}", occurred_at=NOON)', event


def _story(order: Order) -> Iterator[Tried]:
    yield from REQUESTS
    yield from ANSWERS
    yield "cancel()", cancel()
    yield "cancel(PLATFORM, CancellationReason.FRAUD)", cancel(PLATFORM, CancellationReason.FRAUD)
    yield "cancel(SELLER, CancellationReason.FRAUD)", cancel(SELLER, CancellationReason.FRAUD)
    yield from PARCEL
    for deadline in order.deadlines:
        if deadline.kind in OF_MONEY:
            yield f"move({deadline.kind!s}, NOON + STEP)", move(deadline.kind, NOON + STEP)
            continue
        for half_steps in range(1, 2 * len(order.deadlines) + 2):
            to = NOON + half_steps * STEP / 2
            yield f"move(DeadlineKind.{deadline.kind.name}, NOON + {half_steps} * STEP / 2)", move(deadline.kind, to)


def _shortest(order: Order) -> Iterator[Tried]:
    if order.stage in (Stage.PENDING_PAYMENT, Stage.AWAITING_SHIPMENT):
        yield "cancel()", cancel()
        if not order.refunds:
            yield "SHIP", SHIP
    if order.stage in (Stage.SHIPPED, Stage.COMPLETED):
        yield "CONFIRM", CONFIRM


def _beside(order: Order) -> Iterator[Tried]:
    yield from WORDS
    number = len(order.refunds) + 1
    unknown = refund_news(MoneyState.SUCCEEDED, refund_id=f"A-1001-refund-{number}")
    yield f'refund_news(MoneyState.SUCCEEDED, refund_id="A-1001-refund-{number}")', unknown
    for refund in order.refunds:
        yield f'retry("{refund.refund_id}")', retry(refund.refund_id)
        yield f'by_hand("{refund.refund_id}")', by_hand(refund.refund_id)
    if order.releases:
        yield "retry_release()", retry_release()


def beyond(world: World, order: Order) -> bool:
    """Whether a state lies beyond the bounds: how it was reached is checked, and nothing is tried in it."""
    attempts = 2 if world.money_in_full and len(order.payments) == 1 else 1
    for number, record in enumerate(transfers(order)):
        if len(record.attempts) > (1 if number else attempts):
            return True
        if any(len(attempt.seen) > 2 for attempt in record.attempts):
            return True
    return False


def in_outline(world: World, order: Order) -> Order:
    """`order` without what this world does not tell: which deadline closed it, where it tells of money."""
    return replace(order, passed=()) if world.money_in_full and order.stage.closed else order


def _news(world: World, order: Order, record: Refund | Release, *, first: bool) -> Iterator[Tried]:
    """What the provider may say of each attempt that was begun; of the others only how they end."""
    told = OUTLINE
    if first and not order.stage.closed:
        told = WATCHED
    elif first and world.money_in_full:
        told = FULL
    for attempt in record.attempts:
        if first or not is_final(attempt.state):
            yield from (_said(record, state, attempt.number) for state in told)
    if first and world.money_in_full:
        yield _said(record, MoneyState.SUCCEEDED, None)
    by_platform = ", by=PLATFORM"
    if isinstance(record, Refund):
        text = f'refund_news(MoneyState.SUCCEEDED, {len(record.attempts)}, "{record.refund_id}"{by_platform})'
        yield text, refund_news(MoneyState.SUCCEEDED, len(record.attempts), record.refund_id, by=PLATFORM)
    else:
        text = f"release_news(MoneyState.SUCCEEDED, {len(record.attempts)}{by_platform})"
        yield text, release_news(MoneyState.SUCCEEDED, len(record.attempts), by=PLATFORM)


def _said(record: Refund | Release, state: MoneyState, attempt: int | None) -> Tried:
    name = f"MoneyState.{state.name}"
    record_id = record.refund_id if isinstance(record, Refund) else record.release_id
    if state in (MoneyState.UNKNOWN, MoneyState.SUBMITTED) and attempt:
        return f'answered({name}, {attempt}, "{record_id}")', answered(state, attempt, record_id)
    if isinstance(record, Refund):
        return f'refund_news({name}, {attempt}, "{record_id}")', refund_news(state, attempt, record_id)
    return f"release_news({name}, {attempt})", release_news(state, attempt)


def choices(order: Order, event: Event | None, due: frozenset[DeadlineKind]) -> Iterator[Choice]:
    """The terms that this very step reads: each variant of each, in every combination."""
    found: list[Choice] = [()]
    for name, values in _read(order, event, due):
        found = [(*choice, (name, value)) for choice in found for value in values]
    yield from found


def _read(order: Order, event: Event | None, due: frozenset[DeadlineKind]) -> Iterator[tuple[str, tuple[object, ...]]]:
    if event == REQUEST and order.stage is Stage.AWAITING_SHIPMENT:
        yield "auto_approve", ((), (AutoApproval(),))
    if DeadlineKind.SHIP_BY in due:
        yield "on_missed_shipment", ("cancel_and_refund", "remind")
    if DeadlineKind.RESPOND_BY in due:
        yield "on_seller_silence", ("continue", "approve", "ask_platform")
    if DeadlineKind.PROTECTED_UNTIL in due and order.stage is Stage.SHIPPED:
        yield "on_no_delivery", ("complete", "full_refund")


PAYMENT_FAILED: Final = PaymentFailed(by=refund_news(MoneyState.SUCCEEDED).by, payment_id="p-0", reason="declined")
REQUEST: Final = request()
_APPROVE_AS_PLATFORM: Final = APPROVE.model_copy(update={"by": PLATFORM})
_STRANGER: Final = BUYER.model_copy(update={"id": "b-8"})
_EXTEND: Final = ExtendDelivery(by=SELLER, days=1)

REQUESTS: Final[tuple[Tried, ...]] = (
    ("request()", REQUEST),
    ("request(None)", request(None)),
    ("request(CancellationReason.FRAUD)", request(CancellationReason.FRAUD)),
    ('request().model_copy(update={"by": STRANGER})', REQUEST.model_copy(update={"by": _STRANGER})),
    ("WITHDRAW", WITHDRAW),
)
ANSWERS: Final[tuple[Tried, ...]] = (
    ("APPROVE", APPROVE),
    ("REJECT", REJECT),
    ("REJECT_AS_SHIPPED", REJECT_AS_SHIPPED),
    ('APPROVE.model_copy(update={"by": PLATFORM})', _APPROVE_AS_PLATFORM),
    ('REJECT.model_copy(update={"by": PLATFORM})', REJECT.model_copy(update={"by": PLATFORM})),
    ('APPROVE.model_copy(update={"by": BUYER})', APPROVE.model_copy(update={"by": BUYER})),
)
PARCEL: Final[tuple[Tried, ...]] = (
    ("SHIP", SHIP),
    ('SHIP.model_copy(update={"deliver_by": NOON})', SHIP.model_copy(update={"deliver_by": NOON})),
    ('SHIP.model_copy(update={"by": BUYER})', SHIP.model_copy(update={"by": BUYER})),
    ("ExtendDelivery(by=SELLER, days=1)", _EXTEND),
    ("DELIVERED", DELIVERED),
    ('DELIVERED.model_copy(update={"tracking": "T-2"})', DELIVERED.model_copy(update={"tracking": "T-2"})),
    ("CONFIRM", CONFIRM),
)
WORDS: Final[tuple[Tried, ...]] = (
    ('SendMessage(by=BUYER, to=Role.SELLER, text="?")', SendMessage(by=BUYER, to=Role.SELLER, text="?")),
    ('SendMessage(by=SELLER, to=Role.BUYER, text="!")', SendMessage(by=SELLER, to=Role.BUYER, text="!")),
    ('SendMessage(by=PLATFORM, to=Role.BUYER, text=".")', SendMessage(by=PLATFORM, to=Role.BUYER, text=".")),
    ('AddNote(by=PLATFORM, text="note")', AddNote(by=PLATFORM, text="note")),
)
FULL: Final = (
    MoneyState.UNKNOWN,
    MoneyState.SUBMITTED,
    MoneyState.PENDING,
    MoneyState.SUCCEEDED,
    MoneyState.FAILED,
    MoneyState.REVERSED,
)
WATCHED: Final[tuple[MoneyState, ...]] = (MoneyState.SUBMITTED, MoneyState.SUCCEEDED, MoneyState.FAILED)
OUTLINE: Final[tuple[MoneyState, ...]] = (MoneyState.SUCCEEDED, MoneyState.FAILED)
SECOND_PAYMENT: Final = (Stage.PENDING_PAYMENT, Stage.CANCELLED, Stage.COMPLETED)
"""Where the money in full meets a second payment; the story meets it everywhere."""
