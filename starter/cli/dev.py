"""The command `countermand dev`: the whole engine on this machine, and a line for everything that happens in it.

What the stack is lives in `starter/embedded/`, which is installed only where somebody asked for it.
"""

import asyncio
import contextlib
import json
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import asyncpg
import typer

from activities.database import DATABASE_ERRORS
from starter.cli.exits import embedded_extra, finish
from starter.cli.render import console, instant, timeline_line
from starter.client.reads import get_last_entries, get_order_row, get_timeline
from starter.connections import connect_database
from starter.settings.nearby import DATA

if TYPE_CHECKING:
    from starter.embedded import EmbeddedStack, StackOptions

LOOK_SECONDS: Final = 0.5
"""Between two looks at what has happened: nobody waits at a terminal for less."""
NOT_INSTALLED: Final = (
    'This needs what only a machine of its own has: install it with pip install "countermand[embedded]".'
)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(name="dev")(dev)


def dev(
    *,
    ephemeral: Annotated[bool, typer.Option("--ephemeral", help="Keep nothing after the end.")] = False,
    data: Annotated[Path | None, typer.Option(help="The folder that keeps everything [default: .countermand].")] = None,
    temporal_port: Annotated[int | None, typer.Option(help="Port of Temporal; 0 takes a free one.")] = None,
    ui_port: Annotated[int | None, typer.Option(help="Port of Temporal's UI; 0 takes a free one.")] = None,
    gateway_port: Annotated[int | None, typer.Option(help="Port of the gateway; 0 takes a free one.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for a program: one line when all is ready.")
    ] = False,
) -> None:
    """Run the whole engine on this machine, until Ctrl-C: Temporal with its UI, Postgres, worker and gateway."""
    if ephemeral and data is not None:
        raise typer.BadParameter("either --ephemeral or --data DIR, not both")
    with embedded_extra():
        from starter.embedded import StackOptions  # noqa: PLC0415 - not installed where only clients run
    given: dict[str, Any] = {"temporal_port": temporal_port, "ui_port": ui_port, "gateway_port": gateway_port}
    options = {name: port for name, port in given.items() if port is not None}
    if ephemeral or data is not None:
        options["data"] = data
    finish(_dev(StackOptions(**options, worker_died=_told), as_json=as_json), as_json=as_json)


async def _dev(options: "StackOptions", *, as_json: bool) -> None:
    from starter.embedded import EmbeddedStack, stoppable  # noqa: PLC0415 - as above

    async with stoppable(), EmbeddedStack(options) as stack:
        if as_json:
            typer.echo(json.dumps(stack.addresses))
            await asyncio.Event().wait()
        _print_addresses(stack)
        async with await connect_database(stack.settings) as pool:
            await tell_what_happens(pool, await get_last_entries(pool))


def _print_addresses(stack: "EmbeddedStack") -> None:
    for name in ("temporal", "namespace", "ui", "gateway"):
        console().print(f"{name:<12}{stack.addresses[name] or 'none of ours'}", soft_wrap=True)
    console().print("Ready; Ctrl-C stops everything.")
    if stack.folder.path == DATA.resolve():
        console().print("`countermand list` and the others, typed in this folder, find it. Elsewhere say first:")
    else:
        console().print("For `countermand list` and the others in another terminal say first:")
    for name, value in stack.environment.items():
        console().print(f"export {name}={shlex.quote(value)}", soft_wrap=True)
    console().print("To call the gateway, a key for each role (more: countermand keys make), and a first call:")
    for name, value in {"gateway": stack.gateway_url, **stack.keys}.items():
        named = name if name == "gateway" else f"{name}_key"
        console().print(f"export {named.upper()}={shlex.quote(value)}", soft_wrap=True)
    # What the documents type beside it: whoever stays in this folder has not been told to say it.
    for name in ("COUNTERMAND_PAYMENT_URL", "COUNTERMAND_CARRIER_SECRET"):
        if given := stack.environment.get(name):
            console().print(f"export {name}={shlex.quote(given)}", soft_wrap=True)
    first = f'curl -H "Authorization: Bearer {stack.keys["platform"]}" {stack.gateway_url}/orders'
    console().print(first, soft_wrap=True, markup=False)


async def tell_what_happens(pool: asyncpg.Pool, known: dict[str, int]) -> None:
    """A line for each entry of each order's timeline that comes after the `known` ones."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        # Postgres may be away for a moment, and the next look sees all that this one has missed.
        with contextlib.suppress(*DATABASE_ERRORS):
            for order_id, last in (await get_last_entries(pool)).items():
                if last > known.get(order_id, 0):
                    known[order_id] = await _tell(pool, order_id, known.get(order_id, 0))


async def _tell(pool: asyncpg.Pool, order_id: str, after: int) -> int:
    """The last entry that was told."""
    row = await get_order_row(pool, order_id)
    for entry in await get_timeline(pool, order_id, after):
        console().print(f"{order_id:<12}", timeline_line(entry, row.currency if row else ""), soft_wrap=True)
        after = entry.entry
    return after


def _told(sentence: str) -> None:
    # On standard error: with --json whoever reads the other stream expects one line.
    console(to_errors=True).print(f"{instant(datetime.now(UTC))}  {sentence}", style="yellow", soft_wrap=True)
