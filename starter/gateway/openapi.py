"""`/openapi.json`: OpenAPI 3.1, made of the doors and the registry of messages, so that it cannot say anything else."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from pydantic import BaseModel

from starter.client.feed import Event
from starter.gateway.callers import Scope
from starter.gateway.credentials import ACTING_FOR
from starter.gateway.doors import VERSION, VERSIONS, Door
from starter.gateway.problems import PAGE, Trouble
from workflows.messages.answers import AllowedAction, Answer, OrderView, Preview, RefusedAction
from workflows.messages.refusal import Code
from workflows.messages.work import OrderRow

MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "Answer": Answer,
    "Preview": Preview,
    "OrderView": OrderView,
    "OrderRow": OrderRow,
    "Event": Event,
    "AllowedAction": AllowedAction,
    "RefusedAction": RefusedAction,
}
"""What goes out, by its name."""
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": f"A page that explains the code: {PAGE}#code."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for a person."},
        "code": {"type": "string", "enum": [*Code, *Trouble]},
        "instead": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"action": {"type": "string"}, "until": {"type": "string", "format": "date-time"}},
                "required": ["action"],
            },
        },
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "message": {"type": "string"}},
                "required": ["pointer", "message"],
            },
        },
        "possible_from": {"type": "string", "format": "date-time"},
    },
    "required": ["type", "title", "status", "detail", "code", "instead"],
}
_KEY: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "begins": {"type": "string"},
        "scopes": {"type": "array", "items": {"type": "string", "enum": list(Scope)}},
        "bound_to": {"type": "string"},
        "made_at": {"type": "string", "format": "date-time"},
        "made_by": {"type": "string"},
        "revoked_at": {"type": "string", "format": "date-time"},
        "key": {"type": "string", "description": "The key itself, only in the answer that made it."},
    },
    "required": ["id", "name", "begins", "scopes", "made_at", "made_by"],
}
_ACTIONS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "allowed": {
            "type": "array",
            "items": {
                "allOf": [
                    {"$ref": "#/components/schemas/AllowedAction"},
                    {"type": "object", "properties": {"schema": {"type": "object"}}, "required": ["schema"]},
                ]
            },
        },
        "refused": {"type": "array", "items": {"$ref": "#/components/schemas/RefusedAction"}},
    },
    "required": ["allowed", "refused"],
}
_SAID_NO: Final = {
    400: "The version is unknown, or the body broke off.",
    401: "Who calls is not known.",
    403: "Who calls may not.",
    404: "There is no such thing, or it is not the caller's.",
    408: "The body did not come in time.",
    409: "The order refuses it; `instead` says what is possible.",
    412: "The order has moved on; `view` is what it is now.",
    413: "The body is too large.",
    415: "The body is not of a type that is taken.",
    422: "What was sent is not valid; `errors` says where.",
    429: "Too many requests; wait as long as Retry-After says.",
    500: "The gateway failed.",
    503: "A part of the engine is away, or the outcome is unknown: send it again with its key.",
}


def document(doors: Sequence[Door]) -> dict[str, Any]:
    """The whole file."""
    paths: dict[str, Any] = {}
    for door in doors:
        paths.setdefault(door.path, {})[door.method.lower()] = _operation(door)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Countermand",
            "version": VERSIONS[-1],
            "summary": f"Carries marketplace orders from payment to their end (engine {version('countermand')}).",
        },
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A token (JWT), or a key `cmk_…`."}
            },
        },
    }


def _operation(door: Door) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": _operation_id(door),
        "summary": door.summary,
        "parameters": [*_parameters(door)],
        "responses": {str(status): _answer(status, schema, door.gives) for status, schema in door.answers.items()},
    }
    for media_type, schema in door.also.items():
        told["responses"]["200"]["content"][media_type] = {"schema": _inlined(schema)}
    if door.body is not None:
        content = {door.takes: {"schema": _inlined(door.body)}}
        told["requestBody"] = {"required": True, "content": content}
    if door.access.scopes is None:
        told["security"] = []
    else:
        told["x-scopes"] = sorted(door.access.scopes)
    for status in _refusals(door):
        told["responses"][str(status)] = {
            "description": _SAID_NO[status],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return told


def _refusals(door: Door) -> Iterator[int]:
    """With which status it may say no."""
    yield from (400, 500, 503)
    if door.access.scopes is not None:
        yield from (401, 403, 422, 429)
    if "{" in door.path:
        yield 404
    if door.body is not None:
        yield from (408, 413, 415)
    if door.method == "POST" and door.path.startswith("/orders"):
        yield 409
        if "{" in door.path:
            yield 412
    if door.raw:
        yield 401


def _answer(status: int, schema: Any, media_type: str) -> dict[str, Any]:
    told: dict[str, Any] = {"description": {304: "It has not changed."}.get(status, "Done.")}
    return told if schema is None else {**told, "content": {media_type: {"schema": _inlined(schema)}}}


def _parameters(door: Door) -> Iterator[Mapping[str, Any]]:
    for name in re.findall(r"{(\w+)}", door.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    yield from door.parameters
    yield {"name": VERSION, "in": "header", "schema": {"type": "string", "enum": list(VERSIONS)}}
    if door.access.scopes is not None:
        told = "For whom a key acts, such as buyer:b-7."
        yield {"name": ACTING_FOR, "in": "header", "schema": {"type": "string"}, "description": told}


def _operation_id(door: Door) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", f"{door.method} {door.path}".lower()).strip("_")
    if door.path.startswith("/orders/{order_id}/") and door.method == "POST":
        return door.path.rpartition("/")[2]
    return words


def _schemas() -> dict[str, Any]:
    found: dict[str, Any] = {"Problem": _PROBLEM, "Key": _KEY, "Actions": _ACTIONS}
    for name, model in MODELS.items():
        # As they are read, not as they are written: what writes an answer itself has no schema of its own.
        schema = model.model_json_schema(mode="validation", ref_template="#/components/schemas/{model}")
        found |= schema.pop("$defs", {})
        # What somebody may not see is left out, and a reader ignores what they do not know.
        always = schema.get("required", ()) if model is Event else _ALWAYS
        found[name] = {**schema, "required": [f for f in schema.get("required", ()) if f in always]}
    # Of what is told to somebody else only that it is; and every sentence leaves in one language.
    found["Told"] = {**found["Told"], "required": ["to"]}
    for told in (found["Told"], found["DeadlineView"]):
        told["properties"] = {name: one for name, one in told["properties"].items() if name != "said"}
    return found


_ALWAYS: Final = frozenset(
    {"order_id", "version", "stage", "status", "waiting_on", "action", "label", "code", "message"}
)
"""What stands in an answer whoever asks."""


def _inlined(schema: Mapping[str, Any]) -> Any:
    """A schema with each definition in the place where it is referred to: its own names mean nothing in this file."""
    known = schema.get("$defs", {})

    def inlined(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value and str(value["$ref"]).startswith("#/$defs/"):
                beside = {name: inlined(one) for name, one in value.items() if name != "$ref"}
                return {**inlined(known[value["$ref"].removeprefix("#/$defs/")]), **beside}
            return {name: inlined(one) for name, one in value.items() if name != "$defs"}
        return [inlined(one) for one in value] if isinstance(value, list) else value

    return inlined(json.loads(json.dumps(schema)))
