"""What the gateway remembers so as not to do it twice: whom it believes, and for how long; and views."""

import json
from pathlib import Path

import httpx
import jwt
import pytest
from asyncpg import Pool
from cryptography.hazmat.primitives.asymmetric import rsa

from starter.client.orders import OrderClient
from starter.gateway import tokens
from starter.gateway.tokens import LEEWAY_SECONDS, NotGenuineToken, PublishedKeys, Tokens
from tests.starter.doorbell import BUYER, OPS, SECRET, SELLER, api_over, calling, token
from tests.starter.orders import BUYER as PARTY
from tests.starter.test_gateway_orders import paid
from workflows.messages.values import Role

NOW = 2_000_000_000
"""Not yet, by the clock of any machine; when the token of a test expires."""
PRIVATE = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def published(*key_ids: str) -> str:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(PRIVATE.public_key()))
    return json.dumps({"keys": [{**public, "kid": key_id, "use": "sig"} for key_id in key_ids]})


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every token that is verified from now on."""
    verified: list[str] = []
    decode = jwt.decode

    def counting(given: str, *arguments: object, **options: object) -> object:
        verified.append(given)
        return decode(given, *arguments, **options)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(jwt, "decode", counting)
    return verified


async def test_a_token_is_verified_once_and_believed_until_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last moment is the verifier's own: with the leeway, and not at its end."""
    verified = counted(monkeypatch)
    known = Tokens(["HS256"], secret=SECRET)
    ours = token("buyer", "b-7", exp=NOW)
    monkeypatch.setattr(tokens, "time", lambda: float(NOW))
    first = await known.read(ours)
    assert (first.role, first.sub) == (Role.BUYER, "b-7")
    for at in (NOW, NOW + LEEWAY_SECONDS - 1):
        monkeypatch.setattr(tokens, "time", lambda at=at: float(at))
        assert await known.read(ours) == first
    assert verified == [ours]
    monkeypatch.setattr(tokens, "time", lambda: float(NOW + LEEWAY_SECONDS))
    await known.read(ours)  # by the machine's own clock it has not expired
    assert verified == [ours, ours]


async def test_what_is_nearly_a_believed_token_is_none() -> None:
    """Not by its claims, nor by its beginning."""
    known = Tokens(["HS256"], secret=SECRET)
    ours = token("buyer", "b-7")
    await known.read(ours)
    head, claims, signature = ours.split(".")
    for false in (
        f"{head}.{claims}.",
        f"{head}.{claims}.{signature[::-1]}",
        token("buyer", "b-7", secret="x" * 32),
    ):
        for _ in range(2):  # nor is it believed for having been tried before
            with pytest.raises(NotGenuineToken):
                await known.read(false)


async def test_a_token_whose_key_was_withdrawn_is_believed_no_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As late as without a memory: once the keys were looked at again."""
    said = [published("k-1", "k-2")]

    async def read(_: PublishedKeys) -> str:
        return said[-1]

    monkeypatch.setattr(PublishedKeys, "_read", read)
    monkeypatch.setattr(tokens, "KEPT_SECONDS", 1_000.0)
    known = Tokens(["RS256"], keys="https://sign-in.example/keys")
    claims = {"role": "buyer", "sub": "b-7", "exp": 2**33}
    first, second = (jwt.encode(claims, PRIVATE, algorithm="RS256", headers={"kid": kid}) for kid in ("k-1", "k-2"))
    for one in (first, second, first):
        assert (await known.read(one)).sub == "b-7"
    said.append(published("k-2"))
    assert (await known.read(first)).sub == "b-7"
    monkeypatch.setattr(tokens, "KEPT_SECONDS", 0.0)
    assert (await known.read(second)).sub == "b-7"
    with pytest.raises(NotGenuineToken):
        await known.read(first)


async def test_so_many_tokens_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MAX_BELIEVED", 3)
    verified = counted(monkeypatch)
    known = Tokens(["HS256"], secret=SECRET)
    several = [token("buyer", f"b-{number}") for number in range(4)]
    for one in (*several[:3], *several[:3]):
        await known.read(one)
    assert len(verified) == 3
    await known.read(several[3])
    await known.read(several[0])
    assert len(verified) == 5, "all were forgotten for the fourth"


async def test_a_view_that_is_remembered_is_its_callers_own(client: OrderClient, pool: Pool, order_id: str) -> None:
    """Each reader again what they were told before, in their language; and what is new once there is something new."""
    async with calling(api_over(client)) as http:
        await paid(http, order_id, pool)
        kinds = {"buyer": BUYER, "seller": SELLER, "ops": OPS, "german": OPS | {"Accept-Language": "de"}}

        async def seen() -> dict[str, httpx.Response]:
            return {name: await http.get(f"/orders/{order_id}", headers=headers) for name, headers in kinds.items()}

        first, second = await seen(), await seen()
        assert {name: one.content for name, one in first.items()} == {name: one.content for name, one in second.items()}
        assert all(one.headers["content-type"] == "application/json" for one in second.values())
        bodies = {name: one.json() for name, one in first.items()}
        assert "releases" not in bodies["buyer"] and "releases" in bodies["seller"]
        assert "granted" not in bodies["seller"] and "needs_attention" in bodies["ops"]
        assert bodies["german"]["label"] != bodies["ops"]["label"]
        included = await http.get(f"/orders/{order_id}?include=notices", headers=OPS)
        assert {**bodies["ops"], "notices": included.json()["notices"]} == included.json()
        await client.send_message(order_id, by=PARTY, to=Role.SELLER, text="Where is it?")
        third = await http.get(f"/orders/{order_id}?min_version=3", headers=BUYER)
        assert third.json()["version"] == 3
