"""What happens to the orders of the run of refunds besides their refund: by their buyers, at the bank, by operators.

Whose lot is what is drawn by the order's number. How an order is carried to its end lives in `refunds.py`.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

import httpx
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError

from workflows.messages.ids import workflow_id

BY_HAND: Final = 500
"""Minor units that somebody gives back in the console."""
DISPUTED: Final = 700
"""Minor units that a bank takes."""
ENDED: Final = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
PAUSE: Final = 1.0
"""Seconds between two words of a bank, and before a reset: the order has begun to do something by then."""


class Lot(StrEnum):
    """What happens to an order besides; the order of these is that of the numbers."""

    NOTHING = "nothing"
    PAID_BEFORE_ITS_START = "paid before its start"
    REFUNDED_BY_HAND = "refunded by hand"
    REFUNDED_BY_HAND_AND_BACK = "refunded by hand, and back"
    CHARGED_BACK = "charged back"
    CHARGED_BACK_AND_WON_AFTER_ALL = "charged back, and won after all"
    RESET = "reset"


def lot_of(number: int) -> Lot:
    """Each as often as the others."""
    lots = list(Lot)
    return lots[number % len(lots)]


@dataclass(frozen=True)
class World:
    """The provider's console and its banks, and an operator in Temporal's UI."""

    http: httpx.AsyncClient
    client: Client

    async def before_the_cancellation(self, lot: Lot, order_id: str) -> None:
        """What happens to a paid order."""
        match lot:
            case Lot.REFUNDED_BY_HAND:
                await self._by_hand(order_id, "succeeded")
            case Lot.REFUNDED_BY_HAND_AND_BACK:
                await self._by_hand(order_id, "reversed")
            case Lot.CHARGED_BACK | Lot.CHARGED_BACK_AND_WON_AFTER_ALL:
                chargeback = {"chargeback_id": f"c-{order_id}", "payment_id": f"pay-{order_id}", "amount": DISPUTED}
                await self._post("/chargebacks", chargeback)
                await asyncio.sleep(PAUSE)
                await self._decided(order_id, "lost")
            case _:
                pass

    async def after_the_cancellation(self, lot: Lot, order_id: str) -> None:
        """What happens while the refund is on its way."""
        await asyncio.sleep(PAUSE)
        match lot:
            case Lot.CHARGED_BACK_AND_WON_AFTER_ALL:
                await self._decided(order_id, "won")
            case Lot.RESET:
                await self._reset(order_id)
            case _:
                pass

    async def _by_hand(self, order_id: str, becomes: str) -> None:
        await self._post(f"/payments/pay-{order_id}/refunds", {"amount": BY_HAND, "becomes": becomes})

    async def _decided(self, order_id: str, outcome: str) -> None:
        await self._post(f"/chargebacks/c-{order_id}/decision", {"outcome": outcome})

    async def _post(self, path: str, what: dict[str, Any]) -> None:
        (await self.http.post(path, json=what)).raise_for_status()

    async def _reset(self, order_id: str) -> None:
        """To its first task, with everything after it re-applied: what the button in Temporal's UI does by itself."""
        handle = self.client.get_workflow_handle(workflow_id(order_id))
        history = await handle.fetch_history()
        first = next(event.event_id for event in history.events if event.event_type == ENDED)
        run_id = (await handle.describe()).run_id
        try:
            await self.client.workflow_service.reset_workflow_execution(
                ResetWorkflowExecutionRequest(
                    namespace=self.client.namespace,
                    workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=run_id),
                    reason="to unstick it",
                    workflow_task_finish_event_id=first,
                    request_id=uuid4().hex,
                )
            )
        except RPCError:
            return  # a late fact has begun another run meanwhile: there is nothing to unstick
