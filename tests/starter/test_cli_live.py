"""The command line as a process of its own, with a real engine behind it."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from temporalio.client import Client

from starter.client.orders import OrderClient
from starter.unplaced import Unplaced
from tests.pausing import pause
from tests.starter.bugs import PLANTED, Stumbles
from tests.starter.orders import BUYER, PATIENCE, PROVIDER, SELLER, a_worker, an_order
from workflows.messages.commands import PaymentCaptured
from workflows.messages.ids import workflow_id
from workflows.messages.values import Role


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """Runs `countermand` with the settings of this test's engine."""

    def __init__(self, **settings: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL", "COUNTERMAND"))}
        self._environment = kept | settings

    async def __call__(self, *words: str, given: str = "") -> Ended:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "starter.cli", *words),
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(given.encode())
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
def countermand(temporal: Client, database_url: str, task_queue: str) -> CommandLine:
    return CommandLine(
        TEMPORAL_ADDRESS=temporal.service_client.config.target_host,
        DATABASE_URL=database_url,
        COUNTERMAND_TASK_QUEUE=task_queue,
    )


def as_file(order_id: str, **changes: Any) -> str:
    return an_order(order_id, **changes).model_dump_json(exclude_unset=True)


async def test_an_order_is_started_shown_and_told_on_the_command_line(
    countermand: CommandLine, client: OrderClient, order_id: str
) -> None:
    started = await countermand("start", "-", given=as_file(order_id))
    assert (started.code, started.err) == (0, "")
    assert f"countermand show {order_id}" in started.out
    again = await countermand("start", "-", "--json", given=as_file(order_id))
    assert again.json["already_started"] is True
    paid = await countermand(
        *("send", order_id, "payment_captured", "payment_id=42", "amount=2299", "currency=USD", "method=card", "--json")
    )
    assert paid.json["stage"] == "awaiting_shipment"
    asked = await countermand("send", order_id, "request_cancellation", "reason=changed_mind")
    assert "cancellation_pending" in asked.out
    card = await countermand("show", order_id)
    for told in (
        "Cancellation Pending",
        "Waiting on seller",
        "22.99 USD",
        "Desk lamp",
        "decide_cancellation",
        "respond_by",
    ):
        assert told in card.out
    assert (await countermand("show", order_id, "--json")).json["payments"][0]["payment_id"] == "42"
    lines = (await countermand("timeline", order_id)).out.splitlines()
    entries = (await countermand("timeline", order_id, "--json")).json["entries"]
    assert len(lines) == len(entries) == 3
    assert "buyer b-7" in lines[-1]


async def test_a_refusal_ends_with_1_and_says_what_is_possible_instead(
    countermand: CommandLine, client: OrderClient, order_id: str
) -> None:
    await client.start(an_order(order_id))
    refused = await countermand("send", order_id, "ship", "carrier=DHL", "tracking=1", "--json")
    assert refused.code == 1
    first, *rest = refused.err.splitlines()
    assert first.startswith("not_allowed_now: ")
    assert "Instead: cancel_order" in "\n".join(rest)
    assert refused.json["code"] == "not_allowed_now"
    exists = await countermand("start", "-", given=as_file(order_id, discount=1))
    assert exists.code == 1
    assert exists.err.startswith("order_exists: ")


async def test_the_sender_may_be_named_and_must_be_a_party(
    countermand: CommandLine, client: OrderClient, order_id: str
) -> None:
    await client.start(an_order(order_id))
    body = json.dumps({"to": "seller", "text": "Hello"})
    sent = await countermand("send", order_id, "send_message", "--json-body", body, "--as", "buyer")
    assert sent.code == 0
    stranger = await countermand("send", order_id, "request_cancellation", "--as", "buyer:b-8")
    assert stranger.err.startswith("not_your_order: ")


async def test_a_signal_is_sent_and_not_answered(countermand: CommandLine, client: OrderClient, order_id: str) -> None:
    await client.start(an_order(order_id))
    sent = await countermand("send", order_id, "request_cancellation", "--signal")
    assert (sent.code, sent.err) == (0, "")
    assert (await client.result(order_id)).status == "cancelled"
    fact = ("payment_failed", "payment_id=1", "reason=declined")
    assert (await countermand("send", order_id, *fact, "--signal")).code == 0
    assert (await countermand("send", order_id, "confirm_receipt", "--signal")).code == 1


async def test_watching_ends_with_the_order(countermand: CommandLine, client: OrderClient, order_id: str) -> None:
    await client.start(an_order(order_id))
    watching = asyncio.create_task(countermand("watch", order_id, "--json"))
    await countermand("send", order_id, "request_cancellation")
    watched = await watching
    assert watched.code == 0
    entries = [json.loads(line) for line in watched.out.splitlines()]
    assert entries[-1]["to_stage"] == "cancelled"


async def test_orders_are_listed_by_pages(countermand: CommandLine, client: OrderClient, order_id: str) -> None:
    seller = f"s-{order_id}"[:64]
    ids = [f"{order_id[:50]}-{number}" for number in range(3)]
    for each in ids:
        await client.start(an_order(each, seller_id=seller))
        await client.request_cancellation(each, by=BUYER)
        await client.result(each)
    first = (await countermand("list", "--seller", seller, "--limit", "2", "--json")).json
    second = (await countermand("list", "--seller", seller, "--cursor", first["cursor"], "--json")).json
    assert [row["order_id"] for row in first["orders"] + second["orders"]] == ids[::-1]
    table = await countermand("list", "--seller", seller, "--limit", "2")
    assert f"--cursor {first['cursor']}" in table.out
    assert "No orders." in (await countermand("list", "--seller", seller, "--waiting-on", "seller")).out
    assert (await countermand("list", "--cursor", "nonsense")).code == 2


async def test_an_unknown_order_ends_with_1(countermand: CommandLine, client: OrderClient) -> None:
    for words in (("show", "A-unknown"), ("timeline", "A-unknown"), ("send", "A-unknown", "request_cancellation")):
        ended = await countermand(*words)
        assert ended.code == 1
        assert ended.err.startswith("not_found: ")


async def test_an_order_that_is_stuck_ends_with_3_and_one_sentence(
    countermand: CommandLine,
    lonely: OrderClient,
    temporal: Client,
    pool: asyncpg.Pool,
    task_queue: str,
    order_id: str,
) -> None:
    async with a_worker(temporal, pool, task_queue, Stumbles("request_cancellation")):
        await lonely.start(an_order(order_id))
        await recorded(lonely, order_id)
        sent = await countermand("send", order_id, "request_cancellation", "--request-id", "the-request")
        shown = await countermand("show", order_id)
    for ended in (sent, shown):
        assert (ended.code, ended.out, len(ended.err.splitlines())) == (3, "", 1)
        assert f"fails again and again ({PLANTED})" in ended.err
    assert sent.err.startswith(f"Whether order {order_id} took request_cancellation is unknown.")
    assert "Send it again with request_id the-request" in sent.err
    listed = await countermand("list", "--seller", SELLER.id, "--json")
    assert listed.code == 0
    assert order_id in {row["order_id"] for row in listed.json["orders"]}


async def test_an_order_that_is_paused_ends_with_3_and_one_sentence(
    countermand: CommandLine, client: OrderClient, temporal: Client, order_id: str
) -> None:
    await client.start(an_order(order_id))
    await recorded(client, order_id)
    await pause(temporal, workflow_id(order_id), "the carrier is on strike")
    sent = await countermand("send", order_id, "request_cancellation")
    shown = await countermand("show", order_id)
    for ended in (sent, shown):
        assert (ended.code, ended.out, len(ended.err.splitlines())) == (3, "", 1)
        assert "it is paused in Temporal (the carrier is on strike)" in ended.err
    assert sent.err.startswith(f"Order {order_id} took no request_cancellation")
    again = await countermand("start", "-", "--json", given=as_file(order_id))
    assert again.json["already_started"] is True
    assert (await countermand("timeline", order_id)).code == 0


async def recorded(client: OrderClient, order_id: str) -> None:
    """Waits until the lists have the order."""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not await client.timeline(order_id):
            await asyncio.sleep(0.05)


async def test_migrate_may_be_repeated(countermand: CommandLine) -> None:
    migrated = await countermand("migrate", "--json")
    assert migrated.json == {"applied": [], "registered": []}


async def test_what_is_unplaced_is_shown_to_people_and_to_programs_under_its_old_name_too(
    countermand: CommandLine, client: OrderClient, order_id: str
) -> None:
    """What came in, from whom, and why no order has it."""
    why = "There is no such order."
    body = '{"type": "payment_captured"}'
    await client.desk.keep(
        Unplaced(
            provider="sandbox",
            webhook_id=f"msg_{order_id}",
            name="payment_captured",
            order_id=order_id,
            body=body,
            why=why,
        )
    )
    for command in ("unplaced", "strays"):
        [shown] = [line for line in (await countermand(command)).out.splitlines() if order_id in line]
        assert why in shown
        listed = (await countermand(command, "--json")).json["unplaced"]
        [told] = [one for one in listed if one["order_id"] == order_id]
        assert (told["body"], told["why"]) == (body, why)
        last = await countermand(command, "--before", "1")
        assert (last.code, last.out) == (0, "Nothing is unplaced: everything that was reported found its order.\n")


async def test_R33_what_has_no_place_is_given_to_an_order_or_marked_as_done(
    countermand: CommandLine, client: OrderClient, order_id: str
) -> None:
    """By its number in the list, with a sentence where that cannot be."""
    await client.start(an_order(order_id))
    await client.send_message(order_id, by=BUYER, to=Role.SELLER, text="its answer comes once it is recorded")
    paid = PaymentCaptured(by=PROVIDER, payment_id=f"p-{order_id}", amount=2_299, currency="USD", method="card")
    for number, fact in enumerate((paid.model_dump_json(exclude_none=True), None)):
        one = Unplaced(
            provider="sandbox",
            webhook_id=f"msg_{number}_{order_id}",
            name="payment_captured",
            order_id=f"{order_id}.misspelt",
            body="{}",
            why="There is no such order.",
            fact=fact,
        )
        await client.desk.keep(one)
    listed = (await countermand("unplaced", "--json")).json["unplaced"]
    unreadable, fact_id = [str(one["id"]) for one in listed if one["order_id"] == f"{order_id}.misspelt"]

    unknown = await countermand("place", fact_id, f"{order_id}.unknown")
    assert (unknown.code, unknown.err.startswith("not_found: There is no order")) == (1, True)
    no_fact = await countermand("place", unreadable, order_id)
    assert (no_fact.code, no_fact.err.startswith("not_allowed_now: ")) == (1, True)
    for wrong in (("place", fact_id), ("place", fact_id, order_id, "--done"), ("place", fact_id, "--done")):
        assert (await countermand(*wrong)).code == 2

    given = await countermand("place", fact_id, order_id)
    assert (given.code, given.out) == (0, f"Number {fact_id} is given to order {order_id}.\n")
    done = await countermand("place", unreadable, "--done", "--note", "paid back by hand", "--json")
    assert (done.code, done.json) == (0, {"id": int(unreadable), "order_id": None, "done": True})
    again = await countermand("place", unreadable, "--done", "--note", "paid back by hand")
    assert (again.code, again.err.startswith("not_allowed_now: ")) == (1, True)
