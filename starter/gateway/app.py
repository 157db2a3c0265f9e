"""The gateway's routes."""

from http import HTTPStatus
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from activities.crashes import NEVER, Crashes
from activities.providers import WebhookReader
from starter.gateway.problems import problem
from starter.gateway.webhooks import RETRY_AFTER, Desk, PaymentWebhooks, Reporter


class Engine(Reporter, Protocol):
    """What the gateway stands on: the client."""

    async def ready(self) -> bool: ...


def create_app(engine: Engine, desk: Desk, reader: WebhookReader, provider: str, crashes: Crashes = NEVER) -> Starlette:
    """The gateway over a client that reports facts, and over `reader`, who understands the webhooks of `provider`."""
    payments = PaymentWebhooks(engine, desk, reader, provider, crashes)

    async def readyz(_: Request) -> Response:
        """Ready is who can pass a fact on; one that is not is not restarted for it, but gets no webhooks."""
        if await engine.ready():
            return JSONResponse({"status": "ok"})
        return problem(503, "unavailable", "Temporal does not answer.", {"Retry-After": RETRY_AFTER})

    return Starlette(
        routes=[
            Route("/webhooks/payments", payments.take, methods=["POST"]),
            Route("/healthz", _lives),
            Route("/readyz", readyz),
        ],
        exception_handlers={HTTPException: _not_served, Exception: _our_bug},
    )


async def _lives(_: Request) -> Response:
    """Whoever answers lives; whether Temporal does is no reason to restart the gateway."""
    return JSONResponse({"status": "ok"})


async def _not_served(_: Request, error: Exception) -> Response:
    """No such path, or not by that method."""
    assert isinstance(error, HTTPException), "the handler of HTTPException"
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers) if error.headers else None
    return problem(status, status.name.lower(), f"{status.phrase}. Look at the path and the method.", headers)


async def _our_bug(_: Request, __: Exception) -> Response:
    """Nothing of the inside goes out; the log has it all."""
    return problem(500, "internal_error", "The gateway failed. Send it again later: nothing is carried out twice.")
