"""The sandbox provider's webhooks: signed as Standard Webhooks, and already in our words. Nobody is called here."""

from collections.abc import Sequence
from datetime import datetime

from activities.providers import Headers, Report
from activities.providers.standard_webhooks import Signatures, json_of


class SandboxWebhooks:
    """A `WebhookReader`."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._signatures = Signatures(secrets)

    def read(self, headers: Headers, body: bytes, now: datetime) -> Report:
        webhook_id = self._signatures.check(headers, body, now)
        told = json_of(body)
        if not isinstance(told, dict) or not isinstance(told.get("type"), str):
            raise ValueError("it is no JSON object with a type")
        data = told.get("data")
        if not isinstance(data, dict):
            raise ValueError("its data is no JSON object")
        order_id = data.get("order_id")
        fields = {name: value for name, value in data.items() if name not in ("order_id", "shares")}
        named = order_id if isinstance(order_id, str) else None
        return Report(webhook_id, told["type"], named, fields, _shares(data.get("shares")))


def _shares(told: object) -> dict[str, int] | None:
    """Whose a payment is, and how much of it; None for one that is one order's. Raises `ValueError`."""
    if told is None:
        return None
    if not isinstance(told, dict) or not told or not all(type(amount) is int for amount in told.values()):
        raise ValueError("its shares are no amounts by order")
    return told
