"""The shapes that the OpenAPI file names: each stands there once, and whatever has it inside refers to it.

Which shapes there are the routes and the messages say; how the file is put together lives in `openapi.py`.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

REF: Final = "#/components/schemas/"
_LOCAL: Final = "#/$defs/"
_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9]+")
"""How a shape is called. Every field has a title too, and is called after a thing: `Order Id`."""
_AS_THEY_ARE: Final = ("const", "default", "enum", "examples", "required")
"""Of a schema what holds values and names, and no schemas."""


class Components:
    """Every shape, by its name."""

    def __init__(self, found: Mapping[str, Any] = MappingProxyType({})) -> None:
        self.schemas: dict[str, Any] = dict(found)

    def put(self, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Have it stand in the file; the reference to it. What is there already must be the same."""
        known = self.schemas.setdefault(name, schema)
        assert known == schema, f"{name} are two shapes: give one of them another title"
        return {"$ref": REF + name}

    def referred(self, schema: Mapping[str, Any], called: str | None = None) -> Any:
        """The schema, with everything in it that has a name by reference; an object itself by the name `called`, if it
        has none."""
        for name, one in schema.get("$defs", {}).items():
            self.put(name, self._walked(one, named=True))
        known = self._walked(schema)
        if called is None or "properties" not in known:
            return known
        return self.put(called, known)

    def _walked(self, schema: Any, *, named: bool = False) -> Any:
        """`named`: it has a name already, so it is told in full."""
        if isinstance(schema, list):
            return [self._walked(one) for one in schema]
        if not isinstance(schema, Mapping):
            return schema
        told = {name: self._part(name, one) for name, one in schema.items() if name not in ("$defs", "title")}
        title = schema.get("title", "")
        if not named and "properties" in schema and _NAME.fullmatch(title):
            return self.put(title, told)
        return told

    def _part(self, name: str, part: Any) -> Any:
        match name, part:
            case "properties", Mapping():
                return {field: self._walked(one) for field, one in part.items()}
            case "$ref", str():
                return part.replace(_LOCAL, REF)
            case "default", {"written": str(text)}:
                return text  # a duration, as it stands on the wire
            case _ if name in _AS_THEY_ARE:
                return part
        return self._walked(part)


def without_references(value: Any, schemas: Mapping[str, Any]) -> Any:
    """The schema with each shape in the place where it is referred to, for whoever reads one alone."""
    match value:
        case {"$ref": str(ref), **beside} if ref.startswith(REF):
            return {**without_references(schemas[ref.removeprefix(REF)], schemas), **beside}
        case dict():
            return {name: without_references(one, schemas) for name, one in value.items()}
        case list():
            return [without_references(one, schemas) for one in value]
    return value
