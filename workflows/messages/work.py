"""The work that the process asks of the world: what a step wants done, and what the activities take and give.

One definition for both sides: an effect of the core is the input of the activity that carries it out. These models are
in histories for ever, so they ignore fields they do not know, and a new field needs a default.
"""

from datetime import datetime
from typing import Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows.messages.attachments import Attachment
from workflows.messages.evidence import Evidence
from workflows.messages.values import MoneyState, Role, Stage

OUR_OWN: Final = ("opened_by", "entry", "newest")
"""What of a call is no provider's business: by it the engine knows whose call it is."""
CallKind = Literal["refund", "void", "capture", "release"]
"""What a call asks the payment provider for."""


class Work(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Call(Work):
    """What every call carries beside its own: whose it is, and which entry of the timeline asked for it.

    The shell puts it in; the process does not know it. Without it no money moves: an activity lets a call wait until
    the order's row is this run's and that entry stands in it.
    """

    opened_by: str = ""
    entry: int = 0
    newest: int = 0
    """The newest attempt of its record that the order knows. One that is older is looked up, and never sent."""


class RefundCall(Call):
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


class CaptureCall(Call):
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


class ReleaseCall(Call):
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
    fits: int | None = None
    """Nothing was sent, since it would have been too much: so much would not be (R37)."""


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
    said: dict[str, Any] = Field(default_factory=dict)
    """Of what `summary` and `why` are made, so that another language can tell them; and the `code` of a refusal."""
    money: dict[str, int] = Field(default_factory=dict)
    """What it moved, by the ledger's columns, in minor units: `{"held": -2299, "refunding": 2299}`."""
    text: str | None = None
    """What the person wrote. It lives here and in history, never in the order's state (R26)."""
    attachments: tuple[Attachment, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    platform_only: bool = False
    request_id: str | None = None
    version: int | None = None
    """The order's, after it. None, like `status`: an entry of before it was kept."""
    status: str | None = None
    """The slug of the order's label, after it."""


class Notice(Work):
    """One row of somebody's inbox: who, about which order, what, by when."""

    entry: int
    role: Role
    party_id: str
    """Empty for the platform: whoever of it is on duty."""
    kind: str
    text: str
    said: dict[str, Any] | None = None
    """Of what the text is made; None in what an older version has told."""
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


class PaymentShare(Work):
    """What an order has of one payment, for the register of payments, in minor units of the payment's currency."""

    payment_id: str
    amount: int
    """What of it is this order's; 0 while it is only promised."""
    claimed: int
    """The same, also while it is only promised."""
    brought: int
    """What the whole payment brought, for one order or for several; 0 while it is only promised."""
    whole: int
    """The same, also while it is only promised."""
    currency: str
    returned: int
    """What of the share went back by the provider, or the buyer's bank has taken."""
    question: Literal["none", "open", "settled"] = "none"
    """Whether the order knows that others claim the payment too, and the platform has said how much is its own."""


class UnplacedFact(Work):
    """A fact that its order has no place for, to be kept among the unplaced ones until somebody has seen to it."""

    provider: str
    webhook_id: str
    """What it is known by among the provider's: the same fact is kept once."""
    name: str
    body: str
    """Its JSON."""
    why: str
    said: dict[str, Any] | None = None
    """Of what the reason is made (`sentences.to_wire`)."""


class CallWord(Work):
    """What was said of calls, and not to the activity that made them: by webhook, by a check, or by hand (R37)."""

    record_id: str
    """The refund or release that they are attempts of."""
    attempt: int | None
    """None for all attempts so far: it was settled by hand, and none of them is ever sent again."""
    state: MoneyState
    provider_reference: str | None = None


class RecordBatch(Work):
    """What is not known to be written of one order, to be written in one transaction; the timeline may be empty.

    `state` is the whole order as JSON, for the run that loads it (R28, R38). `opened_by` names the run that started the
    order: a batch of another run's order is not written. `row.entry` is the last entry that stands once it is.

    `run_started_at`, `history_length`, `decided_at` and that entry are its rank: when in Temporal's order of things it
    was decided. A workflow task can fail after its record was written, and then the same entries are decided anew: the
    later batch replaces the other. All attempts of a task from the second on have the same length; `decided_at` grows.
    """

    row: OrderRow
    state: str
    opened_by: str
    run_started_at: datetime
    """For a run that was reset, the instant of the reset."""
    history_length: int
    decided_at: datetime
    timeline: tuple[TimelineEntry, ...]
    inbox: tuple[Notice, ...] = ()
    shares: tuple[PaymentShare, ...] = ()
    """Of every payment that the order has, as it stands now."""
    unplaced: tuple[UnplacedFact, ...] = ()
    words: tuple[CallWord, ...] = ()
    """For the rows of the calls, oldest first: the guard counts by them."""
    complete: bool = True
    """Whether this is everything; else only what fits into one batch."""
    remote_under_way: bool = False
    """Whether a remote record is on its way that will be followed by the next one: then a failure tells nobody."""


class Recorded(Work):
    """What became of a record: up to which entry it stands, or whose order this is instead."""

    entry: int = 0
    owner: Literal["ours", "settled", "open"] = "ours"
    """`settled` and `open`: nothing was written, for another run has opened an order of this id, which is so."""


class Standing(Work):
    """What the read model should say of an order, and the last entry that it is known to say."""

    batch: RecordBatch
    written: int
