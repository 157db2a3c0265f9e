"""The commands `countermand keys …`: make, list and revoke the keys with which programs call the gateway."""

from typing import Annotated, Any, Final

import typer
from rich.text import Text

from starter.cli.exits import REFUSED, finish
from starter.cli.render import console
from starter.cli.safe_text import safe
from starter.connections import connect_database
from starter.keys import MAX_KEYS, Key, Keys, WrongKey, shown, wanted_key
from starter.settings.nearby import settings_here

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
BY: Final = "command-line"
"""Who made a key that was made here: whoever reaches Postgres, and nobody asks who that is."""

app = typer.Typer(help="Make, list and revoke the keys with which programs call the gateway.", no_args_is_help=True)


def register(program: typer.Typer) -> None:
    """Add the commands to the program."""
    program.add_typer(app, name="keys")


@app.command()
def make(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it, such as shop.")],
    scopes: Annotated[
        list[str], typer.Option("--scope", help="What it may do, such as orders:read; as often as needed.")
    ],
    *,
    bound: Annotated[
        str | None, typer.Option("--bound-to", metavar="ROLE:ID", help="The one buyer or seller that it is for.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key, and print it: this once, for only its hash is kept."""
    try:
        wanted = wanted_key(name, tuple(scopes), bound)
    except WrongKey as error:
        raise typer.BadParameter(str(error)) from None

    async def made() -> tuple[str, Key]:
        async with await connect_database(settings_here()) as pool:
            return await Keys(pool).make(wanted, BY)

    secret, key = finish(made(), as_json=as_json)
    if as_json:
        _print_json({**shown(key), "key": secret})
    else:
        console().print(f"Key {key.key_id} for {safe(key.name)}; it is shown this once:")
        console().print(secret, soft_wrap=True)


@app.command(name="list")
def list_keys(
    *,
    before: Annotated[int | None, typer.Option(help="The next page: the last number of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_KEYS, help="How many.")] = 20,
    revoked: Annotated[bool, typer.Option("--revoked", help="Those too that were revoked.")] = False,
    as_json: AsJson = False,
) -> None:
    """List keys, newest first: how each begins, what it may do, and for whom."""

    async def kept() -> tuple[Key, ...]:
        async with await connect_database(settings_here()) as pool:
            return await Keys(pool).page(before, limit, revoked=revoked)

    found = finish(kept(), as_json=as_json)
    if as_json:
        _print_json({"keys": [shown(key) for key in found]})
        return
    if not found:
        console().print("There are no keys. Make one: countermand keys make shop --scope orders:read")
    for key in found:
        console().print(_line(key), soft_wrap=True)


@app.command()
def revoke(
    number: Annotated[int, typer.Argument(metavar="ID", help="Its number in `countermand keys list`.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Revoke a key, and all that were made with it: the gateway lets nobody in with them any more, after two seconds at
    the latest."""

    async def revoked() -> tuple[Key, int] | WrongKey:
        async with await connect_database(settings_here()) as pool:
            try:
                return await Keys(pool).revoke(number)
            except WrongKey as error:
                return error

    ended = finish(revoked(), as_json=as_json)
    if isinstance(ended, WrongKey):
        console(to_errors=True).print(Text(f"not_found: {ended}", "red"), soft_wrap=True)
        raise typer.Exit(REFUSED)
    key, others = ended
    if as_json:
        _print_json({**shown(key), "revoked_with_it": others})
        return
    console().print(f"Key {key.key_id} ({safe(key.name)}) is revoked.")
    if others:
        console().print(f"So are the keys that were made with it: {others}.")


def _line(key: Key) -> Text:
    bound = f", for {key.bound_role}:{key.bound_id}" if key.bound_role else ""
    ended = f", revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
    return Text.assemble(
        (f"{key.key_id:>6}  ", "bold"),
        (f"{key.made_at:%Y-%m-%d %H:%M:%S}  {key.begins}…  ", "dim"),
        (safe(key.name), "cyan"),
        safe(f": {', '.join(key.scopes)}{bound}{ended}"),
    )


def _print_json(value: dict[str, Any]) -> None:
    console().print_json(data=value, indent=None)
