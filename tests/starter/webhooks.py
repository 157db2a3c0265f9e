"""For tests of the gateway: webhooks as a provider signs and sends them, and who takes the facts. No test is here."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from standardwebhooks import Webhook

from tests.activities.sandboxes import SECRET
from workflows.messages.base import Fact

CAPTURED = {"order_id": "A-1", "payment_id": "p-1", "amount": 2_299, "currency": "USD", "method": "card"}


@dataclass
class Notebook:
    """An `Engine` that writes down what it is given, or is in trouble."""

    reported: list[tuple[str, Fact]] = field(default_factory=list)
    trouble: Exception | None = None

    async def ready(self) -> bool:
        return self.trouble is None

    async def report(self, order_id: str, fact: Fact) -> None:
        if self.trouble:
            raise self.trouble
        self.reported.append((order_id, fact))


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
    assert {"type", "title", "status", "detail", "code", "instead"} <= set(problem)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["detail"]
    return problem


def webhook(kind: str = "payment_captured", **changes: object) -> dict[str, Any]:
    data = {name: value for name, value in {**CAPTURED, **changes}.items() if value is not None}
    return {"type": kind, "timestamp": "2026-03-02T12:00:00Z", "data": data}
