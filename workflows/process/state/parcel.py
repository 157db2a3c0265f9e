"""The parcel, a request to stop it, and goods on their way back. Frozen; how they change is told by the stages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workflows.messages.values import Stage
from workflows.messages.vocabulary import Inspection


@dataclass(frozen=True)
class Parcel:
    """The one parcel that is under way, or was last, and what the carrier has said of it."""

    carrier: str
    tracking: str
    shipped_at: datetime
    number: int = 1
    """2: the replacement of an exchange."""
    where: Stage = Stage.SHIPPED
    """The stage to which the carrier's facts alone have led it (R12), whatever else happens to the order."""
    extended_days: int = 0
    facts: tuple[str, ...] = ()
    delivered_at: datetime | None = None
    inspection: Inspection | None = None
    """What the seller found when it came back; silence counts as `as_agreed`."""


@dataclass(frozen=True)
class Interception:
    """The buyer's last request to have the parcel stopped on its way (R13)."""

    number: int
    requested_at: datetime
    outcome: Literal["open", "trying", "refused", "succeeded", "too_late", "ended"] = "open"


@dataclass(frozen=True)
class GoodsReturn:
    """Goods that the buyer sends back after a decision or an agreement (R18)."""

    asked_at: datetime
    carrier: str | None = None
    tracking: str | None = None
    shipped_at: datetime | None = None
    facts: tuple[str, ...] = ()
    arrived_at: datetime | None = None
    inspection: Inspection | None = None
