"""A small run of `benchmarks/feed.py`: it measures every way, and every event arrives. No test asserts a time."""

import argparse

from benchmarks.feed import RATE, run


async def test_every_way_is_measured_and_every_event_arrives() -> None:
    found = await run(argparse.Namespace(rounds=2, records=5, seconds=0.5))
    assert set(found["record_ms"]) == {"before", "with", "numbered"}
    assert len(found["record_ratio"]) == 3
    assert found["lag_ms"]["events"] == RATE / 2
    assert 0 <= found["lag_ms"]["p50"] <= found["lag_ms"]["p99"] <= found["lag_ms"]["most"]
