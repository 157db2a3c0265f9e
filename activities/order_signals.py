"""Reports a fact to an order from within the engine, durably, also to one that is settled (R28); or only wakes it.

What a fact means lives in `workflows/process`; how people and programs report one, in `starter/client/`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Protocol

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from workflows.messages.authorizations import PaymentVoided
from workflows.messages.base import Fact
from workflows.messages.commands import PaymentCaptured, RefundUpdated, ReleaseUpdated
from workflows.messages.fields import MAX_REFERENCE, MAX_TEXT
from workflows.messages.values import MoneyState, Party
from workflows.messages.waking import WORKFLOW_TYPE, resume, run_of

RPC_WITHIN: Final = timedelta(seconds=10)
"""For the server to take a signal; it does so in milliseconds unless it is in trouble."""


class OrderTeller(Protocol):
    """How an order hears of a fact, also one that is settled."""

    async def tell(self, order_id: str, fact: Fact) -> None: ...


class Facts:
    """Tells orders what was found out about them."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def tell(self, order_id: str, fact: Fact) -> None:
        """Leave `fact` with the open run, or with a new one that wakes the settled order for it."""
        told = fact.model_dump(mode="json", exclude_none=True)
        await self._start(order_id, start_signal=fact.name, start_signal_args=[told])

    async def wake(self, order_id: str) -> None:
        """Have an open run of the order: a new one that loads its last state, where there is none."""
        await self._start(order_id)

    async def _start(self, order_id: str, **signal: Any) -> None:
        await self._client.start_workflow(
            WORKFLOW_TYPE,
            resume(order_id),
            **run_of(order_id, self._task_queue),
            **signal,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            rpc_timeout=RPC_WITHIN,
        )


def news(by: Party, row: Mapping[str, Any], state: MoneyState, said: tuple[str | None, str | None]) -> Fact:
    """What the provider says of a call of ours, a row of `payment_calls`, as a fact; `said` is its reference, and why
    it failed. Of a capture it is its payment's: the order knows it by that."""
    reference, reason = _plain(said[0], MAX_REFERENCE), _plain(said[1], MAX_TEXT)
    told = {"attempt": row["attempt"], "state": state, "provider_reference": reference, "failure_reason": reason}
    match row["kind"]:
        case "refund" | "void":
            return RefundUpdated.model_validate({"by": by, "refund_id": row["record_id"], **told})
        case "release":
            return ReleaseUpdated.model_validate({"by": by, "release_id": row["record_id"], **told})
        case "capture" if state is MoneyState.SUCCEEDED:
            paid = {name: row[name] for name in ("payment_id", "amount", "currency")}
            return PaymentCaptured.model_validate({"by": by, "method": by.id, **paid})
        case "capture":
            why = reason or f"its capture is {state}"
            return PaymentVoided.model_validate({"by": by, "payment_id": row["payment_id"], "reason": why})
        case other:
            raise AssertionError(f"{other!r} is no kind of call: no order is told anything of it")


def _plain(text: str | None, longest: int) -> str | None:
    """A provider's text as a message may carry it: its form must not keep the order from hearing of its money."""
    printable = "".join(character if character.isprintable() else " " for character in text or "")
    return printable.strip()[:longest].strip() or None
