"""The commands `countermand ops …`: what an operator tells the engine of its own machines.

How a command fails lives in `exits.py`.
"""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from starter.cli.exits import finish
from starter.cli.render import console, instant
from starter.client.retrying import reading
from starter.connections import connect_database
from starter.restorations import mark_restored
from starter.settings.environment import load_settings

_ops = typer.Typer(help="What an operator tells the engine of its own machines.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(_ops, name="ops")


@_ops.callback()
def _group() -> None:
    """A group, also with one command in it."""


@_ops.command()
def restored(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False) -> None:
    """Say that the database was restored from a backup, before any worker starts on it: the payment provider is asked
    before each call whether it was made already, for what was sent after the backup no row knows."""
    at = finish(_restored(), as_json=as_json)
    if as_json:
        typer.echo(json.dumps({"restored_at": at.isoformat()}))
    else:
        console().print(f"Marked as restored at {instant(at)}. Every refund and payout is looked up before it is sent.")


async def _restored() -> datetime:
    async with await connect_database(load_settings()) as pool:
        return (await reading(mark_restored(pool))).astimezone(UTC)
