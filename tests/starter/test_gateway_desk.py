"""What waits for a person over HTTP: unplaced, stuck, disagreeing; listed, placed, ended, by the platform alone."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from activities.migrations import migrate
from activities.reconciliation import disagreements
from activities.stuck.table import Found
from starter.client.orders import OrderClient
from starter.unplaced import MAX_UNPLACED, MAX_WHY, Unplaced, unplaced_fact
from tests.conftest import MakeDatabase
from tests.starter.doorbell import OPS, api_over, calling
from tests.starter.orders import an_order
from tests.starter.test_cli_stuck import AN_HOUR_AGO, stuck
from tests.starter.webhooks import a_problem
from workflows.messages.commands import PaymentCaptured
from workflows.messages.reconciling import Disagreement, Kind
from workflows.messages.sentences import say
from workflows.messages.stuck import Cause
from workflows.messages.values import Party, Role

NO_NUMBER = 2**40
WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, ""),
    ({"order_id": "A-1", "done": True, "note": "x"}, ""),
    ({"order_id": "A/1"}, "/order_id"),
    ({"order_id": 7}, "/order_id"),
    ({"order_id": "A-1", "note": "x"}, "/note"),
    ({"done": False, "note": "x"}, "/done"),
    ({"done": True}, "/note"),
    ({"done": True, "note": " "}, "/note"),
    ({"done": True, "note": "x" * (MAX_WHY + 1)}, "/note"),
    ({"done": True, "note": "x", "colour": "red"}, "/colour"),
)


@pytest_asyncio.fixture
async def http(client: OrderClient) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(api_over(client), **OPS) as made:
        yield made


@pytest_asyncio.fixture
async def database(new_database: MakeDatabase) -> AsyncIterator[asyncpg.Pool]:
    """One that nobody else looks at."""
    url = await new_database()
    await migrate(url)
    async with asyncpg.create_pool(url, min_size=1, max_size=2) as pool:
        yield pool


@pytest_asyncio.fixture
async def alone(database: asyncpg.Pool) -> AsyncIterator[httpx.AsyncClient]:
    """A caller of a gateway with nothing behind it but that database."""
    async with calling(api_over(OrderClient(None, database, "orders")), **OPS) as made:  # type: ignore[arg-type]
        yield made


async def kept(client: OrderClient, one: Unplaced) -> int:
    """The number under which it is kept."""
    await client.desk.keep(one)
    return next(each.id for each in await client.desk.unplaced() if each.webhook_id == one.webhook_id)


def a_payment(order_id: str) -> Unplaced:
    by = Party(role=Role.PAYMENT_PROVIDER, id="sandbox")
    fact = PaymentCaptured(
        request_id=f"w-{order_id}", by=by, payment_id=order_id, amount=2_299, currency="USD", method="card"
    )
    return unplaced_fact(f"{order_id}-misspelt", fact, say("There is no such order."))


async def test_what_has_no_place_is_given_to_its_order(
    http: httpx.AsyncClient, client: OrderClient, pool: asyncpg.Pool, order_id: str
) -> None:
    number = await kept(client, a_payment(order_id))
    [listed] = [one for one in (await http.get("/unplaced")).json()["unplaced"] if one["id"] == number]
    assert (listed["name"], listed["why"]) == ("payment_captured", "There is no such order.")
    assert len((await http.get("/unplaced?limit=1")).json()["unplaced"]) == 1
    assert number not in [one["id"] for one in (await http.get(f"/unplaced?before={number}")).json()["unplaced"]]
    unknown = await http.post(f"/unplaced/{number}", json={"order_id": order_id})
    a_problem(unknown, 404, "not_found")
    assert (await http.post("/orders", json=an_order(order_id).model_dump(mode="json"))).status_code == 201
    placed = await http.post(f"/unplaced/{number}", json={"order_id": order_id})
    assert (placed.status_code, placed.json()) == (200, {"id": number, "order_id": order_id})
    assert await pool.fetchval("SELECT waits_for FROM unplaced WHERE id = $1", number) == order_id


async def test_what_no_order_takes_is_done_with_a_word_on_it(
    http: httpx.AsyncClient, client: OrderClient, order_id: str
) -> None:
    number = await kept(
        client, Unplaced(provider="sandbox", webhook_id=order_id, name=None, order_id=None, body="?", why="?")
    )
    a_problem(await http.post(f"/unplaced/{number}", json={"order_id": "A-1"}), 409, "not_allowed_now")
    done = await http.post(f"/unplaced/{number}", json={"done": True, "note": "x" * MAX_WHY})
    assert (done.status_code, done.json()) == (200, {"id": number, "done": True})
    assert number not in [one["id"] for one in (await http.get("/unplaced")).json()["unplaced"]]
    a_problem(await http.post(f"/unplaced/{NO_NUMBER}", json={"done": True, "note": "x"}), 404, "not_found")
    a_problem(await http.post("/unplaced/x", json={"done": True, "note": "x"}), 404, "not_found")


@pytest.mark.parametrize(("body", "pointer"), WRONG)
async def test_what_is_said_wrongly_is_named(http: httpx.AsyncClient, body: dict[str, Any], pointer: str) -> None:
    [fault] = a_problem(await http.post("/unplaced/1", json=body), 422, "invalid")["errors"]
    assert fault["pointer"] == pointer


@pytest.mark.parametrize("path", ["/unplaced?limit=0", f"/unplaced?limit={MAX_UNPLACED + 1}", "/stuck?x=1"])
async def test_a_page_that_cannot_be_is_refused(http: httpx.AsyncClient, path: str) -> None:
    a_problem(await http.get(path), 422, "invalid")


async def test_stuck_orders_are_listed_with_what_helps(alone: httpx.AsyncClient, database: asyncpg.Pool) -> None:
    await stuck(database, Found("A-1", Cause.TERMINATED, AN_HOUR_AGO))
    told = (await alone.get("/stuck")).json()
    assert datetime.fromisoformat(told["looked_at"]).tzinfo
    [one] = told["stuck"]
    assert (one["order_id"], one["kind"]) == ("A-1", "terminated")
    assert one["reason"]
    assert one["remedy"]


async def test_disagreements_are_listed_until_they_are_resolved(
    alone: httpx.AsyncClient, database: asyncpg.Pool
) -> None:
    found = Disagreement(kind=Kind.AMOUNT, key="r-1", order_id="A-1", ours={"amount": 1}, theirs={"amount": 2})
    await disagreements.keep(database, date(2026, 11, 28), [found])
    [one] = (await alone.get("/disagreements")).json()["disagreements"]
    assert (one["order_id"], one["ours"], one["theirs"]) == ("A-1", {"amount": 1}, {"amount": 2})
    await disagreements.resolve(database, one["id"], "Looked into.")
    assert (await alone.get("/disagreements")).json() == {"disagreements": []}
    every = (await alone.get("/disagreements?resolved=true")).json()["disagreements"]
    assert [each["note"] for each in every] == ["Looked into."]
