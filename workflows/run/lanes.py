"""The lanes of a run: records, money, the clock, and what people see. None holds up another, or a message; an answer
waits for one local try of its record, and for nothing else.

What goes out goes out once per set of jobs that the SDK hands over, in one fixed order, and follows from what stands in
history: messages, timers, answers of remote activities.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from temporalio import workflow

from workflows import display
from workflows.messages.loading import LoadRequest, StoredOrder
from workflows.messages.work import Recorded, Standing
from workflows.process.clock.deadlines import next_instant
from workflows.process.money.provider import newest_attempt
from workflows.process.state.changes import Answered, Effect, Inquire, Record
from workflows.process.state.order import Order
from workflows.run.clock import Clock
from workflows.run.money_lane import Money
from workflows.run.record_lane import Rank, Records

MAX_EVENTS: Final = 800
"""Of one run's history: past it the order continues as new, so that no wake-up replays much more than this."""

ENTRIES: Final = "entries"
"""The memo that says how long the timeline was when something came that moved nothing else."""


class Lanes:
    """What the process asked for and is not done yet."""

    def __init__(
        self,
        heard: Callable[[Answered], None],
        recorded: Callable[[Recorded], None],
        rang: Callable[[], None],
    ) -> None:
        info = workflow.info()
        self.opened_by = info.first_execution_run_id
        self._run_started_at = info.workflow_start_time
        self.failure: Exception | None = None
        """An error of a lane: the run raises it."""
        self._turned = True
        self._records = Records(self.spawn, recorded)
        self._money = Money(self.spawn, heard)
        self._clock = Clock(rang)
        self._long = False
        self._answered_in = 0
        self._shown: Order | None = None

    @property
    def has_turn(self) -> bool:
        """Whether something came from which something may follow, or a lane is broken."""
        return self._turned or self.failure is not None

    @property
    def written(self) -> int:
        """The last entry that is known to stand in Postgres; what is sent must not hang on it."""
        return self._records.written

    def go_on(self, entry: int, opened_by: str) -> None:
        """With an order that was loaded or carried over: all of it up to `entry` stands, and it has its owner."""
        self.opened_by = opened_by
        self._records.loaded(entry)

    def go_on_with_own(self, entry: int) -> None:
        """With the order that this run has: its entries up to `entry` stand, and the rest is still to write."""
        self._records.loaded(entry, keep_own=True)

    def agree_with(self, stored: StoredOrder) -> bool:
        """Whether it is this run's order, and the last entry that stands is the one that this run made, if it did."""
        ours = self._records.told(stored.entry)
        return stored.opened_by == self.opened_by and (ours is None or stored.last in (None, ours))

    def start_anew(self) -> None:
        """At a reset: from here on what this run records is later than all that the run before it did."""
        self._run_started_at = workflow.now()
        self._money.forget()
        self.turn()

    def record_remotely(self) -> None:
        """With the next record, which goes out now."""
        self._records.due = True
        self.turn()

    def stand_still(self) -> None:
        """Nothing goes out while there is no order."""
        self._turned = False

    def turn(self) -> None:
        """Something came that stands in history: what follows from it goes out once all of these jobs are handled."""
        info = workflow.info()
        self._turned = True
        # Read here, where history is the same live and on replay, and kept: a predicate must not read them.
        self._long = self._long or info.get_current_history_length() > MAX_EVENTS or info.is_continue_as_new_suggested()

    def answering(self) -> None:
        """An update was taken: its answer is an event of its own, of this task and no other."""
        self._answered_in = workflow.info().get_current_history_length()

    def take(self, order: Order, effects: Sequence[Effect]) -> None:
        """Every effect into its lane. A call carries the entry that asked for it: without it no money moves."""
        for effect in effects:
            if isinstance(effect, Record):
                self._records.take(effect)
            else:
                newest = 0 if isinstance(effect, Inquire) else newest_attempt(order, effect.call.record_id)
                ours = {"opened_by": self.opened_by, "entry": order.entry, "newest": newest}
                self._money.take(effect, ours)
        self.turn()

    def flush(self, order: Order) -> None:
        """Send what follows from these jobs."""
        self._turned = False
        answering = self._answered_in == workflow.info().get_current_history_length()
        # Money before the clock, and the record after both: in another order no order that ever moved money replays.
        seen = (
            self._show(order),
            self._money.flush(),
            self._clock.set(next_instant(order), display.timer_summary(order)),
        )
        ending = order.settled or (self._long and self._money.idle)
        last = ending and self._records.stands < order.entry
        if self._records.goes_locally(order, last=last) and not (answering or any(seen)):
            # A query cuts a task short while its record is being written. With no event of its own that task is taken
            # for a heartbeat on replay, and what comes next for part of it: then one record goes out instead of two.
            workflow.upsert_memo({ENTRIES: order.entry})
        self._records.flush(order, self.rank(), last=last)

    def may_end(self, order: Order) -> bool:
        """Whether the run has nothing left to do. Only what stands in history counts, or a replay ends elsewhere."""
        return (
            (order.settled or self._long)
            and self._records.stands >= order.entry
            and self._records.idle
            and self._money.idle
            and workflow.all_handlers_finished()
        )

    def forget(self) -> None:
        """Drop everything: it was another order's, and none of it was written or sent."""
        self._records.forget()
        self._money.forget()

    def standing(self, order: Order) -> Standing:
        """What the read model should say of the order, and how far it is known to say so."""
        return Standing(batch=self._records.batch(order, self.rank()), written=self._records.written)

    def load_request(self, order_id: str) -> LoadRequest:
        """What loads the order for this run, before whose rank every other record comes too late."""
        rank = self.rank()
        return LoadRequest(
            order_id=order_id,
            run_started_at=rank.run_started_at,
            history_length=rank.history_length,
            decided_at=rank.decided_at,
        )

    def rank(self) -> Rank:
        """Of what is decided now."""
        length = workflow.info().get_current_history_length()
        return Rank(self.opened_by, self._run_started_at, length, workflow.now())

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the run, whose error surfaces."""
        asyncio.create_task(self._surfacing(work))  # noqa: RUF006 - the SDK's loop keeps every task

    async def _surfacing(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whatever it is, the run raises it
            self.failure = error

    def _show(self, order: Order) -> bool:
        """Whether that is an event."""
        if self._shown is order:
            return False
        self._shown = order
        changes = display.attribute_changes(order, workflow.info().typed_search_attributes)
        if changes:
            workflow.upsert_search_attributes(changes)
        return bool(changes)
