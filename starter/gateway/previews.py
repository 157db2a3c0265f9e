"""What a command would do to an order as it was recorded last: asked of its run, or of the record where there is none.

How a run is asked lives in `starter/client/previews.py`.
"""

from datetime import UTC, datetime
from typing import Protocol

from starter.client.recorded import Recorded
from starter.errors import OrderNotFound
from workflows.messages.answers import Preview
from workflows.messages.base import Message
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
