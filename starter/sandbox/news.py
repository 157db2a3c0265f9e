"""What the provider tells of a payment or a transfer, in the words of the engine's facts."""

import json
import time
from datetime import UTC, datetime
from typing import Any

from starter.sandbox.requests import Payment


def payment_news(payment: Payment) -> tuple[str, dict[str, Any]]:
    if payment.fail:
        return "payment_failed", {"payment_id": payment.payment_id, "reason": payment.fail}
    name = "payment_authorized" if payment.authorize else "payment_captured"
    own = {"payment_id", "amount", "currency", "method", "shares"}
    return name, payment.model_dump(include=own, exclude_none=True) | {"occurred_at": now()}


def transfer_news(transfer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Of a capture its payment's; of a void its refund's; of a refund by hand its own; else what was asked for."""
    if transfer["key"] is None:
        return refund_news(transfer)
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


def refund_news(transfer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Of a refund that was made in the console."""
    told = {name: transfer[name] for name in ("payment_id", "reference", "amount", "currency", "state")}
    reason = {"reason": transfer["failure_reason"]} if transfer["failure_reason"] else {}
    return "refund_reported", told | reason


def chargeback_news(chargeback: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The bank's last word."""
    told = {name: chargeback[name] for name in ("payment_id", "chargeback_id", "amount", "currency")}
    told["occurred_at"] = datetime.fromtimestamp(chargeback["decided_at"], UTC).isoformat()
    if chargeback["outcome"] == "open":
        return "chargeback_opened", told
    return "chargeback_closed", told | {"outcome": chargeback["outcome"]}


def reason_of(state: str) -> str | None:
    return {"failed": "the bank refused it", "reversed": "the account was closed"}.get(state)


def now() -> str:
    return datetime.now(UTC).isoformat()


def seconds_now() -> float:
    """In whole microseconds: so exact is an instant when it is told, and asked for again."""
    return round(time.time(), 6)
