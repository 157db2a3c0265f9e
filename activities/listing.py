"""The runs of workflows as Temporal lists them, page by page, paused ones included, at which the SDK breaks off.

What is compared with them lives in `reconciliation/orders.py`, what is stuck among them in `stuck/`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsRequest
from temporalio.client import Client
from temporalio.common import TypedSearchAttributes
from temporalio.converter import decode_typed_search_attributes

from activities.run_status import status_name

RPC_WITHIN: Final = timedelta(seconds=10)
"""For a page of the list, which the server answers alone, from its index."""


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One run, as the list shows it: a moment behind the run itself."""

    workflow_id: str
    run_id: str
    status: str
    """As in `RunStatus`."""
    attributes: TypedSearchAttributes
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Some runs, and what the next page is asked for with; nothing when there is none."""

    runs: Sequence[ListedRun]
    next_token: bytes


async def list_runs(client: Client, query: str, page_size: int, token: bytes = b"") -> ListedPage:
    """One page of the runs that `query` finds, newest first. Raises `RPCError` when Temporal does not answer."""
    asked = ListWorkflowExecutionsRequest(
        namespace=client.namespace, query=query, page_size=page_size, next_page_token=token
    )
    told = await client.workflow_service.list_workflow_executions(asked, retry=True, timeout=RPC_WITHIN)
    runs = [
        ListedRun(
            workflow_id=one.execution.workflow_id,
            run_id=one.execution.run_id,
            status=status_name(one.status),
            attributes=decode_typed_search_attributes(one.search_attributes),
            closed_at=one.close_time.ToDatetime(UTC) if one.HasField("close_time") else None,
        )
        for one in told.executions
    ]
    return ListedPage(runs, told.next_page_token)
