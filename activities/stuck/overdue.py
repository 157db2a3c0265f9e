"""Orders whose next deadline has passed: found by an index, and each asked before anybody is told.

What a deadline does lives in `workflows/process/clock/deadlines.py`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from temporalio.service import RPCError, RPCStatusCode

from activities.run_status import PAUSED, RUNNING, run_status
from activities.stuck.ended import broken_off
from activities.stuck.histories import RPC_WITHIN
from activities.stuck.look import ANSWER_WITHIN, Look, NoAnswer, Silence, answer, for_each
from activities.stuck.table import Found
from workflows.messages.ids import workflow_id
from workflows.messages.stuck import Cause, Kind
from workflows.messages.waking import RECORDS_DUE

OVERDUE_AFTER: Final = timedelta(minutes=1)
"""A timer fires within a second, and its record is written with it; a busy worker takes a few."""
ASKED_ANEW: Final = 100
"""Orders that one look asks for the first time, the longest overdue first."""
ASKED_AGAIN: Final = 200
"""Of those that are overdue already, those that were not asked for longest."""
MAX_OVERDUE: Final = 1_000
"""So many say that something larger is broken; more would say it no better, and asking them takes the workers' time."""


class Late(NamedTuple):
    """An order whose row says that its next deadline has passed."""

    order_id: str
    at: datetime
    known: bool
    """Whether a look has found it before."""


async def see_overdue_orders(look: Look) -> None:
    """Ask those that are overdue, and those that were."""
    await look.table.execute("told_otherwise", look.began, look.began - OVERDUE_AFTER)
    known = [
        Late(row["order_id"], row["next_deadline_at"], known=True)
        for row in await look.table.fetch("open", Kind.OVERDUE, MAX_OVERDUE)
    ]
    room = min(ASKED_ANEW, MAX_OVERDUE - len(known))
    rows = await look.table.fetch("overdue", look.began - OVERDUE_AFTER, room)
    new = [Late(row["order_id"], row["next_deadline_at"], known=False) for row in rows]
    asked = [*known[:ASKED_AGAIN], *new]
    found = [one for one in await for_each(asked, lambda late: _found(look, late)) if one]
    await look.table.keep(found, look.began)
    go_on = {late.order_id for late in asked} - {one.order_id for one in found if one.kind is Kind.OVERDUE}
    await look.table.execute("gone_on", Kind.OVERDUE, list(go_on), look.began)


async def _found(look: Look, late: Late) -> Found | None:
    """Why the order is stuck, if it is: what its run says counts, not the row."""
    last = await run_status(look.client, workflow_id(late.order_id))
    if last is not None and last.status == PAUSED:
        return None  # the list of paused ones says so, a moment later
    if last is None or last.status not in (RUNNING, "completed"):
        return await broken_off(look, late.order_id, last)
    try:
        told = await answer(look.run(late.order_id), "order")
    except NoAnswer as silent:
        return _silent(late, silent)
    waits = _still_waits_for(told, look.began - OVERDUE_AFTER)
    if waits:
        return _overdue(late, Cause.NOT_SETTLED, deadline=waits)
    if last.status != RUNNING:
        return _overdue(late, Cause.ROW_LOST)
    if not late.known:
        await _write(look, late.order_id)
    return _overdue(late, Cause.ROW_BEHIND)


def _still_waits_for(order: Any, before: datetime) -> str | None:
    """The kind of the first deadline that the order still has and that passed before then; None when there is none."""
    for deadline in order["deadlines"]:
        if datetime.fromisoformat(deadline["at"]) < before:
            return str(deadline["kind"])
    return None


def _silent(late: Late, silent: NoAnswer) -> Found | None:
    match silent.why:
        case Silence.PAUSED:
            return None
        case Silence.LOADING:
            return _overdue(late, Cause.LOADING)
        case Silence.NO_WORKER:
            return _overdue(late, Cause.NO_WORKER)
        case Silence.OTHER:
            return _overdue(late, Cause.NO_ANSWER, within=f"{ANSWER_WITHIN.total_seconds():g}")


async def _write(look: Look, order_id: str) -> None:
    """Only the row is behind: have the run write it, once. What is still behind at the next look is told."""
    try:
        await look.run(order_id).signal(RECORDS_DUE, rpc_timeout=RPC_WITHIN)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise  # else it has ended meanwhile, and has written its last record


def _overdue(late: Late, cause: Cause, **facts: str) -> Found:
    return Found(late.order_id, cause, late.at, {"at": late.at.astimezone(UTC).isoformat(), **facts})
