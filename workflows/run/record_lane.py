"""What is to be written of an order, and how far it is known to be: local records as it goes, the last one remote.

The answer of a local activity has no place of its own in history: live it may come together with a message, and before
it on replay. So it says which entries need not be written again, and nothing that is sent hangs on it.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from workflows.messages.loading import StoredEntry
from workflows.messages.work import RecordBatch, Recorded
from workflows.process.state.changes import Record
from workflows.process.state.order import Order
from workflows.process.telling import view
from workflows.process.telling.register import shares_of_order
from workflows.run import activity_calls
from workflows.start_input import state_of

Spawn = Callable[[Coroutine[Any, Any, None]], None]
MAX_BATCH_BYTES: Final = 512 * 1024
"""Of timeline and inbox in one batch. Temporal takes 2 MB as an activity's input, and fails the whole task beyond."""


@dataclass(frozen=True)
class Rank:
    """Whose order it is, and when in Temporal's order of things something of it was decided."""

    opened_by: str
    run_started_at: datetime
    history_length: int
    decided_at: datetime


def fitting_records(records: Sequence[Record]) -> Sequence[Record]:
    """The first of the records that fit into one batch; at least one, which alone always fits."""
    if len(records) <= 1:
        return records  # the usual case is not worth measuring
    total = 0
    for count, record in enumerate(records):
        total += len(record.entry.model_dump_json().encode())
        total += sum(len(notice.model_dump_json().encode()) for notice in record.notices)
        if total > MAX_BATCH_BYTES and count:
            return records[:count]
    return records


class Records:
    """What is to be written of the order, and how far it is known to be written."""

    def __init__(self, spawn: Spawn, answered: Callable[[Recorded], None]) -> None:
        self.stands = 0
        """The last entry of which history says that it is written: only this may decide anything."""
        self.written = 0
        """The last one that is known to be: what need not be written again."""
        self.due = False
        """Somebody said that Postgres lacks something: the next record is a remote one."""
        self._spawn = spawn
        self._answered = answered
        self._unwritten: list[Record] = []
        self._told: dict[int, StoredEntry] = {}
        self._made = False
        self._rest = False
        self._remote: object | None = None

    @property
    def idle(self) -> bool:
        """Whether no remote record is under way, and none is asked for."""
        return self._remote is None and not self.due

    def take(self, record: Record) -> None:
        """Keep what happened until it is written."""
        entry = record.entry
        self._unwritten.append(record)
        self._told[entry.entry] = StoredEntry(name=entry.name, party_id=entry.party_id, request_id=entry.request_id)
        self._made = True

    def told(self, entry: int) -> StoredEntry | None:
        """What this run made as that entry, None for none. Not what is unwritten: that hangs on local answers."""
        return self._told.get(entry)

    def loaded(self, entry: int, *, keep_own: bool = False) -> None:
        """Everything up to `entry` stands, and what this run had to write beyond it only if it goes on with its own."""
        self._unwritten = [record for record in self._unwritten if keep_own and record.entry.entry > entry]
        self.stands = self.written = entry
        self._made, self._remote = False, None

    def forget(self) -> None:
        """Write nothing of what was taken."""
        self._unwritten, self._made, self._rest, self._remote = [], False, False, None

    def goes_locally(self, order: Order, *, last: bool) -> bool:
        """Whether `flush` sends a record that is no event before its answer is there."""
        remotely = self._remote is None and (self.due or last)
        return not remotely and (self._made or (self._rest and self.stands < order.entry))

    def flush(self, order: Order, rank: Rank, *, last: bool) -> None:
        """Send one record, if these jobs made an entry or a record is asked for: at most once per set of jobs."""
        # Asked before `_made` is taken back: after it no record would go out locally.
        locally = self.goes_locally(order, last=last)
        self._made = self._rest = False
        if self._remote is None and (self.due or last):
            self.due, self._remote = False, object()
            self._spawn(self._remotely(self.batch(order, rank), self._remote))
        elif locally:
            batch = self.batch(order, rank).model_copy(update={"remote_under_way": self._remote is not None})
            self._spawn(self._locally(batch))

    def batch(self, order: Order, rank: Rank) -> RecordBatch:
        """What is not known to be written, as far as it fits, and the order as it stands now."""
        cut = fitting_records(self._unwritten)
        row, complete = view.order_row(order), len(cut) == len(self._unwritten)
        return RecordBatch(
            row=row if complete else row.model_copy(update={"entry": cut[-1].entry.entry}),
            state=state_of(order),
            opened_by=rank.opened_by,
            run_started_at=rank.run_started_at,
            history_length=rank.history_length,
            decided_at=rank.decided_at,
            timeline=tuple(record.entry for record in cut),
            inbox=tuple(notice for record in cut for notice in record.notices),
            shares=shares_of_order(order),
            unplaced=tuple(fact for record in cut for fact in record.unplaced),
            words=tuple(record.word for record in cut if record.word),
            complete=complete,
        )

    async def _locally(self, batch: RecordBatch) -> None:
        self._trim(await activity_calls.record_locally(batch))

    async def _remotely(self, batch: RecordBatch, token: object) -> None:
        recorded = await activity_calls.record_remotely(batch)
        # A reset came between: what this run knows now was loaded, and this would count as written what is not.
        if token is not self._remote:
            return
        self._remote = None
        assert recorded, f"a later run carries {batch.row.order_id}, and this one goes on beside it"
        self._trim(recorded.entry)
        self.stands, self.due, self._rest = max(self.stands, recorded.entry), False, True
        self._answered(recorded)

    def _trim(self, entry: int) -> None:
        self.written = max(self.written, entry)
        self._unwritten = [record for record in self._unwritten if record.entry.entry > entry]
