"""Orders in every situation that tells somebody something, and every event sent to each: who is then told what.

Not the exploration: nothing is proven of all orders here. It is wide enough that each row of `told.py` happens.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from typing import Final, NamedTuple

from tests.process.later_orders import (
    AGREE,
    CONTEST,
    INTERCEPT,
    LOST,
    REFUSED,
    RETURN_ARRIVED,
    RETURNED,
    SHIP_RETURN,
    accept,
    appeal,
    ask,
    back,
    decide,
    decided,
    disputed,
    exchanging,
    going_back,
    offer,
    open_dispute,
    receive,
    returning,
    reviewed,
)
from tests.process.orders import (
    BUYER,
    CAPTURE_1,
    CARRIER,
    PLATFORM,
    PROVIDER,
    RELEASE_1,
    SELLER,
    SHIP,
    START,
    TOTAL,
    after,
    answered,
    asked,
    authorized,
    cancel,
    captured,
    claimed_too,
    clock,
    days,
    delivered,
    given_elsewhere,
    hours,
    let_go,
    new_order,
    paid,
    promised,
    refund_news,
    refunding,
    release_news,
    releasing,
    settle_conflict,
    shipped,
    start,
)
from workflows.messages.base import Command
from workflows.messages.cancellation import DecideCancellation
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, ChargebackOutcome
from workflows.messages.commands import (
    MESSAGES,
    PaymentFailed,
    RefundUpdated,
    ReleaseUpdated,
    SendMessage,
)
from workflows.messages.inquiries import WithdrawalState
from workflows.messages.parcels import CarrierFact, ParcelLost
from workflows.messages.refusal import Refused
from workflows.messages.terms import AutoApproval
from workflows.messages.values import MoneyState, RejectionReason, Role
from workflows.messages.vocabulary import DisputeReason, Inspection, Resolution
from workflows.process.clock.deadlines import next_instant
from workflows.process.early import MAX_KEPT_OF_CARRIERS
from workflows.process.money.ledger import all_transfers, id_of
from workflows.process.money.overflow import MAX_PAYMENTS
from workflows.process.money.withdrawals import MAX_WITHDRAWALS, unanswered_inquiries
from workflows.process.resets import order_reset
from workflows.process.samples import honest_tries
from workflows.process.state.changes import AttemptAnswered, InquiryAnswered, Record, Step
from workflows.process.state.order import Order
from workflows.process.step import Event, open_order, settle_deadlines, step
from workflows.process.telling.view import answer_of_now


class Told(NamedTuple):
    """A notice, and the event that it tells of."""

    event: str
    role: Role
    kind: str


class Seen(NamedTuple):
    """What was seen of events: which happened at all, and what was told of them."""

    events: frozenset[str]
    told: frozenset[Told]
    unheard: frozenset[tuple[str, Role]]
    """Events that led an order to another stage, and the side that neither caused it nor was told."""


@cache
def seen() -> Seen:
    """Every event in every situation."""
    events, told, unheard = set[str](), set[Told](), set[tuple[str, Role]]()
    for taken in chain(
        [open_order(start(), START)], chain.from_iterable(map(_steps, _situations())), _more_than_fits()
    ):
        for record in (effect for effect in taken.effects if isinstance(effect, Record)):
            entry = record.entry
            name = f"reminder of {entry.name}" if entry.outcome == "reminder" else entry.name
            events.add(name)
            told |= {Told(name, notice.role, notice.kind) for notice in record.notices}
            if entry.from_stage not in (None, entry.to_stage):
                heard = {entry.role, *(notice.role for notice in record.notices)}
                unheard |= {(name, side) for side in (Role.BUYER, Role.SELLER) if side not in heard}
    return Seen(frozenset(events), frozenset(told), frozenset(unheard))


def _steps(order: Order) -> Iterator[Step]:
    """What each event alone makes of the order, and what the clock makes of it until its end."""
    # Later than anything that has happened to it, and before its first deadline: what is late tells of the deadline.
    now = next_instant(order) or days(90)
    yield from _by_messages(order, now - timedelta(seconds=1))
    yield from _by_the_clock(order)


def _by_messages(order: Order, now: datetime) -> Iterator[Step]:
    for event in _events(order, now):
        try:
            yield step(order, event, now)
        except Refused:
            continue
    yield order_reset(order, now)


def _by_the_clock(order: Order) -> Iterator[Step]:
    while at := next_instant(order):
        order, effects = settle_deadlines(order, at)
        yield Step(order, effects, answer_of_now(order))


def _situations() -> Iterator[Order]:
    """An order wherever somebody waits for something."""
    on_its_way, here, talked = shipped(), delivered(), after(delivered(), HIS_OFFER, HER_OFFER, at=days(1))
    missing = after(shipped(deliver_within="P1D"), NOT_RECEIVED, at=days(3))
    pending = after(refunding(), answered(MoneyState.PENDING), at=hours(4))
    paying_out = after(releasing(), answered(MoneyState.PENDING, record_id=RELEASE_1), at=days(2))
    charging = after(promised(), SHIP, at=hours(2))
    charged_in_vain = after(charging, let_go(), at=hours(3))
    being_charged = after(charging, answered(MoneyState.PENDING, record_id=CAPTURE_1), at=hours(3))
    sent_back = after(returning(), SHIP_RETURN, at=days(5))
    lost = after(going_back(), LOST, at=days(2))
    agreed = after(on_its_way, offer(Resolution.RETURN_AND_REFUND), accept(), at=days(1))
    disputed_by_bank = after(paid(), _opened(), at=hours(1))
    yield from (new_order(), new_order(capture="at_shipment"), paid(), promised(), asked())
    yield from (asked(on_seller_silence=silence, ship_within="P30D") for silence in ("ask_platform", "approve"))
    yield clock(asked(on_seller_silence="ask_platform", ship_within="P30D"), days(4))
    late = paid(on_missed_shipment="remind", ship_within="PT2H")
    yield from (late, clock(late, days(1)), asked(on_missed_shipment="remind", ship_within="PT2H"))
    yield paid(auto_approve=(AutoApproval(),))
    yield from (on_its_way, after(on_its_way, INTERCEPT, at=days(1)), agreed, shipped(on_no_delivery="full_refund"))
    yield after(after(on_its_way, INTERCEPT, at=days(1)), RETURNED, at=days(2))
    yield from (going_back(), back(), after(back(), receive(), at=days(3)), lost, clock(lost, days(60)))
    yield from (going_back(on_lost_return="full_refund"), here, talked, after(agreed, REFUSED, at=days(2)))
    yield from (disputed(), disputed(Resolution.EXCHANGE), after(disputed(), HER_OFFER, HIS_OFFER, at=days(2)))
    yield from (missing, after(missing, CONTEST, at=days(3)), reviewed(), reviewed(on_undecided="no_refund"))
    yield from (after(reviewed(), ask(role), at=days(3)) for role in (Role.BUYER, Role.SELLER))
    yield from (reviewed(appeal_within="PT0S"), decided(Resolution.NO_REFUND), decided(Resolution.PARTIAL_REFUND, 500))
    yield after(decided(Resolution.NO_REFUND), appeal(), at=days(5))
    yield from (returning(), sent_back, after(sent_back, RETURN_ARRIVED, at=days(6)))
    yield from (clock(sent_back, days(36)), after(sent_back, RETURN_LOST, at=days(6)), exchanging())
    yield from (refunding(), pending, after(pending, refund_news(MoneyState.FAILED), at=hours(5)))
    yield after(refunding(), refund_news(MoneyState.SUCCEEDED), at=hours(4))
    yield from (releasing(), paying_out, after(paying_out, release_news(MoneyState.FAILED), at=days(2)))
    yield after(releasing(), release_news(MoneyState.SUCCEEDED), at=days(2))
    yield from (charging, being_charged, charged_in_vain, after(promised(), cancel(), at=hours(2)))
    yield from (disputed_by_bank, after(disputed_by_bank, cancel(), at=hours(2)))
    yield from (after(order, _opened(), at=days(4)) for order in (here, decided(Resolution.FULL_REFUND), reviewed()))
    yield after(decided(Resolution.FULL_REFUND), _closed(ChargebackOutcome.LOST), at=days(4))
    yield from (after(order, claimed_too(), at=days(4)) for order in (paid(ship_within="P30D"), reviewed()))
    yield from (after(order, given_elsewhere(), at=days(4)) for order in (here, reviewed(), releasing()))


def _events(order: Order, now: datetime) -> Iterator[Event]:
    """Whatever may come, from anybody."""
    for kind in MESSAGES.values():
        if issubclass(kind, Command):
            yield from chain.from_iterable(honest_tries(order, role, kind, now) for role in kind.roles)
    yield from COMMANDS
    yield from FACTS
    for tracking in (*order.trackings, "T-0"):
        for kind in MESSAGES.values():
            if issubclass(kind, CarrierFact):
                yield kind(by=CARRIER, tracking=tracking)
    yield from _news_of_money(order)


def _news_of_money(order: Order) -> Iterator[Event]:
    """What the provider says of transfers, by webhook and when it is asked."""
    for record in all_transfers(order):
        for state in (MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED):
            if record.attempts:
                yield AttemptAnswered(id_of(record), len(record.attempts), state)
            if record in order.refunds:
                yield RefundUpdated(by=PROVIDER, refund_id=id_of(record), attempt=1, state=state)
            elif record in order.releases:
                yield ReleaseUpdated(by=PROVIDER, release_id=id_of(record), attempt=1, state=state)
    for inquiry in unanswered_inquiries(order):
        of_refund: tuple[WithdrawalState | None, ...] = (None, "succeeded", "failed")
        of_chargeback: tuple[WithdrawalState | None, ...] = (None, "won", "lost")
        states = of_chargeback if inquiry.call.about == "chargeback" else of_refund
        yield from (InquiryAnswered(inquiry.call, state) for state in states)


def _more_than_fits() -> Iterator[Step]:
    """One fact more than an order keeps: early ones, payments, chargebacks."""
    early = [ParcelLost(by=CARRIER, tracking=f"X-{number}") for number in range(MAX_KEPT_OF_CARRIERS + 1)]
    payments = [captured(5, f"p-{number}") for number in range(MAX_PAYMENTS + 1)]
    order = open_order(start(), START).order
    for flood in (early, payments):
        yield from _one_after_the_other(order, flood)
    paid = step(order, captured(), START).order
    yield from _one_after_the_other(paid, [_opened(number) for number in range(MAX_WITHDRAWALS + 1)])


def _one_after_the_other(order: Order, events: Sequence[Event]) -> Iterator[Step]:
    for event in events:
        taken = step(order, event, START + timedelta(minutes=1))
        order = taken.order
        yield taken


def _opened(number: int = 1) -> ChargebackOpened:
    return ChargebackOpened(by=PROVIDER, payment_id="p-1", chargeback_id=f"c-{number}", amount=TOTAL)


def _closed(outcome: ChargebackOutcome, amount: int = TOTAL) -> ChargebackClosed:
    return ChargebackClosed(by=PROVIDER, payment_id="p-1", chargeback_id="c-1", amount=amount, outcome=outcome)


NOT_RECEIVED: Final = open_dispute(DisputeReason.NOT_RECEIVED, evidence=())
HIS_OFFER: Final = offer(Resolution.PARTIAL_REFUND, 500, by=BUYER)
HER_OFFER: Final = offer(Resolution.PARTIAL_REFUND, 400)
RETURN_LOST: Final = ParcelLost(by=CARRIER, tracking="R-1")
COMMANDS: Final[tuple[Event, ...]] = (
    DecideCancellation(by=SELLER, approve=False, reason=RejectionReason.ALREADY_PREPARED),
    SendMessage(by=PLATFORM, to=Role.BUYER, text="Hello."),
    SendMessage(by=BUYER, to=Role.PLATFORM, text="Hello."),
    AGREE,
    ask(Role.SELLER),
    receive(Inspection.EMPTY),
    open_dispute(DisputeReason.NOT_RECEIVED, evidence=()),
    open_dispute(DisputeReason.NOT_RECEIVED, by=PLATFORM, evidence=()),
    open_dispute(requested=Resolution.EXCHANGE),
    *(decide(each) for each in (Resolution.NO_REFUND, Resolution.RETURN_AND_REFUND, Resolution.EXCHANGE)),
    decide(Resolution.PARTIAL_REFUND, 500),
    offer(Resolution.RETURN_AND_REFUND),
    offer(Resolution.PARTIAL_REFUND, 500),
)
"""What may be said otherwise than an honest try says it."""
FACTS: Final[tuple[Event, ...]] = (
    captured(),
    captured(TOTAL + 101),
    captured(5, "p-2"),
    captured(TOTAL, "p-3"),
    authorized(),
    authorized(5, "p-2"),
    let_go(),
    PaymentFailed(by=PROVIDER, payment_id="p-1", reason="declined"),
    claimed_too(),
    settle_conflict(0),
    _opened(),
    _closed(ChargebackOutcome.WON),
    _closed(ChargebackOutcome.LOST),
    _closed(ChargebackOutcome.LOST, TOTAL + 1),
    *(given_elsewhere(state=state) for state in (MoneyState.PENDING, MoneyState.SUCCEEDED, MoneyState.FAILED)),
)
