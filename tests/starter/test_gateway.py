"""What the gateway lets in, over real HTTP: signed facts about orders, and everything else refused with its reason."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from starter.client.temporal import NotRunning
from starter.errors import CommandRefused, EngineUnavailable, OrderNotFound, OutcomeUnknown, PostgresAway, Unanswered
from starter.gateway.signed_webhooks import MAX_BODY
from starter.gateway.trouble import POSTGRES_AWAY
from tests.activities.sandboxes import listening
from tests.starter.webhooks import Notebook, a_problem, served_by, signed, the_unplaced, told, webhook
from workflows.messages.commands import PaymentCaptured, RefundUpdated
from workflows.messages.ids import request_id_of
from workflows.messages.refusal import Code, Refusal
from workflows.messages.values import Party, Role

OTHER_SECRET = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgbm90IG91cnM="


@pytest_asyncio.fixture(scope="module")
async def served() -> AsyncIterator[tuple[Notebook, httpx.AsyncClient]]:
    """One gateway for all: starting and stopping it takes longer than what a test asks of it."""
    notebook = Notebook()
    async with listening(served_by(notebook)) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        yield notebook, http


@pytest.fixture
def notebook(served: tuple[Notebook, httpx.AsyncClient]) -> Notebook:
    """The gateway's, with nothing in it."""
    served[0].forget()
    return served[0]


@pytest.fixture
def gateway(served: tuple[Notebook, httpx.AsyncClient], notebook: Notebook) -> httpx.AsyncClient:
    return served[1]


async def test_a_signed_fact_is_reported(gateway: httpx.AsyncClient, notebook: Notebook) -> None:
    """With the webhook's id as request id: a repetition is known as one."""
    body = json.dumps(webhook(occurred_at="2026-03-02T12:00:00+01:00")).encode()
    answer = await told(gateway, body, signed(body, webhook_id="msg_1"))
    assert (answer.status_code, answer.json()) == (200, {})
    [(order_id, fact)] = notebook.reported
    assert order_id == "A-1"
    assert isinstance(fact, PaymentCaptured)
    assert (fact.request_id, fact.amount, fact.by) == (
        "msg_1",
        2_299,
        Party(role=Role.PAYMENT_PROVIDER, id="sandbox"),
    )


async def test_news_of_a_refund_is_reported(gateway: httpx.AsyncClient, notebook: Notebook) -> None:
    data = {"order_id": "A-1", "refund_id": "A-1-refund-1", "state": "succeeded", "attempt": 1}
    assert (await told(gateway, {"type": "refund_updated", "data": data})).status_code == 200
    assert isinstance(notebook.reported[0][1], RefundUpdated)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1,bm90IHRoZSBzaWduYXR1cmU="},
        {"webhook-signature": "v1,not-base64-at-all!"},
        {"webhook-signature": "v1,x"},
        {"webhook-signature": "no comma"},
        {"webhook-signature": "a,b,c"},
        {"webhook-id": "msg_another"},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": "nan"},
    ],
)
async def test_what_is_not_signed_is_not_believed(
    gateway: httpx.AsyncClient, notebook: Notebook, change: dict[str, str]
) -> None:
    body = json.dumps(webhook()).encode()
    a_problem(await told(gateway, body, signed(body) | change), 401, "unauthorized")
    assert notebook.reported == []


async def test_the_signature_is_over_the_raw_body(gateway: httpx.AsyncClient, notebook: Notebook) -> None:
    """The same JSON written otherwise is another body; so is one that somebody has put a zero into."""
    headers = signed(json.dumps(webhook()).encode())
    a_problem(await told(gateway, json.dumps(webhook(), indent=1).encode(), headers), 401, "unauthorized")
    a_problem(await told(gateway, json.dumps(webhook(amount=22_990)).encode(), headers), 401, "unauthorized")
    assert notebook.reported == []


async def test_other_secrets_old_signatures_and_none_are_not_believed(gateway: httpx.AsyncClient) -> None:
    body = json.dumps(webhook()).encode()
    for headers in (signed(body, secret=OTHER_SECRET), signed(body, age=3_600), signed(body, age=-3_600), {}):
        a_problem(await told(gateway, body, headers), 401, "unauthorized")
    a_problem(await told(gateway, b"\xff\xfe"), 401, "unauthorized")


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (290, None),
        (-290, None),
        (310, "it was signed 31. seconds ago, and may be 300 old"),
        (-310, "it was signed 3[01]. seconds ahead of our clock; set the clocks of both sides"),
    ],
)
async def test_an_old_signature_and_an_early_one_say_by_how_much(
    gateway: httpx.AsyncClient, age: int, said: str | None
) -> None:
    """Whoever set the sender up sees whether it is the secret or the clock."""
    body = json.dumps(webhook()).encode()
    answer = await told(gateway, body, signed(body, age=age))
    if said is None:
        assert answer.status_code == 200
    else:
        assert re.search(said, answer.json()["detail"]), answer.text


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_each_signing_header_is_there_once(gateway: httpx.AsyncClient, notebook: Notebook, name: str) -> None:
    """Missing, empty or twice: also when one of the two would do, since whoever stands before us may read the other."""
    body = json.dumps(webhook()).encode()
    headers = signed(body)
    lacking = {other: value for other, value in headers.items() if other != name}
    for given in (lacking, lacking | {name: ""}):
        a_problem(await told(gateway, body, given), 401, "unauthorized")
    for second in (headers[name], "other"):
        twice = [*headers.items(), (name, second)]
        answer = await gateway.post("/webhooks/payments", content=body, headers=twice)
        assert f"{name} is there twice" in a_problem(answer, 401, "unauthorized")["detail"]
    assert notebook.reported == []


async def test_one_of_several_signatures_is_enough(gateway: httpx.AsyncClient, notebook: Notebook) -> None:
    """So a provider changes its secret: it signs with both for a while, in one header."""
    body = json.dumps(webhook()).encode()
    headers = signed(body)
    headers["webhook-signature"] = f"v1,{'A' * 43}= v2,other {headers['webhook-signature']}"
    assert (await told(gateway, body, headers)).status_code == 200


@pytest.mark.parametrize("webhook_id", ["msg_" + "x" * 200, "msg \xe9", "m" * 64])
async def test_any_webhook_id_will_do(gateway: httpx.AsyncClient, notebook: Notebook, webhook_id: str) -> None:
    """Ids of theirs may be longer than request ids of ours; the same one is the same request each time."""
    body = json.dumps(webhook()).encode()
    headers = [(name.encode(), value.encode("latin-1")) for name, value in signed(body, webhook_id=webhook_id).items()]
    for _ in range(2):
        answer = await gateway.post("/webhooks/payments", content=body, headers=headers)
        assert answer.status_code == 200
    first, second = (fact.request_id for _, fact in notebook.reported)
    assert first == second


async def test_a_body_has_a_limit(gateway: httpx.AsyncClient, notebook: Notebook) -> None:
    """At the limit it is looked at, one byte over it is not."""
    body = json.dumps(webhook()).encode()
    assert (await told(gateway, body.ljust(MAX_BODY))).status_code == 200
    a_problem(await told(gateway, body.ljust(MAX_BODY + 1)), 413, "too_large")
    assert len(notebook.reported) == 1


async def test_a_body_without_end_is_not_waited_for(gateway: httpx.AsyncClient) -> None:
    """It does not say how long it is; it is cut off where the limit is."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 1_000 * MAX_BODY:
            sent += MAX_BODY
            yield b" " * MAX_BODY

    try:
        answer = await gateway.post("/webhooks/payments", content=endless(), headers=signed(b""))
    except httpx.TransportError:  # we may close the door while they still speak
        assert sent < 1_000 * MAX_BODY
    else:
        a_problem(answer, 413, "too_large")
    assert (await told(gateway, webhook())).status_code == 200


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "Expecting"),
        (b"[" * 50_000, "nested too deep"),
        (b'"a string"', "type"),
        (webhook(kind="payment_dreamed_of"), "type must be one of"),
        (webhook(kind="ship"), "type must be one of"),
        ({"type": "payment_captured"}, "data"),
        ({"type": ["payment_captured"], "data": {}}, "type"),
        (webhook(amount="2299"), "amount"),
        (webhook(amount=0, currency="XXX"), "currency"),
        (webhook(payment_id=None), "payment_id"),
        (webhook(colour="red"), "colour"),
        (webhook(occurred_at="1"), "occurred_at"),
        (webhook(order_id=None), "names no order"),
        (webhook(order_id="../A"), "order_id"),
        (webhook(order_id=7), "names no order"),
    ],
)
async def test_what_is_genuine_and_malformed_is_kept_for_an_operator(
    gateway: httpx.AsyncClient, notebook: Notebook, body: bytes | dict[str, Any], words: str
) -> None:
    """With the body as it came, and why: the provider has done its part, and would only repeat itself."""
    one = the_unplaced(await told(gateway, body), notebook)
    assert words in one.why
    assert one.body == (body if isinstance(body, bytes) else json.dumps(body).encode()).decode()


async def test_what_could_not_be_read_is_kept_once_however_often_it_comes(
    gateway: httpx.AsyncClient, notebook: Notebook
) -> None:
    """It has no id that we could trust; its body is one."""
    for body in (b"{", b"{", b"}"):
        await told(gateway, body)
    first, again, other = (one.webhook_id for one in notebook.kept)
    assert first == again != other


async def test_nobody_reports_in_the_name_of_another(gateway: httpx.AsyncClient, notebook: Notebook) -> None:
    """Who speaks is known from the signature: what the data say about it does not count."""
    await told(gateway, webhook(by={"role": "platform", "id": "me"}, request_id="mine"))
    [(_, fact)] = notebook.reported
    assert (fact.by.role, fact.request_id != "mine") == (Role.PAYMENT_PROVIDER, True)


async def test_a_fact_for_an_unknown_order_is_kept(gateway: httpx.AsyncClient, notebook: Notebook) -> None:
    """Somebody's money came in: an operator must be able to find it."""
    notebook.trouble = OrderNotFound("A-1")
    one = the_unplaced(await told(gateway, webhook()), notebook)
    assert (one.provider, one.name, one.order_id) == ("sandbox", "payment_captured", "A-1")
    assert "A-1" in one.why


async def test_R33_a_fact_for_an_order_that_is_not_there_yet_waits_for_it(
    gateway: httpx.AsyncClient, notebook: Notebook
) -> None:
    """It is kept as the order will take it: by the provider, and under an id by which it is taken once."""
    notebook.trouble = OrderNotFound("A-1")
    one = the_unplaced(await told(gateway, webhook()), notebook)
    assert one.waits_for == "A-1"
    assert one.fact
    fact = PaymentCaptured.model_validate_json(one.fact)
    assert (fact.by, fact.payment_id, fact.request_id) == (
        Party(role=Role.PAYMENT_PROVIDER, id="sandbox"),
        "p-1",
        request_id_of(one.webhook_id),
    )


async def test_what_no_order_will_ever_take_waits_for_none(gateway: httpx.AsyncClient, notebook: Notebook) -> None:
    """It may be a fact all the same, which a person gives to an order."""
    notebook.unasked.add("A-1-refund-9")
    data = {"order_id": "A-1", "refund_id": "A-1-refund-9", "state": "succeeded", "attempt": 1}
    unasked = the_unplaced(await told(gateway, {"type": "refund_updated", "data": data}), notebook)
    assert (unasked.waits_for, unasked.fact is None) == (None, False)
    notebook.forget()
    unreadable = the_unplaced(await told(gateway, b"{"), notebook)
    assert (unreadable.waits_for, unreadable.fact) == (None, None)


async def test_news_of_a_refund_that_nobody_sent_is_kept(gateway: httpx.AsyncClient, notebook: Notebook) -> None:
    notebook.unasked.add("A-1-refund-9")
    data = {"order_id": "A-1", "refund_id": "A-1-refund-9", "state": "succeeded", "attempt": 1}
    one = the_unplaced(await told(gateway, {"type": "refund_updated", "data": data}), notebook)
    assert "never asked for a refund A-1-refund-9" in one.why


async def test_a_fact_that_names_only_its_payment_finds_its_order(
    gateway: httpx.AsyncClient, notebook: Notebook
) -> None:
    """As chargebacks do: the capture has said whose payment it is."""
    await told(gateway, webhook())
    nameless = {"type": "payment_failed", "data": {"payment_id": "p-1", "reason": "charged back"}}
    assert (await told(gateway, nameless)).status_code == 200
    assert [order_id for order_id, _ in notebook.reported] == ["A-1", "A-1"]


async def test_without_postgres_what_can_be_placed_is_placed_and_the_rest_comes_again(
    gateway: httpx.AsyncClient, notebook: Notebook
) -> None:
    """The order hears of its money; what would have to be kept is not answered as if it were."""
    notebook.desk_trouble = PostgresAway("connection to db-7.internal as countermand failed")
    refund = {"order_id": "A-1", "refund_id": "A-1-refund-1", "state": "succeeded", "attempt": 1}
    for body in (webhook(), {"type": "refund_updated", "data": refund}):
        assert (await told(gateway, body)).status_code == 200
    assert len(notebook.reported) == 2
    answer = await told(gateway, b"{")
    assert a_problem(answer, 503, "unavailable")["detail"] == str(POSTGRES_AWAY)
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "trouble",
    [
        EngineUnavailable("secret-host:7233 does not answer."),
        Unanswered("Temporal could not take it now."),
        OutcomeUnknown("A-1", "payment_captured", "msg_1", "Silence."),
        NotRunning(),
        KeyError("secret inside"),
        TimeoutError(),
    ],
)
async def test_an_engine_in_trouble_asks_for_another_try(
    gateway: httpx.AsyncClient, notebook: Notebook, trouble: Exception
) -> None:
    """The provider keeps the webhook, and tells it again. What we did not foresee is told to the log alone."""
    notebook.trouble = trouble
    answer = await told(gateway, webhook())
    assert "secret" not in str(a_problem(answer, 503, "unavailable"))
    assert int(answer.headers["retry-after"]) > 0
    notebook.trouble = None
    assert (await told(gateway, webhook())).status_code == 200


async def test_a_fact_that_the_order_refuses_is_kept_in_its_words(
    gateway: httpx.AsyncClient, notebook: Notebook
) -> None:
    notebook.trouble = CommandRefused(Refusal(code=Code.ORDER_CLOSED, message="It is closed."))
    assert "It is closed." in the_unplaced(await told(gateway, webhook()), notebook).why


async def test_it_says_that_it_lives(gateway: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz"):
        assert (await gateway.get(path)).status_code == 200


async def test_what_there_is_not_is_a_problem_too(gateway: httpx.AsyncClient) -> None:
    a_problem(await gateway.get("/nowhere"), 404, "not_found")
    wrong = await gateway.get("/webhooks/payments")
    a_problem(wrong, 405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


async def test_our_own_bug_is_a_problem_too(
    gateway: httpx.AsyncClient, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells nothing of the inside."""

    async def broken() -> bool:
        raise KeyError("secret inside")

    monkeypatch.setattr(notebook, "ready", broken)
    assert "secret" not in str(a_problem(await gateway.get("/readyz"), 500, "internal_error"))
