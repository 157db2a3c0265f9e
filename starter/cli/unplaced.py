"""The commands of `countermand` for what no order could take: list it, give it to an order, say that it is done.

How a command fails lives in `exits.py`.
"""

from typing import Annotated, Any

import typer
from rich.text import Text

from starter.cli.exits import REFUSED, finish
from starter.cli.render import console
from starter.cli.safe_text import safe
from starter.client.orders import OrderClient
from starter.settings.nearby import settings_here
from starter.unplaced import MAX_UNPLACED, Allotted, KeptUnplaced, NotPlaceable
from workflows.messages.currency import money

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program, and the name that the list had before, for the scripts that still call it so."""
    app.command(name="unplaced")(unplaced)
    app.command(name="strays", hidden=True)(unplaced)
    app.command(name="place")(place)


def unplaced(
    *,
    before: Annotated[int | None, typer.Option(help="The next page: the last number of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_UNPLACED, help="How many.")] = 20,
    allotted: Annotated[
        bool, typer.Option("--allotted", help="Instead: whose what was said of shared payments is.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what the payment provider reported and no order could take, newest first."""
    if allotted:
        _print_allotted(finish(_allotted(before, limit), as_json=as_json), as_json=as_json)
        return
    kept = finish(_unplaced(before, limit), as_json=as_json)
    if as_json:
        _print_json({"unplaced": [one.model_dump(mode="json") for one in kept]})
        return
    if not kept:
        console().print("Nothing is unplaced: everything that was reported found its order.")
    for one in kept:
        console().print(_line(one), soft_wrap=True)


def place(
    number: Annotated[int, typer.Argument(metavar="ID", help="Its number in `countermand unplaced`.")],
    order_id: Annotated[str | None, typer.Argument(metavar="[ORDER]", help="The order that it belongs to.")] = None,
    *,
    done: Annotated[
        bool, typer.Option("--done", help="No order takes it: it was seen to, and is off the list.")
    ] = False,
    note: Annotated[str, typer.Option(help="With --done: what it was, and what was done about it.")] = "",
    allotted: Annotated[
        bool,
        typer.Option("--allotted", help="ID is of `countermand unplaced --allotted`: all of it is that order's."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give what has no place to an order, which takes it as if it had just come; or mark it as done."""
    if done and allotted:
        raise typer.BadParameter("is of what no order took: what was allotted is some order's", param_hint="--done")
    if done == (order_id is not None):
        raise typer.BadParameter("name the order that it belongs to, or say --done", param_hint="ORDER")
    if done != bool(note.strip()):
        raise typer.BadParameter("goes with --done: what it was, and what was done about it", param_hint="--note")
    wrong = finish(_place(number, order_id, note.strip(), allotted=allotted), as_json=as_json)
    if wrong:
        console(to_errors=True).print(Text(safe(f"{wrong.code}: {wrong}"), "red"), soft_wrap=True)
        raise typer.Exit(REFUSED)
    if as_json:
        _print_json({"id": number, "order_id": order_id, "done": done})
    else:
        console().print(safe(f"Number {number} is {'done' if done else f'given to order {order_id}'}."))


async def _unplaced(before: int | None, limit: int) -> tuple[KeptUnplaced, ...]:
    async with OrderClient.connect(settings_here()) as client:
        return await client.desk.unplaced(before, limit)


async def _allotted(before: int | None, limit: int) -> tuple[Allotted, ...]:
    async with OrderClient.connect(settings_here()) as client:
        return await client.desk.allotted(before, limit)


async def _place(number: int, order_id: str | None, note: str, *, allotted: bool) -> NotPlaceable | None:
    """Why nothing could be done; None when it is."""
    async with OrderClient.connect(settings_here()) as client:
        try:
            if order_id is None:
                await client.desk.done(number, note)
            elif allotted:
                await client.desk.place_allotted(number, order_id)
            else:
                await client.desk.place(number, order_id)
        except NotPlaceable as error:
            return error
    return None


def _line(one: KeptUnplaced) -> Text:
    """Its number, when and from whom it came, what it would have been, and why it is here."""
    about = f"{one.name or 'something'} of order {one.order_id or '?'}"
    return Text.assemble(
        (f"{one.id:>6}  ", "bold"),
        (f"{one.received_at:%Y-%m-%d %H:%M:%S}  ", "dim"),
        (safe(f"{one.provider} {one.webhook_id}: {about}: "), "cyan"),
        safe(one.why),
        "" if one.needs_attention else (" It is given to that order as soon as it is there.", "dim"),
    )


def _print_allotted(words: tuple[Allotted, ...], *, as_json: bool) -> None:
    """Of each the number, when, what it is about, and whose how much of it is."""
    if as_json:
        _print_json({"allotted": [one.model_dump(mode="json") for one in words]})
        return
    if not words:
        console().print("Nothing was said of a payment that several orders share.")
    for one in words:
        parts = ", ".join(f"{order} {money(part, one.currency)}" for order, part in one.parts.items())
        said = ", as the platform said" if one.placed_at else ""
        line = Text.assemble(
            (f"{one.id:>6}  ", "bold"),
            (f"{one.allotted_at:%Y-%m-%d %H:%M:%S}  ", "dim"),
            (safe(f"{one.subject} of payment {one.payment_id}: "), "cyan"),
            safe(f"{parts}{said}"),
        )
        console().print(line, soft_wrap=True)


def _print_json(value: dict[str, Any]) -> None:
    console().print_json(data=value, indent=None)
