"""What the provider tells of a payment or a transfer, in the words of the engine's facts."""

import json
from datetime import UTC, datetime
from typing import Any

from starter.sandbox.requests import Payment


def payment_news(payment: Payment) -> tuple[str, dict[str, Any]]:
    if payment.fail:
        return "payment_failed", {"payment_id": payment.payment_id, "reason": payment.fail}
    name = "payment_authorized" if payment.authorize else "payment_captured"
    own = {"payment_id", "amount", "currency", "method"}
    return name, payment.model_dump(include=own) | {"occurred_at": now()}


def transfer_news(transfer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Of a capture its payment's; of a void its refund's; else its own."""
    content, about = json.loads(transfer["content"]), {"void": "refund"}.get(transfer["kind"], transfer["kind"])
    if about == "capture" and transfer["state"] == "failed":
        return "payment_voided", {"payment_id": transfer["payment_id"], "reason": transfer["failure_reason"]}
    if about == "capture":
        told = {name: transfer[name] for name in ("payment_id", "amount", "currency")}
        return "payment_captured", told | {"method": "card", "occurred_at": now()}
    name = f"{about}_id"
    news = {
        name: content[name],
        "attempt": content["attempt"],
        "state": transfer["state"],
        "provider_reference": transfer["reference"],
    }
    if transfer["failure_reason"]:
        news["failure_reason"] = transfer["failure_reason"]
    return f"{about}_updated", news


def reason_of(state: str) -> str | None:
    return {"failed": "the bank refused it", "reversed": "the account was closed"}.get(state)


def now() -> str:
    return datetime.now(UTC).isoformat()
