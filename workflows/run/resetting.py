"""How a run learns that an operator has reset it (R38). What follows from it lives in `order_run.py`."""

import asyncio
from collections.abc import Callable
from typing import Final

from temporalio import workflow

RESET_POINT: Final = "countermand_reset_point"
"""The function outside that knows; `sandbox.py` provides it to every run."""


def reset_point() -> int:
    """Which reset of this run's history the current activation is the point of, counted from 1; 0 for none.

    Handlers must ask it themselves: they run before anybody is woken.
    """
    point: int = workflow.extern_functions()[RESET_POINT]()
    return point


def wake_at_resets(look: Callable[[], object]) -> None:
    """Have `look` called at the point of each reset. One that brings no message would wake nobody: the SDK looks at no
    condition in an activation in which nothing is ready."""
    loop = asyncio.get_running_loop()

    def woken(_seed: int) -> None:
        loop.call_soon(look)

    workflow.register_random_seed_callback(woken)
