"""The gateway's routes."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from starter.gateway.webhooks import PaymentWebhooks, Reporter


def create_app(reporter: Reporter, webhook_secret: str) -> Starlette:
    """The gateway over a client that reports facts."""
    return Starlette(
        routes=[
            Route("/webhooks/payments", PaymentWebhooks(reporter, webhook_secret).take, methods=["POST"]),
            Route("/healthz", _lives),
            Route("/readyz", _lives),
        ]
    )


async def _lives(_: Request) -> Response:
    """It listens only once its client is connected, so living is being ready."""
    return JSONResponse({"status": "ok"})
