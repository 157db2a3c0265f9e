"""The lanes: records and money, each a task of its own, so that neither holds up the other, the clock, or an answer.

An error in a lane surfaces: as `failure`, which the workflow raises. It is never swallowed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from temporalio import workflow

from workflows import calls
from workflows.messages.work import MoneyCall, RecordBatch
from workflows.process import view
from workflows.process.effects import AttemptAnswered, Check, Effect, LookUp, Record, Send
from workflows.process.state import Order
from workflows.starting import state_of

Ask = Callable[[MoneyCall], Awaitable[AttemptAnswered | None]]
MAX_BATCH_BYTES: Final = 512 * 1024
"""Of the timeline in one batch. Temporal takes 2 MB as an activity's input, and fails the whole task beyond."""


def fitting(records: Sequence[Record]) -> Sequence[Record]:
    """The first of the records that fit into one batch; at least one, which alone always fits."""
    total = 0
    for count, record in enumerate(records):
        if len(records) == 1:
            break  # the usual case is not worth measuring
        total += len(record.entry.model_dump_json().encode())
        if total > MAX_BATCH_BYTES and count:
            return records[:count]
    return records


class Lanes:
    """What the process asked for and is not done yet."""

    def __init__(self, order: Callable[[], Order], heard: Callable[[AttemptAnswered], None]) -> None:
        self.failure: Exception | None = None
        self.opened_by = workflow.info().first_execution_run_id
        self.known_new = True
        """False until the record of a start has found no other order of that id: until then no money moves."""
        self._order = order
        self._heard = heard
        self._unrecorded: list[Record] = []
        self._recording = False
        self._calls: list[Send | LookUp | Check] = []
        self._moving = 0
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def idle(self) -> bool:
        return not (self._unrecorded or self._recording or self._calls or self._moving)

    def record(self) -> RecordBatch | None:
        """What the read model should say, without what happened; None while it is being told."""
        return None if self._unrecorded or self._recording else self._batch(())

    def take(self, effects: Sequence[Effect]) -> None:
        """Every effect into its lane."""
        for effect in effects:
            match effect:
                case Record():
                    self._unrecorded.append(effect)
                case Send() | LookUp() | Check():
                    self._calls.append(effect)

    def open(self) -> None:
        """Start working."""
        self.spawn(self._records())
        self.spawn(self._money())

    def spawn(self, lane: Coroutine[Any, Any, None]) -> None:
        """Run a lane whose error surfaces."""
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(asyncio.create_task(self._surfacing(lane)))

    async def _surfacing(self, lane: Coroutine[Any, Any, None]) -> None:
        try:
            await lane
        except Exception as error:  # noqa: BLE001 - whatever it is, the workflow raises it
            self.failure = error

    async def _records(self) -> None:
        """The read model: everything that is not written yet, in one batch after the other."""
        while True:
            await workflow.wait_condition(lambda: bool(self._unrecorded))
            cut = fitting(self._unrecorded)
            batch, self._unrecorded, self._recording = self._batch(cut), self._unrecorded[len(cut) :], True
            await calls.record(batch)
            self._recording, self.known_new = False, True

    def _batch(self, records: Sequence[Record]) -> RecordBatch:
        """These rows of the timeline and inbox, and the order as it stands now."""
        order, info = self._order(), workflow.info()
        return RecordBatch(
            row=view.row(order),
            state=state_of(order),
            opened_by=self.opened_by,
            run_started_at=info.workflow_start_time,
            history_length=info.get_current_history_length(),
            timeline=tuple(record.entry for record in records),
            inbox=tuple(notice for record in records for notice in record.notices),
        )

    async def _money(self) -> None:
        """Refunds and releases, side by side: one that hangs must not hold up another."""
        while True:
            await workflow.wait_condition(lambda: bool(self._calls) and self.known_new)
            effects, self._calls = self._calls, []
            for effect in effects:
                self._moving += 1
                self.spawn(self._move(_ASK[type(effect)], effect.call))

    async def _move(self, ask: Ask, call: MoneyCall) -> None:
        if answered := await ask(call):
            self._heard(answered)
        self._moving -= 1


_ASK: Final[Mapping[type[Send | LookUp | Check], Ask]] = MappingProxyType(
    {Send: calls.send, LookUp: calls.look_up, Check: calls.check}
)
