"""For tests of the gateway's API: one in this process, and callers with credentials of every kind. No test is here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg
import httpx
import jwt
from starlette.applications import Starlette

from activities.files.intake import Files
from activities.providers.sandbox_webhooks import SandboxWebhooks
from starter.client.live import LiveEvents
from starter.client.orders import OrderClient
from starter.gateway.app import Api, create_app
from starter.gateway.callers import Scope
from starter.gateway.seen import Orders
from starter.keys import Keys, WantedKey
from starter.requests import RequestLog
from starter.settings.callers import CallerSettings
from tests.activities.sandboxes import SECRET as WEBHOOK_SECRET
from tests.starter.told_as_written import as_written
from tests.starter.webhooks import Notebook

SECRET: Final = "of the tests only, and long enough for HS256 and HS384"
SETTINGS: Final = CallerSettings.model_validate(
    {"COUNTERMAND_JWT_SECRET": SECRET, "COUNTERMAND_CALLER_RATE": 10_000, "COUNTERMAND_ORDER_RATE": 10_000}
)


def token(role: str, sub: str | None, secret: str | None = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """A token as the marketplace's own sign-in would make it, for an hour; what is None is left out."""
    given = {"role": role, "sub": sub, "exp": datetime.now(UTC) + timedelta(hours=1), **claims}
    claims = {name: one for name, one in given.items() if one is not None}
    return jwt.encode(claims, secret, algorithm=algorithm)  # type: ignore[arg-type]  # None for no signature


def bearer(secret: str, acting_for: str | None = None) -> dict[str, str]:
    """The headers of a caller."""
    acting = {"Countermand-Acting-For": acting_for} if acting_for else {}
    return {"Authorization": f"Bearer {secret}", **acting}


def as_person(role: str, sub: str, **claims: Any) -> dict[str, str]:
    return bearer(token(role, sub, **claims))


BUYER: Final = as_person("buyer", "b-7")
SELLER: Final = as_person("seller", "s-3")
OPS: Final = as_person("platform", "ops-1")


async def new_key(pool: asyncpg.Pool, *scopes: Scope, bound: tuple[str, str] | None = None) -> str:
    """A key that may do this."""
    role, party_id = bound or (None, None)
    wanted = WantedKey.model_validate({"name": "shop", "scopes": scopes, "bound_role": role, "bound_id": party_id})
    secret, _ = await Keys(pool).make(wanted, "a test")
    return secret


def api_over(
    client: OrderClient,
    settings: CallerSettings = SETTINGS,
    files: Files | None = None,
    live: LiveEvents | None = None,
    log: RequestLog | None = None,
) -> Starlette:
    """The whole gateway over a client; its webhooks go to nobody, and without `live` nobody can follow the feed."""
    notebook = Notebook()
    followed = live or LiveEvents(client.pool, asyncpg.connect)
    api = Api(Keys(client.pool), settings, client, Orders(client.pool), followed, files, log=log)
    reader = SandboxWebhooks([WEBHOOK_SECRET])
    return create_app(notebook, notebook, reader, "sandbox", api=api, carrier_secrets=[WEBHOOK_SECRET])


@asynccontextmanager
async def calling(app: Starlette, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the app, without a network between them. What it answers is what the OpenAPI file says."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    looks = {"response": [as_written(app)]}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://gateway", headers=headers, event_hooks=looks
    ) as http:
        yield http
