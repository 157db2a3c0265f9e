"""Approvals on the command line: listed, approved by somebody else, and sent to a real order."""

import asyncpg
from temporalio.client import Client

from starter.approvals import Approvals, Person
from starter.client.orders import OrderClient
from tests.starter.orders import PLATFORM, PROVIDER, an_order
from tests.starter.test_cli_live import CommandLine
from workflows.messages.chargebacks import ChargebackOpened
from workflows.messages.commands import PaymentCaptured

NAME = f"{PLATFORM.role}:{PLATFORM.id}"


async def test_what_one_asked_for_another_one_approves_or_declines(
    temporal: Client, client: OrderClient, pool: asyncpg.Pool, database_url: str, task_queue: str, order_id: str
) -> None:
    host = temporal.service_client.config.target_host
    countermand = CommandLine(TEMPORAL_ADDRESS=host, DATABASE_URL=database_url, COUNTERMAND_TASK_QUEUE=task_queue)
    await client.start(an_order(order_id))
    paying = PaymentCaptured(by=PROVIDER, payment_id=order_id, amount=2_299, currency="USD", method="card")
    await client.send(order_id, paying)
    approvals, person = Approvals(pool), Person(NAME, frozenset({NAME}))
    for number in ("1", "2"):
        asked = ChargebackOpened(
            by=PLATFORM,
            request_id=f"k-{number}",
            payment_id=order_id,
            chargeback_id=number,
            amount=700,
            note="a letter",
        )
        await approvals.ask(order_id, asked, person, 2, {"USD": 700})
    listed = await countermand("approvals", "list", "--order", order_id)
    assert "chargeback_opened of order" in listed.out
    assert "7.00 USD, asked for by platform:ops-1: awaiting approval until" in listed.out.replace("\n", " ")
    second, first = [one.approval_id for one in await approvals.page(None, order_id, None, 9)]
    own = await countermand("approvals", "approve", str(first), "--as", NAME)
    assert (own.code, own.err.partition(":")[0]) == (1, "second_person_needed")
    sent = await countermand("approvals", "approve", str(first), "--as", "platform:ben", "--note", "Seen.", "--json")
    assert (sent.json["status"], sent.json["answer"]["version"], sent.json["note"]) == ("sent", 3, "Seen.")
    declined = await countermand("approvals", "decline", str(second), "--as", NAME)
    assert f"declined by {NAME}" in declined.out.replace("\n", " ")
    assert (await countermand("approvals", "approve", str(second), "--as", "platform:ben")).code == 1
    shown = await countermand("approvals", "list", "--all", "--order", order_id, "--json")
    assert [one["status"] for one in shown.json["approvals"]] == ["declined", "sent"]


async def test_words_that_name_nobody_are_wrong_usage(database_url: str) -> None:
    countermand = CommandLine(TEMPORAL_ADDRESS="127.0.0.1:1", DATABASE_URL=database_url)
    wrong = await countermand("approvals", "approve", "1", "--as", "seller:s-3")
    assert (wrong.code, "platform:ben" in wrong.err) == (2, True)
