"""Signatures by the Standard Webhooks specification: whether one of our secrets has signed a webhook, and lately."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from standardwebhooks import Webhook, WebhookVerificationError

from activities.providers import Headers, NotGenuine, check_signed_lately

SIGNED_BY: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")
TOLERANCE: Final = timedelta(minutes=5)
"""How old, or how far ahead, a signature may be: as long as the standard says."""


class Signatures:
    """Several secrets: while one is being replaced, a signature by either is right."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._webhooks = [Webhook(secret) for secret in secrets]

    def check(self, headers: Headers, body: bytes, now: datetime) -> str:
        """The webhook's id, once its signature is right. Raises `NotGenuine`."""
        signed = _signed(headers)
        check_signed_lately(_signed_at(signed), now, TOLERANCE)
        if not any(_verified(webhook, body, signed) for webhook in self._webhooks):
            raise NotGenuine("it is signed with another secret, or is not the body that was signed")
        return signed["webhook-id"]


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


def json_of(body: bytes) -> object:
    """What the body says. Raises `ValueError`."""
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("it is nested too deep to be read") from None
