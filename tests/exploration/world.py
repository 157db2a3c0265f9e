"""What the world can do to an order in a given state: every message that could arrive, and no answer to a question
that was never asked. Here are the bounds that keep the exploration finite; everything within them is tried.
"""

from collections.abc import Iterator
from typing import Final, TypeVar

from tests.exploration import later, withdrawn
from tests.exploration.abstract import NOON, STEP, Choice
from tests.exploration.later import Tried
from tests.exploration.worlds import EXACT, OVER, World
from tests.process.orders import (
    APPROVE,
    BUYER,
    CAPTURE_1,
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
    checked,
    move,
    paid_by_hand,
    refund_news,
    release_news,
    request,
    retry,
    retry_release,
)
from workflows.frozen import replace
from workflows.messages.authorizations import PaymentAuthorized
from workflows.messages.commands import AddNote, PaymentFailed, SendMessage
from workflows.messages.disputes import DecideDispute
from workflows.messages.parcels import ExtendDelivery
from workflows.messages.terms import AutoApproval
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Role, Stage
from workflows.messages.vocabulary import Resolution
from workflows.process.clock.deadlines import OF_MONEY
from workflows.process.early import is_early
from workflows.process.money.ledger import id_of, is_final
from workflows.process.money.questions import is_contradicted
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE, Refund, Release
from workflows.process.step import Event

MAX_PAYMENTS: Final = 2
T = TypeVar("T", Refund, Release)


def messages(world: World, order: Order) -> Iterator[Tried]:
    """Everything that could arrive now, and of early facts as many as the world keeps."""
    for told, event in _everything(world, order):
        if len(order.kept) < world.early or not is_early(order, event):
            yield told, event


def _everything(world: World, order: Order) -> Iterator[Tried]:
    if world.tells:
        yield from _second_half(world, order)
        return
    yield from _payments(world, order)
    if not world.money_in_full:
        yield from _story(order)
    else:
        yield from _shortest(order)
    yield from _beside(order)
    if world.chargebacks:
        yield from withdrawn.words_of_the_bank(order)
    yield from _all_news(world, order)


def _second_half(world: World, order: Order) -> Iterator[Tried]:
    for told in world.tells:
        yield from told
    if world.offers:
        yield from later.offers(order, *world.offers)
    if world.moves:
        yield from _moves(order)
    if world.chargebacks:
        yield from withdrawn.words_of_the_bank(order)
    if world.looks:
        yield from later.looks(order)
    yield from _troubles(order)
    yield from _all_news(world, order)


def _payments(world: World, order: Order) -> Iterator[Tried]:
    number = len(order.payments) + 1
    if not order.payments:
        for amount, currency in world.first_payments:
            yield _captured(amount, number, currency)
    elif world.chargebacks:
        pass  # beside a chargeback one payment is enough: another one is sent back whole, and knows nothing of it
    elif number <= MAX_PAYMENTS and (not world.money_in_full or _is_plain(order)):
        yield _captured(TOTAL, number, "USD")
    for payment in order.payments:
        yield _captured(payment.amount, int(payment.payment_id[-1]), payment.currency)
        yield _captured(OVER + 1, int(payment.payment_id[-1]), "USD")
    yield "PAYMENT_FAILED", PAYMENT_FAILED


def _is_plain(order: Order) -> bool:
    """Whether the money in full meets a second payment here: beside what was tried once, and said once."""
    tried_once = all(len(record.attempts) < 2 and not record.settled_by_hand for record in _out(order))
    said_once = all(len(attempt.seen) < 2 for record in _out(order) for attempt in record.attempts)
    return order.stage in SECOND_PAYMENT and tried_once and said_once


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
    yield from _moves(order)


def _moves(order: Order) -> Iterator[Tried]:
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
    yield from _troubles(order)


def _troubles(order: Order) -> Iterator[Tried]:
    for refund in order.refunds:
        yield f'retry("{refund.refund_id}")', retry(refund.refund_id)
        yield f'by_hand("{refund.refund_id}")', by_hand(refund.refund_id)
    for release in order.releases:
        yield f'retry_release("{release.release_id}")', retry_release(release.release_id)
        yield f'paid_by_hand("{release.release_id}")', paid_by_hand(release.release_id)


def beyond(world: World, order: Order) -> bool:
    """Whether a state lies beyond the bounds: how it was reached is checked, and nothing is tried in it."""
    both = len(order.offers) > 1
    if order.stage in world.ends or (both and any(offer.resolution not in BOTH_SIDES for offer in order.offers)):
        return True
    attempts = 2 if world.money_in_full and len(order.payments) == 1 else 1
    for number, record in enumerate(_out(order)):
        if len(record.attempts) > (1 if number else attempts):
            return True
        if any(len(attempt.seen) > 2 for attempt in record.attempts):
            return True
    return order.capture is not None and len(order.capture.attempts) > 1


def in_outline(world: World, order: Order) -> Order:
    """`order` without what this world does not tell: which deadlines have passed, where it tells of other things; what
    only somebody looks at, where nobody does; and what a provider said before, where it says nothing else later."""
    if not world.looks:
        order = replace(order, conflicts=(), unattributed=())
    if not world.contradicts:
        refunds, releases = map(_with_last_words, order.refunds), map(_with_last_words, order.releases)
        order = replace(order, refunds=tuple(refunds), releases=tuple(releases))
    if world.offers or (order.stage.closed and (world.money_in_full or world.tells)):
        return replace(order, passed=())
    return order


def _with_last_words(record: T) -> T:
    said = (replace(one, seen=(one.state,) if is_final(one.state) else ()) for one in record.attempts)
    return replace(record, attempts=tuple(said))


def _all_news(world: World, order: Order) -> Iterator[Tried]:
    yield from withdrawn.answers_of_the_provider(order)
    for number, record in enumerate(_out(order)):
        yield from _news(world, order, record, first=number == 0)
    for attempt in order.capture.attempts if order.capture else ():
        yield from (_of_capture(state, attempt.number) for state in CAPTURE)


def _out(order: Order) -> tuple[Refund | Release, ...]:
    return (*order.refunds, *order.releases)


def _of_capture(state: MoneyState, attempt: int) -> Tried:
    return f"answered(MoneyState.{state.name}, {attempt}, CAPTURE_1)", answered(state, attempt, CAPTURE_1)


def _news(world: World, order: Order, record: Refund | Release, *, first: bool) -> Iterator[Tried]:
    """What the provider may say of each attempt that was begun; of the others only how they end."""
    in_full = world.money_in_full and not (world.chargebacks or world.looks)
    by_itself = world.contradicts and len(_out(order)) == 1
    told = OUTLINE
    if world.tells:
        told = OUTLINE if order.stage.closed else ()
    elif first and (world.chargebacks or not order.stage.closed):
        told = WATCHED
    elif first and in_full:
        told = FULL
    if world.calls_succeed:
        told = (MoneyState.SUCCEEDED,)
    for attempt in record.attempts:
        if first or not is_final(attempt.state):
            contradicts = by_itself and attempt.number == 1
            said = (state for state in told if contradicts or not is_contradicted(attempt, state))
            yield from (_said(record, state, attempt.number) for state in said)
    if first and in_full:
        if not any(is_contradicted(attempt, MoneyState.SUCCEEDED) for attempt in record.attempts):
            yield _said(record, MoneyState.SUCCEEDED, None)
        yield from _checked(record)
    if not record.attempts or (not by_itself and is_contradicted(record.attempts[-1], MoneyState.SUCCEEDED)):
        return
    by_platform = ", by=PLATFORM"
    if isinstance(record, Refund):
        text = f'refund_news(MoneyState.SUCCEEDED, {len(record.attempts)}, "{record.refund_id}"{by_platform})'
        yield text, refund_news(MoneyState.SUCCEEDED, len(record.attempts), record.refund_id, by=PLATFORM)
    else:
        number, named = len(record.attempts), f'release_id="{record.release_id}"'
        text = f"release_news(MoneyState.SUCCEEDED, {number}, {named}{by_platform})"
        yield text, release_news(MoneyState.SUCCEEDED, number, release_id=record.release_id, by=PLATFORM)


def _checked(record: Refund | Release) -> Iterator[Tried]:
    """What the provider may say when it is asked which of its words is true."""
    for attempt in record.attempts:
        if attempt.state is MoneyState.SUCCEEDED and set(attempt.seen) & set(IN_TROUBLE):
            for state in (MoneyState.PENDING, MoneyState.SUCCEEDED, *IN_TROUBLE):
                told = f'checked(MoneyState.{state.name}, {attempt.number}, "{id_of(record)}")'
                yield told, checked(state, attempt.number, id_of(record))


def _said(record: Refund | Release, state: MoneyState, attempt: int | None) -> Tried:
    name = f"MoneyState.{state.name}"
    record_id = record.refund_id if isinstance(record, Refund) else record.release_id
    if state in (MoneyState.UNKNOWN, MoneyState.SUBMITTED) and attempt:
        return f'answered({name}, {attempt}, "{record_id}")', answered(state, attempt, record_id)
    if isinstance(record, Refund):
        return f'refund_news({name}, {attempt}, "{record_id}")', refund_news(state, attempt, record_id)
    told = f'release_news({name}, {attempt}, release_id="{record_id}")'
    return told, release_news(state, attempt, release_id=record_id)


def choices(order: Order, event: Event | None, due: frozenset[DeadlineKind]) -> Iterator[Choice]:
    """The terms that this very step reads: each variant of each, in every combination."""
    found: list[Choice] = [()]
    for name, values in _read(order, event, due):
        found = [(*choice, (name, value)) for choice in found for value in values]
    yield from found


def _read(order: Order, event: Event | None, due: frozenset[DeadlineKind]) -> Iterator[tuple[str, tuple[object, ...]]]:
    if isinstance(event, PaymentAuthorized):
        yield "capture", ("at_payment", "at_shipment")
    if event == REQUEST and order.stage is Stage.AWAITING_SHIPMENT:
        yield "auto_approve", ((), (AutoApproval(),))
    if DeadlineKind.SHIP_BY in due:
        yield "on_missed_shipment", ("cancel_and_refund", "remind")
    if DeadlineKind.RESPOND_BY in due:
        yield "on_seller_silence", ("continue", "approve", "ask_platform")
    if DeadlineKind.PROTECTED_UNTIL in due and order.stage is Stage.SHIPPED:
        yield "on_no_delivery", ("complete", "full_refund")
    if DeadlineKind.PROTECTED_UNTIL in due and order.stage is Stage.LOST_IN_RETURN:
        yield "on_lost_return", ("no_refund", "full_refund")
    if DeadlineKind.DECIDE_NO_LATER_THAN in due:
        yield "on_undecided", ("as_requested", "no_refund")
    if isinstance(event, DecideDispute) and event.outcome in (Resolution.PARTIAL_REFUND, Resolution.NO_REFUND):
        yield "appeal_within", (300, 0)


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
CAPTURE: Final = (MoneyState.UNKNOWN, MoneyState.SUCCEEDED, MoneyState.FAILED)
"""What our own call for a capture may be answered with."""
WATCHED: Final[tuple[MoneyState, ...]] = (MoneyState.SUBMITTED, MoneyState.SUCCEEDED, MoneyState.FAILED)
BOTH_SIDES: Final = (Resolution.PARTIAL_REFUND,)
"""What both sides may have offered at once; of everything else one offer is open at a time."""
OUTLINE: Final[tuple[MoneyState, ...]] = (MoneyState.SUCCEEDED, MoneyState.FAILED)
SECOND_PAYMENT: Final = (Stage.PENDING_PAYMENT, Stage.CANCELLED, Stage.COMPLETED)
"""Where the money in full meets a second payment; the story meets it everywhere."""
