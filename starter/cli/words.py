"""`countermand help`, `commands` and `terms`: what can be said to an order, looked up where one types it."""

import json
import shlex
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from rich.text import Text

from starter.cli import completion
from starter.cli.fields import message_class
from starter.cli.render import console
from starter.cli.wrong_usage import WrongUsage
from starter.reference.examples import EXAMPLES, body
from starter.reference.fields import Row, rows, shapes_of
from starter.reference.meanings import meanings, sentence
from workflows.messages.base import Message
from workflows.messages.commands import OFFERED
from workflows.messages.terms import Terms

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(name="help")(help_of)
    app.command(name="commands")(commands)
    app.command(name="terms")(terms)


def help_of(
    command: Annotated[
        str, typer.Argument(help="The command or fact, such as open_dispute.", autocompletion=completion.commands)
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Say what a command does, who may send it and until when, what its fields take, and show one."""
    try:
        kind = message_class(command)
    except WrongUsage as error:
        raise typer.BadParameter(str(error), param_hint="COMMAND") from None
    if as_json:
        console().print_json(data=_as_json(kind), indent=None)
        return
    for line in _help_lines(kind):
        console().print(line, soft_wrap=True)


def commands(*, as_json: AsJson = False) -> None:
    """List every command and fact, each with what it does and who may send it."""
    if as_json:
        console().print_json(data={"commands": [_as_json(kind) for kind in OFFERED.values()]}, indent=None)
        return
    width = max(map(len, OFFERED)) + 2
    for name, kind in OFFERED.items():
        console().print(Text.assemble((f"{name:<{width}}", "bold"), f"{_does(kind)} ", (_senders(kind), "dim")))


def terms(*, as_json: AsJson = False) -> None:
    """List every term, with its meaning, what it takes and its default."""
    defaults, told = Terms().model_dump(mode="json"), meanings(Terms)
    if as_json:
        found = [{"term": r.name, "means": told[r.name], "default": defaults[r.name]} for r in rows(Terms)]
        console().print_json(data={"terms": found}, indent=None)
        return
    for row in rows(Terms):
        default = json.dumps(defaults[row.name])
        console().print(_field_line(row, f"{row.plainly}; {default} unless the start says otherwise"), soft_wrap=True)


def _help_lines(kind: type[Message]) -> tuple[Text, ...]:
    example = shlex.quote(json.dumps(EXAMPLES[kind.name].fields, ensure_ascii=False))
    until = f" Too late after {', '.join(kind.until)}." if kind.until else ""
    return (
        Text.assemble((kind.name, "bold"), f": {_does(kind)}"),
        Text(f"{_senders(kind)}.{until}"),
        *(_field_line(row, row.plainly) for row in rows(kind, without=("by", "request_id"))),
        *(line for shape in shapes_of(kind) for line in _shape_lines(shape)),
        Text.assemble("For example: ", (f"countermand send A-1001 {kind.name} --json-body {example}", "cyan")),
    )


def _shape_lines(shape: type[BaseModel]) -> tuple[Text, ...]:
    named = Text.assemble((shape.__name__.lower(), "bold"), f": {sentence(shape.__doc__)}")
    return named, *(_field_line(row, row.plainly) for row in rows(shape))


def _field_line(row: Row, takes: str) -> Text:
    """`amount?  an integer, 1 to 1,000: in minor units`."""
    return Text.assemble(
        (f"  {row.name}{'' if row.needed else '?'}  ", "bold"),
        takes,
        (f". {row.meaning}" if row.meaning else "", "dim"),
    )


def _does(kind: type[Message]) -> str:
    return sentence(kind.__doc__)


def _senders(kind: type[Message]) -> str:
    return f"Sent by {' or '.join(kind.roles)}"


def _as_json(kind: type[Message]) -> dict[str, Any]:
    example = body(kind.name, EXAMPLES[kind.name].fields)
    return {
        "name": kind.name,
        "does": _does(kind),
        "roles": list(kind.roles),
        "until": list(kind.until),
        "example": example,
        "schema": kind.model_json_schema(),
    }
