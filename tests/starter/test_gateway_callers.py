"""Who is let in: tokens and keys, for whom a key acts, and what is answered to everybody else."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncpg
import httpx
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.responses import Response
from starlette.routing import Route

from starter.client.orders import OrderClient
from starter.gateway.bodies import MAX_BODY, MAX_DEPTH
from starter.gateway.callers import Scope
from starter.gateway.doors import Undeclared, checked
from starter.gateway.limits import MAX_COUNTED, Rate, TooMany
from starter.keys import Keys
from starter.settings.callers import CallerSettings
from starter.settings.environment import SettingsError, load_settings
from tests.starter.doorbell import (
    BUYER,
    OPS,
    SECRET,
    SELLER,
    SETTINGS,
    api_over,
    as_person,
    bearer,
    calling,
    new_key,
    token,
)
from tests.starter.webhooks import a_problem
from workflows.messages.sentences import say


def served(pool: asyncpg.Pool, settings: CallerSettings = SETTINGS) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    """A gateway whose orders nobody asks for here."""
    return calling(api_over(OrderClient(None, pool, "orders"), settings))  # type: ignore[arg-type]


@pytest_asyncio.fixture(scope="module")
async def http(pool: asyncpg.Pool) -> AsyncIterator[httpx.AsyncClient]:
    async with served(pool) as client:
        yield client


async def test_the_platform_makes_lists_and_revokes_keys(http: httpx.AsyncClient) -> None:
    """A key is shown once, lets its bearer in, and after it was revoked does not."""
    wanted = {"name": "desk", "scopes": ["act:platform", "orders:read"]}
    made = await http.post("/keys", headers=OPS, json=wanted)
    assert made.status_code == 201, made.text
    secret = made.json()["key"]
    assert made.headers["cache-control"] == "no-store"
    listed = await http.get("/keys", headers=bearer(secret))
    [row] = [row for row in listed.json()["keys"] if row["id"] == made.json()["id"]]
    assert row["begins"] == secret[:10]
    assert secret not in listed.text
    assert (await http.delete(f"/keys/{row['id']}", headers=OPS)).json()["revoked_at"]
    a_problem(await http.get("/keys", headers=bearer(secret)), 401, "unauthorized")


async def test_a_revoked_key_takes_with_it_whatever_was_made_with_it(
    http: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    """Also by a key that was made with it, and under another's name; what its maker made otherwise stays."""
    wanted = {"name": "mine", "scopes": ["act:platform"]}

    async def made(headers: dict[str, str]) -> dict[str, str]:
        answer = await http.post("/keys", headers=headers, json=wanted)
        assert answer.status_code == 201, answer.text
        return bearer(answer.json()["key"])

    first, other = await made(OPS), await made(OPS)
    second = await made(first | {"Countermand-Acting-For": "platform:dan"})
    third = await made(second)
    newest = [one["id"] for one in (await http.get("/keys?limit=4", headers=OPS)).json()["keys"]]
    assert (await http.get("/keys", headers=third)).status_code == 200
    assert (await http.delete(f"/keys/{newest[3]}", headers=OPS)).json()["revoked_with_it"] == 2
    for headers in (first, second, third):
        a_problem(await http.get("/keys", headers=headers), 401, "unauthorized")
    assert (await http.get("/keys", headers=other)).status_code == 200
    assert (await http.delete(f"/keys/{newest[3]}", headers=OPS)).json()["revoked_with_it"] == 0
    assert (await Keys(pool).revoke(newest[2]))[1] == 0


async def test_a_key_that_is_revoked_in_the_same_moment_makes_none(http: httpx.AsyncClient, pool: asyncpg.Pool) -> None:
    """It is believed for a moment longer by other gateways: what it made then would outlive it."""
    desk = bearer(await new_key(pool, Scope.PLATFORM))
    [key] = (await http.get("/keys?limit=1", headers=desk)).json()["keys"]
    await Keys(pool).revoke(key["id"])
    made = await http.post("/keys", headers=desk, json={"name": "x", "scopes": ["act:platform"]})
    a_problem(made, 401, "unauthorized")


async def test_no_key_is_kept_in_the_database(pool: asyncpg.Pool) -> None:
    secret = await new_key(pool, Scope.READ)
    assert not await pool.fetchval("SELECT count(*) FROM keys WHERE keys::text LIKE $1", f"%{secret[10:]}%")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {token('platform', 'ops-1')}"},
        bearer("cmk_nobody-ever-made-this-one"),
        bearer("not-a-token"),
        bearer(token("platform", "ops-1", secret="another secret, also long enough for HS256")),
        bearer(token("platform", "ops-1", exp=1)),
        bearer(token("platform", "ops-1", exp=None)),
        bearer(token("platform", "ops-1", algorithm="HS384")),
        bearer(token("platform", "ops-1", secret=None, algorithm="none")),
        bearer(token("owner", "ops-1")),
        bearer(token("system", "ops-1")),
        bearer(token("carrier", "post")),
        bearer(token("platform", "")),
        bearer(token("platform", None)),
    ],
    ids=range(16),
)
async def test_whoever_cannot_say_who_they_are_is_not_let_in(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await http.get("/keys", headers=headers)
    a_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("headers", [BUYER, SELLER, as_person("platform", "ops-1", scopes="orders:read")])
async def test_keys_are_the_platforms(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """A token's scopes only take from what its role may."""
    a_problem(await http.get("/keys", headers=headers), 403, "wrong_role")
    boasting = as_person("buyer", "b-7", scopes=["act:platform", "act:buyer"])
    a_problem(await http.get("/keys", headers=boasting), 403, "wrong_role")


async def test_a_key_acts_only_for_whom_it_may(http: httpx.AsyncClient, pool: asyncpg.Pool) -> None:
    desk = await new_key(pool, Scope.PLATFORM, Scope.SELLER)
    bound = await new_key(pool, Scope.SELLER, Scope.PLATFORM, bound=("seller", "s-3"))
    assert (await http.get("/keys", headers=bearer(desk, "platform:ops-2"))).status_code == 200
    for secret, named in (
        (desk, "buyer:b-7"),
        (desk, "seller:s-3"),
        (desk, "system:clock"),
        (desk, "seller:"),
        (desk, "s-3"),
        (bound, "seller:s-4"),
        (bound, "buyer:b-7"),
        (bound, "platform:ops-1"),
    ):
        a_problem(await http.get("/keys", headers=bearer(secret, named)), 403, "wrong_role")
    a_problem(await http.get("/keys", headers=OPS | {"Countermand-Acting-For": "buyer:b-7"}), 403, "wrong_role")


async def test_a_key_makes_no_key_that_may_do_more(http: httpx.AsyncClient, pool: asyncpg.Pool) -> None:
    desk = bearer(await new_key(pool, Scope.PLATFORM))
    a_problem(await http.post("/keys", headers=desk, json={"name": "x", "scopes": ["act:buyer"]}), 403, "wrong_role")
    narrowed = as_person("platform", "ops-1", scopes="act:platform")
    a_problem(await http.post("/keys", headers=narrowed, json={"name": "x", "scopes": ["policies"]}), 403, "wrong_role")
    for who in (desk, narrowed):
        made = await http.post("/keys", headers=who, json={"name": "x", "scopes": ["act:platform"]})
        assert made.status_code == 201
    assert (await http.post("/keys", headers=OPS, json={"name": "x", "scopes": ["facts:payment"]})).status_code == 201


async def test_what_is_asked_of_keys_beside_what_there_is_is_refused(http: httpx.AsyncClient) -> None:
    for method, path in (("GET", "/keys?limits=1"), ("POST", "/keys?name=x"), ("DELETE", "/keys/1?now=true")):
        body = {"name": "x", "scopes": ["orders:read"]} if method == "POST" else None
        a_problem(await http.request(method, path, headers=OPS, json=body), 422, "invalid")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": "x", "scopes": "orders:read"}, "/scopes"),
        ({"name": "x", "scopes": ["everything"]}, ""),
        ({"name": "x y", "scopes": ["orders:read"]}, ""),
        ({"name": "x", "scopes": ["orders:read"], "bound_to": "platform:p"}, ""),
        ({"name": "x", "scopes": ["orders:read"], "colour": "red"}, "/colour"),
    ],
)
async def test_what_no_key_can_be_is_said_field_by_field(
    http: httpx.AsyncClient, body: dict[str, object], pointer: str
) -> None:
    told = a_problem(await http.post("/keys", headers=OPS, json=body), 422, "invalid")
    assert told["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'{"name": NaN}', 422, "invalid"),
        (b'{"name": "a", "name": "b"}', 422, "invalid"),
        (b'{"name":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", 422, "invalid"),
        (b"[" * 100_000, 422, "invalid"),
        (b'"' + b"\\" * 100_001, 422, "invalid"),
        # Looked at again from each of its quotes, this one would hold up everybody for minutes.
        (b'"' + b'\\"' * 100_000, 422, "invalid"),
        (b'{"\\ud800": 1}', 422, "invalid"),
        (b'{"name": "\\uD800", "scopes": []}', 422, "invalid"),
        (b'{"\xed\xa0\x80": 1}', 422, "invalid"),
        (b"\xff\xfe", 422, "invalid"),
        (b" " * (MAX_BODY + 1), 413, "too_large"),
    ],
    ids=range(13),
)
async def test_a_body_is_bounded_before_it_is_parsed(
    http: httpx.AsyncClient, body: bytes, status: int, code: str
) -> None:
    a_problem(await http.post("/keys", headers=OPS | {"Content-Type": "application/json"}, content=body), status, code)


async def test_brackets_within_a_text_are_no_depth(http: httpx.AsyncClient) -> None:
    told = a_problem(
        await http.post("/keys", headers=OPS, json={"name": '["' * 50, "scopes": ["orders:read"]}), 422, "invalid"
    )
    assert "nested" not in told["detail"]


async def test_another_media_type_and_another_version_are_said(http: httpx.AsyncClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    a_problem(await http.post("/keys", headers=OPS | form, content=b"a=b"), 415, "unsupported_media_type")
    a_problem(await http.get("/keys", headers=OPS | {"Countermand-Version": "1999-01-01"}), 400, "unknown_version")
    assert (await http.get("/healthz")).headers["countermand-version"] == "2026-11-28"
    assert (await http.get("/keys")).headers["countermand-version"] == "2026-11-28"


async def test_published_keys_verify_tokens_and_never_serve_as_a_secret(pool: asyncpg.Pool, tmp_path: Path) -> None:
    """With HS256 and the public key as its secret anybody could sign: the token does not choose the algorithm."""
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    published = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key())), "kid": "k-1", "use": "sig"}
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [published]}))
    settings = CallerSettings.model_validate({"COUNTERMAND_JWT_KEYS": str(file)})
    claims = {"role": "platform", "sub": "ops-1", "exp": 2**33}
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    genuine = jwt.encode(claims, private, algorithm="RS256", headers={"kid": "k-1"})
    stranger = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    async with served(pool, settings) as http:
        assert (await http.get("/keys", headers=bearer(genuine))).status_code == 200
        for false in (
            jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": "k-1"}),
            jwt.encode(claims, private, algorithm="RS256", headers={"kid": "k-2"}),
            _signed_with(pem, claims),
            jwt.encode(claims, private, algorithm="RS384", headers={"kid": "k-1"}),
            token("platform", "ops-1"),
        ):
            a_problem(await http.get("/keys", headers=bearer(false)), 401, "unauthorized")
        file.unlink()
        assert (await http.get("/keys", headers=bearer(genuine))).status_code == 200


def _signed_with(public: bytes, claims: dict[str, object]) -> str:
    """As an attacker would sign, whose library does not keep them from it: HS256 with the public key for its secret."""

    def part(of: object) -> str:
        return urlsafe_b64encode(json.dumps(of).encode()).rstrip(b"=").decode()

    signed = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'k-1'})}.{part(claims)}"
    digest = hmac.new(public, signed.encode(), "sha256").digest()
    return f"{signed}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"


async def test_without_the_keys_of_tokens_nobody_is_told_that_theirs_is_wrong(pool: asyncpg.Pool) -> None:
    settings = CallerSettings.model_validate({"COUNTERMAND_JWT_KEYS": "nowhere/keys.json"})
    async with served(pool, settings) as http:
        answer = await http.get("/keys", headers=OPS)
    a_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"]


async def test_a_caller_who_asks_too_much_waits(pool: asyncpg.Pool) -> None:
    settings = SETTINGS.model_copy(update={"caller_rate": 2})
    async with served(pool, settings) as http:
        answers = [await http.get("/keys", headers=OPS) for _ in range(8)]
        codes = [answer.status_code for answer in answers]
        assert codes[:4] == [200] * 4
        assert 429 in codes
        a_problem(answers[codes.index(429)], 429, "too_many_requests")
        assert int(answers[codes.index(429)].headers["retry-after"]) >= 1
        assert (await http.get("/keys", headers=as_person("platform", "ops-2"))).status_code == 200


def test_a_rate_fills_again_and_forgets_who_has_not_called_for_longest() -> None:
    rate = Rate(1, 2, say("Two at once."))
    rate.take("a", 0.0)
    rate.take("a", 0.0)
    with pytest.raises(TooMany) as error:
        rate.take("a", 0.5)
    assert error.value.seconds == 1
    rate.take("a", 1.6)
    for number in range(MAX_COUNTED):
        rate.take(number, 2.0)
    rate.take("a", 2.0)
    rate.take("a", 2.0)


async def test_pages_of_other_origins_call_only_where_they_are_named(pool: asyncpg.Pool) -> None:
    asked = {"Origin": "https://shop.example.com", "Access-Control-Request-Method": "GET"}
    async with served(pool) as http:
        assert "access-control-allow-origin" not in (await http.options("/keys", headers=asked)).headers
    named = SETTINGS.model_copy(update={"given_cors_origins": "https://shop.example.com"})
    async with served(pool, named) as http:
        assert (await http.options("/keys", headers=asked)).headers["access-control-allow-origin"] == asked["Origin"]
        stranger = await http.options("/keys", headers=asked | {"Origin": "https://evil.example.com"})
        assert "access-control-allow-origin" not in stranger.headers


def test_a_route_that_does_not_say_who_may_call_it_does_not_start() -> None:
    async def forgotten(_: object) -> Response:
        return Response()

    with pytest.raises(Undeclared, match="/forgotten does not say who may call it"):
        checked([Route("/forgotten", forgotten)])


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"COUNTERMAND_JWT_SECRET": "short"}, "COUNTERMAND_JWT_SECRET"),
        ({"COUNTERMAND_JWT_SECRET": SECRET, "COUNTERMAND_JWT_KEYS": "keys.json"}, "exclude each other"),
        ({"COUNTERMAND_JWT_ALGORITHMS": "none"}, "COUNTERMAND_JWT_ALGORITHMS"),
        ({"COUNTERMAND_JWT_ALGORITHMS": "RS256,HS256"}, "HS256"),
        ({"COUNTERMAND_CORS_ORIGINS": "*"}, "COUNTERMAND_CORS_ORIGINS"),
        ({"COUNTERMAND_CORS_ORIGINS": "https://a.example/path"}, "COUNTERMAND_CORS_ORIGINS"),
        ({"COUNTERMAND_JWT_KEYS": "ftp://keys"}, "COUNTERMAND_JWT_KEYS"),
        ({"COUNTERMAND_CALLER_RATE": "0"}, "COUNTERMAND_CALLER_RATE"),
    ],
)
def test_a_wrong_setting_of_callers_stops_the_start(environment: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        load_settings(environment)


def test_the_secret_of_tokens_is_not_shown() -> None:
    assert SECRET not in repr(load_settings({"COUNTERMAND_JWT_SECRET": SECRET}))
