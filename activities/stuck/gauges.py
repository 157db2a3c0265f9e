"""What a worker tells Prometheus of stuck orders: how many there are, and how long ago the last look ended.

Each worker asks Postgres by itself: the age must grow also when no look runs, and no look can say that of itself.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import asyncpg
from temporalio.common import MetricMeter

from activities.rounds import rounds
from activities.stuck.table import StuckTable, last_look

LOG: Final = logging.getLogger("countermand.stuck")
STUCK: Final = "countermand_stuck_orders"
AGE: Final = "countermand_last_look_age_seconds"
EVERY_SECONDS: Final = 15.0
"""Between two readings: as often as Prometheus usually comes by."""


class StuckGauges:
    """Two gauges, set from Postgres."""

    def __init__(
        self, pool: asyncpg.Pool, meter: MetricMeter, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._pool = pool
        self._stuck = meter.create_gauge(STUCK, "Orders that are stuck, by kind.")
        self._age = meter.create_gauge_float(AGE, "Seconds since the last look for stuck orders ended.", "s")
        self._now = now
        self._ended: datetime | None = None

    async def run(self) -> None:
        """Until cancelled. While Postgres is away the age goes on growing, from the last look that was heard of."""
        await rounds(self._once, LOG, "Stuck orders are not counted", EVERY_SECONDS)

    async def _once(self) -> float:
        try:
            await self.read()
        finally:
            self.tell_age()
        return EVERY_SECONDS

    async def read(self) -> None:
        """Set the number of stuck orders of every kind, and read when the last look ended."""
        self._ended = await last_look(self._pool)
        for kind, orders in (await StuckTable(self._pool).counts()).items():
            self._stuck.set(orders, {"kind": kind.value})

    def tell_age(self) -> None:
        """Set how long ago the last look ended, if any was ever heard of."""
        if self._ended is not None:
            self._age.set(max((self._now() - self._ended).total_seconds(), 0.0))
