"""Why an order gives no answer: paused, failing, ended too early. One look at Temporal, and one sentence.

When somebody looks lives in `retrying.py`; how a run's status is asked for, in `activities/run_status.py`.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from temporalio.client import Client
from temporalio.service import RPCError

from activities.run_status import PAUSED, RunStatus, run_status
from starter.errors import CannotBeAsked, OrderStuck, Unanswered
from workflows.messages.ids import workflow_id

LOOK_WITHIN: Final = timedelta(seconds=1.5)
"""For one look: two calls that the server answers in milliseconds. When it takes longer, Temporal is in trouble and not
this order, and whoever waits goes on waiting."""
MAX_REASON: Final = 200
"""Characters of what an operator or a stack trace gave as the reason: what fits into a sentence."""
BROKEN_OFF: Final = ("terminated", "timed_out", "canceled")
"""How a run ends that has carried an order, but not to the end. One that failed never had one."""
MEND: Final = "mend the workers or roll them back, and it goes on where it stands"


@dataclass(frozen=True, slots=True)
class Look:
    """One order, looked at while somebody waits for its answer."""

    client: Client
    order_id: str
    asked: bool = False
    """Whether a question waits. A message wakes an order whose run has ended; a question does not."""

    async def __call__(self, last: Unanswered | None) -> OrderStuck | None:
        """Why nobody answers, as far as it is proven; None when waiting may help. `last` is how the last try ended."""
        if isinstance(last, CannotBeAsked):
            return OrderStuck(self.order_id, f"its worker cannot ask it ({shortened(str(last))}): {MEND}")
        try:
            async with asyncio.timeout(LOOK_WITHIN.total_seconds()):
                status = await run_status(self.client, workflow_id(self.order_id), within=LOOK_WITHIN)
        except (RPCError, TimeoutError):
            return None  # Temporal is in trouble itself; the tries say so as well
        reason = None if status is None else self._reason(status)
        return None if reason is None else OrderStuck(self.order_id, reason)

    def _reason(self, status: RunStatus) -> str | None:
        if status.status == PAUSED:
            return paused(self.order_id, status)
        if status.failing:
            return f"its workflow task fails again and again{_because(status)}: {MEND}"
        if self.asked and status.status in BROKEN_OFF:
            ended = status.status.replace("_", " ")
            return f"its run ended as {ended} in Temporal{_because(status)}; any message wakes it"
        return None


def paused(order_id: str, status: RunStatus) -> str:
    """That the order is paused, why, and what helps."""
    command = f"temporal workflow unpause --workflow-id {workflow_id(order_id)}"
    return f"it is paused in Temporal{_because(status)}; unpause it with `{command}`"


def shortened(reason: str) -> str:
    """The reason as it fits into a sentence: its first line, and not too much of it."""
    line = reason.strip().partition("\n")[0]
    return line if len(line) <= MAX_REASON else f"{line[: MAX_REASON - 1]}…"


def _because(status: RunStatus) -> str:
    return f" ({shortened(status.why)})" if status.why else ""
