"""What the sandbox provider does wrong when it is asked to, and by chance: faults of calls, of webhooks, of memory."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.providers.sandbox import SandboxProvider
from starter.sandbox.book import Book, NotTaken
from starter.sandbox.faults import OF_A_CALL, OF_A_WEBHOOK, Faults
from tests.activities.sandboxes import Receiver, Sandbox, eventually, listening, sandbox_process

EVER = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(("wrong", "status"), [("too_many", 429), ("error_before", 500)])
async def test_a_call_that_is_refused_before_the_deed_leaves_none(
    sandbox: Sandbox, order_id: str, wrong: str, status: int
) -> None:
    await sandbox.misbehave("refund", wrong, order_id)
    answer = await sandbox.refund(order_id, order_id)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, "1" if status == 429 else None)
    assert (await sandbox.book(order_id))["refunds"] == []
    assert (await sandbox.refund(order_id, order_id)).status_code == 201


async def test_a_key_that_is_forgotten_is_a_new_one_and_the_deed_is_still_found(tmp_path: Path, order_id: str) -> None:
    async with sandbox_process(tmp_path, arguments=("--forget-keys-after", "0")) as sandbox:
        first = await sandbox.refund(order_id, order_id)
        assert (await sandbox.refund(order_id, order_id)).status_code == 201, "this is why we look before we send again"
        found = await sandbox.http.get(f"/refunds/{order_id}")
        assert found.json()["reference"] == first.json()["reference"]
        assert len((await sandbox.book(order_id))["refunds"]) == 2


async def test_chance_says_the_same_for_the_same_seed_and_strikes_as_often_as_it_is_told() -> None:
    drawn = [Faults(0.2, 7).of_call(f"key-{number}", 0) for number in range(2_000)]
    assert drawn == [Faults(0.2, 7).of_call(f"key-{number}", 0) for number in range(2_000)]
    assert drawn != [Faults(0.2, 8).of_call(f"key-{number}", 0) for number in range(2_000)]
    assert 300 < sum(fault is not None for fault in drawn) < 500
    assert set(drawn) == {None, *OF_A_CALL}
    assert {Faults(1, 7).of_webhook(f"news {number}") for number in range(200)} == set(OF_A_WEBHOOK)
    assert Faults(0, 7).of_call("key", 0) is None


async def test_a_second_try_is_drawn_anew() -> None:
    faults = Faults(0.5, 7)
    assert len({faults.of_call("key", before) for before in range(20)}) > 3


async def test_a_webhook_may_be_told_twice_under_one_id(sandbox: Sandbox, receiver: Receiver, order_id: str) -> None:
    await sandbox.misbehave("webhook", "twice", order_id)
    await sandbox.pay(order_id)
    told = await receiver.about(order_id, 2)
    assert len({headers["webhook-id"] for headers, _ in told}) == 1


async def test_a_webhook_may_never_be_told(sandbox: Sandbox, receiver: Receiver, order_id: str) -> None:
    await sandbox.misbehave("webhook", "never", order_id)
    await sandbox.pay(order_id)
    await sandbox.refund(order_id, order_id)
    told = await receiver.about(order_id, 1)
    assert [body["type"] for _, body in told] == ["refund_updated"]
    assert [webhook["outcome"] for webhook in (await sandbox.book(order_id))["webhooks"]] == ["never", "delivered"]


async def test_a_webhook_may_overtake_an_older_one(sandbox: Sandbox, receiver: Receiver, order_id: str) -> None:
    await sandbox.pay(order_id)
    await sandbox.misbehave("refund", "reverse_late", order_id)
    await receiver.about(order_id, 1)
    await sandbox.misbehave("webhook", "out_of_order", order_id)
    await sandbox.refund(order_id, order_id)
    told = await receiver.about(order_id, 3)
    assert [body["data"].get("state") for _, body in told] == [None, "reversed", "succeeded"]


async def test_the_fault_of_a_webhook_is_none_of_a_call(sandbox: Sandbox) -> None:
    of_a_refund, of_a_webhook = "of a refund there are decline, fail_late", "of a webhook there are twice, late"
    for kind, do, instead in (("refund", "twice", of_a_refund), ("webhook", "decline", of_a_webhook)):
        answer = await sandbox.http.post("/behaviour", json={"kind": kind, "do": do})
        assert answer.status_code == 422
        assert instead in answer.json()["error"]


async def test_a_chargeback_is_told_stops_refunds_and_takes_the_money(
    sandbox: Sandbox, receiver: Receiver, order_id: str
) -> None:
    await sandbox.pay(order_id)
    chargeback = {"chargeback_id": f"c-{order_id}", "order_id": order_id, "payment_id": f"pay-{order_id}"}
    opened = [await sandbox.http.post("/chargebacks", json={**chargeback, "amount": 2_000}) for _ in range(2)]
    assert [answer.status_code for answer in opened] == [201, 200]
    assert (await sandbox.refund(order_id, f"{order_id}-1")).json()["failure_reason"]
    decision = f"/chargebacks/c-{order_id}/decision"
    assert (await sandbox.http.post(decision, json={"outcome": "lost", "amount": 1_900})).status_code == 200
    declined = await sandbox.refund(order_id, f"{order_id}-2", amount=400)
    assert declined.json()["failure_reason"] == "only 399 of the payment is left"
    told = [body for _, body in await receiver.about(order_id, 3)]
    assert [body["type"] for body in told] == ["payment_captured", "chargeback_opened", "chargeback_closed"]
    own = {"payment_id": f"pay-{order_id}", "chargeback_id": f"c-{order_id}", "currency": "USD"}
    instants = [datetime.fromisoformat(body["data"].pop("occurred_at")) for body in told[1:]]
    assert instants[0] < instants[1], "of two words the later one counts"
    assert told[1]["data"] == {"order_id": order_id, **own, "amount": 2_000}
    assert told[2]["data"] == {"order_id": order_id, **own, "amount": 1_900, "outcome": "lost"}


async def test_an_unknown_chargeback_is_not_decided(sandbox: Sandbox) -> None:
    assert (await sandbox.http.post("/chargebacks/nobody/decision", json={"outcome": "won"})).status_code == 404


async def test_its_whole_book_is_read_page_by_page(tmp_path: Path, order_id: str) -> None:
    async with sandbox_process(tmp_path) as sandbox:
        await sandbox.pay(order_id)
        for number in range(401):
            (await sandbox.refund(order_id, f"{order_id}-{number}", amount=1)).raise_for_status()
        provider = SandboxProvider(sandbox.url)
        sizes, keys, cursor = [], list[str](), None
        while True:
            page = await provider.entries(*EVER, cursor)
            sizes.append(len(page.entries))
            keys += [entry.key for entry in page.entries]
            if (cursor := page.cursor) is None:
                break
        assert sizes == [200, 200, 2]
        assert keys == [f"pay-{order_id}", *(f"{order_id}-{number}" for number in range(401))]
        last = page.entries[-1]
        assert (last.kind, last.amount, last.currency, last.order_id) == ("refund", 1, "USD", order_id)
        assert (await provider.entries(last.created_at + timedelta(microseconds=1), EVER[1])).entries == ()
        since = (await provider.entries(last.created_at, EVER[1])).entries
        assert last in since, "from an instant on, it included"
        assert {entry.created_at for entry in since} == {last.created_at}, (
            "the book tells no two apart in a millisecond"
        )
        await provider.close()


@pytest.mark.parametrize(
    "query", [{}, {"since": "yesterday", "until": "2100-01-01T00:00:00Z"}, {"since": "2026-01-01T00:00:00"}]
)
async def test_a_page_that_is_not_asked_for_rightly_is_answered_with_a_sentence(
    sandbox: Sandbox, query: dict[str, str]
) -> None:
    answer = await sandbox.http.get("/entries", params=query)
    assert answer.status_code == 422
    assert answer.json()["error"]


async def test_a_book_of_another_version_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "book"
    Book(str(file)).close()
    Book(str(file)).close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("starter.sandbox.book.VERSION", 99)
        with pytest.raises(NotTaken, match="another version"):
            Book(str(file))


async def test_by_chance_everything_still_comes_to_an_end(tmp_path: Path, order_id: str) -> None:
    """Half of it goes wrong, and what was told never, late or twice keeps nothing else from being told."""
    receiver = Receiver()
    arguments = ("--fault-rate", "0.5", "--seed", "3")
    async with (
        listening(receiver.app()) as url,
        sandbox_process(tmp_path, url + "/", arguments=arguments) as sandbox,
    ):
        await asyncio.gather(*(sandbox.pay(f"{order_id}-{number}") for number in range(40)))

        async def done() -> bool:
            return bool((await sandbox.http.get("/pending")).json() == {"transfers": 0, "webhooks": 0})

        await eventually(done)
        counts = (await sandbox.http.get("/counts")).json()["webhooks"]
        assert counts["never"] > 0
        assert counts["delivered"] + counts["never"] == 40
        assert len(receiver.heard) > counts["delivered"], "some were told twice"
