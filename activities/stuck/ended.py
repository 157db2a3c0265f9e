"""Orders whose run ended and did not carry them to their end: woken where nobody decided that, listed where one did.

What such a run had taken and not written down lives in `lost.py`.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from activities.run_status import FAILED, PAUSED, RUNNING, TERMINATED, RunStatus, run_status
from activities.stuck.histories import failure_type
from activities.stuck.look import Look, for_each
from activities.stuck.table import Found
from workflows.messages.ids import workflow_id
from workflows.messages.stuck import Cause, Kind

OVERLAP: Final = timedelta(minutes=10)
"""By which two looks cover the same time: Temporal's list is a moment behind, and more when it is in trouble."""
FIRST_LOOK: Final = timedelta(days=1)
"""How far the very first look goes back. What ended before that is for reconciliation to report."""
KEPT_FOR: Final = timedelta(hours=1)
"""Beyond what looks still list, a run that was seen to is remembered."""
JUDGED_AT_ONCE: Final = 1_000
"""Runs of one look: each costs a call that Temporal answers alone, in a millisecond or two."""
WATCHED_AT_ONCE: Final = 200
"""Orders in the list of which one look sees whether they go on."""
NEVER_THE_ORDER: Final = ("invalid", "order_exists")
"""How a start fails that took the id of an order away and was none: nobody decided that the order should end."""
NO_REASON: Final = "terminated by user via frontend"
"""What Temporal writes when nobody gave one."""
BROKEN: Final = "ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut', 'Canceled')"
HOW: Final = {
    "canceled": Cause.CANCELED,
    "timed_out": Cause.TIMED_OUT,
}


async def see_broken_runs(look: Look) -> None:
    """Keep every run that ended badly since the last look, and see to the orders of those that are new."""
    await _list(look)
    runs = await look.table.fetch("broken_to_judge", JUDGED_AT_ONCE)
    listed_before = await look.table.fetch("open", Kind.TERMINATED, WATCHED_AT_ONCE)
    orders = list(dict.fromkeys(row["order_id"] for row in (*runs, *listed_before)))
    unsettled = {row["order_id"] for row in await look.table.fetch("unsettled", orders)}
    found = [one for one in await for_each(sorted(unsettled), lambda order: _found(look, order)) if one]
    await look.table.keep(found, look.began)
    go_on = {row["order_id"] for row in listed_before} - {one.order_id for one in found}
    await look.table.execute("gone_on", Kind.TERMINATED, list(go_on), look.began)
    await look.table.execute("broken_judged", [row["run_id"] for row in runs], look.began)


async def broken_off(look: Look, order_id: str, last: RunStatus | None) -> Found | None:
    """How its last run left an order that is not settled; None when it goes on, also because it was woken for it."""
    if last is None:
        return Found(order_id, Cause.GONE, look.began)
    if last.status in (RUNNING, PAUSED, "completed", "continued_as_new"):
        return None
    since = last.closed_at or look.began
    if last.status == TERMINATED:
        because = {"why": last.why} if last.why and last.why != NO_REASON else {}
        return Found(order_id, Cause.TERMINATED_BECAUSE if because else Cause.TERMINATED, since, because)
    if last.status == FAILED:
        kind = await failure_type(look.client, workflow_id(order_id), last.run_id) or "unknown"
        if kind in NEVER_THE_ORDER:
            await look.facts.wake(order_id)
            look.woken.append(order_id)
            return None
        return Found(order_id, Cause.FAILED, since, {"why": kind})
    return Found(order_id, HOW[last.status], since)


async def _list(look: Look) -> None:
    """Keep the runs that Temporal lists; however many they are, each is seen to once."""
    (last,) = await look.table.fetch("began")
    since = last["began_at"] - OVERLAP if last["began_at"] else look.began - FIRST_LOOK
    which = f"{BROKEN} AND CloseTime > '{since.isoformat().replace('+00:00', 'Z')}'"
    async for runs in look.pages(which):
        kept = [(run.run_id, order_id, run.closed_at or look.began) for order_id, run in runs]
        await look.table.execute("broken_keep", *_columns(kept))
    await look.table.execute("broken_forget", since - KEPT_FOR)


async def _found(look: Look, order_id: str) -> Found | None:
    return await broken_off(look, order_id, await run_status(look.client, workflow_id(order_id)))


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
