"""A walk as Python: a test that can be pasted, and run."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel

from tests.walk.moves import Move
from tests.walk.starts import BEGINS
from workflows.messages.durations import Span
from workflows.messages.start import StartOrder

HEAD: Final = "from tests.walk.paste import *\n\n\ndef test_found_by_the_walk() -> None:\n"


def as_python(start: StartOrder, moves: tuple[Move, ...], why: str) -> str:
    """The test: the start, and each move with the seconds since the start."""
    lines = [f"        {_move(move)}," for move in moves]
    body = "\n".join(["    replayed(", f"        {code_of(start)},", *lines, "    )"])
    return f'{HEAD}    """{why.replace(chr(92), chr(92) * 2)}"""\n{body}\n'


def code_of(value: Any) -> str:
    """Python that makes this value."""
    match value:
        case Span():
            return f"parse_span({value.written!r})"
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case datetime():
            return f"at({(value - BEGINS).total_seconds():.12g})"
        case date():
            return f"date.fromisoformat({value.isoformat()!r})"
        case tuple():
            return f"({', '.join(map(code_of, value))}{',' if len(value) == 1 else ''})"
        case BaseModel():
            return _made(value, {name: info.default for name, info in type(value).model_fields.items()})
        case _ if is_dataclass(value):
            return _made(value, {field.name: field.default for field in fields(value)})
        case _:
            return repr(value)


def _made(value: object, defaults: Mapping[str, Any]) -> str:
    given = {name: getattr(value, name) for name in defaults}
    told = (f"{name}={code_of(one)}" for name, one in given.items() if one != defaults[name])
    return f"{type(value).__name__}({', '.join(told)})"


def _move(move: Move) -> str:
    event = f", {code_of(move.event)}" if move.event else ""
    by_signal = ", by_signal=True" if move.by_signal else ""
    return f"Move({code_of(move.at)}{event or ', None'}{by_signal})"
