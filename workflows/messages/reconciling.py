"""What reconciliation asks for and answers with: the input of its workflow, and what its activities take and give.

How two books are compared does not live here, but in `activities/reconciliation/money.py`.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final

from pydantic import Field, NonNegativeInt, PositiveInt

from workflows.messages.work import Work

SCHEDULE_ID: Final = "countermand-reconcile"
WORKFLOW: Final = "Reconcile"
FED: Final = "fed"
"""How the facts are counted that were missing here, and that an order was told."""
PAGE_SIZE: Final = 200
"""Rows or entries of one page: a page is one statement, and what one statement keeps."""
PAGES_OF_ACTIVITY: Final = 50
"""Then the activity ends, and its cursor stands in the history, not only in a heartbeat."""
PAGES_OF_RUN: Final = 2_000
"""Then the workflow continues as new: a page costs next to nothing in its history, but not nothing."""


class Part(StrEnum):
    """What is compared, and the activity that does it, in the order in which it is done.

    The read model comes first, for the others read it; the provider's book is read before anything is said of it.
    """

    ORDERS = "reconcile_orders"
    CALLS = "reconcile_calls"
    BOOK = "read_book"
    THEIRS = "reconcile_theirs"
    OURS = "reconcile_ours"
    SHARES = "reconcile_shares"
    UNASKED = "reconcile_unasked"
    CHARGEBACKS = "reconcile_chargebacks"
    OUR_CHARGEBACKS = "reconcile_our_chargebacks"
    SUMS = "reconcile_sums"


class Kind(StrEnum):
    """How something disagrees. `docs/reconciliation.md` says what a person does about each."""

    ONLY_AT_PROVIDER = "only_at_provider"
    ONLY_HERE = "only_here"
    AMOUNT = "amount"
    CURRENCY = "currency"
    STATE = "state"
    ORDER = "order"
    TWICE = "twice"
    UNKNOWN_ORDER = "unknown_order"
    PAYMENT_UNKNOWN = "payment_unknown"
    PAYMENT_SHARED = "payment_shared"
    ANOTHER_CALL = "another_call"
    UNANSWERED = "unanswered"
    NOT_TOLD = "not_told"
    ORDER_OVERPAID = "order_overpaid"
    ROW_MISSING = "row_missing"
    ROW_BEHIND = "row_behind"
    ROW_DIFFERS = "row_differs"
    ENTRIES_MISSING = "entries_missing"
    TERMINATED = "terminated"
    PAUSED = "paused"


class Limits(Work):
    """How much is done at a time."""

    page_size: PositiveInt = PAGE_SIZE
    pages_of_activity: PositiveInt = PAGES_OF_ACTIVITY
    pages_of_run: PositiveInt = PAGES_OF_RUN


class Reconciliation(Work):
    """The input of the workflow. Whoever starts it gives at most a day; the rest is what a run carries to the next."""

    day: date | None = None
    """In UTC; without one the day before it is due."""
    every_order: bool = False
    """Ask every order, and not only those of which the list differs: after a database was restored from a backup."""
    limits: Limits = Limits()
    part: Part = Part.ORDERS
    cursor: str | None = None
    counts: Mapping[str, NonNegativeInt] = Field(default_factory=dict)


class Stretch(Work):
    """The input of an activity: go through so many pages of the day from the cursor on."""

    day: date
    cursor: str | None
    page_size: PositiveInt
    pages: PositiveInt
    every_order: bool = False


class Covered(Work):
    """How far an activity has come, and what it counted on the way; also what its heartbeats say."""

    cursor: str | None
    counts: Mapping[str, NonNegativeInt] = Field(default_factory=dict)
    pages: NonNegativeInt = 0
    done: bool = False


class Reconciled(Work):
    """The result: how many of each kind were seen, old ones too, and the facts that were `fed` to orders."""

    day: date
    counts: Mapping[str, NonNegativeInt]


class Disagreement(Work):
    """Something that two books say differently."""

    kind: Kind
    key: str
    order_id: str | None
    ours: Mapping[str, Any] | None = None
    theirs: Any = None
    repaired: bool = False
    note: str | None = None


def summed(some: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Both counts together."""
    return {name: some.get(name, 0) + more.get(name, 0) for name in sorted({*some, *more})}
