"""Commands that are sent again since no answer came: each is carried out once, and answered alike each time."""

import asyncio
import random
from collections import Counter
from typing import Any, Final

import httpx
import pytest
from asyncpg import Pool

from starter.client.orders import OrderClient
from starter.client.reads import MAX_ENTRIES, get_timeline
from tests.activities.sandboxes import PATIENCE, listening
from tests.starter.doorbell import BUYER, OPS, SELLER, api_over, calling
from tests.starter.lossy import Lossy
from tests.starter.orders import an_order

EACH: Final = 50
"""Commands to one order: it takes ten at once, and a hundred messages of a side."""
AT_ONCE: Final = 8
CHUNK: Final = 1_000
CHUNKS: Final = 10
SIZES: Final = [
    pytest.param(1, 150, id="150"),
    *(pytest.param(seed, CHUNK, marks=pytest.mark.long, id=f"seed{seed}") for seed in range(2, 2 + CHUNKS)),
]
"""`make long` sends ten thousand, a thousand a test, so that it goes on where it was stopped."""
KINDS: Final[tuple[tuple[str, dict[str, str], dict[str, Any]], ...]] = (
    ("send_message", BUYER, {"to": "seller", "text": "Where is it?"}),
    ("send_message", SELLER, {"to": "buyer", "text": "On its way."}),
    ("add_note", OPS, {"text": "Seen to."}),
)


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(("seed", "count"), SIZES)
async def test_whoever_never_heard_sends_again_and_it_is_done_once(
    client: OrderClient, pool: Pool, order_id: str, seed: int, count: int
) -> None:
    """Answers are lost after the deed, connections break in the middle of it, and some send again what was answered."""
    chance = random.Random(seed)
    order_ids = [f"{order_id}-{number}" for number in range(-(-count // EACH))]
    async with calling(api_over(client), **OPS) as http:
        for one in order_ids:
            start = an_order(one).model_dump(mode="json", exclude_unset=True)
            assert (await http.post("/orders", json=start)).status_code == 201
    todo = [(f"k-{number}", order_ids[number % len(order_ids)], *chance.choice(KINDS)) for number in range(count)]
    async with listening(api_over(client)) as url, asyncio.timeout(1_700):
        network = Lossy(httpx.AsyncHTTPTransport(), chance)
        async with httpx.AsyncClient(transport=network, base_url=url, timeout=PATIENCE) as http:
            left = iter(todo)

            async def caller() -> None:
                for key, order, name, headers, body in left:
                    for _ in range(1 + (chance.random() < 0.2)):
                        await _until_heard(http, f"/orders/{order}/{name}", headers | {"Idempotency-Key": key}, body)

            async with asyncio.TaskGroup() as callers:
                for _ in range(AT_ONCE):
                    callers.create_task(caller())
    alike = {key: set(told) for key, told in network.told.items()}
    assert set(alike) == {key for key, *_ in todo}
    assert {key: told for key, told in alike.items() if len(told) != 1 or next(iter(told))[0] != 200} == {}
    assert network.fates["hung up"] and network.fates["lost"], network.fates
    print(f"seed {seed}: {count} commands, {network.fates.total()} sent: {dict(network.fates)}")  # noqa: T201 - a figure
    await _stand_once(pool, order_ids, Counter(order for _, order, *_ in todo), {key: order for key, order, *_ in todo})


async def _until_heard(http: httpx.AsyncClient, path: str, headers: dict[str, str], body: dict[str, Any]) -> None:
    """As any caller does: the same again, until there is an answer; also when nobody can know whether it was taken."""
    while True:
        try:
            answer = await http.post(path, headers=headers, json=body)
        except httpx.TransportError:
            continue
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            return


async def _stand_once(pool: Pool, order_ids: list[str], sent: Counter[str], of_key: dict[str, str]) -> None:
    """Every command stands in its order's timeline once, and nothing stands beside them but the start."""
    found: Counter[tuple[str, str | None]] = Counter()
    for one in order_ids:
        timeline = await get_timeline(pool, one, limit=MAX_ENTRIES)
        taken = [entry for entry in timeline if entry.request_id]
        assert {entry.outcome for entry in taken} == {"accepted"}
        assert len(taken) == sent[one]
        assert [entry.entry for entry in timeline] == list(range(1, len(timeline) + 1))
        found.update((one, entry.request_id) for entry in taken)
    assert found == Counter((order, key) for key, order in of_key.items())
