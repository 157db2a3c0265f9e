"""One worker process of the bare order: its record, and the engine's own connections, provider calls and options."""

import asyncio
import json
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

import asyncpg
from temporalio import activity
from temporalio.worker import Worker

from activities.crashes import NEVER
from activities.payment_calls import CallRows, Find, Written, call_row
from activities.payments import Payments
from activities.providers import PaymentProvider
from benchmarks.bare import BareOrder
from benchmarks.bare_moves import Json
from starter.connections import connect_database, connect_temporal
from starter.settings.environment import Settings, load_settings
from starter.settings.providers import payment_provider
from workflows.messages.work import MoneyCall
from workflows.sandbox import Orders

SQL: Final = Path(__file__).parent / "sql"
INSERT: Final = (SQL / "bare_record.sql").read_text(encoding="utf-8")
INTEND: Final = (SQL / "bare_intend.sql").read_text(encoding="utf-8")


class BareRecords:
    """The bare order's record: one INSERT."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @activity.defn(name="bare_record")
    async def record(self, document: Json) -> None:
        """Keep the document."""
        row = document["row"]
        await self._pool.execute(INSERT, row["order_id"], row["entry"], json.dumps(document))


class BareRows(CallRows):
    """The rows of calls without the guard, and without the rule that money waits for its owner: nobody else has such an
    order."""

    async def write_down(self, kind: str, call: MoneyCall, patience: timedelta | None, find: Find) -> Written:
        del patience, find
        await self._pool.execute(INTEND, *call_row(kind, call))
        return Written(None, final=False, look_first=False, overtaken=False, under_way=False)


class BarePayments(Payments):
    """The engine's own calls, on such rows."""

    def __init__(self, pool: asyncpg.Pool, provider: PaymentProvider) -> None:
        super().__init__(pool, provider)
        self._rows = BareRows(pool, NEVER)


async def serve(settings: Settings) -> None:
    """Serve the task queue until SIGTERM."""
    told_to_stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told_to_stop.set)
    async with await connect_database(settings) as pool, payment_provider(settings) as provider:
        await pool.execute((SQL / "bare_table.sql").read_text(encoding="utf-8"))
        client = await connect_temporal(settings)
        payments = BarePayments(pool, provider)
        async with Worker(
            client,
            task_queue=settings.task_queue,
            workflows=[BareOrder],
            activities=[BareRecords(pool).record, payments.send_refund, payments.send_release],
            plugins=[Orders(sandboxed=settings.sandbox)],
        ):
            sys.stdout.write(json.dumps({"worker": client.identity, "task_queue": settings.task_queue}) + "\n")
            sys.stdout.flush()
            await told_to_stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(load_settings()))
