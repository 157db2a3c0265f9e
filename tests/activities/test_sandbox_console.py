"""What people and banks do at the sandbox provider without our asking: its console, its chargebacks, its visitors."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.activities.sandboxes import Receiver, Sandbox, eventually, sandbox_process

EVER = {"since": "2026-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}


async def by_hand(sandbox: Sandbox, order_id: str, amount: int, **more: object) -> dict[str, Any]:
    answer = await sandbox.http.post(f"/payments/pay-{order_id}/refunds", json={"amount": amount, **more})
    told: dict[str, Any] = answer.raise_for_status().json()
    return told


async def of_payment(sandbox: Sandbox, payment_id: str) -> dict[str, list[dict[str, Any]]]:
    told: dict[str, list[dict[str, Any]]] = (
        (await sandbox.http.get(f"/payments/{payment_id}")).raise_for_status().json()
    )
    return told


async def test_a_refund_by_hand_is_told_from_pending_on_under_its_own_id(
    sandbox: Sandbox, receiver: Receiver, order_id: str
) -> None:
    """It has no key of ours, and takes from the payment like any other."""
    await sandbox.pay(order_id)
    made = await by_hand(sandbox, order_id, 500)
    told = [body for _, body in await receiver.about(order_id, 3)][1:]
    own = {"order_id": order_id, "payment_id": f"pay-{order_id}", "reference": made["reference"]}
    money = {"amount": 500, "currency": "USD"}
    assert [body["type"] for body in told] == ["refund_reported"] * 2
    assert [body["data"] for body in told] == [{**own, **money, "state": state} for state in ("pending", "succeeded")]
    declined = await sandbox.refund(order_id, order_id, amount=1_800)
    assert declined.json()["failure_reason"] == "only 1799 of the payment is left"


@pytest.mark.parametrize("becomes", ["failed", "reversed"])
async def test_a_refund_by_hand_may_come_back(sandbox: Sandbox, order_id: str, becomes: str) -> None:
    """Then the money is there again."""
    await sandbox.pay(order_id)
    await by_hand(sandbox, order_id, 2_299, becomes=becomes)

    async def is_back() -> bool:
        [refund] = (await of_payment(sandbox, f"pay-{order_id}"))["refunds"]
        return bool(refund["state"] == becomes and refund["failure_reason"] and refund["key"] is None)

    await eventually(is_back)
    assert (await by_hand(sandbox, order_id, 2_299))["state"] == "pending"


async def test_by_hand_no_more_goes_back_than_there_is(sandbox: Sandbox, order_id: str) -> None:
    url, more = f"/payments/pay-{order_id}/refunds", {"amount": 2_300}
    unknown = await sandbox.http.post(url, json=more)
    assert (unknown.status_code, unknown.json()["error"]) == (422, f"there is no payment pay-{order_id}")
    await sandbox.pay(order_id)
    too_much = await sandbox.http.post(url, json=more)
    assert (too_much.status_code, too_much.json()["error"]) == (422, "only 2299 of the payment is left")
    await sandbox.http.post(
        "/chargebacks", json={"chargeback_id": order_id, "payment_id": f"pay-{order_id}", "amount": 1}
    )
    disputed = await sandbox.http.post(url, json={"amount": 1})
    assert disputed.json()["error"] == "the payment is disputed by the buyer's bank"


async def test_a_bank_may_think_anew_and_nobody_need_hear_of_it(
    sandbox: Sandbox, receiver: Receiver, order_id: str
) -> None:
    """Opened, lost, thought about again, won; only the last word is told. All of it stands in the lists."""
    await sandbox.pay(order_id)
    chargeback = {"chargeback_id": f"c-{order_id}", "payment_id": f"pay-{order_id}", "amount": 2_000}
    await sandbox.http.post("/chargebacks", json={**chargeback, "quiet": True})
    for word in ({"outcome": "lost", "quiet": True}, {"outcome": "open", "quiet": True}, {"outcome": "won"}):
        (await sandbox.http.post(f"/chargebacks/c-{order_id}/decision", json=word)).raise_for_status()
    told = [body["type"] for _, body in await receiver.about(order_id, 2)]
    assert told == ["payment_captured", "chargeback_closed"]
    [found] = (await of_payment(sandbox, f"pay-{order_id}"))["chargebacks"]
    assert {name: found[name] for name in chargeback} == chargeback
    assert (found["order_id"], found["currency"], found["outcome"]) == (order_id, "USD", "won")
    assert found["created_at"] < found["decided_at"]
    listed = (await sandbox.http.get("/chargebacks", params=EVER)).json()["chargebacks"]
    assert found in listed


async def test_chargebacks_are_listed_by_when_they_began(tmp_path: Path, order_id: str) -> None:
    """Page by page, like the rest of the book."""
    async with sandbox_process(tmp_path) as sandbox:
        await sandbox.pay(order_id)
        for number in range(201):
            chargeback = {
                "chargeback_id": f"c-{number:03}",
                "payment_id": f"pay-{order_id}",
                "amount": 1,
                "quiet": True,
            }
            (await sandbox.http.post("/chargebacks", json=chargeback)).raise_for_status()
        first = (await sandbox.http.get("/chargebacks", params=EVER)).json()
        rest = (await sandbox.http.get("/chargebacks", params={**EVER, "cursor": first["cursor"]})).json()
        found = [chargeback["chargeback_id"] for page in (first, rest) for chargeback in page["chargebacks"]]
        assert (found, rest["cursor"]) == ([f"c-{number:03}" for number in range(201)], None)
        later = {"since": (datetime.now(UTC) + timedelta(minutes=1)).isoformat(), "until": EVER["until"]}
        assert (await sandbox.http.get("/chargebacks", params=later)).json()["chargebacks"] == []


async def test_a_chargeback_of_no_payment_is_not_taken(sandbox: Sandbox, order_id: str) -> None:
    chargeback = {"chargeback_id": order_id, "payment_id": "nobody's", "amount": 1}
    answer = await sandbox.http.post("/chargebacks", json=chargeback)
    assert (answer.status_code, answer.json()["error"]) == (422, "there is no payment nobody's")


async def test_R36_a_payment_may_name_the_shares_of_its_orders(sandbox: Sandbox, order_id: str) -> None:
    """It is told once, with its shares and no order, and stands among the payments of each."""
    shares = {f"{order_id}.1": 1_000, f"{order_id}.2": 1_299}
    paid = {"payment_id": order_id, "amount": 2_299, "currency": "USD", "method": "card", "shares": shares}
    assert [(await sandbox.http.post("/payments", json=paid)).status_code for _ in range(2)] == [201, 200]
    for share in shares:
        [payment] = (await sandbox.book(share))["payments"]
        assert (payment["payment_id"], payment["order_id"], payment["amount"]) == (order_id, None, 2_299)
    assert (await sandbox.refund(f"{order_id}.1", order_id, payment_id=order_id, amount=2_300)).status_code == 402
    assert (
        await sandbox.refund(f"{order_id}.2", f"{order_id}-2", payment_id=order_id, amount=2_299)
    ).status_code == 201


@pytest.mark.parametrize(
    ("whose", "told"),
    [
        ({}, "a payment names its order_id, or the shares of its orders"),
        ({"order_id": "A", "shares": {"A": 1}}, "a payment names its order_id, or the shares of its orders"),
        ({"shares": {}}, "shares: "),
        ({"shares": {"A": 0}}, "shares.A: "),
        ({"shares": {str(number): 1 for number in range(51)}}, "shares: "),
    ],
)
async def test_R36_a_payment_is_one_order_s_or_shared(sandbox: Sandbox, whose: dict[str, Any], told: str) -> None:
    paid = {"payment_id": "whose", "amount": 100, "currency": "USD", "method": "card", **whose}
    answer = await sandbox.http.post("/payments", json=paid)
    assert answer.status_code == 422
    assert told in answer.json()["error"]


async def test_R36_fifty_orders_may_share_a_payment(sandbox: Sandbox, order_id: str) -> None:
    shares = {f"{order_id}.{number}": 1 for number in range(50)}
    paid = {"payment_id": order_id, "amount": 50, "currency": "USD", "method": "card", "shares": shares}
    assert (await sandbox.http.post("/payments", json=paid)).status_code == 201


FORM = "application/x-www-form-urlencoded"
A_PAYMENT = b'{"order_id": "A", "payment_id": "from-a-page", "amount": 1, "currency": "USD", "method": "card"}'


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": FORM}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": "text/plain"}, 415),
        ({}, 415),
        ({"Content-Type": "application/json", "Origin": "https://example.com"}, 403),
        ({"Content-Type": "application/json", "Origin": "null"}, 403),
        ({"Content-Type": "application/json; charset=utf-8"}, 201),
    ],
)
async def test_a_web_page_moves_no_money(sandbox: Sandbox, headers: dict[str, str], status: int) -> None:
    """A form is sent to any site without asking, and what a page sends has an origin: neither is a program's call."""
    body = A_PAYMENT.replace(b"from-a-page", f"{status}-{len(headers)}".encode())
    answer = await sandbox.http.post("/payments", content=body, headers=headers)
    assert answer.status_code == status
    assert (await sandbox.http.get(f"/payments/{status}-{len(headers)}")).status_code == (200 if status == 201 else 404)


async def test_what_only_reads_is_asked_from_anywhere(sandbox: Sandbox) -> None:
    """A browser shows it to nobody else's page by itself."""
    answer = await sandbox.http.get("/pending", headers={"Origin": "https://example.com"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
