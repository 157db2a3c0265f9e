"""clients/python: a method for each operation of the OpenAPI file, once to wait and once to await."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tests.reference.client_types import docstring, type_of

HEAD: Final = '''"""Every operation of the API as a method{manner}.

Generated from docs/openapi.json: change nothing here, run `python -m tests.reference`. How a call travels lives in
`{client}.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal, cast

from countermand_client.calls import Call, quoted

if TYPE_CHECKING:
    from collections.abc import {iterator}, Sequence

    from countermand_client import types


class {name}(ABC):
    """The operations. What is not given is not sent.

    Of a command `idempotency_key` is its request id: the same again under the same key is answered alike, and never
    carried out twice; without one a key is made. `if_match` is the version on which the caller decided.
    """

    @abstractmethod
    {define} _call(self, call: Call) -> Any:
        """What is answered: JSON, bytes of a file, or None where nothing has changed."""

'''


class Manner(NamedTuple):
    """How a client is called."""

    define: str
    wait: str
    iterator: str
    give: str
    """How the rows of a page are given out."""


MANNERS: Final = {
    "operations": ("Operations", "client", "", Manner("def", "", "Iterator", 'yield from page["{}"]')),
    "async_operations": (
        "AsyncOperations",
        "async_client",
        ", to be awaited",
        Manner("async def", "await ", "AsyncIterator", 'for one in page["{}"]: yield one'),
    ),
}
"""Module → its class, the module of the client, how its docstring says it, and how it is called."""
KNOWN_ALREADY: Final = ("dry_run", "cursor", "Last-Event-ID", "If-None-Match")


class Field(NamedTuple):
    """An argument of a method: its annotation, where it goes, under which name, and whether it must be given."""

    name: str
    kind: str
    place: str
    sent_as: str
    needed: bool
    meaning: str


@dataclass(frozen=True)
class Operation:
    """One operation, as the file tells it."""

    path: str
    method: str
    told: Mapping[str, Any]
    schemas: Mapping[str, Any]

    @property
    def name(self) -> str:
        found: str = self.told["operationId"]
        return found

    @property
    def is_command(self) -> bool:
        return "Idempotency-Key" in self._parameters

    @property
    def _parameters(self) -> dict[str, Mapping[str, Any]]:
        return {one["name"]: one for one in self.told["parameters"] if "name" in one}

    @property
    def in_path(self) -> list[str]:
        return [name for name, one in self._parameters.items() if one["in"] == "path"]

    @property
    def knows_versions(self) -> bool:
        return "304" in self.told["responses"]

    @property
    def body(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self.told.get("requestBody", {}).get("content", {})
        return next((one["schema"] for one in content.values()), {}) if "application/json" in content else {}

    @property
    def takes_bytes(self) -> bool:
        return "*/*" in self.told.get("requestBody", {}).get("content", {})

    @property
    def answers(self) -> list[Mapping[str, Any]]:
        """What it answers if all is well; a preview is asked for otherwise."""
        told = [one for status, one in self.told["responses"].items() if status in ("200", "201", "202")]
        found = [one["content"]["application/json"]["schema"] for one in told if "application/json" in one["content"]]
        choices = [choice for schema in found for choice in schema.get("anyOf", [schema])]
        return [one for one in choices if one != {"$ref": "#/components/schemas/Preview"}]

    @property
    def kind(self) -> str:
        nothing = "None" if "204" in self.told["responses"] else "bytes"
        return " | ".join(dict.fromkeys(type_of(one, "types.") for one in self.answers)) or nothing

    @property
    def listed(self) -> tuple[str, str] | None:
        """Of a page with a cursor: the name of its rows, and what one is."""
        match self.answers:
            case [{"$ref": str(ref)}] if "cursor" in (page := self.schemas[ref.rpartition("/")[2]]["properties"]):
                [(name, rows)] = [(name, one) for name, one in page.items() if one.get("type") == "array"]
                return name, type_of(rows["items"], "types.")
        return None

    def fields(self) -> Iterator[Field]:
        """The arguments that are given by name: of a command its own fields first."""
        if self.is_command:
            schema = self.schemas[self.body["$ref"].rpartition("/")[2]]
            needed = schema.get("required", ())
            for name in sorted(schema["properties"], key=lambda name: name not in needed):
                one = schema["properties"][name]
                yield Field(
                    _plain(name),
                    type_of(one, "types.", "Sequence"),
                    "body",
                    name,
                    name in needed,
                    one.get("description", ""),
                )
        for name, one in self._parameters.items():
            if (
                one["in"] == "path"
                or name in ("dry_run", "Last-Event-ID")
                or (name == "If-None-Match" and self.knows_versions)
            ):
                continue
            meaning = "" if self.is_command else one.get("description", "")
            kind = {"If-Match": "int", "cursor": "str"}.get(name) or type_of(one["schema"], "types.")
            yield Field(_plain(name), kind, one["in"], name, one.get("required", False), meaning)


def methods(document: Mapping[str, Any], module: str) -> str:
    """The module."""
    name, client, manner, how = MANNERS[module]
    schemas = document["components"]["schemas"]
    found = [
        Operation(path, method.upper(), one, schemas)
        for path, operations in document["paths"].items()
        for method, one in operations.items()
        if one.get("security") != []  # what needs no caller is for monitors, providers and people
    ]
    head = HEAD.format(manner=manner, client=client, iterator=how.iterator, name=name, define=how.define)
    return head + "\n".join(part for one in found for part in _methods(one, how))


def _methods(one: Operation, how: Manner) -> Iterator[str]:
    fields = list(one.fields())
    yield _method(one, how, one.name, fields, one.kind)
    if one.knows_versions:
        known = Field(
            "known", "int | str", "header", "If-None-Match", needed=True, meaning="The version, or hash, you have."
        )
        yield _method(
            one,
            how,
            f"{one.name}_if_changed",
            [known, *fields],
            f"{one.kind} | None",
            " None: it is still as you have it.",
        )
    if one.listed:
        yield _pages(one, how, [field for field in fields if field.name != "cursor"], *one.listed)


def _method(one: Operation, how: Manner, name: str, fields: list[Field], kind: str, beside: str = "") -> str:
    given = ["self", *(f"{_plain(each)}: {_id_type(each)}" for each in one.in_path)]
    body = type_of(one.body, "types.") if one.body and not one.is_command else ""
    if body:
        given.append(f"{_snake(body)}: {body}")
    if one.takes_bytes:
        given += ["content: bytes"]
    named = [_argument(field) for field in fields]
    if one.takes_bytes:
        named.append('media_type: str = "application/octet-stream"')
    arguments = ", ".join([*given, *(["*", *named] if named else [])])
    call = [f'"{one.method}"', _path(one)]
    places = {each: [field for field in fields if field.place == each] for each in ("query", "header")}
    call += [f"{each}={{{_handed(sent)}}}" for each, sent in places.items() if sent]
    if one.is_command:
        call.append(f"body={{{_handed(field for field in fields if field.place == 'body')}}}")
        call += ["is_command=True", "key=idempotency_key"]
    elif body:
        call.append(f"body={_snake(body)}")
    elif one.takes_bytes:
        call += ["content=content", "media_type=media_type"]
    called = f"{how.wait}self._call(Call({', '.join(call)}))"
    return (
        f"    {how.define} {name}({arguments}) -> {kind}:\n"
        f"{_docstring(one.told['summary'] + beside, fields)}\n"
        f"        {_returned(kind, called)}\n"
    )


def _returned(kind: str, called: str) -> str:
    return called if kind == "None" else f'return cast("{kind}", {called})'


def _pages(one: Operation, how: Manner, fields: list[Field], rows: str, kind: str) -> str:
    given = ", ".join(
        ["self", *(f"{_plain(each)}: {_id_type(each)}" for each in one.in_path), "*", *map(_argument, fields)]
    )
    handed = ", ".join(
        [*map(_plain, one.in_path), *(f"{field.name}={field.name}" for field in fields), "cursor=cursor"]
    )
    name = one.name.replace("get_", "iter_", 1)
    return (
        f"    {how.define} {name}({given}) -> {how.iterator}[{kind}]:\n"
        f"{_docstring(one.told['summary'] + ' All of them, page by page.', [])}\n"
        f"        cursor: str | None = None\n"
        f"        while True:\n"
        f"            page = {how.wait}self.{one.name}({handed})\n"
        f"            {how.give.format(rows)}\n"
        f'            cursor = page["cursor"]\n'
        f"            if cursor is None:\n"
        f"                return\n"
    )


def _docstring(text: str, fields: list[Field]) -> str:
    lines = [docstring(text, "        ")]
    if told := [field for field in fields if field.meaning]:
        lines[0] = lines[0].removesuffix('"""').rstrip()
        for field in told:
            meaning = docstring(f"{field.name}: {field.meaning}", "        ").replace('"""', "", 1)
            lines.append(meaning.removesuffix('"""').rstrip())
        return "\n".join([lines[0], "", *lines[1:], '        """'])
    return lines[0]


def _argument(field: Field) -> str:
    if field.needed:
        return f"{field.name}: {field.kind}"
    kind = field.kind if "None" in field.kind.split(" | ") else f"{field.kind} | None"
    return f"{field.name}: {kind} = None"


def _handed(fields: Iterable[Field]) -> str:
    return ", ".join(f"{field.sent_as!r}: {_sent(field)}" for field in fields if field.name != "idempotency_key")


def _sent(field: Field) -> str:
    return f"quoted({field.name})" if field.name in ("if_match", "known") else field.name


def _path(one: Operation) -> str:
    if not one.in_path:
        return f'"{one.path}"'
    return f'"{one.path}", ({", ".join(map(_plain, one.in_path))},)'


def _id_type(name: str) -> str:
    return "int" if name in ("id", "key_id") else "str"


def _plain(name: str) -> str:
    """As an argument may be called: `id_` of `id`, `from_` of `from`."""
    word = name.lower().replace("-", "_")
    return f"{word}_" if word in ("id", "from", "return", "with") else word


def _snake(kind: str) -> str:
    """`new_order` of `types.NewOrder`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.removeprefix("types.")).lower()
