"""`GET /events` over real HTTP: pages, streams, and readers who do not read."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import asyncpg
import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from starter.client import live
from starter.client.feed import MAX_EVENTS
from starter.client.live import LiveEvents
from starter.client.orders import OrderClient
from starter.gateway import event_routes
from starter.gateway.callers import Scope
from starter.gateway.event_routes import MAX_STREAMS
from starter.serving import GRACE_SECONDS, LIMITS, listen, serve
from starter.slow_callers import CallerLimits
from tests.activities.sandboxes import listening
from tests.starter.doorbell import BUYER, OPS, SELLER, api_over, as_person, bearer, new_key
from tests.starter.feeds import happened
from tests.starter.test_feed import feed, living, url
from workflows.messages.sentences import say, to_wire

__all__ = ("feed", "url")  # fixtures
PATIENCE: Final = 20.0
CALLERS: Final = {
    "platform": OPS,
    "buyer": BUYER,
    "seller": SELLER,
    "stranger": as_person("buyer", "b-9"),
    "other seller": as_person("seller", "s-4"),
}


def app_of(pool: asyncpg.Pool, events: LiveEvents) -> Starlette:
    """The whole gateway, which needs no Temporal for this."""
    return api_over(OrderClient(None, pool, "orders"), live=events)  # type: ignore[arg-type]


@asynccontextmanager
async def gateway(
    pool: asyncpg.Pool, events: LiveEvents, limits: CallerLimits = LIMITS
) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        asyncio.timeout(PATIENCE),
        listening(app_of(pool, events), limits=limits) as address,
        httpx.AsyncClient(base_url=address, headers=OPS, timeout=PATIENCE) as client,
    ):
        yield client


@pytest_asyncio.fixture
async def events(feed: asyncpg.Pool, url: str) -> AsyncIterator[LiveEvents]:
    async with living(feed, url) as made:
        yield made


@pytest_asyncio.fixture
async def client(feed: asyncpg.Pool, events: LiveEvents) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(feed, events) as made:
        yield made


async def read_stream(
    client: httpx.AsyncClient, count: int, query: str = "", **headers: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """The first `count` events of a stream, as any reader of server-sent events takes them, and its other lines."""
    told, others, number = [], [], ""
    async with client.stream("GET", f"/events{query}", headers={"accept": "text/event-stream"} | headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
        async for line in answer.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "id":
                number = value
            elif field == "data":
                told.append(json.loads(value))
                assert str(told[-1]["seq"]) == number
            elif line:
                others.append(line)
            if len(told) == count:
                break
    return told, others


async def test_a_page_holds_what_the_contract_says(feed: asyncpg.Pool, client: httpx.AsyncClient) -> None:
    await happened(feed, "A", 3)
    answer = await client.get("/events", params={"after": 1, "limit": 1})
    assert answer.status_code == 200
    page = answer.json()
    at = page["events"][0].pop("at")
    assert at.endswith("Z")
    assert page == {
        "events": [
            {
                "seq": 2,
                "order_id": "A",
                "version": 1,
                "entry": 2,
                "name": "ship",
                "outcome": "accepted",
                "by": {"role": "seller", "id": "s-3"},
                "from_stage": None,
                "to_stage": "shipped",
                "status": "shipped",
                "currency": "USD",
                "money": {"held": -5, "released": 5},
                "replaces": None,
                "summary": "The seller has shipped.",
                "seen_by": ["buyer", "others", "seller"],
            }
        ],
        "after": 2,
    }
    assert (await client.get("/events", params={"after": 3})).json() == {"events": [], "after": 3}


async def test_what_one_may_not_see_and_what_does_not_exist_answer_alike(
    feed: asyncpg.Pool, client: httpx.AsyncClient
) -> None:
    await happened(feed, "A", 2)
    await happened(feed, "A", 1, seen_by=())
    seen = [
        (await client.get(f"/events?order={order_id}", headers=CALLERS[caller])).json()["events"]
        for caller, order_id in (("platform", "A"), ("buyer", "A"), ("stranger", "A"), ("stranger", "B"))
    ]
    assert [len(events) for events in seen] == [3, 2, 0, 0]


async def test_a_canary_reaches_only_whom_it_is_for(feed: asyncpg.Pool, client: httpx.AsyncClient) -> None:
    """By page, by order and by stream, in the reader's language; a key that is bound shows its party's alone."""
    for whose in ((), ("buyer",), ("seller",)):
        said = say("Order {order_id}: {asked} by {at}.", order_id=f"CANARY-{'-'.join(whose)}.", asked="", at="")
        await happened(feed, "A", 1, seen_by=whose, said=json.dumps(to_wire(said)))
    await happened(feed, "A", 1)
    callers = CALLERS | {
        name: bearer(await new_key(feed, Scope.READ, Scope.PLATFORM, bound=bound), acting)
        for name, bound, acting in (
            ("bound", ("seller", "s-3"), None),
            ("bound elsewhere", ("seller", "s-4"), None),
            ("bound, as the platform", ("seller", "s-3"), "platform:ops-1"),
            ("bound elsewhere, as the platform", ("seller", "s-4"), "platform:ops-1"),
        )
    }
    everything: set[str] = {"", "buyer", "seller"}
    expected = {
        "platform": everything,
        "buyer": {"buyer"},
        "seller": {"seller"},
        "bound": {"seller"},
        "bound, as the platform": everything,
    }
    for caller, own in callers.items():
        canaries, headers = expected.get(caller, set()), own | {"accept-language": "de"}
        pages = [(await client.get(f"/events{query}", headers=headers)).text for query in ("", "?order=A")]
        count = len(canaries) + 1
        streamed, _ = await read_stream(client, count, **headers) if canaries else ([], [])
        for told in (*pages, *([json.dumps(streamed)] if canaries else [])):
            assert {one for one in ("", "buyer", "seller") if f"CANARY-{one}." in told} == canaries, caller
            assert ("Bestellung CANARY" in told) == bool(canaries), caller
            assert ('"order_id"' in told) == bool(canaries), caller


@pytest.mark.parametrize(
    "wrong", ["after=-1", "after=x", f"after={2**63}", "limit=0", "limit=501", "order=..", "from=1"]
)
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_a_wrong_word_is_refused_and_named(client: httpx.AsyncClient, wrong: str, accept: str) -> None:
    answer = await client.get(f"/events?{wrong}", headers={"accept": accept})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert wrong.partition("=")[0] in answer.json()["detail"]


async def test_a_stream_goes_on_where_its_reader_was(feed: asyncpg.Pool, client: httpx.AsyncClient) -> None:
    """Whatever number its address names, which a browser repeats."""
    await happened(feed, "A", 5)
    told, others = await read_stream(client, 2)
    assert ([event["seq"] for event in told], others) == ([1, 2], ["retry: 1000"])
    reading = asyncio.create_task(read_stream(client, 4, "?after=1", **{"last-event-id": "2"}))
    await asyncio.sleep(0.1)
    await happened(feed, "B", 1)
    told, _ = await reading
    assert [event["seq"] for event in told] == [3, 4, 5, 6]
    refused = await client.get("/events", headers={"accept": "text/event-stream", "last-event-id": "then"})
    assert refused.status_code == 422


async def test_a_stream_shows_what_its_reader_may_see_and_says_that_it_lives(
    feed: asyncpg.Pool, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE_SECONDS", 0.05)
    reading = asyncio.create_task(read_stream(client, 1, **BUYER))
    await asyncio.sleep(0.5)
    await happened(feed, "B", 1, buyer="b-8")
    await happened(feed, "A", 1, seen_by=("seller",))
    await happened(feed, "A", 1)
    told, others = await reading
    assert [event["seq"] for event in told] == [3]
    assert ": nothing new" in others


async def test_a_reader_who_leaves_is_forgotten(
    events: LiveEvents, client: httpx.AsyncClient, feed: asyncpg.Pool
) -> None:
    await happened(feed, "A", 1)
    await read_stream(client, 1)
    while events.count:
        await asyncio.sleep(0.01)


async def test_a_stream_ends_after_a_while_and_when_the_process_does(
    feed: asyncpg.Pool, events: LiveEvents, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reader comes again, and is asked again who it is."""
    await happened(feed, "A", 1)
    with monkeypatch.context() as patched:
        patched.setattr(event_routes, "STREAM_SECONDS", 0.0)
        assert len((await read_stream(client, 9))[0]) == 1
    reading = asyncio.create_task(read_stream(client, 9))
    await asyncio.sleep(0.2)
    events.close()
    assert len((await reading)[0]) == 1
    answer = await client.get("/events", headers={"accept": "text/event-stream"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]


async def test_a_gateway_that_is_told_to_stop_lets_its_readers_go_at_once(
    feed: asyncpg.Pool, events: LiveEvents
) -> None:
    """And does not wait for them as for requests that end by themselves."""
    listener = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    serving = asyncio.create_task(serve(app_of(feed, events), listener, "gateway", stopping=events.close))
    await happened(feed, "A", 1)
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(base_url=address, timeout=PATIENCE) as client:
        reading = asyncio.create_task(read_stream(client, 9, **OPS))
        while not events.count:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        begun = time.monotonic()
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
        assert time.monotonic() - begun < GRACE_SECONDS
        assert [event["seq"] for event in (await reading)[0]] == [1]


async def test_one_caller_has_so_many_streams_and_leaves_places_for_others(
    feed: asyncpg.Pool, events: LiveEvents, client: httpx.AsyncClient
) -> None:
    await happened(feed, "A", 1)
    asked = {"accept": "text/event-stream"}
    async with AsyncExitStack() as streams:
        for _ in range(MAX_STREAMS):
            answer = await streams.enter_async_context(client.stream("GET", "/events", headers=asked))
            assert answer.status_code == 200
        refused = await client.get("/events", headers=asked)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert refused.headers["retry-after"]
        assert (await client.get("/events")).status_code == 200
        await read_stream(client, 1, **BUYER)
    while events.count:
        await asyncio.sleep(0.01)
    await read_stream(client, 1)


async def test_whoever_asks_for_the_head_of_it_holds_no_stream(events: LiveEvents, client: httpx.AsyncClient) -> None:
    answer = await client.head("/events", headers={"accept": "text/event-stream"})
    assert (answer.status_code, answer.headers["content-type"], events.count) == (200, "application/json", 0)


async def test_without_a_place_the_reader_is_told_to_come_again(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_LISTENERS", 0)
    answer = await client.get("/events", headers={"accept": "text/event-stream"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]


async def test_a_reader_who_never_reads_is_dropped(feed: asyncpg.Pool, events: LiveEvents) -> None:
    """As soon as what is sent to them piles up for longer than they have, and others hear on meanwhile."""
    async with gateway(feed, events, CallerLimits(stalled_seconds=0.5)) as client:
        host, port = client.base_url.host, client.base_url.port
        _, writer = await asyncio.open_connection(host, port, limit=1)
        writer.write(_WHOLE.encode())
        while not events.count:
            await asyncio.sleep(0.01)
        count = 0
        while events.count:
            await happened(feed, "A", MAX_EVENTS)
            count += MAX_EVENTS
            told, _ = await read_stream(client, 5, f"?after={count - 5}")
            assert told[-1]["seq"] == count
            await asyncio.sleep(0.01)
        writer.close()


_WHOLE: Final = "\r\n".join(
    ["GET /events HTTP/1.1", "host: x", f"authorization: {OPS['Authorization']}", "accept: text/event-stream", "", ""]
)


async def test_while_postgres_is_away_one_is_told_so(client: httpx.AsyncClient, feed: asyncpg.Pool) -> None:
    await feed.close()
    answer = await client.get("/events")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]


async def test_whoever_is_behind_while_postgres_is_away_is_told_so_before_a_stream_begins(
    client: httpx.AsyncClient, feed: asyncpg.Pool, events: LiveEvents
) -> None:
    await happened(feed, "A", 2)
    await read_stream(client, 2)
    async with asyncio.timeout(PATIENCE):
        while not events.is_behind(1):
            await asyncio.sleep(0.01)
    await feed.close()
    asked = {"accept": "text/event-stream"}
    answer = await client.get("/events?after=1", headers=asked)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]
    async with client.stream("GET", "/events?after=2", headers=asked) as begun:
        assert begun.status_code == 200, "it has all that there is, and hears what comes"
