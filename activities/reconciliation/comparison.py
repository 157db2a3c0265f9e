"""What two books say of one payment, refund or release, and what of it disagrees. Pure: it asks nobody.

Where the rows come from lives in `activities/reconciliation/money.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workflows.messages.reconciling import Disagreement, Kind
from workflows.messages.values import MoneyState

FINAL: Final = frozenset({MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED})
"""What a provider can say of an attempt that is over."""
IN_FLIGHT: Final = frozenset(
    {"calling", MoneyState.REQUESTED, MoneyState.SUBMITTED, MoneyState.PENDING, MoneyState.UNKNOWN}
)
"""What we can know of an attempt that is not over."""


@dataclass(frozen=True)
class Ours:
    """A payment, or an attempt at a refund or release, as we know it."""

    order_id: str
    amount: int
    currency: str
    state: str


@dataclass(frozen=True)
class Theirs:
    """Everything that the provider has under one key, oldest first."""

    kind: str
    key: str
    order_id: str | None
    entries: Sequence[Mapping[str, Any]]

    @property
    def standing(self) -> Mapping[str, Any]:
        """The entry that counts: the last that did not fail, else the last."""
        return (self.alive or self.entries)[-1]

    @property
    def alive(self) -> Sequence[Mapping[str, Any]]:
        return [entry for entry in self.entries if entry["state"] not in (MoneyState.FAILED, MoneyState.REVERSED)]


def disagreements(theirs: Theirs, ours: Ours | None, *, known: bool) -> list[Disagreement]:
    """What of it disagrees, but for a fact that is only missing. `known`: we have the order."""
    if len(theirs.alive) > 1:
        return [_found(Kind.TWICE, theirs, ours)]
    if ours is None:
        kind = _strange(theirs, known=known)
        return [_found(kind, theirs, ours)] if kind else []
    if not known:
        return [_found(Kind.UNKNOWN_ORDER, theirs, ours)]
    said = theirs.standing
    wrong = {
        Kind.ORDER: theirs.order_id not in (None, ours.order_id),
        Kind.AMOUNT: said["amount"] != ours.amount,
        Kind.CURRENCY: said["currency"] != ours.currency,
        Kind.STATE: not _agree(said["state"], ours.state) and not is_missing(theirs, ours),
    }
    return [_found(kind, theirs, ours) for kind, is_wrong in wrong.items() if is_wrong]


def is_missing(theirs: Theirs, ours: Ours) -> bool:
    """Whether we only have not heard yet how it ended. Of another amount, it is not known to be ours at all."""
    said = theirs.standing
    same = (said["amount"], said["currency"]) == (ours.amount, ours.currency)
    return same and said["state"] in FINAL and ours.state in IN_FLIGHT and theirs.order_id in (None, ours.order_id)


def is_taken_back(theirs: Theirs, ours: Ours) -> bool:
    """Whether money that had arrived has not, after all: its order must hear of it, and a person too."""
    said = theirs.standing
    same = (said["amount"], said["currency"]) == (ours.amount, ours.currency)
    gone = said["state"] in (MoneyState.FAILED, MoneyState.REVERSED) and ours.state == MoneyState.SUCCEEDED
    return theirs.kind != "payment" and same and gone and theirs.order_id in (None, ours.order_id)


def _strange(theirs: Theirs, *, known: bool) -> Kind | None:
    """How something disagrees that we know nothing of; None for a payment that moved no money."""
    if theirs.kind == "payment" and theirs.standing["state"] != MoneyState.SUCCEEDED:
        return None
    if theirs.order_id is not None and not known:
        return Kind.UNKNOWN_ORDER
    return Kind.PAYMENT_UNKNOWN if theirs.kind == "payment" else Kind.ONLY_AT_PROVIDER


def _agree(theirs: str, ours: str) -> bool:
    return theirs == ours or (theirs in IN_FLIGHT and ours in IN_FLIGHT)


def _found(kind: Kind, theirs: Theirs, ours: Ours | None) -> Disagreement:
    known = None if ours is None else vars(ours)
    shown = list(theirs.entries) if kind is Kind.TWICE else theirs.standing
    order_id = theirs.order_id if ours is None else ours.order_id
    return Disagreement(kind=kind, key=f"{theirs.kind} {theirs.key}", order_id=order_id, ours=known, theirs=shown)
