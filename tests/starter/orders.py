"""The orders, parties and worker of the client's tests."""

from datetime import timedelta
from typing import Any, Final

import asyncpg
from temporalio.client import Client
from temporalio.worker import Interceptor, Worker

from activities.read_model import Records
from starter.client.orders import OrderClient
from workflows.messages.start import Line, StartOrder
from workflows.messages.values import Party, Role
from workflows.order import OrderWorkflow
from workflows.sandbox import Orders

BUYER: Final = Party(role=Role.BUYER, id="b-7")
SELLER: Final = Party(role=Role.SELLER, id="s-3")
PLATFORM: Final = Party(role=Role.PLATFORM, id="ops-1")
PROVIDER: Final = Party(role=Role.PAYMENT_PROVIDER, id="psp")
PATIENCE: Final = timedelta(seconds=30)
"""For anything that must happen by itself; much longer than it takes."""


def an_order(order_id: str, **changes: Any) -> StartOrder:
    lines = (Line(line_id="1", sku="LAMP-1", title="Desk lamp", quantity=1, unit_price=1999),)
    fields: dict[str, Any] = {"buyer_id": BUYER.id, "seller_id": SELLER.id, "currency": "USD", "shipping_fee": 300}
    return StartOrder(order_id=order_id, lines=lines, **(fields | changes))


def a_worker(temporal: Client, pool: asyncpg.Pool, task_queue: str, bug: Interceptor | None = None) -> Worker:
    """Serves orders whose money does not move: the payment provider is somebody else's test.

    With a bug planted it fails workflow tasks, as in production; without one a bug of ours fails its test at once.
    """
    records = Records(pool)
    return Worker(
        temporal,
        task_queue=task_queue,
        workflows=[OrderWorkflow],
        activities=[records.record, records.load_order],
        plugins=[Orders(sandboxed=False)],
        interceptors=[bug] if bug else [],
        workflow_failure_exception_types=[] if bug else [Exception],
    )


async def settled(client: OrderClient, order_id: str) -> None:
    """Start an order, cancel it unpaid, and wait until its run has ended."""
    await client.start(an_order(order_id))
    await client.request_cancellation(order_id, by=BUYER)
    await client.result(order_id, within=PATIENCE)
