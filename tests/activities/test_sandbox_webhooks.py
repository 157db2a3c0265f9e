"""What the sandbox provider tells of its own accord: signed, in the engine's words, until somebody takes it."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from starter.embedded.processes import free_port
from starter.sandbox.webhooks import MAX_TRIES
from tests.activities.sandboxes import SECRET, Receiver, Sandbox, eventually, listening, sandbox_process
from workflows.messages.base import Message
from workflows.messages.commands import PaymentCaptured, PaymentFailed, RefundUpdated, ReleaseUpdated
from workflows.messages.decoding import decode

BY = {"role": "payment_provider", "id": "sandbox"}


def fact(body: dict[str, Any]) -> Message:
    """The webhook as the engine reads it: nothing missing, nothing that it does not know."""
    own = {name: value for name, value in body["data"].items() if name != "order_id"}
    return decode(body["type"], json.dumps({**own, "request_id": "w", "by": BY}).encode())


async def webhooks(sandbox: Sandbox, order_id: str, outcome: str) -> list[dict[str, Any]]:
    return [row for row in (await sandbox.book(order_id))["webhooks"] if row["outcome"] == outcome]


async def test_a_payment_is_told_signed(sandbox: Sandbox, receiver: Receiver, order_id: str) -> None:
    await sandbox.pay(order_id)
    await receiver.about(order_id, 1)
    headers, body = next((headers, body) for headers, body in receiver.heard if order_id.encode() in body)
    assert Webhook(SECRET).verify(body, headers)
    told = fact(json.loads(body))
    assert isinstance(told, PaymentCaptured)
    assert (told.payment_id, told.amount, told.currency, told.method) == (f"pay-{order_id}", 2_299, "USD", "card")
    assert told.occurred_at


async def test_a_payment_that_failed_is_told(sandbox: Sandbox, receiver: Receiver, order_id: str) -> None:
    await sandbox.pay(order_id, fail="insufficient funds")
    [(_, body)] = await receiver.about(order_id, 1)
    told = fact(body)
    assert isinstance(told, PaymentFailed)
    assert (told.payment_id, told.reason) == (f"pay-{order_id}", "insufficient funds")


async def test_what_becomes_of_a_refund_is_told(sandbox: Sandbox, receiver: Receiver, order_id: str) -> None:
    """Each change of state, in its turn, with the attempt that it is about."""
    await sandbox.misbehave("refund", "reverse_late", order_id)
    reference = (await sandbox.refund(order_id, order_id, attempt=2)).json()["reference"]
    news = [fact(body) for _, body in await receiver.about(order_id, 2)]
    assert all(isinstance(told, RefundUpdated) for told in news)
    assert [told.model_dump(include={"state", "attempt", "refund_id", "provider_reference"}) for told in news] == [
        {"state": state, "attempt": 2, "refund_id": f"{order_id}-refund-1", "provider_reference": reference}
        for state in ("succeeded", "reversed")
    ]


async def test_what_becomes_of_a_release_is_told(sandbox: Sandbox, receiver: Receiver, order_id: str) -> None:
    await sandbox.misbehave("release", "fail_late", order_id)
    whole = {"order_id": order_id, "release_id": f"{order_id}-release-1", "seller_id": "s-3", "attempt": 1}
    money = {"amount": 500, "currency": "USD"}
    await sandbox.http.post("/releases", json=whole | money, headers={"Idempotency-Key": order_id})
    [(_, body)] = await receiver.about(order_id, 1)
    told = fact(body)
    assert isinstance(told, ReleaseUpdated)
    assert (told.release_id, told.state, told.failure_reason) == (
        f"{order_id}-release-1",
        "failed",
        "the bank refused it",
    )


async def test_it_tells_until_somebody_takes_it(sandbox: Sandbox, receiver: Receiver, order_id: str) -> None:
    """Refused twice, then taken: the same webhook with the same id each time, and no more after that."""
    receiver.answers[order_id] = [500, 401]
    await sandbox.pay(order_id)
    heard = await receiver.about(order_id, 3)
    assert len({headers["webhook-id"] for headers, _ in heard}) == 1
    [row] = await eventually(lambda: webhooks(sandbox, order_id, "delivered"))
    assert row["tries"] == 3


async def test_changes_are_told_in_their_order(sandbox: Sandbox, receiver: Receiver, order_id: str) -> None:
    """The first news is refused until long after the second is there: the second waits for it."""
    receiver.answers[order_id] = [500, 503, 302]
    await sandbox.misbehave("refund", "reverse_late", order_id)
    await sandbox.refund(order_id, order_id)
    heard = await receiver.about(order_id, 5)
    assert [body["data"]["state"] for _, body in heard] == ["succeeded"] * 4 + ["reversed"]
    rows = await eventually(lambda: both_delivered(sandbox, order_id))
    assert [row["tries"] for row in rows] == [4, 1]


async def both_delivered(sandbox: Sandbox, order_id: str) -> list[dict[str, Any]]:
    rows = await webhooks(sandbox, order_id, "delivered")
    return rows if len(rows) == 2 else []


async def test_other_news_does_not_wait(sandbox: Sandbox, receiver: Receiver, order_id: str) -> None:
    """What nobody takes holds up its own subject only."""
    receiver.answers[order_id] = [500] * 5
    await sandbox.pay(order_id)
    await eventually(lambda: tried(sandbox, order_id))
    await sandbox.pay(f"{order_id}.other")
    await receiver.about(f"{order_id}.other", 1)
    assert not await webhooks(sandbox, order_id, "delivered")


async def test_a_receiver_that_takes_its_time_delays_no_money(tmp_path: Path, order_id: str) -> None:
    """It holds the first webhook for as long as it likes; the refund settles all the same."""
    released, holding = asyncio.Event(), asyncio.Event()

    async def hold(_: Request) -> Response:
        holding.set()
        await released.wait()
        return Response()

    async def settled() -> bool:
        return [refund["state"] for refund in (await sandbox.book(order_id))["refunds"]] == ["succeeded"]

    routes = [Route("/", hold, methods=["POST"])]
    async with (
        listening(Starlette(routes=routes)) as url,
        sandbox_process(tmp_path, url + "/") as sandbox,
    ):
        await sandbox.pay(order_id)
        await holding.wait()
        await sandbox.refund(order_id, order_id)
        await eventually(settled)
        assert [row["tries"] for row in (await sandbox.book(order_id))["webhooks"]] == [0, 0]
        released.set()


async def test_a_webhook_outlives_both_ends(tmp_path: Path, order_id: str) -> None:
    """Nobody listens, the provider is killed, it comes back, then the receiver does: it is told all the same."""
    port, receiver = free_port(), Receiver()
    url = f"http://127.0.0.1:{port}/"
    async with sandbox_process(tmp_path, url) as sandbox:
        await sandbox.pay(order_id)
        await eventually(lambda: tried(sandbox, order_id))
        sandbox.process.kill()
        await sandbox.process.wait()
    async with sandbox_process(tmp_path, url) as sandbox, listening(receiver.app(), port):
        [(_, body)] = await receiver.about(order_id, 1)
        assert body["type"] == "payment_captured"
        assert await eventually(lambda: webhooks(sandbox, order_id, "delivered"))


async def tried(sandbox: Sandbox, order_id: str) -> bool:
    return any(row["tries"] for row in (await sandbox.book(order_id))["webhooks"])


async def test_it_gives_up_in_the_end_and_says_so(tmp_path: Path, order_id: str) -> None:
    """The book shows what was never told."""
    async with sandbox_process(tmp_path, "http://127.0.0.1:9/") as sandbox:
        await sandbox.pay(order_id)
        await sandbox.stop()
    # As it looks after all tries but one: really making them takes a quarter of an hour.
    book = sqlite3.connect(tmp_path / "book", isolation_level=None)
    book.execute("UPDATE outbox SET tries = ?, due_at = 0", (MAX_TRIES - 1,))
    book.close()
    async with sandbox_process(tmp_path, "http://127.0.0.1:9/") as sandbox:
        [row] = await eventually(lambda: webhooks(sandbox, order_id, "given up"))
        assert (row["tries"], row["due_at"]) == (MAX_TRIES, None)


async def test_a_burst_is_told_completely(sandbox: Sandbox, receiver: Receiver, order_id: str) -> None:
    """More at once than are told at once."""
    await asyncio.gather(*(sandbox.pay(order_id, payment_id=f"{order_id}-{number}") for number in range(50)))
    told = await receiver.about(order_id, 50)
    assert len({body["data"]["payment_id"] for _, body in told}) == 50
