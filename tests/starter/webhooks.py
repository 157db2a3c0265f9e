"""For tests of the gateway: webhooks as a provider signs and sends them, and who takes the facts. No test is here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

import httpx
from standardwebhooks import Webhook
from starlette.applications import Starlette

from activities.providers import WebhookReader
from activities.providers.sandbox_webhooks import SandboxWebhooks
from activities.register.words import Told, Word
from starter.gateway.app import create_app
from starter.unplaced import TrackedOrder, Unplaced
from tests.activities.sandboxes import SECRET
from workflows.messages.base import Fact
from workflows.messages.sentences import Sentence, say

CAPTURED = {"order_id": "A-1", "payment_id": "p-1", "amount": 2_299, "currency": "USD", "method": "card"}

CARRIER_SECRET = "whsec_Y2FycmllcnMgc2lnbiB3aXRoIHRoaXMsIGluIHRlc3Rz"


@dataclass
class Notebook:
    """An `Engine` and a `Desk` that write down what they are given, or are in trouble."""

    reported: list[tuple[str, Fact]] = field(default_factory=list)
    kept: list[Unplaced] = field(default_factory=list)
    payments: dict[str, str] = field(default_factory=dict)
    claims_shares: bool = False
    """Whether several orders may have one payment."""
    parts: Told | None = None
    """How a fact about a whole payment is allotted."""
    tracked: list[TrackedOrder] = field(default_factory=list)
    """The parcels that orders have named."""
    unasked: set[str] = field(default_factory=set)
    """The refunds and releases that nobody ever sent."""
    trouble: Exception | None = None
    desk_trouble: Exception | None = None

    def forget(self) -> None:
        self.reported.clear()
        self.kept.clear()
        self.payments.clear()
        self.unasked.clear()
        self.tracked.clear()
        self.trouble = self.desk_trouble = self.parts = None
        self.claims_shares = False

    async def ready(self) -> bool:
        return self.trouble is None

    async def report(self, order_id: str, fact: Fact, *, claimed: bool) -> None:
        assert claimed, "the gateway has asked, and nobody asks twice"
        if self.trouble:
            raise self.trouble
        self.reported.append((order_id, fact))

    async def keep(self, one: Unplaced) -> None:
        self._desk()
        self.kept.append(one)

    async def claim(self, order_id: str, fact: Fact) -> Sentence | None:
        self._desk()
        payment_id = getattr(fact, "payment_id", "")
        owner = order_id if self.claims_shares else self.payments.setdefault(payment_id, order_id)
        return None if owner == order_id else say("it belongs to {order}", order=owner)

    async def allot(self, named: str | None, fact: Fact) -> Told | None:
        del named
        if isinstance(fact, Word):
            self._desk()
        return self.parts

    async def orders_of_payment(self, payment_id: str) -> Sequence[str]:
        self._desk()
        return [self.payments[payment_id]] if payment_id in self.payments else []

    async def orders_of_tracking(self, tracking: str, named: str | None) -> Sequence[TrackedOrder]:
        self._desk()
        same = [one for one in self.tracked if one.tracking.upper() == tracking.replace(" ", "").upper()]
        return sorted(same, key=lambda one: (one.order_id != named, not one.is_live))

    async def was_asked_for(self, order_id: str, kind: Literal["refund", "release"], record_id: str) -> bool:
        self._desk()
        return record_id not in self.unasked

    def _desk(self) -> None:
        if self.desk_trouble:
            raise self.desk_trouble


def served_by(notebook: Notebook, reader: WebhookReader | None = None, provider: str = "sandbox") -> Starlette:
    """A gateway over the notebook."""
    return create_app(
        notebook, notebook, reader or SandboxWebhooks([SECRET]), provider, carrier_secrets=[SECRET, CARRIER_SECRET]
    )


def signed(body: bytes, secret: str = SECRET, webhook_id: str | None = None, age: float = 0) -> dict[str, str]:
    webhook_id, at = webhook_id or f"msg_{uuid4().hex}", datetime.now(UTC) - timedelta(seconds=age)
    signature = Webhook(secret).sign(webhook_id, at, body.decode(errors="replace"))
    stamp = str(int(at.timestamp()))
    return {"webhook-id": webhook_id, "webhook-timestamp": stamp, "webhook-signature": signature}


async def told(
    gateway: httpx.AsyncClient, body: bytes | dict[str, Any], headers: dict[str, str] | None = None
) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await gateway.post("/webhooks/payments", content=raw, headers=signed(raw) if headers is None else headers)


def a_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem, which has all the members of the contract."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "code", "instead", "request_id"} <= set(problem)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["detail"]
    return problem


def the_unplaced(answer: httpx.Response, notebook: Notebook) -> Unplaced:
    """What was kept of the one webhook that this answers, and told to nobody."""
    assert answer.status_code == 202, answer.text
    assert notebook.reported == []
    [one] = notebook.kept
    assert answer.json() == {"kept": one.why}
    return one


def webhook(kind: str = "payment_captured", **changes: object) -> dict[str, Any]:
    data = {name: value for name, value in {**CAPTURED, **changes}.items() if value is not None}
    return {"type": kind, "timestamp": "2026-03-02T12:00:00Z", "data": data}
