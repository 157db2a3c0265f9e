"""Whatever disagrees between the provider, Postgres and the workflows, reconciliation finds it, and only that."""

import asyncio
from collections import Counter

from tests.workflow.plants import PLANTS, Field, Found
from tests.workflow.reconciling import Marketplace
from workflows.messages.reconciling import Kind

AT_LEAST = 20
"""Kinds of disagreement, each planted in its own way."""
AT_ONCE = 6
"""Orders under way at the same time: more only wait for each other."""


async def planted(marketplace: Marketplace, prefix: str) -> Found:
    """Every plant in an order of its own; what must be found of each."""
    places = asyncio.Semaphore(AT_ONCE)

    async def plant(number: int) -> Found:
        async with places:
            return await PLANTS[number](Field(marketplace, f"{prefix}-{number:02}"))

    return set[tuple[str, str]]().union(*await asyncio.gather(*map(plant, range(len(PLANTS)))))


async def timeline(marketplace: Marketplace) -> Counter[str]:
    """How often each order has heard of what."""
    rows = await marketplace.pool.fetch("SELECT order_id, name FROM timeline WHERE party_id = 'memory'")
    return Counter(f"{row['order_id']} {row['name']}" for row in rows)


async def test_whatever_disagrees_is_found_or_told_to_its_order_and_nothing_else_is(
    marketplace: Marketplace, order_id: str
) -> None:
    expected = await planted(marketplace, order_id[:20])
    assert len(PLANTS) >= AT_LEAST
    assert {kind for kind, _ in expected} == {*map(str, Kind), "told"}, "of every kind there is"
    await marketplace.listed(1, "ExecutionStatus = 'Terminated'")
    await marketplace.listed(1, "ExecutionStatus = 'Paused'")
    await marketplace.listed(await marketplace.pool.fetchval("SELECT count(DISTINCT order_id) FROM timeline"))
    before = await timeline(marketplace)
    counts = await marketplace.reconcile(every_order=True)
    words = {key for kind, key in expected if kind == "told"}
    async with asyncio.timeout(60):
        while missing := words - set(await timeline(marketplace) - before):
            await asyncio.sleep(0.1)
    assert not missing
    told = {("told", key) for key in await timeline(marketplace) - before}
    assert set(await marketplace.disagreements()) | told == expected
    assert counts["fed"] == len(words) - 1, "two orders hear one word about the payment that they share"
