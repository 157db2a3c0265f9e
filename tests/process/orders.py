"""Orders, parties and messages for the tests of the process. Data and four small verbs; no fixtures, no fakes."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from workflows.messages.authorizations import PaymentAuthorized, PaymentVoided, RetryCapture, SettleCaptureManually
from workflows.messages.cancellation import CancelOrder, DecideCancellation, RequestCancellation, WithdrawCancellation
from workflows.messages.chargebacks import RefundReported
from workflows.messages.commands import (
    Acknowledge,
    MoveDeadline,
    PaymentCaptured,
    RefundUpdated,
    ReleaseUpdated,
    RetryRefund,
    RetryRelease,
    SettleRefundManually,
    SettleReleaseManually,
)
from workflows.messages.inquiries import Inquiry
from workflows.messages.parcels import ConfirmReceipt, ParcelDelivered, Ship
from workflows.messages.refusal import Refusal, Refused
from workflows.messages.shared_payments import PaymentConflict, SettlePaymentConflict
from workflows.messages.start import Line, StartOrder
from workflows.messages.terms import Terms
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Party, RejectionReason, Role
from workflows.messages.work import MoneyCall, Notice, TimelineEntry
from workflows.process.clock.deadlines import running_deadline
from workflows.process.state.changes import AttemptAnswered, Inquire, LookUp, Record, Send, Step
from workflows.process.state.order import Order
from workflows.process.state.payments import Refund, Release
from workflows.process.step import Event, open_order, settle_deadlines, step

START: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""A Monday, far from any change of a clock."""
TOTAL: Final = 2299
SECOND: Final = timedelta(seconds=1)

BUYER: Final = Party(role=Role.BUYER, id="b-7")
SELLER: Final = Party(role=Role.SELLER, id="s-3")
PLATFORM: Final = Party(role=Role.PLATFORM, id="ops-1")
PROVIDER: Final = Party(role=Role.PAYMENT_PROVIDER, id="payments")
CARRIER: Final = Party(role=Role.CARRIER, id="post")
ENGINE: Final = Party(role=Role.SYSTEM, id="engine")

REFUND_1: Final = "A-1001-refund-1"
REFUND_2: Final = "A-1001-refund-2"
RELEASE_1: Final = "A-1001-release-1"
CAPTURE_1: Final = "A-1001-capture-1"

WITHDRAW: Final = WithdrawCancellation(by=BUYER)
CONFIRM: Final = ConfirmReceipt(by=BUYER)
SHIP: Final = Ship(by=SELLER, carrier="post", tracking="T-1")
DELIVERED: Final = ParcelDelivered(by=CARRIER, tracking="T-1")
APPROVE: Final = DecideCancellation(by=SELLER, approve=True)
REJECT: Final = DecideCancellation(by=SELLER, approve=False, reason=RejectionReason.ALREADY_PREPARED)
REJECT_AS_SHIPPED: Final = DecideCancellation(
    by=SELLER, approve=False, reason=RejectionReason.ALREADY_SHIPPED, carrier="post", tracking="T-1"
)


def minutes(count: float) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=count)


def hours(count: float) -> datetime:
    """So many hours after the start."""
    return START + timedelta(hours=count)


def days(count: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=count)


def start(**changes: Any) -> StartOrder:
    """A start input over 22.99 USD, with these fields changed."""
    lamp = Line(line_id="1", sku="LAMP-1", title="Desk lamp", quantity=1, unit_price=1999)
    plain: dict[str, Any] = {
        "order_id": "A-1001",
        "buyer_id": BUYER.id,
        "seller_id": SELLER.id,
        "currency": "USD",
        "lines": (lamp,),
        "shipping_fee": 300,
    }
    return StartOrder(**(plain | changes))


def new_order(**terms: Any) -> Order:
    """An order that waits for its payment, under these terms."""
    return open_order(start(terms=Terms(**terms)), START).order


def paid(**terms: Any) -> Order:
    """An order paid a minute after its start."""
    return after(new_order(**terms), captured(), at=minutes(1))


def promised(**terms: Any) -> Order:
    """An order that the buyer's bank promised to pay, a minute after its start."""
    return after(new_order(capture="at_shipment", **terms), authorized(), at=minutes(1))


def asked(**terms: Any) -> Order:
    """An order whose buyer asked to cancel an hour after its start."""
    return after(paid(**terms), request(), at=hours(1))


def shipped(**terms: Any) -> Order:
    """An order shipped two hours after its start."""
    return after(paid(**terms), SHIP, at=hours(2))


def delivered(**terms: Any) -> Order:
    """An order delivered a day after its start."""
    return after(shipped(**terms), DELIVERED, at=days(1))


def refunding(**terms: Any) -> Order:
    """An order cancelled three hours after its start, whose refund was requested and not answered."""
    return after(paid(**terms), cancel(), at=hours(3))


def releasing(**terms: Any) -> Order:
    """An order confirmed two days after its start, whose release was requested and not answered."""
    return after(delivered(**terms), CONFIRM, at=days(2))


def captured(amount: int = TOTAL, payment_id: str = "p-1", **fields: Any) -> PaymentCaptured:
    """The provider holds this payment."""
    plain = {"currency": "USD", "method": "card"}
    return PaymentCaptured(by=PROVIDER, payment_id=payment_id, amount=amount, **(plain | fields))


def claimed_too(payment_id: str = "p-1", orders: tuple[str, ...] = ("A-1001", "A-1002"), **ids: str) -> PaymentConflict:
    """The register has found that another order has this payment too."""
    return PaymentConflict(by=ENGINE, payment_id=payment_id, orders=orders, **ids)


def settle_conflict(amount: int, payment_id: str = "p-1") -> SettlePaymentConflict:
    """The platform says how much of the payment is this order's."""
    return SettlePaymentConflict(by=PLATFORM, payment_id=payment_id, amount=amount, note="asked the provider")


def authorized(amount: int = TOTAL, payment_id: str = "p-1", **fields: Any) -> PaymentAuthorized:
    """The buyer's bank promises this payment."""
    plain = {"currency": "USD", "method": "card"}
    return PaymentAuthorized(by=PROVIDER, payment_id=payment_id, amount=amount, **(plain | fields))


def let_go(payment_id: str = "p-1") -> PaymentVoided:
    """The bank has let go of it."""
    return PaymentVoided(by=PROVIDER, payment_id=payment_id, reason="expired")


def request(reason: CancellationReason | None = CancellationReason.CHANGED_MIND, **fields: Any) -> RequestCancellation:
    """The buyer asks to cancel."""
    return RequestCancellation(by=BUYER, reason=reason, **fields)


def cancel(by: Party = SELLER, reason: CancellationReason = CancellationReason.OUT_OF_STOCK) -> CancelOrder:
    """Seller or platform cancels."""
    return CancelOrder(by=by, reason=reason)


def refund_news(state: MoneyState, attempt: int | None = 1, refund_id: str = REFUND_1, **fields: Any) -> RefundUpdated:
    """The provider reports of a refund."""
    plain: dict[str, Any] = {"by": PROVIDER, "refund_id": refund_id, "state": state, "attempt": attempt}
    return RefundUpdated(**(plain | fields))


def release_news(state: MoneyState, attempt: int | None = 1, **fields: Any) -> ReleaseUpdated:
    """The provider reports of a release."""
    plain: dict[str, Any] = {"by": PROVIDER, "release_id": RELEASE_1, "state": state, "attempt": attempt}
    return ReleaseUpdated(**(plain | fields))


def given_elsewhere(amount: int = TOTAL, state: MoneyState = MoneyState.SUCCEEDED, **fields: Any) -> RefundReported:
    """The provider reports a refund that nobody asked us for."""
    plain: dict[str, Any] = {"by": PROVIDER, "payment_id": "p-1", "reference": "re_1", "currency": "USD"}
    return RefundReported(amount=amount, state=state, **(plain | fields))


def answered(state: MoneyState, attempt: int = 1, record_id: str = REFUND_1) -> AttemptAnswered:
    """The provider answers our own call."""
    return AttemptAnswered(record_id, attempt, state)


def checked(state: MoneyState, attempt: int = 1, record_id: str = REFUND_1) -> AttemptAnswered:
    """The provider says, when it is asked, which of its words is true."""
    return AttemptAnswered(record_id, attempt, state, asked=True)


def retry(refund_id: str = REFUND_1) -> RetryRefund:
    """The platform lets a refund be tried again."""
    return RetryRefund(by=PLATFORM, refund_id=refund_id)


def retry_release(release_id: str = RELEASE_1) -> RetryRelease:
    """The platform lets the release be tried again."""
    return RetryRelease(by=PLATFORM, release_id=release_id)


def retry_capture() -> RetryCapture:
    """The platform lets the capture be tried again."""
    return RetryCapture(by=PLATFORM, capture_id=CAPTURE_1)


def captured_by_hand() -> SettleCaptureManually:
    """The platform got by another way what the capture should have taken."""
    return SettleCaptureManually(by=PLATFORM, capture_id=CAPTURE_1)


def by_hand(refund_id: str = REFUND_1, **fields: Any) -> SettleRefundManually:
    """The platform has paid a refund by another way."""
    return SettleRefundManually(by=PLATFORM, refund_id=refund_id, **fields)


def paid_by_hand(release_id: str = RELEASE_1, note: str = "wire", **fields: Any) -> SettleReleaseManually:
    """The platform has paid the seller by another way."""
    return SettleReleaseManually(by=PLATFORM, release_id=release_id, note=note, **fields)


def acknowledge(subject: str, **fields: Any) -> Acknowledge:
    """The platform has looked at what of this needs attention."""
    return Acknowledge(by=PLATFORM, subject=subject, note="looked at it", **fields)


def move(kind: DeadlineKind, to: datetime) -> MoveDeadline:
    """The platform moves a deadline."""
    return MoveDeadline(by=PLATFORM, deadline=kind, to=to, note="agreed on the phone")


def after(order: Order, *events: Event, at: datetime) -> Order:
    """`order` after these events, all at one instant."""
    for event in events:
        order = step(order, event, at).order
    return order


def taken(order: Order, event: Event, at: datetime) -> Step:
    """What the event leads to."""
    return step(order, event, at)


def recorded(order: Order, event: Event, at: datetime) -> str:
    """Why the fact was only recorded; fails when it was taken, or has changed more than the count of rows."""
    outcome = step(order, event, at)
    assert outcome.answer.applied is False
    assert outcome.order.stage is order.stage
    assert outcome.order.ledger == order.ledger
    assert outcome.order.version == order.version
    assert outcome.order.entry == order.entry + 1
    assert rows(outcome)[-1].outcome == "recorded"
    assert outcome.answer.why
    return outcome.answer.why


def refused(order: Order, event: Event, at: datetime) -> Refusal:
    """The refusal of the event; fails when it was accepted."""
    try:
        outcome = step(order, event, at)
    except Refused as refusal:
        return refusal.refusal
    raise AssertionError(f"{event} was accepted: {outcome.answer}")


def clock(order: Order, at: datetime) -> Order:
    """`order` after the clock has settled everything that has passed by then."""
    return settle_deadlines(order, at)[0]


def told_by_clock(order: Order, at: datetime) -> tuple[Notice, ...]:
    """What the parties are told when the clock settles what has passed."""
    return tuple(n for e in settle_deadlines(order, at)[1] if isinstance(e, Record) for n in e.notices)


def rows(outcome: Step) -> tuple[TimelineEntry, ...]:
    """The timeline rows of a step."""
    return tuple(effect.entry for effect in outcome.effects if isinstance(effect, Record))


def notices(outcome: Step) -> tuple[Notice, ...]:
    """What the parties are told by a step."""
    return tuple(notice for effect in outcome.effects if isinstance(effect, Record) for notice in effect.notices)


def calls(outcome: Step) -> tuple[MoneyCall, ...]:
    """The money that a step wants moved."""
    return tuple(effect.call for effect in outcome.effects if isinstance(effect, Send))


def inquiries(outcome: Step) -> tuple[Inquiry, ...]:
    """What a step wants the provider asked about money that left without us."""
    return tuple(effect.call for effect in outcome.effects if isinstance(effect, Inquire))


def look_ups(outcome: Step) -> tuple[MoneyCall, ...]:
    """The calls whose fate a step wants found out."""
    return tuple(effect.call for effect in outcome.effects if isinstance(effect, LookUp))


def due(order: Order, kind: DeadlineKind) -> datetime | None:
    """When the deadline of this kind runs out; None when it does not run."""
    deadline = running_deadline(order, kind)
    return deadline.at if deadline else None


def refund(order: Order, number: int = 1) -> Refund:
    """The order's first, second, … refund."""
    return order.refunds[number - 1]


def release(order: Order) -> Release:
    """The order's release."""
    return order.releases[0]
