"""Stuck orders: in which ways one is stuck, and the sentences that say why, and what a person does about it.

How they are found does not live here, but in `activities/stuck/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pydantic import Field, NonNegativeInt

from workflows.messages.work import Work

SCHEDULE_ID: Final = "countermand-look"
WORKFLOW: Final = "LookForStuckOrders"
LOOK: Final = "look_for_stuck_orders"
"""The one activity of that workflow."""
LOOK_MISSED_AFTER: Final = timedelta(minutes=15)
"""No look has ended for so long: an alert, for until one does nobody sees that an order is stuck."""


class Kind(StrEnum):
    """How an order is stuck. All but what is lost ends by itself, once the order goes on."""

    FAILING = "failing"
    PAUSED = "paused"
    TERMINATED = "terminated"
    OVERDUE = "overdue"
    LOST = "lost"


class Cause(StrEnum):
    """Why, and so which sentences say it."""

    RAISES = "raises"
    CANNOT_REPLAY = "cannot_replay"
    RUNS_OUT_OF_TIME = "runs_out_of_time"
    FAILS = "fails"
    PAUSED = "paused"
    PAUSED_BECAUSE = "paused_because"
    TERMINATED = "terminated"
    TERMINATED_BECAUSE = "terminated_because"
    CANCELED = "canceled"
    TIMED_OUT = "timed_out"
    FAILED = "failed"
    GONE = "gone"
    NOT_SETTLED = "not_settled"
    NO_WORKER = "no_worker"
    NO_ANSWER = "no_answer"
    LOADING = "loading"
    ROW_BEHIND = "row_behind"
    ROW_LOST = "row_lost"
    NOT_WRITTEN = "not_written"
    NOT_READ = "not_read"


@dataclass(frozen=True, slots=True)
class Sentences:
    """What people read of one cause. `{order}`, `{id}` and the facts of the row are put in."""

    kind: Kind
    reason: str
    remedy: str


_MEND: Final = (
    "The worker's log has the error. Roll the workers back, or mend it and roll out: the order then goes on by itself. "
    "Do not terminate it."
)
_UNPAUSE: Final = "Unpause it in Temporal's UI, or: temporal workflow unpause --workflow-id order-{order}"
_WAKE: Final = 'To let it go on where it was: countermand send {order} add_note "text=goes on" --as platform:ops'
_WORKERS: Final = (
    "Look whether workers run on its task queue and keep up: in Temporal's UI, the order's tab Workers. It goes on by "
    "itself then."
)
_SEND_AGAIN: Final = (
    "Read them in that run's history in Temporal's UI, send again what still counts, and then say so: "
    'countermand resolve {id} --stuck --note "what was done"'
)
_STANDS: Final = "It stands still and loses nothing."

SENTENCES: Final[Mapping[Cause, Sentences]] = MappingProxyType(
    {
        Cause.RAISES: Sentences(
            Kind.FAILING, f"Its workflow task fails again and again: our code raises an error. {_STANDS}", _MEND
        ),
        Cause.CANNOT_REPLAY: Sentences(
            Kind.FAILING,
            f"Its workflow task fails again and again: this version of our code cannot follow its history. {_STANDS}",
            _MEND,
        ),
        Cause.RUNS_OUT_OF_TIME: Sentences(
            Kind.FAILING, f"Its workflow task fails again and again: no worker finishes it in time. {_STANDS}", _MEND
        ),
        Cause.FAILS: Sentences(Kind.FAILING, f"Its workflow task fails again and again. {_STANDS}", _MEND),
        Cause.PAUSED: Sentences(Kind.PAUSED, "Somebody paused it in Temporal: it acts on nothing.", _UNPAUSE),
        Cause.PAUSED_BECAUSE: Sentences(
            Kind.PAUSED, "Somebody paused it in Temporal (“{why}”): it acts on nothing.", _UNPAUSE
        ),
        Cause.TERMINATED: Sentences(
            Kind.TERMINATED, "Somebody terminated it in Temporal before it was settled: nothing of it goes on.", _WAKE
        ),
        Cause.TERMINATED_BECAUSE: Sentences(
            Kind.TERMINATED,
            "Somebody terminated it in Temporal (“{why}”) before it was settled: nothing of it goes on.",
            _WAKE,
        ),
        Cause.CANCELED: Sentences(
            Kind.TERMINATED, "Temporal canceled it before it was settled: nothing of it goes on.", _WAKE
        ),
        Cause.TIMED_OUT: Sentences(
            Kind.TERMINATED,
            "Its run was started with a time limit, and ended by it before it was settled: nothing of it goes on.",
            _WAKE,
        ),
        Cause.FAILED: Sentences(
            Kind.TERMINATED, "Its workflow failed ({why}) before it was settled: nothing of it goes on.", _WAKE
        ),
        Cause.GONE: Sentences(
            Kind.TERMINATED,
            "It is not settled, and Temporal has no workflow of it: it was deleted, or Temporal's database is older.",
            _WAKE,
        ),
        Cause.NOT_SETTLED: Sentences(
            Kind.OVERDUE,
            "Its deadline {deadline} passed at {at}, and it still waits for it: its timer has not come.",
            'Any message settles it: countermand send {order} add_note "text=goes on" --signal --as platform:ops',
        ),
        Cause.NO_WORKER: Sentences(
            Kind.OVERDUE, "A deadline of it passed at {at}, and no worker serves its task queue.", _WORKERS
        ),
        Cause.NO_ANSWER: Sentences(
            Kind.OVERDUE, "A deadline of it passed at {at}, and it does not answer within {within} s.", _WORKERS
        ),
        Cause.LOADING: Sentences(
            Kind.OVERDUE,
            "A deadline of it passed at {at}, and it is still being loaded from Postgres.",
            "Look at its pending activity in Temporal's UI: it says what is in the way. It goes on by itself then.",
        ),
        Cause.ROW_BEHIND: Sentences(
            Kind.OVERDUE,
            "It has gone on since {at}, but what happened is not written down: its lists and timeline are behind.",
            "Look at its pending activity record in Temporal's UI: it says what is in the way. If there is none: "
            "countermand reconcile",
        ),
        Cause.ROW_LOST: Sentences(
            Kind.OVERDUE,
            "It is settled, but its row says that it waits since {at}: Postgres is older than the order.",
            "Let the row be written anew: countermand reconcile",
        ),
        Cause.NOT_WRITTEN: Sentences(
            Kind.LOST,
            "A run that was ended in Temporal ({run}) has left {count} unwritten: {names}.",
            _SEND_AGAIN,
        ),
        Cause.NOT_READ: Sentences(
            Kind.LOST,
            "A run that was ended in Temporal ({run}) cannot say what it has left unwritten. In its history wait "
            "{count}: {names}.",
            _SEND_AGAIN,
        ),
    }
)
"""Every cause with its sentences; for operators, so they name commands."""

HEADINGS: Final[Mapping[Kind, str]] = MappingProxyType(
    dict.fromkeys(Kind, "Order {order} is stuck.") | {Kind.LOST: "Something of order {order} may be lost."}
)
"""What a notice begins with."""


class Looked(Work):
    """What a look came to: how many stand in the list afterwards, by kind, and how many orders it woke."""

    stuck: Mapping[Kind, NonNegativeInt] = Field(default_factory=dict)
    woken: NonNegativeInt = 0
