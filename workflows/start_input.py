"""What a run begins with: a new order, one that a late fact wakes, one that continues as new, or nothing usable."""

import json
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from temporalio.exceptions import ApplicationError

from workflows.messages.decoding import decode_as
from workflows.messages.ids import workflow_id
from workflows.messages.refusal import Refused
from workflows.messages.sentences import say
from workflows.messages.start import ResumeOrder, StartOrder
from workflows.process import refusals
from workflows.process.state.order import Order

_STATE = TypeAdapter(Order)


class Carried(BaseModel):
    """The input of a run that continues as new. Only the workflow itself writes it."""

    model_config = ConfigDict(frozen=True)

    order_id: str
    state: str
    opened_by: str
    last_refusal: str | None = None


@dataclass(frozen=True)
class Unusable:
    """A start input from which no order can be made."""

    refused: Refused


Beginning = StartOrder | ResumeOrder | Carried | Unusable


def beginning(payload: bytes, own_workflow_id: str, *, continued: bool) -> Beginning:
    """What the start input asks for. Never raises: a start that cannot be read must end its workflow, not hang it."""
    if continued and (carried := _carried(payload)):
        return carried
    try:
        kind: type[StartOrder | ResumeOrder] = ResumeOrder if _asks_to_resume(payload) else StartOrder
        start = decode_as(kind, say("The start input"), payload)
        if workflow_id(start.order_id) != own_workflow_id:
            wanted = say(
                "must match the workflow id: order {order_id} needs {workflow_id}",
                order_id=start.order_id,
                workflow_id=workflow_id(start.order_id),
            )
            raise refusals.invalid_field("order_id", wanted)
    except Refused as refused:
        return Unusable(refused)
    return start


def _carried(payload: bytes) -> Carried | None:
    """What the last run carried over; None when the server itself started this one, for a cron schedule or a retry."""
    try:
        return Carried.model_validate_json(payload)
    except ValidationError:
        return None


def _asks_to_resume(payload: bytes) -> bool:
    try:
        start = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return isinstance(start, dict) and "resume" in start


def state_of(order: Order) -> str:
    """The whole order as JSON."""
    return _STATE.dump_json(order).decode()


def order_from(state: str) -> Order:
    """The order that `state_of` wrote."""
    return _STATE.validate_json(state)


def order_exists(order_id: str) -> ApplicationError:
    """How a start ends whose id is a settled order's. Final: trying again cannot free the id."""
    return ApplicationError(
        f"There is already an order {order_id}. Look at it, or start this one under another id.",
        type="order_exists",
        non_retryable=True,
    )


def unknown_order(order_id: str) -> ApplicationError:
    """How a run ends that was to wake an order which nobody started: an order is not invented."""
    return ApplicationError(f"There is no order {order_id} to resume.", type="unknown_order", non_retryable=True)
