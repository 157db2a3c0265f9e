"""What a shell completes: commands, their fields, the words that a field takes, and roles.

Nobody is asked for it, no engine and no database: a key on the keyboard must answer at once.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import typer

from starter.cli.fields import own_fields
from starter.reference.meanings import sentence
from workflows.messages.base import Message
from workflows.messages.commands import OFFERED
from workflows.messages.notices import NoticeKind
from workflows.messages.values import Role


def commands(incomplete: str) -> list[tuple[str, str]]:
    """Commands and facts, each with what it does."""
    return [(name, sentence(kind.__doc__)) for name, kind in OFFERED.items() if name.startswith(incomplete)]


def fields(ctx: typer.Context, incomplete: str) -> list[str]:
    """`FIELD=` of the command that stands there, and behind the equals sign the words that the field takes."""
    kind = OFFERED.get(str(ctx.params.get("command")))
    if kind is None:
        return []
    given = [*(ctx.params.get("fields") or ())]
    # bash takes `reason=ch` for three words, and replaces only the last; other shells take it for one. Of `reason=` the
    # sign does not come along.
    if given[-1:] == ["="]:
        del given[-1]
    if given and given[-1] in own_fields(kind):
        return [word for word in _words(kind, given[-1]) if word.startswith(incomplete)]
    field, equals, begun = incomplete.partition("=")
    if equals:
        return [f"{field}={word}" for word in _words(kind, field) if word.startswith(begun)]
    known = {word.partition("=")[0].removesuffix(":") for word in given}
    return [f"{name}=" for name in own_fields(kind) if name.startswith(incomplete) and name not in known]


def roles(incomplete: str) -> list[str]:
    """Who may send something: of an option that has no value yet, what stands before it is not known."""
    return [role.value for role in Role if role.value.startswith(incomplete)]


def notice_kinds(incomplete: str) -> list[str]:
    """The kinds of notices."""
    return [kind.value for kind in NoticeKind if kind.value.startswith(incomplete)]


def _words(kind: type[Message], field: str) -> Iterator[str]:
    schema = kind.model_json_schema()
    yield from _choices(schema["properties"].get(field, {}), schema.get("$defs", {}))


def _choices(shape: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    """The words of a vocabulary; nothing, where any text will do."""
    if "$ref" in shape:
        yield from _choices(known[shape["$ref"].removeprefix("#/$defs/")], known)
    for each in shape.get("anyOf", ()):
        yield from _choices(each, known)
    yield from map(str, shape.get("enum", ()))
    if "const" in shape:
        yield str(shape["const"])
    if shape.get("type") == "boolean":
        yield from ("true", "false")
