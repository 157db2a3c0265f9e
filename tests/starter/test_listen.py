"""`countermand listen`: what webhooks say, as it is said, signed and sent on."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import asyncpg
import httpx
import pytest
from standardwebhooks import Webhook
from typer.testing import CliRunner

from activities.read_model import Records
from starter.cli.program import app
from starter.embedded.processes import free_port
from starter.listening import OVERLAP, PAGE, Heard, Narrowed, forward, hear, last_notice, target
from starter.settings.checks import new_secret
from tests.starter.orders import PATIENCE
from tests.starter.test_lists import NOW, a_row
from workflows.messages.values import Role, Stage
from workflows.messages.work import Notice, RecordBatch, TimelineEntry

SECRET = new_secret()
EVERYTHING = Narrowed()


async def told(pool: asyncpg.Pool, order_id: str, *kinds: str, role: Role = Role.SELLER, party_id: str = "s-3") -> None:
    """One entry of a new order, with a notice of each kind."""
    entry = TimelineEntry(
        entry=1,
        at=NOW,
        role=Role.BUYER,
        party_id="b-7",
        name="start",
        outcome="accepted",
        from_stage=None,
        to_stage=Stage.SHIPPED,
        summary="Ordered",
    )
    notices = tuple(Notice(entry=1, role=role, party_id=party_id, kind=kind, text=f"{kind}!") for kind in kinds)
    batch = RecordBatch(
        row=a_row(order_id),
        state="{}",
        opened_by=order_id,
        run_started_at=NOW,
        history_length=3,
        decided_at=NOW,
        timeline=(entry,),
        inbox=notices,
    )
    await Records(pool).write(batch)


async def heard(pool: asyncpg.Pool, after: int, count: int, narrowed: Narrowed = EVERYTHING) -> list[Heard]:
    found: list[Heard] = []
    async with asyncio.timeout(PATIENCE.total_seconds()):
        async for one in hear(pool, SECRET, after, narrowed):
            found.append(one)
            if len(found) == count:
                break
    return found


@dataclass
class Receiver:
    """A program under development, which answers with `status`."""

    status: int
    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiver(status: int) -> Iterator[Receiver]:
    it = Receiver(status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            it.got.append((dict(self.headers.items()), self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(it.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    it.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield it
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_what_is_said_from_now_on_is_heard_in_order_once_and_nobody_is_subscribed(
    pool: asyncpg.Pool, order_id: str
) -> None:
    await told(pool, f"{order_id}-before", "order_paid")
    after, subscribed = await last_notice(pool), await pool.fetchval("SELECT count(*) FROM subscriptions")
    await told(pool, f"{order_id}-1", "order_paid", "payment_received")
    await told(pool, f"{order_id}-2", "order_shipped")
    found = await heard(pool, after, 3, Narrowed(kinds=("order_paid", "payment_received", "order_shipped")))
    ours = [(one.message.order_id, one.message.kind) for one in found]
    assert ours == [
        (f"{order_id}-1", "order_paid"),
        (f"{order_id}-1", "payment_received"),
        (f"{order_id}-2", "order_shipped"),
    ]
    again = await heard(pool, after, 3)
    assert [one.message.message_id for one in again] == [one.message.message_id for one in found]
    assert await pool.fetchval("SELECT count(*) FROM subscriptions") == subscribed


@pytest.mark.parametrize(
    ("narrowed", "kinds"),
    [
        ({"role": "seller", "party_id": "s-3"}, {"order_paid", "order_shipped"}),
        ({"role": "buyer"}, {"payment_received"}),
        ({"kinds": ("order_shipped",)}, {"order_shipped"}),
        ({"role": "seller", "party_id": "s-4"}, set()),
    ],
)
async def test_one_listens_to_a_party_an_order_or_a_kind(
    pool: asyncpg.Pool, order_id: str, narrowed: dict[str, Any], kinds: set[str]
) -> None:
    after = await last_notice(pool)
    await told(pool, f"{order_id}-1", "order_paid", "order_shipped")
    await told(pool, f"{order_id}-2", "payment_received", role=Role.BUYER, party_id="b-7")
    found = [one.message for one in await heard(pool, after, 3)]
    assert {message.kind for message in found if message in Narrowed(**narrowed)} == kinds
    assert {m.order_id for m in found if m in Narrowed(order_id=f"{order_id}-2")} == {f"{order_id}-2"}


async def test_what_is_written_down_later_under_an_earlier_number_is_not_missed(
    pool: asyncpg.Pool, order_id: str
) -> None:
    """Of two records that are written at the same time the one with the later number may be there first."""
    assert OVERLAP < PAGE
    after = await last_notice(pool)
    listening = hear(pool, SECRET, after, Narrowed(kinds=("order_paid", "order_shipped")))
    async with asyncio.timeout(PATIENCE.total_seconds()), pool.acquire() as connection:
        slow = connection.transaction()
        await slow.start()
        await connection.execute(
            "INSERT INTO inbox (order_id, entry, number, role, party_id, kind, text)"
            " VALUES ($1, 1, 1, 'seller', 's-3', 'order_paid', 'slow')",
            f"{order_id}-1",
        )
        await told(pool, f"{order_id}-2", "order_shipped")
        assert (await anext(listening)).message.kind == "order_shipped"
        await slow.commit()
        assert (await anext(listening)).message.text == "slow"


async def test_a_receiver_can_verify_it_and_its_answer_is_told(pool: asyncpg.Pool, order_id: str) -> None:
    after = await last_notice(pool)
    await told(pool, order_id, "order_paid")
    [one] = await heard(pool, after, 1, Narrowed(order_id=order_id))
    for status in (204, 500, 302):
        with receiver(status) as it:
            async with httpx.AsyncClient() as http:
                answer = await forward(http, it.url, one)
            assert (answer.status, answer.why) == (status, None)
            [(headers, body)] = it.got
            said = Webhook(SECRET).verify(body, headers)
            assert (said["type"], said["data"]["order_id"], said["data"]["role"]) == ("order_paid", order_id, "seller")


async def test_a_receiver_that_is_away_is_told_and_ends_nothing(pool: asyncpg.Pool, order_id: str) -> None:
    after = await last_notice(pool)
    await told(pool, order_id, "order_paid")
    [one] = await heard(pool, after, 1, Narrowed(order_id=order_id))
    async with httpx.AsyncClient() as http:
        answer = await forward(http, f"http://127.0.0.1:{free_port()}/hooks", one)
    assert answer.status is None
    assert answer.why
    assert answer.why.startswith("ConnectError")
    assert one.message.at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("localhost:4242/hooks", "http://localhost:4242/hooks"),
        ("https://shop.example/hooks", "https://shop.example/hooks"),
        ("127.0.0.1:4242", "http://127.0.0.1:4242"),
    ],
)
def test_an_address_may_leave_out_its_scheme(written: str, read: str) -> None:
    assert target(written) == read


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--as", "seler:s-3"), "--as 'seler:s-3': 'seler' is told nothing. Did you mean seller?"),
        (("--as", "carrier"), "--as 'carrier': 'carrier' is told nothing. Told are: buyer, seller, platform."),
        (("--kind", "order_payd"), "--kind: there is no kind 'order_payd'. Did you mean order_paid"),
        (("--forward-to", "ftp://files.example"), "--forward-to 'ftp://files.example': it is not an address"),
        (("--forward-to", "http://"), "--forward-to 'http://': it is not an address"),
        (("--secret", "whsec_"), "--secret "),
        (("--secret", "x"), "--secret "),
    ],
)
def test_a_word_that_cannot_be_meant_is_named(words: tuple[str, ...], sentence: str) -> None:
    ended = CliRunner().invoke(app, ["listen", *words])
    assert (ended.exit_code, ended.stdout, len(ended.stderr.splitlines())) == (2, "", 1)
    assert ended.stderr.startswith(sentence)
