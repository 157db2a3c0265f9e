"""One call: what is asked for, as it goes over the wire. How it is sent, and sent again, lives in `exchange.py`."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = "2026-11-28"
"""The version of the API that this client was made for."""
_REPEATABLE = ("/orders", "/files")
"""What can be posted twice without a key: the same order is never started twice, the same file never kept twice."""


@dataclass(frozen=True)
class Call:
    """A request before it is sent. What is None is left out of its query and headers, and of a command's body."""

    method: str
    path: str
    parts: tuple[str | int, ...] = ()
    """For what stands in braces in the path, in its order."""
    query: Mapping[str, Any] = field(default_factory=dict)
    header: Mapping[str, str | None] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    content: bytes | None = None
    media_type: str = "application/json"
    is_command: bool = False
    key: str | None = None
    """The request id of a command; one is made where none is given, and kept however often the call is sent."""

    def __post_init__(self) -> None:
        if self.is_command and self.key is None:
            object.__setattr__(self, "key", str(uuid.uuid4()))

    @property
    def address(self) -> str:
        """The path, with its parts in it."""
        parts = iter(self.parts)
        return "/".join(_part(word, next(parts)) if word.startswith("{") else word for word in self.path.split("/"))

    @property
    def parameters(self) -> dict[str, str]:
        """What stands in the query."""
        return {name: _word(value) for name, value in self.query.items() if value is not None}

    @property
    def headers(self) -> dict[str, str]:
        """Those of this call alone."""
        found = {name: value for name, value in self.header.items() if value is not None}
        if self.key is not None:
            found["Idempotency-Key"] = self.key
        if self.sent is not None:
            found["Content-Type"] = self.media_type
        return found

    @property
    def sent(self) -> bytes | None:
        """The body."""
        if self.body is None:
            return self.content
        if not self.is_command:
            return json.dumps(self.body).encode()  # it was written by the caller, for whom null is a word
        return json.dumps({name: value for name, value in self.body.items() if value is not None}).encode()

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again when nobody knows what became of it."""
        return self.method not in ("POST", "PATCH") or self.is_command or self.path in _REPEATABLE

    @property
    def changes(self) -> bool:
        """Whether anything is done when it is carried out."""
        return self.method != "GET" and not self.query.get("dry_run")


def quoted(version: int | str | None) -> str | None:
    """A version as the headers have it: `"7"`."""
    return None if version is None else f'"{version}"'


def _part(name: str, value: object) -> str:
    """As it stands in a path. Raises `ValueError` for what would lead to another place than the one that is meant."""
    word = "" if value is None else str(value)
    if word in ("", ".", ".."):
        raise ValueError(f"{name[1:-1]} is {value!r}: it names nothing.")
    return quote(word, safe="")


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
