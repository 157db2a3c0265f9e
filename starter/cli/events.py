"""The command `countermand events`: the feed of what happened in every order.

How a command fails lives in `exits.py`.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Final

import asyncpg
import typer
from rich.text import Text

from activities.languages import DEFAULT
from starter.cli.exits import finish
from starter.cli.render import STYLES, console, instant, signed
from starter.cli.safe_text import safe
from starter.client.feed import EVERYTHING, MAX_EVENTS, USUAL_EVENTS, Event, get_events
from starter.client.retrying import reading
from starter.connections import connect_database
from starter.settings.nearby import settings_here

FOLLOW_EVERY: Final = 0.2
"""Seconds between two looks while following: live for a person, nothing for Postgres."""


def register(app: typer.Typer) -> None:
    """Add this command to the program."""
    app.command(name="events")(events)


def events(
    *,
    after: Annotated[int, typer.Option(min=0, metavar="SEQ", help="Only what came after this number.")] = 0,
    order: Annotated[str | None, typer.Option(help="Only of this order.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_EVENTS, help="Events of one page.")] = USUAL_EVENTS,
    language: Annotated[str, typer.Option(help="en, de or es: in which it is told.")] = DEFAULT,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes, until Ctrl-C.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for a program; with --follow one line for each event.")
    ] = False,
) -> None:
    """Show what happened in every order, numbered without gaps; a number is never given twice."""
    if follow:
        finish(_follow(after, order, limit, language, as_json=as_json), as_json=as_json)
        return
    found = finish(_page(after, order, limit, language), as_json=as_json)
    last = found[-1].seq if found else after
    if as_json:
        typer.echo(json.dumps({"events": [event.model_dump(mode="json") for event in found], "after": last}))
        return
    for event in found:
        console().print(_line(event), soft_wrap=True)
    if not found:
        console().print("Nothing has happened yet." if after == 0 else "Nothing more has happened.")
    if len(found) == limit:
        console().print(f"More: the same with --after {last}", soft_wrap=True)


async def _page(after: int, order_id: str | None, limit: int, language: str) -> tuple[Event, ...]:
    async with await connect_database(settings_here()) as pool:
        return await reading(get_events(pool, EVERYTHING, after, order_id, limit, language))


async def _follow(after: int, order_id: str | None, limit: int, language: str, *, as_json: bool) -> None:
    async with await connect_database(settings_here()) as pool:
        async for event in _coming(pool, after, order_id, limit, language):
            if as_json:
                print(event.as_json, flush=True)
            else:
                console().print(_line(event), soft_wrap=True)


async def _coming(
    pool: asyncpg.Pool, after: int, order_id: str | None, limit: int, language: str
) -> AsyncIterator[Event]:
    while True:
        page = await reading(get_events(pool, EVERYTHING, after, order_id, limit, language))
        for event in page:
            after = event.seq
            yield event
        if len(page) < limit:
            await asyncio.sleep(FOLLOW_EVERY)


def _line(event: Event) -> Text:
    """One event: its number, when, which order, who, what happened, the money it moved, and what it replaces."""
    who = f"{event.by.role} {safe(event.by.id)}".strip()
    line = Text(f"{event.seq:>8}  {instant(event.at)}  ")
    line.append(safe(event.order_id), "bold")
    line.append(f"  {who:<24}  ")
    line.append(safe(event.summary), STYLES.get(event.outcome, ""))
    if moved := ", ".join(f"{column} {signed(amount, event.currency)}" for column, amount in event.money.items()):
        line.append(f"  [{moved}]", "green")
    if event.replaces is not None:
        line.append(f"  (instead of {event.replaces})", "yellow")
    return line
