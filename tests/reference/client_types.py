"""clients/python/countermand_client/types.py: every shape of the OpenAPI file as a type of Python."""

import keyword
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

HEAD: Final = '''"""Every shape that the API takes or answers: instants are RFC 3339 texts, amounts minor units.

Generated from docs/openapi.json: change nothing here, run `python -m tests.reference`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired

'''
PLAIN: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def types(document: Mapping[str, Any]) -> str:
    """The module."""
    schemas = document["components"]["schemas"]
    words = [name for name, one in schemas.items() if "enum" in one]
    commands = [one["operationId"] for _, _, one in commands_of(document)]
    parts = [f"{name} = {type_of(schemas[name])}\n{_told(schemas[name], '')}" for name in words]
    parts.append(f'CommandName = {_words(commands)}\n"""Every command and fact."""\n')
    parts += ["\n".join(_shape(name, one)) + "\n" for name, one in schemas.items() if name not in words]
    return HEAD + "\n\n".join(parts)


def commands_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Path, method and operation of each message to an order: those that have an Idempotency-Key."""
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            if any(each.get("name") == "Idempotency-Key" for each in one["parameters"]):
                yield path, method, one


def type_of(schema: Mapping[str, Any], prefix: str = "", many: str = "list") -> str:
    """The annotation of a value. `prefix`: of names of shapes; `many`: of what a list is one."""
    match schema:
        case {"$ref": str(ref)}:
            return prefix + ref.rpartition("/")[2]
        case {"enum": words}:
            return _words(words)
        case {"const": word}:
            return _words([word])
        case {"anyOf": choices} | {"oneOf": choices}:
            return " | ".join(dict.fromkeys(type_of(one, prefix, many) for one in choices))
        case {"type": list(kinds)}:
            return " | ".join(type_of({**schema, "type": kind}, prefix, many) for kind in kinds)
        case {"type": "array"}:
            return f"{many}[{type_of(schema.get('items', {}), prefix)}]"
        case {"type": "object"}:
            inner = schema.get("additionalProperties")
            return f"dict[str, {type_of(inner, prefix) if isinstance(inner, dict) else 'Any'}]"
        case {"type": str(kind)}:
            return PLAIN[kind]
    return "Any"


def _words(words: list[Any]) -> str:
    return f"Literal[{', '.join(map(repr, words))}]"


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """A class; what has the name of a keyword of Python stands in one below it, which has another syntax."""
    fields, needed = schema.get("properties", {}), schema.get("required", ())
    if "properties" not in schema:
        yield f"{name} = {type_of(schema)}"
        return
    annotated = {
        field: type_of(one) if field in needed else f"NotRequired[{type_of(one)}]" for field, one in fields.items()
    }
    base = "TypedDict"
    if odd := {field: kind for field, kind in annotated.items() if keyword.iskeyword(field)}:
        base = f"_{name}Keywords"
        yield f'{base} = TypedDict("{base}", {odd!r})\n\n'
    yield f"class {name}({base}):"
    yield _told(schema, "    ") or f'    """`{name}`."""'
    yield ""
    for field, kind in annotated.items():
        if field not in odd:
            yield f"    {field}: {kind}\n{_told(fields[field], '    ')}"


def _told(schema: Mapping[str, Any], indent: str) -> str:
    return f"{docstring(schema['description'], indent)}\n" if schema.get("description") else ""


def docstring(text: str, indent: str) -> str:
    """As it stands in the code, in lines that are short enough."""
    raw = "r" if "\\" in text else ""
    closed = text.rstrip()
    lines = textwrap.wrap(f'{raw}"""{closed}', 115 - len(indent))
    ends = '"""' if not closed.endswith('"') else ' """'
    return "\n".join(indent + line for line in lines) + ends
