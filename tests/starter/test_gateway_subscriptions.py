"""Subscriptions over HTTP: each party its own, the platform all; a secret once; and what became of the messages."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from starter.client.orders import OrderClient
from starter.deliveries import MAX_DELIVERIES, MAX_RESENT
from starter.gateway.callers import Scope
from starter.gateway.limits import ANEW_A_MINUTE
from starter.subscriptions import MAX_LISTED
from tests.starter.doorbell import OPS, api_over, as_person, bearer, calling, new_key
from tests.starter.webhooks import a_problem

HOOK = "https://example.com/hooks"
ONES_OWN = ("GET", "PATCH", "DELETE", "POST /test", "POST /resend", "GET /deliveries")


@pytest.fixture
def app(lonely: OrderClient) -> Starlette:
    return api_over(lonely)


@pytest_asyncio.fixture
async def http(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(app) as made:
        yield made


@pytest.fixture
def me(order_id: str) -> dict[str, str]:
    """A buyer of whom no other test hears."""
    return as_person("buyer", f"b-{order_id}")


async def made(http: httpx.AsyncClient, headers: dict[str, str], **more: Any) -> dict[str, Any]:
    answer = await http.post("/subscriptions", headers=headers, json={"channel": "webhook", "target": HOOK, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def told(pool: asyncpg.Pool, number: int, *states: str) -> list[int]:
    """Messages of a subscription in these states, as workers make and end them; their numbers."""
    seqs = []
    for entry, state in enumerate(states, 1):
        seq = await pool.fetchval(
            "INSERT INTO inbox (order_id, entry, number, role, party_id, kind, text, matched_at)"
            " VALUES ($1, $2, 1, 'buyer', 'b-7', 'order_paid', 'Paid.', now()) RETURNING notice_id",
            *(f"A-{number}", entry),
        )
        await pool.execute(
            "INSERT INTO deliveries (notice_id, subscription_id, state, tries, next_try_at, last_error, created_at)"
            " VALUES ($1, $2, $3, 2, now(), $4, now())",
            *(seq, number, state, None if state == "sent" else "The receiver answered 503."),
        )
        seqs.append(seq)
    return seqs


async def test_a_webhook_is_made_with_its_secret_shown_once(http: httpx.AsyncClient, me: dict[str, str]) -> None:
    answer = await http.post("/subscriptions", headers=me, json={"channel": "webhook", "target": HOOK})
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    first = answer.json()
    assert first["secret"].startswith("whsec_")
    assert answer.headers["location"] == f"/subscriptions/{first['id']}"
    same = {"channel": "webhook", "target": HOOK, "kinds": ["order_paid"], "language": "de"}
    again = await http.post("/subscriptions", headers=me, json=same)
    assert again.status_code == 200
    assert "secret" not in again.json()
    assert (again.json()["id"], again.json()["kinds"]) == (first["id"], ["order_paid"])
    shown = await http.get(f"/subscriptions/{first['id']}", headers=me)
    listed = await http.get("/subscriptions", headers=me)
    assert listed.json() == {"subscriptions": [shown.json()], "cursor": None}
    assert "secret" not in listed.text


async def test_what_is_changed_is_what_is_named(http: httpx.AsyncClient, me: dict[str, str]) -> None:
    first = await made(http, me, kinds=["order_paid"], language="de")
    path = f"/subscriptions/{first['id']}"

    async def changed(**wanted: Any) -> dict[str, Any]:
        answer = await http.patch(path, headers=me, json=wanted)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        found: dict[str, Any] = answer.json()
        return found

    assert (await changed())["kinds"] == ["order_paid"]
    assert (await changed(kinds=None))["kinds"] is None
    assert (await changed(language=None))["language"] is None
    assert (await changed(enabled=False))["disabled_at"]
    a_problem(await http.post(f"{path}/test", headers=me), 409, "not_allowed_now")
    rotated = await changed(rotate_secret=True)
    assert rotated["secret"] not in (None, first["secret"])
    assert rotated["disabled_at"], "what is not named stays"
    assert (await changed(enabled=True))["disabled_at"] is None
    assert (await http.delete(path, headers=me)).status_code == 204
    a_problem(await http.get(path, headers=me), 404, "not_found")


async def test_a_party_has_its_own_and_of_others_hears_nothing(
    http: httpx.AsyncClient, pool: asyncpg.Pool, me: dict[str, str], order_id: str
) -> None:
    """What is somebody else's and what there is not are one answer, byte for byte."""
    mine = await made(http, me)
    another = as_person("buyer", f"c-{order_id}")
    seller = bearer(await new_key(pool, Scope.SUBSCRIPTIONS, bound=("seller", f"s-{order_id}")))
    for headers in (another, seller):
        for what in ONES_OWN:
            method, _, rest = what.partition(" ")
            body = {"language": "de"} if method == "PATCH" else None
            asking = {**headers, "X-Request-Id": "one-and-the-same"}
            theirs, nobodys = [
                await http.request(method, f"/subscriptions/{number}{rest}", headers=asking, json=body)
                for number in (mine["id"], 10**15)
            ]
            assert theirs.text == nobodys.text
            a_problem(theirs, 404, "not_found")
        assert (await http.get("/subscriptions", headers=headers)).json()["subscriptions"] == []
    assert (await http.get(f"/subscriptions/{mine['id']}", headers=me)).json()["language"] is None
    for_me = {"channel": "webhook", "target": HOOK, "role": "buyer", "party_id": f"b-{order_id}"}
    a_problem(await http.post("/subscriptions", headers=another, json=for_me), 403, "wrong_role")
    theirs = (await http.post("/subscriptions", headers=seller, json={"channel": "webhook", "target": HOOK})).json()
    assert (theirs["role"], theirs["party_id"]) == ("seller", f"s-{order_id}")
    ops = await http.patch(f"/subscriptions/{mine['id']}", headers=OPS, json={"language": "es"})
    assert ops.json()["language"] == "es"
    for_others = await http.post("/subscriptions", headers=OPS, json=for_me | {"target": f"{HOOK}/2"})
    assert (for_others.status_code, for_others.json()["party_id"]) == (201, f"b-{order_id}")


async def test_pages_go_on_where_the_last_one_ended(
    http: httpx.AsyncClient, pool: asyncpg.Pool, me: dict[str, str]
) -> None:
    numbers = [(await made(http, me, target=f"{HOOK}/{place}"))["id"] for place in range(3)]
    page = (await http.get("/subscriptions?limit=2", headers=me)).json()
    rest = (await http.get(f"/subscriptions?cursor={page['cursor']}", headers=me)).json()
    assert [one["id"] for one in page["subscriptions"] + rest["subscriptions"]] == numbers
    seqs, path = await told(pool, numbers[0], "sent", "failed", "dead"), f"/subscriptions/{numbers[0]}/deliveries"
    page = (await http.get(f"{path}?limit=2", headers=me)).json()
    rest = (await http.get(f"{path}?cursor={page['cursor']}", headers=me)).json()
    found = page["deliveries"] + rest["deliveries"]
    assert [one["seq"] for one in found] == sorted(seqs, reverse=True)
    assert [one["status"] for one in found] == ["dead", "failed", "sent"]
    assert [one["answer"] for one in found] == ["The receiver answered 503.", "The receiver answered 503.", None]
    assert {one["attempts"] for one in found} == {2}
    assert "whsec" not in str(found)
    for limited, most in (("/subscriptions", MAX_LISTED), (path, MAX_DELIVERIES)):
        assert (await http.get(f"{limited}?limit={most}", headers=me)).status_code == 200
        for wrong in (f"limit={most + 1}", "limit=0", "cursor=x", "state=sent"):
            a_problem(await http.get(f"{limited}?{wrong}", headers=me), 422, "invalid")


async def test_what_failed_or_came_after_one_is_sent_again_and_counted(
    http: httpx.AsyncClient, pool: asyncpg.Pool, me: dict[str, str]
) -> None:
    number = (await made(http, me))["id"]
    seqs, path = await told(pool, number, "sent", "failed", "sent", "dead", "waiting"), f"/subscriptions/{number}"
    failed = await http.post(f"{path}/resend", headers=me)
    assert failed.json() == {"resent": 2, "last": seqs[3], "more": False}
    after = await http.post(f"{path}/resend?after={seqs[0]}", headers=me)
    assert after.json() == {"resent": 1, "last": seqs[2], "more": False}, "the others wait already"
    a_problem(await http.post(f"{path}/resend?after=x", headers=me), 422, "invalid")


async def test_one_call_sends_so_many_again(http: httpx.AsyncClient, pool: asyncpg.Pool, me: dict[str, str]) -> None:
    number = (await made(http, me))["id"]
    await pool.execute(
        "INSERT INTO deliveries (notice_id, subscription_id, state, next_try_at, created_at)"
        " SELECT -number, $1, 'dead', now(), now() FROM generate_series(1, $2) AS number",
        *(number, MAX_RESENT + 1),
    )
    path = f"/subscriptions/{number}/resend"
    assert (await http.post(path, headers=me)).json() == {"resent": MAX_RESENT, "last": -2, "more": True}
    assert (await http.post(path, headers=me)).json() == {"resent": 1, "last": -1, "more": False}
    await pool.execute("DELETE FROM subscriptions WHERE id = $1", number)


async def test_tests_and_resends_of_one_caller_are_few(
    http: httpx.AsyncClient, pool: asyncpg.Pool, me: dict[str, str]
) -> None:
    path = f"/subscriptions/{(await made(http, me))['id']}"
    tested = [await http.post(f"{path}/test", headers=me) for _ in range(ANEW_A_MINUTE)]
    assert [answer.status_code for answer in tested] == [202] * ANEW_A_MINUTE
    [one] = (await http.get(f"{path}/deliveries", headers=me)).json()["deliveries"]
    assert (one["id"], one["kind"]) == (tested[-1].json()["message_id"], "subscription_test")
    late = await http.post(f"{path}/resend", headers=me)
    a_problem(late, 429, "too_many_requests")
    assert int(late.headers["retry-after"]) <= 60 / ANEW_A_MINUTE
    assert (await http.delete(path, headers=me)).status_code == 204
    gone = await pool.fetchval("SELECT count(*) FROM notices WHERE kind = 'subscription_test'")
    assert gone == 0, "with its subscription its test goes too"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/target"),
        ({"channel": "pigeon"}, "/channel"),
        ({"target": "http://example.com"}, "/target"),
        ({"target": "https://127.1/hooks"}, "/target"),
        ({"target": "https://169.254.169.254/latest"}, "/target"),
        ({"target": 7}, "/target"),
        ({"channel": "email"}, "/target"),
        ({"channel": "email", "target": "a@example.com\nBcc: b@example.com"}, "/target"),
        ({"language": "tlh"}, "/language"),
        ({"kinds": ["order_pait"]}, "/kinds/0"),
        ({"role": "carrier"}, "/role"),
        ({"role": "buyer"}, "/party_id"),
        ({"party_id": "b-7"}, "/party_id"),
        ({"party_id": "b" * 65, "role": "buyer"}, "/party_id"),
        ({"secret": "whsec_mine"}, "/secret"),
    ],
)
async def test_what_cannot_be_meant_is_said_by_its_field(
    http: httpx.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    whole = {"channel": "webhook", "target": HOOK, **body} if body else {"channel": "webhook"}
    answer = await http.post("/subscriptions", headers=OPS, json=whole)
    a_problem(answer, 422, "invalid")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"target": HOOK}, "/target"),
        ({"enabled": None}, "/enabled"),
        ({"kinds": ["gossip"]}, "/kinds/0"),
        ({"rotate_secret": True}, "/rotate_secret"),
    ],
)
async def test_what_cannot_be_changed_is_said_by_its_field(
    http: httpx.AsyncClient, me: dict[str, str], body: dict[str, Any], pointer: str
) -> None:
    number = (await made(http, me, channel="email", target="bea@example.com"))["id"]
    answer = await http.patch(f"/subscriptions/{number}", headers=me, json=body)
    a_problem(answer, 422, "invalid")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
