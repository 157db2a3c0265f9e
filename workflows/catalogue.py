"""What Temporal's UI is told of an order when it asks: every command and fact by its name, with the shape of its body,
and the words of the order's page.

An order has one handler for all messages, so the SDK knows no name. The UI asks for the names by a query; here it gets
them. What the messages mean does not live here, nor what the page says (`page.py`).
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from temporalio import workflow
from temporalio.api.sdk.v1 import WorkflowInteractionDefinition, WorkflowMetadata
from temporalio.worker import HandleQueryInput, Interceptor, WorkflowInboundInterceptor, WorkflowInterceptorClassInput

from workflows.messages.base import Message
from workflows.messages.commands import OFFERED

METADATA: Final = "__temporal_workflow_metadata"
"""The query by which Temporal's UI learns what can be sent to a workflow."""
ORDER: Final = "Order"
"""The type of workflow that takes the messages: a worker runs others beside it."""
KINDS: Final[Mapping[str, str]] = {"string": "text", "integer": "integer", "boolean": "true | false"}


class Catalogue(Interceptor):
    """Tells whoever asks an order what can be sent to it."""

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002
        del input
        _definitions()  # made once, and here, where no workflow task waits for it
        return _Told


class _Told(WorkflowInboundInterceptor):
    async def handle_query(self, input: HandleQueryInput) -> Any:  # noqa: A002
        answer = await super().handle_query(input)
        if input.query != METADATA or answer.definition.type != ORDER:
            return answer
        told = listed(answer)
        # Kept up to date by the run itself, the page would cost every order with every event what nobody looks at.
        told.current_details = workflow.instance().page()
        return told


def listed(told: WorkflowMetadata) -> WorkflowMetadata:
    """What the SDK tells of an order, with every message by its name instead of one handler that has none."""
    answer = WorkflowMetadata()
    answer.CopyFrom(told)
    for definitions in (answer.definition.update_definitions, answer.definition.signal_definitions):
        del definitions[:]
        definitions.extend(_definitions())
    return answer


@cache
def _definitions() -> tuple[WorkflowInteractionDefinition, ...]:
    return tuple(
        WorkflowInteractionDefinition(name=name, description=f"{' '.join((kind.__doc__ or '').split())} {shape(kind)}")
        for name, kind in sorted(OFFERED.items())
    )


def shape(kind: type[Message]) -> str:
    """The JSON of a message: `{"by": {"role": "buyer", "id": text}, "note"?: text}`; `?` may be left out.

    Without `request_id`: an update takes its update id.
    """
    schema = kind.model_json_schema()
    known = schema.get("$defs", {})
    roles = " | ".join(f'"{role}"' for role in kind.roles)
    own = {name: field for name, field in schema["properties"].items() if name not in ("by", "request_id")}
    fields = _fields(own, schema["required"], known)
    return "{" + ", ".join((f'"by": {{"role": {roles}, "id": text}}', *fields)) + "}"


def _fields(fields: Mapping[str, Any], required: list[str], known: Mapping[str, Any]) -> Iterator[str]:
    for name, field in fields.items():
        yield f'"{name}"{"" if name in required else "?"}: {_value(field, known)}'


def _value(schema: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """What may stand in a field."""
    match schema:
        case {"$ref": str(name)}:
            return _value(known[name.removeprefix("#/$defs/")], known)
        case {"enum": values}:
            return " | ".join(f'"{value}"' for value in values)
        case {"anyOf": choices}:
            return " | ".join(_value(each, known) for each in choices if each != {"type": "null"})
        case {"type": "array", "items": items}:
            return f"[{_value(items, known)}, …]"
        case {"type": "object", "properties": fields}:
            return "{" + ", ".join(_fields(fields, schema.get("required", []), known)) + "}"
        case {"type": "string", "format": "date-time"}:
            return '"2026-11-26T12:00:00Z"'
        case _:
            return KINDS[schema["type"]]
