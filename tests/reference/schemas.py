"""docs/schemas/: the JSON Schema of everything that goes in or comes out, with the meanings that the code gives."""

import json
from typing import Any, Final

from pydantic import BaseModel

from starter.reference.fields import COMMON
from starter.reference.meanings import meanings, sentence
from workflows.messages.answers import Answer, OrderView, Result
from workflows.messages.commands import OFFERED
from workflows.messages.refusal import Refusal
from workflows.messages.start import StartOrder
from workflows.messages.work import TimelineEntry

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SINGLE: Final[dict[str, type[BaseModel]]] = {
    "start": StartOrder,
    "answer": Answer,
    "order": OrderView,
    "result": Result,
    "refusal": Refusal,
    "timeline_entry": TimelineEntry,
    **OFFERED,
}
"""File → what it describes: what goes in first, then what comes out, then every message."""


def files() -> dict[str, str]:
    """Every schema by the name of its file."""
    return {f"{name}.json": json.dumps(_schema(name, kind), indent=2) + "\n" for name, kind in SINGLE.items()}


def _schema(name: str, kind: type[BaseModel]) -> dict[str, Any]:
    schema = kind.model_json_schema()
    told = meanings(kind)
    for field, about in schema["properties"].items():
        if meaning := told.get(field) or COMMON.get(field):
            about["description"] = meaning
    schema = _with_written_durations(schema)
    return {"$schema": DIALECT, "title": name, "description": sentence(kind.__doc__), **_without(schema, "description")}


def _with_written_durations(part: Any) -> Any:
    """The schema with every duration that is a default as it stands on the wire."""
    match part:
        case {"written": str(text)}:
            return text
        case dict():
            return {name: _with_written_durations(inner) for name, inner in part.items()}
        case list():
            return [_with_written_durations(inner) for inner in part]
        case _:
            return part


def _without(schema: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: part for name, part in schema.items() if name not in (field, "title")}
