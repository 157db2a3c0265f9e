"""The look for stuck orders: what Temporal reports, what ended, what is overdue; kept, told, and ended when it goes on.

Nothing here pages over the open orders. When it runs lives in `starter/schedules.py`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import asyncpg
from temporalio import activity
from temporalio.client import Client
from temporalio.common import SearchAttributeKey

from activities.heartbeats import heartbeats
from activities.listing import ListedRun
from activities.order_signals import Facts
from activities.paging import HEARTBEAT_EVERY
from activities.stuck.ended import see_broken_runs
from activities.stuck.look import Look
from activities.stuck.lost import see_what_was_lost
from activities.stuck.overdue import see_overdue_orders
from activities.stuck.table import Found, StuckTable
from workflows.messages.stuck import LOOK, Cause, Kind, Looked

FAILING: Final = "ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL"
"""Temporal says so after some failed attempts, and takes it back with the first that does not fail."""
PAUSED: Final = "ExecutionStatus = 'Paused'"
PROBLEMS: Final = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
PAUSE: Final = SearchAttributeKey.for_keyword_list("TemporalPauseInfo")
CAUSES: Final = (
    ("category=WorkflowTaskTimedOut", Cause.RUNS_OUT_OF_TIME),
    ("cause=WorkflowTaskFailedCauseNonDeterministicError", Cause.CANNOT_REPLAY),
    ("cause=WorkflowTaskFailedCauseWorkflowWorkerUnhandledFailure", Cause.RAISES),
)
"""What Temporal calls a problem of a task, and what it is to us."""
REASON: Final = "Reason:"
"""What the reason of a pause begins with."""


class Looks:
    """The activity that looks for stuck orders."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        client: Client,
        task_queue: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._table = StuckTable(pool)
        self._client = client
        self._task_queue = task_queue
        self._facts = Facts(client, task_queue)
        self._now = now

    @activity.defn(name=LOOK)
    async def look_for_stuck_orders(self) -> Looked:
        """Look once. Whatever of it was done before is only seen again."""
        async with heartbeats(HEARTBEAT_EVERY):
            return await self.look()

    async def look(self) -> Looked:
        """Look once, outside an activity."""
        look = Look(self._client, self._task_queue, self._table, self._facts, self._now())
        await self._see(look, Kind.FAILING, FAILING, _failing)
        await self._see(look, Kind.PAUSED, PAUSED, _paused)
        await see_broken_runs(look)
        await see_what_was_lost(look)
        await see_overdue_orders(look)
        await self._table.tell(self._now())
        # Last: a look that fails before has not ended, and the next one lists from where the last one began.
        await self._table.execute("looked", look.began, self._now())
        return Looked(stuck=await self._table.counts(), woken=len(look.woken))

    async def _see(
        self, look: Look, kind: Kind, which: str, found: Callable[[str, ListedRun, datetime], Found]
    ) -> None:
        """Keep what Temporal lists, and end what it does not list any more."""
        runs, all_of_them = await look.newest(which)
        # One of each order: while the list catches up, two runs of one may stand in it.
        once = {order_id: found(order_id, run, look.began) for order_id, run in runs}
        await self._table.keep(once.values(), look.began)
        if all_of_them:  # else whoever is missing may stand on the next page
            await self._table.execute("unseen", kind, look.began, self._now())


def _failing(order_id: str, run: ListedRun, since: datetime) -> Found:
    said = run.attributes.get(PROBLEMS) or ()
    return Found(order_id, next((cause for keyword, cause in CAUSES if keyword in said), Cause.FAILS), since)


def _paused(order_id: str, run: ListedRun, since: datetime) -> Found:
    for said in run.attributes.get(PAUSE) or ():
        if said.startswith(REASON) and (why := said.removeprefix(REASON).strip()):
            return Found(order_id, Cause.PAUSED_BECAUSE, since, {"why": why})
    return Found(order_id, Cause.PAUSED, since)
