"""Whoever follows the feed, in the tests: they keep timelines by the events alone, and mind every rule of the feed."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from activities.feed import WITHDRAWN, Numbering
from starter.client.feed import EVERYTHING, MAX_EVENTS, Event, Visibility, get_events
from workflows.messages.values import Role

TOLD: Final = ("name", "outcome", "at", "from_stage", "to_stage", "summary", "money", "version", "status")
"""What an event and a row of the timeline both say."""
Timelines = dict[str, dict[int, tuple[Any, ...]]]


@dataclass
class Follower:
    """Takes events in the order of their numbers, each once."""

    seen_by: Visibility = EVERYTHING
    after: int = 0
    timelines: Timelines = field(default_factory=lambda: defaultdict(dict))
    _last: dict[tuple[str, int], int] = field(default_factory=dict)

    def take(self, events: Iterable[Event]) -> None:
        for event in events:
            if self.seen_by == EVERYTHING:
                assert event.seq == self.after + 1, f"after {self.after} comes {event.seq}"
            assert event.seq > self.after
            self.after = event.seq
            place = (event.order_id, event.entry)
            timeline = self.timelines[event.order_id]
            if event.replaces is None:
                assert place not in self._last, f"{event} does not say what it replaces"
                if self.seen_by == EVERYTHING:
                    assert event.entry == len({entry for of, entry in self._last if of == event.order_id}) + 1
            elif self.seen_by == EVERYTHING:
                assert self._last[place] == event.replaces, f"{event} replaces something else"
            self._last[place] = event.seq
            if event.name == WITHDRAWN:
                timeline.pop(event.entry, None)
                if not timeline:
                    del self.timelines[event.order_id]
            else:
                timeline[event.entry] = (*(getattr(event, name) for name in TOLD), event.by.role, event.by.id)

    async def catch_up(self, pool: asyncpg.Pool) -> None:
        while page := await get_events(pool, self.seen_by, self.after, limit=MAX_EVENTS):
            self.take(page)


async def timelines(pool: asyncpg.Pool, seen_by: Visibility = EVERYTHING) -> Timelines:
    """What stands in Postgres, as somebody may see it."""
    found: Timelines = defaultdict(dict)
    rows = await pool.fetch(
        "SELECT timeline.*, orders.buyer_id, orders.seller_id, money::text AS moved, ARRAY(SELECT role FROM inbox "
        "WHERE inbox.order_id = timeline.order_id AND inbox.entry = timeline.entry AND kind = 'message') AS addressed "
        "FROM timeline JOIN orders USING (order_id)"
    )
    for row in rows:
        theirs = seen_by.buyer_id in (None, row["buyer_id"]) and seen_by.seller_id in (None, row["seller_id"])
        if theirs and (seen_by.eyes is Role.PLATFORM or _shows(row, seen_by.eyes)):
            said = {**row, "money": json.loads(row["moved"])}
            told = tuple(said[name] for name in TOLD)
            found[row["order_id"]][row["entry"]] = (*told, row["role"], _party(row, seen_by.eyes))
    return found


def _shows(row: asyncpg.Record, eyes: Role | None) -> bool:
    """Whether the timeline shows this row to a side, or to somebody of neither."""
    is_theirs = row["role"] == eyes
    is_for_them = row["name"] != "send_message" or is_theirs or eyes in row["addressed"]
    return not row["platform_only"] and (row["outcome"] != "refused" or is_theirs) and is_for_them


def _party(row: asyncpg.Record, eyes: Role | None) -> str:
    """Who it was, where that is any of their business."""
    return row["party_id"] if eyes is Role.PLATFORM or row["role"] in ("buyer", "seller") else ""


async def all_numbered(pool: asyncpg.Pool) -> None:
    """By one that has just begun, and stands back for nobody."""
    while await pool.fetchval("SELECT EXISTS (SELECT FROM unnumbered)"):
        await Numbering(pool).look()
