"""Words that are not meant for somebody never reach them: each canary is seen by those whom it is for."""

import logging
from collections.abc import Mapping

import httpx
import pytest
from asyncpg import Pool

from starter.client.orders import OrderClient
from starter.gateway.callers import Scope
from tests.activities.feeds import all_numbered
from tests.starter.doorbell import BUYER, OPS, SELLER, api_over, as_person, bearer, calling, new_key
from tests.starter.orders import an_order

SAID = (
    (OPS, "add_note", {"text": "CANARY-note"}),
    (BUYER, "send_message", {"to": "platform", "text": "CANARY-buyer-platform"}),
    (SELLER, "send_message", {"to": "platform", "text": "CANARY-seller-platform"}),
    (OPS, "send_message", {"to": "seller", "text": "CANARY-platform-seller"}),
    (BUYER, "send_message", {"to": "seller", "text": "CANARY-buyer-seller"}),
)
FACTS = (
    ("payment_failed", {"payment_id": "p-0", "reason": "CANARY-declined"}),
    ("payment_captured", {"amount": 2_299, "currency": "USD", "method": "card"}),
)
SEEN_BY: Mapping[str, frozenset[str]] = {
    "platform": frozenset({"note", "buyer-platform", "seller-platform", "platform-seller", "buyer-seller", "declined"}),
    "buyer": frozenset({"buyer-platform", "buyer-seller", "declined"}),
    "seller": frozenset({"seller-platform", "platform-seller", "buyer-seller"}),
    "outsider": frozenset(),
    "stranger": frozenset(),
    "bound": frozenset({"seller-platform", "platform-seller", "buyer-seller"}),
    "bound elsewhere": frozenset(),
}


async def test_what_is_said_is_seen_by_those_whom_it_is_for(
    client: OrderClient, pool: Pool, order_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "countermand")
    callers = {
        "platform": OPS,
        "buyer": BUYER,
        "seller": SELLER,
        "outsider": bearer(await new_key(pool, Scope.READ)),
        "stranger": as_person("buyer", "b-8"),
        "bound": bearer(await new_key(pool, Scope.READ, bound=("seller", "s-3"))),
        "bound elsewhere": bearer(await new_key(pool, Scope.READ, bound=("seller", "s-4"))),
    }
    payments = bearer(await new_key(pool, Scope.PAYMENT))
    async with calling(api_over(client)) as http:
        await http.post("/orders", headers=OPS, json=an_order(order_id).model_dump(mode="json"))
        for name, fields in FACTS:
            body = {"payment_id": order_id, **fields}
            assert (await http.post(f"/orders/{order_id}/{name}", headers=payments, json=body)).status_code == 200
        for headers, name, fields in SAID:
            answer = await http.post(f"/orders/{order_id}/{name}", headers=headers, json=fields)
            assert answer.status_code == 200, answer.text
        assert (await http.put(f"/orders/{order_id}/lease", headers=OPS)).status_code == 200
        version = len(FACTS) + len(SAID) + 1
        await http.get(f"/orders/{order_id}?min_version={version}", headers=OPS)
        await all_numbered(pool)
        for who, headers in callers.items():
            told = await _everything(http, headers, order_id, version)
            seen = {word for word in SEEN_BY["platform"] if f"CANARY-{word}" in told}
            assert seen == SEEN_BY[who], who
            assert ('"lease"' in told) == (who == "platform"), who
            assert ("ops-1" in told) == (who == "platform"), f"{who}: who of the platform it was is nobody's business"
    assert "CANARY" not in caplog.text


async def _everything(http: httpx.AsyncClient, headers: dict[str, str], order_id: str, version: int) -> str:
    """All that this caller can be shown of the order and beside it."""
    one = f"/orders/{order_id}"
    include = "actions,timeline,messages,evidence,notices"
    paths = (
        *(f"{one}?min_version={version}", f"{one}?include={include}", f"{one}/actions", f"{one}/timeline"),
        *(f"{one}/messages", f"{one}/evidence", "/orders?limit=100", "/counts", "/notices?limit=100"),
        f"/events?order={order_id}",
    )
    return " ".join([(await http.get(path, headers=headers)).text for path in paths])


async def test_a_side_does_not_see_what_is_the_others_or_the_engines(
    client: OrderClient, pool: Pool, order_id: str
) -> None:
    payments = bearer(await new_key(pool, Scope.PAYMENT))
    async with calling(api_over(client)) as http:
        await http.post("/orders", headers=OPS, json=an_order(order_id).model_dump(mode="json"))
        body = {"payment_id": order_id, "amount": 2_299, "currency": "USD", "method": "card"}
        await http.post(f"/orders/{order_id}/payment_captured", headers=payments, json=body)
        views = [
            (await http.get(f"/orders/{order_id}?min_version=2", headers=who)).json() for who in (OPS, BUYER, SELLER)
        ]
    platform, buyer, seller = views
    assert {"needs_attention", "kept", "releases"} <= set(platform)
    assert set(platform) - set(buyer) == {"needs_attention", "kept", "releases", "released"}
    assert set(platform) - set(seller) == {"needs_attention", "kept"}
    assert "claimed_by" in platform["payments"][0]
    assert "claimed_by" not in seller["payments"][0]
