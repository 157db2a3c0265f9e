"""Reconciliation tells orders of money that moved without our asking, and adds up what went out (R34, R35, R36)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from activities.migrations import migrate
from activities.order_signals import Facts
from activities.providers.sandbox import SandboxProvider
from tests.activities.sandboxes import Sandbox, eventually, sandbox_process
from tests.conftest import MakeDatabase
from tests.workflow.reconciling import Marketplace, Upheld
from tests.workflow.theatre import SELLER, TOTAL, captured, start_input
from workflows.messages.base import Fact
from workflows.messages.ids import workflow_id
from workflows.messages.values import MoneyState

PRICE = 2_000


@dataclass(frozen=True)
class AtTheSandbox:
    """A marketplace whose provider is the sandbox, of which nobody ever hears by webhook."""

    marketplace: Upheld
    sandbox: Sandbox

    async def paid(self, order_id: str) -> WorkflowHandle[Any, Any]:
        """An order over 20.00, paid at the provider."""
        start = start_input(order_id, shipping_fee=1)
        handle = await self.marketplace.client.start_workflow(
            "Order", start, id=workflow_id(order_id), task_queue=self.marketplace.task_queue
        )
        (await self.sandbox.pay(order_id, amount=PRICE, quiet=True)).raise_for_status()
        await handle.execute_update("payment_captured", captured(PRICE, f"pay-{order_id}"))
        await self.marketplace.recorded(order_id, "payment_captured")
        return handle

    async def has_settled(self) -> bool:
        """Whether everything there has ended."""
        pending = (await self.sandbox.http.get("/pending")).raise_for_status().json()
        return bool(pending["transfers"] == 0)

    async def does(self, path: str, **what: object) -> dict[str, Any]:
        """Something there that nobody is told."""
        answer = await self.sandbox.http.post(path, json={**what, "quiet": True})
        told: dict[str, Any] = answer.raise_for_status().json()
        return told


@pytest_asyncio.fixture
async def at_the_sandbox(
    environment: WorkflowEnvironment, new_database: MakeDatabase, tmp_path: Path
) -> AsyncIterator[AtTheSandbox]:
    url = await new_database()
    await migrate(url)
    async with sandbox_process(tmp_path, settle_after=0.2) as sandbox, asyncpg.create_pool(url, min_size=1) as pool:
        provider = SandboxProvider(sandbox.url)
        marketplace = Upheld(environment.client, url, pool, provider)
        async with marketplace.worker():
            yield AtTheSandbox(marketplace, sandbox)
        await provider.close()


async def test_E3_a_chargeback_whose_webhooks_never_came_is_found_and_told(
    at_the_sandbox: AtTheSandbox, order_id: str
) -> None:
    """While it is open nothing is sent; and the bank's last word ends it."""
    marketplace, chargeback = at_the_sandbox.marketplace, f"c-{order_id}"
    handle = await at_the_sandbox.paid(order_id)
    await at_the_sandbox.does("/chargebacks", chargeback_id=chargeback, payment_id=f"pay-{order_id}", amount=PRICE)
    assert (await marketplace.reconcile())["fed"] == 1
    await marketplace.recorded(order_id, "chargeback_opened")
    [known] = (await marketplace.view(order_id))["chargebacks"]
    assert (known["chargeback_id"], known["outcome"], known["amount"]) == (chargeback, "open", PRICE)
    await handle.execute_update("cancel_order", {"by": SELLER, "reason": "out_of_stock"})
    assert (await at_the_sandbox.sandbox.book(order_id))["refunds"] == []
    assert "fed" not in await marketplace.reconcile(), "what is known is not told again"
    await at_the_sandbox.does(f"/chargebacks/{chargeback}/decision", outcome="lost")
    assert (await marketplace.reconcile())["fed"] == 1
    result = await handle.result()
    assert (result["stage"], result["refunded"], result["shortfall"]) == ("cancelled", PRICE, 0)
    assert (await at_the_sandbox.sandbox.book(order_id))["refunds"] == []


async def test_E4_what_was_refunded_in_the_console_is_not_asked_for_again(
    at_the_sandbox: AtTheSandbox, order_id: str
) -> None:
    marketplace = at_the_sandbox.marketplace
    handle = await at_the_sandbox.paid(order_id)
    await at_the_sandbox.does(f"/payments/pay-{order_id}/refunds", amount=500)
    await eventually(at_the_sandbox.has_settled)
    assert (await marketplace.reconcile())["fed"] == 1
    await marketplace.recorded(order_id, "refund_reported")
    await handle.execute_update("cancel_order", {"by": SELLER, "reason": "out_of_stock"})
    await marketplace.refund_is(order_id, "pending")
    asked = [refund for refund in (await at_the_sandbox.sandbox.book(order_id))["refunds"] if refund["key"]]
    assert [refund["amount"] for refund in asked] == [1_500]
    view = await marketplace.view(order_id)
    assert (view["refunded"], view["refunding"], view["needs_attention"]) == (500, 1_500, [])
    await eventually(at_the_sandbox.has_settled)
    assert (await marketplace.reconcile())["fed"] == 1, "our own refund's success, which no webhook told either"
    assert (await handle.result())["refunded"] == PRICE
    await marketplace.listed(1, "OrderStage = 'cancelled' AND WaitingOn = 'nobody'")
    assert await marketplace.reconcile() == {}


async def test_R35_what_becomes_of_a_refund_by_hand_later_is_told_too(marketplace: Marketplace, order_id: str) -> None:
    """Also weeks after the day on which it was made; and then no more."""
    handle, provider = await marketplace.paid(order_id), marketplace.provider
    await marketplace.recorded(order_id, "payment_captured")
    made = datetime.now(UTC) - timedelta(days=20)
    reference = provider.give_back(order_id, 500, created_at=made)
    assert (await marketplace.reconcile(made.date()))["fed"] == 1
    await marketplace.recorded(order_id, "refund_reported")
    provider.change(reference, state=MoneyState.REVERSED)
    assert (await marketplace.reconcile())["fed"] == 1
    await marketplace.recorded(order_id, "refund_reported", 2)
    view = await marketplace.view(order_id)
    assert (view["refunded"], view["held"]) == (0, TOTAL)
    assert "fed" not in await marketplace.reconcile()
    await handle.execute_update("cancel_order", {"by": SELLER, "reason": "out_of_stock"})
    await marketplace.refund_is(order_id, "pending")


async def test_the_right_order_is_told_whatever_the_provider_calls_it(marketplace: Marketplace, order_id: str) -> None:
    """By the register, not by what stands beside the money there."""
    right, wrong = f"{order_id[:40]}-right", f"{order_id[:40]}-wrong"
    for each in (right, wrong):
        await marketplace.paid(each)
        await marketplace.recorded(each, "payment_captured")
    marketplace.provider.charge_back(f"{right}-pay", "c-1", order_id=wrong, amount=500)
    marketplace.provider.give_back(right, 300, order_id=wrong)
    assert (await marketplace.reconcile())["fed"] == 2
    for name in ("chargeback_opened", "refund_reported"):
        await marketplace.recorded(right, name)
    assert (await marketplace.view(wrong))["version"] == 2, "started and paid"


async def test_one_order_that_cannot_be_told_stops_nobody(
    marketplace: Marketplace, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporal refuses the one, and another's words make no sense: both are for a person, and the third hears."""
    full, senseless, fine = (f"{order_id[:40]}-{name}" for name in ("full", "senseless", "fine"))
    for each in (full, senseless, fine):
        await marketplace.paid(each)
        await marketplace.recorded(each, "payment_captured")
        marketplace.provider.charge_back(f"{each}-pay", f"c-{each}", currency="?" if each == senseless else "USD")
    tell = Facts.tell

    async def refusing(self: Facts, told: str, fact: Fact) -> None:
        if told == full:
            raise RPCError("exceeded workflow execution limit for signal events", RPCStatusCode.INVALID_ARGUMENT, b"")
        await tell(self, told, fact)

    monkeypatch.setattr(Facts, "tell", refusing)
    assert await marketplace.reconcile() == {"fed": 1, "not_told": 2}
    await marketplace.recorded(fine, "chargeback_opened")
    found = await marketplace.disagreements()
    notes = {row["order_id"]: row["note"] for row in found.values()}
    assert "limit for signal events" in notes[full]
    assert "currency" in notes[senseless]


async def test_what_was_told_and_is_not_counted_is_told_once_and_then_reported(
    marketplace: Marketplace, order_id: str
) -> None:
    """More was taken than the payment brought: a conflict, which the platform ends. Each night it is one line there."""
    await marketplace.paid(order_id)
    await marketplace.recorded(order_id, "payment_captured")
    marketplace.provider.charge_back(f"{order_id}-pay", "c-1", "lost", amount=TOTAL + 1)
    assert (await marketplace.reconcile())["fed"] == 1
    await marketplace.recorded(order_id, "chargeback_closed")
    counts = await marketplace.reconcile()
    assert "fed" not in counts, counts
    assert ("state", "chargeback c-1") in await marketplace.disagreements()
