"""The commands of `countermand` about what payment providers told us. How a command fails lives in `exits.py`."""

from typing import Annotated

import typer
from rich.text import Text

from starter.cli.exits import finish
from starter.cli.render import console, safe
from starter.client.orders import OrderClient
from starter.settings.settings import load_settings
from starter.strays import MAX_STRAYS, KeptStray


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command(name="strays")(strays)


def strays(
    *,
    before: Annotated[int | None, typer.Option(help="The next page: the last number of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_STRAYS, help="How many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List what the payment provider reported and no order could take, newest first."""
    kept = finish(_strays(before, limit), as_json=as_json)
    if as_json:
        console().print_json(data={"strays": [stray.model_dump(mode="json") for stray in kept]}, indent=None)
        return
    if not kept:
        console().print("No strays: everything that was reported found its order.")
    for stray in kept:
        console().print(_line(stray), soft_wrap=True)


async def _strays(before: int | None, limit: int) -> tuple[KeptStray, ...]:
    async with OrderClient.connect(load_settings()) as client:
        return await client.desk.strays(before, limit)


def _line(stray: KeptStray) -> Text:
    """Its number, when and from whom it came, what it would have been, and why it is here."""
    about = f"{stray.name or 'something'} of order {stray.order_id or '?'}"
    return Text.assemble(
        (f"{stray.stray_id:>6}  ", "bold"),
        (f"{stray.received_at:%Y-%m-%d %H:%M:%S}  ", "dim"),
        (safe(f"{stray.provider} {stray.webhook_id}: {about}: "), "cyan"),
        safe(stray.why),
    )
