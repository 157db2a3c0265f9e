"""What carriers report: signed, for the order that it names or whose parcel it is, and kept where that is not clear."""

import asyncio
import itertools
import json
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from activities.providers.sandbox_webhooks import SandboxWebhooks
from activities.sql import query
from starter.client.orders import OrderClient
from starter.errors import EngineUnavailable, OrderNotFound
from starter.gateway.app import create_app
from starter.gateway.carrier_webhooks import whose
from starter.gateway.signed_webhooks import MAX_BODY
from starter.unplaced import MAX_TRACKED, MAX_UNPLACED, MAX_WHY, Desk, TrackedOrder
from tests.activities.sandboxes import SECRET
from tests.starter.doorbell import SELLER, api_over, calling
from tests.starter.orders import an_order
from tests.starter.webhooks import CARRIER_SECRET, Notebook, a_problem, served_by, signed, the_unplaced
from workflows.messages.commands import MESSAGES, PaymentCaptured
from workflows.messages.parcels import CarrierFact, ParcelDelivered
from workflows.messages.refusal import Refused
from workflows.messages.values import Party, Role

DELIVERED = {"type": "parcel_delivered", "tracking": "1Z 999"}
ROOT = Path(__file__).parents[2]
FLOOD = 60
"""Webhooks of each sender, each of them sent twice."""
MINE = TrackedOrder("A-1", "1Z999", is_live=True)


@pytest.fixture
def notebook() -> Notebook:
    return Notebook(tracked=[MINE])


@pytest_asyncio.fixture
async def gateway(notebook: Notebook) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(served_by(notebook)) as http:
        yield http


async def told(gateway: httpx.AsyncClient, body: bytes | dict[str, Any], **how: Any) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await gateway.post("/webhooks/carrier", content=raw, headers=signed(raw, **how))


async def test_a_tracking_finds_its_order_which_hears_of_it_as_it_spells_it(
    gateway: httpx.AsyncClient, notebook: Notebook
) -> None:
    body = {**DELIVERED, "carrier": "DHL Express", "note": "With the porter", "occurred_at": "2026-03-02T12:00:00Z"}
    answer = await told(gateway, body, webhook_id="msg_7")
    assert (answer.status_code, answer.json()) == (200, {})
    [(order_id, fact)] = notebook.reported
    assert order_id == "A-1"
    assert isinstance(fact, ParcelDelivered)
    assert (fact.tracking, fact.note, fact.request_id) == ("1Z999", "With the porter", "msg_7")
    assert fact.by == Party(role=Role.CARRIER, id="DHL-Express")


@pytest.mark.parametrize("name", [name for name, kind in MESSAGES.items() if issubclass(kind, CarrierFact)])
async def test_every_fact_of_a_carrier_is_taken_under_either_word(
    gateway: httpx.AsyncClient, notebook: Notebook, name: str
) -> None:
    for word in ("type", "name"):
        assert (await told(gateway, {word: name, "tracking": "1z999"})).status_code == 200
    assert [fact.name for _, fact in notebook.reported] == [name, name]


async def test_either_secret_signs_and_no_other(gateway: httpx.AsyncClient, notebook: Notebook) -> None:
    for secret in (SECRET, CARRIER_SECRET):
        assert (await told(gateway, DELIVERED, secret=secret)).status_code == 200
    a_problem(await told(gateway, DELIVERED, secret="whsec_" + "A" * 32), 401, "unauthorized")
    a_problem(await told(gateway, DELIVERED, age=600), 401, "unauthorized")
    assert len(notebook.reported) == 2


async def test_without_a_secret_nothing_is_taken_and_whoever_sends_it_tries_again(notebook: Notebook) -> None:
    app = create_app(notebook, notebook, _NoReader(), "sandbox")
    async with calling(app) as http:
        answer = await told(http, DELIVERED)
    assert "COUNTERMAND_CARRIER_SECRET" in a_problem(answer, 503, "unavailable")["detail"]
    assert answer.headers["retry-after"]
    assert notebook.reported == []


class _NoReader:
    def read(self, *_: object) -> Any:
        raise AssertionError("no payment is reported here")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "Expecting"),
        (b"[" * 50_000, "nested too deep"),
        (b'"a string"', "no JSON object"),
        ({"tracking": "1Z999"}, "no type"),
        ({**DELIVERED, "name": "parcel_lost"}, "no type"),
        ({**DELIVERED, "order_id": 7}, "order_id"),
        ({**DELIVERED, "order_id": "../A"}, "order_id"),
        ({**DELIVERED, "type": "payment_captured"}, "type must be one of"),
        ({**DELIVERED, "colour": "red"}, "colour"),
        ({**DELIVERED, "carrier": 7}, "carrier"),
        ({**DELIVERED, "occurred_at": "yesterday"}, "occurred_at"),
        ({"type": "parcel_delivered"}, "tracking"),
        ({**DELIVERED, "tracking": "X1"}, "No order has named the parcel X1"),
        ({**DELIVERED, "order_id": "A-2"}, "order A-1's, and not order A-2's"),
    ],
)
async def test_what_is_genuine_and_has_no_place_is_kept_for_a_person(
    gateway: httpx.AsyncClient, notebook: Notebook, body: bytes | dict[str, Any], words: str
) -> None:
    one = the_unplaced(await told(gateway, body), notebook)
    assert words in one.why
    assert one.provider == "carrier"
    assert one.waits_for is None


async def test_an_order_that_is_named_hears_of_a_parcel_that_nobody_has_named_yet(
    gateway: httpx.AsyncClient, notebook: Notebook
) -> None:
    """It keeps such a fact until it names the parcel; without the order, that waits for it."""
    body = {**DELIVERED, "tracking": "X1", "order_id": "A-9"}
    assert (await told(gateway, body)).status_code == 200
    [(order_id, fact)] = notebook.reported
    assert (order_id, getattr(fact, "tracking", None)) == ("A-9", "X1")
    notebook.forget()
    notebook.trouble = OrderNotFound("A-9")
    assert the_unplaced(await told(gateway, body), notebook).waits_for == "A-9"


async def test_a_part_that_is_away_is_said_and_nothing_is_lost(gateway: httpx.AsyncClient, notebook: Notebook) -> None:
    """Without Postgres the order that is named hears of it; whose a tracking is cannot be known."""
    notebook.desk_trouble = EngineUnavailable("Postgres does not answer.")
    answer = await told(gateway, DELIVERED)
    a_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"]
    assert (await told(gateway, {**DELIVERED, "order_id": "A-1"})).status_code == 200
    notebook.forget()
    notebook.tracked.append(MINE)
    notebook.trouble = EngineUnavailable("Temporal does not answer.")
    a_problem(await told(gateway, DELIVERED), 503, "unavailable")
    assert (notebook.reported, notebook.kept) == ([], [])


async def test_a_body_has_the_limit_of_every_webhook(gateway: httpx.AsyncClient, notebook: Notebook) -> None:
    body = json.dumps(DELIVERED).encode()
    assert (await told(gateway, body.ljust(MAX_BODY))).status_code == 200
    a_problem(await told(gateway, body.ljust(MAX_BODY + 1)), 413, "too_large")
    assert len(notebook.reported) == 1


FACT = ParcelDelivered(by=Party(role=Role.CARRIER, id="carrier"), tracking="1z999")
OLD = TrackedOrder("A-0", "1z999", is_live=False)
OTHER = TrackedOrder("A-2", "1Z999", is_live=True)


@pytest.mark.parametrize(
    ("named", "found", "order_id"),
    [
        (None, (MINE,), "A-1"),
        (None, (OLD,), "A-0"),
        (None, (MINE, OLD), "A-1"),
        (None, (MINE, OTHER), None),
        (None, (OLD, OLD), None),
        (None, (), None),
        ("A-1", (MINE, OTHER), "A-1"),
        ("A-1", (), "A-1"),
        ("A-1", (OLD,), None),
    ],
)
def test_one_order_hears_of_a_parcel_or_a_person_says_which(
    named: str | None, found: tuple[TrackedOrder, ...], order_id: str | None
) -> None:
    """Carriers use their numbers again: of several orders it is the one that is not settled, and never one of two."""
    if order_id is None:
        with pytest.raises(Refused):
            whose(named, FACT, found)
        return
    told_to, fact = whose(named, FACT, found)
    assert told_to == order_id
    assert fact.tracking == (found[0].tracking if found else "1z999")


async def test_every_tracking_of_an_order_finds_it(client: OrderClient, pool: asyncpg.Pool, order_id: str) -> None:
    """The parcel's, the corrected one's and its successor's, in whatever capitals and spaces; by an index."""
    desk, first, second = Desk(pool), f"1Z-{order_id}", f"2Z-{order_id}"
    await client.start(an_order(order_id))
    by = {"role": "payment_provider", "id": "sandbox"}
    paid = {"payment_id": f"p-{order_id}", "amount": an_order(order_id).total, "currency": "USD", "method": "card"}
    await client.send(order_id, PaymentCaptured.model_validate_json(json.dumps({**paid, "by": by})))
    async with calling(api_over(client), **SELLER) as http:
        for command, tracking in (("ship", first), ("correct_tracking", second)):
            body = {"carrier": "UPS", "tracking": tracking}
            sent = await http.post(f"/orders/{order_id}/{command}", json=body)
            assert sent.status_code == 200, sent.text
            seen = await http.get(f"/orders/{order_id}?min_version={sent.json()['version']}")
            assert seen.status_code == 200
    for tracking in (first, second, first.lower(), f" {second.upper().replace('-', ' -')}"):
        [found] = await desk.orders_of_tracking(tracking)
        assert (found.order_id, found.is_live) == (order_id, True)
        assert found.tracking == (first if tracking.strip()[0] == "1" else second)
    assert await desk.orders_of_tracking(f"3Z-{order_id}") == []
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetch(f"EXPLAIN {query('reads/orders_of_tracking')}", first, None, MAX_TRACKED)
    assert "orders_by_tracking" in "\n".join(row[0] for row in plan)


async def test_a_flood_of_unknown_parcels_lies_as_that_of_payments_does(
    lonely: OrderClient, pool: asyncpg.Pool, order_id: str
) -> None:
    """Each webhook once, with the same bounds to each, however often it comes again; nothing is reported to anybody."""
    notebook, desk = Notebook(), Desk(pool)
    app = create_app(notebook, desk, SandboxWebhooks([SECRET]), "sandbox", carrier_secrets=[SECRET])
    before = await pool.fetchval("SELECT count(*) FROM unplaced")
    long = {"note": "x" * 3_000, "carrier": "UPS"}
    nobodys = {"order_id": f"{order_id}-x", "refund_id": f"{order_id}-x-refund-1", "state": "succeeded"}
    async with calling(app) as http:
        for number in range(FLOOD):
            body = json.dumps({**DELIVERED, **long, "tracking": f"{order_id}-{number}"}).encode()
            payment = json.dumps({"type": "refund_updated", "data": nobodys}).encode()
            for path, raw in (("carrier", body), ("payments", payment)) * 2:
                headers = signed(raw, webhook_id=f"{order_id}-{number}")
                answer = await http.post(f"/webhooks/{path}", content=raw, headers=headers)
                assert answer.status_code == 202, answer.text
    assert notebook.reported == []
    assert await pool.fetchval("SELECT count(*) FROM unplaced") == before + 2 * FLOOD
    kept = await desk.unplaced(limit=2 * FLOOD)
    assert len(kept) == min(2 * FLOOD, MAX_UNPLACED)
    assert {one.provider for one in kept} == {"carrier", "sandbox"}
    assert max(len(one.why) for one in kept) <= MAX_WHY
    await pool.execute("DELETE FROM unplaced WHERE webhook_id LIKE $1", f"{order_id}%")


async def test_the_lines_of_the_page_sign_so_that_it_is_believed(
    gateway: httpx.AsyncClient, notebook: Notebook, tmp_path: Path
) -> None:
    """As somebody types them in a shell; only `curl` is another one here, which writes down what it is given."""
    notebook.tracked.append(TrackedOrder("A-3", "1Z999AA10123456784", is_live=True))
    lines = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/carriers.md").read_text(encoding="utf-8"), re.DOTALL)
    (curl := tmp_path / "curl").write_text('#!/bin/sh\nprintf "%s\\0" "$@"\n')
    curl.chmod(0o700)
    environment = {"COUNTERMAND_CARRIER_SECRET": CARRIER_SECRET, "GATEWAY": "http://gateway"}
    environment["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
    typed = await asyncio.create_subprocess_exec("sh", "-c", lines[0], stdout=-1, env=environment)
    given = (await typed.communicate())[0].decode().split("\0")
    headers = dict(one.split(": ", 1) for flag, one in itertools.pairwise(given) if flag == "-H")
    answer = await gateway.post(given[1], content=given[given.index("-d") + 1], headers=headers)
    assert answer.status_code == 200, answer.text
    assert [order_id for order_id, _ in notebook.reported] == ["A-3"]
