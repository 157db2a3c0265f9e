"""The engine's workflows for its own upkeep: one compares a day's books page by page, one looks for stuck orders.

What is compared and looked for lives in `activities/`; when they run, in `starter/schedules.py`.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from workflows.messages import stuck
    from workflows.messages.reconciling import WORKFLOW, Covered, Part, Reconciled, Reconciliation, Stretch, summed

STRETCH_TRY: Final = timedelta(minutes=30)
"""For the pages of one activity, each with up to `PAGE_SIZE` calls to the provider; a retry goes on where it was."""
STRETCH_HEARTBEAT: Final = timedelta(seconds=15)
"""A worker that died is noticed then. Nobody waits for this workflow."""
STRETCH_FOR: Final = timedelta(hours=12)
"""All tries together: a provider that is away for longer must fail today's run in sight, and not skip tomorrow's."""
STRETCH_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(seconds=5), backoff_coefficient=2, maximum_interval=timedelta(minutes=10)
)
LOOK_TRY: Final = timedelta(minutes=3)
"""For one try of a look: seconds, and a minute when hundreds of orders do not answer."""
LOOK_HEARTBEAT: Final = STRETCH_HEARTBEAT
LOOK_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(seconds=5), backoff_coefficient=2, maximum_interval=timedelta(minutes=1)
)
"""Without end: the schedule ends the whole look, and begins the next one."""
YESTERDAY: Final = Reconciliation()
"""What a start without input asks for."""
SCHEDULED_FOR: Final = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
"""When a schedule's workflow was due, however late it starts."""


@workflow.defn(name=WORKFLOW)
class ReconcileWorkflow:
    """Compares the provider's book, our ledger and the read model for one day, and reports what disagrees."""

    @workflow.run
    async def run(self, asked: Reconciliation = YESTERDAY) -> Reconciled:
        """Go through all parts; what was found stands in the table `disagreements`."""
        day = asked.day or _day_before(_due())
        counts, pages = asked.counts, 0
        parts = list(Part)
        for part in parts[parts.index(asked.part) :]:
            cursor, done = asked.cursor if part is asked.part else None, False
            while not done:
                if pages >= asked.limits.pages_of_run:
                    carried = {"day": day, "part": part, "cursor": cursor, "counts": counts}
                    workflow.continue_as_new(asked.model_copy(update=carried))
                most = min(asked.limits.pages_of_run - pages, asked.limits.pages_of_activity)
                stretch = Stretch(
                    day=day,
                    cursor=cursor,
                    page_size=asked.limits.page_size,
                    pages=most,
                    every_order=asked.every_order,
                )
                covered = await _cover(part, stretch)
                cursor, done = covered.cursor, covered.done
                counts, pages = summed(counts, covered.counts), pages + covered.pages
                workflow.set_current_details(_table(day, counts))
        return Reconciled(day=day, counts=counts)


@workflow.defn(name=stuck.WORKFLOW)
class LookWorkflow:
    """Looks once for orders that are stuck; what it finds stands in the table `stuck`."""

    @workflow.run
    async def run(self) -> stuck.Looked:
        """Look, however often it takes."""
        looked: stuck.Looked = await workflow.execute_activity(
            stuck.LOOK,
            result_type=stuck.Looked,
            start_to_close_timeout=LOOK_TRY,
            heartbeat_timeout=LOOK_HEARTBEAT,
            retry_policy=LOOK_RETRY,
        )
        return looked


async def _cover(part: Part, stretch: Stretch) -> Covered:
    covered: Covered = await workflow.execute_activity(
        part.value,
        stretch,
        result_type=Covered,
        start_to_close_timeout=STRETCH_TRY,
        schedule_to_close_timeout=STRETCH_FOR,
        heartbeat_timeout=STRETCH_HEARTBEAT,
        retry_policy=STRETCH_RETRY,
        summary=f"{stretch.day}, at most {stretch.pages} pages",
    )
    return covered


def _due() -> datetime:
    return workflow.info().typed_search_attributes.get(SCHEDULED_FOR) or workflow.now()


def _day_before(due: datetime) -> date:
    return due.date() - timedelta(days=1)


def _table(day: date, counts: Mapping[str, int]) -> str:
    """In Markdown, for Temporal's own page of the workflow."""
    rows = [f"| {name} | {count} |" for name, count in counts.items()] or ["| nothing disagrees | 0 |"]
    return "\n".join([f"**{day}**", "", "| what | how many |", "| --- | ---: |", *rows])
