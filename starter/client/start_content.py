"""What an order was started with, so that a repeated start can be told from another order under the same id.

How it is started lives in `temporal.py`; that a taken id is refused even without this, in the record activity.
"""

import json

import asyncpg
from pydantic import BaseModel, ConfigDict, ValidationError

from activities.sql import query
from starter.client.retrying import reading
from workflows.messages.start import StartOrder


class StartedOrder(BaseModel):
    """An order that runs, or ran: started by this call, or `already_started` with the very same content."""

    model_config = ConfigDict(frozen=True)

    order_id: str
    workflow_id: str
    run_id: str | None
    """Of its last run; None when Temporal has forgotten the settled order."""
    already_started: bool


async def stored_content(pool: asyncpg.Pool, order_id: str) -> StartOrder | None:
    """What the order was started with, as Postgres holds it; None when it holds no such order."""
    row = await reading(pool.fetchrow(query("records/load_order"), order_id))
    return None if row is None else _content(json.loads(row["state"]))


def given_content(start_input: object) -> StartOrder | None:
    """What the order was started with, as a run's start input has it; None for a run that only woke the order."""
    match start_input:
        case {"state": str(state)}:
            return _content(json.loads(state))  # it continues an older run, and carries the order's state
        case _:
            return _content(start_input)


def _content(given: object) -> StartOrder | None:
    """The start's own fields of a start input or of an order's state, which keeps them under their names."""
    if not isinstance(given, dict):
        return None
    fields = {field: given[field] for field in StartOrder.model_fields if field in given}
    try:
        return StartOrder.model_validate_json(json.dumps(fields))
    except ValidationError:
        return None  # whatever took the id, it never was an order
