"""The sandbox provider's webhooks: signed as Standard Webhooks, and already in our words. Nobody is called here."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from standardwebhooks import Webhook, WebhookVerificationError

from activities.providers import Headers, NotGenuine, Report, check_signed_lately

SIGNED_BY: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")
TOLERANCE: Final = timedelta(minutes=5)
"""How old, or how far ahead, a signature may be: as long as the standard says."""


class SandboxWebhooks:
    """A `WebhookReader`. Several secrets: while one is being replaced, a signature by either is right."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._webhooks = [Webhook(secret) for secret in secrets]

    def read(self, headers: Headers, body: bytes, now: datetime) -> Report:
        signed = _signed(headers)
        check_signed_lately(_signed_at(signed), now, TOLERANCE)
        if not any(_verified(webhook, body, signed) for webhook in self._webhooks):
            raise NotGenuine("it is signed with another secret, or is not the body that was signed")
        try:
            told = json.loads(body)
        except RecursionError:
            raise ValueError("it is nested too deep to be read") from None
        if not isinstance(told, dict) or not isinstance(told.get("type"), str):
            raise ValueError("it is no JSON object with a type")
        data = told.get("data")
        if not isinstance(data, dict):
            raise ValueError("its data is no JSON object")
        order_id = data.get("order_id")
        fields = {name: value for name, value in data.items() if name not in ("order_id", "shares")}
        named = order_id if isinstance(order_id, str) else None
        return Report(signed["webhook-id"], told["type"], named, fields, _shares(data.get("shares")))


def _shares(told: object) -> dict[str, int] | None:
    """Whose a payment is, and how much of it; None for one that is one order's. Raises `ValueError`."""
    if told is None:
        return None
    if not isinstance(told, dict) or not told or not all(type(amount) is int for amount in told.values()):
        raise ValueError("its shares are no amounts by order")
    return told


def _signed(headers: Headers) -> dict[str, str]:
    """The headers that sign. One that comes twice is refused: proxies and we might each believe another of the two."""
    signed = {}
    for name in SIGNED_BY:
        values = [value for known, value in headers if known == name]
        if len(values) != 1:
            raise NotGenuine(f"the header {name} is {'there twice' if values else 'missing'}")
        signed[name] = values[0]
    return signed


def _signed_at(signed: dict[str, str]) -> float:
    stamp = signed["webhook-timestamp"]
    if not re.fullmatch(r"[0-9]{1,12}", stamp):
        raise NotGenuine("the header webhook-timestamp is not a time in whole seconds")
    return float(stamp)


def _verified(webhook: Webhook, body: bytes, signed: dict[str, str]) -> bool:
    """Whether this secret signed it. The library refuses by the machine's clock, too, what is too old or ahead."""
    try:
        webhook.verify(body, signed, json_parse=False)
    except (WebhookVerificationError, ValueError):
        # ValueError: the library's own answer to a signature that is not base64, and to a body that is not text.
        return False
    return True
