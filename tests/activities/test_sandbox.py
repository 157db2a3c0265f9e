"""The sandbox provider's API and book, asked over HTTP as its clients do."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.activities.sandboxes import Sandbox, eventually, sandbox_process

NONSENSE = {"Idempotency-Key": "nonsense", "Content-Type": "application/json"}


async def state_of(sandbox: Sandbox, key: str) -> str:
    found: dict[str, str] = (await sandbox.http.get(f"/refunds/{key}")).raise_for_status().json()
    return found["state"]


async def in_state(sandbox: Sandbox, key: str, state: str) -> bool:
    return await state_of(sandbox, key) == state


async def test_the_same_key_is_the_same_deed(sandbox: Sandbox, order_id: str) -> None:
    """Same key and content: same answer. Other content: refused, and nothing happens."""
    first, again = await sandbox.refund(order_id, order_id), await sandbox.refund(order_id, order_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["reference"] == again.json()["reference"]
    assert (await sandbox.refund(order_id, order_id, amount=501)).status_code == 409
    book = await sandbox.book(order_id)
    assert [deed["amount"] for deed in book["refunds"]] == [500]
    assert [call["outcome"] for call in book["calls"]] == ["taken", "repeated", "key reused"]


async def test_an_unknown_key_is_not_found(sandbox: Sandbox) -> None:
    assert (await sandbox.http.get("/refunds/nobody")).status_code == 404
    assert (await sandbox.http.get("/releases/nobody")).status_code == 404


async def test_a_refund_is_no_release(sandbox: Sandbox, order_id: str) -> None:
    """The two kinds have keys of their own."""
    await sandbox.refund(order_id, order_id)
    assert (await sandbox.http.get(f"/releases/{order_id}")).status_code == 404


async def test_the_book_shows_one_order_or_all(sandbox: Sandbox, order_id: str) -> None:
    await sandbox.pay(order_id)
    await sandbox.pay(f"{order_id}.other")
    assert [payment["order_id"] for payment in (await sandbox.book(order_id))["payments"]] == [order_id]
    assert {order_id, f"{order_id}.other"} <= {payment["order_id"] for payment in (await sandbox.book())["payments"]}


async def test_a_payment_is_made_once(sandbox: Sandbox, order_id: str) -> None:
    """A buyer's second click changes nothing; another payment under the same id is an error."""
    assert [(await sandbox.pay(order_id)).status_code for _ in range(2)] == [201, 200]
    assert (await sandbox.pay(order_id, amount=1)).status_code == 422
    assert [payment["amount"] for payment in (await sandbox.book(order_id))["payments"]] == [2_299]


@pytest.mark.parametrize(("amount", "status"), [(2_299, 201), (2_300, 402)])
async def test_what_was_captured_is_the_limit(sandbox: Sandbox, order_id: str, amount: int, status: int) -> None:
    await sandbox.pay(order_id)
    assert (await sandbox.refund(order_id, order_id, amount=amount)).status_code == status


async def test_a_refund_that_failed_leaves_the_money_there(sandbox: Sandbox, order_id: str) -> None:
    """Only what went back counts against the payment, and what is on its way."""
    await sandbox.pay(order_id)
    await sandbox.misbehave("refund", "decline", order_id)
    assert (await sandbox.refund(order_id, f"{order_id}-1", amount=2_299)).status_code == 402
    assert (await sandbox.refund(order_id, f"{order_id}-2", amount=2_299)).status_code == 201
    assert (await sandbox.refund(order_id, f"{order_id}-3", amount=1)).json()["failure_reason"]


async def test_a_refund_in_another_currency_is_declined(sandbox: Sandbox, order_id: str) -> None:
    await sandbox.pay(order_id)
    declined = await sandbox.refund(order_id, order_id, currency="EUR")
    assert (declined.status_code, declined.json()["failure_reason"]) == (402, "the payment was made in USD")


async def test_a_payment_that_was_not_made_here_is_not_given_back(sandbox: Sandbox, order_id: str) -> None:
    """As at a real provider: it is declined with a sentence, and found as declined."""
    declined = await sandbox.refund(order_id, order_id, payment_id="elsewhere")
    assert (declined.status_code, declined.json()["failure_reason"]) == (402, "there is no payment elsewhere")
    assert await state_of(sandbox, order_id) == "failed"


async def test_a_payment_that_failed_has_nothing_to_give_back(sandbox: Sandbox, order_id: str) -> None:
    """It is known here, so it is not another acquirer's: nothing of it was captured."""
    await sandbox.pay(order_id, fail="insufficient funds")
    declined = await sandbox.refund(order_id, order_id, amount=1)
    assert (declined.status_code, declined.json()["failure_reason"]) == (402, "only 0 of the payment is left")


async def test_a_refund_that_was_reversed_leaves_the_money_there(sandbox: Sandbox, order_id: str) -> None:
    await sandbox.pay(order_id)
    await sandbox.misbehave("refund", "reverse_late", order_id)
    await sandbox.refund(order_id, f"{order_id}-1", amount=2_299)
    await eventually(lambda: in_state(sandbox, f"{order_id}-1", "reversed"))
    assert (await sandbox.refund(order_id, f"{order_id}-2", amount=2_299)).status_code == 201


async def test_misbehaviour_is_for_so_many_calls_of_one_order(sandbox: Sandbox, order_id: str) -> None:
    await sandbox.misbehave("refund", "decline", order_id, times=2)
    assert (await sandbox.refund(f"{order_id}.other", f"{order_id}.other")).status_code == 201
    assert [(await sandbox.refund(order_id, f"{order_id}-{n}")).status_code for n in range(3)] == [402, 402, 201]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/payments", {"order_id": "A"}),
        ("/payments", {"order_id": "A", "payment_id": "p", "amount": 0, "currency": "USD", "method": "card"}),
        ("/behaviour", {"kind": "refund", "do": "dance"}),
        ("/refunds", {"order_id": "A", "refund_id": "r", "attempt": 1, "amount": 1, "currency": "USD"}),
        ("/releases", {"order_id": "A", "seller_id": "s", "attempt": 1, "amount": 1, "currency": "USD"}),
    ],
)
async def test_what_is_not_whole_is_not_taken(sandbox: Sandbox, path: str, content: dict[str, Any]) -> None:
    """A refund needs its payment, a release its seller, and both their id: else nobody could be told of them."""
    answer = await sandbox.http.post(path, json=content, headers={"Idempotency-Key": "not-whole"})
    assert answer.status_code == 422
    assert answer.json()["error"]


def changed(**changes: object) -> bytes:
    whole = {"order_id": "A", "refund_id": "r", "payment_id": "p", "attempt": 1, "amount": 1, "currency": "USD"}
    return json.dumps({**whole, **changes}).encode()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "JSON object"),
        (b'"refund"', "JSON object"),
        (changed(amount=10**30), "amount: "),
        (changed(amount=-1), "amount: "),
        (changed(amount=True), "amount: "),
        (changed(amount="1"), "amount: "),
        (changed(amount=1.5), "amount: "),
        (changed(attempt=0), "attempt: "),
        (changed(attempt=10**30), "attempt: "),
        (changed(currency="dollars"), "currency: "),
        (changed(order_id=""), "order_id: "),
        (changed(order_id="x" * 1_000), "order_id: "),
        (changed(order_id="\ud800"), "order_id: "),
        (changed(payment_id=None), "a refund needs payment_id"),
        (changed(**{"\ud800": 1}), "unicode"),
        (changed(colour="red"), "colour: "),
    ],
)
async def test_nonsense_is_answered_with_a_sentence(sandbox: Sandbox, body: bytes, told: str) -> None:
    """Never a 500: that would tell the caller to try it again."""
    answer = await sandbox.http.post("/refunds", content=body, headers=NONSENSE)
    assert answer.status_code == 422
    assert told in answer.json()["error"]
    assert (await sandbox.http.get("/refunds/nonsense")).status_code == 404


@pytest.mark.parametrize("path", ["/payments", "/refunds", "/releases", "/behaviour"])
async def test_every_door_answers_nonsense_with_a_sentence(sandbox: Sandbox, path: str) -> None:
    for body in (b"", b"[]", b"{}", b'{"times": 1e999}'):
        answer = await sandbox.http.post(path, content=body, headers=NONSENSE)
        assert answer.status_code == 422
        assert answer.json()["error"]


async def test_what_there_is_not_is_said_so(sandbox: Sandbox) -> None:
    for answer, status in (
        (await sandbox.http.get("/"), 404),
        (await sandbox.http.get("/payments"), 405),
        (await sandbox.http.post("/refunds", json={}), 400),
    ):
        assert answer.status_code == status
        assert answer.json()["error"]


async def test_it_can_settle_at_once(tmp_path: Path, order_id: str) -> None:
    """With no delay the first answer is the last, and nobody needs to be told."""
    async with sandbox_process(tmp_path, settle_after=0) as sandbox:
        assert (await sandbox.refund(order_id, order_id)).json()["state"] == "succeeded"
        assert (await sandbox.book(order_id))["webhooks"] == []


async def test_a_restart_forgets_nothing(tmp_path: Path, order_id: str) -> None:
    """It is killed with a refund on its way: the next process has the book, settles, and does no deed twice."""
    async with sandbox_process(tmp_path, settle_after=0.5) as sandbox:
        reference = (await sandbox.refund(order_id, order_id)).json()["reference"]
        await sandbox.misbehave("refund", "decline", order_id)
        sandbox.process.kill()
        await sandbox.process.wait()
    async with sandbox_process(tmp_path, settle_after=0.5) as sandbox:
        assert (await sandbox.refund(order_id, order_id)).json()["reference"] == reference
        await eventually(lambda: in_state(sandbox, order_id, "succeeded"))
        assert len((await sandbox.book(order_id))["refunds"]) == 1
        assert (await sandbox.refund(order_id, f"{order_id}-2")).status_code == 402


async def test_it_stops_cleanly(tmp_path: Path, order_id: str) -> None:
    """SIGTERM ends it with 0, and its address was all that it wrote to standard output."""
    async with sandbox_process(tmp_path) as sandbox:
        await sandbox.refund(order_id, order_id)
        assert await sandbox.stop() == (0, "")


async def test_a_call_that_its_caller_gave_up_does_not_hold_it_back(tmp_path: Path, order_id: str) -> None:
    """The held connection ends with its caller; the grace of a stop is for those that still wait."""
    async with sandbox_process(tmp_path) as sandbox:
        await sandbox.misbehave("refund", "time_out_after", order_id)
        impatient = asyncio.create_task(sandbox.refund(order_id, order_id))
        await eventually(lambda: in_book(sandbox, order_id))
        impatient.cancel()
        await asyncio.wait((impatient,))
        async with asyncio.timeout(4):  # less than the grace of 5 s
            assert (await sandbox.stop())[0] == 0


async def in_book(sandbox: Sandbox, order_id: str) -> bool:
    return bool((await sandbox.book(order_id))["refunds"])
