"""How a run learns that an operator has reset it (R38). What follows from it lives in `order_run.py`."""

from typing import Final

from temporalio import workflow

RESET_POINT: Final = "countermand_reset_point"
"""The function outside that knows; `sandbox.py` provides it to every run."""


def reset_point() -> int:
    """Which reset of this run's history the current activation is the point of, counted from 1; 0 for none."""
    point: int = workflow.extern_functions()[RESET_POINT]()
    return point
