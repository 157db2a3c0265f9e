"""Who is handed what of the feed as it comes, and that nobody sees everybody's orders by mistake."""

import asyncio
import json
from contextlib import AsyncExitStack, aclosing
from typing import Any

import asyncpg
import pytest

from starter.client.feed import EVERYTHING, Event, Visibility, get_events
from starter.client.live import Listener, LiveEvents
from tests.starter.feeds import happened
from tests.starter.test_feed import BUYER, OTHERS, SELLER, feed, living, url
from workflows.messages.sentences import say, to_wire
from workflows.messages.values import Role

__all__ = ("feed", "url")  # fixtures


@pytest.mark.parametrize(
    "nobodys",
    [
        *({"eyes": Role.BUYER}, {"eyes": Role.SELLER}),
        *({"eyes": Role.BUYER, "seller_id": "s-3"}, {"eyes": Role.SELLER, "buyer_id": "b-7"}),
    ],
)
def test_a_side_without_its_id_sees_nothing_rather_than_everything(nobodys: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="own orders"):
        Visibility(**nobodys)


async def test_each_is_told_as_they_may_see_it_and_in_their_language(feed: asyncpg.Pool, url: str) -> None:
    """What is handed out as it comes says the same as the page that is read later."""
    everybody = (EVERYTHING, BUYER, SELLER, OTHERS)
    said = json.dumps(to_wire(say("Note by the platform")))
    async with living(feed, url) as events, AsyncExitStack() as places:
        hearing = []
        for seen_by in everybody:
            for language in ("en", "de"):
                listener = places.enter_context(events.joined(seen_by, language=language))
                hearing.append(asyncio.create_task(_told(events, listener)))
        await asyncio.sleep(0.1)
        for whose in ((), ("buyer",), ("seller",)):
            await happened(feed, "A", 1, seen_by=whose, said=said)
        await happened(feed, "A", 1, said=said)
        told = await asyncio.gather(*hearing)
    pages = [await get_events(feed, seen_by, language=language) for seen_by in everybody for language in ("en", "de")]
    assert told == pages
    assert [[event.seq for event in page] for page in pages[::2]] == [[1, 2, 3, 4], [2, 4], [3, 4], [4]]
    assert {event.summary for page in pages[::2] for event in page} == {"Note by the platform"}
    assert {event.summary for page in pages[1::2] for event in page} == {"Notiz der Plattform"}
    assert ["released" in page[-1].money for page in pages[::2]] == [True, False, True, False]


async def _told(events: LiveEvents, listener: Listener) -> tuple[Event, ...]:
    """What is told up to the fourth event."""
    told: tuple[Event, ...] = ()
    async with aclosing(events.follow(listener, 0)) as following:
        async for some in following:
            told += some
            if told and told[-1].seq == 4:
                break
    return told
