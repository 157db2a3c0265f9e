"""A notice in its reader's language, with what can be done about the order, and where it is seen."""

import json
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import pytest

from activities.channels.webhook import Webhooks
from activities.notifications import GRACE, Notifications
from activities.read_model import Records
from starter.client.reads import get_inbox, get_timeline
from starter.subscriptions import subscribe, wanted
from tests.activities.test_notifications import Clock, Hook, allowed, channel, database, hook
from tests.activities.test_records import batch, row
from tests.process.orders import SELLER, asked, hours, paid, request, taken
from workflows.frozen import replace
from workflows.messages.answers import AllowedAction
from workflows.messages.base import Message
from workflows.messages.cancellation import DecideCancellation
from workflows.messages.values import RejectionReason, Role
from workflows.possible import possible_now
from workflows.process.state.changes import Record
from workflows.process.state.order import Order
from workflows.start_input import state_of

T: Final = hours(2)
__all__ = ["channel", "database", "hook"]  # fixtures
LINK: Final = "https://shop.example/my/orders/{order_id}?from=mail"
REJECTED: Final = DecideCancellation(by=SELLER, approve=False, reason=RejectionReason.ALREADY_PREPARED)


async def rejected(pool: asyncpg.Pool) -> None:
    """The seller rejects the buyer's request to cancel."""
    await recorded(pool, asked(), REJECTED)


async def recorded(pool: asyncpg.Pool, order: Order, event: Message) -> None:
    """What happens to a German's order of Berlin, recorded as its own run does it."""
    order = replace(order, locale="de")
    calendar = order.terms.calendar.model_copy(update={"time_zone": "Europe/Berlin"})
    order = replace(order, terms=order.terms.model_copy(update={"calendar": calendar}))
    outcome = taken(order, event, T)
    records = [effect for effect in outcome.effects if isinstance(effect, Record)]
    entry = outcome.order.entry
    await Records(pool).write(
        batch(
            outcome.order.order_id,
            entry,
            entry,
            row=row(outcome.order.order_id, entry),
            state=state_of(outcome.order),
            timeline=tuple(record.entry for record in records),
            inbox=tuple(notice for record in records for notice in record.notices),
        )
    )


async def told(pool: asyncpg.Pool, hook: Hook, channel: Webhooks, language: str | None) -> Any:
    """The body of the one webhook that the buyer gets of the rejection."""
    await subscribe(pool, wanted("buyer:b-7", "webhook", hook.url, language, ()), allowed(hook))
    await rejected(pool)
    return await heard(pool, hook, channel)


async def heard(pool: asyncpg.Pool, hook: Hook, channel: Webhooks) -> Any:
    """The body of the one webhook that leaves."""
    clock = Clock()
    clock.forward(GRACE + timedelta(seconds=1))
    await Notifications(pool, {"webhook": channel}, as_of_then, LINK, now=clock).round()
    ((_, body),) = hook.heard
    return json.loads(body)["data"]


def as_of_then(state: str, role: Role, _: datetime) -> tuple[AllowedAction, ...]:
    """What was possible just after the rejection: by the clock of today the order has long ended."""
    return possible_now(state, role, T)


@pytest.mark.parametrize(("language", "read"), [(None, "de"), ("es", "es"), ("en", "en"), ("de-AT", "de")])
async def test_a_notice_speaks_the_language_of_the_subscription_or_else_of_the_order(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks, language: str | None, read: str
) -> None:
    data = await told(database, hook, channel, language)
    ours = (await get_inbox(database, Role.BUYER, "b-7", language=read)).rows[0][1].text
    english = (await get_inbox(database, Role.BUYER, "b-7")).rows[0][1].text
    assert (data["text"], data["language"]) == (ours, read)
    assert (ours == english) is (read == "en")


async def test_a_notice_says_what_can_be_done_now_and_where_the_order_is(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    data = await told(database, hook, channel, None)
    assert data["link"] == "https://shop.example/my/orders/A-1001?from=mail"
    possible = {action["action"]: action for action in data["possible"]}
    assert "request_cancellation" in possible
    assert possible["request_cancellation"]["label"] == "Stornierung anfragen"
    assert possible["request_cancellation"]["until"] == "2026-03-11T12:01:00Z", "when the processing time is over"


async def test_the_seller_is_told_in_english_where_only_the_order_has_a_language(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    """The order's language is its buyer's."""
    await subscribe(database, wanted("seller:s-3", "webhook", hook.url, None, ()), allowed(hook))
    await recorded(database, paid(), request())
    data = await heard(database, hook, channel)
    assert (data["language"], data["text"]) == (
        "en",
        "The buyer of order A-1001 asks to cancel (changed mind). Please answer.",
    )
    until = [action["until"] for action in data["possible"] if action["action"] == "decide_cancellation"]
    assert until == [data["due_at"]]


async def test_a_timeline_is_told_in_the_readers_language(database: asyncpg.Pool) -> None:
    await rejected(database)
    (german,), (english,) = (
        await get_timeline(database, "A-1001", language="de"),
        await get_timeline(database, "A-1001"),
    )
    assert english.summary == "The seller rejected the cancellation: already prepared"
    assert german.summary != english.summary
    assert "prepared" not in german.summary


async def test_a_row_of_before_is_told_in_english(database: asyncpg.Pool) -> None:
    await rejected(database)
    await database.execute("UPDATE timeline SET said = NULL")
    (german,) = await get_timeline(database, "A-1001", language="de")
    assert german.summary == "The seller rejected the cancellation: already prepared"


async def test_what_another_version_wrote_holds_up_no_notice(
    database: asyncpg.Pool, hook: Hook, channel: Webhooks
) -> None:
    """While workers of two versions run, one meets sentences and states of the other: the text leaves as it stands."""
    await subscribe(database, wanted("seller:s-3", "webhook", hook.url, "de", ()), allowed(hook))
    await recorded(database, paid(), request())
    await database.execute("""UPDATE inbox SET said = '{"say": "{x}", "with": {"x": {"new": 1}}}'""")
    await database.execute("""UPDATE orders SET state = '{"of": "tomorrow"}'""")
    data = await heard(database, hook, channel)
    assert data["text"] == "The buyer of order A-1001 asks to cancel (changed mind). Please answer."
    assert (data["possible"], data["money"]) == ([], None)
