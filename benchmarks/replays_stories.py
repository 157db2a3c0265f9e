"""What is sent to orders so that messages, records and looks meet: each story once per order, its moments by a seed.

How many orders, and what is asked of their histories, lives in `replays.py`.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from benchmarks.stories import BUYER, CARRIER, PROVIDER, SELLER, TOTAL, Json, start_input
from workflows.messages.ids import workflow_id
from workflows.messages.waking import resume

LOOKS: Final = 6
"""Queries beside two messages: so many pages are open."""
APART: Final = 0.150
"""Seconds: the second of two messages comes so long after the first, or sooner."""
CLOSE: Final = 0.050
"""The same where the first one's record would be over by then."""
AT_ONCE: Final = 0.004
"""The same for messages that come while one record is written."""
TALKS: Final = 3
"""Times that they talk."""
ANSWER_WITHIN: Final = timedelta(seconds=60)
"""For an update, on a machine that is too busy; an order that stands still does not answer at all."""
SURPLUS: Final = 101
"""Minor units beyond the price."""
MESSAGE: Final = ("send_message", {"by": BUYER, "to": "seller", "text": "Where is my lamp?"})
ANSWER: Final = ("send_message", {"by": SELLER, "to": "buyer", "text": "It leaves today."})
CANCEL: Final = ("cancel_order", {"by": SELLER, "reason": "out_of_stock"})
SHIP: Final = ("ship", {"by": SELLER, "carrier": "UPS", "tracking": "1Z999"})
DELIVERED: Final = ("parcel_delivered", {"by": CARRIER, "tracking": "1Z999"})
RECEIVED: Final = ("confirm_receipt", {"by": BUYER})
WITHDRAWN: Final = ("request_cancellation", {"by": BUYER})

Message = tuple[str, Json]


@dataclass(frozen=True, slots=True)
class Order:
    """One order, and whose moments it has."""

    client: Client
    task_queue: str
    order_id: str
    chance: random.Random

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(workflow_id(self.order_id))

    async def start(self, **more: Any) -> None:
        given = start_input(self.order_id) | more
        await self.client.start_workflow("Order", given, id=self.handle.id, task_queue=self.task_queue)

    async def update(self, message: Message) -> None:
        """Refused is an answer too: who comes second may be too late. No answer at all shows at the end."""
        try:
            await self.handle.execute_update(*message, rpc_timeout=ANSWER_WITHIN)
        except WorkflowUpdateRPCTimeoutOrCancelledError:
            if (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError from None  # the SDK took it for its own
        except (WorkflowUpdateFailedError, RPCError):
            return

    async def signal(self, message: Message) -> None:
        """To the open run, or to one that it wakes."""
        name, content = message
        await self.client.start_workflow(
            "Order",
            resume(self.order_id),
            id=self.handle.id,
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=name,
            start_signal_args=[content],
        )

    async def look(self) -> None:
        with contextlib.suppress(WorkflowQueryFailedError, RPCError):  # it is being loaded, or stands still
            await self.handle.query("order")

    async def meet(self, first: Awaitable[None], second: Awaitable[None], within: float = APART) -> None:
        """The second so long after the first, and looks meanwhile."""
        looks = [self.after(self.chance.random() * within, self.look()) for _ in range(LOOKS)]
        await asyncio.gather(first, self.after(self.chance.random() * within, second), *looks)

    async def after(self, seconds: float, deed: Awaitable[None]) -> None:
        """Do it so much later."""
        await asyncio.sleep(seconds)
        await deed

    def payment(self, amount: int = TOTAL) -> Message:
        paid = {"payment_id": f"pay-{self.order_id}", "amount": amount, "currency": "USD", "method": "card"}
        return "payment_captured", {"by": PROVIDER, **paid}

    def news(self, state: str) -> Message:
        return "refund_updated", {
            "by": PROVIDER,
            "refund_id": f"{self.order_id}-refund-1",
            "attempt": 1,
            "state": state,
        }


async def cancelled(order: Order) -> None:
    """Paid; the buyer writes, and the seller cancels."""
    await order.start()
    await order.update(order.payment())
    await order.meet(order.update(MESSAGE), order.update(CANCEL))


async def shipped(order: Order) -> None:
    """Charged at shipment; the buyer writes before it, and confirms right after the parcel has come."""
    await order.start(terms={"capture": "at_shipment"})
    _, paid = order.payment()
    await order.update(("payment_authorized", paid))
    await order.meet(order.update(MESSAGE), order.update(SHIP))
    await order.meet(order.signal(DELIVERED), order.update(RECEIVED))


async def refunded(order: Order) -> None:
    """Cancelled; the provider's news of the refund come beside the answer to our own call, and beside messages."""
    await order.start()
    await order.update(order.payment())
    await order.meet(order.update(CANCEL), order.signal(order.news("pending")), CLOSE)
    await order.meet(order.signal(order.news("succeeded")), order.signal(MESSAGE), CLOSE)


async def surplus(order: Order) -> None:
    """More than the price is paid right after the start, and goes back."""
    await order.start()
    await order.meet(order.signal(order.payment(TOTAL + SURPLUS)), order.update(MESSAGE), CLOSE)
    await order.meet(order.signal(MESSAGE), order.update(CANCEL))


async def late(order: Order) -> None:
    """Cancelled unpaid, and the payment comes within the last record."""
    await order.start()
    await order.meet(order.update(WITHDRAWN), order.signal(order.payment()), CLOSE)


async def talked(order: Order) -> None:
    """Paid; the buyer writes while pages are open, and the seller answers several times within a moment.

    A message changes nothing but the timeline, so a task that a query ends early has only its record to show for it.
    """
    await order.start()
    await order.update(order.payment())
    for _ in range(TALKS):
        looks = [order.look() for _ in range(LOOKS // 2)]
        answers = [order.after(number * AT_ONCE, order.update(ANSWER)) for number in range(LOOKS)]
        await asyncio.gather(order.signal(MESSAGE), *looks, *answers)


Story = Callable[[Order], Awaitable[None]]
STORIES: Final[Mapping[str, Story]] = MappingProxyType(
    {story.__name__: story for story in (cancelled, shipped, refunded, surplus, late, talked)}
)
