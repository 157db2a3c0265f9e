"""What a run that was ended had taken and not written down: asked of that very run, and listed by name, never by text.

How its order goes on lives in `ended.py`.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from temporalio.client import WorkflowHandle

from activities.stuck.ended import NEVER_THE_ORDER
from activities.stuck.histories import failure_type, messages_of
from activities.stuck.look import Look, NoAnswer, Silence, answer, for_each
from activities.stuck.table import Found
from workflows.messages.ids import workflow_id
from workflows.messages.stuck import Cause, names_fact
from workflows.messages.work import Standing, TimelineEntry

READ_AT_ONCE: Final = 50
"""Runs that one look asks: each is a replay by a worker that has orders to serve."""
ASKED_AT_MOST: Final = 5
"""Looks that ask a run which does not answer; workers that were being replaced are back by then."""
NO_ORDER: Final = (*NEVER_THE_ORDER, "unknown_order")
"""How a run fails that never carried an order: what came to it belongs to another run, or to nobody."""


async def see_what_was_lost(look: Look) -> None:
    """Ask the runs that were not asked yet; and end what has turned up since."""
    await look.table.execute("found_again", look.began)
    await for_each(await look.table.fetch("broken_to_read", READ_AT_ONCE), lambda run: _read(look, run))


async def _read(look: Look, run: asyncpg.Record) -> None:
    handle = look.run(run["order_id"], run["run_id"])
    found = None
    try:
        if not await _never_was_the_order(look, run):
            found = _not_written(run, await _missing(look, run["order_id"], await unwritten(handle)))
    except NoAnswer as silent:
        came = await messages_of(handle)
        # A run that was still loading its order, or never completed a task, had nothing but its messages.
        had_an_order = came.decided and silent.why is not Silence.LOADING
        if had_an_order and run["asked"] + 1 < ASKED_AT_MOST:
            await look.table.execute("broken_asked", run["run_id"], None)
            return
        found = _not_read(run, came.unhandled, always=True) if had_an_order else _not_read(run, came.every)
    await look.table.keep([found] if found else [], look.began)
    await look.table.execute("broken_asked", run["run_id"], look.began)


async def unwritten(run: WorkflowHandle[Any, Any]) -> Sequence[TimelineEntry]:
    """The entries that the run had made, and of which it did not know that they are written. Raises `NoAnswer`."""
    return Standing.model_validate(await answer(run, "record")).batch.timeline


async def _missing(look: Look, order_id: str, made: Sequence[TimelineEntry]) -> Sequence[TimelineEntry]:
    """Those that do not stand in Postgres, under whatever number."""
    if not made:
        return ()
    rows = await look.table.fetch("unwritten", order_id, json.dumps(_named(made)))
    missing = {row["entry"] for row in rows}
    return [entry for entry in made if entry.entry in missing]


async def _never_was_the_order(look: Look, run: asyncpg.Record) -> bool:
    return await failure_type(look.client, workflow_id(run["order_id"]), run["run_id"]) in NO_ORDER


def _not_written(run: asyncpg.Record, missing: Sequence[TimelineEntry]) -> Found | None:
    if not missing:
        return None
    facts = _facts(run, [entry.name for entry in missing])
    return Found(run["order_id"], Cause.NOT_WRITTEN, run["closed_at"], facts, run["run_id"], _named(missing))


def _not_read(run: asyncpg.Record, left: Sequence[str], *, always: bool = False) -> Found | None:
    """What waits in the history of a run that cannot be asked. One that had an order is `always` told of: what it has
    left unwritten nobody can say."""
    if not left and not always:
        return None
    facts = _facts(run, left)
    return Found(run["order_id"], Cause.NOT_READ, run["closed_at"], facts, run["run_id"])


def _facts(run: asyncpg.Record, names: Sequence[str]) -> dict[str, str]:
    return {"run": run["run_id"], "count": str(len(names)), "names": names_fact(names)}


def _named(entries: Sequence[TimelineEntry]) -> list[dict[str, Any]]:
    """By what entries are known, without what anybody wrote (R26)."""
    return [entry.model_dump(mode="json", include={"entry", "name", "at", "request_id"}) for entry in entries]
