"""A small run of the proof that every history replays: `benchmarks/replays.py`."""

import io
from pathlib import Path

from rich.console import Console

from benchmarks.replays import PART, go_on, parts_of
from benchmarks.replays_stories import STORIES


async def test_what_busy_orders_write_replays_and_their_rows_are_what_they_say(tmp_path: Path) -> None:
    """Looked at while messages come, with two processes that burn CPU beside them."""
    file, said = tmp_path / "done.jsonl", io.StringIO()
    asked = parts_of(seed=11, orders=PART * len(STORIES), stories=[*STORIES])
    assert {part.story: part.orders for part in asked} == dict.fromkeys(STORIES, PART)
    done = await go_on(asked, file, Console(file=said))
    assert [part.same for part in done] == [part.same for part in asked]
    assert not any(part.bad or part.wrong for part in done), said.getvalue()
    assert await go_on(asked, file, Console(file=said)) == done, "what is kept is not done again"
