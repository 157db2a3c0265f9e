"""The whole state of an order: frozen, hashable, plain. Nothing changes it; `replace` makes the next one.

Who does not live here: how one state leads to the next (`story/`), and how a state is shown (`telling/view.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from workflows.frozen import replace
from workflows.messages.answers import Answer
from workflows.messages.policies import PolicyVersion
from workflows.messages.sentences import Money, When
from workflows.messages.start import Line
from workflows.messages.terms import Terms
from workflows.messages.values import (
    CancellationReason,
    ClosingReason,
    RejectionReason,
    Role,
    Stage,
)
from workflows.messages.vocabulary import Phase
from workflows.process.state.deadline import Deadline, Passed
from workflows.process.state.dispute import Dispute, Offer
from workflows.process.state.kept import Kept
from workflows.process.state.parcel import GoodsReturn, Interception, Parcel
from workflows.process.state.payments import Capture, Chargeback, Payment, Refund, RefundElsewhere, Release


@dataclass(frozen=True)
class Ledger:
    """The order's money in minor units: authorized + captured + shortfall = refunded + refunding + released + held
    (R6, R32)."""

    authorized: int = 0
    captured: int = 0
    refunded: int = 0
    refunding: int = 0
    released: int = 0
    held: int = 0
    shortfall: int = 0


@dataclass(frozen=True)
class Cancellation:
    """The last request to cancel a paid order, and how it ended."""

    number: int
    reason: CancellationReason
    requested_at: datetime
    outcome: Literal["open", "approved", "rejected", "withdrawn", "lapsed", "overtaken"] = "open"
    rejection: RejectionReason | None = None
    decided_by: Role | None = None
    decided_at: datetime | None = None
    platform_asked: bool = False


@dataclass(frozen=True)
class Remembered:
    """An accepted message: its id, the hash of its content, and the answer it got (R7)."""

    request_id: str
    digest: str
    answer: Answer
    by: Role | None = None
    """Whose id it is: None in orders that were recorded before each role had its own."""


@dataclass(frozen=True)
class Sent:
    """How many messages a role has sent."""

    by: Role
    count: int


@dataclass(frozen=True)
class RefusedSignals:
    """How many signals of a sender were refused. `system` is whoever cannot be said: unreadable, or of no party."""

    by: Role
    count: int


@dataclass(frozen=True)
class Acknowledged:
    """Something that needed attention until the platform looked: what, of which subject, and how much of it."""

    kind: str
    subject: str
    amount: int


@dataclass(frozen=True)
class Order:
    """One order: what was sold, under which terms, and everything that decides what may happen next."""

    order_id: str
    buyer_id: str
    seller_id: str
    currency: str
    lines: tuple[Line, ...]
    shipping_fee: int
    tax: int
    discount: int
    total: int
    terms: Terms
    created_at: datetime
    locale: str = "en"
    """The buyer's language tag."""
    policies: tuple[PolicyVersion, ...] = ()
    """Of which its terms came, for whoever asks; no rule reads it."""
    stage: Stage = Stage.PENDING_PAYMENT
    version: int = 0
    """Accepted events."""
    entry: int = 0
    """Timeline rows."""
    deadlines: tuple[Deadline, ...] = ()
    """Sorted: the first is the next."""
    passed: tuple[Passed, ...] = ()
    ledger: Ledger = Ledger()
    payments: tuple[Payment, ...] = ()
    capture: Capture | None = None
    refunds: tuple[Refund, ...] = ()
    releases: tuple[Release, ...] = ()
    chargebacks: tuple[Chargeback, ...] = ()
    elsewhere: tuple[RefundElsewhere, ...] = ()
    """Refunds that nobody asked us for (R35)."""
    paid_at: datetime | None = None
    cancellation: Cancellation | None = None
    cancellation_requests: int = 0
    parcel: Parcel | None = None
    trackings: tuple[str, ...] = ()
    """Every tracking that was ever named: one names one parcel of the order."""
    interception: Interception | None = None
    return_agreed: bool = False
    """Return and refund was agreed before delivery, and binds (R17)."""
    goods: GoodsReturn | None = None
    offers: tuple[Offer, ...] = ()
    dispute: Dispute | None = None
    disputes: int = 0
    """How many there were."""
    disputes_of_buyer: int = 0
    agreed_parcel: int = 0
    """The number of the parcel over which a dispute has ended by agreement: nobody disputes it again (R14)."""
    messages: int = 0
    """How many were sent; their texts live in the timeline (R26)."""
    sent: tuple[Sent, ...] = ()
    """How many by whom, but for those of orders that were recorded before they were counted so."""
    remembered: tuple[Remembered, ...] = ()
    refused: tuple[RefusedSignals, ...] = ()
    conflicts: tuple[str, ...] = ()
    """Payments that were reported with two amounts or currencies."""
    unattributed: tuple[str, ...] = ()
    """Refunds and releases of which news came without saying of which attempt."""
    overflow: tuple[str, ...] = ()
    """Digests of payments that were handed on as unplaced (R41), as far as they are known again."""
    kept: tuple[Kept, ...] = ()
    """Facts about what the order does not know yet, in the order in which they came (R33)."""
    not_kept: int = 0
    """How many such facts came when it kept as many as it keeps."""
    resets: int = 0
    """How often somebody has reset it in Temporal (R38)."""
    acknowledged: tuple[Acknowledged, ...] = ()
    """What somebody has looked at and what stands all the same: it is off the list."""
    closed_by: Passed | None = None
    """The deadline that closed it, until anything else is accepted: what missed it is told so, and not of the end."""
    closed_at: datetime | None = None
    """When it was settled: closed, and no money under way."""
    reason: CancellationReason | ClosingReason | None = None
    fault: Role | None = None
    closed_for: Role | None = None
    """Closed: whose it is what was held then, and whose what comes back to it later (R34)."""

    def money(self, amount: int) -> Money:
        """So many minor units of the order's currency, for a sentence."""
        return Money(amount, self.currency)

    def when(self, at: datetime) -> When:
        """An instant, for a sentence: as the clocks show it where the order's business days are counted."""
        return When(at, self.terms.calendar.time_zone)

    @property
    def settled(self) -> bool:
        return self.closed_at is not None

    @property
    def phase(self) -> Phase | None:
        """Of the dispute that the order is in."""
        return self.dispute.phase if self.dispute and self.stage is Stage.DISPUTED else None


def dispute_of(order: Order) -> Dispute:
    assert order.dispute, f"{order.order_id} is {order.stage} without a dispute"
    return order.dispute


def with_dispute(order: Order, **changes: Any) -> Order:
    """`order` with its dispute changed."""
    return replace(order, dispute=replace(dispute_of(order), **changes))


def is_with_the_buyer(order: Order) -> bool:
    """Whether the parcel's record says delivered."""
    return order.parcel is not None and order.parcel.where is Stage.DELIVERED


def is_dispute_left(order: Order) -> bool:
    """Whether the buyer may still open a dispute about the order's parcel: not once those of the terms are used up, nor
    after one that ended by agreement (R14)."""
    agreed = order.parcel is not None and order.agreed_parcel == order.parcel.number
    return order.disputes_of_buyer < order.terms.disputes and not agreed


def parcel_of(order: Order) -> Parcel:
    assert order.parcel, f"{order.order_id} is {order.stage} without a parcel"
    return order.parcel


def goods_of(order: Order) -> GoodsReturn:
    assert order.goods, f"{order.order_id} is {order.stage} without goods to return"
    return order.goods
