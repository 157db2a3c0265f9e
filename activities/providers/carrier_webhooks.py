"""Carriers' webhooks: signed as Standard Webhooks, and already in our words. Nobody is called here.

No carrier speaks so by itself: whoever listens to carriers, such as a shipping service, passes their word on in this
form.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from activities.providers import Headers, Report
from activities.providers.standard_webhooks import Signatures, json_of

_ABOUT: Final = ("type", "name", "timestamp", "order_id")
"""What stands beside the fields of the fact."""


class CarrierWebhooks:
    """A `WebhookReader`."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._signatures = Signatures(secrets)

    def read(self, headers: Headers, body: bytes, now: datetime) -> Report:
        webhook_id = self._signatures.check(headers, body, now)
        told = json_of(body)
        if not isinstance(told, dict):
            raise ValueError("it is no JSON object")
        kinds = [told[field] for field in ("type", "name") if field in told]
        if not kinds or not isinstance(kinds[0], str) or kinds[0] != kinds[-1]:
            raise ValueError("it has no type, which says what happened, such as parcel_delivered")
        order_id = told.get("order_id")
        if order_id is not None and not isinstance(order_id, str):
            raise ValueError("its order_id is no text")
        fields = {field: value for field, value in told.items() if field not in _ABOUT}
        return Report(webhook_id, kinds[0], order_id, fields)
