"""Money of an order as it stands: payments, what goes back, out or is taken, by us and without us. Frozen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from workflows.messages.values import MoneyState

IN_TROUBLE: Final = (MoneyState.FAILED, MoneyState.REVERSED)
"""States in which a refund, release or capture waits for the platform."""


Unsent = Literal["guard", "key_reused"]
"""Why an attempt never came to the provider: it would have been too much, or its key stands for something else."""


@dataclass(frozen=True)
class Payment:
    """Money that a buyer paid, or whose bank has promised it. `foreign` is in another currency, outside the ledger."""

    payment_id: str
    amount: int
    currency: str
    method: str
    captured_at: datetime | None
    """None while it is only authorised: nothing is charged."""
    role: Literal["order", "surplus", "foreign"]
    authorized: int | None = None
    """What was promised, of a payment that came as an authorisation; `amount` is what of it is taken."""
    of: int | None = None
    """What the whole payment brought, where `amount` is only this order's share of it."""
    claimed_by: tuple[str, ...] = ()
    """The other orders that claim it too: until the platform says whose it is, nothing of it moves (R36)."""
    not_ours: int = 0
    """What of it this order had taken, and the platform has said to be other orders'."""
    voided: int = 0
    """Captured after it was voided: what had been promised, and stays in the ledger as authorized and refunded."""
    settled: bool = False
    """The platform has said how much of it is this order's, and nobody has claimed it since."""

    @property
    def taken(self) -> int:
        """What of it was reported to this order."""
        return self.amount + self.not_ours

    @property
    def brought(self) -> int:
        """What of it stands in the ledger: charged, promised, or both one after the other."""
        return self.amount + self.voided


@dataclass(frozen=True)
class Attempt:
    """One try at moving money, with the provider's own key for it."""

    number: int
    key: str
    amount: int
    state: MoneyState = MoneyState.REQUESTED
    seen: tuple[MoneyState, ...] = ()
    """Every state that was reported, so that a report's repetition is known for ever (R7)."""
    provider_reference: str | None = None
    void: bool = False
    """Of a refund: it gives an authorisation back, and moves no money."""
    questions: int = 0
    """Questions that the provider is to answer: which of its words about it is true (R40)."""
    unsent: Unsent | None = None
    """Why it was not sent at all, and failed (R37)."""
    fits: int = 0
    """Unsent by the guard: so much of it would not have been too much."""
    failure_reason: str | None = None
    """The provider's words for why the newest attempt failed or came back, cut: those of earlier ones are dropped."""


@dataclass(frozen=True)
class Refund:
    """Money on its way back to the payment it came from. `owed` is what of it still counts as refunding."""

    refund_id: str
    payment_id: str
    currency: str
    amount: int
    cause: Literal["order", "surplus"]
    requested_at: datetime
    owed: int
    state: MoneyState = MoneyState.REQUESTED
    attempts: tuple[Attempt, ...] = ()
    charged_back: int = 0
    """What of it the buyer got without us instead: by the bank, or by a refund made elsewhere."""
    settled_by_hand: int = 0
    settled_reference: str | None = None
    """The platform's proof of what it paid by another way."""
    alerted: bool = False
    """The provider was silent past `refund_alert_at`."""


@dataclass(frozen=True)
class Release:
    """Money on its way to the seller. It counts as released from its request."""

    release_id: str
    amount: int
    requested_at: datetime
    state: MoneyState = MoneyState.REQUESTED
    attempts: tuple[Attempt, ...] = ()
    alerted: bool = False
    settled_by_hand: int = 0
    settled_reference: str | None = None
    """The platform's proof of what it paid by another way."""


@dataclass(frozen=True)
class Capture:
    """Money on its way from an authorised payment to us: asked for when the order is shipped (R32)."""

    capture_id: str
    payment_id: str
    amount: int
    requested_at: datetime
    state: MoneyState = MoneyState.REQUESTED
    attempts: tuple[Attempt, ...] = ()
    alerted: bool = False
    settled_reference: str | None = None
    """The platform's proof of what it got by another way."""
    let_go: bool = False
    """The bank was reported to have let go of the payment while this was under way."""


@dataclass(frozen=True)
class Taken:
    """A part of what left a payment without our asking: how much, and what it was until then."""

    source: Literal["refund", "release", "held", "shortfall"]
    """`shortfall`: nothing was left, and it became the platform's loss."""
    amount: int
    record_id: str = ""
    """Of a refund or release that was cut."""


@dataclass(frozen=True)
class BankWord:
    """What was said of a chargeback: how it stands, over how much, and when that was so, where the provider tells."""

    outcome: Literal["open", "won", "lost"]
    amount: int
    occurred_at: datetime | None = None


@dataclass(frozen=True)
class ChargebackConflict:
    """A word about a chargeback that cannot be right as it is: until the platform says what is, nothing moves (R34)."""

    why: Literal["currency", "amount", "twin"]
    """`twin`: another one over the same amount of the same payment is open."""
    outcome: Literal["open", "lost"]
    amount: int
    currency: str
    """As it was reported, where that is not the payment's; else empty."""


@dataclass(frozen=True)
class Chargeback:
    """Money that the buyer's bank takes back, or tries to (R22, R34)."""

    chargeback_id: str
    payment_id: str
    amount: int
    opened_at: datetime
    outcome: Literal["open", "won", "lost"] = "open"
    closed_at: datetime | None = None
    alerted: bool = False
    """The bank was silent past `chargeback_alert_at`."""
    short: int = 0
    """What of it nothing of its payment was left for."""
    taken: tuple[Taken, ...] | None = None
    """What it took, in that order; while it is open again, what stood before stays. None: recorded before that was
    kept."""
    said_at: datetime | None = None
    """When the bank said what stands, where the provider tells."""
    openings: tuple[datetime, ...] = ()
    """When it was opened, as far as the provider told: what says so again says nothing new."""
    unopened: bool = False
    """It was closed before anybody heard that it was opened: that word is still to come, and says nothing new."""
    doubted: BankWord | None = None
    """A word that contradicts what stands: the provider is asked which of them counts."""
    questions: int = 0
    """How often the provider was asked."""
    conflict: ChargebackConflict | None = None


@dataclass(frozen=True)
class RefundElsewhere:
    """Money of a payment that the buyer got without our asking: in the provider's console, by another program (R35)."""

    reference: str
    """The provider's own id of it."""
    payment_id: str
    amount: int
    currency: str
    reported_at: datetime
    state: MoneyState
    seen: tuple[MoneyState, ...] = ()
    """Every state that was reported and counted."""
    short: int = 0
    """What of it nothing of its payment was left for."""
    taken: tuple[Taken, ...] = ()
    doubted: MoneyState | None = None
    """A word that contradicts what stands: the provider is asked which of them counts."""
    questions: int = 0


Withdrawal = Chargeback | RefundElsewhere
"""Money that leaves a payment without our asking."""
