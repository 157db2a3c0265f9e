"""What the process promises beyond the exploration's worlds, in every state of a walk."""

from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from tests.exploration import looking, rules
from tests.exploration.rules import require
from workflows.messages.base import Command
from workflows.messages.values import Role
from workflows.process.allowed import allowed_actions
from workflows.process.state.order import Order

LARGEST_STATE: Final = 256 * 1024
"""Bytes of an order's state, whatever was sent to it (R41)."""
_STATE: Final = TypeAdapter(Order)


def of_state(order: Order, now: datetime) -> None:
    """What is costly to look at. `order` has no deadline that has passed by `now`."""
    written = _STATE.dump_json(order)
    require(_STATE.validate_json(written) == order, "an order survives its JSON")
    require(len(written) <= LARGEST_STATE, "R41: no number of messages makes the state too large")
    rules.the_clock_alone_ends_every_order(order)
    looking.a_reset_changes_nothing(order, allowed_actions(order, Role.PLATFORM, now), now)


def of_acceptance(order: Order, event: Command, now: datetime) -> None:
    """What an accepted command says of the state it met."""
    possible = {action.action for action in allowed_actions(order, event.by.role, now)}
    require(event.name in possible, f"R4: {event.name} was accepted, and not allowed")
