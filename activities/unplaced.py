"""Unplaced facts: genuine, and of no order yet. Given to their order by the engine itself once it is there, counted and
told once a person has to look (R33).

Driven by Postgres, beside the worker: the record that creates an order marks what waits for it as due. Who keeps a fact
here, and how people place one, stands in `starter/unplaced.py`; what it means, its order decides.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
from temporalio.common import MetricMeter
from temporalio.service import RPCError

from activities.crashes import NEVER, Crashes, Deed
from activities.languages import sentence_in
from activities.order_signals import OrderTeller
from activities.own_notices import more_of_them, own_notices, said_of
from activities.register.claims import claim
from activities.rounds import rounds
from activities.sql import query
from workflows.messages.base import Fact
from workflows.messages.commands import MESSAGES
from workflows.messages.decoding import decode
from workflows.messages.sentences import Sentence, say

LOG: Final = logging.getLogger("countermand.unplaced")
WAITS: Final = timedelta(hours=1)
"""For its order to be started; then a person looks. A shop that lets people pay first starts the order in seconds."""
GIVE_EVERY: Final = 1.0
"""Seconds between two looks for what is due: an order has it within 5 seconds of its first record."""
REST: Final = 5.0
"""Seconds after an error, such as Postgres being away."""
AGAIN_AFTER: Final = timedelta(seconds=5)
"""When a fact is due again that a worker took and did not mark as given: it died, it froze, or Temporal was away."""
RECENT: Final = timedelta(minutes=2)
"""How long a fact that waits is compared with the orders that there are: longer than any statement runs."""
AT_ONCE: Final = 20
"""Facts that one look gives away; the next look follows at once while there are so many."""
TELL_EVERY: Final = 15.0
"""Seconds between two countings: as often as Prometheus usually comes by."""
TOLD_EACH: Final = 20
"""Notices of one look about one fact each; when there are more, one says how many."""
FORGOTTEN_AFTER: Final = timedelta(days=90)
"""Of a fact that was placed or done. One that is open is never forgotten: it may be somebody's money."""
UNPLACED: Final = "countermand_unplaced_facts"


class Placing:
    """Gives what is due to its order, again and again. Several workers share it; R7 makes twice harmless."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        facts: OrderTeller,
        crashes: Crashes = NEVER,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._facts = facts
        self._crashes = crashes
        self._now = now

    async def run(self) -> None:
        """Until cancelled. What goes wrong is logged, and tried again."""
        await rounds(self._once, LOG, "Unplaced facts wait", REST)

    async def _once(self) -> float:
        return 0.0 if await self.round() == AT_ONCE else GIVE_EVERY

    async def round(self) -> int:
        """Give away what is due; how many there were."""
        now = self._now()
        due = await self._pool.fetch(query("unplaced/due"), now, now - RECENT, AT_ONCE, now + AGAIN_AFTER)
        for failed in await asyncio.gather(*map(self._give, due), return_exceptions=True):
            if isinstance(failed, BaseException):
                raise failed
        return len(due)

    async def _give(self, row: asyncpg.Record) -> None:
        """Give one to its order. One that cannot be handed over is due again, and holds up no other."""
        try:
            fact = decode(row["name"], row["fact"].encode())
            assert isinstance(fact, Fact), f"{row['name']} is no fact, and was kept as one"
            if why := await self._another_orders(row, fact):
                await self._contradicted(row, why)
                return
            with self._crashes.around(Deed.PLACE):
                await self._facts.tell(row["waits_for"], fact)
        except RPCError as error:
            LOG.warning("Unplaced fact %s could not be given to order %s: %s", row["id"], row["waits_for"], error)
            return
        await self._pool.execute(query("unplaced/placed"), row["id"], self._now())

    async def _another_orders(self, row: asyncpg.Record, fact: Fact) -> Sentence | None:
        """Why a payment is another order's by now, or claimed for this one (R36)."""
        instead_of = row["order_id"] if row["order_id"] != row["waits_for"] else None
        return await claim(self._pool, row["waits_for"], fact, instead_of=instead_of)

    async def _contradicted(self, row: asyncpg.Record, why: Sentence) -> None:
        told = say("{why}.", why=why)
        await self._pool.execute(query("unplaced/contradicted"), row["id"], str(told), self._now(), said_of(told))


class UnplacedWatch:
    """Counts what lies unplaced, tells the platform's subscribers of what needs a person, and forgets what is over."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        meter: MetricMeter | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._gauge = meter.create_gauge(UNPLACED, "Facts that no order has, by state.") if meter else None
        self._now = now

    async def run(self) -> None:
        """Until cancelled."""
        await rounds(self._once, LOG, "Unplaced facts are not counted", TELL_EVERY)

    async def _once(self) -> float:
        await self.look()
        return TELL_EVERY

    async def look(self) -> None:
        """Once."""
        now = self._now()
        async with self._pool.acquire() as connection, connection.transaction():
            if told := await connection.fetch(query("unplaced/tell"), now):
                await connection.execute(query("unplaced/notice"), *_notices(told))
            await connection.execute(query("unplaced/forget"), now - FORGOTTEN_AFTER)
            counts = await connection.fetchrow(query("unplaced/counts"), now)
        assert counts is not None, "counting answers with one row"
        if self._gauge:
            for state, facts in counts.items():
                self._gauge.set(facts, {"state": state})


def _notices(rows: Sequence[asyncpg.Record]) -> tuple[list[str], list[str], list[str]]:
    """Which orders the notices are about, and what each says: in English, and as what it is made of."""
    if len(rows) <= TOLD_EACH:
        return own_notices((row["order_id"] or "", *_notice(row)) for row in rows)
    many = say("{number} facts have no place, one of them {fact}.", number=len(rows), fact=rows[0]["id"])
    return own_notices([("", many, *more_of_them("countermand unplaced"))])


def _notice(row: asyncpg.Record) -> tuple[Sentence, ...]:
    remedy = say("Give it to an order, or mark it as done: {command}", command=f"countermand place {row['id']}")
    return _what_has_no_place(row), _why(row), remedy


def _why(row: asyncpg.Record) -> Sentence:
    """A whole sentence as it is, a clause within one; what somebody else has said in quotes: it has one language."""
    why = sentence_in(json.loads(row["said"]) if row["said"] else None)
    if why is None:
        return say('The reason, as it was reported: "{words}"', words=row["why"])
    return why if str(why).endswith(".") else say("The reason: {why}.", why=why)


def _what_has_no_place(row: asyncpg.Record) -> Sentence:
    """By what people call it, where it could be read as something."""
    kind, order_id = MESSAGES.get(row["name"] or ""), row["order_id"]
    if kind is None:
        return say("Something that was reported has no place.")
    if not order_id:
        return say('"{fact}" has no place, and names no order.', fact=kind.called())
    return say('"{fact}" of order {order_id} has no place.', fact=kind.called(), order_id=order_id)
