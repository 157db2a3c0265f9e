"""What a command would do, asked of the order's last run, or of its record. How a run reads the question lives in
`workflows/asked.py`."""

from datetime import UTC, datetime
from typing import Any, Protocol

from starter.client.recorded import Recorded
from starter.client.retrying import insistently
from starter.client.temporal import NotRunning, OrderRuns
from starter.errors import CommandRefused, OrderNotFound
from workflows.messages.answers import Preview
from workflows.messages.base import Message
from workflows.messages.refusal import Refusal
from workflows.process.preview import preview_of
from workflows.start_input import order_from


class Previews(Protocol):
    """What is asked what a message would do: the client."""

    async def preview(self, order_id: str, message: Message, at: datetime) -> Preview: ...


async def preview_now(engine: Previews, order_id: str, recorded: Recorded, message: Message) -> Preview:
    """What it would do now. No run is started for the question: what an order would say that is settled, or of which no
    run is kept, stands in its record. Raises `Refused`, and what the engine's `preview` does."""
    now = datetime.now(UTC)
    if recorded.closed_at is None:
        try:
            return await engine.preview(order_id, message, now)
        except OrderNotFound:
            pass  # sent a message, it is woken from its record
    assert recorded.state is not None, "it was read to be asked"
    return preview_of(order_from(recorded.state), message, now)


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
