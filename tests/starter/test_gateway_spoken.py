"""The language of an answer: the best that the caller asks for and we speak, else the order's own, else English."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.datastructures import Headers

from starter.client.orders import OrderClient
from starter.gateway.spoken import MAX_RANGES, language_of_caller, tag
from tests.activities.feeds import all_numbered
from tests.starter.doorbell import BUYER, OPS, SELLER, api_over, calling
from tests.starter.orders import an_order
from tests.starter.webhooks import a_problem

GERMAN = {"Accept-Language": "de"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("de-AT, en;q=0.5", "de-AT"),
        ("DE-at", "de-AT"),
        ("en;q=0.5, es;q=0.9", "es"),
        ("fr, es;q=0.1", "es"),
        ("fr", "en"),
        ("de;q=0, en", "en"),
        ("deu", "en"),
        ("*", None),
        ("*;q=0.1, de", "de"),
        ("", None),
        ("de;q=2", None),
        ("de;q=", None),
        (";;,=", None),
        (", ".join(["fr"] * MAX_RANGES) + ", de", "en"),
        (", ".join(["fr"] * (MAX_RANGES - 1)) + ", de", "de"),
    ],
)
def test_the_best_that_is_asked_for_and_spoken(header: str, language: str | None) -> None:
    assert language_of_caller(Headers({"Accept-Language": header})) == language


def test_who_asks_for_nothing_asks_for_no_language() -> None:
    assert language_of_caller(Headers({})) is None


def test_no_more_of_a_tag_is_kept_than_matters() -> None:
    """Each tag that is told apart is remembered: nobody makes us remember millions."""
    assert tag("de-AT-x-anything") == "de-AT"
    assert tag("de_ch") == "de-CH"
    assert tag("es-419") == "es-419"
    assert tag("nothing like a tag") == "en"


@pytest_asyncio.fixture
async def http(client: OrderClient) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(api_over(client)) as made:
        yield made


async def started(http: httpx.AsyncClient, order_id: str, **changes: Any) -> None:
    body = an_order(order_id, **changes).model_dump(mode="json")
    answer = await http.post("/orders", headers=OPS, json=body)
    assert answer.status_code == 201, answer.text


async def test_what_is_for_people_is_told_in_the_language_that_is_asked_for(
    http: httpx.AsyncClient, order_id: str
) -> None:
    """Labels, refusals, what is wrong with a field, what happened, what one was told; codes stay."""
    await started(http, order_id)
    one = f"/orders/{order_id}"
    view = await http.get(f"{one}?include=actions,timeline", headers=BUYER | GERMAN)
    told = view.json()
    assert (told["label"], told["status"]) == ("Wartet auf Zahlung", "pending_payment")
    assert view.headers["content-language"] == "de"
    assert "Accept-Language" in view.headers["vary"]
    [cancel] = [action for action in told["allowed"] if action["action"] == "request_cancellation"]
    assert cancel["label"] == "Bestellung stornieren"
    [dispute] = [action for action in told["refused"] if action["action"] == "open_dispute"]
    assert "nicht möglich" in dispute["message"]
    assert (
        told["timeline"][0]["summary"]
        != (await http.get(f"{one}/timeline", headers=BUYER)).json()["timeline"][0]["summary"]
    )
    refused = await http.post(f"{one}/confirm_receipt", headers=BUYER | GERMAN, json={})
    assert "nicht möglich" in a_problem(refused, 409, "not_allowed_now")["detail"]
    assert refused.headers["content-language"] == "de"
    wrong = await http.post(f"{one}/send_message", headers=BUYER | GERMAN, json={"to": "seller"})
    [fault] = a_problem(wrong, 422, "invalid")["errors"]
    assert (fault["pointer"], "fehlt" in fault["message"]) == ("/text", True)
    assert '"said"' not in view.text + refused.text + wrong.text


async def test_an_orders_own_reader_reads_its_language_unless_they_ask_for_another(
    http: httpx.AsyncClient, client: OrderClient, order_id: str
) -> None:
    """The platform has no order's language; who asks for one that we do not speak reads English. Of the feed that is so
    where it is of one order; the whole feed has one language."""
    await started(http, order_id, locale="es")
    labels = [
        (await http.get(f"/orders/{order_id}", headers=headers)).json()["label"]
        for headers in (BUYER, SELLER, OPS, BUYER | GERMAN, BUYER | {"Accept-Language": "fr"}, OPS | GERMAN)
    ]
    spanish, english, german = labels[0], labels[2], labels[3]
    assert labels == [spanish, spanish, english, german, english, german]
    assert english == "Pending Payment"
    assert len(set(labels)) == 3
    await all_numbered(client.pool)
    feeds = [
        await http.get(path, headers=headers)
        for path, headers in (
            *((f"/events?order={order_id}", one) for one in (BUYER, SELLER, OPS, BUYER | GERMAN)),
            ("/events", BUYER),
        )
    ]
    assert [feed.headers["content-language"] for feed in feeds] == ["es", "es", "en", "de", "en"]
    assert len({feed.json()["events"][0]["summary"] for feed in feeds[:4]}) == 3
    refused = await http.post(f"/orders/{order_id}/confirm_receipt", headers=BUYER, json={})
    assert refused.headers["content-language"] == "es"
    same = await http.get(f"/orders/{order_id}", headers=BUYER | {"If-None-Match": '"1"'})
    assert (same.status_code, "content-language" in same.headers) == (304, False)


async def test_what_a_dry_run_shows_of_notices_is_what_its_caller_would_be_told(
    http: httpx.AsyncClient, order_id: str
) -> None:
    """What the other side is told may be the other side's alone."""
    await started(http, order_id)
    path = f"/orders/{order_id}/cancel_order?dry_run=true"
    answer = await http.post(path, headers=OPS | GERMAN, json={"reason": "policy"})
    [shown] = answer.json()["told"]
    assert shown["to"] == "buyer"
    assert "storniert" in shown["text"]
    note = f"/orders/{order_id}/send_message?dry_run=true"
    shown = (await http.post(note, headers=BUYER, json={"to": "seller", "text": "Hello?"})).json()["told"]
    assert shown == [{"to": "seller"}]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "said"),
    [
        ("GET", "/orders", {}, 401, "Senden Sie einen Header"),
        ("GET", "/keys", BUYER, 403, "Dafür wird"),
        ("GET", "/orders/no-such", BUYER, 404, "gibt es nicht"),
        ("GET", "/orders?q=", BUYER | {"Countermand-Version": "1999-01-01"}, 400, "gilt die neueste"),
        ("GET", "/orders?stagger=1", BUYER, 422, "gibt es hier nicht"),
        ("GET", "/orders?limit=0", BUYER, 422, "muss eine Zahl"),
        ("GET", "/orders?cursor=none", BUYER, 422, "Dieser Cursor"),
        ("GET", "/orders?status=cancelled&status=cancelled", BUYER, 422, "steht zweimal"),
        ("POST", "/orders", OPS | {"Content-Type": "text/plain"}, 415, "Senden Sie JSON"),
        ("GET", "/policies/no-such", OPS, 404, "keine Richtlinie"),
    ],
)
async def test_what_the_gateway_itself_says_is_told_in_the_callers_language(
    http: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], status: int, said: str
) -> None:
    answer = await http.request(method, path, headers=headers | GERMAN, content=b"no" if method == "POST" else None)
    assert answer.status_code == status, answer.text
    problem = a_problem(answer, status, answer.json()["code"])
    assert said in problem["detail"]
    assert answer.headers["content-language"] == "de"
    assert all(said in fault["message"] for fault in problem.get("errors", []))
