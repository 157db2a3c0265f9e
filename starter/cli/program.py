"""The command `countermand`: each command parses, asks the client, and prints. Nothing is decided here.

How words become a message lives in `send.py`, how things look in `render.py`, how a command fails in `exits.py`.
"""

import json
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from activities.crashes import Crashes
from activities.languages import DEFAULT
from activities.migrations import migrate as migrate_database
from starter.cli import (
    approvals,
    completion,
    dev,
    events,
    keys,
    listen,
    lists,
    ops,
    policies,
    requests,
    subscriptions,
    unplaced,
    upkeep,
    words,
)
from starter.cli.card import order_card
from starter.cli.exits import REFUSED, embedded_extra, finish, run
from starter.cli.render import answer_lines, console, timeline_line, waiting_line
from starter.cli.send import Words, send_words
from starter.client.orders import OrderClient
from starter.client.reads import MAX_ENTRIES
from starter.client.start_content import StartedOrder
from starter.connections import connect_temporal, register_search_attributes
from starter.settings.nearby import settings_here
from workflows.messages.decoding import decode_as
from workflows.messages.sentences import say
from workflows.messages.start import NewOrder
from workflows.messages.work import OrderRow, TimelineEntry

app = typer.Typer(
    help="Carries marketplace orders from payment to their end. Start with `countermand dev`.",
    epilog="Exits 0 on success, 1 on a refusal, 2 on wrong usage, 3 when the engine does not answer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for more in (
    approvals,
    dev,
    events,
    keys,
    listen,
    lists,
    ops,
    policies,
    requests,
    subscriptions,
    unplaced,
    upkeep,
    words,
):
    more.register(app)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id, such as A-1001.")]


def main() -> None:
    """The entry point."""
    run(app)


def _print_version(asked: bool) -> None:  # noqa: FBT001 - so an option calls back
    if asked:
        console().print(f"countermand {version('countermand')}")
        raise typer.Exit


@app.callback()
def program(
    *,
    version_asked: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Carries marketplace orders from payment to their end. Start with `countermand dev`."""
    del version_asked


@app.command()
def demo(
    *,
    only: Annotated[str | None, typer.Option(metavar="NAME", help="Play one scenario, such as appealed.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Go on until Ctrl-C, to look around in Temporal's UI.")] = False,
    as_json: AsJson = False,
) -> None:
    """Play the guide's scenarios with shortened terms, and show each order's timeline as it happens."""
    with embedded_extra():
        from starter.demo import DemoOptions, chosen, run_demo  # noqa: PLC0415 - no other command needs the scenarios

    try:
        chosen(only)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--only") from None
    if not finish(run_demo(DemoOptions(as_json=as_json, keep=keep, only=only)), as_json=as_json):
        raise typer.Exit(REFUSED)


@app.command()
def start(
    file: Annotated[
        typer.FileText, typer.Argument(encoding="utf-8", help="The order as JSON; - reads standard input.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Start an order from a JSON file. The same order again is not started twice."""
    started = finish(_start(file.read()), as_json=as_json)
    if as_json:
        _print_json(started)
    else:
        before = "was started before, with the same content" if started.already_started else "is started"
        console().print(f"Order {started.order_id} {before}. Look: countermand show {started.order_id}")


async def _start(text: str) -> StartedOrder:
    order = decode_as(NewOrder, say("The order"), text.encode())
    async with OrderClient.connect(settings_here()) as client:
        return await client.start(order)


@app.command(epilog="Every command: `countermand commands`; one of them: `countermand help COMMAND`.")
def send(  # noqa: PLR0913 - one parameter per option
    order: OrderArgument,
    command: Annotated[
        str, typer.Argument(help="The command or fact, such as ship.", autocompletion=completion.commands)
    ],
    fields: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD=VALUE …]",
            autocompletion=completion.fields,
            help="Its own fields; FIELD:=JSON, FIELD=@FILE, evidence=@FILE.",
        ),
    ] = None,
    *,
    sender: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="ROLE:ID",
            autocompletion=completion.roles,
            help="Who sends it; else whoever usually does.",
        ),
    ] = None,
    signal: Annotated[bool, typer.Option("--signal", help="Send it as a signal: taken, not answered.")] = False,
    request_id: Annotated[str | None, typer.Option(help="The same id again is not carried out twice.")] = None,
    json_body: Annotated[str | None, typer.Option(help="The fields as one JSON object.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send a command to an order, and print the order's answer."""
    words = Words(command, tuple(fields or ()), sender, request_id, json_body)
    answer = finish(send_words(order, words, signal=signal), as_json=as_json)
    if as_json:
        _print_json(answer or {"order_id": order, "sent": command})
    elif answer is None:
        console().print(f"Sent. What comes of it: countermand timeline {order}")
    else:
        for line in answer_lines(answer, datetime.now(UTC)):
            console().print(line, soft_wrap=True)


@app.command()
def show(
    order: OrderArgument,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the words on the buttons, and what cannot be done now, and why.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show an order: where it is, whose turn, until when, its money, and what everybody can do now."""

    async def asked() -> None:
        async with OrderClient.connect(settings_here()) as client:
            view = await client.order(order)
        if as_json:
            _print_json(view)
        else:
            for part in order_card(view, datetime.now(UTC), everything=everything):
                console().print(part)

    finish(asked(), as_json=as_json)


@app.command()
def timeline(
    order: OrderArgument,
    language: Annotated[str, typer.Option(help="en, de or es: in which it is told.")] = DEFAULT,
    *,
    as_json: AsJson = False,
) -> None:
    """Show everything that happened to an order, one line each."""
    entries, currency = finish(_timeline(order, language), as_json=as_json)
    if as_json:
        _print_json({"order_id": order, "entries": [entry.model_dump(mode="json") for entry in entries]})
        return
    for entry in entries:
        console().print(timeline_line(entry, currency), soft_wrap=True)


async def _timeline(order_id: str, language: str) -> tuple[list[TimelineEntry], str]:
    async with OrderClient.connect(settings_here()) as client:
        entries: list[TimelineEntry] = []
        while True:
            page = await client.timeline(order_id, entries[-1].entry if entries else 0, language=language)
            entries.extend(page)
            if len(page) < MAX_ENTRIES:
                return entries, (await client.row(order_id)).currency if entries else ""


@app.command()
def watch(order: OrderArgument, *, as_json: AsJson = False) -> None:
    """Show what happens to an order as it happens, until it is settled."""
    finish(_watch(order, as_json=as_json), as_json=as_json)


async def _watch(order_id: str, *, as_json: bool) -> None:
    row: OrderRow | None = None
    async with OrderClient.connect(settings_here()) as client:
        async for entry in client.watch(order_id):
            if as_json:
                _print_json(entry)
                continue
            # A long timeline comes at once, and its row knows of all of it: no question per entry.
            if row is None or row.entry < entry.entry:
                row = await client.row(order_id)
            console().print(timeline_line(entry, row.currency), soft_wrap=True)
            if row.entry == entry.entry and (waiting := waiting_line(row, datetime.now(UTC))):
                console().print(waiting, soft_wrap=True)


@app.command()
def migrate(*, as_json: AsJson = False) -> None:
    """Bring the database to this version's schema, and register the search attributes with Temporal."""
    applied, registered = finish(_migrate(), as_json=as_json)
    if as_json:
        _print_json({"applied": applied, "registered": registered})
        return
    console().print(f"Migrations applied: {', '.join(applied) or 'none, the schema is up to date'}.")
    console().print(f"Search attributes registered: {', '.join(registered) or 'none, all were known'}.")


async def _migrate() -> tuple[list[str], list[str]]:
    settings = settings_here()
    applied = await migrate_database(settings.database_url, crashes=Crashes(settings.crash_point))
    return applied, await register_search_attributes(await connect_temporal(settings))


def _print_json(value: BaseModel | dict[str, Any]) -> None:
    """One line: what reads it may read line by line."""
    print(value.model_dump_json() if isinstance(value, BaseModel) else json.dumps(value), flush=True)
