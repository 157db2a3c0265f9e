"""What leaves the house: certain notices only, once per receiver, for three days, whatever the receivers do."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from activities.channels import Message, Outcome
from activities.channels.email import Emails, MailServer
from activities.channels.targets import AllowedHosts
from activities.channels.webhook import Webhooks
from activities.migrations import migrate
from activities.notifications import (
    BACKOFF,
    FOR_ONE_AT_ONCE,
    GIVE_UP_AFTER,
    GRACE,
    LAST_OUTCOMES,
    LEASE,
    SEND_AT_ONCE,
    Notifications,
)
from activities.sql import query
from starter.client.reads import get_inbox
from starter.deliveries import deliveries, resend, send_test
from starter.embedded.processes import free_port
from starter.subscriptions import Change, Subscription, change, rotate_secret, subscribe, subscriptions, wanted
from tests.activities.post_offices import post_office
from tests.activities.sandboxes import listening
from tests.conftest import MakeDatabase
from workflows.messages.values import Role
from workflows.possible import possible_now

LONG_AGO = GRACE + timedelta(seconds=1)


@dataclass
class Clock:
    """Passed in, so that days pass at once."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at

    def forward(self, by: timedelta) -> None:
        self.at += by


@dataclass
class Hook:
    """A backend service that takes webhooks, and answers as it is told to."""

    url: str = ""
    status: int = 200
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        self.heard.append((dict(request.headers), await request.body()))
        if self.status == 302:
            return RedirectResponse("http://127.0.0.1:9/inner", status_code=302)
        return Response(status_code=self.status)


@pytest_asyncio.fixture
async def database(new_database: MakeDatabase) -> AsyncIterator[asyncpg.Pool]:
    """Alone: the loop sends whatever is due in its database."""
    url = await new_database()
    await migrate(url)
    async with asyncpg.create_pool(url, min_size=1, max_size=8) as pool:
        yield pool


@pytest_asyncio.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    async with listening(Starlette(routes=[Route("/hooks", made.take, methods=["POST"])])) as url:
        made.url = f"{url}/hooks"
        yield made


def allowed(hook: Hook) -> AllowedHosts:
    return AllowedHosts.parse(hook.url.split("/")[2])


@pytest_asyncio.fixture
async def channel(hook: Hook) -> AsyncIterator[Webhooks]:
    async with Webhooks(allowed(hook)) as made:
        yield made


async def subscribed(pool: asyncpg.Pool, hook: Hook, party: str = "buyer:b-7", **more: Any) -> Subscription:
    asked = wanted(party, "webhook", hook.url, more.pop("language", "en"), more.pop("kinds", ()))
    return await subscribe(pool, asked, allowed(hook))


async def noticed(pool: asyncpg.Pool, order_id: str = "A-1", entry: int = 1, kind: str = "order_paid") -> None:
    """A notice as a record writes it."""
    await pool.execute(
        "INSERT INTO inbox (order_id, entry, number, role, party_id, kind, text)"
        " VALUES ($1, $2, 1, 'buyer', 'b-7', $3, 'Something happened.')",
        order_id,
        entry,
        kind,
    )


async def told_as_stuck(pool: asyncpg.Pool, order_id: str = "A-9") -> int:
    """A notice as the look for stuck orders writes it; its number."""
    number: int = await pool.fetchval(
        "INSERT INTO stuck_notices (order_id, text) VALUES ($1, 'It is paused.') RETURNING notice_id", order_id
    )
    return number


def mailer(pool: asyncpg.Pool, channel: Webhooks, clock: Clock) -> Notifications:
    return Notifications(pool, {"webhook": channel}, possible_now, now=clock)


async def states(pool: asyncpg.Pool) -> list[str]:
    return [row["state"] for row in await pool.fetch("SELECT state FROM deliveries ORDER BY notice_id")]


async def test_a_notice_is_told_signed_so_that_the_public_library_believes_it(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    made, clock = await subscribed(database, hook), Clock()
    await noticed(database)
    clock.forward(LONG_AGO)
    await mailer(database, channel, clock).round()
    ((headers, body),) = hook.heard
    assert made.secret
    signed_now = {**headers, "webhook-timestamp": headers["webhook-timestamp"]}
    told = Webhook(made.secret).verify(body, signed_now)
    assert told["type"] == "order_paid"
    assert told["data"]["order_id"] == "A-1"
    assert told["data"]["text"] == "Something happened."
    assert await states(database) == ["sent"]


async def test_only_what_is_certain_leaves_the_house(database: asyncpg.Pool, hook: Hook, channel: Webhooks) -> None:
    """A record that is replaced within the grace is told as it was written last, and once."""
    await subscribed(database, hook)
    await noticed(database)
    clock = Clock()
    sender = mailer(database, channel, clock)
    assert await sender.round() == 0
    await database.execute("UPDATE inbox SET text = 'It went otherwise.', recorded_at = now(), matched_at = NULL")
    clock.forward(LONG_AGO)
    while await sender.round():
        pass
    assert [b"It went otherwise." in body for _, body in hook.heard] == [True]


async def test_a_notice_that_is_taken_back_takes_its_messages_along(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    """And only its own: another one's, of either table, is kept."""
    await subscribed(database, hook)
    await subscribed(database, hook, "platform")
    hook.status, clock = 503, Clock()
    for entry in (1, 2):
        await noticed(database, entry=entry)
    await told_as_stuck(database)
    clock.forward(LONG_AGO)
    await mailer(database, channel, clock).round()
    assert await states(database) == ["waiting"] * 3
    await database.execute("DELETE FROM inbox WHERE entry = 2")
    kept = await database.fetch("SELECT notices.order_id FROM deliveries JOIN notices USING (notice_id) ORDER BY 1")
    assert [row["order_id"] for row in kept] == ["A-1", "A-9"]
    assert await states(database) == ["waiting"] * 2


async def test_a_notice_of_a_stuck_order_is_told_to_the_platform_once(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    """From a table of its own, after the same grace, by the same messages; not to others."""
    await subscribed(database, hook)
    await subscribed(database, hook, "platform", kinds=("order_stuck",))
    clock = Clock()
    sender = mailer(database, channel, clock)
    await told_as_stuck(database)
    assert await sender.round() == 0
    clock.forward(LONG_AGO)
    while await sender.round():
        pass
    ((_, body),) = hook.heard
    told = json.loads(body)
    assert (told["type"], told["data"]["order_id"], told["data"]["text"]) == ("order_stuck", "A-9", "It is paused.")


async def test_notices_of_both_tables_stand_in_one_inbox_by_their_arrival(database: asyncpg.Pool) -> None:
    for number in (1, 2, 3):
        await database.execute(
            "INSERT INTO inbox (order_id, entry, number, role, party_id, kind, text)"
            " VALUES ($1, 1, 1, 'platform', '', 'refund_overdue', 'It waits.')",
            f"A-{number}",
        )
        await told_as_stuck(database, f"S-{number}")
    first = await get_inbox(database, Role.PLATFORM, limit=4)
    second = await get_inbox(database, Role.PLATFORM, cursor=first.cursor, limit=4)
    found = [order_id for order_id, _ in (*first.rows, *second.rows)]
    assert found == ["S-3", "A-3", "S-2", "A-2", "S-1", "A-1"]
    assert second.cursor is None


async def test_an_inbox_of_two_tables_is_read_from_their_indexes(database: asyncpg.Pool) -> None:
    """A page costs what a page costs, however many notices lie below it."""
    await database.execute(
        "INSERT INTO inbox (order_id, entry, number, role, party_id, kind, text)"
        " SELECT 'A-' || number, 1, 1, 'buyer', 'b-' || number, 'reminder', 'x' FROM generate_series(1, 2000) AS number"
    )
    await database.execute(
        "INSERT INTO stuck_notices (order_id, text) SELECT 'S-' || number, 'x' FROM generate_series(1, 2000) AS number"
    )
    await database.execute("ANALYZE inbox, stuck_notices")
    rows = await database.fetch(f"EXPLAIN {query('reads/inbox')}", "platform", "", 3_000, 50)
    plan = [row[0].strip().removeprefix("->  ").partition("  (cost")[0] for row in rows]
    assert [line for line in plan if line.startswith(("Seq Scan", "Sort", "Bitmap"))] == [
        "Sort Key: inbox.notice_id DESC"
    ]
    assert [line for line in plan if "using" in line or "Append" in line] == [
        "Merge Append",
        "Index Scan using inbox_by_party on inbox",
        "Index Scan Backward using stuck_notices_pkey on stuck_notices",
    ]


async def test_a_receiver_that_is_away_gets_everything_later_under_the_same_id(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    await subscribed(database, hook)
    await noticed(database)
    hook.status, clock = 503, Clock()
    clock.forward(LONG_AGO)
    sender = mailer(database, channel, clock)
    for pause in BACKOFF[:4]:
        await sender.round()
        assert await sender.round() == 0, "not before its time"
        clock.forward(pause * 1.2)
    hook.status = 200
    await sender.round()
    assert len(hook.heard) == 5
    assert len({headers["webhook-id"] for headers, _ in hook.heard}) == 1
    assert await states(database) == ["sent"]


async def test_a_receiver_that_stays_dead_is_disabled_and_reported_and_its_messages_are_kept(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    made = await subscribed(database, hook)
    await noticed(database)
    hook.status, clock = 500, Clock()
    sender = mailer(database, channel, clock)
    begun = clock.at
    while not (await subscriptions(database))[0].disabled_at:
        clock.forward(timedelta(hours=1))
        await sender.round()
    assert GIVE_UP_AFTER <= clock.at - begun <= GIVE_UP_AFTER + timedelta(hours=8)
    assert await states(database) == ["dead"]
    reported = await database.fetchrow("SELECT * FROM inbox WHERE role = 'platform'")
    assert reported
    assert reported["kind"] == "subscription_disabled"
    assert f"countermand resend {made.id}" in reported["text"]
    assert hook.url not in reported["text"], "an address is nobody else's business"
    await noticed(database, entry=2)
    clock.forward(LONG_AGO)
    await sender.round()
    hook.status, before = 200, len(hook.heard)
    assert (await resend(database, made.id)).resent == 2
    clock.at = datetime.now(UTC) + timedelta(minutes=1)
    await sender.round()
    assert len(hook.heard) == before + 2
    assert set(await states(database)) == {"sent"}


async def test_a_receiver_that_says_farewell_is_heard(database: asyncpg.Pool, hook: Hook, channel: Webhooks) -> None:
    await subscribed(database, hook)
    await noticed(database)
    hook.status, clock = 410, Clock()
    clock.forward(LONG_AGO)
    await mailer(database, channel, clock).round()
    assert (await subscriptions(database))[0].disabled_why == "The receiver answered 410: it wants no more."


async def test_after_a_rotation_both_secrets_sign_until_the_old_one_ends(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    made = await subscribed(database, hook)
    new = await rotate_secret(database, made.id)
    await noticed(database)
    clock = Clock()
    clock.forward(LONG_AGO)
    sender = mailer(database, channel, clock)
    await sender.round()
    assert made.secret
    ((headers, body),) = hook.heard
    for secret in (made.secret, new):
        Webhook(secret).verify(body, headers)
    assert len(headers["webhook-signature"].split()) == 2
    await noticed(database, entry=2)
    clock.forward(timedelta(days=8))
    await sender.round()
    assert len(hook.heard[-1][0]["webhook-signature"].split()) == 1


async def test_a_redirect_is_never_followed(database: asyncpg.Pool, hook: Hook, channel: Webhooks) -> None:
    await subscribed(database, hook)
    await noticed(database)
    hook.status, clock = 302, Clock()
    clock.forward(LONG_AGO)
    await mailer(database, channel, clock).round()
    assert "redirect" in await database.fetchval("SELECT last_error FROM deliveries")


async def test_two_senders_at_once_send_each_message_once(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    await subscribed(database, hook)
    for number in range(60):
        await noticed(database, f"A-{number}")
    clock = Clock()
    clock.forward(LONG_AGO)
    senders = [mailer(database, channel, clock) for _ in range(3)]
    for _ in range(12):
        await asyncio.gather(*(sender.round() for sender in senders))
    assert len(hook.heard) == 60
    assert len({headers["webhook-id"] for headers, _ in hook.heard}) == 60


async def test_who_dies_while_sending_loses_nothing(database: asyncpg.Pool, hook: Hook, channel: Webhooks) -> None:
    """The lease ends, and another one sends it: at least once."""
    await subscribed(database, hook)
    await noticed(database)
    clock = Clock()
    clock.forward(LONG_AGO)

    class Dies(Notifications):
        async def _sent(self, row: asyncpg.Record) -> None:
            del row

    await Dies(database, {"webhook": channel}, possible_now, now=clock).round()
    sender = mailer(database, channel, clock)
    assert await sender.round() == 0
    clock.forward(LEASE + timedelta(seconds=1))
    await sender.round()
    assert len(hook.heard) == 1


async def test_others_and_what_was_before_the_subscription_are_not_told(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    await noticed(database)
    await subscribed(database, hook, kinds=("order_shipped",))
    await subscribed(database, hook, party="buyer:b-8")
    await noticed(database, entry=2)
    await noticed(database, entry=3, kind="order_shipped")
    clock = Clock()
    clock.forward(LONG_AGO)
    await mailer(database, channel, clock).round()
    assert [b"order_shipped" in body for _, body in hook.heard] == [True]


async def test_a_new_subscriber_gets_nothing_of_before_and_everything_since(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    """Also of what nobody has matched yet."""
    await noticed(database)
    await told_as_stuck(database)
    await subscribed(database, hook)
    await subscribed(database, hook, party="platform", kinds=("order_stuck",))
    await noticed(database, entry=2, kind="order_shipped")
    clock = Clock()
    clock.forward(LONG_AGO)
    await mailer(database, channel, clock).round()
    assert [b"order_shipped" in body for _, body in hook.heard] == [True]


async def test_a_round_takes_so_many_messages_and_no_more(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    """Of all subscriptions together: each message under way holds a connection, and a lease that runs."""
    address = hook.url
    for number in range(SEND_AT_ONCE // FOR_ONE_AT_ONCE + 1):
        hook.url = f"{address}?{number}"
        await subscribed(database, hook)
    for number in range(FOR_ONE_AT_ONCE):
        await noticed(database, f"A-{number}")
    clock = Clock()
    clock.forward(LONG_AGO)
    sender = mailer(database, channel, clock)
    await sender.round()
    assert len(hook.heard) == SEND_AT_ONCE
    await sender.round()
    assert len(hook.heard) == SEND_AT_ONCE + FOR_ONE_AT_ONCE


async def test_a_slow_receiver_does_not_take_every_place(database: asyncpg.Pool, hook: Hook, channel: Webhooks) -> None:
    await subscribed(database, hook)
    for number in range(LAST_OUTCOMES * 4):
        await noticed(database, f"A-{number}")
    clock = Clock()
    clock.forward(LONG_AGO)
    await mailer(database, channel, clock).round()
    assert len(hook.heard) == 5


async def test_an_error_of_the_loop_is_logged_and_the_loop_goes_on(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks, caplog: pytest.LogCaptureFixture
) -> None:
    del hook

    class Breaks(Notifications):
        async def round(self) -> int:
            raise ValueError("a bug")

    running = asyncio.create_task(Breaks(database, {"webhook": channel}, possible_now).run())
    async with asyncio.timeout(10):
        while "a bug" not in caplog.text:
            await asyncio.sleep(0.01)
    assert not running.done()
    running.cancel()
    await asyncio.wait((running,))


class Poisoned(Webhooks):
    """Trips over one message, as a bug would."""

    async def send(self, message: Message, now: datetime) -> Outcome:
        if message.order_id == "A-poison":
            raise ValueError("a bug")
        return await super().send(message, now)


async def test_a_message_that_a_channel_trips_over_holds_up_no_other_and_ends(
    database: asyncpg.Pool, hook: Hook
) -> None:
    await subscribed(database, hook)
    for order_id in ("A-1", "A-poison", "A-2"):
        await noticed(database, order_id)
    clock = Clock()
    async with Poisoned(allowed(hook)) as channel:
        sender = mailer(database, channel, clock)
        clock.forward(LONG_AGO)
        await sender.round()
        assert len(hook.heard) == 2
        assert "bug of ours" in await database.fetchval("SELECT last_error FROM deliveries WHERE state = 'waiting'")
        for _ in range(80):
            clock.forward(timedelta(hours=1))
            await sender.round()
    assert sorted(await states(database)) == ["dead", "sent", "sent"]
    assert (await subscriptions(database))[0].disabled_at is None, "its receiver has taken the others"


async def test_a_mail_server_that_is_down_for_an_hour_loses_no_mail_and_delays_no_webhook(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    await subscribed(database, hook)
    await subscribe(database, wanted("buyer:b-7", "email", "bea@example.com", "en", ()), AllowedHosts())
    for number in range(12):
        await noticed(database, f"A-{number}")
    port, clock = free_port(), Clock()
    mails = Emails(MailServer.parse(f"smtp://127.0.0.1:{port}"), "orders@shop.example")
    sender = Notifications(database, {"webhook": channel, "email": mails}, possible_now, now=clock)
    for _ in range(60):
        clock.forward(timedelta(minutes=1))
        while await sender.round():
            pass
    assert len(hook.heard) == 12
    assert sorted(await states(database)) == ["sent"] * 12 + ["waiting"] * 12
    async with post_office(port) as office:
        for _ in range(4):
            clock.forward(timedelta(minutes=30))
            while await sender.round():
                pass
    assert len({mail["Message-ID"] for mail in office.mails}) == len(office.mails) == 12
    assert set(await states(database)) == {"sent"}


async def test_what_came_after_one_message_is_sent_again_under_its_ids_the_oldest_first(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    made, clock = await subscribed(database, hook), Clock()
    for entry in range(1, 6):
        await noticed(database, entry=entry)
    clock.forward(LONG_AGO)
    sender = mailer(database, channel, clock)
    while await sender.round():
        pass
    told = {json.loads(body)["data"]["seq"]: headers["webhook-id"] for headers, body in hook.heard}
    first, second, *rest = sorted(told)
    assert [one.seq for one in await deliveries(database, made.id)] == sorted(told, reverse=True)
    hook.heard.clear()
    some = await resend(database, made.id, after=first, limit=2)
    assert (some.resent, some.last, some.more) == (2, rest[0], True)
    others = await resend(database, made.id, after=some.last, limit=3)
    assert (others.resent, others.last, others.more) == (2, rest[-1], False)
    clock.at = datetime.now(UTC) + timedelta(minutes=1)
    while await sender.round():
        pass
    assert {headers["webhook-id"] for headers, _ in hook.heard} == {told[seq] for seq in (second, *rest)}
    assert (await resend(database, made.id, after=rest[-1])).model_dump() == {"resent": 0, "last": None, "more": False}


@pytest.mark.parametrize(("status", "ended"), [(200, "sent"), (500, "failed")])
async def test_a_test_is_sent_once_at_once_and_to_nobody_else(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks, status: int, ended: str
) -> None:
    """It reaches its subscription whatever kinds it is for; the next one takes its place."""
    made = await subscribed(database, hook, kinds=("order_paid",))
    await subscribe(database, wanted("buyer:b-7", "webhook", f"{hook.url}?other", "en", ()), allowed(hook))
    await send_test(database, made.id)
    message_id = await send_test(database, made.id)
    hook.status, clock = status, Clock()
    for _ in range(3):
        await mailer(database, channel, clock).round()
        clock.forward(timedelta(hours=7))
    [(headers, body)] = hook.heard
    assert headers["webhook-id"] == message_id
    assert json.loads(body)["type"] == "subscription_test"
    [shown] = await deliveries(database, made.id)
    assert (shown.id, shown.kind, shown.status, shown.attempts) == (message_id, "subscription_test", ended, 1)
    assert shown.answer == (None if status == 200 else "The receiver answered 500.")
    assert await database.fetchval("SELECT count(*) FROM notices WHERE read_at IS NULL") == 0
    assert not [one for one in await subscriptions(database) if one.disabled_at]


async def test_what_its_owner_has_disabled_is_sent_nothing_and_keeps_all_for_a_resend(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    made, clock = await subscribed(database, hook), Clock()
    await noticed(database)
    sender = mailer(database, channel, clock)
    hook.status = 500
    clock.forward(LONG_AGO)
    await sender.round()
    assert (await change(database, made.id, Change(enabled=False))).disabled_at
    await noticed(database, entry=2)
    for _ in range(3):
        clock.forward(timedelta(hours=1))
        await sender.round()
    assert await states(database) == ["dead", "dead"]
    assert len(hook.heard) == 1
    assert (await change(database, made.id, Change(enabled=True))).disabled_at is None
    assert await states(database) == ["dead", "dead"], "only a resend sends them"
    assert (await resend(database, made.id)).resent == 2
