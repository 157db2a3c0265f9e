"""What the engine answers: the answer of an update, the order view, the result. JSON shapes of the contract."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from workflows.messages.refusal import Instead
from workflows.messages.values import DeadlineKind, Role, Stage


class Given(BaseModel):
    """Something that goes out. Readers ignore what they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore", serialize_by_alias=True)


ONLY_IF_THERE = ("why", "refund_id", "offer_id", "dispute_id")


class NextDeadline(Given):
    kind: DeadlineKind
    at: datetime


class Answer(Given):
    """The answer of an update: where the order is now, and what the command made."""

    order_id: str
    version: int
    stage: Stage
    status: str
    waiting_on: str
    deadline: NextDeadline | None
    applied: bool = True
    why: str | None = None
    """Why a fact was recorded without effect."""
    refund_id: str | None = None
    offer_id: str | None = None
    dispute_id: str | None = None
    """What the command made."""

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What a command made stands only where it made it; `deadline` stands always, null when there is none."""
        shown: dict[str, Any] = serialize(self)
        return {name: value for name, value in shown.items() if value is not None or name not in ONLY_IF_THERE}


class AllowedAction(Given):
    """What a role can do now, the words on its button, and until when."""

    action: str
    label: str
    until: datetime | None = None


class RefusedAction(Given):
    """What a role cannot do now, and why."""

    action: str
    code: str
    message: str
    instead: tuple[Instead, ...] = ()
    possible_from: datetime | None = None
    """From when it is possible, if nothing else happens until then."""


class Result(Given):
    """What the workflow ends with, when the order is settled."""

    order_id: str
    stage: Stage
    status: str
    currency: str
    total: int
    authorized: int = 0
    captured: int
    refunded: int
    released: int
    shortfall: int
    closed_at: datetime
    reason: str


class DeadlineView(Given):
    kind: DeadlineKind
    at: datetime
    party: Role
    rule: str | None = None
    """How it was counted, in English, where its window is one of business days: `3 business days, Sat skipped`."""
    said: dict[str, Any] | None = None
    """Of what the rule is made, so that it can be told in another language (`sentences.to_wire`)."""
    subject: str | None = None


class Attention(Given):
    """Something that waits for the platform, and runs no deadline of its own."""

    kind: str
    subject: str
    message: str


class Told(Given):
    """What somebody would be told."""

    to: Role
    text: str
    said: dict[str, Any] | None = None
    """Of what the text is made."""


class Preview(Given):
    """What a command would do now: its answer, what it moves by the ledger's columns, what runs then, who is told."""

    answer: Answer
    money: dict[str, int]
    deadlines: tuple[DeadlineView, ...]
    told: tuple[Told, ...]
    at_stake: dict[str, int] | None = None
    """Of a command of the platform that moves money: the most that it moves, in minor units by currency. For this much
    a second person may be needed."""


class OrderView(Answer):
    """The whole order for a person or a program. The records are plain objects, as the contract names their fields."""

    buyer_id: str
    seller_id: str
    label: str
    currency: str
    lines: tuple[dict[str, Any], ...]
    shipping_fee: int
    tax: int
    discount: int
    total: int
    authorized: int = 0
    captured: int
    refunded: int
    refunding: int
    released: int
    held: int
    shortfall: int
    terms: dict[str, Any]
    policies: tuple[dict[str, Any], ...] = ()
    """Of which its terms came when it started, by name and version: the later beats the earlier, its own beat both."""
    deadlines: tuple[DeadlineView, ...]
    cancellation: dict[str, Any] | None = None
    shipment: dict[str, Any] | None = None
    parcel_return: dict[str, Any] | None = Field(default=None, alias="return")
    interception: dict[str, Any] | None = None
    dispute: dict[str, Any] | None = None
    offers: tuple[dict[str, Any], ...] = ()
    payments: tuple[dict[str, Any], ...] = ()
    capture: dict[str, Any] | None = None
    refunds: tuple[dict[str, Any], ...] = ()
    releases: tuple[dict[str, Any], ...] = ()
    chargebacks: tuple[dict[str, Any], ...] = ()
    kept: tuple[dict[str, Any], ...] = ()
    """Facts about what the order does not know yet: name, subject, since (R33)."""
    needs_attention: tuple[Attention, ...] = ()
    created_at: datetime
    closed_at: datetime | None = None
    reason: str | None = None
    fault: Role | None = None
    allowed: dict[str, tuple[AllowedAction, ...]] = {}
    refused: dict[str, tuple[RefusedAction, ...]] = {}
