"""The commands of `countermand` for what disagrees: find it, list it, say that it is resolved.

How a command fails lives in `exits.py`; what is found, in `activities/reconciliation/money.py`.
"""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from rich.table import Table
from rich.text import Text

from activities.reconciliation.disagreements import FoundDisagreement, list_disagreements, resolve
from activities.stuck.table import resolve_lost
from starter.cli.exits import REFUSED, finish
from starter.cli.render import console, instant
from starter.cli.safe_text import safe
from starter.client.retrying import reading
from starter.connections import connect_database, connect_temporal
from starter.schedules import run_reconciliation
from starter.settings.nearby import settings_here
from workflows.messages.reconciling import Reconciled
from workflows.messages.stuck import Kind

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command(name="reconcile")(reconcile)
    app.command(name="disagreements")(disagreements)
    app.command(name="resolve")(resolve_)


def reconcile(
    *,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day to compare, in UTC [default: yesterday].")
    ] = None,
    every_order: Annotated[
        bool, typer.Option("--every-order", help="Ask every order: after the database was restored from a backup.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the payment provider's book, our ledger and the lists with each other, and report what disagrees."""
    found = finish(_reconcile(day, every_order=every_order), as_json=as_json)
    if as_json:
        _print_json(found)
        return
    console().print(f"{found.day}: {sum(found.counts.values()) or 'nothing'} to report.")
    for name, count in found.counts.items():
        console().print(f"{name:<20}{count:>8}")
    if found.counts:
        console().print("Look: countermand disagreements")


async def _reconcile(day: datetime | None, *, every_order: bool) -> Reconciled:
    settings = settings_here()
    client = await connect_temporal(settings)
    asked = None if day is None else day.date()
    return await run_reconciliation(client, settings.task_queue, asked, every_order=every_order)


def disagreements(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are resolved.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what disagrees, the latest first."""
    found = finish(_disagreements(everything=everything), as_json=as_json)
    if as_json:
        _print_json({"disagreements": [one.model_dump(mode="json") for one in found]})
    elif not found:
        console().print("Nothing disagrees.")
    else:
        console().print(_table(found))


async def _disagreements(*, everything: bool) -> tuple[FoundDisagreement, ...]:
    async with await connect_database(settings_here()) as pool:
        return await reading(list_disagreements(pool, resolved_too=everything))


def resolve_(
    number: Annotated[int, typer.Argument(metavar="ID", help="Its number in `countermand disagreements`.")],
    *,
    stuck: Annotated[
        bool, typer.Option("--stuck", help="Of something lost in `countermand list --stuck`: ID is its number there.")
    ] = False,
    note: Annotated[str, typer.Option(help="What it was, and what was done about it.")],
    as_json: AsJson = False,
) -> None:
    """Say that a disagreement was looked into. It comes back if it says something else another day."""
    if not note.strip():
        raise typer.BadParameter("say what it was, and what was done about it", param_hint="--note")
    wrong = finish((_resolve_lost if stuck else _resolve)(number, note.strip()), as_json=as_json)
    if wrong:
        console(to_errors=True).print(wrong, style="red", soft_wrap=True)
        raise typer.Exit(REFUSED)
    if as_json:
        _print_json({"id": number, "resolved": True})
    else:
        console().print(f"{'Number' if stuck else 'Disagreement'} {number} is resolved.")


async def _resolve(number: int, note: str) -> str | None:
    """Why it could not be resolved; None when it is."""
    async with await connect_database(settings_here()) as pool:
        known = await reading(resolve(pool, number, note))
    return None if known else f"not_found: there is no disagreement {number}; see countermand disagreements --all."


async def _resolve_lost(number: int, note: str) -> str | None:
    """The same of something lost."""
    async with await connect_database(settings_here()) as pool:
        kind = await reading(resolve_lost(pool, number, note))
    match kind:
        case None:
            return f"not_found: nothing has the number {number} in countermand list --stuck."
        case Kind.LOST:
            return None
        case _:
            return f"not_allowed_now: number {number} is {kind}, and ends by itself once its order goes on."


def _table(found: tuple[FoundDisagreement, ...]) -> Table:
    table = Table("id", "kind", "key", "order", "ours", "theirs", "last seen (UTC)", "note", box=None, pad_edge=False)
    for one in found:
        cells = (one.kind, one.key, one.order_id or "", _told(one.ours), _told(one.theirs))
        seen = instant(one.last_seen_at.astimezone(UTC))
        note = f"resolved: {one.note or ''}" if one.resolved_at else one.note or ""
        table.add_row(str(one.id), *(Text(safe(cell)) for cell in (*cells, seen, note)))
    return table


def _told(side: Any) -> str:
    """One side's words, without the names of things that the row says already."""
    match side:
        case list():
            return "; ".join(_told(one) for one in side)
        case dict():
            skipped = ("order_id", "created_at")
            return " ".join(f"{value}" for name, value in side.items() if name not in skipped and value is not None)
        case _:
            return "nothing" if side is None else str(side)


def _print_json(value: BaseModel | dict[str, Any]) -> None:
    """One line: what reads it may read line by line."""
    typer.echo(value.model_dump_json() if isinstance(value, BaseModel) else json.dumps(value))
