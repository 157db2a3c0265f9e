"""`/openapi.json`: OpenAPI 3.1, made of the doors and the registry of messages, so that it cannot say anything else."""

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

from pydantic import BaseModel

from starter.client.feed import Event
from starter.gateway.approval_routes import APPROVAL
from starter.gateway.callers import Scope
from starter.gateway.components import REF, Components
from starter.gateway.credentials import ACTING_FOR
from starter.gateway.doors import VERSION, VERSIONS, Door
from starter.gateway.lease_routes import LEASE
from starter.gateway.numbered import REQUEST_ID
from starter.gateway.operations import links_of, operation_id, shape_of_answer
from starter.gateway.problems import PAGE, Trouble
from starter.gateway.rows import CURSORS
from starter.gateway.seen import ASIDE
from starter.gateway.visible import hidden_from
from starter.reference.fields import COMMON
from starter.reference.meanings import meanings
from workflows.messages.answers import ONLY_IF_THERE, AllowedAction, Answer, OrderView, Preview, RefusedAction
from workflows.messages.attachments import Attachment
from workflows.messages.commands import OFFERED
from workflows.messages.evidence import Evidence
from workflows.messages.refusal import Code, Refusal
from workflows.messages.start import Line, NewOrder
from workflows.messages.terms import Terms
from workflows.messages.work import OrderRow

MODELS: Final[Mapping[str, type[BaseModel]]] = {
    "Answer": Answer,
    "Preview": Preview,
    "OrderView": OrderView,
    "OrderRow": OrderRow,
    "Event": Event,
    "AllowedAction": AllowedAction,
    "RefusedAction": RefusedAction,
    "Refusal": Refusal,
}
"""What goes out, by its name."""
SHAPES: Final[Sequence[type[BaseModel]]] = (NewOrder, Line, Terms, Evidence, Attachment, *OFFERED.values())
"""What goes in and has fields with a meaning to be told."""
_PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": f"A page that explains the code: {PAGE}#code."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for a person."},
        "code": {"type": "string", "enum": [*Code, *Trouble]},
        "instead": {"type": "array", "items": {"$ref": f"{REF}Instead"}},
        "request_id": {"type": "string", "description": "Of this request, as its answer's X-Request-Id says it too."},
        "idempotency_key": {"type": "string", "description": "With outcome_unknown: what to send it again with."},
        "errors": {
            "type": "array",
            "items": {
                "title": "FieldError",
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer; `?name` of the query."},
                    "message": {"type": "string"},
                },
                "required": ["pointer", "message"],
            },
        },
        "possible_from": {"type": "string", "format": "date-time"},
        "view": {"$ref": f"{REF}OrderView", "description": "With 412: what the order is now."},
        "lease": {"$ref": f"{REF}Lease", "description": "With `lease_held`: who works on the order."},
        "approval": {"$ref": f"{REF}Approval", "description": "With `approval_ended`: how it stands."},
    },
    "required": ["type", "title", "status", "detail", "code", "instead", "request_id"],
}
_KEY: Final[dict[str, Any]] = {
    "title": "Key",
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
        "revoked_with_it": {
            "type": "integer",
            "description": "How many keys that were made with it were revoked too, only in the answer that revokes it.",
        },
    },
    "required": ["id", "name", "begins", "scopes", "made_at", "made_by"],
}
_ACTIONS: Final[dict[str, Any]] = {
    "title": "Actions",
    "type": "object",
    "properties": {
        "allowed": {"type": "array", "items": {"$ref": f"{REF}AllowedAction"}},
        "refused": {"type": "array", "items": {"$ref": f"{REF}RefusedAction"}},
    },
    "required": ["allowed", "refused"],
}
_SAID_NO: Final = {
    400: "The version is unknown, or the body broke off.",
    401: "Who calls is not known.",
    403: "Who calls may not.",
    404: "There is no such thing, or it is not the caller's.",
    408: "The body did not come in time.",
    409: "What there is refuses it, such as the order; `instead` says what is possible.",
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
    components = Components(_schemas())
    paths: dict[str, Any] = {}
    for door in doors:
        paths.setdefault(door.path, {})[door.method.lower()] = _operation(door, doors, components)
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
            "schemas": dict(sorted(_with_meanings(components.schemas).items())),
            "responses": {_name_of(status): _refusal(status) for status in _SAID_NO},
            "parameters": _EVERYWHERE,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A token (JWT), or a key `cmk_…`."}
            },
        },
    }


def _operation(door: Door, doors: Sequence[Door], components: Components) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation_id(door),
        "summary": door.summary,
        "parameters": [*_parameters(door)],
        "responses": {str(status): _answer(door, status, components) for status in door.answers},
    }
    for media_type, schema in door.also.items():
        told["responses"]["200"]["content"][media_type] = {"schema": components.referred(schema)}
    if door.body is not None:
        content = {door.takes: {"schema": components.referred(door.body)}}
        told["requestBody"] = {"required": True, "content": content}
    if door.access.scopes is None:
        told["security"] = []
    else:
        told["x-scopes"] = sorted(door.access.scopes)
    if links := links_of(door, doors):
        for status in door.answers:
            told["responses"][str(status)]["links"] = links
    for status in _refusals(door):
        told["responses"][str(status)] = {"$ref": f"#/components/responses/{_name_of(status)}"}
    return told


def _name_of(status: int) -> str:
    return "".join(word.capitalize() for word in HTTPStatus(status).name.split("_"))


def _refusal(status: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": _SAID_NO[status],
        "content": {"application/problem+json": {"schema": {"$ref": f"{REF}Problem"}}},
    }
    if status in (429, 503):
        told["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "In seconds."}}
    return told


def _refusals(door: Door) -> Iterator[int]:
    """With which status it may say no."""
    yield from (400, 500, 503)
    if door.access.scopes is not None:
        yield from (401, 403, 422, 429)
    if "{" in door.path:
        yield 404
    if door.body is not None:
        yield from (408, 409, 413, 415)
    elif door.method in ("POST", "DELETE"):
        yield 409
    if any(one["name"] == "If-Match" for one in door.parameters):
        yield 412
    if door.raw:
        yield 401


def _answer(door: Door, status: int, components: Components) -> dict[str, Any]:
    schema, told = door.answers[status], {"description": {304: "It has not changed."}.get(status, "Done.")}
    if schema is None:
        return told
    return {**told, "content": {door.gives: {"schema": components.referred(schema, shape_of_answer(door, schema))}}}


def _parameters(door: Door) -> Iterator[Mapping[str, Any]]:
    for name in re.findall(r"{(\w+)}", door.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    yield from door.parameters
    yield {"$ref": "#/components/parameters/Version"}
    yield {"$ref": "#/components/parameters/RequestId"}
    if door.access.scopes is not None:
        yield {"$ref": "#/components/parameters/ActingFor"}


_EVERYWHERE: Final = {
    "Version": {"name": VERSION, "in": "header", "schema": {"type": "string", "enum": list(VERSIONS)}},
    "RequestId": {
        "name": REQUEST_ID,
        "in": "header",
        "schema": {"type": "string"},
        "description": "The caller's own id of this request, at most 64 of A-Z a-z 0-9 . _ : -; else one is made.",
    },
    "ActingFor": {
        "name": ACTING_FOR,
        "in": "header",
        "schema": {"type": "string"},
        "description": "For whom a key acts, such as buyer:b-7.",
    },
}
"""The headers that each request may have."""


def _schemas() -> dict[str, Any]:
    """Those of the problem, of keys, and of what goes out."""
    components = Components()
    for shape in (_PROBLEM, _KEY, _ACTIONS, LEASE, APPROVAL, CURSORS):
        components.referred(shape)
    for name, model in MODELS.items():
        # As they are read, not as they are written: what writes an answer itself has no schema of its own.
        schema = model.model_json_schema(mode="validation")
        schema["$defs"] = {one: told for one, told in schema.get("$defs", {}).items() if one not in MODELS}
        # What somebody may not see is left out, and a reader ignores what they do not know.
        seen = [field for field in schema["properties"] if field not in _SOMETIMES]
        components.referred({**schema, "title": name, "required": seen})
    found = components.schemas
    # Of what is told to somebody else only that it is; and every sentence leaves in one language.
    found["Told"] = {**found["Told"], "required": ["to"]}
    for told in (found["Told"], found["DeadlineView"]):
        told["properties"] = {name: one for name, one in told["properties"].items() if name != "said"}
    schema_now = {"type": "object", "description": "JSON Schema of its fields, with the choices that are possible now."}
    allowed = found["AllowedAction"]
    allowed["properties"]["schema"], allowed["required"] = schema_now, [*allowed["required"], "schema"]
    held = {"$ref": f"{REF}Lease", "description": "Who of the platform works on it, told to the platform alone."}
    included = {**_ACTIONS["properties"], "cursors": {"$ref": f"{REF}Cursors"}}
    found["OrderView"]["properties"] |= {**included, "lease": held}
    found["OrderRow"]["properties"]["lease"] = held
    return found


_SOMETIMES: Final = frozenset({"until", "possible_from", *ONLY_IF_THERE, *ASIDE, *hidden_from(None)})
"""What stands in an answer only where it is known, asked for, and of the reader's business."""


def _with_meanings(schemas: dict[str, Any]) -> dict[str, Any]:
    """The shapes, with what the code says of their fields."""
    for model in (*MODELS.values(), *SHAPES):
        told = meanings(model)
        for field, schema in schemas[model.__name__]["properties"].items():
            if meaning := told.get(field) or COMMON.get(field):
                schema.setdefault("description", meaning)
    return schemas
