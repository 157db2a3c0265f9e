"""`POST /webhooks/payments`: what the payment provider reports, as a fact for the order. Signed, or not believed."""

import json
import logging
from typing import Any, Final, Protocol

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from activities.crashes import NEVER, Crashes, Deed
from starter.errors import OrderNotFound
from starter.gateway.problems import problem, refused
from starter.outcomes import CommandRefused, EngineUnavailable
from workflows.messages.base import Fact
from workflows.messages.commands import MESSAGES
from workflows.messages.decoding import decode
from workflows.messages.ids import request_id_of, workflow_id
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import Role

LOG: Final = logging.getLogger("countermand.gateway")
MAX_BODY: Final = 64 * 1024
"""Bytes of a webhook; an honest one has under one thousand."""
RETRY_AFTER: Final = "5"
"""Seconds after which a provider should try again when we cannot pass its webhook on."""
SIGNED_BY: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")
FACTS: Final = tuple(
    name for name, kind in MESSAGES.items() if issubclass(kind, Fact) and Role.PAYMENT_PROVIDER in kind.roles
)
PROVIDER: Final = {"role": "payment_provider", "id": "sandbox"}


class Reporter(Protocol):
    """Where facts go: the client, which reports them to running and to settled orders alike."""

    async def report(self, order_id: str, fact: Fact) -> None: ...


class PaymentWebhooks:
    """The route."""

    def __init__(self, reporter: Reporter, secret: str, crashes: Crashes = NEVER) -> None:
        self._reporter = reporter
        self._crashes = crashes
        self._webhook = Webhook(secret)

    async def take(self, request: Request) -> Response:
        """Believe what is signed, and report it."""
        body = await _body(request)
        if body is None:
            return problem(413, "too_large", f"A webhook has at most {MAX_BODY} bytes.")
        try:
            signed = _signature(request)
            self._webhook.verify(body, signed, json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            # ValueError: the library's own answer to a signature that is not base64, and to a body that is not text.
            why = f"The signature is not right: {error}. Sign the raw body with the secret that we share."
            return problem(401, "unauthorized", why)
        try:
            order_id, fact = _fact(body, signed["webhook-id"])
        except Refused as error:
            return refused(error.refusal)
        return await self._report(order_id, fact)

    async def _report(self, order_id: str, fact: Fact) -> Response:
        try:
            with self._crashes.around(Deed.REPORT):
                await self._reporter.report(order_id, fact)
        except CommandRefused as error:
            return refused(error.refusal)
        except OrderNotFound as error:
            return problem(404, "not_found", str(error))
        except EngineUnavailable as error:
            return problem(503, "unavailable", str(error), {"Retry-After": RETRY_AFTER})
        except Exception:
            # Not 500: whatever it is, the provider must hear that nobody has taken the fact yet.
            LOG.exception("Reporting %s of order %s failed", fact.name, order_id)
            told = "The engine could not take it. Send it again in a moment: nothing is carried out twice."
            return problem(503, "unavailable", told, {"Retry-After": RETRY_AFTER})
        return JSONResponse({})


async def _body(request: Request) -> bytes | None:
    """The raw body, or None as soon as it is too large: nobody fills our memory."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return body


def _signature(request: Request) -> dict[str, str]:
    """The headers that sign. One that comes twice is refused: proxies and we might each believe another of the two."""
    signed = {}
    for name in SIGNED_BY:
        values = request.headers.getlist(name)
        if len(values) != 1:
            raise WebhookVerificationError(f"the header {name} is {'there twice' if values else 'missing'}")
        signed[name] = values[0]
    return signed


def _fact(body: bytes, webhook: str) -> tuple[str, Fact]:
    """The order and the fact that a webhook is about. Raises `Refused` with the fields at fault."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(Code.INVALID, "The webhook is not JSON.") from None
    kind, data = (told.get("type"), told.get("data")) if isinstance(told, dict) else (None, None)
    if kind not in FACTS:
        raise Refused(Code.INVALID, f"type must be one of {', '.join(FACTS)}.", fields=("type",))
    if not isinstance(data, dict):
        raise Refused(Code.INVALID, "data must be a JSON object.", fields=("data",))
    order_id = _order_id(data)
    own = {name: value for name, value in data.items() if name != "order_id"}
    # A provider's id may be longer than a request id.
    fact = decode(kind, json.dumps({**own, "request_id": request_id_of(webhook), "by": PROVIDER}).encode())
    assert isinstance(fact, Fact), f"{kind} is a fact"
    return order_id, fact


def _order_id(data: dict[str, Any]) -> str:
    order_id = data.get("order_id")
    try:
        workflow_id(order_id if isinstance(order_id, str) else "")
    except ValueError as error:
        raise Refused(Code.INVALID, f"data.order_id: {error}.", fields=("data.order_id",)) from None
    return str(order_id)
