"""The signal by which an activity tells its own run that a record is due: Temporal is there when Postgres is not.

What the run does then lives in `workflows/run/record_lane.py`.
"""

import logging
from datetime import timedelta
from typing import Final

from temporalio import activity
from temporalio.service import RPCError

from workflows.messages.ids import workflow_id
from workflows.messages.waking import RECORDS_DUE

LOG: Final = logging.getLogger("countermand.records")
TELL_WITHIN: Final = timedelta(seconds=1)
"""For the run to be told: with a record's local try less than the workflow gives both."""


async def tell_record_due(order_id: str) -> None:
    """Tell the run whose activity this is. Never raises for Temporal's sake: somebody else tells it later."""
    run = activity.client().get_workflow_handle(workflow_id(order_id), run_id=activity.info().workflow_run_id)
    try:
        await run.signal(RECORDS_DUE, rpc_timeout=TELL_WITHIN)
    except RPCError as error:
        # The run has ended, or Temporal is away: then mostly this task is lost too, and its record is tried again.
        LOG.warning("Order %s could not be told that its record is due: %s", order_id, error)
