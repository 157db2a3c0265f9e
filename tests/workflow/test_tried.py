"""What a validator found is taken by the handler that follows, and by nobody else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.process.orders import START, new_order
from workflows.messages.cancellation import CancelOrder
from workflows.messages.values import CancellationReason
from workflows.process.step import step
from workflows.process.telling.timeline import TEMPORAL
from workflows.run.arrivals import Tried

CANCEL = CancelOrder(by=TEMPORAL, reason=CancellationReason.STAFF_ERROR)
ORDER = new_order()
TRIED = Tried(ORDER, CANCEL, START, step(ORDER, CANCEL, START))


def test_the_same_message_to_the_same_order_at_the_same_instant_is_the_same_step() -> None:
    """Read anew, it is another object."""
    assert TRIED.is_of(ORDER, CANCEL.model_copy(), START)
    assert TRIED.taken == step(ORDER, CANCEL.model_copy(), START)


@pytest.mark.parametrize(
    ("order", "event", "at"),
    [
        (replace(ORDER), CANCEL, START),
        (step(ORDER, CANCEL, START).order, CANCEL, START),
        (ORDER, CANCEL.model_copy(update={"request_id": "r-1"}), START),
        (ORDER, CANCEL, START + timedelta(microseconds=1)),
    ],
)
def test_whatever_came_between_it_is_judged_anew(order: object, event: object, at: object) -> None:
    """Another state, another message, or another instant."""
    assert not TRIED.is_of(order, event, at)  # type: ignore[arg-type]
