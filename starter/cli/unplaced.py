"""The command of `countermand` that lists what no order could take. How a command fails lives in `exits.py`."""

from typing import Annotated

import typer
from rich.text import Text

from starter.cli.exits import finish
from starter.cli.render import console
from starter.cli.safe_text import safe
from starter.client.orders import OrderClient
from starter.settings.nearby import settings_here
from starter.unplaced import MAX_UNPLACED, KeptUnplaced


def register(app: typer.Typer) -> None:
    """Add the command to the program, and the name that it had before, for the scripts that still call it so."""
    app.command(name="unplaced")(unplaced)
    app.command(name="strays", hidden=True)(unplaced)


def unplaced(
    *,
    before: Annotated[int | None, typer.Option(help="The next page: the last number of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_UNPLACED, help="How many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List what the payment provider reported and no order could take, newest first."""
    kept = finish(_unplaced(before, limit), as_json=as_json)
    if as_json:
        console().print_json(data={"unplaced": [one.model_dump(mode="json") for one in kept]}, indent=None)
        return
    if not kept:
        console().print("Nothing is unplaced: everything that was reported found its order.")
    for one in kept:
        console().print(_line(one), soft_wrap=True)


async def _unplaced(before: int | None, limit: int) -> tuple[KeptUnplaced, ...]:
    async with OrderClient.connect(settings_here()) as client:
        return await client.desk.unplaced(before, limit)


def _line(one: KeptUnplaced) -> Text:
    """Its number, when and from whom it came, what it would have been, and why it is here."""
    about = f"{one.name or 'something'} of order {one.order_id or '?'}"
    return Text.assemble(
        (f"{one.id:>6}  ", "bold"),
        (f"{one.received_at:%Y-%m-%d %H:%M:%S}  ", "dim"),
        (safe(f"{one.provider} {one.webhook_id}: {about}: "), "cyan"),
        safe(one.why),
    )
