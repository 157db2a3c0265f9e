"""Four eyes over HTTP: what waits for a second person, who that can be, and what both of them then see."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from asyncpg import Pool

from starter.approvals import MAX_APPROVALS, MAX_NOTE
from starter.client.orders import OrderClient
from starter.errors import OutcomeUnknown
from starter.gateway.callers import Scope
from tests.starter.doorbell import BUYER, OPS, SELLER, SETTINGS, api_over, as_person, bearer, calling, new_key
from tests.starter.test_gateway_orders import paid
from tests.starter.webhooks import a_problem
from workflows.messages.base import Message

FOUR_EYES = SETTINGS.model_copy(update={"given_four_eyes_above": "USD=699"})
BEN = as_person("platform", "ops-2")
NOTED = {"note": "a letter from the bank"}


@pytest_asyncio.fixture
async def http(client: OrderClient) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(api_over(client, FOUR_EYES)) as made:
        yield made


async def opened(
    http: httpx.AsyncClient, order_id: str, headers: dict[str, str] = OPS, amount: int = 700, query: str = ""
) -> httpx.Response:
    """The platform reports a chargeback of the order's payment."""
    body = NOTED | {"payment_id": order_id, "chargeback_id": "c-1", "amount": amount}
    return await http.post(f"/orders/{order_id}/chargeback_opened{query}", headers=headers, json=body)


async def waiting(http: httpx.AsyncClient, order_id: str, headers: dict[str, str] = OPS) -> str:
    """The path of an approval that was asked for."""
    answer = await opened(http, order_id, headers)
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


async def decided(http: httpx.AsyncClient, path: str, headers: dict[str, str], **body: Any) -> httpx.Response:
    return await http.post(path, headers=headers, json={"approve": True, **body})


async def test_what_is_above_the_limit_is_sent_by_another_one(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    """Once; and whoever asked gets the order's own answer under their key."""
    await paid(http, order_id, pool)
    keyed = OPS | {"Idempotency-Key": "k-1", "If-Match": '"2"'}
    first = await opened(http, order_id, keyed)
    told = first.json()
    assert (first.status_code, told["status"]) == (202, "awaiting_approval")
    assert first.headers["location"] == f"/approvals/{told['approval_id']}"
    assert (told["at_stake"], told["version"], told["asked_by"]) == ({"USD": 700}, 2, "platform:ops-1")
    assert told["fields"] == NOTED | {"payment_id": order_id, "chargeback_id": "c-1", "amount": 700}
    assert (await opened(http, order_id, keyed)).json() == told
    path = first.headers["location"]
    a_problem(await decided(http, path, OPS), 403, "second_person_needed")
    assert (await http.get(f"/orders/{order_id}", headers=OPS)).json()["version"] == 2
    ended = await decided(http, path, BEN, note="Seen the letter.")
    assert ended.status_code == 200, ended.text
    assert ended.json()["answer"]["version"] == 3
    assert await is_shown(http, path) == ("sent", "platform:ops-2", "Seen the letter.")
    again = await opened(http, order_id, keyed)
    assert (again.status_code, again.json()) == (200, ended.json()["answer"])
    assert (await decided(http, path, BEN)).json() == ended.json()
    a_problem(await decided(http, path, BEN, approve=False), 409, "approval_ended")


async def is_shown(http: httpx.AsyncClient, path: str) -> tuple[str, str, str]:
    told = (await http.get(path, headers=OPS)).json()
    return told["status"], told["decided_by"], told["note"]


async def test_the_timeline_names_both_to_the_platform_alone(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    await paid(http, order_id, pool)
    await decided(http, await waiting(http, order_id), BEN)
    path = f"/orders/{order_id}/timeline?min_version=3"
    [*_, entry] = (await http.get(path, headers=OPS)).json()["timeline"]
    assert (entry["name"], entry["party_id"], entry["approved_by"]) == ("chargeback_opened", "ops-1", "platform:ops-2")
    for headers in (BUYER, SELLER):
        told = await http.get(path, headers=headers)
        assert "approved_by" not in told.text
        assert "ops-" not in told.text


async def test_what_one_person_may_move_alone_asks_nobody(
    http: httpx.AsyncClient, client: OrderClient, pool: Pool, order_id: str
) -> None:
    """Nor what only asks what would be, what the provider itself reports, and anything where there is no limit."""
    payments = await paid(http, order_id, pool)
    dry = await opened(http, order_id, query="?dry_run=true")
    assert (dry.status_code, dry.json()["at_stake"]) == (200, {"USD": 700})
    assert (await opened(http, order_id, amount=699)).status_code == 200
    closed = NOTED | {"payment_id": order_id, "chargeback_id": "c-1", "amount": 2_299, "outcome": "won"}
    assert (await http.post(f"/orders/{order_id}/chargeback_closed", headers=payments, json=closed)).status_code == 200
    async with calling(api_over(client)) as unlimited:
        assert (await opened(unlimited, f"{order_id}", amount=2_000)).status_code == 200


async def test_a_decision_about_a_dispute_is_about_all_that_is_held(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    await paid(http, order_id, pool)
    carrier = bearer(await new_key(pool, Scope.CARRIER))
    sent = (
        (SELLER, "ship", {"carrier": "DHL", "tracking": "T-1"}),
        (carrier, "parcel_delivered", {"tracking": "T-1"}),
        (BUYER, "open_dispute", {"reason": "other", "description": "Torn.", "requested_resolution": "full_refund"}),
        (SELLER, "respond_to_dispute", {"accept": False, "statement": "It was whole."}),
    )
    for headers, name, body in sent:
        answer = await http.post(f"/orders/{order_id}/{name}", headers=headers, json=body)
        assert answer.status_code == 200, answer.text
    decision = {"outcome": "full_refund", "reason_code": "insufficient_evidence"}
    asked = await http.post(f"/orders/{order_id}/decide_dispute", headers=OPS, json=decision)
    assert (asked.status_code, asked.json()["at_stake"]) == (202, {"USD": 2_299})
    ended = await decided(http, asked.headers["location"], BEN)
    assert ended.json()["answer"]["stage"] == "refunded"


async def test_a_key_approves_for_whom_it_acts_unless_whoever_asked_could_be_behind_it(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    """A desk has one key, and names its people; a key that somebody made over HTTP is that somebody."""
    await paid(http, order_id, pool)
    desk = await new_key(pool, Scope.PLATFORM)
    path = await waiting(http, order_id, bearer(desk, "platform:ana"))
    a_problem(await decided(http, path, bearer(desk, "platform:ana")), 403, "second_person_needed")
    a_problem(await decided(http, path, as_person("platform", "ana")), 403, "second_person_needed")
    a_problem(await decided(http, path, bearer(desk)), 403, "second_person_needed")
    made = await http.post("/keys", headers=OPS, json={"name": "mine", "scopes": ["act:platform"]})
    lent = bearer(made.json()["key"], "platform:cem")
    assert "made over HTTP" in a_problem(await decided(http, path, lent), 403, "second_person_needed")["detail"]
    assert (await decided(http, path, bearer(desk, "platform:ben"))).json()["status"] == "sent"


async def test_what_is_asked_for_through_a_key_is_asked_for_by_whoever_made_the_key(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    """Also when it was made by a key that they made."""
    await paid(http, order_id, pool)
    wanted = {"name": "first", "scopes": ["act:platform"]}
    first = (await http.post("/keys", headers=OPS, json=wanted)).json()["key"]
    second = (await http.post("/keys", headers=bearer(first), json=wanted | {"name": "second"})).json()
    path = await waiting(http, order_id, bearer(second["key"], "platform:cem"))
    a_problem(await decided(http, path, OPS), 403, "second_person_needed")
    assert (await decided(http, path, BEN)).json()["status"] == "sent"


async def test_a_key_that_was_made_by_a_made_key_is_its_first_makers_whatever_name_was_given(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    """Whoever holds a key can name anybody by it, also as the maker of the next one."""
    await paid(http, order_id, pool)
    wanted = {"name": "mine", "scopes": ["act:platform"]}
    first = (await http.post("/keys", headers=OPS, json=wanted)).json()["key"]
    second = (await http.post("/keys", headers=bearer(first, "platform:dan"), json=wanted)).json()
    assert second["made_by"] == "platform:dan"
    path = await waiting(http, order_id, bearer(second["key"], "platform:cem"))
    for headers in (OPS, as_person("platform", "dan")):
        a_problem(await decided(http, path, headers), 403, "second_person_needed")
    assert (await decided(http, path, BEN)).json()["status"] == "sent"


@pytest.mark.parametrize("scope", [Scope.PAYMENT, Scope.BUYER, Scope.SELLER])
async def test_nobody_makes_a_key_that_speaks_as_somebody_who_needs_no_second_person(
    http: httpx.AsyncClient, scope: Scope
) -> None:
    """What a provider reports, or both sides agree on, moves money without one."""
    wanted = {"name": "mine", "scopes": ["act:platform", scope]}
    told = a_problem(await http.post("/keys", headers=OPS, json=wanted), 403, "wrong_role")
    assert "countermand keys make" in told["detail"]


async def test_what_was_asked_for_is_not_looked_at_by_its_version_again(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    """The same again waits on, however far the order has gone meanwhile, and ends as it was decided. A key of another
    command is no such thing."""
    await paid(http, order_id, pool)
    keyed = OPS | {"Idempotency-Key": "k-1", "If-Match": '"2"'}
    first = await opened(http, order_id, keyed)
    note = OPS | {"Idempotency-Key": "k-2"}
    assert (await http.post(f"/orders/{order_id}/add_note", headers=note, json={"text": "x"})).status_code == 200
    again = await opened(http, order_id, keyed)
    assert (again.status_code, again.json()) == (202, first.json())
    a_problem(await opened(http, order_id, keyed | {"Idempotency-Key": "k-2"}), 412, "precondition_failed")
    await decided(http, first.headers["location"], BEN, approve=False)
    a_problem(await opened(http, order_id, keyed), 409, "approval_ended")


async def test_what_is_declined_is_never_sent(http: httpx.AsyncClient, pool: Pool, order_id: str) -> None:
    await paid(http, order_id, pool)
    keyed = OPS | {"Idempotency-Key": "k-1"}
    path = await waiting(http, order_id, keyed)
    told = await decided(http, path, BEN, approve=False, note="Not ours.")
    assert (told.json()["status"], told.json()["note"]) == ("declined", "Not ours.")
    assert (await decided(http, path, BEN, approve=False)).json() == told.json()
    ended = a_problem(await opened(http, order_id, keyed), 409, "approval_ended")
    assert ended["approval"]["status"] == "declined"
    a_problem(await decided(http, path, BEN), 409, "approval_ended")
    reused = await opened(http, order_id, keyed, amount=701)
    a_problem(reused, 409, "request_id_reused")


async def test_who_approves_and_hears_no_answer_is_told_to_approve_again(
    http: httpx.AsyncClient, client: OrderClient, pool: Pool, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not to send a command again that another one sent, under a key that is none of theirs."""

    async def silent(order_id: str, message: Message) -> None:
        raise OutcomeUnknown(order_id, message.name, str(message.request_id), "Nobody answered.")

    await paid(http, order_id, pool)
    path = await waiting(http, order_id)
    with monkeypatch.context() as patched:
        patched.setattr(client, "send", silent)
        told = a_problem(await decided(http, path, BEN), 503, "outcome_unknown")
    assert "Approve it again" in told["detail"]
    assert "idempotency_key" not in told
    assert (await decided(http, path, BEN)).json()["status"] == "sent"


async def test_approvals_are_listed_newest_first(http: httpx.AsyncClient, pool: Pool, order_id: str) -> None:
    await paid(http, order_id, pool)
    paths = [await waiting(http, order_id, OPS | {"Idempotency-Key": f"k-{number}"}) for number in range(3)]
    await decided(http, paths[1], BEN, approve=False)
    numbers = [int(path.rpartition("/")[2]) for path in paths]

    async def page(query: str) -> dict[str, Any]:
        found: dict[str, Any] = (await http.get(f"/approvals?order={order_id}&{query}", headers=OPS)).json()
        return found

    first = await page("limit=2")
    rest = await page(f"limit=2&cursor={first['cursor']}")
    assert [one["approval_id"] for one in first["approvals"] + rest["approvals"]] == numbers[::-1]
    assert rest["cursor"] is None
    open_ones = await page("status=awaiting_approval")
    assert [one["approval_id"] for one in open_ones["approvals"]] == [numbers[2], numbers[0]]
    assert [one["status"] for one in (await page("status=declined"))["approvals"]] == ["declined"]


@pytest.mark.parametrize(
    "query", ["status=gone", "limit=0", f"limit={MAX_APPROVALS + 1}", "cursor=x", "cursor=0", "colour=red"]
)
async def test_a_page_of_approvals_that_cannot_be_is_refused(http: httpx.AsyncClient, query: str) -> None:
    a_problem(await http.get(f"/approvals?{query}", headers=OPS), 422, "invalid")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/approve"),
        ({"approve": "yes"}, "/approve"),
        ({"approve": True, "note": " "}, "/note"),
        ({"approve": True, "note": "x" * (MAX_NOTE + 1)}, "/note"),
        ({"approve": True, "note": None}, "/note"),
        ({"approve": True, "colour": "red"}, "/colour"),
    ],
)
async def test_what_is_said_of_an_approval_wrongly_is_named(
    http: httpx.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    [fault] = a_problem(await http.post("/approvals/1", headers=OPS, json=body), 422, "invalid")["errors"]
    assert fault["pointer"] == pointer


async def test_there_is_no_approval_of_another_number(http: httpx.AsyncClient) -> None:
    for number in ("0", str(2**63 - 1), "x"):
        a_problem(await http.get(f"/approvals/{number}", headers=OPS), 404, "not_found")
        a_problem(await decided(http, f"/approvals/{number}", OPS, note="x" * MAX_NOTE), 404, "not_found")
