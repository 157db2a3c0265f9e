"""The work that the process asks of the world: what a step wants done, and what the activities take and give.

One definition for both sides: an effect of the core is the input of the activity that carries it out. These models are
in histories for ever, so they ignore fields they do not know, and a new field needs a default.
"""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows.messages.attachments import Attachment
from workflows.messages.evidence import Evidence
from workflows.messages.values import MoneyState, Role, Stage

CallKind = Literal["refund", "void", "capture", "release"]
"""What a call asks the payment provider for."""


class Work(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RefundCall(Work):
    """Send `amount` minor units of `payment_id` back, once, whatever happens to the answers."""

    kind: ClassVar[CallKind] = "refund"

    order_id: str
    refund_id: str
    attempt: int
    key: str
    """The provider's idempotency key, `{refund_id}-{attempt}`: the same for every retry of this attempt."""
    payment_id: str
    amount: int
    currency: str

    @property
    def record_id(self) -> str:
        return self.refund_id


class VoidCall(RefundCall):
    """Give `payment_id` back to the buyer's bank, which has only promised it: nothing was charged. A whole payment may
    be several refunds, and so several of these: voiding what is void changes nothing."""

    kind: ClassVar[CallKind] = "void"


class CaptureCall(Work):
    """Take `amount` minor units of the authorised `payment_id`, once, and leave the rest of it to the buyer."""

    kind: ClassVar[CallKind] = "capture"

    order_id: str
    capture_id: str
    attempt: int
    key: str
    payment_id: str
    amount: int
    currency: str

    @property
    def record_id(self) -> str:
        return self.capture_id


class ReleaseCall(Work):
    """Pay `amount` minor units of what is held out to the seller, once."""

    kind: ClassVar[CallKind] = "release"

    order_id: str
    release_id: str
    attempt: int
    key: str
    seller_id: str
    amount: int
    currency: str

    @property
    def record_id(self) -> str:
        return self.release_id


MoneyCall = RefundCall | VoidCall | CaptureCall | ReleaseCall


class ProviderAnswer(Work):
    """What the provider says of one attempt. `submitted`: taken, nothing more known yet."""

    state: Literal[
        MoneyState.SUBMITTED, MoneyState.PENDING, MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED
    ]
    provider_reference: str | None = None
    failure_reason: str | None = None


class TimelineEntry(Work):
    """One row of an order's timeline (R25)."""

    entry: int
    at: datetime
    role: Role
    party_id: str
    name: str
    """The command or fact, or the deadline's kind."""
    outcome: Literal["accepted", "recorded", "refused", "deadline", "reminder"]
    from_stage: Stage | None
    to_stage: Stage
    summary: str
    """What happened, as a sentence for a person."""
    why: str | None = None
    """Why it changed nothing, when it was recorded or refused."""
    money: dict[str, int] = Field(default_factory=dict)
    """What it moved, by the ledger's columns, in minor units: `{"held": -2299, "refunding": 2299}`."""
    text: str | None = None
    """What the person wrote. It lives here and in history, never in the order's state (R26)."""
    attachments: tuple[Attachment, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    platform_only: bool = False
    request_id: str | None = None


class Notice(Work):
    """One row of somebody's inbox: who, about which order, what, by when."""

    entry: int
    role: Role
    party_id: str
    """Empty for the platform: whoever of it is on duty."""
    kind: str
    text: str
    due_at: datetime | None = None


class OrderRow(Work):
    """The order as lists show it: one row of the read model."""

    order_id: str
    buyer_id: str
    seller_id: str
    stage: Stage
    status: str
    waiting_on: str
    currency: str
    total: int
    authorized: int = 0
    captured: int
    refunded: int
    refunding: int
    released: int
    held: int
    shortfall: int
    refund_state: str
    needs_attention: bool
    deadline_kind: str | None
    deadline_at: datetime | None
    """The one that the awaited party must meet, else the next."""
    next_deadline_at: datetime | None
    version: int
    entry: int
    created_at: datetime
    closed_at: datetime | None
    reason: str | None


class RecordBatch(Work):
    """Everything that happened to one order since its last record, written in one transaction.

    `state` is the whole order as JSON, for the run that a late fact wakes (R28). `opened_by` names the run that started
    the order; a batch that brings `entry` 1 of another run's order is refused as `order_exists`.

    `run_started_at` and `history_length` say when in Temporal's order of things it was decided. A workflow task can
    fail after its record was written, and then the same entries are decided anew: the later batch replaces the other.
    """

    row: OrderRow
    state: str
    opened_by: str
    run_started_at: datetime
    history_length: int
    timeline: tuple[TimelineEntry, ...]
    inbox: tuple[Notice, ...] = ()


class StoredOrder(Work):
    """The last recorded state of an order."""

    state: str
    opened_by: str
