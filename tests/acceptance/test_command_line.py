"""Every command of the command line but `dev` and `demo`, as programs of their own against a whole engine."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx

from starter.client.orders import OrderClient
from starter.embedded import EmbeddedStack
from tests.acceptance.orders import TOTAL, Bank, as_file, payment, reaches, started
from tests.acceptance.programs import COUNTERMAND, CommandLine, Said, ended, running

CANCEL = ("cancel_order", "reason=out_of_stock", "--as", "seller:s-3")


def payment_told(order_id: str) -> tuple[str, ...]:
    """How its payment is told."""
    return ("payment_captured", *(f"{name}={value}" for name, value in payment(order_id).items()))


async def test_an_order_is_started_once_however_often_its_file_is_given(
    countermand: CommandLine, order_id: str
) -> None:
    """0 for the same order again, 1 for other content, 1 with the fields for nonsense."""
    started = await countermand("start", "-", given=as_file(order_id))
    assert (started.code, started.err) == (0, "")
    assert f"countermand show {order_id}" in started.out
    again = await countermand.json("start", "-", given=as_file(order_id))
    assert (again["workflow_id"], again["already_started"]) == (f"order-{order_id}", True)
    other = await countermand("start", "-", given=as_file(order_id, tax=1))
    assert (other.code, other.err.partition(": ")[0]) == (1, "order_exists")
    nonsense = await countermand("start", "-", given=as_file(order_id, currency="Dollars"))
    assert (nonsense.code, nonsense.err.partition(": ")[0]) == (1, "invalid")
    assert "currency" in nonsense.err


async def test_a_command_is_accepted_or_refused_with_code_and_sentence_or_not_understood(
    countermand: CommandLine, order_id: str
) -> None:
    """0, 1 and 2; what is refused or not understood changes nothing."""
    await countermand.json("start", "-", given=as_file(order_id))
    accepted = await countermand("send", order_id, *payment_told(order_id))
    assert (accepted.code, accepted.err) == (0, "")
    assert "awaiting_shipment" in accepted.out
    before = await countermand.json("show", order_id)

    refused = await countermand("send", order_id, "ship", "carrier=UPS", "tracking=1Z", "--as", "buyer:b-7")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == 'wrong_role: "Ship Order" is for the seller, not for the buyer.\n'
    refused = await countermand("send", order_id, "confirm_receipt", "--json")
    assert (refused.code, refused.json["code"]) == (1, "not_allowed_now")
    assert refused.err.startswith("not_allowed_now: ")
    assert [instead["action"] for instead in refused.json["instead"]] == [
        "request_cancellation",
        "make_offer",
        "send_message",
    ]
    unknown = await countermand("send", f"{order_id}-x", "ship", "carrier=UPS", "tracking=1Z", "--as", "seller:s-3")
    assert (unknown.code, unknown.err.partition(": ")[0]) == (1, "not_found")
    unreadable = (("shp",), ("ship", "speed=1"), ("ship", "carrier"), ("ship", "--as", "king:1"), ("ship", "--loud"))
    wrong = await asyncio.gather(*(countermand("send", order_id, *words) for words in unreadable))
    assert [(said.code, said.out, bool(said.err)) for said in wrong] == [(2, "", True)] * len(unreadable)
    assert await countermand.json("show", order_id) == before


async def test_a_file_is_uploaded_and_what_the_gateway_does_not_take_is_not_sent(
    countermand: CommandLine, stack: EmbeddedStack, order_id: str, tmp_path: Path
) -> None:
    """With nothing but what the stack says of itself; its other side reads it."""
    await countermand.json("start", "-", given=as_file(order_id))
    (tmp_path / "1.txt").write_text("It was whole.")
    (tmp_path / "1.html").write_text("<script>")
    message = ("send_message", "to=seller", "text=Look", "--as", "buyer:b-7")
    refused = await countermand("send", order_id, *message, f"attachments=@{tmp_path}/1.html")
    assert (refused.code, refused.out, refused.err.partition(": ")[0]) == (1, "", "unsupported_media_type")
    await countermand.json("send", order_id, *message, f"attachments=@{tmp_path}/1.txt")
    [_, entry] = await countermand.timeline(order_id, 2)
    [attached] = entry["attachments"]
    headers = {"Authorization": f"Bearer {stack.keys['seller']}", "Countermand-Acting-For": "seller:s-3"}
    async with httpx.AsyncClient(headers=headers) as http:
        assert (await http.get(attached["uri"])).raise_for_status().text == "It was whole."


async def test_a_signal_is_sent_and_what_came_of_it_is_in_the_timeline(countermand: CommandLine, order_id: str) -> None:
    await countermand.json("start", "-", given=as_file(order_id))
    sent = await countermand("send", order_id, *payment_told(order_id), "--signal")
    assert (sent.code, sent.err) == (0, "")
    assert f"countermand timeline {order_id}" in sent.out
    assert await countermand.json("send", order_id, "confirm_receipt", "--signal") == {
        "order_id": order_id,
        "sent": "confirm_receipt",
    }
    entries = await countermand.timeline(order_id, 3)
    assert [(entry["name"], entry["outcome"]) for entry in entries] == [
        ("start", "accepted"),
        ("payment_captured", "accepted"),
        ("confirm_receipt", "refused"),
    ]
    lines = (await countermand("timeline", order_id)).out.splitlines()
    assert len(lines) == len(entries)
    assert "22.99 USD" in lines[1]
    assert '"Confirm Receipt" is not possible while the order is waiting to be shipped.' in lines[2]


async def test_watching_an_order_tells_everything_and_ends_with_it(
    countermand: CommandLine, bank: Bank, order_id: str
) -> None:
    """Two watch from the start, a person and a program; both are told the whole timeline."""
    await countermand.json("start", "-", given=as_file(order_id))
    watch = (countermand.settings, *COUNTERMAND, "watch", order_id)
    async with running(*watch) as person, running(*watch, "--json") as program:
        assert person.stdout is not None
        assert b"Ordered for 22.99 USD" in await person.stdout.readline()
        await bank.pay_quietly(order_id)
        await countermand.json("send", order_id, *payment_told(order_id))
        await countermand.json("send", order_id, *CANCEL)
        told, lines = await asyncio.gather(ended(program), ended(person))
    assert (told.code, told.err, lines.code, lines.err) == (0, "", 0, "")
    entries = (await countermand.json("timeline", order_id))["entries"]
    assert [json.loads(line) for line in told.out.splitlines()] == entries
    told_to_the_person = [line for line in lines.out.splitlines() if "… waiting on" not in line]
    assert 1 + len(told_to_the_person) == len(entries)
    assert await bank.refunds(order_id) == [(TOTAL, "succeeded")]
    settled = await countermand.json("show", order_id)
    assert (settled["stage"], settled["refunded"]) == ("cancelled", TOTAL)
    assert "Cancelled" in (await countermand("show", order_id)).out


async def test_orders_are_listed_by_whatever_is_asked_newest_first(
    countermand: CommandLine, client: OrderClient, order_id: str
) -> None:
    buyer = f"b-{order_id}"
    for number in (1, 2, 3):
        await _listed(client, f"{order_id}-{number}", buyer_id=buyer, seller_id=order_id)
    await countermand.json("send", f"{order_id}-2", *payment_told(f"{order_id}-2"))
    await reaches(client, f"{order_id}-2", lambda row: row.captured > 0)
    due = [(await client.order(f"{order_id}-{number}")).deadline for number in (1, 2)]
    unpaid, paid = (deadline.at.isoformat() for deadline in due if deadline)
    questions: dict[tuple[str, ...], list[int]] = {
        ("--buyer", buyer): [3, 2, 1],
        ("--seller", order_id, "--status", "awaiting_shipment"): [2],
        ("--buyer", buyer, "--waiting-on", "buyer"): [3, 1],
        ("--buyer", buyer, "--due-before", unpaid): [],
        ("--buyer", buyer, "--due-before", paid): [3, 1],
        ("--buyer", buyer, "--limit", "2"): [3, 2],
    }
    pages = await asyncio.gather(*(countermand.json("list", *question) for question in questions))
    assert [_numbers(page) for page in pages] == list(questions.values())
    next_page = await countermand.json("list", "--buyer", buyer, "--limit", "2", "--cursor", pages[-1]["cursor"])
    assert (_numbers(next_page), next_page["cursor"]) == ([1], None)


async def test_a_list_is_a_table_for_a_person_and_says_what_it_cannot_read(
    countermand: CommandLine, client: OrderClient, order_id: str
) -> None:
    for number in (1, 2):
        await _listed(client, f"{order_id}-{number}", buyer_id=order_id)
    table, none, *wrong = await asyncio.gather(
        countermand("list", "--buyer", order_id),
        countermand("list", "--buyer", "nobody"),
        countermand("list", "--due-before", "tomorrow"),
        countermand("list", "--cursor", "nonsense"),
        countermand("list", "--limit", "0"),
        countermand("list", "--colour", "red"),
    )
    assert (table.code, table.err) == (0, "")
    assert table.out.index(f"{order_id}-2") < table.out.index(f"{order_id}-1")
    assert none == Said(0, "No orders.\n", "")
    assert [(said.code, said.out, bool(said.err)) for said in wrong] == [(2, "", True)] * 4


async def _listed(client: OrderClient, order_id: str, **changes: Any) -> None:
    """Start an order, and wait until lists have it."""
    await client.start(started(order_id, **changes))
    await reaches(client, order_id, lambda row: row.order_id == order_id)


def _numbers(page: dict[str, Any]) -> list[int]:
    return [int(row["order_id"].rpartition("-")[2]) for row in page["orders"]]


async def test_migrating_what_is_up_to_date_changes_nothing(countermand: CommandLine) -> None:
    assert await countermand.json("migrate") == {"applied": [], "registered": []}
    said = await countermand("migrate")
    assert (said.code, said.err) == (0, "")
    assert "up to date" in said.out
