"""What a scenario of the demo is. The scenarios live beside this file, one file for each part of the guide."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from starter.demo.play import TOTAL, Play
from workflows.messages.values import Stage

QUICK: Final[dict[str, Any]] = {
    "pay_within": "PT20S",
    "respond_within": "PT20S",
    "ship_within": "PT40S",
    "deliver_within": "PT40S",
    "protect_for": "PT20S",
    "answer_within": "PT20S",
    "decide_within": "PT20S",
    "inform_within": "PT20S",
    "appeal_within": "PT20S",
    "inspect_within": "PT20S",
    "return_ship_within": "PT20S",
}
"""Windows that are long enough to act in, and short enough to watch."""


@dataclass(frozen=True)
class Scenario:
    """A story of the guide, and its end: the stage, and in minor units what went back and what went to the seller."""

    name: str
    promise: str
    """What the guide says of it."""
    tell: Callable[[Play], Awaitable[None]]
    ends: Stage
    captured: int = TOTAL
    refunded: int = 0
    released: int = 0
