"""What a party can do about an order by its recorded state, for who stands outside its workflow."""

from datetime import datetime

from workflows.messages.answers import AllowedAction
from workflows.messages.values import Role
from workflows.process.allowed import allowed_actions
from workflows.start_input import order_from


def possible_now(state: str, role: Role, now: datetime) -> tuple[AllowedAction, ...]:
    """By the state as it was recorded last. The platform's list of what it could do is long, and stands in the view."""
    return () if role is Role.PLATFORM else allowed_actions(order_from(state), role, now)
