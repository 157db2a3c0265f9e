"""The feed: every timeline entry of every order gets a number, in one sequence without gaps, and keeps it.

Not by the record itself: a number without a gap is the last one and one more, so each record would wait until the one
before it is committed. A record leaves a word of what has no number yet, in its own transaction; here it is numbered,
by one process at a time, a batch at once. What it costs a record is one row.

It does not wait until an entry is certain, as notices do (`notifications.py`): whoever follows the feed would hear of
everything 15 s late. What a reset, or a workflow task that was decided anew, has replaced is told by a further event
that names the one it replaces. Who reads the feed lives in `starter/client/feed.py`.
"""

import json
import logging
from typing import Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from activities.rounds import rounds
from activities.sql import query
from workflows.messages.sentences import say, to_wire

LOG: Final = logging.getLogger("countermand.feed")
LOCK: Final = 0x66656564
"""The advisory lock of whoever numbers; any number that nobody else uses (`migrations.py` has another)."""
LOCKED_MS: Final = "5000"
"""Milliseconds that the lock may be held between two statements: a machine that is cut off must not keep it."""
CHANNEL: Final = "countermand_events"
"""On which Postgres tells listeners the last number of a batch."""
WITHDRAWN: Final = "withdrawn"
"""The name of the event by which an entry is taken back. No message has it."""
NUMBERER: Final = "feed"
"""Who takes it back, of the role `system`."""
TAKEN_BACK: Final = say("This has not happened: the order has been decided anew.")
WORDS: Final = (WITHDRAWN, NUMBERER, str(TAKEN_BACK), json.dumps(to_wire(TAKEN_BACK)), CHANNEL)
"""What the statement that numbers is handed beside how many."""
LOOK_SECONDS: Final = 0.03
"""Between two looks of the process that numbers. Half of it is the usual lag of an event; a look is one small query."""
STAND_BY_SECONDS: Final = 1.0
"""Between two looks of the others: so much later the first event comes when the process that numbered is gone."""
REST_SECONDS: Final = 1.0
"""After an error, such as Postgres being away."""
ACQUIRE_SECONDS: Final = 1.0
"""For a free connection: records need them too."""
AT_ONCE: Final = 200
"""Records that are numbered in one transaction: some ten milliseconds."""
NUMBERED_WITHIN: Final = 60.0
"""Seconds for that: each of them may be an order of before the feed, whole. Given up too early, it never comes to an
end, since the next try takes the same."""


class Numbering:
    """Numbers what is unnumbered. Every worker has one, and which of them does the work sorts itself out: whoever sees
    that another gave a number stands by, until something waits and nobody has given one for a while."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._last: int | None = None
        """The last number, when we looked last."""
        self._stands_by = False

    async def run(self) -> None:
        """Until cancelled. What goes wrong is logged, and tried again: nothing else waits for it."""
        await rounds(self.look, LOG, "The feed of events waits", REST_SECONDS)

    async def look(self) -> float:
        """Look once, and number a batch where it is ours to do; the seconds until the next look."""
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            seen = await connection.fetchrow(query("feed/waiting"))
            assert seen is not None, "the statement always answers with one row"
            is_anothers = self._last not in (None, seen["last"])
            self._last = seen["last"]
            if is_anothers:
                self._stands_by = True
            elif seen["waiting"]:
                taken = await self._number(connection)
                self._stands_by = taken is None
                if taken == AT_ONCE:
                    return 0.0
        return STAND_BY_SECONDS if self._stands_by else LOOK_SECONDS

    async def _number(self, connection: PoolConnectionProxy) -> int | None:
        """Number one batch, and answer with how many records it took; None while another process is at it."""
        async with connection.transaction():
            # Two statements: the second must see what was numbered by whoever had the lock before.
            if not await connection.fetchval(query("feed/lock"), LOCK, LOCKED_MS):
                return None
            numbered = await connection.fetchrow(query("feed/number"), AT_ONCE, *WORDS, timeout=NUMBERED_WITHIN)
        assert numbered is not None, "the statement always answers with one row"
        self._last = numbered["last"] or self._last
        return int(numbered["taken"])
