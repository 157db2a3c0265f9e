"""A field of a message as a row of a table: what it is called, what may stand in it, and what it means."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from starter.reference.meanings import meanings
from workflows.messages.attachments import Attachment
from workflows.messages.evidence import Evidence
from workflows.messages.values import Party

Schema = Mapping[str, Any]
COMMON: Final = {
    "amount": "In minor units.",
    "attempt": "Of which attempt it is news. It may be left out only while there was one.",
    "chargeback_id": "The provider's own id of it.",
    "currency": "ISO 4217.",
    "failure_reason": "In the provider's words.",
    "method": "How it was paid, in the provider's words: `card`.",
    "note": "For the timeline.",
    "occurred_at": "When it happened, where the sender knows.",
    "payment_id": "The provider's own id of the payment.",
    "provider_reference": "The provider's own id, or another proof.",
    "tracking": "By which the carrier knows the parcel.",
}
"""What a field means wherever it stands, unless its class says more."""
SHAPES: Final[Mapping[str, type[BaseModel]]] = {each.__name__: each for each in (Party, Evidence, Attachment)}
"""Shapes that several messages carry: told once, at the foot of the page."""


@dataclass(frozen=True)
class Row:
    """One field: its name, whether it must stand, what may stand in it (Markdown), and what it means."""

    name: str
    needed: bool
    takes: str
    meaning: str

    @property
    def plainly(self) -> str:
        """What may stand in it, for a terminal."""
        return re.sub(r"\[(\w+)\]\(#\w+\)", r"\1", self.takes).replace("`", "")


def shapes_of(kind: type[BaseModel]) -> tuple[type[BaseModel], ...]:
    """The shapes that a message's own fields carry, beside who sends it."""
    known = kind.model_json_schema().get("$defs", {})
    return tuple(shape for name, shape in SHAPES.items() if name in known and shape is not Party)


def rows(kind: type[BaseModel], *, without: tuple[str, ...] = ()) -> tuple[Row, ...]:
    """The fields of a message or shape, those first that must stand."""
    schema, told = kind.model_json_schema(), meanings(kind)
    known, needed = schema.get("$defs", {}), schema.get("required", [])
    found = (
        Row(name, name in needed, value(field, known), told.get(name) or COMMON.get(name, ""))
        for name, field in schema.get("properties", {}).items()
        if name not in without
    )
    return tuple(sorted(found, key=lambda row: not row.needed))


def table(kind: type[BaseModel], *, without: tuple[str, ...] = ()) -> Iterator[str]:
    """The same as a table in Markdown; nothing, where there is no field."""
    if not (found := rows(kind, without=without)):
        return
    yield "| field | | what may stand in it | |"
    yield "| --- | --- | --- | --- |"
    for row in found:
        must = "needed" if row.needed else "may be left out"
        yield f"| `{row.name}` | {must} | {row.takes} | {row.meaning} |"


def value(schema: Schema, known: Schema) -> str:
    """What may stand in a field, as words for a person."""
    match schema:
        case {"enum": words}:
            return "one of " + ", ".join(f"`{word}`" for word in words)
        case {"$ref": str(ref)}:
            name = ref.removeprefix("#/$defs/")
            return f"[{name.lower()}](#{name.lower()})" if name in SHAPES else value(known[name], known)
        case {"anyOf": choices}:
            return " or ".join(value(each, known) for each in choices if each != {"type": "null"})
        case {"type": "array", "items": items}:
            return f"a list of {_bounds(schema, 'Items')}{value(items, known)}"
        case {"type": "string", "format": "date-time"}:
            return 'an instant, RFC 3339: `"2026-03-09T18:00:00Z"`'
        case {"type": "string", "format": "date"}:
            return 'a date: `"2026-12-25"`'
        case {"type": "string", "format": "duration"}:
            return "a duration"
        case {"type": "string", "pattern": str(pattern)}:
            return f"text that matches `{pattern}`"
        case {"type": "string"}:
            return f"text{_bounds(schema, 'Length', ' characters').rstrip()}"
        case {"type": "integer"}:
            return f"an integer{_bounds(schema, '').rstrip()}"
        case {"type": "object", "properties": fields}:
            needed = schema.get("required", [])
            return "an object of " + ", ".join(f"`{name}{'' if name in needed else '?'}`" for name in fields)
        case {"type": "boolean"}:
            return "`true` or `false`"
        case _:
            raise AssertionError(f"nobody says how {schema} is told")


def _bounds(schema: Schema, of: str, unit: str = "") -> str:
    """`, 1 to 4,000 characters `."""
    low, high = (f"min{of}", f"max{of}") if of else ("minimum", "maximum")
    least, most = schema.get(low), schema.get(high)
    if most is None:
        return "" if least is None else f", at least {least:,}{unit} "
    comma = "" if of == "Items" else ", "
    return f"{comma}{f'{least:,} to' if least is not None else 'at most'} {most:,}{unit} "
