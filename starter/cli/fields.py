"""From the command line's words to a message: COMMAND, FIELD=VALUE and ROLE:ID, by the fields of the message class.

What the fields may hold is said by the message class, and judged by its decoder; here only their spelling is.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starter.cli.files import FILE_FIELDS, read_file_item
from starter.cli.wrong_usage import WrongUsage
from workflows.messages.base import Message
from workflows.messages.commands import OFFERED
from workflows.messages.decoding import decode
from workflows.messages.nearest import did_you_mean
from workflows.messages.refusal import Refused
from workflows.messages.sentences import say
from workflows.messages.values import Role

ENVELOPE: Final = ("request_id", "by")
"""Fields that every message has, and that have options of their own."""
SIDES: Final = (Role.BUYER, Role.SELLER)
STAND_IN: Final = "cli"
"""The id of a sender who is neither the order's buyer nor its seller, when none is given."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends; without an id it is the order's own buyer or seller, who must be looked up."""

    role: Role
    id: str | None


def message_class(name: str) -> type[Message]:
    """The class of the command or fact `name`."""
    kind = OFFERED.get(name)
    if kind is None:
        raise WrongUsage(
            f"There is no command {name!r}.{did_you_mean(name, OFFERED)} All of them: countermand commands."
        )
    return kind


def own_fields(kind: type[Message]) -> dict[str, str]:
    """The fields of `kind` without those that every message has, each as help shows it: `note?` may be left out."""
    return {
        field: field if about.is_required() else f"{field}?"
        for field, about in kind.model_fields.items()
        if field not in ENVELOPE
    }


def listed(kind: type[Message]) -> str:
    """The own fields of `kind` as a sentence."""
    fields = own_fields(kind).values()
    return f"Fields of {kind.name}: {', '.join(fields)}." if fields else f"{kind.name} has no fields of its own."


def read_fields(kind: type[Message], words: Iterable[str]) -> dict[str, Any]:
    """`FIELD=VALUE` words as JSON values. Where a field takes text, the value is text: `tracking=123` stays "123".

    `FIELD:=JSON` is JSON whatever the field takes, and `FIELD=@FILE` is what stands in a file; where the field takes
    files, it is the file itself, hashed, and the field may be given once for each.
    """
    known = own_fields(kind)
    fields: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        field = name.removesuffix(":")
        if not equals:
            raise WrongUsage(f"{word!r} is not FIELD=VALUE. {listed(kind)}")
        if field in ENVELOPE:
            option = "--request-id" if field == "request_id" else "--as ROLE:ID"
            raise WrongUsage(f"{field} is given with {option}, not as a field.")
        if field not in known:
            raise _no_field(kind, field)
        if field in FILE_FIELDS and value.startswith("@") and (item := read_file_item(word, field, value)):
            fields[field] = [*_items(fields.get(field, [])), item]
            continue
        if field in fields:
            raise WrongUsage(f"{field} is given twice.")
        fields[field] = _json(word, value) if name != field else _value(kind, field, value)
    return fields


def _items(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise WrongUsage("evidence and attachments are lists: of files, as FIELD=@FILE, or whole, as FIELD:=JSON.")
    return given


def _no_field(kind: type[Message], field: str) -> WrongUsage:
    near = did_you_mean(field, own_fields(kind))
    return WrongUsage(f"{kind.name} has no field {field[:64]!r}.{near} {listed(kind)}")


def _value(kind: type[Message], field: str, value: str) -> Any:
    text = _content(Path(value[1:])) if value.startswith("@") else value
    return text if field in _text_fields(kind) else _json_or_text(text)


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{file} cannot be read as text: {error}.") from None


def _json(word: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError as error:
        raise WrongUsage(f"{word!r}: behind := stands JSON, and this is none: {error}.") from None


def read_body(kind: type[Message], text: str) -> dict[str, Any]:
    """The message as one JSON object, instead of FIELD=VALUE."""
    try:
        body = json.loads(text)
    except ValueError as error:
        raise WrongUsage(f"--json-body is not JSON: {error}.") from None
    if not isinstance(body, dict):
        raise WrongUsage(f"--json-body must be one JSON object. {listed(kind)}")
    for field in body.keys() - {*own_fields(kind), *ENVELOPE}:
        raise _no_field(kind, field)
    return body


def build(kind: type[Message], fields: dict[str, Any]) -> Message:
    """The message. Raises `Refused` (`invalid`) with the order's own sentence, and the fields that there are."""
    try:
        return decode(kind.name, json.dumps(fields).encode())
    except Refused as refused:
        told = say("{refusal} {fields}", refusal=refused.sentence, fields=listed(kind))
        raise Refused(refused.code, told, fields=refused.fields) from None


def read_sender(text: str) -> Sender:
    """`ROLE:ID`, or `ROLE` alone."""
    name, _, party_id = text.partition(":")
    try:
        return Sender(Role(name), party_id or None)
    except ValueError:
        near = did_you_mean(name, Role)
        raise WrongUsage(f"--as {text!r}: {name!r} is not a role.{near} The roles are {', '.join(Role)}.") from None


def usual_sender(kind: type[Message]) -> Sender:
    """Who sends `kind` when nobody is named: the one side that may, else the first who may."""
    sides = [role for role in kind.roles if role in SIDES]
    if len(sides) > 1:
        raise WrongUsage(f"{kind.name} may come from {' or '.join(sides)}: say who sends it with --as ROLE:ID.")
    return Sender(sides[0] if sides else kind.roles[0], None)


def _text_fields(kind: type[Message]) -> frozenset[str]:
    """The fields whose JSON may be a string."""
    schema = kind.model_json_schema()
    definitions = schema.get("$defs", {})

    def is_text(shape: dict[str, Any]) -> bool:
        if "$ref" in shape:
            shape = definitions[shape["$ref"].removeprefix("#/$defs/")]
        return shape.get("type") == "string" or any(map(is_text, shape.get("anyOf", ())))

    return frozenset(field for field, shape in schema["properties"].items() if is_text(shape))


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value  # the decoder names the field, and says what it should hold
