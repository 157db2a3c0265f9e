"""What the provider knows of money that moved without our asking, and an order should hear of (R34, R35). Pure.

Where the two sides come from lives in `outside.py`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from activities.providers import BookChargeback, BookEntry
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, RefundReported
from workflows.messages.reconciling import Disagreement, Kind
from workflows.messages.values import MoneyState

NEVER_LEFT: Final = (MoneyState.FAILED, MoneyState.REVERSED)
DONE_BY_US: Final = ("settled_manually", "cancelled")
"""A refund of ours in this state says nothing of what the provider's own became."""
ID_LENGTH: Final = 32
"""Characters of the digest in a request id."""


@dataclass(frozen=True)
class Known:
    """What we know of it: who hears of its payment, how it stands there, and whether its last word was told already."""

    owners: Sequence[str]
    standing: str | None
    """The state of a refund, the outcome of a chargeback; None where no order has heard of it."""
    amount: int | None
    """Of all its orders together."""
    told: bool


Words = tuple[str, Mapping[str, Any]]
"""A fact's name and its fields, but for who says it."""


@dataclass(frozen=True)
class Unheard:
    """A fact that the orders of a payment are to be told; `named`: the one of them that the provider names."""

    owners: Sequence[str]
    named: str | None
    words: Words


def refund_words(refund: BookEntry) -> Words:
    """What it is for the order of its payment."""
    told = {
        "payment_id": refund.payment_id,
        "reference": refund.reference,
        "amount": refund.amount,
        "currency": refund.currency,
        "state": refund.state,
        "reason": refund.reason,
    }
    return RefundReported.name, told | {"request_id": _request_id("refund", refund.reference, refund.state)}


def chargeback_words(one: BookChargeback) -> Words:
    """The bank's last word on it."""
    told: dict[str, Any] = {
        "payment_id": one.payment_id,
        "chargeback_id": one.chargeback_id,
        "amount": one.amount,
        "currency": one.currency,
        "occurred_at": one.occurred_at,
    }
    told |= {"request_id": _request_id("chargeback", one.chargeback_id, one.outcome, one.occurred_at)}
    if one.outcome is None:
        return ChargebackOpened.name, told
    return ChargebackClosed.name, told | {"outcome": one.outcome}


def refund_missed(refund: BookEntry, known: Known) -> Unheard | Disagreement | None:
    """What becomes of a refund that we did not ask for: its order hears of it, or a person; or all is known."""
    if known.standing is None and known.owners and refund.state in NEVER_LEFT:
        return None  # it came back before anybody heard of it: nothing was taken
    stands = known.standing in DONE_BY_US or known.standing == refund.state
    return _missed(refund, f"refund {refund.reference}", known, refund_words(refund), stands=stands)


def chargeback_missed(one: BookChargeback, known: Known) -> Unheard | Disagreement | None:
    """The same of a chargeback."""
    stands = known.standing == (one.outcome or "open")
    return _missed(one, f"chargeback {one.chargeback_id}", known, chargeback_words(one), stands=stands)


NOT_TAKEN: Final = "Its order was told, and does not count it: its timeline says why."
NOBODY_S: Final = "No order of ours has its payment."


def _missed(
    theirs: BookEntry | BookChargeback, key: str, known: Known, words: Words, *, stands: bool
) -> Unheard | Disagreement | None:
    """`stands`: whether we know of it as it stands there."""
    # Another order than one of the payment's is the provider's mistake, and never told.
    named = theirs.order_id if theirs.order_id in known.owners else None
    about = Disagreement(
        kind=Kind.STATE,
        key=key,
        order_id=named or (known.owners[0] if len(known.owners) == 1 else None),
        ours={"state": known.standing, "amount": known.amount, "orders": list(known.owners)},
        theirs=vars(theirs),
    )
    if not known.owners:
        kind = Kind.UNKNOWN_ORDER if theirs.order_id else Kind.ONLY_AT_PROVIDER
        return about.model_copy(update={"kind": kind, "order_id": theirs.order_id, "ours": None, "note": NOBODY_S})
    if stands:
        same = known.amount in (None, theirs.amount)
        return None if same else about.model_copy(update={"kind": Kind.AMOUNT})
    return about.model_copy(update={"note": NOT_TAKEN}) if known.told else Unheard(known.owners, named, words)


def _request_id(*about: object) -> str:
    """The same for the same word, so that it is told once however often books are compared."""
    return f"reconciled-{hashlib.sha256(repr(about).encode()).hexdigest()[:ID_LENGTH]}"
