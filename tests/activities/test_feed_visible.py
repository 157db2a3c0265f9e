"""Who sees what of the feed, and in which language: what a side's timeline hides from it, its feed hides too."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from activities.feed import TAKEN_BACK
from activities.languages import retold
from starter.client.feed import Visibility, get_events
from starter.client.reads import get_timeline
from tests.activities.feeds import Follower, all_numbered, timelines
from tests.activities.test_feed import alone, database, entry, feed, write
from tests.activities.test_records import NOON, notice
from workflows.messages.sentences import say, to_wire
from workflows.messages.values import Role

__all__ = ("alone", "database")  # fixtures
BUYER = Visibility(Role.BUYER, buyer_id="b-7")
SELLER = Visibility(Role.SELLER, seller_id="s-3")

UNSEEN: dict[str, dict[str, Any]] = {
    "a note of the platform": {"name": "add_note", "role": Role.PLATFORM, "platform_only": True},
    "a refusal of the seller": {"name": "ship", "role": Role.SELLER, "outcome": "refused"},
    "a message of the seller to the platform": {"role": Role.SELLER},
}


@pytest.mark.parametrize("now_there", UNSEEN.values(), ids=UNSEEN)
async def test_whoever_saw_an_entry_hears_that_it_is_gone_when_they_may_not_see_what_is_there_now(
    database: asyncpg.Pool, now_there: dict[str, Any]
) -> None:
    followers = [Follower(BUYER), Follower(SELLER), Follower(Visibility()), Follower()]
    await write(database, "A", 1, 2, timeline=(entry(1, name="start"), entry(2, name="ship")))
    await all_numbered(database)
    for follower in followers:
        await follower.catch_up(database)
        assert set(follower.timelines["A"]) == {1, 2}
    unseen = (entry(2, summary="CANARY", at=NOON + timedelta(hours=1), **now_there),)
    inbox = (notice(2, kind="message", role=Role.PLATFORM, party_id=""),)
    place: dict[str, Any] = {"decided_at": NOON + timedelta(hours=1), "history_length": 90}
    await write(database, "A", 2, 2, timeline=unseen, inbox=inbox, **place)
    await all_numbered(database)
    for follower in followers:
        await follower.catch_up(database)
        assert follower.timelines == await timelines(database, follower.seen_by)
    assert "CANARY" not in str(await get_events(database, BUYER))


async def test_whoever_may_see_what_is_there_now_hears_of_it_though_they_did_not_see_what_was(
    database: asyncpg.Pool,
) -> None:
    buyer = Follower(BUYER)
    await write(database, "A", 1, 1, timeline=(entry(1, role=Role.SELLER, outcome="refused"),))
    await all_numbered(database)
    await buyer.catch_up(database)
    assert buyer.timelines == {}
    await write(database, "A", 1, 1, timeline=(entry(1),), decided_at=NOON + timedelta(hours=1), history_length=90)
    await all_numbered(database)
    await buyer.catch_up(database)
    assert buyer.timelines == await timelines(database, BUYER)
    assert set(buyer.timelines["A"]) == {1}


@pytest.mark.parametrize("eyes", [Role.PLATFORM, Role.BUYER, Role.SELLER, None])
async def test_a_canary_is_seen_by_those_whom_it_is_for(database: asyncpg.Pool, eyes: Role | None) -> None:
    """On the page of everything, of their orders, and of the one order: the rules are those of the timeline."""
    rows = tuple(
        entry(number, summary=f"CANARY-{what}", **row) for number, (what, (row, _)) in enumerate(SAID.items(), 1)
    )
    words = [(number, to) for number, (_, to) in enumerate(SAID.values(), 1) if to]
    inbox = tuple(notice(number, kind="message", role=to, party_id="") for number, to in words)
    await write(database, "A", 1, len(rows), timeline=rows, inbox=inbox)
    await all_numbered(database)
    expected = {what for what in SAID if eyes is Role.PLATFORM or what in SEEN_BY[eyes]}
    of_theirs = {Role.BUYER: BUYER, Role.SELLER: SELLER}.get(eyes) if eyes else None
    for seen_by in (of_theirs or Visibility(eyes), Visibility(eyes, "b-7", "s-3")):
        for order_id in (None, "A"):
            told = " ".join(event.as_json for event in await get_events(database, seen_by, order_id=order_id))
            assert {what for what in SAID if f'CANARY-{what}"' in told} == expected, (seen_by, order_id)
            assert ("ops-1" in told) == (eyes is Role.PLATFORM), "who of the platform it was is nobody's business"
            assert ("released" in told) == (eyes in (Role.PLATFORM, Role.SELLER)), "what the seller is paid out"
            assert "b-7" in told, "and the sides know each other"


PLATFORM: dict[str, Any] = {"role": Role.PLATFORM, "party_id": "ops-1"}
OF_SELLER: dict[str, Any] = {"role": Role.SELLER, "party_id": "s-3"}
SAID: dict[str, tuple[dict[str, Any], Role | None]] = {
    "start": ({"name": "start"}, None),
    "decided": (PLATFORM | {"name": "cancel_order"}, None),
    "paid-out": ({"name": "release_updated", "role": Role.SYSTEM, "money": {"held": -5, "released": 5}}, None),
    "note": (PLATFORM | {"name": "add_note", "platform_only": True}, None),
    "buyer-refused": ({"name": "open_dispute", "outcome": "refused"}, None),
    "seller-refused": (OF_SELLER | {"name": "ship", "outcome": "refused"}, None),
    "platform-refused": (PLATFORM | {"name": "grant_refund", "outcome": "refused"}, None),
    "unknown-refused": ({"role": Role.SYSTEM, "party_id": "unknown", "name": "sihp", "outcome": "refused"}, None),
    "buyer-platform": ({}, Role.PLATFORM),
    "buyer-seller": ({}, Role.SELLER),
    "seller-platform": (OF_SELLER, Role.PLATFORM),
    "platform-buyer": (PLATFORM, Role.BUYER),
    "platform-seller": (PLATFORM, Role.SELLER),
}
"""Each with the party to whom it is said, if it is a message."""
BOTH = frozenset({"start", "decided", "paid-out"})
SEEN_BY: dict[Role | None, frozenset[str]] = {
    Role.BUYER: BOTH | {"buyer-refused", "buyer-platform", "buyer-seller", "platform-buyer"},
    Role.SELLER: BOTH | {"seller-refused", "seller-platform", "buyer-seller", "platform-seller"},
    None: BOTH,
}


async def test_an_event_is_told_in_the_readers_language(database: asyncpg.Pool) -> None:
    """By what its sentence is made of, as the timeline is; what is taken back too, and what nobody kept that of as it
    is."""
    said = {"summary": to_wire(say("Note by the platform")), "why": to_wire(say("CANARY")), "code": "invalid"}
    rows = (entry(1, summary="Note by the platform", said=said), entry(2), entry(3))
    await write(database, "A", 1, 3, timeline=rows)
    await all_numbered(database)
    await write(database, "A", 2, 2, timeline=rows[1:2], decided_at=NOON + timedelta(hours=1), history_length=90)
    for language in ("en", "de", "es-MX"):
        told = await feed(database, language=language)
        of_order = await get_timeline(database, "A", language=language)
        assert [event.summary for event in told[:2]] == [row.summary for row in of_order]
        assert told[3].summary == retold("", to_wire(TAKEN_BACK), language)
        assert (told[0].summary == "Note by the platform") == (language == "en")
    assert "CANARY" not in await database.fetchval("SELECT said::text FROM events WHERE seq = 1"), "nothing but that"
