"""The gateway's routes: each a `Door` behind the one `Guard`, and what answers where there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from activities.channels.targets import AllowedHosts
from activities.crashes import NEVER, Crashes
from activities.files.intake import Files
from activities.providers import WebhookReader
from starter.approvals import Approvals
from starter.client.live import LiveEvents
from starter.four_eyes import FourEyes
from starter.gateway.approval_routes import ApprovalRoutes
from starter.gateway.carrier_webhooks import CarrierWebhooks, signed_doors
from starter.gateway.carrier_webhooks import Desk as ParcelDesk
from starter.gateway.credentials import ACTING_FOR, Credentials
from starter.gateway.desk_routes import DeskRoutes
from starter.gateway.docs_routes import docs_doors
from starter.gateway.doors import EVERYBODY, VERSION, Ask, Door, Guard, checked
from starter.gateway.event_routes import LAST_EVENT, EventRoutes
from starter.gateway.file_routes import FileRoutes
from starter.gateway.key_routes import KeyRoutes
from starter.gateway.lease_routes import LeaseRoutes
from starter.gateway.limits import caller_rate, order_rate
from starter.gateway.list_routes import ListRoutes
from starter.gateway.metrics import Metrics
from starter.gateway.notice_routes import NoticeRoutes
from starter.gateway.numbered import REQUEST_ID, Numbered
from starter.gateway.order_routes import OrderRoutes, TakesOrders
from starter.gateway.policy_routes import PolicyRoutes
from starter.gateway.problems import problem
from starter.gateway.read_routes import ReadRoutes
from starter.gateway.request_routes import RequestRoutes
from starter.gateway.second_person import SecondPerson
from starter.gateway.seen import Orders
from starter.gateway.signed_webhooks import RETRY_AFTER, Reporter
from starter.gateway.subscription_routes import SubscriptionRoutes
from starter.gateway.tokens import Tokens
from starter.gateway.webhooks import Desk as PaymentDesk
from starter.gateway.webhooks import PaymentWebhooks
from starter.keys import Keys
from starter.requests import RequestLog
from starter.settings.callers import CallerSettings
from workflows.messages.sentences import say

NOWHERE_ELSE: Final = AllowedHosts()


class Engine(Reporter, Protocol):
    """What the webhooks stand on: the client."""

    async def ready(self) -> bool: ...


class Desk(PaymentDesk, ParcelDesk, Protocol):
    """What they ask, and where they leave what belongs nowhere."""


@dataclass(frozen=True)
class Api:
    """What callers with credentials reach."""

    keys: Keys
    settings: CallerSettings
    engine: TakesOrders
    orders: Orders
    live: LiveEvents
    files: Files | None = None
    """None: nobody has said where files are to lie."""
    hosts: AllowedHosts = NOWHERE_ELSE
    """Where webhooks to subscribers may go beside the public internet."""
    log: RequestLog | None = None
    """Where it is kept who sent what; None: nowhere."""

    def credentials(self) -> Credentials:
        found = self.settings
        tokens = None
        if found.jwt_secret or found.jwt_keys:
            tokens = Tokens(found.jwt_algorithms, secret=found.jwt_secret, keys=found.jwt_keys)
        return Credentials(tokens, self.keys)

    def doors(self) -> Sequence[Door]:
        rate = order_rate(self.settings.order_rate)
        eyes = FourEyes(self.engine, Approvals(self.orders.pool), self.settings.four_eyes)
        second = SecondPerson(eyes, self.keys, self.engine, self.orders)
        return (
            *ListRoutes(self.orders).doors(),
            *ReadRoutes(self.orders).doors(),
            *EventRoutes(self.orders, self.live).doors(),
            *OrderRoutes(self.engine, self.orders, second, rate).doors(),
            *ApprovalRoutes(second, rate).doors(),
            *LeaseRoutes(self.orders).doors(),
            *KeyRoutes(self.keys, four_eyes=self.settings.four_eyes is not None).doors(),
            *DeskRoutes(self.orders).doors(),
            *NoticeRoutes(self.orders).doors(),
            *PolicyRoutes(self.orders.pool).doors(),
            *SubscriptionRoutes(self.orders.pool, self.hosts).doors(),
            *FileRoutes(self.files).doors(),
            *RequestRoutes(self.orders.pool).doors(),
        )


def create_app(  # noqa: PLR0913 - each is a part that tests have another one of
    engine: Engine,
    desk: Desk,
    reader: WebhookReader,
    provider: str,
    crashes: Crashes = NEVER,
    api: Api | None = None,
    *,
    carrier_secrets: Sequence[str] = (),
) -> Starlette:
    """The gateway over a client that reports facts, and over `reader`, who understands the webhooks of `provider`;
    without `api` it takes webhooks and nothing else, without `carrier_secrets` none of carriers."""
    metrics = Metrics()
    credentials, settings = Credentials(None, _NoKeys()), CallerSettings()
    if api is not None:
        credentials, settings = api.credentials(), api.settings
    observers = []
    if api is not None and (log := api.log):
        observers.append(log.keep)
        metrics.watch(lambda: api.live.count, lambda: log.dropped)
    payments = PaymentWebhooks(engine, desk, reader, provider, crashes)
    carriers = CarrierWebhooks(engine, desk, carrier_secrets, crashes)
    doors = [*signed_doors(payments, carriers), *_open_doors(engine, metrics), *(api.doors() if api else ())]
    doors += docs_doors(doors)
    guard = Guard(credentials, caller_rate(settings.caller_rate))
    app = Starlette(
        routes=checked([guard.route(door) for door in doors]),
        middleware=[Middleware(Numbered, metrics=metrics, observers=observers), *_cors(settings)],
        exception_handlers={HTTPException: _not_served},
    )
    # Else `/keys/` would be answered with an address made of whatever the caller says our host is called.
    app.router.redirect_slashes = False
    return app


def _open_doors(engine: Engine, metrics: Metrics) -> Sequence[Door]:
    """Whether we live: nobody has to say who they are to hear that."""

    async def healthz(_: Ask) -> Response:
        """Whoever answers lives; whether Temporal does is no reason to restart the gateway."""
        return JSONResponse({"status": "ok"})

    async def readyz(_: Ask) -> Response:
        """Ready is who can pass a fact on; one that is not is not restarted for it, but gets no webhooks."""
        if await engine.ready():
            return JSONResponse({"status": "ok"})
        return problem(503, "unavailable", say("Temporal does not answer."), {"Retry-After": RETRY_AFTER})

    async def counted(_: Ask) -> Response:
        return await metrics.page()

    return (
        Door("GET", "/healthz", EVERYBODY, healthz, "Whether this process lives.", None, {200: {}}),
        Door("GET", "/readyz", EVERYBODY, readyz, "Whether it can pass things on.", None, {200: {}}),
        Door("GET", "/metrics", EVERYBODY, counted, "Numbers for Prometheus.", None, {200: None}),
    )


class _NoKeys:
    async def find(self, secret: str) -> None:
        del secret


def _cors(settings: CallerSettings) -> list[Middleware]:
    """Off, unless origins are named; credentials are headers, so no cookie is ever allowed."""
    if not settings.cors_origins:
        return []
    allowed = ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", ACTING_FOR, VERSION]
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=methods,
            allow_headers=[*allowed, "Accept-Language", LAST_EVENT, REQUEST_ID],
            expose_headers=["ETag", "Location", "Retry-After", VERSION, REQUEST_ID],
        )
    ]


async def _not_served(_: Request, error: Exception) -> Response:
    """No such path, or not by that method."""
    assert isinstance(error, HTTPException), "the handler of HTTPException"
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers) if error.headers else None
    told = say("There is nothing here by that path and method. Look at both.")
    return problem(status, status.name.lower(), told, headers)
