"""Orders over HTTP: started, sent messages, asked and listed, each as its caller may."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from asyncpg import Pool

from starter.client.orders import OrderClient
from starter.errors import OutcomeUnknown
from starter.gateway import read_routes, seen
from starter.gateway.callers import Scope
from starter.gateway.problems import Problem
from starter.gateway.trouble import problem_of
from tests.starter.doorbell import BUYER, OPS, SELLER, SETTINGS, api_over, as_person, bearer, calling, new_key
from tests.starter.orders import an_order
from tests.starter.webhooks import a_problem

STRANGER = as_person("buyer", "b-8")
WRONG_QUERIES = (
    *("status=gone", "stage=gone", "waiting_on=me", "order_by=size", "overdue=1", "limit=0", "due_before=soon"),
    *("q=la", f"q={'x' * 101}", "root=A~2", "root=", "q=lamp&q=desk"),
    *("x=1", "cursor=!", "status=shipped&status=delivered", "buyer=%00", "buyer=%ed%a0%80%0a"),
)
PAID = {"payment_id": "p-1", "amount": 2_299, "currency": "USD", "method": "card"}


@pytest_asyncio.fixture
async def http(client: OrderClient) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(api_over(client)) as made:
        yield made


def given(order_id: str, **changes: Any) -> dict[str, Any]:
    """The start of an order as JSON."""
    body: dict[str, Any] = an_order(order_id, **changes).model_dump(mode="json", exclude_unset=True)
    return body


async def paid(http: httpx.AsyncClient, order_id: str, pool: Pool) -> dict[str, str]:
    """A started and paid order; and the headers of the key that reported the payment."""
    started = await http.post("/orders", headers=OPS, json=given(order_id))
    assert started.status_code == 201, started.text
    payments = bearer(await new_key(pool, Scope.PAYMENT))
    fact = await http.post(
        f"/orders/{order_id}/payment_captured", headers=payments, json=PAID | {"payment_id": order_id}
    )
    assert fact.status_code == 200, fact.text
    return payments


async def test_an_order_is_started_once(http: httpx.AsyncClient, order_id: str) -> None:
    """201 with the view, 200 for the same again, 409 for the id with other content."""
    started = await http.post("/orders", headers=OPS, json=given(order_id))
    assert started.status_code == 201, started.text
    assert (started.json()["stage"], started.headers["etag"]) == ("pending_payment", '"1"')
    assert started.headers["location"] == f"/orders/{order_id}"
    again = await http.post("/orders", headers=OPS, json=given(order_id))
    assert (again.status_code, again.json()["order_id"]) == (200, order_id)
    other = given(order_id, shipping_fee=0)
    a_problem(await http.post("/orders", headers=OPS, json=other), 409, "order_exists")


async def test_who_may_start_orders_is_said_by_scopes(http: httpx.AsyncClient, pool: Pool, order_id: str) -> None:
    """Nobody names their own prices: a buyer starts nothing; a seller's shop starts its own."""
    a_problem(await http.post("/orders", headers=BUYER, json=given(order_id)), 403, "wrong_role")
    shop = bearer(await new_key(pool, Scope.START, Scope.READ, bound=("seller", "s-3")))
    a_problem(await http.post("/orders", headers=shop, json=given(order_id, seller_id="s-4")), 403, "wrong_role")
    assert (await http.post("/orders", headers=shop, json=given(order_id))).status_code == 201
    wrong = await http.post("/orders", headers=OPS, json={**given(order_id), "lines": [], "colour": "red"})
    pointers = {one["pointer"] for one in a_problem(wrong, 422, "invalid")["errors"]}
    assert pointers == {"/lines", "/colour"}


async def test_a_command_is_its_callers(http: httpx.AsyncClient, pool: Pool, order_id: str) -> None:
    """From the credentials, never from the body; answered once per key; refused with what is possible instead."""
    await paid(http, order_id, pool)
    path = f"/orders/{order_id}/request_cancellation"
    pretended = await http.post(
        path, headers=BUYER, json={"reason": "changed_mind", "by": {"role": "buyer", "id": "b-7"}}
    )
    assert a_problem(pretended, 422, "invalid")["errors"][0]["pointer"] == "/by"
    wrong = a_problem(await http.post(path, headers=BUYER, json={"reason": "changed"}), 422, "invalid")
    assert wrong["errors"][0]["pointer"] == "/reason"
    assert "changed_mind" in wrong["errors"][0]["message"]
    keyed = BUYER | {"Idempotency-Key": "k-1", "If-Match": '"2"'}
    asked = await http.post(path, headers=keyed, json={"reason": "changed_mind"})
    assert asked.status_code == 200, asked.text
    assert (asked.json()["stage"], asked.headers["etag"]) == ("cancellation_pending", '"3"')
    again = await http.post(path, headers=keyed, json={"reason": "changed_mind"})
    assert again.json() == asked.json()
    reused = await http.post(path, headers=BUYER | {"Idempotency-Key": "k-1"}, json={"reason": "wrong_address"})
    a_problem(reused, 409, "request_id_reused")
    told = a_problem(await http.post(path, headers=BUYER, json={"reason": "changed_mind"}), 409, "already_open")
    assert "withdraw_cancellation" in [one["action"] for one in told["instead"]]
    assert told["type"] == "/docs/errors#already_open"
    a_problem(
        await http.post(f"/orders/{order_id}/decide_cancellation", headers=BUYER, json={"approve": True}),
        403,
        "wrong_role",
    )


async def test_what_is_not_theirs_is_answered_as_what_is_not_there(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    """To the letter, whatever is asked, and also where the order's own workflow would know better."""
    await paid(http, order_id, pool)
    bound = bearer(await new_key(pool, Scope.READ, Scope.SELLER, bound=("seller", "s-4")))
    http.headers["X-Request-Id"] = "the-same"
    for headers in (STRANGER, as_person("seller", "s-4"), as_person("seller", "b-7"), bound):
        for method, path in (
            ("GET", "/orders/{}"),
            ("GET", "/orders/{}/actions"),
            ("GET", "/orders/{}/timeline"),
            ("GET", "/orders/{}/messages"),
            ("GET", "/orders/{}/evidence"),
            ("POST", "/orders/{}/send_message"),
        ):
            theirs, none = [
                await http.request(method, path.format(one), headers=headers, json={} if method == "POST" else None)
                for one in (order_id, f"{order_id}-x")
            ]
            a_problem(theirs, 404, "not_found")
            assert theirs.json() == none.json()


async def test_an_order_that_has_moved_on_is_not_decided_on_what_it_was(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    await paid(http, order_id, pool)
    ship = {"carrier": "DHL", "tracking": "T-1"}
    old = await http.post(f"/orders/{order_id}/ship", headers=SELLER | {"If-Match": '"1"'}, json=ship)
    assert a_problem(old, 412, "precondition_failed")["view"]["version"] == 2
    assert old.headers["etag"] == '"2"'
    blind = bearer(await new_key(pool, Scope.SELLER, bound=("seller", "s-3"))) | {"If-Match": '"1"'}
    unseen = a_problem(
        await http.post(f"/orders/{order_id}/ship", headers=blind, json=ship), 412, "precondition_failed"
    )
    assert "view" not in unseen, "it may send, and not read"
    for none in ("x", "9" * 5_000):
        given = SELLER | {"If-Match": none}
        a_problem(await http.post(f"/orders/{order_id}/ship", headers=given, json=ship), 422, "invalid")
    assert (await http.get(f"/orders/{order_id}", headers=SELLER)).json()["stage"] == "awaiting_shipment"
    assert (
        await http.post(f"/orders/{order_id}/ship", headers=SELLER | {"If-Match": '"2"'}, json=ship)
    ).status_code == 200


async def test_a_dry_run_changes_nothing(http: httpx.AsyncClient, pool: Pool, order_id: str) -> None:
    """While the order runs it is asked; once it is settled its record is, and no run starts for the question."""
    await paid(http, order_id, pool)
    cancel = f"/orders/{order_id}/cancel_order?dry_run=true"
    shown = (await http.post(cancel, headers=SELLER, json={"reason": "out_of_stock"})).json()
    assert (shown["answer"]["stage"], shown["money"]) == ("cancelled", {"refunding": 2_299, "held": -2_299})
    assert {one["to"] for one in shown["told"]} == {"buyer", "seller"}
    a_problem(await http.post(cancel, headers=SELLER, json={"reason": "fraud"}), 422, "reason_not_allowed")
    a_problem(await http.post(cancel.replace("true", "yes"), headers=SELLER, json={"reason": "other"}), 422, "invalid")
    view = await http.get(f"/orders/{order_id}", headers=SELLER)
    assert (view.json()["stage"], view.json()["version"]) == ("awaiting_shipment", 2)


async def test_a_settled_order_is_previewed_from_its_record(
    http: httpx.AsyncClient, client: OrderClient, order_id: str
) -> None:
    await http.post("/orders", headers=OPS, json=given(order_id))
    await http.post(f"/orders/{order_id}/request_cancellation", headers=BUYER, json={"reason": "changed_mind"})
    await client.result(order_id)
    run = (await client.start(an_order(order_id))).run_id
    noted = f"/orders/{order_id}/send_message?dry_run=true"
    refused = await http.post(noted, headers=BUYER, json={"to": "seller", "text": "Hello?"})
    a_problem(refused, 409, "order_closed")
    assert (await client.start(an_order(order_id))).run_id == run


async def test_a_view_is_answered_for_nothing_while_it_is_the_same(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    await paid(http, order_id, pool)
    answer = await http.get(f"/orders/{order_id}?min_version=2", headers=BUYER)
    assert (answer.headers["etag"], answer.json()["label"]) == ('"2"', "Awaiting Shipment")
    assert not {"allowed", "refused"} & set(answer.json())
    same = await http.get(f"/orders/{order_id}", headers=BUYER | {"If-None-Match": '"2"'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", '"2"')
    older = await http.get(f"/orders/{order_id}", headers=BUYER | {"If-None-Match": '"1"'})
    assert older.status_code == 200
    more = await http.get(f"/orders/{order_id}?include=actions,timeline,messages,evidence,notices", headers=BUYER)
    assert "etag" not in more.headers
    assert {"allowed", "refused", "timeline", "messages", "evidence", "notices"} <= set(more.json())
    assert more.json()["cursors"] == {"timeline": None, "messages": None, "evidence": None}
    a_problem(await http.get(f"/orders/{order_id}?include=everything", headers=BUYER), 422, "invalid")
    a_problem(await http.get(f"/orders/{order_id}?colour=red", headers=BUYER), 422, "invalid")
    a_problem(await http.get(f"/orders/{order_id}?min_version=-1", headers=BUYER), 422, "invalid")


async def test_what_is_included_says_how_the_rest_of_it_is_read(
    http: httpx.AsyncClient, pool: Pool, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await paid(http, order_id, pool)
    monkeypatch.setattr(read_routes, "PAGE", 1)
    view = (await http.get(f"/orders/{order_id}?include=notices,timeline&min_version=2", headers=BUYER)).json()
    assert ([one["name"] for one in view["timeline"]], view["cursors"]) == (["start"], {"timeline": "1"})
    rest = await http.get(f"/orders/{order_id}/timeline?cursor={view['cursors']['timeline']}", headers=BUYER)
    assert ([one["name"] for one in rest.json()["timeline"]], rest.json()["cursor"]) == (["payment_captured"], None)
    assert "cursors" not in (await http.get(f"/orders/{order_id}?include=actions,notices", headers=BUYER)).json()


async def test_a_version_that_is_far_ahead_is_not_waited_for(
    http: httpx.AsyncClient,
    pool: Pool,
    order_id: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Made-up numbers must not have Postgres asked fifty times a second."""
    await paid(http, order_id, pool)
    monkeypatch.setattr(seen, "WAIT_SECONDS", 0.1)
    for version, told in ((2 + seen.MAX_AHEAD, "in a moment"), (3 + seen.MAX_AHEAD, "later")):
        answer = await http.get(f"/orders/{order_id}?min_version={version}", headers=BUYER)
        a_problem(answer, 503, "unavailable")
        assert f"Version {version} of order {order_id} is not recorded yet; ask again {told}." in caplog.text
        assert answer.headers["retry-after"]


async def test_a_form_can_be_drawn_from_what_is_possible(http: httpx.AsyncClient, pool: Pool, order_id: str) -> None:
    """Each command that is offered comes with a schema, whose choices are those that would be taken."""
    await paid(http, order_id, pool)
    told = (await http.get(f"/orders/{order_id}/actions", headers=SELLER)).json()
    offered = {one["action"]: one for one in told["allowed"]}
    assert offered["ship"]["label"]
    assert set(offered["ship"]["schema"]["required"]) == {"carrier", "tracking"}
    assert "by" not in offered["ship"]["schema"]["properties"]
    assert "fraud" not in offered["cancel_order"]["schema"]["properties"]["reason"]["enum"]
    [refusal] = [one for one in told["refused"] if one["action"] == "decide_cancellation"]
    assert refusal["code"] == "nothing_open"
    outsider = bearer(await new_key(pool, Scope.READ))
    assert (await http.get(f"/orders/{order_id}/actions", headers=outsider)).json() == {"allowed": [], "refused": []}


async def test_lists_show_what_is_the_callers_and_refuse_unknown_words(http: httpx.AsyncClient, order_id: str) -> None:
    buyer, seller = f"b-{order_id}", f"s-{order_id}"
    for number in (1, 2, 3):
        body = given(f"{order_id}-{number}", buyer_id=buyer, seller_id=seller)
        assert (await http.post("/orders", headers=OPS, json=body)).status_code == 201
    me, shop = as_person("buyer", buyer), as_person("seller", seller)
    first = (await http.get("/orders?limit=2", headers=me)).json()
    rest = (await http.get(f"/orders?limit=2&cursor={first['cursor']}", headers=me)).json()
    assert [row["order_id"][-1] for row in first["orders"] + rest["orders"]] == ["3", "2", "1"]
    assert rest["cursor"] is None
    assert len((await http.get("/orders?status=pending_payment&order_by=deadline", headers=shop)).json()["orders"]) == 3
    assert (await http.get("/orders?overdue=true", headers=shop)).json()["orders"] == []
    assert (await http.get(f"/orders?buyer={buyer}", headers=STRANGER)).json()["orders"] == []
    assert len((await http.get(f"/orders?seller={seller}&stage=pending_payment", headers=OPS)).json()["orders"]) == 3
    assert [row["order_id"] for row in (await http.get(f"/orders?root={order_id}-2", headers=me)).json()["orders"]] == [
        f"{order_id}-2"
    ]
    for query, mine in ((f"q={order_id}", 3), (f"q=lamp%20{order_id}-2", 1), ("q=lamp&limit=3", 3), ("q=chair", 0)):
        assert len((await http.get(f"/orders?{query}", headers=shop)).json()["orders"]) == mine
    for query in (f"q={order_id}", f"root={order_id}-2"):
        assert (await http.get(f"/orders?{query}", headers=STRANGER)).json() == {"orders": [], "cursor": None}
    for wrong in WRONG_QUERIES:
        a_problem(await http.get(f"/orders?{wrong}", headers=OPS), 422, "invalid")
    a_problem(await http.get("/orders?needs_attention=true", headers=me), 403, "wrong_role")
    counts = (await http.get("/counts", headers=shop)).json()
    assert counts["status"] == {"pending_payment": 3}
    assert counts["waiting_on"] == {"buyer": 3}
    assert "needs_attention" not in counts["queue"]
    assert "needs_attention" in (await http.get("/counts", headers=OPS)).json()["queue"]


async def test_a_caller_cannot_use_up_an_order(client: OrderClient, pool: Pool, order_id: str) -> None:
    """For others it stays: the rate is one caller's, to one order."""
    async with calling(api_over(client, SETTINGS.model_copy(update={"order_rate": 3}))) as http:
        await paid(http, order_id, pool)
        note = f"/orders/{order_id}/send_message?dry_run=true"
        told = {"to": "seller", "text": "Hello?"}
        codes = [(await http.post(note, headers=BUYER, json=told)).status_code for _ in range(5)]
        assert codes == [200, 200, 200, 429, 429]
        assert (await http.post(note, headers=SELLER, json=told | {"to": "buyer"})).status_code == 200


async def test_an_order_that_is_started_and_cannot_be_shown_is_no_failure_to_start(
    lonely: OrderClient, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a worker nothing is recorded, and no order answers: the same again is safe, and the caller is told so."""
    monkeypatch.setattr(seen, "WAIT_SECONDS", 0.1)
    async with calling(api_over(lonely)) as http:
        answer = await http.post("/orders", headers=OPS, json=given(order_id))
        assert "started" in a_problem(answer, 503, "outcome_unknown")["detail"]
        assert answer.headers["retry-after"]
        a_problem(await http.get(f"/orders/{order_id}", headers=OPS), 404, "not_found")


def test_an_outcome_that_nobody_knows_names_the_key_to_send_it_again_with() -> None:
    answer = problem_of(OutcomeUnknown("A-1", "ship", "k-1", "Nobody answered in time."))
    assert isinstance(answer, Problem)
    told = answer.told("en", "r-1")
    assert (answer.status_code, told["code"]) == (503, "outcome_unknown")
    assert (told["idempotency_key"], told["request_id"]) == ("k-1", "r-1")
    assert "Nobody answered" not in told["detail"], "what operators need is for the log"
    assert answer.headers["retry-after"]


@pytest.mark.parametrize("order_id", ["..", "%2e%2e", "A%00", "A%2fB", "%ff", "A" * 500])
async def test_an_id_that_no_order_can_have_is_not_found(pool: Pool, order_id: str) -> None:
    async with calling(api_over(OrderClient(None, pool, "orders"))) as http:  # type: ignore[arg-type]
        a_problem(await http.get(f"/orders/{order_id}", headers=OPS), 404, "not_found")
