"""Who may subscribe, to what, and what an operator does about it."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from activities.channels.targets import AllowedHosts
from activities.sql import query
from starter.deliveries import deliveries, resend, send_test
from starter.subscriptions import (
    MAX_COUNTED,
    MAX_KINDS,
    MAX_OF_PARTY,
    NoSuchSubscription,
    NotSubscribed,
    Subscription,
    rotate_secret,
    subscribe,
    subscription,
    subscriptions,
    unsubscribe,
    wanted,
)
from workflows.messages.notices import NoticeKind
from workflows.messages.refusal import Code, Refused

HOOK = "https://example.com/hooks"
SIDES = ("buyer", "seller")
NOBODY = AllowedHosts()


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("carrier:ups", "email", "a@example.com", "en", ()), "PARTY"),
        (("buyer", "email", "a@example.com", "en", ()), "PARTY"),
        (("platform:desk", "email", "a@example.com", "en", ()), "PARTY"),
        (("buyer:" + "b" * 300, "email", "a@example.com", "en", ()), "PARTY"),
        (("buyer:b-7", "pigeon", "a@example.com", "en", ()), "CHANNEL"),
        (("buyer:b-7", "email", "a@example.com", "tlh", ()), "--language"),
        (("buyer:b-7", "email", "a@example.com", "de-" + "x" * 99, ()), "--language"),
        (("buyer:b-7", "email", "a@example.com", "en", ("gossip",)), "--kind"),
        (("buyer:b-7", "email", "nobody", "en", ()), "TARGET"),
        (("buyer:b-7", "email", "a@example.com\nBcc: b@example.com", "en", ()), "TARGET"),
        (("buyer:b-7", "webhook", "http://example.com", "en", ()), "TARGET"),
        (("buyer:b-7", "webhook", "https://10.0.0.1/", "en", ()), "TARGET"),
    ],
)
async def test_what_is_wrong_is_refused_by_its_field_and_kept_nowhere(
    pool: asyncpg.Pool, words: tuple[str, str, str, str, tuple[str, ...]], field: str
) -> None:
    before = await subscriptions(pool)
    with pytest.raises(NotSubscribed, match=f"^{field}"):
        await subscribe(pool, wanted(*words), NOBODY)
    assert await subscriptions(pool) == before


def test_every_kind_of_notice_fits_into_one_filter() -> None:
    kinds = tuple(NoticeKind)
    assert len(kinds) <= MAX_KINDS
    assert wanted("buyer:b-7", "webhook", HOOK, "en", kinds).kinds == kinds
    with pytest.raises(NotSubscribed, match="--kind"):
        wanted("buyer:b-7", "webhook", HOOK, "en", kinds[:1] * (MAX_KINDS + 1))


async def test_the_same_again_changes_its_words_and_keeps_its_secret_to_itself(
    pool: asyncpg.Pool, order_id: str
) -> None:
    party = f"seller:{order_id}"
    first = await subscribe(pool, wanted(party, "webhook", HOOK, "en", ()), NOBODY)
    again = await subscribe(pool, wanted(party, "webhook", HOOK, "de", ("order_paid",)), NOBODY)
    assert first.secret
    assert first.secret.startswith("whsec_")
    assert (again.id, again.secret, again.language, again.kinds) == (first.id, None, "de", ("order_paid",))
    assert await rotate_secret(pool, first.id) != first.secret
    assert (first.made, again.made) == (True, False)
    await unsubscribe(pool, first.id)
    for gone in (unsubscribe, rotate_secret, resend, send_test, deliveries, subscription):
        with pytest.raises(NoSuchSubscription, match=str(first.id)):
            await gone(pool, first.id)


async def test_a_party_has_so_many_subscriptions_and_no_more(pool: asyncpg.Pool, order_id: str) -> None:
    """Also when they are asked for at once: each of them doubles what we send."""
    asked = [wanted(f"buyer:{order_id}", "webhook", f"{HOOK}/{place}", None, ()) for place in range(MAX_OF_PARTY + 2)]
    came = await asyncio.gather(*(subscribe(pool, one, NOBODY) for one in asked), return_exceptions=True)
    refused = [one for one in came if isinstance(one, Refused)]
    assert [(one.code, str(MAX_OF_PARTY) in str(one)) for one in refused] == [(Code.LIMIT_REACHED, True)] * 2
    [kept, *_] = [one for one in came if isinstance(one, Subscription)]
    again = await subscribe(pool, wanted(f"buyer:{order_id}", "webhook", kept.target, "es", ()), NOBODY)
    assert (again.id, again.language) == (kept.id, "es"), "one that is there is changed however many there are"


async def test_what_is_counted_of_many_messages_is_bounded(pool: asyncpg.Pool, order_id: str) -> None:
    made = await subscribe(pool, wanted(f"buyer:{order_id}", "webhook", HOOK, None, ()), NOBODY)
    for state, count in (("sent", MAX_COUNTED + 1), ("dead", MAX_COUNTED - 1)):
        await pool.execute(
            "INSERT INTO deliveries (notice_id, subscription_id, state, next_try_at, created_at)"
            " SELECT -number - $4, $1, $2, now(), now() FROM generate_series(1, $3) AS number",
            *(made.id, state, count, 10_000 if state == "dead" else 0),
        )
    found = await subscription(pool, made.id)
    assert (found.sent, found.dead, found.failed, found.waiting) == (MAX_COUNTED, MAX_COUNTED - 1, 0, 0)
    await unsubscribe(pool, made.id)


async def test_one_page_of_many_messages_is_read_by_an_index(pool: asyncpg.Pool, order_id: str) -> None:
    made = [await subscribe(pool, wanted(f"{who}:{order_id}", "webhook", HOOK, None, ()), NOBODY) for who in SIDES]
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "INSERT INTO deliveries (notice_id, subscription_id, state, next_try_at, created_at)"
            " SELECT -number, CASE WHEN number % 40 = 0 THEN $1::bigint ELSE $2::bigint END, 'sent', now(), now()"
            " FROM generate_series(1, 20000) AS number",
            *(one.id for one in made),
        )
        await connection.execute("ANALYZE deliveries")
        plans = [
            await connection.fetch(f"EXPLAIN {query(f'notifications/{name}')}", *given)
            for name, given in (
                ("deliveries", (made[0].id, -9_000, 50)),
                ("resend_after", (made[0].id, datetime.now(UTC), 50, -9_000)),
            )
        ]
        await transaction.rollback()
    for plan in plans:
        told = "\n".join(row[0] for row in plan)
        assert "using deliveries_in_order on deliveries" in told, told
        assert "Seq Scan on deliveries" not in told, told
