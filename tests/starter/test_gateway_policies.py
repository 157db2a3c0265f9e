"""Policies over HTTP: read, listed, changed and compared by whoever may, and orders that start under them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from starter.client.orders import OrderClient
from starter.gateway.callers import Scope
from starter.policies import MAX_POLICIES
from starter.reference.meanings import meanings
from tests.reference.terms import POLICIES
from tests.starter.doorbell import OPS, api_over, bearer, calling, new_key
from tests.starter.orders import an_order
from workflows.messages.policies import MAX_VERSIONS
from workflows.messages.terms import Terms


@pytest_asyncio.fixture
async def http(lonely: OrderClient) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(api_over(lonely), **OPS) as made:
        yield made


@pytest.fixture
def path(order_id: str) -> str:
    """A policy that no other test writes."""
    return f"/policies/p-{order_id}"


async def a_seller(pool: asyncpg.Pool, seller: str) -> dict[str, str]:
    """The headers of a key that is bound to this seller, and does policies."""
    return bearer(await new_key(pool, Scope.POLICIES, bound=("seller", seller)))


def saying(**terms: Any) -> dict[str, Any]:
    return {"terms": terms}


@pytest.mark.parametrize("title", POLICIES)
async def test_the_policies_of_the_page_are_taken_as_they_stand(http: httpx.AsyncClient, path: str, title: str) -> None:
    made = await http.put(path, json={"terms": POLICIES[title][1]})
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert made.json()["terms"] == POLICIES[title][1]
    assert made.json()["changed_by"] == {"role": "platform", "id": "ops-1"}
    assert (await http.get(path)).json() == made.json()


async def test_a_change_is_a_version_and_the_same_again_is_none(http: httpx.AsyncClient, path: str) -> None:
    await http.put(path, json=saying(disputes=1))
    again = await http.put(path, json=saying(disputes=1))
    assert (again.status_code, again.json()["version"]) == (200, 1)
    changed = await http.put(path, json=saying(disputes=2), headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["version"]) == (201, 2)
    assert (await http.get(path, params={"version": 1})).json()["terms"] == {"disputes": 1}
    found = (await http.get(f"{path}/diff", params={"from": 1, "to": 2})).json()
    means = meanings(Terms)["disputes"]
    assert found["changes"] == [{"term": "disputes", "means": means, "before": 1, "after": 2}]
    assert (found["from"], found["to"]) == (1, 2)


async def test_who_has_not_seen_the_newest_version_is_told_which_that_is(http: httpx.AsyncClient, path: str) -> None:
    await http.put(path, json=saying(disputes=1), headers={"If-None-Match": "*"})
    for seen in ({"If-Match": '"2"'}, {"If-Match": 'W/"7"'}, {"If-None-Match": "*"}):
        late = await http.put(path, json=saying(disputes=2), headers=seen)
        assert (late.status_code, late.headers["etag"]) == (412, '"1"')
        assert (late.json()["code"], late.json()["version"]) == ("policy_changed", 1)
    at_once = await asyncio.gather(*(http.put(path, json=saying(disputes=count)) for count in range(2, 6)))
    assert {answer.status_code for answer in at_once} <= {201, 409}
    assert {answer.json()["code"] for answer in at_once if answer.status_code == 409} <= {"policy_changed"}
    assert (await http.get(path)).json()["version"] == 1 + sum(answer.status_code == 201 for answer in at_once)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/terms"),
        (saying(respond_in="PT1H"), "/terms/respond_in"),
        (saying(disputes=33), "/terms/disputes"),
        ({"terms": {}, "note": "x"}, "/note"),
    ],
)
async def test_what_cannot_stand_in_one_is_said_field_by_field(
    http: httpx.AsyncClient, path: str, body: dict[str, Any], pointer: str
) -> None:
    answer = await http.put(path, json=body)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert (await http.get(path)).status_code == 404


async def test_words_of_the_request_that_cannot_be_meant_are_named(http: httpx.AsyncClient, path: str) -> None:
    await http.put(path, json=saying(disputes=1))
    for method, where, headers in (
        ("PUT", path, {"If-Match": "yesterday"}),
        ("PUT", path, {"If-None-Match": '"1"'}),
        ("GET", f"{path}?version=0", {}),
        ("GET", f"{path}?wersion=1", {}),
        ("GET", f"{path}/diff?from=1", {}),
        ("GET", f"/policies?limit={MAX_POLICIES + 1}", {}),
        ("PUT", "/policies/a b", {}),
        ("GET", "/policies/" + "x" * 65, {}),
    ):
        answer = await http.request(
            method, where, json=saying(disputes=1) if method == "PUT" else None, headers=headers
        )
        assert (where, answer.status_code) == (where, 422)


async def test_what_there_is_not_is_404_with_the_nearest(http: httpx.AsyncClient, path: str) -> None:
    await http.put(path, json=saying(disputes=1))
    near = await http.get(f"{path}x")
    assert near.status_code == 404
    assert "Did you mean" in near.json()["detail"]
    for query in ({"version": 2}, {"version": MAX_VERSIONS + 1}):
        assert "its newest is 1" in (await http.get(path, params=query)).json()["detail"]
    assert (await http.get(f"{path}/diff", params={"from": 1, "to": 2})).status_code == 404


async def test_a_seller_changes_their_own_and_hears_of_no_other_sellers(
    http: httpx.AsyncClient, pool: asyncpg.Pool, path: str, order_id: str
) -> None:
    mine, other = f"s-{order_id[2:20]}", f"t-{order_id[2:20]}"
    seller = await a_seller(pool, mine)
    await http.put(path, json=saying(disputes=1))
    await http.put(f"/policies/seller:{other}", json=saying(disputes=1))
    made = await http.put(f"/policies/seller:{mine}", json=saying(disputes=2), headers=seller)
    assert (made.status_code, made.json()["changed_by"]) == (201, {"role": "seller", "id": mine})
    assert (await http.get(path, headers=seller)).status_code == 200
    for forbidden in (path, f"/policies/seller:{other}", f"/policies/seller:{other}-x"):
        assert (await http.put(forbidden, json=saying(disputes=3), headers=seller)).status_code == 403
    for query in ("", "?version=1", "?version=7"):
        hidden = await http.get(f"/policies/seller:{other}{query}", headers=seller)
        there_is_none = await http.get(f"/policies/seller:{other[:-1]}{query}", headers=seller)
        assert (hidden.status_code, there_is_none.status_code) == (404, 404)
        assert hidden.json()["detail"].replace(other, "") == there_is_none.json()["detail"].replace(other[:-1], "")
    assert (await http.get(f"/policies/seller:{other}/diff?from=1&to=1", headers=seller)).status_code == 404
    names, cursor = [], ""
    while cursor is not None:
        page = (await http.get("/policies", params={"cursor": cursor, "limit": 3}, headers=seller)).json()
        names += [policy["name"] for policy in page["policies"]]
        cursor = page["cursor"]
    assert {name for name in names if name.startswith("seller:")} == {f"seller:{mine}"}
    assert path.rpartition("/")[2] in names
    everything = (await http.get("/policies", params={"cursor": f"seller:{other[:-1]}", "limit": 1})).json()
    assert [policy["name"] for policy in everything["policies"]] == [f"seller:{other}"]


async def test_an_order_starts_under_the_policy_that_its_body_names(
    http: httpx.AsyncClient, client: OrderClient, path: str, order_id: str
) -> None:
    name = path.rpartition("/")[2]
    await http.put(path, json=saying(disputes=1))
    order = an_order(order_id).model_dump(mode="json", exclude_unset=True) | {"policy": name}
    started = await http.post("/orders", json=order)
    assert started.status_code == 201
    assert started.json()["policies"] == [{"name": name, "version": 1}]
    assert started.json()["terms"]["disputes"] == 1
    await http.put(path, json=saying(disputes=2))
    again = await http.post("/orders", json=order)
    assert (again.status_code, again.json()["terms"]["disputes"]) == (200, 1)
    assert (await http.post("/orders", json=order | {"policy": f"{name}x"})).status_code == 409
    unknown = await http.post("/orders", json=order | {"order_id": f"{order_id}x"[-64:], "policy": "qqqqqq"})
    assert unknown.status_code == 422
    assert [fault["pointer"] for fault in unknown.json()["errors"]] == ["/policy"]
    ours = await http.post("/orders", json=order | {"policies": [{"name": name, "version": 1}]})
    assert ours.status_code == 422
