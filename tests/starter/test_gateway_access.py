"""Every route × every kind of caller × an order that is there and one that is not: each cell as it is declared.

The routes are those of the app itself, so that a new one stands here at once; who may is told here a second time.
"""

import itertools
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest_asyncio
from asyncpg import Pool
from starlette.applications import Starlette

from activities.files.folder import FolderStore
from activities.files.intake import Files
from activities.files.table import FileTable
from starter.client.orders import OrderClient
from starter.gateway.callers import Scope
from starter.gateway.doors import Door
from tests.starter.doorbell import BUYER, OPS, SELLER, api_over, as_person, bearer, calling, new_key, token
from tests.starter.orders import an_order
from workflows.messages.commands import OFFERED

NONSENSE = {"nonsense": 1}
"""A body that no route takes: whoever is let in hears what is wrong with it, and nothing happens."""
OF_THE_PLATFORM = ("/keys", "/unplaced", "/stuck", "/disagreements", "/approvals", "/requests")
"""How paths begin that are the platform's alone."""
IN = (200, 422)
"""What is answered to whoever is let in."""
OF_ROLE = {
    "buyer": Scope.BUYER,
    "seller": Scope.SELLER,
    "platform": Scope.PLATFORM,
    "payment_provider": Scope.PAYMENT,
    "carrier": Scope.CARRIER,
}


@dataclass(frozen=True)
class Kind:
    """A kind of caller, and what is to be expected of them."""

    name: str
    headers: dict[str, str]
    scopes: frozenset[Scope] | None
    """None: not let in at all."""
    sees: bool = True
    """Whether the order is one of theirs."""
    speaks_as: frozenset[str] = frozenset()
    """The roles as which they can send something without naming anybody."""
    has_notices: bool = False
    platform: bool = False
    is_party: bool = False
    """Whether they speak as one party, whatever they send; else for each message as whom it is from."""


PERSON = frozenset({Scope.READ, Scope.SUBSCRIPTIONS})
OPS_SCOPES = PERSON | {Scope.START, Scope.PLATFORM, Scope.POLICIES}


def _person(name: str, role: str, headers: dict[str, str], *, sees: bool = True) -> Kind:
    """Somebody who speaks as one party, whatever they send."""
    scopes = OPS_SCOPES if role == "platform" else PERSON | {OF_ROLE[role]}
    platform = role == "platform"
    return Kind(name, headers, scopes, sees, frozenset({role}), has_notices=True, platform=platform, is_party=True)


@pytest_asyncio.fixture
async def kinds(pool: Pool) -> list[Kind]:
    people = [
        _person("owner buyer", "buyer", BUYER),
        _person("other buyer", "buyer", as_person("buyer", "b-8"), sees=False),
        _person("owner seller", "seller", SELLER),
        _person("other seller", "seller", as_person("seller", "s-4"), sees=False),
        _person("platform", "platform", OPS),
        replace(
            _person("reader", "platform", as_person("platform", "ops-2", scopes="orders:read")),
            scopes=frozenset({Scope.READ}),
        ),
    ]
    systems = {Scope.PLATFORM: "platform", Scope.PAYMENT: "payment_provider", Scope.CARRIER: "carrier"}
    keys = [
        Kind(
            f"key {scope}",
            bearer(await new_key(pool, scope)),
            frozenset({scope}),
            speaks_as=frozenset({systems[scope]} if scope in systems else set()),
            has_notices=scope is Scope.PLATFORM,
            platform=scope is Scope.PLATFORM,
        )
        for scope in Scope
    ]
    both = (Scope.READ, Scope.SELLER)
    own, other = [await new_key(pool, *both, bound=("seller", party)) for party in ("s-3", "s-4")]
    acting = bearer(await new_key(pool, *both), "seller:s-3")
    bound = [
        replace(_person("bound", "seller", bearer(own)), scopes=frozenset(both)),
        replace(_person("bound elsewhere", "seller", bearer(other), sees=False), scopes=frozenset(both)),
        replace(_person("acting", "seller", acting), scopes=frozenset(both)),
    ]
    unsigned = token("platform", "ops-1", secret=None, algorithm="none")
    nobody = [
        Kind("expired", bearer(token("platform", "ops-1", exp=1)), None),
        Kind("wrong key", bearer(token("platform", "ops-1", secret="x" * 64)), None),
        Kind("alg none", bearer(unsigned), None),
        Kind("unknown key", bearer("cmk_" + "x" * 43), None),
        Kind("none", {}, None),
    ]
    return [*people, *keys, *bound, *nobody]


@pytest_asyncio.fixture
async def http(client: OrderClient, order_id: str) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(with_files(client)) as made:
        assert (
            await made.post("/orders", headers=OPS, json=an_order(order_id).model_dump(mode="json"))
        ).status_code == 201
        yield made


def with_files(client: OrderClient) -> Starlette:
    """The whole gateway; its files would lie where none can, and nothing here is one."""
    return api_over(client, files=Files(FolderStore(Path(os.devnull)), FileTable(client.pool)))


def doors(client: OrderClient) -> list[Door]:
    return [route.endpoint.door for route in with_files(client).routes]  # type: ignore[attr-defined]


def expected(door: Door, kind: Kind, *, exists: bool) -> tuple[int, ...]:
    """With which status this caller is answered there."""
    if door.path in (
        "/webhooks/payments",
        "/webhooks/carrier",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/docs/errors",
    ):
        return (200, 401)  # nobody is asked; a webhook is signed
    if kind.scopes is None:
        return (401,)
    command = door.path.rpartition("/")[2] if door.method == "POST" and "{order_id}" in door.path else None
    if command:
        roles = {str(role) for role in OFFERED[command].roles}
        wanted = {OF_ROLE[role] for role in roles}
        speaks = kind.speaks_as if kind.is_party else kind.speaks_as & roles
        if not wanted & kind.scopes or not speaks:
            return (403,)
    elif door.path.startswith(OF_THE_PLATFORM) or door.path.endswith("/lease"):
        if Scope.PLATFORM not in kind.scopes or not kind.platform:
            return (403,)
    elif door.path.startswith("/policies"):
        if Scope.POLICIES not in kind.scopes:
            return (403,)
    elif door.path.startswith("/subscriptions"):
        if Scope.SUBSCRIPTIONS not in kind.scopes or not (kind.is_party or kind.platform):
            return (403,)  # a key that is nobody's has none, and is not shown everybody's
        # What is there and what is not are one answer, whatever is sent; but a body is read first.
        return (422,) if door.body is not None else (404,) if "{" in door.path else (200,)
    elif door.path == "/orders" and door.method == "POST":
        if Scope.START not in kind.scopes:
            return (403,)
    elif door.path == "/files":
        brings = kind.scopes & {Scope.BUYER, Scope.SELLER, Scope.PLATFORM} and (kind.is_party or kind.platform)
        return (415,) if brings else (403,)  # what nobody brought anybody could refer to
    elif Scope.READ not in kind.scopes or (door.path.startswith("/notices") and not kind.has_notices):
        return (403,)
    elif door.path.startswith("/notices/") and not any(OF_ROLE[role] in kind.scopes for role in kind.speaks_as):
        return (403,)  # to have read is an act
    if "{order_id}" in door.path:
        return IN if exists and kind.sees else (404,)
    return (404,) if "{" in door.path and door.body is None else IN


async def test_every_cell_is_answered_as_declared(
    http: httpx.AsyncClient, client: OrderClient, kinds: list[Kind], order_id: str
) -> None:
    wrong = []
    for door, kind, exists in itertools.product(doors(client), kinds, (True, False)):
        known = order_id if exists else f"{order_id}-x"
        path = door.path.format(order_id=known, key_id=0, id=0, name="nowhere", sha256="0" * 64)
        body = NONSENSE if door.body is not None else None
        answer = await http.request(door.method, path, headers=kind.headers, json=body)
        if answer.status_code not in expected(door, kind, exists=exists):
            wrong.append(
                (door.method, door.path, kind.name, exists, answer.status_code, expected(door, kind, exists=exists))
            )
    assert wrong == []


def test_every_message_that_somebody_may_send_has_its_route(client: OrderClient) -> None:
    paths = {door.path for door in doors(client) if door.method == "POST"}
    assert {f"/orders/{{order_id}}/{name}" for name in OFFERED} <= paths
    assert "/orders/{order_id}/payment_conflict" not in paths
