"""A worker process for reconciliation whose provider answers every page but one: on that page it hangs until killed."""

import asyncio
import sys
from datetime import datetime

import asyncpg
from temporalio.client import Client
from temporalio.worker import Worker

from activities.order_signals import Facts
from activities.providers import BookPage
from activities.read_model import Records
from activities.reconciliation.money import Reconciliations
from activities.reconciliation.orders import ListedOrders
from tests.workflow.reconciling import HEARTBEATS_AT_ONCE, MemoryProvider
from workflows.converter import DATA_CONVERTER
from workflows.sandbox import Orders
from workflows.upkeep import ReconcileWorkflow


class HangingProvider(MemoryProvider):
    """Two entries a page, for ever; the page `hangs_at` never comes."""

    def __init__(self, hangs_at: str) -> None:
        super().__init__(page_size=2)
        self._hangs_at = hangs_at

    async def entries(self, since: datetime, until: datetime, cursor: str | None = None) -> BookPage:
        sys.stdout.write(f"{cursor}\n")
        sys.stdout.flush()
        if cursor == self._hangs_at:
            await asyncio.Event().wait()
        return BookPage((), str(int(cursor or 0) + 2))


async def main(target: str, task_queue: str, database_url: str, hangs_at: str) -> None:
    client = await Client.connect(target, data_converter=DATA_CONVERTER)
    async with asyncpg.create_pool(database_url, min_size=1, max_size=2) as pool:
        upkeep = Reconciliations(pool, Facts(client, task_queue), HangingProvider(hangs_at))
        listed = ListedOrders(pool, client, task_queue, Records(pool))
        async with Worker(
            client,
            task_queue=task_queue,
            workflows=[ReconcileWorkflow],
            activities=[upkeep.reconcile_calls, upkeep.read_book, listed.reconcile_orders],
            plugins=[Orders(sandboxed=True)],
            max_heartbeat_throttle_interval=HEARTBEATS_AT_ONCE,
        ):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
