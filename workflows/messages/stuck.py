"""Stuck orders: in which ways one is stuck, and the sentences that say why, and what a person does about it.

How they are found does not live here, but in `activities/stuck/`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pydantic import Field, NonNegativeInt

from workflows.messages.sentences import Sentence, Value, When, in_a_row, label_of, say, say_many, with_values
from workflows.messages.values import DeadlineKind
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
    """What people read of one cause. `{order}` and the facts of the row are put in, and as `{command}` the command."""

    kind: Kind
    reason: Sentence
    remedy: Sentence
    command: str = ""
    """What somebody types to mend it; `{order}` and `{id}` are put in. No language has other words for it."""


_MEND: Final = in_a_row(
    say("The worker's log has the error."),
    say("Roll the workers back, or mend it and roll out: the order then goes on by itself."),
    say("Do not terminate it."),
)
_UNPAUSE: Final = say("Unpause it in Temporal's UI, or: {command}")
_UNPAUSE_BY: Final = "temporal workflow unpause --workflow-id order-{order}"
_WAKE: Final = say("To let it go on where it was: {command}")
_WAKE_BY: Final = 'countermand send {order} add_note "text=goes on" --as platform:ops'
_WORKERS: Final = in_a_row(
    say("Look whether workers run on its task queue and keep up: in Temporal's UI, the order's tab Workers."),
    say("It goes on by itself then."),
)
_SEND_AGAIN: Final = say(
    "Read them in that run's history in Temporal's UI, send again what still counts, and then say so: {command}"
)
_RESOLVE_BY: Final = 'countermand resolve {id} --stuck --note "what was done"'
_RECONCILE_BY: Final = "countermand reconcile"
_STANDS: Final = say("It stands still and loses nothing.")
_NOTHING_GOES_ON: Final = say("Nothing of it goes on.")
_CANNOT_SAY: Final = say(
    "A run that was ended in Temporal ({run}) cannot say what it has left unwritten; in its history nothing waits."
)
"""What is said of a run in whose history no message waits."""

SENTENCES: Final[Mapping[Cause, Sentences]] = MappingProxyType(
    {
        Cause.RAISES: Sentences(
            Kind.FAILING,
            in_a_row(say("Its workflow task fails again and again: our code raises an error."), _STANDS),
            _MEND,
        ),
        Cause.CANNOT_REPLAY: Sentences(
            Kind.FAILING,
            in_a_row(
                say("Its workflow task fails again and again: this version of our code cannot follow its history."),
                _STANDS,
            ),
            _MEND,
        ),
        Cause.RUNS_OUT_OF_TIME: Sentences(
            Kind.FAILING,
            in_a_row(say("Its workflow task fails again and again: no worker finishes it in time."), _STANDS),
            _MEND,
        ),
        Cause.FAILS: Sentences(Kind.FAILING, in_a_row(say("Its workflow task fails again and again."), _STANDS), _MEND),
        Cause.PAUSED: Sentences(
            Kind.PAUSED, say("Somebody paused it in Temporal: it acts on nothing."), _UNPAUSE, _UNPAUSE_BY
        ),
        Cause.PAUSED_BECAUSE: Sentences(
            Kind.PAUSED,
            say("Somebody paused it in Temporal (“{why}”): it acts on nothing."),
            _UNPAUSE,
            _UNPAUSE_BY,
        ),
        Cause.TERMINATED: Sentences(
            Kind.TERMINATED,
            in_a_row(say("Somebody terminated it in Temporal before it was settled."), _NOTHING_GOES_ON),
            _WAKE,
            _WAKE_BY,
        ),
        Cause.TERMINATED_BECAUSE: Sentences(
            Kind.TERMINATED,
            in_a_row(say("Somebody terminated it in Temporal (“{why}”) before it was settled."), _NOTHING_GOES_ON),
            _WAKE,
            _WAKE_BY,
        ),
        Cause.CANCELED: Sentences(
            Kind.TERMINATED,
            in_a_row(say("Temporal canceled it before it was settled."), _NOTHING_GOES_ON),
            _WAKE,
            _WAKE_BY,
        ),
        Cause.TIMED_OUT: Sentences(
            Kind.TERMINATED,
            in_a_row(
                say("Its run was started with a time limit, and ended by it before it was settled."), _NOTHING_GOES_ON
            ),
            _WAKE,
            _WAKE_BY,
        ),
        Cause.FAILED: Sentences(
            Kind.TERMINATED,
            in_a_row(say("Its workflow failed ({why}) before it was settled."), _NOTHING_GOES_ON),
            _WAKE,
            _WAKE_BY,
        ),
        Cause.GONE: Sentences(
            Kind.TERMINATED,
            say(
                "It is not settled, and Temporal has no workflow of it: it was deleted, or Temporal's database is "
                "older."
            ),
            _WAKE,
            _WAKE_BY,
        ),
        Cause.NOT_SETTLED: Sentences(
            Kind.OVERDUE,
            say("It still waits for the end of {deadline}, which passed on {at}: its timer has not come."),
            say("Any message settles it: {command}"),
            'countermand send {order} add_note "text=goes on" --signal --as platform:ops',
        ),
        Cause.NO_WORKER: Sentences(
            Kind.OVERDUE, say("A deadline of it passed on {at}, and no worker serves its task queue."), _WORKERS
        ),
        Cause.NO_ANSWER: Sentences(
            Kind.OVERDUE, say("A deadline of it passed on {at}, and it does not answer within {within} s."), _WORKERS
        ),
        Cause.LOADING: Sentences(
            Kind.OVERDUE,
            say("A deadline of it passed on {at}, and it is still being loaded from Postgres."),
            in_a_row(
                say("Look at its pending activity in Temporal's UI: it says what is in the way."),
                say("It goes on by itself then."),
            ),
        ),
        Cause.ROW_BEHIND: Sentences(
            Kind.OVERDUE,
            say("It has gone on since {at}, but what happened is not written down: its lists and timeline are behind."),
            in_a_row(
                say("Look at its pending activity record in Temporal's UI: it says what is in the way."),
                say("If there is none: {command}"),
            ),
            _RECONCILE_BY,
        ),
        Cause.ROW_LOST: Sentences(
            Kind.OVERDUE,
            say("It is settled, but its row says that it waits since {at}: Postgres is older than the order."),
            say("Let the row be written anew: {command}"),
            _RECONCILE_BY,
        ),
        Cause.NOT_WRITTEN: Sentences(
            Kind.LOST,
            say_many(
                "A run that was ended in Temporal ({run}) has left one entry unwritten: {names}.",
                "A run that was ended in Temporal ({run}) has left {count} entries unwritten: {names}.",
                count=0,
            ),
            _SEND_AGAIN,
            _RESOLVE_BY,
        ),
        Cause.NOT_READ: Sentences(
            Kind.LOST,
            in_a_row(
                say("A run that was ended in Temporal ({run}) cannot say what it has left unwritten."),
                say_many(
                    "In its history one message waits: {names}.",
                    "In its history {count} messages wait: {names}.",
                    count=0,
                ),
            ),
            _SEND_AGAIN,
            _RESOLVE_BY,
        ),
    }
)
"""Every cause with its sentences; for operators, so they name commands."""

HEADINGS: Final[Mapping[Kind, Sentence]] = MappingProxyType(
    dict.fromkeys(Kind, say("Order {order} is stuck.")) | {Kind.LOST: say("Something of order {order} may be lost.")}
)
"""What a notice begins with."""
MAX_NAMED: Final = 4
"""Names in one sentence; the history has them all."""


@dataclass(frozen=True, slots=True)
class Told:
    """What people read of one stuck order."""

    heading: Sentence
    reason: Sentence
    remedy: Sentence


def told_of(cause: Cause, order_id: str, row_id: int, facts: Mapping[str, str]) -> Told:
    """What is said of an order that is stuck for that cause, by the facts that its row keeps."""
    sentences = SENTENCES[cause]
    command = sentences.command.format(order=order_id, id=row_id)
    known = {"order": order_id, "command": command} | {name: _read(name, fact) for name, fact in facts.items()}
    reason = _CANNOT_SAY if cause is Cause.NOT_READ and known.get("count") == 0 else sentences.reason
    return Told(*(with_values(one, known) for one in (HEADINGS[sentences.kind], reason, sentences.remedy)))


def names_fact(names: Sequence[str]) -> str:
    """The names of entries or messages, as they stand in a history, and thus as one finds them there."""
    more = [f"+ {len(names) - MAX_NAMED}"] if len(names) > MAX_NAMED else []
    return ", ".join([*names[:MAX_NAMED], *more])


def _read(name: str, fact: str) -> Value:
    """A fact as each language writes it; as it stands where an older version wrote it in a way of its own."""
    try:
        match name:
            case "at":
                return When(datetime.fromisoformat(fact))
            case "deadline":
                return label_of(DeadlineKind(fact))
            case "count":
                return int(fact.partition(" ")[0].replace("no", "0"))
    except ValueError:
        pass
    return fact


class Looked(Work):
    """What a look came to: how many stand in the list afterwards, by kind, and how many orders it woke."""

    stuck: Mapping[Kind, NonNegativeInt] = Field(default_factory=dict)
    woken: NonNegativeInt = 0
