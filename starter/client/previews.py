"""What a command would do, asked of the order's last run. How the question is read lives in `workflows/asked.py`."""

from datetime import datetime
from typing import Any

from starter.client.retrying import insistently
from starter.client.temporal import NotRunning, OrderRuns
from starter.errors import CommandRefused, OrderNotFound
from workflows.messages.answers import Preview
from workflows.messages.base import Message
from workflows.messages.refusal import Refusal


async def preview_order(runs: OrderRuns, order_id: str, message: Message, at: datetime) -> Preview:
    """What the message would do. Raises `CommandRefused` as sending it would, and `OrderNotFound` when Temporal keeps
    no run of the order: one that it has forgotten is judged from its record."""
    asked = {"name": message.name, "at": at.isoformat(), **message.model_dump(mode="json", exclude_none=True)}
    try:
        answer = await insistently(
            lambda: runs.query(order_id, "preview", dict[str, Any], asked), runs.look(order_id, asked=True)
        )
    except NotRunning:
        raise OrderNotFound(order_id) from None
    if "code" in answer:
        raise CommandRefused(Refusal.model_validate(answer))
    return Preview.model_validate(answer)
